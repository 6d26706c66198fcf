//! Phones: what a customer can do, and what a customer sees.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::person::Person;
use crate::world::World;

/// Somebody's phone, in conversation with one number of the business. Cheap to clone.
#[derive(Clone)]
pub struct Phone {
    pub(crate) world: Arc<World>,
    pub(crate) place: usize,
    pub(crate) number: usize,
}

/// A message of the business as it reached a phone.
#[derive(Debug, Clone, PartialEq)]
pub struct Received {
    /// Its id.
    pub wamid: String,
    /// The number it came from.
    pub phone_number_id: String,
    /// The request it was sent with.
    pub body: Value,
}

/// A file that somebody sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its type, such as `image/png`.
    pub mime_type: String,
    /// Its name; of documents.
    pub filename: Option<String>,
    /// The file itself.
    pub bytes: Bytes,
}

impl Received {
    /// Its text, if it is a text message.
    pub fn text(&self) -> Option<&str> {
        self.body["text"]["body"].as_str()
    }

    /// The message it quotes.
    pub fn reply_to(&self) -> Option<&str> {
        self.body["context"]["message_id"].as_str()
    }
}

impl Phone {
    /// Whose it is.
    pub fn person(&self) -> Person {
        self.world.state().phones[self.place].person.clone()
    }

    /// The same phone in conversation with another number of the business; none if the business has no such number.
    #[must_use]
    pub fn with_number(&self, phone_number_id: &str) -> Option<Self> {
        let number = self.world.number_by_id(phone_number_id)?;
        Some(Self {
            number,
            ..self.clone()
        })
    }

    /// Writes a text. Answers its id; the webhook follows on its own.
    pub fn write(&self, text: &str) -> String {
        self.write_object(json!({"type": "text", "text": {"body": text}}))
    }

    /// Writes a text that quotes a message of the business.
    pub fn reply(&self, wamid: &str, text: &str) -> String {
        let from = &self.world.number(self.number).display_phone_number;
        let context = json!({"from": from, "id": wamid});
        self.write_object(json!({"context": context, "type": "text", "text": {"body": text}}))
    }

    /// Writes anything: a message object as it stands in a webhook, completed with sender, id and time where it has none.
    pub fn write_raw(&self, message: Map<String, Value>) -> String {
        self.world.write(self.number, self.place, message)
    }

    /// Writes a message of any type: a message object as it stands in a webhook, whose content is made up as far as it is
    /// missing. An image gets a file, an order its items.
    pub fn write_any(&self, message: Map<String, Value>) -> String {
        let message = self.world.complete(message, None);
        self.write_raw(message)
    }

    /// Writes the example of this name, one of [`EXAMPLES`](crate::EXAMPLES), or of this message type.
    pub fn write_example(&self, name: &str) -> String {
        let (kind, mut message) = crate::example::members(name);
        message.insert("type".to_owned(), kind.into());
        self.write_any(message)
    }

    /// Sends a file as a message of this type: `image`, `video`, `audio`, `document` or `sticker`.
    pub fn send_file(&self, kind: &str, file: File, caption: Option<&str>) -> String {
        let content = caption.map_or_else(|| json!({}), |caption| json!({"caption": caption}));
        let mut message = Map::new();
        message.insert("type".to_owned(), kind.into());
        message.insert(kind.to_owned(), content);
        let message = self.world.complete(message, Some(file));
        self.write_raw(message)
    }

    fn write_object(&self, message: Value) -> String {
        match message {
            Value::Object(message) => self.write_raw(message),
            _ => self.write_raw(Map::new()),
        }
    }

    /// The next message of the business, waited for at most this long.
    pub async fn next_message(&self, timeout: Duration) -> Option<Received> {
        tokio::time::timeout(timeout, async {
            loop {
                let arrived = self.world.state().phones[self.place].arrived.clone();
                let arrival = arrived.notified();
                tokio::pin!(arrival);
                // Listening begins before looking, so that nothing arrives unseen in between.
                arrival.as_mut().enable();
                if let Some(message) = self.take_message() {
                    return message;
                }
                arrival.await;
            }
        })
        .await
        .ok()
    }

    /// The next message of the business, if it is there already.
    pub fn take_message(&self) -> Option<Received> {
        self.world.state().phones[self.place].inbox.pop_front()
    }

    /// Reads a message of the business, which is told so.
    pub fn read(&self, wamid: &str) {
        let mut state = self.world.state();
        self.world
            .tell_status(&mut state, wamid, "read", Some(self.place));
    }

    /// Listens to a voice message of the business, which is told so.
    pub fn play(&self, wamid: &str) {
        let mut state = self.world.state();
        self.world
            .tell_status(&mut state, wamid, "played", Some(self.place));
    }

    /// From now on nothing reaches it, and nothing is delivered.
    pub fn switch_off(&self) {
        self.world.state().phones[self.place].is_off = true;
    }

    /// What waited for it reaches it now.
    pub fn switch_on(&self) {
        let mut state = self.world.state();
        let phone = &mut state.phones[self.place];
        phone.is_off = false;
        for message in std::mem::take(&mut phone.undelivered) {
            self.world.deliver_to(&mut state, self.place, message);
        }
    }

    /// Whether it is switched on.
    pub fn is_on(&self) -> bool {
        !self.world.state().phones[self.place].is_off
    }

    /// From now on its identity is another, as when WhatsApp is set up anew. A number whose settings have `user_identity_change`
    /// on is told, and messages to the identity before fail with 137000.
    pub fn change_identity(&self) {
        self.world.change_identity(self.number, self.place);
    }

    /// Marketing messages are stopped: the business is told so, and those it sends all the same fail with 131050.
    pub fn stop_marketing(&self) {
        self.world.prefer(self.number, self.place, false);
    }

    /// Marketing messages are wanted again, and the business is told so.
    pub fn resume_marketing(&self) {
        self.world.prefer(self.number, self.place, true);
    }

    /// Whether marketing messages are wanted; they are at first.
    pub fn wants_marketing(&self) -> bool {
        let state = self.world.state();
        !state.opted_out.contains(&(self.number, self.place))
    }

    /// Whether the business has marked this message of ours as read.
    pub fn is_read(&self, wamid: &str) -> bool {
        self.world.state().journal.read_marks.contains(wamid)
    }

    /// Whether "typing…" shows.
    pub fn sees_typing(&self) -> bool {
        self.world.state().phones[self.place].sees_typing
    }
}
