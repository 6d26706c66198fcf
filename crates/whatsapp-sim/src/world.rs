//! The simulated world: who has which phone, what was sent, and what the business has yet to be told.
//!
//! One lock over all of it, held for moments and never across an await.

mod media;
mod node;
mod number;
mod origin;
mod rules;
mod subscription;
mod template;
mod time;
mod token;
mod traffic;
mod writing;

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use tokio::runtime::Handle;
use tokio::sync::{Notify, Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::behaviour::Behaviour;
use crate::config::SimConfig;
use crate::fault::Faults;
use crate::journal::Journal;
use crate::jwe::OwnKey;
use crate::person::Person;
use crate::phone::Received;
use crate::webhook::Update;

pub use media::Media;
pub(crate) use media::{FOR_EVER_MS, RECEIVED_LIVES_MS, UPLOADED_LIVES_MS};
pub use node::Kind;
pub(crate) use node::Node;
use node::Nodes;
use number::Numbers;
pub(crate) use origin::{USER_ID, assignment_id};
use rules::Throughput;
pub(crate) use subscription::Override;
pub use token::Token;
pub(crate) use token::{MANAGEMENT, MESSAGING};

pub(crate) struct World {
    /// Where the simulator listens.
    pub(crate) address: SocketAddr,
    pub(crate) config: SimConfig,
    numbers: Numbers,
    pub(crate) http: reqwest::Client,
    pub(crate) tasks: TaskTracker,
    pub(crate) runtime: Handle,
    pub(crate) stopping: CancellationToken,
    pub(crate) post_slots: Semaphore,
    /// Updates that are neither held nor acknowledged nor given up.
    pub(crate) outstanding: watch::Sender<usize>,
    /// Milliseconds that were let pass besides those of the clock.
    pub(crate) passed: watch::Sender<u64>,
    /// Counts what happens, for whoever looks on.
    pub(crate) happenings: watch::Sender<u64>,
    /// Makes ids of different runs different.
    pub(crate) seed: u64,
    /// What encrypted payloads are encrypted for, made when it is first asked for; none if it could not be made.
    pub(crate) encryption_key: OnceLock<Option<OwnKey>>,
    state: Mutex<State>,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) phones: Vec<PhoneState>,
    pub(crate) by_handle: HashMap<String, usize>,
    pub(crate) messages: HashMap<String, Conversation>,
    /// What people wrote.
    pub(crate) written: HashMap<String, Written>,
    /// When somebody last wrote to a number, in milliseconds since the Unix epoch: by number and phone.
    pub(crate) last_written: HashMap<(usize, usize), u64>,
    pub(crate) throughput: Throughput,
    pub(crate) media: HashMap<String, Media>,
    pub(crate) nodes: Nodes,
    /// What came of uploads that go on.
    pub(crate) uploads: HashMap<String, Vec<u8>>,
    /// Whom a number does not hear: by number and phone.
    pub(crate) blocked: BTreeSet<(usize, usize)>,
    /// Who wants no marketing of a number: by number and phone.
    pub(crate) opted_out: BTreeSet<(usize, usize)>,
    pub(crate) token: Token,
    /// Business accounts whose webhooks nobody subscribed to.
    pub(crate) unsubscribed: HashSet<String>,
    /// Where the messages of a business account or a number go instead.
    pub(crate) overrides: HashMap<String, Override>,
    pub(crate) behaviour: Behaviour,
    pub(crate) faults: Faults,
    pub(crate) journal: Journal,
    /// Conversations with something to tell; each has a task that tells it.
    pub(crate) lanes: HashMap<Lane, VecDeque<Update>>,
    pub(crate) held: Vec<(Lane, Update)>,
    pub(crate) is_holding: bool,
    pub(crate) webhook_url: Option<reqwest::Url>,
    pub(crate) duplicate_next: u32,
    pub(crate) posts_acknowledged: u64,
    pub(crate) updates_told: u64,
    pub(crate) sequence: u64,
}

pub(crate) struct PhoneState {
    pub(crate) person: Person,
    /// How often it became another identity: by a new phone, or by WhatsApp set up anew.
    pub(crate) identities: u64,
    pub(crate) inbox: VecDeque<Received>,
    pub(crate) arrived: Arc<Notify>,
    pub(crate) sees_typing: bool,
    /// Switched off; what is sent to it waits.
    pub(crate) is_off: bool,
    pub(crate) undelivered: Vec<Received>,
}

/// A message that somebody wrote.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Written {
    pub(crate) number: usize,
    pub(crate) phone: usize,
    /// In milliseconds since the Unix epoch.
    pub(crate) at_ms: u64,
}

/// Where a message of the business went, kept for the statuses to come.
#[derive(Debug, Clone)]
pub(crate) struct Conversation {
    pub(crate) number: usize,
    pub(crate) phone: Option<usize>,
    pub(crate) recipient: String,
    /// The phones of a group's members; none if it went to one person.
    pub(crate) members: Option<Vec<usize>>,
    pub(crate) callback_data: Option<String>,
    /// As what it is billed.
    pub(crate) category: &'static str,
    /// Within the 24 hours in which answers cost nothing.
    pub(crate) is_free: bool,
    /// What became of it, and when, in milliseconds since the Unix epoch.
    pub(crate) events: Vec<(String, u64)>,
    /// Its number, from which its id is made.
    pub(crate) sequence: u64,
}

/// Why a message that was taken does not arrive.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) code: i64,
    pub(crate) details: String,
}

impl Failure {
    pub(crate) fn of_code(code: i64) -> Self {
        Self::because(code, format!("{}: simulated.", crate::code::title(code)))
    }

    pub(crate) fn because(code: i64, details: impl Into<String>) -> Self {
        Self {
            code,
            details: details.into(),
        }
    }
}

impl Conversation {
    /// When it first came so far.
    pub(crate) fn reached_at_ms(&self, status: &str) -> Option<u64> {
        let reached = self.events.iter().find(|(event, _)| event == status);
        reached.map(|(_, at_ms)| *at_ms)
    }
}

/// What must be told in order.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Lane {
    Phone {
        number: usize,
        phone: usize,
    },
    Stranger {
        number: usize,
        recipient: String,
    },
    Business,
    /// On its own, and late.
    Late(u64),
    /// Let go in an order of its own.
    Shuffled(u64),
}

impl World {
    pub(crate) fn new(
        address: SocketAddr,
        config: SimConfig,
        http: reqwest::Client,
        webhook_url: Option<reqwest::Url>,
        seed: u64,
    ) -> Self {
        Self {
            address,
            numbers: Numbers::new(&config.numbers),
            passed: watch::Sender::new(0),
            happenings: watch::Sender::new(0),
            post_slots: Semaphore::new(config.max_concurrent_posts.max(1)),
            http,
            tasks: TaskTracker::new(),
            runtime: Handle::current(),
            stopping: CancellationToken::new(),
            outstanding: watch::Sender::new(0),
            seed,
            encryption_key: OnceLock::new(),
            state: Mutex::new(State {
                webhook_url,
                behaviour: config.behaviour,
                nodes: origin::nodes(&config),
                ..State::default()
            }),
            config,
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // No code panics while it holds the lock in a half-done state; and a simulator goes on.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something happened that whoever looks on may want to see.
    pub(crate) fn happened(&self) {
        self.happenings.send_modify(|count| *count += 1);
    }

    pub(crate) fn next_wamid(&self, state: &mut State) -> String {
        state.sequence += 1;
        self.wamid(state.sequence)
    }

    /// The id of the message with this number.
    fn wamid(&self, sequence: u64) -> String {
        let mut id = [0; 17];
        id[0] = 0x18;
        id[1..9].copy_from_slice(&self.seed.to_be_bytes());
        id[9..].copy_from_slice(&sequence.to_be_bytes());
        format!("wamid.{}", STANDARD.encode(id))
    }

    /// The phone of a person, made if it is not there.
    pub(crate) fn phone(&self, person: Person) -> usize {
        self.state().phone(person)
    }
}

impl PhoneState {
    /// By which a business can tell that somebody is who they were.
    pub(crate) fn identity(&self) -> String {
        let told = format!("{}/{}", self.person.user_id, self.identities);
        STANDARD.encode(&Sha256::digest(told.as_bytes())[..8])
    }
}

impl State {
    /// Whether a number wants to know when people's identities change.
    pub(crate) fn watches_identities(&self, phone_number_id: &str) -> bool {
        let settings = self.nodes.children(phone_number_id, Kind::Settings);
        let setting = settings
            .first()
            .and_then(|node| node.members.get("user_identity_change"));
        setting.is_some_and(|setting| setting["enable_identity_key_check"] == true)
    }

    /// The phone of a person, made if it is not there.
    pub(crate) fn phone(&mut self, person: Person) -> usize {
        let known = person
            .handles()
            .find_map(|handle| self.by_handle.get(handle));
        if let Some(known) = known {
            return *known;
        }
        let place = self.phones.len();
        for handle in person.handles() {
            self.by_handle.insert(handle.clone(), place);
        }
        self.phones.push(PhoneState {
            person,
            identities: 0,
            inbox: VecDeque::new(),
            arrived: Arc::new(Notify::new()),
            sees_typing: false,
            is_off: false,
            undelivered: Vec::new(),
        });
        place
    }

    /// Whether this is a message of the last 30 days between a number and a recipient, whoever of the two wrote it.
    pub(crate) fn is_within(
        &self,
        wamid: &str,
        number: usize,
        recipient: &str,
        now_ms: u64,
    ) -> bool {
        const LASTS_MS: u64 = 30 * 24 * 60 * 60 * 1000;
        let phone = self.by_handle.get(recipient).copied();
        let at_ms = if let Some(written) = self.written.get(wamid) {
            (written.number == number && Some(written.phone) == phone).then_some(written.at_ms)
        } else {
            let sent = self.messages.get(wamid).filter(|sent| {
                let is_theirs =
                    sent.recipient == recipient || phone.is_some() && sent.phone == phone;
                sent.number == number && is_theirs
            });
            sent.and_then(|sent| sent.events.first().map(|(_, at_ms)| *at_ms))
        };
        at_ms.is_some_and(|at_ms| now_ms.saturating_sub(at_ms) < LASTS_MS)
    }
}
