//! The control surface: a simulator told and asked over HTTP alone.

use http::Method;
use serde_json::{Value, json};
use whatsapp_sim::{Sim, SimConfig};

use crate::caller::{CUSTOMER, answer, control, graph, number_id, send};
use crate::receiver::Receiver;

async fn started() -> (Receiver, Sim) {
    let receiver = Receiver::start(&[]).await;
    let sim = Sim::start(SimConfig::default()).await.expect("started");
    let pointed = json!({"url": receiver.url, "handshake": true});
    assert_eq!(
        control(&sim, Method::PUT, "/webhook", pointed).await.status,
        200
    );
    (receiver, sim)
}

async fn post(sim: &Sim, path: &str, body: Value) -> Value {
    let answer = control(sim, Method::POST, path, body).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    answer.body
}

async fn drain(sim: &Sim) {
    let drained = post(sim, "/drain", json!({"timeout_seconds": 10})).await;
    assert_eq!(drained["drained"], true);
}

#[tokio::test]
async fn somebody_writes_and_reads_what_is_answered() {
    let (receiver, sim) = started().await;
    let said = post(
        &sim,
        "/say",
        json!({"from": "+49 170 1234567", "name": "Ada", "text": "hello"}),
    )
    .await;
    post(
        &sim,
        "/say",
        json!({"from": CUSTOMER, "example": "interactive/list_reply", "reply_to": "wamid.x"}),
    )
    .await;
    let image = json!({"type": "image", "image": {"caption": "look"}});
    let file = json!({"mime_type": "image/png", "base64": "aGVsbG8="});
    post(
        &sim,
        "/say",
        json!({"from": CUSTOMER, "message": image, "file": file}),
    )
    .await;
    drain(&sim).await;
    let updates = receiver.updates();
    assert_eq!(updates[0].0, said["wamid"].as_str().unwrap());
    assert_eq!(updates[0].3["contacts"][0]["profile"]["name"], "Ada");
    assert_eq!(updates[1].2["context"]["id"], "wamid.x");
    assert_eq!(updates[1].2["interactive"]["type"], "list_reply");
    let id = updates[2].2["image"]["id"].as_str().unwrap();
    assert_eq!(&sim.media(id).unwrap().bytes[..], b"hello");

    let sent = send(&sim, CUSTOMER).await;
    let inbox = format!("/phones/{CUSTOMER}/inbox?wait_seconds=10");
    let arrived = control(&sim, Method::GET, &inbox, Value::Null).await;
    assert_eq!(arrived.body["message"]["wamid"], sent.wamid());
    post(
        &sim,
        "/statuses",
        json!({"wamid": sent.wamid(), "status": "failed", "code": 131_026}),
    )
    .await;
    drain(&sim).await;
    let last = receiver.updates().pop().unwrap().2;
    assert_eq!(
        (&last["status"], &last["errors"][0]["code"]),
        (&json!("failed"), &json!(131_026))
    );
    let sends = control(&sim, Method::GET, "/sends?after=0", Value::Null)
        .await
        .body;
    assert_eq!(
        (&sends["next"], &sends["sends"][0]["wamid"]),
        (&json!(1), &json!(sent.wamid()))
    );
    sim.stop().await;
}

#[tokio::test]
async fn faults_behaviour_token_and_time_follow_what_is_asked() {
    let (_receiver, sim) = started().await;
    post(
        &sim,
        "/faults",
        json!({"fault": "code", "code": 131_056, "times": 2}),
    )
    .await;
    post(
        &sim,
        "/faults",
        json!({"fault": "status", "status": 503, "recipient": "+1 555"}),
    )
    .await;
    post(
        &sim,
        "/faults",
        json!({"fault": "code", "code": 131_000, "call": "number"}),
    )
    .await;
    assert_eq!(send(&sim, CUSTOMER).await.code(), Some(131_056));
    assert_eq!(send(&sim, CUSTOMER).await.code(), Some(131_056));
    assert_eq!(send(&sim, CUSTOMER).await.status, 200);
    assert_eq!(send(&sim, "1555").await.status, 503);
    assert_eq!(
        graph(&sim, Method::GET, &number_id(), None).await.code(),
        Some(131_000)
    );
    control(&sim, Method::DELETE, "/faults", Value::Null).await;
    assert_eq!(send(&sim, "1555").await.status, 200);

    let behaviour = control(
        &sim,
        Method::PATCH,
        "/behaviour",
        json!({"window": "refused"}),
    )
    .await;
    assert_eq!(
        (&behaviour.body["window"], &behaviour.body["delay_ms"]),
        (&json!("refused"), &json!(0))
    );
    assert_eq!(send(&sim, CUSTOMER).await.code(), Some(131_047));
    post(&sim, "/say", json!({"from": CUSTOMER, "text": "hello"})).await;
    assert_eq!(send(&sim, CUSTOMER).await.status, 200);
    post(&sim, "/time", json!({"pass_seconds": 86_400})).await;
    assert_eq!(send(&sim, CUSTOMER).await.code(), Some(131_047));
    control(
        &sim,
        Method::PATCH,
        "/token",
        json!({"expires_in_seconds": 60}),
    )
    .await;
    post(&sim, "/time", json!({"pass_seconds": 60})).await;
    assert_eq!(send(&sim, CUSTOMER).await.code(), Some(190));
    sim.stop().await;
}

#[tokio::test]
async fn webhooks_are_held_released_doubled_and_counted() {
    let (receiver, sim) = started().await;
    post(&sim, "/webhooks/hold", json!({})).await;
    for text in ["a", "b", "c"] {
        post(&sim, "/say", json!({"from": CUSTOMER, "text": text})).await;
    }
    post(
        &sim,
        "/changes",
        json!({"field": "flows", "value": {"event": "FLOW_STATUS_CHANGE"}}),
    )
    .await;
    post(&sim, "/webhooks/duplicate", json!({"count": 1})).await;
    post(&sim, "/webhooks/release", json!({"as": "batch"})).await;
    drain(&sim).await;
    let bodies = receiver.bodies();
    assert_eq!((bodies.len(), &bodies[0]), (2, &bodies[1]));
    let webhooks = control(&sim, Method::GET, "/webhooks", Value::Null)
        .await
        .body;
    assert_eq!(
        webhooks["webhooks"][0]["updates"].as_array().unwrap().len(),
        4
    );
    let told = control(&sim, Method::GET, "", Value::Null).await.body;
    assert_eq!(told["counts"]["updates_acknowledged"], 4);
    assert!(!told.to_string().contains("sim-app-secret"), "{told}");
    sim.stop().await;
}

#[tokio::test]
async fn what_cannot_be_done_is_said() {
    let (_receiver, sim) = started().await;
    for (method, path, body, status) in [
        (Method::POST, "/say", json!({"from": CUSTOMER}), 400),
        (
            Method::POST,
            "/say",
            json!({"from": "??", "text": "x"}),
            400,
        ),
        (Method::POST, "/faults", json!({"fault": "fire"}), 422),
        (
            Method::POST,
            "/statuses",
            json!({"wamid": "wamid.none", "status": "read"}),
            404,
        ),
        (Method::PATCH, "/behaviour", json!({"moods": 1}), 400),
        (Method::PUT, "/webhook", json!({"url": "no url"}), 400),
        (Method::POST, "/nonsense", json!({}), 404),
        (Method::POST, "/say", json!({"form": CUSTOMER}), 422),
        (Method::POST, "/faults", json!({"fault": "weather"}), 422),
        (Method::DELETE, "/say", json!({}), 405),
    ] {
        let refused = control(&sim, method, path, body.clone()).await;
        assert_eq!(refused.status, status, "{path} {body}");
        let why = refused.body["error"].as_str().unwrap_or_default();
        assert!(!why.is_empty(), "{path} {body} is refused without a reason");
    }
    // A web page can post a form anywhere; that changes nothing here.
    let form = reqwest::Client::builder().no_proxy().build().unwrap();
    let form = form.post(format!("{}/sim/say", sim.graph_url()));
    let body = json!({"from": CUSTOMER, "text": "x"}).to_string();
    let refused = answer(form.header("Content-Type", "text/plain").body(body)).await;
    assert_eq!(refused.status, 415);
    let why = refused.body["error"].as_str().unwrap_or_default();
    assert!(why.contains("application/json"), "{why}");
    assert_eq!(sim.outstanding(), 0);
    sim.stop().await;
}
