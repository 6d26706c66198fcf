//! Mistakes, and the words they are answered with: file, line, key, kind, and what to write instead.

use insta::assert_snapshot;

use super::*;

fn native(more: &str) -> String {
    format!("{NATIVE}{more}")
}

#[test]
fn a_misspelt_key_names_its_neighbour() {
    assert_snapshot!(mistakes(&NATIVE.replace("access_token", "acess_token")), @r"
    /etc/waypost/config:6: account[0].acess_token: there is no such key
      hint: did you mean `access_token`?
    ");
    assert_snapshot!(mistakes(&native("[servr]\nlisten = \":1\"\n")), @r"
    /etc/waypost/config:14: servr: there is no such key
      hint: did you mean `server`?
    ");
    assert_snapshot!(mistakes(&native("[server]\nfrobnicate = 1\n")), @r"
    /etc/waypost/config:15: server.frobnicate: there is no such key
      hint: leave it out; known in `server`: listen, data, public_url, body_limit_bytes, stop_grace
    ");
    assert_snapshot!(mistakes(&WHATSHOOKED.replace("\"business_account_id\"", "\"busines_account_id\"")), @r"
    /etc/waypost/config:18: whatsapp[0].business_api.busines_account_id: there is no such key
      hint: did you mean `business_account_id`?
    ");
    assert_snapshot!(mistakes(&WHATSHOOKED.replace("\"max_age_days\"", "\"max_age\"")), @r"
    /etc/waypost/config:64: message_cache.max_age: there is no such key
      hint: leave it out; known in `message_cache`: enabled, data_path, max_age_days, max_events
    ");
    assert_snapshot!(mistakes(&PRX.replace("allowed_numbers", "allowed_number")), @r"
    /etc/waypost/config:5: channels_config.whatsapp.allowed_number: there is no such key
      hint: did you mean `allowed_numbers`?
    ");
    assert_snapshot!(mistakes(&OPENPARALLAX.replace("webhook_port", "webhook-port").replace("access_token_env", "access_token")), @r"
    /etc/waypost/config:7: channels.whatsapp.webhook-port: there is no such key
      hint: did you mean `webhook_port`?
    ");
}

#[test]
fn every_mistake_is_told_at_once() {
    let text = r#"
[server]
listen = "example.com:80"
stop_grace = "half a minute"

[[account]]
id = "the shop"
phone_number_id = 106540352242922
senders = []

[[account]]
phone_number_id = "+49 151"
api_version = "25"

[[hook]]
id = "crm"
url = "crm.example.com"
method = "PSOT"
events = ["message.recieved", "gibberish"]
format = "flatt"
accounts = ["sohp"]
in_flight = 0
retry = []

[[hook]]
id = "crm"
url = "https://crm.example.com"
headers = { "Content-Length" = "1", "bad name" = "x", X-Key = { env = "UNSET" }, X-Both = {} }
timeout = "1h"
"#;
    assert_snapshot!(mistakes(text), @r#"
    /etc/waypost/config:3: server.listen: this is not an address to listen on
      hint: write an IP address and a port, such as `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`, or `:8080` for all addresses
    /etc/waypost/config:4: server.stop_grace: this is not a length of time
      hint: write a whole number and a unit, `500ms`, `15s`, `2m`, `1h` or `7d`; at most 365 days
    /etc/waypost/config:7: account[0].id: this name cannot stand in a path
      hint: write up to 64 letters, digits, `-`, `_` and `.`
    /etc/waypost/config:8: account[0].phone_number_id: a number without quotes stands here
      hint: write a text in quotes
    /etc/waypost/config:9: account[0].senders: the list is empty
      hint: write "everyone" or "nobody", so that it has one meaning
    /etc/waypost/config:11: account[1].id: this key is missing
      hint: give `id` a text in quotes: Your name for it, as it stands in paths: letters, digits, `-`, `_`, `.`
    /etc/waypost/config:17: hook[0].url: this is not a web address
      hint: write one such as `https://app.example.com/whatsapp`
    /etc/waypost/config:19: hook[0].events[0]: `message.recieved` is not known here
      hint: did you mean `message.received`?
    /etc/waypost/config:19: hook[0].events[1]: an unknown word stands here
      hint: write `message.received`, `message.sent`, `message.delivered`, `message.read`, `message.played`, `message.failed`, `message.status`, `message.echo`, `message.uncertain`, `history.received`, `contact.updated`, `template.status`, or one of the 35 others in docs/configuration.md
    /etc/waypost/config:20: hook[0].format: `flatt` is not known here
      hint: did you mean `flat`?
    /etc/waypost/config:21: hook[0].accounts[0]: no account is called `sohp`
      hint: name the `id` of an account of this file
    /etc/waypost/config:22: hook[0].in_flight: the number is out of range
      hint: write a whole number from 1 to 1024
    /etc/waypost/config:23: hook[0].retry: the list is empty, longer than 64, or holds a delay under 100ms
      hint: write delays such as ["1s", "30s", "10m", "1h"]
    /etc/waypost/config:26: hook[1].id: two hooks are called `crm` (numbers 1 and 2)
      hint: give each hook a name of its own
    /etc/waypost/config:28: hook[1].headers.Content-Length: the gateway sets this header itself
      hint: leave it out
    /etc/waypost/config:28: hook[1].headers.X-Both: a header's value is one thing
      hint: write a string, or { env = "NAME" }, or { file = "path" }
    /etc/waypost/config:28: hook[1].headers.X-Key: the environment variable UNSET is not set, or empty
      hint: set UNSET to the secret, or name the variable that holds it
    /etc/waypost/config:28: hook[1].headers.bad name: this is not a header's name
      hint: write letters, digits and dashes, such as `X-Api-Key`
    /etc/waypost/config:29: hook[1].timeout: the deadline is out of range
      hint: write more than nothing and at most `5m`
    "#);
}

#[test]
fn a_missing_secret_names_its_variable_or_file() {
    let text = NATIVE
        .replace(
            "access_token = \"EAAG-native-token\"",
            "access_token_env = \"TOKEN_OF_THE_SHOP\"",
        )
        .replace(
            "secret = \"hook-secret-of-the-crm\"",
            "secret_file = \"secrets/crm\"",
        );
    assert_snapshot!(mistakes(&text), @r"
    /etc/waypost/config:6: account[0].access_token_env: the environment variable TOKEN_OF_THE_SHOP is not set, or empty
      hint: set TOKEN_OF_THE_SHOP to the secret, or name the variable that holds it
    /etc/waypost/config:13: hook[0].secret_file: the file /etc/waypost/secrets/crm cannot be read: No such file or directory (os error 2)
      hint: write the secret into the file, alone on its first line, readable for the gateway's user
    ");
}

#[test]
fn a_secret_given_twice_is_refused() {
    assert_snapshot!(mistakes(&NATIVE.replace("api_version", "access_token_env = \"T\"\napi_version")), @r"
    /etc/waypost/config:7: account[0].access_token: the same secret is given in more than one way
      hint: keep one of `access_token`, `access_token_env` and `access_token_file`
    ");
}

#[test]
fn two_accounts_with_one_number_are_refused() {
    let text = native(
        "[[account]]\nid = \"other\"\nphone_number_id = \"106540352242922\"\n[[account]]\nid = \"shop\"\nphone_number_id = \"1\"\n",
    );
    assert_snapshot!(mistakes(&text), @r"
    /etc/waypost/config:16: account[1].phone_number_id: the accounts `shop` and `other` have the same phone_number_id 106540352242922
      hint: keep one account for each number: a webhook names the number, and must lead to one account
    /etc/waypost/config:18: account[2].id: two accounts are called `shop` (numbers 1 and 3)
      hint: give each account a name of its own
    ");
}

#[test]
fn the_access_token_never_travels_in_the_clear() {
    assert_snapshot!(mistakes(&format!("graph_url = \"http://graph.example.com\"\n{NATIVE}")), @r"
    /etc/waypost/config:1: graph_url: refusing to transmit over non-HTTPS: access tokens would travel in the clear
      hint: write an `https://` address; plain `http://` only to a loopback address such as http://127.0.0.1:9000
    ");
    for loopback in [
        "http://127.0.0.1:9000",
        "http://localhost:9000",
        "http://[::1]:9000",
        "https://proxy.example.com/graph",
    ] {
        load(
            &format!("graph_url = \"{loopback}\"\n{NATIVE}"),
            NO_ENVIRONMENT,
        );
    }
}

#[test]
fn broken_syntax_is_placed_and_not_quoted() {
    assert_snapshot!(mistakes("[server\nlisten = 1"), @r"
    /etc/waypost/config:1: unclosed table, expected `]`
      hint: the file is read as TOML, by its first line; mend it at the line named
    ");
    assert_snapshot!(mistakes("[[account]]\nid = \"a\"\naccess_token = \"EAAG-secret\n"), @r#"
    /etc/waypost/config:3: invalid basic string, expected `"`
      hint: the file is read as TOML, by its first line; mend it at the line named
    "#);
    assert_snapshot!(mistakes("{\n  \"whatsapp\": [\n    {\"id\": \"x\" \"type\": 1}\n]}"), @r"
    /etc/waypost/config:3: expected `,` or `}`
      hint: the file is read as JSON, by its first line; mend it at the line named
    ");
    assert_snapshot!(mistakes("{\"log_level\": \"info\",\n \"log_level\": \"debug\"}"), @r"
    /etc/waypost/config:1: the key `log_level` is there twice
      hint: the file is read as JSON, by its first line; mend it at the line named
    ");
    assert_snapshot!(mistakes("channels:\n  whatsapp:\n    verify_token: \"abc\n"), @r"
    /etc/waypost/config:4: the text is not well-formed: look at indentation, colons, quotes and repeated keys
      hint: the file is read as YAML, by its first line; mend it at the line named
    ");
    assert_snapshot!(mistakes("[[account]]\nid = \"a\"\nid = \"b\"\n"), @r"
    /etc/waypost/config:3: duplicate key
      hint: the file is read as TOML, by its first line; mend it at the line named
    ");
}

#[test]
fn whatsapp_web_accounts_say_that_they_are_not_there_yet() {
    assert_snapshot!(mistakes(r#"{"whatsapp": [{"id": "web", "type": "whatsmeow", "phone_number": "+1"}]}"#), @r#"
    /etc/waypost/config:1: whatsapp[0].type: WhatsApp Web accounts (`whatsmeow`) are not there yet
      hint: add "disabled": true to this account, or make it a `business-api` account
    "#);
    assert_snapshot!(mistakes("[channels_config.whatsapp]\nverify_token = \"v\"\naccess_token = \"a\"\n"), @r"
    /etc/waypost/config:1: channels_config.whatsapp.phone_number_id: without this key PRX means its WhatsApp Web mode, which Waypost does not have yet
      hint: give the number's id from Meta's API Setup page, which selects the Cloud API
    ");
}

#[test]
fn what_a_seed_format_requires_is_required() {
    assert_snapshot!(mistakes(r#"{"whatsapp": [{"type": "business-api"}, {"id": "b", "type": "business-api"}]}"#), @r"
    /etc/waypost/config:1: whatsapp[0].id: this key is missing
      hint: give `id` a text in quotes: Your name for the account, as it stands in its webhook's path
    /etc/waypost/config:1: whatsapp[0].business_api: a `business-api` account needs this table
      hint: give it `phone_number_id`, `access_token` and `verify_token`
    /etc/waypost/config:1: whatsapp[1].business_api: a `business-api` account needs this table
      hint: give it `phone_number_id`, `access_token` and `verify_token`
    ");
    assert_snapshot!(mistakes("channels:\n  telegram: {}\n"), @r"
    /etc/waypost/config:2: channels.telegram: there is no such key
      hint: leave it out; known in `channels`: whatsapp
    /etc/waypost/config:2: channels.whatsapp: this key is missing
      hint: give `whatsapp` a table: The WhatsApp channel
    /etc/waypost/config:2: channels.whatsapp.phone_number_id: this key is missing
      hint: give the number's id from Meta's API Setup page: digits, and not the phone number itself
    /etc/waypost/config:2: channels.whatsapp.access_token: this key is missing; without it the account receives and cannot send
      hint: give `access_token`, `access_token_env` or `access_token_file`
    /etc/waypost/config:2: channels.whatsapp.verify_token: this key is missing; without it the account refuses Meta's webhook handshake
      hint: give `verify_token`, `verify_token_env` or `verify_token_file`
    ");
    assert_snapshot!(mistakes("channels:\n  whatsapp:\n    phone_number_id: 12345\n"), @r"
    /etc/waypost/config:3: channels.whatsapp.phone_number_id: a number without quotes stands here
      hint: write a text in quotes
    /etc/waypost/config:3: channels.whatsapp.access_token: this key is missing; without it the account receives and cannot send
      hint: give `access_token`, `access_token_env` or `access_token_file`
    /etc/waypost/config:3: channels.whatsapp.verify_token: this key is missing; without it the account refuses Meta's webhook handshake
      hint: give `verify_token`, `verify_token_env` or `verify_token_file`
    ");
}

#[test]
fn logins_of_the_api_are_whole_or_absent() {
    assert_snapshot!(mistakes(&native("[api]\nusername = \"me\"\n[[api.key]]\nname = \"k\"\nscopes = []\n[[api.key]]\nname = \"k\"\nsecret = \"s\"\nscopes = [\"raed\"]\naccounts = [\"shop\", \"nope\"]\n")), @r#"
    /etc/waypost/config:14: api.password: there is a user name and no password
      hint: give the password, or leave the user name out
    /etc/waypost/config:16: api.key[0].secret: the key itself is missing
      hint: give `secret`, `secret_env` or `secret_file`
    /etc/waypost/config:18: api.key[0].scopes: the key may do nothing
      hint: write some of ["admin", "send", "read"]
    /etc/waypost/config:20: api.key[1].name: two keys are called `k`
      hint: give each key a name of its own
    /etc/waypost/config:22: api.key[1].scopes[0]: `raed` is not known here
      hint: did you mean `read`?
    /etc/waypost/config:23: api.key[1].accounts[1]: no account is called `nope`
      hint: name the `id` of an account of this file
    "#);
}

#[test]
fn later_sections_are_checked_already() {
    assert_snapshot!(mistakes(&native("[media]\nmode = \"links\"\n[cache]\nmax_events = -1\n[event_log]\ntable_name = \"a;b\"\ntargets = [\"kafka\"]\n[event_log.database]\ntype = \"postgres\"\nport = 70000\n")), @r"
    /etc/waypost/config:15: media.mode: `links` is not known here
      hint: did you mean `link`?
    /etc/waypost/config:17: cache.max_events: the number is out of range
      hint: write a whole number from 1 to 4294967295
    /etc/waypost/config:19: event_log.table_name: this is not a table's name
      hint: write up to 63 letters, digits and `_`, not beginning with a digit
    /etc/waypost/config:20: event_log.targets[0]: an unknown word stands here
      hint: write `file`, `sqlite` or `postgres`
    /etc/waypost/config:21: event_log.database.host: this key is missing
      hint: give `host` a text in quotes
    /etc/waypost/config:21: event_log.database.username: this key is missing
      hint: give `username` a text in quotes
    /etc/waypost/config:21: event_log.database.database: this key is missing
      hint: give `database` a text in quotes
    /etc/waypost/config:23: event_log.database.port: the number is out of range
      hint: write a whole number from 1 to 65535
    ");
}

#[test]
fn a_hook_says_once_who_is_calling() {
    let text = NATIVE
        .replace("https://crm", "https://me:password@crm")
        .replace(
            "secret = \"hook",
            "headers = { Authorization = \"Bearer x\" }\nsecret = \"hook",
        );
    assert_snapshot!(mistakes(&text), @r"
    /etc/waypost/config:12: hook[0].url: both the address and a header say who is calling
      hint: keep one of them
    ");
    assert_snapshot!(mistakes(&NATIVE.replace("hook-secret-of-the-crm", "whsec_not base64!")), @r"
    /etc/waypost/config:13: hook[0].secret: a secret that begins with `whsec_` must go on in base64
      hint: copy the whole secret, or choose one without that beginning
    ");
}

#[test]
fn a_hook_at_a_metadata_address_is_refused_at_once() {
    for address in [
        "http://169.254.169.254/latest",
        "http://[::ffff:169.254.169.254]/",
        "http://0.0.0.0:80/",
    ] {
        let said = mistakes(&NATIVE.replace("https://crm.example.com/in", address));
        assert!(
            said.contains("this address is not called"),
            "{address}: {said}"
        );
    }
}

#[test]
fn an_address_without_a_host_is_no_address() {
    for address in [
        "http:///x",
        "https:x",
        "http:/x/y",
        "http://",
        "https://?a=b",
    ] {
        let said = mistakes(&NATIVE.replace("https://crm.example.com/in", address));
        assert!(
            said.contains("hook[0].url: this is not a web address"),
            "{address}: {said}"
        );
        let said = mistakes(&format!("[server]\npublic_url = \"{address}\"\n"));
        assert!(
            said.contains("this is not a web address"),
            "{address}: {said}"
        );
    }
}

#[test]
fn a_log_filter_that_would_end_the_next_start_is_refused() {
    for filter in [
        "info,waypost_engine=loud",
        "waypost=debug=trace",
        "info,[{=debug",
    ] {
        let said = mistakes(&format!("[log]\nfilter = \"{filter}\"\n"));
        assert!(
            said.contains(":2: log.filter: this is not a log filter"),
            "{filter}: {said}"
        );
    }
    let right = load(
        "[log]\nfilter = \"info,waypost_engine=debug\"\n",
        NO_ENVIRONMENT,
    );
    assert_eq!(right.log.filter, "info,waypost_engine=debug");
    let variable = parse(NATIVE, [("WAYPOST_LOG", "info,waypost=loud")]).unwrap_err();
    assert!(
        variable
            .to_string()
            .contains("WAYPOST_LOG: this is not a log filter"),
        "{variable}"
    );
}

#[test]
fn endless_nesting_is_refused() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(mistakes(&format!("{{\"whatsapp\": {deep}}}")).contains("nested too deeply"));
    assert!(!mistakes(&format!("account = {deep}")).is_empty());
    assert!(!mistakes(&format!("channels: {deep}")).is_empty());
}
