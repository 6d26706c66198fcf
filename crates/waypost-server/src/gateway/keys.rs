//! Admin keys that no configuration names: the one of this run, for the command line, and the one made at the first start
//! where the configuration names no way in.
//!
//! **Invariant:** of the key made at the first start only the hash is kept; it is out of use while the configuration names
//! a user or a key.
//! **Invariant:** the hash is kept once the key was shown, and not before: a key that nobody has seen would be lost.

use waypost_store::Store;

use super::StartError;
use crate::access;
use crate::config::Config;

/// Where the hash of the admin key made at the first start is kept.
const ADMIN_KEY_SETTING: &str = "api.admin_key_sha256";

/// Hashes of the admin keys that no configuration names.
pub(crate) struct MadeKeys {
    local: [u8; 32],
    admin: Option<[u8; 32]>,
}

impl MadeKeys {
    /// Reads the hash of the admin key made earlier; makes a key, and answers it, if there is no other way in. The new key is
    /// kept by [`MadeKeys::keep`].
    pub(crate) async fn new(
        store: &dyn Store,
        local_key: &str,
        config: &Config,
    ) -> Result<(Self, Option<String>), StartError> {
        let local = access::hash(local_key.as_bytes());
        let kept = store
            .setting(ADMIN_KEY_SETTING)
            .await
            .map_err(StartError::Store)?;
        let kept = kept.and_then(|text| {
            let mut hash = [0; 32];
            hex::decode_to_slice(text, &mut hash).ok().map(|()| hash)
        });
        if kept.is_some() || !needs_made_key(config) {
            return Ok((Self { local, admin: kept }, None));
        }
        let key = random_key("wpk_")?;
        let admin = Some(access::hash(key.as_bytes()));
        Ok((Self { local, admin }, Some(key)))
    }

    /// Makes the admin key one that later starts know, too.
    pub(crate) async fn keep(&self, store: &dyn Store) -> Result<(), StartError> {
        let Some(hash) = self.admin else {
            return Ok(());
        };
        store
            .set_setting(ADMIN_KEY_SETTING, &hex::encode(hash))
            .await
            .map_err(StartError::Store)
    }

    /// Those that hold under a configuration: the key made at the first start goes out of use once others are configured.
    pub(crate) fn hashes(&self, config: &Config) -> Vec<(&'static str, [u8; 32])> {
        let admin = self.admin.filter(|_| needs_made_key(config));
        let admin = admin.map(|hash| ("admin", hash));
        std::iter::once(("local", self.local))
            .chain(admin)
            .collect()
    }
}

fn needs_made_key(config: &Config) -> bool {
    config.api.basic.is_none() && config.api.keys.is_empty()
}

/// 256 random bits, in letters and digits.
pub(super) fn random_key(prefix: &str) -> Result<String, StartError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(StartError::Random)?;
    Ok(format!("{prefix}{}", hex::encode(bytes)))
}
