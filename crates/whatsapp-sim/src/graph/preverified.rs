//! Numbers that a partner verified before a customer takes them.

use serde_json::json;

use super::desk::{Answered, Desk, done, members};
use super::registration;
use super::route::Route;
use crate::world::{Kind, Node};

pub(super) const ROUTES: &[Route] = &[
    Route::get(Kind::Business, "preverified_numbers", list),
    Route::post(Kind::Business, "share_preverified_numbers", share),
    Route::get(Kind::PreverifiedNumber, "", |desk| desk.tell_members(None)),
    Route::delete(Kind::PreverifiedNumber, "", |desk| {
        desk.state.nodes.remove(&desk.id);
        Ok(done())
    }),
    Route::get(Kind::PreverifiedNumber, "partners", |desk| {
        desk.list(Kind::Partner)
    }),
    Route::post(
        Kind::PreverifiedNumber,
        "request_code",
        registration::request_code,
    ),
    Route::post(Kind::PreverifiedNumber, "verify_code", |desk| {
        registration::verify_code(desk)?;
        desk.node_mut()?.set("verification_status", "VERIFIED");
        Ok(done())
    }),
];

fn list(desk: &mut Desk<'_>) -> Answered {
    let is = |node: &Node, name: &str| {
        desk.ask
            .text(name)
            .is_none_or(|wanted| node.is(name, &wanted))
    };
    let is_wanted = |node: &&Node| {
        is(node, "verification_status")
            && is(node, "availability_status")
            && is(node, "country_code")
    };
    let numbers = desk.state.nodes.children(&desk.id, Kind::PreverifiedNumber);
    desk.page(numbers.into_iter().filter(is_wanted).collect())
}

fn share(desk: &mut Desk<'_>) -> Answered {
    let number = desk.need("preverified_id")?;
    let partner = desk.need("partner_business_id")?;
    desk.named(Kind::PreverifiedNumber, &number)?;
    let name = desk
        .named(Kind::Business, &partner)?
        .text("name")
        .to_owned();
    let id = desk.make_of(Kind::Partner, &number, members(json!({"name": name})));
    // Listed by the partner's own id.
    if let Some(node) = desk.state.nodes.get_mut(&id) {
        node.set("id", partner);
    }
    Ok(done())
}
