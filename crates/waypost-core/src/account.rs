//! Accounts: the WhatsApp numbers this gateway answers for.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use whatsapp_cloud::secret::{AccessToken, AppSecret, VerifyToken};

use crate::event::Handles;

/// The operator's own name for an account; it stands in paths, so letters, digits, `-`, `_` and `.` only.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountId(pub Arc<str>);

impl AccountId {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for AccountId {
    fn from(name: &str) -> Self {
        Self(name.into())
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A configured number.
#[derive(Clone)]
pub struct Account {
    /// The operator's name for it.
    pub id: AccountId,
    /// A disabled account is loaded, and its webhook paths answer 404.
    pub enabled: bool,
    /// Meta's id of the number; absent only where a seed format allows it.
    pub phone_number_id: Option<String>,
    /// The WhatsApp Business Account the number belongs to.
    pub business_account_id: Option<String>,
    /// The number as people dial it.
    pub phone_number: Option<String>,
    /// Graph API version in the path, such as `v25.0`.
    pub api_version: String,
    /// Bearer token for sending. Without one the account only receives.
    pub access_token: Option<AccessToken>,
    /// Compared in the handshake.
    pub verify_token: Option<VerifyToken>,
    /// Each of them verifies a webhook; several during a rotation.
    pub app_secrets: Vec<AppSecret>,
    /// Take webhooks without proof on this account's own path. Never on a shared one.
    pub allow_unsigned: bool,
    /// Who may write to this account.
    pub senders: Senders,
    /// What happens to a send whose fate stays unknown.
    pub uncertain: UncertainPolicy,
    /// Messages a second that Meta takes from this number: 80, 1,000 after an upgrade, 20 where the Business app shares it.
    pub throughput: u32,
}

/// What Meta takes from a number, in messages a second, unless it was upgraded or is shared with the Business app.
pub const THROUGHPUT: u32 = 80;

/// Shows which account it is and nothing that must not reach a log.
impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("id", &self.id)
            .field("enabled", &self.enabled)
            .field("app_secrets", &self.app_secrets.len())
            .finish_non_exhaustive()
    }
}

/// Who may write to an account.
#[derive(Clone, PartialEq, Eq)]
pub enum Senders {
    /// No allow-list.
    Everyone,
    /// An empty allow-list.
    Nobody,
    /// Phone numbers, compared by their digits, and business-scoped user ids, compared as they are.
    Only(Vec<String>),
}

/// Phone numbers: shows how many there are, never which.
impl fmt::Debug for Senders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everyone => f.write_str("Everyone"),
            Self::Nobody => f.write_str("Nobody"),
            Self::Only(listed) => write!(f, "Only({} listed)", listed.len()),
        }
    }
}

impl Senders {
    /// Whether someone known by `handles` may write.
    pub fn admit(&self, handles: &Handles) -> bool {
        match self {
            Self::Everyone => true,
            Self::Nobody => false,
            Self::Only(listed) => listed.iter().any(|entry| {
                let user_ids = [&handles.user_id, &handles.parent_user_id];
                user_ids.into_iter().flatten().any(|id| id == entry)
                    || handles
                        .wa_id
                        .as_deref()
                        .is_some_and(|number| same_number(number, entry))
            }),
        }
    }
}

/// Whether two spellings mean one phone number: `+1 234-567` is `1234567`.
pub fn same_number(one: &str, other: &str) -> bool {
    let digits = |text: &str| {
        text.chars()
            .filter(char::is_ascii_digit)
            .collect::<String>()
    };
    // A business-scoped user id holds letters and must never match by its digits.
    let is_number = |text: &str| {
        text.chars()
            .all(|c| c.is_ascii_digit() || "+-() .".contains(c))
    };
    is_number(one) && is_number(other) && !digits(one).is_empty() && digits(one) == digits(other)
}

/// What happens to a send whose fate is unknown for five minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UncertainPolicy {
    /// It stays uncertain until a status webhook or a person decides; never a double send.
    #[default]
    Hold,
    /// It is sent again; the recipient may see it twice.
    Resend,
}
