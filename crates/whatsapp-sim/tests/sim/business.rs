//! The token, the number, the business account, and who is subscribed to it.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use whatsapp_sim::{Number, Sim, SimConfig, Token};

use crate::caller::{CUSTOMER, graph, number_id, send};
use crate::receiver::Receiver;

async fn started(webhook_url: Option<&str>) -> Sim {
    let config = SimConfig {
        webhook_url: webhook_url.map(str::to_owned),
        ..SimConfig::default()
    };
    Sim::start(config).await.expect("started")
}

fn account_id() -> String {
    Number::default().business_account_id
}

async fn get(sim: &Sim, path: &str) -> Value {
    let answer = graph(sim, Method::GET, path, None).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    answer.body
}

#[tokio::test]
async fn a_token_tells_what_it_is_good_for_and_until_when() {
    let sim = started(None).await;
    let debug = "debug_token?input_token=sim-access-token";
    let data = get(&sim, debug).await["data"].clone();
    assert_eq!(
        (&data["is_valid"], &data["expires_at"]),
        (&json!(true), &json!(0))
    );
    assert_eq!(
        data["scopes"],
        json!([
            "whatsapp_business_management",
            "whatsapp_business_messaging"
        ])
    );
    assert_eq!(
        data["granular_scopes"][1]["target_ids"],
        json!([account_id()])
    );

    sim.set_token(Token {
        expires_at_ms: Some(sim.now_ms() + 3_600_000),
        scopes: vec!["whatsapp_business_messaging".to_owned()],
        ..Token::default()
    });
    assert_eq!(send(&sim, CUSTOMER).await.status, 200);
    let account = graph(&sim, Method::GET, &account_id(), None).await;
    assert_eq!((account.status, account.code()), (403, Some(10)));
    sim.pass(Duration::from_hours(1));
    let expired = send(&sim, CUSTOMER).await;
    assert_eq!((expired.status, expired.code()), (401, Some(190)));
    assert_eq!(expired.body["error"]["error_subcode"], 463);
    // The app itself may still ask about it; `|` comes encoded.
    let by_app = format!("{debug}&access_token=123400000000001%7Csim-app-secret");
    assert_eq!(get(&sim, &by_app).await["data"]["is_valid"], false);
    let other = "debug_token?input_token=another&access_token=123400000000001%7Csim-app-secret";
    assert_eq!(get(&sim, other).await["data"]["error"]["code"], 190);
    sim.stop().await;
}

#[tokio::test]
async fn a_number_and_an_account_tell_what_they_are_asked() {
    let sim = started(None).await;
    let number = get(&sim, &number_id()).await;
    assert_eq!(
        number["display_phone_number"],
        Number::default().display_phone_number
    );
    assert_eq!(number.get("health_status"), None);
    let asked = get(
        &sim,
        &format!("{}?fields=health_status,status", number_id()),
    )
    .await;
    let names: Vec<&String> = asked.as_object().unwrap().keys().collect();
    assert_eq!(names, ["id", "status", "health_status"]);
    let account = get(&sim, &account_id()).await;
    assert_eq!(
        (&account["id"], &account["name"]),
        (&json!(account_id()), &json!("Simulated Business"))
    );
    let numbers = get(&sim, &format!("{}/phone_numbers", account_id())).await;
    assert_eq!(numbers["data"][0]["id"], number_id());
    let nobody = graph(&sim, Method::GET, "42", None).await;
    assert_eq!(
        (nobody.code(), &nobody.body["error"]["error_subcode"]),
        (Some(100), &json!(33))
    );
    sim.stop().await;
}

#[tokio::test]
async fn webhooks_come_while_the_app_is_subscribed() {
    let receiver = Receiver::start(&[]).await;
    let sim = started(Some(&receiver.url)).await;
    let phone = sim.phone(CUSTOMER);
    let path = format!("{}/subscribed_apps", account_id());
    let apps = get(&sim, &path).await;
    assert_eq!(apps["data"].as_array().unwrap().len(), 1);
    graph(&sim, Method::DELETE, &path, None).await;
    assert_eq!(get(&sim, &path).await["data"], json!([]));
    phone.write("nobody is told");
    graph(&sim, Method::POST, &path, Some(json!({}))).await;
    let told = phone.write("somebody is told");
    sim.drain().await;
    assert_eq!(sim.acknowledged(), [told]);
    sim.stop().await;
}

#[tokio::test]
async fn an_override_shakes_hands_and_takes_the_webhooks_until_it_is_taken_back() {
    let (usual, other) = (Receiver::start(&[]).await, Receiver::start(&[]).await);
    let sim = started(Some(&usual.url)).await;
    let phone = sim.phone(CUSTOMER);
    let path = format!("{}/subscribed_apps", account_id());
    let ask = |token: &str| json!({"override_callback_uri": other.url, "verify_token": token});
    let refused = graph(&sim, Method::POST, &path, Some(ask("wrong"))).await;
    assert_eq!(refused.code(), Some(2200));
    let taken = graph(&sim, Method::POST, &path, Some(ask("sim-verify-token"))).await;
    assert_eq!(taken.body, json!({"success": true}));
    assert_eq!(
        get(&sim, &path).await["data"][0]["override_callback_uri"],
        other.url
    );
    phone.write("to the other");
    sim.drain().await;
    graph(&sim, Method::POST, &path, Some(json!({}))).await;
    phone.write("to the usual");
    sim.drain().await;
    let texts = |receiver: &Receiver| -> Vec<Value> {
        let updates = receiver.updates().into_iter();
        updates
            .map(|(_, _, message, _)| message["text"]["body"].clone())
            .collect()
    };
    assert_eq!(texts(&other), ["to the other"]);
    assert_eq!(texts(&usual), ["to the usual"]);
    sim.stop().await;
}
