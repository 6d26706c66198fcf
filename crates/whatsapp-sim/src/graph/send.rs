//! What `/messages` understands, and what it refuses.

use serde_json::{Map, Value, json};
use whatsapp_cloud::limits::{Invalid, Limit, Rule, Violation};
use whatsapp_cloud::message::limits;
use whatsapp_cloud::message::template::Template;
use whatsapp_cloud::template::Problem;
use whatsapp_cloud::template::definition::Definition;

use super::refusal::Refusal;
use crate::example::FILES;
use crate::person::digits;
use crate::world::World;

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
    /// Digits of a phone number, a user id or a group.
    pub(super) recipient: String,
    /// As the caller wrote it.
    pub(super) input: String,
    pub(super) body: Value,
    /// As what it is billed.
    pub(super) category: &'static str,
}

impl Send {
    /// The message's type.
    pub(super) fn kind(&self) -> &str {
        self.body["type"].as_str().unwrap_or("text")
    }
}

/// How Meta understood the recipient.
pub(super) fn contact(world: &World, recipient: &str, input: &str) -> Value {
    let state = world.state();
    let phone = state.by_handle.get(recipient);
    let mut contact = json!({"input": input});
    match phone.map(|phone| &state.phones[*phone].person) {
        Some(person) => {
            if let Some(number) = &person.phone_number {
                contact["wa_id"] = number.as_str().into();
            }
            contact["user_id"] = person.user_id.as_str().into();
        }
        None => contact["wa_id"] = recipient.into(),
    }
    contact
}

/// Reads a body, or says what is wrong with it as Meta would. The Marketing Messages API sends templates of its category, and marks
/// nothing as read.
pub(super) fn read(
    world: &World,
    number: usize,
    body: &[u8],
    is_marketing: bool,
) -> Result<Request, Refusal> {
    let body = object(body)?;
    if text(&body, "status") == Some("read") && !is_marketing {
        let wamid = text(&body, "message_id").ok_or_else(|| missing("message_id"))?;
        let typing = body.contains_key("typing_indicator");
        return Ok(Request::Read {
            wamid: wamid.to_owned(),
            typing,
        });
    }
    let body = Value::Object(body);
    let mut violations = limits::violations(&body);
    if is_marketing {
        whatsapp_cloud::limits::check(&body, MARKETING_RULES, &mut violations);
    }
    refuse(violations)?;
    let (recipient, input) = recipient(&body)?;
    if recipient == digits(&world.number(number).display_phone_number) {
        return Err(Refusal::of_code(131_021));
    }
    check_media(world, &body)?;
    let category = check_template(world, number, &body)?;
    if is_marketing && category != "marketing" {
        return Err(Refusal::because(
            131_055,
            "Only templates of the category marketing are sent here.",
        ));
    }
    Ok(Request::Send(Send {
        recipient,
        input,
        body,
        category: if is_marketing {
            "marketing_lite"
        } else {
            category
        },
    }))
}

/// A body that is about WhatsApp.
pub(super) fn object(body: &[u8]) -> Result<Map<String, Value>, Refusal> {
    let body: Map<String, Value> = serde_json::from_slice(body)
        .map_err(|_| Refusal::because(100, "The body is not a JSON object."))?;
    if text(&body, "messaging_product") != Some("whatsapp") {
        return Err(Refusal::because(
            100,
            "The parameter messaging_product is required and must be whatsapp.",
        ));
    }
    Ok(body)
}

const MARKETING_RULES: &[Rule] = &[Rule {
    path: "product_policy",
    limit: Limit::OneOf(&["CLOUD_API_FALLBACK", "STRICT"]),
}];

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

/// `to` wins if both are there.
fn recipient(body: &Value) -> Result<(String, String), Refusal> {
    if let Some(to) = body["to"].as_str() {
        let is_group = body["recipient_type"] == "group";
        let recipient = if is_group { to.to_owned() } else { digits(to) };
        if recipient.is_empty() {
            return Err(Refusal::because(131_009, "to is not a phone number."));
        }
        return Ok((recipient, to.to_owned()));
    }
    let user = body["recipient"].as_str().unwrap_or_default();
    Ok((user.to_owned(), user.to_owned()))
}

/// A file that is named must be there.
fn check_media(world: &World, body: &Value) -> Result<(), Refusal> {
    let Some(kind) = body["type"].as_str().filter(|kind| FILES.contains(kind)) else {
        return Ok(());
    };
    match body[kind]["id"].as_str() {
        Some(id) if world.media(id).is_none() => {
            let details = format!("Param {kind}['id'] is not a valid media attachment id.");
            Err(Refusal::because(100, details))
        }
        _ => Ok(()),
    }
}

/// A template that the business account knows must be approved, and must be given what it asks for. One that it does not know
/// goes through unless templates must exist, and counts as marketing. Answers as what the message is billed.
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
        return if state.behaviour.templates_must_exist {
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
