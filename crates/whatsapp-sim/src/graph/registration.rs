//! A number made ready: verified by a code, registered with a PIN, brought along from the WhatsApp Business app.
//!
//! No text goes out and nobody calls: the code is always 123456.

use serde_json::json;
use whatsapp_cloud::limits::{Limit, Rule};

use super::desk::{Answered, Desk, done};
use super::refusal::Refusal;
use super::route::Route;
use crate::world::Kind;

pub(super) const ROUTES: &[Route] = &[
    Route::post(Kind::Number, "request_code", request_code),
    Route::post(Kind::Number, "verify_code", |desk| {
        verify_code(desk)?;
        Ok(json!({"success": true, "id": desk.id}))
    }),
    Route::post(Kind::Number, "register", register),
    Route::post(Kind::Number, "deregister", deregister),
    Route::post(Kind::Number, "smb_app_data", sync),
];

const CODE: &str = "123456";
const HOUR_MS: u64 = 3_600_000;
/// Registrations, and deregistrations, in 72 hours.
const TIMES_MAX: usize = 10;

const CODE_RULES: &[Rule] = &[
    Rule {
        path: "code_method",
        limit: Limit::Required,
    },
    Rule {
        path: "code_method",
        limit: Limit::OneOf(&["SMS", "VOICE"]),
    },
    Rule {
        path: "language",
        limit: Limit::Required,
    },
];

pub(super) fn request_code(desk: &mut Desk<'_>) -> Answered {
    desk.check(CODE_RULES)?;
    let number = desk.node_mut()?;
    if number.is("code_verification_status", "VERIFIED") && number.is("status", "CONNECTED") {
        return Err(Refusal::because(
            136_024,
            "The number is verified and registered.",
        ));
    }
    number.keep("code", CODE);
    Ok(done())
}

/// The code that was asked for, once.
pub(super) fn verify_code(desk: &mut Desk<'_>) -> Result<(), Refusal> {
    let code = desk.need("code")?;
    let number = desk.node_mut()?;
    if number
        .kept
        .get("code")
        .is_none_or(|wanted| *wanted != code.as_str())
    {
        return Err(Refusal::because(
            136_025,
            "The code is not the one that was sent.",
        ));
    }
    number.kept.shift_remove("code");
    number.set("code_verification_status", "VERIFIED");
    Ok(())
}

/// The PIN that is given, if one is: six digits.
pub(super) fn pin(desk: &Desk<'_>) -> Result<Option<String>, Refusal> {
    let pin = desk.ask.text("pin");
    let is_pin = |pin: &String| pin.len() == 6 && pin.bytes().all(|byte| byte.is_ascii_digit());
    if pin.as_ref().is_none_or(is_pin) {
        Ok(pin)
    } else {
        Err(Refusal::because(100, "pin is not six digits."))
    }
}

/// With its PIN, which the first time sets. Whatever key flows had is to be signed anew.
fn register(desk: &mut Desk<'_>) -> Answered {
    desk.need("pin")?;
    let (pin, now_ms) = (pin(desk)?, desk.now_ms());
    let number = desk.node_mut()?;
    if !number.is("code_verification_status", "VERIFIED") {
        return Err(Refusal::because(
            133_006,
            "The number must be verified first.",
        ));
    }
    if number.count("registrations", now_ms, 72 * HOUR_MS) > TIMES_MAX {
        return Err(Refusal::of_code(133_016));
    }
    match number.kept.get("pin") {
        Some(wanted) if wanted.as_str() != pin.as_deref() => return Err(Refusal::of_code(133_005)),
        _ => number.keep("pin", pin),
    }
    number.set("is_pin_enabled", true);
    number.set("status", "CONNECTED");
    number.set("platform_type", "CLOUD_API");
    number.set("throughput", json!({"level": "STANDARD"}));
    number.set("last_onboarded_time", now_ms / 1000);
    if let Some(region) = desk.ask.text("data_localization_region") {
        let storage =
            json!({"status": "IN_COUNTRY_STORAGE_ENABLED", "data_localization_region": region});
        desk.part(Kind::Settings)?
            .set("storage_configuration", storage);
    }
    if !desk
        .state
        .nodes
        .children(&desk.id, Kind::FlowKey)
        .is_empty()
    {
        desk.part(Kind::FlowKey)?
            .set("business_public_key_signature_status", "MISMATCH");
    }
    desk.log("PHONE_NUMBER_REGISTERED", "A phone number was registered.");
    Ok(done())
}

fn deregister(desk: &mut Desk<'_>) -> Answered {
    let now_ms = desk.now_ms();
    let number = desk.node_mut()?;
    if number.is_true("is_on_biz_app") {
        return Err(Refusal::because(
            100,
            "The number is also in the WhatsApp Business app.",
        ));
    }
    if !number.is("status", "CONNECTED") {
        return Err(Refusal::of_code(133_010));
    }
    if number.count("deregistrations", now_ms, 72 * HOUR_MS) > TIMES_MAX {
        return Err(Refusal::of_code(133_016));
    }
    number.set("status", "DISCONNECTED");
    Ok(done())
}

/// Contacts or messages of the app, each once, within 24 hours of onboarding. Contacts are those whose phones there are.
fn sync(desk: &mut Desk<'_>) -> Answered {
    let kind = desk.need("sync_type")?;
    if !["smb_app_state_sync", "history"].contains(&kind.as_str()) {
        return Err(Refusal::because(100, "sync_type is not one."));
    }
    let now = desk.now_seconds();
    let number = desk.node_mut()?;
    if !number.is_true("is_on_biz_app") {
        return Err(Refusal::because(
            100,
            "The number is not in the WhatsApp Business app.",
        ));
    }
    let onboarded = number
        .members
        .get("last_onboarded_time")
        .and_then(serde_json::Value::as_u64);
    if onboarded.is_none_or(|at| now.saturating_sub(at) >= 24 * 3600) {
        return Err(Refusal::of_code(2_593_108));
    }
    if number.kept.contains_key(&kind) {
        return Err(Refusal::of_code(2_593_107));
    }
    number.keep(&kind, true);
    let metadata = desk.metadata();
    let value = if kind == "history" {
        json!({
            "messaging_product": "whatsapp",
            "metadata": metadata,
            "history": [{"metadata": {"phase": 2, "chunk_order": 1, "progress": 100}, "threads": []}],
        })
    } else {
        let people = desk.state.phones.iter().filter_map(|phone| {
            let number = phone.person.phone_number.as_ref()?;
            let name = &phone.person.name;
            Some(json!({
                "type": "contact",
                "contact": {"full_name": name, "first_name": name, "phone_number": number},
                "action": "add",
                "metadata": {"timestamp": now.to_string()},
            }))
        });
        let people: Vec<_> = people.collect();
        json!({"messaging_product": "whatsapp", "metadata": metadata, "state_sync": people})
    };
    desk.tell(&kind, value);
    Ok(json!({"messaging_product": "whatsapp", "request_id": desk.world.next_id(desk.state)}))
}
