//! The access token: what it may do, and until when.

use serde::{Deserialize, Serialize};
use whatsapp_cloud::secret::AccessToken;

use super::{Kind, State, World};

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

impl World {
    /// Whether it is what an app of ours is by itself: `APP_ID|APP_SECRET`.
    pub(crate) fn is_app_token(&self, state: &State, token: &str) -> bool {
        let app = token.split('|').next().unwrap_or_default();
        let own = AccessToken::of_app(&app.into(), &self.config.app_secret);
        state.nodes.of_kind(Kind::App, app).is_some() && own.expose() == token
    }

    /// Whether it proves that whoever has the token has the app's secret.
    pub(crate) fn is_proof(&self, token: &str, proof: &str) -> bool {
        let signature = format!("sha256={proof}");
        whatsapp_cloud::webhook::verify(&self.config.app_secret, token.as_bytes(), &signature)
    }
}
