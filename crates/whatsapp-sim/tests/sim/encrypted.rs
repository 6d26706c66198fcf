//! Messages whose payload is encrypted for the number.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::Method;
use serde_json::{Value, json};
use whatsapp_sim::{Sim, SimConfig};

use crate::caller::{CUSTOMER, done, graph, number_id, refused};
use crate::jwe::{self, Key};

fn encrypted(contents: &str) -> Value {
    json!({"messaging_product": "whatsapp", "encrypted_contents": contents})
}

/// What is encrypted for this key, as what it was sealed with.
fn open(key: &Key, payload: &str) -> Value {
    let parts: Vec<&str> = payload.split('.').collect();
    let [head, wrapped, nonce, text, tag] = parts[..] else {
        panic!("{payload}")
    };
    let bytes = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap();
    assert_eq!(bytes(head), jwe::HEADER.as_bytes());
    let private = OaepPrivateDecryptingKey::new(key.0.clone()).unwrap();
    let mut room = vec![0; private.min_output_size()];
    let unwrapped = private
        .decrypt(&OAEP_SHA256_MGF1SHA256, &bytes(wrapped), &mut room, None)
        .unwrap();
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, unwrapped).unwrap());
    let nonce = Nonce::try_assume_unique_for_key(&bytes(nonce)).unwrap();
    let mut sealed = [bytes(text), bytes(tag)].concat();
    let opened = key.open_in_place(nonce, Aad::from(head), &mut sealed);
    serde_json::from_slice(opened.unwrap()).unwrap()
}

#[tokio::test]
async fn an_encrypted_message_is_sent_and_answered_encrypted_and_its_errors_are_in_plain() {
    let sim = Sim::start(SimConfig::default()).await.unwrap();
    let (settings, messages) = (
        format!("{}/settings", number_id()),
        format!("{}/messages_encrypted", number_id()),
    );
    let refuse = async |body: Value| refused(&sim, Method::POST, &messages, body).await;
    assert_eq!(refuse(encrypted("a.b.c.d.e")).await, Some(100));

    let key = Key::new();
    for wrong in [
        json!({"status": "enabled"}),
        json!({"status": "on"}),
        json!({"status": "enabled", "client_encryption_key": "bm8ga2V5"}),
    ] {
        let body = json!({"payload_encryption": wrong});
        assert_eq!(
            refused(&sim, Method::POST, &settings, body).await,
            Some(100)
        );
    }
    let on =
        json!({"payload_encryption": {"status": "enabled", "client_encryption_key": key.told()}});
    done(&sim, Method::POST, &settings, on).await;
    let told = done(&sim, Method::GET, &settings, Value::Null).await;
    let told = &told["payload_encryption"];
    let fingerprint = told["client_encryption_key_fingerprint"].as_str().unwrap();
    assert!(fingerprint.starts_with("SHA256:"), "{told}");
    assert_eq!(told.get("client_encryption_key"), None);
    let theirs = told["cloud_encryption_key"].as_str().unwrap();

    let message = json!({"messaging_product": "whatsapp", "to": CUSTOMER, "type": "text", "text": {"body": "for your eyes"}});
    let phone = sim.phone(CUSTOMER);
    let sent = done(
        &sim,
        Method::POST,
        &messages,
        encrypted(&jwe::seal(theirs, &message)),
    )
    .await;
    let sent = open(&key, sent["encrypted_contents"].as_str().unwrap());
    assert_eq!(sent["contacts"][0]["wa_id"], CUSTOMER);
    let received = phone.take_message().unwrap();
    assert_eq!(received.text(), Some("for your eyes"));
    assert_eq!(sent["messages"][0]["id"], received.wamid.as_str());

    // Wrong inside, wrong outside, and for another's key.
    let nothing = json!({"messaging_product": "whatsapp", "to": CUSTOMER, "type": "text", "text": {"body": ""}});
    assert_eq!(
        refuse(encrypted(&jwe::seal(theirs, &nothing))).await,
        Some(131_008)
    );
    assert_eq!(
        refuse(json!({"messaging_product": "whatsapp"})).await,
        Some(131_008)
    );
    assert_eq!(
        refuse(encrypted("eyJhbGciOiJSU0EtT0FFUC0yNTYifQ.KEY.IV.TEXT.TAG")).await,
        Some(100)
    );
    assert_eq!(
        refuse(encrypted(&jwe::seal(&Key::new().told(), &message))).await,
        Some(100)
    );
    let odd = graph(&sim, Method::POST, &messages, Some(encrypted("no"))).await;
    assert_eq!(
        (odd.status, &odd.body["error"]["type"]),
        (400, &json!("OAuthException"))
    );

    let off = json!({"payload_encryption": {"status": "disabled"}});
    done(&sim, Method::POST, &settings, off).await;
    assert_eq!(
        refuse(encrypted(&jwe::seal(theirs, &message))).await,
        Some(100)
    );
    assert_eq!(phone.take_message(), None);
    sim.stop().await;
}
