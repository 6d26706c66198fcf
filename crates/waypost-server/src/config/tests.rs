//! What operators meet: the printed examples of every format, mistakes and the words they are answered with, secrets that
//! stay secret.

use std::path::Path;

use super::{Config, Door, Environment, Errors};

mod documents;
mod doors;
mod mistakes;
mod overrides;
mod rendering;
mod secrets;

const WHATSHOOKED: &str = include_str!("tests/whatshooked.json");
const WHATSHOOKED_STEP_9: &str = include_str!("tests/whatshooked_step9.json");
const WHATSHOOKED_HOOKS: &str = include_str!("tests/whatshooked_hooks.json");
const WHATSHOOKED_EVENT_LOG: &str = include_str!("tests/whatshooked_event_log.json");
const PRX: &str = include_str!("tests/prx.toml");
const OPENPARALLAX: &str = include_str!("tests/openparallax.yaml");

/// A native document that leaves nothing to warn of.
const NATIVE: &str = r#"
[[account]]
id = "shop"
phone_number_id = "106540352242922"
api_version = "v25.0"
access_token = "EAAG-native-token"
verify_token = "0123456789abcdef0123456789abcdef"
app_secret = "app-secret-of-the-shop"

[[hook]]
id = "crm"
url = "https://crm.example.com/in"
secret = "hook-secret-of-the-crm"
"#;

const NO_ENVIRONMENT: [(&str, &str); 0] = [];

fn parse<const N: usize>(text: &str, environment: [(&str, &str); N]) -> Result<Config, Errors> {
    let environment = Environment::from_iter(environment);
    Config::parse(text, Path::new("/etc/waypost/config"), &environment)
}

/// The configuration of a text that has no mistakes.
fn load<const N: usize>(text: &str, environment: [(&str, &str); N]) -> Config {
    parse(text, environment).unwrap_or_else(|errors| panic!("{errors}"))
}

/// What is said about a text with mistakes.
fn mistakes(text: &str) -> String {
    parse(text, NO_ENVIRONMENT)
        .expect_err("the text has mistakes")
        .to_string()
}

fn warnings(config: &Config) -> String {
    let lines: Vec<_> = config.warnings.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

#[test]
fn a_missing_file_says_what_to_name() {
    let error =
        Config::load(Path::new("/nowhere/waypost.toml"), &Environment::default()).unwrap_err();
    insta::assert_snapshot!(error, @r"
    /nowhere/waypost.toml: there is no such file
      hint: name an existing configuration file
    ");
}

#[test]
fn a_file_without_an_end_is_not_read_to_its_end() {
    let error = Config::load(Path::new("/dev/zero"), &Environment::default()).unwrap_err();
    insta::assert_snapshot!(error, @r"
    /dev/zero: the file is too large to be a configuration
      hint: name the configuration file itself: four MiB are read at most
    ");
}

#[test]
fn a_plain_native_document_needs_no_warning() {
    let config = load(NATIVE, NO_ENVIRONMENT);
    assert_eq!(config.door, Door::Native);
    assert_eq!(warnings(&config), "");
}
