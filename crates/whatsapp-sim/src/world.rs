//! The simulated world: who has which phone, what was sent, and what the business has yet to be told.
//!
//! One lock over all of it, held for moments and never across an await.

mod traffic;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::runtime::Handle;
use tokio::sync::{Notify, Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::SimConfig;
use crate::fault::Faults;
use crate::journal::Journal;
use crate::person::Person;
use crate::phone::Received;
use crate::webhook::Update;

pub(crate) struct World {
    pub(crate) config: SimConfig,
    pub(crate) http: reqwest::Client,
    pub(crate) tasks: TaskTracker,
    pub(crate) runtime: Handle,
    pub(crate) stopping: CancellationToken,
    pub(crate) post_slots: Semaphore,
    /// Updates that are neither held nor acknowledged nor given up.
    pub(crate) outstanding: watch::Sender<usize>,
    /// Makes ids of different runs different.
    pub(crate) seed: u64,
    state: Mutex<State>,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) phones: Vec<PhoneState>,
    pub(crate) by_handle: HashMap<String, usize>,
    pub(crate) messages: HashMap<String, Conversation>,
    /// The phone that wrote a message.
    pub(crate) written_by: HashMap<String, usize>,
    pub(crate) faults: Faults,
    pub(crate) journal: Journal,
    /// Conversations with something to tell; each has a task that tells it.
    pub(crate) lanes: HashMap<Lane, VecDeque<Update>>,
    pub(crate) held: Vec<(Lane, Update)>,
    pub(crate) is_holding: bool,
    pub(crate) webhook_url: Option<reqwest::Url>,
    pub(crate) duplicate_next: u32,
    pub(crate) posts_acknowledged: u64,
    sequence: u64,
}

pub(crate) struct PhoneState {
    pub(crate) person: Person,
    pub(crate) inbox: VecDeque<Received>,
    pub(crate) arrived: Arc<Notify>,
    pub(crate) sees_typing: bool,
}

/// Where a message of the business went, kept for the statuses to come.
#[derive(Debug, Clone)]
pub(crate) struct Conversation {
    pub(crate) number: usize,
    pub(crate) phone: Option<usize>,
    pub(crate) recipient: String,
    pub(crate) callback_data: Option<String>,
}

/// What must be told in order.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Lane {
    Phone { number: usize, phone: usize },
    Stranger { number: usize, recipient: String },
    Business,
}

impl World {
    pub(crate) fn new(
        config: SimConfig,
        http: reqwest::Client,
        webhook_url: Option<reqwest::Url>,
        seed: u64,
    ) -> Self {
        Self {
            post_slots: Semaphore::new(config.max_concurrent_posts.max(1)),
            http,
            tasks: TaskTracker::new(),
            runtime: Handle::current(),
            stopping: CancellationToken::new(),
            outstanding: watch::Sender::new(0),
            seed,
            state: Mutex::new(State {
                webhook_url,
                ..State::default()
            }),
            config,
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // No code panics while it holds the lock in a half-done state; and a simulator goes on.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now_ms(&self) -> u64 {
        self.config.clock.now_ms()
    }

    pub(crate) fn number_by_id(&self, phone_number_id: &str) -> Option<usize> {
        let is_it = |number: &crate::config::Number| number.phone_number_id == phone_number_id;
        self.config.numbers.iter().position(is_it)
    }

    pub(crate) fn next_wamid(&self, state: &mut State) -> String {
        state.sequence += 1;
        let mut id = [0; 17];
        id[0] = 0x18;
        id[1..9].copy_from_slice(&self.seed.to_be_bytes());
        id[9..].copy_from_slice(&state.sequence.to_be_bytes());
        format!("wamid.{}", STANDARD.encode(id))
    }

    /// The phone of a person, made if it is not there.
    pub(crate) fn phone(&self, person: Person) -> usize {
        let mut state = self.state();
        let known = person
            .handles()
            .find_map(|handle| state.by_handle.get(handle));
        if let Some(known) = known {
            return *known;
        }
        let place = state.phones.len();
        for handle in person.handles() {
            state.by_handle.insert(handle.clone(), place);
        }
        state.phones.push(PhoneState {
            person,
            inbox: VecDeque::new(),
            arrived: Arc::new(Notify::new()),
            sees_typing: false,
        });
        place
    }
}
