//! The business: its account, its numbers, and who is subscribed to them.

use std::sync::Arc;

use axum::extract::{ConnectInfo, Path, RawQuery, State};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Map, Value, json};

use super::refusal::Refusal;
use super::{Caller, answer, meet, parameter};
use crate::config::Number;
use crate::fault::Call;
use crate::wire::Wire;
use crate::world::{MANAGEMENT, Override, World};

/// The simulated app.
pub(super) const APP_ID: &str = "123400000000001";

/// What a number says of itself when it is not asked for particular fields.
const NUMBER_FIELDS: &str = "verified_name,code_verification_status,display_phone_number,quality_rating,platform_type,throughput";
const ACCOUNT_FIELDS: &str = "name,timezone_id,message_template_namespace";

type Found = Option<Result<Value, Refusal>>;

/// `GET /{version}/{id}` of a number or a business account; none if it is neither.
pub(super) fn node(
    world: &World,
    who: &Caller,
    id: &str,
    query: Option<&str>,
) -> Option<(Call, Found)> {
    if let Some(number) = world.number_by_id(id) {
        let whole = number_node(world, &world.config.numbers[number]);
        return Some((Call::Number, Some(Ok(fields(whole, query, NUMBER_FIELDS)))));
    }
    let has_it = |number: &Number| number.business_account_id == id;
    world.config.numbers.iter().find(|number| has_it(number))?;
    let node = who.may(MANAGEMENT).map(|()| {
        let whole = json!({
            "id": id,
            "name": "Simulated Business",
            "timezone_id": "1",
            "currency": "EUR",
            "message_template_namespace": "00000000_0000_0000_0000_000000000000",
            "account_review_status": "APPROVED",
            "business_verification_status": "verified",
            "ownership_type": "SELF",
            "health_status": {"can_send_message": "AVAILABLE", "entities": []},
        });
        fields(whole, query, ACCOUNT_FIELDS)
    });
    Some((Call::BusinessAccount, Some(node)))
}

fn number_node(world: &World, number: &Number) -> Value {
    let state = world.state();
    let mut webhooks = json!({"application": state.webhook_url.as_ref().map(reqwest::Url::as_str)});
    if let Some(instead) = state.overrides.get(&number.business_account_id) {
        webhooks["whatsapp_business_account"] = instead.text.as_str().into();
    }
    json!({
        "id": number.phone_number_id,
        "verified_name": "Simulated Business",
        "code_verification_status": "VERIFIED",
        "display_phone_number": number.display_phone_number,
        "quality_rating": "GREEN",
        "platform_type": "CLOUD_API",
        "throughput": {"level": "STANDARD"},
        "status": "CONNECTED",
        "name_status": "APPROVED",
        "account_mode": "LIVE",
        "is_official_business_account": false,
        "is_on_biz_app": false,
        "whatsapp_business_manager_messaging_limit": "TIER_250",
        "health_status": {"can_send_message": "AVAILABLE", "entities": []},
        "webhook_configuration": webhooks,
    })
}

/// Only the fields that were asked for, and the id.
fn fields(whole: Value, query: Option<&str>, unless_asked: &str) -> Value {
    let asked = parameter(query, "fields")
        .unwrap_or(unless_asked)
        .replace("%2C", ",");
    let Value::Object(whole) = whole else {
        return whole;
    };
    let is_asked = |name: &str| name == "id" || asked.split(',').any(|field| field == name);
    let chosen: Map<String, Value> = whole
        .into_iter()
        .filter(|(name, _)| is_asked(name))
        .collect();
    chosen.into()
}

/// Somebody who may manage the business account of this id.
fn manager(
    world: &World,
    (version, id): &(String, String),
    headers: &HeaderMap,
    query: Option<&str>,
    method: &str,
) -> Result<(), Refusal> {
    Caller::check(world, version, headers, query)?.may(MANAGEMENT)?;
    let mut numbers = world.config.numbers.iter();
    if numbers.any(|number| number.business_account_id == *id) {
        Ok(())
    } else {
        Err(Refusal::unknown_object(method, id))
    }
}

/// `GET /{version}/{business_account_id}/phone_numbers`
pub(super) async fn phone_numbers(
    State(world): State<Arc<World>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    Path(path): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let query = query.as_deref();
    if let Err(refusal) = manager(&world, &path, &headers, query, "get") {
        return refusal.into_response();
    }
    let numbers = world.config.numbers.iter();
    let of_account = numbers.filter(|number| number.business_account_id == path.1);
    let list: Vec<Value> = of_account
        .map(|number| fields(number_node(&world, number), query, NUMBER_FIELDS))
        .collect();
    let fault = world.state().faults.draw_for(Call::BusinessAccount);
    let body = json!({"data": list, "paging": {"cursors": {"before": "first", "after": "last"}}});
    meet(&world, &wire, fault, || answer(&body)).await
}

/// `GET /{version}/{business_account_id}/subscribed_apps`
pub(super) async fn subscribed_apps(
    State(world): State<Arc<World>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    Path(path): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    if let Err(refusal) = manager(&world, &path, &headers, query.as_deref(), "get") {
        return refusal.into_response();
    }
    let (body, fault) = {
        let mut state = world.state();
        let mut app = json!({"whatsapp_business_api_data": {
            "id": APP_ID, "name": "Simulated App", "link": "https://example.com/",
        }});
        if let Some(instead) = state.overrides.get(&path.1) {
            app["override_callback_uri"] = instead.text.as_str().into();
        }
        let apps = if state.unsubscribed.contains(&path.1) {
            vec![]
        } else {
            vec![app]
        };
        (
            json!({"data": apps}),
            state.faults.draw_for(Call::SubscribedApps),
        )
    };
    meet(&world, &wire, fault, || answer(&body)).await
}

/// `POST /{version}/{business_account_id}/subscribed_apps`, which may name another callback URL, and else takes it back.
pub(super) async fn subscribe(
    State(world): State<Arc<World>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    Path(path): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Err(refusal) = manager(&world, &path, &headers, query.as_deref(), "post") {
        return refusal.into_response();
    }
    let instead = match override_of(&world, &body).await {
        Ok(instead) => instead,
        Err(refusal) => return refusal.into_response(),
    };
    let fault = world.state().faults.draw_for(Call::SubscribedApps);
    let act = || {
        let mut state = world.state();
        state.unsubscribed.remove(&path.1);
        match instead {
            Some(instead) => state.overrides.insert(path.1.clone(), instead),
            None => state.overrides.remove(&path.1),
        };
        world.release(&mut state);
        answer(&json!({"success": true}))
    };
    meet(&world, &wire, fault, act).await
}

/// The callback URL a body names, once it has shaken hands.
async fn override_of(world: &World, body: &[u8]) -> Result<Option<Override>, Refusal> {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let Some(text) = body["override_callback_uri"].as_str() else {
        return Ok(None);
    };
    let failed = |why: &dyn std::fmt::Display| {
        Refusal::because(2200, format!("Callback verification failed: {why}."))
    };
    let url = crate::sim::parse_url(text).map_err(|error| failed(&error))?;
    let token = body["verify_token"].as_str().unwrap_or_default();
    let shaken = world.shake_hands(url.clone(), token).await;
    shaken.map_err(|error| failed(&error))?;
    Ok(Some(Override {
        url,
        text: text.to_owned(),
    }))
}

/// `DELETE /{version}/{business_account_id}/subscribed_apps`
pub(super) async fn unsubscribe(
    State(world): State<Arc<World>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    Path(path): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    if let Err(refusal) = manager(&world, &path, &headers, query.as_deref(), "delete") {
        return refusal.into_response();
    }
    let fault = world.state().faults.draw_for(Call::SubscribedApps);
    let act = || {
        let mut state = world.state();
        state.overrides.remove(&path.1);
        state.unsubscribed.insert(path.1.clone());
        answer(&json!({"success": true}))
    };
    meet(&world, &wire, fault, act).await
}
