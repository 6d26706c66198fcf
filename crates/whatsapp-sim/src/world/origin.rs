//! What is there when a simulator starts, what an id stands for, and how new ids are made.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::node::{Kind, Nodes};
use super::{Media, State, UPLOADED_LIVES_MS, World};
use crate::config::{Number, SimConfig};

/// Whose the access token is.
pub(crate) const USER_ID: &str = "122100000000001";
/// Ids of messages' histories begin here; what is added is the message's number in its wamid.
const HISTORIES: u64 = 2_000_000_000_000_000_000;

/// The id under which a user's work for a business account is noted.
pub(crate) fn assignment_id(account: &str, user: &str) -> String {
    format!("{account}:{user}")
}

/// The business, its app, its user, its accounts and numbers.
pub(super) fn nodes(config: &SimConfig) -> Nodes {
    let mut nodes = Nodes::default();
    let now_ms = config.clock.now_ms();
    let business = &config.business_id;
    let mut put = |kind, id: &str, of: &str, members: Value| {
        let members = match members {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        nodes.put(kind, id, of, members, now_ms);
    };
    put(Kind::Root, "", "", json!({}));
    put(
        Kind::Business,
        business,
        "",
        json!({"name": "Simulated Business", "timezone_id": "1", "verification_status": "verified"}),
    );
    let app = &config.app_id;
    put(
        Kind::App,
        app,
        business,
        json!({"name": "Simulated App", "link": "https://example.com/"}),
    );
    let object = "whatsapp_business_account";
    put(
        Kind::AppSubscription,
        &format!("{app}:{object}"),
        app,
        json!({"object": object}),
    );
    put(
        Kind::User,
        USER_ID,
        business,
        json!({"name": "Simulated User"}),
    );
    for number in &config.numbers {
        let account = &number.business_account_id;
        put(Kind::Account, account, business, account_members(config));
        put(
            Kind::Assignment,
            &assignment_id(account, USER_ID),
            account,
            json!({"user": USER_ID, "tasks": ["MANAGE", "DEVELOP", "MANAGE_TEMPLATES", "MANAGE_PHONE", "VIEW_COST"]}),
        );
        put(
            Kind::Number,
            &number.phone_number_id,
            account,
            number_members(&number.display_phone_number),
        );
    }
    nodes
}

fn account_members(config: &SimConfig) -> Value {
    json!({
        "name": "Simulated Business",
        "timezone_id": "1",
        "currency": "EUR",
        "country": "DE",
        "message_template_namespace": "00000000_0000_0000_0000_000000000000",
        "account_review_status": "APPROVED",
        "business_verification_status": "verified",
        "ownership_type": "SELF",
        "status": "ACTIVE",
        "owner_business_info": {"id": config.business_id, "name": "Simulated Business"},
        "is_enabled_for_insights": false,
        "health_status": {"can_send_message": "AVAILABLE", "entities": []},
    })
}

fn number_members(display_phone_number: &str) -> Value {
    json!({
        "verified_name": "Simulated Business",
        "code_verification_status": "VERIFIED",
        "display_phone_number": display_phone_number,
        "quality_rating": "GREEN",
        "quality_score": {"score": "GREEN"},
        "platform_type": "CLOUD_API",
        "throughput": {"level": "STANDARD"},
        "status": "CONNECTED",
        "name_status": "APPROVED",
        "new_name_status": "NONE",
        "account_mode": "LIVE",
        "host_platform": "CLOUD_API",
        "search_visibility": "VISIBLE",
        "is_official_business_account": false,
        "is_on_biz_app": false,
        "is_pin_enabled": false,
        "messaging_limit_tier": "TIER_250",
        "whatsapp_business_manager_messaging_limit": "TIER_250",
        "health_status": {"can_send_message": "AVAILABLE", "entities": []},
    })
}

impl World {
    /// What an id stands for.
    pub(crate) fn kind_of(&self, state: &State, id: &str) -> Option<Kind> {
        if let Some(node) = state.nodes.get(id) {
            // What is buried is there for its name only.
            return Some(node.kind).filter(|kind| *kind != Kind::TemplateTomb);
        }
        if state.media_at(id, self.now_ms()).is_some() {
            return Some(Kind::Media);
        }
        let wamid = self.wamid_of_history(id)?;
        state
            .messages
            .contains_key(&wamid)
            .then_some(Kind::MessageHistory)
    }

    /// Puts an object there, whoever would make it.
    pub(crate) fn put(&self, kind: Kind, id: &str, of: &str, members: Value) {
        let mut state = self.state();
        if kind == Kind::Media {
            let text = |name: &str| members[name].as_str().unwrap_or_default().to_owned();
            let media = Media {
                id: id.to_owned(),
                mime_type: text("mime_type"),
                filename: members["filename"].as_str().map(str::to_owned),
                bytes: STANDARD.decode(text("base64")).unwrap_or_default().into(),
                gone_at_ms: self.now_ms() + UPLOADED_LIVES_MS,
                phone_number_id: of.to_owned(),
            };
            state.media.insert(id.to_owned(), media);
            return;
        }
        let mut members = match members {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        if kind == Kind::Number {
            let display = members.get("display_phone_number");
            self.add_number(Number {
                phone_number_id: id.to_owned(),
                business_account_id: of.to_owned(),
                display_phone_number: display
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_owned(),
            });
        }
        let kept = members.shift_remove("kept");
        state.uploads.remove(id);
        let node = state.nodes.put(kind, id, of, members, self.now_ms());
        if let Some(Value::Object(kept)) = kept {
            node.kept = kept;
        }
    }

    /// An id as Meta's are.
    pub(crate) fn next_id(&self, state: &mut State) -> String {
        state.sequence += 1;
        let id = 1_000_000_000_000_000 + (self.seed % 8_999_999_999) * 100_000 + state.sequence;
        id.to_string()
    }

    /// The message whose history has this id.
    pub(crate) fn wamid_of_history(&self, id: &str) -> Option<String> {
        let sequence = id.parse::<u64>().ok()?.checked_sub(HISTORIES)?;
        Some(self.wamid(sequence))
    }

    /// The id of a message's history, by the message's number.
    pub(crate) fn history_id(sequence: u64) -> String {
        (HISTORIES + sequence).to_string()
    }
}

impl State {
    /// Whether a number may send.
    pub(crate) fn is_registered(&self, phone_number_id: &str) -> bool {
        let node = self.nodes.get(phone_number_id);
        node.is_some_and(|node| node.is("status", "CONNECTED"))
    }
}
