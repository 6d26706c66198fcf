//! Access tokens: looked into, and had for a code or for an app's secret.
//!
//! <https://developers.facebook.com/docs/graph-api/reference/debug_token>,
//! <https://developers.facebook.com/docs/whatsapp/embedded-signup/implementation>

use serde::Deserialize;

use super::answer::{loose_number, loose_text};
use crate::id::AppId;
use crate::open::{Extra, Text, open_structs};
use crate::secret::{AccessToken, AppSecret};
use crate::time::Timestamp;

endpoints! {
    /// What a token is, may do, and how long. Ask with an app token, or with the token itself. A token that has ended is no
    /// error: `is_valid` says so.
    GET DebugToken "debug_token" -> DebuggedToken {
        query {
            /// The token to look into.
            input_token: AccessToken
        }
    }
}

open_structs! {
    /// What Meta knows of a token.
    DebuggedToken {
        data: TokenFacts,
    }

    /// What a token is and may do.
    TokenFacts {
        app_id: AppId,
        application: Text,
        /// `USER`, `SYSTEM_USER`, `APP`, `PAGE`.
        r#type: Text,
        is_valid: bool,
        /// 0 where it never ends.
        expires_at: Timestamp,
        data_access_expires_at: Timestamp,
        issued_at: Timestamp,
        user_id: Text,
        profile_id: Text,
        scopes: Vec<Text>,
        granular_scopes: Vec<GranularScope>,
        error: TokenError,
        metadata: Extra,
    }

    /// A permission, and what it is for.
    GranularScope {
        scope: Text,
        /// Absent where it is for everything.
        target_ids: Vec<Text>,
    }

    /// Why a token is not valid.
    TokenError {
        code: i64,
        message: Text,
        subcode: i64,
    }
}

/// `GET /oauth/access_token`: a business token for the code that Embedded Signup gave. The code lives 30 seconds.
#[derive(Debug, Clone)]
pub struct ExchangeCode {
    /// The app that Embedded Signup ran in.
    pub client_id: AppId,
    /// Its secret.
    pub client_secret: AppSecret,
    /// What Embedded Signup gave.
    pub code: AccessToken,
    /// The redirect that the code was had with, if there was one.
    pub redirect_uri: Option<String>,
}

/// `GET /oauth/access_token`: an app token, for calls about the app itself.
#[derive(Debug, Clone)]
pub struct GetAppToken {
    /// The app.
    pub client_id: AppId,
    /// Its secret.
    pub client_secret: AppSecret,
}

/// `GET /oauth/access_token`: a user token of 60 days for one of a few hours.
#[derive(Debug, Clone)]
pub struct ExtendToken {
    /// The app that the token belongs to.
    pub client_id: AppId,
    /// Its secret.
    pub client_secret: AppSecret,
    /// The token to exchange.
    pub token: AccessToken,
}

macro_rules! token_calls {
    ($($name:ident($self:ident, $query:ident) $put:block)*) => {$(
        impl super::Endpoint for $name {
            type Response = GrantedToken;

            fn method(&self) -> http::Method {
                http::Method::GET
            }

            fn path(&self) -> String {
                "oauth/access_token".to_owned()
            }

            fn query(&$self) -> super::Query {
                let mut $query = super::Query::default();
                $query.put("client_id", &$self.client_id.as_str().to_owned());
                $query.put("client_secret", &$self.client_secret);
                $put
                $query
            }

            fn credentials(&self) -> super::Credentials {
                super::Credentials::InCall
            }

            fn decode(&self, body: &[u8]) -> Result<GrantedToken, serde_json::Error> {
                crate::graph::answer::read(body)
            }
        }
    )*};
}

token_calls! {
    ExchangeCode(self, query) {
        query.put("code", &self.code);
        query.put("redirect_uri", &self.redirect_uri);
    }

    GetAppToken(self, query) {
        query.put("grant_type", &"client_credentials".to_owned());
    }

    ExtendToken(self, query) {
        query.put("grant_type", &"fb_exchange_token".to_owned());
        query.put("fb_exchange_token", &self.token);
    }
}

/// A token.
#[derive(Debug, Clone, Deserialize)]
#[non_exhaustive]
pub struct GrantedToken {
    /// The token itself.
    #[serde(deserialize_with = "token")]
    pub access_token: AccessToken,
    /// `bearer`.
    #[serde(default, deserialize_with = "loose_text")]
    pub token_type: Option<String>,
    /// In seconds; absent where it never ends.
    #[serde(default, deserialize_with = "loose_number")]
    pub expires_in: Option<i64>,
    /// In seconds since the epoch, where Meta tells it so.
    #[serde(default, deserialize_with = "loose_number")]
    pub expires_at: Option<i64>,
}

fn token<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<AccessToken, D::Error> {
    String::deserialize(deserializer).map(AccessToken::new)
}

impl AccessToken {
    /// The token that an app is by itself: its id and its secret.
    pub fn of_app(app_id: &AppId, secret: &AppSecret) -> Self {
        Self::new(format!("{}|{}", app_id.as_str(), secret.expose()))
    }
}
