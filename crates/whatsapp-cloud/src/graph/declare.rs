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
//! [`Paged`](super::Paged). A call with a body also has `from_body`, which reads it back.

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

        endpoints! {
            @from_body $name
            { $($($pf: $pt,)+)? }
            { $($($qf: $qt,)+)? }
            { $($($of,)+)? }
            { $($($cf: $cv,)+)? }
            { $($($bf: $bt,)+)? }
            { $($($xf: $xt,)+)? }
            { $($wf: $wt,)? }
        }

        impl $crate::graph::Endpoint for $name {
            type Response = $response;

            fn method(&self) -> ::http::Method {
                ::http::Method::$method
            }

            fn path(&self) -> String {
                $($(let $pf = $crate::graph::segment(self.$pf.as_str());)+)?
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
                $crate::graph::answer::read(body)
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
    // A call without a body has none to be read.
    (@from_body $name:ident { $($path:tt)* } { $($query:tt)* } { $($optional:tt)* } { $($constant:tt)* } {} {} {}) => {};
    (@from_body $name:ident
        { $($pf:ident: $pt:ty,)* } { $($qf:ident: $qt:ty,)* } { $($of:ident,)* } {} {} {} { $wf:ident: $wt:ty, }
    ) => {
        impl $name {
            /// The call whose body this is, wherever it was kept or whoever wrote it; what its query leaves open is not set.
            pub fn from_body(
                $($pf: impl Into<$pt>,)*
                $($qf: impl Into<$qt>,)*
                body: &[u8],
            ) -> Result<Self, ::serde_json::Error> {
                let $wf = $crate::graph::answer::read(body)?;
                Ok(Self { $($pf: $pf.into(),)* $($qf: $qf.into(),)* $($of: None,)* $wf })
            }
        }
    };
    (@from_body $name:ident
        { $($pf:ident: $pt:ty,)* } { $($qf:ident: $qt:ty,)* } { $($of:ident,)* } { $($cf:ident: $cv:literal,)* }
        { $($bf:ident: $bt:ty,)* } { $($xf:ident: $xt:ty,)* } {}
    ) => {
        impl $name {
            /// The call whose body this is, wherever it was kept or whoever wrote it; what its query leaves open is not set.
            ///
            /// Fails where the body is not this call's: a member is missing, unknown or of another shape.
            pub fn from_body(
                $($pf: impl Into<$pt>,)*
                $($qf: impl Into<$qt>,)*
                body: &[u8],
            ) -> Result<Self, ::serde_json::Error> {
                let mut members = $crate::graph::declare::Members::read(body)?;
                $(members.constant(stringify!($cf), $cv)?;)*
                let call = Self {
                    $($pf: $pf.into(),)*
                    $($qf: $qf.into(),)*
                    $($of: None,)*
                    $($bf: members.required(stringify!($bf))?,)*
                    $($xf: members.optional(stringify!($xf))?,)*
                };
                members.end()?;
                Ok(call)
            }
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
use serde::de::{DeserializeOwned, Error as _};
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
        .map(|(name, value)| (plain(name).to_owned(), value.clone()))
        .collect();
    json(&object)
}

/// The members of a body that is read back into its call.
pub(crate) struct Members(Map<String, Value>);

impl Members {
    /// A call that may have no member may also have no body.
    pub(crate) fn read(body: &[u8]) -> Result<Self, serde_json::Error> {
        if body.is_empty() {
            return Ok(Self(Map::new()));
        }
        serde_json::from_slice(body).map(Self)
    }

    /// A member that every body of this call has; one that left it out meant the same.
    pub(crate) fn constant(
        &mut self,
        name: &str,
        value: impl Into<Value>,
    ) -> Result<(), serde_json::Error> {
        match self.0.remove(name) {
            Some(other) if other != value.into() => Err(serde_json::Error::custom(format!(
                "`{name}` is another call's"
            ))),
            _ => Ok(()),
        }
    }

    pub(crate) fn required<T: DeserializeOwned>(
        &mut self,
        name: &str,
    ) -> Result<T, serde_json::Error> {
        self.optional(name)?
            .ok_or_else(|| serde_json::Error::custom(format!("`{}` is missing", plain(name))))
    }

    pub(crate) fn optional<T: DeserializeOwned>(
        &mut self,
        name: &str,
    ) -> Result<Option<T>, serde_json::Error> {
        match self.0.remove(plain(name)) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => serde_json::from_value(value)
                .map(Some)
                // What serde says may quote the value, and that may be personal.
                .map_err(|_| {
                    let reason = format!("`{}` is of another shape", plain(name));
                    serde_json::Error::custom(reason)
                }),
        }
    }

    /// Nothing is dropped silently: there is no place in a call for what it does not know.
    pub(crate) fn end(self) -> Result<(), serde_json::Error> {
        match self.0.keys().next() {
            Some(name) => Err(serde_json::Error::custom(format!("`{name}` is unknown"))),
            None => Ok(()),
        }
    }
}

/// A member's name in JSON.
fn plain(name: &str) -> &str {
    name.trim_start_matches("r#")
}
