//! Message templates: what they are made of, what they leave open, and what they look like once it is filled in.
//!
//! ```
//! use whatsapp_cloud::message::Template;
//! use whatsapp_cloud::template::definition::{Category, Component, Definition};
//! use whatsapp_cloud::template::{check, render};
//!
//! let body = Component::body_with_examples("Order {{1}} leaves {{2}}.", ["A-1", "today"]);
//! let definition = Definition::new("order_sent", "en", Category::Utility, vec![body]);
//! let message = Template::named("order_sent", "en").body(["B-7", "tomorrow"]);
//! assert!(check(&definition, &message).is_empty());
//! assert_eq!(render(&definition, &message).body.as_deref(), Some("Order B-7 leaves tomorrow."));
//! ```
//!
//! [`codegen`] goes one further: a Rust type for each template, so that a missing value is a compile error.

mod check;
pub mod codegen;
pub mod definition;
pub mod limits;
mod render;
mod slot;

pub use check::{Mismatch, Problem, check};
pub use render::{Rendered, RenderedButton, RenderedHeader, render};
pub use slot::{MediaKind, Part, Place, Slot, SlotKind, slots};
