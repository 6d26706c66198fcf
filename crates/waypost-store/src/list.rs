//! Pages, cursors and views: what lists have in common in every store.
//!
//! A cursor is the id of the last item of its page. Ids only grow and one writer commits them in order, so nothing ever
//! appears before a cursor that was given out, nor, newest first, after it.

use std::fmt::Display;
use std::str::FromStr;

use serde::Deserialize;
use waypost_core::contact::HandleKind;
use waypost_core::delivery::{DeliveryState, DeliveryView};
use waypost_core::event::Handles;
use waypost_core::message::{Addressee, MessageState, MessageView};
use waypost_core::time::UnixMillis;

use crate::rows::MessageRow;
use crate::{Error, Page};

/// The most items on one page.
const MOST: usize = 1000;

/// How many items a page asked for with this limit has.
pub(crate) fn limit(asked: usize) -> usize {
    asked.clamp(1, MOST)
}

/// The id after which a page begins.
pub(crate) fn after<Id: FromStr>(cursor: Option<&str>) -> Result<Option<Id>, Error> {
    cursor
        .map(|cursor| cursor.parse().map_err(|_| Error::Cursor))
        .transpose()
}

/// Whether an item is on the far side of a cursor.
pub(crate) fn is_beyond<Id: Ord + Copy>(id: Id, after: Option<Id>, newest_first: bool) -> bool {
    after.is_none_or(|after| if newest_first { id < after } else { id > after })
}

/// Items that come oldest first, in the order that was asked for.
pub(crate) fn ordered<'a, T: 'a>(
    items: impl DoubleEndedIterator<Item = T> + 'a,
    newest_first: bool,
) -> Box<dyn Iterator<Item = T> + 'a> {
    if newest_first {
        Box::new(items.rev())
    } else {
        Box::new(items)
    }
}

/// The same for a SELECT: what compares an id with a cursor, and what follows its ORDER BY.
pub(crate) fn ordering(newest_first: bool) -> (&'static str, &'static str) {
    if newest_first {
        ("<", "DESC")
    } else {
        (">", "ASC")
    }
}

/// A page of the first `limit` of these items; there is a next one if there are more.
pub(crate) fn page<T, Id: Display>(
    mut items: Vec<T>,
    limit: usize,
    id: impl Fn(&T) -> Id,
) -> Page<T> {
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items
        .last()
        .filter(|_| more)
        .map(|last| id(last).to_string());
    Page { items, next }
}

/// The handle that a list is asked for by.
pub(crate) fn first_handle(handles: &Handles) -> Option<(HandleKind, &str)> {
    let known = [
        (HandleKind::WaId, &handles.wa_id),
        (HandleKind::UserId, &handles.user_id),
        (HandleKind::ParentUserId, &handles.parent_user_id),
    ];
    known
        .into_iter()
        .find_map(|(kind, value)| Some((kind, value.as_deref()?)))
}

/// A delivery as people see it: of what is stored, only what applies to its state.
pub(crate) fn delivery_view(stored: DeliveryView, is_under_way: bool) -> DeliveryView {
    let is_open = matches!(stored.state, DeliveryState::Pending | DeliveryState::Parked);
    let tells_why = matches!(stored.state, DeliveryState::Parked | DeliveryState::Dead);
    let waits = |due: &UnixMillis| is_open && !is_under_way && *due > UnixMillis::ZERO;
    DeliveryView {
        state: if is_under_way {
            DeliveryState::Delivering
        } else {
            stored.state
        },
        reason: stored.reason.filter(|_| tells_why),
        next_attempt_at: stored.next_attempt_at.filter(waits),
        ..stored
    }
}

/// What people see of a Cloud API message object.
#[derive(Default, Deserialize)]
struct Outline {
    to: Option<Addressee>,
    recipient: Option<Addressee>,
    #[serde(rename = "type")]
    message_type: Option<String>,
}

/// A message as people see it.
pub(crate) fn message_view(row: MessageRow) -> MessageView {
    let outline: Outline = serde_json::from_str(&row.body).unwrap_or_default();
    let waits = row.state == MessageState::Queued && row.due > UnixMillis::ZERO;
    MessageView {
        id: row.id,
        account_id: row.account_id,
        to: outline.to.or(outline.recipient),
        message_type: outline.message_type,
        state: row.state,
        wamid: row.wamid,
        error: row.error.map(|text| {
            // What is no JSON is shown as the text it is.
            serde_json::from_str(&text).unwrap_or(serde_json::Value::String(text))
        }),
        attempts: row.attempts,
        next_attempt_at: waits.then_some(row.due),
        event_id: row.event,
        delivery_id: row.delivery,
        updated_at: row.updated_at,
    }
}
