//! Who calls: a user with a token and its permissions, or the app itself.

use http::header::AUTHORIZATION;
use http::{HeaderMap, Uri};
use serde_json::Value;

use super::ask::Ask;
use super::refusal::Refusal;
use crate::world::{Kind, State, Token, USER_ID, World, assignment_id};

/// Somebody with a token that is good.
#[derive(Debug)]
pub(super) struct Caller {
    token: Token,
    /// The token itself.
    text: String,
    /// Whose token it is; the app's own is nobody's.
    pub(super) user: String,
}

impl Caller {
    pub(super) fn of(world: &World, state: &State, ask: &Ask) -> Result<Self, Refusal> {
        let token = ask.text("access_token").or_else(|| given(&ask.headers));
        Self::with(world, state, token)?.proved(
            world,
            state,
            ask.text("appsecret_proof").as_deref(),
        )
    }

    /// For calls whose body is read elsewhere.
    pub(super) fn of_head(world: &World, headers: &HeaderMap, uri: &Uri) -> Result<Self, Refusal> {
        let query = uri.query().unwrap_or_default();
        let in_query = |name: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
        };
        let token = given(headers).or_else(|| in_query("access_token").map(str::to_owned));
        let state = world.state();
        Self::with(world, &state, token)?.proved(world, &state, in_query("appsecret_proof"))
    }

    /// For files, which want the token and no more.
    pub(super) fn of_token(world: &World, headers: &HeaderMap) -> Result<Self, Refusal> {
        Self::with(world, &world.state(), given(headers))
    }

    /// With proof of the app's secret, where that is given or required. The app's own token is proof enough.
    fn proved(self, world: &World, state: &State, proof: Option<&str>) -> Result<Self, Refusal> {
        match proof {
            Some(proof) if !world.is_proof(&self.text, proof) => Err(Refusal::because(
                100,
                "Invalid appsecret_proof provided in the API argument.",
            )),
            None if state.behaviour.needs_appsecret_proof && !self.user.is_empty() => {
                let details = "API calls from the server require an appsecret_proof argument.";
                Err(Refusal::because(100, details))
            }
            _ => Ok(self),
        }
    }

    fn with(world: &World, state: &State, given: Option<String>) -> Result<Self, Refusal> {
        let wrong = || Refusal::of_code(190);
        let text = given.ok_or_else(wrong)?;
        let (token, user) = if text == world.config.access_token.expose() {
            (state.token.clone(), USER_ID)
        } else if world.is_app_token(state, &text) {
            let scopes = Vec::new();
            (
                Token {
                    scopes,
                    ..Token::default()
                },
                "",
            )
        } else {
            (granted(state, &text).ok_or_else(wrong)?, USER_ID)
        };
        if !token.is_valid(world.now_ms()) {
            return Err(Refusal::expired_token());
        }
        let user = user.to_owned();
        Ok(Self { token, text, user })
    }

    /// Whether the token has this permission.
    pub(super) fn may(&self, scope: &str) -> Result<(), Refusal> {
        if self.token.has(scope) {
            Ok(())
        } else {
            let details = format!("Application does not have permission for this action: {scope}.");
            Err(Refusal::because(10, details))
        }
    }

    pub(super) fn must_be_app(&self) -> Result<(), Refusal> {
        if self.user.is_empty() {
            Ok(())
        } else {
            Err(Refusal::because(
                15,
                "This method must be called with an app access_token.",
            ))
        }
    }

    /// Whether the user may work with the business account that this object belongs to, if it belongs to one.
    pub(super) fn may_see(&self, state: &State, id: &str) -> Result<(), Refusal> {
        let Some(account) = state.nodes.owner(id, Kind::Account) else {
            return Ok(());
        };
        let assignment = assignment_id(&account.id, &self.user);
        if state.nodes.of_kind(Kind::Assignment, &assignment).is_some() {
            Ok(())
        } else {
            let details = "The user is not assigned to this WhatsApp Business Account.";
            Err(Refusal::because(200, details))
        }
    }
}

/// What a token besides the first is good for.
pub(super) fn granted(state: &State, text: &str) -> Option<Token> {
    let granted = state.nodes.of_kind(Kind::Token, text)?;
    let expires_at_ms = granted.kept.get("expires_at_ms").and_then(Value::as_u64);
    Some(Token {
        expires_at_ms,
        ..Token::default()
    })
}

/// What stands in the header.
fn given(headers: &HeaderMap) -> Option<String> {
    let header = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let token = header
        .strip_prefix("Bearer ")
        .or_else(|| header.strip_prefix("OAuth "))?;
    Some(token.to_owned())
}
