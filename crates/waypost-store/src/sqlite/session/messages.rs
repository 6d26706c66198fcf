//! The outbox's rows, and the submissions that idempotency keys stand for.

use rusqlite::OptionalExtension as _;
use waypost_core::id::OutboxId;
use waypost_core::lane::LaneKey;
use waypost_core::time::UnixMillis;

use super::Session;
use crate::rows::{MessageRow, MessageRows, Submission};
use crate::sqlite::failure::During;
use crate::sqlite::read;
use crate::{Error, Idempotency};

/// How long an idempotency key is remembered at least.
const SUBMISSIONS_MS: i64 = 48 * 3_600_000;

impl MessageRows for Session {
    fn insert_message(&mut self, message: &MessageRow) -> Result<(), Error> {
        self.execute(
            "INSERT INTO outbox (id, account, lane, state, attempts, due, updated_at, noticed, event, delivery, wamid, \
             error, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                message.id.0,
                message.account,
                message.lane.0,
                read::message_state(message.state),
                message.attempts,
                message.due.0,
                message.updated_at.0,
                message.noticed,
                message.event.map(|event| event.0),
                message.delivery.map(|delivery| delivery.0),
                &message.wamid,
                &message.error,
                &message.body,
            ),
            "queue a message",
        )
        .map(drop)
    }

    fn message(&mut self, id: OutboxId) -> Result<Option<MessageRow>, Error> {
        read::message(&self.connection, id)
    }

    fn message_by_wamid(&mut self, account: u32, wamid: &str) -> Result<Option<MessageRow>, Error> {
        let (columns, from) = (read::MESSAGE, read::MESSAGE_FROM);
        self.connection
            .prepare_cached(&format!(
                "SELECT {columns} FROM {from} WHERE outbox.wamid = ? AND outbox.account = ? LIMIT 1"
            ))
            .and_then(|mut query| {
                query
                    .query_row((wamid, account), read::message_of)
                    .optional()
            })
            .during("find a message by Meta's id")
    }

    fn change_message(&mut self, message: &MessageRow) -> Result<(), Error> {
        self.execute(
            "UPDATE outbox SET state = ?, attempts = ?, due = ?, updated_at = ?, noticed = ?, wamid = ?, error = ? \
             WHERE id = ?",
            (
                read::message_state(message.state),
                message.attempts,
                message.due.0,
                message.updated_at.0,
                message.noticed,
                &message.wamid,
                &message.error,
                message.id.0,
            ),
            "settle a message",
        )
        .map(drop)
    }

    fn suppression(
        &mut self,
        lane: LaneKey,
        template: &str,
    ) -> Result<Option<(UnixMillis, String)>, Error> {
        self.connection
            .prepare_cached("SELECT until, error FROM suppression WHERE lane = ? AND template = ?")
            .and_then(|mut query| {
                query
                    .query_row((lane.0, template), |row| {
                        Ok((UnixMillis(row.get(0)?), row.get(1)?))
                    })
                    .optional()
            })
            .during("find a suppressed recipient")
    }

    fn suppress(
        &mut self,
        now: UnixMillis,
        lane: LaneKey,
        template: &str,
        until: UnixMillis,
        error: &str,
    ) -> Result<(), Error> {
        let act = "suppress a recipient";
        self.execute(
            "INSERT OR REPLACE INTO suppression (lane, template, until, error) VALUES (?, ?, ?, ?)",
            (lane.0, template, until.0, error),
            act,
        )?;
        self.execute(
            "DELETE FROM suppression WHERE rowid IN (SELECT rowid FROM suppression ORDER BY rowid LIMIT 2) AND until <= ?",
            [now.0],
            act,
        )
        .map(drop)
    }

    fn submission(&mut self, key: &str) -> Result<Option<Submission>, Error> {
        let act = "look an idempotency key up";
        let found: Option<([u8; 32], String)> = self
            .connection
            .prepare_cached("SELECT fingerprint, messages FROM submission WHERE key = ?")
            .and_then(|mut query| {
                query
                    .query_row([key], |row| Ok((row.get(0)?, row.get(1)?)))
                    .optional()
            })
            .during(act)?;
        let Some((fingerprint, messages)) = found else {
            return Ok(None);
        };
        let messages = serde_json::from_str(&messages).map_err(|error| Error::Database {
            act,
            source: Box::new(error),
        })?;
        Ok(Some(Submission {
            fingerprint,
            messages,
        }))
    }

    fn insert_submission(
        &mut self,
        now: UnixMillis,
        idempotency: &Idempotency,
        messages: &[OutboxId],
    ) -> Result<(), Error> {
        let act = "remember an idempotency key";
        let messages = serde_json::to_string(messages).map_err(|error| Error::Database {
            act,
            source: Box::new(error),
        })?;
        self.execute(
            "INSERT INTO submission (key, fingerprint, messages, at) VALUES (?, ?, ?, ?)",
            (&idempotency.key, idempotency.fingerprint, messages, now.0),
            act,
        )?;
        self.execute(
            "DELETE FROM submission WHERE id IN (SELECT id FROM submission ORDER BY id LIMIT 2) AND at < ?",
            [now.0.saturating_sub(SUBMISSIONS_MS)],
            act,
        )
        .map(drop)
    }
}
