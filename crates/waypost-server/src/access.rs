//! Who may use the API: users and keys, compared by their SHA-256 in constant time, and what each of them may do.
//!
//! **Invariant:** no key is held in the clear longer than it takes to hash it.

use std::sync::Arc;

use axum::http::HeaderMap;
use base64::Engine as _;
use http::header::AUTHORIZATION;
use secrecy::ExposeSecret as _;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use waypost_core::account::AccountId;

use crate::config::{ApiConfig, Scope};
use crate::problem::{Code, Problem};

/// Everyone who may use the API.
#[derive(Debug)]
pub(crate) struct Access {
    users: Vec<Credential>,
    keys: Vec<Credential>,
}

/// One who may, and what.
#[derive(Debug)]
struct Credential {
    hash: [u8; 32],
    caller: Arc<Caller>,
}

/// Whoever asks.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    /// For logs, and for keeping callers' idempotency keys apart.
    pub(crate) name: String,
    scopes: Vec<Scope>,
    accounts: Vec<AccountId>,
}

impl Access {
    /// What the configuration grants, and the admin keys known by their hash: the one of this run, and the one that was
    /// made because none was configured.
    pub(crate) fn new(config: &ApiConfig, admin_hashes: &[(&str, [u8; 32])]) -> Self {
        let users = config.basic.iter().map(|user| Credential {
            hash: basic_hash(&user.username, user.password.expose_secret()),
            caller: Caller::admin(&user.username),
        });
        let configured = config.keys.iter().map(|key| Credential {
            hash: hash(key.secret.expose_secret().as_bytes()),
            caller: Arc::new(Caller {
                name: key.name.clone(),
                scopes: key.scopes.clone(),
                accounts: key.accounts.clone(),
            }),
        });
        let made = admin_hashes.iter().map(|(name, hash)| Credential {
            hash: *hash,
            caller: Caller::admin(name),
        });
        Self {
            users: users.collect(),
            keys: configured.chain(made).collect(),
        }
    }

    /// Who it is, by whichever of the three doors was used.
    pub(crate) fn authenticate(&self, headers: &HeaderMap) -> Result<Arc<Caller>, Problem> {
        let found = match (headers.get("x-api-key"), headers.get(AUTHORIZATION)) {
            (Some(key), _) => find(&self.keys, hash(key.as_bytes())),
            (None, Some(authorization)) => self.authorized(authorization.as_bytes()),
            (None, None) => return Err(Code::CredentialsMissing.into()),
        };
        found.ok_or_else(|| Code::CredentialsWrong.into())
    }

    fn authorized(&self, value: &[u8]) -> Option<Arc<Caller>> {
        let space = value.iter().position(|&byte| byte == b' ')?;
        let (scheme, rest) = (&value[..space], value[space..].trim_ascii());
        if scheme.eq_ignore_ascii_case(b"bearer") {
            find(&self.keys, hash(rest))
        } else if scheme.eq_ignore_ascii_case(b"basic") {
            let decoded = base64::engine::general_purpose::STANDARD
                .decode(rest)
                .ok()?;
            let colon = decoded.iter().position(|&byte| byte == b':')?;
            let username = std::str::from_utf8(&decoded[..colon]).ok()?;
            let password = std::str::from_utf8(&decoded[colon + 1..]).ok()?;
            find(&self.users, basic_hash(username, password))
        } else {
            None
        }
    }
}

impl Caller {
    /// Someone who may do everything.
    pub(crate) fn admin(name: &str) -> Arc<Self> {
        Arc::new(Self {
            name: name.to_owned(),
            scopes: vec![Scope::Admin],
            accounts: Vec::new(),
        })
    }

    /// Refused unless one of the scopes is among its own; an admin may do everything.
    pub(crate) fn require(&self, any_of: &[Scope]) -> Result<(), Problem> {
        let may = |scope: &Scope| *scope == Scope::Admin || any_of.contains(scope);
        if self.scopes.iter().any(may) {
            return Ok(());
        }
        let names: Vec<_> = any_of.iter().map(|scope| scope_name(*scope)).collect();
        Err(Problem::from(Code::ScopeMissing)
            .detail(format!("this needs the scope {}", names.join(" or ")))
            .hint("give the key that scope in the configuration, or use another key"))
    }

    /// Whether it may see and use this account.
    pub(crate) fn may_touch(&self, account: &AccountId) -> bool {
        self.accounts.is_empty() || self.accounts.contains(account)
    }

    /// Whether it may see and use every account.
    pub(crate) fn is_unlimited(&self) -> bool {
        self.accounts.is_empty()
    }

    /// The one account it is limited to, if there is exactly one.
    pub(crate) fn only_account(&self) -> Option<&AccountId> {
        match self.accounts.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }
}

/// SHA-256 of a key: what is kept of it.
pub(crate) fn hash(key: &[u8]) -> [u8; 32] {
    Sha256::digest(key).into()
}

fn basic_hash(username: &str, password: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update((username.len() as u64).to_le_bytes());
    hash.update(username.as_bytes());
    hash.update(password.as_bytes());
    hash.finalize().into()
}

/// Looks at all of them, so that the time taken says nothing.
fn find(credentials: &[Credential], hash: [u8; 32]) -> Option<Arc<Caller>> {
    let mut found = None;
    for credential in credentials {
        if bool::from(credential.hash.ct_eq(&hash)) {
            found = Some(credential.caller.clone());
        }
    }
    found
}

fn scope_name(scope: Scope) -> &'static str {
    match scope {
        Scope::Admin => "admin",
        Scope::Send => "send",
        Scope::Read => "read",
    }
}
