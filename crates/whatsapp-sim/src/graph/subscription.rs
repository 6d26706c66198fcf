//! Which apps hear of a business account, and where.

use serde_json::json;

use super::ask::Ask;
use super::desk::{Answered, Desk, done};
use super::refusal::Refusal;
use super::route::Route;
use crate::fault::Call;
use crate::world::Kind;

const EDGE: &str = "subscribed_apps";

pub(super) const ROUTES: &[Route] = &[
    Route::get(Kind::Account, EDGE, list).meets(Call::SubscribedApps),
    Route::post(Kind::Account, EDGE, subscribe)
        .meets(Call::SubscribedApps)
        .shakes_hands(callback),
    Route::delete(Kind::Account, EDGE, unsubscribe).meets(Call::SubscribedApps),
];

/// Meta's longest address.
const URL_MAX_CHARS: usize = 200;

fn list(desk: &mut Desk<'_>) -> Answered {
    if desk.state.unsubscribed.contains(&desk.id) {
        return Ok(json!({"data": []}));
    }
    let app = desk.named(Kind::App, &desk.world.config.app_id)?;
    let mut app = json!({"whatsapp_business_api_data": {
        "id": app.id, "name": app.text("name"), "link": app.text("link"),
    }});
    if let Some(instead) = desk.state.overrides.get(&desk.id) {
        app["override_callback_uri"] = instead.text.as_str().into();
    }
    Ok(json!({"data": [app]}))
}

fn callback(ask: &Ask) -> Option<(String, String)> {
    let url = ask
        .text("override_callback_uri")
        .filter(|url| !url.is_empty())?;
    Some((url, ask.text("verify_token").unwrap_or_default()))
}

/// Without another address, one that was named is taken back.
fn subscribe(desk: &mut Desk<'_>) -> Answered {
    let id = desk.id.clone();
    match desk.callback.take() {
        Some(instead) if instead.text.len() > URL_MAX_CHARS => {
            let details = "override_callback_uri must be at most 200 characters long.";
            return Err(Refusal::because(100, details));
        }
        Some(instead) => desk.state.overrides.insert(id, instead),
        None => desk.state.overrides.remove(&id),
    };
    desk.state.unsubscribed.remove(&desk.id);
    desk.world.release(desk.state);
    desk.log("WEBHOOK_CONFIGURED", "An app was subscribed.");
    Ok(done())
}

fn unsubscribe(desk: &mut Desk<'_>) -> Answered {
    let account = desk.node()?.id.clone();
    desk.state.overrides.remove(&account);
    desk.state.unsubscribed.insert(account);
    Ok(done())
}
