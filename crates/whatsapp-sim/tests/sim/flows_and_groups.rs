//! Flows, groups and calls: each with its life from beginning to end.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use whatsapp_sim::{Kind, Sim, SimConfig};

use crate::caller::{CUSTOMER, account_id, done, fetch, number_id, refused};
use crate::receiver::Receiver;

async fn started() -> Sim {
    Sim::start(SimConfig::default()).await.unwrap()
}

fn told(receiver: &Receiver, field: &str) -> Vec<Value> {
    let bodies = receiver.bodies();
    let changes = bodies.iter().map(|body| {
        let body: Value = serde_json::from_slice(body).unwrap();
        body["entry"][0]["changes"][0].clone()
    });
    changes
        .filter(|change| change["field"] == field)
        .map(|change| change["value"].clone())
        .collect()
}

#[tokio::test]
async fn a_flow_is_a_draft_then_published_then_deprecated() {
    let sim = started().await;
    let flows = format!("{}/flows", account_id());
    let flow =
        json!({"name": "Book", "categories": ["OTHER"], "flow_json": r#"{"version": "7.3"}"#});
    let made = done(&sim, Method::POST, &flows, flow.clone()).await;
    assert_eq!(
        made["validation_errors"][0]["pointers"][0]["path"],
        "screens"
    );
    let id = made["id"].as_str().unwrap();
    assert_eq!(refused(&sim, Method::POST, &flows, flow).await, Some(100));
    let publish = format!("{id}/publish");
    assert_eq!(
        refused(&sim, Method::POST, &publish, json!({})).await,
        Some(139_002)
    );
    done(&sim, Method::DELETE, id, json!(null)).await;
    assert_eq!(refused(&sim, Method::GET, id, json!(null)).await, Some(100));

    let json_text = r#"{"version": "7.3", "screens": [{"id": "FIRST"}]}"#;
    let flow =
        json!({"name": "Book", "categories": ["OTHER"], "flow_json": json_text, "publish": true});
    let made = done(&sim, Method::POST, &flows, flow).await;
    let id = made["id"].as_str().unwrap();
    let read = done(
        &sim,
        Method::GET,
        &format!("{id}?fields=status,json_version,preview"),
        json!(null),
    )
    .await;
    assert_eq!(
        (&read["status"], &read["json_version"]),
        (&json!("PUBLISHED"), &json!("7.3"))
    );
    assert!(read["preview"]["preview_url"].is_string());
    let assets = done(&sim, Method::GET, &format!("{id}/assets"), json!(null)).await;
    let url = assets["data"][0]["download_url"].as_str().unwrap();
    assert_eq!(fetch(url, "sim-access-token").await.2, json_text.as_bytes());
    assert_eq!(
        refused(&sim, Method::DELETE, id, json!(null)).await,
        Some(139_004)
    );
    done(&sim, Method::POST, &format!("{id}/deprecate"), json!({})).await;
    let again = format!("{id}/deprecate");
    assert_eq!(
        refused(&sim, Method::POST, &again, json!({})).await,
        Some(139_003)
    );
    sim.stop().await;
}

#[tokio::test]
async fn a_group_is_made_joined_changed_left_and_deleted() {
    let receiver = Receiver::start(&[]).await;
    let config = SimConfig {
        webhook_url: Some(receiver.url.clone()),
        ..SimConfig::default()
    };
    let sim = Sim::start(config).await.unwrap();
    let groups = format!("{}/groups", number_id());
    let begun = done(&sim, Method::POST, &groups, json!({"subject": "Trip"})).await;
    sim.drain().await;
    let element = told(&receiver, "group_lifecycle_update")[0]["groups"][0].clone();
    assert_eq!(
        (&element["request_id"], &element["type"]),
        (&begun["request_id"], &json!("group_create"))
    );
    let id = element["group_id"].as_str().unwrap();
    let listed = done(&sim, Method::GET, &groups, json!(null)).await;
    assert_eq!(listed["data"]["groups"][0]["id"], id);
    let link = done(&sim, Method::GET, &format!("{id}/invite_link"), json!(null)).await;
    assert_eq!(link["invite_link"], element["invite_link"]);

    sim.put(Kind::JoinRequest, "J1", id, json!({"wa_id": CUSTOMER}));
    let requests = format!("{id}/join_requests");
    let waiting = done(&sim, Method::GET, &requests, json!(null)).await;
    assert_eq!(waiting["data"][0]["join_request_id"], "J1");
    let decided = done(
        &sim,
        Method::POST,
        &requests,
        json!({"join_requests": ["J1", "J2"]}),
    )
    .await;
    assert_eq!(decided["approved_join_requests"], json!(["J1"]));
    assert_eq!(decided["failed_join_requests"][0]["join_request_id"], "J2");
    done(
        &sim,
        Method::POST,
        id,
        json!({"subject": "Trip to the sea"}),
    )
    .await;
    let read = done(&sim, Method::GET, id, json!(null)).await;
    assert_eq!(
        (&read["subject"], &read["total_participant_count"]),
        (&json!("Trip to the sea"), &json!(1))
    );
    let leave = json!({"participants": [{"user": CUSTOMER}]});
    done(&sim, Method::DELETE, &format!("{id}/participants"), leave).await;
    assert_eq!(
        done(&sim, Method::GET, id, json!(null)).await["total_participant_count"],
        0
    );
    done(&sim, Method::DELETE, id, json!(null)).await;
    assert_eq!(refused(&sim, Method::GET, id, json!(null)).await, Some(100));
    sim.drain().await;
    let last = told(&receiver, "group_lifecycle_update").pop().unwrap();
    assert_eq!(last["groups"][0]["type"], "group_delete");
    sim.stop().await;
}

#[tokio::test]
async fn whoever_gave_permission_is_called() {
    let receiver = Receiver::start(&[]).await;
    let config = SimConfig {
        webhook_url: Some(receiver.url.clone()),
        ..SimConfig::default()
    };
    let sim = Sim::start(config).await.unwrap();
    let calls = format!("{}/calls", number_id());
    let connect = json!({
        "action": "connect", "to": CUSTOMER, "session": {"sdp_type": "offer", "sdp": "v=0"},
    });
    assert_eq!(
        refused(&sim, Method::POST, &calls, connect.clone()).await,
        Some(138_000)
    );
    let on = json!({"calling": {"status": "ENABLED"}});
    done(&sim, Method::POST, &format!("{}/settings", number_id()), on).await;
    assert_eq!(
        refused(&sim, Method::POST, &calls, connect.clone()).await,
        Some(138_006)
    );
    let asked = format!("{}/call_permissions?user_wa_id={CUSTOMER}", number_id());
    let before = done(&sim, Method::GET, &asked, json!(null)).await;
    assert_eq!(before["permission"]["status"], "no_permission");
    sim.phone(CUSTOMER)
        .write_example("interactive/call_permission_reply");
    let after = done(&sim, Method::GET, &asked, json!(null)).await;
    assert_eq!(after["permission"]["status"], "temporary");
    let made = done(&sim, Method::POST, &calls, connect).await;
    let id = made["calls"][0]["id"].as_str().unwrap();
    let accept =
        json!({"action": "accept", "call_id": id, "session": {"sdp_type": "answer", "sdp": "v=0"}});
    done(&sim, Method::POST, &calls, accept).await;
    sim.pass(Duration::from_mins(2));
    let end = json!({"action": "terminate", "call_id": id});
    done(&sim, Method::POST, &calls, end.clone()).await;
    assert_eq!(refused(&sim, Method::POST, &calls, end).await, Some(100));
    sim.drain().await;
    let told = told(&receiver, "calls");
    assert_eq!(told[0]["statuses"][0]["status"], "RINGING");
    let ended = &told[1]["calls"][0];
    assert_eq!(
        (&ended["event"], ended["duration"].as_u64() >= Some(120)),
        (&json!("terminate"), true)
    );
    sim.stop().await;
}
