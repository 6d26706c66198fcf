//! What people do: write, read, fail to be reached, switch their phones off.

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, Query, State};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Answer, Here, Refused};
use crate::example;
use crate::person::{Person, digits};
use crate::phone::{File, Phone};
use crate::world::{Failure, World};

/// `POST /sim/say`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Say {
    /// A phone number; or, of someone whose number stays hidden, a name that begins with a letter.
    from: String,
    /// Profile name, when they write for the first time.
    name: Option<String>,
    /// The number written to; the first, unless told otherwise.
    phone_number_id: Option<String>,
    /// A text.
    text: Option<String>,
    /// The name of an example.
    example: Option<String>,
    /// A message object as it stands in a webhook, completed.
    message: Option<Map<String, Value>>,
    /// The message this one quotes.
    reply_to: Option<String>,
    /// The file of a message of type image, video, audio, document or sticker.
    file: Option<SaidFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SaidFile {
    mime_type: String,
    filename: Option<String>,
    base64: String,
}

pub(super) async fn say(State(world): Here, Json(said): Json<Say>) -> Answer {
    let phone = phone(&world, &said.from, said.name.as_deref())?;
    let phone = match &said.phone_number_id {
        None => phone,
        Some(id) => phone
            .with_number(id)
            .ok_or_else(|| Refused::not_found("such number of the business"))?,
    };
    let mut message = match (said.text, said.example, said.message) {
        (Some(text), None, None) => json!({"type": "text", "text": {"body": text}}),
        (None, Some(name), None) => {
            let (kind, mut members) = example::members(&name);
            members.insert("type".to_owned(), kind.into());
            members.into()
        }
        (None, None, Some(message)) => message.into(),
        _ => {
            return Err(Refused::because(
                "give one of `text`, `example` and `message`",
            ));
        }
    };
    if let Some(wamid) = said.reply_to {
        let from = &world.number(phone.number).display_phone_number;
        message["context"] = json!({"from": from, "id": wamid});
    }
    let file = said.file.map(SaidFile::read).transpose()?;
    let Value::Object(message) = message else {
        return Err(Refused::because("`message` is no object"));
    };
    let wamid = phone.write_raw(world.complete(message, file));
    Ok(Json(json!({"wamid": wamid})))
}

impl SaidFile {
    fn read(self) -> Result<File, Refused> {
        let bytes = STANDARD.decode(&self.base64);
        let bytes = bytes.map_err(|_| Refused::because("`file.base64` is not base64"))?;
        Ok(File {
            mime_type: self.mime_type,
            filename: self.filename,
            bytes: bytes.into(),
        })
    }
}

/// Somebody's phone: by number, or by the name they are found by.
fn phone(world: &std::sync::Arc<World>, who: &str, name: Option<&str>) -> Result<Phone, Refused> {
    let known = world.state().by_handle.get(who).copied();
    let place = known.map_or_else(
        || {
            let person = if who.starts_with(char::is_alphabetic) {
                Person::without_number(who)
            } else if digits(who).is_empty() {
                return Err(Refused::because(
                    "`from` is neither a phone number nor a name",
                ));
            } else {
                Person::with_number(who)
            };
            Ok(world.phone(name.map_or(person.clone(), |name| person.named(name))))
        },
        Ok,
    )?;
    Ok(Phone {
        world: world.clone(),
        place,
        number: 0,
    })
}

/// `GET /sim/examples`
pub(super) async fn examples() -> Answer {
    Ok(Json(json!({"examples": example::EXAMPLES})))
}

/// `PATCH /sim/phones/{person}`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Switch {
    is_on: Option<bool>,
    /// Whether they want marketing messages of the business's first number.
    wants_marketing: Option<bool>,
    /// Whether they become another identity.
    #[serde(default)]
    new_identity: bool,
}

pub(super) async fn switch(
    State(world): Here,
    Path(who): Path<String>,
    Json(switch): Json<Switch>,
) -> Answer {
    let phone = phone(&world, &who, None)?;
    if switch.is_on.is_none() && switch.wants_marketing.is_none() && !switch.new_identity {
        return Err(Refused::because(
            "give `is_on`, `wants_marketing` or `new_identity`",
        ));
    }
    if switch.new_identity {
        phone.change_identity();
    }
    match switch.is_on {
        Some(true) => phone.switch_on(),
        Some(false) => phone.switch_off(),
        None => {}
    }
    match switch.wants_marketing {
        Some(true) => phone.resume_marketing(),
        Some(false) => phone.stop_marketing(),
        None => {}
    }
    Ok(Json(
        json!({"is_on": phone.is_on(), "wants_marketing": phone.wants_marketing()}),
    ))
}

/// `GET /sim/phones/{person}/inbox`
#[derive(Deserialize)]
pub(super) struct Wait {
    #[serde(default)]
    wait_seconds: u64,
}

/// The next message that person has not been given yet, taken out of the inbox, as `message`; `null` if there is none in time.
pub(super) async fn inbox(
    State(world): Here,
    Path(who): Path<String>,
    Query(wait): Query<Wait>,
) -> Answer {
    let phone = phone(&world, &who, None)?;
    let message = match phone.take_message() {
        Some(message) => Some(message),
        None if wait.wait_seconds == 0 => None,
        None => {
            let patience = Duration::from_secs(wait.wait_seconds.min(600));
            tokio::select! {
                message = phone.next_message(patience) => message,
                () = world.stopping.cancelled() => None,
            }
        }
    };
    Ok(Json(json!({"message": message.map(|message| json!({
        "wamid": message.wamid,
        "phone_number_id": message.phone_number_id,
        "body": message.body,
    }))})))
}

/// `POST /sim/statuses`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Told {
    wamid: String,
    status: String,
    /// Why, if it failed.
    code: Option<i64>,
}

pub(super) async fn status(State(world): Here, Json(told): Json<Told>) -> Answer {
    let mut state = world.state();
    let is_known = if told.status == "failed" {
        let failure = Failure::of_code(told.code.unwrap_or(131_000));
        world.tell_failure(&mut state, &told.wamid, &failure)
    } else {
        world.tell_status(&mut state, &told.wamid, &told.status, None)
    };
    if is_known {
        Ok(Json(
            json!({"told": format!("{}/{}", told.wamid, told.status)}),
        ))
    } else {
        Err(Refused::not_found(
            "message of the business with this wamid",
        ))
    }
}
