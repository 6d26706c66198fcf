//! Webhooks as Meta writes them.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::config::Number;

/// One thing to tell the business.
#[derive(Debug, Clone)]
pub(crate) struct Update {
    /// How the journal calls it.
    pub(crate) id: String,
    /// The business's number it concerns, by its place.
    pub(crate) number: usize,
    pub(crate) part: Part,
    pub(crate) at_ms: u64,
}

#[derive(Debug, Clone)]
pub(crate) enum Part {
    Message {
        contact: Option<Value>,
        message: Value,
    },
    Status {
        contact: Option<Value>,
        status: Value,
    },
    Change {
        field: String,
        value: Value,
    },
}

/// The body of one webhook with these updates, escaped. Neighbours of one number and kind share a change, as Meta has it.
pub(crate) fn body(updates: &[Update], number: impl Fn(usize) -> Arc<Number>) -> String {
    let mut entries: Vec<Value> = Vec::new();
    let mut rest = updates;
    while let Some(first) = rest.first() {
        let run = rest
            .iter()
            .take_while(|next| next.number == first.number)
            .count();
        let (same_number, others) = rest.split_at(run);
        rest = others;
        let number = number(first.number);
        entries.push(json!({
            "id": number.business_account_id,
            "time": first.at_ms / 1000,
            "changes": changes(same_number, &number),
        }));
    }
    escape(&json!({"object": "whatsapp_business_account", "entry": entries}).to_string())
}

fn changes(updates: &[Update], number: &Number) -> Vec<Value> {
    let mut changes = Vec::new();
    let mut rest = updates;
    while let Some(first) = rest.first() {
        let run = match first.part {
            Part::Change { .. } => 1,
            _ => rest
                .iter()
                .take_while(|next| next.list() == first.list())
                .count(),
        };
        let (alike, others) = rest.split_at(run);
        rest = others;
        changes.push(match &first.part {
            Part::Change { field, value } => json!({"value": value, "field": field}),
            _ => json!({"value": value_of(alike, number), "field": "messages"}),
        });
    }
    changes
}

fn value_of(alike: &[Update], number: &Number) -> Map<String, Value> {
    let mut contacts: Vec<Value> = Vec::new();
    let mut elements = Vec::new();
    for update in alike {
        let (contact, element) = match &update.part {
            Part::Message { contact, message } => (contact, message),
            Part::Status { contact, status } => (contact, status),
            Part::Change { .. } => continue,
        };
        if let Some(contact) = contact
            && !contacts.contains(contact)
        {
            contacts.push(contact.clone());
        }
        elements.push(element.clone());
    }
    let mut value = Map::new();
    value.insert("messaging_product".to_owned(), "whatsapp".into());
    let metadata = json!({
        "display_phone_number": number.display_phone_number,
        "phone_number_id": number.phone_number_id,
    });
    value.insert("metadata".to_owned(), metadata);
    if !contacts.is_empty() {
        value.insert("contacts".to_owned(), contacts.into());
    }
    let list = alike.first().map_or("messages", Update::list);
    value.insert(list.to_owned(), elements.into());
    value
}

impl Update {
    /// The field it comes in.
    pub(crate) fn field(&self) -> &str {
        match &self.part {
            Part::Message { .. } | Part::Status { .. } => "messages",
            Part::Change { field, .. } => field,
        }
    }

    fn list(&self) -> &'static str {
        match self.part {
            Part::Message { .. } => "messages",
            Part::Status { .. } => "statuses",
            Part::Change { .. } => "",
        }
    }
}

/// JSON text as Meta writes it: everything outside ASCII as `\uxxxx` in UTF-16 and lowercase hex, `/` as `\/`.
pub fn escape(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len() + json.len() / 8);
    // Both occur inside strings only, so the text can be escaped without reading its structure.
    for character in json.chars() {
        match character {
            '/' => escaped.push_str("\\/"),
            character if character.is_ascii() => escaped.push(character),
            character => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    escaped.push_str("\\u");
                    escaped.push_str(&hex::encode(unit.to_be_bytes()));
                }
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_as_meta_escapes_it_and_reads_back_the_same() {
        let text = json!({"a/b": "Grüße 👋 \u{2028} \"/\" \\/"}).to_string();
        let escaped = escape(&text);
        assert!(escaped.is_ascii());
        assert!(escaped.contains(r"Gr\u00fc\u00dfe \ud83d\udc4b \u2028"));
        assert!(escaped.contains(r"a\/b"));
        let (before, after): (Value, Value) = (
            serde_json::from_str(&text).unwrap(),
            serde_json::from_str(&escaped).unwrap(),
        );
        assert_eq!(before, after);
    }

    #[test]
    fn a_batch_keeps_order_and_gives_neighbours_one_change() {
        let update = |number, part| Update {
            id: String::new(),
            number,
            part,
            at_ms: 5000,
        };
        let message = |id| Part::Message {
            contact: Some(json!({"wa_id": "1"})),
            message: json!({"id": id}),
        };
        let status = |id| Part::Status {
            contact: None,
            status: json!({"id": id}),
        };
        let other = || Part::Change {
            field: "flows".to_owned(),
            value: json!({}),
        };
        let batch = [
            update(0, message("a")),
            update(0, message("b")),
            update(0, status("c")),
            update(0, other()),
            update(0, other()),
            update(1, message("d")),
        ];
        let body: Value = serde_json::from_str(&body(&batch, |_| Arc::default())).unwrap();
        let changes = body["entry"][0]["changes"].as_array().unwrap();
        assert_eq!(changes.len(), 4);
        assert_eq!(
            changes[0]["value"]["messages"],
            json!([{"id": "a"}, {"id": "b"}])
        );
        assert_eq!(changes[0]["value"]["contacts"], json!([{"wa_id": "1"}]));
        assert_eq!(changes[1]["value"]["statuses"], json!([{"id": "c"}]));
        assert_eq!(changes[2]["field"], "flows");
        assert_eq!(
            body["entry"][1]["changes"][0]["value"]["messages"][0]["id"],
            "d"
        );
        assert_eq!(body["entry"][0]["time"], 5);
    }
}
