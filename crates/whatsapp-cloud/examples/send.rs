//! Sends a text: `cargo run --example send -- 491701234567 "Good morning"`.
//!
//! Of the environment it wants `WHATSAPP_TOKEN` and `PHONE_NUMBER_ID`. With `GRAPH_URL=http://127.0.0.1:8020` it goes to a
//! simulator (`waypost sim`) in place of Meta.

#![expect(clippy::print_stdout, reason = "a program tells what it did")]

use std::collections::HashMap;

use whatsapp_cloud::Client;
use whatsapp_cloud::client::GRAPH_URL;
use whatsapp_cloud::graph::messages::SendMessage;
use whatsapp_cloud::message::Message;
use whatsapp_cloud::secret::AccessToken;

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    println!("{}", run(&std::env::vars().collect(), &arguments).await?);
    Ok(())
}

pub(crate) async fn run(
    environment: &HashMap<String, String>,
    arguments: &[String],
) -> Result<String, Failure> {
    let [to, text] = arguments else {
        return Err("usage: send RECIPIENT TEXT".into());
    };
    let setting = |name| environment.get(name).ok_or(format!("{name} is not set"));
    let graph_url = environment
        .get("GRAPH_URL")
        .map_or(GRAPH_URL, String::as_str);

    let client =
        Client::new(AccessToken::new(setting("WHATSAPP_TOKEN")?))?.with_base_url(graph_url)?;
    // Refused before the network if Meta would refuse it: every violation at once, each with its place and limit.
    let message = SendMessage::new(
        setting("PHONE_NUMBER_ID")?,
        &Message::text(to.as_str(), text),
    )?;

    match client.send(&message).await {
        Ok(sent) => Ok(format!("sent: {}", sent.wamid)),
        // It may have gone out: whoever must not send twice waits for its status before trying again.
        Err(error) if error.is_ambiguous() => Err(format!("perhaps sent: {error}").into()),
        Err(error) => Err(format!("not sent: {error}. {}", error.advice()).into()),
    }
}
