//! Flows: a draft until published, then for good until deprecated.

use serde_json::{Value, json};
use whatsapp_cloud::limits::{Limit, Rule};

use super::desk::{Answered, Desk, done, members};
use super::fields;
use super::refusal::Refusal;
use super::route::Route;
use crate::calendar;
use crate::phone::File;
use crate::world::{FOR_EVER_MS, Kind, Node};

pub(super) const ROUTES: &[Route] = &[
    Route::get(Kind::Account, "flows", list),
    Route::post(Kind::Account, "flows", create),
    Route::get(Kind::Flow, "", read),
    Route::post(Kind::Flow, "", update),
    Route::delete(Kind::Flow, "", delete),
    Route::get(Kind::Flow, "assets", assets),
    Route::post(Kind::Flow, "assets", set_json),
    Route::post(Kind::Flow, "publish", |desk| {
        publish(desk, &desk.id.clone()).map(|()| done())
    }),
    Route::post(Kind::Flow, "deprecate", deprecate),
    Route::post(Kind::Account, "migrate_flows", migrate),
];

/// What a flow says of itself when it is not asked for particular fields.
const FIELDS: &str = "name,status,categories,validation_errors";
/// Copies of one call.
const COPIES: usize = 100;
/// A preview's address is good for so long.
const PREVIEW_SECONDS: u64 = 30 * 86_400;
/// The largest JSON of a flow.
const JSON_MAX_BYTES: usize = 10 << 20;

const RULES: &[Rule] = &[
    Rule {
        path: "name",
        limit: Limit::Chars(1, 128),
    },
    Rule {
        path: "categories",
        limit: Limit::Items(1, 8),
    },
    Rule {
        path: "categories[]",
        limit: Limit::OneOf(&[
            "SIGN_UP",
            "SIGN_IN",
            "APPOINTMENT_BOOKING",
            "LEAD_GENERATION",
            "CONTACT_US",
            "CUSTOMER_SUPPORT",
            "SURVEY",
            "OTHER",
        ]),
    },
    Rule {
        path: "endpoint_uri",
        limit: Limit::Url,
    },
];

fn list(desk: &mut Desk<'_>) -> Answered {
    let asked = desk.ask.text("fields");
    let flows = desk.state.nodes.children(&desk.id, Kind::Flow).into_iter();
    let items = flows.map(|flow| {
        (
            flow.born,
            fields::choose(&flow.members, asked.as_deref(), Some(FIELDS)),
        )
    });
    desk.page_of(items.collect())
}

fn create(desk: &mut Desk<'_>) -> Answered {
    let name = desk.need("name")?;
    desk.need("categories")?;
    desk.check(RULES)?;
    if named(desk, &desk.id, &name).is_some() {
        return Err(
            Refusal::because(100, "Another flow of the account has this name.")
                .with_subcode(4_016_019),
        );
    }
    let mut json = desk.ask.text("flow_json");
    if let Some(id) = desk.ask.text("clone_flow_id") {
        let cloned = desk
            .named(Kind::Flow, &id)?
            .kept
            .get("json")
            .and_then(Value::as_str);
        json = json.or_else(|| cloned.map(str::to_owned));
    }
    let mut told = desk.given(&["name", "categories", "endpoint_uri"]);
    told.insert("status".to_owned(), "DRAFT".into());
    told.insert("validation_errors".to_owned(), json!([]));
    let id = desk.make(Kind::Flow, told);
    let errors = json.map_or_else(|| json!([]), |json| put_json(desk, &id, json));
    if desk.ask.flag("publish") == Some(true) {
        publish(desk, &id)?;
    }
    Ok(json!({"id": id, "success": true, "validation_errors": errors}))
}

fn named<'a>(desk: &'a Desk<'_>, account: &str, name: &str) -> Option<&'a Node> {
    let flows = desk.state.nodes.children(account, Kind::Flow);
    flows.into_iter().find(|flow| flow.is("name", name))
}

/// A preview and figures are made when they are asked for. No flow's endpoint is ever called here, so there are no points.
fn read(desk: &mut Desk<'_>) -> Answered {
    let asked = desk.ask.text("fields").unwrap_or_default();
    let mut told = desk.tell_members(Some(FIELDS))?;
    for field in fields::read(&asked) {
        match field.name {
            "preview" => {
                let is_anew = field.argument("invalidate") == Some("true");
                told["preview"] = preview(desk, is_anew)?;
            }
            "metric" => {
                let name = field.argument("name");
                let name = name.ok_or_else(|| Refusal::because(100, "metric.name is required."))?;
                told["metric"] = json!({
                    "name": name,
                    "granularity": field.argument("granularity").unwrap_or("DAY"),
                    "data_points": [],
                });
            }
            "whatsapp_business_account" => told[field.name] = json!({"id": desk.account()}),
            "application" => told[field.name] = json!({"id": desk.world.config.app_id}),
            "health_status" => {
                told[field.name] = json!({"can_send_message": "AVAILABLE", "entities": []});
            }
            _ => {}
        }
    }
    Ok(told)
}

fn preview(desk: &mut Desk<'_>, is_anew: bool) -> Answered {
    let now = desk.now_seconds();
    let token = desk.world.next_id(desk.state);
    let address = desk.world.address;
    let flow = desk.node_mut()?;
    let ends = flow.kept.get("preview_ends").and_then(Value::as_u64);
    if is_anew || ends.is_none_or(|ends| ends <= now) {
        flow.keep("preview", token);
        flow.keep("preview_ends", now + PREVIEW_SECONDS);
    }
    let kept = |name: &str| flow.kept.get(name).cloned().unwrap_or_default();
    let url = format!(
        "http://{address}/flows/{}/preview?token={}",
        flow.id,
        kept("preview").as_str().unwrap_or_default()
    );
    let ends = calendar::moment(kept("preview_ends").as_u64().unwrap_or(now));
    Ok(json!({"preview_url": url, "expires_at": ends}))
}

fn update(desk: &mut Desk<'_>) -> Answered {
    desk.check(RULES)?;
    if !desk.node()?.is("status", "DRAFT") && desk.ask.text("endpoint_uri").is_some() {
        return Err(Refusal::of_code(139_001));
    }
    desk.change(&["name", "categories", "endpoint_uri"])?;
    if let Some(app) = desk.ask.text("application_id") {
        desk.named(Kind::App, &app)?;
    }
    Ok(done())
}

fn delete(desk: &mut Desk<'_>) -> Answered {
    if !desk.node()?.is("status", "DRAFT") {
        return Err(Refusal::of_code(139_004));
    }
    desk.state.nodes.remove(&desk.id);
    Ok(done())
}

/// The flow's JSON, to be fetched with the token.
fn assets(desk: &mut Desk<'_>) -> Answered {
    let Some(json) = desk.node()?.kept.get("json").and_then(Value::as_str) else {
        return Ok(json!({"data": []}));
    };
    let file = File {
        mime_type: "application/json".to_owned(),
        filename: Some("flow.json".to_owned()),
        bytes: json.to_owned().into(),
    };
    let media = desk.world.keep(desk.state, file, FOR_EVER_MS, "");
    let told = members(json!({
        "name": "flow.json",
        "asset_type": "FLOW_JSON",
        "download_url": desk.world.media_url(&media.id),
    }));
    let told = fields::choose(&told, desk.ask.text("fields").as_deref(), None);
    desk.page_of(vec![(1, told)])
}

fn set_json(desk: &mut Desk<'_>) -> Answered {
    if !desk.node()?.is("status", "DRAFT") {
        return Err(Refusal::of_code(139_001));
    }
    if desk.need("asset_type")? != "FLOW_JSON" {
        return Err(Refusal::because(100, "asset_type must be FLOW_JSON."));
    }
    let file = desk.ask.files.iter().find(|part| part.name == "file");
    let file = file.ok_or_else(|| Refusal::because(100, "The parameter file is required."))?;
    if file.bytes.len() > JSON_MAX_BYTES {
        return Err(Refusal::because(100, "The file is larger than 10 MB."));
    }
    let json = String::from_utf8_lossy(&file.bytes).into_owned();
    let id = desk.id.clone();
    let errors = put_json(desk, &id, json);
    Ok(json!({"success": true, "validation_errors": errors}))
}

/// Keeps a flow's JSON, whatever is wrong with it, and answers that.
fn put_json(desk: &mut Desk<'_>, id: &str, json: String) -> Value {
    let read: Value = serde_json::from_str(&json).unwrap_or_default();
    let wrong = |message: &str, pointer: &str| {
        json!({
            "error": "INVALID_FLOW_JSON",
            "error_type": "JSON_SCHEMA_ERROR",
            "message": message,
            "line_start": 1, "line_end": 1, "column_start": 1, "column_end": 1,
            "pointers": [{"path": pointer}],
        })
    };
    let mut errors = Vec::new();
    if read.is_object() {
        if !read["version"].is_string() {
            errors.push(wrong("`version` is missing.", "version"));
        }
        if read["screens"].as_array().is_none_or(Vec::is_empty) {
            errors.push(wrong("`screens` must have an element.", "screens"));
        }
    } else {
        errors.push(wrong("The JSON is not an object.", ""));
    }
    if let Some(flow) = desk.state.nodes.get_mut(id) {
        flow.set("validation_errors", errors.clone());
        for name in ["version", "data_api_version"] {
            if let Some(version) = read[name].as_str() {
                let name = if name == "version" {
                    "json_version"
                } else {
                    name
                };
                flow.set(name, version);
            }
        }
        flow.keep("json", json);
    }
    errors.into()
}

fn publish(desk: &mut Desk<'_>, id: &str) -> Result<(), Refusal> {
    let flow = desk.named(Kind::Flow, id)?;
    let has_errors = flow
        .members
        .get("validation_errors")
        .is_some_and(|errors| *errors != json!([]));
    if !flow.is("status", "DRAFT") || !flow.kept.contains_key("json") || has_errors {
        return Err(Refusal::of_code(139_002));
    }
    turn(desk, id, "PUBLISHED");
    Ok(())
}

fn deprecate(desk: &mut Desk<'_>) -> Answered {
    if !desk.node()?.is("status", "PUBLISHED") {
        return Err(Refusal::of_code(139_003));
    }
    let id = desk.id.clone();
    turn(desk, &id, "DEPRECATED");
    Ok(done())
}

/// Changes a flow's status, and has the business told.
fn turn(desk: &mut Desk<'_>, id: &str, status: &str) {
    let Some(flow) = desk.state.nodes.get_mut(id) else {
        return;
    };
    let before = flow.text("status").to_owned();
    flow.set("status", status);
    let told = json!({
        "event": "FLOW_STATUS_CHANGE",
        "message": format!("The flow went from {before} to {status}."),
        "flow_id": id,
        "old_status": before,
        "new_status": status,
    });
    desk.tell("flows", told);
}

/// Flows of another account, those that are named or all.
fn migrate(desk: &mut Desk<'_>) -> Answered {
    let source = desk.need("source_waba_id")?;
    desk.named(Kind::Account, &source)?;
    let names = desk.ask.list("source_flow_names");
    let theirs = desk.state.nodes.children(&source, Kind::Flow).into_iter();
    let is_wanted =
        |flow: &&Node| names.is_empty() || names.iter().any(|name| flow.is("name", name));
    let wanted: Vec<Node> = theirs.filter(is_wanted).take(COPIES).cloned().collect();
    let (mut migrated, mut failed) = (Vec::new(), Vec::new());
    for name in names
        .iter()
        .filter(|name| !wanted.iter().any(|flow| flow.is("name", name)))
    {
        failed.push(json!({"source_name": name, "error_code": "100", "error_message": "There is no such flow."}));
    }
    for flow in wanted {
        let name = flow.text("name");
        if named(desk, &desk.id, name).is_some() {
            failed.push(json!({"source_name": name, "error_code": "4233041", "error_message": "The name is taken."}));
            continue;
        }
        let mut told = flow.members.clone();
        told.shift_remove("id");
        let id = desk.make(Kind::Flow, told);
        if let Some(copy) = desk.state.nodes.get_mut(&id) {
            copy.kept.clone_from(&flow.kept);
        }
        migrated.push(json!({"source_name": name, "source_id": flow.id, "migrated_id": id}));
    }
    Ok(json!({"migrated_flows": migrated, "failed_flows": failed}))
}
