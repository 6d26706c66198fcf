//! The numbers of the business, by place: those the simulator was started with, then those that were added.
//!
//! **Invariant:** no number is ever taken out, so that a place means the same number for good.
//! **Invariant:** their lock is held within a line, so that it may be asked for by whoever holds the state.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use super::World;
use crate::config::Number;

#[derive(Debug)]
pub(crate) struct Numbers(RwLock<Vec<Arc<Number>>>);

impl Numbers {
    pub(super) fn new(numbers: &[Number]) -> Self {
        Self(RwLock::new(numbers.iter().cloned().map(Arc::new).collect()))
    }

    fn read(&self) -> RwLockReadGuard<'_, Vec<Arc<Number>>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl World {
    /// All of them, by place.
    pub(crate) fn numbers(&self) -> Vec<Arc<Number>> {
        self.numbers.read().clone()
    }

    /// The number at this place.
    pub(crate) fn number(&self, place: usize) -> Arc<Number> {
        self.numbers.read()[place].clone()
    }

    /// The place of the number with this id.
    pub(crate) fn number_by_id(&self, phone_number_id: &str) -> Option<usize> {
        let is_it = |number: &Arc<Number>| number.phone_number_id == phone_number_id;
        self.numbers.read().iter().position(is_it)
    }

    /// Adds a number, unless it is there.
    pub(crate) fn add_number(&self, number: Number) {
        let lock = self.numbers.0.write();
        let mut numbers = lock.unwrap_or_else(PoisonError::into_inner);
        let is_it = |known: &Arc<Number>| known.phone_number_id == number.phone_number_id;
        if !numbers.iter().any(is_it) {
            numbers.push(Arc::new(number));
        }
    }
}
