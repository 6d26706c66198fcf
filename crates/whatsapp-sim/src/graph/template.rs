//! Templates: made, reviewed, listed, edited, deleted, copied, put away.
//!
//! A deleted template leaves a tomb, so that its name is not free for 30 days.

use serde_json::{Value, json};
use whatsapp_cloud::graph::template::UpsertedTemplates;
use whatsapp_cloud::template::definition::Definition;
use whatsapp_cloud::template::limits;

use super::desk::{Answered, Desk, done, members, refuse};
use super::refusal::Refusal;
use super::route::Route;
use crate::behaviour::Review;
use crate::world::{Kind, Node};

const EDGE: &str = "message_templates";

pub(super) const ROUTES: &[Route] = &[
    Route::get(Kind::Account, EDGE, list),
    Route::post(Kind::Account, EDGE, create),
    Route::delete(Kind::Account, EDGE, delete),
    Route::get(Kind::Template, "", |desk| desk.tell_members(None)),
    Route::post(Kind::Template, "", edit),
    Route::post(Kind::Template, "unpause", unpause),
    Route::get(Kind::Template, "compare", compare),
    Route::post(Kind::Account, "upsert_message_templates", upsert),
    Route::post(Kind::Account, "migrate_message_templates", migrate),
    Route::post(Kind::Account, "message_templates/archive", |desk| {
        put_away(desk, false)
    }),
    Route::post(Kind::Account, "message_templates/unarchive", |desk| {
        put_away(desk, true)
    }),
];

const HOUR_MS: u64 = 3_600_000;
const DAY_MS: u64 = 24 * HOUR_MS;
/// Templates of an account.
const TEMPLATES_MAX: usize = 250;
/// Creations in an hour.
const CREATIONS_MAX: usize = 100;
/// Ids in one call.
const IDS_MAX: usize = 100;
/// Copies of one page.
const COPIES: usize = 500;

fn list(desk: &mut Desk<'_>) -> Answered {
    let part_of = |name: &str, text: &str| {
        desk.ask
            .text(name)
            .is_none_or(|part| text.contains(part.as_str()))
    };
    let one_of = |name: &str, text: &str| {
        let words = desk.ask.list(name);
        words.is_empty() || words.iter().any(|word| word.eq_ignore_ascii_case(text))
    };
    let is_wanted = |node: &&Node| {
        let components = node.members.get("components").map(ToString::to_string);
        part_of("name", node.text("name"))
            && part_of("content", &components.unwrap_or_default())
            && one_of("status", node.text("status"))
            && one_of("category", node.text("category"))
            && one_of("language", node.text("language"))
    };
    let templates = desk.state.nodes.children(&desk.id, Kind::Template);
    let all = templates.len();
    let wanted: Vec<&Node> = templates.into_iter().filter(is_wanted).collect();
    let found = wanted.len();
    let mut page = desk.page(wanted)?;
    if let Some(summary) = desk.ask.text("summary") {
        let known = members(json!({
            "total_count": found,
            "message_template_count": all,
            "message_template_limit": TEMPLATES_MAX,
            "are_translations_complete": true,
        }));
        page["summary"] = super::fields::choose(&known, Some(&summary), None);
    }
    Ok(page)
}

/// What a caller says of a template, without what says who calls.
fn definition(desk: &Desk<'_>) -> Value {
    let mut given = desk.ask.given.clone();
    given.retain(|name, _| name != "access_token" && name != "appsecret_proof");
    given.into()
}

fn create(desk: &mut Desk<'_>) -> Answered {
    let now_ms = desk.now_ms();
    if desk.node_mut()?.count("creations", now_ms, HOUR_MS) > CREATIONS_MAX {
        return Err(Refusal::throttled(80_007, 60));
    }
    let mut given = members(definition(desk));
    if let Some(library) = desk.ask.text("library_template_name") {
        given.insert(
            "components".to_owned(),
            super::library::components(&library)?,
        );
    }
    let id = make(desk, given.into())?;
    let node = desk.named(Kind::Template, &id)?;
    let category = node.text("category").to_owned();
    desk.log("TEMPLATE_CREATED", "A template was created.");
    review(desk, &id);
    Ok(json!({"id": id, "status": "PENDING", "category": category}))
}

/// Makes a template that is still to be reviewed.
fn make(desk: &mut Desk<'_>, given: Value) -> Result<String, Refusal> {
    refuse(limits::violations(&given))?;
    let definition: Definition =
        serde_json::from_value(given).map_err(|error| Refusal::because(100, error.to_string()))?;
    let (account, now_ms) = (desk.id.clone(), desk.now_ms());
    let (name, language) = (&definition.name, &definition.language);
    if desk.state.template(&account, name, language).is_some() {
        return Err(
            Refusal::because(100, "There is already content in this language.")
                .with_subcode(2_388_024),
        );
    }
    let tombs = desk.state.nodes.children(&account, Kind::TemplateTomb);
    let is_fresh = |tomb: &&Node| {
        let gone_ms = tomb
            .kept
            .get("deleted_at_ms")
            .and_then(Value::as_u64)
            .unwrap_or(0);
        tomb.is("name", name) && tomb.is("language", language) && now_ms - gone_ms < 30 * DAY_MS
    };
    if tombs.iter().any(is_fresh) {
        return Err(
            Refusal::because(100, "The name is free again 30 days after its deletion.")
                .with_subcode(2_388_023),
        );
    }
    if desk.state.nodes.children(&account, Kind::Template).len() >= TEMPLATES_MAX {
        return Err(Refusal::of_code(2_388_019));
    }
    let mut told = members(json!(definition));
    told.entry("category").or_insert("UTILITY".into());
    told.entry("parameter_format")
        .or_insert("POSITIONAL".into());
    told.insert("status".to_owned(), "PENDING".into());
    Ok(desk.make_of(Kind::Template, &account, told))
}

/// Meta looks at a template, and has the business told what it thinks.
fn review(desk: &mut Desk<'_>, id: &str) {
    let (status, reason) = match desk.state.behaviour.review {
        Review::Approves => ("APPROVED", "NONE"),
        Review::Rejects => ("REJECTED", "INVALID_FORMAT"),
        Review::Waits => return,
    };
    let Some(node) = desk.state.nodes.get_mut(id) else {
        return;
    };
    node.set("status", status);
    if status == "REJECTED" {
        node.set("rejected_reason", reason);
    }
    let told = json!({
        "event": status,
        "message_template_id": id.parse::<u64>().map_or_else(|_| id.into(), Value::from),
        "message_template_name": node.text("name"),
        "message_template_language": node.text("language"),
        "message_template_category": node.text("category"),
        "reason": reason,
    });
    desk.tell("message_template_status_update", told);
}

/// An approved template once a day and ten times in 30 days.
fn edit(desk: &mut Desk<'_>) -> Answered {
    let mut edited = desk.node()?.members.clone();
    edited.extend(desk.given(&[
        "components",
        "category",
        "parameter_format",
        "message_send_ttl_seconds",
        "cta_url_link_tracking_opted_out",
        "degrees_of_freedom_spec",
    ]));
    refuse(limits::violations(&Value::Object(edited.clone())))?;
    let now_ms = desk.now_ms();
    let node = desk.node_mut()?;
    if !matches!(node.text("status"), "APPROVED" | "REJECTED" | "PAUSED") {
        return Err(Refusal::because(
            100,
            "Only an approved, rejected or paused template is edited.",
        ));
    }
    if node.is("status", "APPROVED")
        && (node.count("edits_of_day", now_ms, DAY_MS) > 1
            || node.count("edits", now_ms, 30 * DAY_MS) > 10)
    {
        return Err(Refusal::because(
            100,
            "An approved template is edited once a day and ten times in 30 days.",
        ));
    }
    node.members = edited;
    node.set("status", "PENDING");
    let category = node.text("category").to_owned();
    let id = desk.id.clone();
    desk.log("TEMPLATE_UPDATED", "A template was edited.");
    review(desk, &id);
    Ok(json!({"success": true, "id": id, "category": category}))
}

/// By `name` all languages, with `hsm_id` one; by `hsm_ids` those.
fn delete(desk: &mut Desk<'_>) -> Answered {
    let ids = desk.ask.list("hsm_ids");
    let templates = desk.state.nodes.children(&desk.id, Kind::Template);
    let found: Vec<String> = if ids.is_empty() {
        let (name, id) = (desk.need("name")?, desk.ask.text("hsm_id"));
        let is_it =
            |node: &&Node| node.is("name", &name) && id.as_ref().is_none_or(|id| node.id == *id);
        templates
            .into_iter()
            .filter(is_it)
            .map(|node| node.id.clone())
            .collect()
    } else {
        bounded(&ids)?;
        let is_one = |node: &&Node| ids.contains(&node.id);
        templates
            .into_iter()
            .filter(is_one)
            .map(|node| node.id.clone())
            .collect()
    };
    if found.is_empty() {
        return Err(Refusal::because(100, "Message template not found").with_subcode(2_593_002));
    }
    let now_ms = desk.now_ms();
    for id in found {
        if let Some(node) = desk.state.nodes.get_mut(&id) {
            node.kind = Kind::TemplateTomb;
            node.keep("deleted_at_ms", now_ms);
        }
    }
    desk.log("TEMPLATE_DELETED", "Templates were deleted.");
    Ok(done())
}

fn bounded(ids: &[String]) -> Result<(), Refusal> {
    if (1..=IDS_MAX).contains(&ids.len()) {
        Ok(())
    } else {
        Err(Refusal::because(100, "hsm_ids must be 1 to 100 ids."))
    }
}

fn unpause(desk: &mut Desk<'_>) -> Answered {
    let node = desk.node_mut()?;
    if !node.is("status", "PAUSED") {
        return Ok(json!({"success": false, "reason": "The template is not paused."}));
    }
    node.set("status", "APPROVED");
    Ok(done())
}

/// Only over 7, 30, 60 or 90 days. The simulator's people block nobody.
fn compare(desk: &mut Desk<'_>) -> Answered {
    let others = desk.ask.list("template_ids");
    let [other] = &others[..] else {
        return Err(Refusal::because(100, "template_ids must be one id."));
    };
    desk.named(Kind::Template, other)?;
    let (start, end) = (desk.ask.number("start"), desk.ask.number("end"));
    let (Some(start), Some(end)) = (start, end) else {
        return Err(Refusal::because(
            100,
            "The parameters start and end are required.",
        ));
    };
    if ![7, 30, 60, 90].contains(&((end - start) / 86_400)) || (end - start) % 86_400 != 0 {
        return Err(Refusal::because(
            100,
            "start and end must be 7, 30, 60 or 90 days apart.",
        ));
    }
    let compared = [desk.id.clone(), other.clone()];
    let mut counted = Vec::new();
    for id in &compared {
        let node = desk.named(Kind::Template, id)?;
        let (name, language) = (node.text("name"), node.text("language"));
        let is_it = |send: &&crate::journal::TakenSend| {
            let template = &send.body["template"];
            let at = i64::try_from(send.at_ms / 1000).unwrap_or(i64::MAX);
            template["name"] == name
                && template["language"]["code"] == language
                && (start..end).contains(&at)
        };
        let sends = desk.state.journal.sends.iter().filter(is_it).count();
        counted.push(json!({"key": id, "value": sends}));
    }
    let reasons = compared
        .iter()
        .map(|id| json!({"key": id, "value": "UNKNOWN_BLOCK_REASON"}));
    Ok(json!({"data": [
        {"metric": "BLOCK_RATE", "type": "RELATIVE", "order_by_relative_metric": compared},
        {"metric": "MESSAGE_SENDS", "type": "NUMBER_VALUES", "number_values": counted},
        {"metric": "TOP_BLOCK_REASON", "type": "STRING_VALUES", "string_values": reasons.collect::<Vec<_>>()},
    ]}))
}

/// One authentication template in many languages, made or changed.
fn upsert(desk: &mut Desk<'_>) -> Answered {
    let wanted: UpsertedTemplates = serde_json::from_value(definition(desk))
        .map_err(|error| Refusal::because(100, error.to_string()))?;
    let mut made = Vec::new();
    for language in &wanted.languages {
        let found = desk.state.template(&desk.id, &wanted.name, language);
        let id = if let Some(id) = found.map(|node| node.id.clone()) {
            if let Some(node) = desk.state.nodes.get_mut(&id) {
                node.set("components", json!(wanted.components));
            }
            id
        } else {
            let definition = json!({
                "name": wanted.name,
                "language": language,
                "category": "AUTHENTICATION",
                "components": wanted.components,
                "message_send_ttl_seconds": wanted.message_send_ttl_seconds.clone().unwrap_or_else(|| 600.into()),
            });
            make(desk, definition)?
        };
        review(desk, &id);
        let status = desk.named(Kind::Template, &id)?.text("status").to_owned();
        made.push(json!({"id": id, "status": status, "language": language}));
    }
    Ok(json!({"data": made}))
}

/// Approved templates of another account, 500 a page.
fn migrate(desk: &mut Desk<'_>) -> Answered {
    let source = desk.need("source_waba_id")?;
    desk.named(Kind::Account, &source)?;
    let page = usize::try_from(desk.ask.number("page_number").unwrap_or(0)).unwrap_or(0);
    let theirs = desk
        .state
        .nodes
        .children(&source, Kind::Template)
        .into_iter();
    let approved = theirs.filter(|node| node.is("status", "APPROVED"));
    let copied: Vec<Node> = approved.skip(page * COPIES).take(COPIES).cloned().collect();
    let (mut migrated, mut failed) = (Vec::new(), json!({}));
    for template in copied {
        let (name, language) = (template.text("name"), template.text("language"));
        if desk.state.template(&desk.id, name, language).is_some() {
            failed[&template.id] = "The template exists already.".into();
            continue;
        }
        let mut told = template.members.clone();
        told.shift_remove("id");
        desk.make(Kind::Template, told);
        migrated.push(template.id);
    }
    Ok(json!({"migrated_templates": migrated, "failed_templates": failed}))
}

/// Approved or rejected ones; they can be brought back for 28 days.
fn put_away(desk: &mut Desk<'_>, undo: bool) -> Answered {
    let ids = desk.ask.list("hsm_ids");
    bounded(&ids)?;
    let now_ms = desk.now_ms();
    let (account, mut changed, mut failed) = (desk.id.clone(), Vec::new(), json!({}));
    for id in ids {
        let node = desk.state.nodes.get_mut(&id);
        let Some(node) = node.filter(|node| node.kind == Kind::Template && node.of == account)
        else {
            failed[id] = "There is no such template.".into();
            continue;
        };
        let before = node
            .kept
            .get("status_before")
            .and_then(Value::as_str)
            .map(str::to_owned);
        let since_ms = node
            .kept
            .get("archived_at_ms")
            .and_then(Value::as_u64)
            .unwrap_or(0);
        match (undo, node.text("status")) {
            (false, status @ ("APPROVED" | "REJECTED")) => {
                let status = status.to_owned();
                node.keep("status_before", status);
                node.keep("archived_at_ms", now_ms);
                node.set("status", "ARCHIVED");
            }
            (true, "ARCHIVED") if now_ms - since_ms < 28 * DAY_MS => {
                node.set("status", before.unwrap_or_else(|| "APPROVED".to_owned()));
            }
            _ => {
                failed[id] = "Its status does not allow it.".into();
                continue;
            }
        }
        changed.push(id);
    }
    let name = if undo {
        "unarchived_templates"
    } else {
        "archived_templates"
    };
    Ok(json!({name: changed, "failed_templates": failed}))
}
