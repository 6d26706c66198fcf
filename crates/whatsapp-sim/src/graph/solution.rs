//! Multi-partner solutions, and business accounts on their way into one.

use serde_json::json;

use super::desk::{Answered, Desk, members};
use super::refusal::Refusal;
use super::route::Route;
use super::token;
use crate::calendar;
use crate::world::{Kind, Node};

pub(super) const ROUTES: &[Route] = &[
    Route::post(Kind::App, "whatsapp_business_solution", create),
    Route::get(Kind::App, "whatsapp_business_solutions", list_of_app),
    Route::get(Kind::Account, "solutions", list_of_account),
    Route::get(Kind::Account, "in_progress_onbehalf_request", |desk| {
        desk.list(Kind::OnBehalfRequest)
    }),
    Route::get(Kind::Solution, "", |desk| desk.tell_members(None)),
    Route::post(Kind::Solution, "accept", accept),
    Route::post(Kind::Solution, "reject", reject),
    Route::post(Kind::Solution, "send_deactivation_request", ask_to_end),
    Route::post(Kind::Solution, "accept_deactivation_request", |desk| {
        decide_end(desk, true)
    }),
    Route::post(Kind::Solution, "reject_deactivation_request", |desk| {
        decide_end(desk, false)
    }),
    Route::get(Kind::Solution, "access_token", grant),
    Route::post(Kind::Account, "set_solution_migration_intent", |desk| {
        begin(desk, Kind::MigrationIntent, "migration_intent_id")
    }),
    Route::get(Kind::MigrationIntent, "", |desk| desk.tell_members(None)),
    Route::post(Kind::Account, "obo_mobility_intent", |desk| {
        desk.need("intent_type")?;
        begin(desk, Kind::MobilityIntent, "mobility_intent_id")
    }),
    Route::post(Kind::Account, "set_obo_mobility_intent", |desk| {
        let account = desk.need("waba_id")?;
        desk.named(Kind::Account, &account)?;
        begin(desk, Kind::MobilityIntent, "id")
    }),
    Route::get(Kind::MobilityIntent, "", |desk| desk.tell_members(None)),
];

const NONE: &str = "NONE";
const DEACTIVATION: &str = "PENDING_DEACTIVATION";

fn create(desk: &mut Desk<'_>) -> Answered {
    let (name, partner) = (desk.need("solution_name")?, desk.need("partner_app_id")?);
    desk.need("owner_permissions")?;
    desk.need("partner_permissions")?;
    let app = desk.node()?;
    let told = json!({
        "name": name,
        "status": "INITIATED",
        "status_for_pending_request": "PENDING_ACTIVATION",
        "owner_app": {"id": app.id, "name": app.text("name")},
        "owner_permissions": desk.ask.list("owner_permissions"),
    });
    let id = desk.make(Kind::Solution, members(told));
    if let Some(solution) = desk.state.nodes.get_mut(&id) {
        solution.keep("partner", partner);
    }
    Ok(json!({"solution_id": id}))
}

fn is_partner(solution: &Node, app: &str) -> bool {
    solution
        .kept
        .get("partner")
        .is_some_and(|partner| *partner == app)
}

fn list_of_app(desk: &mut Desk<'_>) -> Answered {
    let role = desk.ask.text("role");
    let is_role = |wanted: &str| role.as_ref().is_none_or(|role| role == wanted);
    let is_wanted = |node: &&Node| {
        (node.of == desk.id && is_role("OWNER"))
            || (is_partner(node, &desk.id) && is_role("PARTNER"))
    };
    let all = desk.state.nodes.all(Kind::Solution);
    desk.page(all.into_iter().filter(is_wanted).collect())
}

/// Those of the app that the account's business has.
fn list_of_account(desk: &mut Desk<'_>) -> Answered {
    let all = desk.state.nodes.all(Kind::Solution).into_iter();
    desk.page(all.filter(|node| node.is("status", "ACTIVE")).collect())
}

fn accept(desk: &mut Desk<'_>) -> Answered {
    let partner = desk.need("partner_app_id")?;
    let solution = desk.node()?;
    if !is_partner(solution, &partner) || !solution.is("status", "INITIATED") {
        return Err(Refusal::because(
            100,
            "The solution does not wait for this partner.",
        ));
    }
    turn(desk, "ACTIVE", NONE)?;
    Ok(json!({
        "success": true,
        "solution_id": desk.id,
        "partner_status": "ACCEPTED",
        "message": "The solution is active.",
        "update_time": calendar::moment(desk.now_seconds()),
    }))
}

fn reject(desk: &mut Desk<'_>) -> Answered {
    let kind = desk.need("request_type")?;
    let solution = desk.node()?;
    match kind.as_str() {
        "PARTNERSHIP_REQUEST" if solution.is("status", "INITIATED") => {
            turn(desk, "REJECTED", NONE)?;
        }
        "DEACTIVATION_REQUEST" if solution.is("status_for_pending_request", DEACTIVATION) => {
            turn(desk, "ACTIVE", NONE)?;
        }
        _ => return Err(Refusal::because(100, "The solution has no such request.")),
    }
    Ok(json!({
        "success": true,
        "solution_id": desk.id,
        "message": "The request was rejected.",
        "rejected_request_type": kind,
        "rejection_timestamp": calendar::moment(desk.now_seconds()),
    }))
}

fn ask_to_end(desk: &mut Desk<'_>) -> Answered {
    if !desk.node()?.is("status", "ACTIVE") {
        return Err(Refusal::because(100, "The solution is not active."));
    }
    turn(desk, "ACTIVE", DEACTIVATION)?;
    let request = desk.world.next_id(desk.state);
    Ok(json!({
        "success": true,
        "solution_id": desk.id,
        "message": "The partner was asked.",
        "request_id": request,
    }))
}

fn decide_end(desk: &mut Desk<'_>, accept: bool) -> Answered {
    if !desk.node()?.is("status_for_pending_request", DEACTIVATION) {
        return Err(Refusal::because(100, "Nobody asked to end the solution."));
    }
    turn(desk, if accept { "DEACTIVATED" } else { "ACTIVE" }, NONE)?;
    desk.tell_members(None)
}

fn turn(desk: &mut Desk<'_>, status: &str, pending: &str) -> Result<(), Refusal> {
    let solution = desk.node_mut()?;
    solution.set("status", status);
    solution.set("status_for_pending_request", pending);
    Ok(())
}

fn grant(desk: &mut Desk<'_>) -> Answered {
    let business = desk.need("business_id")?;
    desk.named(Kind::Business, &business)?;
    let solution = desk.node()?;
    if !solution.is("status", "ACTIVE") {
        return Err(Refusal::because(100, "The solution is not active."));
    }
    let app = solution.of.clone();
    Ok(token::grant(desk, &app, None))
}

/// A move that waits for the partner.
fn begin(desk: &mut Desk<'_>, kind: Kind, name: &str) -> Answered {
    let solution = desk.ask.text("solution_id");
    let solution =
        solution.ok_or_else(|| Refusal::because(100, "The parameter solution_id is required."))?;
    let solution = desk.named(Kind::Solution, &solution)?;
    let solution = json!({"id": solution.id, "name": solution.text("name")});
    let made = calendar::moment(desk.now_seconds());
    let told = if kind == Kind::MobilityIntent {
        json!({
            "status": "PENDING",
            "waba": {"id": desk.id},
            "solution": solution,
            "created_time": made,
            "updated_time": made,
        })
    } else {
        json!({"status": "INITIATED"})
    };
    let status = told["status"].clone();
    let id = desk.make(kind, members(told));
    Ok(json!({
        "success": true,
        name: id,
        "status": status,
        "approval_required": true,
        "next_steps": ["The partner decides."],
    }))
}
