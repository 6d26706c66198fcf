//! Structs of members that must be there, of members that may be, and of whatever else came along.
//!
//! **Invariant:** a `null` is no value and stays where it was: among what this version does not know, until its member is set. So does
//! an empty value of a member that is left out where it is empty.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// How a struct of such members is read and written, and what it is read from: first those that must be there, then, after a `;`,
/// those that may be (`Option`s), then, after another, those that are left out where they are empty. It has a member `extra:
/// Extra` besides.
macro_rules! members {
    (
        $(<$parameter:ident>)? $name:ident {
            $($must:ident: $must_type:ty,)*
            ; $($may:ident: $may_type:ty,)*
            $(; $($empty:ident: $empty_type:ty,)*)?
        }
    ) => {
        impl$(<$parameter: ::serde::Serialize>)? ::serde::Serialize for $name$(<$parameter>)? {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use ::serde::ser::SerializeMap as _;
                let mut map = serializer.serialize_map(None)?;
                $(map.serialize_entry($crate::open::members::name(stringify!($must)), &self.$must)?;)*
                $($(if self.$empty != <$empty_type>::default() {
                    map.serialize_entry($crate::open::members::name(stringify!($empty)), &self.$empty)?;
                })*)?
                $(if let Some(value) = &self.$may {
                    map.serialize_entry($crate::open::members::name(stringify!($may)), value)?;
                })*
                for (key, value) in &self.extra.0 {
                    let is_written = match key.as_str() {
                        $(key if key == $crate::open::members::name(stringify!($may)) => self.$may.is_some(),)*
                        $($(key if key == $crate::open::members::name(stringify!($empty)) => {
                            self.$empty != <$empty_type>::default()
                        })*)?
                        _ => false,
                    };
                    if !is_written {
                        map.serialize_entry(key, value)?;
                    }
                }
                map.end()
            }
        }

        impl<'de $(, $parameter: ::serde::de::DeserializeOwned)?> ::serde::Deserialize<'de> for $name$(<$parameter>)? {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                use ::serde::de::Error as _;
                use $crate::open::members;
                let $crate::open::Extra(mut object) = ::serde::Deserialize::deserialize(deserializer)?;
                Ok(Self {
                    $($must: members::must(&mut object, members::name(stringify!($must))).map_err(D::Error::custom)?,)*
                    $($may: members::may(&mut object, members::name(stringify!($may))).map_err(D::Error::custom)?,)*
                    $($($empty: members::or_empty(&mut object, members::name(stringify!($empty))).map_err(D::Error::custom)?,)*)?
                    extra: $crate::open::Extra(object),
                })
            }
        }

        impl$(<$parameter: $crate::open::Fit>)? $crate::open::Fit for $name$(<$parameter>)? {
            fn fit(value: &::serde_json::Value, at: $crate::open::At<'_>, found: &mut Vec<$crate::limits::Violation>) {
                use $crate::open::{fit, members};
                let Some(object) = fit::object(value, at, found) else { return };
                $(fit::must::<$must_type>(object, members::name(stringify!($must)), at, found);)*
                $(fit::may::<$may_type>(object, members::name(stringify!($may)), at, found);)*
                $($(fit::may::<$empty_type>(object, members::name(stringify!($empty)), at, found);)*)?
            }
        }
    };
}

pub(crate) use members;

/// What a member is called in JSON: `r#type` is `type`.
pub(crate) fn name(field: &'static str) -> &'static str {
    field.trim_start_matches("r#")
}

/// A member that must be there.
pub(crate) fn must<T: DeserializeOwned>(
    members: &mut Map<String, Value>,
    name: &'static str,
) -> Result<T, serde_json::Error> {
    let value = members.shift_remove(name);
    T::deserialize(value.ok_or_else(|| serde::de::Error::missing_field(name))?)
}

/// A member that may be there.
pub(crate) fn may<T: DeserializeOwned>(
    members: &mut Map<String, Value>,
    name: &str,
) -> Result<Option<T>, serde_json::Error> {
    if members.get(name).is_none_or(Value::is_null) {
        return Ok(None);
    }
    members.shift_remove(name).map(T::deserialize).transpose()
}

/// A member that is left out where it is empty.
pub(crate) fn or_empty<T: DeserializeOwned + Default + PartialEq>(
    members: &mut Map<String, Value>,
    name: &str,
) -> Result<T, serde_json::Error> {
    let Some(given) = members.get(name).filter(|given| !given.is_null()) else {
        return Ok(T::default());
    };
    let read = T::deserialize(given)?;
    if read != T::default() {
        members.shift_remove(name);
    }
    Ok(read)
}
