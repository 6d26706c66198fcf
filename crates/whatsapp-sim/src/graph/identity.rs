//! A number's username, and what it knows of people by their user ids.

use serde_json::json;

use super::desk::{Answered, Desk, done};
use super::refusal::Refusal;
use super::route::Route;
use crate::world::{Kind, Node};

pub(super) const ROUTES: &[Route] = &[
    Route::get(Kind::Number, "username", read),
    Route::post(Kind::Number, "username", set),
    Route::delete(Kind::Number, "username", remove),
    Route::get(Kind::Number, "username_suggestions", suggest),
    Route::delete(Kind::Number, "contact_book", forget),
];

/// Nothing while there is none.
fn read(desk: &mut Desk<'_>) -> Answered {
    let username = desk.node()?.text("username");
    if username.is_empty() {
        return Ok(json!({}));
    }
    Ok(json!({"username": username, "status": "approved"}))
}

fn is_username(name: &str) -> bool {
    let is_plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._".contains(&byte);
    (3..=35).contains(&name.len()) && name.bytes().all(is_plain)
}

/// Approved at once, and the business is told so.
fn set(desk: &mut Desk<'_>) -> Answered {
    let username = desk.need("username")?;
    if !is_username(&username) {
        return Err(Refusal::because(
            147_001,
            "A username is 3 to 35 of a-z, 0-9, `.` and `_`.",
        ));
    }
    let numbers = desk.state.nodes.all(Kind::Number).into_iter();
    let is_others = |node: &&Node| node.id != desk.id && node.is("username", &username);
    let other = { numbers }.find(is_others).map(|node| node.id.clone());
    if let Some(other) = other {
        if desk.ask.text("transfer_action").as_deref() != Some("force_transfer") {
            return Err(Refusal::of_code(147_002));
        }
        if let Some(other) = desk.state.nodes.get_mut(&other) {
            other.members.shift_remove("username");
        }
    }
    desk.node_mut()?.set("username", username.clone());
    tell(desk, &username, "approved");
    Ok(json!({"username": username, "status": "approved", "success": true}))
}

fn remove(desk: &mut Desk<'_>) -> Answered {
    let username = desk.node_mut()?.members.shift_remove("username");
    if let Some(username) = username {
        tell(desk, username.as_str().unwrap_or_default(), "deleted");
    }
    Ok(done())
}

fn tell(desk: &mut Desk<'_>, username: &str, status: &str) {
    let number = desk.metadata()["display_phone_number"].take();
    let told = json!({"display_phone_number": number, "username": username, "status": status});
    desk.tell("business_username_update", told);
}

/// Made of the number's name.
fn suggest(desk: &mut Desk<'_>) -> Answered {
    let name = desk.node()?.text("verified_name").to_ascii_lowercase();
    let words: Vec<String> = name
        .split(|character: char| !character.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    let mut suggestions = vec![words.join("."), words.join("_"), words.concat()];
    suggestions.retain(|suggestion| is_username(suggestion));
    suggestions.dedup();
    Ok(json!({"data": [{"username_suggestions": suggestions}]}))
}

/// From then on this person's phone number is not shown any more.
fn forget(desk: &mut Desk<'_>) -> Answered {
    let id = desk.need("bsuid")?;
    let phone = desk.state.by_handle.get(&id).copied();
    let phone = phone.ok_or_else(|| Refusal::because(100, "Nobody has this user id."))?;
    desk.state.phones[phone].person.phone_number = None;
    Ok(done())
}
