//! `waypost sim`: a simulator of Meta, until Ctrl-C.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Context as _;
use owo_colors::OwoColorize as _;
use serde_json::json;
use whatsapp_cloud::secret::{AccessToken, AppSecret, VerifyToken};
use whatsapp_sim::{Behaviour, Number, RetrySchedule, Sim, SimConfig};

use super::live::Live;
use crate::cli::SimStart;
use crate::failure::{Code, Failure};
use crate::output;
use crate::serve::Stops;

/// Runs the command.
pub(super) async fn run(args: &SimStart) -> anyhow::Result<()> {
    let mut stops = Stops::new()?;
    let sim = Sim::start(config(args)).await.map_err(|error| {
        let hint = "is one running already? --port takes another port, 0 a free one";
        anyhow::Error::from(error)
            .context(Failure::new(Code::Failed, "the simulator did not start").hint(hint))
    })?;
    if args.json {
        output::print_json(&document(&sim, args).to_string())?;
    } else {
        output::print(&introduction(&sim, args))?;
    }
    if let Some(url) = &args.webhook_url {
        let shaken = tokio::select! {
            shaken = sim.handshake() => shaken,
            () = stops.next() => return stop(&sim).await,
        };
        let said = match shaken {
            Ok(()) => format!("{} {url} shook hands\n", "✓".green()),
            Err(error) => format!(
                "{} {url}: {error}; webhooks are posted there all the same\n",
                "!".yellow()
            ),
        };
        if !args.json {
            output::announce(&said);
        }
    }
    let mut live = Live::default();
    let mut happenings = sim.happenings();
    loop {
        tokio::select! {
            () = stops.next() => break,
            // The simulator, which is ours, outlives this loop.
            changed = happenings.changed() => changed.context("the simulator ended by itself")?,
        }
        if !args.json {
            // A simulator that others use goes on when nobody watches it.
            output::announce(&live.news(&sim));
        }
    }
    stop(&sim).await
}

async fn stop(sim: &Sim) -> anyhow::Result<()> {
    sim.stop().await;
    Ok(())
}

fn config(args: &SimStart) -> SimConfig {
    let kind = Behaviour {
        everyone_has_a_phone: true,
        ..Behaviour::default()
    };
    let rules = if args.lenient {
        kind
    } else {
        Behaviour::like_meta()
    };
    SimConfig {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, args.port)),
        app_secret: AppSecret::new(args.app_secret.clone()),
        verify_token: VerifyToken::new(args.verify_token.clone()),
        access_token: AccessToken::new(args.access_token.clone()),
        numbers: vec![Number {
            phone_number_id: args.phone_number_id.clone(),
            ..Number::default()
        }],
        webhook_url: args.webhook_url.as_ref().map(ToString::to_string),
        retry: RetrySchedule::like_meta(),
        behaviour: Behaviour {
            phones_read: args.phones_read,
            ..rules
        },
        ..SimConfig::default()
    }
}

fn document(sim: &Sim, args: &SimStart) -> serde_json::Value {
    let number = &sim.config().numbers[0];
    json!({
        "graph_url": sim.graph_url(),
        "control_url": format!("{}/sim", sim.graph_url()),
        "phone_number_id": number.phone_number_id,
        "business_account_id": number.business_account_id,
        "display_phone_number": number.display_phone_number,
        "webhook_url": args.webhook_url.as_ref().map(ToString::to_string),
    })
}

fn introduction(sim: &Sim, args: &SimStart) -> String {
    let number = &sim.config().numbers[0];
    let url = sim.graph_url();
    let webhooks = match &args.webhook_url {
        Some(url) => format!("go to {url}"),
        None => format!(
            "wait, until told where to go: --webhook-url URL, or
  curl -X PUT {url}/sim/webhook -H 'Content-Type: application/json' -d '{{\"url\": \"…\", \"handshake\": true}}'"
        ),
    };
    let say = if args.port == sim.addr().port() && args.port == 8020 {
        "waypost sim say 'Hello!' --wait 10".to_owned()
    } else {
        format!("waypost sim say 'Hello!' --wait 10 --sim {url}")
    };
    format!(
        "{title} Nothing leaves this machine. Ctrl-C ends it.

A gateway of Waypost talks to it with this in its configuration; another client with the same values:

  graph_url = \"{url}\"

  [[account]]
  id = \"sim\"
  phone_number_id = \"{phone_number_id}\"
  business_account_id = \"{business_account_id}\"
  access_token = \"{access_token}\"
  app_secret = \"{app_secret}\"
  verify_token = \"{verify_token}\"
  senders = \"everyone\"

Webhooks {webhooks}
In another terminal, a customer writes and waits for an answer:

  {say}

",
        title = format!("A simulated Meta listens on {url}.").bold(),
        phone_number_id = number.phone_number_id,
        business_account_id = number.business_account_id,
        access_token = args.access_token,
        app_secret = args.app_secret,
        verify_token = args.verify_token,
    )
}
