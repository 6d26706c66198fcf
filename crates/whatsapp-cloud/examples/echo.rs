//! An echo bot: answers every text with itself, in its thread, after a moment of "typing…":
//! `cargo run --example echo --features axum,tower`.
//!
//! Of the environment it wants `WHATSAPP_TOKEN`, `APP_SECRET` and `VERIFY_TOKEN`, and `GRAPH_URL` for a simulator; it listens at
//! `LISTEN`, or else at 127.0.0.1:8080.

use std::collections::HashMap;

use tower::Layer as _;
use whatsapp_cloud::Client;
use whatsapp_cloud::client::GRAPH_URL;
use whatsapp_cloud::graph::messages::{MarkRead, SendMessage};
use whatsapp_cloud::message::Message;
use whatsapp_cloud::secret::{AccessToken, AppSecret, VerifyToken};
use whatsapp_cloud::webhook::message::Content;
use whatsapp_cloud::webhook::tower::ReceiveLayer;
use whatsapp_cloud::webhook::{self, Received, Receiver};

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

pub(crate) fn app(environment: &HashMap<String, String>) -> Result<axum::Router, Failure> {
    let setting = |name| environment.get(name).ok_or(format!("{name} is not set"));
    let graph_url = environment
        .get("GRAPH_URL")
        .map_or(GRAPH_URL, String::as_str);
    let client =
        Client::new(AccessToken::new(setting("WHATSAPP_TOKEN")?))?.with_base_url(graph_url)?;
    let receiver = Receiver::new(
        AppSecret::new(setting("APP_SECRET")?),
        VerifyToken::new(setting("VERIFY_TOKEN")?),
    );
    let bot = webhook::Router::new()
        .on_message(move |received| answer(client.clone(), received))
        .fallback(async |_| {});
    Ok(axum::Router::new().route_service("/webhook", ReceiveLayer::new(receiver).layer(bot)))
}

/// What fails is answered 500, and Meta sends the message again.
async fn answer(
    client: Client,
    received: Received<webhook::message::Message>,
) -> Result<(), Failure> {
    let Content::Text(text) = received.element.content() else {
        return Ok(());
    };
    let (Some(number), Some(text), Some(wamid)) = (
        &received.phone_number_id,
        text.body.get(),
        received.element.id.get(),
    ) else {
        return Ok(());
    };
    let read = MarkRead {
        phone_number_id: number.as_str().to_owned(),
        wamid: wamid.as_str().to_owned(),
        typing: true,
    };
    client.send(&read).await?;
    let Some(sender) = received.person.recipient() else {
        return Ok(());
    };
    let echo = Message::text(sender, text.as_str()).in_reply_to(wamid.as_str());
    client
        .send(&SendMessage::new(number.as_str(), &echo)?)
        .await?;
    Ok(())
}
