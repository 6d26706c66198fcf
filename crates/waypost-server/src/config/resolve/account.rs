//! Accounts: names and numbers unique, tokens fetched, and a warning for whatever will not work.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret as _, SecretString};
use waypost_core::account::{Account, AccountId, Senders};

use super::{NAME_REMEDY, name_fits, several};
use crate::config::Door;
use crate::config::document::{self, SendersWord};
use crate::config::error::Problems;
use crate::config::secret::{Given, SecretText, Sources};

/// Used where an account names no Graph API version.
pub(in crate::config) const API_VERSION: &str = "v25.0";
/// The most that Meta takes from a number, in messages a second.
const MOST_THROUGHPUT: u32 = 1_000;
/// Meta's advice for verify tokens, in characters.
const VERIFY_TOKEN_LENGTH: usize = 32;

/// Resolves the accounts, in their order.
pub(super) fn resolve(
    given: &[document::Account],
    door: Door,
    sources: &Sources<'_>,
    problems: &mut Problems,
) -> Vec<Account> {
    let mut ids = BTreeMap::new();
    let mut numbers = BTreeMap::new();
    let mut accounts = Vec::with_capacity(given.len());
    for (index, account) in given.iter().enumerate() {
        let place = format!("account[{index}]");
        // A missing id was reported when the keys were checked.
        let Some(id) = &account.id else { continue };
        let key = format!("{place}.id");
        if !name_fits(id) {
            problems.add(&key, "this name cannot stand in a path", NAME_REMEDY);
        }
        if let Some(first) = ids.insert(id, index) {
            problems.add(
                &key,
                format!(
                    "two accounts are called `{id}` (numbers {} and {})",
                    first + 1,
                    index + 1
                ),
                "give each account a name of its own",
            );
        }
        if let Some(number) = &account.phone_number_id
            && let Some(first) = numbers.insert(number, id)
        {
            problems.add(
                &format!("{place}.phone_number_id"),
                format!("the accounts `{first}` and `{id}` have the same phone_number_id {number}"),
                "keep one account for each number: a webhook names the number, and must lead to one account",
            );
        }
        accounts.push(one(account, id, &place, door, sources, problems));
    }
    accounts
}

fn one(
    given: &document::Account,
    id: &str,
    place: &str,
    door: Door,
    sources: &Sources<'_>,
    problems: &mut Problems,
) -> Account {
    number(given, place, problems);
    let access_token = token(
        "access_token",
        [&given.access_token_env, &given.access_token_file],
        given.access_token.as_ref(),
        place,
        sources,
        problems,
    );
    let verify_token = token(
        "verify_token",
        [&given.verify_token_env, &given.verify_token_file],
        given.verify_token.as_ref(),
        place,
        sources,
        problems,
    );
    let app_secrets = several(
        format!("{place}.app_secret"),
        given.app_secret.as_ref(),
        given.app_secret_env.as_ref(),
        given.app_secret_file.as_ref(),
        sources,
        problems,
    );
    if given.enabled {
        advise(
            given,
            id,
            place,
            verify_token.as_ref(),
            app_secrets.is_empty(),
            door,
            problems,
        );
    }
    Account {
        id: AccountId::from(id),
        enabled: given.enabled,
        phone_number_id: given.phone_number_id.clone(),
        business_account_id: given.business_account_id.clone(),
        phone_number: given.phone_number.clone(),
        api_version: version(given, id, place, problems),
        access_token: access_token.map(Into::into),
        verify_token: verify_token.map(Into::into),
        app_secrets: app_secrets.into_iter().map(Into::into).collect(),
        allow_unsigned: given.allow_unsigned,
        senders: senders(&given.senders, place, problems),
        uncertain: given.uncertain,
        throughput: throughput(given, place, problems),
    }
}

fn throughput(given: &document::Account, place: &str, problems: &mut Problems) -> u32 {
    if !(1..=MOST_THROUGHPUT).contains(&given.throughput) {
        problems.add(
            &format!("{place}.throughput"),
            "the number is out of range",
            "write messages a second, from 1 to 1000; Meta takes 80 from most numbers",
        );
    }
    given.throughput
}

fn number(given: &document::Account, place: &str, problems: &mut Problems) {
    let key = format!("{place}.phone_number_id");
    match given.phone_number_id.as_deref() {
        None if given.enabled => problems.add_unless_reported(
            &key,
            "this key is missing",
            "give the number's id from Meta's API Setup page: digits, and not the phone number itself",
        ),
        Some(number) if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) => {
            problems.add(
                &key,
                "Meta's ids of numbers are digits only",
                "copy the Phone number ID from Meta's API Setup page; it is not the phone number itself",
            );
        }
        _ => {}
    }
}

fn token(
    name: &str,
    [variable, file]: [&Option<String>; 2],
    value: Option<&SecretText>,
    place: &str,
    sources: &Sources<'_>,
    problems: &mut Problems,
) -> Option<SecretString> {
    let given = Given {
        key: format!("{place}.{name}"),
        values: value.map(std::slice::from_ref).unwrap_or_default(),
        variables: variable.as_slice(),
        files: file.as_slice(),
    };
    sources.one(&given, problems)
}

/// What will not work, and which key to write for it.
fn advise(
    given: &document::Account,
    id: &str,
    place: &str,
    verify_token: Option<&SecretString>,
    no_app_secret: bool,
    door: Door,
    problems: &mut Problems,
) {
    let absent = |parts: [bool; 3]| parts == [false; 3];
    let no_access_token = absent([
        given.access_token.is_some(),
        given.access_token_env.is_some(),
        given.access_token_file.is_some(),
    ]);
    let no_verify_token = absent([
        given.verify_token.is_some(),
        given.verify_token_env.is_some(),
        given.verify_token_file.is_some(),
    ]);
    let tokens = [
        ("access_token", no_access_token, "receives and cannot send"),
        (
            "verify_token",
            no_verify_token,
            "refuses Meta's webhook handshake",
        ),
    ];
    for (name, is_absent, effect) in tokens {
        let key = format!("{place}.{name}");
        if !is_absent {
            continue;
        }
        if door == Door::Native {
            problems.warn(&key, format!("account `{id}` has none: it {effect}"));
        } else {
            problems.add_unless_reported(
                &key,
                format!("this key is missing; without it the account {effect}"),
                format!("give `{name}`, `{name}_env` or `{name}_file`"),
            );
        }
    }
    if let Some(token) = verify_token
        && token.expose_secret().chars().count() < VERIFY_TOKEN_LENGTH
    {
        problems.warn(
            &format!("{place}.verify_token"),
            format!("account `{id}`: the token is shorter than {VERIFY_TOKEN_LENGTH} characters; a random one is made by `openssl rand -hex 32`"),
        );
    }
    let key = format!("{place}.app_secret");
    if given.allow_unsigned {
        problems.warn(
            &format!("{place}.allow_unsigned"),
            format!("account `{id}` takes webhooks without proof: anyone who knows its path can forge messages"),
        );
    } else if no_app_secret {
        let spelled = problems.spelled(&key);
        problems.warn(
            &key,
            format!(
                "account `{id}` has no app secret: every webhook POST to it is answered 401. Give the Meta app's secret \
                 as `{spelled}`, `{spelled}_env` or `{spelled}_file`, or set the variable {}; or set `allow_unsigned` in so many words",
                format!("WAYPOST_ACCOUNT_{}_APP_SECRET", id.to_ascii_uppercase()).replace(['-', '.'], "_"),
            ),
        );
    }
}

fn version(given: &document::Account, id: &str, place: &str, problems: &mut Problems) -> String {
    let key = format!("{place}.api_version");
    let Some(version) = &given.api_version else {
        problems.warn(
            &key,
            format!("account `{id}` names no Graph API version; {API_VERSION} is used"),
        );
        return API_VERSION.to_owned();
    };
    let number = version
        .strip_prefix('v')
        .and_then(|rest| rest.split_once('.'));
    let digits = |text: &str| {
        !text.is_empty() && text.len() <= 3 && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    if !number.is_some_and(|(major, minor)| digits(major) && digits(minor)) {
        problems.add(
            &key,
            "this is not a Graph API version",
            format!("write one such as `{API_VERSION}`"),
        );
    }
    version.clone()
}

fn senders(given: &document::Senders, place: &str, problems: &mut Problems) -> Senders {
    let key = format!("{place}.senders");
    match given {
        document::Senders::Word(SendersWord::Everyone) => Senders::Everyone,
        document::Senders::Word(SendersWord::Nobody) => Senders::Nobody,
        document::Senders::Only(listed) => {
            if listed.is_empty() {
                problems.add_unless_reported(
                    &key,
                    "the list is empty",
                    r#"write "everyone" or "nobody", so that it has one meaning"#,
                );
            }
            for (index, entry) in listed.iter().enumerate() {
                if !is_sender(entry) {
                    problems.add(
                        &format!("{key}[{index}]"),
                        "this is neither a phone number nor a user id",
                        r#"write a number such as "+49 151 1234567", a user id, or "everyone" in place of the list"#,
                    );
                }
            }
            Senders::Only(listed.clone())
        }
    }
}

/// A phone number with a digit in it, or the letters, digits and marks of a business-scoped user id.
fn is_sender(entry: &str) -> bool {
    let number = entry
        .chars()
        .all(|c| c.is_ascii_digit() || "+-() .".contains(c));
    let id = entry
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "._-:".contains(c));
    (number || id) && entry.contains(|c: char| c.is_ascii_digit())
}
