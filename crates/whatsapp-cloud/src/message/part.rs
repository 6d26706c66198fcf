//! How the parts of a message are declared: what a part must have, what it may have, and whatever else came along.

use crate::open::members::members;
use crate::open::{self, Extra};

/// Structs with members that must be there and, after a `;`, members that may be. Each gets `new` with the former in order, a
/// method for each of the latter that sets it, and a place for members this version does not know.
macro_rules! parts {
    ($(
        $(#[$meta:meta])*
        $name:ident {
            $($(#[doc = $must_doc:literal])* $must:ident: $must_type:ty,)*
            $(; $($(#[doc = $may_doc:literal])* $may:ident: $may_type:ty,)*)?
        }
    )*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub struct $name {
            $(
                $(#[doc = $must_doc])*
                pub $must: $must_type,
            )*
            $($(
                $(#[doc = $may_doc])*
                pub $may: Option<$may_type>,
            )*)?
            /// Members this version does not know.
            pub extra: $crate::open::Extra,
        }

        $crate::open::members::members! {
            $name { $($must: $must_type,)* ; $($($may: $may_type,)*)? }
        }

        impl $name {
            /// One with what it must have.
            pub fn new($($must: impl Into<$must_type>),*) -> Self {
                Self {
                    $($must: $must.into(),)*
                    $($($may: None,)*)?
                    extra: $crate::open::Extra::default(),
                }
            }

            $($(
                $(#[doc = $may_doc])*
                #[must_use]
                pub fn $may(mut self, $may: impl Into<$may_type>) -> Self {
                    self.$may = Some($may.into());
                    self
                }
            )*)?
        }
    )*};
}

pub(crate) use parts;

parts! {
    /// Text of a message's frame: a body or a footer.
    TextPart {
        /// A body has at most 1,024 characters (4,096 in a list), a footer 60.
        text: open::Text,
    }
}

impl<T: Into<String>> From<T> for TextPart {
    fn from(text: T) -> Self {
        Self::new(text.into())
    }
}

/// What Meta calls by a name and gives parameters.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Named<P> {
    /// Meta's name of it.
    pub name: open::Text,
    /// What it needs to know.
    pub parameters: Option<P>,
    /// Members this version does not know.
    pub extra: Extra,
}

members! {
    <P> Named { name: open::Text, ; parameters: P, }
}

impl<P> Named<P> {
    pub(crate) fn new(name: &str, parameters: Option<P>) -> Self {
        Self {
            name: name.into(),
            parameters,
            extra: Extra::default(),
        }
    }
}
