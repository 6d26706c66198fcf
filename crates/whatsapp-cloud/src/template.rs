//! Message templates: what they are made of.

pub mod definition;
