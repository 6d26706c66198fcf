//! Whether a value has the shape of a type, told place by place: reading keeps what is odd, and only says that something is.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Number, Value};

use super::{Extra, Field, Text, Whole};
use crate::limits::{Limit, Violation};

/// A type that knows what it is written as.
pub(crate) trait Fit {
    /// Tells every place of a value that is not what this type is read from: missing, or of another kind.
    fn fit(value: &Value, at: At<'_>, found: &mut Vec<Violation>);
}

/// Where a value stands; written out only when something is wrong there.
#[derive(Clone, Copy)]
pub(crate) enum At<'p> {
    Root,
    Member(&'p At<'p>, &'p str),
    Element(&'p At<'p>, usize),
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Member(Self::Root, name) => f.write_str(name),
            Self::Member(parent, name) => write!(f, "{parent}.{name}"),
            Self::Element(parent, place) => write!(f, "{parent}[{place}]"),
        }
    }
}

impl At<'_> {
    /// That this is not kept here.
    pub(crate) fn tell(self, limit: Limit, found: &mut Vec<Violation>) {
        found.push(Violation {
            path: self.to_string(),
            limit,
            size: None,
        });
    }
}

/// The members of an object; of anything else, that it is none.
pub(crate) fn object<'v>(
    value: &'v Value,
    at: At<'_>,
    found: &mut Vec<Violation>,
) -> Option<&'v Map<String, Value>> {
    let object = value.as_object();
    if object.is_none() {
        at.tell(Limit::Shape("an object"), found);
    }
    object
}

/// A member that must be there.
pub(crate) fn must<T: Fit>(
    object: &Map<String, Value>,
    name: &str,
    at: At<'_>,
    found: &mut Vec<Violation>,
) {
    let at = At::Member(&at, name);
    match object.get(name) {
        Some(value) => T::fit(value, at, found),
        None => at.tell(Limit::Required, found),
    }
}

/// A member that may be there, or be `null`.
pub(crate) fn may<T: Fit>(
    object: &Map<String, Value>,
    name: &str,
    at: At<'_>,
    found: &mut Vec<Violation>,
) {
    if let Some(value) = object.get(name) {
        Option::<T>::fit(value, At::Member(&at, name), found);
    }
}

macro_rules! scalars {
    ($($type:ty: $what:literal = $is:expr;)*) => {$(
        impl $crate::open::Fit for $type {
            fn fit(value: &::serde_json::Value, at: $crate::open::At<'_>, found: &mut Vec<$crate::limits::Violation>) {
                let is: fn(&::serde_json::Value) -> bool = $is;
                if !is(value) {
                    at.tell($crate::limits::Limit::Shape($what), found);
                }
            }
        }
    )*};
}
pub(crate) use scalars;

scalars! {
    Text: "a text" = |value| value.is_string() || value.is_i64() || value.is_u64();
    String: "a text" = Value::is_string;
    bool: "true or false" = Value::is_boolean;
    i64: "a whole number" = Value::is_i64;
    Whole: "a whole number" = |value| {
        value.is_i64() || value.as_str().is_some_and(|text| text.trim().parse::<i64>().is_ok())
    };
    // Meta reads those that are written as text, too.
    Number: "a number" = |value| {
        value.is_number() || value.as_str().is_some_and(|text| text.trim().parse::<f64>().is_ok())
    };
    Extra: "an object" = Value::is_object;
    Value: "anything" = |_| true;
}

impl<T: Fit> Fit for Option<T> {
    fn fit(value: &Value, at: At<'_>, found: &mut Vec<Violation>) {
        if !value.is_null() {
            T::fit(value, at, found);
        }
    }
}

impl<T: Fit> Fit for Field<T> {
    fn fit(value: &Value, at: At<'_>, found: &mut Vec<Violation>) {
        Option::<T>::fit(value, at, found);
    }
}

impl<T: Fit> Fit for Box<T> {
    fn fit(value: &Value, at: At<'_>, found: &mut Vec<Violation>) {
        T::fit(value, at, found);
    }
}

impl<T: Fit> Fit for Vec<T> {
    fn fit(value: &Value, at: At<'_>, found: &mut Vec<Violation>) {
        let Some(elements) = value.as_array() else {
            return at.tell(Limit::Shape("a list"), found);
        };
        for (place, element) in elements.iter().enumerate() {
            T::fit(element, At::Element(&at, place), found);
        }
    }
}

impl<T: Fit> Fit for BTreeMap<String, T> {
    fn fit(value: &Value, at: At<'_>, found: &mut Vec<Violation>) {
        for (name, value) in object(value, at, found).into_iter().flatten() {
            T::fit(value, At::Member(&at, name), found);
        }
    }
}
