//! In-app signups.

use serde_json::Value;
use whatsapp_cloud::limits::{Limit, Rule};

use super::desk::{Answered, Desk};
use super::route::Route;
use crate::world::Kind;

pub(super) const ROUTES: &[Route] = &[
    Route::get(Kind::Account, "signups", |desk| desk.list(Kind::Signup)),
    Route::post(Kind::Account, "signups", create),
    Route::get(Kind::Signup, "", |desk| desk.tell_members(None)),
    Route::post(Kind::Signup, "", |desk| {
        desk.change(&CHANGED)?;
        told(desk)
    }),
];

const CHANGED: [&str; 6] = [
    "status",
    "signup_message",
    "confirmation_message",
    "website_url",
    "promo_code",
    "display_name",
];

const RULES: &[Rule] = &[
    Rule {
        path: "signup_message",
        limit: Limit::Required,
    },
    Rule {
        path: "privacy_policy_url",
        limit: Limit::Required,
    },
    Rule {
        path: "privacy_policy_url",
        limit: Limit::Url,
    },
    Rule {
        path: "website_url",
        limit: Limit::Url,
    },
];

fn create(desk: &mut Desk<'_>) -> Answered {
    desk.check(RULES)?;
    let mut signup = desk.given(&CHANGED);
    signup.extend(desk.given(&["privacy_policy_url"]));
    signup.insert("status".to_owned(), "ACTIVE".into());
    desk.id = desk.make(Kind::Signup, signup);
    told(desk)
}

fn told(desk: &mut Desk<'_>) -> Answered {
    let mut told = Value::Object(desk.node()?.members.clone());
    told["success"] = true.into();
    Ok(told)
}
