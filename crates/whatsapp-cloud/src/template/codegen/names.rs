//! What bindings call things: names of definitions as Rust takes them, whatever they are.

use crate::template::slot::{MediaKind, Part, Place, Slot, SlotKind};

/// The field of a value.
pub(super) fn field_name(slot: &Slot) -> String {
    let Place { card, part } = slot.place;
    let card = card.map(|card| format!("card_{card}_")).unwrap_or_default();
    let name = match (part, &slot.kind) {
        (_, SlotKind::Name(name)) => name.to_ascii_lowercase(),
        (Part::Header, SlotKind::Number(number)) => format!("header_{number}"),
        (_, SlotKind::Number(number)) => format!("body_{number}"),
        (_, SlotKind::Media(MediaKind::Image)) => "header_image".to_owned(),
        (_, SlotKind::Media(MediaKind::Video)) => "header_video".to_owned(),
        (_, SlotKind::Media(MediaKind::Gif)) => "header_gif".to_owned(),
        (_, SlotKind::Media(MediaKind::Document)) => "header_document".to_owned(),
        (_, SlotKind::Location) => "header_location".to_owned(),
        (_, SlotKind::Product) => "header_product".to_owned(),
        (_, SlotKind::OfferEnd) => "offer_ends_ms".to_owned(),
        (Part::Button(index), SlotKind::UrlSuffix) => format!("button_{index}_url"),
        (Part::Button(index), SlotKind::Products) => format!("button_{index}_products"),
        (Part::Button(index), SlotKind::Order) => format!("button_{index}_order"),
        (Part::Button(index), _) => format!("button_{index}_code"),
        _ => "value".to_owned(),
    };
    field(card + &name)
}

/// A lower-case name as a field: a word that Rust keeps for itself is written raw.
fn field(name: String) -> String {
    const KEPT: &[&str] = &[
        "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do",
        "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in",
        "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
        "return", "static", "struct", "trait", "true", "try", "type", "typeof", "unsafe",
        "unsized", "use", "virtual", "where", "while", "yield",
    ];
    match name.as_str() {
        // These cannot be written raw either.
        "self" | "super" | "crate" => format!("{name}_value"),
        kept if KEPT.contains(&kept) => format!("r#{name}"),
        // Of an underscore before a public field, Rust's tools think that nobody uses it.
        hidden if hidden.starts_with('_') => format!("value{name}"),
        digit if digit.starts_with(|first: char| first.is_ascii_digit()) => format!("value_{name}"),
        _ => name,
    }
}

/// A name as a type: `order_sent` is `OrderSent`, `pt_BR` is `PtBr`. What begins with no letter, or is a name that every Rust file
/// knows already, has `Template` before it.
pub(super) fn camel(name: &str) -> String {
    const KNOWN: &[&str] = &[
        "AsMut",
        "AsRef",
        "AsyncFn",
        "AsyncFnMut",
        "AsyncFnOnce",
        "Box",
        "Clone",
        "Copy",
        "Debug",
        "Default",
        "DoubleEndedIterator",
        "Drop",
        "Eq",
        "Err",
        "ExactSizeIterator",
        "Extend",
        "Fn",
        "FnMut",
        "FnOnce",
        "From",
        "FromIterator",
        "Hash",
        "Into",
        "IntoIterator",
        "Iterator",
        "None",
        "Ok",
        "Option",
        "Ord",
        "PartialEq",
        "PartialOrd",
        "Result",
        "Self",
        "Send",
        "Sized",
        "Some",
        "String",
        "Sync",
        "ToOwned",
        "ToString",
        "TryFrom",
        "TryInto",
        "Unpin",
        "Vec",
    ];
    let mut camel = String::new();
    for word in name.split(|character: char| !character.is_ascii_alphanumeric()) {
        let (first, rest) = word.split_at(usize::from(!word.is_empty()));
        camel += &first.to_ascii_uppercase();
        camel += &rest.to_ascii_lowercase();
    }
    match camel.chars().next() {
        Some(first) if first.is_ascii_alphabetic() && !KNOWN.contains(&camel.as_str()) => camel,
        _ => format!("Template{camel}"),
    }
}
