//! The open building blocks of every decoded type: members that may be absent, `null` or of another shape; words this
//! version does not know; and whatever else came along.
//!
//! **Invariant:** decoding an element and encoding it again gives the same JSON value, whatever Meta adds.

pub(crate) mod fit;
pub(crate) mod members;
mod shape;

use std::fmt;

use serde::de::{DeserializeOwned, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Number, Value};

pub(crate) use fit::{At, Fit};

/// A member as it came.
#[derive(Clone, PartialEq, Default)]
pub enum Field<T> {
    /// Not there.
    #[default]
    Absent,
    /// There, and `null`.
    Null,
    /// There, and what it should be.
    Value(T),
    /// There, and of another shape than this version knows.
    Odd(Box<Value>),
}

impl<T> Field<T> {
    /// There, and made of this: `text.body = Field::of("hi")`.
    pub fn of(value: impl Into<T>) -> Self {
        Self::Value(value.into())
    }

    /// The value, if it is there and what it should be.
    pub fn get(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            _ => None,
        }
    }

    /// The value, if it is there and what it should be.
    pub fn into_option(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            _ => None,
        }
    }

    /// Whether the member is not there at all.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

impl<T> From<T> for Field<T> {
    fn from(value: T) -> Self {
        Self::Value(value)
    }
}

impl<T> From<T> for Field<Box<T>> {
    fn from(value: T) -> Self {
        Self::Value(Box::new(value))
    }
}

/// What Meta sends may be personal: an odd value is not shown.
impl<T: fmt::Debug> fmt::Debug for Field<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("-"),
            Self::Null => f.write_str("null"),
            Self::Value(value) => value.fmt(f),
            Self::Odd(_) => f.write_str("odd"),
        }
    }
}

/// Reads any JSON. An object whose members `T` itself refuses (no type of this crate does) is an error.
impl<'de, T: DeserializeOwned> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(shape::Any::new())
    }
}

impl<T: Serialize> Serialize for Field<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Absent | Self::Null => serializer.serialize_unit(),
            Self::Value(value) => value.serialize(serializer),
            Self::Odd(value) => value.serialize(serializer),
        }
    }
}

/// Text that Meta also writes as a whole number: ids, timestamps, amounts. Remembers how it came.
///
/// It may be a phone number or someone's words, so it is not shown by `Debug`.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Text {
    text: String,
    is_number: bool,
}

impl Text {
    /// A whole number, which is written as one.
    pub fn from_number(number: i64) -> Self {
        Self {
            text: number.to_string(),
            is_number: true,
        }
    }

    /// The text, or the number's digits.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The text, or the number's digits.
    pub fn into_string(self) -> String {
        self.text
    }

    /// The number it came as.
    fn number(&self) -> Option<Number> {
        let number = self.is_number.then(|| self.text.parse());
        number.and_then(Result::ok)
    }
}

impl<T: Into<String>> From<T> for Text {
    fn from(text: T) -> Self {
        Self {
            text: text.into(),
            is_number: false,
        }
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} bytes]", self.text.len())
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Scalar;
        impl Visitor<'_> for Scalar {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or a whole number")
            }

            fn visit_str<E>(self, text: &str) -> Result<Text, E> {
                Ok(Text::from(text))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Text, E> {
                Ok(Text {
                    text: number.to_string(),
                    is_number: true,
                })
            }

            fn visit_i64<E>(self, number: i64) -> Result<Text, E> {
                Ok(Text {
                    text: number.to_string(),
                    is_number: true,
                })
            }
        }
        deserializer.deserialize_any(Scalar)
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.number() {
            Some(number) => number.serialize(serializer),
            None => serializer.serialize_str(&self.text),
        }
    }
}

/// A whole number that Meta also reads where it is written as text. Remembers how it came.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Whole(Text);

impl Whole {
    /// The number.
    pub fn get(&self) -> i64 {
        // Nothing else is read or made.
        self.0.as_str().trim().parse().unwrap_or_default()
    }
}

impl From<i64> for Whole {
    fn from(number: i64) -> Self {
        Self(Text::from_number(number))
    }
}

impl From<i32> for Whole {
    fn from(number: i32) -> Self {
        i64::from(number).into()
    }
}

impl From<u32> for Whole {
    fn from(number: u32) -> Self {
        i64::from(number).into()
    }
}

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Text::deserialize(deserializer)?;
        match text.as_str().trim().parse::<i64>() {
            Ok(_) => Ok(Self(text)),
            Err(_) => Err(serde::de::Error::custom("not a whole number")),
        }
    }
}

impl Serialize for Whole {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// Members this version does not know, as they came. Their values are not shown by `Debug`.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Extra(pub Map<String, Value>);

impl fmt::Debug for Extra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Structs whose every member may be missing or odd, and which keep what they do not know. Of a repeated key the last one counts, as
/// in [`Value`]. A member may be renamed (`#[serde(rename = "type")]`), and nothing else.
macro_rules! open_structs {
    ($(
        $(#[$meta:meta])*
        $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* }
    )*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Default, ::serde::Serialize)]
        #[non_exhaustive]
        pub struct $name {
            $(
                #[doc = concat!("`", stringify!($field), "`.")]
                $(#[$field_meta])*
                #[serde(skip_serializing_if = "crate::open::Field::is_absent")]
                pub $field: $crate::open::Field<$type>,
            )*
            /// Members this version does not know.
            #[serde(flatten)]
            pub extra: $crate::open::Extra,
        }

        // Written by hand, since a derived one refuses a repeated key, and keeps every member a second time to sort out the unknown.
        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                #[derive(::serde::Deserialize)]
                #[serde(field_identifier)]
                #[expect(non_camel_case_types, reason = "named as the members are")]
                enum Key {
                    $($(#[$field_meta])* $field,)*
                    Extra(String),
                }

                struct Members;
                impl<'de> ::serde::de::Visitor<'de> for Members {
                    type Value = $name;

                    fn expecting(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                        f.write_str("an object")
                    }

                    fn visit_map<A: ::serde::de::MapAccess<'de>>(self, mut members: A) -> Result<$name, A::Error> {
                        let mut read = $name::default();
                        while let Some(key) = members.next_key()? {
                            match key {
                                $(Key::$field => read.$field = members.next_value()?,)*
                                Key::Extra(key) => {
                                    read.extra.0.insert(key, members.next_value()?);
                                }
                            }
                        }
                        Ok(read)
                    }
                }
                deserializer.deserialize_map(Members)
            }
        }
    )*};
}

/// The same structs, where they are sent as well as received: what is sent must fit.
macro_rules! sent_structs {
    ($(
        $(#[$meta:meta])*
        $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* }
    )*) => {
        $crate::open::open_structs! { $($(#[$meta])* $name { $($(#[$field_meta])* $field: $type,)* })* }

        $(impl $crate::open::Fit for $name {
            fn fit(value: &::serde_json::Value, at: $crate::open::At<'_>, found: &mut Vec<$crate::limits::Violation>) {
                #[derive(::serde::Deserialize)]
                #[serde(field_identifier)]
                #[expect(non_camel_case_types, reason = "named as the members are")]
                enum Key {
                    $($(#[$field_meta])* $field,)*
                    #[serde(other)]
                    Extra,
                }

                use $crate::open::{At, Field, fit};
                for (name, value) in fit::object(value, at, found).into_iter().flatten() {
                    let key = ::serde::de::value::StrDeserializer::<::serde::de::value::Error>::new(name);
                    match ::serde::Deserialize::deserialize(key) {
                        $(Ok(Key::$field) => Field::<$type>::fit(value, At::Member(&at, name), found),)*
                        Ok(Key::Extra) | Err(_) => {}
                    }
                }
            }
        })*
    };
}

/// Words of Meta's, of which there may be more tomorrow.
macro_rules! open_enums {
    ($(
        $(#[$meta:meta])*
        $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $text:literal,)* }
    )*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $(
                #[doc = concat!("`", $text, "`.")]
                $(#[$variant_meta])*
                $variant,
            )*
            /// A word this version does not know, as it came.
            Unknown(String),
        }

        impl $name {
            /// The word as Meta writes it.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Unknown(word) => word,
                }
            }
        }

        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                match word {
                    $($text => Self::$variant,)*
                    _ => Self::Unknown(word.to_owned()),
                }
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Word;
                impl ::serde::de::Visitor<'_> for Word {
                    type Value = $name;

                    fn expecting(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                        f.write_str("a word")
                    }

                    fn visit_str<E>(self, word: &str) -> Result<$name, E> {
                        Ok($name::from(word))
                    }
                }
                deserializer.deserialize_str(Word)
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        $crate::open::fit::scalars! { $name: "a text" = ::serde_json::Value::is_string; }
    )*};
}

/// Objects that say by their `type` what they are: either spelling of it is read, Meta's own is written. An object of a type
/// this version does not know, or of another shape, is kept whole. Each payload has a member `extra: Extra`.
macro_rules! open_unions {
    ($(
        $(#[$meta:meta])*
        $name:ident { $($(#[$variant_meta:meta])* $variant:ident($payload:ty) = $text:literal,)* }
    )*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum $name {
            $(
                #[doc = concat!("`", $text, "`.")]
                $(#[$variant_meta])*
                $variant($payload),
            )*
            /// A type this version does not know, as it came.
            Unknown(Extra),
        }

        impl $name {
            /// The type as Meta writes it; empty where there was none.
            pub fn kind(&self) -> &str {
                match self {
                    $(Self::$variant(_) => $text,)*
                    Self::Unknown(object) => {
                        object.0.get("type").and_then(::serde_json::Value::as_str).unwrap_or("")
                    }
                }
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let object = ::serde_json::Map::deserialize(deserializer)?;
                let word = object.get("type").and_then(::serde_json::Value::as_str).unwrap_or("").to_owned();
                let object = ::serde_json::Value::Object(object);
                $(if word.eq_ignore_ascii_case($text)
                    && let Ok(mut payload) = <$payload>::deserialize(&object)
                {
                    // Kept only where it was spelt differently, so that it is written as it came.
                    if word == $text {
                        payload.extra.0.shift_remove("type");
                    }
                    return Ok(Self::$variant(payload));
                })*
                ::serde::Deserialize::deserialize(object).map(Self::Unknown).map_err(::serde::de::Error::custom)
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use ::serde::ser::{Error as _, SerializeMap as _};
                let payload = match self {
                    $(Self::$variant(payload) => ::serde_json::to_value(payload),)*
                    Self::Unknown(object) => return object.serialize(serializer),
                };
                let ::serde_json::Value::Object(payload) = payload.map_err(S::Error::custom)? else {
                    return Err(S::Error::custom("a payload is an object"));
                };
                let mut map = serializer.serialize_map(Some(payload.len() + 1))?;
                if !payload.contains_key("type") {
                    map.serialize_entry("type", self.kind())?;
                }
                for (key, value) in &payload {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }

        impl $crate::open::Fit for $name {
            fn fit(value: &::serde_json::Value, at: $crate::open::At<'_>, found: &mut Vec<$crate::limits::Violation>) {
                let Some(object) = $crate::open::fit::object(value, at, found) else { return };
                let word = object.get("type").and_then(::serde_json::Value::as_str).unwrap_or("");
                $(if word.eq_ignore_ascii_case($text) {
                    return <$payload as $crate::open::Fit>::fit(value, at, found);
                })*
            }
        }
    )*};
}

pub(crate) use {open_enums, open_structs, open_unions, sent_structs};
