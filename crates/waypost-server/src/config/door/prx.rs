//! PRX's `[channels_config.whatsapp]`.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::document::{Account, Document, OneOrMany, Senders, SendersWord};
use crate::config::environment::Environment;
use crate::config::error::Problems;
use crate::config::secret::SecretText;

/// The variable that PRX itself reads the app secret from.
const APP_SECRET_VARIABLE: &str = "ZEROCLAW_WHATSAPP_APP_SECRET";
const TABLE: &str = "channels_config.whatsapp";

/// A PRX file, as far as it concerns WhatsApp.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Prx {
    /// Channels by name.
    channels_config: Channels,
}

/// Channels by name.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(extend("required" = ["whatsapp"]))]
struct Channels {
    /// The WhatsApp channel.
    whatsapp: Channel,
}

/// The WhatsApp channel.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Channel {
    access_token: Option<SecretText>,
    access_token_env: Option<String>,
    access_token_file: Option<String>,
    phone_number_id: Option<String>,
    verify_token: Option<SecretText>,
    verify_token_env: Option<String>,
    verify_token_file: Option<String>,
    app_secret: Option<OneOrMany<SecretText>>,
    app_secret_env: Option<OneOrMany<String>>,
    app_secret_file: Option<OneOrMany<String>>,
    allowed_numbers: Vec<String>,
    allow_unsigned: bool,
}

/// One account called `whatsapp`.
pub(super) fn translate(
    seed: Prx,
    mut document: Document,
    environment: &Environment,
    problems: &mut Problems,
) -> Document {
    let channel = seed.channels_config.whatsapp;
    if channel.phone_number_id.is_none() {
        problems.add(
            &format!("{TABLE}.phone_number_id"),
            "without this key PRX means its WhatsApp Web mode, which Waypost does not have yet",
            "give the number's id from Meta's API Setup page, which selects the Cloud API",
        );
    }
    let mut account = Account {
        id: Some("whatsapp".to_owned()),
        phone_number_id: channel.phone_number_id,
        access_token: channel.access_token,
        access_token_env: channel.access_token_env,
        access_token_file: channel.access_token_file,
        verify_token: channel.verify_token,
        verify_token_env: channel.verify_token_env,
        verify_token_file: channel.verify_token_file,
        app_secret: channel.app_secret,
        app_secret_env: channel.app_secret_env,
        app_secret_file: channel.app_secret_file,
        allow_unsigned: channel.allow_unsigned,
        senders: senders(channel.allowed_numbers),
        ..Account::default()
    };
    // PRX lets its variable win over the file.
    if environment.get(APP_SECRET_VARIABLE).is_some() {
        account.app_secret = None;
        account.app_secret_file = None;
        account.app_secret_env = Some(OneOrMany::One(APP_SECRET_VARIABLE.to_owned()));
    }
    if account.senders == Senders::Word(SendersWord::Nobody) {
        problems.warn(
            &format!("{TABLE}.allowed_numbers"),
            r#"the list is empty, which in PRX means that nobody may write; list numbers, or "*" for everybody"#,
        );
    }
    document.account.push(account);
    document
}

/// Empty means nobody, `*` means everybody.
fn senders(allowed: Vec<String>) -> Senders {
    if allowed.iter().any(|number| number == "*") {
        Senders::Word(SendersWord::Everyone)
    } else if allowed.is_empty() {
        Senders::Word(SendersWord::Nobody)
    } else {
        Senders::Only(allowed)
    }
}

/// How a PRX file spells a native key.
pub(super) fn spell(native: &str) -> String {
    match native.strip_prefix("account[0].") {
        Some("senders") => format!("{TABLE}.allowed_numbers"),
        Some(key) => match key.strip_prefix("senders[") {
            Some(rest) => format!("{TABLE}.allowed_numbers[{rest}"),
            None => format!("{TABLE}.{key}"),
        },
        None => native.replace("account[0]", TABLE),
    }
}
