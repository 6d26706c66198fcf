//! Any bytes are answered; every update keeps its bytes, and decodes and encodes to the value it was.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use whatsapp_cloud::webhook::parse;

fuzz_target!(|body: &[u8]| {
    let Ok(payload) = parse(body) else {
        assert!(serde_json::from_slice::<Value>(body).is_err());
        return;
    };
    assert!(!payload.updates().is_empty());
    for update in payload.updates() {
        let (notification, raw) = update.notification();
        assert_eq!(&notification[raw], update.raw);
        let _ = (update.key().digest(), update.contact(), update.timestamp());
        if let Ok(decoded) = update.decode() {
            let value: Value = serde_json::from_str(update.raw).expect("it was decoded");
            assert_eq!(serde_json::to_value(decoded).expect("JSON"), value);
        }
    }
});
