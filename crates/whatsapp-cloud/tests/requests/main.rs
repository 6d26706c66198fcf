//! Every endpoint's call as it leaves: method, address, headers, body. And that every endpoint is here.

#![expect(clippy::unwrap_used, reason = "a test may stop")]

mod calls;
mod declared;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use whatsapp_cloud::Client;
use whatsapp_cloud::graph::Endpoint;
use whatsapp_cloud::secret::{AccessToken, AppSecret};
use whatsapp_cloud::transport::{CallFuture, Transport};

/// What every call says of who makes it.
const NAME: &str = concat!("whatsapp-cloud/", env!("CARGO_PKG_VERSION"));

/// Writes down what it is asked, and answers nothing of use.
#[derive(Debug, Default)]
struct Recorder(Mutex<String>);

impl Transport for Recorder {
    fn call(&self, request: Request<Bytes>) -> CallFuture<'_> {
        let mut text = self.0.lock().unwrap();
        let _ = writeln!(text, "{} {}", request.method(), request.uri());
        let mut headers: Vec<_> = request.headers().iter().collect();
        headers.sort_by_key(|(name, _)| name.as_str());
        for (name, value) in headers {
            let value = value.to_str().unwrap();
            // The same in every call but those few that prove themselves otherwise.
            if !matches!(
                (name.as_str(), value),
                ("accept", "application/json")
                    | ("authorization", "Bearer TOKEN")
                    | ("user-agent", NAME)
            ) {
                let _ = writeln!(text, "{name}: {value}");
            }
        }
        if !request.headers().contains_key("authorization") {
            text.push_str("(no authorization)\n");
        }
        let body = String::from_utf8_lossy(request.body());
        if !body.is_empty() {
            let _ = writeln!(text, "\n{}", body.replace('\r', "").trim_end());
        }
        Box::pin(async { Ok(Response::new(Bytes::from_static(b"{}"))) })
    }
}

/// Makes calls and remembers which.
pub(crate) struct Log {
    /// Where callbacks are to go.
    hook: String,
    /// A message as a compact JWE.
    encrypted: String,
    client: Client,
    recorder: Arc<Recorder>,
    made: BTreeSet<&'static str>,
}

impl Log {
    async fn call<E: Endpoint>(&mut self, endpoint: E) {
        let name = endpoint.name();
        self.made.insert(name);
        let _ = writeln!(self.recorder.0.lock().unwrap(), "\n### {name}\n");
        // What comes back is no matter here.
        let _ = self.client.send(&endpoint).await;
    }
}

#[tokio::test]
async fn every_endpoint_asks_as_meta_documents_it() {
    let recorder = Arc::new(Recorder::default());
    let mut log = Log {
        client: Client::over(recorder.clone(), AccessToken::new("TOKEN")),
        hook: "https://example.org/hook".to_owned(),
        encrypted: "eyJhbGciOiJSU0EtT0FFUC0yNTYifQ.KEY.IV.TEXT.TAG".to_owned(),
        recorder: recorder.clone(),
        made: BTreeSet::new(),
    };
    calls::all(&mut log).await;
    insta::assert_snapshot!("requests", recorder.0.lock().unwrap().trim());

    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/graph");
    let missing: Vec<_> = declared::declared(&folder)
        .into_iter()
        .filter(|name| !log.made.contains(name.as_str()))
        .collect();
    assert!(missing.is_empty(), "never called here: {missing:?}");
}

#[tokio::test]
async fn the_apps_secret_is_proved_and_not_sent() {
    let recorder = Arc::new(Recorder::default());
    let client = Client::over(recorder.clone(), AccessToken::new("TOKEN"))
        .with_app_secret(AppSecret::new("APP-SECRET"));
    let call = whatsapp_cloud::graph::phone_number::GetPhoneNumber::new("1");
    let _ = client.send(&call).version("v24.0").await;
    let text = recorder.0.lock().unwrap().clone();
    // printf TOKEN | openssl dgst -sha256 -hmac APP-SECRET
    let proof = "9a138705c00bb61896591a2170fa2650f70c156301cad54288c4de684e305891";
    assert_eq!(
        text.trim(),
        format!("GET https://graph.facebook.com/v24.0/1?appsecret_proof={proof}")
    );
}

#[test]
fn a_body_that_was_kept_becomes_its_call_again() {
    use whatsapp_cloud::graph::{qr_code::UpdateQrCode, registration::Register};

    let call = Register::new("100", "123456").data_localization_region("DE");
    let kept = call.body().unwrap();
    let again = Register::from_body("100", &kept).unwrap();
    assert_eq!(again.pin, "123456");
    assert_eq!((again.path(), again.body()), (call.path(), Some(kept)));

    let error = |body: &str| {
        let call = UpdateQrCode::from_body("100", body.as_bytes());
        call.unwrap_err().to_string()
    };
    assert_eq!(error(r#"{"code":"A"}"#), "`prefilled_message` is missing");
    let more = r#"{"code":"A","prefilled_message":"Hi","size":3}"#;
    assert_eq!(error(more), "`size` is unknown");
    let odd = r#"{"code":"A","prefilled_message":["+491701234567"]}"#;
    assert_eq!(error(odd), "`prefilled_message` is of another shape");
    let other = Register::from_body("100", br#"{"messaging_product":"sms","pin":"123456"}"#);
    assert_eq!(
        other.unwrap_err().to_string(),
        "`messaging_product` is another call's"
    );
}
