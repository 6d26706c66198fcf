//! Identities: who asks for one gets its messages delivered to it alone.

use http::Method;
use serde_json::{Value, json};
use whatsapp_sim::{Sim, SimConfig};

use crate::caller::{CUSTOMER, control, done, number_id, send_object};
use crate::receiver::{Receiver, failed_with};

#[tokio::test]
async fn a_message_for_an_identity_that_changed_fails_and_the_new_one_is_told() {
    let receiver = Receiver::start(&[]).await;
    let config = SimConfig {
        webhook_url: Some(receiver.url.clone()),
        ..SimConfig::default()
    };
    let sim = Sim::start(config).await.expect("started");
    let phone = sim.phone(CUSTOMER);
    phone.write("hello");
    sim.drain().await;
    let contact = receiver.updates()[0].3["contacts"][0].clone();
    assert_eq!(contact.get("identity_key_hash"), None);

    let on = json!({"user_identity_change": {"enable_identity_key_check": true}});
    done(&sim, Method::POST, &format!("{}/settings", number_id()), on).await;
    phone.write("hello again");
    sim.drain().await;
    let first = receiver.updates()[1].3["contacts"][0]["identity_key_hash"].clone();
    assert!(first.as_str().is_some_and(|hash| !hash.is_empty()));

    let failure_to = async |identity: &Value| {
        let message = json!({"to": CUSTOMER, "type": "text", "text": {"body": "for you alone"},
            "recipient_identity_key_hash": identity});
        let sent = send_object(&sim, message).await;
        failed_with(&receiver, &sim, &sent).await
    };
    assert_eq!(failure_to(&first).await, None);

    let path = format!("/phones/{CUSTOMER}");
    let changed = control(&sim, Method::PATCH, &path, json!({"new_identity": true})).await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    sim.drain().await;
    let told = receiver.updates().pop().unwrap().2;
    assert_eq!(told["system"]["type"], "customer_identity_changed");
    let second = told["system"]["identity"].clone();
    assert_ne!(first, second);
    assert_eq!(failure_to(&first).await, Some(137_000));
    assert_eq!(failure_to(&second).await, None);
    sim.stop().await;
}
