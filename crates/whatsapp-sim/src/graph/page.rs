//! Lists in pages. A cursor holds its place even when what it pointed at is gone.

use std::fmt::Write as _;
use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::ask::Ask;
use super::desk::Answered;
use super::refusal::Refusal;

/// Where nothing else is asked for.
const LIMIT: i64 = 25;
const LIMIT_MAX: i64 = 1000;

/// The page asked for. Every item comes with its place; places grow.
pub(super) fn page(ask: &Ask, address: SocketAddr, items: Vec<(u64, Value)>) -> Answered {
    let after = read_cursor(ask, "after")?;
    let before = read_cursor(ask, "before")?;
    let limit = ask.number("limit").unwrap_or(LIMIT).clamp(1, LIMIT_MAX);
    let limit = usize::try_from(limit).unwrap_or(1);
    let is_between = |place: u64| {
        after.is_none_or(|after| place > after) && before.is_none_or(|before| place < before)
    };
    let last = items.last().map(|(place, _)| *place);
    let first = items.first().map(|(place, _)| *place);
    let mut page: Vec<(u64, Value)> = items
        .into_iter()
        .filter(|(at, _)| is_between(*at))
        .collect();
    if before.is_some() {
        page.drain(..page.len().saturating_sub(limit));
    }
    page.truncate(limit);
    let (Some((from, _)), Some((to, _))) = (page.first(), page.last()) else {
        return Ok(json!({"data": []}));
    };
    let (start, end) = (cursor(*from), cursor(*to));
    let mut paging = json!({"cursors": {"before": start, "after": end}});
    if last > Some(*to) {
        paging["next"] = address_of(ask, address, "after", &end).into();
    }
    if first < Some(*from) {
        paging["previous"] = address_of(ask, address, "before", &start).into();
    }
    let data: Vec<Value> = page.into_iter().map(|(_, item)| item).collect();
    Ok(json!({"data": data, "paging": paging}))
}

fn cursor(place: u64) -> String {
    STANDARD.encode(place.to_string())
}

fn read_cursor(ask: &Ask, name: &str) -> Result<Option<u64>, Refusal> {
    let Some(text) = ask.text(name).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let bytes = STANDARD.decode(text).ok();
    let digits = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    let place = digits.and_then(|digits| digits.parse().ok());
    let wrong = || Refusal::because(131_059, format!("The cursor in {name} is not one."));
    place.map(Some).ok_or_else(wrong)
}

/// The same list from there on, without the token.
fn address_of(ask: &Ask, address: SocketAddr, name: &str, cursor: &str) -> String {
    let mut url = format!(
        "http://{address}{}?{name}={}",
        ask.path,
        cursor.replace('=', "%3D")
    );
    if let Some(limit) = ask.text("limit") {
        // Writing to a string cannot fail.
        let _ = write!(url, "&limit={limit}");
    }
    url
}
