//! The environment wins over the file.

use insta::assert_snapshot;
use secrecy::ExposeSecret as _;
use waypost_core::account::Senders;
use waypost_core::event::EventType;

use super::*;

#[test]
fn any_setting_has_a_variable() {
    let config = load(
        NATIVE,
        [
            ("WAYPOST_LISTEN", "127.0.0.1:0,[::1]:0"),
            ("WAYPOST_SERVER_STOP_GRACE", "5s"),
            ("WAYPOST_SERVER_BODY_LIMIT_BYTES", "65536"),
            ("WAYPOST_GRAPH_URL", "http://127.0.0.1:9000"),
            ("WAYPOST_LOG", "debug"),
            ("WAYPOST_API_KEY", "key, from outside"),
            ("WAYPOST_ACCOUNT_SHOP_ACCESS_TOKEN", "token,from,outside"),
            ("WAYPOST_ACCOUNT_SHOP_SENDERS", "+49 151, +1 555"),
            ("WAYPOST_ACCOUNT_SHOP_ENABLED", "false"),
            ("WAYPOST_HOOK_CRM_URL", "http://127.0.0.1:7000/x"),
            ("WAYPOST_HOOK_CRM_EVENTS", "message.received,message.read"),
            ("WAYPOST_HOOK_CRM_TIMEOUT", "1s"),
            ("WAYPOST_DELIVERY_RETRY", "1s,2s"),
        ],
    );
    assert_eq!(config.server.listen.len(), 2);
    assert_eq!(config.server.stop_grace.as_secs(), 5);
    assert_eq!(config.server.body_limit_bytes, 65_536);
    assert_eq!(config.graph_url.as_str(), "http://127.0.0.1:9000/");
    assert_eq!(config.log.filter, "debug");
    assert_eq!(
        config.api.keys[0].secret.expose_secret(),
        "key, from outside"
    );
    let account = &config.directory.accounts[0];
    assert_eq!(
        account.access_token.as_ref().unwrap().expose(),
        "token,from,outside"
    );
    assert_eq!(
        account.senders,
        Senders::Only(vec!["+49 151".to_owned(), "+1 555".to_owned()])
    );
    assert!(!account.enabled);
    let hook = &config.directory.hooks[0];
    assert_eq!(hook.url.as_str(), "http://127.0.0.1:7000/x");
    assert_eq!(
        hook.events,
        [EventType::MessageReceived, EventType::MessageRead]
    );
    assert_eq!(hook.timeout.as_secs(), 1);
    assert_eq!(hook.retry.delays.len(), 2);
    assert_eq!(warnings(&config), "");
}

#[test]
fn variables_reach_seed_formats_by_their_native_names() {
    let config = load(
        WHATSHOOKED,
        [
            ("WAYPOST_ACCOUNT_BUSINESS_APP_SECRET", "from outside"),
            (
                "WAYPOST_HOOK_MESSAGE_HOOK_HEADERS_AUTHORIZATION",
                "Bearer new",
            ),
        ],
    );
    assert_eq!(
        config.directory.accounts[0].app_secrets[0].expose(),
        "from outside"
    );
    assert_eq!(
        config.directory.hooks[0].headers[0].1.expose_secret(),
        "Bearer new"
    );
    let config = load(
        OPENPARALLAX,
        [("WAYPOST_ACCOUNT_WHATSAPP_ACCESS_TOKEN", "from outside")],
    );
    assert_eq!(
        config.directory.accounts[0]
            .access_token
            .as_ref()
            .unwrap()
            .expose(),
        "from outside"
    );
}

#[test]
fn allow_unsigned_is_for_every_account() {
    let config = load(WHATSHOOKED, [("WAYPOST_ALLOW_UNSIGNED", "true")]);
    assert!(config.directory.accounts[0].allow_unsigned);
}

#[test]
fn a_variable_that_fits_nothing_is_named() {
    let config = load(
        NATIVE,
        [
            ("WAYPOST_ACCOUNT_SHOP_ACESS_TOKEN", "secret value"),
            ("WAYPOST_PORT_8080_TCP", "tcp://10.0.0.1"),
            ("WAYPOST_FROBNICATE", "1"),
            ("WAYPOST_CONFIG", "x"),
        ],
    );
    assert_snapshot!(warnings(&config), @r"
    WAYPOST_ACCOUNT_SHOP_ACESS_TOKEN: this variable names no setting and is ignored; did you mean WAYPOST_ACCOUNT_SHOP_ACCESS_TOKEN?
    WAYPOST_FROBNICATE: this variable names no setting and is ignored
    ");
}

#[test]
fn a_variable_whose_value_does_not_fit_is_named() {
    let environment = [
        ("WAYPOST_LISTEN", "nowhere"),
        ("WAYPOST_SERVER_BODY_LIMIT_BYTES", "4 MiB"),
        ("WAYPOST_HOOK_CRM_FORMAT", "metta"),
        ("WAYPOST_HOOK_CRM_EVENTS", "message.read,message.red"),
        ("WAYPOST_ALLOW_UNSIGNED", "maybe"),
        ("WAYPOST_DELIVERY_IN_FLIGHT", "0"),
        ("WAYPOST_ACCOUNT_SHOP_SENDERS", "somebody"),
    ];
    assert_snapshot!(parse(NATIVE, environment).unwrap_err(), @r#"
    /etc/waypost/config: WAYPOST_ALLOW_UNSIGNED: the variable's value does not fit
      hint: write `true` or `false`
    /etc/waypost/config: WAYPOST_SERVER_BODY_LIMIT_BYTES: the variable's value does not fit
      hint: write a whole number
    /etc/waypost/config: WAYPOST_DELIVERY_IN_FLIGHT: the number is out of range
      hint: write a whole number from 1 to 1024
    /etc/waypost/config: WAYPOST_HOOK_CRM_EVENTS: `message.red` is not known here
      hint: did you mean `message.read`?
    /etc/waypost/config: WAYPOST_HOOK_CRM_FORMAT: `metta` is not known here
      hint: did you mean `meta`?
    /etc/waypost/config: WAYPOST_LISTEN: this is not an address to listen on
      hint: write an IP address and a port, such as `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`, or `:8080` for all addresses
    /etc/waypost/config: WAYPOST_ACCOUNT_SHOP_SENDERS: this is neither a phone number nor a user id
      hint: write a number such as "+49 151 1234567", a user id, or "everyone" in place of the list
    "#);
}

#[test]
fn a_variable_the_file_itself_names_is_no_setting() {
    let text = NATIVE.replace(
        "access_token = \"EAAG-native-token\"",
        "access_token_env = \"WAYPOST_TOKEN\"",
    );
    let config = load(&text, [("WAYPOST_TOKEN", "t")]);
    assert_eq!(warnings(&config), "");
}

#[test]
fn ids_that_sound_alike_share_no_variable() {
    let text = format!(
        "{NATIVE}[[hook]]\nid = \"a-b\"\nurl = \"http://x/\"\n[[hook]]\nid = \"a_b\"\nurl = \"http://y/\"\n"
    );
    load(&text, NO_ENVIRONMENT);
    let errors = parse(&text, [("WAYPOST_HOOK_A_B_URL", "http://z/")]).unwrap_err();
    assert_snapshot!(errors, @r"
    /etc/waypost/config: WAYPOST_HOOK_A_B_URL: two ids sound alike in capitals and share this variable
      hint: rename one of them
    ");
}
