//! Receives webhooks with axum: `cargo run --example receive --features axum`.
//!
//! Of the environment it wants `APP_SECRET` and `VERIFY_TOKEN`; it listens at `LISTEN`, or else at 127.0.0.1:8080. Against a
//! simulator:
//!
//! ```text
//! waypost sim --webhook-url http://127.0.0.1:8080/webhook --app-secret S --verify-token V
//! waypost sim say "Hello"
//! ```

#![expect(clippy::print_stdout, reason = "a program tells what it saw")]

use std::collections::HashMap;

use axum::Router;
use axum::routing::get;
use whatsapp_cloud::secret::{AppSecret, VerifyToken};
use whatsapp_cloud::webhook::{self, Notification, Receiver};

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let environment: HashMap<_, _> = std::env::vars().collect();
    let address = environment
        .get("LISTEN")
        .map_or("127.0.0.1:8080", String::as_str);
    let listener = tokio::net::TcpListener::bind(address).await?;
    Ok(axum::serve(listener, app(&environment)?).await?)
}

pub(crate) fn app(environment: &HashMap<String, String>) -> Result<Router, Failure> {
    let setting = |name| environment.get(name).ok_or(format!("{name} is not set"));
    let receiver = Receiver::new(
        AppSecret::new(setting("APP_SECRET")?),
        VerifyToken::new(setting("VERIFY_TOKEN")?),
    );
    Ok(Router::new()
        .route("/webhook", get(webhook::axum::handshake).post(receive))
        .with_state(receiver))
}

/// Whatever comes here was signed by Meta; everything else has been answered 401. The answer is 200.
async fn receive(notification: Notification) {
    for received in notification.received() {
        // Store it here, by `received.key`: Meta repeats what it takes for lost, and the key stays the same.
        println!(
            "{:?} in `{}`, {}",
            received.kind, received.field, received.key
        );
    }
}
