//! Exchanges as a phone makes them, with keys made for these tests.

use proptest::prelude::*;

use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PrivateDecryptingKey};

use super::*;

const PKCS8: &str = include_str!("../../tests/fixtures/flow_key_pkcs8.pem");
const PKCS1: &str = include_str!("../../tests/fixtures/flow_key_pkcs1.pem");
const KEY: [u8; 16] = *b"sixteen bytes ok";
const VECTOR: [u8; 16] = [7; 16];

fn endpoint() -> Endpoint {
    Endpoint::new(PrivateKey::from_pem(PKCS8).unwrap())
}

/// Encrypts as a phone does.
fn ask(text: &str) -> Vec<u8> {
    let der: String = PKCS8
        .lines()
        .filter(|line| !line.starts_with('-'))
        .collect();
    let key = PrivateDecryptingKey::from_pkcs8(&BASE64_STANDARD.decode(der).unwrap()).unwrap();
    let public = OaepPublicEncryptingKey::new(key.public_key()).unwrap();
    let mut room = vec![0; public.ciphertext_size()];
    let wrapped = public
        .encrypt(&OAEP_SHA256_MGF1SHA256, &KEY, &mut room, None)
        .unwrap();
    let data = Cipher::new(&KEY.into())
        .encrypt(&VECTOR.into(), text.as_bytes())
        .unwrap();
    let body = json!({
        "encrypted_flow_data": BASE64_STANDARD.encode(data),
        "encrypted_aes_key": BASE64_STANDARD.encode(wrapped),
        "initial_vector": BASE64_STANDARD.encode(VECTOR),
    });
    body.to_string().into_bytes()
}

/// Decrypts as a phone does.
fn read(answer: &Answer) -> Value {
    let sealed = BASE64_STANDARD.decode(&answer.body).unwrap();
    let flipped = VECTOR.map(|byte| byte ^ 0xff);
    let plain = Cipher::new(&KEY.into())
        .decrypt(&flipped.into(), sealed.as_slice())
        .unwrap();
    serde_json::from_slice(&plain).unwrap()
}

#[test]
fn a_screen_sent_in_is_read_and_its_answer_can_be_read_by_the_phone() {
    let body = ask(
        r#"{"version":"3.0","action":"data_exchange","screen":"DAY","data":{"day":"2026-05-01"},"flow_token":"T"}"#,
    );
    let answer = endpoint().answer(&body, |ask| {
        assert_eq!(ask.action.get(), Some(&Action::DataExchange));
        assert_eq!(ask.data.get().unwrap().0["day"], "2026-05-01");
        assert!(!format!("{ask:?}").contains("2026"));
        Reply::screen("HOUR", json!({"hours": ["9", "10"]}))
    });
    assert_eq!(answer.status, 200);
    assert_eq!(
        read(&answer),
        json!({"version": "3.0", "screen": "HOUR", "data": {"hours": ["9", "10"]}})
    );

    let body = ask(
        r#"{"version":"3.0","action":"data_exchange","screen":"HOUR","data":{},"flow_token":"T"}"#,
    );
    let answer = endpoint().answer(&body, |_| Reply::token_ended("This form is closed."));
    assert_eq!(answer.status, TOKEN_ENDED);
    assert_eq!(read(&answer), json!({"error_msg": "This form is closed."}));
    let answer = endpoint().answer(&body, |_| Reply::finish("T", Map::new()));
    assert_eq!(
        read(&answer)["data"]["extension_message_response"]["params"]["flow_token"],
        "T"
    );
}

#[test]
fn health_checks_and_notices_of_errors_are_answered_without_asking_anybody() {
    let nobody = |_: &Ask| -> Reply { panic!("asked") };
    let answer = endpoint().answer(&ask(r#"{"version":"3.0","action":"ping"}"#), nobody);
    assert_eq!(read(&answer), json!({"data": {"status": "active"}}));
    let notice = r#"{"version":"3.0","action":"data_exchange","screen":"X","flow_token":"T","data":{"error":"invalid-screen-transition","error_message":"m"}}"#;
    let answer = endpoint().answer(&ask(notice), nobody);
    assert_eq!(read(&answer), json!({"data": {"acknowledged": true}}));
}

#[test]
fn a_form_with_a_field_named_error_is_not_taken_for_a_notice_and_lost() {
    for data in [
        r#"{"error":"E7"}"#,
        r#"{"error":"E7","model":"X","error_message":"m"}"#,
    ] {
        let body = format!(
            r#"{{"version":"3.0","action":"data_exchange","screen":"X","flow_token":"T","data":{data}}}"#
        );
        let answer = endpoint().answer(&ask(&body), |asked| {
            assert_eq!(asked.data.get().unwrap().0["error"], "E7");
            Reply::finish("T", Map::new())
        });
        assert!(
            read(&answer)["data"].get("acknowledged").is_none(),
            "{data}"
        );
    }
}

#[test]
fn what_cannot_be_decrypted_is_answered_421() {
    let good = ask(r#"{"action":"ping"}"#);
    let mut changed: Map<String, Value> = serde_json::from_slice(&good).unwrap();
    changed["encrypted_flow_data"] = BASE64_STANDARD.encode([0; 40]).into();
    let mut short: Map<String, Value> = serde_json::from_slice(&good).unwrap();
    short["initial_vector"] = BASE64_STANDARD.encode([0; 12]).into();
    let mut other_key: Map<String, Value> = serde_json::from_slice(&good).unwrap();
    other_key["encrypted_aes_key"] = BASE64_STANDARD.encode([1; 256]).into();
    for body in [
        b"".to_vec(),
        b"{}".to_vec(),
        json!(changed).to_string().into(),
        json!(short).to_string().into(),
        json!(other_key).to_string().into(),
    ] {
        let answer = endpoint().answer(&body, |_| panic!("asked"));
        assert_eq!((answer.status, answer.body.as_str()), (CANNOT_DECRYPT, ""));
    }
}

#[test]
fn a_key_is_read_in_either_form_and_told_apart_from_what_is_none() {
    let endpoint = Endpoint::new(PrivateKey::from_pem(PKCS1).unwrap());
    assert!(endpoint.open(&ask(r#"{"action":"ping"}"#)).is_ok());
    let bad = |pem: &str| PrivateKey::from_pem(pem).unwrap_err();
    assert_eq!(bad(""), BadKey::NotPem);
    assert_eq!(
        bad("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----"),
        BadKey::Encrypted
    );
    assert_eq!(
        bad("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"),
        BadKey::NotRsa
    );
}

#[test]
fn a_token_is_metas_only_if_the_apps_secret_says_so() {
    let secret = AppSecret::new("app secret");
    let part = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
    let sign = |head: &str, secret: &str| {
        let signed = format!("{}.{}", part(head), part(r#"{"flow_token":"T"}"#));
        let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(signed.as_bytes());
        let mac = BASE64_URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
        format!("{signed}.{mac}")
    };
    let claims = token_claims(&secret, &sign(r#"{"alg":"HS256"}"#, "app secret"));
    assert_eq!(claims.unwrap()["flow_token"], "T");
    assert_eq!(
        token_claims(&secret, &sign(r#"{"alg":"HS256"}"#, "another")),
        None
    );
    assert_eq!(
        token_claims(&secret, &sign(r#"{"alg":"none"}"#, "app secret")),
        None
    );
    assert_eq!(token_claims(&secret, "a.b"), None);
    let empty = AppSecret::new("");
    assert_eq!(token_claims(&empty, &sign(r#"{"alg":"HS256"}"#, "")), None);
}

#[test]
fn what_another_implementation_encrypted_is_read() {
    // Made with Python's `cryptography`: RSA-OAEP with SHA-256, AES-128-GCM with a vector of 16 bytes.
    let body = include_bytes!("../../tests/fixtures/flow_exchange.json");
    let exchange = endpoint().open(body).unwrap();
    assert_eq!(exchange.ask().action.get(), Some(&Action::Init));
    // And the answer is what that implementation decrypts with the turned vector.
    let answer = exchange.seal(&Reply::ok(json!({"screen": "A"})));
    assert_eq!(
        answer.body,
        include_str!("../../tests/fixtures/flow_answer.txt").trim()
    );
}

fn json_text() -> impl Strategy<Value = String> {
    let word = prop_oneof!["[a-z_]{1,8}", ".{0,20}"];
    proptest::collection::hash_map(word.clone(), word, 0..4).prop_map(|members| {
        let data: Map<String, Value> = members.into_iter().map(|(k, v)| (k, v.into())).collect();
        json!({"version": "3.0", "action": "data_exchange", "screen": "A", "data": data})
            .to_string()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_a_phone_asks_is_read_and_whatever_is_answered_it_reads(text in json_text(), reply in ".{0,60}") {
        let exchange = endpoint().open(&ask(&text)).unwrap();
        let asked: Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(&json!(exchange.ask()), &asked);
        let answer = exchange.seal(&Reply::ok(json!({"words": reply})));
        prop_assert_eq!(read(&answer), json!({"words": reply}));
    }

    #[test]
    fn one_changed_byte_anywhere_is_answered_421(place in any::<usize>(), to in any::<u8>()) {
        let mut body = ask(r#"{"action":"INIT"}"#);
        let place = place % body.len();
        prop_assume!(body[place] != to);
        body[place] = to;
        let answer = endpoint().answer(&body, |_| panic!("asked"));
        prop_assert_eq!((answer.status, answer.body), (CANNOT_DECRYPT, String::new()));
    }

    #[test]
    fn any_bytes_are_answered_421(body in proptest::collection::vec(any::<u8>(), 0..400), key in ".{0,400}") {
        let answer = endpoint().answer(&body, |_| panic!("asked"));
        prop_assert_eq!(answer.status, CANNOT_DECRYPT);
        let parts = json!({"encrypted_flow_data": key, "encrypted_aes_key": BASE64_STANDARD.encode(&body), "initial_vector": key});
        let answer = endpoint().answer(parts.to_string().as_bytes(), |_| panic!("asked"));
        prop_assert_eq!(answer.status, CANNOT_DECRYPT);
        let pem = format!("-----BEGIN PRIVATE KEY-----{key}-----END ");
        prop_assert!(PrivateKey::from_pem(&pem).is_err());
        prop_assert!(PrivateKey::from_pem(&key).is_err());
    }
}

#[test]
fn a_form_with_text_cut_in_an_emoji_reaches_its_handler() {
    let body = ask(
        r#"{"version":"3.0","action":"data_exchange","screen":"NAME","data":{"name":"Ada \ud83d"},"flow_token":"T"}"#,
    );
    let answer = endpoint().answer(&body, |ask| {
        Reply::screen("HELLO", &ask.data.get().unwrap().0)
    });
    assert_eq!(answer.status, 200);
    assert_eq!(read(&answer)["data"]["name"], "Ada \u{fffd}");
}
