//! OpenParallax's `channels.whatsapp`.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::document::{Account, Document, OneOrMany, Senders, SendersWord};
use crate::config::error::Problems;
use crate::config::secret::SecretText;

const TABLE: &str = "channels.whatsapp";
/// The port OpenParallax listens on where its file names none.
const PORT: u16 = 9443;

/// An OpenParallax file, as far as it concerns WhatsApp.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct OpenParallax {
    /// Channels by name.
    channels: Channels,
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
    /// Whether the channel is used.
    enabled: Option<bool>,
    phone_number_id: Option<String>,
    access_token: Option<SecretText>,
    access_token_env: Option<String>,
    access_token_file: Option<String>,
    verify_token: Option<SecretText>,
    verify_token_env: Option<String>,
    verify_token_file: Option<String>,
    app_secret: Option<OneOrMany<SecretText>>,
    app_secret_env: Option<OneOrMany<String>>,
    app_secret_file: Option<OneOrMany<String>>,
    webhook_port: Option<u16>,
    allowed_numbers: Vec<String>,
    allow_unsigned: bool,
}

/// One account called `whatsapp`, and the port its webhooks come to.
pub(super) fn translate(
    seed: OpenParallax,
    mut document: Document,
    problems: &mut Problems,
) -> Document {
    let channel = seed.channels.whatsapp;
    let default = Document::default().server.listen;
    if document.server.listen == default {
        let port = channel.webhook_port.unwrap_or(PORT);
        document.server.listen = OneOrMany::One(format!("0.0.0.0:{port}"));
    } else if channel.webhook_port.is_some() {
        problems.add(
            &format!("{TABLE}.webhook_port"),
            "both this and server.listen say where to listen",
            "keep one of them",
        );
    }
    document.account.push(Account {
        id: Some("whatsapp".to_owned()),
        enabled: channel.enabled.unwrap_or(true),
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
    });
    document
}

/// Empty means everybody.
fn senders(allowed: Vec<String>) -> Senders {
    if allowed.is_empty() || allowed.iter().any(|number| number == "*") {
        Senders::Word(SendersWord::Everyone)
    } else {
        Senders::Only(allowed)
    }
}

/// How an OpenParallax file spells a native key.
pub(super) fn spell(native: &str) -> String {
    if native == "server.listen" {
        return format!("{TABLE}.webhook_port");
    }
    match native.strip_prefix("account[0].") {
        Some("senders") => format!("{TABLE}.allowed_numbers"),
        Some(key) => match key.strip_prefix("senders[") {
            Some(rest) => format!("{TABLE}.allowed_numbers[{rest}"),
            None => format!("{TABLE}.{key}"),
        },
        None => native.replace("account[0]", TABLE),
    }
}
