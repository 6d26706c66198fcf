//! One thing that can be asked of the gateway: where, by whom, with what, and everything that may be answered.
//!
//! Routers and the description are made of the same operations, so that nothing is served that is not described.

use std::sync::Arc;

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter, on};
use http::Method;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Value, json};

use crate::app::App;
use crate::problem::Code;

/// See the module's description.
pub(crate) struct Operation {
    pub(crate) method: Method,
    /// The whole path, as the router has it.
    pub(crate) path: &'static str,
    handler: MethodRouter<Arc<App>>,
    /// A name for programs, unique.
    pub(crate) name: &'static str,
    /// One sentence for people.
    pub(crate) summary: &'static str,
    pub(crate) access: Access,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) body: Option<Content>,
    pub(crate) answers: Vec<Answer>,
    pub(crate) problems: Vec<Code>,
}

/// Who may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Everyone.
    Open,
    /// Meta, by a signature.
    Signed,
    /// Whoever has one of these scopes.
    Scope(&'static str),
    /// Whoever has the scope, for all accounts.
    AllAccounts(&'static str),
}

/// A parameter of the path, the query or the head.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parameter {
    pub(crate) place: &'static str,
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
    pub(crate) schema: fn() -> Value,
}

/// What a body holds.
#[derive(Clone, Copy)]
pub(crate) struct Content {
    pub(crate) media_type: &'static str,
    pub(crate) schema: fn(&mut SchemaGenerator) -> Schema,
}

/// An answer other than a problem.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) text: &'static str,
    /// Nothing if it has no body.
    pub(crate) content: Option<Content>,
}

/// What every request with credentials may be answered.
const KNOWN: [Code; 3] = [
    Code::CredentialsMissing,
    Code::CredentialsWrong,
    Code::ScopeMissing,
];
/// What every request with a body may be answered.
const BODY: [Code; 5] = [
    Code::BodyTooLarge,
    Code::BodyTimeout,
    Code::BodyInterrupted,
    Code::Overloaded,
    Code::NotJson,
];

impl Operation {
    fn new<H, T>(method: Method, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, Arc<App>>,
        T: 'static,
    {
        let filter = match method {
            Method::POST => MethodFilter::POST,
            _ => MethodFilter::GET,
        };
        let mut operation = Self {
            method,
            path,
            handler: on(filter, handler),
            name: "",
            summary: "",
            access: Access::Open,
            parameters: Vec::new(),
            body: None,
            answers: Vec::new(),
            problems: Vec::new(),
        };
        if let Some((_, rest)) = path.split_once('{') {
            let name = rest.trim_start_matches('*').trim_end_matches('}');
            let name = name.split('}').next().unwrap_or(name);
            operation.parameters.push(Parameter {
                place: "path",
                name,
                text: "Which one",
                schema: text,
            });
        }
        operation
    }

    pub(crate) fn get<H, T>(path: &'static str, handler: H) -> Self
    where
        H: Handler<T, Arc<App>>,
        T: 'static,
    {
        Self::new(Method::GET, path, handler)
    }

    pub(crate) fn post<H, T>(path: &'static str, handler: H) -> Self
    where
        H: Handler<T, Arc<App>>,
        T: 'static,
    {
        Self::new(Method::POST, path, handler)
    }

    /// Its name for programs, and what it does.
    pub(crate) fn named(mut self, name: &'static str, summary: &'static str) -> Self {
        self.name = name;
        self.summary = summary;
        self
    }

    /// Who may; and what everyone else is answered.
    pub(crate) fn access(mut self, access: Access) -> Self {
        self.access = access;
        if matches!(access, Access::Scope(_) | Access::AllAccounts(_)) {
            self.problems.extend(KNOWN);
        }
        if matches!(access, Access::AllAccounts(_)) {
            self.problems.push(Code::AccountForbidden);
        }
        self
    }

    /// Parameters of the query.
    pub(crate) fn query(mut self, parameters: &[Parameter]) -> Self {
        self.parameters.extend(parameters);
        self
    }

    /// A JSON body.
    pub(crate) fn body<T: JsonSchema>(mut self) -> Self {
        self.body = Some(Content {
            media_type: "application/json",
            schema: |generator| generator.subschema_for::<T>(),
        });
        self.problems.extend(BODY);
        self
    }

    /// A JSON answer.
    pub(crate) fn answers<T: JsonSchema>(self, status: u16, text: &'static str) -> Self {
        let schema = |generator: &mut SchemaGenerator| generator.subschema_for::<T>();
        self.answers_with(status, text, "application/json", schema)
    }

    /// An answer of another kind.
    pub(crate) fn answers_with(
        mut self,
        status: u16,
        text: &'static str,
        media_type: &'static str,
        schema: fn(&mut SchemaGenerator) -> Schema,
    ) -> Self {
        self.answers.push(Answer {
            status,
            text,
            content: Some(Content { media_type, schema }),
        });
        self
    }

    /// An answer without a body.
    pub(crate) fn answers_nothing(mut self, status: u16, text: &'static str) -> Self {
        self.answers.push(Answer {
            status,
            text,
            content: None,
        });
        self
    }

    /// What else may be answered.
    pub(crate) fn problems(mut self, codes: &[Code]) -> Self {
        self.problems.extend(codes);
        self
    }
}

/// A router that serves these; `prefix`, where the router will be nested, is left out.
pub(crate) fn router(operations: Vec<Operation>, prefix: &str) -> Router<Arc<App>> {
    let mut router = Router::new();
    for operation in operations {
        let path = operation.path;
        router = router.route(path.strip_prefix(prefix).unwrap_or(path), operation.handler);
    }
    router
}

impl Parameter {
    /// Of the query.
    pub(crate) const fn query(
        name: &'static str,
        text: &'static str,
        schema: fn() -> Value,
    ) -> Self {
        Self {
            place: "query",
            name,
            text,
            schema,
        }
    }

    /// Of the request's head.
    pub(crate) const fn header(
        name: &'static str,
        text: &'static str,
        schema: fn() -> Value,
    ) -> Self {
        Self {
            place: "header",
            name,
            text,
            schema,
        }
    }
}

/// Any text.
pub(crate) fn text() -> Value {
    json!({"type": "string"})
}

/// A text of any kind, as a body.
pub(crate) fn any_text(_: &mut SchemaGenerator) -> Schema {
    schemars::json_schema!({"type": "string"})
}
