//! Meta's ids. All of them are opaque: only their owner knows what they are made of, and some are numbers in some places.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::limits::Violation;
use crate::open::{At, Fit, Text};

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident: $debug:ident;)*) => {$(
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Text);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl<T: Into<String>> From<T> for $name {
            fn from(id: T) -> Self {
                Self(Text::from(id))
            }
        }

        impl Fit for $name {
            fn fit(value: &Value, at: At<'_>, found: &mut Vec<Violation>) {
                Text::fit(value, at, found);
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                ids!(@$debug self, f)
            }
        }
    )*};
    (@shown $self:ident, $f:ident) => { $f.write_str($self.as_str()) };
    (@personal $self:ident, $f:ident) => { fmt::Debug::fmt(&$self.0, $f) };
}

ids! {
    /// A phone number as WhatsApp writes it: digits without `+`. Shown only when asked for.
    WaId: personal;
    /// A business-scoped user id, `CC.…`, or that of a parent portfolio, `CC.ENT.…`. Shown only when asked for.
    UserId: personal;
    /// A message: `wamid.…`.
    MessageId: shown;
    /// A business phone number's id (not the number).
    PhoneNumberId: shown;
    /// A WhatsApp Business Account.
    BusinessAccountId: shown;
    /// A file; inbound ones can be fetched for seven days.
    MediaId: shown;
    /// A message template.
    TemplateId: shown;
    /// A group.
    GroupId: shown;
    /// A call: `wacid.…`.
    CallId: shown;
    /// A flow.
    FlowId: shown;
    /// A Meta app.
    AppId: shown;
    /// A business portfolio.
    BusinessId: shown;
    /// A multi-partner solution.
    SolutionId: shown;
    /// A group of templates.
    TemplateGroupId: shown;
    /// An in-app signup.
    SignupId: shown;
    /// A phone number that a partner verified beforehand.
    PreverifiedId: shown;
}
