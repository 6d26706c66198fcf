//! What `/messages` understands, and what it refuses.

use serde_json::{Map, Value};
use whatsapp_cloud::limits::{Invalid, Limit, Violation};
use whatsapp_cloud::message::limits;
use whatsapp_cloud::message::template::Template;
use whatsapp_cloud::template::Problem;
use whatsapp_cloud::template::definition::Definition;

use super::recipient::Recipient;
use super::refusal::Refusal;
use super::{ask, attached};
use crate::world::{Failure, World};

/// A request to `/messages`.
#[derive(Debug)]
pub(super) enum Request {
    /// Mark as read, perhaps with "typing…".
    Read { wamid: String, typing: bool },
    /// Send.
    Send(Send),
}

#[derive(Debug)]
pub(super) struct Send {
    pub(super) recipient: Recipient,
    pub(super) body: Value,
    /// As what it is billed.
    pub(super) category: &'static str,
    /// With what it will fail after it was taken.
    pub(super) failure: Option<Failure>,
}

impl Send {
    /// The message's type.
    pub(super) fn kind(&self) -> &str {
        self.body["type"].as_str().unwrap_or("text")
    }
}

/// Understands a body, or says what is wrong with it as Meta would. The Marketing Messages API sends templates of its category,
/// and marks nothing as read.
pub(super) fn read(
    world: &World,
    number: usize,
    body: Map<String, Value>,
    is_marketing: bool,
) -> Result<Request, Refusal> {
    if text(&body, "status") == Some("read") && !is_marketing {
        let wamid = text(&body, "message_id").ok_or_else(|| missing("message_id"))?;
        let state = world.state();
        let written = state.written.get(wamid);
        if written.is_none_or(|written| written.number != number) {
            let details = "message_id is no message that this number received.";
            return Err(Refusal::because(131_009, details));
        }
        let typing = body.contains_key("typing_indicator");
        return Ok(Request::Read {
            wamid: wamid.to_owned(),
            typing,
        });
    }
    let body = Value::Object(body);
    refuse(limits::violations(&body))?;
    let recipient = Recipient::read(&body)?;
    let phone_number_id = &world.number(number).phone_number_id;
    let misfit = attached::check(world, phone_number_id, &body)?;
    let category = check_template(world, number, &body)?;
    if is_marketing && category != "marketing" {
        return Err(Refusal::because(
            131_055,
            "Only templates of the category marketing are sent here.",
        ));
    }
    let failure = recipient.reach(world, number, &body, category)?;
    let failure = failure.or(misfit);
    let failure = failure.or_else(|| unrelated(world, number, &recipient, &body));
    Ok(Request::Send(Send {
        recipient,
        body,
        category: if is_marketing {
            "marketing_lite"
        } else {
            category
        },
        failure,
    }))
}

/// A reaction reaches nobody unless it is to a message of the last 30 days in the same conversation.
fn unrelated(world: &World, number: usize, to: &Recipient, body: &Value) -> Option<Failure> {
    let wamid = body["reaction"]["message_id"].as_str()?;
    let is_there = world
        .state()
        .is_within(wamid, number, &to.handle, world.now_ms());
    let details = "The message is older than 30 days, or not of this conversation.";
    (!is_there).then(|| Failure::because(131_009, details))
}

/// A body that is about WhatsApp: JSON, or a form whose objects are JSON. In any other type it says nothing.
pub(super) fn object(
    content_type: Option<&str>,
    body: &[u8],
) -> Result<Map<String, Value>, Refusal> {
    let kind = content_type.unwrap_or("application/json");
    let body = if kind.starts_with("application/json") {
        serde_json::from_slice(body)
            .map_err(|_| Refusal::because(100, "The body is not a JSON object."))?
    } else if kind.starts_with("application/x-www-form-urlencoded") {
        let mut form = ask::pairs(&String::from_utf8_lossy(body));
        for value in form.values_mut() {
            let object = value.as_str().filter(|text| text.starts_with(['{', '[']));
            if let Some(object) = object.and_then(|text| serde_json::from_str(text).ok()) {
                *value = object;
            }
        }
        form
    } else {
        Map::new()
    };
    if text(&body, "messaging_product") != Some("whatsapp") {
        return Err(Refusal::because(
            100,
            "The parameter messaging_product is required and must be whatsapp.",
        ));
    }
    Ok(body)
}

/// With Meta's code for what is missing, for what is no type, and for everything else.
fn refuse(violations: Vec<Violation>) -> Result<(), Refusal> {
    let is_missing = |violation: &Violation| {
        violation.limit == Limit::Required
            || violation.size == Some(0.0) && !matches!(violation.limit, Limit::Range(..))
    };
    let is_no_type = |violation: &Violation| violation.path == "type";
    let code = if violations.iter().any(is_no_type) {
        131_009
    } else if violations.iter().any(is_missing) {
        131_008
    } else {
        100
    };
    Invalid::unless_empty(violations).map_err(|invalid| Refusal::because(code, invalid.to_string()))
}

/// A template that the business account knows must be approved, and must be given what it asks for. One that it does not know
/// by name goes through unless templates must exist, and counts as marketing. Answers as what the message is billed.
fn check_template(world: &World, number: usize, body: &Value) -> Result<&'static str, Refusal> {
    if body["type"] != "template" {
        return Ok("service");
    }
    let message: Template = serde_json::from_value(body["template"].clone())
        .map_err(|error| Refusal::because(132_012, error.to_string()))?;
    let account = &world.number(number).business_account_id;
    let state = world.state();
    let unknown = || Refusal::because(132_001, "The template does not exist in this language.");
    let Some(template) = state.template(
        account,
        message.name.as_str(),
        message.language.code.as_str(),
    ) else {
        let is_known = state.has_template(account, message.name.as_str());
        return if is_known || state.behaviour.templates_must_exist {
            Err(unknown())
        } else {
            Ok("marketing")
        };
    };
    match template.text("status") {
        "APPROVED" => {}
        "PAUSED" => return Err(Refusal::of_code(132_015)),
        "DISABLED" => return Err(Refusal::of_code(132_016)),
        _ => return Err(unknown()),
    }
    let definition: Definition = serde_json::from_value(template.members.clone().into())
        .map_err(|error| Refusal::because(131_000, error.to_string()))?;
    let mismatches = whatsapp_cloud::template::check(&definition, &message);
    let Some(first) = mismatches.first() else {
        return Ok(match template.text("category") {
            "UTILITY" => "utility",
            "AUTHENTICATION" => "authentication",
            _ => "marketing",
        });
    };
    let code = match first.problem {
        Problem::Missing(_) | Problem::TooMany { .. } => 132_000,
        Problem::EmptyText | Problem::Blanks => 132_018,
        _ => 132_012,
    };
    Err(Refusal::because(code, first.to_string()))
}

pub(super) fn missing(name: &str) -> Refusal {
    Refusal::because(131_008, format!("The parameter {name} is required."))
}

fn text<'a>(body: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    body.get(name)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
}
