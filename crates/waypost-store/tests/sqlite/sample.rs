//! What the tests are made of.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use waypost_core::account::AccountId;
use waypost_core::event::{Body, DedupeKey, EventType, Handles, NewEvent, Scope};
use waypost_core::id::EventId;
use waypost_core::normalise::subject;
use waypost_core::time::UnixMillis;
use waypost_store::sqlite::{Options, SqliteStore};
use waypost_store::{Error, Inbox as _};

pub(crate) const NOW: UnixMillis = UnixMillis(1_790_000_000_000);

/// A message that no hook gets.
pub(crate) fn event(number: usize, size: usize) -> NewEvent {
    let id = format!("wamid.{number}");
    let text = format!(r#"{{"id":"{id}","text":"{}"}}"#, "x".repeat(size));
    NewEvent {
        event_type: EventType::MessageReceived,
        account_id: AccountId::from("main"),
        timestamp: NOW,
        key: Some(DedupeKey {
            subject: subject("main", &id),
            digest: subject("key", &id),
        }),
        message_id: Some(id),
        handles: Handles {
            wa_id: Some(format!("1555{:04}", number % 50)),
            ..Handles::default()
        },
        scope: Scope::Contact,
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

pub(crate) fn open(path: &Path, options: &Options) -> Arc<SqliteStore> {
    Arc::new(SqliteStore::open(path, options).unwrap())
}

pub(crate) async fn accept(store: &SqliteStore, event: NewEvent) -> Result<EventId, Error> {
    let accepted = store.accept(NOW, vec![event]).await?;
    Ok(accepted[0].id.unwrap())
}
