//! What must be there for the calls of the SDK's list to succeed: every object they name, in the state they want it in.

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use whatsapp_cloud::Client;
use whatsapp_cloud::graph::block::{BlockUser, BlockUsers};
use whatsapp_cloud::graph::preverified::RequestPreverifiedCode;
use whatsapp_cloud::graph::registration::RequestCode;
use whatsapp_cloud::graph::settings::{GetSettings, UpdateSettings};
use whatsapp_cloud::graph::upload::{UploadBytes, UploadSession};
use whatsapp_cloud::secret::{AccessToken, AppSecret};
use whatsapp_cloud::transport::reqwest::{Limits, ReqwestTransport};
use whatsapp_sim::{Clock, Kind, Number, Person, Sim, SimConfig};

use crate::jwe::{self, Key};

/// When all of it happens, in seconds since the epoch: a while after the figures that are asked for.
const NOW: u64 = 1_700_700_000;

pub(crate) struct Scene {
    pub(crate) sim: Sim,
    /// Calls as the business's user.
    pub(crate) client: Client,
    /// Calls as the app itself.
    pub(crate) app: Client,
    /// Somebody who shakes hands.
    pub(crate) hook: String,
    /// A message that is encrypted for the number.
    pub(crate) encrypted: String,
    key: Key,
    _server: JoinSet<()>,
}

impl Scene {
    pub(crate) async fn new() -> Self {
        let mut server = JoinSet::new();
        let hook = hook(&mut server).await;
        let number = Number {
            phone_number_id: "100".to_owned(),
            business_account_id: "200".to_owned(),
            ..Number::default()
        };
        let secret = AppSecret::new("SECRET");
        let config = SimConfig {
            app_id: "400".to_owned(),
            business_id: "300".to_owned(),
            app_secret: secret.clone(),
            numbers: vec![number],
            clock: Clock::new(|| NOW * 1000),
            ..SimConfig::default()
        };
        let token = config.access_token.clone();
        let sim = Sim::start(config).await.unwrap();
        let transport = ReqwestTransport::new(Limits::default()).unwrap();
        let client = Client::over(std::sync::Arc::new(transport), token)
            .with_base_url(&sim.graph_url())
            .unwrap();
        let app = client
            .clone()
            .with_token(AccessToken::of_app(&"400".into(), &secret));
        let mut scene = Self {
            sim,
            client,
            app,
            hook,
            encrypted: String::new(),
            key: Key::new(),
            _server: server,
        };
        scene.number();
        let theirs = scene.encryption().await;
        let message = json!({"messaging_product": "whatsapp", "to": "491701234567", "type": "text", "text": {"body": "hello"}});
        scene.encrypted = jwe::seal(&theirs, &message);
        scene
    }

    /// Switches encrypted payloads on; answers the key to encrypt for.
    async fn encryption(&self) -> String {
        let wanted = json!({"status": "enabled", "client_encryption_key": self.key.told()});
        let switch = UpdateSettings::new("100").payload_encryption(wanted);
        self.client.send(&switch).await.unwrap();
        let settings = self.client.send(&GetSettings::new("100")).await.unwrap();
        let encryption = settings.payload_encryption.get().unwrap();
        encryption
            .cloud_encryption_key
            .get()
            .unwrap()
            .as_str()
            .to_owned()
    }

    /// Everything as the next call wants it, whatever the one before did.
    pub(crate) async fn set(&self, call: &str) {
        self.people();
        self.business();
        self.number();
        self.templates_and_flows();
        self.partners();
        let session = UploadSession::of("upload:ABC=?sig=D-E_F");
        let file = Bytes::from_static(b"the ");
        let begin = UploadBytes {
            session,
            file_offset: 0,
            file,
        };
        // An upload that is not over answers no handle.
        drop(self.client.send(&begin).await);
        self.set_apart(call).await;
    }

    /// What some calls want in another state than the rest.
    async fn set_apart(&self, call: &str) {
        let solution = |status: &str, pending: &str| {
            let told = json!({
                "name": "Together",
                "status": status,
                "status_for_pending_request": pending,
                "kept": {"partner": "401"},
            });
            self.put(Kind::Solution, "900", "400", told);
        };
        match call {
            "RequestCode" | "VerifyCode" => {
                let number =
                    json!({"status": "PENDING", "code_verification_status": "NOT_VERIFIED"});
                self.put(Kind::Number, "100", "200", number);
            }
            "SyncAppData" => {
                let number = json!({"is_on_biz_app": true, "last_onboarded_time": NOW});
                self.put(Kind::Number, "100", "200", number);
            }
            "AcceptSolution" | "RejectSolution" => solution("INITIATED", "PENDING_ACTIVATION"),
            "AcceptSolutionDeactivation" | "RejectSolutionDeactivation" => {
                solution("ACTIVE", "PENDING_DEACTIVATION");
            }
            "SendEncrypted" => {
                self.encryption().await;
            }
            "UnblockUsers" => {
                let block = BlockUsers::new("100", [BlockUser::UserId("DE.abc".into())]);
                self.client.send(&block).await.unwrap();
            }
            "PublishFlow" => self.flow("DRAFT"),
            "DeprecateFlow" => self.flow("PUBLISHED"),
            _ => {}
        }
        match call {
            "VerifyCode" => {
                let ask = RequestCode::new("100", "SMS", "en_US");
                self.client.send(&ask).await.unwrap();
            }
            "VerifyPreverifiedCode" => {
                let ask = RequestPreverifiedCode::new("910", "SMS", "en_US");
                self.client.send(&ask).await.unwrap();
            }
            _ => {}
        }
    }

    fn flow(&self, status: &str) {
        let json = r#"{"version": "7.3", "screens": [{"id": "FIRST"}]}"#;
        let told = json!({"name": "Flow", "status": status, "kept": {"json": json}});
        self.put(Kind::Flow, "1000", "200", told);
    }

    fn put(&self, kind: Kind, id: &str, of: &str, members: Value) {
        self.sim.put(kind, id, of, members);
    }

    fn people(&self) {
        let hello = json!({"id": "wamid.A", "type": "text", "text": {"body": "hello"}});
        let hello = hello.as_object().unwrap().clone();
        self.sim.phone("491701234567").write_raw(hello);
        let mut shy = Person::without_number("ada");
        "DE.abc".clone_into(&mut shy.user_id);
        self.sim.phone(shy).write("hello");
        let mut known = Person::without_number("lia");
        "DE.1".clone_into(&mut known.user_id);
        self.sim.phone(known).write("hello");
    }

    fn business(&self) {
        self.put(Kind::Business, "301", "", json!({"name": "Partner"}));
        self.put(Kind::App, "401", "301", json!({"name": "Partner's App"}));
        self.put(Kind::User, "800", "300", json!({"name": "A. User"}));
        for account in ["200", "201"] {
            let told = json!({"name": "A Shop", "is_enabled_for_insights": true});
            self.put(Kind::Account, account, "300", told);
        }
        self.put(
            Kind::Assignment,
            "200:800",
            "200",
            json!({"user": "800", "tasks": ["MANAGE"]}),
        );
        let webhooks = json!({"object": "whatsapp_business_account"});
        self.put(
            Kind::AppSubscription,
            "400:whatsapp_business_account",
            "400",
            webhooks,
        );
        self.put(
            Kind::CreditLine,
            "301300",
            "300",
            json!({"legal_entity_name": "A Shop"}),
        );
        self.put(Kind::Code, "CODE", "400", json!({}));
        self.put(Kind::Token, "SHORT", "400", json!({}));
        let upload = json!({"file_length": 19, "file_type": "application/pdf", "sig": "D-E_F"});
        self.put(Kind::Upload, "upload:ABC=", "400", upload);
        self.put(
            Kind::Signup,
            "500",
            "200",
            json!({"status": "ACTIVE", "signup_message": "Hear of us"}),
        );
    }

    fn number(&self) {
        let number = json!({
            "display_phone_number": "15550001111",
            "verified_name": "A Shop",
            "code_verification_status": "VERIFIED",
            "status": "CONNECTED",
        });
        self.put(Kind::Number, "100", "200", number);
        self.put(Kind::AccountNumber, "101", "100", json!({}));
        self.put(Kind::Profile, "102", "100", json!({"about": "We are here"}));
        self.put(
            Kind::Bot,
            "103",
            "100",
            json!({"prompts": ["Where are you?"], "commands": []}),
        );
        let event = json!({"delivery_status": "DELIVERED", "occurrence_timestamp": NOW});
        let history = json!({"message_id": "wamid.A", "events": {"data": [event]}});
        self.put(Kind::MessageHistory, "104", "100", history);
        self.put(
            Kind::QrCode,
            "100/CODE",
            "100",
            json!({"code": "CODE", "prefilled_message": "Hello"}),
        );
        for (id, mime_type) in [
            ("600", "text/plain"),
            ("1", "video/mp4"),
            ("8", "image/png"),
            ("9", "application/pdf"),
        ] {
            let file = json!({"mime_type": mime_type, "base64": "aGVsbG8="});
            self.put(Kind::Media, id, "100", file);
        }
        let calling = json!({"calling": {"status": "ENABLED"}});
        self.put(Kind::Settings, "100-settings", "100", calling);
        let permission = json!({"user": "491701234567", "status": "permanent"});
        self.put(Kind::CallPermission, "100-permission", "100", permission);
        let call = json!({"user": "491701234567", "status": "RINGING"});
        self.put(Kind::Call, "wacid.A", "100", call);
        self.put(Kind::Group, "GROUP=", "100", json!({"subject": "Trip"}));
        self.put(Kind::Group, "G1", "100", json!({"subject": "Choir"}));
        self.put(
            Kind::GroupMember,
            "GROUP=/1",
            "GROUP=",
            json!({"user_id": "DE.abc"}),
        );
        let wish = json!({"join_request_id": "J1", "wa_id": "491701234567"});
        self.put(Kind::JoinRequest, "J1", "GROUP=", wish);
    }

    fn templates_and_flows(&self) {
        for (id, account, name) in [
            ("700", "200", "order_sent"),
            ("701", "200", "order_left"),
            ("702", "201", "welcome"),
        ] {
            let template = json!({
                "name": name,
                "language": "de",
                "category": "UTILITY",
                "status": "APPROVED",
                "components": [{"type": "BODY", "text": "Hello"}],
            });
            self.put(Kind::Template, id, account, template);
        }
        for (name, language, category, components) in messages_templates() {
            let template = json!({"name": name, "language": language, "category": category, "status": "APPROVED",
                "components": components});
            self.put(Kind::Template, name, "200", template);
        }
        let grouped =
            json!({"name": "Orders", "whatsapp_business_templates": {"data": [{"id": "700"}]}});
        self.put(Kind::TemplateGroup, "750", "200", grouped);
        for (id, account, status) in [("1000", "200", "DRAFT"), ("1001", "201", "PUBLISHED")] {
            let flow =
                json!({"name": format!("Flow {id}"), "status": status, "categories": ["OTHER"]});
            self.put(Kind::Flow, id, account, flow);
        }
    }

    fn partners(&self) {
        let number = json!({"phone_number": "491701111111", "verification_status": "PENDING"});
        self.put(Kind::PreverifiedNumber, "910", "300", number);
        self.put(
            Kind::Solution,
            "900",
            "400",
            json!({"name": "Together", "status": "ACTIVE"}),
        );
        self.put(
            Kind::MigrationIntent,
            "920",
            "200",
            json!({"status": "INITIATED"}),
        );
        self.put(
            Kind::MobilityIntent,
            "930",
            "200",
            json!({"status": "PENDING"}),
        );
    }
}

/// Answers every handshake.
async fn hook(server: &mut JoinSet<()>) -> String {
    let app = axum::Router::new().fallback(|uri: http::Uri| async move {
        let pairs = uri.query().unwrap_or_default().split('&');
        let mut challenges = pairs.filter_map(|pair| pair.strip_prefix("hub.challenge="));
        challenges.next().unwrap_or_default().to_owned()
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    server.spawn(async move { axum::serve(listener, app).await.unwrap() });
    format!("http://{address}/hook")
}

/// The templates of the messages that are sent: name, language, category, components.
fn messages_templates() -> [(&'static str, &'static str, &'static str, Value); 3] {
    let cards = json!([
        {"components": [{"type": "HEADER", "format": "VIDEO"}]},
        {"components": [{"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Yes"}]}]},
    ]);
    let order = json!([
        {"type": "HEADER", "format": "IMAGE"},
        {"type": "BODY", "text": "Hello {{1}}, {{2}} is on its way, for {{3}}"},
        {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "Where?", "url": "https://example.com/{{1}}"}]},
        {"type": "CAROUSEL", "cards": cards},
    ]);
    let gym = json!([
        {"type": "LIMITED_TIME_OFFER", "limited_time_offer": {"text": "Soon over", "has_expiration": true}},
        {"type": "BODY", "text": "{{first}}, today only"},
        {"type": "BUTTONS", "buttons": [
            {"type": "QUICK_REPLY", "text": "No"},
            {"type": "FLOW", "text": "Book", "flow_id": "1001"},
            {"type": "COPY_CODE", "example": "5OFF"},
        ]},
    ]);
    [
        ("order_on_its_way", "en", "UTILITY", order),
        ("gym", "pt_BR", "MARKETING", gym),
        (
            "spring_sale",
            "de",
            "MARKETING",
            json!([{"type": "BODY", "text": "Everything must go"}]),
        ),
    ]
}
