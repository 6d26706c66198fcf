//! What passes between people and the business: messages one way and the other, and the statuses that follow.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{Conversation, Lane, State, World};
use crate::journal::TakenSend;
use crate::person::Person;
use crate::phone::Received;
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
        let part = Part::Message {
            contact: Some(contact(person)),
            message: whole.into(),
        };
        let update = Update {
            id: wamid.clone(),
            number,
            part,
            at_ms,
        };
        state.written_by.insert(wamid.clone(), phone);
        self.tell(&mut state, Lane::Phone { number, phone }, update);
        wamid
    }

    /// The business sends: the phone gets it, if there is one, and the business its statuses. Answers the message's id.
    pub(crate) fn take(self: &Arc<Self>, number: usize, recipient: String, body: Value) -> String {
        let at_ms = self.now_ms();
        let mut state = self.state();
        let wamid = self.next_wamid(&mut state);
        let callback_data = body["biz_opaque_callback_data"].as_str().map(str::to_owned);
        let phone = state.by_handle.get(&recipient).copied();
        state.messages.insert(
            wamid.clone(),
            Conversation {
                number,
                phone,
                recipient: recipient.clone(),
                callback_data: callback_data.clone(),
            },
        );
        self.tell_status(&mut state, &wamid, "sent");
        if let Some(phone) = phone {
            let phone_number_id = self.config.numbers[number].phone_number_id.clone();
            let phone = &mut state.phones[phone];
            phone.sees_typing = false;
            phone.inbox.push_back(Received {
                wamid: wamid.clone(),
                phone_number_id,
                body: body.clone(),
            });
            phone.arrived.notify_waiters();
            self.tell_status(&mut state, &wamid, "delivered");
        }
        state.journal.took(TakenSend {
            wamid: wamid.clone(),
            phone_number_id: self.config.numbers[number].phone_number_id.clone(),
            recipient,
            body,
            callback_data,
            at_ms,
            repetition: 0,
        });
        wamid
    }

    /// Has the business told a status of a message of its own; nothing if there is no such message.
    pub(crate) fn tell_status(self: &Arc<Self>, state: &mut State, wamid: &str, status: &str) {
        let Some(conversation) = state.messages.get(wamid).cloned() else {
            return;
        };
        let at_ms = self.now_ms();
        let mut body = Map::new();
        body.insert("id".to_owned(), wamid.into());
        body.insert("status".to_owned(), status.into());
        body.insert("timestamp".to_owned(), (at_ms / 1000).to_string().into());
        let person = conversation.phone.map(|phone| &state.phones[phone].person);
        match person {
            Some(person) => {
                if let Some(number) = &person.phone_number {
                    body.insert("recipient_id".to_owned(), number.as_str().into());
                }
                body.insert(
                    "recipient_user_id".to_owned(),
                    person.user_id.as_str().into(),
                );
            }
            None => {
                body.insert(
                    "recipient_id".to_owned(),
                    conversation.recipient.as_str().into(),
                );
            }
        }
        if let Some(data) = &conversation.callback_data {
            body.insert("biz_opaque_callback_data".to_owned(), data.as_str().into());
        }
        // As since v24: no conversation, and a price with the first two statuses only.
        if matches!(status, "sent" | "delivered") {
            let pricing = json!({
                "billable": false,
                "pricing_model": "PMP",
                "category": "service",
                "type": "free_customer_service",
            });
            body.insert("pricing".to_owned(), pricing);
        }
        let part = Part::Status {
            contact: person.map(contact),
            status: body.into(),
        };
        let number = conversation.number;
        let lane = match conversation.phone {
            Some(phone) => Lane::Phone { number, phone },
            None => Lane::Stranger {
                number,
                recipient: conversation.recipient,
            },
        };
        let update = Update {
            id: format!("{wamid}/{status}"),
            number,
            part,
            at_ms,
        };
        self.tell(state, lane, update);
    }

    /// Has the business told something that concerns no conversation. Answers how the journal calls it.
    pub(crate) fn tell_change(
        self: &Arc<Self>,
        number: usize,
        field: &str,
        value: Value,
    ) -> String {
        let mut state = self.state();
        state.sequence += 1;
        let id = format!("change/{}", state.sequence);
        let part = Part::Change {
            field: field.to_owned(),
            value,
        };
        let update = Update {
            id: id.clone(),
            number,
            part,
            at_ms: self.now_ms(),
        };
        self.tell(&mut state, Lane::Business, update);
        id
    }
}

fn contact(person: &Person) -> Value {
    let mut profile = Map::new();
    profile.insert("name".to_owned(), person.name.as_str().into());
    if let Some(username) = &person.username {
        profile.insert("username".to_owned(), username.as_str().into());
    }
    let mut contact = Map::new();
    contact.insert("profile".to_owned(), profile.into());
    if let Some(number) = &person.phone_number {
        contact.insert("wa_id".to_owned(), number.as_str().into());
    }
    contact.insert("user_id".to_owned(), person.user_id.as_str().into());
    if let Some(parent) = &person.parent_user_id {
        contact.insert("parent_user_id".to_owned(), parent.as_str().into());
    }
    contact.into()
}
