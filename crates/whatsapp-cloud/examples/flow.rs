//! The data endpoint of a flow, with axum: `cargo run --example flow --features flows`.
//!
//! The flow books a table: screen `DAY` asks for a day, `HOUR` for an hour of it. Of the environment it wants `APP_SECRET` and
//! `FLOW_KEY`, the file with the private key whose public half Meta has; it listens at `LISTEN`, or else at 127.0.0.1:8080.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::json;
use whatsapp_cloud::flow::{Action, Ask, BAD_SIGNATURE, Endpoint, PrivateKey, Reply};
use whatsapp_cloud::secret::AppSecret;
use whatsapp_cloud::webhook;

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

struct Booking {
    secret: AppSecret,
    endpoint: Endpoint,
}

pub(crate) fn app(environment: &HashMap<String, String>) -> Result<Router, Failure> {
    let setting = |name| environment.get(name).ok_or(format!("{name} is not set"));
    // Read once: it costs far more than a call does.
    let key = PrivateKey::from_pem(&std::fs::read_to_string(setting("FLOW_KEY")?)?)?;
    let booking = Booking {
        secret: AppSecret::new(setting("APP_SECRET")?),
        endpoint: Endpoint::new(key),
    };
    Ok(Router::new()
        .route("/flow", post(exchange))
        .with_state(Arc::new(booking)))
}

async fn exchange(
    State(booking): State<Arc<Booking>>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, String) {
    let signature = headers
        .get("X-Hub-Signature-256")
        .and_then(|value| value.to_str().ok());
    let (status, text) = if webhook::verify(&booking.secret, &body, signature.unwrap_or_default()) {
        // Health checks and notices of errors are answered without `next`.
        let answer = booking.endpoint.answer(&body, next);
        (answer.status, answer.body)
    } else {
        (BAD_SIGNATURE, String::new())
    };
    (StatusCode::from_u16(status).unwrap_or_default(), text)
}

/// The screen after this one.
fn next(ask: &Ask) -> Reply {
    let screen = ask.screen.get().map_or("", |screen| screen.as_str());
    let entered = |name: &str| ask.data.get().and_then(|data| data.0.get(name)).cloned();
    match (ask.action.get(), screen) {
        (Some(Action::DataExchange), "DAY") => Reply::screen(
            "HOUR",
            json!({"day": entered("day"), "hours": ["18:00", "20:00"]}),
        ),
        (Some(Action::DataExchange), "HOUR") => {
            let token = ask.flow_token.get().map_or("", |token| token.as_str());
            let chosen = entered("hour").map(|hour| ("hour".to_owned(), hour));
            Reply::finish(token, chosen.into_iter().collect())
        }
        _ => Reply::screen("DAY", json!({})),
    }
}
