//! What the gateway has stored before the run begins: some is too old, some too much, some still waits. Retention has to
//! remove the first two while the run goes on, and may not touch the third.

use std::path::Path;
use std::time::Duration;

use waypost_core::time::UnixMillis;

use super::reconcile::Update;
use crate::fill::{LANES, Past, fill, message_id};

/// Events older than this are removed, in days: the smallest age that can be configured.
const DAYS: i64 = 1;
/// The database is kept below this, in bytes.
pub(super) const LIMIT: u64 = 16 << 20;
/// Messages of long ago that the app took.
const TOO_OLD: usize = 6_000;
/// Messages of long ago that the app did not take.
const OLD_AND_WAITING: usize = 300;
/// Messages of an hour ago that the app took: with their deliveries and attempts more than [`LIMIT`].
const TOO_MUCH: usize = 16_000;

/// What was stored.
pub(super) struct History {
    /// Meta's ids of what has to be removed.
    pub(super) too_old: Vec<String>,
    /// What has to be delivered, however old.
    pub(super) waiting: Vec<Update>,
}

/// The settings of the retention.
pub(super) fn settings() -> Vec<(&'static str, String)> {
    vec![
        ("WAYPOST_RETENTION_DAYS", DAYS.to_string()),
        ("WAYPOST_RETENTION_BYTES", LIMIT.to_string()),
    ]
}

/// Fills the store in `data`.
pub(super) async fn make(data: &Path, now: UnixMillis) -> anyhow::Result<History> {
    let before = |hours: u64| {
        let ago = Duration::from_hours(hours).as_millis();
        UnixMillis(now.0 - i64::try_from(ago).unwrap_or(0))
    };
    let waiting = TOO_OLD..TOO_OLD + OLD_AND_WAITING;
    let pasts = [
        (0..TOO_OLD, 40 * 24, true),
        (waiting.clone(), 39 * 24, false),
        (waiting.end..waiting.end + TOO_MUCH, 1, true),
    ];
    let pasts = pasts.map(|(numbers, hours, delivered)| Past {
        numbers,
        since: before(hours),
        delivered,
        first_sender: if delivered { 0 } else { LANES },
    });
    fill(data, &pasts).await?;
    Ok(History {
        too_old: (0..TOO_OLD).map(message_id).collect(),
        waiting: waiting
            .map(|number| Update {
                event_type: "message.received".to_owned(),
                message_id: message_id(number),
                age: Duration::from_hours(39 * 24),
            })
            .collect(),
    })
}
