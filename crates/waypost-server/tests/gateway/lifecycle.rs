//! Starting, stopping, and what is left in between.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use serde_json::json;
use waypost_server::config::{Config, Environment};
use waypost_server::offline::Offline;
use waypost_server::{Options, StartError, StoreError, local};

use crate::house::{ACCOUNTS, Answer, House, SECRET, client, start, text_message};
use crate::sink::Sink;

#[tokio::test]
async fn the_local_files_let_a_command_in_and_go_at_a_clean_stop() {
    let house = House::start(ACCOUNTS).await;
    let dir = house.dir.path().to_owned();
    let access = local::read(&dir).unwrap();
    assert_eq!(access.address, house.gateway.addr().to_string());
    assert_eq!(access.key, house.gateway.local_key());
    let key_file = std::fs::metadata(dir.join(local::KEY_FILE)).unwrap();
    assert_eq!(key_file.permissions().mode() & 0o777, 0o600);
    let url = format!("http://{}/api/events", access.address);
    let answer = house.http.get(url).header("x-api-key", &access.key);
    assert_eq!(answer.send().await.unwrap().status(), 200);

    house.gateway.stop().await;
    assert!(local::read(&dir).is_none());
    assert!(!dir.join(local::KEY_FILE).exists());
}

#[tokio::test]
async fn a_gateway_whose_data_directory_is_gone_is_not_ready_and_acknowledges_nothing() {
    acknowledges_nothing_without(|dir| std::fs::remove_dir_all(dir).unwrap()).await;
}

#[tokio::test]
async fn a_gateway_whose_log_is_gone_is_not_ready_and_acknowledges_nothing() {
    acknowledges_nothing_without(|dir| std::fs::remove_file(dir.join("waypost.db-wal")).unwrap())
        .await;
}

async fn acknowledges_nothing_without(remove: impl FnOnce(&std::path::Path)) {
    let house = House::start(ACCOUNTS).await;
    let ready = async || house.get("/health/ready").await.status;
    assert_eq!(ready().await, 200);
    remove(house.dir.path());
    assert_eq!(ready().await, 503);
    let body = text_message("111", "wamid.A", "491700000001", "hello");
    let answer = house.post("/webhooks/whatsapp/shop", SECRET, body.to_string());
    assert_eq!(answer.await.problem(), (503, "store_unavailable"));
}

#[tokio::test]
async fn a_second_gateway_on_the_same_directory_is_refused_and_harms_nothing() {
    let house = House::start(ACCOUNTS).await;
    let error = start(ACCOUNTS, Options::new(house.dir.path()))
        .await
        .err()
        .unwrap();
    let is_locked = matches!(error, StartError::Store(StoreError::Locked { .. }));
    assert!(is_locked, "{error:?}");
    let access = local::read(house.dir.path()).unwrap();
    assert_eq!(access.key, house.gateway.local_key());
    let body = text_message("111", "wamid.A", "491700000001", "hello");
    let answer = house.post("/webhooks/whatsapp/shop", SECRET, body.to_string());
    assert_eq!(answer.await.status, 200);
}

#[tokio::test]
async fn an_unreachable_data_directory_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a-file");
    std::fs::write(&file, "").unwrap();
    let options = Options::new(file.join("data"));
    let error = start(ACCOUNTS, options).await.err().unwrap();
    let StartError::Store(source) = &error else {
        panic!("{error:?}");
    };
    assert!(source.to_string().contains("a-file"), "{source}");
}

#[tokio::test]
async fn a_port_that_is_taken_is_named_and_the_directory_is_free_again() {
    let house = House::start(ACCOUNTS).await;
    let dir = tempfile::tempdir().unwrap();
    let mut options = Options::new(dir.path());
    options.listen = Some(house.gateway.addr());
    let error = start(ACCOUNTS, options).await.err().unwrap();
    let address = house.gateway.addr().to_string();
    assert!(error.to_string().contains(&address), "{error}");
    assert!(start(ACCOUNTS, Options::new(dir.path())).await.is_ok());
}

#[tokio::test]
async fn the_first_start_makes_an_admin_key_that_outlives_it() {
    const CONFIGURED: &str = "a-configured-key-of-some-length";
    let dir = tempfile::tempdir().unwrap();
    let http = client();
    let status = async |url: String, key: &str| {
        let request = http.get(format!("{url}/api/events")).bearer_auth(key);
        request.send().await.unwrap().status().as_u16()
    };
    let gateway = start(ACCOUNTS, Options::new(dir.path())).await.unwrap();
    let key = gateway.new_admin_key().unwrap().to_owned();
    gateway.keep_admin_key().await.unwrap();
    gateway.stop().await;

    let gateway = start(ACCOUNTS, Options::new(dir.path())).await.unwrap();
    assert_eq!(gateway.new_admin_key(), None, "made once");
    let url = format!("http://{}", gateway.addr());
    assert_eq!(status(url, &key).await, 200);
    gateway.stop().await;

    // Once the configuration names another way in, the made key is out of use.
    let config = format!("{ACCOUNTS}\n[api]\nadmin_key = \"{CONFIGURED}\"\n");
    let gateway = start(&config, Options::new(dir.path())).await.unwrap();
    let url = format!("http://{}", gateway.addr());
    assert_eq!(status(url.clone(), &key).await, 401);
    assert_eq!(status(url, CONFIGURED).await, 200);
    for entry in std::fs::read_dir(dir.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap_or_default();
        let mut windows = bytes.windows(key.len());
        let is_kept = windows.any(|window| window == key.as_bytes());
        assert!(!is_kept, "only the hash is kept");
    }
}

#[tokio::test]
async fn an_admin_key_that_nobody_has_seen_leaves_the_next_start_to_make_one() {
    let dir = tempfile::tempdir().unwrap();
    let gateway = start(ACCOUNTS, Options::new(dir.path())).await.unwrap();
    let unseen = gateway.new_admin_key().unwrap().to_owned();
    gateway.stop().await;
    let gateway = start(ACCOUNTS, Options::new(dir.path())).await.unwrap();
    assert_ne!(gateway.new_admin_key().unwrap(), unseen);
}

#[tokio::test]
async fn what_was_stored_before_a_stop_is_delivered_after_the_start() {
    let sink = Sink::start().await;
    let config = format!(
        "{ACCOUNTS}\n[[hook]]\nid = \"app\"\nurl = \"{}\"\nretry = [\"100ms\"]\n",
        sink.url
    );
    sink.answer_next(503, json!({}));
    let mut house = House::start(&config).await;
    let body = text_message("111", "wamid.A", "491700000001", "hello");
    let answer = house.post("/webhooks/whatsapp/shop", SECRET, body.to_string());
    assert_eq!(answer.await.status, 200);
    sink.called(1).await;
    house.gateway.stop().await;

    let options = Options::new(house.dir.path());
    house.gateway = start(&config, options).await.unwrap();
    sink.called(2).await;
    house.gateway.engine().drain().await;
    let page = house.get("/api/deliveries?state=delivered").await;
    let attempts = page.body["data"][0]["attempts"].as_array().unwrap();
    assert!(attempts.len() >= 2, "{}", page.body);
    let calls = sink.calls();
    let ids: Vec<_> = calls
        .iter()
        .map(|call| call.headers["webhook-id"].clone())
        .collect();
    assert!(ids.iter().all(|id| *id == ids[0]));
}

#[tokio::test]
async fn a_reload_puts_accounts_hooks_and_keys_in_force() {
    const KEY: &str = "a-configured-key-of-some-length";
    let house = House::start(ACCOUNTS).await;
    let sink = Sink::start().await;
    let config = format!(
        r#"{ACCOUNTS}
[[account]]
id = "new"
phone_number_id = "777"
verify_token = "the-new-account's-own-verify-token!!"
app_secret = "{SECRET}"
[api]
admin_key = "{KEY}"
[[hook]]
id = "app"
url = "{}"
"#,
        sink.url
    );
    let path = Path::new("/nowhere/waypost.toml");
    let config = Config::parse(&config, path, &Environment::default()).unwrap();
    house.gateway.reload(config);
    let body = text_message("777", "wamid.A", "491700000001", "hello");
    let answer = house.post("/webhooks/whatsapp/new", SECRET, body.to_string());
    assert_eq!(answer.await.status, 200);
    house.gateway.engine().drain().await;
    assert_eq!(sink.calls().len(), 1);
    let request = house.http.get(house.url("/api/events")).bearer_auth(KEY);
    assert_eq!(Answer::of(request.send().await.unwrap()).await.status, 200);
}

#[tokio::test]
async fn a_reload_over_the_api_tells_what_changed_and_refuses_what_is_wrong() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("waypost.toml");
    let mut house = House::start(ACCOUNTS).await;
    let key = house.gateway.local_key().to_owned();
    let reload = async |house: &House, key: &str| {
        let request = house.http.post(house.url("/api/reload")).bearer_auth(key);
        Answer::of(request.send().await.unwrap()).await
    };
    let refused = reload(&house, &key).await;
    assert_eq!(refused.problem(), (409, "not_reloadable"));

    let read = file.clone();
    let source = move || Config::load(&read, &Environment::default());
    house = House::start_with(ACCOUNTS, |options| options.source = Some(Arc::new(source))).await;
    let key = house.gateway.local_key().to_owned();
    let new = "[[account]]\nid = \"new\"\nphone_number_id = \"777\"\n";
    let listen = "[server]\nlisten = \"127.0.0.1:0\"\n";
    let new = format!("{ACCOUNTS}{new}app_secret = \"{SECRET}\"\n{listen}");
    std::fs::write(&file, new).unwrap();
    let reloaded = reload(&house, &key).await;
    assert_eq!(reloaded.status, 200, "{}", reloaded.text);
    let added = json!([{"kind": "account", "id": "new", "change": "added", "keys": []}]);
    assert_eq!(reloaded.body["changes"], added);
    assert_eq!(reloaded.body["after_restart"], json!([]));

    std::fs::write(&file, "[[account]]\nid = 7\n").unwrap();
    let refused = reload(&house, &key).await;
    assert_eq!(refused.problem(), (422, "configuration_wrong"));
    assert!(refused.text.contains("waypost.toml:2"), "{}", refused.text);
    let body = text_message("777", "wamid.A", "491700000001", "hello");
    let answer = house.post("/webhooks/whatsapp/new", SECRET, body.to_string());
    assert_eq!(answer.await.status, 200, "what was in force stays");
    assert_eq!(
        reload(&house, "nobody's").await.problem(),
        (401, "credentials_wrong")
    );
}

#[tokio::test]
async fn a_reload_that_would_leave_no_account_is_refused_unless_that_is_meant() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("waypost.toml");
    let read = file.clone();
    let source = move || Config::load(&read, &Environment::default());
    let house =
        House::start_with(ACCOUNTS, |options| options.source = Some(Arc::new(source))).await;
    let body = |wamid| text_message("111", wamid, "491700000001", "hello").to_string();
    let path = "/webhooks/whatsapp/shop";
    let reload = async |body| {
        let request = house.http.post(house.url("/api/reload")).json(&body);
        let request = request.bearer_auth(house.gateway.local_key());
        Answer::of(request.send().await.unwrap()).await
    };
    for nothing in ["", "# a failed write\n", "[log]\nfilter = \"info\"\n"] {
        std::fs::write(&file, nothing).unwrap();
        assert!(house.gateway.reload_from_source().is_err(), "as on SIGHUP");
        let refused = reload(json!({})).await;
        assert_eq!(refused.problem(), (409, "no_accounts_left"));
    }
    assert_eq!(house.post(path, SECRET, body("wamid.A")).await.status, 200);
    let meant = reload(json!({"without_accounts": true})).await;
    assert_eq!(meant.status, 200, "{}", meant.text);
    assert_eq!(house.post(path, SECRET, body("wamid.B")).await.status, 404);
}

#[tokio::test]
async fn a_stopped_gateway_tells_the_same_as_a_running_one() {
    let house = House::start(ACCOUNTS).await;
    let body = text_message("111", "wamid.A+/=", "491700000001", "hello");
    let answer = house.post("/webhooks/whatsapp/shop", SECRET, body.to_string());
    assert_eq!(answer.await.status, 200);
    let id = house.events().await[0]["id"].as_str().unwrap().to_owned();
    let paths = [
        "/api/events?limit=10".to_owned(),
        format!("/api/events/{id}"),
        "/api/trace/wamid.A%2B%2F%3D".to_owned(),
        "/api/deliveries?state=dead".to_owned(),
        "/api/events?lmit=10".to_owned(),
        "/api/events/evt_0000000000000".to_owned(),
    ];
    let mut running = Vec::new();
    for path in &paths {
        let answer = house.get(path).await;
        running.push((answer.status, answer.text));
    }
    house.gateway.stop().await;

    let offline = Offline::open(house.dir.path()).unwrap();
    for (path, told) in paths.iter().zip(running) {
        let (status, body) = offline.get(path).await;
        let told_now = (status.as_u16(), String::from_utf8(body.to_vec()).unwrap());
        assert_eq!(told_now, told, "{path}");
    }
}
