//! What Meta would not take is not taken here either: of a caller, to a recipient, of a message that is not there. Files are in
//! `media`.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use whatsapp_sim::{Kind, Person, Phone, Sim, SimConfig};

use crate::caller::{
    Answer, CUSTOMER, account_id, answer, control, done, graph, http, number_id, refused, send,
    send_object,
};
use crate::receiver::{Receiver, failed_with};

const DAY: Duration = Duration::from_hours(24);

async fn started() -> (Receiver, Sim) {
    let receiver = Receiver::start(&[]).await;
    let config = SimConfig {
        webhook_url: Some(receiver.url.clone()),
        ..SimConfig::default()
    };
    let sim = Sim::start(config).await.expect("started");
    (receiver, sim)
}

fn messages() -> String {
    format!("{}/messages", number_id())
}

fn text(to: &str) -> Value {
    json!({"messaging_product": "whatsapp", "to": to, "type": "text", "text": {"body": "hi"}})
}

fn details(answer: &Answer) -> &str {
    let details = answer.body["error"]["error_data"]["details"].as_str();
    details.unwrap_or_default()
}

async fn behave(sim: &Sim, behaviour: Value) {
    let answer = control(sim, Method::PATCH, "/behaviour", behaviour).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[tokio::test]
async fn a_wrong_proof_of_the_apps_secret_is_refused_for_messages_and_files_too() {
    let (_receiver, sim) = started().await;
    // printf sim-access-token | openssl dgst -sha256 -hmac sim-app-secret
    let right = "d31e7648db0fefbc98a03f93c23b3aaa3ac5274b0b6b86d7040089f564f67c14";
    for path in [
        messages(),
        format!("{}/media", number_id()),
        format!("{}/messages_encrypted", number_id()),
    ] {
        let wrong = format!("{path}?appsecret_proof=00");
        let answer = graph(&sim, Method::POST, &wrong, Some(text(CUSTOMER))).await;
        assert_eq!((answer.status, answer.code()), (400, Some(100)), "{path}");
        assert!(
            details(&answer).contains("appsecret_proof"),
            "{}",
            answer.body
        );
    }
    let proved = format!("{}?appsecret_proof={right}", messages());
    done(&sim, Method::POST, &proved, text(CUSTOMER)).await;

    behave(&sim, json!({"needs_appsecret_proof": true})).await;
    let bare = graph(&sim, Method::POST, &messages(), Some(text(CUSTOMER))).await;
    assert_eq!((bare.status, bare.code()), (400, Some(100)));
    assert_eq!(
        refused(&sim, Method::GET, &number_id(), json!(null)).await,
        Some(100)
    );
    done(&sim, Method::POST, &proved, text(CUSTOMER)).await;
    sim.stop().await;
}

#[tokio::test]
async fn a_version_that_meta_does_not_have_is_an_unknown_path() {
    let (_receiver, sim) = started().await;
    let call = async |version: &str, path: String, body: Option<Value>| {
        let url = format!("{}/{version}/{path}", sim.graph_url());
        let call = match body {
            Some(body) => http()
                .post(url)
                .header("Content-Type", "application/json")
                .body(body.to_string()),
            None => http().get(url),
        };
        answer(call.bearer_auth("sim-access-token")).await
    };
    for version in ["v99.0", "v26.1", "v0.1", "25.0", "vnext"] {
        for (path, body) in [(messages(), Some(text(CUSTOMER))), (number_id(), None)] {
            let answer = call(version, path, body).await;
            assert_eq!(
                (answer.status, answer.code()),
                (400, Some(2500)),
                "{version}"
            );
        }
    }
    // Those that Meta had are taken for the oldest it has.
    for version in ["v26.0", "v25.0", "v13.0", "v3.2"] {
        let answer = call(version, messages(), Some(text(CUSTOMER))).await;
        assert_eq!(answer.status, 200, "{version}");
    }
    sim.stop().await;
}

#[tokio::test]
async fn a_body_of_another_type_says_nothing_and_a_form_says_the_same_as_json() {
    let (_receiver, sim) = started().await;
    let call = async |kind: &str, body: String| {
        let url = format!("{}/v25.0/{}", sim.graph_url(), messages());
        let call = http().post(url).bearer_auth("sim-access-token");
        answer(call.header("Content-Type", kind).body(body)).await
    };
    for kind in ["text/plain", "application/xml"] {
        assert_eq!(
            call(kind, text(CUSTOMER).to_string()).await.code(),
            Some(100),
            "{kind}"
        );
    }
    let phone = sim.phone(CUSTOMER);
    let form = format!(
        "messaging_product=whatsapp&to={CUSTOMER}&type=text&text=%7B%22body%22%3A%22from+a+form%22%7D"
    );
    assert_eq!(
        call("application/x-www-form-urlencoded", form).await.status,
        200
    );
    assert_eq!(phone.take_message().unwrap().text(), Some("from a form"));
    assert_eq!(
        call(
            "application/json; charset=utf-8",
            text(CUSTOMER).to_string()
        )
        .await
        .status,
        200
    );
    sim.stop().await;
}

#[tokio::test]
async fn a_user_id_that_nobody_has_is_not_reached_and_one_that_is_none_is_refused() {
    let (receiver, sim) = started().await;
    let to = |user: &str| json!({"recipient": user, "type": "text", "text": {"body": "hi"}});
    for wrong in ["ada", "DE", "DE.", "de.1", "DE.a-b", "DE.ENT.", "DEU.1"] {
        let answer = send_object(&sim, to(wrong)).await;
        assert_eq!(
            (answer.status, answer.code()),
            (400, Some(131_009)),
            "{wrong}"
        );
    }
    let unknown = send_object(&sim, to("DE.4711")).await;
    let contact = &unknown.body["contacts"][0];
    assert_eq!(
        (contact.get("wa_id"), &contact["user_id"]),
        (None, &json!("DE.4711"))
    );
    assert_eq!(failed_with(&receiver, &sim, &unknown).await, Some(131_026));
    let status = receiver.updates().pop().unwrap().2;
    assert_eq!(
        (status.get("recipient_id"), &status["recipient_user_id"]),
        (None, &json!("DE.4711"))
    );

    let ada = sim.phone(Person::without_number("ada")).person().user_id;
    let known = send_object(&sim, to(&ada)).await;
    assert_eq!(failed_with(&receiver, &sim, &known).await, None);

    // One-time passwords go to phone numbers only.
    let members = json!({"name": "code", "language": "en", "category": "AUTHENTICATION", "status": "APPROVED", "components": [
        {"type": "BODY", "add_security_recommendation": true},
        {"type": "BUTTONS", "buttons": [{"type": "OTP", "otp_type": "COPY_CODE", "text": "Copy"}]}]});
    sim.put(Kind::Template, "4712", &account_id(), members);
    let mut code = json!({"recipient": ada, "type": "template", "template": {"name": "code", "language": {"code": "en"}, "components": [
        {"type": "body", "parameters": [{"type": "text", "text": "123456"}]},
        {"type": "button", "sub_type": "url", "index": "0", "parameters": [{"type": "text", "text": "123456"}]}]}});
    assert_eq!(send_object(&sim, code.clone()).await.code(), Some(131_062));
    code["to"] = CUSTOMER.into();
    assert_eq!(send_object(&sim, code).await.status, 200);
    sim.stop().await;
}

#[tokio::test]
async fn whoever_is_not_on_whatsapp_is_not_reached_where_that_counts() {
    let (receiver, sim) = started().await;
    let taken = send(&sim, "15557654321").await;
    assert_eq!(failed_with(&receiver, &sim, &taken).await, None);
    behave(&sim, json!({"strangers_fail": true})).await;
    let failed = send(&sim, "15557654321").await;
    assert_eq!(failed_with(&receiver, &sim, &failed).await, Some(131_026));
    sim.phone("15557654321");
    let reached = send(&sim, "15557654321").await;
    assert_eq!(failed_with(&receiver, &sim, &reached).await, None);
    sim.stop().await;
}

#[tokio::test]
async fn a_group_that_is_not_the_numbers_gets_nothing_and_its_members_get_what_its_own_is_sent() {
    let (receiver, sim) = started().await;
    let to = |group: &str| json!({"recipient_type": "group", "to": group, "type": "text", "text": {"body": "all"}});
    assert_eq!(send_object(&sim, to("GROUP=")).await.code(), Some(131_009));
    sim.put(
        Kind::Group,
        "GROUP=",
        "another-number",
        json!({"subject": "Theirs"}),
    );
    assert_eq!(send_object(&sim, to("GROUP=")).await.code(), Some(131_009));
    sim.put(
        Kind::Group,
        "4711",
        &number_id(),
        json!({"subject": "Ours"}),
    );
    sim.put(
        Kind::GroupMember,
        "4711/1",
        "4711",
        json!({"wa_id": CUSTOMER}),
    );
    let (member, other) = (sim.phone(CUSTOMER), sim.phone("15557654321"));
    let sent = send_object(&sim, to("4711")).await;
    assert_eq!(failed_with(&receiver, &sim, &sent).await, None);
    assert_eq!(member.take_message().unwrap().text(), Some("all"));
    assert_eq!(other.take_message(), None);
    member.read(sent.wamid());
    sim.drain().await;
    let told: Vec<Value> = receiver
        .updates()
        .into_iter()
        .map(|update| update.2)
        .collect();
    let words: Vec<&str> = told
        .iter()
        .map(|status| status["status"].as_str().unwrap())
        .collect();
    assert_eq!(words, ["sent", "delivered", "read"]);
    for status in &told {
        assert_eq!(
            (&status["recipient_type"], &status["recipient_id"]),
            (&json!("group"), &json!("4711"))
        );
    }
    assert_eq!(told[0].get("recipient_participant_id"), None);
    assert_eq!(told[2]["recipient_participant_id"], CUSTOMER);
    assert_eq!(
        told[2]["recipient_participant_user_id"],
        member.person().user_id.as_str()
    );
    sim.stop().await;
}

#[tokio::test]
async fn whom_a_number_blocked_it_cannot_write_to_and_does_not_hear() {
    let (_receiver, sim) = started().await;
    let phone = sim.phone(CUSTOMER);
    phone.write("hello");
    let edge = format!("{}/block_users", number_id());
    let users = json!({"messaging_product": "whatsapp", "block_users": [{"user": CUSTOMER}]});
    done(&sim, Method::POST, &edge, users.clone()).await;
    let answer = send(&sim, CUSTOMER).await;
    assert_eq!((answer.status, answer.code()), (400, Some(131_026)));
    // What does not arrive opens no window.
    behave(&sim, json!({"window": "refused"})).await;
    sim.pass(DAY);
    phone.write("hello?");
    done(&sim, Method::DELETE, &edge, users).await;
    assert_eq!(send(&sim, CUSTOMER).await.code(), Some(131_047));
    phone.write("hello!");
    assert_eq!(send(&sim, CUSTOMER).await.status, 200);
    sim.stop().await;
}

#[tokio::test]
async fn whoever_wants_no_marketing_gets_none_until_they_want_it_again() {
    let (receiver, sim) = started().await;
    sim.phone(CUSTOMER);
    for (name, category) in [("sale", "MARKETING"), ("order", "UTILITY")] {
        let members = json!({"name": name, "language": "en", "category": category, "status": "APPROVED",
            "components": [{"type": "BODY", "text": "Hello"}]});
        sim.put(Kind::Template, name, &account_id(), members);
    }
    let send = async |name: &str| {
        let template = json!({"name": name, "language": {"code": "en"}});
        send_object(
            &sim,
            json!({"to": CUSTOMER, "type": "template", "template": template}),
        )
        .await
    };
    let wants = async |wants: bool| {
        let path = format!("/phones/{CUSTOMER}");
        let answer = control(
            &sim,
            Method::PATCH,
            &path,
            json!({"wants_marketing": wants}),
        )
        .await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    };
    wants(false).await;
    let sale = send("sale").await;
    assert_eq!(failed_with(&receiver, &sim, &sale).await, Some(131_050));
    let order = send("order").await;
    assert_eq!(failed_with(&receiver, &sim, &order).await, None);
    wants(true).await;
    let sale = send("sale").await;
    assert_eq!(failed_with(&receiver, &sim, &sale).await, None);
    let changes = receiver.bodies().into_iter().map(|body| {
        let body: Value = serde_json::from_slice(&body).unwrap();
        body["entry"][0]["changes"][0].clone()
    });
    let told: Vec<Value> = changes
        .filter(|change| change["field"] == "user_preferences")
        .collect();
    let words = told.iter().map(|change| {
        let preference = &change["value"]["user_preferences"][0];
        assert_eq!(
            (&preference["wa_id"], &preference["category"]),
            (&json!(CUSTOMER), &json!("marketing_messages"))
        );
        assert!(preference["timestamp"].is_i64());
        preference["value"].as_str().unwrap()
    });
    assert_eq!(words.collect::<Vec<_>>(), ["stop", "resume"]);
    let nothing = control(
        &sim,
        Method::PATCH,
        &format!("/phones/{CUSTOMER}"),
        json!({}),
    )
    .await;
    assert_eq!(nothing.status, 400);
    sim.stop().await;
}

#[tokio::test]
async fn a_message_that_did_not_come_cannot_be_read_nor_typed_below() {
    let (_receiver, sim) = started().await;
    let phone = sim.phone(CUSTOMER);
    let read = async |wamid: &str, typing: bool| {
        let mut mark = json!({"status": "read", "message_id": wamid});
        if typing {
            mark["typing_indicator"] = json!({"type": "text"});
        }
        send_object(&sim, mark).await
    };
    for typing in [false, true] {
        let answer = read("wamid.nobody", typing).await;
        assert_eq!((answer.status, answer.code()), (400, Some(131_009)));
    }
    let own = send(&sim, CUSTOMER).await;
    assert_eq!(read(own.wamid(), false).await.code(), Some(131_009));
    assert_eq!(sim.counts().read_marks, 0);
    assert!(!phone.sees_typing());
    let wamid = phone.write("hello");
    assert_eq!(read(&wamid, true).await.status, 200);
    assert!(phone.is_read(&wamid) && phone.sees_typing());
    sim.stop().await;
}

#[tokio::test]
async fn a_reaction_to_a_message_of_no_or_of_another_conversation_fails() {
    let (receiver, sim) = started().await;
    let (ada, ben): (Phone, Phone) = (sim.phone(CUSTOMER), sim.phone("15557654321"));
    let react = async |wamid: &str| {
        let reaction = json!({"message_id": wamid, "emoji": "👍"});
        let sent = send_object(
            &sim,
            json!({"to": CUSTOMER, "type": "reaction", "reaction": reaction}),
        )
        .await;
        failed_with(&receiver, &sim, &sent).await
    };
    assert_eq!(react("wamid.nobody").await, Some(131_009));
    assert_eq!(react(&ben.write("hello")).await, Some(131_009));
    let (theirs, ours) = (ada.write("hello"), send(&sim, CUSTOMER).await);
    assert_eq!(react(&theirs).await, None);
    assert_eq!(react(ours.wamid()).await, None);
    sim.pass(DAY * 31);
    assert_eq!(react(&theirs).await, Some(131_009));
    assert_eq!(react(ours.wamid()).await, Some(131_009));
    sim.stop().await;
}

#[tokio::test]
async fn a_template_that_is_there_in_other_languages_only_is_not_there() {
    let (_receiver, sim) = started().await;
    let members = json!({"name": "hello", "language": "de", "category": "UTILITY", "status": "APPROVED",
        "components": [{"type": "BODY", "text": "Hallo"}]});
    sim.put(Kind::Template, "4711", &account_id(), members);
    let template = |name: &str, language: &str| {
        json!({"to": CUSTOMER, "type": "template",
        "template": {"name": name, "language": {"code": language}}})
    };
    let other = send_object(&sim, template("hello", "en")).await;
    assert_eq!((other.status, other.code()), (404, Some(132_001)));
    assert_eq!(send_object(&sim, template("hello", "de")).await.status, 200);
    assert_eq!(
        send_object(&sim, template("nobody_knows", "de"))
            .await
            .status,
        200
    );
    sim.behave(whatsapp_sim::Behaviour::like_meta());
    assert_eq!(
        send_object(&sim, template("nobody_knows", "de"))
            .await
            .code(),
        Some(132_001)
    );
    sim.stop().await;
}

#[tokio::test]
async fn a_pin_is_six_digits() {
    let (_receiver, sim) = started().await;
    let register = format!("{}/register", number_id());
    for wrong in ["12345", "1234567", "abcdef", "12 456"] {
        let body = json!({"messaging_product": "whatsapp", "pin": wrong});
        assert_eq!(
            refused(&sim, Method::POST, &register, body).await,
            Some(100),
            "{wrong}"
        );
        assert_eq!(
            refused(&sim, Method::POST, &number_id(), json!({"pin": wrong})).await,
            Some(100),
            "{wrong}"
        );
    }
    done(&sim, Method::POST, &number_id(), json!({"pin": "123456"})).await;
    let other = json!({"messaging_product": "whatsapp", "pin": "654321"});
    assert_eq!(
        refused(&sim, Method::POST, &register, other).await,
        Some(133_005)
    );
    sim.stop().await;
}

#[tokio::test]
async fn interactive_messages_keep_metas_numbers() {
    let (_receiver, sim) = started().await;
    let interactive =
        |content: Value| json!({"to": CUSTOMER, "type": "interactive", "interactive": content});
    let buttons = |count: usize| {
        let buttons = (0..count).map(|n| json!({"type": "reply", "reply": {"id": n.to_string(), "title": format!("No. {n}")}}));
        interactive(
            json!({"type": "button", "body": {"text": "Which?"}, "action": {"buttons": buttons.collect::<Vec<_>>()}}),
        )
    };
    let list = |sections: usize, rows: usize| {
        let sections = (0..sections).map(|s| {
            let rows = (0..rows).map(|r| json!({"id": format!("{s}/{r}"), "title": "One"}));
            json!({"title": "Some", "rows": rows.collect::<Vec<_>>()})
        });
        interactive(json!({"type": "list", "body": {"text": "Which?"},
            "action": {"button": "All", "sections": sections.collect::<Vec<_>>()}}))
    };
    for (message, code) in [
        (buttons(3), None),
        (buttons(4), Some(100)),
        (list(1, 10), None),
        (list(10, 1), None),
        (list(1, 11), Some(100)),
        (list(11, 1), Some(100)),
        (list(2, 6), Some(100)),
    ] {
        assert_eq!(
            send_object(&sim, message.clone()).await.code(),
            code,
            "{message}"
        );
    }
    sim.stop().await;
}

#[tokio::test]
async fn what_is_no_phone_number_is_refused_and_one_written_as_a_number_is_taken() {
    let (_receiver, sim) = started().await;
    let code = async |to: Value| {
        let message = json!({"to": to, "type": "text", "text": {"body": "hi"}});
        send_object(&sim, message).await.code()
    };
    let long = "4".repeat(40);
    for to in ["491", long.as_str(), "49170ABC4567", "+"] {
        assert_eq!(code(json!(to)).await, Some(131_009), "{to}");
    }
    assert_eq!(code(json!(["491701234567"])).await, Some(100));
    for to in [json!(491_701_234_567_u64), json!("+49 (170) 123-45.67")] {
        assert_eq!(code(to).await, None);
    }
    sim.stop().await;
}
