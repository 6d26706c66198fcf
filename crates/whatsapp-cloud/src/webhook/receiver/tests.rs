use http::HeaderValue;

use super::*;
use crate::webhook::sign;

fn receiver() -> Receiver {
    Receiver::new(AppSecret::new("s3cret"), VerifyToken::new("to+ken &co"))
}

fn headers(signatures: &[&str]) -> HeaderMap {
    let named = |signature: &&str| {
        let value = HeaderValue::from_bytes(signature.as_bytes()).unwrap();
        (SIGNATURE_HEADER.parse().unwrap(), value)
    };
    signatures.iter().map(named).collect()
}

fn receive(receiver: &Receiver, body: &str, signatures: &[&str]) -> Result<(), Rejection> {
    let body = Bytes::copy_from_slice(body.as_bytes());
    receiver.receive(&headers(signatures), body).map(drop)
}

#[test]
fn only_one_signature_of_a_known_secret_is_proof() {
    let by = |secret: &str| sign(&AppSecret::new(secret), b"{}");
    let good = by("s3cret");
    assert_eq!(receive(&receiver(), "{}", &[&good]), Ok(()));
    for signatures in [
        vec![],
        vec![""],
        vec![by("other").as_str()],
        vec!["ümlaut"],
        vec![&good, &good],
        vec![&good, "sha256=0"],
    ] {
        assert_eq!(
            receive(&receiver(), "{}", &signatures),
            Err(Rejection::Unproved)
        );
    }
    let during_rotation = receiver().with_secret(AppSecret::new("new"));
    for secret in ["s3cret", "new"] {
        assert_eq!(receive(&during_rotation, "{}", &[&by(secret)]), Ok(()));
    }
}

#[test]
fn size_comes_before_proof_and_proof_before_reading() {
    let small = receiver().with_max_bytes(3);
    assert_eq!(
        receive(&small, "[  ]", &["forged"]),
        Err(Rejection::TooLarge)
    );
    assert_eq!(
        receive(&small, "{  ", &["forged"]),
        Err(Rejection::Unproved)
    );
    let good = sign(&AppSecret::new("s3cret"), b"{  ");
    let error = receive(&small, "{  ", &[&good]).unwrap_err();
    assert!(matches!(error, Rejection::NotJson(_)));
    assert_eq!(error.status(), StatusCode::BAD_REQUEST);
}

#[test]
fn a_handshake_is_read_as_it_stands_in_the_url() {
    let query = |token: &str| {
        format!("hub.mode=subscribe&hub.challenge=11%2F58&hub.verify_token={token}&hub.mode=x")
    };
    let receiver = receiver();
    assert_eq!(
        receiver.handshake(&query("to%2Bken+%26co")).as_deref(),
        Ok("11/58")
    );
    assert_eq!(
        receiver.handshake(&query("to+ken")),
        Err(Rejection::Refused)
    );
    assert_eq!(receiver.handshake(""), Err(Rejection::Missing("hub.mode")));
    assert!(!format!("{receiver:?}").contains("s3cret"));
}
