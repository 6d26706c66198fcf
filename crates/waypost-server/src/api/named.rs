//! Hooks and accounts that a request names: known, or refused with the nearest that is.
//!
//! **Invariant:** no hint names what its caller may not see.

use waypost_core::account::{Account, AccountId};
use waypost_core::directory::Directory;
use waypost_core::hook::{Hook, HookId};
use waypost_store::{DeliveryQuery, Store};

use super::ask::did_you_mean;
use crate::access::Caller;
use crate::problem::{Code, Problem};

/// The hook with this id. `refusal` says that there is none.
pub(super) fn hook<'a>(
    id: &str,
    directory: &'a Directory,
    caller: &Caller,
    refusal: Problem,
) -> Result<&'a Hook, Problem> {
    let known = directory.hook(&HookId::from(id));
    known
        .filter(|hook| may_know(caller, hook))
        .ok_or_else(|| nearest_hook(refusal, id, directory, caller))
}

/// Whether a hook listens to an account that the caller may touch.
fn may_know(caller: &Caller, hook: &Hook) -> bool {
    let mut accounts = hook.accounts.iter();
    hook.accounts.is_empty() || accounts.any(|account| caller.may_touch(account))
}

/// The same, or one that has left the configuration and still has deliveries.
pub(super) async fn hook_or_former(
    id: &str,
    directory: &Directory,
    store: &dyn Store,
    caller: &Caller,
    refusal: Problem,
) -> Result<HookId, Problem> {
    let hook_id = HookId::from(id);
    let of_hook = DeliveryQuery {
        limit: 1,
        hook_id: Some(hook_id.clone()),
        ..DeliveryQuery::default()
    };
    let is_known = match directory.hook(&hook_id) {
        Some(hook) => may_know(caller, hook),
        None => caller.is_unlimited() && !store.deliveries(&of_hook).await?.items.is_empty(),
    };
    if is_known {
        return Ok(hook_id);
    }
    Err(nearest_hook(refusal, id, directory, caller))
}

fn nearest_hook(problem: Problem, id: &str, directory: &Directory, caller: &Caller) -> Problem {
    if !caller.is_unlimited() {
        return problem;
    }
    let hooks = directory.hooks.iter().map(|hook| hook.id.as_str());
    did_you_mean(problem, id, &hooks.collect::<Vec<_>>())
}

/// The account with this id, if the caller may touch it.
pub(super) fn account<'a>(
    id: &str,
    directory: &'a Directory,
    caller: &Caller,
) -> Result<&'a Account, Problem> {
    let known = directory.account(id);
    known
        .filter(|account| caller.may_touch(&account.id))
        .ok_or_else(|| {
            let code = if caller.may_touch(&AccountId::from(id)) {
                Code::NoSuchAccount
            } else {
                Code::AccountForbidden
            };
            nearest_account(code.into(), id, directory, caller)
        })
}

/// The problem with an account's id, with the nearest that the caller may touch.
pub(super) fn nearest_account(
    problem: Problem,
    id: &str,
    directory: &Directory,
    caller: &Caller,
) -> Problem {
    let accounts = directory.accounts.iter();
    let own: Vec<_> = accounts
        .filter(|account| caller.may_touch(&account.id))
        .map(|account| account.id.as_str())
        .collect();
    did_you_mean(problem, id, &own)
}
