//! Groups: made at once, told of by webhook, joined by invite link. Who wants to join is put there from outside.

use serde_json::{Value, json};
use whatsapp_cloud::graph::group::Participant;
use whatsapp_cloud::limits::{Limit, Rule};

use super::desk::{Answered, Desk, members};
use super::fields;
use super::refusal::Refusal;
use super::route::Route;
use crate::person::digits;
use crate::world::{Kind, Node};

pub(super) const ROUTES: &[Route] = &[
    Route::get(Kind::Number, "groups", list).messaging(),
    Route::post(Kind::Number, "groups", create).messaging(),
    Route::get(Kind::Group, "", read).messaging(),
    Route::post(Kind::Group, "", update).messaging(),
    Route::delete(Kind::Group, "", delete).messaging(),
    Route::post(Kind::Group, "participants", add).messaging(),
    Route::delete(Kind::Group, "participants", remove).messaging(),
    Route::get(Kind::Group, "invite_link", |desk| link(desk, false)).messaging(),
    Route::post(Kind::Group, "invite_link", |desk| link(desk, true)).messaging(),
    Route::delete(Kind::Group, "invite_link", unlink).messaging(),
    Route::get(Kind::Group, "join_requests", list_requests).messaging(),
    Route::post(Kind::Group, "join_requests", |desk| decide(desk, true)).messaging(),
    Route::delete(Kind::Group, "join_requests", |desk| decide(desk, false)).messaging(),
];

/// Groups of a number.
const GROUPS_MAX: usize = 10_000;
/// People in a group.
const MEMBERS_MAX: usize = 8;
const PICTURE_MAX_BYTES: usize = 5 << 20;

const RULES: &[Rule] = &[
    Rule {
        path: "subject",
        limit: Limit::Chars(1, 128),
    },
    Rule {
        path: "description",
        limit: Limit::Chars(0, 2048),
    },
    Rule {
        path: "join_approval_mode",
        limit: Limit::OneOf(&["approval_required", "auto_approve"]),
    },
];

/// Listed inside of `groups`, unlike anything else of Meta's.
fn list(desk: &mut Desk<'_>) -> Answered {
    let mut page = desk.list(Kind::Group)?;
    let groups = page["data"].take();
    page["data"] = json!({"groups": groups});
    Ok(page)
}

fn create(desk: &mut Desk<'_>) -> Answered {
    desk.need("subject")?;
    desk.check(RULES)?;
    if desk.state.nodes.children(&desk.id, Kind::Group).len() >= GROUPS_MAX {
        return Err(Refusal::because(131_200, "The number has 10,000 groups."));
    }
    let mut told = desk.given(&["subject", "description", "join_approval_mode"]);
    told.entry("join_approval_mode")
        .or_insert("auto_approve".into());
    told.insert("suspended".to_owned(), false.into());
    told.insert(
        "creation_timestamp".to_owned(),
        desk.now_seconds().to_string().into(),
    );
    let group = desk.make(Kind::Group, told.clone());
    let link = new_link(desk);
    if let Some(node) = desk.state.nodes.get_mut(&group) {
        node.keep("invite_link", link.clone());
    }
    desk.id.clone_from(&group);
    let mut element = json!({"type": "group_create", "invite_link": link});
    for name in ["subject", "description", "join_approval_mode"] {
        if let Some(value) = told.get(name) {
            element[name] = value.clone();
        }
    }
    Ok(begun(desk, "group_lifecycle_update", element))
}

/// Answers that it has begun, and has the business told that it is done.
fn begun(desk: &mut Desk<'_>, field: &str, mut element: Value) -> Value {
    let request = desk.world.next_id(desk.state);
    element["timestamp"] = desk.now_seconds().to_string().into();
    element["group_id"] = desk.id.as_str().into();
    element["request_id"] = request.as_str().into();
    let metadata = desk.metadata();
    let value = json!({"messaging_product": "whatsapp", "metadata": metadata, "groups": [element]});
    desk.tell(field, value);
    json!({"messaging_product": "whatsapp", "request_id": request})
}

fn people<'a>(desk: &'a Desk<'_>) -> Vec<&'a Node> {
    desk.state.nodes.children(&desk.id, Kind::GroupMember)
}

fn read(desk: &mut Desk<'_>) -> Answered {
    let group = desk.node()?;
    let participants = people(desk).into_iter().map(|node| {
        let mut told = node.members.clone();
        told.shift_remove("id");
        Value::Object(told)
    });
    let participants: Vec<Value> = participants.collect();
    let mut told = group.members.clone();
    told.insert("messaging_product".to_owned(), "whatsapp".into());
    told.insert(
        "total_participant_count".to_owned(),
        participants.len().into(),
    );
    told.insert("participants".to_owned(), participants.into());
    Ok(fields::choose(
        &told,
        desk.ask.text("fields").as_deref(),
        None,
    ))
}

fn update(desk: &mut Desk<'_>) -> Answered {
    desk.check(RULES)?;
    let mut element = json!({"type": "group_settings_update"});
    for (name, told) in [
        ("subject", "group_subject"),
        ("description", "group_description"),
    ] {
        if let Some(text) = desk.ask.text(name) {
            element[told] = json!({"text": text, "update_successful": true});
        }
    }
    if let Some(picture) = desk
        .ask
        .files
        .iter()
        .find(|part| part.name == "profile_picture_file")
    {
        if picture.content_type.as_deref() != Some("image/jpeg")
            || picture.bytes.len() > PICTURE_MAX_BYTES
        {
            return Err(Refusal::because(
                100,
                "The picture must be a JPEG of at most 5 MB.",
            ));
        }
        element["profile_picture"] = json!({"mime_type": "image/jpeg", "update_successful": true});
    }
    desk.change(&["subject", "description"])?;
    Ok(begun(desk, "group_settings_update", element))
}

/// Gone for everybody, once everybody was told.
fn delete(desk: &mut Desk<'_>) -> Answered {
    let group = desk.node()?.id.clone();
    let answer = begun(
        desk,
        "group_lifecycle_update",
        json!({"type": "group_delete"}),
    );
    desk.state.nodes.remove(&group);
    Ok(answer)
}

fn participants(desk: &Desk<'_>) -> Result<Vec<(&'static str, String)>, Refusal> {
    desk.need("participants")?;
    let given = desk.ask.value("participants").unwrap_or_default();
    let given: Vec<Participant> =
        serde_json::from_value(given).map_err(|error| Refusal::because(100, error.to_string()))?;
    let named = given.iter().filter_map(|participant| match participant {
        Participant::User(number) => Some(("wa_id", digits(number.as_str()))),
        Participant::UserId(id) => Some(("user_id", id.as_str().to_owned())),
        _ => None,
    });
    let named: Vec<_> = named.collect();
    if (1..=MEMBERS_MAX).contains(&named.len()) {
        Ok(named)
    } else {
        Err(Refusal::because(100, "participants must be 1 to 8."))
    }
}

fn add(desk: &mut Desk<'_>) -> Answered {
    let named = participants(desk)?;
    if people(desk).len() + named.len() > MEMBERS_MAX {
        return Err(Refusal::because(131_204, "A group has at most 8 people."));
    }
    let added: Vec<Value> = named
        .iter()
        .map(|(name, who)| json!({*name: who, "input": who}))
        .collect();
    for (name, who) in named {
        desk.make(Kind::GroupMember, members(json!({name: who})));
    }
    let element = json!({"type": "group_participants_add", "added_participants": added});
    Ok(begun(desk, "group_participants_update", element))
}

fn remove(desk: &mut Desk<'_>) -> Answered {
    let (mut removed, mut failed) = (Vec::new(), Vec::new());
    for (name, who) in participants(desk)? {
        let found = people(desk).into_iter().find(|node| node.is(name, &who));
        let told = json!({"input": who, name: who});
        match found.map(|node| node.id.clone()) {
            Some(id) => {
                desk.state.nodes.remove(&id);
                removed.push(told);
            }
            None => failed.push(told),
        }
    }
    let element = json!({
        "type": "group_participants_remove",
        "initiated_by": "business",
        "removed_participants": removed,
        "failed_participants": failed,
    });
    Ok(begun(desk, "group_participants_update", element))
}

fn new_link(desk: &mut Desk<'_>) -> String {
    format!(
        "https://chat.whatsapp.com/{}",
        desk.world.next_id(desk.state)
    )
}

fn link(desk: &mut Desk<'_>, anew: bool) -> Answered {
    if anew || !desk.node()?.kept.contains_key("invite_link") {
        let link = new_link(desk);
        desk.node_mut()?.keep("invite_link", link);
    }
    let link = desk.node()?.kept.get("invite_link");
    Ok(json!({"messaging_product": "whatsapp", "invite_link": link}))
}

fn unlink(desk: &mut Desk<'_>) -> Answered {
    desk.node_mut()?.kept.shift_remove("invite_link");
    Ok(json!({"messaging_product": "whatsapp", "success": true}))
}

fn list_requests(desk: &mut Desk<'_>) -> Answered {
    let requests = desk.state.nodes.children(&desk.id, Kind::JoinRequest);
    let items = requests.into_iter().map(|request| {
        let mut told = request.members.clone();
        told.shift_remove("id");
        told.insert("join_request_id".to_owned(), request.id.as_str().into());
        (request.born, told.into())
    });
    desk.page_of(items.collect())
}

/// Lets people in or keeps them out.
fn decide(desk: &mut Desk<'_>, approve: bool) -> Answered {
    desk.need("join_requests")?;
    let (mut decided, mut failed) = (Vec::new(), Vec::new());
    for id in desk.ask.list("join_requests") {
        let request = desk.state.nodes.of_kind(Kind::JoinRequest, &id);
        let Some(request) = request.filter(|request| request.of == desk.id).cloned() else {
            let errors = json!([{"code": 131_211, "title": "Join request not found"}]);
            failed.push(json!({"join_request_id": id, "errors": errors}));
            continue;
        };
        desk.state.nodes.remove(&id);
        if approve {
            let mut member = request.members;
            member.retain(|name, _| matches!(name.as_str(), "wa_id" | "user_id"));
            desk.make(Kind::GroupMember, member);
        }
        decided.push(id);
    }
    let name = if approve {
        "approved_join_requests"
    } else {
        "rejected_join_requests"
    };
    Ok(json!({"messaging_product": "whatsapp", name: decided, "failed_join_requests": failed}))
}
