//! Notifications as Meta posts them, and what is done with them: by us, and by hand.

use std::hint::black_box;

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::Deserialize;
use serde_json::Value;
use sha2::Sha256;
use whatsapp_cloud::secret::AppSecret;
use whatsapp_cloud::webhook::{Decoded, parse, sign, verify};

/// One body.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) events: u32,
    pub(crate) body: String,
    pub(crate) secret: AppSecret,
    pub(crate) signature: String,
}

/// Something done with a body. What comes back keeps it from being optimised away.
pub(crate) type Work = fn(&Case) -> usize;

/// What is compared, ours first.
pub(crate) const COMPARISONS: [(&str, Work, Work); 5] = [
    ("split / minimal struct", split, minimal),
    ("split / Value", split, value),
    ("typed / minimal struct", typed, minimal),
    ("typed / Value", typed, value),
    ("verify / HMAC", verified, hmac),
];

/// The three of the goals.
pub(crate) fn cases() -> [Case; 3] {
    let text = |n: u32| {
        format!(
            r#"{{"from":"4915550{n:04}","from_user_id":"DE.{n:010}","id":"wamid.HBgNNDkxNTU1MDAwMDAwFQIAEhgUM0E{n:012}","timestamp":"1790000000","type":"text","text":{{"body":"Is the blue one still to be had in a large size, and could it be here before the weekend?"}}}}"#
        )
    };
    let contact = |n: u32| {
        format!(
            r#"{{"profile":{{"name":"Customer {n}"}},"wa_id":"4915550{n:04}","user_id":"DE.{n:010}"}}"#
        )
    };
    let status = r#"{"id":"wamid.HBgNNDkxNTU1MDAwMDAwFQIAEhgUM0E0000","status":"delivered","timestamp":"1790000000","recipient_id":"49155500001","recipient_user_id":"DE.0000000001","biz_opaque_callback_data":"order 9","pricing":{"billable":true,"pricing_model":"PMP","category":"utility","type":"regular"}}"#;
    let contacts = |range: std::ops::Range<u32>| range.map(contact).collect::<Vec<_>>().join(",");
    let texts = |range: std::ops::Range<u32>| range.map(text).collect::<Vec<_>>().join(",");
    [
        Case::new(
            "text",
            1,
            &format!(
                r#""contacts":[{}],"messages":[{}]"#,
                contacts(0..1),
                texts(0..1)
            ),
        ),
        Case::new("status", 1, &format!(r#""statuses":[{status}]"#)),
        Case::new(
            "batch of 1,000",
            1000,
            &format!(
                r#""contacts":[{}],"messages":[{}]"#,
                contacts(0..200),
                texts(0..1000)
            ),
        ),
    ]
}

impl Case {
    fn new(name: &'static str, events: u32, lists: &str) -> Self {
        let body = format!(
            r#"{{"object":"whatsapp_business_account","entry":[{{"id":"100000000000001","time":1790000000,"changes":[{{"value":{{"messaging_product":"whatsapp","metadata":{{"display_phone_number":"15550100100","phone_number_id":"200000000000001"}},{lists}}},"field":"messages"}}]}}]}}"#
        );
        let secret = AppSecret::new("0123456789abcdef0123456789abcdef");
        let signature = sign(&secret, body.as_bytes());
        Self {
            name,
            events,
            body,
            secret,
            signature,
        }
    }
}

/// Every update, with what routing needs.
pub(crate) fn split(case: &Case) -> usize {
    let payload = parse(case.body.as_bytes()).expect("JSON");
    black_box(payload.updates()).len()
}

/// Every update, with everything it says.
pub(crate) fn typed(case: &Case) -> usize {
    let payload = parse(case.body.as_bytes()).expect("JSON");
    let mut decoded = 0;
    for update in payload.updates() {
        match black_box(update.decode()) {
            Ok(Decoded::Message(_) | Decoded::Status(_)) => decoded += 1,
            _ => unreachable!("all of them are messages and statuses"),
        }
    }
    decoded
}

/// The body as a document.
pub(crate) fn value(case: &Case) -> usize {
    let value: Value = serde_json::from_slice(case.body.as_bytes()).expect("JSON");
    black_box(&value)["entry"].as_array().map_or(0, Vec::len)
}

/// Only what an echo bot would look at, owned: a borrowed text ends at the first escape.
pub(crate) fn minimal(case: &Case) -> usize {
    let body: Body = serde_json::from_slice(case.body.as_bytes()).expect("as it is written");
    black_box(&body).entry.len()
}

#[derive(Deserialize)]
struct Body {
    entry: Vec<Entry>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "what is read is the work")]
struct Entry {
    id: String,
    changes: Vec<Change>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "what is read is the work")]
struct Change {
    field: String,
    value: Lists,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "what is read is the work")]
struct Lists {
    metadata: Metadata,
    #[serde(default)]
    contacts: Vec<Contact>,
    #[serde(default)]
    messages: Vec<Message>,
    #[serde(default)]
    statuses: Vec<Status>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "what is read is the work")]
struct Metadata {
    phone_number_id: String,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "what is read is the work")]
struct Contact {
    wa_id: Option<String>,
    user_id: Option<String>,
    profile: Profile,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "what is read is the work")]
struct Profile {
    name: Option<String>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "what is read is the work")]
struct Message {
    from: Option<String>,
    from_user_id: Option<String>,
    id: String,
    timestamp: String,
    #[serde(rename = "type")]
    kind: String,
    text: Option<Text>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "what is read is the work")]
struct Text {
    body: String,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "what is read is the work")]
struct Status {
    id: String,
    #[serde(rename = "status")]
    word: String,
    timestamp: String,
    recipient_id: Option<String>,
    recipient_user_id: Option<String>,
}

/// The proof.
pub(crate) fn verified(case: &Case) -> usize {
    usize::from(verify(&case.secret, case.body.as_bytes(), &case.signature))
}

/// The digest alone, compared with nothing.
pub(crate) fn hmac(case: &Case) -> usize {
    let mac = Hmac::<Sha256>::new_from_slice(case.secret.expose().as_bytes()).expect("any length");
    let mac = mac.chain_update(case.body.as_bytes()).finalize();
    usize::from(black_box(mac.into_bytes())[0])
}
