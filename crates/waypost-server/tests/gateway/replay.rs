//! Replays over the API: counted, begun, looked at, stopped, and who may.

use reqwest::Method;
use serde_json::{Value, json};

use crate::house::{
    ACCOUNTS, Answer, House, KEYS, NEIGHBOURS, READER, SECRET, SHOPKEEPER, text_message,
};
use crate::sink::Sink;

/// Two hooks: `app` listens to the shop, `new` to everyone.
fn config(app: &Sink, new: &Sink) -> String {
    format!(
        "{ACCOUNTS}{KEYS}\n[[hook]]\nid = \"app\"\nurl = \"{}\"\naccounts = [\"shop\"]\nevents = [\"message.received\"]\n\
         [[hook]]\nid = \"new\"\nurl = \"{}\"\nevents = [\"message.failed\", \"message.received\"]\naccounts = [\"bakery\"]\n",
        app.url, new.url
    )
}

async fn ask(house: &House, method: Method, path: &str, key: &str, body: Option<Value>) -> Answer {
    let mut request = house.http.request(method, house.url(path)).bearer_auth(key);
    if let Some(body) = body {
        request = request.json(&body);
    }
    Answer::of(request.send().await.unwrap()).await
}

async fn post(house: &House, body: Value) -> Answer {
    let key = house.gateway.local_key();
    ask(house, Method::POST, "/api/replay", key, Some(body)).await
}

async fn write(house: &House, wamid: &str, from: &str) {
    let body = text_message("111", wamid, from, "hello").to_string();
    let answer = house.post("/webhooks/whatsapp/shop", SECRET, body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

async fn town() -> (House, Sink, Sink) {
    let (app, new) = (Sink::start().await, Sink::start().await);
    let house = House::start(&config(&app, &new)).await;
    for (wamid, from) in [
        ("wamid.1", "491700000001"),
        ("wamid.2", "491700000002"),
        ("wamid.3", "491700000001"),
    ] {
        write(&house, wamid, from).await;
    }
    house.gateway.engine().drain().await;
    (house, app, new)
}

#[tokio::test]
async fn a_replay_is_counted_then_begun_then_done() {
    let (house, app, new) = town().await;
    let preview = post(
        &house,
        json!({"hook_id": "app", "everything": true, "dry_run": true}),
    )
    .await;
    assert_eq!(preview.status, 200, "{}", preview.text);
    assert_eq!(preview.body["hooks"], json!({"app": 3}));
    assert_eq!(
        (&preview.body["events"], &preview.body["open"]),
        (&json!(3), &json!(0))
    );
    assert_eq!(app.calls().len(), 3, "counting delivers nothing");
    assert_eq!(house.get("/api/replay").await.body["data"], json!([]));

    let contact = json!({"hook_id": "app", "contact": "+49 170 0000001"});
    let begun = post(&house, contact).await;
    assert_eq!(begun.status, 202, "{}", begun.text);
    let path = begun.headers["location"].to_str().unwrap().to_owned();
    house.gateway.engine().drain().await;
    let replay = house.get(&path).await.body;
    assert_eq!(
        (&replay["state"], &replay["deliveries"]),
        (&json!("done"), &json!(2))
    );
    assert_eq!(replay["percent"], 100.0);
    let calls = app.calls();
    let again: Vec<_> = calls[3..]
        .iter()
        .map(|call| call.json()["message_id"].clone())
        .collect();
    assert_eq!(again, ["wamid.1", "wamid.3"]);
    let listed = house.get("/api/deliveries?hook_id=app").await.body;
    assert_eq!(listed["data"][3]["replay_id"], replay["id"]);
    assert_eq!(listed["data"][0]["replay_id"], Value::Null);
    assert!(new.calls().is_empty());
    let text = replay.to_string();
    assert!(!text.contains("4917"), "no phone number: {text}");
}

#[tokio::test]
async fn a_hook_that_is_paused_is_waited_for_until_the_replay_is_cancelled() {
    let (house, app, _) = town().await;
    for round in 0..4 {
        let batch: Vec<Value> = (0..300)
            .map(|number| {
                text_message(
                    "111",
                    &format!("wamid.{round}.{number}"),
                    "491700000003",
                    "hi",
                )
            })
            .collect();
        let answer = house
            .post("/webhooks/whatsapp/shop", SECRET, json!(batch).to_string())
            .await;
        assert_eq!(answer.status, 200);
    }
    house.gateway.engine().drain().await;
    let key = house.gateway.local_key();
    ask(&house, Method::POST, "/api/hooks/app/pause", key, None).await;
    let begun = post(&house, json!({"everything": true})).await.body;
    let path = format!("/api/replay/{}", begun["id"].as_str().unwrap());
    house.gateway.engine().drain().await;
    let waiting = house.get(&path).await.body;
    assert_eq!(
        (&waiting["state"], &waiting["waits_for"]),
        (&json!("running"), &json!(["app"]))
    );
    let cancelled = ask(&house, Method::POST, &format!("{path}/cancel"), key, None).await;
    assert_eq!(cancelled.body["state"], "cancelled");
    assert_eq!(app.calls().len(), 1203);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_with_the_reason() {
    let (house, _, _) = town().await;
    let cases = [
        json!({"hook": "app"}),
        json!([true, true]),
        json!({"hook_id": "ap", "everything": true}),
        json!({"event_id": "dlv_0000000000000"}),
        json!({"contact": "nobody"}),
        json!({"type": "message.recieved"}),
        json!({"type": "hook.failed"}),
        json!({"status": "lost"}),
        json!({"from": "yesterday"}),
        json!({"rate": 0, "everything": true}),
    ];
    for case in cases {
        let answer = post(&house, case.clone()).await;
        assert_eq!(answer.problem(), (400, "invalid_request"), "{case}");
        assert!(answer.body["detail"].is_string(), "{case}");
    }
    let unknown = post(&house, json!({"account_id": "bakerry"})).await;
    assert_eq!(unknown.problem(), (422, "no_such_account"));
    assert_eq!(unknown.body["hint"], "did you mean `bakery`?");
    let missing = house.get("/api/replay/rpl_0000000000000").await;
    assert_eq!(missing.problem(), (404, "not_found"));
}

#[tokio::test]
async fn a_request_whose_filter_got_lost_replays_nothing() {
    let (house, app, _) = town().await;
    for lost in [
        json!({}),
        json!({"hook_id": "app", "contact": null}),
        json!({"quarantined": false, "dry_run": true}),
        json!({"everything": true, "status": "dead"}),
    ] {
        let answer = post(&house, lost.clone()).await;
        assert_eq!(answer.problem(), (400, "invalid_request"), "{lost}");
        assert!(answer.text.contains("`everything`"), "{}", answer.text);
    }
    assert_eq!(house.get("/api/replay").await.body["data"], json!([]));
    house.gateway.engine().drain().await;
    assert_eq!(app.calls().len(), 3);
}

#[tokio::test]
async fn a_span_that_ends_before_it_begins_is_no_empty_answer() {
    let (house, _, _) = town().await;
    let (early, late) = ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z");
    let replay = json!({"from": late, "until": early, "dry_run": true});
    let answer = post(&house, replay).await;
    assert_eq!(answer.problem(), (400, "invalid_request"));
    assert!(answer.text.contains("`from`"), "{}", answer.text);
    let key = house.gateway.local_key();
    let again = json!({"since": late, "until": late, "dry_run": true});
    let path = "/api/deliveries/redeliver";
    let answer = ask(&house, Method::POST, path, key, Some(again)).await;
    assert_eq!(answer.problem(), (400, "invalid_request"));
    assert!(answer.text.contains("`since`"), "{}", answer.text);
}

#[tokio::test]
async fn a_key_learns_nothing_of_others_events_and_hooks_from_a_count() {
    let (house, _, _) = town().await;
    let bakery = text_message("222", "wamid.bakery", "491700000009", "rolls").to_string();
    let answer = house
        .post("/webhooks/whatsapp/bakery", SECRET, bakery)
        .await;
    assert_eq!(answer.status, 200);
    let events = house.get("/api/events?account_id=bakery").await;
    let theirs = events.body["data"][0]["id"].as_str().unwrap();
    let count =
        async |body: Value| ask(&house, Method::POST, "/api/replay", SHOPKEEPER, Some(body)).await;
    let one = count(json!({"event_id": theirs, "dry_run": true})).await;
    assert_eq!(one.status, 200, "{}", one.text);
    assert_eq!(one.body["looked_at"], 0, "{}", one.text);
    let all = count(json!({"everything": true, "dry_run": true})).await;
    assert_eq!(all.body["looked_at"], 3, "{}", all.text);
    let hook = count(json!({"everything": true, "hook_id": "ap"})).await;
    assert_eq!(hook.problem(), (400, "invalid_request"));
    assert!(!hook.text.contains("`app`"), "{}", hook.text);
}

#[tokio::test]
async fn a_replay_whose_hook_left_the_configuration_says_so() {
    let (house, _, _) = town().await;
    let key = house.gateway.local_key();
    ask(&house, Method::POST, "/api/hooks/app/pause", key, None).await;
    for round in 0..2 {
        let batch = (0..600).map(|number| {
            text_message(
                "111",
                &format!("wamid.{round}.{number}"),
                "491700000003",
                "hi",
            )
        });
        let body = batch.collect::<Value>().to_string();
        let answer = house.post("/webhooks/whatsapp/shop", SECRET, body).await;
        assert_eq!(answer.status, 200);
    }
    let wanted = json!({"hook_id": "app", "status": "none", "everything": true});
    assert_eq!(
        post(&house, wanted).await.status,
        400,
        "a filter is not everything"
    );
    let begun = post(&house, json!({"hook_id": "app", "everything": true})).await;
    let path = begun.headers["location"].to_str().unwrap().to_owned();
    house.reload(ACCOUNTS);
    house.gateway.engine().drain().await;
    let replay = house.get(&path).await.body;
    assert_eq!(replay["state"], "cancelled", "{replay}");
    let reason = replay["reason"].as_str().unwrap();
    assert!(
        reason.contains("its hook left the configuration"),
        "{reason}"
    );
}

#[tokio::test]
async fn a_key_replays_and_sees_its_own_accounts_alone() {
    let (house, _, _) = town().await;
    let by = |key: &'static str, body: Value| {
        let house = &house;
        async move { ask(house, Method::POST, "/api/replay", key, Some(body)).await }
    };
    assert_eq!(
        by(READER, json!({})).await.problem(),
        (403, "scope_missing")
    );
    assert_eq!(
        by(NEIGHBOURS, json!({"everything": true})).await.problem(),
        (403, "account_forbidden")
    );
    let bank = by(SHOPKEEPER, json!({"account_id": "bank"})).await;
    assert_eq!(bank.problem(), (403, "account_forbidden"));
    let mine = by(SHOPKEEPER, json!({"everything": true})).await;
    assert_eq!(mine.body["request"]["account_id"], "shop");
    let everyones = post(&house, json!({"everything": true})).await.body["id"].clone();
    let listed = ask(&house, Method::GET, "/api/replay", SHOPKEEPER, None).await;
    let ids: Vec<_> = listed.body["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].clone())
        .collect();
    assert_eq!(ids, [mine.body["id"].clone()]);
    let path = format!("/api/replay/{}", everyones.as_str().unwrap());
    let hidden = ask(&house, Method::GET, &path, SHOPKEEPER, None).await;
    assert_eq!(hidden.problem(), (404, "not_found"));

    // Two replays of one moment are near each other: of those, only one's own is named.
    let slip = |id: &Value| format!("/api/replay/{}u", id.as_str().unwrap());
    let near = ask(
        &house,
        Method::GET,
        &slip(&mine.body["id"]),
        SHOPKEEPER,
        None,
    )
    .await;
    let meant = format!("did you mean `{}`?", mine.body["id"].as_str().unwrap());
    assert_eq!(near.body["hint"], meant);
    let near = house.get(&slip(&everyones)).await;
    let meant = format!("did you mean `{}`?", everyones.as_str().unwrap());
    assert_eq!(near.body["hint"], meant);
    let other = ask(&house, Method::GET, &slip(&everyones), SHOPKEEPER, None).await;
    assert!(
        !other.text.contains(everyones.as_str().unwrap()),
        "{}",
        other.text
    );
    let mistyped = json!({"account_id": "shpo"});
    let forbidden = by(SHOPKEEPER, mistyped).await;
    assert_eq!(forbidden.problem(), (403, "account_forbidden"));
    assert_eq!(forbidden.body["hint"], "did you mean `shop`?");
    let bank = by(SHOPKEEPER, json!({"account_id": "bnak"})).await;
    assert!(!bank.text.contains("bank"), "{}", bank.text);
}
