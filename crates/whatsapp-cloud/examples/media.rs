//! Uploads a file, sends it, and fetches it again: `cargo run --example media -- 491701234567 invoice.pdf application/pdf`.
//!
//! Of the environment it wants `WHATSAPP_TOKEN` and `PHONE_NUMBER_ID`, and `GRAPH_URL` for a simulator.

#![expect(clippy::print_stdout, reason = "a program tells what it did")]

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use whatsapp_cloud::Client;
use whatsapp_cloud::client::GRAPH_URL;
use whatsapp_cloud::graph::messages::SendMessage;
use whatsapp_cloud::message::{Media, Message};
use whatsapp_cloud::secret::AccessToken;
use whatsapp_cloud::transport::Body;

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
    let [to, path, mime_type] = arguments else {
        return Err("usage: media RECIPIENT FILE MIME_TYPE".into());
    };
    let setting = |name| environment.get(name).ok_or(format!("{name} is not set"));
    let graph_url = environment
        .get("GRAPH_URL")
        .map_or(GRAPH_URL, String::as_str);
    let number = setting("PHONE_NUMBER_ID")?;
    let client =
        Client::new(AccessToken::new(setting("WHATSAPP_TOKEN")?))?.with_base_url(graph_url)?;

    let file = Bytes::from(std::fs::read(path)?);
    let name = Path::new(path)
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    // A progress bar would follow this number; any stream of pieces is a body, too.
    let uploaded = Arc::new(AtomicU64::new(0));
    let told = uploaded.clone();
    let body =
        Body::from(file.clone()).with_progress(move |bytes| told.store(bytes, Ordering::Relaxed));
    let media = client
        .upload(number.as_str(), mime_type, name.clone(), body)
        .await?;

    let document = Media::id(media.id.as_str())
        .filename(name)
        .caption("Yours, as promised");
    let message = Message::document(to.as_str(), document);
    let sent = client.send(&SendMessage::new(number, &message)?).await?;

    // The token goes to Meta's hosts only; length and digest are checked before the stream ends.
    let mut download = client.download(media.id).await?;
    let mut fetched = Vec::new();
    while let Some(piece) = download.chunk().await {
        fetched.extend_from_slice(&piece?);
    }
    Ok(format!(
        "sent: {}\n{} bytes went up, {} came down, {}",
        sent.wamid,
        uploaded.load(Ordering::Relaxed),
        fetched.len(),
        if file == fetched {
            "the same"
        } else {
            "others"
        }
    ))
}
