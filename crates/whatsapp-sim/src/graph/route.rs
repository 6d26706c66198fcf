//! Which call does what. Every family of endpoints is a file with a table of its routes.
//!
//! To add a call: a row in its family's table.

use http::Method;

use super::ask::Ask;
use super::desk::{Answered, Desk};
use crate::fault::Call;
use crate::world::{Kind, MANAGEMENT, MESSAGING};

type Callback = fn(&Ask) -> Option<(String, String)>;
type Act = fn(&mut Desk<'_>) -> Answered;

/// One call of the Graph API.
pub(super) struct Route {
    method: Method,
    on: Kind,
    /// `flows`; empty for the object itself; with `/*` behind, for something of it that is named there.
    edge: &'static str,
    pub(super) needs: Needs,
    /// Which faults befall it.
    pub(super) call: Call,
    /// The callback URL that a call may name, and what to say there.
    pub(super) callback: Option<Callback>,
    pub(super) act: Act,
}

/// What a caller must show.
#[derive(Debug, Clone, Copy)]
pub(super) enum Needs {
    /// A token with this permission.
    Scope(&'static str),
    /// Any token.
    Token,
    /// The app's own token.
    App,
    /// Nothing, or something in the call itself.
    Nothing,
}

impl Route {
    pub(super) const fn get(on: Kind, edge: &'static str, act: Act) -> Self {
        Self::new(Method::GET, on, edge, act)
    }

    pub(super) const fn post(on: Kind, edge: &'static str, act: Act) -> Self {
        Self::new(Method::POST, on, edge, act)
    }

    pub(super) const fn delete(on: Kind, edge: &'static str, act: Act) -> Self {
        Self::new(Method::DELETE, on, edge, act)
    }

    const fn new(method: Method, on: Kind, edge: &'static str, act: Act) -> Self {
        Self {
            method,
            on,
            edge,
            needs: Needs::Scope(MANAGEMENT),
            call: Call::Other,
            callback: None,
            act,
        }
    }

    /// For the permission to message.
    pub(super) const fn messaging(mut self) -> Self {
        self.needs = Needs::Scope(MESSAGING);
        self
    }

    pub(super) const fn needs(mut self, needs: Needs) -> Self {
        self.needs = needs;
        self
    }

    pub(super) const fn meets(mut self, call: Call) -> Self {
        self.call = call;
        self
    }

    /// A callback URL that it names shakes hands first.
    pub(super) const fn shakes_hands(mut self, callback: Callback) -> Self {
        self.callback = Some(callback);
        self
    }

    fn is(&self, method: &Method, on: Kind, edge: &str) -> bool {
        let is_edge = match self.edge.strip_suffix("/*") {
            None => self.edge == edge,
            Some(head) => edge
                .strip_prefix(head)
                .is_some_and(|rest| rest.strip_prefix('/').is_some_and(|item| !item.is_empty())),
        };
        self.method == *method && self.on == on && is_edge
    }
}

/// The call that was made, of an object of this kind.
pub(super) fn find(method: &Method, on: Kind, edge: &str) -> Option<&'static Route> {
    let mut routes = FAMILIES.iter().flat_map(|family| *family);
    routes.find(|route| route.is(method, on, edge))
}

const FAMILIES: &[&[Route]] = &[
    super::account::ROUTES,
    super::analytics::ROUTES,
    super::app::ROUTES,
    super::automation::ROUTES,
    super::block::ROUTES,
    super::business::ROUTES,
    super::call::ROUTES,
    super::flow::ROUTES,
    super::group::ROUTES,
    super::history::ROUTES,
    super::identity::ROUTES,
    super::library::ROUTES,
    super::media::ROUTES,
    super::number::ROUTES,
    super::part::ROUTES,
    super::preverified::ROUTES,
    super::qr_code::ROUTES,
    super::registration::ROUTES,
    super::signup::ROUTES,
    super::solution::ROUTES,
    super::subscription::ROUTES,
    super::template::ROUTES,
    super::template_group::ROUTES,
    super::token::ROUTES,
    super::upload::ROUTES,
];
