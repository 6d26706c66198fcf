//! The API: who may, what lists hold, and how it refuses.

use base64::Engine as _;
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::house::{ACCOUNTS, Answer, House, OTHER_SECRET, SECRET, text_message};
use crate::sink::Sink;

const ADMIN: &str = "admin-key-for-tests-0123456789";
const READER: &str = "reader-key-for-tests-0123456789";
const SENDER: &str = "sender-key-for-tests-0123456789";
const BANKER: &str = "banker-key-for-tests-0123456789";
const KEYS: &str = r#"
[api]
username = "ops"
password = "a-long-password-for-tests"
admin_key = "admin-key-for-tests-0123456789"

[[api.key]]
name = "reader"
secret = "reader-key-for-tests-0123456789"
scopes = ["read"]

[[api.key]]
name = "sender"
secret = "sender-key-for-tests-0123456789"
scopes = ["send"]

[[api.key]]
name = "banker"
secret = "banker-key-for-tests-0123456789"
scopes = ["read", "send"]
accounts = ["bank"]
"#;

async fn ask(request: RequestBuilder) -> Answer {
    Answer::of(request.send().await.unwrap()).await
}

fn basic(credentials: &str) -> String {
    let encoded = base64::engine::general_purpose::STANDARD.encode(credentials);
    format!("Basic {encoded}")
}

fn hook(sink: &Sink) -> String {
    format!(
        "{ACCOUNTS}\n[[hook]]\nid = \"app\"\nurl = \"{}\"\n",
        sink.url
    )
}

fn count(answer: &Answer) -> Option<usize> {
    answer.body["data"].as_array().map(Vec::len)
}

#[tokio::test]
async fn somebody_elses_page_cannot_change_anything_with_the_browsers_password() {
    let house = House::start(&format!("{ACCOUNTS}{KEYS}")).await;
    let known = basic("ops:a-long-password-for-tests");
    for path in ["/api/replay", "/api/deliveries/redeliver", "/api/reload"] {
        let post = || {
            let request = house.http.post(house.url(path));
            request.header("authorization", &known)
        };
        let form = post().header("content-type", "text/plain").body("{}");
        assert_eq!(ask(form).await.problem(), (415, "not_json_type"), "{path}");
        let empty = post().header("origin", "https://evil.example");
        assert_eq!(ask(empty).await.problem(), (415, "not_json_type"), "{path}");
        let ours = post().json(&json!({"dry_run": true}));
        assert_ne!(ask(ours).await.status, 415, "{path}");
    }
    let listed = house.http.get(house.url("/api/events"));
    let listed = listed.header("authorization", &known);
    assert_eq!(
        ask(listed.header("origin", "https://x.example"))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn a_body_that_says_a_key_twice_is_refused_and_nothing_is_done() {
    let house = House::start(ACCOUNTS).await;
    let post = |path: &str, body: &'static str| {
        let request = house.http.post(house.url(path)).body(body);
        let request = request.header("content-type", "application/json");
        ask(request.bearer_auth(house.gateway.local_key()))
    };
    let replay = r#"{"everything": true, "dry_run": true, "dry_run": false}"#;
    let refused = post("/api/replay", replay).await;
    assert_eq!(refused.problem(), (400, "invalid_request"));
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(
        detail.starts_with("`dry_run` stands there twice"),
        "{detail}"
    );
    let message = r#"{"account_id": "shop", "to": "4917", "type": "text", "text": {"body": "a", "body": "b"}}"#;
    let refused = post("/api/messages", message).await;
    assert_eq!(refused.problem(), (422, "invalid_message"));
    for list in ["/api/replay", "/api/messages"] {
        assert_eq!(house.get(list).await.body["data"], json!([]), "{list}");
    }
}

#[tokio::test]
async fn an_account_or_hook_that_does_not_exist_is_no_empty_list() {
    let sink = Sink::start().await;
    let house = House::start(&hook(&sink)).await;
    for list in ["/api/events", "/api/events/stream", "/api/messages"] {
        let answer = house.get(&format!("{list}?account_id=shpo")).await;
        assert_eq!(answer.problem(), (422, "no_such_account"), "{list}");
        assert_eq!(answer.body["hint"], "did you mean `shop`?", "{list}");
    }
    let hooks = house.get("/api/deliveries?hook_id=App").await;
    assert_eq!(hooks.problem(), (400, "invalid_parameter"));
    assert_eq!(hooks.body["hint"], "did you mean `app`?");

    // What has left the configuration and is still stored can be looked at.
    let body = text_message("111", "wamid.A", "491700000001", "hello");
    let answer = house.post("/webhooks/whatsapp/shop", SECRET, body.to_string());
    assert_eq!(answer.await.status, 200);
    let text = ACCOUNTS.replace("\"shop\"", "\"store\"");
    house.reload(&text);
    for list in ["/api/events?account_id=shop", "/api/deliveries?hook_id=app"] {
        assert_eq!(count(&house.get(list).await), Some(1), "{list}");
    }
}

#[tokio::test]
async fn every_door_lets_in_those_it_knows_and_nobody_else() {
    let house = House::start(&format!("{ACCOUNTS}{KEYS}")).await;
    assert_eq!(house.gateway.new_admin_key(), None, "access was configured");
    let events = || house.http.get(house.url("/api/events"));

    for (name, value) in [
        ("authorization", format!("Bearer {ADMIN}")),
        ("authorization", format!("bearer   {READER}")),
        ("x-api-key", READER.to_owned()),
        ("authorization", basic("ops:a-long-password-for-tests")),
    ] {
        let answer = ask(events().header(name, &value)).await;
        assert_eq!(answer.status, 200, "{name}: {value}");
    }
    for (name, value) in [
        ("authorization", "Bearer wrong".to_owned()),
        ("authorization", "Bearer".to_owned()),
        ("authorization", ADMIN.to_owned()),
        (
            "authorization",
            "Bearer a-long-password-for-tests".to_owned(),
        ),
        ("x-api-key", String::new()),
        ("x-api-key", format!("Bearer {ADMIN}")),
        ("authorization", basic("ops:wrong")),
        ("authorization", basic("other:a-long-password-for-tests")),
        ("authorization", basic("ops:a-long-password-for-tests:")),
        ("authorization", "Basic ???".to_owned()),
    ] {
        let answer = ask(events().header(name, &value)).await;
        assert_eq!(
            answer.problem(),
            (401, "credentials_wrong"),
            "{name}: {value}"
        );
        assert!(answer.headers.contains_key("www-authenticate"));
    }
    for path in [
        "/api/events",
        "/api/nothing",
        "/api/trace/evt_0",
        "/api",
        "/metrics",
    ] {
        let answer = ask(house.http.get(house.url(path))).await;
        assert_eq!(answer.problem(), (401, "credentials_missing"), "{path}");
        assert!(answer.headers.contains_key("www-authenticate"));
    }
    for path in ["/health", "/health/live", "/health/ready"] {
        assert_eq!(
            ask(house.http.get(house.url(path))).await.status,
            200,
            "{path}"
        );
    }
}

#[tokio::test]
async fn scopes_and_accounts_limit_what_a_key_may_do() {
    let house = House::start(&format!("{ACCOUNTS}{KEYS}")).await;
    for (number, secret, id) in [
        ("111", SECRET, "wamid.shop"),
        ("333", OTHER_SECRET, "wamid.bank"),
    ] {
        let body = text_message(number, id, "491700000001", "hello");
        house
            .post("/webhooks/whatsapp", secret, body.to_string())
            .await;
    }
    let get = |path: &str, key: &str| ask(house.http.get(house.url(path)).bearer_auth(key));
    let message =
        json!({"account_id": "shop", "to": "491700000001", "type": "text", "text": {"body": "hi"}});
    let send = |key: &str| {
        let request = house.http.post(house.url("/api/messages"));
        ask(request.bearer_auth(key).json(&message))
    };

    let all = get("/api/events", READER).await;
    assert_eq!(count(&all), Some(2));
    let refused = send(READER).await;
    assert_eq!(refused.problem(), (403, "scope_missing"));
    assert!(refused.body["detail"].as_str().unwrap().contains("send"));
    assert_eq!(get("/metrics", READER).await.status, 200);

    for path in [
        "/api/events",
        "/api/deliveries",
        "/api/trace/evt_0",
        "/metrics",
    ] {
        let refused = get(path, SENDER).await;
        assert_eq!(refused.problem(), (403, "scope_missing"), "{path}");
    }
    assert_eq!(get("/api/messages", SENDER).await.status, 200);

    let mine = get("/api/events", BANKER).await;
    assert_eq!(count(&mine), Some(1));
    assert_eq!(mine.body["data"][0]["account_id"], "bank");
    let refused = get("/api/events?account_id=shop", BANKER).await;
    assert_eq!(refused.problem(), (403, "account_forbidden"));
    assert_eq!(
        get("/metrics", BANKER).await.problem(),
        (403, "account_forbidden")
    );
    assert_eq!(send(BANKER).await.problem(), (403, "account_forbidden"));
    for event in all.body["data"].as_array().unwrap() {
        let expected = if event["account_id"] == "bank" {
            200
        } else {
            404
        };
        let id = event["id"].as_str().unwrap();
        for list in ["events", "trace"] {
            let answer = get(&format!("/api/{list}/{id}"), BANKER).await;
            assert_eq!(answer.status, expected);
        }
    }
}

#[tokio::test]
async fn lists_are_filtered_and_paged() {
    let sink = Sink::start().await;
    let house = House::start(&hook(&sink)).await;
    for (number, id) in [
        ("111", "0"),
        ("111", "1"),
        ("111", "2"),
        ("111", "3"),
        ("111", "4"),
        ("222", "5"),
    ] {
        let body = text_message(number, &format!("wamid.{id}"), "491700000001", "hello");
        house
            .post("/webhooks/whatsapp", SECRET, body.to_string())
            .await;
    }
    house.gateway.engine().drain().await;

    let first = house.get("/api/events?limit=4").await;
    assert_eq!(count(&first), Some(4));
    let next = first.body["next"].as_str().unwrap();
    let second = house
        .get(&format!("/api/events?limit=4&after={next}"))
        .await;
    assert_eq!(count(&second), Some(2));
    assert_eq!(second.body["next"], Value::Null);
    for (query, expected) in [
        ("account_id=bakery", 1),
        ("message_id=wamid.3", 1),
        ("message_id=wamid.3&account_id=bakery", 0),
        ("type=message.received", 6),
        ("type=message.read", 0),
        ("limit=&after=&type=&account_id=&message_id=", 6),
    ] {
        let answer = house.get(&format!("/api/events?{query}")).await;
        assert_eq!(count(&answer), Some(expected), "{query}");
    }
    let delivered = house
        .get("/api/deliveries?hook_id=app&state=delivered")
        .await;
    assert_eq!(count(&delivered), Some(6));
    assert_eq!(
        count(&house.get("/api/deliveries?state=dead").await),
        Some(0)
    );
    let delivery = &delivered.body["data"][0];
    assert_eq!(delivery["attempts"][0]["status"], 200);
    let event_id = delivery["event_id"].as_str().unwrap();
    let of_event = house
        .get(&format!("/api/deliveries?event_id={event_id}"))
        .await;
    assert_eq!(count(&of_event), Some(1));
    let id = delivery["id"].as_str().unwrap();
    assert_eq!(
        &house.get(&format!("/api/deliveries/{id}")).await.body,
        delivery
    );
    let trace = house.get(&format!("/api/trace/{id}")).await;
    assert_eq!(
        trace.body["summary"],
        "message.received was delivered to app"
    );
}

#[tokio::test]
async fn a_list_is_never_misunderstood() {
    let house = House::start(ACCOUNTS).await;
    let refused = house.get("/api/events?acount_id=shop").await;
    assert_eq!(refused.problem(), (400, "unknown_parameter"));
    assert_eq!(refused.body["hint"], "did you mean `account_id`?");
    let refused = house.get("/api/events?type=message.recieved").await;
    assert_eq!(refused.problem(), (400, "invalid_parameter"));
    assert_eq!(refused.body["hint"], "did you mean `message.received`?");
    for (path, code) in [
        ("/api/events?limit=0", "invalid_parameter"),
        ("/api/events?limit=1001", "invalid_parameter"),
        ("/api/events?limit=ten", "invalid_parameter"),
        ("/api/events?limit=1&limit=2", "invalid_parameter"),
        ("/api/events?after=nonsense", "invalid_cursor"),
        ("/api/deliveries?state=lost", "invalid_parameter"),
        ("/api/deliveries?event_id=7", "invalid_parameter"),
        ("/api/messages?event_id=7", "invalid_parameter"),
        ("/api/messages?states=sent", "unknown_parameter"),
        ("/api/messages?state=flying", "invalid_parameter"),
    ] {
        assert_eq!(house.get(path).await.problem(), (400, code), "{path}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_a_problem_too() {
    let house = House::start(ACCOUNTS).await;
    for path in [
        "/",
        "/nothing",
        "/api",
        "/api/nothing",
        "/api/events/evt_0",
        "/api/events/%FF",
        "/api/events/evt_0000000000000",
        "/api/deliveries/dlv_0000000000000",
        "/api/messages/msg_0000000000000",
        "/api/messages/wamid.A",
        "/api/trace/wamid.A",
        "/api/trace/msg_0000000000000",
    ] {
        assert_eq!(
            house.get(path).await.problem(),
            (404, "not_found"),
            "{path}"
        );
    }
    let key = house.gateway.local_key();
    let answer = ask(house.http.delete(house.url("/api/events")).bearer_auth(key)).await;
    assert_eq!(answer.problem(), (405, "method_not_allowed"));
    assert!(answer.headers.contains_key("allow"));
    let answer = ask(house.http.put(house.url("/webhooks/whatsapp/shop"))).await;
    assert_eq!(answer.problem(), (405, "method_not_allowed"));
}

#[tokio::test]
async fn every_answer_is_guarded() {
    let house = House::start(ACCOUNTS).await;
    for path in ["/health", "/api/events", "/nothing"] {
        let answer = house.get(path).await;
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
        assert_eq!(answer.headers["cache-control"], "no-store");
    }
}

#[tokio::test]
async fn figures_count_what_happened() {
    let sink = Sink::start().await;
    let house = House::start(&hook(&sink)).await;
    let body = text_message("111", "wamid.A", "491700000001", "hello").to_string();
    for (secret, body) in [
        (SECRET, body.as_str()),
        (SECRET, &body),
        (SECRET, "{}"),
        (OTHER_SECRET, "not json"),
        ("nobody's secret", &body),
    ] {
        house.post("/webhooks/whatsapp", secret, body).await;
    }
    house.gateway.engine().drain().await;
    let text = house.get("/metrics").await.text;
    for line in [
        "waypost_webhooks_total{answer=\"accepted\"} 3",
        "waypost_webhooks_total{answer=\"signature_wrong\"} 1",
        "waypost_webhooks_total{answer=\"not_json\"} 1",
        "waypost_webhook_acknowledgement_seconds_count 3",
        "waypost_events_total{result=\"accepted\"} 2",
        "waypost_events_total{result=\"duplicate\"} 1",
        "waypost_events_total{result=\"quarantined\"} 1",
        "waypost_delivery_attempts_total{hook=\"app\",outcome=\"ok\",verdict=\"delivered\"} 1",
        "waypost_delivery_attempt_seconds_count{hook=\"app\"} 1",
        "# EOF",
    ] {
        let is_there = text.lines().any(|found| found == line);
        assert!(is_there, "{line} is missing in\n{text}");
    }
    for name in [
        "waypost_store_commits_total ",
        "waypost_store_writable 1",
        "waypost_outbox_messages{state=\"queued\"} 0",
    ] {
        assert!(text.contains(name), "{name} is missing in\n{text}");
    }
}
