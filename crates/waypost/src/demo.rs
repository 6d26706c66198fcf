//! `waypost demo`: a customer writes, the gateway proves, stores and delivers it, an app answers, the customer reads.
//!
//! **Invariant:** every step shown was observed: at the simulator, at the app, or through the gateway's public API.

mod app;
mod board;
mod live;
mod setup;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use owo_colors::OwoColorize as _;
use serde_json::Value;
use tracing_subscriber::EnvFilter;
use waypost_server::Gateway;
use waypost_server::config::Environment;
use whatsapp_sim::{Person, Phone, Received, Sim};

use self::app::{ANSWER, App};
use self::board::{Board, until};
use crate::cli::Demo;
use crate::gateway::Api;
use crate::output;

/// What the customer writes.
const QUESTION: &str = "Hello! Is my order on its way?";
/// Longer than any step may take; the board's deadline comes first.
const PATIENCE: Duration = Duration::from_mins(1);

/// Everyone in the play.
struct Cast {
    sim: Sim,
    app: App,
    gateway: Gateway,
    api: Api,
    customer: Phone,
}

/// Runs the command.
pub(crate) async fn run(args: &Demo, environment: &Environment) -> anyhow::Result<()> {
    log(environment);
    // Kept to the end: dropping it removes the directory.
    let temporary = match &args.data {
        Some(_) => None,
        None => Some(tempfile::tempdir().context("cannot make a temporary directory")?),
    };
    let dir: PathBuf = match (&args.data, &temporary) {
        (Some(dir), _) => dir.clone(),
        (None, Some(temporary)) => temporary.path().to_owned(),
        (None, None) => bail!("there is no directory to work in"),
    };
    output::print(&format!(
        "{}\nMeta, the customer and the app are played by this program; nothing leaves this machine.\n\n",
        "A customer writes to a business, and the business's app answers.".bold()
    ))?;
    let board = Board::new();
    let mut cast = start(&board, &dir).await?;
    let answer = play(&board, &mut cast).await?;
    output::print(&format!(
        "\n{} in {:.2} s: the customer has read \"{answer}\".\n",
        "Done".green().bold(),
        board.elapsed().as_secs_f64(),
    ))?;
    if args.once {
        let stopped = stop(cast).await;
        output::print(&what_next(args.data.as_deref()))?;
        return stopped;
    }
    let done = live::run(&board, &mut cast, &dir).await;
    stop(cast).await?;
    done
}

/// Starts everyone, and lets Meta and the gateway shake hands.
async fn start(board: &Board, dir: &Path) -> anyhow::Result<Cast> {
    let sim = board
        .step("Meta listens", setup::simulator(), |sim| {
            format!("simulated, {}", sim.graph_url())
        })
        .await?;
    let app = board
        .step("the app listens", App::start(), |app| app.url.clone())
        .await?;
    let gateway = board
        .step(
            "the gateway listens",
            setup::gateway(dir, &sim, &app),
            |gateway| format!("http://{}, data in {}", gateway.addr(), dir.display()),
        )
        .await?;
    let url = format!("http://{}", gateway.addr());
    let callback = format!("{url}/webhooks/whatsapp/{}", setup::ACCOUNT);
    let handshake = async {
        sim.set_webhook_url(&callback)?;
        Ok(sim.handshake().await?)
    };
    board
        .step("Meta and gateway shake hands", handshake, |()| {
            callback.clone()
        })
        .await?;
    Ok(Cast {
        api: Api::new(&url, Some(gateway.local_key().to_owned()))?,
        customer: sim.phone(Person::with_number("+15550002222").named("Alex")),
        sim,
        app,
        gateway,
    })
}

/// The main job, once. Answers what the customer has read.
async fn play(board: &Board, cast: &mut Cast) -> anyhow::Result<String> {
    let Cast {
        sim,
        app,
        api,
        customer,
        ..
    } = cast;
    let wamid = board
        .step(
            "the customer writes",
            async { Ok(customer.write(QUESTION)) },
            |_| format!("\"{QUESTION}\""),
        )
        .await?;
    let event = board
        .step(
            "webhook proved and stored",
            stored(sim, api, &wamid),
            String::clone,
        )
        .await?;
    let called = async {
        let call = app.called_with("message.received").await?;
        ensure!(
            call.event_id == event,
            "the hook was called for {}, not for {event}",
            call.event_id
        );
        ensure!(call.is_signed, "the call was not signed");
        Ok(call)
    };
    board
        .step("the app's hook is called", called, |call| {
            format!("signed, {}", call.event_type)
        })
        .await?;
    let reply = board
        .step("the app's reply is queued", queued(api, &event), |reply| {
            reply.clone()
        })
        .await?;
    let sent = board
        .step(
            "the reply is sent to Meta",
            sent(sim, api, &reply),
            String::clone,
        )
        .await?;
    let received = board
        .step(
            "the customer gets it",
            received(customer, &sent),
            |received| format!("\"{}\"", received.text().unwrap_or_default()),
        )
        .await?;
    board
        .step(
            "the gateway knows",
            state(api, &reply, &["delivered", "read"]),
            |_| "delivered".to_owned(),
        )
        .await?;
    board
        .step(
            "the customer reads it",
            async {
                customer.read(&sent);
                Ok(())
            },
            |()| String::new(),
        )
        .await?;
    board
        .step("the gateway knows", state(api, &reply, &["read"]), |_| {
            "read".to_owned()
        })
        .await?;
    Ok(received.text().unwrap_or_default().to_owned())
}

/// Meta was told 200 for the message, and the gateway shows its event.
async fn stored(sim: &Sim, api: &Api, wamid: &str) -> anyhow::Result<String> {
    until(async || {
        Ok(sim
            .acknowledged()
            .iter()
            .any(|known| known == wamid)
            .then_some(()))
    })
    .await?;
    let path = format!(
        "/api/events?type=message.received&message_id={}",
        url::form_urlencoded::byte_serialize(wamid.as_bytes()).collect::<String>()
    );
    let events = api.get(&path).await?;
    let event = events["data"].as_array().and_then(|events| events.first());
    let id = event.and_then(|event| event["id"].as_str());
    Ok(id
        .context("Meta was answered 200, but the event is not there")?
        .to_owned())
}

/// The hook's answer has become a message of the gateway's own.
async fn queued(api: &Api, event: &str) -> anyhow::Result<String> {
    until(async || {
        let story = api.get(&format!("/api/trace/{event}")).await?;
        let steps = story["steps"].as_array().map_or(&[][..], Vec::as_slice);
        let ids = steps.iter().filter_map(|step| step["id"].as_str());
        Ok(ids
            .filter(|id| id.starts_with("msg_"))
            .map(str::to_owned)
            .next())
    })
    .await
}

/// Meta has taken the message, and the gateway knows Meta's id of it.
async fn sent(sim: &Sim, api: &Api, reply: &str) -> anyhow::Result<String> {
    let message = state(api, reply, &["sent", "delivered", "read"]).await?;
    let wamid = message["wamid"]
        .as_str()
        .context("the message was sent and has no id of Meta's")?;
    ensure!(
        sim.sends().iter().any(|send| send.wamid == wamid),
        "Meta knows nothing of {wamid}"
    );
    Ok(wamid.to_owned())
}

/// The customer's phone shows the answer.
async fn received(customer: &Phone, wamid: &str) -> anyhow::Result<Received> {
    let received = customer
        .next_message(PATIENCE)
        .await
        .context("the phone got nothing")?;
    ensure!(
        received.wamid == wamid,
        "the phone got {} instead",
        received.wamid
    );
    let text = received.text().unwrap_or_default();
    ensure!(
        text == format!("{ANSWER}{QUESTION}"),
        "the phone got another text: {text}"
    );
    Ok(received)
}

/// The gateway says that the message is in one of these states.
async fn state(api: &Api, id: &str, states: &[&str]) -> anyhow::Result<Value> {
    until(async || {
        let message = api.get(&format!("/api/messages/{id}")).await?;
        let state = message["state"].as_str().unwrap_or_default();
        ensure!(
            !matches!(state, "failed" | "uncertain"),
            "{id} is {state}: {}",
            message["error"]
        );
        Ok(states.contains(&state).then_some(message))
    })
    .await
}

async fn stop(cast: Cast) -> anyhow::Result<()> {
    cast.sim.drain().await;
    cast.gateway.stop().await;
    cast.sim.stop().await;
    Ok(())
}

fn what_next(kept: Option<&Path>) -> String {
    let kept = kept.map_or(String::new(), |dir| {
        let dir = dir.display();
        format!(
            "  waypost events --data {dir}       what the gateway remembers, running or not\n  \
             waypost deliveries --data {dir}   what the app was sent\n"
        )
    });
    format!(
        "\n{title}\n{kept}  \
         waypost demo           the same, and stay up to play with it\n  \
         waypost serve --help   run it with an account of your own\n",
        title = "Try next:".bold(),
    )
}

/// The play is on standard output; the logs only speak up when something is wrong, or when asked.
fn log(environment: &Environment) {
    let filter = environment.get("WAYPOST_LOG").unwrap_or("error");
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("error")))
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
}
