//! `POST /api/messages`: a Cloud API message object and `account_id`, stored in the outbox before the 202.
//!
//! **Invariant:** two requests of one caller with one `Idempotency-Key` put one message into the outbox.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use waypost_core::account::Account;
use waypost_core::directory::Directory;
use waypost_core::id::OutboxId;
use waypost_core::message::{MessageState, Origin};
use waypost_core::outgoing::compose;
use waypost_store::Idempotency;

use super::named;
use crate::access::Caller;
use crate::app::App;
use crate::body;
use crate::config::Scope;
use crate::problem::{Code, Problem};

/// Of a request's body, in bytes.
const LIMIT: usize = 1 << 20;
/// Of an idempotency key, in bytes.
const LONGEST_KEY: usize = 255;

pub(super) async fn post(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Arc<Caller>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    caller.require(&[Scope::Send])?;
    super::require_json(&headers)?;
    let key = idempotency_key(&headers)?;
    let in_force = app.in_force.load_full();
    let read = body::read(body, LIMIT, &app.budget).await?;
    let mut object = body::object(&read.bytes, Code::InvalidMessage)?;
    let account = account(&mut object, &in_force.directory, &caller)?;
    let idempotency = key.map(|key| Idempotency {
        key: format!("{}\n{key}", caller.name),
        fingerprint: fingerprint(account, &object),
    });
    let is_repeatable = idempotency.is_some();
    let messages = compose(&account.id, object, Origin::Api).map_err(|problem| {
        Problem::from(Code::InvalidMessage)
            .detail(format!("`{}` {}", problem.path, problem.reason))
            .hint(problem.remedy)
    })?;
    let ids = app
        .store
        .enqueue(app.clock.now(), messages, idempotency)
        .await?;
    let id = *ids.first().ok_or(Code::Internal)?;
    let state = if is_repeatable {
        state_of(&app, id).await?
    } else {
        MessageState::Queued
    };
    tracing::debug!(message.id = %id, account.id = %account.id, "message queued");
    let answer = json!({"id": id, "account_id": account.id, "state": state, "ids": ids});
    let location = format!("/api/messages/{id}");
    let headers = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::LOCATION, location),
    ];
    Ok((StatusCode::ACCEPTED, headers, answer.to_string()).into_response())
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let mut values = headers.get_all("idempotency-key").iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    // White space around it belongs to HTTP; white space inside would be the caller's mistake.
    let key = value.to_str().unwrap_or_default().trim_matches([' ', '\t']);
    let is_key =
        key.bytes().all(|byte| byte.is_ascii_graphic()) && (1..=LONGEST_KEY).contains(&key.len());
    if is_key && values.next().is_none() {
        return Ok(Some(key));
    }
    Err(Problem::from(Code::InvalidHeader).detail(format!(
        "Idempotency-Key takes 1 to {LONGEST_KEY} visible ASCII characters, without spaces or control characters, once"
    )))
}

/// Takes `account_id` out of the object, and finds the account. It may be left out where there is only one to choose.
fn account<'a>(
    object: &mut Map<String, Value>,
    directory: &'a Directory,
    caller: &Caller,
) -> Result<&'a Account, Problem> {
    let account = match object.shift_remove("account_id") {
        Some(Value::String(id)) => named::account(&id, directory, caller)?,
        Some(_) => return Err(Problem::from(Code::NoSuchAccount).detail("`account_id` is a text")),
        None => {
            let mut mine = directory
                .accounts
                .iter()
                .filter(|one| one.enabled && caller.may_touch(&one.id));
            let first = mine.next().filter(|_| mine.next().is_none());
            return first.map_or_else(
                || {
                    Err(Problem::from(Code::NoSuchAccount).detail(
                        "`account_id` is missing, and there is not exactly one account to choose",
                    ))
                },
                able,
            );
        }
    };
    able(account)
}

fn able(account: &Account) -> Result<&Account, Problem> {
    let lacks = if !account.enabled {
        "the account is disabled"
    } else if account.phone_number_id.is_none() {
        "the account has no `phone_number_id`"
    } else if account.access_token.is_none() {
        "the account has no `access_token`"
    } else {
        return Ok(account);
    };
    Err(Problem::from(Code::AccountCannotSend).detail(lacks))
}

/// Of what the caller asked for, white space apart.
fn fingerprint(account: &Account, object: &Map<String, Value>) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update((account.id.as_str().len() as u64).to_le_bytes());
    hash.update(account.id.as_str().as_bytes());
    hash.update(serde_json::to_string(object).unwrap_or_default().as_bytes());
    hash.finalize().into()
}

async fn state_of(app: &App, id: OutboxId) -> Result<MessageState, Problem> {
    let message = app.store.message(id).await?;
    Ok(message.map_or(MessageState::Queued, |message| message.state))
}
