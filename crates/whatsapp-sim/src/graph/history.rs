//! What became of messages, from the simulator's own traffic; and of those that were put there from outside.

use serde_json::{Value, json};

use super::desk::{Answered, Desk};
use super::route::Route;
use crate::world::{Conversation, Kind, World};

pub(super) const ROUTES: &[Route] = &[
    Route::get(Kind::Number, "message_history", list),
    Route::get(Kind::MessageHistory, "events", events),
];

fn list(desk: &mut Desk<'_>) -> Answered {
    let wanted = desk.ask.text("message_id");
    let is_wanted = |wamid: &str| wanted.as_ref().is_none_or(|wanted| wanted == wamid);
    let number = desk.world.number_by_id(&desk.id);
    let mut items: Vec<(u64, Value)> = Vec::new();
    for history in desk.state.nodes.children(&desk.id, Kind::MessageHistory) {
        if is_wanted(history.text("message_id")) {
            items.push((history.born, Value::Object(history.members.clone())));
        }
    }
    // Those that were put there come first, however many there are.
    let after = items.last().map_or(0, |(place, _)| *place);
    let messages = desk.state.messages.iter();
    let mut sent: Vec<_> = messages
        .filter(|(wamid, message)| Some(message.number) == number && is_wanted(wamid))
        .collect();
    sent.sort_by_key(|(_, message)| message.sequence);
    items.extend(sent.into_iter().map(|(wamid, message)| {
        let events = points(desk, message, None);
        let told = json!({
            "id": World::history_id(message.sequence),
            "message_id": wamid,
            "events": {"data": events},
        });
        (after + message.sequence, told)
    }));
    desk.page_of(items)
}

fn points(desk: &Desk<'_>, message: &Conversation, only: Option<&str>) -> Vec<Value> {
    let app = json!({"id": desk.world.config.app_id, "name": "Simulated App"});
    let url = desk.state.webhook_url.as_ref().map(reqwest::Url::as_str);
    let events = message.events.iter().zip(1_u64..);
    let events = events.map(|((status, at_ms), place)| {
        let mut event = json!({
            "id": format!("{}{place}", World::history_id(message.sequence)),
            "delivery_status": status.to_uppercase(),
            "occurrence_timestamp": at_ms / 1000,
            "status_timestamp": at_ms / 1000,
            "application": app,
        });
        if let Some(url) = url {
            event["webhook_uri"] = url.into();
        }
        event
    });
    let is_wanted = |event: &Value| only.is_none_or(|only| event["delivery_status"] == only);
    events.filter(is_wanted).collect()
}

fn events(desk: &mut Desk<'_>) -> Answered {
    let only = desk.ask.text("status_filter");
    let wamid = desk.world.wamid_of_history(&desk.id);
    let message = wamid.and_then(|wamid| desk.state.messages.get(&wamid));
    let events = if let Some(message) = message {
        points(desk, message, only.as_deref())
    } else {
        let events = desk.node()?.members.get("events");
        let mut events = events
            .and_then(|events| events["data"].as_array().cloned())
            .unwrap_or_default();
        let is_wanted = |event: &Value| {
            only.as_ref()
                .is_none_or(|only| event["delivery_status"] == *only)
        };
        events.retain(is_wanted);
        events
    };
    desk.page_of((1_u64..).zip(events).collect())
}
