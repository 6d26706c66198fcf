//! The directory: every account and hook of one configuration, looked up by whatever names them.

use crate::account::{Account, AccountId};
use crate::hook::{Hook, HookId};

/// The accounts and hooks in force. Replaced whole on a reload.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    /// In the order of the configuration; ids are unique, and so are `phone_number_id`s.
    pub accounts: Vec<Account>,
    /// In the order of the configuration; ids are unique.
    pub hooks: Vec<Hook>,
}

impl Directory {
    /// The account of this name, enabled or not.
    pub fn account(&self, id: &str) -> Option<&Account> {
        self.accounts
            .iter()
            .find(|account| account.id.as_str() == id)
    }

    /// The enabled account with Meta's number id.
    pub fn account_by_number(&self, phone_number_id: &str) -> Option<&Account> {
        self.accounts
            .iter()
            .find(|a| a.enabled && a.phone_number_id.as_deref() == Some(phone_number_id))
    }

    /// The hook of this name.
    pub fn hook(&self, id: &HookId) -> Option<&Hook> {
        self.hooks.iter().find(|hook| hook.id == *id)
    }

    /// Whether an account of this name exists.
    pub fn has_account(&self, id: &AccountId) -> bool {
        self.account(id.as_str()).is_some()
    }
}
