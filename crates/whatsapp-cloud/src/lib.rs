//! The WhatsApp Business Cloud API in Rust.

pub mod secret;
