//! The main job, step by step, each observed where a user would look: at the phone, at Meta, at the app, through the API.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::Value;
use whatsapp_sim::{Phone, Received, Sim};

use super::Cast;
use super::app::ANSWER;
use super::board::{Board, until};
use crate::gateway::Api;

/// What the customer writes.
const QUESTION: &str = "Hello! Is my order on its way?";
/// Longer than any step may take; the board's deadline comes first.
const PATIENCE: Duration = Duration::from_mins(1);

/// The main job, once. Answers what the customer has read.
pub(super) async fn run(board: &Board, cast: &mut Cast) -> anyhow::Result<String> {
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
        if sim.acknowledged().iter().any(|known| known == wamid) {
            return Ok(Ok(()));
        }
        let posts = sim.posts();
        let answered = posts.iter().find_map(|post| post.last_status);
        Ok(Err(format!("the webhook was last answered {answered:?}")))
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
        let reply = ids
            .filter(|id| id.starts_with("msg_"))
            .map(str::to_owned)
            .next();
        Ok(reply.ok_or_else(|| {
            let last = steps.last().and_then(|step| step["text"].as_str());
            format!(
                "the last that is known of {event} is: {}",
                last.unwrap_or("nothing")
            )
        }))
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
        let instead = format!("{id} is {state}");
        Ok(if states.contains(&state) {
            Ok(message)
        } else {
            Err(instead)
        })
    })
    .await
}
