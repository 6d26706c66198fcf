//! The client against a transport that answers from a script.

mod download;
mod pages;
mod repeat;

use std::sync::Mutex;

use sha2::Digest as _;

use super::*;
use crate::error::ErrorKind;
use crate::graph::media::Media;
use crate::graph::messages::SendMessage;
use crate::graph::phone_number::GetPhoneNumber;
use crate::graph::template::ListTemplates;
use crate::transport::{self, CallFuture};

/// Answers with what it was given, and remembers what it was asked.
#[derive(Debug)]
struct Script {
    answers: Mutex<Vec<Result<http::Response<Bytes>, transport::Error>>>,
    asked: Mutex<Vec<Request<Bytes>>>,
}

impl Transport for Script {
    fn call(&self, request: Request<Bytes>) -> CallFuture<'_> {
        self.asked.lock().unwrap().push(request);
        let answer = self.answers.lock().unwrap().pop();
        Box::pin(async { answer.expect("a call that the script has no answer for") })
    }
}

fn scripted(answer: Result<http::Response<Bytes>, transport::Error>) -> (Client, Arc<Script>) {
    in_turn(vec![answer])
}

fn in_turn(
    mut answers: Vec<Result<http::Response<Bytes>, transport::Error>>,
) -> (Client, Arc<Script>) {
    answers.reverse();
    let script = Arc::new(Script {
        answers: Mutex::new(answers),
        asked: Mutex::new(Vec::new()),
    });
    (
        Client::over(script.clone(), AccessToken::new("very-secret")),
        script,
    )
}

fn answer(status: u16, body: &'static str) -> http::Response<Bytes> {
    let response = http::Response::builder().status(status);
    response.body(Bytes::from_static(body.as_bytes())).unwrap()
}

fn text() -> SendMessage {
    SendMessage::raw("123", r#"{"to":"1","type":"text","text":{"body":"x"}}"#).unwrap()
}

async fn fate(given: Result<http::Response<Bytes>, transport::Error>) -> Error {
    scripted(given).0.send(&text()).await.unwrap_err()
}

#[tokio::test(flavor = "current_thread")]
async fn a_call_has_the_versioned_path_and_the_token() {
    let (client, script) = scripted(Ok(answer(200, r#"{"messages":[{"id":"wamid.1"}]}"#)));
    let client = client.with_version("v24.0");
    let client = client
        .with_base_url("https://gateway.example/graph/")
        .unwrap();
    assert_eq!(client.send(&text()).await.unwrap().wamid, "wamid.1");
    let asked = script.asked.lock().unwrap();
    assert_eq!(
        asked[0].uri(),
        "https://gateway.example/graph/v24.0/123/messages"
    );
    assert_eq!(asked[0].headers()[AUTHORIZATION], "Bearer very-secret");
    assert!(!format!("{:?} {client:?}", asked[0]).contains("very-secret"));
}

#[tokio::test(flavor = "current_thread")]
async fn only_what_surely_did_not_leave_is_called_not_sent() {
    let error = fate(Err(transport::Error::not_sent("no connection"))).await;
    assert!(matches!(error.kind(), ErrorKind::NotSent));
    assert!(error.is_retryable());
    let error = fate(Err(transport::Error::maybe_sent("no answer in time"))).await;
    assert!(error.is_ambiguous() && !error.is_retryable());
}

#[tokio::test(flavor = "current_thread")]
async fn what_stands_in_an_answer_that_cannot_be_read_is_not_told() {
    let body = r#"{"contacts":["491701234567"],"messages":["491701234567"]}"#;
    let error = fate(Ok(answer(200, body))).await;
    let mut told = Vec::new();
    let mut cause: Option<&dyn std::error::Error> = Some(&error);
    while let Some(error) = cause {
        told.push(format!("{error} {error:?}"));
        cause = error.source();
    }
    let told = told.join(", ");
    assert!(error.is_ambiguous() && told.contains("column"), "{told}");
    assert!(!told.contains("491701234567"), "{told}");
}

#[tokio::test(flavor = "current_thread")]
async fn a_call_past_metas_limits_does_not_leave_unless_that_is_meant() {
    use crate::graph::identity::SetUsername;

    let (client, script) = scripted(Ok(answer(200, r#"{"status":"approved"}"#)));
    let username = SetUsername::new("100", "No Name");
    let error = client.send(&username).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::NotSent), "{error}");
    assert!(
        error.to_string().contains("username: lower-case"),
        "{error}"
    );
    // However often it is made, it never succeeds.
    assert!(error.exceeds_limit() && !error.is_retryable(), "{error}");
    assert!(error.advice().contains("exceeds a limit"));
    let policy = RetryPolicy::default();
    assert_eq!(policy.wait(0, &error, true, 1.0), None);
    assert!(script.asked.lock().unwrap().is_empty());
    client.without_checks().send(&username).await.unwrap();
    assert_eq!(script.asked.lock().unwrap().len(), 1);
}

#[tokio::test(flavor = "current_thread")]
async fn an_unreadable_success_is_ambiguous() {
    for body in [
        "",
        "OK",
        "{}",
        r#"{"messages":[]}"#,
        r#"{"messages":[{"id":""}]}"#,
        r#"{"messages":[{"id":"wamid.cut o"#,
    ] {
        let error = fate(Ok(answer(200, body))).await;
        assert!(error.is_ambiguous(), "{body}");
    }
}

#[tokio::test(flavor = "current_thread")]
async fn an_error_that_names_another_message_is_not_taken_for_a_message_sent() {
    for (body, code) in [
        (
            r#"{"messaging_product":"whatsapp","error":{"code":131009,"message":"x","error_data":{"message_id":"wamid.OLD"}}}"#,
            Some(131_009),
        ),
        (
            r#"{"error":{"code":131009,"error_data":{"message_id":"wamid.OLD"}},"fbtrace_id":"q"}"#,
            Some(131_009),
        ),
        (
            r#"{"error":{"message":"x","error_data":{"message_id":"wamid.OLD"}}}"#,
            None,
        ),
        (
            r#"{"messages":[],"errors":[{"code":"131009","context":"wamid.OLD"}]}"#,
            Some(131_009),
        ),
        (
            r#"{"error":{"code":131009,"error_data":{"details":"Message \"wamid.OLD\" cannot be reacted to."}}}"#,
            Some(131_009),
        ),
        (
            r#"{"messages":["wamid.OLD"],"error":{"code":131009}}"#,
            Some(131_009),
        ),
    ] {
        let error = fate(Ok(answer(200, body))).await;
        assert!(error.is_ambiguous(), "{body}: {error}");
        let api = error.api().expect(body);
        assert_eq!((api.code, api.raw.as_str()), (code, body));
    }
}

#[tokio::test(flavor = "current_thread")]
async fn a_refusal_is_told_from_a_doubt() {
    let error = fate(Ok(answer(400, r#"{"error":{"code":131047}}"#))).await;
    assert!(matches!(error.kind(), ErrorKind::Api(api) if api.code == Some(131_047)));
    let error = fate(Ok(answer(500, r#"{"error":{"code":131000}}"#))).await;
    assert!(error.is_ambiguous());
    assert_eq!(error.api().unwrap().code, Some(131_000));
    assert!(fate(Ok(answer(502, ""))).await.is_ambiguous());
}

#[test]
fn the_token_never_travels_in_the_clear() {
    for good in [
        "https://graph.facebook.com",
        "http://127.0.0.1:9000",
        "http://127.8.8.8/x",
        "http://[::1]:1",
        "http://localhost:80/graph",
    ] {
        assert!(check_base_url(good).is_ok(), "{good}");
    }
    for bad in [
        "http://graph.facebook.com",
        "http://10.0.0.1",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://0.0.0.0",
        "ftp://127.0.0.1",
        "https://user:pass@example.com",
        "https://example.com/?access_token=1",
        "/v25.0",
        "graph.facebook.com",
        "",
    ] {
        let error = check_base_url(bad).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::NotSent), "{bad}");
    }
    let error = check_base_url("http://10.0.0.1").unwrap_err();
    assert!(
        error
            .to_string()
            .contains("refusing to transmit over non-HTTPS")
    );
}

#[tokio::test(flavor = "current_thread")]
async fn an_id_cannot_lead_a_call_astray() {
    for id in ["..", ".", "", "..."] {
        let (client, script) = scripted(Ok(answer(200, "{}")));
        let call = GetPhoneNumber::new(id);
        let error = client.send(&call).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::NotSent), "{id}");
        assert!(script.asked.lock().unwrap().is_empty(), "{id}");
    }
    for (id, segment) in [
        ("../me", "..%2Fme"),
        ("1/messages", "1%2Fmessages"),
        ("1?fields=x", "1%3Ffields=x"),
        ("1%2e", "1%252e"),
        ("a b", "a%20b"),
        ("1#x", "1%23x"),
        ("1\u{e9}", "1%C3%A9"),
    ] {
        let (client, script) = scripted(Ok(answer(200, r#"{"id":1}"#)));
        client.send(&GetPhoneNumber::new(id)).await.unwrap();
        let message = SendMessage::raw(id, "{}").unwrap();
        let path = client.request(&message).unwrap().uri().path().to_owned();
        assert_eq!(path, format!("/v25.0/{segment}/messages"));
        let asked = script.asked.lock().unwrap();
        assert_eq!(asked[0].uri().path(), format!("/v25.0/{segment}"));
        assert_eq!(asked[0].uri().query(), None);
    }
}

/// Does not wait.
#[derive(Debug)]
struct Hurried;

impl Clock for Hurried {
    fn now(&self) -> Duration {
        Duration::ZERO
    }

    fn sleep(&self, _: Duration) -> Sleep {
        Box::pin(async {})
    }

    fn chance(&self) -> f64 {
        0.5
    }
}

fn patient(client: Client) -> Client {
    client.with_retry(RetryPolicy::default(), Arc::new(Hurried))
}

#[tokio::test]
async fn a_lookup_is_repeated_and_a_send_that_may_have_been_taken_is_not() {
    let cut = || Err(transport::Error::maybe_sent("cut off"));
    let (client, script) = in_turn(vec![
        cut(),
        Ok(answer(502, "")),
        Ok(answer(200, r#"{"id":"1"}"#)),
    ]);
    let number = patient(client)
        .send(&GetPhoneNumber::new("1"))
        .await
        .unwrap();
    assert_eq!(number.id, "1");
    assert_eq!(script.asked.lock().unwrap().len(), 3);

    let (client, script) = in_turn(vec![cut()]);
    assert!(
        patient(client)
            .send(&text())
            .await
            .unwrap_err()
            .is_ambiguous()
    );
    assert_eq!(script.asked.lock().unwrap().len(), 1);

    let slow_down = || Ok(answer(400, r#"{"error":{"code":130429}}"#));
    let sent = Ok(answer(200, r#"{"messages":[{"id":"wamid.1"}]}"#));
    let (client, _) = in_turn(vec![slow_down(), slow_down(), sent]);
    assert_eq!(
        patient(client).send(&text()).await.unwrap().wamid,
        "wamid.1"
    );
}

#[tokio::test]
async fn a_list_is_read_page_after_page_until_there_is_no_next() {
    let page = |name: &str, paging: &str| {
        let body = format!(r#"{{"data":[{{"id":"1","name":"{name}"}}],"paging":{paging}}}"#);
        Ok(http::Response::new(Bytes::from(body)))
    };
    let (client, script) = in_turn(vec![
        page(
            "a",
            r#"{"cursors":{"before":"x","after":"AA"},"next":"https://graph.facebook.com/…"}"#,
        ),
        page(
            "b",
            r#"{"cursors":{"before":"y","after":"BB"},"previous":"https://graph.facebook.com/…"}"#,
        ),
    ]);
    let all = client
        .pages(ListTemplates::new("200").limit(1_u32))
        .gather(10)
        .await
        .unwrap();
    let names: Vec<_> = all
        .iter()
        .map(|template| template.definition.name.as_str())
        .collect();
    assert_eq!(names, ["a", "b"]);
    let asked = script.asked.lock().unwrap();
    assert_eq!(asked[1].uri().query(), Some("limit=1&after=AA"));
}

fn media(digest: &str) -> Media {
    let text = serde_json::json!({
        "id": "600", "url": "https://lookaside.fbsbx.com/x?mid=1", "mime_type": "image/jpeg", "sha256": digest,
    });
    serde_json::from_value(text).unwrap()
}

#[tokio::test]
async fn a_file_whose_url_has_ended_is_looked_up_once_and_proved_by_its_digest() {
    let file = "the bytes of a file";
    let digest = hex::encode(Sha256::digest(file));
    let found =
        format!(r#"{{"id":"600","url":"https://lookaside.fbsbx.com/y","sha256":"{digest}"}}"#);
    let found = || Ok(http::Response::new(Bytes::from(found.clone())));
    let (client, script) = in_turn(vec![Ok(answer(404, "")), found(), Ok(answer(200, file))]);
    let download = client
        .download_media(media(&digest), MAX_MEDIA_BYTES)
        .await
        .unwrap();
    assert_eq!(download.total_bytes(), Some(19));
    assert_eq!(download.bytes().await.unwrap(), file);
    assert_eq!(script.asked.lock().unwrap().len(), 3);

    let (client, script) = in_turn(vec![Ok(answer(404, "")), found(), Ok(answer(404, ""))]);
    assert!(
        client
            .download_media(media(&digest), MAX_MEDIA_BYTES)
            .await
            .is_err()
    );
    assert_eq!(script.asked.lock().unwrap().len(), 3, "once");

    let (client, _) = in_turn(vec![found(), Ok(answer(200, "another file"))]);
    let error = client
        .download("600")
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Damaged), "{error}");

    let (client, _) = in_turn(vec![Ok(answer(200, file))]);
    let error = client.download_media(media(&digest), 5).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Damaged), "{error}");
}

#[tokio::test]
async fn a_files_url_elsewhere_is_fetched_without_the_token() {
    for (url, has_token) in [
        ("https://lookaside.fbsbx.com/x", true),
        ("https://example.org/x", false),
    ] {
        let (client, script) = in_turn(vec![Ok(answer(200, "x"))]);
        let media = serde_json::from_value(serde_json::json!({"url": url})).unwrap();
        client
            .download_media(media, 10)
            .await
            .unwrap()
            .bytes()
            .await
            .unwrap();
        let asked = script.asked.lock().unwrap();
        assert_eq!(
            asked[0].headers().contains_key(AUTHORIZATION),
            has_token,
            "{url}"
        );
    }
    let (client, _) = in_turn(vec![]);
    let media = serde_json::from_value(serde_json::json!({"url": "http://example.org/x"})).unwrap();
    let error = client.download_media(media, 10).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::NotSent), "{error}");
}

#[tokio::test]
async fn a_file_in_pieces_that_is_too_large_does_not_leave_unless_that_is_meant() {
    let (client, script) = in_turn(vec![Ok(answer(200, r#"{"id":"600"}"#))]);
    let file = || transport::Body::from(Bytes::from(vec![0; (5 << 20) + 1]));
    let outcome = client.upload("100", "image/png", "a.png", file()).await;
    let error = outcome.unwrap_err();
    assert!(error.exceeds_limit(), "{error}");
    assert!(script.asked.lock().unwrap().is_empty());
    let client = client.without_checks();
    let made = client.upload("100", "image/png", "a.png", file()).await;
    assert_eq!(made.unwrap().id, "600");
}

#[tokio::test]
async fn metas_media_hosts_do_not_turn_away_a_caller_without_a_name() {
    let (client, script) = in_turn(vec![
        Ok(answer(200, r#"{"id":"600"}"#)),
        Ok(answer(
            200,
            r#"{"id":"600","url":"https://lookaside.fbsbx.com/x"}"#,
        )),
        Ok(answer(200, "x")),
    ]);
    let file = transport::Body::from(Bytes::from_static(b"x"));
    client
        .upload("100", "text/plain", "a.txt", file)
        .await
        .unwrap();
    client.download("600").await.unwrap().bytes().await.unwrap();
    let asked = script.asked.lock().unwrap();
    let said = |name: &str| {
        let said = asked.iter().map(|request| request.headers()[name].clone());
        said.collect::<Vec<_>>()
    };
    assert_eq!(said("user-agent"), [NAME; 3]);
    assert_eq!(
        said("accept"),
        ["application/json", "application/json", "*/*"]
    );
}

#[tokio::test]
async fn an_upload_that_broke_off_goes_on_from_where_it_was() {
    let (client, script) = in_turn(vec![
        Ok(answer(200, r#"{"id":"upload:ABC=?sig=D-E_F"}"#)),
        Err(transport::Error::maybe_sent("cut off")),
        Ok(answer(200, r#"{"id":"upload:ABC=","file_offset":5}"#)),
        Ok(answer(200, r#"{"h":"4::handle"}"#)),
    ]);
    let file = Bytes::from_static(b"0123456789");
    let handle = client
        .upload_resumable("400", "a.pdf", "application/pdf", file)
        .await
        .unwrap();
    assert_eq!(handle, "4::handle");
    let asked = script.asked.lock().unwrap();
    assert_eq!(asked[3].headers()["file_offset"], "5");
    assert_eq!(asked[3].body(), "56789");
}

#[tokio::test]
async fn an_upload_in_pieces_is_one_form_and_tells_its_progress() {
    let (client, script) = in_turn(vec![Ok(answer(200, r#"{"id":"600"}"#))]);
    let pieces = [Bytes::from_static(b"01234"), Bytes::from_static(b"56789")];
    let pieces = futures_util::stream::iter(pieces.map(Ok));
    let told = Arc::new(Mutex::new(Vec::new()));
    let telling = told.clone();
    let body = transport::Body::new(Some(10), pieces)
        .with_progress(move |taken| telling.lock().unwrap().push(taken));
    let made = client
        .upload("100", "text/plain", "a.txt", body)
        .await
        .unwrap();
    assert_eq!(made.id, "600");
    assert_eq!(*told.lock().unwrap(), [5, 10]);
    let asked = script.asked.lock().unwrap();
    let form = std::str::from_utf8(asked[0].body()).unwrap();
    assert!(
        form.contains("\r\nContent-Type: text/plain\r\n\r\n0123456789\r\n--"),
        "{form}"
    );
}
