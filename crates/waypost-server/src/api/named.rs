//! Hooks and accounts that a request names: known, or refused with the nearest that is.
//!
//! **Invariant:** no hint names what its caller may not see.

use waypost_core::account::{Account, AccountId};
use waypost_core::directory::Directory;
use waypost_core::hook::{Hook, HookId};

use super::ask::did_you_mean;
use crate::access::Caller;
use crate::problem::{Code, Problem};

/// The hook with this id; to callers who may see all of them. `refusal` says that there is none.
pub(super) fn hook<'a>(
    id: &str,
    directory: &'a Directory,
    refusal: Problem,
) -> Result<&'a Hook, Problem> {
    directory.hook(&HookId::from(id)).ok_or_else(|| {
        let known: Vec<_> = directory
            .hooks
            .iter()
            .map(|hook| hook.id.as_str())
            .collect();
        did_you_mean(refusal, id, &known)
    })
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
