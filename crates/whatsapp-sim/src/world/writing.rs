//! What people write to the business.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::traffic::contact;
use super::{Kind, Lane, RECEIVED_LIVES_MS, State, World, Written};
use crate::example;
use crate::phone::File;
use crate::webhook::{Part, Update};

impl World {
    /// A customer writes: completes the message and has the business told. Answers the message's id.
    pub(crate) fn write(
        self: &Arc<Self>,
        number: usize,
        phone: usize,
        message: Map<String, Value>,
    ) -> String {
        let at_ms = self.now_ms();
        let mut state = self.state();
        let wamid = match message.get("id").and_then(Value::as_str) {
            Some(id) => id.to_owned(),
            None => self.next_wamid(&mut state),
        };
        self.note_permission(&mut state, number, phone, &message);
        // Meta's own words to the business name nobody besides.
        let is_system = message.get("type").is_some_and(|kind| kind == "system");
        let person = &state.phones[phone].person;
        let mut whole = Map::new();
        if let Some(number) = &person.phone_number {
            whole.insert("from".to_owned(), number.as_str().into());
        }
        whole.insert("from_user_id".to_owned(), person.user_id.as_str().into());
        if let Some(parent) = &person.parent_user_id {
            whole.insert("from_parent_user_id".to_owned(), parent.as_str().into());
        }
        whole.insert("id".to_owned(), wamid.as_str().into());
        whole.insert("timestamp".to_owned(), (at_ms / 1000).to_string().into());
        whole.extend(message);
        let mut contact = contact(person);
        if state.watches_identities(&self.number(number).phone_number_id) {
            contact["identity_key_hash"] = state.phones[phone].identity().into();
        }
        let part = Part::Message {
            contact: (!is_system).then_some(contact),
            message: whole.into(),
        };
        let update = Update {
            id: wamid.clone(),
            number,
            part,
            at_ms,
        };
        if state.blocked.contains(&(number, phone)) {
            return wamid;
        }
        let written = Written {
            number,
            phone,
            at_ms,
        };
        state.written.insert(wamid.clone(), written);
        state.last_written.insert((number, phone), at_ms);
        self.tell(&mut state, Lane::Phone { number, phone }, update);
        wamid
    }

    /// Somebody stops marketing messages of a number, or resumes them; the business is told.
    pub(crate) fn prefer(self: &Arc<Self>, number: usize, phone: usize, wants_marketing: bool) {
        let mut state = self.state();
        let (word, detail) = if wants_marketing {
            state.opted_out.remove(&(number, phone));
            ("resume", "User requested to resume marketing messages")
        } else {
            state.opted_out.insert((number, phone));
            ("stop", "User requested to stop marketing messages")
        };
        let person = &state.phones[phone].person;
        let mut preference = json!({
            "user_id": person.user_id,
            "detail": detail,
            "category": "marketing_messages",
            "value": word,
            "timestamp": self.now_ms() / 1000,
        });
        if let Some(wa_id) = &person.phone_number {
            preference["wa_id"] = wa_id.as_str().into();
        }
        let sender = self.number(number);
        let value = json!({
            "messaging_product": "whatsapp",
            "metadata": {
                "display_phone_number": sender.display_phone_number,
                "phone_number_id": sender.phone_number_id,
            },
            "contacts": [contact(person)],
            "user_preferences": [preference],
        });
        self.tell_change_to(&mut state, number, "user_preferences", value);
    }

    /// Somebody becomes another identity; a number that watches them is told.
    pub(crate) fn change_identity(self: &Arc<Self>, number: usize, phone: usize) {
        let told = {
            let mut state = self.state();
            state.phones[phone].identities += 1;
            let sender = &self.number(number).phone_number_id;
            let identity = state.phones[phone].identity();
            state.watches_identities(sender).then_some(identity)
        };
        let Some(identity) = told else { return };
        let system = json!({
            "type": "customer_identity_changed",
            "identity": identity,
            "body": "The customer's identity changed",
        });
        let mut message = Map::new();
        message.insert("type".to_owned(), "system".into());
        message.insert("system".to_owned(), system);
        self.write(number, phone, message);
    }

    /// Whoever answers that they may be called, may be; until then, or for good.
    fn note_permission(
        &self,
        state: &mut State,
        number: usize,
        phone: usize,
        message: &Map<String, Value>,
    ) {
        let reply = message
            .get("interactive")
            .map(|content| &content["call_permission_reply"]);
        let Some(reply) = reply.filter(|reply| reply.is_object()) else {
            return;
        };
        let user = state.phones[phone].person.user_id.clone();
        let number = &self.number(number).phone_number_id;
        let id = format!("{number}/{user}/calls");
        state.nodes.remove(&id);
        if reply["response"] == "accept" {
            let ends = reply["expiration_timestamp"].as_u64();
            let mut members = Map::new();
            members.insert("user".to_owned(), user.into());
            let status = if ends.is_some() {
                "temporary"
            } else {
                "permanent"
            };
            members.insert("status".to_owned(), status.into());
            if let Some(ends) = ends {
                members.insert("expiration_time".to_owned(), ends.into());
            }
            state
                .nodes
                .put(Kind::CallPermission, &id, number, members, self.now_ms());
        }
    }

    /// Gives a message what its type calls for and it lacks: this file, or an example's content.
    pub(crate) fn complete(
        &self,
        mut message: Map<String, Value>,
        file: Option<File>,
    ) -> Map<String, Value> {
        let kind = message
            .get("type")
            .and_then(Value::as_str)
            .unwrap_or("text");
        let (kind, members) = example::members(kind);
        let kind = kind.to_owned();
        message.insert("type".to_owned(), kind.as_str().into());
        for (name, member) in members {
            message.entry(name).or_insert(member);
        }
        if !example::FILES.contains(&kind.as_str()) {
            return message;
        }
        let content = message
            .entry(kind.as_str())
            .or_insert_with(|| Value::Object(Map::new()));
        let Value::Object(content) = content else {
            return message;
        };
        if content.contains_key("id") {
            return message;
        }
        let file = file.unwrap_or_else(|| example::file(&kind));
        let media = self.keep(&mut self.state(), file, RECEIVED_LIVES_MS, "");
        let mut whole = Map::new();
        whole.insert("mime_type".to_owned(), media.mime_type.as_str().into());
        whole.insert("sha256".to_owned(), STANDARD.encode(media.sha256()).into());
        whole.insert("id".to_owned(), media.id.as_str().into());
        whole.insert("url".to_owned(), self.media_url(&media.id).into());
        match kind.as_str() {
            "audio" => {
                whole.insert(
                    "voice".to_owned(),
                    media.mime_type.starts_with("audio/ogg").into(),
                );
            }
            "sticker" => {
                whole.insert("animated".to_owned(), false.into());
            }
            "document" => {
                let name = media.filename.as_deref().unwrap_or("document");
                whole.insert("filename".to_owned(), name.into());
            }
            _ => {}
        }
        whole.extend(std::mem::take(content));
        *content = whole;
        message
    }
}
