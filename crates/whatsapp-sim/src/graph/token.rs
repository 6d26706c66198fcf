//! Tokens: looked into, and had for a code or for the app's secret.

use serde_json::{Value, json};

use super::caller;
use super::desk::{Answered, Desk};
use super::refusal::Refusal;
use super::route::{Needs, Route};
use crate::fault::Call;
use crate::world::{Kind, MANAGEMENT, MESSAGING, USER_ID};

pub(super) const ROUTES: &[Route] = &[
    Route::get(Kind::Root, "debug_token", debug)
        .needs(Needs::Nothing)
        .meets(Call::DebugToken),
    Route::get(Kind::Root, "oauth/access_token", access_token).needs(Needs::Nothing),
];

/// A user's token lives so long.
const USER_TOKEN_SECONDS: u64 = 60 * 86_400;

/// Asked with the token itself, or with the app's, `APP_ID|APP_SECRET`; a token that is good no more is still told about.
fn debug(desk: &mut Desk<'_>) -> Answered {
    let asked = desk.need("input_token")?;
    caller::Caller::of(desk.world, desk.state, desk.ask)?;
    let config = &desk.world.config;
    let (token, kind) = if asked == config.access_token.expose() {
        (desk.state.token.clone(), "SYSTEM_USER")
    } else if let Some(token) = caller::granted(desk.state, &asked) {
        (token, "USER")
    } else if desk.world.is_app_token(desk.state, &asked) {
        return Ok(json!({"data": {
            "app_id": config.app_id, "type": "APP", "application": "Simulated App", "is_valid": true, "scopes": [],
        }}));
    } else {
        return Ok(json!({"data": {
            "is_valid": false,
            "scopes": [],
            "error": {"code": 190, "message": "Invalid OAuth access token."},
        }}));
    };
    let accounts = desk.state.nodes.all(Kind::Account);
    let accounts: Vec<&str> = accounts.iter().map(|account| account.id.as_str()).collect();
    let granular = token.scopes.iter().map(|scope| {
        let is_of_accounts = matches!(scope.as_str(), MANAGEMENT | MESSAGING);
        let targets = if is_of_accounts { &accounts[..] } else { &[] };
        json!({"scope": scope, "target_ids": targets})
    });
    let granular: Vec<Value> = granular.collect();
    let is_valid = token.is_valid(desk.now_ms());
    let mut data = json!({
        "app_id": config.app_id,
        "type": kind,
        "application": "Simulated App",
        "data_access_expires_at": 0,
        "expires_at": token.expires_at_ms.map_or(0, |at_ms| at_ms / 1000),
        "is_valid": is_valid,
        "scopes": token.scopes,
        "granular_scopes": granular,
        "user_id": USER_ID,
    });
    if !is_valid {
        data["error"] = json!({
            "code": 190, "subcode": 463, "message": "Error validating access token: Session has expired.",
        });
    }
    Ok(json!({"data": data}))
}

/// For a code, once; for a token, a longer one; for the app's secret alone, its own.
fn access_token(desk: &mut Desk<'_>) -> Answered {
    let app = desk.need("client_id")?;
    if desk.need("client_secret")? != desk.world.config.app_secret.expose() {
        return Err(Refusal::because(1, "Error validating client secret.").with_http_status(400));
    }
    desk.named(Kind::App, &app)?;
    match desk.ask.text("grant_type").as_deref() {
        Some("client_credentials") => {
            let secret = desk.world.config.app_secret.expose();
            Ok(json!({"access_token": format!("{app}|{secret}"), "token_type": "bearer"}))
        }
        Some("fb_exchange_token") => {
            let given = desk.need("fb_exchange_token")?;
            let is_first = given == desk.world.config.access_token.expose();
            if !is_first && caller::granted(desk.state, &given).is_none() {
                return Err(Refusal::of_code(190));
            }
            Ok(grant(desk, &app, Some(USER_TOKEN_SECONDS)))
        }
        _ => {
            let code = desk.need("code")?;
            if desk.state.nodes.of_kind(Kind::Code, &code).is_none() {
                let details = "This authorization code has been used, or never was one.";
                return Err(Refusal::because(100, details).with_subcode(36_009));
            }
            desk.state.nodes.remove(&code);
            Ok(grant(desk, &app, None))
        }
    }
}

/// A new token, as good as the first.
pub(super) fn grant(desk: &mut Desk<'_>, app: &str, lives_seconds: Option<u64>) -> Value {
    let number = desk.world.next_id(desk.state);
    let text = format!("EAAsimulated{number}");
    let now_ms = desk.now_ms();
    let node = desk
        .state
        .nodes
        .put(Kind::Token, &text, app, serde_json::Map::new(), now_ms);
    let mut granted = json!({"access_token": text, "token_type": "bearer"});
    if let Some(seconds) = lives_seconds {
        node.keep("expires_at_ms", now_ms + seconds * 1000);
        granted["expires_in"] = seconds.into();
    }
    granted
}
