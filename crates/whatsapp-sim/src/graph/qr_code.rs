//! QR codes and short links.

use serde_json::{Value, json};
use whatsapp_cloud::limits::{Limit, Rule};

use super::desk::{Answered, Desk, done, members};
use super::fields;
use super::refusal::Refusal;
use super::route::Route;
use crate::world::{Kind, Node};

const EDGE: &str = "message_qrdls";
const ONE: &str = "message_qrdls/*";

pub(super) const ROUTES: &[Route] = &[
    Route::get(Kind::Number, EDGE, list),
    Route::post(Kind::Number, EDGE, put),
    Route::get(Kind::Number, ONE, |desk| {
        let code = one(desk, desk.item())?;
        Ok(json!({"data": [told(desk, code)]}))
    }),
    Route::delete(Kind::Number, ONE, |desk| {
        let code = one(desk, desk.item())?.id.clone();
        desk.state.nodes.remove(&code);
        Ok(done())
    }),
];

/// Codes of a number.
const CODES_MAX: usize = 2000;

const RULES: &[Rule] = &[
    Rule {
        path: "prefilled_message",
        limit: Limit::Required,
    },
    Rule {
        path: "prefilled_message",
        limit: Limit::Chars(1, 140),
    },
    Rule {
        path: "generate_qr_image",
        limit: Limit::OneOf(&["PNG", "SVG"]),
    },
];

/// Codes have no ids of their own.
fn id(desk: &Desk<'_>, code: &str) -> String {
    format!("{}/{code}", desk.id)
}

fn one<'a>(desk: &'a Desk<'_>, code: &str) -> Result<&'a Node, Refusal> {
    let node = desk.state.nodes.of_kind(Kind::QrCode, &id(desk, code));
    node.ok_or_else(|| desk.unknown(code))
}

/// An image is told where the fields ask for one.
fn told(desk: &Desk<'_>, code: &Node) -> Value {
    let mut told = code.members.clone();
    told.shift_remove("id");
    let asked = desk.ask.text("fields");
    let wanted = fields::read(asked.as_deref().unwrap_or_default());
    if let Some(image) = wanted.iter().find(|field| field.name == "qr_image_url") {
        let format = image.argument("format").unwrap_or("PNG");
        told.insert(
            "qr_image_url".to_owned(),
            image_url(desk, code.text("code"), format).into(),
        );
    }
    let mut chosen = members(fields::choose(&told, asked.as_deref(), None));
    chosen.shift_remove("id");
    chosen.into()
}

fn image_url(desk: &Desk<'_>, code: &str, format: &str) -> String {
    format!(
        "http://{}/qr/{code}.{}",
        desk.world.address,
        format.to_ascii_lowercase()
    )
}

fn list(desk: &mut Desk<'_>) -> Answered {
    let only = desk.ask.text("code");
    let codes = desk
        .state
        .nodes
        .children(&desk.id, Kind::QrCode)
        .into_iter();
    let wanted = codes.filter(|code| only.as_ref().is_none_or(|only| code.is("code", only)));
    let items = wanted.map(|code| (code.born, told(desk, code))).collect();
    desk.page_of(items)
}

/// Makes a code, or changes the one that is named.
fn put(desk: &mut Desk<'_>) -> Answered {
    desk.check(RULES)?;
    let message = desk.need("prefilled_message")?;
    if let Some(code) = desk.ask.text("code") {
        one(desk, &code)?;
        let id = id(desk, &code);
        if let Some(node) = desk.state.nodes.get_mut(&id) {
            node.set("prefilled_message", message);
        }
        return Ok(told(desk, one(desk, &code)?));
    }
    if desk.state.nodes.children(&desk.id, Kind::QrCode).len() >= CODES_MAX {
        return Err(Refusal::because(100, "A number has at most 2,000 codes."));
    }
    let code = letters(desk.world.next_id(desk.state).parse().unwrap_or_default());
    let mut made = json!({
        "code": code,
        "prefilled_message": message,
        "deep_link_url": format!("https://wa.me/message/{code}"),
        "creation_time": desk.now_seconds(),
    });
    let (number, now_ms) = (desk.id.clone(), desk.now_ms());
    let id = id(desk, &code);
    desk.state
        .nodes
        .put(Kind::QrCode, &id, &number, members(made.clone()), now_ms);
    if let Some(format) = desk.ask.text("generate_qr_image") {
        made["qr_image_url"] = image_url(desk, &code, &format).into();
    }
    Ok(made)
}

/// A number as Meta's codes look.
fn letters(mut number: u64) -> String {
    const LETTERS: &[u8; 26] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut code = String::new();
    while number > 0 {
        // Below 26.
        code.push(char::from(
            LETTERS[usize::try_from(number % 26).unwrap_or(0)],
        ));
        number /= 26;
    }
    code
}
