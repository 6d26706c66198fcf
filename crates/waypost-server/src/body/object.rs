//! A request's JSON object, each of whose keys stands there once.
//!
//! A repeated key means two things at once, and every parser between its writer and us chooses one of them in silence.

use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::{Map, Value};

use crate::problem::{Code, Problem};

/// Reads a body. `refusal` is answered where it is JSON, and not such an object.
pub(crate) fn object(bytes: &[u8], refusal: Code) -> Result<Map<String, Value>, Problem> {
    let broken = |error: serde_json::Error| {
        if error.classify() == Category::Data {
            return Problem::from(refusal).detail(error.to_string());
        }
        Problem::from(Code::NotJson).detail(format!(
            "it is not JSON at line {}, column {}",
            error.line(),
            error.column()
        ))
    };
    serde_json::from_slice::<EveryKeyOnce>(bytes).map_err(broken)?;
    match serde_json::from_slice(bytes).map_err(broken)? {
        Value::Object(object) => Ok(object),
        _ => Err(Problem::from(refusal).detail("the body is JSON, but no object")),
    }
}

/// Any JSON, unless a key is repeated in one of its objects.
struct EveryKeyOnce;

impl<'de> Deserialize<'de> for EveryKeyOnce {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for EveryKeyOnce {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
        let mut seen = HashSet::new();
        while let Some(key) = map.next_key::<String>()? {
            if let Some(key) = seen.replace(key) {
                // The name comes from outside: shown only where it is short.
                let shown: String = key.chars().take(64).collect();
                return Err(A::Error::custom(format!("`{shown}` stands there twice")));
            }
            map.next_value::<Self>()?;
        }
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self, A::Error> {
        while list.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> Option<Code> {
        let read = object(text.as_bytes(), Code::InvalidRequest);
        read.err().map(|problem| problem.code())
    }

    #[test]
    fn a_key_that_stands_there_twice_is_refused_wherever_it_is() {
        let once = r#"{"a": {"a": [1, -1, 0.5, null, true, "a"]}, "b": {"a": 1}}"#;
        assert_eq!(refused(once), None);
        for twice in [
            r#"{"dry_run": true, "dry_run": false}"#,
            r#"{"dry_run": true, "dry\u005frun": false}"#,
            r#"{"a": [{"b": 1, "c": 2, "b": 1}]}"#,
        ] {
            assert_eq!(refused(twice), Some(Code::InvalidRequest), "{twice}");
        }
        for other in ["[true]", "7", "null"] {
            assert_eq!(refused(other), Some(Code::InvalidRequest), "{other}");
        }
        for broken in ["", "{", "{} {}", r#"{"a": 1, "a"#, "{a: 1}"] {
            assert_eq!(refused(broken), Some(Code::NotJson), "{broken}");
        }
    }
}
