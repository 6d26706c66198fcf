//! Who may use the API: logins that are whole, keys with names of their own.

use std::collections::BTreeSet;

use waypost_core::account::AccountId;

use super::known_account;
use crate::config::document;
use crate::config::error::Problems;
use crate::config::secret::{Given, Sources};
use crate::config::{ApiConfig, ApiKey, BasicUser, Scope};

/// Resolves logins and keys.
pub(super) fn resolve(
    given: &document::Api,
    accounts: &BTreeSet<&str>,
    sources: &Sources<'_>,
    problems: &mut Problems,
) -> ApiConfig {
    let password = sources.one(
        &Given {
            key: "api.password".to_owned(),
            values: given.password.as_slice(),
            variables: given.password_env.as_slice(),
            files: given.password_file.as_slice(),
        },
        problems,
    );
    let has_password =
        given.password.is_some() || given.password_env.is_some() || given.password_file.is_some();
    match (&given.username, has_password) {
        (Some(_), false) => problems.add_unless_reported(
            "api.password",
            "there is a user name and no password",
            "give the password, or leave the user name out",
        ),
        (None, true) => problems.add(
            "api.username",
            "there is a password and no user name",
            "give the user name, or leave the password out",
        ),
        _ => {}
    }
    let basic = given
        .username
        .clone()
        .zip(password)
        .map(|(username, password)| BasicUser { username, password });
    let admin = sources.one(
        &Given {
            key: "api.admin_key".to_owned(),
            values: given.admin_key.as_slice(),
            variables: given.admin_key_env.as_slice(),
            files: given.admin_key_file.as_slice(),
        },
        problems,
    );
    let mut keys: Vec<ApiKey> = admin
        .into_iter()
        .map(|secret| ApiKey {
            name: "admin".to_owned(),
            secret,
            scopes: vec![Scope::Admin],
            accounts: Vec::new(),
        })
        .collect();
    let mut names = BTreeSet::new();
    for (index, key) in given.key.iter().enumerate() {
        let place = format!("api.key[{index}]");
        let Some(name) = &key.name else { continue };
        if !names.insert(name) {
            problems.add(
                &format!("{place}.name"),
                format!("two keys are called `{name}`"),
                "give each key a name of its own",
            );
        }
        let given = Given {
            key: format!("{place}.secret"),
            values: key.secret.as_slice(),
            variables: key.secret_env.as_slice(),
            files: key.secret_file.as_slice(),
        };
        let nothing =
            given.values.is_empty() && given.variables.is_empty() && given.files.is_empty();
        if nothing {
            problems.add(
                &given.key,
                "the key itself is missing",
                "give `secret`, `secret_env` or `secret_file`",
            );
        }
        if key.scopes.is_empty() {
            problems.add_unless_reported(
                &format!("{place}.scopes"),
                "the key may do nothing",
                r#"write some of ["admin", "send", "read"]"#,
            );
        }
        for (position, account) in key.accounts.iter().enumerate() {
            known_account(
                account,
                accounts,
                &format!("{place}.accounts[{position}]"),
                problems,
            );
        }
        if let Some(secret) = sources.one(&given, problems) {
            let accounts = key
                .accounts
                .iter()
                .map(|id| AccountId::from(id.as_str()))
                .collect();
            keys.push(ApiKey {
                name: name.clone(),
                secret,
                scopes: key.scopes.clone(),
                accounts,
            });
        }
    }
    let code = given
        .default_country_code
        .as_deref()
        .map(|code| code.trim_start_matches('+'));
    if code.is_some_and(|code| {
        !(1..=3).contains(&code.len()) || !code.bytes().all(|byte| byte.is_ascii_digit())
    }) {
        problems.add(
            "api.default_country_code",
            "this is not a country's dialling code",
            "write one to three digits, such as \"49\"",
        );
    }
    ApiConfig {
        basic,
        keys,
        default_country_code: code.map(str::to_owned),
    }
}
