//! A WhatsApp Business Account: itself, its people, its log, its schedules.

use serde_json::{Value, json};
use whatsapp_cloud::limits::{Limit, Rule};

use super::desk::{Answered, Desk, done, members};
use super::refusal::Refusal;
use super::route::Route;
use super::{analytics, fields};
use crate::fault::Call;
use crate::world::{Kind, Node, assignment_id};

pub(super) const ROUTES: &[Route] = &[
    Route::get(Kind::Account, "", read).meets(Call::BusinessAccount),
    Route::post(Kind::Account, "", update),
    Route::get(Kind::Account, "assigned_users", list_users),
    Route::post(Kind::Account, "assigned_users", assign),
    Route::delete(Kind::Account, "assigned_users", remove_user),
    Route::get(Kind::Account, "activities", list_activities),
    Route::get(Kind::Account, "schedules", |desk| desk.list(Kind::Schedule)),
    Route::post(Kind::Account, "schedules", create_schedule),
];

const FIELDS: &str = "name,timezone_id,message_template_namespace";

/// The account, or its figures.
fn read(desk: &mut Desk<'_>) -> Answered {
    let asked = desk.ask.text("fields").unwrap_or_default();
    let mut told = desk.tell_members(Some(FIELDS))?;
    for field in fields::read(&asked) {
        if let Some(figures) = analytics::figures(desk, &field)? {
            told[field.name] = figures;
        }
    }
    Ok(told)
}

/// Insights, once opted in to, stay.
fn update(desk: &mut Desk<'_>) -> Answered {
    if desk.ask.flag("is_enabled_for_insights") == Some(false) {
        return Err(Refusal::because(
            100,
            "is_enabled_for_insights cannot be taken back.",
        ));
    }
    desk.change(&[
        "name",
        "timezone_id",
        "is_enabled_for_insights",
        "degrees_of_freedom_spec",
    ])?;
    desk.log("ACCOUNT_UPDATED", "The account was changed.");
    Ok(done())
}

fn list_users(desk: &mut Desk<'_>) -> Answered {
    let business = desk.need("business")?;
    let business =
        json!({"id": business, "name": desk.named(Kind::Business, &business)?.text("name")});
    let assigned = desk
        .state
        .nodes
        .children(&desk.id, Kind::Assignment)
        .into_iter();
    let users = assigned.map(|node| {
        let user = desk.state.nodes.get(node.text("user"));
        let told = json!({
            "id": node.text("user"),
            "name": user.map_or("", |user| user.text("name")),
            "tasks": node.members.get("tasks"),
            "business": business,
        });
        (node.born, told)
    });
    desk.page_of(users.collect())
}

fn assign(desk: &mut Desk<'_>) -> Answered {
    let user = desk.need("user")?;
    desk.need("tasks")?;
    desk.named(Kind::User, &user)?;
    let noted = members(json!({"user": user, "tasks": desk.ask.list("tasks")}));
    let id = assignment_id(&desk.id, &user);
    let (account, now_ms) = (desk.id.clone(), desk.now_ms());
    desk.state
        .nodes
        .put(Kind::Assignment, &id, &account, noted, now_ms);
    desk.log("USER_ADDED", "A user was added.");
    Ok(done())
}

/// Whoever takes the account from its own user is refused from then on.
fn remove_user(desk: &mut Desk<'_>) -> Answered {
    let user = desk.need("user")?;
    let id = assignment_id(&desk.id, &user);
    desk.named(Kind::Assignment, &id)?;
    desk.state.nodes.remove(&id);
    desk.log("USER_REMOVED", "A user was removed.");
    Ok(done())
}

fn list_activities(desk: &mut Desk<'_>) -> Answered {
    let wanted = desk.ask.list("activity_type");
    let (since, until) = (moment(desk, "since")?, moment(desk, "until")?);
    let is_wanted = |node: &&Node| {
        let at = node
            .members
            .get("timestamp")
            .and_then(Value::as_i64)
            .unwrap_or_default();
        (wanted.is_empty() || wanted.iter().any(|kind| node.is("activity_type", kind)))
            && since.is_none_or(|since| at >= since)
            && until.is_none_or(|until| at <= until)
    };
    let activities = desk.state.nodes.children(&desk.id, Kind::Activity);
    desk.page(activities.into_iter().filter(is_wanted).collect())
}

/// A day, `2026-01-31`, or seconds since the epoch.
fn moment(desk: &Desk<'_>, name: &str) -> Result<Option<i64>, Refusal> {
    let Some(text) = desk.ask.text(name) else {
        return Ok(None);
    };
    let wrong = || Refusal::because(100, format!("{name} is neither a day nor a moment."));
    let moment = text
        .parse()
        .ok()
        .or_else(|| crate::calendar::seconds_of_day(&text));
    moment.map(Some).ok_or_else(wrong)
}

const SCHEDULE: &[Rule] = &[
    Rule {
        path: "name",
        limit: Limit::Required,
    },
    Rule {
        path: "schedule_type",
        limit: Limit::Required,
    },
    Rule {
        path: "schedule_type",
        limit: Limit::OneOf(&[
            "BUSINESS_HOURS",
            "AUTOMATED_RESPONSE",
            "MESSAGE_CAMPAIGN",
            "MAINTENANCE_WINDOW",
            "CUSTOM",
        ]),
    },
    Rule {
        path: "start_time",
        limit: Limit::Required,
    },
];

fn create_schedule(desk: &mut Desk<'_>) -> Answered {
    desk.check(SCHEDULE)?;
    let mut schedule = desk.given(&[
        "name",
        "schedule_type",
        "start_time",
        "end_time",
        "description",
        "timezone",
        "days_of_week",
        "is_active",
        "recurrence_pattern",
    ]);
    let made = crate::calendar::moment(desk.now_seconds());
    schedule.entry("is_active").or_insert(true.into());
    let status = if schedule["is_active"] == true {
        "ACTIVE"
    } else {
        "INACTIVE"
    };
    schedule.insert("status".to_owned(), status.into());
    schedule.insert("created_time".to_owned(), made.clone().into());
    schedule.insert("updated_time".to_owned(), made.into());
    let id = desk.make(Kind::Schedule, schedule);
    Ok(json!({"id": id}))
}
