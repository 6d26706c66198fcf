//! What the Graph API's objects are here: nodes, each with an id, a kind, an owner, and members in Meta's words.
//!
//! A template belongs to its business account, a group to its number, a join request to its group. What a family of endpoints
//! does with its nodes is in its file under `graph/`.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::{Map, Value};

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Kind {
    /// A WhatsApp Business Account; of a business.
    Account,
    /// The account that a number has with WhatsApp; of a number.
    AccountNumber,
    /// An entry of a business account's log; of it.
    Activity,
    /// A Meta app; of a business.
    App,
    /// One object's webhooks of an app; of it.
    AppSubscription,
    /// Somebody who may work with a business account; of it. Member `user` says who.
    Assignment,
    /// Ice breakers and commands; of a number.
    Bot,
    /// A business portfolio.
    Business,
    /// A voice call; of a number.
    Call,
    /// The permission to call somebody, by member `user`; of a number.
    CallPermission,
    /// A code of Embedded Signup, good for one token; of an app.
    Code,
    /// Whether a number has a cart and a catalogue; of it.
    Commerce,
    /// Who answers for a business; of a number.
    Compliance,
    /// A line of credit; of a business.
    CreditLine,
    /// A flow; of a business account.
    Flow,
    /// The key that flows encrypt with; of a number.
    FlowKey,
    /// A group; of a number.
    Group,
    /// Somebody in a group; of it.
    GroupMember,
    /// Somebody who wants to join a group; of it.
    JoinRequest,
    /// A file.
    Media,
    /// A message and what became of it; of a number.
    MessageHistory,
    /// A business account on its way to another solution; of it.
    MigrationIntent,
    /// A business account on its way from acting on behalf; of it.
    MobilityIntent,
    /// A phone number of the business; of a business account.
    Number,
    /// An application for the check mark; of a number.
    OfficialAccount,
    /// A request to act on a business account's behalf; of it.
    OnBehalfRequest,
    /// A business that may use a preverified number; of that.
    Partner,
    /// A number that a partner verified beforehand; of a business.
    PreverifiedNumber,
    /// What people see of a business; of a number.
    Profile,
    /// A QR code; of a number.
    QrCode,
    /// Nothing: what has no id of its own hangs here.
    Root,
    /// A schedule; of a business account.
    Schedule,
    /// How a number can be called, and the like; of it.
    Settings,
    /// An in-app signup; of a business account.
    Signup,
    /// A multi-partner solution; of an app.
    Solution,
    /// A template; of a business account.
    Template,
    /// A group of templates; of a business account.
    TemplateGroup,
    /// A template that was deleted, whose name is not free yet; of a business account.
    TemplateTomb,
    /// An access token besides the first; of an app.
    Token,
    /// A file on its way; of an app.
    Upload,
    /// A user of a business; of it.
    User,
}

/// One object.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) id: String,
    pub(crate) kind: Kind,
    /// The id of the node it belongs to; empty where there is none.
    pub(crate) of: String,
    /// Lists are in this order.
    pub(crate) born: u64,
    pub(crate) made_at_ms: u64,
    /// What is told of it, `id` included.
    pub(crate) members: Map<String, Value>,
    /// What is known of it and not told.
    pub(crate) kept: Map<String, Value>,
}

impl Node {
    pub(crate) fn text(&self, member: &str) -> &str {
        self.members
            .get(member)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    pub(crate) fn is(&self, member: &str, word: &str) -> bool {
        self.text(member) == word
    }

    pub(crate) fn is_true(&self, member: &str) -> bool {
        self.members.get(member) == Some(&Value::Bool(true))
    }

    pub(crate) fn set(&mut self, member: &str, value: impl Into<Value>) {
        self.members.insert(member.to_owned(), value.into());
    }

    pub(crate) fn keep(&mut self, member: &str, value: impl Into<Value>) {
        self.kept.insert(member.to_owned(), value.into());
    }

    /// Remembers that this was done now; answers how often it was done in the time before, this once included.
    pub(crate) fn count(&mut self, deed: &str, now_ms: u64, within_ms: u64) -> usize {
        let times = self
            .kept
            .entry(deed)
            .or_insert_with(|| Value::Array(Vec::new()));
        let Value::Array(times) = times else { return 0 };
        let is_recent = |at: &Value| at.as_u64().is_some_and(|at| now_ms - at < within_ms);
        times.retain(is_recent);
        times.push(now_ms.into());
        times.len()
    }
}

/// Every object, by id.
#[derive(Debug, Default)]
pub(crate) struct Nodes {
    by_id: HashMap<String, Node>,
    births: u64,
}

impl Nodes {
    pub(crate) fn get(&self, id: &str) -> Option<&Node> {
        self.by_id.get(id)
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut Node> {
        self.by_id.get_mut(id)
    }

    /// The object of this id, if it is of this kind.
    pub(crate) fn of_kind(&self, kind: Kind, id: &str) -> Option<&Node> {
        self.get(id).filter(|node| node.kind == kind)
    }

    /// Puts an object there, instead of the one with its id if there is one.
    pub(crate) fn put(
        &mut self,
        kind: Kind,
        id: &str,
        of: &str,
        mut members: Map<String, Value>,
        made_at_ms: u64,
    ) -> &mut Node {
        self.births += 1;
        members.shift_insert(0, "id".to_owned(), id.into());
        let node = Node {
            id: id.to_owned(),
            kind,
            of: of.to_owned(),
            born: self.births,
            made_at_ms,
            members,
            kept: Map::new(),
        };
        self.by_id
            .entry(id.to_owned())
            .insert_entry(node)
            .into_mut()
    }

    /// Takes an object away, with everything that belongs to it.
    pub(crate) fn remove(&mut self, id: &str) {
        self.by_id.remove(id);
        let owned = self.by_id.values().filter(|node| node.of == id);
        let owned: Vec<String> = owned.map(|node| node.id.clone()).collect();
        for id in owned {
            self.remove(&id);
        }
    }

    /// What belongs to an object, in the order in which it was made.
    pub(crate) fn children(&self, of: &str, kind: Kind) -> Vec<&Node> {
        let mut found: Vec<&Node> = self
            .by_id
            .values()
            .filter(|node| node.kind == kind && node.of == of)
            .collect();
        found.sort_by_key(|node| node.born);
        found
    }

    pub(crate) fn all(&self, kind: Kind) -> Vec<&Node> {
        let mut found: Vec<&Node> = self
            .by_id
            .values()
            .filter(|node| node.kind == kind)
            .collect();
        found.sort_by_key(|node| node.born);
        found
    }

    /// The object of this kind that another is or belongs to, at whatever remove.
    pub(crate) fn owner<'a>(&'a self, id: &'a str, kind: Kind) -> Option<&'a Node> {
        // As deep as anything is; what is put there from outside may go in a circle.
        const DEEPEST: usize = 8;
        let mut owners = std::iter::successors(self.get(id), |node| self.get(&node.of));
        owners.by_ref().take(DEEPEST).find(|node| node.kind == kind)
    }
}
