//! The few lines in which an endpoint is declared.
//!
//! ```text
//! endpoints! {
//!     /// Registers a number. 10 times in 72 hours.
//!     POST(repeatable) Register "{phone_number_id}/register" -> Done {
//!         path { phone_number_id: PhoneNumberId }
//!         constant { messaging_product: "whatsapp" }
//!         body { /// Six digits.
//!                pin: String }
//!         body_optional { data_localization_region: String }
//!     }
//! }
//! ```
//!
//! Sections, all but `path` optional, in this order: `path`, `query`, `query_optional`, `constant`, `body`, `body_optional`, or
//! instead of the last three `whole { name: Type }`, where one value is the whole body. Members are public fields; required ones
//! are arguments of `new`, in order; each optional one has a method of its name that sets it. `POST(repeatable)` says that
//! making the call twice does no harm. `pages!` declares a list: it adds `fields`, `limit`, `after` and `before`, and is
//! [`Paged`](super::Paged).

macro_rules! endpoints {
    ($(
        $(#[$meta:meta])*
        $method:ident $(($mark:ident))? $name:ident $path:literal -> $response:ty {
            $(path { $($(#[$pm:meta])* $pf:ident: $pt:ty),+ $(,)? })?
            $(query { $($(#[$qm:meta])* $qf:ident: $qt:ty),+ $(,)? })?
            $(query_optional { $($(#[$om:meta])* $of:ident: $ot:ty),+ $(,)? })?
            $(constant { $($cf:ident: $cv:literal),+ $(,)? })?
            $(body { $($(#[$bm:meta])* $bf:ident: $bt:ty),+ $(,)? })?
            $(body_optional { $($(#[$xm:meta])* $xf:ident: $xt:ty),+ $(,)? })?
            $(whole { $(#[$wm:meta])* $wf:ident: $wt:ty $(,)? })?
        }
    )*) => {$(
        #[doc = concat!("`", stringify!($method), " /", $path, "`")]
        ///
        $(#[$meta])*
        #[derive(Clone)]
        pub struct $name {
            $($(#[doc = concat!("`", stringify!($pf), "` of the path.")] $(#[$pm])* pub $pf: $pt,)+)?
            $($(#[doc = concat!("`", stringify!($qf), "`, in the query.")] ///
                $(#[$qm])* pub $qf: $qt,)+)?
            $($(#[doc = concat!("`", stringify!($of), "`, in the query.")] ///
                $(#[$om])* pub $of: Option<$ot>,)+)?
            $($(#[doc = concat!("`", stringify!($bf), "`.")] ///
                $(#[$bm])* pub $bf: $bt,)+)?
            $($(#[doc = concat!("`", stringify!($xf), "`.")] ///
                $(#[$xm])* pub $xf: Option<$xt>,)+)?
            $(#[doc = "The whole body."] ///
                $(#[$wm])* pub $wf: $wt,)?
        }

        impl $name {
            /// The call with everything it must have.
            #[allow(clippy::too_many_arguments, clippy::new_without_default, clippy::allow_attributes, reason = "of some")]
            pub fn new(
                $($($pf: impl Into<$pt>,)+)?
                $($($qf: impl Into<$qt>,)+)?
                $($($bf: impl Into<$bt>,)+)?
                $($wf: impl Into<$wt>,)?
            ) -> Self {
                Self {
                    $($($pf: $pf.into(),)+)?
                    $($($qf: $qf.into(),)+)?
                    $($($of: None,)+)?
                    $($($bf: $bf.into(),)+)?
                    $($($xf: None,)+)?
                    $($wf: $wf.into(),)?
                }
            }

            $($(
                #[doc = concat!("The same call with `", stringify!($of), "`.")]
                #[must_use]
                pub fn $of(mut self, value: impl Into<$ot>) -> Self {
                    self.$of = Some(value.into());
                    self
                }
            )+)?
            $($(
                #[doc = concat!("The same call with `", stringify!($xf), "`.")]
                #[must_use]
                pub fn $xf(mut self, value: impl Into<$xt>) -> Self {
                    self.$xf = Some(value.into());
                    self
                }
            )+)?
        }

        impl $crate::graph::Endpoint for $name {
            type Response = $response;

            fn method(&self) -> ::http::Method {
                ::http::Method::$method
            }

            fn path(&self) -> String {
                $($(let $pf = self.$pf.as_str();)+)?
                format!($path)
            }

            #[allow(unused_mut, clippy::let_and_return, clippy::allow_attributes, reason = "of calls without a query")]
            fn query(&self) -> $crate::graph::Query {
                let mut query = $crate::graph::Query::default();
                $($(query.put(stringify!($qf), &self.$qf);)+)?
                $($(query.put(stringify!($of), &self.$of);)+)?
                query
            }

            fn body(&self) -> Option<::bytes::Bytes> {
                $(if true {
                    return $crate::graph::declare::json(&self.$wf);
                })?
                let members: &[(&str, ::serde_json::Value)] = &[
                    $($((stringify!($cf), ::serde_json::Value::from($cv)),)+)?
                    $($((stringify!($bf), $crate::graph::declare::value(&self.$bf)),)+)?
                    $($((stringify!($xf), $crate::graph::declare::value(&self.$xf)),)+)?
                ];
                $crate::graph::declare::object(members)
            }

            $(endpoints!(@$mark);)?

            fn decode(&self, body: &[u8]) -> Result<$response, ::serde_json::Error> {
                ::serde_json::from_slice(body)
            }
        }

        /// Shows the ids of the path only.
        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.debug_struct(stringify!($name))
                    $($(.field(stringify!($pf), &self.$pf.as_str()))+)?
                    .finish_non_exhaustive()
            }
        }
    )*};
    (@repeatable) => {
        fn is_repeatable(&self) -> bool {
            true
        }
    };
}

macro_rules! pages {
    ($(
        $(#[$meta:meta])*
        $name:ident $path:literal -> $item:ty {
            $(path { $($path_members:tt)+ })?
            $(query { $($query:tt)+ })?
            $(query_optional { $($optional:tt)+ })?
        }
    )*) => {$(
        endpoints! {
            $(#[$meta])*
            GET $name $path -> $crate::graph::Page<$item> {
                $(path { $($path_members)+ })?
                $(query { $($query)+ })?
                query_optional {
                    $($($optional)+)?
                    /// The members to tell, separated by commas.
                    fields: String,
                    /// The most items of one page.
                    limit: u32,
                    /// The cursor of the page before this one.
                    after: String,
                    /// The cursor of the page after this one.
                    before: String,
                }
            }
        }

        impl $crate::graph::Paged for $name {
            type Item = $item;

            fn page_after(&self, cursor: &str) -> Self {
                Self { after: Some(cursor.to_owned()), before: None, ..self.clone() }
            }
        }
    )*};
}

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value};

/// Endpoint members are text, numbers and open structs: there is nothing here that serialising can refuse.
pub(crate) fn value(member: &impl Serialize) -> Value {
    serde_json::to_value(member).unwrap_or_default()
}

/// The whole body.
pub(crate) fn json(body: &impl Serialize) -> Option<Bytes> {
    serde_json::to_vec(body).ok().map(Bytes::from)
}

/// The body of these members, without those that are not there; none where nothing is declared.
pub(crate) fn object(members: &[(&str, Value)]) -> Option<Bytes> {
    if members.is_empty() {
        return None;
    }
    let object: Map<String, Value> = members
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (name.trim_start_matches("r#").to_owned(), value.clone()))
        .collect();
    json(&object)
}
