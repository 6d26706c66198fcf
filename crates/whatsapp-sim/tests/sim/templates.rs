//! Templates and their groups: made, reviewed, edited, sent, deleted.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use whatsapp_sim::{Behaviour, Kind, Review, Sim, SimConfig};

use crate::caller::{CUSTOMER, account_id, done, graph, refused, send_object};
use crate::receiver::Receiver;

const DAY: Duration = Duration::from_hours(24);

fn path() -> String {
    format!("{}/message_templates", account_id())
}

fn template(name: &str) -> Value {
    json!({
        "name": name,
        "language": "en",
        "category": "UTILITY",
        "components": [{"type": "BODY", "text": "Order {{1}} has left.", "example": {"body_text": [["A-1"]]}}],
    })
}

async fn make(sim: &Sim, name: &str) -> String {
    let made = done(sim, Method::POST, &path(), template(name)).await;
    made["id"].as_str().unwrap().to_owned()
}

async fn started() -> Sim {
    Sim::start(SimConfig::default()).await.unwrap()
}

fn message(name: &str, values: &[&str]) -> Value {
    let values: Vec<Value> = values
        .iter()
        .map(|text| json!({"type": "text", "text": text}))
        .collect();
    let components = json!([{"type": "body", "parameters": values}]);
    let template = json!({"name": name, "language": {"code": "en"}, "components": components});
    json!({"to": CUSTOMER, "type": "template", "template": template})
}

#[tokio::test]
async fn a_template_is_made_reviewed_edited_once_a_day_and_deleted() {
    let receiver = Receiver::start(&[]).await;
    let config = SimConfig {
        webhook_url: Some(receiver.url.clone()),
        ..SimConfig::default()
    };
    let sim = Sim::start(config).await.unwrap();
    let id = make(&sim, "order_left").await;
    sim.drain().await;
    let told: Value = serde_json::from_slice(&receiver.bodies()[0]).unwrap();
    let change = &told["entry"][0]["changes"][0];
    assert_eq!(change["field"], "message_template_status_update");
    assert_eq!(change["value"]["event"], "APPROVED");
    assert_eq!(change["value"]["message_template_id"].to_string(), id);

    let listed = done(
        &sim,
        Method::GET,
        &format!("{}?status=APPROVED", path()),
        json!(null),
    )
    .await;
    assert_eq!(listed["data"][0]["name"], "order_left");
    assert_eq!(
        refused(&sim, Method::POST, &path(), template("order_left")).await,
        Some(100)
    );
    assert_eq!(
        refused(&sim, Method::POST, &path(), template("Order Left")).await,
        Some(100)
    );

    let edit = json!({"components": [{"type": "BODY", "text": "It has left."}]});
    done(&sim, Method::POST, &id, edit.clone()).await;
    let read = done(
        &sim,
        Method::GET,
        &format!("{id}?fields=components"),
        json!(null),
    )
    .await;
    assert_eq!(read["components"][0]["text"], "It has left.");
    assert_eq!(
        refused(&sim, Method::POST, &id, edit.clone()).await,
        Some(100)
    );
    sim.pass(DAY);
    done(&sim, Method::POST, &id, edit).await;

    let gone = format!("{}?name=order_left", path());
    done(&sim, Method::DELETE, &gone, json!(null)).await;
    assert_eq!(
        refused(&sim, Method::DELETE, &gone, json!(null)).await,
        Some(100)
    );
    let read = graph(&sim, Method::GET, &id, None).await;
    assert_eq!(
        (read.code(), &read.body["error"]["error_subcode"]),
        (Some(100), &json!(33))
    );
    assert_eq!(
        refused(&sim, Method::POST, &path(), template("order_left")).await,
        Some(100)
    );
    sim.pass(DAY * 30);
    make(&sim, "order_left").await;
    sim.stop().await;
}

#[tokio::test]
async fn reviewers_can_reject_and_take_their_time() {
    let sim = started().await;
    for (review, status) in [(Review::Rejects, "REJECTED"), (Review::Waits, "PENDING")] {
        sim.behave(Behaviour {
            review,
            ..Behaviour::default()
        });
        let id = make(&sim, &status.to_ascii_lowercase()).await;
        let read = done(&sim, Method::GET, &id, json!(null)).await;
        assert_eq!(read["status"], status);
        let send = send_object(&sim, message(&status.to_ascii_lowercase(), &["A-1"])).await;
        assert_eq!(send.code(), Some(132_001));
    }
    sim.stop().await;
}

#[tokio::test]
async fn a_template_is_sent_as_it_was_made_while_it_is_approved() {
    let sim = started().await;
    let id = make(&sim, "order_left").await;
    assert_eq!(
        send_object(&sim, message("order_left", &["A-1"]))
            .await
            .status,
        200
    );
    assert_eq!(
        send_object(&sim, message("order_left", &[])).await.code(),
        Some(132_000)
    );
    assert_eq!(
        send_object(&sim, message("order_left", &["A-1", "x"]))
            .await
            .code(),
        Some(132_000)
    );
    for (status, code) in [("PAUSED", 132_015), ("DISABLED", 132_016)] {
        let mut members = template("order_left");
        members["status"] = status.into();
        sim.put(Kind::Template, &id, &account_id(), members);
        assert_eq!(
            send_object(&sim, message("order_left", &["A-1"]))
                .await
                .code(),
            Some(code)
        );
    }
    let unpaused = done(&sim, Method::POST, &format!("{id}/unpause"), json!({})).await;
    assert_eq!(unpaused["success"], false);
    assert_eq!(
        send_object(&sim, message("nobody_knows", &[])).await.status,
        200
    );
    sim.behave(Behaviour {
        templates_must_exist: true,
        ..Behaviour::default()
    });
    assert_eq!(
        send_object(&sim, message("nobody_knows", &[])).await.code(),
        Some(132_001)
    );
    sim.stop().await;
}

#[tokio::test]
async fn a_list_comes_in_pages_and_a_cursor_outlives_what_it_pointed_at() {
    let sim = started().await;
    for name in ["a", "b", "c", "d", "e"] {
        make(&sim, name).await;
    }
    let names = |page: &Value| -> Vec<String> {
        let data = page["data"].as_array().unwrap().iter();
        data.map(|template| template["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let get = async |query: String| {
        done(
            &sim,
            Method::GET,
            &format!("{}?limit=2{query}", path()),
            json!(null),
        )
        .await
    };
    let first = get(String::new()).await;
    assert_eq!(names(&first), ["a", "b"]);
    assert!(first["paging"]["next"].is_string() && first["paging"]["previous"].is_null());
    let cursor = |page: &Value, end: &str| {
        let cursor = page["paging"]["cursors"][end].as_str().unwrap();
        cursor.replace('=', "%3D")
    };
    done(
        &sim,
        Method::DELETE,
        &format!("{}?name=b", path()),
        json!(null),
    )
    .await;
    let second = get(format!("&after={}", cursor(&first, "after"))).await;
    assert_eq!(names(&second), ["c", "d"]);
    let third = get(format!("&after={}", cursor(&second, "after"))).await;
    assert_eq!(names(&third), ["e"]);
    assert!(third["paging"]["next"].is_null());
    let back = get(format!("&before={}", cursor(&third, "before"))).await;
    assert_eq!(names(&back), ["c", "d"]);
    let wrong = format!("{}?after=nonsense", path());
    assert_eq!(
        refused(&sim, Method::GET, &wrong, json!(null)).await,
        Some(131_059)
    );
    sim.stop().await;
}

#[tokio::test]
async fn a_group_of_templates_is_made_changed_and_deleted() {
    let sim = started().await;
    let (a, b) = (make(&sim, "a").await, make(&sim, "b").await);
    let groups = format!("{}/template_groups", account_id());
    let group = json!({"name": "Orders", "whatsapp_business_templates": [a]});
    let made = done(&sim, Method::POST, &groups, group).await;
    let id = made["id"].as_str().unwrap();
    let change = json!({"add_templates": [b], "remove_templates": [a]});
    done(&sim, Method::POST, id, change).await;
    let read = done(&sim, Method::GET, id, json!(null)).await;
    assert_eq!(
        read["whatsapp_business_templates"],
        json!({"data": [{"id": b}]})
    );
    assert_eq!(
        refused(&sim, Method::POST, id, json!({"add_templates": ["42"]})).await,
        Some(100)
    );
    done(&sim, Method::DELETE, id, json!(null)).await;
    assert_eq!(
        done(&sim, Method::GET, &groups, json!(null)).await["data"],
        json!([])
    );
    assert_eq!(refused(&sim, Method::GET, id, json!(null)).await, Some(100));
    sim.stop().await;
}

#[tokio::test]
async fn a_component_without_values_is_sent() {
    let sim = started().await;
    let mut plain = template("left");
    plain["components"] = json!([{"type": "BODY", "text": "It has left."}]);
    done(&sim, Method::POST, &path(), plain).await;
    let mut message = message("left", &[]);
    message["template"]["components"] = json!([{"type": "body"}]);
    let answer = send_object(&sim, message).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    sim.stop().await;
}

#[tokio::test]
async fn a_value_that_meta_does_not_print_is_refused() {
    let sim = started().await;
    make(&sim, "left").await;
    for value in ["", "a\nb", "a\tb", "a     b"] {
        let answer = send_object(&sim, message("left", &[value])).await;
        assert_eq!(answer.code(), Some(132_018), "{value:?}");
    }
    let mut message = message("left", &["A-1"]);
    let button = json!({"type": "button", "sub_type": "url", "index": 0, "parameters": []});
    let components = message["template"]["components"].as_array_mut().unwrap();
    components.push(button);
    assert_eq!(send_object(&sim, message).await.code(), Some(132_012));
    sim.stop().await;
}
