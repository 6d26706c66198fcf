//! Messages of every type, with content made up here: for whoever wants one of each.

mod file;

use serde_json::{Map, Value, json};

pub(crate) use file::file;

/// Types whose content is a file.
pub(crate) const FILES: [&str; 5] = ["image", "video", "audio", "document", "sticker"];

/// Every example there is: a message type, or a type and the variant of its content.
pub const EXAMPLES: &[&str] = &[
    "text",
    "image",
    "video",
    "audio",
    "document",
    "sticker",
    "location",
    "contacts",
    "reaction",
    "button",
    "interactive/button_reply",
    "interactive/list_reply",
    "interactive/nfm_reply",
    "interactive/call_permission_reply",
    "interactive/payment_method",
    "order",
    "system/user_changed_number",
    "system/customer_changed_number",
    "system/customer_identity_changed",
    "system/user_changed_user_id",
    "edit",
    "revoke",
    "request_welcome",
    "group_invite",
    "ephemeral",
    "media_placeholder",
    "unsupported",
    "unknown",
];

/// The type of an example, and the members that make it one, files aside. A type alone means its first variant.
pub(crate) fn members(name: &str) -> (&str, Map<String, Value>) {
    let first = EXAMPLES
        .iter()
        .find(|known| known.split('/').next() == Some(name));
    let name = first.copied().unwrap_or(name);
    let kind = name.split('/').next().unwrap_or(name);
    let content = match name {
        "text" => json!({"body": "Hello! Is anybody there?"}),
        "location" => json!({
            "latitude": 52.520_008, "longitude": 13.404_954, "name": "The corner shop", "address": "1 Example Street, Berlin",
        }),
        "contacts" => json!([{
            "name": {"formatted_name": "Robin Example", "first_name": "Robin", "last_name": "Example"},
            "phones": [{"phone": "+1 555 000 7777", "wa_id": "15550007777", "type": "CELL"}],
            "emails": [{"email": "robin@example.com", "type": "WORK"}],
        }]),
        "reaction" => json!({"message_id": "wamid.none", "emoji": "👍"}),
        "button" => json!({"payload": "yes-please", "text": "Yes, please"}),
        "interactive/button_reply" => {
            json!({"type": "button_reply", "button_reply": {"id": "yes", "title": "Yes"}})
        }
        "interactive/list_reply" => json!({
            "type": "list_reply",
            "list_reply": {"id": "large", "title": "Large", "description": "The large one"},
        }),
        "interactive/nfm_reply" => json!({
            "type": "nfm_reply",
            "nfm_reply": {"name": "flow", "body": "Sent", "response_json": r#"{"flow_token":"unused","size":"large"}"#},
        }),
        "interactive/call_permission_reply" => json!({
            "type": "call_permission_reply",
            "call_permission_reply": {"response": "accept", "expiration_timestamp": 1_900_000_000, "response_source": "user_action"},
        }),
        "interactive/payment_method" => json!({
            "type": "payment_method",
            "payment_method": {
                "payment_method": "offsite_card_pay",
                "payment_timestamp": 1_790_000_000,
                "reference_id": "order-1",
                "last_four_digits": "4242",
                "credential_id": "70707070",
            },
        }),
        "order" => json!({
            "catalog_id": "400500600700800",
            "text": "As soon as possible, please",
            "product_items": [{"product_retailer_id": "sku-1", "quantity": 2, "item_price": 3.5, "currency": "EUR"}],
        }),
        "system/user_changed_number" => json!({
            "type": "user_changed_number", "wa_id": "15550008888", "body": "The customer changed to another number",
        }),
        "system/customer_changed_number" => json!({
            "type": "customer_changed_number", "new_wa_id": "15550008888", "customer": "15550007777",
            "body": "The customer changed to another number",
        }),
        "system/customer_identity_changed" => json!({
            "type": "customer_identity_changed", "identity": "bmV3LWlkZW50aXR5", "body": "The customer's identity changed",
        }),
        "system/user_changed_user_id" => json!({
            "type": "user_changed_user_id", "user_id": "US.70707070707070707", "body": "The customer's user id changed",
        }),
        "edit" => json!({
            "original_message_id": "wamid.none",
            "message": {"type": "text", "text": {"body": "Hello, corrected"}},
        }),
        "revoke" => json!({"original_message_id": "wamid.none"}),
        "unsupported" => json!({"type": "poll_creation"}),
        _ => Value::Null,
    };
    let mut members = Map::new();
    if matches!(kind, "unsupported" | "unknown") {
        let error = json!({
            "code": 131_051, "title": "Message type unknown", "message": "Message type unknown",
            "error_data": {"details": "Message type is currently not supported."},
        });
        members.insert("errors".to_owned(), json!([error]));
    }
    if !content.is_null() {
        members.insert(kind.to_owned(), content);
    }
    (kind, members)
}
