//! Telling of holds: each is stored, so that lists show it and a restart knows it, and goes out as an event.
//!
//! | what happens | event |
//! |---|---|
//! | an account is held | `whatsapp.disconnected`, with Meta's whole error and advice |
//! | a probe is taken | `whatsapp.connected` |
//!
//! **Invariant:** what is stored follows what is so: a telling that fails is made good at the next call's end.

use std::sync::atomic::Ordering;

use bytes::Bytes;
use serde_json::{Value, json};
use waypost_core::account::AccountId;
use waypost_core::advice::advice;
use waypost_core::event::{Body, EventType, Handles, NewEvent, Scope};
use waypost_core::refusal::code_in;
use waypost_core::route;
use waypost_core::sender::{Health, Hold};
use waypost_core::time::UnixMillis;
use waypost_store::Error;

use super::Sending;

impl Sending {
    /// Stores and tells what has changed about an account's hold, if anything has.
    pub(super) async fn publish(&self, account_id: &AccountId) {
        let is_told = self.senders.with(account_id, |sender| {
            sender.published.as_ref() == sender.health.hold()
        });
        if is_told {
            return;
        }
        // One at a time, so that what is stored last is what was so last.
        let _turn = self.publishing.lock().await;
        let (before, after) = self.senders.with(account_id, |sender| {
            (sender.published.clone(), sender.health.hold().cloned())
        });
        if before == after {
            return;
        }
        match self.tell(account_id, before.as_ref(), after.as_ref()).await {
            Ok(()) => self
                .senders
                .with(account_id, |sender| sender.published = after),
            Err(error) => tracing::warn!(
                account.id = %account_id, error = &error as &dyn std::error::Error,
                "cannot tell that account {account_id} is held or not held any more"
            ),
        }
    }

    async fn tell(
        &self,
        account_id: &AccountId,
        before: Option<&Hold>,
        after: Option<&Hold>,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        let text = after.map_or_else(String::new, |hold| json!(hold).to_string());
        self.store
            .set_setting(&Hold::setting_of(account_id), &text)
            .await?;
        let (event_type, data) = match (before, after) {
            (None, Some(hold)) => {
                tracing::warn!(
                    account.id = %account_id, error.code = code_in(&hold.error),
                    "account {account_id} is held: Meta refuses what it sends; its messages wait"
                );
                let data = json!({
                    "account_id": account_id,
                    "reason": "sending_held",
                    "since": hold.since.rfc3339(),
                    "probe_at": hold.probe_at.rfc3339(),
                    "error": hold.error,
                    "advice": advice(&hold.error),
                });
                (EventType::WhatsappDisconnected, data)
            }
            (Some(hold), None) => {
                tracing::info!(account.id = %account_id, "account {account_id} sends again");
                let data = json!({
                    "account_id": account_id,
                    "reason": "sending_resumed",
                    "held_since": hold.since.rfc3339(),
                });
                (EventType::WhatsappConnected, data)
            }
            // Another probe was refused: nothing new for anybody but who looks.
            (Some(_), Some(_)) | (None, None) => return Ok(()),
        };
        self.observer.sender_held(account_id, after.is_some());
        let mut notice = [notice(account_id, event_type, &data, now)];
        route::route(&mut notice, &self.directory.load_full());
        self.store.accept(now, notice.into()).await.map(drop)
    }

    /// Takes up the holds of before a restart, once. Answers whether there are any.
    pub(super) async fn restore(&self) -> Result<bool, Error> {
        if self.restored.load(Ordering::SeqCst) {
            return Ok(false);
        }
        let mut any = false;
        let directory = self.directory.load_full();
        for account in &directory.accounts {
            let stored = self.store.setting(&Hold::setting_of(&account.id)).await?;
            let Some(hold) = stored.and_then(|text| serde_json::from_str::<Hold>(&text).ok())
            else {
                continue;
            };
            any = true;
            self.observer.sender_held(&account.id, true);
            self.senders.with(&account.id, |sender| {
                sender.health = Health::restored(hold, self.clock.now());
                sender.published = sender.health.hold().cloned();
            });
        }
        self.restored.store(true, Ordering::SeqCst);
        Ok(any)
    }
}

fn notice(
    account_id: &AccountId,
    event_type: EventType,
    data: &Value,
    now: UnixMillis,
) -> NewEvent {
    let text = data.to_string();
    NewEvent {
        event_type,
        account_id: account_id.clone(),
        timestamp: now,
        message_id: None,
        key: None,
        handles: Handles::default(),
        scope: Scope::Field(event_type.as_str().to_owned()),
        status: None,
        body: Body {
            raw: 0..text.len(),
            text: Bytes::from(text),
        },
        foreign: false,
        quarantined: None,
        targets: Vec::new(),
    }
}
