//! A gateway to knock at, and what Meta would send it.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use waypost_server::config::{Config, Environment};
use waypost_server::{Gateway, Options, StartError};
use whatsapp_cloud::secret::AppSecret;

/// Of `shop` and `bakery`.
pub(crate) const SECRET: &str = "one-app-secret-for-tests";
/// Of `bank`.
pub(crate) const OTHER_SECRET: &str = "another-app-secret-for-tests";
/// Of `shop`.
pub(crate) const VERIFY_TOKEN: &str = "a-verify-token-of-more-than-32-characters";

/// Accounts for every situation.
pub(crate) const ACCOUNTS: &str = r#"
[[account]]
id = "shop"
phone_number_id = "111"
business_account_id = "900"
access_token = "token-of-shop"
verify_token = "a-verify-token-of-more-than-32-characters"
app_secret = ["retired-app-secret-for-tests", "one-app-secret-for-tests"]

[[account]]
id = "bakery"
phone_number_id = "222"
business_account_id = "900"
verify_token = "the-bakery's-own-verify-token-for-tests"
app_secret = "one-app-secret-for-tests"

[[account]]
id = "bank"
phone_number_id = "333"
business_account_id = "901"
verify_token = "the-bank's-own-verify-token-for-tests!"
app_secret = "another-app-secret-for-tests"

[[account]]
id = "closed"
enabled = false
phone_number_id = "444"
verify_token = "the-closed-account's-own-verify-token!"
app_secret = "one-app-secret-for-tests"

[[account]]
id = "open"
phone_number_id = "555"
verify_token = "the-open-account's-own-verify-token!!"
allow_unsigned = true

[[account]]
id = "bare"
phone_number_id = "666"
verify_token = "the-bare-account's-own-verify-token!!"
"#;

/// One that reads, one that handles the shop, one that handles two accounts.
pub(crate) const KEYS: &str = r#"
[[api.key]]
name = "reader"
secret = "reader-key-for-tests-0123456789"
scopes = ["read"]

[[api.key]]
name = "shopkeeper"
secret = "shopkeeper-key-for-tests-0123456789"
scopes = ["admin"]
accounts = ["shop"]

[[api.key]]
name = "neighbours"
secret = "neighbours-key-for-tests-0123456789"
scopes = ["admin"]
accounts = ["shop", "bakery"]
"#;
pub(crate) const READER: &str = "reader-key-for-tests-0123456789";
pub(crate) const SHOPKEEPER: &str = "shopkeeper-key-for-tests-0123456789";
pub(crate) const NEIGHBOURS: &str = "neighbours-key-for-tests-0123456789";

/// A running gateway and its directory.
pub(crate) struct House {
    pub(crate) gateway: Gateway,
    pub(crate) http: reqwest::Client,
    pub(crate) dir: TempDir,
}

impl House {
    /// With this configuration, on a free port, in a directory of its own.
    pub(crate) async fn start(config: &str) -> Self {
        Self::start_with(config, |_| ()).await
    }

    /// The same, with options to be changed.
    pub(crate) async fn start_with(config: &str, change: impl FnOnce(&mut Options)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut options = Options::new(dir.path());
        change(&mut options);
        Self {
            gateway: start(config, options).await.unwrap(),
            http: client(),
            dir,
        }
    }

    /// Puts another configuration in force.
    pub(crate) fn reload(&self, config: &str) {
        self.gateway.reload(parsed(config));
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.gateway.addr())
    }

    /// Posts a webhook, signed with this secret.
    pub(crate) async fn post(&self, path: &str, secret: &str, body: impl Into<Vec<u8>>) -> Answer {
        let body = body.into();
        let signature = whatsapp_cloud::webhook::sign(&AppSecret::new(secret), &body);
        self.post_as(path, Some(&signature), body).await
    }

    /// Posts a webhook with this signature header, or none.
    pub(crate) async fn post_as(
        &self,
        path: &str,
        signature: Option<&str>,
        body: impl Into<Vec<u8>>,
    ) -> Answer {
        let mut request = self.http.post(self.url(path)).body(body.into());
        if let Some(signature) = signature {
            request = request.header("X-Hub-Signature-256", signature);
        }
        Answer::of(request.send().await.unwrap()).await
    }

    /// Asks the API with the key of this run.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        let request = self
            .http
            .get(self.url(path))
            .bearer_auth(self.gateway.local_key());
        Answer::of(request.send().await.unwrap()).await
    }

    /// Posts to the API with the key of this run.
    pub(crate) async fn send(&self, body: &Value, idempotency_key: Option<&str>) -> Answer {
        let url = self.url("/api/messages");
        let mut request = self
            .http
            .post(url)
            .bearer_auth(self.gateway.local_key())
            .json(body);
        if let Some(key) = idempotency_key {
            request = request.header("Idempotency-Key", key);
        }
        Answer::of(request.send().await.unwrap()).await
    }

    /// Every event stored, page by page.
    pub(crate) async fn events(&self) -> Vec<Value> {
        let mut events = Vec::new();
        let mut after = String::new();
        loop {
            let page = self
                .get(&format!("/api/events?limit=1000&after={after}"))
                .await;
            assert_eq!(page.status, 200, "{}", page.body);
            events.extend(page.body["data"].as_array().unwrap().iter().cloned());
            match page.body["next"].as_str() {
                Some(next) => next.clone_into(&mut after),
                None => return events,
            }
        }
    }
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
    /// `Null` where it is no JSON.
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) async fn of(response: reqwest::Response) -> Self {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or_default();
        Self {
            status,
            headers,
            text,
            body,
        }
    }

    /// The status and the problem's code.
    pub(crate) fn problem(&self) -> (u16, &str) {
        assert_eq!(self.headers["content-type"], "application/problem+json");
        assert_eq!(self.body["status"], self.status);
        (self.status, self.body["code"].as_str().unwrap())
    }
}

pub(crate) async fn start(config: &str, options: Options) -> Result<Gateway, StartError> {
    let text = format!("{config}\n[server]\nlisten = \"127.0.0.1:0\"\n");
    Gateway::start(parsed(&text), options).await
}

fn parsed(text: &str) -> Config {
    let path = Path::new("/nowhere/waypost.toml");
    Config::parse(text, path, &Environment::default()).unwrap_or_else(|errors| panic!("{errors}"))
}

pub(crate) fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .timeout(Duration::from_secs(30))
        .no_proxy()
        .build()
        .unwrap()
}

/// A text message as Meta sends it.
pub(crate) fn text_message(number: &str, wamid: &str, from: &str, text: &str) -> Value {
    json!({
        "object": "whatsapp_business_account",
        "entry": [{
            "id": "900",
            "changes": [{
                "field": "messages",
                "value": {
                    "messaging_product": "whatsapp",
                    "metadata": {"display_phone_number": "15550001111", "phone_number_id": number},
                    "contacts": [{"profile": {"name": "Ada"}, "wa_id": from}],
                    "messages": [{"from": from, "id": wamid, "timestamp": "1790000000", "type": "text", "text": {"body": text}}],
                },
            }],
        }],
    })
}
