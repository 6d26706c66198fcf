//! Ready-made templates: Meta's library, as far as it is simulated, and what authentication templates say in each language.

use serde_json::{Value, json};

use super::desk::{Answered, Desk};
use super::refusal::Refusal;
use super::route::{Needs, Route};
use crate::world::Kind;

pub(super) const ROUTES: &[Route] = &[
    Route::get(Kind::Root, "message_template_library", list).needs(Needs::Token),
    Route::get(Kind::Account, "message_template_previews", preview),
];

/// One of the library's templates.
struct Ready {
    name: &'static str,
    topic: &'static str,
    usecase: &'static str,
    industry: &'static str,
    body: &'static str,
    examples: &'static [&'static str],
}

const LIBRARY: &[Ready] = &[
    Ready {
        name: "order_on_its_way",
        topic: "ORDER_MANAGEMENT",
        usecase: "SHIPMENT_CONFIRMATION",
        industry: "E_COMMERCE",
        body: "{{1}}, your order {{2}} is on its way.",
        examples: &["Ada", "A-1"],
    },
    Ready {
        name: "order_arrived",
        topic: "ORDER_MANAGEMENT",
        usecase: "DELIVERY_CONFIRMATION",
        industry: "E_COMMERCE",
        body: "{{1}}, your order {{2}} has arrived.",
        examples: &["Ada", "A-1"],
    },
    Ready {
        name: "payment_due",
        topic: "PAYMENTS",
        usecase: "PAYMENT_DUE_REMINDER",
        industry: "FINANCIAL_SERVICES",
        body: "A payment of {{1}} is due on {{2}}.",
        examples: &["20 EUR", "1 May"],
    },
];

/// (language, what it says, what it warns of, when it ends)
const CODES: &[(&str, &str, &str, &str)] = &[
    (
        "en",
        "{{1}} is your code.",
        "Show it to nobody.",
        "It ends in {} minutes.",
    ),
    (
        "en_US",
        "{{1}} is your code.",
        "Show it to nobody.",
        "It ends in {} minutes.",
    ),
    (
        "de",
        "{{1}} ist Ihr Code.",
        "Zeigen Sie ihn niemandem.",
        "Er gilt {} Minuten.",
    ),
    (
        "es",
        "{{1}} es tu código.",
        "No lo muestres a nadie.",
        "Caduca en {} minutos.",
    ),
    (
        "pt_BR",
        "{{1}} é o seu código.",
        "Não o mostre a ninguém.",
        "Expira em {} minutos.",
    ),
];

/// What a template made from the library's consists of.
pub(super) fn components(name: &str) -> Answered {
    let ready = LIBRARY.iter().find(|ready| ready.name == name);
    let unknown = || Refusal::because(100, "The library has no template of this name.");
    let ready = ready.ok_or_else(unknown)?;
    Ok(json!([{"type": "BODY", "text": ready.body, "example": {"body_text": [ready.examples]}}]))
}

fn list(desk: &mut Desk<'_>) -> Answered {
    let is = |name: &str, text: &str| {
        desk.ask
            .text(name)
            .is_none_or(|wanted| wanted.eq_ignore_ascii_case(text))
    };
    let found = desk.ask.text("search").unwrap_or_default().to_lowercase();
    let language = desk
        .ask
        .text("language")
        .unwrap_or_else(|| "en_US".to_owned());
    let wanted = LIBRARY.iter().zip(1_u64..).filter(|(ready, _)| {
        (ready.name.contains(&found) || ready.body.to_lowercase().contains(&found))
            && is("name", ready.name)
            && is("topic", ready.topic)
            && is("usecase", ready.usecase)
            && is("industry", ready.industry)
            && language.starts_with("en")
    });
    let items = wanted.map(|(ready, place)| {
        let told = json!({
            "id": place.to_string(),
            "name": ready.name,
            "language": language,
            "category": "UTILITY",
            "topic": ready.topic,
            "usecase": ready.usecase,
            "industry": [ready.industry],
            "body": ready.body,
            "body_params": ready.examples,
            "body_param_types": vec!["TEXT"; ready.examples.len()],
        });
        (place, told)
    });
    desk.page_of(items.collect())
}

fn preview(desk: &mut Desk<'_>) -> Answered {
    if desk.need("category")? != "AUTHENTICATION" {
        return Err(Refusal::because(100, "category must be AUTHENTICATION."));
    }
    let wanted = desk.ask.list("languages");
    let warns = desk.ask.flag("add_security_recommendation") == Some(true);
    let minutes = desk.ask.number("code_expiration_minutes");
    let buttons = desk.ask.value("button_types").unwrap_or_else(|| json!([]));
    let codes = CODES.iter().zip(1_u64..);
    let items = codes
        .filter(|((language, ..), _)| wanted.is_empty() || wanted.iter().any(|w| w == language))
        .map(|((language, says, warning, ends), place)| {
            let body = if warns {
                format!("{says} {warning}")
            } else {
                (*says).to_owned()
            };
            let mut told = json!({"language": language, "body": body});
            if let Some(minutes) = minutes {
                told["footer"] = ends.replace("{}", &minutes.to_string()).into();
            }
            if buttons
                .as_array()
                .is_some_and(|buttons| !buttons.is_empty())
            {
                told["buttons"] = buttons.clone();
            }
            (place, told)
        });
    let items: Vec<(u64, Value)> = items.collect();
    desk.page_of(items)
}
