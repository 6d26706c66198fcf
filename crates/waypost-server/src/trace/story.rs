//! How a story is gathered: from an event forwards, from a message backwards, and from whatever Meta calls it.

use std::fmt::{Display, Write as _};
use std::time::Duration;

use waypost_core::account::AccountId;
use waypost_core::delivery::{DeliveryState, DeliveryView};
use waypost_core::event::StoredEvent;
use waypost_core::id::{DeliveryId, EventId, OutboxId};
use waypost_core::message::{MessageState, MessageView};
use waypost_core::sender::Hold;
use waypost_core::time::UnixMillis;
use waypost_store::{DeliveryQuery, Error, EventQuery, MessageQuery, Store};

use super::Step;

/// As many of each kind as a story tells of.
const MOST: usize = 1_000;

/// What a story is about, whose it is, and where it stands.
pub(super) type Told = Option<(&'static str, AccountId, String)>;

/// What keeps a queued message.
enum Kept {
    /// Its account's hold.
    Account,
    /// An uncertain message to the same recipient.
    Behind(OutboxId),
}

#[derive(Default)]
pub(super) struct Story {
    pub(super) uncertain_after: Option<Duration>,
    pub(super) steps: Vec<Step>,
}

impl Story {
    pub(super) async fn of_event(&mut self, store: &dyn Store, id: EventId) -> Result<Told, Error> {
        let Some(event) = store.event(id).await? else {
            return Ok(None);
        };
        self.accepted(&event);
        let query = DeliveryQuery {
            limit: MOST,
            event_id: Some(id),
            ..DeliveryQuery::default()
        };
        let deliveries = store.deliveries(&query).await?.items;
        for delivery in &deliveries {
            self.delivery(delivery);
        }
        let replies = self.replies(store, id, None).await?;
        let summary = summary_of_event(&event, &deliveries, &replies);
        Ok(Some(("event", event.account_id, summary)))
    }

    pub(super) async fn of_delivery(
        &mut self,
        store: &dyn Store,
        id: DeliveryId,
    ) -> Result<Told, Error> {
        let query = DeliveryQuery {
            limit: 1,
            id: Some(id),
            ..DeliveryQuery::default()
        };
        let Some(delivery) = store.deliveries(&query).await?.items.pop() else {
            return Ok(None);
        };
        // Retention may have taken the event, and with it whose it was: then there is no story left to tell.
        let Some(event) = store.event(delivery.event_id).await? else {
            return Ok(None);
        };
        self.accepted(&event);
        self.delivery(&delivery);
        let replies = self.replies(store, event.id, Some(id)).await?;
        let deliveries = std::slice::from_ref(&delivery);
        let summary = summary_of_event(&event, deliveries, &replies);
        Ok(Some(("delivery", event.account_id, summary)))
    }

    pub(super) async fn of_message(
        &mut self,
        store: &dyn Store,
        message: Option<MessageView>,
    ) -> Result<Told, Error> {
        let Some(message) = message else {
            return Ok(None);
        };
        if let Some(id) = message.event_id
            && let Some(event) = store.event(id).await?
        {
            self.accepted(&event);
        }
        if let Some(id) = message.delivery_id {
            let query = DeliveryQuery {
                limit: 1,
                id: Some(id),
                ..DeliveryQuery::default()
            };
            for delivery in &store.deliveries(&query).await?.items {
                self.delivery(delivery);
            }
        }
        let kept = self.message(store, &message).await?;
        let mut summary = format!("{} is {}", message.id, message_state(message.state));
        match kept {
            Some(Kept::Account) => summary.push_str(", since its account is held"),
            Some(Kept::Behind(ahead)) => {
                let _ = write!(summary, ", behind {ahead}, which is uncertain");
            }
            None => {}
        }
        Ok(Some(("message", message.account_id, summary)))
    }

    /// Meta's id: of a message of ours, or of everything that came about someone else's.
    pub(super) async fn of_wamid(&mut self, store: &dyn Store, wamid: &str) -> Result<Told, Error> {
        let query = MessageQuery {
            limit: 1,
            wamid: Some(wamid.to_owned()),
            ..MessageQuery::default()
        };
        if let Some(message) = store.messages(&query).await?.items.pop() {
            return self.of_message(store, Some(message)).await;
        }
        let mut told: Told = None;
        for event in about(store, wamid, None).await? {
            let of_event = self.of_event(store, event.id).await?;
            told = told.or(of_event);
        }
        Ok(told)
    }

    fn accepted(&mut self, event: &StoredEvent) {
        let mut text = format!(
            "{} accepted for {}, {} by Meta's clock",
            event.event_type,
            event.account_id,
            event.timestamp.rfc3339()
        );
        if event.foreign {
            text.push_str("; it names a number that no account has");
        }
        if let Some(reason) = &event.quarantined {
            text.push_str("; quarantined: ");
            text.push_str(reason);
        }
        self.step(event.received_at, "accepted", event.id, text);
    }

    fn delivery(&mut self, delivery: &DeliveryView) {
        let id = delivery.id;
        let hook = &delivery.hook_id;
        let text = match (delivery.redelivery_of, delivery.replay_id) {
            (Some(of), _) => format!("to be delivered to {hook} again, after {of}"),
            (None, Some(replay)) => format!("to be delivered to {hook} by the replay {replay}"),
            (None, None) => format!("to be delivered to {hook}"),
        };
        self.step(id.time(), "delivery", id, text);
        if let Some(new) = delivery.redelivered_as {
            let text = format!("{hook}: done again as {new}");
            self.step(new.time(), "redelivered", id, text);
        }
        let mut last = id.time();
        for attempt in &delivery.attempts {
            let outcome = match (&attempt.error, attempt.status) {
                (Some(error), _) => error.clone(),
                (None, Some(status)) => format!("answered {status}"),
                (None, None) => "no answer".to_owned(),
            };
            let mut text = format!(
                "{hook}, attempt {}: {outcome} after {} ms",
                attempt.number, attempt.duration_ms
            );
            if let Some(reply) = &attempt.reply {
                text.push_str("; reply: ");
                text.push_str(reply);
            }
            self.step(attempt.at, "attempt", id, text);
            last = UnixMillis(attempt.at.0.saturating_add(i64::from(attempt.duration_ms)));
        }
        let reason = delivery.reason.as_deref().unwrap_or("no reason given");
        match delivery.state {
            DeliveryState::Delivered => self.step(last, "delivered", id, format!("{hook} has it")),
            DeliveryState::Parked => self.step(
                last,
                "parked",
                id,
                format!("out of its lane's way, still being tried: {reason}"),
            ),
            DeliveryState::Dead => self.step(last, "dead", id, format!("given up: {reason}")),
            DeliveryState::Pending | DeliveryState::Delivering => {}
        }
        let is_open = !matches!(
            delivery.state,
            DeliveryState::Delivered | DeliveryState::Dead
        );
        if let Some(at) = delivery.next_attempt_at.filter(|_| is_open) {
            self.step(at, "retry_due", id, format!("{hook} is tried next"));
        }
    }

    async fn replies(
        &mut self,
        store: &dyn Store,
        event_id: EventId,
        of: Option<DeliveryId>,
    ) -> Result<Vec<MessageView>, Error> {
        let query = MessageQuery {
            limit: MOST,
            event_id: Some(event_id),
            ..MessageQuery::default()
        };
        let mut replies = store.messages(&query).await?.items;
        replies.retain(|reply| of.is_none() || reply.delivery_id == of);
        for reply in &replies {
            self.message(store, reply).await?;
        }
        Ok(replies)
    }

    /// Answers what keeps it, if something besides itself does.
    async fn message(
        &mut self,
        store: &dyn Store,
        message: &MessageView,
    ) -> Result<Option<Kept>, Error> {
        let id = message.id;
        let origin = match message.event_id {
            Some(_) => "as a hook's reply",
            None => "by the API",
        };
        self.step(id.time(), "queued", id, format!("queued {origin}"));
        if let Some(wamid) = &message.wamid {
            let statuses = about(store, wamid, Some(&message.account_id)).await?;
            self.taken(message, wamid, statuses.first());
            for event in statuses {
                let text = format!(
                    "{}, {} by Meta's clock",
                    event.event_type,
                    event.timestamp.rfc3339()
                );
                self.step(event.received_at, "status", event.id, text);
            }
        }
        let kept = if self.held(store, message).await? {
            Some(Kept::Account)
        } else {
            self.behind(store, message).await?.map(Kept::Behind)
        };
        let attempts = message.attempts;
        let error = error_text(message.error.as_ref());
        match message.state {
            MessageState::Sending => self.step(
                message.updated_at,
                "sending",
                id,
                format!("handed to Meta at attempt {}, no answer yet", attempts + 1),
            ),
            MessageState::Uncertain => {
                self.step(
                    message.updated_at,
                    "uncertain",
                    id,
                    format!(
                        "attempt {attempts}: {}; it may have gone out{}",
                        doubt(message.error.as_ref()),
                        self.until(message, ", and its status is waited for")
                    ),
                );
            }
            MessageState::Failed => self.step(
                message.updated_at,
                "failed",
                id,
                match (&message.wamid, attempts) {
                    // Refused at the call: what a status says of it has its own step.
                    (None, 1..) => {
                        format!("it will not arrive, refused at attempt {attempts}{error}")
                    }
                    _ => format!("it will not arrive{error}"),
                },
            ),
            MessageState::Queued if attempts > 0 && kept.is_none() => {
                let at = message.next_attempt_at.unwrap_or(message.updated_at);
                self.step(
                    at,
                    "retry_due",
                    id,
                    format!("tried next, as attempt {}{error}", attempts + 1),
                );
            }
            _ => {}
        }
        Ok(kept)
    }

    /// The call that gave a message its id. When it was is stored until a status says more of the message; from then on only
    /// that it was not after the first of them. A status may settle a message whose answer was lost, too.
    fn taken(&mut self, message: &MessageView, wamid: &str, first: Option<&StoredEvent>) {
        // An interrupted call was not counted.
        let attempts = message.attempts.max(1);
        let before = if attempts == 1 {
            ""
        } else {
            "; what came of those before is in the log"
        };
        let (at, when) = if message.state == MessageState::Sent {
            (message.updated_at, "")
        } else {
            let first = first.map(|event| event.received_at);
            (first.unwrap_or(message.updated_at), ", by then")
        };
        let text = format!("Meta took it at attempt {attempts}{when}, as {wamid}{before}");
        self.step(at, "sent", message.id, text);
    }

    /// Why a message waits whose account is held, if it is.
    async fn held(&mut self, store: &dyn Store, message: &MessageView) -> Result<bool, Error> {
        if message.state != MessageState::Queued {
            return Ok(false);
        }
        let account_id = &message.account_id;
        let stored = store.setting(&Hold::setting_of(account_id)).await?;
        let hold = stored.and_then(|text| serde_json::from_str::<Hold>(&text).ok());
        let Some(hold) = hold else {
            return Ok(false);
        };
        let error = error_text(Some(&hold.error));
        let text = format!("Meta refuses whatever {account_id} sends{error}");
        self.step(hold.since.max(message.id.time()), "held", message.id, text);
        let text = format!("one message of {account_id} is tried, and the others after it");
        self.step(hold.probe_at, "retry_due", message.id, text);
        Ok(true)
    }

    /// The uncertain message that a queued one waits behind, if it does.
    async fn behind(
        &mut self,
        store: &dyn Store,
        message: &MessageView,
    ) -> Result<Option<OutboxId>, Error> {
        if message.state != MessageState::Queued {
            return Ok(None);
        }
        let ahead = store.waits_behind(&[message.id]).await?;
        let Some(ahead) = ahead.get(&message.id) else {
            return Ok(None);
        };
        let text = format!(
            "waits behind {}, which is uncertain{}",
            ahead.id,
            self.until(ahead, ",")
        );
        let since = ahead.updated_at.max(message.id.time());
        self.step(since, "held", message.id, text);
        Ok(Some(ahead.id))
    }

    /// Until when an uncertain message waits for its status, after `words`; nothing where no gateway runs to end it.
    fn until(&self, uncertain: &MessageView, words: &str) -> String {
        self.uncertain_after.map_or_else(String::new, |after| {
            format!(
                "{words} until {}",
                uncertain.updated_at.plus(after).rfc3339()
            )
        })
    }

    fn step(&mut self, at: UnixMillis, step: &'static str, id: impl Display, text: String) {
        self.steps.push(Step {
            at,
            step,
            id: id.to_string(),
            text,
        });
    }
}

/// Every event about a message, by Meta's id for it.
async fn about(
    store: &dyn Store,
    wamid: &str,
    account_id: Option<&AccountId>,
) -> Result<Vec<StoredEvent>, Error> {
    let query = EventQuery {
        limit: MOST,
        message_id: Some(wamid.to_owned()),
        account_id: account_id.cloned(),
        ..EventQuery::default()
    };
    Ok(store.events(&query).await?.items)
}

fn summary_of_event(
    event: &StoredEvent,
    deliveries: &[DeliveryView],
    replies: &[MessageView],
) -> String {
    let mut summary = format!("{} ", event.event_type);
    if deliveries.is_empty() {
        summary.push_str("is stored, and no hook wants it");
    } else {
        let each = deliveries.iter().map(|delivery| {
            let state = match delivery.state {
                DeliveryState::Pending => "waits for",
                DeliveryState::Delivering => "is being delivered to",
                DeliveryState::Delivered => "was delivered to",
                DeliveryState::Parked => "is parked for",
                DeliveryState::Dead => "is dead for",
            };
            let hook = &delivery.hook_id;
            match (delivery.redelivery_of, delivery.replay_id) {
                (Some(_), _) => format!("{state} {hook} by the redelivery {}", delivery.id),
                (None, Some(replay)) => format!("{state} {hook} by the replay {replay}"),
                (None, None) => format!("{state} {hook}"),
            }
        });
        summary.push_str(&each.collect::<Vec<_>>().join(", "));
    }
    for reply in replies {
        summary.push_str("; the reply is ");
        summary.push_str(message_state(reply.state));
    }
    summary
}

fn message_state(state: MessageState) -> &'static str {
    match state {
        MessageState::Queued => "queued",
        MessageState::Sending => "being sent",
        MessageState::Uncertain => "uncertain",
        MessageState::Sent => "sent",
        MessageState::Delivered => "delivered",
        MessageState::Read => "read",
        MessageState::Failed => "failed",
    }
}

/// Why nobody knows whether a message went out.
fn doubt(error: Option<&serde_json::Value>) -> String {
    let code = error.and_then(|error| error.get("code")?.as_str());
    let words = match (error, code) {
        (Some(_), None) => {
            "Meta answered with an error that does not say whether it took the message"
        }
        (_, Some("interrupted")) => "the gateway was stopped during the call",
        (_, Some("internal")) => "the gateway failed during the call",
        _ => "Meta's answer was lost",
    };
    format!("{words}{}", error_text(error))
}

/// The error's own short words: Meta's title or message, which name no one. Its details may.
fn error_text(error: Option<&serde_json::Value>) -> String {
    let Some(error) = error else {
        return String::new();
    };
    let error = error.get(0).unwrap_or(error);
    let words = ["title", "message"]
        .iter()
        .find_map(|name| error.get(name)?.as_str());
    match (error.get("code").and_then(serde_json::Value::as_i64), words) {
        (Some(code), Some(words)) => format!(": {code} {words}"),
        (None, Some(words)) => format!(": {words}"),
        (Some(code), None) => format!(": {code}"),
        (None, None) => String::new(),
    }
}
