//! Whom a message is for: a phone number, a business-scoped user id, or a group.
//!
//! A phone number or user id that nobody has is found out on the way, as at Meta; one that cannot be is refused at once.

use std::ops::RangeInclusive;

use serde_json::{Value, json};

use super::refusal::Refusal;
use crate::person::digits;
use crate::world::{Failure, Kind, State, World};

/// Digits of a phone number: a short one of a country that is left out, or one of the longest there are.
const NUMBER_DIGITS: RangeInclusive<usize> = 4..=15;

/// Whom a message is for.
#[derive(Debug)]
pub(super) struct Recipient {
    /// Digits of a phone number, a user id or a group.
    pub(super) handle: String,
    /// As the caller wrote it.
    pub(super) input: String,
    pub(super) kind: RecipientKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RecipientKind {
    Number,
    User,
    Group,
}

impl Recipient {
    /// `to` wins if both are there.
    pub(super) fn read(body: &Value) -> Result<Self, Refusal> {
        let wrong = |why: &str| Refusal::because(131_009, why);
        let to = match &body["to"] {
            Value::String(to) => Some(to.clone()),
            Value::Number(to) if to.is_u64() => Some(to.to_string()),
            Value::Null => None,
            _ => return Err(wrong("to is not a phone number.")),
        };
        let Some(to) = to.as_deref() else {
            let user = body["recipient"].as_str().unwrap_or_default();
            return if is_user_id(user) {
                Ok(Self::of(user, user, RecipientKind::User))
            } else {
                Err(wrong("recipient is not a business-scoped user id."))
            };
        };
        if body["recipient_type"] == "group" {
            return Ok(Self::of(to, to, RecipientKind::Group));
        }
        let number = digits(to);
        let is_written =
            |character: char| character.is_ascii_digit() || " +-().".contains(character);
        if !to.chars().all(is_written) || !NUMBER_DIGITS.contains(&number.len()) {
            return Err(wrong("to is not a phone number."));
        }
        Ok(Self::of(&number, to, RecipientKind::Number))
    }

    fn of(handle: &str, input: &str, kind: RecipientKind) -> Self {
        Self {
            handle: handle.to_owned(),
            input: input.to_owned(),
            kind,
        }
    }

    /// How Meta understood it.
    pub(super) fn told(&self, world: &World) -> Value {
        let state = world.state();
        let phone = state.by_handle.get(&self.handle);
        let mut contact = json!({"input": self.input});
        match phone.map(|phone| &state.phones[*phone].person) {
            Some(person) => {
                if let Some(number) = &person.phone_number {
                    contact["wa_id"] = number.as_str().into();
                }
                contact["user_id"] = person.user_id.as_str().into();
            }
            None if self.kind == RecipientKind::User => {
                contact["user_id"] = self.handle.as_str().into();
            }
            None => contact["wa_id"] = self.handle.as_str().into(),
        }
        contact
    }

    /// Refuses a message that this number cannot send there. Answers with what it will fail, if it will not arrive.
    pub(super) fn reach(
        &self,
        world: &World,
        number: usize,
        body: &Value,
        category: &str,
    ) -> Result<Option<Failure>, Refusal> {
        let sender = world.number(number);
        if self.handle == digits(&sender.display_phone_number) {
            return Err(Refusal::of_code(131_021));
        }
        let state = world.state();
        if self.kind == RecipientKind::Group {
            let group = state.nodes.of_kind(Kind::Group, &self.handle);
            return match group.filter(|group| group.of == sender.phone_number_id) {
                Some(_) => Ok(None),
                None => Err(Refusal::because(
                    131_009,
                    "The number is in no group of this id.",
                )),
            };
        }
        if self.kind == RecipientKind::User && category == "authentication" {
            return Err(Refusal::of_code(131_062));
        }
        let Some(phone) = state.by_handle.get(&self.handle).copied() else {
            return Ok(self.is_nobody(&state).then(|| Failure::of_code(131_026)));
        };
        if state.blocked.contains(&(number, phone)) {
            let details = "The number has blocked this user.";
            return Err(Refusal::because(131_026, details));
        }
        let identity = body["recipient_identity_key_hash"].as_str();
        if identity.is_some_and(|identity| identity != state.phones[phone].identity()) {
            return Ok(Some(Failure::of_code(137_000)));
        }
        let is_unwanted = category == "marketing" && state.opted_out.contains(&(number, phone));
        Ok(is_unwanted.then(|| Failure::of_code(131_050)))
    }

    /// Whether somebody without a phone is nobody.
    fn is_nobody(&self, state: &State) -> bool {
        let behaviour = &state.behaviour;
        self.kind == RecipientKind::User
            || behaviour.strangers_fail && !behaviour.everyone_has_a_phone
    }
}

/// A country's two letters and up to 128 letters and digits: `DE.1A2b`, or `DE.ENT.1A2b` of a parent portfolio.
fn is_user_id(text: &str) -> bool {
    let Some((country, rest)) = text.split_once('.') else {
        return false;
    };
    let id = rest.strip_prefix("ENT.").unwrap_or(rest);
    country.len() == 2
        && country.bytes().all(|byte| byte.is_ascii_uppercase())
        && (1..=128).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
