//! The access token: what it may do, and until when.

use serde::{Deserialize, Serialize};

/// The permission to send and to fetch media.
pub(crate) const MESSAGING: &str = "whatsapp_business_messaging";
/// The permission to see and change the business account.
pub(crate) const MANAGEMENT: &str = "whatsapp_business_management";

/// What the one access token is good for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Token {
    /// Whether it was withdrawn.
    pub is_revoked: bool,
    /// When it expires, in milliseconds since the Unix epoch; never, if absent.
    pub expires_at_ms: Option<u64>,
    /// Its permissions.
    pub scopes: Vec<String>,
}

impl Default for Token {
    /// A system user's: for ever, with both permissions.
    fn default() -> Self {
        Self {
            is_revoked: false,
            expires_at_ms: None,
            scopes: [MANAGEMENT, MESSAGING].map(str::to_owned).to_vec(),
        }
    }
}

impl Token {
    pub(crate) fn is_valid(&self, now_ms: u64) -> bool {
        !self.is_revoked && self.expires_at_ms.is_none_or(|at_ms| now_ms < at_ms)
    }

    pub(crate) fn has(&self, scope: &str) -> bool {
        self.scopes.iter().any(|held| held == scope)
    }
}
