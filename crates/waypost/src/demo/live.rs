//! The demo after its main job: it stays up, the customer's phone answers, and every line typed is written by the customer.

use std::io::BufRead as _;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use owo_colors::OwoColorize as _;
use tokio::sync::mpsc;
use whatsapp_sim::Received;

use super::app::ANSWER;
use super::board::Board;
use super::{Cast, setup};
use crate::output;
use crate::serve::Stops;

/// The phone is asked again when it has been silent for so long.
const SILENCE: Duration = Duration::from_hours(1);

/// Stays up until Ctrl-C.
pub(super) async fn run(board: &Board, cast: &mut Cast, dir: &Path) -> anyhow::Result<()> {
    output::print(&what_next(cast, dir))?;
    let mut stops = Stops::new()?;
    let mut lines = typed_lines()?;
    let mut typing = true;
    loop {
        tokio::select! {
            () = stops.next() => return output::print("\nStopping.\n"),
            () = cast.gateway.wait() => anyhow::bail!("the gateway ended by itself"),
            received = cast.customer.next_message(SILENCE) => {
                if let Some(received) = received {
                    answer(board, cast, &received)?;
                }
            }
            line = lines.recv(), if typing => match line {
                Some(line) => {
                    let wamid = cast.customer.write(&line);
                    board.say(&"→".cyan(), "the customer writes", &format!("\"{line}\" ({wamid})"))?;
                }
                // Standard input has ended; Ctrl-C ends the demo.
                None => typing = false,
            },
        }
    }
}

/// The customer reads everything, and answers whatever the app itself did not write.
fn answer(board: &Board, cast: &Cast, received: &Received) -> anyhow::Result<()> {
    let text = received.text().unwrap_or("(no text)");
    board.say(
        &"←".green(),
        "the customer gets and reads",
        &format!("\"{text}\" ({})", received.wamid),
    )?;
    cast.customer.read(&received.wamid);
    if !text.starts_with(ANSWER) {
        let reply = "Thanks, got it!";
        cast.customer.reply(&received.wamid, reply);
        board.say(&"→".cyan(), "the customer answers", &format!("\"{reply}\""))?;
    }
    Ok(())
}

/// What is typed, line by line. The thread ends with the input or with the process.
fn typed_lines() -> anyhow::Result<mpsc::UnboundedReceiver<String>> {
    let (typed, lines) = mpsc::unbounded_channel();
    std::thread::Builder::new()
        .name("typed-lines".to_owned())
        .spawn(move || {
            for line in std::io::stdin().lock().lines() {
                let Ok(line) = line else { return };
                if !line.trim().is_empty() && typed.send(line.trim().to_owned()).is_err() {
                    return;
                }
            }
        })
        .context("cannot start a thread")?;
    Ok(lines)
}

fn what_next(cast: &Cast, given: &Path) -> String {
    let url = format!("http://{}", cast.gateway.addr());
    let key = cast.gateway.local_key();
    // Whoever pastes it may stand somewhere else.
    let dir = std::path::absolute(given);
    let dir = dir.as_deref().unwrap_or(given);
    let data = dir.display();
    let number = cast.customer.person().phone_number.unwrap_or_default();
    format!(
        "
{title} Type a line and press Enter to write as the customer. Ctrl-C ends it.
In another terminal:

  waypost send --data {data} --to {number} --text 'It arrives today' --wait=read
  waypost events --data {data}
  waypost deliveries --data {data}
  waypost trace --data {data} evt_…          any id shown above
  curl -H 'Authorization: Bearer {key}' {url}/api/events
  curl -H 'Authorization: Bearer {key}' {url}/metrics
  less {data}/{configuration}

",
        title = "It stays up.".bold(),
        configuration = setup::CONFIGURATION,
    )
}
