//! Every answer of `docs/webhooks.md`.

use crate::house::{ACCOUNTS, Answer, House, OTHER_SECRET, SECRET, VERIFY_TOKEN, text_message};

const SHOP: &str = "/webhooks/whatsapp/shop";
const SHARED: [&str; 3] = ["/webhooks/whatsapp", "/whatsapp", "/webhook"];

async fn handshake(house: &House, path: &str, query: &[(&str, &str)]) -> Answer {
    let request = house.http.get(house.url(path)).query(query);
    Answer::of(request.send().await.unwrap()).await
}

#[tokio::test]
async fn the_handshake_answers_the_challenge_to_the_right_token_only() {
    let house = House::start(ACCOUNTS).await;
    let ask = |mode, token| {
        vec![
            ("hub.mode", mode),
            ("hub.verify_token", token),
            ("hub.challenge", "1158 & <201>"),
        ]
    };

    let answer = handshake(&house, SHOP, &ask("subscribe", VERIFY_TOKEN)).await;
    assert_eq!((answer.status, answer.text.as_str()), (200, "1158 & <201>"));
    assert!(
        answer.headers["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/plain")
    );
    for path in SHARED {
        assert_eq!(
            handshake(&house, path, &ask("subscribe", VERIFY_TOKEN))
                .await
                .status,
            200
        );
    }

    let wrong = handshake(&house, SHOP, &ask("subscribe", "another token")).await;
    assert_eq!(wrong.problem(), (403, "handshake_refused"));
    let wrong = handshake(&house, SHOP, &ask("unsubscribe", VERIFY_TOKEN)).await;
    assert_eq!(wrong.problem(), (403, "handshake_refused"));
    let of_another = handshake(
        &house,
        "/webhooks/whatsapp/bank",
        &ask("subscribe", VERIFY_TOKEN),
    )
    .await;
    assert_eq!(of_another.problem(), (403, "handshake_refused"));
    for left_out in 0..3 {
        let mut query = ask("subscribe", VERIFY_TOKEN);
        let (name, _) = query.remove(left_out);
        let answer = handshake(&house, SHOP, &query).await;
        assert_eq!(answer.problem(), (400, "handshake_incomplete"));
        assert!(answer.body["detail"].as_str().unwrap().contains(name));
    }
    for name in ["nobody", "closed", "%FF"] {
        let path = &format!("/webhooks/whatsapp/{name}");
        let answer = handshake(&house, path, &ask("subscribe", VERIFY_TOKEN)).await;
        assert_eq!(answer.problem(), (404, "unknown_account"));
    }
}

#[tokio::test]
async fn a_signed_webhook_is_stored_once_however_often_it_comes() {
    let house = House::start(ACCOUNTS).await;
    let body = text_message("111", "wamid.A", "491700000001", "hello").to_string();
    for _ in 0..3 {
        let answer = house.post(SHOP, SECRET, body.clone()).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, ""));
    }
    // The other secret of the rotation is as good.
    let body = text_message("111", "wamid.B", "491700000001", "again").to_string();
    assert_eq!(
        house
            .post(SHOP, "retired-app-secret-for-tests", body)
            .await
            .status,
        200
    );

    let events = house.events().await;
    let ids: Vec<_> = events
        .iter()
        .map(|event| event["data"]["message_id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["wamid.A", "wamid.B"]);
    let event = &events[0];
    assert_eq!(event["type"], "message.received");
    assert_eq!(event["account_id"], "shop");
    assert_eq!(event["data"]["text"], "hello");
    assert_eq!(event["raw"]["text"]["body"], "hello");
    assert_eq!(event["contact"]["wa_id"], "491700000001");
    assert_eq!(event["timestamp"], "2026-09-21T14:13:20Z");
    let one = house
        .get(&format!("/api/events/{}", event["id"].as_str().unwrap()))
        .await;
    assert_eq!(&one.body, event);
}

#[tokio::test]
async fn what_is_not_proved_is_refused_and_not_stored() {
    let house = House::start(ACCOUNTS).await;
    let body = text_message("111", "wamid.A", "491700000001", "hello").to_string();

    let unsigned = house.post_as(SHOP, None, body.clone()).await;
    assert_eq!(unsigned.problem(), (401, "signature_missing"));
    let wrong = house.post(SHOP, "a secret nobody has", body.clone()).await;
    assert_eq!(wrong.problem(), (401, "signature_wrong"));
    for header in [
        "",
        "sha256=",
        "sha256=00",
        "sha1=0123",
        "nonsense",
        "sha256=é",
    ] {
        let wrong = house.post_as(SHOP, Some(header), body.clone()).await;
        assert_eq!(wrong.problem(), (401, "signature_wrong"), "{header}");
    }
    let of_another = house.post(SHOP, OTHER_SECRET, body.clone()).await;
    assert_eq!(of_another.problem(), (401, "signature_wrong"));
    let truncated = body[..body.len() - 10].to_owned();
    let signature = whatsapp_cloud::webhook::sign(
        &whatsapp_cloud::secret::AppSecret::new(SECRET),
        body.as_bytes(),
    );
    let wrong = house.post_as(SHOP, Some(&signature), truncated).await;
    assert_eq!(wrong.problem(), (401, "signature_wrong"));
    for path in SHARED {
        let unsigned = house.post_as(path, None, body.clone()).await;
        assert_eq!(unsigned.problem(), (401, "signature_missing"));
    }
    assert!(house.events().await.is_empty());
}

#[tokio::test]
async fn without_an_app_secret_every_post_is_refused_and_the_remedy_named() {
    let house = House::start(ACCOUNTS).await;
    let body = text_message("666", "wamid.A", "491700000001", "hello").to_string();
    for signature in [None, Some("sha256=00")] {
        let answer = house
            .post_as("/webhooks/whatsapp/bare", signature, body.clone())
            .await;
        assert_eq!(answer.problem(), (401, "signature_unconfigured"));
        let hint = answer.body["hint"].as_str().unwrap();
        assert!(
            hint.contains("app_secret") && hint.contains("allow_unsigned"),
            "{hint}"
        );
    }

    let nothing = "[[account]]\nid = \"bare\"\nphone_number_id = \"666\"\nverify_token = \"the-bare-account's-own-verify-token!!\"\nallow_unsigned = true\n";
    let house = House::start(nothing).await;
    for path in SHARED {
        let answer = house.post_as(path, None, body.clone()).await;
        assert_eq!(
            answer.problem(),
            (401, "signature_unconfigured"),
            "shared paths never take unsigned posts"
        );
    }
    assert_eq!(
        house
            .post_as("/webhooks/whatsapp/bare", None, body)
            .await
            .status,
        200
    );
    assert_eq!(house.events().await.len(), 1);
}

#[tokio::test]
async fn allow_unsigned_opens_the_accounts_own_path_and_no_other() {
    let house = House::start(ACCOUNTS).await;
    // It names another account: without a proof it stays where it came in.
    let body = text_message("111", "wamid.A", "491700000001", "hello").to_string();
    assert_eq!(
        house
            .post_as("/webhooks/whatsapp/open", None, body)
            .await
            .status,
        200
    );
    let events = house.events().await;
    assert_eq!(events[0]["account_id"], "open");
    assert_eq!(events[0]["foreign"], true);

    let house = House::start_with(ACCOUNTS, |options| options.allow_unsigned = true).await;
    let body = text_message("111", "wamid.A", "491700000001", "hello").to_string();
    assert_eq!(house.post_as(SHOP, None, body.clone()).await.status, 200);
    let wrong = house.post(SHOP, "a secret nobody has", body.clone()).await;
    assert_eq!(
        wrong.problem(),
        (401, "signature_wrong"),
        "a signature that is there has to fit"
    );
    assert_eq!(
        house.post_as(SHARED[0], None, body).await.problem(),
        (401, "signature_missing")
    );
}

#[tokio::test]
async fn unknown_and_disabled_accounts_are_not_found_before_anything_else_is_looked_at() {
    let house = House::start(ACCOUNTS).await;
    for name in ["nobody", "closed", "%FF"] {
        let path = &format!("/webhooks/whatsapp/{name}");
        let answer = house.post_as(path, None, vec![b'x'; 5 << 20]).await;
        assert_eq!(answer.problem(), (404, "unknown_account"));
    }
    let closed = "[[account]]\nid = \"closed\"\nenabled = false\nphone_number_id = \"444\"\nverify_token = \"the-closed-account's-own-verify-token!\"\napp_secret = \"s-e-c-r-e-t\"\n";
    let house = House::start(closed).await;
    for path in SHARED {
        assert_eq!(
            house.post(path, "s-e-c-r-e-t", "{}").await.problem(),
            (404, "unknown_account")
        );
    }
}

#[tokio::test]
async fn shared_paths_route_by_number_and_a_secret_admits_only_its_own_accounts() {
    let house = House::start(ACCOUNTS).await;
    let message =
        |number: &str, id: &str| text_message(number, id, "491700000001", "hello").to_string();
    for (index, path) in SHARED.iter().enumerate() {
        assert_eq!(
            house
                .post(path, SECRET, message("222", &format!("wamid.{index}")))
                .await
                .status,
            200
        );
    }
    assert_eq!(
        house
            .post(SHARED[0], OTHER_SECRET, message("333", "wamid.bank"))
            .await
            .status,
        200
    );
    // The bank's secret does not open the shop's door: the number is foreign to it.
    assert_eq!(
        house
            .post(SHARED[0], OTHER_SECRET, message("111", "wamid.forged"))
            .await
            .status,
        200
    );
    // On an account's path, what names another account of the same app goes there.
    assert_eq!(
        house
            .post(SHOP, SECRET, message("222", "wamid.moved"))
            .await
            .status,
        200
    );
    // Meta's test button.
    let mut test = text_message(
        "123456123",
        "wamid.test",
        "16315551181",
        "this is a text message",
    );
    test["entry"][0]["id"] = "0".into();
    assert_eq!(house.post(SHOP, SECRET, test.to_string()).await.status, 200);

    let events = house.events().await;
    let whose = |id: &str| {
        let event = events
            .iter()
            .find(|event| event["raw"]["id"] == id)
            .unwrap();
        (
            event["account_id"].as_str().unwrap(),
            event["foreign"] == true,
        )
    };
    assert_eq!(whose("wamid.0"), ("bakery", false));
    assert_eq!(whose("wamid.1"), ("bakery", false));
    assert_eq!(whose("wamid.2"), ("bakery", false));
    assert_eq!(whose("wamid.bank"), ("bank", false));
    assert_eq!(whose("wamid.forged"), ("bank", true));
    assert_eq!(whose("wamid.moved"), ("bakery", false));
    assert_eq!(whose("wamid.test"), ("shop", true));
}

#[tokio::test]
async fn a_full_disk_acknowledges_nothing_and_loses_nothing() {
    // Room for some messages and no more; then the room is there again, as if someone had deleted a file.
    let dir = tempfile::tempdir().unwrap();
    let options = |pages| {
        let mut options = waypost_server::Options::new(dir.path());
        options.store.max_page_count = pages;
        options
    };
    let http = crate::house::client();
    let mut house = House {
        gateway: crate::house::start(ACCOUNTS, options(Some(200)))
            .await
            .unwrap(),
        http,
        dir: tempfile::tempdir().unwrap(),
    };
    let text = "x".repeat(20_000);
    let message = |number: usize| {
        text_message("111", &format!("wamid.{number}"), "491700000001", &text).to_string()
    };
    let mut acknowledged = 0;
    let refused = loop {
        let answer = house.post(SHOP, SECRET, message(acknowledged)).await;
        if answer.status != 200 {
            break answer;
        }
        acknowledged += 1;
        assert!(acknowledged < 1_000, "the disk never fills");
    };
    assert_eq!(refused.problem(), (503, "store_full"));
    assert_eq!(refused.headers["retry-after"], "5");
    assert!(acknowledged > 0);
    assert_eq!(house.get("/health/ready").await.status, 503);
    assert_eq!(house.get("/health/live").await.status, 200);
    assert_eq!(
        house.events().await.len(),
        acknowledged,
        "what was acknowledged is there, and nothing else"
    );
    house.gateway.stop().await;

    house.gateway = crate::house::start(ACCOUNTS, options(None)).await.unwrap();
    assert_eq!(house.events().await.len(), acknowledged);
    assert_eq!(
        house.post(SHOP, SECRET, message(acknowledged)).await.status,
        200
    );
    assert_eq!(house.events().await.len(), acknowledged + 1);
}

#[tokio::test]
async fn fsync_is_real_a_hundred_webhooks_are_a_hundred_commits() {
    let house = House::start(ACCOUNTS).await;
    let before = house.gateway.store().stats().commits;
    for number in 0..100 {
        let body = text_message("111", &format!("wamid.{number}"), "491700000001", "hello");
        assert_eq!(house.post(SHOP, SECRET, body.to_string()).await.status, 200);
    }
    assert!(house.gateway.store().stats().commits - before >= 100);
}
