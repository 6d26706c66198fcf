//! Notifications as Meta posts them, signed, for your own tests (feature `test-util`).
//!
//! What is written is what Meta writes: escapes where Meta escapes (`\u00fc`, `\/`), text where Meta has text, lists where
//! Meta has lists. So a receiver that verifies something else than the bytes it got fails here, and not in production.
//!
//! ```
//! use whatsapp_cloud::secret::AppSecret;
//! use whatsapp_cloud::webhook::builder::{Inbound, StatusUpdate, WebhookBuilder};
//! use whatsapp_cloud::webhook::{self, activity::Contact};
//!
//! let secret = AppSecret::new("the app's secret");
//! let webhook = WebhookBuilder::new()
//!     .message(Inbound::text("Grüße").from(Contact::of_phone("4915550001").with_name("Ada")))
//!     // Somebody who hides their number.
//!     .message(Inbound::image("media-1").from(Contact::of_user("DE.AAA1")))
//!     .status(StatusUpdate::failed("wamid.A", 131_047, "Re-engagement message").to("4915550001"))
//!     .signed(&secret);
//!
//! assert!(webhook::verify(&secret, webhook.body(), webhook.signature()));
//! assert_eq!(webhook::parse(webhook.body())?.updates().len(), 3);
//! let request: http::Request<bytes::Bytes> = webhook.request("/webhook")?;
//! # let _ = request;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Everything has a value unless you give it one: the same account and number, one moment, ids `wamid.TEST1`, `wamid.TEST2`, …
//! in the order of adding. Where several notifications meet one receiver that drops what it has seen, give messages ids of
//! your own.

mod contact;
mod inbound;
mod status;
mod write;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value, json};

use super::account::AccountEvent;
use super::activity::Contact;
use super::sign;
use super::template::TemplateEvent;
use super::verify::SIGNATURE_HEADER;
use crate::graph::Query;
use crate::secret::{AppSecret, VerifyToken};
use crate::time::UnixSeconds;
pub use inbound::Inbound;
pub use status::StatusUpdate;

/// Builds one notification. What is added stands under the account and the number named last.
#[derive(Debug, Clone)]
#[must_use = "a notification is made by `signed`"]
pub struct WebhookBuilder {
    business_account_id: String,
    phone_number_id: String,
    display_phone_number: String,
    at: UnixSeconds,
    entries: Vec<Entry>,
    ids: usize,
}

#[derive(Debug, Clone)]
struct Entry {
    id: String,
    changes: Vec<Change>,
}

#[derive(Debug, Clone)]
struct Change {
    field: String,
    value: Value,
}

impl Default for WebhookBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl WebhookBuilder {
    /// A notification of nothing, from the account `100000000000001`, the number `200000000000001` (+1 555 010 0100), in the
    /// moment 1790000000.
    pub fn new() -> Self {
        Self {
            business_account_id: "100000000000001".to_owned(),
            phone_number_id: "200000000000001".to_owned(),
            display_phone_number: "15550100100".to_owned(),
            at: UnixSeconds(1_790_000_000),
            entries: Vec::new(),
            ids: 0,
        }
    }

    /// What is added next is of this account: another `entry`.
    pub fn business_account(mut self, id: impl Into<String>) -> Self {
        self.business_account_id = id.into();
        self
    }

    /// What is added next is of this number: another change.
    pub fn phone_number(
        mut self,
        id: impl Into<String>,
        display_phone_number: impl Into<String>,
    ) -> Self {
        self.phone_number_id = id.into();
        self.display_phone_number = display_phone_number.into();
        self
    }

    /// What is added next happened in this moment.
    pub fn at(mut self, at: UnixSeconds) -> Self {
        self.at = at;
        self
    }

    /// Somebody wrote. Messages added one after another stand in one list, as Meta batches them.
    pub fn message(mut self, mut inbound: Inbound) -> Self {
        inbound.complete(&self.next_id(), self.at);
        let contact = inbound.contact.clone();
        self.element(
            "messages",
            "messages",
            json!(inbound.into_message()),
            Some(&contact),
        )
    }

    /// The business wrote from its own phone (`smb_message_echoes`), to whom the message says it is from.
    pub fn echo(mut self, mut inbound: Inbound) -> Self {
        inbound.complete(&self.next_id(), self.at);
        let contact = inbound.contact.clone();
        let echo = json!(inbound.into_echo(&self.display_phone_number));
        self.element("smb_message_echoes", "message_echoes", echo, Some(&contact))
    }

    /// A message of the business got somewhere, or did not.
    pub fn status(self, mut update: StatusUpdate) -> Self {
        update.complete(self.at);
        self.element("messages", "statuses", json!(update.into_status()), None)
    }

    /// A `value` of the field `messages` that holds nothing but an error.
    pub fn error(self, code: i64, title: &str) -> Self {
        let mut value = self.surroundings();
        value.insert("errors".to_owned(), json!([status::problem(code, title)]));
        self.change("messages", Value::Object(value))
    }

    /// Something happened to the account (`account_update`). What belongs to the event, [`WebhookBuilder::change`] can say.
    pub fn account(self, event: &AccountEvent) -> Self {
        self.change("account_update", json!({"event": event.as_str()}))
    }

    /// Something happened to a template (`message_template_status_update`).
    pub fn template(
        self,
        event: &TemplateEvent,
        template_id: u64,
        name: &str,
        language: &str,
    ) -> Self {
        self.change(
            "message_template_status_update",
            json!({
                "event": event.as_str(),
                "message_template_id": template_id,
                "message_template_name": name,
                "message_template_language": language,
                "reason": "NONE",
            }),
        )
    }

    /// A change of any field, with any `value`: every type of [`webhook`](super) can be one, by [`serde_json::json!`].
    pub fn change(mut self, field: &str, value: Value) -> Self {
        let field = field.to_owned();
        self.entry().changes.push(Change { field, value });
        self
    }

    /// An element of a list in a `value` with the number's metadata: of `calls`, `groups`, `user_preferences`, or of tomorrow.
    /// One after another, elements of one list stand together.
    pub fn element(
        mut self,
        field: &str,
        list: &str,
        element: Value,
        contact: Option<&Contact>,
    ) -> Self {
        let surroundings = self.surroundings();
        let changes = &mut self.entry().changes;
        let fits = changes.last().is_some_and(|last| {
            last.field == field
                && last.value.get(list).is_some()
                && last.value.get("metadata") == surroundings.get("metadata")
        });
        if !fits {
            changes.push(Change {
                field: field.to_owned(),
                value: Value::Object(surroundings),
            });
        }
        if let Some(Value::Object(value)) = changes.last_mut().map(|change| &mut change.value) {
            if let Some(contact) = contact.map(|contact| json!(contact)) {
                let contacts = value.entry("contacts").or_insert_with(|| json!([]));
                if let Value::Array(contacts) = contacts
                    && !contacts.contains(&contact)
                {
                    contacts.push(contact);
                }
            }
            if let Value::Array(list) = value.entry(list).or_insert_with(|| json!([])) {
                list.push(element);
            }
        }
        self
    }

    /// The body, not signed.
    pub fn body(&self) -> Bytes {
        let entries: Vec<Value> = self
            .entries
            .iter()
            .map(|entry| {
                let changes: Vec<Value> = entry
                    .changes
                    .iter()
                    .map(|change| json!({"value": change.value, "field": change.field}))
                    .collect();
                json!({"id": entry.id, "time": self.at.0, "changes": changes})
            })
            .collect();
        write::as_meta_does(&json!({"object": "whatsapp_business_account", "entry": entries}))
    }

    /// The notification, signed by an app's secret.
    pub fn signed(&self, secret: &AppSecret) -> Webhook {
        let body = self.body();
        let signature = sign(secret, &body);
        Webhook { body, signature }
    }

    /// Meta's `GET`, by which it learns whether this URL is yours. The receiver answers 200 and the challenge.
    pub fn handshake(
        url: &str,
        token: &VerifyToken,
        challenge: &str,
    ) -> Result<http::Request<Bytes>, http::Error> {
        let mut query = Query::default();
        query.put("hub.mode", &"subscribe".to_owned());
        query.put("hub.challenge", &challenge.to_owned());
        query.put("hub.verify_token", &token.expose().to_owned());
        let joint = if url.contains('?') { '&' } else { '?' };
        http::Request::get(format!("{url}{joint}{}", query.to_text())).body(Bytes::new())
    }

    fn next_id(&mut self) -> String {
        self.ids += 1;
        format!("wamid.TEST{}", self.ids)
    }

    fn surroundings(&self) -> Map<String, Value> {
        let metadata = json!({
            "display_phone_number": self.display_phone_number,
            "phone_number_id": self.phone_number_id,
        });
        Map::from_iter([
            ("messaging_product".to_owned(), "whatsapp".into()),
            ("metadata".to_owned(), metadata),
        ])
    }

    /// The entry of the account named last.
    fn entry(&mut self) -> &mut Entry {
        let id = &self.business_account_id;
        if self.entries.last().is_none_or(|last| last.id != *id) {
            self.entries.push(Entry {
                id: id.clone(),
                changes: Vec::new(),
            });
        }
        let last = self.entries.len() - 1;
        &mut self.entries[last]
    }
}

/// A notification and its signature.
#[derive(Clone, PartialEq, Eq)]
pub struct Webhook {
    body: Bytes,
    signature: String,
}

impl Webhook {
    /// The body, as it was signed.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The value of `X-Hub-Signature-256`.
    pub fn signature(&self) -> &str {
        &self.signature
    }

    /// Meta's `POST` to a URL or a path. Fails only if that is none.
    pub fn request(&self, url: &str) -> Result<http::Request<Bytes>, http::Error> {
        http::Request::post(url)
            .header(CONTENT_TYPE, "application/json")
            .header(SIGNATURE_HEADER, &self.signature)
            .body(self.body.clone())
    }
}

/// Holds people and words: shows its size.
impl std::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Webhook")
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
