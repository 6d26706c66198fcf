//! A Meta app: its webhooks, and whose businesses it serves.

use serde_json::{Value, json};

use super::ask::Ask;
use super::desk::{Answered, Desk, done, members};
use super::fields;
use super::refusal::Refusal;
use super::route::{Needs, Route};
use crate::world::Kind;

const EDGE: &str = "subscriptions";
const OBJECT: &str = "whatsapp_business_account";

pub(super) const ROUTES: &[Route] = &[
    Route::get(Kind::App, EDGE, list).needs(Needs::App),
    Route::post(Kind::App, EDGE, subscribe)
        .needs(Needs::App)
        .shakes_hands(callback),
    Route::delete(Kind::App, EDGE, unsubscribe).needs(Needs::App),
    Route::get(Kind::App, "connected_client_businesses", businesses),
];

fn is_ours(desk: &Desk<'_>) -> bool {
    desk.id == desk.world.config.app_id
}

/// Until fields were named, webhooks of all fields come.
fn list(desk: &mut Desk<'_>) -> Answered {
    let app = &desk.node()?.id;
    let subscriptions = desk
        .state
        .nodes
        .children(app, Kind::AppSubscription)
        .into_iter();
    let list: Vec<Value> = subscriptions
        .map(|node| {
            let fields = node.kept.get("fields").and_then(Value::as_array);
            let fields = fields.into_iter().flatten();
            let fields: Vec<Value> = fields
                .map(|name| json!({"name": name, "version": "v25.0"}))
                .collect();
            let mut told = json!({"object": node.text("object"), "active": true, "fields": fields});
            let url = desk.state.webhook_url.as_ref().filter(|_| is_ours(desk));
            let url = url.map(ToString::to_string);
            if let Some(url) = url
                .as_deref()
                .or(node.kept.get("url").and_then(Value::as_str))
            {
                told["callback_url"] = url.into();
            }
            told
        })
        .collect();
    Ok(json!({"data": list}))
}

fn callback(ask: &Ask) -> Option<(String, String)> {
    Some((
        ask.text("callback_url")?,
        ask.text("verify_token").unwrap_or_default(),
    ))
}

/// From now on the app's webhooks come there, of these fields.
fn subscribe(desk: &mut Desk<'_>) -> Answered {
    let object = desk.need("object")?;
    if object != OBJECT {
        return Err(Refusal::because(
            100,
            "object must be whatsapp_business_account.",
        ));
    }
    desk.need("callback_url")?;
    desk.need("fields")?;
    let fields = desk.ask.list("fields");
    let (app, now_ms, is_ours) = (desk.id.clone(), desk.now_ms(), is_ours(desk));
    let id = format!("{app}:{object}");
    let told = members(json!({"object": object}));
    let callback = desk.callback.take();
    let node = desk
        .state
        .nodes
        .put(Kind::AppSubscription, &id, &app, told, now_ms);
    node.keep("fields", fields);
    if let Some(callback) = callback {
        node.keep("url", callback.text);
        if is_ours {
            desk.state.webhook_url = Some(callback.url);
            desk.world.release(desk.state);
        }
    }
    Ok(done())
}

/// Some fields, or all of an object's webhooks.
fn unsubscribe(desk: &mut Desk<'_>) -> Answered {
    let id = format!(
        "{}:{}",
        desk.id,
        desk.ask.text("object").unwrap_or_else(|| OBJECT.to_owned())
    );
    desk.named(Kind::AppSubscription, &id)?;
    let removed = desk.ask.list("fields");
    let node = desk.state.nodes.get_mut(&id);
    match node
        .and_then(|node| node.kept.get_mut("fields"))
        .and_then(Value::as_array_mut)
    {
        Some(fields) if !removed.is_empty() => {
            fields.retain(|field| {
                field
                    .as_str()
                    .is_none_or(|field| !removed.contains(&field.to_owned()))
            });
        }
        _ => desk.state.nodes.remove(&id),
    }
    Ok(done())
}

fn businesses(desk: &mut Desk<'_>) -> Answered {
    let businesses = desk.state.nodes.all(Kind::Business).into_iter();
    let items = businesses.map(|business| {
        let wanted = Some("name,verification_status");
        (
            business.born,
            fields::choose(&business.members, None, wanted),
        )
    });
    desk.page_of(items.collect())
}
