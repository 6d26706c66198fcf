//! Ice breakers and commands.

use serde_json::json;
use whatsapp_cloud::limits::{Limit, Rule};

use super::desk::{Answered, Desk, done};
use super::route::Route;
use crate::world::Kind;

/// The number's edge, and its field.
pub(super) const FIELD: &str = "conversational_automation";

pub(super) const ROUTES: &[Route] = &[
    Route::post(Kind::Number, FIELD, set),
    Route::get(Kind::Bot, "", |desk| desk.tell_members(None)),
];

const RULES: &[Rule] = &[
    Rule {
        path: "prompts",
        limit: Limit::Items(0, 4),
    },
    Rule {
        path: "prompts[]",
        limit: Limit::Chars(1, 80),
    },
    Rule {
        path: "commands",
        limit: Limit::Items(0, 30),
    },
    Rule {
        path: "commands[].command_name",
        limit: Limit::Required,
    },
    Rule {
        path: "commands[].command_name",
        limit: Limit::Chars(1, 32),
    },
    Rule {
        path: "commands[].command_name",
        limit: Limit::Distinct,
    },
    Rule {
        path: "commands[].command_description",
        limit: Limit::Chars(1, 256),
    },
];

fn set(desk: &mut Desk<'_>) -> Answered {
    desk.check(RULES)?;
    let given = desk.given(&["prompts", "commands", "enable_welcome_message"]);
    desk.part(Kind::Bot)?.members.extend(given);
    Ok(done())
}

/// What is set, as the number's field.
pub(super) fn told(desk: &mut Desk<'_>) -> Answered {
    let bot = desk.part(Kind::Bot)?;
    let mut told = json!({"prompts": [], "commands": []});
    for (name, value) in &bot.members {
        told[name] = value.clone();
    }
    Ok(told)
}
