//! Numbers: added, verified, registered; and what each has: profile, settings, codes, usernames, people it blocks.

use std::time::Duration;

use http::Method;
use serde_json::json;
use whatsapp_sim::{Kind, Sim, SimConfig};

use crate::caller::{CUSTOMER, account_id, done, graph, number_id, refused, send};
use crate::receiver::Receiver;

async fn started() -> Sim {
    Sim::start(SimConfig::default()).await.unwrap()
}

#[tokio::test]
async fn a_number_that_was_added_sends_once_it_is_registered_and_is_written_to() {
    let receiver = Receiver::start(&[]).await;
    let config = SimConfig {
        webhook_url: Some(receiver.url.clone()),
        ..SimConfig::default()
    };
    let sim = Sim::start(config).await.unwrap();
    let numbers = format!("{}/phone_numbers", account_id());
    let number = json!({"cc": "49", "phone_number": "1700000002", "verified_name": "A Branch"});
    let made = done(&sim, Method::POST, &numbers, number).await;
    let id = made["id"].as_str().unwrap();
    let messages = format!("{id}/messages");
    let text = json!({
        "messaging_product": "whatsapp", "to": CUSTOMER, "type": "text", "text": {"body": "hello from the branch"},
    });
    assert_eq!(
        refused(&sim, Method::POST, &messages, text.clone()).await,
        Some(133_010)
    );
    let ask = json!({"code_method": "SMS", "language": "en_US"});
    done(&sim, Method::POST, &format!("{id}/request_code"), ask).await;
    let code = json!({"code": "123456"});
    done(&sim, Method::POST, &format!("{id}/verify_code"), code).await;
    let pin = json!({"messaging_product": "whatsapp", "pin": "123456"});
    done(&sim, Method::POST, &format!("{id}/register"), pin).await;

    let phone = sim.phone(CUSTOMER);
    done(&sim, Method::POST, &messages, text).await;
    let arrived = phone.next_message(Duration::from_secs(30)).await.unwrap();
    assert_eq!(
        (arrived.phone_number_id.as_str(), arrived.text()),
        (id, Some("hello from the branch"))
    );
    let wamid = phone.with_number(id).unwrap().write("hello, branch");
    sim.drain().await;
    let told = receiver.updates().into_iter();
    let mut from: Vec<_> = told
        .filter(|(told, ..)| *told == wamid)
        .map(|(.., value)| value["metadata"].clone())
        .collect();
    let metadata = json!({"display_phone_number": "491700000002", "phone_number_id": id});
    assert_eq!(from.pop(), Some(metadata));
    assert_eq!(from, Vec::<serde_json::Value>::new());
    sim.stop().await;
}

#[tokio::test]
async fn only_marketing_templates_go_by_the_marketing_messages_api_and_are_billed_so() {
    let receiver = Receiver::start(&[]).await;
    let config = SimConfig {
        webhook_url: Some(receiver.url.clone()),
        ..SimConfig::default()
    };
    let sim = Sim::start(config).await.unwrap();
    for (name, category) in [("sale", "MARKETING"), ("order_sent", "UTILITY")] {
        let template = json!({
            "name": name, "language": "en", "category": category, "status": "APPROVED",
            "components": [{"type": "BODY", "text": "Hello"}],
        });
        sim.put(Kind::Template, name, &account_id(), template);
    }
    let marketing = format!("{}/marketing_messages", number_id());
    let template = |name: &str, policy: &str| {
        json!({
            "messaging_product": "whatsapp", "to": CUSTOMER, "type": "template", "product_policy": policy,
            "template": {"name": name, "language": {"code": "en"}},
        })
    };
    let text = json!({
        "messaging_product": "whatsapp", "to": CUSTOMER, "type": "text", "text": {"body": "hello"},
    });
    for (wrong, code) in [
        (text, 131_055),
        (template("order_sent", "STRICT"), 131_055),
        (template("sale", "SOMETIMES"), 100),
    ] {
        assert_eq!(
            refused(&sim, Method::POST, &marketing, wrong).await,
            Some(code)
        );
    }
    let sent = done(&sim, Method::POST, &marketing, template("sale", "STRICT")).await;
    sim.drain().await;
    let mut told = receiver.updates().into_iter();
    let (id, status, element, _) = told.next().unwrap();
    assert_eq!(
        (id, status.as_str()),
        (
            sent["messages"][0]["id"].as_str().unwrap().to_owned(),
            "sent"
        )
    );
    assert_eq!(element["pricing"]["category"], "marketing_lite");
    sim.stop().await;
}

#[tokio::test]
async fn a_number_is_added_verified_registered_and_taken_out() {
    let sim = started().await;
    let numbers = format!("{}/phone_numbers", account_id());
    let number = json!({"cc": "49", "phone_number": "1700000001", "verified_name": "A Shop"});
    let made = done(&sim, Method::POST, &numbers, number.clone()).await;
    let id = made["id"].as_str().unwrap();
    assert_eq!(
        refused(&sim, Method::POST, &numbers, number).await,
        Some(100)
    );
    let register = format!("{id}/register");
    let pin = json!({"messaging_product": "whatsapp", "pin": "123456"});
    assert_eq!(
        refused(&sim, Method::POST, &register, pin.clone()).await,
        Some(133_006)
    );
    let verify = format!("{id}/verify_code");
    let code = json!({"code": "123456"});
    assert_eq!(
        refused(&sim, Method::POST, &verify, code.clone()).await,
        Some(136_025)
    );
    let ask = json!({"code_method": "SMS", "language": "en_US"});
    done(
        &sim,
        Method::POST,
        &format!("{id}/request_code"),
        ask.clone(),
    )
    .await;
    done(&sim, Method::POST, &verify, code).await;
    done(&sim, Method::POST, &register, pin.clone()).await;
    let other = json!({"messaging_product": "whatsapp", "pin": "654321"});
    assert_eq!(
        refused(&sim, Method::POST, &register, other).await,
        Some(133_005)
    );
    let again = format!("{id}/request_code");
    assert_eq!(
        refused(&sim, Method::POST, &again, ask).await,
        Some(136_024)
    );
    let read = done(
        &sim,
        Method::GET,
        &format!("{id}?fields=status,is_pin_enabled"),
        json!(null),
    )
    .await;
    assert_eq!(
        (&read["status"], &read["is_pin_enabled"]),
        (&json!("CONNECTED"), &json!(true))
    );
    for _ in 0..8 {
        done(&sim, Method::POST, &register, pin.clone()).await;
    }
    assert_eq!(
        refused(&sim, Method::POST, &register, pin.clone()).await,
        Some(133_016)
    );
    sim.pass(Duration::from_hours(72));
    done(&sim, Method::POST, &register, pin).await;
    sim.stop().await;
}

#[tokio::test]
async fn a_number_that_was_taken_out_does_not_send() {
    let sim = started().await;
    assert_eq!(send(&sim, CUSTOMER).await.status, 200);
    let deregister = format!("{}/deregister", number_id());
    done(&sim, Method::POST, &deregister, json!({})).await;
    assert_eq!(send(&sim, CUSTOMER).await.code(), Some(133_010));
    assert_eq!(
        refused(&sim, Method::POST, &deregister, json!({})).await,
        Some(133_010)
    );
    let pin = json!({"messaging_product": "whatsapp", "pin": "123456"});
    done(
        &sim,
        Method::POST,
        &format!("{}/register", number_id()),
        pin,
    )
    .await;
    assert_eq!(send(&sim, CUSTOMER).await.status, 200);
    sim.stop().await;
}

#[tokio::test]
async fn what_is_set_is_what_is_told() {
    let sim = started().await;
    let edge = |name: &str| format!("{}/{name}", number_id());
    let profile = edge("whatsapp_business_profile");
    done(
        &sim,
        Method::POST,
        &profile,
        json!({"about": "We are here", "websites": ["https://example.org"]}),
    )
    .await;
    let read = done(
        &sim,
        Method::GET,
        &format!("{profile}?fields=about"),
        json!(null),
    )
    .await;
    assert_eq!(read["data"][0]["about"], "We are here");
    let long = json!({"about": "x".repeat(140)});
    assert_eq!(refused(&sim, Method::POST, &profile, long).await, Some(100));

    let shop = edge("whatsapp_commerce_settings");
    done(
        &sim,
        Method::POST,
        &format!("{shop}?is_cart_enabled=true"),
        json!({}),
    )
    .await;
    let read = done(&sim, Method::GET, &shop, json!(null)).await;
    assert_eq!(read["data"][0]["is_cart_enabled"], true);

    let automation = edge("conversational_automation");
    done(
        &sim,
        Method::POST,
        &automation,
        json!({"prompts": ["Where are you?"]}),
    )
    .await;
    let asked = format!("{}?fields=conversational_automation", number_id());
    let read = done(&sim, Method::GET, &asked, json!(null)).await;
    assert_eq!(
        read["conversational_automation"]["prompts"],
        json!(["Where are you?"])
    );
    let many = json!({"prompts": ["1", "2", "3", "4", "5"]});
    assert_eq!(
        refused(&sim, Method::POST, &automation, many).await,
        Some(100)
    );

    let key = edge("whatsapp_business_encryption");
    assert_eq!(
        done(&sim, Method::GET, &key, json!(null)).await["data"],
        json!([])
    );
    done(
        &sim,
        Method::POST,
        &key,
        json!({"business_public_key": "-----BEGIN PUBLIC KEY-----\n"}),
    )
    .await;
    let pin = json!({"messaging_product": "whatsapp", "pin": "123456"});
    done(&sim, Method::POST, &edge("register"), pin).await;
    let read = done(&sim, Method::GET, &key, json!(null)).await;
    assert_eq!(
        read["data"][0]["business_public_key_signature_status"],
        "MISMATCH"
    );

    let settings = edge("settings");
    let sip = json!({"status": "ENABLED", "servers": [{"hostname": "example.org", "sip_user_password": "secret"}]});
    done(
        &sim,
        Method::POST,
        &settings,
        json!({"calling": {"status": "ENABLED", "sip": sip}}),
    )
    .await;
    let read = done(&sim, Method::GET, &settings, json!(null)).await;
    assert!(!read.to_string().contains("secret"));
    let asked = format!("{settings}?include_sip_credentials=true");
    assert!(
        done(&sim, Method::GET, &asked, json!(null))
            .await
            .to_string()
            .contains("secret")
    );

    let mark = edge("official_business_account");
    done(
        &sim,
        Method::POST,
        &mark,
        json!({"action": "SUBMIT_APPLICATION"}),
    )
    .await;
    assert_eq!(
        done(&sim, Method::GET, &mark, json!(null)).await["oba_status"],
        "PENDING"
    );
    assert_eq!(
        refused(
            &sim,
            Method::POST,
            &mark,
            json!({"action": "SUBMIT_APPLICATION"})
        )
        .await,
        Some(100)
    );
    sim.stop().await;
}

#[tokio::test]
async fn a_code_is_made_changed_and_deleted() {
    let sim = started().await;
    let codes = format!("{}/message_qrdls", number_id());
    let asked = json!({"prefilled_message": "Hello", "generate_qr_image": "SVG"});
    let made = done(&sim, Method::POST, &codes, asked).await;
    let code = made["code"].as_str().unwrap();
    assert!(made["qr_image_url"].as_str().unwrap().contains("svg"));
    let change = json!({"code": code, "prefilled_message": "Hello again"});
    done(&sim, Method::POST, &codes, change).await;
    let one = format!("{codes}/{code}");
    let read = done(&sim, Method::GET, &one, json!(null)).await;
    assert_eq!(read["data"][0]["prefilled_message"], "Hello again");
    done(&sim, Method::DELETE, &one, json!(null)).await;
    assert_eq!(
        refused(&sim, Method::GET, &one, json!(null)).await,
        Some(100)
    );
    assert_eq!(
        done(&sim, Method::GET, &codes, json!(null)).await["data"],
        json!([])
    );
    let long = json!({"prefilled_message": "x".repeat(141)});
    assert_eq!(refused(&sim, Method::POST, &codes, long).await, Some(100));
    sim.stop().await;
}

#[tokio::test]
async fn somebody_blocked_is_not_heard() {
    let receiver = Receiver::start(&[]).await;
    let config = SimConfig {
        webhook_url: Some(receiver.url.clone()),
        ..SimConfig::default()
    };
    let sim = Sim::start(config).await.unwrap();
    let edge = format!("{}/block_users", number_id());
    let who = json!({"messaging_product": "whatsapp", "block_users": [{"user": CUSTOMER}]});
    let stranger = graph(&sim, Method::POST, &edge, Some(who.clone())).await;
    assert_eq!((stranger.status, stranger.code()), (400, Some(139_100)));
    assert_eq!(
        stranger.body["block_users"]["failed_users"][0]["errors"][0]["code"],
        131_047
    );
    let phone = sim.phone(CUSTOMER);
    let heard = phone.write("hello");
    let blocked = done(&sim, Method::POST, &edge, who.clone()).await;
    assert_eq!(blocked["block_users"]["added_users"][0]["wa_id"], CUSTOMER);
    phone.write("nobody hears this");
    assert_eq!(
        done(&sim, Method::GET, &edge, json!(null)).await["data"][0]["wa_id"],
        CUSTOMER
    );
    done(&sim, Method::DELETE, &edge, who).await;
    assert_eq!(
        done(&sim, Method::GET, &edge, json!(null)).await["data"],
        json!([])
    );
    let heard_again = phone.write("hello again");
    sim.drain().await;
    assert_eq!(sim.acknowledged(), [heard, heard_again]);
    sim.stop().await;
}

#[tokio::test]
async fn a_username_belongs_to_one_number() {
    let sim = started().await;
    let username = format!("{}/username", number_id());
    assert_eq!(
        done(&sim, Method::GET, &username, json!(null)).await,
        json!({})
    );
    assert_eq!(
        refused(&sim, Method::POST, &username, json!({"username": "A Shop"})).await,
        Some(147_001)
    );
    sim.put(
        Kind::Number,
        "42",
        &account_id(),
        json!({"username": "a.shop"}),
    );
    let wanted = json!({"username": "a.shop"});
    assert_eq!(
        refused(&sim, Method::POST, &username, wanted).await,
        Some(147_002)
    );
    let taken = json!({"username": "a.shop", "transfer_action": "force_transfer"});
    done(&sim, Method::POST, &username, taken).await;
    assert_eq!(
        done(&sim, Method::GET, &username, json!(null)).await["username"],
        "a.shop"
    );
    assert_eq!(
        done(&sim, Method::GET, "42/username", json!(null)).await,
        json!({})
    );
    done(&sim, Method::DELETE, &username, json!(null)).await;
    assert_eq!(
        done(&sim, Method::GET, &username, json!(null)).await,
        json!({})
    );
    sim.stop().await;
}
