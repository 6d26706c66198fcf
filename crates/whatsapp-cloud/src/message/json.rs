//! A message as Meta takes it, and read again from that.

use serde::de::Error as _;
use serde::ser::{Error as _, SerializeMap as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use super::{Content, Context, Message, Recipient};
use crate::open::Extra;

impl Serialize for Message {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("messaging_product", "whatsapp")?;
        if let Some(recipient_type) = &self.recipient_type {
            map.serialize_entry("recipient_type", recipient_type)?;
        }
        match &self.recipient {
            Recipient::Phone(to) | Recipient::Group(to) => {
                map.serialize_entry("to", &self.to(to))?;
            }
            Recipient::User(user) => map.serialize_entry("recipient", user)?,
            Recipient::PhoneAndUser { phone, user } => {
                map.serialize_entry("to", &self.to(phone))?;
                map.serialize_entry("recipient", user)?;
            }
        }
        if let Some(context) = &self.context {
            map.serialize_entry("context", context)?;
        }
        if !self.is_untyped {
            map.serialize_entry("type", self.content.kind())?;
        }
        let content = self.content.write().map_err(S::Error::custom)?;
        map.serialize_entry(self.content.kind(), &content)?;
        for (key, value) in &self.extra.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Message {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut members = Map::deserialize(deserializer)?;
        members.remove("messaging_product");
        let is_to_number = members.get("to").is_some_and(Value::is_u64);
        if let Some(to) = members.get_mut("to").filter(|_| is_to_number) {
            *to = Value::String(to.to_string());
        }
        let mut text = |key: &'static str| match members.remove(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            // No value, and kept.
            Some(Value::Null) => {
                members.insert(key.to_owned(), Value::Null);
                Ok(None)
            }
            Some(_) => Err(D::Error::custom(format!("`{key}` is no text"))),
        };
        let recipient_type = text("recipient_type")?;
        let recipient = match (text("to")?, text("recipient")?) {
            (Some(to), None) if recipient_type.as_deref() == Some("group") => Recipient::Group(to),
            (Some(to), None) => Recipient::Phone(to),
            (None, Some(user)) => Recipient::User(user),
            (Some(phone), Some(user)) => Recipient::PhoneAndUser { phone, user },
            (None, None) => return Err(D::Error::custom("`to` and `recipient` are missing")),
        };
        let kind = text("type")?;
        let is_untyped = kind.is_none();
        let kind = kind.unwrap_or_else(|| "text".to_owned());
        let content = members
            .remove(&kind)
            .ok_or_else(|| D::Error::custom(format!("`{kind}` is missing")))?;
        // Of another shape it is kept, and refused with its place.
        let quoted = members.get("context").map(Context::deserialize);
        let quoted = quoted.and_then(Result::ok);
        if quoted.is_some() {
            members.remove("context");
        }
        Ok(Self {
            recipient,
            is_to_number,
            recipient_type,
            context: quoted,
            content: Content::read(kind, content),
            is_untyped,
            extra: Extra(members),
        })
    }
}
