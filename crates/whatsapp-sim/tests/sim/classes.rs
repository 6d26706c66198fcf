//! Every class of error that the SDK tells apart, provoked here and seen by its client.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use whatsapp_cloud::client::Client;
use whatsapp_cloud::error::{Error, ErrorClass};
use whatsapp_cloud::graph::account::{GetAccount, RemoveUser};
use whatsapp_cloud::graph::identity::SetUsername;
use whatsapp_cloud::graph::media::UploadMedia;
use whatsapp_cloud::graph::messages::SendMessage;
use whatsapp_cloud::graph::phone_number::GetPhoneNumber;
use whatsapp_cloud::graph::registration::{Deregister, SyncAppData};
use whatsapp_cloud::message::Message;
use whatsapp_cloud::secret::AccessToken;
use whatsapp_cloud::transport::reqwest::{Limits, ReqwestTransport};
use whatsapp_sim::{Behaviour, Clock, Fault, Kind, Sim, SimConfig, Token, Window};

use crate::caller::{CUSTOMER, account_id, number_id};

const NOW_MS: u64 = 1_790_000_000_000;

/// What was provoked so far.
struct Provoked(BTreeSet<String>);

impl Provoked {
    fn saw(&mut self, class: ErrorClass, answer: Result<(), Error>) {
        let error = answer.expect_err("a refusal");
        assert_eq!(error.api().map(|api| api.class), Some(class), "{error}");
        self.0.insert(format!("{class:?}"));
    }
}

/// The classes there are, from their source.
fn declared() -> BTreeSet<String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../whatsapp-cloud/src/error/class.rs");
    let source = std::fs::read_to_string(source).unwrap();
    let (_, rest) = source.split_once("pub enum ErrorClass {").unwrap();
    let (body, _) = rest.split_once('}').unwrap();
    let names = body
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("//"));
    names
        .map(|name| name.trim_end_matches(',').to_owned())
        .collect()
}

#[tokio::test]
async fn every_class_of_error_is_provoked_and_seen_as_such() {
    // Time stands still, so that limits do not relax meanwhile.
    let config = SimConfig {
        clock: Clock::new(|| NOW_MS),
        ..SimConfig::default()
    };
    let sim = Sim::start(config).await.unwrap();
    let transport = Arc::new(ReqwestTransport::new(Limits::default()).unwrap());
    let client = Client::over(transport, AccessToken::new("sim-access-token"));
    let client = client.with_base_url(&sim.graph_url()).unwrap();
    let text = async |to: &str| {
        let call = SendMessage::new(number_id(), &Message::text(to, "hi")).unwrap();
        client.send(&call).await.map(drop)
    };
    let template = async |name: &str| {
        let body = json!({"to": CUSTOMER, "type": "template", "template": {"name": name, "language": {"code": "en"}}});
        let call = SendMessage::raw(number_id(), &body.to_string()).unwrap();
        client.send(&call).await.map(drop)
    };
    let behave = |behaviour: Behaviour| sim.behave(behaviour);
    let mut provoked = Provoked(BTreeSet::new());

    let stranger = client.clone().with_token(AccessToken::new("guessed"));
    let asked = GetPhoneNumber::new(number_id());
    provoked.saw(ErrorClass::Auth, stranger.send(&asked).await.map(drop));
    provoked.saw(
        ErrorClass::Invalid,
        client.send(&GetPhoneNumber::new("42")).await.map(drop),
    );
    provoked.saw(ErrorClass::Recipient, text("15550001111").await);

    behave(Behaviour {
        window: Window::Refused,
        ..Behaviour::default()
    });
    provoked.saw(ErrorClass::WindowClosed, text(CUSTOMER).await);
    behave(Behaviour {
        pair_limit: true,
        ..Behaviour::default()
    });
    for _ in 0..45 {
        text(CUSTOMER).await.unwrap();
    }
    provoked.saw(ErrorClass::ThrottledPair, text(CUSTOMER).await);
    sim.pass(Duration::from_mins(5));
    behave(Behaviour {
        sends_per_second: 1,
        ..Behaviour::default()
    });
    text(CUSTOMER).await.unwrap();
    provoked.saw(ErrorClass::Throttled, text(CUSTOMER).await);
    behave(Behaviour::default());

    for (status, class) in [
        ("paused", ErrorClass::Hold),
        ("disabled", ErrorClass::Template),
    ] {
        let members = json!({"name": status, "language": "en", "status": status.to_uppercase()});
        sim.put(Kind::Template, status, &account_id(), members);
        provoked.saw(class, template(status).await);
    }
    let large = UploadMedia::new(number_id(), "image/png", "a.png", vec![0; (5 << 20) + 1]);
    let unchecked = client.clone().without_checks();
    provoked.saw(ErrorClass::Media, unchecked.send(&large).await.map(drop));
    let username = SetUsername::new(number_id(), "Not a username");
    let refused = unchecked.send(&username).await.map(drop);
    provoked.saw(ErrorClass::Username, refused);

    let members = json!({"is_on_biz_app": true, "last_onboarded_time": NOW_MS / 1000});
    sim.put(Kind::Number, "43", &account_id(), members);
    let sync = SyncAppData::new("43", "history");
    client.send(&sync).await.unwrap();
    provoked.saw(ErrorClass::Coexistence, client.send(&sync).await.map(drop));

    for (code, class) in [
        (131_016, ErrorClass::Transient),
        (999_999, ErrorClass::Unknown),
    ] {
        sim.fail_next(Fault::Code(code));
        provoked.saw(class, text(CUSTOMER).await);
    }
    client.send(&Deregister::new(number_id())).await.unwrap();
    provoked.saw(ErrorClass::Account, text(CUSTOMER).await);

    let remove = RemoveUser::new(account_id(), "122100000000001");
    client.send(&remove).await.unwrap();
    let account = GetAccount::new(account_id());
    provoked.saw(
        ErrorClass::Permission,
        client.send(&account).await.map(drop),
    );
    sim.set_token(Token {
        scopes: Vec::new(),
        ..Token::default()
    });
    provoked.saw(
        ErrorClass::Permission,
        client.send(&account).await.map(drop),
    );

    assert_eq!(provoked.0, declared());
    sim.stop().await;
}
