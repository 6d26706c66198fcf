//! Groups of templates.

use serde_json::{Value, json};

use super::desk::{Answered, Desk, done, members};
use super::refusal::Refusal;
use super::route::Route;
use crate::world::{Kind, Node};

pub(super) const ROUTES: &[Route] = &[
    Route::get(Kind::Account, "template_groups", |desk| {
        desk.list(Kind::TemplateGroup)
    }),
    Route::post(Kind::Account, "template_groups", create),
    Route::get(Kind::TemplateGroup, "", |desk| desk.tell_members(None)),
    Route::post(Kind::TemplateGroup, "", update),
    Route::delete(Kind::TemplateGroup, "", |desk| {
        desk.state.nodes.remove(&desk.id);
        Ok(done())
    }),
];

/// Ids of the templates in a group.
pub(super) fn templates(group: &Node) -> Vec<String> {
    let listed = group.members.get("whatsapp_business_templates");
    let listed = listed
        .and_then(|list| list["data"].as_array())
        .into_iter()
        .flatten();
    listed
        .filter_map(|template| template["id"].as_str().map(str::to_owned))
        .collect()
}

/// The templates as a group's member, each one there.
fn listed(desk: &Desk<'_>, ids: &[String]) -> Result<Value, Refusal> {
    for id in ids {
        desk.named(Kind::Template, id)?;
    }
    let listed: Vec<Value> = ids.iter().map(|id| json!({"id": id})).collect();
    Ok(json!({"data": listed}))
}

fn create(desk: &mut Desk<'_>) -> Answered {
    let name = desk.need("name")?;
    let templates = listed(desk, &desk.ask.list("whatsapp_business_templates"))?;
    let mut group = members(json!({"name": name, "whatsapp_business_templates": templates}));
    group.extend(desk.given(&["description"]));
    Ok(json!({"id": desk.make(Kind::TemplateGroup, group)}))
}

fn update(desk: &mut Desk<'_>) -> Answered {
    let removed = desk.ask.list("remove_templates");
    let mut ids = templates(desk.node()?);
    ids.retain(|id| !removed.contains(id));
    for id in desk.ask.list("add_templates") {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    let templates = listed(desk, &ids)?;
    desk.change(&["name", "description"])?;
    desk.node_mut()?
        .set("whatsapp_business_templates", templates);
    Ok(done())
}
