//! Hooks over the API: how they fare, pausing, resuming, trying out; and deliveries done again.

use reqwest::Method;
use serde_json::{Value, json};
use waypost_server::Options;

use crate::house::{
    ACCOUNTS, Answer, House, KEYS, READER, SECRET, SHOPKEEPER, client, start, text_message,
};
use crate::sink::Sink;

/// One hook called `app`, with a secret everywhere one can be.
fn config(sink: &Sink) -> String {
    let url = sink.url.replace("http://", "http://user:pass-of-tests@");
    format!(
        r#"{ACCOUNTS}{KEYS}
[[hook]]
id = "app"
url = "{url}?token=query-secret-of-tests"
secret = "signing-secret-of-tests"
headers = {{ X-Own = "header-secret-of-tests" }}
"#
    )
}

async fn ask(house: &House, method: Method, path: &str, key: &str, body: Option<Value>) -> Answer {
    let mut request = house.http.request(method, house.url(path)).bearer_auth(key);
    if let Some(body) = body {
        request = request.json(&body);
    }
    Answer::of(request.send().await.unwrap()).await
}

async fn post(house: &House, path: &str, body: Value) -> Answer {
    let key = house.gateway.local_key();
    ask(house, Method::POST, path, key, Some(body)).await
}

/// A customer of `shop` writes.
async fn write(house: &House, wamid: &str) {
    let body = text_message("111", wamid, "491700000001", "hello").to_string();
    let answer = house.post("/webhooks/whatsapp/shop", SECRET, body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

/// The deliveries in this state.
async fn deliveries(house: &House, state: &str) -> Vec<Value> {
    let answer = house.get(&format!("/api/deliveries?state={state}")).await;
    answer.body["data"].as_array().unwrap().clone()
}

fn wamids(sink: &Sink) -> Vec<String> {
    let calls = sink.calls();
    let id = |call: &crate::sink::Call| call.json()["message_id"].as_str().unwrap().to_owned();
    calls.iter().map(id).collect()
}

#[tokio::test]
async fn a_hook_says_how_it_fares_and_nothing_secret() {
    let sink = Sink::start().await;
    let house = House::start(&config(&sink)).await;
    let fresh = house.get("/api/hooks/app").await;
    assert_eq!(fresh.body["state"], "active");
    assert_eq!(fresh.body["calls"]["p50_ms"], Value::Null);
    write(&house, "wamid.1").await;
    sink.called(1).await;
    house.gateway.engine().drain().await;

    let list = house.get("/api/hooks").await;
    assert_eq!(list.status, 200);
    assert!(!list.text.contains("-of-tests"), "{}", list.text);
    let hook = &list.body["data"][0];
    assert_eq!(hook["id"], "app");
    assert_eq!(hook["calls"]["successes"], 1);
    assert_eq!(hook["calls"]["failures"], 0);
    assert!(hook["calls"]["p95_ms"].is_u64());
    assert_eq!((&hook["waiting"], &hook["cap"]), (&json!(0), &json!(32)));
    assert_eq!(hook["oldest_at"], Value::Null);
    assert_eq!(hook["config"]["headers"], json!(["x-own", "authorization"]));
    assert_eq!(hook["config"]["signed"], true);
    let url = hook["config"]["url"].as_str().unwrap();
    assert!(url.ends_with("/hook?token=****"), "{url}");
    assert_eq!(
        house.get("/api/hooks/nobody").await.problem(),
        (404, "not_found")
    );
    let near = house.get("/api/hooks/apq").await;
    assert_eq!(near.problem(), (404, "not_found"));
    assert_eq!(near.body["hint"], "did you mean `app`?");
}

#[tokio::test]
async fn a_hook_paused_over_the_api_stays_paused_over_a_restart_and_resumes_in_order() {
    let sink = Sink::start().await;
    let config = config(&sink);
    let house = House::start(&config).await;
    let paused = post(
        &house,
        "/api/hooks/app/pause",
        json!({"reason": "moving house"}),
    )
    .await;
    assert_eq!(paused.body["state"], "paused", "{}", paused.text);
    for number in 1..=3 {
        write(&house, &format!("wamid.{number}")).await;
    }
    let House { gateway, dir, .. } = house;
    gateway.stop().await;
    let house = House {
        gateway: start(&config, Options::new(dir.path())).await.unwrap(),
        http: client(),
        dir,
    };
    let hook = house.get("/api/hooks/app").await.body;
    assert_eq!(
        (&hook["state"], &hook["reason"]),
        (&json!("paused"), &json!("moving house"))
    );
    assert_eq!(hook["since"], paused.body["since"]);
    assert_eq!(hook["waiting"], 3);
    assert!(hook["oldest_age_ms"].is_u64());
    house.gateway.engine().drain().await;
    assert!(sink.calls().is_empty());

    let resumed = post(&house, "/api/hooks/app/resume", json!({})).await;
    assert_eq!((resumed.status, &resumed.body["skipped"]), (200, &json!(0)));
    house.gateway.engine().drain().await;
    assert_eq!(wamids(&sink), ["wamid.1", "wamid.2", "wamid.3"]);
    assert_eq!(house.get("/api/hooks/app").await.body["state"], "active");
}

#[tokio::test]
async fn a_hook_is_tried_out_with_a_signed_event_that_nobody_stores() {
    let sink = Sink::start().await;
    let house = House::start(&config(&sink)).await;
    post(&house, "/api/hooks/app/pause", json!({})).await;
    sink.answer_next(418, json!({"i am": "a teapot"}));
    let refused = post(&house, "/api/hooks/app/test", json!({})).await;
    assert_eq!(refused.status, 200);
    assert_eq!(refused.body["ok"], false);
    assert_eq!(refused.body["status"], 418);
    assert!(
        refused.body["response"]
            .as_str()
            .unwrap()
            .contains("teapot")
    );
    let taken = post(&house, "/api/hooks/app/test", json!({})).await;
    assert_eq!(
        (&taken.body["ok"], &taken.body["outcome"]),
        (&json!(true), &json!("ok"))
    );
    assert!(taken.body["duration_ms"].is_u64());

    let call = sink.calls().remove(1);
    assert_eq!(
        call.headers["webhook-id"],
        taken.body["event_id"].as_str().unwrap()
    );
    assert!(call.headers.contains_key("webhook-signature"));
    assert_eq!(call.headers["waypost-test"], "true");
    assert_eq!(call.json()["event_type"], "hook.test");
    assert!(house.events().await.is_empty());
    let hook = house.get("/api/hooks/app").await.body;
    assert_eq!(hook["calls"]["successes"], 0, "and it changes nothing");
    assert_eq!(hook["state"], "paused");
}

#[tokio::test]
async fn what_was_skipped_is_delivered_again_one_by_one_or_all_at_once() {
    let sink = Sink::start().await;
    let house = House::start(&config(&sink)).await;
    post(&house, "/api/hooks/app/pause", json!({})).await;
    for number in 1..=5 {
        write(&house, &format!("wamid.{number}")).await;
    }
    let waiting = deliveries(&house, "pending").await.remove(0);
    let path = format!(
        "/api/deliveries/{}/redeliver",
        waiting["id"].as_str().unwrap()
    );
    assert_eq!(
        post(&house, &path, json!({})).await.problem(),
        (409, "delivery_open")
    );
    let resumed = post(&house, "/api/hooks/app/resume", json!({"from": "now"})).await;
    assert_eq!(resumed.body["skipped"], 5);
    let dead = deliveries(&house, "dead").await;
    assert_eq!(dead.len(), 5);
    assert!(dead[0]["reason"].as_str().unwrap().starts_with("skipped"));

    let again = post(&house, &path, json!({})).await;
    assert_eq!(again.status, 202, "{}", again.text);
    assert_eq!(again.body["redelivery_of"], waiting["id"]);
    house.gateway.engine().drain().await;
    assert_eq!(wamids(&sink), ["wamid.1"]);
    let call = sink.calls().remove(0);
    assert_eq!(
        call.headers["waypost-redelivery"],
        waiting["id"].as_str().unwrap()
    );
    assert_eq!(
        call.headers["webhook-id"],
        waiting["event_id"].as_str().unwrap()
    );
    assert_eq!(
        post(&house, &path, json!({})).await.problem(),
        (409, "redelivered_before")
    );

    let all = "/api/deliveries/redeliver";
    let dry = post(&house, all, json!({"dry_run": true, "hook_id": "app"})).await;
    let counted = json!({"dry_run": true, "matched": 4, "redelivered": 0, "next": null});
    assert_eq!(dry.body, counted);
    let other = post(&house, all, json!({"hook_id": "App"})).await;
    assert_eq!(other.problem(), (400, "invalid_request"));
    assert_eq!(other.body["hint"], "did you mean `app`?");
    let bakery = post(&house, all, json!({"account_id": "bakery"})).await;
    assert_eq!(bakery.body["matched"], 0);
    let later = post(&house, all, json!({"since": "2200-01-01T00:00:00Z"})).await;
    assert_eq!(later.body["matched"], 0);
    let some = post(&house, all, json!({"everything": true, "limit": 3})).await;
    assert_eq!(some.body["redelivered"], 3);
    let next = &some.body["next"];
    assert!(next.is_string(), "{}", some.text);
    let rest = post(
        &house,
        all,
        json!({"everything": true, "limit": 1, "after": next}),
    )
    .await;
    assert_eq!(
        (&rest.body["redelivered"], &rest.body["next"]),
        (&json!(1), &Value::Null)
    );
    house.gateway.engine().drain().await;
    let expected: Vec<_> = (1..=5).map(|number| format!("wamid.{number}")).collect();
    assert_eq!(wamids(&sink), expected);
    assert_eq!(
        post(&house, all, json!({"everything": true})).await.body["matched"],
        0
    );
}

#[tokio::test]
async fn what_was_done_again_and_is_dead_once_more_is_no_work_for_the_rest_of_the_requests() {
    let sink = Sink::start().await;
    let house = House::start(&config(&sink)).await;
    post(&house, "/api/hooks/app/pause", json!({})).await;
    for number in 1..=3 {
        write(&house, &format!("wamid.{number}")).await;
    }
    let skip = json!({"from": "now"});
    post(&house, "/api/hooks/app/resume", skip.clone()).await;
    post(&house, "/api/hooks/app/pause", json!({})).await;
    let all = "/api/deliveries/redeliver";
    let (mut after, mut done) = (Value::Null, Vec::new());
    loop {
        let asked = json!({"everything": true, "limit": 1, "after": after});
        let answer = post(&house, all, asked).await.body;
        done.push(answer["redelivered"].as_u64().unwrap());
        // What is done again is dead at once.
        post(&house, "/api/hooks/app/resume", skip.clone()).await;
        post(&house, "/api/hooks/app/pause", json!({})).await;
        after = answer["next"].clone();
        if after.is_null() {
            break;
        }
    }
    assert_eq!(done, [1, 1, 1]);
    let dry = post(&house, all, json!({"everything": true, "dry_run": true})).await;
    assert_eq!(dry.body["matched"], 3, "a new chain finds the new ones");
    for after in ["nonsense", "dlv_0000000000000", "dlv_1.dlv_2"] {
        let answer = post(&house, all, json!({"everything": true, "after": after})).await;
        assert_eq!(answer.problem(), (400, "invalid_cursor"), "{after}");
    }
}

#[tokio::test]
async fn what_is_dead_of_a_hook_that_was_removed_is_found_by_its_id() {
    let sink = Sink::start().await;
    let house = House::start(&config(&sink)).await;
    post(&house, "/api/hooks/app/pause", json!({})).await;
    write(&house, "wamid.1").await;
    post(&house, "/api/hooks/app/resume", json!({"from": "now"})).await;
    house.reload(ACCOUNTS);
    let all = "/api/deliveries/redeliver";
    let dry = post(&house, all, json!({"hook_id": "app", "dry_run": true})).await;
    assert_eq!(
        (dry.status, &dry.body["matched"]),
        (200, &json!(1)),
        "{}",
        dry.text
    );
    let done = post(&house, all, json!({"hook_id": "app"})).await;
    assert_eq!(done.body["redelivered"], 1);
    let nobody = post(&house, all, json!({"hook_id": "nobody"})).await;
    assert_eq!(nobody.problem(), (400, "invalid_request"));
    house.gateway.engine().drain().await;
    assert!(sink.calls().is_empty(), "it waits for the hook");
    house.reload(&config(&sink));
    house.gateway.engine().drain().await;
    assert_eq!(wamids(&sink), ["wamid.1"]);
}

#[tokio::test]
async fn only_an_admin_of_all_accounts_handles_hooks() {
    let sink = Sink::start().await;
    let house = House::start(&config(&sink)).await;
    let look = ask(&house, Method::GET, "/api/hooks", READER, None).await;
    assert_eq!(look.status, 200);
    for act in ["pause", "resume", "test"] {
        let path = format!("/api/hooks/app/{act}");
        let reader = ask(&house, Method::POST, &path, READER, None).await;
        assert_eq!(reader.problem(), (403, "scope_missing"), "{act}");
        let limited = ask(&house, Method::POST, &path, SHOPKEEPER, None).await;
        assert_eq!(limited.problem(), (403, "account_forbidden"), "{act}");
    }
    let all = "/api/deliveries/redeliver";
    let reader = ask(&house, Method::POST, all, READER, None).await;
    assert_eq!(reader.problem(), (403, "scope_missing"));
    let bank = Some(json!({"account_id": "bank"}));
    let limited = ask(&house, Method::POST, all, SHOPKEEPER, bank).await;
    assert_eq!(limited.problem(), (403, "account_forbidden"));
    assert!(sink.calls().is_empty());
}

#[tokio::test]
async fn a_request_that_makes_no_sense_changes_nothing() {
    let sink = Sink::start().await;
    let house = House::start(&config(&sink)).await;
    for (path, body) in [
        ("/api/hooks/app/pause", json!({"why": "x"})),
        ("/api/hooks/app/pause", json!({"reason": 7})),
        ("/api/hooks/app/pause", json!({"reason": "two\nlines"})),
        ("/api/hooks/app/resume", json!({"from": "yesterday"})),
        ("/api/deliveries/redeliver", json!({})),
        ("/api/deliveries/redeliver", json!({"state": "delivered"})),
        (
            "/api/deliveries/redeliver",
            json!({"everything": true, "hook_id": "app"}),
        ),
        (
            "/api/deliveries/redeliver",
            json!({"everything": true, "state": "pending"}),
        ),
        (
            "/api/deliveries/redeliver",
            json!({"everything": true, "limit": 0}),
        ),
        ("/api/deliveries/redeliver", json!({"until": "soon"})),
        ("/api/deliveries/redeliver", json!({"event_id": "dlv_1"})),
        ("/api/deliveries/redeliver", json!([])),
    ] {
        let answer = post(&house, path, body.clone()).await;
        assert_eq!(answer.problem(), (400, "invalid_request"), "{path} {body}");
    }
    for path in ["/api/hooks/nobody/pause", "/api/deliveries/dlv_1/redeliver"] {
        assert_eq!(
            post(&house, path, json!({})).await.problem(),
            (404, "not_found")
        );
    }
    assert_eq!(house.get("/api/hooks/app").await.body["state"], "active");
}
