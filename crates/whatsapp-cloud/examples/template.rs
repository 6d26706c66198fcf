//! Sends a template by its Rust type: `cargo run --example template -- 491701234567 Ada`.
//!
//! `examples/templates/order_sent.rs` was made of the definition beside it by
//!
//! ```text
//! waypost templates codegen order_sent.json > order_sent.rs
//! ```
//!
//! so that a value that is missing, or that the template does not have, does not compile. Of the environment it wants
//! `WHATSAPP_TOKEN` and `PHONE_NUMBER_ID`, and `GRAPH_URL` for a simulator: `waypost sim --lenient`, since without that it wants the
//! template to be there, as Meta does.

#![expect(clippy::print_stdout, reason = "a program tells what it did")]

mod order_sent {
    include!("templates/order_sent.rs");
}

use std::collections::HashMap;

use order_sent::OrderSent;
use whatsapp_cloud::Client;
use whatsapp_cloud::client::GRAPH_URL;
use whatsapp_cloud::graph::messages::SendMessage;
use whatsapp_cloud::message::Message;
use whatsapp_cloud::secret::AccessToken;
use whatsapp_cloud::template::{check, codegen, render};

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
    let [to, first_name] = arguments else {
        return Err("usage: template RECIPIENT FIRST_NAME".into());
    };
    let setting = |name| environment.get(name).ok_or(format!("{name} is not set"));
    let graph_url = environment
        .get("GRAPH_URL")
        .map_or(GRAPH_URL, String::as_str);

    let template = OrderSent {
        first_name: first_name.clone(),
        day: "Monday".to_owned(),
        button_0_url: "A-1".to_owned(),
    }
    .into_template();

    // What a template without a Rust type is checked with, and what the phone will show.
    let definitions = codegen::read(include_str!("templates/order_sent.json"))?;
    assert!(check(&definitions[0], &template).is_empty());
    let shown = render(&definitions[0], &template).to_text();

    let client =
        Client::new(AccessToken::new(setting("WHATSAPP_TOKEN")?))?.with_base_url(graph_url)?;
    let message = Message::new(to.as_str(), template);
    let sent = client
        .send(&SendMessage::new(setting("PHONE_NUMBER_ID")?, &message)?)
        .await?;
    Ok(format!("sent: {}\n{shown}", sent.wamid))
}
