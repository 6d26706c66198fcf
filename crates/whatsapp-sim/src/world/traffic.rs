//! What the business sends, and the statuses that follow.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{Conversation, Failure, Kind, Lane, State, World};
use crate::behaviour::Window;
use crate::code;
use crate::journal::TakenSend;
use crate::person::Person;
use crate::phone::Received;
use crate::webhook::{Part, Update};

impl World {
    /// The business sends: the phone gets it, if there is one, and the business its statuses; or it fails.
    /// Answers the message's id.
    pub(crate) fn take(
        self: &Arc<Self>,
        number: usize,
        recipient: String,
        body: &Value,
        category: &'static str,
        failure: Option<Failure>,
    ) -> String {
        let at_ms = self.now_ms();
        let mut state = self.state();
        let wamid = self.next_wamid(&mut state);
        let callback_data = body["biz_opaque_callback_data"].as_str().map(str::to_owned);
        let members = (body["recipient_type"] == "group").then(|| state.members_of(&recipient));
        let is_number = !recipient.is_empty() && recipient.bytes().all(|b| b.is_ascii_digit());
        let phone = if members.is_some() {
            None
        } else if state.behaviour.everyone_has_a_phone && is_number {
            Some(state.phone(Person::with_number(&recipient)))
        } else {
            state.by_handle.get(&recipient).copied()
        };
        let is_template = body["type"] == "template";
        let conversation = Conversation {
            number,
            phone,
            is_free: !is_template
                && (state.behaviour.window == Window::Ignored
                    || state.is_window_open(number, &recipient, at_ms)),
            category,
            recipient: recipient.clone(),
            members: members.clone(),
            callback_data: callback_data.clone(),
            events: Vec::new(),
            sequence: state.sequence,
        };
        state.messages.insert(wamid.clone(), conversation);
        let phone_number_id = self.number(number).phone_number_id.clone();
        state.journal.took(TakenSend {
            wamid: wamid.clone(),
            phone_number_id: phone_number_id.clone(),
            recipient,
            body: body.clone(),
            callback_data,
            at_ms,
            repetition: 0,
        });
        if let Some(failure) = failure {
            self.tell_failure(&mut state, &wamid, &failure);
        } else {
            self.tell_status(&mut state, &wamid, "sent", None);
            for phone in members.unwrap_or_default().into_iter().chain(phone) {
                let message = Received {
                    wamid: wamid.clone(),
                    phone_number_id: phone_number_id.clone(),
                    body: body.clone(),
                };
                self.deliver_to(&mut state, phone, message);
            }
        }
        drop(state);
        self.happened();
        wamid
    }

    /// A message reaches a phone, or waits while that is switched off.
    pub(crate) fn deliver_to(self: &Arc<Self>, state: &mut State, place: usize, message: Received) {
        let phone = &mut state.phones[place];
        if phone.is_off {
            phone.undelivered.push(message);
            return;
        }
        let wamid = message.wamid.clone();
        phone.sees_typing = false;
        phone.inbox.push_back(message);
        phone.arrived.notify_waiters();
        self.tell_status(state, &wamid, "delivered", Some(place));
        if state.behaviour.phones_read {
            self.tell_status(state, &wamid, "read", Some(place));
        }
    }

    /// Has the business told that a message of its own failed, and why. Whether there is such a message.
    pub(crate) fn tell_failure(
        self: &Arc<Self>,
        state: &mut State,
        wamid: &str,
        failure: &Failure,
    ) -> bool {
        let title = code::title(failure.code);
        let error = json!({
            "code": failure.code,
            "title": title,
            "message": title,
            "error_data": {"details": failure.details},
            "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
        });
        self.tell_status_with(state, wamid, "failed", None, Some(error))
    }

    /// Has the business told a status of a message of its own; in a group, of this phone's. Whether there is such a message.
    pub(crate) fn tell_status(
        self: &Arc<Self>,
        state: &mut State,
        wamid: &str,
        status: &str,
        phone: Option<usize>,
    ) -> bool {
        self.tell_status_with(state, wamid, status, phone, None)
    }

    fn tell_status_with(
        self: &Arc<Self>,
        state: &mut State,
        wamid: &str,
        status: &str,
        phone: Option<usize>,
        error: Option<Value>,
    ) -> bool {
        let at_ms = self.now_ms();
        let Some(conversation) = state.messages.get_mut(wamid) else {
            return false;
        };
        conversation.events.push((status.to_owned(), at_ms));
        let conversation = conversation.clone();
        let mut body = Map::new();
        body.insert("id".to_owned(), wamid.into());
        body.insert("status".to_owned(), status.into());
        body.insert("timestamp".to_owned(), (at_ms / 1000).to_string().into());
        let person = conversation.phone.map(|phone| &state.phones[phone].person);
        if conversation.members.is_some() {
            body.insert(
                "recipient_id".to_owned(),
                conversation.recipient.as_str().into(),
            );
            body.insert("recipient_type".to_owned(), "group".into());
            let participant = phone.map(|phone| &state.phones[phone].person);
            body.extend(
                participant
                    .map(|person| addressed("recipient_participant", person))
                    .unwrap_or_default(),
            );
        } else if let Some(person) = person {
            body.extend(addressed("recipient", person));
        } else {
            let is_number = conversation.recipient.bytes().all(|b| b.is_ascii_digit());
            let name = if is_number {
                "recipient_id"
            } else {
                "recipient_user_id"
            };
            body.insert(name.to_owned(), conversation.recipient.as_str().into());
        }
        if let Some(data) = &conversation.callback_data {
            body.insert("biz_opaque_callback_data".to_owned(), data.as_str().into());
        }
        // As since v24: no conversation, and a price with the first two statuses only.
        if matches!(status, "sent" | "delivered") {
            body.insert("pricing".to_owned(), conversation.pricing());
        }
        // Whoever was not reached is not shown either.
        let contact = match error {
            None => person.map(contact),
            Some(error) => {
                body.insert("errors".to_owned(), json!([error]));
                None
            }
        };
        let part = Part::Status {
            contact,
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
        true
    }

    /// Has the business told something that concerns no conversation. Answers how the journal calls it.
    pub(crate) fn tell_change(
        self: &Arc<Self>,
        number: usize,
        field: &str,
        value: Value,
    ) -> String {
        self.tell_change_to(&mut self.state(), number, field, value)
    }

    /// The same, for whoever holds the world already.
    pub(crate) fn tell_change_to(
        self: &Arc<Self>,
        state: &mut State,
        number: usize,
        field: &str,
        value: Value,
    ) -> String {
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
        self.tell(state, Lane::Business, update);
        id
    }
}

impl State {
    /// The phones of a group's members.
    fn members_of(&self, group: &str) -> Vec<usize> {
        let members = self.nodes.children(group, Kind::GroupMember).into_iter();
        let phone = |id: &str| self.by_handle.get(id).copied();
        members
            .filter_map(|member| {
                phone(member.text("wa_id")).or_else(|| phone(member.text("user_id")))
            })
            .collect()
    }
}

impl Conversation {
    /// Templates cost something; what answers a customer within 24 hours does not.
    fn pricing(&self) -> Value {
        json!({
            "billable": !self.is_free,
            "pricing_model": "PMP",
            "category": self.category,
            "type": if self.is_free { "free_customer_service" } else { "regular" },
        })
    }
}

/// Whom a status is about.
fn addressed(who: &str, person: &Person) -> Map<String, Value> {
    let ids = [
        ("id", person.phone_number.as_ref()),
        ("user_id", Some(&person.user_id)),
        ("parent_user_id", person.parent_user_id.as_ref()),
    ];
    let told = ids
        .into_iter()
        .filter_map(|(name, id)| Some((format!("{who}_{name}"), id?.as_str().into())));
    told.collect()
}

pub(super) fn contact(person: &Person) -> Value {
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
