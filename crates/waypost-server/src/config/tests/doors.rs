//! Every printed example loads as it stands, and means what its guide says.

use std::path::Path;

use secrecy::ExposeSecret as _;
use waypost_core::account::Senders;
use waypost_core::event::EventType;
use whatsapp_cloud::secret::AppSecret;

use super::*;
use crate::config::{LogTarget, MediaMode, Scope};

#[test]
fn the_whatshooked_example_loads_as_printed() {
    let config = load(WHATSHOOKED, NO_ENVIRONMENT);
    assert_eq!(config.door, Door::WhatsHooked);
    assert_eq!(config.server.listen, ["0.0.0.0:8080".parse().unwrap()]);
    assert_eq!(config.api.default_country_code.as_deref(), Some("1"));
    let basic = config.api.basic.as_ref().unwrap();
    assert_eq!(
        (basic.username.as_str(), basic.password.expose_secret()),
        ("admin", "secure_password")
    );
    assert_eq!(
        config.api.keys[0].secret.expose_secret(),
        "optional_api_key"
    );
    assert_eq!(config.api.keys[0].scopes, [Scope::Admin]);

    let account = config.directory.account("business").unwrap();
    assert_eq!(account.phone_number_id.as_deref(), Some("123456789012345"));
    assert_eq!(
        account.business_account_id.as_deref(),
        Some("987654321098765")
    );
    assert_eq!(account.phone_number.as_deref(), Some("+1234567890"));
    assert_eq!(account.api_version, "v21.0");
    assert_eq!(
        account.access_token.as_ref().unwrap().expose(),
        "EAAxxxxxxxxxxxx"
    );
    assert_eq!(
        account.verify_token.as_ref().unwrap().expose(),
        "my_secure_random_token_abc123"
    );
    assert_eq!(account.senders, Senders::Everyone);
    assert!(account.enabled && account.app_secrets.is_empty() && !account.allow_unsigned);

    let [messages, status] = &config.directory.hooks[..] else {
        panic!("two hooks")
    };
    assert_eq!(
        messages.url.as_str(),
        "https://your-app.com/api/whatsapp/messages"
    );
    assert_eq!(messages.method, "POST");
    let headers: Vec<_> = messages
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.expose_secret()))
        .collect();
    assert_eq!(
        headers,
        [
            ("authorization", "Bearer your-app-secret-token"),
            ("x-custom-header", "value")
        ]
    );
    assert_eq!(
        messages.events,
        [
            EventType::MessageReceived,
            EventType::MessageSent,
            EventType::MessageDelivered,
            EventType::MessageRead
        ]
    );
    assert_eq!(
        status.events,
        [
            EventType::WhatsappConnected,
            EventType::WhatsappDisconnected
        ]
    );
    assert!(messages.active && status.active);

    assert_eq!(
        config.media.data_path,
        Path::new("/etc/waypost/./data/media")
    );
    assert_eq!(config.media.mode, MediaMode::Link);
    assert_eq!(
        config.media.base_url.as_ref().unwrap().as_str(),
        "https://your-domain.com/"
    );
    assert!(config.cache.enabled);
    assert_eq!(
        (config.cache.max_age_days, config.cache.max_events),
        (7, 10_000)
    );
    assert!(config.event_log.enabled);
    assert_eq!(
        config.event_log.targets,
        [LogTarget::File, LogTarget::Sqlite]
    );
    assert_eq!(config.log.filter, "info");
    insta::assert_snapshot!(warnings(&config), @r"
    whatsapp[0].business_api.verify_token: account `business`: the token is shorter than 32 characters; a random one is made by `openssl rand -hex 32`
    whatsapp[0].business_api.app_secret: account `business` has no app secret: every webhook POST to it is answered 401. Give the Meta app's secret as `whatsapp[0].business_api.app_secret`, `whatsapp[0].business_api.app_secret_env` or `whatsapp[0].business_api.app_secret_file`, or set the variable WAYPOST_ACCOUNT_BUSINESS_APP_SECRET; or set `allow_unsigned` in so many words
    media: checked, but this version does not act on it yet: media arrives as Meta's ids, and no file is fetched
    message_cache: checked, but this version does not act on it yet: every event is stored, and there is no view of the unwanted ones
    event_logger: checked, but this version does not act on it yet: every event is stored in the data directory, and no log is written beside it
    server.default_country_code: checked, but this version does not act on it yet: numbers are written with their country code
    ");
}

#[test]
fn the_prx_example_loads_as_printed() {
    let config = load(PRX, NO_ENVIRONMENT);
    assert_eq!(config.door, Door::Prx);
    let account = config.directory.account("whatsapp").unwrap();
    assert_eq!(account.phone_number_id.as_deref(), Some("123456789012345"));
    assert_eq!(
        account.access_token.as_ref().unwrap().expose(),
        "EAAxxxxxxxxxxxxxxxxxxxxxxxx"
    );
    assert_eq!(
        account.verify_token.as_ref().unwrap().expose(),
        "my-secret-verify-token"
    );
    assert_eq!(
        account.senders,
        Senders::Only(vec!["+1234567890".to_owned()])
    );
    insta::assert_snapshot!(warnings(&config), @r"
    channels_config.whatsapp.verify_token: account `whatsapp`: the token is shorter than 32 characters; a random one is made by `openssl rand -hex 32`
    channels_config.whatsapp.app_secret: account `whatsapp` has no app secret: every webhook POST to it is answered 401. Give the Meta app's secret as `channels_config.whatsapp.app_secret`, `channels_config.whatsapp.app_secret_env` or `channels_config.whatsapp.app_secret_file`, or set the variable WAYPOST_ACCOUNT_WHATSAPP_APP_SECRET; or set `allow_unsigned` in so many words
    channels_config.whatsapp.api_version: account `whatsapp` names no Graph API version; v25.0 is used
    hook: no active hook is configured: events are stored, and nothing is called
    ");
}

#[test]
fn the_openparallax_example_loads_as_printed() {
    let config = load(
        OPENPARALLAX,
        [("WHATSAPP_ACCESS_TOKEN", "EAA-from-environment")],
    );
    assert_eq!(config.door, Door::OpenParallax);
    assert_eq!(config.server.listen, ["0.0.0.0:9443".parse().unwrap()]);
    let account = config.directory.account("whatsapp").unwrap();
    assert!(account.enabled);
    assert_eq!(account.phone_number_id.as_deref(), Some("1234567890123456"));
    assert_eq!(
        account.access_token.as_ref().unwrap().expose(),
        "EAA-from-environment"
    );
    assert_eq!(
        account.senders,
        Senders::Only(vec!["+1234567890".to_owned(), "+0987654321".to_owned()])
    );
    insta::assert_snapshot!(warnings(&config), @r"
    channels.whatsapp.verify_token: account `whatsapp`: the token is shorter than 32 characters; a random one is made by `openssl rand -hex 32`
    channels.whatsapp.app_secret: account `whatsapp` has no app secret: every webhook POST to it is answered 401. Give the Meta app's secret as `channels.whatsapp.app_secret`, `channels.whatsapp.app_secret_env` or `channels.whatsapp.app_secret_file`, or set the variable WAYPOST_ACCOUNT_WHATSAPP_APP_SECRET; or set `allow_unsigned` in so many words
    channels.whatsapp.api_version: account `whatsapp` names no Graph API version; v25.0 is used
    hook: no active hook is configured: events are stored, and nothing is called
    ");
}

#[test]
fn an_openparallax_example_without_its_variable_names_it() {
    insta::assert_snapshot!(mistakes(OPENPARALLAX), @r"
    /etc/waypost/config:5: channels.whatsapp.access_token_env: the environment variable WHATSAPP_ACCESS_TOKEN is not set, or empty
      hint: set WHATSAPP_ACCESS_TOKEN to the secret, or name the variable that holds it
    ");
}

#[test]
fn the_smaller_whatshooked_fragments_load_too() {
    let fragments = [
        WHATSHOOKED_STEP_9,
        WHATSHOOKED_HOOKS,
        WHATSHOOKED_EVENT_LOG,
        r#"{"message_cache": {"enabled": true, "data_path": "./data/message_cache", "max_age_days": 7, "max_events": 10000}}"#,
        r#"{"log_level": "debug"}"#,
        r#"{"media": {"mode": "link", "base_url": "https://your-domain.com"}}"#,
        r#"{"media": {"mode": "base64"}}"#,
        r#"{"media": {"mode": "both"}}"#,
        r#"{"whatsapp": []}"#,
    ];
    for fragment in fragments {
        let config = load(fragment, NO_ENVIRONMENT);
        assert_eq!(config.door, Door::WhatsHooked, "{fragment}");
        assert_eq!(config.server.listen, ["0.0.0.0:8080".parse().unwrap()]);
    }
}

#[test]
fn whatshooked_s_app_secret_and_hook_extras_are_understood() {
    let text = r#"{
        // people write comments, and leave commas behind
        "whatsapp": [{
            "id": "business", "type": "business-api",
            "business_api": {
                "phone_number_id": "123456789012345", "access_token": "t", "verify_token": "v",
                "app_secret": ["new", "old"], "app_secret_env": "OLDEST",
            },
        }],
        "hooks": [{
            "id": "h", "name": "H", "url": "http://127.0.0.1:9000/", "method": "post", "active": false,
            "format": "meta", "secret": "s", "order": "strict", "replies": "all",
        }], /* and this */
    }"#;
    let config = load(text, [("OLDEST", "oldest")]);
    let secrets: Vec<_> = config.directory.accounts[0]
        .app_secrets
        .iter()
        .map(AppSecret::expose)
        .collect();
    assert_eq!(secrets, ["new", "old", "oldest"]);
    let hook = &config.directory.hooks[0];
    assert!(!hook.active);
    assert_eq!(hook.method, "POST");
    assert_eq!(
        format!("{:?} {:?} {:?}", hook.format, hook.order, hook.replies),
        "Meta Strict All"
    );
}

#[test]
fn a_disabled_account_is_loaded_and_disabled() {
    let text = r#"{"whatsapp": [{"id": "old", "type": "whatsmeow", "disabled": true, "session_path": "./s", "show_qr": true}]}"#;
    let config = load(text, NO_ENVIRONMENT);
    assert!(!config.directory.account("old").unwrap().enabled);
    let text = OPENPARALLAX.replace("enabled: true", "enabled: false");
    let config = load(&text, [("WHATSAPP_ACCESS_TOKEN", "x")]);
    assert!(!config.directory.account("whatsapp").unwrap().enabled);
}

#[test]
fn an_empty_allow_list_keeps_its_format_s_meaning() {
    let prx = |list: &str| {
        let config = load(&PRX.replace(r#"["+1234567890"]"#, list), NO_ENVIRONMENT);
        config.directory.accounts[0].senders.clone()
    };
    assert_eq!(prx("[]"), Senders::Nobody);
    assert_eq!(prx(r#"["*"]"#), Senders::Everyone);
    let open = |text: &str| {
        let config = load(text, [("WHATSAPP_ACCESS_TOKEN", "x")]);
        config.directory.accounts[0].senders.clone()
    };
    let head = OPENPARALLAX.split("    allowed_numbers").next().unwrap();
    assert_eq!(open(head), Senders::Everyone);
    assert_eq!(
        open(&format!("{head}    allowed_numbers: []\n")),
        Senders::Everyone
    );
    assert_eq!(
        open(&format!("{head}    allowed_numbers:\n")),
        Senders::Everyone
    );
    let native = |senders: &str| {
        let text = NATIVE.replace(
            "id = \"shop\"\n",
            &format!("id = \"shop\"\nsenders = {senders}\n"),
        );
        load(&text, NO_ENVIRONMENT).directory.accounts[0]
            .senders
            .clone()
    };
    assert_eq!(native("\"nobody\""), Senders::Nobody);
    assert_eq!(native("\"everyone\""), Senders::Everyone);
    assert_eq!(
        native("[\"+49 151\", \"US.1234abc\"]"),
        Senders::Only(vec!["+49 151".to_owned(), "US.1234abc".to_owned()])
    );
}

#[test]
fn prx_s_own_variable_wins_over_its_file() {
    let text = format!("{PRX}app_secret = \"in the file\"\n");
    let secrets = |config: &Config| -> Vec<_> {
        config.directory.accounts[0]
            .app_secrets
            .iter()
            .map(|secret| secret.expose().to_owned())
            .collect()
    };
    assert_eq!(secrets(&load(&text, NO_ENVIRONMENT)), ["in the file"]);
    let variable = [("ZEROCLAW_WHATSAPP_APP_SECRET", "in the environment")];
    assert_eq!(secrets(&load(&text, variable)), ["in the environment"]);
    assert_eq!(secrets(&load(PRX, variable)), ["in the environment"]);
}

#[test]
fn native_sections_may_stand_beside_a_channel() {
    let text = format!(
        "graph_url = \"http://127.0.0.1:9\"\n{PRX}\n[[hook]]\nid = \"agent\"\nurl = \"http://127.0.0.1:7000/\"\n"
    );
    let config = load(&text, NO_ENVIRONMENT);
    assert_eq!(config.door, Door::Prx);
    assert_eq!(config.graph_url.as_str(), "http://127.0.0.1:9/");
    assert_eq!(config.directory.hooks[0].id.as_str(), "agent");
    let text = format!("{OPENPARALLAX}hook:\n  - id: agent\n    url: http://127.0.0.1:7000/\n");
    let config = load(&text, [("WHATSAPP_ACCESS_TOKEN", "x")]);
    assert_eq!(config.directory.hooks[0].id.as_str(), "agent");
}

#[test]
fn an_empty_file_is_a_gateway_without_accounts() {
    for text in ["", "# nothing yet\n", "\u{feff}\n"] {
        let config = load(text, NO_ENVIRONMENT);
        assert_eq!(config.door, Door::Native);
        assert_eq!(config.server.listen, ["127.0.0.1:8080".parse().unwrap()]);
        assert_eq!(
            config.server.data_dir,
            Path::new("/etc/waypost/waypost-data")
        );
    }
}
