//! Meta's limits on template definitions, as tables: one for the definition, one for each component and button.
//!
//! <https://developers.facebook.com/docs/whatsapp/business-management-api/message-templates/components>

use serde_json::{Value, json};

use super::definition::Definition;
use super::slot::variables;
use crate::limits::Limit::{
    Chars, Items, OneOf, Range, Required, SnakeCase, Together, Url, VariableAtEnd,
};
use crate::limits::{Limit, Rule, Table, Violation, add_untold, check, rule};
use crate::open::{At, Fit as _};

impl Definition {
    /// Everything in it that Meta would refuse, as far as can be known here.
    pub fn violations(&self) -> Vec<Violation> {
        violations(&serde_json::to_value(self).unwrap_or_default())
    }
}

/// Everything in a definition, as JSON, that Meta would refuse.
pub fn violations(definition: &Value) -> Vec<Violation> {
    let mut found = Vec::new();
    check(definition, rules_about("definition"), &mut found);
    let components = list(definition, "components");
    let has_offer = components
        .iter()
        .any(|component| is(component, "LIMITED_TIME_OFFER"));
    let body_max = if has_offer {
        BODY_MAX_BESIDE_OFFER
    } else {
        BODY_MAX
    };
    of_components(components, "components", body_max, &mut found);
    let category = definition["category"].as_str();
    if category.is_some_and(|category| !category.eq_ignore_ascii_case("MARKETING")) {
        for (index, component) in components.iter().enumerate() {
            if is(component, "HEADER") {
                below(
                    &format!("components[{index}]"),
                    component,
                    NO_GIF,
                    &mut found,
                );
            }
        }
    }
    let mut shapes = Vec::new();
    Definition::fit(definition, At::Root, &mut shapes);
    add_untold(&mut found, shapes);
    found
}

/// Everything in a part of a definition, as JSON, that Meta would refuse whatever the rest is: of what an edit changes, or of what
/// several languages share.
pub fn violations_of_part(part: &Value) -> Vec<Violation> {
    let mut found = violations(part);
    let is_elsewhere = |path: &str| path == "name" || path == "language";
    found.retain(|violation| violation.limit != Required || !is_elsewhere(&violation.path));
    found
}

/// The longest body, in characters.
pub const BODY_MAX: usize = 1024;
/// The longest body beside a limited-time offer.
pub const BODY_MAX_BESIDE_OFFER: usize = 600;
/// The longest body of a card.
pub const BODY_MAX_ON_CARD: usize = 160;

/// The code of a button that copies it.
const CODE: &str = "example[]";

/// How many buttons of a kind there may be.
pub const BUTTONS_MAX: &[(&str, usize)] = &[("URL", 2), ("PHONE_NUMBER", 1), ("COPY_CODE", 1)];

/// Of the definition, of each component, and of each button.
pub const TABLES: &[Table] = &[
    Table {
        about: "definition",
        rules: &[
            rule("name", Required),
            rule("name", Chars(1, 512)),
            rule("name", SnakeCase),
            rule("language", Required),
            rule(
                "category",
                OneOf(&["MARKETING", "UTILITY", "AUTHENTICATION"]),
            ),
            rule("parameter_format", OneOf(&["POSITIONAL", "NAMED"])),
            rule("message_send_ttl_seconds", Range(-1.0, 2_592_000.0)),
        ],
    },
    Table {
        about: "HEADER",
        rules: &[
            rule("format", Required),
            rule(
                "format",
                OneOf(&[
                    "TEXT", "IMAGE", "VIDEO", "DOCUMENT", "LOCATION", "PRODUCT", "GIF",
                ]),
            ),
            rule("text", Chars(1, 60)),
        ],
    },
    Table {
        about: "FOOTER",
        rules: &[
            rule("text", Chars(1, 60)),
            rule("code_expiration_minutes", Range(1.0, 90.0)),
        ],
    },
    Table {
        about: "LIMITED_TIME_OFFER",
        rules: &[
            rule("limited_time_offer", Required),
            rule("limited_time_offer.text", Chars(1, 16)),
        ],
    },
    Table {
        about: "CAROUSEL",
        rules: &[rule("cards", Required), rule("cards", Items(2, 10))],
    },
    Table {
        about: "BUTTONS",
        rules: &[
            rule("buttons", Required),
            rule("buttons", Items(1, 10)),
            rule("buttons[].type", Required),
            rule("buttons[].text", Chars(1, 25)),
        ],
    },
    Table {
        about: "button/URL",
        rules: &[
            rule("text", Required),
            rule("url", Required),
            rule("url", Chars(1, 2000)),
            rule("url", Url),
            rule("url", VariableAtEnd),
        ],
    },
    Table {
        about: "button/PHONE_NUMBER",
        rules: &[
            rule("text", Required),
            rule("phone_number", Required),
            rule("phone_number", Chars(1, 20)),
        ],
    },
    Table {
        about: "button/QUICK_REPLY",
        rules: &[rule("text", Required)],
    },
    Table {
        about: "button/COPY_CODE",
        rules: &[rule(CODE, Chars(1, 20))],
    },
    Table {
        about: "button/OTP",
        rules: &[
            rule("otp_type", Required),
            rule("otp_type", OneOf(&["COPY_CODE", "ONE_TAP", "ZERO_TAP"])),
            rule("supported_apps", Items(1, 5)),
            rule("supported_apps[].signature_hash", Chars(11, 11)),
        ],
    },
];

/// Only marketing messages have GIFs.
const NO_GIF: &[Rule] = &[rule(
    "format",
    OneOf(&["TEXT", "IMAGE", "VIDEO", "DOCUMENT", "LOCATION", "PRODUCT"]),
)];

fn of_components(components: &[Value], path: &str, body_max: usize, found: &mut Vec<Violation>) {
    for (index, component) in components.iter().enumerate() {
        let at = format!("{path}[{index}]");
        let kind = component["type"]
            .as_str()
            .unwrap_or_default()
            .to_ascii_uppercase();
        below(&at, component, rules_about(&kind), found);
        match kind.as_str() {
            "BODY" => below(&at, component, &[rule("text", Chars(1, body_max))], found),
            "HEADER" => at_most(&at, ".text", variables_of(component, "text"), 1, found),
            "BUTTONS" => of_buttons(list(component, "buttons"), &at, found),
            "CAROUSEL" => {
                for (card, content) in list(component, "cards").iter().enumerate() {
                    let at = format!("{at}.cards[{card}].components");
                    of_components(list(content, "components"), &at, BODY_MAX_ON_CARD, found);
                }
            }
            _ => {}
        }
    }
}

fn of_buttons(buttons: &[Value], at: &str, found: &mut Vec<Violation>) {
    for (index, button) in buttons.iter().enumerate() {
        let at = format!("{at}.buttons[{index}]");
        let kind = button["type"]
            .as_str()
            .unwrap_or_default()
            .to_ascii_uppercase();
        let rules = rules_about(&format!("button/{kind}"));
        match &button["example"] {
            // Meta writes a code alone as well as in a list.
            Value::String(code) if kind == "COPY_CODE" => {
                let button = json!({"example": [code]});
                below(&at, &button, rules, found);
            }
            _ => below(&at, button, rules, found),
        }
        at_most(&at, ".url", variables_of(button, "url"), 1, found);
    }
    let is_reply = |button: &Value| is(button, "QUICK_REPLY");
    let mut groups = buttons.chunk_by(|one, next| is_reply(one) == is_reply(next));
    let groups = groups.by_ref().filter(|group| is_reply(&group[0])).count();
    if groups > 1 {
        found.push(Violation {
            path: format!("{at}.buttons[type=QUICK_REPLY]"),
            limit: Together,
            size: None,
        });
    }
    for (kind, max) in BUTTONS_MAX {
        let count = buttons.iter().filter(|button| is(button, kind)).count();
        at_most(at, &format!(".buttons[type={kind}]"), count, *max, found);
    }
}

/// The same rules of a part, with its path before theirs.
fn below(at: &str, part: &Value, rules: &[Rule], found: &mut Vec<Violation>) {
    let before = found.len();
    check(part, rules, found);
    for violation in &mut found[before..] {
        violation.path = format!("{at}.{}", violation.path);
    }
}

fn at_most(at: &str, member: &str, count: usize, max: usize, found: &mut Vec<Violation>) {
    if let Some(size) = u32::try_from(count).ok().filter(|_| count > max) {
        found.push(Violation {
            path: format!("{at}{member}"),
            limit: Limit::Total(0, max),
            size: Some(size.into()),
        });
    }
}

fn variables_of(part: &Value, member: &str) -> usize {
    variables(part[member].as_str().unwrap_or_default()).len()
}

fn list<'v>(value: &'v Value, member: &str) -> &'v [Value] {
    value[member].as_array().map_or(&[], Vec::as_slice)
}

fn is(part: &Value, kind: &str) -> bool {
    let found = part["type"].as_str().unwrap_or_default();
    found.eq_ignore_ascii_case(kind)
}

fn rules_about(about: &str) -> &'static [Rule] {
    let table = TABLES.iter().find(|table| table.about == about);
    table.map_or(&[], |table| table.rules)
}
