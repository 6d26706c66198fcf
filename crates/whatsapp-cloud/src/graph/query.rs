//! A query: names and values, escaped when they are written.
//!
//! **Invariant:** a value cannot add a name of its own: everything but letters, digits and `-_.~,` is escaped.

use std::fmt;

/// Names and values in order.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Query(Vec<(&'static str, String)>);

/// What can stand in a query.
pub trait QueryValue {
    /// Its text; `None` leaves the name out.
    fn text(&self) -> Option<String>;
}

impl Query {
    /// Adds a value, unless it is absent.
    pub fn put(&mut self, name: &'static str, value: &impl QueryValue) {
        if let Some(text) = value.text() {
            self.0.push((name.trim_start_matches("r#"), text));
        }
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Names and values, not escaped. Values may be secret.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// As it stands after the question mark.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for (name, value) in &self.0 {
            if !text.is_empty() {
                text.push('&');
            }
            text.push_str(name);
            text.push('=');
            escape(value, b"-_.~,", &mut text);
        }
        text
    }
}

/// Everything but letters, digits and what is plain here is escaped.
pub(super) fn escape(value: &str, plain: &[u8], text: &mut String) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || plain.contains(&byte) {
            text.push(char::from(byte));
        } else {
            const HEX: &[u8; 16] = b"0123456789ABCDEF";
            text.push('%');
            text.push(char::from(HEX[usize::from(byte >> 4)]));
            text.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

/// Values may be secret: shows names only.
impl fmt::Debug for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.0.iter().map(|(name, _)| name))
            .finish()
    }
}

impl QueryValue for String {
    fn text(&self) -> Option<String> {
        Some(self.clone())
    }
}

impl<T: QueryValue> QueryValue for Option<T> {
    fn text(&self) -> Option<String> {
        self.as_ref()?.text()
    }
}

/// Separated by commas.
impl<T: QueryValue> QueryValue for Vec<T> {
    fn text(&self) -> Option<String> {
        let texts: Vec<String> = self.iter().filter_map(QueryValue::text).collect();
        Some(texts.join(","))
    }
}

macro_rules! plain {
    ($($name:ty),*) => {$(
        impl QueryValue for $name {
            fn text(&self) -> Option<String> {
                Some(self.to_string())
            }
        }
    )*};
}

plain!(bool, i64, u32, u64);

macro_rules! worded {
    ($($name:ty),*) => {$(
        impl QueryValue for $name {
            fn text(&self) -> Option<String> {
                Some(self.as_str().to_owned())
            }
        }
    )*};
}

worded!(
    crate::id::PhoneNumberId,
    crate::id::BusinessAccountId,
    crate::id::TemplateId,
    crate::id::WaId,
    crate::id::UserId,
    crate::id::MessageId,
    crate::id::BusinessId,
    crate::id::SolutionId,
    crate::id::TemplateGroupId,
    crate::template::definition::Category
);

/// A secret goes where its call must carry it.
macro_rules! secret {
    ($($name:ty),*) => {$(
        impl QueryValue for $name {
            fn text(&self) -> Option<String> {
                Some(self.expose().to_owned())
            }
        }
    )*};
}

secret!(
    crate::secret::AccessToken,
    crate::secret::AppSecret,
    crate::secret::VerifyToken
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_cannot_add_a_name_of_its_own() {
        let mut query = Query::default();
        query.put("name", &"a&b=c d/é".to_owned());
        query.put("absent", &None::<String>);
        query.put("ids", &vec!["1".to_owned(), "2".to_owned()]);
        assert_eq!(query.to_text(), "name=a%26b%3Dc%20d%2F%C3%A9&ids=1,2");
        assert!(!format!("{query:?}").contains('é'));
    }
}
