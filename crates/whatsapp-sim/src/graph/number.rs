//! Phone numbers of the business: read, listed, added, changed.

use serde_json::{Value, json};
use whatsapp_cloud::limits::{Limit, Rule};

use super::ask::Ask;
use super::desk::{Answered, Desk, done, members};
use super::refusal::Refusal;
use super::route::Route;
use super::{automation, fields, registration};
use crate::config::Number;
use crate::fault::Call;
use crate::person::digits;
use crate::world::{Kind, Node};

pub(super) const ROUTES: &[Route] = &[
    Route::get(Kind::Number, "", |desk| {
        let mut told = read(desk, &desk.id, Some(FIELDS))?;
        let asked = desk.ask.text("fields").unwrap_or_default();
        if fields::read(&asked)
            .iter()
            .any(|field| field.name == automation::FIELD)
        {
            told[automation::FIELD] = automation::told(desk)?;
        }
        Ok(told)
    })
    .messaging()
    .meets(Call::Number),
    Route::post(Kind::Number, "", update).shakes_hands(callback),
    Route::get(Kind::AccountNumber, "", |desk| {
        let number = desk.node()?.of.clone();
        read(desk, &number, None)
    }),
    Route::get(Kind::Account, "phone_numbers", list).meets(Call::BusinessAccount),
    Route::post(Kind::Account, "phone_numbers", create),
];

/// What a number says of itself when it is not asked for particular fields.
const FIELDS: &str = "verified_name,code_verification_status,display_phone_number,quality_rating,platform_type,throughput";

fn whole(desk: &Desk<'_>, number: &Node) -> Value {
    let mut whole = number.members.clone();
    let state = &*desk.state;
    let place = |id: &str| state.overrides.get(id).map(|instead| instead.text.as_str());
    let mut webhooks = members(json!({
        "phone_number": place(&number.id),
        "whatsapp_business_account": place(&number.of),
        "application": state.webhook_url.as_ref().map(reqwest::Url::as_str),
    }));
    webhooks.retain(|_, url| !url.is_null());
    whole.insert("webhook_configuration".to_owned(), webhooks.into());
    whole.into()
}

fn read(desk: &Desk<'_>, number: &str, unless_asked: Option<&str>) -> Answered {
    let whole = members(whole(desk, desk.named(Kind::Number, number)?));
    Ok(fields::choose(
        &whole,
        desk.ask.text("fields").as_deref(),
        unless_asked,
    ))
}

fn list(desk: &mut Desk<'_>) -> Answered {
    let asked = desk.ask.text("fields");
    let wanted = Filter::read(desk)?;
    let numbers = desk
        .state
        .nodes
        .children(&desk.id, Kind::Number)
        .into_iter();
    let mut items: Vec<(u64, Value)> = numbers
        .filter(|number| {
            wanted
                .as_ref()
                .is_none_or(|wanted| wanted.lets_through(number))
        })
        .map(|number| {
            let whole = members(whole(desk, number));
            (
                number.born,
                fields::choose(&whole, asked.as_deref(), Some(FIELDS)),
            )
        })
        .collect();
    if desk
        .ask
        .text("sort")
        .is_some_and(|sort| sort.ends_with("desc"))
    {
        // Places grow, whatever the order.
        let places: Vec<u64> = items.iter().map(|(place, _)| *place).collect();
        items.reverse();
        for (item, place) in items.iter_mut().zip(places) {
            item.0 = place;
        }
    }
    desk.page_of(items)
}

/// `[{"field":"account_mode","operator":"EQUAL","value":"LIVE"}]`
struct Filter(String);

impl Filter {
    fn read(desk: &Desk<'_>) -> Result<Option<Self>, Refusal> {
        let Some(filters) = desk.ask.value("filtering") else {
            return Ok(None);
        };
        let mode = filters.pointer("/0/value").and_then(Value::as_str);
        let is_mode = filters
            .pointer("/0/field")
            .is_some_and(|field| field == "account_mode");
        let wrong = || Refusal::because(100, "filtering is by account_mode.");
        let mode = mode.filter(|_| is_mode).ok_or_else(wrong)?;
        Ok(Some(Self(mode.to_owned())))
    }

    fn lets_through(&self, number: &Node) -> bool {
        number.is("account_mode", &self.0)
    }
}

/// A number that is not verified yet, and cannot send before it is registered.
fn create(desk: &mut Desk<'_>) -> Answered {
    let (cc, rest) = (desk.need("cc")?, desk.need("phone_number")?);
    let name = desk.need("verified_name")?;
    let number = digits(&format!("{cc}{rest}"));
    let is_there = |node: &&Node| digits(node.text("display_phone_number")) == number;
    if desk.state.nodes.all(Kind::Number).iter().any(is_there) {
        return Err(
            Refusal::because(100, "The phone number is another account's.").with_subcode(2_388_052),
        );
    }
    let mut verification = "NOT_VERIFIED";
    if let Some(id) = desk.ask.text("preverified_id") {
        let preverified = desk.named(Kind::PreverifiedNumber, &id)?;
        if preverified.is("code_verification_status", "VERIFIED") {
            verification = "VERIFIED";
        }
    }
    let id = desk.make(
        Kind::Number,
        members(json!({
            "verified_name": name,
            "display_phone_number": &number,
            "code_verification_status": verification,
            "quality_rating": "UNKNOWN",
            "platform_type": "NOT_APPLICABLE",
            "throughput": {"level": "NOT_APPLICABLE"},
            "status": "PENDING",
            "name_status": "PENDING_REVIEW",
            "account_mode": "LIVE",
            "is_official_business_account": false,
            "is_on_biz_app": false,
            "is_pin_enabled": false,
        })),
    );
    desk.world.add_number(Number {
        phone_number_id: id.clone(),
        business_account_id: desk.id.clone(),
        display_phone_number: number,
    });
    desk.log("PHONE_NUMBER_ADDED", "A phone number was added.");
    Ok(json!({"id": id}))
}

const RULES: &[Rule] = &[
    Rule {
        path: "search_visibility",
        limit: Limit::OneOf(&["VISIBLE", "HIDDEN"]),
    },
    Rule {
        path: "webhook_configuration.override_callback_uri",
        limit: Limit::Chars(0, 200),
    },
];

fn callback(ask: &Ask) -> Option<(String, String)> {
    let configuration = ask.value("webhook_configuration")?;
    let text = |name: &str| configuration[name].as_str().map(str::to_owned);
    let url = text("override_callback_uri").filter(|url| !url.is_empty())?;
    Some((url, text("verify_token").unwrap_or_default()))
}

fn update(desk: &mut Desk<'_>) -> Answered {
    desk.check(RULES)?;
    let (pin, name) = (registration::pin(desk)?, desk.ask.text("new_display_name"));
    desk.change(&["search_visibility", "username", "connection_status"])?;
    let number = desk.node_mut()?;
    if let Some(pin) = pin {
        number.keep("pin", pin);
        number.set("is_pin_enabled", true);
    }
    if let Some(name) = name {
        number.set("new_display_name", name);
        number.set("new_name_status", "PENDING_REVIEW");
    }
    if let Some(instead) = desk.callback.take() {
        desk.state.overrides.insert(desk.id.clone(), instead);
    } else if desk.ask.value("webhook_configuration").is_some() {
        desk.state.overrides.remove(&desk.id);
    }
    desk.world.release(desk.state);
    Ok(done())
}
