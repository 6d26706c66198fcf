//! One call at work: what was asked, of which object, in which world. What families of endpoints are written with.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use whatsapp_cloud::limits::{self, Limit, Rule, Violation};

use super::ask::Ask;
use super::fields;
use super::refusal::Refusal;
use crate::config::Number;
use crate::world::{Kind, Node, Override, State, World};

/// What a call is answered.
pub(super) type Answered = Result<Value, Refusal>;

/// One call at work.
pub(super) struct Desk<'a> {
    pub(super) world: &'a Arc<World>,
    pub(super) state: &'a mut State,
    pub(super) ask: &'a Ask,
    /// The object it is about.
    pub(super) id: String,
    /// The callback URL it names, which has shaken hands.
    pub(super) callback: Option<Override>,
    /// Who asks: a user.
    pub(super) user: String,
}

/// Meta did it.
pub(super) fn done() -> Value {
    json!({"success": true})
}

impl Desk<'_> {
    pub(super) fn now_ms(&self) -> u64 {
        self.world.now_ms()
    }

    pub(super) fn now_seconds(&self) -> u64 {
        self.now_ms() / 1000
    }

    /// The object it is about. Kinds without nodes have no such routes.
    pub(super) fn node(&self) -> Result<&Node, Refusal> {
        self.state
            .nodes
            .get(&self.id)
            .ok_or_else(|| self.unknown(&self.id))
    }

    pub(super) fn node_mut(&mut self) -> Result<&mut Node, Refusal> {
        let unknown = self.unknown(&self.id);
        self.state.nodes.get_mut(&self.id).ok_or(unknown)
    }

    /// Another object that is named, if it is of this kind.
    pub(super) fn named(&self, kind: Kind, id: &str) -> Result<&Node, Refusal> {
        let node = self.state.nodes.of_kind(kind, id);
        node.ok_or_else(|| self.unknown(id))
    }

    pub(super) fn unknown(&self, id: &str) -> Refusal {
        Refusal::unknown_object(&self.ask.method.as_str().to_ascii_lowercase(), id)
    }

    /// What stands behind the edge's slash.
    pub(super) fn item(&self) -> &str {
        self.ask.edge.rsplit('/').next().unwrap_or_default()
    }

    /// A parameter that must be there.
    pub(super) fn need(&self, name: &str) -> Result<String, Refusal> {
        let given = self.ask.text(name).filter(|text| !text.is_empty());
        given.ok_or_else(|| Refusal::because(100, format!("The parameter {name} is required.")))
    }

    /// Refuses what is given unless it keeps these rules.
    pub(super) fn check(&self, rules: &[Rule]) -> Result<(), Refusal> {
        let given = Value::Object(self.ask.given.clone());
        let mut violations = Vec::new();
        limits::check(&given, rules, &mut violations);
        refuse(violations)
    }

    /// Only members of this object that were asked for.
    pub(super) fn tell_members(&self, unless_asked: Option<&str>) -> Answered {
        let asked = self.ask.text("fields");
        Ok(fields::choose(
            &self.node()?.members,
            asked.as_deref(),
            unless_asked,
        ))
    }

    /// Takes these parameters over as members.
    pub(super) fn change(&mut self, names: &[&str]) -> Result<(), Refusal> {
        let given = self.given(names);
        self.node_mut()?.members.extend(given);
        Ok(())
    }

    /// Those of these parameters that are given.
    pub(super) fn given(&self, names: &[&str]) -> Map<String, Value> {
        let given = names.iter().filter_map(|name| {
            let value = self.ask.value(name)?;
            Some(((*name).to_owned(), value))
        });
        given.collect()
    }

    /// Makes an object that belongs to this one. Answers its id.
    pub(super) fn make(&mut self, kind: Kind, members: Map<String, Value>) -> String {
        let of = self.id.clone();
        self.make_of(kind, &of, members)
    }

    pub(super) fn make_of(&mut self, kind: Kind, of: &str, members: Map<String, Value>) -> String {
        let id = self.world.next_id(self.state);
        self.state
            .nodes
            .put(kind, &id, of, members, self.world.now_ms());
        id
    }

    /// The one object of its kind that belongs to this one, made if it is not there.
    pub(super) fn part(&mut self, kind: Kind) -> Result<&mut Node, Refusal> {
        let found = self
            .state
            .nodes
            .children(&self.id, kind)
            .first()
            .map(|node| node.id.clone());
        let id = match found {
            Some(id) => id,
            None => self.make(kind, Map::new()),
        };
        let unknown = self.unknown(&id);
        self.state.nodes.get_mut(&id).ok_or(unknown)
    }

    /// A page of what belongs to this object.
    pub(super) fn list(&self, kind: Kind) -> Answered {
        self.page(self.state.nodes.children(&self.id, kind))
    }

    /// A page of these.
    pub(super) fn page(&self, nodes: Vec<&Node>) -> Answered {
        let asked = self.ask.text("fields");
        let items = nodes.into_iter().map(|node| {
            (
                node.born,
                fields::choose(&node.members, asked.as_deref(), None),
            )
        });
        self.page_of(items.collect())
    }

    /// A page of what comes with its place.
    pub(super) fn page_of(&self, items: Vec<(u64, Value)>) -> Answered {
        super::page::page(self.ask, self.world.address, items)
    }

    /// The business account that this object is or belongs to.
    pub(super) fn account(&self) -> String {
        let account = self.state.nodes.owner(&self.id, Kind::Account);
        account.map(|node| node.id.clone()).unwrap_or_default()
    }

    /// Writes into the business account's log.
    pub(super) fn log(&mut self, activity: &str, description: &str) {
        let account = self.account();
        let Value::Object(members) = json!({
            "activity_type": activity,
            "timestamp": self.now_seconds(),
            "actor_type": "SYSTEM_USER",
            "actor_id": self.user,
            "actor_name": "Simulated User",
            "description": description,
        }) else {
            return;
        };
        self.make_of(Kind::Activity, &account, members);
    }

    /// Has the business told of a change that concerns this object.
    pub(super) fn tell(&mut self, field: &str, value: Value) {
        let nodes = &self.state.nodes;
        let number = nodes
            .owner(&self.id, Kind::Number)
            .map(|node| node.id.clone());
        let number = if let Some(id) = number {
            self.world.number_by_id(&id)
        } else {
            let account = self.account();
            let numbers = self.world.numbers();
            let is_its = |number: &Arc<Number>| number.business_account_id == account;
            numbers.iter().position(is_its)
        };
        if let Some(number) = number {
            self.world.tell_change_to(self.state, number, field, value);
        }
    }

    /// What webhooks about a number begin with.
    pub(super) fn metadata(&self) -> Value {
        let number = self.state.nodes.owner(&self.id, Kind::Number);
        json!({
            "phone_number_id": number.map(|node| node.id.as_str()),
            "display_phone_number": number.map(|node| node.text("display_phone_number")),
        })
    }
}

/// Refuses for what is missing first, else for everything else at once.
pub(super) fn refuse(violations: Vec<Violation>) -> Result<(), Refusal> {
    if let Some(missing) = violations
        .iter()
        .find(|violation| violation.limit == Limit::Required)
    {
        let details = format!("The parameter {} is required.", missing.path);
        return Err(Refusal::because(100, details));
    }
    limits::Invalid::unless_empty(violations)
        .map_err(|invalid| Refusal::because(100, invalid.to_string()))
}

/// The members of a JSON object that was written as one.
pub(super) fn members(object: Value) -> Map<String, Value> {
    match object {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
