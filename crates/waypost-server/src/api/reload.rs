//! `POST /api/reload`: reads the configuration again, as SIGHUP does, and tells what changed.

use axum::Extension;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use serde::Deserialize;
use serde_json::json;

use super::Asked;
use super::ask::{self, Query};
use super::read::{Answer, Json};
use crate::config::Scope;
use crate::problem::{Code, Problem};
use crate::reload::Error;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reload {
    #[serde(default)]
    without_accounts: bool,
}

/// `POST /api/reload`
pub(super) async fn post(
    (State(app), Extension(caller)): Asked,
    RawQuery(query): RawQuery,
    body: Body,
) -> Answer {
    caller.require(&[Scope::Admin])?;
    if !caller.is_unlimited() {
        return Err(Problem::from(Code::AccountForbidden)
            .detail("the configuration is of all accounts, and this key is limited to some"));
    }
    Query::read(query.as_deref(), &[])?;
    let Reload { without_accounts } = ask::object(body, &app).await?;
    let reloading = tokio::task::spawn_blocking(move || app.reload.again(&app, without_accounts));
    let Ok(reloaded) = reloading.await else {
        return Err(Code::Internal.into());
    };
    let changes = reloaded.map_err(|error| match error {
        Error::NoSource => Problem::from(Code::NotReloadable),
        Error::NoAccountsLeft => Problem::from(Code::NoAccountsLeft),
        Error::Configuration(errors) => {
            Problem::from(Code::ConfigurationWrong).detail(errors.to_string())
        }
    })?;
    let told = changes.changes.iter().map(|change| {
        json!({
            "kind": change.thing.as_str(),
            "id": change.id,
            "change": change.what.as_str(),
            "keys": change.keys,
        })
    });
    let warnings = changes.warnings.iter();
    let warnings: Vec<_> = warnings
        .map(|warning| json!({"key": warning.key, "text": warning.text}))
        .collect();
    Json::of(&json!({
        "changes": told.collect::<Vec<_>>(),
        "after_restart": changes.after_restart,
        "warnings": warnings,
    }))
}
