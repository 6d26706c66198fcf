//! An engine with everything it needs, and a clock that a test moves.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::Bytes;
use serde_json::json;
use tempfile::TempDir;
use url::Url;
use waypost_core::account::{Account, Senders, UncertainPolicy};
use waypost_core::delivery::{DeliveryState, DeliveryView};
use waypost_core::directory::Directory;
use waypost_core::event::{Body, EventType, Handles, NewEvent, Scope};
use waypost_core::hook::{Format, Hook, HookId, Order, Replies, RetrySchedule};
use waypost_core::id::{EventId, OutboxId};
use waypost_core::message::{MessageView, NewMessage, Origin, Recipient};
use waypost_core::route;
use waypost_core::time::UnixMillis;
use waypost_engine::{Clock as _, Engine, ManualClock, ResumeFrom, Setup};
use waypost_store::sqlite::SqliteStore;
use waypost_store::{DeliveryQuery, EventQuery, Store};
use whatsapp_cloud::secret::AccessToken;

pub(crate) const START: UnixMillis = UnixMillis(1_800_000_000_000);

pub(crate) struct House {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) directory: Arc<ArcSwap<Directory>>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) engine: Engine,
    dir: TempDir,
}

impl House {
    /// With these hooks, and nobody at the other end of the line to Meta.
    pub(crate) fn new(hooks: Vec<Hook>) -> Self {
        Self::with_graph(hooks, vec![account()], "http://127.0.0.1:9/")
    }

    pub(crate) fn with_graph(hooks: Vec<Hook>, accounts: Vec<Account>, graph: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let directory = Arc::new(ArcSwap::from_pointee(Directory { accounts, hooks }));
        Self::open(dir, directory, graph, START)
    }

    fn open(
        dir: TempDir,
        directory: Arc<ArcSwap<Directory>>,
        graph: &str,
        now: UnixMillis,
    ) -> Self {
        let options = waypost_store::sqlite::Options {
            ballast_bytes: 0,
            ..Default::default()
        };
        let store = SqliteStore::open(dir.path(), &options);
        let store: Arc<dyn Store> = Arc::new(store.unwrap());
        let clock = Arc::new(ManualClock::new(now));
        let mut setup = Setup::new(
            Arc::clone(&store),
            Arc::clone(&directory),
            Arc::clone(&clock) as _,
            graph.parse().unwrap(),
            7,
        );
        setup.graph_timeout = Duration::from_millis(500);
        Self {
            engine: Engine::start(setup).unwrap(),
            store,
            directory,
            clock,
            dir,
        }
    }

    /// Stops, and starts again over what was stored.
    pub(crate) async fn restart(self) -> Self {
        self.restart_towards("http://127.0.0.1:9/").await
    }

    /// The same, with Meta at the other end of the line.
    pub(crate) async fn restart_towards(self, graph: &str) -> Self {
        assert!(self.engine.stop(Duration::from_mins(1)).await);
        let Self {
            store,
            directory,
            clock,
            engine,
            dir,
        } = self;
        drop(engine);
        assert_eq!(Arc::strong_count(&store), 1, "somebody holds the store");
        drop(store);
        Self::open(dir, directory, graph, clock.now())
    }

    pub(crate) async fn pause(&self, hook: &str, reason: &str) {
        self.engine.pause_hook(&hook.into(), reason).await.unwrap();
    }

    pub(crate) async fn resume(&self, hook: &str, from: ResumeFrom) -> usize {
        let resumed = self.engine.resume_hook(&hook.into(), from).await;
        resumed.unwrap().skipped
    }

    /// Accepts one event from a contact, for every hook.
    pub(crate) async fn accept(&self, contact: &str, number: u64) -> EventId {
        self.accept_all(&[(contact, number)]).await[0]
    }

    pub(crate) async fn accept_all(&self, events: &[(&str, u64)]) -> Vec<EventId> {
        let mut events: Vec<NewEvent> = events
            .iter()
            .map(|(contact, number)| event(contact, *number))
            .collect();
        route::route(&mut events, &self.directory.load());
        let accepted = self.store.accept(self.clock.now(), events).await.unwrap();
        accepted.iter().map(|one| one.id.unwrap()).collect()
    }

    pub(crate) async fn enqueue(&self, to: &str, number: u64) -> OutboxId {
        let message = NewMessage {
            account_id: "main".into(),
            recipient: Recipient::Contact(handles(to)),
            body: json!({"to": to, "type": "text", "text": {"body": "hi"}, "n": number})
                .to_string(),
            origin: Origin::Api,
        };
        let ids = self.store.enqueue(self.clock.now(), vec![message], None);
        ids.await.unwrap()[0]
    }

    pub(crate) async fn drain(&self) {
        let drained = tokio::time::timeout(Duration::from_mins(2), self.engine.drain());
        drained.await.expect("the engine never became quiet");
    }

    /// Lets time pass, in steps, doing what falls due in each.
    pub(crate) async fn pass(&self, span: Duration, step: Duration) {
        let end = self.clock.now().plus(span);
        self.drain().await;
        while self.clock.now() < end {
            self.clock.advance(step.min(end.since(self.clock.now())));
            self.drain().await;
        }
    }

    pub(crate) async fn deliveries(&self, hook: &str) -> Vec<DeliveryView> {
        let query = DeliveryQuery {
            limit: 1000,
            hook_id: Some(hook.into()),
            ..DeliveryQuery::default()
        };
        self.store.deliveries(&query).await.unwrap().items
    }

    pub(crate) async fn states(&self, hook: &str) -> Vec<DeliveryState> {
        let deliveries = self.deliveries(hook).await;
        deliveries.iter().map(|delivery| delivery.state).collect()
    }

    pub(crate) async fn message(&self, id: OutboxId) -> MessageView {
        self.store.message(id).await.unwrap().unwrap()
    }

    pub(crate) async fn events_of(&self, event_type: EventType) -> usize {
        let query = EventQuery {
            limit: 1000,
            event_type: Some(event_type),
            ..EventQuery::default()
        };
        self.store.events(&query).await.unwrap().items.len()
    }
}

/// A hook that gets everything, as the event's own text.
pub(crate) fn hook(id: &str, url: &Url) -> Hook {
    Hook {
        id: HookId::from(id),
        name: None,
        url: url.clone(),
        method: "POST".to_owned(),
        headers: Vec::new(),
        active: true,
        accounts: Vec::new(),
        events: Vec::new(),
        format: Format::Meta,
        secrets: Vec::new(),
        order: Order::Bounded,
        replies: Replies::Messages,
        timeout: Duration::from_millis(500),
        in_flight: 32,
        retry: RetrySchedule::default(),
        backlog: 1_000_000,
        private_network: true,
    }
}

pub(crate) fn account() -> Account {
    Account {
        id: "main".into(),
        enabled: true,
        phone_number_id: Some("1001".to_owned()),
        business_account_id: None,
        phone_number: None,
        api_version: "v25.0".to_owned(),
        access_token: Some(AccessToken::new("token")),
        verify_token: None,
        app_secrets: Vec::new(),
        allow_unsigned: true,
        senders: Senders::Everyone,
        uncertain: UncertainPolicy::Hold,
        throughput: 80,
    }
}

fn handles(number: &str) -> Handles {
    Handles {
        wa_id: Some(number.to_owned()),
        ..Handles::default()
    }
}

pub(crate) fn event(contact: &str, number: u64) -> NewEvent {
    let text = json!({"from": contact, "n": number}).to_string();
    NewEvent {
        event_type: EventType::MessageReceived,
        account_id: "main".into(),
        timestamp: START,
        message_id: Some(format!("wamid.{number}")),
        key: None,
        handles: handles(contact),
        scope: Scope::Contact,
        status: None,
        body: Body {
            raw: 0..text.len(),
            text: Bytes::from(text),
        },
        foreign: false,
        quarantined: None,
        targets: Vec::new(),
    }
}
