//! The first line is the header, the rest the body: whatever they are, only the one true signature is proof, and queries of any
//! shape are answered.
#![no_main]

use libfuzzer_sys::fuzz_target;
use whatsapp_cloud::secret::{AppSecret, VerifyToken};
use whatsapp_cloud::webhook::{Receiver, sign, verify};

fuzz_target!(|input: &[u8]| {
    let line = input.iter().position(|byte| *byte == b'\n');
    let (header, body) = input.split_at(line.unwrap_or(0));
    let header = String::from_utf8_lossy(header);
    let secret = AppSecret::new("an app's secret");
    let truth = sign(&secret, body);
    assert!(verify(&secret, body, &truth));
    assert_eq!(
        verify(&secret, body, &header),
        header.starts_with("sha256=") && header.eq_ignore_ascii_case(&truth)
    );
    let receiver = Receiver::new(secret, VerifyToken::new("a token nobody guesses"));
    let _ = receiver.handshake(&header);
});
