//! Any body is answered: 421 with nothing, unless it was encrypted for this key.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use whatsapp_cloud::flow::{CANNOT_DECRYPT, Endpoint, PrivateKey, Reply};

static ENDPOINT: LazyLock<Endpoint> = LazyLock::new(|| {
    let pem = include_str!("../../tests/fixtures/flow_key_pkcs8.pem");
    Endpoint::new(PrivateKey::from_pem(pem).expect("a key"))
});

fuzz_target!(|body: &[u8]| {
    if let Ok(text) = std::str::from_utf8(body) {
        let _ = PrivateKey::from_pem(text);
    }
    let answer = ENDPOINT.answer(body, |ask| {
        let _ = (ask.client_error(), format!("{ask:?}"));
        Reply::ok(serde_json::json!({}))
    });
    assert!(answer.status == CANNOT_DECRYPT || !answer.body.is_empty());
});
