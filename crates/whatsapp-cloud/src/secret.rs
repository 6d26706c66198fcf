//! Secrets: in memory, never in a log, and wiped when dropped.

use secrecy::{ExposeSecret as _, SecretString};

macro_rules! secrets {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name(SecretString);

        impl $name {
            /// Takes the secret; what it is made from should not be kept elsewhere.
            pub fn new(secret: impl Into<String>) -> Self {
                Self(SecretString::from(secret.into()))
            }

            /// The secret itself. Look at every call of this before it goes anywhere.
            pub fn expose(&self) -> &str {
                self.0.expose_secret()
            }
        }

        impl From<SecretString> for $name {
            fn from(secret: SecretString) -> Self {
                Self(secret)
            }
        }
    )*};
}

secrets! {
    /// Bearer token of a system user, user or business: goes to Meta's hosts and nowhere else.
    AccessToken;
    /// The Meta app's secret: signs webhooks, and access tokens for `appsecret_proof`.
    AppSecret;
    /// The word Meta repeats in the webhook handshake.
    VerifyToken;
}
