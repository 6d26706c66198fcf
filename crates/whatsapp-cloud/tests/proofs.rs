//! Whatever bodies, headers and queries come: only the one true signature is proof, and only the token opens the handshake.
#![cfg(feature = "webhook")]

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use proptest::prelude::*;
use whatsapp_cloud::secret::{AppSecret, VerifyToken};
use whatsapp_cloud::webhook::{Receiver, Rejection, SIGNATURE_HEADER, sign, verify, verify_any};

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 0..300)
}

fn receive(secret: AppSecret, body: &[u8], header: &[u8]) -> Result<(), Rejection> {
    let receiver = Receiver::new(secret, VerifyToken::new("token"));
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_bytes(header) {
        headers.insert(SIGNATURE_HEADER, value);
    }
    let body = Bytes::copy_from_slice(body);
    receiver.receive(&headers, body).map(drop)
}

proptest! {
    #[test]
    fn what_a_secret_signed_it_proves_and_no_other_does(body in bytes(), secret in ".{1,40}", other in ".{0,40}") {
        let (mine, theirs) = (AppSecret::new(&*secret), AppSecret::new(&*other));
        let header = sign(&mine, &body);
        prop_assert!(verify(&mine, &body, &header));
        prop_assert_eq!(verify_any(&[theirs.clone(), mine], &body, &header), Some(usize::from(other != secret)));
        prop_assert_eq!(verify(&theirs, &body, &header), other == secret);
    }

    #[test]
    fn one_changed_bit_of_body_or_header_is_no_proof(body in bytes(), place in any::<usize>(), bit in 0..8_u8) {
        let secret = AppSecret::new("s3cret");
        let header = sign(&secret, &body);
        if !body.is_empty() {
            let mut changed = body.clone();
            changed[place % body.len()] ^= 1 << bit;
            prop_assert!(!verify(&secret, &changed, &header));
        }
        let mut changed = header.clone().into_bytes();
        changed[place % header.len()] ^= 1 << bit;
        // Hexadecimal digits of either case are the same number.
        let is_same = String::from_utf8(changed.clone()).is_ok_and(|changed| {
            changed.starts_with("sha256=") && changed.eq_ignore_ascii_case(&header)
        });
        let outcome = receive(secret, &body, &changed);
        prop_assert_eq!(outcome == Err(Rejection::Unproved), !is_same);
    }

    #[test]
    fn no_header_that_somebody_makes_up_is_proof(body in bytes(), header in bytes(), text in "sha256=[0-9a-fA-F]{60,66}|.{0,80}") {
        let secret = AppSecret::new("s3cret");
        prop_assert!(!verify(&secret, &body, &text));
        prop_assert_eq!(receive(secret, &body, &header), Err(Rejection::Unproved));
    }

    #[test]
    fn only_the_token_opens_the_handshake(query in ".{0,120}", token in "[^\u{0}]{1,20}", challenge in ".{0,40}", guess in ".{0,20}") {
        let receiver = Receiver::new(AppSecret::new("s3cret"), VerifyToken::new(&*token));
        if !query.contains("hub.challenge") {
            prop_assert!(receiver.handshake(&query).is_err());
        }
        let ask = |token: &str| {
            form_urlencoded::Serializer::new(String::new())
                .append_pair("hub.mode", "subscribe")
                .append_pair("hub.verify_token", token)
                .append_pair("hub.challenge", &challenge)
                .finish()
        };
        prop_assert_eq!(receiver.handshake(&ask(&token)), Ok(challenge.clone()));
        if guess != token {
            prop_assert_eq!(receiver.handshake(&ask(&guess)), Err(Rejection::Refused));
        }
    }
}
