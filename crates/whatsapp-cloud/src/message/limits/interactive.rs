//! Meta's limits on interactive messages, one table for each kind.

use super::ID_OR_LINK;
use crate::limits::Limit::{
    Chars, Distinct, ExactlyOne, Forbidden, Items, LineBreaks, OneOf, Range, Required, Total, Url,
};
use crate::limits::{Limit, Rule, Table, rule};

const FLOW_ACTIONS: Limit = OneOf(&["navigate", "data_exchange"]);
const GOODS: Limit = OneOf(&["digital-goods", "physical-goods"]);
const ORDER_STATES: Limit = OneOf(&[
    "pending",
    "processing",
    "partially_shipped",
    "shipped",
    "completed",
    "canceled",
]);
const BODY: Rule = rule("interactive.body", Required);
const BODY_TEXT: Rule = rule("interactive.body.text", Chars(1, 1024));
const NO_HEADER: Rule = rule("interactive.header", Forbidden);
const CTA_URL: &str = "interactive.action.parameters.url";

/// Of each interactive kind, beside what all of them must keep.
pub const INTERACTIVE_TABLES: &[Table] = &[
    Table {
        about: "interactive/button",
        rules: &[
            BODY,
            BODY_TEXT,
            rule("interactive.action.buttons", Required),
            rule("interactive.action.buttons", Items(1, 3)),
            rule("interactive.action.buttons[].type", OneOf(&["reply"])),
            rule("interactive.action.buttons[].reply", Required),
            rule("interactive.action.buttons[].reply.id", Required),
            rule("interactive.action.buttons[].reply.id", Chars(1, 256)),
            rule("interactive.action.buttons[].reply.id", Distinct),
            rule("interactive.action.buttons[].reply.title", Required),
            rule("interactive.action.buttons[].reply.title", Chars(1, 20)),
            rule("interactive.action.buttons[].reply.title", Distinct),
        ],
    },
    Table {
        about: "interactive/list",
        rules: &[
            BODY,
            rule("interactive.body.text", Chars(1, 4096)),
            rule("interactive.header.type", OneOf(&["text"])),
            rule("interactive.action.button", Required),
            rule("interactive.action.button", Chars(1, 20)),
            rule("interactive.action.sections", Required),
            rule("interactive.action.sections", Items(1, 10)),
            rule("interactive.action.sections[].title", Chars(0, 24)),
            rule("interactive.action.sections[].rows", Required),
            rule("interactive.action.sections[].rows", Items(1, 10)),
            rule("interactive.action.sections[].rows[]", Total(1, 10)),
            rule("interactive.action.sections[].rows[].id", Required),
            rule("interactive.action.sections[].rows[].id", Chars(1, 200)),
            rule("interactive.action.sections[].rows[].id", Distinct),
            rule("interactive.action.sections[].rows[].title", Required),
            rule("interactive.action.sections[].rows[].title", Chars(1, 24)),
            rule(
                "interactive.action.sections[].rows[].description",
                Chars(0, 72),
            ),
        ],
    },
    Table {
        about: "interactive/cta_url",
        rules: &[
            BODY,
            BODY_TEXT,
            rule("interactive.action.parameters", Required),
            rule("interactive.action.parameters.display_text", Required),
            rule("interactive.action.parameters.display_text", Chars(1, 20)),
            rule(CTA_URL, Required),
            rule(CTA_URL, Url),
        ],
    },
    Table {
        about: "interactive/location_request_message",
        rules: &[
            BODY,
            BODY_TEXT,
            rule("interactive.action.name", OneOf(&["send_location"])),
        ],
    },
    Table {
        about: "interactive/flow",
        rules: &[
            BODY,
            BODY_TEXT,
            rule("interactive.action.parameters", Required),
            rule(
                "interactive.action.parameters",
                ExactlyOne(&["flow_id", "flow_name"]),
            ),
            rule(
                "interactive.action.parameters.flow_message_version",
                Required,
            ),
            rule(
                "interactive.action.parameters.flow_message_version",
                OneOf(&["3"]),
            ),
            rule("interactive.action.parameters.flow_cta", Required),
            rule("interactive.action.parameters.flow_action", FLOW_ACTIONS),
            rule(
                "interactive.action.parameters.flow_action_payload.screen",
                Required,
            ),
            rule(
                "interactive.action.parameters.mode",
                OneOf(&["draft", "published"]),
            ),
        ],
    },
    Table {
        about: "interactive/product",
        rules: &[
            BODY_TEXT,
            NO_HEADER,
            rule("interactive.action.catalog_id", Required),
            rule("interactive.action.product_retailer_id", Required),
        ],
    },
    Table {
        about: "interactive/product_list",
        rules: &[
            BODY,
            BODY_TEXT,
            rule("interactive.header", Required),
            rule("interactive.header.type", OneOf(&["text"])),
            rule("interactive.action.catalog_id", Required),
            rule("interactive.action.sections", Required),
            rule("interactive.action.sections", Items(1, 10)),
            rule("interactive.action.sections[].title", Chars(0, 24)),
            rule("interactive.action.sections[].product_items", Required),
            rule(
                "interactive.action.sections[].product_items[]",
                Total(1, 30),
            ),
            rule(
                "interactive.action.sections[].product_items[].product_retailer_id",
                Required,
            ),
        ],
    },
    Table {
        about: "interactive/catalog_message",
        rules: &[
            BODY,
            BODY_TEXT,
            NO_HEADER,
            rule("interactive.action.name", OneOf(&["catalog_message"])),
        ],
    },
    Table {
        about: "interactive/carousel",
        rules: &[
            BODY,
            BODY_TEXT,
            NO_HEADER,
            rule("interactive.footer", Forbidden),
            rule("interactive.action.cards", Required),
            rule("interactive.action.cards", Items(2, 10)),
            rule("interactive.action.cards[].card_index", Required),
            rule("interactive.action.cards[].card_index", Range(0.0, 9.0)),
            rule("interactive.action.cards[].card_index", Distinct),
            rule("interactive.action.cards[].type", Required),
            rule(
                "interactive.action.cards[].type",
                OneOf(&["cta_url", "product"]),
            ),
            rule(
                "interactive.action.cards[].header.type",
                OneOf(&["image", "video"]),
            ),
            rule("interactive.action.cards[].header.image", ID_OR_LINK),
            rule("interactive.action.cards[].header.video", ID_OR_LINK),
            rule("interactive.action.cards[].body.text", Chars(0, 160)),
            rule("interactive.action.cards[].body.text", LineBreaks(2)),
            rule("interactive.action.cards[].action", Required),
            rule(
                "interactive.action.cards[].action.parameters.display_text",
                Chars(1, 20),
            ),
            rule("interactive.action.cards[].action.parameters.url", Url),
            rule(
                "interactive.action.cards[].action.buttons[].quick_reply.id",
                Chars(1, 256),
            ),
            rule(
                "interactive.action.cards[].action.buttons[].quick_reply.title",
                Chars(1, 20),
            ),
        ],
    },
    Table {
        about: "interactive/address_message",
        rules: &[
            BODY,
            BODY_TEXT,
            rule("interactive.action.parameters", Required),
            rule("interactive.action.parameters.country", Required),
            rule("interactive.action.parameters.country", OneOf(&["IN"])),
            rule(
                "interactive.action.parameters.saved_addresses[].id",
                Required,
            ),
        ],
    },
    Table {
        about: "interactive/call_permission_request",
        rules: &[
            BODY_TEXT,
            rule(
                "interactive.action.name",
                OneOf(&["call_permission_request"]),
            ),
        ],
    },
    Table {
        about: "interactive/voice_call",
        rules: &[
            BODY,
            BODY_TEXT,
            rule("interactive.action.parameters.display_text", Chars(1, 20)),
            rule(
                "interactive.action.parameters.ttl_minutes",
                Range(1.0, 43_200.0),
            ),
            rule("interactive.action.parameters.payload", Chars(0, 512)),
        ],
    },
    Table {
        about: "interactive/contact_request",
        rules: &[
            BODY,
            BODY_TEXT,
            rule("interactive.action.name", OneOf(&["request_contact_info"])),
        ],
    },
    Table {
        about: "interactive/order_details",
        rules: &[
            BODY,
            BODY_TEXT,
            rule("interactive.action.parameters", Required),
            rule("interactive.action.parameters.reference_id", Required),
            rule("interactive.action.parameters.reference_id", Chars(1, 60)),
            rule("interactive.action.parameters.type", GOODS),
            rule("interactive.action.parameters.currency", Required),
            rule("interactive.action.parameters.total_amount", Required),
            rule("interactive.action.parameters.order.status", ORDER_STATES),
            rule(
                "interactive.action.parameters.order.items",
                Items(1, usize::MAX),
            ),
        ],
    },
    Table {
        about: "interactive/order_status",
        rules: &[
            BODY,
            BODY_TEXT,
            rule("interactive.action.parameters", Required),
            rule("interactive.action.parameters.reference_id", Required),
            rule("interactive.action.parameters.order.status", Required),
            rule("interactive.action.parameters.order.status", ORDER_STATES),
            rule(
                "interactive.action.parameters.order.description",
                Chars(0, 120),
            ),
        ],
    },
];
