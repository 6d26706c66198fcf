//! People a number does not want to hear from: what they write does not arrive.

use serde_json::{Value, json};
use whatsapp_cloud::graph::block::BlockUser;

use super::desk::{Answered, Desk, members};
use super::refusal::Refusal;
use super::route::Route;
use crate::person::digits;
use crate::world::Kind;

const EDGE: &str = "block_users";

pub(super) const ROUTES: &[Route] = &[
    Route::get(Kind::Number, EDGE, list).messaging(),
    Route::post(Kind::Number, EDGE, |desk| decide(desk, true)).messaging(),
    Route::delete(Kind::Number, EDGE, |desk| decide(desk, false)).messaging(),
];

/// People that a number can block.
const BLOCKED_MAX: usize = 64_000;

/// The number's place.
fn place(desk: &Desk<'_>) -> Result<usize, Refusal> {
    desk.world
        .number_by_id(&desk.id)
        .ok_or_else(|| Refusal::of_code(133_010))
}

fn list(desk: &mut Desk<'_>) -> Answered {
    let number = place(desk)?;
    let blocked = desk
        .state
        .blocked
        .iter()
        .filter(|(by, _)| *by == number)
        .zip(1_u64..);
    let items = blocked.map(|((_, phone), place)| {
        let person = &desk.state.phones[*phone].person;
        let mut told = json!({"messaging_product": "whatsapp", "user_id": person.user_id});
        if let Some(number) = &person.phone_number {
            told["wa_id"] = number.as_str().into();
        }
        (place, told)
    });
    desk.page_of(items.collect())
}

/// Only people who wrote in the last 24 hours are blocked, only those who are blocked unblocked. The rest are named beside an
/// error, whatever became of the others.
fn decide(desk: &mut Desk<'_>, block: bool) -> Answered {
    let number = place(desk)?;
    desk.need(EDGE)?;
    let users = desk.ask.value(EDGE).unwrap_or_default();
    let users: Vec<BlockUser> =
        serde_json::from_value(users).map_err(|error| Refusal::because(100, error.to_string()))?;
    let (mut changed, mut failed) = (Vec::new(), Vec::new());
    for user in users {
        let (input, handle) = match &user {
            BlockUser::User(number) => (number.as_str(), digits(number.as_str())),
            BlockUser::UserId(id) => (id.as_str(), id.as_str().to_owned()),
            _ => continue,
        };
        let mut told = json!({"input": input});
        let phone = desk.state.by_handle.get(&handle).copied();
        if let Some(number) =
            phone.and_then(|phone| desk.state.phones[phone].person.phone_number.clone())
        {
            told["wa_id"] = number.into();
        }
        if let Some(phone) = phone {
            told["user_id"] = desk.state.phones[phone].person.user_id.as_str().into();
        }
        let now_ms = desk.now_ms();
        let is_open = desk.state.is_window_open(number, &handle, now_ms);
        let code = match phone {
            Some(phone) if block && is_open => {
                if desk.state.blocked.len() >= BLOCKED_MAX {
                    Some(139_101)
                } else {
                    desk.state.blocked.insert((number, phone));
                    None
                }
            }
            Some(phone) if !block && desk.state.blocked.remove(&(number, phone)) => None,
            _ if block => Some(131_047),
            _ => Some(139_100),
        };
        match code {
            None => changed.push(told),
            Some(code) => {
                told["errors"] = json!([error(code)]);
                failed.push(told);
            }
        }
    }
    let name = if block {
        "added_users"
    } else {
        "removed_users"
    };
    let mut parts = json!({name: changed});
    if !failed.is_empty() {
        parts["failed_users"] = failed.into();
        let details = "Some users were not changed; failed_users says which.";
        return Err(Refusal::because(139_100, details).beside(members(
            json!({"messaging_product": "whatsapp", "block_users": parts}),
        )));
    }
    Ok(json!({"messaging_product": "whatsapp", "block_users": parts}))
}

fn error(code: i64) -> Value {
    let title = crate::code::title(code);
    json!({"code": code, "title": title, "message": title, "error_data": {"details": title}})
}
