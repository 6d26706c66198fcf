//! `waypost demo`: a customer writes, the gateway proves, stores and delivers it, an app answers, the customer reads.
//!
//! **Invariant:** every step shown was observed: at the simulator, at the app, or through the gateway's public API.

mod app;
mod board;
mod live;
mod play;
mod setup;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use owo_colors::OwoColorize as _;
use tracing_subscriber::EnvFilter;
use waypost_server::Gateway;
use waypost_server::config::Environment;
use whatsapp_sim::{Person, Phone, Sim};

use self::app::App;
use self::board::Board;
use crate::cli::Demo;
use crate::gateway::Api;
use crate::output;

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
    setup::spare_others(&dir)?;
    output::print(&format!(
        "{}\nMeta, the customer and the app are played by this program; nothing leaves this machine.\n\n",
        "A customer writes to a business, and the business's app answers.".bold()
    ))?;
    let board = Board::new();
    let mut cast = start(&board, &dir).await?;
    let answer = play::run(&board, &mut cast).await?;
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

async fn stop(cast: Cast) -> anyhow::Result<()> {
    cast.sim.drain().await;
    cast.gateway.stop().await;
    cast.sim.stop().await;
    Ok(())
}

fn what_next(kept: Option<&Path>) -> String {
    let mut next = Vec::new();
    if let Some(dir) = kept {
        let dir = dir.display();
        next.push((
            format!("waypost events --data {dir}"),
            "what the gateway remembers, running or not",
        ));
        next.push((
            format!("waypost deliveries --data {dir}"),
            "what the app was sent",
        ));
    }
    next.push((
        "waypost demo".to_owned(),
        "the same, and stay up to play with it",
    ));
    next.push((
        "waypost serve --help".to_owned(),
        "run it with an account of your own",
    ));
    let width = next.iter().map(|(command, _)| command.len()).max();
    let width = width.unwrap_or_default();
    let lines = next.iter();
    let lines = lines.map(|(command, what)| format!("  {command:width$}   {what}\n"));
    format!("\n{}\n{}", "Try next:".bold(), lines.collect::<String>())
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
