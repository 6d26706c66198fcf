//! `config check` and `config convert`.

use insta::assert_snapshot;

use super::*;

#[test]
fn every_format_converts_to_native_toml_with_the_same_effect() {
    let environment = [
        ("WHATSAPP_ACCESS_TOKEN", "EAA"),
        ("ZEROCLAW_WHATSAPP_APP_SECRET", "z"),
    ];
    let texts = [
        NATIVE,
        WHATSHOOKED,
        WHATSHOOKED_STEP_9,
        WHATSHOOKED_HOOKS,
        WHATSHOOKED_EVENT_LOG,
        PRX,
        OPENPARALLAX,
    ];
    for text in texts {
        let first = load(text, environment);
        let native = first.to_native_toml();
        let second = load(&native, environment);
        assert!(second.door == Door::Native, "{native}");
        assert_eq!(first.masked(), second.masked());
        assert_eq!(first.server, second.server);
        assert_eq!(first.log, second.log);
        assert_eq!(first.written, second.written, "{native}");
        assert_eq!(native, second.to_native_toml());
    }
}

#[test]
fn a_converted_whatshooked_file_reads_well() {
    assert_snapshot!(load(WHATSHOOKED, NO_ENVIRONMENT).to_native_toml(), @r#"
    [server]
    listen = "0.0.0.0:8080"

    [api]
    username = "admin"
    password = "secure_password"
    admin_key = "optional_api_key"
    default_country_code = "1"

    [[account]]
    id = "business"
    phone_number_id = "123456789012345"
    business_account_id = "987654321098765"
    phone_number = "+1234567890"
    api_version = "v21.0"
    access_token = "EAAxxxxxxxxxxxx"
    verify_token = "my_secure_random_token_abc123"

    [[hook]]
    id = "message_hook"
    name = "Message Handler"
    description = "Handles all message events"
    url = "https://your-app.com/api/whatsapp/messages"
    events = [
        "message.received",
        "message.sent",
        "message.delivered",
        "message.read",
    ]

    [hook.headers]
    Authorization = "Bearer your-app-secret-token"
    X-Custom-Header = "value"

    [[hook]]
    id = "status_hook"
    name = "Connection Monitor"
    description = "Monitors connection status"
    url = "https://your-app.com/api/whatsapp/status"
    events = [
        "whatsapp.connected",
        "whatsapp.disconnected",
    ]

    [media]
    data_path = "./data/media"
    base_url = "https://your-domain.com"

    [cache]
    data_path = "./data/message_cache"

    [event_log]
    enabled = true
    targets = [
        "file",
        "sqlite",
    ]
    file_dir = "./data/events"
    "#);
}

#[test]
fn a_converted_openparallax_file_keeps_its_variable() {
    assert_snapshot!(load(OPENPARALLAX, [("WHATSAPP_ACCESS_TOKEN", "EAA-secret")]).to_native_toml(), @r#"
    [server]
    listen = "0.0.0.0:9443"

    [[account]]
    id = "whatsapp"
    phone_number_id = "1234567890123456"
    access_token_env = "WHATSAPP_ACCESS_TOKEN"
    verify_token = "my-secret-verify-token"
    senders = [
        "+1234567890",
        "+0987654321",
    ]
    "#);
}

#[test]
fn the_effective_configuration_shows_everything_but_secrets() {
    assert_snapshot!(load(WHATSHOOKED, NO_ENVIRONMENT).masked(), @r#"
    graph_url = "https://graph.facebook.com"

    [server]
    listen = "0.0.0.0:8080"
    data = "waypost-data"
    body_limit_bytes = 4194304
    stop_grace = "30s"

    [log]
    filter = "info"
    format = "text"

    [api]
    username = "admin"
    password = "****"
    admin_key = "****"
    default_country_code = "1"
    key = []

    [delivery]
    timeout = "15s"
    in_flight = 32
    retry = [
        "1s",
        "5s",
        "30s",
        "2m",
        "10m",
        "30m",
        "1h",
        "2h",
        "4h",
        "8h",
        "12h",
        "1d",
    ]
    give_up_after = "7d"
    backlog = 1000000

    [send]
    timeout = "30s"
    uncertain_after = "5m"

    [retention]
    days = 30
    bytes = 0

    [[account]]
    id = "business"
    enabled = true
    phone_number_id = "123456789012345"
    business_account_id = "987654321098765"
    phone_number = "+1234567890"
    api_version = "v21.0"
    access_token = "****"
    verify_token = "****"
    allow_unsigned = false
    senders = "everyone"
    uncertain = "hold"
    throughput = 80

    [[hook]]
    id = "message_hook"
    name = "Message Handler"
    description = "Handles all message events"
    url = "https://your-app.com/api/whatsapp/messages"
    method = "POST"
    active = true
    accounts = []
    events = [
        "message.received",
        "message.sent",
        "message.delivered",
        "message.read",
    ]
    format = "flat"
    order = "bounded"
    replies = "messages"

    [hook.headers]
    Authorization = "****"
    X-Custom-Header = "****"

    [[hook]]
    id = "status_hook"
    name = "Connection Monitor"
    description = "Monitors connection status"
    url = "https://your-app.com/api/whatsapp/status"
    method = "POST"
    active = true
    accounts = []
    events = [
        "whatsapp.connected",
        "whatsapp.disconnected",
    ]
    format = "flat"
    order = "bounded"
    replies = "messages"

    [hook.headers]

    [media]
    data_path = "./data/media"
    mode = "link"
    base_url = "https://your-domain.com"

    [cache]
    enabled = true
    data_path = "./data/message_cache"
    max_age_days = 7
    max_events = 10000

    [event_log]
    enabled = true
    targets = [
        "file",
        "sqlite",
    ]
    file_dir = "./data/events"
    table_name = "event_logs"
    "#);
}

#[test]
fn an_address_is_shown_without_its_login_and_what_its_query_says() {
    let address = "http://ada:s3cret@localhost:3000/hook?key=s3cret&s3cret";
    let text = format!("{NATIVE}[[hook]]\nid = \"other\"\nurl = \"{address}\"\n");
    let config = load(&text, NO_ENVIRONMENT);
    let masked = config.masked();
    assert!(
        masked.contains("http://****:****@localhost:3000/hook?key=****&****"),
        "{masked}"
    );
    assert!(!masked.contains("s3cret"), "{masked}");
}

#[test]
fn the_schema_knows_every_section() {
    let schema = Config::json_schema();
    for section in [
        "graph_url",
        "server",
        "log",
        "api",
        "delivery",
        "account",
        "hook",
        "media",
        "cache",
        "event_log",
        "mqtt",
    ] {
        assert!(schema["properties"].get(section).is_some(), "{section}");
    }
    assert_eq!(schema["additionalProperties"], false);
    let text = schema.to_string();
    assert!(text.starts_with(r#"{"$schema":"https://json-schema.org/draft/2020-12/schema","title":"Waypost configuration""#));
    assert!(!text.contains(":null"));
}
