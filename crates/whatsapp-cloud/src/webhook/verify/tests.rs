use super::*;

/// `printf '%s' BODY | openssl dgst -sha256 -hmac s3cret`
const BODY: &[u8] = br#"{"text":"gr\u00fc\u00dfe \u00e0 la carte\/\u0040"}"#;

fn sign(secret: &str, body: &[u8]) -> String {
    super::sign(&AppSecret::new(secret), body)
}

#[test]
fn a_signature_by_another_implementation_is_proof() {
    let secret = AppSecret::new("s3cret");
    let header = "sha256=75e7e4a792d2236ffa80302d03f96aaffb45b0c148605a7fbe768a867574eb4b";
    assert!(verify(&secret, BODY, header));
    assert!(verify(
        &secret,
        BODY,
        &header.to_uppercase().replace("SHA256", "sha256")
    ));
}

#[test]
fn escapes_are_signed_as_they_were_written() {
    let secret = AppSecret::new("s3cret");
    let decoded: serde_json::Value = serde_json::from_slice(BODY).unwrap();
    let written_again = serde_json::to_vec(&decoded).unwrap();
    assert_ne!(written_again, BODY);
    assert!(!verify(&secret, &written_again, &sign("s3cret", BODY)));
}

#[test]
fn one_changed_byte_is_no_proof() {
    let header = sign("s3cret", BODY);
    for at in 0..BODY.len() {
        let mut body = BODY.to_vec();
        body[at] ^= 1;
        assert!(!verify(&AppSecret::new("s3cret"), &body, &header));
    }
}

#[test]
fn only_the_strict_header_form_is_read() {
    let secret = AppSecret::new("s3cret");
    let good = sign("s3cret", BODY);
    let digits = &good["sha256=".len()..];
    for header in [
        "",
        "sha256=",
        digits,
        &format!("sha1={digits}"),
        &format!("sha256= {digits}"),
        &format!("{good} "),
        &format!("{good}00"),
        &good[..good.len() - 1],
        &format!("SHA256={digits}"),
        "sha256=ümlaut",
        &format!("{good},{good}"),
    ] {
        assert!(!verify(&secret, BODY, header), "{header}");
    }
}

#[test]
fn during_a_rotation_either_secret_proves_and_is_named() {
    let secrets = ["new", "old"].map(AppSecret::new);
    assert_eq!(verify_any(&secrets, BODY, &sign("old", BODY)), Some(1));
    assert_eq!(verify_any(&secrets, BODY, &sign("new", BODY)), Some(0));
    assert_eq!(verify_any(&secrets, BODY, &sign("other", BODY)), None);
    assert_eq!(verify_any(&[], BODY, &sign("new", BODY)), None);
}

#[test]
fn an_empty_secret_proves_nothing() {
    assert!(!verify(&AppSecret::new(""), BODY, &sign("", BODY)));
}

#[test]
fn the_challenge_goes_back_to_whoever_knows_a_token() {
    let tokens = ["one", "two"].map(VerifyToken::new);
    let answer = |mode, token, challenge| handshake(mode, token, challenge, &tokens);
    assert_eq!(
        answer(Some("subscribe"), Some("two"), Some("1158201444")),
        Handshake::Accepted("1158201444")
    );
    assert_eq!(
        answer(Some("subscribe"), Some("three"), Some("1")),
        Handshake::Refused
    );
    assert_eq!(
        answer(Some("subscribe"), Some(""), Some("1")),
        Handshake::Refused
    );
    assert_eq!(
        answer(Some("unsubscribe"), Some("two"), Some("1")),
        Handshake::Refused
    );
    assert_eq!(
        answer(None, Some("two"), Some("1")),
        Handshake::Missing("hub.mode")
    );
    assert_eq!(
        answer(Some("subscribe"), None, Some("1")),
        Handshake::Missing("hub.verify_token")
    );
    assert_eq!(
        answer(Some("subscribe"), Some("two"), None),
        Handshake::Missing("hub.challenge")
    );
    assert_eq!(
        handshake(
            Some("subscribe"),
            Some(""),
            Some("1"),
            &[VerifyToken::new("")]
        ),
        Handshake::Refused
    );
}
