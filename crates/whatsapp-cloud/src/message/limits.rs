//! Meta's limits on messages, as tables: one for what every message has, one for each type, one for each interactive kind.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages>; where two of Meta's pages disagree, the larger
//! limit stands here, so that nothing is refused that Meta would take.

mod interactive;

use serde_json::Value;

pub use interactive::INTERACTIVE_TABLES;

use super::{Content, Context};
use crate::graph::messages::CALLBACK_DATA_MAX_CHARS;
use crate::limits::Limit::{
    AnyOf, Chars, Distinct, ExactlyOne, Forbidden, Items, OneOf, Range, Required, SnakeCase, Total,
    Url,
};
use crate::limits::{Limit, Rule, Table, Violation, add_untold, check, rule};
use crate::open::{At, fit};

/// Everything in a message, as JSON, that Meta would refuse.
pub fn violations(message: &Value) -> Vec<Violation> {
    let kind = message
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or("text");
    let mut found = Vec::new();
    check(message, FRAME, &mut found);
    // Meta's words for types are lower case, and so are the names their content has.
    if !Content::KINDS.contains(&kind) {
        found.push(Violation {
            path: "type".to_owned(),
            limit: OneOf(Content::KINDS),
            size: None,
        });
    }
    if message.get("recipient_type").and_then(Value::as_str) == Some("group") {
        check(message, GROUP, &mut found);
    }
    check(message, rules_about(kind), &mut found);
    if kind == "interactive" {
        let kind = message.pointer("/interactive/type");
        let kind = kind.and_then(Value::as_str).unwrap_or_default();
        let about = format!("interactive/{}", kind.to_ascii_lowercase());
        check(message, rules_about(&about), &mut found);
        let sections = message.pointer("/interactive/action/sections");
        if sections
            .and_then(Value::as_array)
            .is_some_and(|all| all.len() > 1)
        {
            check(message, SECTION_TITLES, &mut found);
        }
        // Meta does not show a draft's label.
        let mode = message.pointer("/interactive/action/parameters/mode");
        if mode.and_then(Value::as_str) != Some("draft") {
            check(message, [&FLOW_LABEL], &mut found);
        }
    }
    let mut shapes = Vec::new();
    if let Some(message) = message.as_object() {
        fit::may::<Context>(message, "context", At::Root, &mut shapes);
        Content::fit(kind, message, &mut shapes);
    }
    add_untold(&mut found, shapes);
    found
}

/// Everything around a message's content that Meta would refuse.
pub fn violations_of_frame(message: &Value) -> Vec<Violation> {
    let mut found = Vec::new();
    check(message, FRAME, &mut found);
    let mut shapes = Vec::new();
    if let Some(message) = message.as_object() {
        fit::may::<Context>(message, "context", At::Root, &mut shapes);
    }
    add_untold(&mut found, shapes);
    found
}

/// The table about a type, or `interactive/` and a kind.
fn rules_about(about: &str) -> &'static [Rule] {
    let tables = TABLES.iter().chain(INTERACTIVE_TABLES);
    let table = tables.into_iter().find(|table| table.about == about);
    table.map_or(&[], |table| table.rules)
}

/// Of every message.
pub const FRAME: &[Rule] = &[
    rule("", AnyOf(&["to", "recipient"])),
    rule("to", Chars(1, usize::MAX)),
    rule("recipient", Chars(1, usize::MAX)),
    rule("recipient_type", OneOf(&["individual", "group"])),
    rule("context.message_id", Required),
    rule(
        "biz_opaque_callback_data",
        Chars(0, CALLBACK_DATA_MAX_CHARS),
    ),
    rule("product_policy", OneOf(&["CLOUD_API_FALLBACK", "STRICT"])),
];

/// Of messages to groups.
pub const GROUP: &[Rule] = &[
    rule("to", Required),
    rule(
        "type",
        OneOf(&[
            "text", "image", "video", "audio", "document", "sticker", "template", "pin",
        ]),
    ),
];

/// Of several sections; one alone needs no title.
const SECTION_TITLES: &[Rule] = &[
    rule("interactive.action.sections[].title", Required),
    rule("interactive.action.sections[].title", Chars(1, usize::MAX)),
];

const FLOW_LABEL: Rule = rule("interactive.action.parameters.flow_cta", Chars(1, 20));

/// Of each type.
pub const TABLES: &[Table] = &[
    Table {
        about: "text",
        rules: &[
            rule("text", Required),
            rule("text.body", Required),
            rule("text.body", Chars(1, super::TEXT_MAX_CHARS)),
        ],
    },
    Table {
        about: "image",
        rules: &[
            rule("image", Required),
            rule("image", ID_OR_LINK),
            rule("image.link", Url),
            rule("image.caption", Chars(0, 1024)),
        ],
    },
    Table {
        about: "video",
        rules: &[
            rule("video", Required),
            rule("video", ID_OR_LINK),
            rule("video.link", Url),
            rule("video.caption", Chars(0, 1024)),
        ],
    },
    Table {
        about: "audio",
        rules: &[
            rule("audio", Required),
            rule("audio", ID_OR_LINK),
            rule("audio.link", Url),
            rule("audio.caption", Forbidden),
        ],
    },
    Table {
        about: "document",
        rules: &[
            rule("document", Required),
            rule("document", ID_OR_LINK),
            rule("document.link", Url),
            rule("document.caption", Chars(0, 1024)),
        ],
    },
    Table {
        about: "sticker",
        rules: &[
            rule("sticker", Required),
            rule("sticker", ID_OR_LINK),
            rule("sticker.link", Url),
            rule("sticker.caption", Forbidden),
        ],
    },
    Table {
        about: "location",
        rules: &[
            rule("location", Required),
            rule("location.latitude", Required),
            rule("location.longitude", Required),
            rule("location.latitude", Range(-90.0, 90.0)),
            rule("location.longitude", Range(-180.0, 180.0)),
        ],
    },
    Table {
        about: "contacts",
        rules: &[
            rule("contacts", Required),
            rule("contacts", Items(1, 257)),
            rule("contacts[].name", Required),
            rule("contacts[].name.formatted_name", Required),
            rule("contacts[].name.formatted_name", Chars(1, usize::MAX)),
        ],
    },
    Table {
        about: "reaction",
        rules: &[
            rule("reaction", Required),
            rule("reaction.message_id", Required),
            rule("reaction.message_id", Chars(1, usize::MAX)),
            rule("reaction.emoji", Required),
        ],
    },
    Table {
        about: "pin",
        rules: &[
            rule("recipient_type", OneOf(&["group"])),
            rule("pin", Required),
            rule("pin.type", Required),
            rule("pin.type", OneOf(&["pin", "unpin"])),
            rule("pin.message_id", Required),
            rule("pin.expiration_days", Range(1.0, 30.0)),
        ],
    },
    Table {
        about: "template",
        rules: &[
            rule("template", Required),
            rule("template.name", Required),
            rule("template.name", Chars(1, 512)),
            rule("template.name", SnakeCase),
            rule("template.language", Required),
            rule("template.language.code", Required),
            rule("template.components[].type", Required),
            rule("template.components[].index", Range(0.0, 9.0)),
            rule("template.components[].parameters[].type", Required),
            rule("template.components[].parameters[].image", ID_OR_LINK),
            rule("template.components[].parameters[].video", ID_OR_LINK),
            rule("template.components[].parameters[].gif", ID_OR_LINK),
            rule("template.components[].parameters[].document", ID_OR_LINK),
            rule(
                "template.components[].parameters[].coupon_code",
                Chars(1, 20),
            ),
            rule(
                "template.components[].parameters[].ttl_minutes",
                Range(1.0, 43_200.0),
            ),
            rule(
                "template.components[].parameters[].action.sections",
                Items(1, 10),
            ),
            rule(
                "template.components[].parameters[].action.sections[].title",
                Chars(0, 24),
            ),
            rule(
                "template.components[].parameters[].action.sections[].product_items[]",
                Total(0, 30),
            ),
            rule("template.components[].cards", Items(2, 10)),
            rule("template.components[].cards[].card_index", Required),
            rule("template.components[].cards[].card_index", Range(0.0, 9.0)),
            rule("template.components[].cards[].card_index", Distinct),
            rule("template.components[].cards[].components[].type", Required),
            rule(
                "template.components[].cards[].components[].index",
                Range(0.0, 9.0),
            ),
            rule(
                "template.components[].cards[].components[].parameters[].image",
                ID_OR_LINK,
            ),
            rule(
                "template.components[].cards[].components[].parameters[].video",
                ID_OR_LINK,
            ),
            rule(
                "template.components[].cards[].components[].parameters[].coupon_code",
                Chars(1, 20),
            ),
        ],
    },
    Table {
        about: "interactive",
        rules: &[
            rule("interactive", Required),
            rule("interactive.type", Required),
            rule("interactive.type", OneOf(INTERACTIVE_KINDS)),
            rule("interactive.header.type", Required),
            rule(
                "interactive.header.type",
                OneOf(&["text", "image", "video", "document"]),
            ),
            rule("interactive.header.text", Chars(1, 60)),
            rule("interactive.header.image", ID_OR_LINK),
            rule("interactive.header.video", ID_OR_LINK),
            rule("interactive.header.document", ID_OR_LINK),
            rule("interactive.body.text", Required),
            rule("interactive.footer.text", Required),
            rule("interactive.footer.text", Chars(1, 60)),
            rule("interactive.action", Required),
        ],
    },
];

const ID_OR_LINK: Limit = ExactlyOne(&["id", "link"]);

const INTERACTIVE_KINDS: &[&str] = &[
    "button",
    "list",
    "cta_url",
    "location_request_message",
    "flow",
    "product",
    "product_list",
    "catalog_message",
    "carousel",
    "address_message",
    "call_permission_request",
    "voice_call",
    "contact_request",
    "order_details",
    "order_status",
];
