//! Voice calls of the business, and the permission to make them. Nobody talks: the simulator has signalling, no sound.

use serde_json::{Value, json};
use whatsapp_cloud::graph::call::{CallAction, Session};
use whatsapp_cloud::limits::{Limit, Rule};

use super::desk::{Answered, Desk, done, members};
use super::refusal::Refusal;
use super::route::Route;
use crate::person::digits;
use crate::world::{Kind, Node};

pub(super) const ROUTES: &[Route] = &[
    Route::post(Kind::Number, "calls", manage).messaging(),
    Route::get(Kind::Number, "call_permissions", permissions).messaging(),
];

const DAY_MS: u64 = 86_400_000;
/// Connected calls to one person in a day.
const CALLS_MAX: usize = 10;

const RULES: &[Rule] = &[
    Rule {
        path: "action",
        limit: Limit::Required,
    },
    Rule {
        path: "biz_opaque_callback_data",
        limit: Limit::Chars(0, 512),
    },
];

fn manage(desk: &mut Desk<'_>) -> Answered {
    desk.check(RULES)?;
    if !desk
        .part(Kind::Settings)?
        .members
        .get("calling")
        .is_some_and(|calling| calling["status"] == "ENABLED")
    {
        return Err(Refusal::of_code(138_000));
    }
    let session = desk
        .ask
        .value("session")
        .map(serde_json::from_value::<Session>);
    let session = session
        .transpose()
        .map_err(|error| Refusal::because(100, error.to_string()))?;
    let wants = |kind: &str| {
        let is_there = session
            .as_ref()
            .is_some_and(|session| session.sdp_type == kind);
        let details = format!("The parameter session must be an {kind}.");
        if is_there {
            Ok(())
        } else {
            Err(Refusal::because(100, details))
        }
    };
    match CallAction::from(desk.need("action")?.as_str()) {
        CallAction::Connect => {
            wants("offer")?;
            connect(desk)
        }
        CallAction::PreAccept => {
            wants("answer")?;
            go_on(desk, &["RINGING"], "PRE_ACCEPTED")
        }
        CallAction::Accept => {
            wants("answer")?;
            go_on(desk, &["RINGING", "PRE_ACCEPTED"], "ACCEPTED")
        }
        CallAction::Reject => end(desk, "REJECTED"),
        CallAction::Terminate => end(desk, "COMPLETED"),
        _ => Err(Refusal::because(100, "action is not one.")),
    }
}

/// Whom a call is about: digits of a phone number, or a user id.
fn person(desk: &Desk<'_>, number: &str) -> Result<String, Refusal> {
    let by_number = desk.ask.text(number).map(|number| digits(&number));
    let by_id = || desk.ask.text("recipient");
    let missing = || Refusal::because(100, format!("The parameter {number} is required."));
    by_number
        .filter(|number| !number.is_empty())
        .or_else(by_id)
        .ok_or_else(missing)
}

/// The permission to call somebody, while it lasts.
fn permission<'a>(desk: &'a Desk<'_>, user: &str) -> Option<&'a Node> {
    let now = desk.now_seconds();
    // Under whichever of their names it was given.
    let phone = desk.state.by_handle.get(user);
    let person = phone.map(|phone| &desk.state.phones[*phone].person);
    let is_theirs = |named: &str| {
        named == user || person.is_some_and(|person| person.handles().any(|handle| handle == named))
    };
    let permissions = desk.state.nodes.children(&desk.id, Kind::CallPermission);
    permissions.into_iter().rev().find(|node| {
        let ends = node.members.get("expiration_time").and_then(Value::as_u64);
        is_theirs(node.text("user")) && ends.is_none_or(|ends| now < ends)
    })
}

fn connect(desk: &mut Desk<'_>) -> Answered {
    let user = person(desk, "to")?;
    if permission(desk, &user).is_none() {
        return Err(Refusal::of_code(138_006));
    }
    let now_ms = desk.now_ms();
    if desk
        .node_mut()?
        .count(&format!("calls_to_{user}"), now_ms, DAY_MS)
        > CALLS_MAX
    {
        return Err(Refusal::of_code(138_012));
    }
    let id = format!("wacid.{}", desk.world.next_id(desk.state));
    let mut told = members(json!({"user": user, "status": "RINGING"}));
    told.extend(desk.given(&["biz_opaque_callback_data"]));
    let number = desk.id.clone();
    desk.state.nodes.put(Kind::Call, &id, &number, told, now_ms);
    let mut status = json!({
        "id": id,
        "type": "call",
        "status": "RINGING",
        "timestamp": desk.now_seconds().to_string(),
        "recipient_id": user,
    });
    if let Some(data) = desk.ask.text("biz_opaque_callback_data") {
        status["biz_opaque_callback_data"] = data.into();
    }
    tell(desk, "statuses", &status);
    Ok(json!({"messaging_product": "whatsapp", "calls": [{"id": id}]}))
}

/// A call of this number that is under way.
fn current(desk: &Desk<'_>) -> Result<String, Refusal> {
    let id = desk.need("call_id")?;
    let call = desk.state.nodes.of_kind(Kind::Call, &id);
    let is_current = |call: &&Node| {
        call.of == desk.id && !matches!(call.text("status"), "REJECTED" | "COMPLETED")
    };
    let gone = || Refusal::because(100, "There is no such call under way.");
    call.filter(is_current)
        .map(|call| call.id.clone())
        .ok_or_else(gone)
}

fn go_on(desk: &mut Desk<'_>, from: &[&str], to: &str) -> Answered {
    let id = current(desk)?;
    let now_ms = desk.now_ms();
    if let Some(call) = desk.state.nodes.get_mut(&id) {
        if !from.contains(&call.text("status")) {
            return Err(Refusal::because(100, "The call has been answered."));
        }
        call.set("status", to);
        call.keep("since_ms", now_ms);
    }
    Ok(answered())
}

fn end(desk: &mut Desk<'_>, status: &str) -> Answered {
    let id = current(desk)?;
    let now_ms = desk.now_ms();
    let Some(call) = desk.state.nodes.get_mut(&id) else {
        return Ok(answered());
    };
    let since_ms = call
        .kept
        .get("since_ms")
        .and_then(Value::as_u64)
        .unwrap_or(now_ms);
    let (user, seconds) = (call.text("user").to_owned(), (now_ms - since_ms) / 1000);
    call.set("status", status);
    call.keep("seconds", seconds);
    let told = json!({
        "id": id,
        "event": "terminate",
        "direction": "BUSINESS_INITIATED",
        "to": user,
        "timestamp": (now_ms / 1000).to_string(),
        "status": status,
        "start_time": (since_ms / 1000).to_string(),
        "end_time": (now_ms / 1000).to_string(),
        "duration": seconds,
    });
    tell(desk, "calls", &told);
    Ok(answered())
}

fn answered() -> Value {
    let mut answer = done();
    answer["messaging_product"] = "whatsapp".into();
    answer
}

fn tell(desk: &mut Desk<'_>, list: &str, element: &Value) {
    let metadata = desk.metadata();
    let value = json!({"messaging_product": "whatsapp", "metadata": metadata, list: [element]});
    desk.tell("calls", value);
}

fn permissions(desk: &mut Desk<'_>) -> Answered {
    let user = person(desk, "user_wa_id")?;
    let permission = permission(desk, &user);
    let mut told =
        json!({"status": permission.map_or("no_permission", |node| node.text("status"))});
    if let Some(ends) = permission.and_then(|node| node.members.get("expiration_time")) {
        told["expiration_time"] = ends.clone();
    }
    let is_permitted = permission.is_some();
    let now_ms = desk.now_ms();
    let calls = desk.state.nodes.children(&desk.id, Kind::Call);
    let of_day = calls
        .iter()
        .filter(|call| call.is("user", &user) && now_ms - call.made_at_ms < DAY_MS);
    let calls_made = of_day.count();
    Ok(json!({
        "messaging_product": "whatsapp",
        "permission": told,
        "actions": [
            {
                "action_name": "start_call",
                "can_perform_action": is_permitted && calls_made < CALLS_MAX,
                "limits": [{"time_period": "PT24H", "current_usage": calls_made, "max_allowed": CALLS_MAX}],
            },
            {"action_name": "send_call_permission_request", "can_perform_action": !is_permitted},
        ],
    }))
}
