//! Webhooks from Meta: proved, stored, and only then answered 200. `docs/webhooks.md` lists every answer.
//!
//! | path | for |
//! |---|---|
//! | `/webhooks/whatsapp/{account_id}` | one account |
//! | `/webhooks/whatsapp`, `/whatsapp`, `/webhook` | all accounts, routed by number, else by business account |
//!
//! **Invariant:** the order of checks is 404, 413, 401, 400, 503; a 200 means that the store has committed everything in it.
//! **Invariant:** nothing unsigned comes in on a path that accounts share.

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::{RawQuery, Request, State};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, StatusCode, header};
use url::form_urlencoded;
use waypost_core::account::Account;
use waypost_core::normalise::{Door, normalise};
use waypost_core::route::route;
use waypost_store::Accepted;
use whatsapp_cloud::secret::AppSecret;
use whatsapp_cloud::webhook::{self, Handshake};

use crate::app::{App, InForce};
use crate::body;
use crate::openapi::{self, Access, Operation, Parameter, any_text, text};
use crate::problem::{Code, Problem};
use crate::segment::Segment;
use crate::watch::Seen;

const SIGNATURE: &str = "x-hub-signature-256";

pub(crate) fn routes() -> Router<Arc<App>> {
    openapi::router(operations(), "")
}

const HANDSHAKE: [Parameter; 3] = [
    Parameter::query("hub.mode", "`subscribe`", text),
    Parameter::query("hub.verify_token", "The account's verify token", text),
    Parameter::query("hub.challenge", "Answered as it came", text),
];
const PROOF: Parameter =
    Parameter::header("X-Hub-Signature-256", "Over the bytes of the body", text);

pub(crate) fn operations() -> Vec<Operation> {
    let account = "/webhooks/whatsapp/{account_id}";
    let mut all = vec![
        handshake_operation(Operation::get(account, account_handshake))
            .named("handshakeOfAccount", "Meta's handshake with one account"),
        post_operation(Operation::post(account, account_post))
            .named("receiveForAccount", "Webhooks of one account"),
    ];
    for (path, names) in [
        ("/webhooks/whatsapp", ["handshake", "receive"]),
        ("/whatsapp", ["handshakeAtWhatsapp", "receiveAtWhatsapp"]),
        ("/webhook", ["handshakeAtWebhook", "receiveAtWebhook"]),
    ] {
        let [handshake, receive] = names;
        all.push(
            handshake_operation(Operation::get(path, shared_handshake))
                .named(handshake, "Meta's handshake with all accounts"),
        );
        all.push(
            post_operation(Operation::post(path, shared_post))
                .named(receive, "Webhooks of all accounts"),
        );
    }
    all
}

fn handshake_operation(operation: Operation) -> Operation {
    operation
        .query(&HANDSHAKE)
        .problems(&[
            Code::UnknownAccount,
            Code::HandshakeIncomplete,
            Code::HandshakeRefused,
        ])
        .answers_with(200, "The challenge", "text/plain; charset=utf-8", any_text)
}

fn post_operation(operation: Operation) -> Operation {
    operation
        .access(Access::Signed)
        .query(&[PROOF])
        .body::<openapi::answers::Webhook>()
        .problems(&[
            Code::UnknownAccount,
            Code::SignatureUnconfigured,
            Code::SignatureMissing,
            Code::SignatureWrong,
            Code::StoreFull,
            Code::StoreUnavailable,
        ])
        .answers_nothing(200, "Everything in it is stored")
}

async fn account_handshake(
    State(app): State<Arc<App>>,
    Segment(account_id): Segment,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let in_force = app.in_force.load();
    let account = enabled(&in_force, &account_id)?;
    handshake(query.as_deref(), account.verify_token.as_slice())
}

async fn shared_handshake(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let in_force = app.in_force.load();
    some_enabled(&in_force)?;
    handshake(query.as_deref(), &in_force.tokens)
}

async fn account_post(
    State(app): State<Arc<App>>,
    Segment(account_id): Segment,
    request: Request,
) -> Response {
    post(&app, Some(&account_id), request).await
}

async fn shared_post(State(app): State<Arc<App>>, request: Request) -> Response {
    post(&app, None, request).await
}

async fn post(app: &App, account_id: Option<&str>, request: Request) -> Response {
    let began = Instant::now();
    let (head, body) = request.into_parts();
    match receive(app, account_id, &head.headers, body).await {
        Ok(stored) => {
            app.metrics.acknowledged(
                began.elapsed(),
                stored.accepted,
                stored.duplicates,
                stored.quarantined,
            );
            if let Some(watch) = &app.watch {
                stored.seen.tell(&stored.events, began.elapsed(), &**watch);
            }
            StatusCode::OK.into_response()
        }
        Err(problem) => {
            let code = problem.code().as_str();
            app.metrics.answered(code);
            if app.refusals.is_due(app.clock.now()) {
                tracing::warn!(
                    code,
                    "webhook refused; further refusals are counted, and logged at debug, for ten seconds"
                );
            } else {
                tracing::debug!(code, "webhook refused");
            }
            problem.into_response()
        }
    }
}

/// What became of a webhook.
struct Stored {
    accepted: u64,
    duplicates: u64,
    quarantined: u64,
    /// As they came.
    seen: Seen,
    /// What became of each.
    events: Vec<Accepted>,
}

async fn receive(
    app: &App,
    account_id: Option<&str>,
    headers: &HeaderMap,
    body: Body,
) -> Result<Stored, Problem> {
    // Held across the reading of the body: one request sees one configuration.
    let in_force = app.in_force.load_full();
    let account = match account_id {
        Some(id) => Some(enabled(&in_force, id)?),
        None => some_enabled(&in_force).map(|()| None)?,
    };
    let read = body::read(body, app.webhook_limit, &app.budget).await?;
    let door = admit(&in_force, account, headers, &read.bytes)?;
    let payload = webhook::parse(&read.bytes)
        .map_err(|error| Problem::from(Code::NotJson).detail(error.to_string()))?;
    let now = app.clock.now();
    let mut events = normalise(&payload, &door, now);
    drop(payload);
    drop(read);
    route(&mut events, &in_force.directory);
    let quarantined = events
        .iter()
        .filter(|event| event.quarantined.is_some())
        .count() as u64;
    let seen = Seen::of(&events, app.watch.as_ref());
    let accepted = app.store.accept(now, events).await?;
    let duplicates = accepted.iter().filter(|one| one.duplicate).count() as u64;
    let stored = Stored {
        accepted: accepted.len() as u64 - duplicates,
        duplicates,
        quarantined,
        seen,
        events: accepted,
    };
    tracing::debug!(
        stored.accepted,
        stored.duplicates,
        stored.quarantined,
        "webhook stored"
    );
    Ok(stored)
}

/// Through which door a webhook comes in, if it is proved or needs no proof.
fn admit<'a>(
    in_force: &'a InForce,
    account: Option<&'a Account>,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Door<'a>, Problem> {
    let directory = &*in_force.directory;
    let (secrets, allow_unsigned): (&[AppSecret], bool) = match account {
        Some(account) => (&account.app_secrets, account.allow_unsigned),
        None => (&in_force.secrets, false),
    };
    // Without a secret there is nothing to hold a signature against: as good as unsigned.
    let signature = headers.get(SIGNATURE).filter(|_| !secrets.is_empty());
    let Some(signature) = signature else {
        return match account {
            Some(account) if allow_unsigned => Ok(Door::account(account, None, directory)),
            _ if secrets.is_empty() => Err(Code::SignatureUnconfigured.into()),
            _ => Err(Code::SignatureMissing.into()),
        };
    };
    // With a secret at hand, a signature that is there has to fit, even where none is asked for.
    let secret = signature
        .to_str()
        .ok()
        .and_then(|signature| webhook::verify_any(secrets, body, signature))
        .map(|index| &secrets[index])
        .ok_or(Code::SignatureWrong)?;
    Ok(match account {
        Some(account) => Door::account(account, Some(secret), directory),
        None => Door::shared(secret, directory),
    })
}

fn handshake(
    query: Option<&str>,
    tokens: &[whatsapp_cloud::secret::VerifyToken],
) -> Result<Response, Problem> {
    let mut parameters = [None, None, None];
    for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        let place = match &*name {
            "hub.mode" => 0,
            "hub.verify_token" => 1,
            "hub.challenge" => 2,
            _ => continue,
        };
        parameters[place].get_or_insert(value);
    }
    let [mode, token, challenge] = &parameters;
    match webhook::handshake(
        mode.as_deref(),
        token.as_deref(),
        challenge.as_deref(),
        tokens,
    ) {
        Handshake::Accepted(challenge) => {
            tracing::info!("webhook handshake accepted");
            Ok((
                [(header::CONTENT_TYPE, "text/plain; charset=utf-8")],
                challenge.to_owned(),
            )
                .into_response())
        }
        Handshake::Missing(name) => {
            Err(Problem::from(Code::HandshakeIncomplete).detail(format!("{name} is missing")))
        }
        _ => {
            tracing::warn!("webhook handshake refused: wrong verify token or mode");
            Err(Code::HandshakeRefused.into())
        }
    }
}

fn enabled<'a>(in_force: &'a InForce, account_id: &str) -> Result<&'a Account, Problem> {
    in_force
        .directory
        .account(account_id)
        .filter(|account| account.enabled)
        .ok_or_else(|| Code::UnknownAccount.into())
}

fn some_enabled(in_force: &InForce) -> Result<(), Problem> {
    let mut accounts = in_force.directory.accounts.iter();
    if accounts.any(|account| account.enabled) {
        Ok(())
    } else {
        Err(Code::UnknownAccount.into())
    }
}
