//! What a number has one of each: its profile, its shop, its settings, its flow key, its papers.

use serde_json::{Value, json};
use whatsapp_cloud::graph::compliance::Officer;
use whatsapp_cloud::limits::{Limit, Rule};

use super::desk::{Answered, Desk, done};
use super::refusal::Refusal;
use super::route::Route;
use super::{encrypted, fields};
use crate::world::Kind;

const PROFILE: &str = "whatsapp_business_profile";
const COMMERCE: &str = "whatsapp_commerce_settings";
const FLOW_KEY: &str = "whatsapp_business_encryption";
const OFFICIAL: &str = "official_business_account";
const COMPLIANCE: &str = "business_compliance_info";

pub(super) const ROUTES: &[Route] = &[
    Route::get(Kind::Number, PROFILE, |desk| listed(desk, Kind::Profile)),
    Route::post(Kind::Number, PROFILE, |desk| {
        let profile = desk.part(Kind::Profile)?.id.clone();
        change_profile(desk, &profile)
    }),
    Route::get(Kind::Profile, "", |desk| desk.tell_members(None)),
    Route::post(Kind::Profile, "", |desk| {
        change_profile(desk, &desk.id.clone())
    }),
    Route::get(Kind::Number, COMMERCE, |desk| listed(desk, Kind::Commerce)),
    Route::post(Kind::Number, COMMERCE, change_commerce),
    Route::get(Kind::Number, "settings", settings),
    Route::post(Kind::Number, "settings", change_settings),
    Route::get(Kind::Number, FLOW_KEY, |desk| listed(desk, Kind::FlowKey)),
    Route::post(Kind::Number, FLOW_KEY, set_flow_key),
    Route::get(Kind::Number, OFFICIAL, official_account),
    Route::post(Kind::Number, OFFICIAL, apply),
    Route::get(Kind::Number, COMPLIANCE, |desk| {
        listed(desk, Kind::Compliance)
    }),
    Route::post(Kind::Number, COMPLIANCE, set_compliance),
];

/// The one element of `data`; none while nothing was set.
fn listed(desk: &mut Desk<'_>, kind: Kind) -> Answered {
    let asked = desk.ask.text("fields");
    if matches!(kind, Kind::FlowKey | Kind::Compliance)
        && desk.state.nodes.children(&desk.id, kind).is_empty()
    {
        return Ok(json!({"data": []}));
    }
    let mut told = fields::choose(&desk.part(kind)?.members, asked.as_deref(), None);
    if matches!(kind, Kind::FlowKey | Kind::Compliance | Kind::Profile)
        && let Value::Object(told) = &mut told
    {
        told.shift_remove("id");
    }
    if kind == Kind::Profile {
        told["messaging_product"] = "whatsapp".into();
    }
    Ok(json!({"data": [told]}))
}

const PROFILE_RULES: &[Rule] = &[
    Rule {
        path: "about",
        limit: Limit::Chars(1, 139),
    },
    Rule {
        path: "address",
        limit: Limit::Chars(0, 256),
    },
    Rule {
        path: "description",
        limit: Limit::Chars(0, 512),
    },
    Rule {
        path: "email",
        limit: Limit::Chars(0, 128),
    },
    Rule {
        path: "websites",
        limit: Limit::Items(0, 2),
    },
    Rule {
        path: "websites[]",
        limit: Limit::Chars(1, 256),
    },
    Rule {
        path: "websites[]",
        limit: Limit::Url,
    },
];

/// A picture comes by the handle of an upload that is complete.
fn change_profile(desk: &mut Desk<'_>, profile: &str) -> Answered {
    desk.check(PROFILE_RULES)?;
    let mut given = desk.given(&[
        "about",
        "address",
        "description",
        "email",
        "websites",
        "vertical",
    ]);
    if let Some(handle) = desk.ask.text("profile_picture_handle") {
        let unknown = || Refusal::because(100, "profile_picture_handle names no upload.");
        let file = super::upload::by_handle(desk, &handle).ok_or_else(unknown)?;
        given.insert(
            "profile_picture_url".to_owned(),
            desk.world.media_url(&file).into(),
        );
    }
    let unknown = desk.unknown(profile);
    desk.state
        .nodes
        .get_mut(profile)
        .ok_or(unknown)?
        .members
        .extend(given);
    Ok(done())
}

fn change_commerce(desk: &mut Desk<'_>) -> Answered {
    let given = desk.given(&["is_cart_enabled", "is_catalog_visible"]);
    if given.values().any(|value| !value.is_boolean()) {
        return Err(Refusal::because(
            100,
            "is_cart_enabled and is_catalog_visible are true or false.",
        ));
    }
    desk.part(Kind::Commerce)?.members.extend(given);
    Ok(done())
}

/// Calling is off until it is switched on. SIP passwords are told on demand.
fn settings(desk: &mut Desk<'_>) -> Answered {
    let with_passwords = desk.ask.flag("include_sip_credentials") == Some(true);
    let asked = desk.ask.text("fields");
    let mut told = json!({
        "calling": {"status": "DISABLED"},
        "storage_configuration": {"status": "DEFAULT"},
    });
    for (name, value) in &desk.part(Kind::Settings)?.members {
        told[name] = value.clone();
    }
    if let Value::Object(told) = &mut told {
        told.shift_remove("id");
    }
    let servers = told
        .pointer_mut("/calling/sip/servers")
        .and_then(Value::as_array_mut);
    for server in servers
        .into_iter()
        .flatten()
        .filter_map(Value::as_object_mut)
    {
        if !with_passwords {
            server.shift_remove("sip_user_password");
        }
    }
    match (asked, told) {
        (Some(asked), Value::Object(told)) => Ok(fields::choose(&told, Some(&asked), None)),
        (_, told) => Ok(told),
    }
}

const SETTINGS: &[&str] = &[
    "calling",
    "user_identity_change",
    "payload_encryption",
    "storage_configuration",
];

/// One kind a call.
fn change_settings(desk: &mut Desk<'_>) -> Answered {
    let given = desk.given(SETTINGS);
    if given.len() != 1 {
        let details = format!("Exactly one of {} is wanted.", SETTINGS.join(", "));
        return Err(Refusal::because(100, details));
    }
    if let Some(wanted) = given.get(encrypted::SETTING) {
        encrypted::set(desk, wanted)?;
        return Ok(done());
    }
    let settings = desk.part(Kind::Settings)?;
    for (name, value) in given {
        match (settings.members.get_mut(&name), value) {
            (Some(Value::Object(old)), Value::Object(new)) => old.extend(new),
            (_, new) => settings.set(&name, new),
        }
    }
    Ok(done())
}

fn set_flow_key(desk: &mut Desk<'_>) -> Answered {
    let key = desk.need("business_public_key")?;
    if !key.trim_start().starts_with("-----BEGIN PUBLIC KEY-----") {
        return Err(Refusal::because(
            100,
            "business_public_key is not a public key in PEM.",
        ));
    }
    let node = desk.part(Kind::FlowKey)?;
    node.set("business_public_key", key);
    node.set("business_public_key_signature_status", "VALID");
    Ok(done())
}

fn official_account(desk: &mut Desk<'_>) -> Answered {
    let node = desk.part(Kind::OfficialAccount)?;
    if node.text("oba_status").is_empty() {
        node.set("oba_status", "NOT_STARTED");
    }
    let members = node.members.clone();
    Ok(fields::choose(
        &members,
        desk.ask.text("fields").as_deref(),
        None,
    ))
}

/// Applied for, taken back, applied for again; nobody decides.
fn apply(desk: &mut Desk<'_>) -> Answered {
    if desk.ask.list("supporting_links").len() > 5 {
        return Err(Refusal::because(100, "supporting_links are at most five."));
    }
    let action = desk
        .ask
        .text("action")
        .unwrap_or_else(|| "SUBMIT_APPLICATION".to_owned());
    let (tracking_id, node) = (
        desk.world.next_id(desk.state),
        desk.part(Kind::OfficialAccount)?,
    );
    let is_pending = node.is("oba_status", "PENDING");
    let (status, message) = match (action.as_str(), is_pending) {
        ("SUBMIT_APPLICATION" | "RESUBMIT_APPLICATION", false) => {
            ("PENDING", "The application was taken.")
        }
        ("WITHDRAW_APPLICATION", true) => ("NOT_STARTED", "The application was taken back."),
        _ => {
            return Err(Refusal::because(
                100,
                "The application's status does not allow it.",
            ));
        }
    };
    node.set("oba_status", status);
    Ok(json!({
        "success": true,
        "message": message,
        "updated_status": {"id": node.id, "oba_status": status},
        "tracking_id": tracking_id,
    }))
}

const COMPLIANCE_RULES: &[Rule] = &[
    Rule {
        path: "entity_name",
        limit: Limit::Required,
    },
    Rule {
        path: "entity_type",
        limit: Limit::Required,
    },
    Rule {
        path: "entity_type",
        limit: Limit::OneOf(&[
            "LIMITED_LIABILITY_PARTNERSHIP",
            "SOLE_PROPRIETORSHIP",
            "PARTNERSHIP",
            "PUBLIC_COMPANY",
            "PRIVATE_COMPANY",
            "OTHER",
        ]),
    },
    Rule {
        path: "grievance_officer_details",
        limit: Limit::Required,
    },
    Rule {
        path: "customer_care_details",
        limit: Limit::Required,
    },
];

fn set_compliance(desk: &mut Desk<'_>) -> Answered {
    desk.check(COMPLIANCE_RULES)?;
    for who in ["grievance_officer_details", "customer_care_details"] {
        let officer = desk.ask.value(who).unwrap_or_default();
        serde_json::from_value::<Officer>(officer)
            .map_err(|error| Refusal::because(100, format!("{who}: {error}")))?;
    }
    let account = desk.account();
    let given = desk.given(&[
        "messaging_product",
        "entity_name",
        "entity_type",
        "entity_type_custom",
        "is_registered",
        "grievance_officer_details",
        "customer_care_details",
    ]);
    let node = desk.part(Kind::Compliance)?;
    node.members.extend(given);
    node.set("whatsapp_business_account_id", account);
    Ok(done())
}
