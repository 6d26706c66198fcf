//! From Meta's updates to events: whose they are, what they are called, what they are ordered and de-duplicated by.
//!
//! **Invariant:** every update becomes exactly one event, whatever it is.
//! **Invariant:** a webhook reaches only accounts whose secret verified it, or the account whose path it came to.

mod event_type;

use bytes::Bytes;
use whatsapp_cloud::secret::AppSecret;
use whatsapp_cloud::webhook::activity::UserIdChange;
use whatsapp_cloud::webhook::open::Field;
use whatsapp_cloud::webhook::{Decoded, Key, Payload, Person, Update, UpdateKind};

use crate::account::{Account, AccountId, same_number};
use crate::callback;
use crate::directory::Directory;
use crate::event::{Body, DedupeKey, EventType, Handles, NewEvent, Scope};
use crate::lane;
use crate::message::{MessageState, StatusChange};
use crate::time::UnixMillis;

/// Where a webhook came in, and what its proof admits it to.
#[derive(Debug, Clone)]
pub struct Door<'a> {
    /// The account whose path it came to; `None` on a path that several accounts share.
    account: Option<&'a Account>,
    /// Enabled accounts that the verifying secret belongs to, in the order of the configuration.
    admitted: Vec<&'a Account>,
}

impl<'a> Door<'a> {
    /// The path of one account. `secret` is the one that verified the webhook; `None` if the account takes it unsigned.
    pub fn account(
        account: &'a Account,
        secret: Option<&AppSecret>,
        directory: &'a Directory,
    ) -> Self {
        let admitted = secret
            .map(|secret| owners(secret, directory))
            .unwrap_or_default();
        Self {
            account: Some(account),
            admitted,
        }
    }

    /// A path that several accounts share. Nothing unsigned comes in here.
    pub fn shared(secret: &AppSecret, directory: &'a Directory) -> Self {
        Self {
            account: None,
            admitted: owners(secret, directory),
        }
    }

    /// Whose an update is, and whether it names a number that none of them has.
    ///
    /// A number decides, then a business account id. What names nobody here belongs to the path's account; on a shared path
    /// to the first account of the business account named, or else to the first account admitted.
    fn owner(&self, update: &Update<'_>) -> Option<(&'a Account, bool)> {
        let of_number =
            |account: &&Account, id: &str| account.phone_number_id.as_deref() == Some(id);
        let of_business =
            |account: &&Account, id: &str| account.business_account_id.as_deref() == Some(id);
        let fallback = self.account.or_else(|| self.admitted.first().copied())?;
        let candidates = || {
            self.account
                .into_iter()
                .chain(self.admitted.iter().copied())
        };
        let business = update.entry_id();
        let by_business =
            business.and_then(|id| candidates().find(|account| of_business(account, id)));

        if let Some(id) = update.phone_number_id() {
            if let Some(account) = candidates().find(|account| of_number(account, id)) {
                return Some((account, false));
            }
            if let Some(account) = self.account {
                // An account that does not know its own number cannot call another one foreign.
                return Some((account, account.phone_number_id.is_some()));
            }
            return Some((by_business.unwrap_or(fallback), true));
        }
        if let Some(account) = by_business {
            return Some((account, false));
        }
        let knows_better = fallback.business_account_id.is_some() && business.is_some();
        Some((
            fallback,
            business == Some("0") || knows_better || self.account.is_none(),
        ))
    }
}

fn owners<'a>(secret: &AppSecret, directory: &'a Directory) -> Vec<&'a Account> {
    let has = |account: &&Account| {
        account
            .app_secrets
            .iter()
            .any(|own| own.expose() == secret.expose())
    };
    directory
        .accounts
        .iter()
        .filter(|account| account.enabled)
        .filter(has)
        .collect()
}

/// One event for each update, in their order. `now` dates what Meta gives no time for. Who gets an event
/// (`NewEvent::targets`) is `route`'s business.
///
/// Empty only where no account is left that the webhook could belong to.
pub fn normalise(payload: &Payload<'_>, door: &Door<'_>, now: UnixMillis) -> Vec<NewEvent> {
    payload
        .updates()
        .iter()
        .filter_map(|update| event(update, door, now))
        .collect()
}

/// What one stored notification would be today, on the path of its account; None if its text holds no update any more.
pub(crate) fn read_again(text: &[u8], account: &Account, now: UnixMillis) -> Option<NewEvent> {
    let payload = whatsapp_cloud::webhook::parse(text).ok()?;
    let door = Door {
        account: Some(account),
        admitted: Vec::new(),
    };
    event(payload.updates().first()?, &door, now)
}

fn event(update: &Update<'_>, door: &Door<'_>, now: UnixMillis) -> Option<NewEvent> {
    let (account, foreign) = door.owner(update)?;
    let handles = with_previous_ids(handles(&update.head.person), update);
    let mut event_type = event_type::of(update);
    if event_type == EventType::MessageReceived && !account.senders.admit(&handles) {
        event_type = EventType::SenderRefused;
    }
    let (text, raw) = update.notification();
    Some(NewEvent {
        event_type,
        account_id: account.id.clone(),
        timestamp: timestamp(update).unwrap_or(now),
        message_id: message_id(update).map(str::to_owned),
        key: Some(key(&account.id, update)),
        scope: scope(update, &handles),
        handles,
        // A number that is not ours has no say about what ours sent.
        status: if foreign { None } else { status(update) },
        body: Body {
            text: Bytes::from(text),
            raw,
        },
        foreign,
        quarantined: update.fault().map(ToString::to_string),
        targets: Vec::new(),
    })
}

fn timestamp(update: &Update<'_>) -> Option<UnixMillis> {
    let given = [update.timestamp(), update.entry_time()];
    let moments = given.into_iter().flatten();
    // What no calendar has is no time; the original keeps the number.
    let mut moments = moments.map(|seconds| UnixMillis::from_seconds(seconds.0));
    moments.find(|moment| moment.is_on_the_calendar())
}

/// Meta's id of the message concerned. Calls and groups have ids too, but of another kind.
fn message_id<'u>(update: &'u Update<'_>) -> Option<&'u str> {
    let of_a_message = match update.kind {
        UpdateKind::Message | UpdateKind::Status | UpdateKind::Echo | UpdateKind::History => true,
        UpdateKind::Malformed(_) => update.field() == "messages",
        _ => false,
    };
    update.head.id.as_deref().filter(|_| of_a_message)
}

pub(crate) fn handles(person: &Person<'_>) -> Handles {
    let own = |text: &Option<std::borrow::Cow<'_, str>>| text.as_deref().map(str::to_owned);
    Handles {
        wa_id: person.wa_id.as_deref().map(wa_id),
        user_id: own(&person.user_id),
        parent_user_id: own(&person.parent_user_id),
        previous_user_id: None,
        previous_parent_user_id: None,
        username: own(&person.username),
        name: own(&person.name),
    }
}

/// Adds the ids that an update says were replaced.
fn with_previous_ids(mut handles: Handles, update: &Update<'_>) -> Handles {
    if update.kind == UpdateKind::UserIdUpdate
        && let Ok(Decoded::UserIdUpdate(change)) = update.decode()
    {
        let previous = |change: &Field<UserIdChange>| {
            let id = change.get()?.previous.get()?.as_str();
            Some(id.to_owned()).filter(|id| !id.is_empty())
        };
        handles.previous_user_id = previous(&change.user_id);
        handles.previous_parent_user_id = previous(&change.parent_user_id);
    }
    handles
}

/// A phone number the way `wa_id` writes it. Whatever is no phone number stays as it is: ids are opaque.
fn wa_id(number: &str) -> String {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    if same_number(number, &digits) {
        digits
    } else {
        number.to_owned()
    }
}

/// A group's events are ordered by the group, a person's by the person, and what names neither by its field.
fn scope(update: &Update<'_>, handles: &Handles) -> Scope {
    match &update.head.group_id {
        Some(group) => Scope::Group(group.clone().into_owned()),
        None if !handles.is_empty() => Scope::Contact,
        None => Scope::Field(update.field().to_owned()),
    }
}

/// What a status says of a message of ours. Statuses that say nothing of its way (`deleted`, a payment) are events only.
fn status(update: &Update<'_>) -> Option<StatusChange> {
    if update.kind != UpdateKind::Status {
        return None;
    }
    let state = match update.head.status.as_deref()? {
        "sent" => MessageState::Sent,
        "delivered" => MessageState::Delivered,
        // A voice message that was played was read.
        "read" | "played" => MessageState::Read,
        "failed" => MessageState::Failed,
        _ => return None,
    };
    if update.head.kind.as_deref() == Some("payment") {
        return None;
    }
    let errors = update.head.errors.map(|errors| errors.get().to_owned());
    Some(StatusChange {
        wamid: update.head.id.as_deref()?.to_owned(),
        outbox_id: update
            .head
            .callback_data
            .as_deref()
            .and_then(|data| callback::split(data).1),
        state,
        error: errors.filter(|_| state == MessageState::Failed),
    })
}

/// `subject` gathers everything about one message; see [`DedupeKey`].
fn key(account: &AccountId, update: &Update<'_>) -> DedupeKey {
    let account = account.as_str();
    let digest = match update.key() {
        Key::Message { field, kind, id } => digest(&["message", account, field, kind, id]),
        Key::Status {
            id,
            status,
            participant,
        } => digest(&[
            "status",
            account,
            id,
            status,
            participant.unwrap_or_default(),
        ]),
        Key::Content {
            entry_id,
            entry_time,
            field,
            phone_number_id,
            raw,
        } => digest(&[
            "content",
            account,
            entry_id,
            entry_time,
            field,
            phone_number_id,
            raw,
        ]),
    };
    DedupeKey {
        subject: message_id(update).map_or(digest, |id| subject(account, id)),
        digest,
    }
}

/// The `subject` of every event about a message: how a store finds them by its id.
pub fn subject(account: &str, message_id: &str) -> i64 {
    digest(&["subject", account, message_id])
}

fn digest(parts: &[&str]) -> i64 {
    lane::digest(parts).0
}

#[cfg(test)]
mod tests;
