//! Recipients that get no more of a template for a while, because Meta said so: learnt from refusals and from failed statuses,
//! asked before a message is claimed.
//!
//! **Invariant:** only templates are suppressed; what a person may always be answered with goes out.

use serde_json::{Value, json};
use waypost_core::outgoing::template_of;
use waypost_core::refusal::{code_in, suppressed_for};
use waypost_core::time::UnixMillis;

use super::Transaction;
use crate::Error;
use crate::rows::MessageRow;

impl Transaction<'_> {
    /// A message failed: remembers what that means for others like it.
    pub(super) fn suppress_after(
        &mut self,
        now: UnixMillis,
        row: &MessageRow,
    ) -> Result<(), Error> {
        let Some(text) = &row.error else {
            return Ok(());
        };
        let error: Value = serde_json::from_str(text).unwrap_or_default();
        let Some(span) = code_in(&error).and_then(suppressed_for) else {
            return Ok(());
        };
        match template_of(&row.body) {
            Some(template) => self
                .rows
                .suppress(now, row.lane, &template, now.plus(span), text),
            None => Ok(()),
        }
    }

    /// Why this message is not to be tried now, as a JSON object.
    pub(super) fn suppressed(
        &mut self,
        now: UnixMillis,
        row: &MessageRow,
    ) -> Result<Option<String>, Error> {
        let Some(template) = template_of(&row.body) else {
            return Ok(None);
        };
        let known = self.rows.suppression(row.lane, &template)?;
        let Some((until, cause)) = known.filter(|(until, _)| *until > now) else {
            return Ok(None);
        };
        let cause: Value = serde_json::from_str(&cause).unwrap_or_default();
        let error = json!({
            "type": "waypost",
            "code": "recipient_suppressed",
            "message": "Meta refused this template for this recipient a short while ago",
            "until": until.rfc3339(),
            "cause": cause,
        });
        Ok(Some(error.to_string()))
    }
}
