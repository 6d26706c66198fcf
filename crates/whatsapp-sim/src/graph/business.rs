//! A business portfolio: its accounts, numbers and credit; and what its users may work with.

use serde_json::{Value, json};

use super::desk::{Answered, Desk, members};
use super::fields;
use super::refusal::Refusal;
use super::route::Route;
use crate::person::digits;
use crate::world::{Kind, Node};

pub(super) const ROUTES: &[Route] = &[
    Route::get(Kind::Business, "", |desk| desk.tell_members(None)),
    Route::get(Kind::User, "businesses", |desk| {
        let business = desk.node()?.of.clone();
        desk.page(vec![desk.named(Kind::Business, &business)?])
    }),
    Route::get(Kind::User, "assigned_whatsapp_business_accounts", assigned),
    Route::get(Kind::Business, "owned_whatsapp_business_accounts", |desk| {
        accounts(desk, false)
    }),
    Route::get(
        Kind::Business,
        "client_whatsapp_business_accounts",
        |desk| accounts(desk, true),
    ),
    Route::get(Kind::Business, "extendedcredits", |desk| {
        desk.list(Kind::CreditLine)
    }),
    Route::get(Kind::Business, "parent-bsuid-accounts", |desk| {
        desk.page(vec![desk.node()?])
    }),
    Route::post(Kind::Business, "add_phone_numbers", add_number),
    Route::post(Kind::Business, "onboard_partners_to_mm_lite", |desk| {
        if let Some(solution) = desk.ask.text("solution_id") {
            desk.named(Kind::Solution, &solution)?;
        }
        Ok(json!({"request_id": desk.world.next_id(desk.state)}))
    }),
];

/// The business's own accounts, or those that others share with it: member `ownership_type` says which.
fn accounts(desk: &Desk<'_>, of_clients: bool) -> Answered {
    let found = desk.ask.text("find").unwrap_or_default();
    let is_wanted = |node: &&Node| {
        node.is("ownership_type", "CLIENT_OWNED") == of_clients
            && (node.text("name").contains(&found) || node.id == found)
    };
    let accounts = desk.state.nodes.children(&desk.id, Kind::Account);
    desk.page(accounts.into_iter().filter(is_wanted).collect())
}

fn assigned(desk: &mut Desk<'_>) -> Answered {
    let asked = desk.ask.text("fields");
    let assignments = desk.state.nodes.all(Kind::Assignment).into_iter();
    let items = assignments
        .filter(|node| node.is("user", &desk.id))
        .filter_map(|assignment| {
            let account = desk.state.nodes.get(&assignment.of)?;
            let told = members(json!({
                "id": account.id,
                "name": account.text("name"),
                "status": account.text("status"),
                "assignment_date": crate::calendar::moment(assignment.made_at_ms / 1000),
                "tasks": assignment.members.get("tasks"),
                "business_id": account.of,
            }));
            Some((
                assignment.born,
                fields::choose(&told, asked.as_deref(), None),
            ))
        });
    let items: Vec<(u64, Value)> = items.collect();
    desk.page_of(items)
}

/// A number that no account has yet, and that is not verified.
fn add_number(desk: &mut Desk<'_>) -> Answered {
    let number = digits(&desk.need("phone_number")?);
    if !(7..=15).contains(&number.len()) {
        return Err(Refusal::because(100, "phone_number is not a phone number."));
    }
    let told = json!({
        "phone_number": number,
        "display_phone_number": format!("+{number}"),
        "verification_status": "PENDING",
        "code_verification_status": "NOT_VERIFIED",
        "availability_status": "AVAILABLE",
    });
    Ok(json!({"id": desk.make(Kind::PreverifiedNumber, members(told))}))
}
