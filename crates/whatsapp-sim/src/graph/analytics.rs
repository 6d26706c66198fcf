//! Figures, counted from the simulator's own traffic. It charges nothing, so every cost is 0.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::desk::{Answered, Desk, members};
use super::fields::Field;
use super::refusal::Refusal;
use super::route::Route;
use crate::calendar;
use crate::world::{Conversation, Kind};

pub(super) const ROUTES: &[Route] = &[
    Route::get(Kind::Account, "template_analytics", template_edge),
    Route::get(Kind::Account, "template_group_analytics", group_edge),
];

const DAY: i64 = 86_400;
/// How far back figures go.
const YEAR: i64 = 365 * DAY;
/// How far back those of templates go.
const TEMPLATES: i64 = 90 * DAY;
/// Templates of one call.
const TEMPLATES_MAX: usize = 10;

/// What is asked: from when to when, and in which steps.
struct Span {
    start: i64,
    end: i64,
    granularity: String,
}

/// A message of the account, as far as it counts.
struct Sent<'a> {
    at: i64,
    message: &'a Conversation,
    number: &'a str,
    is_to_group: bool,
    /// The template's id.
    template: Option<&'a str>,
}

const METRICS: &[&str] = &[
    "analytics",
    "call_analytics",
    "conversation_analytics",
    "group_analytics",
    "pricing_analytics",
    "template_analytics",
    "template_group_analytics",
];

/// The figures that a field of the account asks for; none if it asks for something else.
pub(super) fn figures(desk: &Desk<'_>, field: &Field<'_>) -> Result<Option<Value>, Refusal> {
    if !METRICS.contains(&field.name) {
        return Ok(None);
    }
    let is_of_templates = field.name.starts_with("template");
    let argument = |name: &str| field.argument(name).map(str::to_owned);
    let span = span(desk, argument, is_of_templates)?;
    let phones = field.list("phone_numbers");
    let countries = field.list("country_codes");
    let mut sent = sent(desk, &span);
    sent.retain(|sent| {
        (phones.is_empty() || phones.contains(&sent.number))
            && (countries.is_empty() || countries.contains(&country(&sent.message.recipient)))
    });
    let in_rows = |points: Vec<Value>| json!({"data": [{"data_points": points}]});
    let owned = |ids: Vec<&str>| ids.into_iter().map(str::to_owned).collect::<Vec<_>>();
    Ok(Some(match field.name {
        "analytics" => json!({
            "phone_numbers": phones,
            "country_codes": countries,
            "granularity": span.granularity,
            "data_points": points(&span, &sent, |_| Map::new(), |sent| {
                json!({"sent": sent.len(), "delivered": reached(sent, "delivered")})
            }),
        }),
        "call_analytics" => in_rows(calls(desk, &span)),
        // Everything with one person in a step is one conversation.
        "conversation_analytics" => in_rows(points(
            &span,
            &sent,
            |sent| dimensions(field, sent),
            |sent| {
                let people = sent
                    .iter()
                    .map(|sent| (sent.number, &sent.message.recipient));
                json!({"conversation": people.collect::<BTreeSet<_>>().len(), "cost": 0})
            },
        )),
        "group_analytics" => {
            sent.retain(|sent| sent.is_to_group);
            let group = |sent: &Sent<'_>| members(json!({"group_id": sent.message.recipient}));
            in_rows(points(&span, &sent, group, how_far))
        }
        "pricing_analytics" => {
            sent.retain(|sent| sent.message.reached_at_ms("delivered").is_some());
            let count = |sent: &[&Sent<'_>]| json!({"volume": sent.len(), "cost": 0});
            in_rows(points(&span, &sent, |sent| dimensions(field, sent), count))
        }
        "template_analytics" => {
            let wanted = owned(field.list("template_ids"));
            json!({"data": [templates(desk, &span, &sent, &wanted)?]})
        }
        _ => {
            let wanted = owned(field.list("template_group_ids"));
            json!({"data": [template_groups(desk, &span, &sent, &wanted)?]})
        }
    }))
}

fn span(
    desk: &Desk<'_>,
    argument: impl Fn(&str) -> Option<String>,
    is_of_templates: bool,
) -> Result<Span, Refusal> {
    let moment = |name: &str| {
        let moment = argument(name).and_then(|text| text.parse().ok());
        moment.ok_or_else(|| Refusal::because(100, format!("The parameter {name} is required.")))
    };
    let (start, end): (i64, i64) = (moment("start")?, moment("end")?);
    let granularity = argument("granularity").unwrap_or_else(|| "DAILY".to_owned());
    if !["HALF_HOUR", "DAY", "DAILY", "MONTH", "MONTHLY"].contains(&granularity.as_str()) {
        return Err(Refusal::because(100, "granularity is not one of Meta's."));
    }
    let now = i64::try_from(desk.now_seconds()).unwrap_or(i64::MAX);
    let back = if is_of_templates { TEMPLATES } else { YEAR };
    if start > end || start < now - back {
        let days = back / DAY;
        let details = format!("start must be before end, and at most {days} days ago.");
        return Err(Refusal::because(100, details));
    }
    Ok(Span {
        start,
        end,
        granularity,
    })
}

impl Span {
    /// The step that a moment is in.
    fn step(&self, at: i64) -> (i64, i64) {
        let of = |length: i64| {
            (
                at - at.rem_euclid(length),
                at - at.rem_euclid(length) + length,
            )
        };
        match self.granularity.as_str() {
            "HALF_HOUR" => of(DAY / 48),
            "MONTH" | "MONTHLY" => calendar::month(at).unwrap_or_else(|| of(DAY)),
            _ => of(DAY),
        }
    }
}

fn sent<'a>(desk: &'a Desk<'_>, span: &Span) -> Vec<Sent<'a>> {
    let account = desk.account();
    let sends = desk.state.journal.sends.iter();
    let of_account = sends.filter_map(|send| {
        let number = desk.state.nodes.get(&send.phone_number_id)?;
        let at = i64::try_from(send.at_ms / 1000).ok()?;
        if number.of != account || at < span.start || at >= span.end {
            return None;
        }
        let named = &send.body["template"];
        let language = named["language"]["code"].as_str().unwrap_or_default();
        let name = named["name"].as_str().unwrap_or_default();
        let template = desk.state.template(&account, name, language);
        Some(Sent {
            at,
            message: desk.state.messages.get(&send.wamid)?,
            number: number.text("display_phone_number"),
            is_to_group: send.body["recipient_type"] == "group",
            template: template.map(|node| node.id.as_str()),
        })
    });
    of_account.collect()
}

/// What was counted, step by step, and apart by whatever `apart` names.
fn points<'a, 'b: 'a>(
    span: &Span,
    sent: impl IntoIterator<Item = &'a Sent<'b>>,
    apart: impl Fn(&Sent<'b>) -> Map<String, Value>,
    count: impl Fn(&[&Sent<'b>]) -> Value,
) -> Vec<Value> {
    let mut steps: BTreeMap<(i64, i64, String), Vec<&Sent<'b>>> = BTreeMap::new();
    for message in sent {
        let (start, end) = span.step(message.at);
        let by = Value::Object(apart(message)).to_string();
        steps.entry((start, end, by)).or_default().push(message);
    }
    let points = steps.into_iter().map(|((start, end, _), sent)| {
        let mut point = members(json!({"start": start, "end": end}));
        // Those of one step are alike in whatever they are told apart by.
        point.extend(sent.first().map(|sent| apart(sent)).unwrap_or_default());
        point.extend(members(count(&sent)));
        Value::Object(point)
    });
    points.collect()
}

fn reached(sent: &[&Sent<'_>], status: &str) -> usize {
    let reached = sent
        .iter()
        .filter(|sent| sent.message.reached_at_ms(status).is_some());
    reached.count()
}

fn how_far(sent: &[&Sent<'_>]) -> Value {
    json!({
        "sent": sent.len(),
        "delivered": reached(sent, "delivered"),
        "read": reached(sent, "read"),
    })
}

/// Those dimensions of a message that are asked for.
fn dimensions(field: &Field<'_>, sent: &Sent<'_>) -> Map<String, Value> {
    let message = sent.message;
    let (category, kind) = match (message.category, message.is_free) {
        (_, true) => ("SERVICE", "FREE_CUSTOMER_SERVICE"),
        ("marketing", false) => ("MARKETING", "REGULAR"),
        ("marketing_lite", false) => ("MARKETING_LITE", "REGULAR"),
        ("utility", false) => ("UTILITY", "REGULAR"),
        ("authentication", false) => ("AUTHENTICATION", "REGULAR"),
        (_, false) => ("SERVICE", "REGULAR"),
    };
    let mut by = Map::new();
    for dimension in field.list("dimensions") {
        let (name, value) = match dimension {
            "PRICING_CATEGORY" => ("pricing_category", category),
            "PRICING_TYPE" => ("pricing_type", kind),
            "CONVERSATION_CATEGORY" => ("conversation_category", category),
            "CONVERSATION_TYPE" => ("conversation_type", kind),
            "CONVERSATION_DIRECTION" => ("conversation_direction", "UNKNOWN"),
            "COUNTRY" => ("country", country(&message.recipient)),
            "PHONE" => ("phone_number", sent.number),
            _ => continue,
        };
        by.insert(name.to_owned(), value.into());
    }
    by
}

fn calls(desk: &Desk<'_>, span: &Span) -> Vec<Value> {
    let account = desk.account();
    let mut steps: BTreeMap<(i64, i64), Vec<u64>> = BTreeMap::new();
    for call in desk.state.nodes.all(Kind::Call) {
        let at = i64::try_from(call.made_at_ms / 1000).unwrap_or(i64::MAX);
        let owner = desk.state.nodes.owner(&call.id, Kind::Account);
        if owner.is_some_and(|owner| owner.id == account) && (span.start..span.end).contains(&at) {
            let seconds = call.kept.get("seconds").and_then(Value::as_u64);
            steps
                .entry(span.step(at))
                .or_default()
                .push(seconds.unwrap_or(0));
        }
    }
    let points = steps.into_iter().map(|((start, end), seconds)| {
        let average = seconds.iter().sum::<u64>() / seconds.len().max(1) as u64;
        json!({"start": start, "end": end, "count": seconds.len(), "average_duration": average, "cost": 0})
    });
    points.collect()
}

/// Figures of templates are told to those who opted in only.
fn templates(desk: &Desk<'_>, span: &Span, sent: &[Sent<'_>], wanted: &[String]) -> Answered {
    if !desk.node()?.is_true("is_enabled_for_insights") {
        return Err(Refusal::of_code(200_005));
    }
    if wanted.is_empty() || wanted.len() > TEMPLATES_MAX {
        return Err(Refusal::because(100, "template_ids must be 1 to 10 ids."));
    }
    for id in wanted {
        desk.named(Kind::Template, id)?;
    }
    let by = |sent: &Sent<'_>| members(json!({"template_id": sent.template}));
    Ok(json!({
        "granularity": span.granularity,
        "product_type": "CLOUD_API",
        "data_points": points(span, sent.iter().filter(|sent| is_one_of(sent, wanted)), by, how_far),
    }))
}

fn is_one_of(sent: &Sent<'_>, templates: &[String]) -> bool {
    sent.template
        .is_some_and(|template| templates.iter().any(|id| id == template))
}

fn template_groups(desk: &Desk<'_>, span: &Span, sent: &[Sent<'_>], wanted: &[String]) -> Answered {
    let mut all = Vec::new();
    for id in wanted {
        let group = desk.named(Kind::TemplateGroup, id)?;
        let templates = super::template_group::templates(group);
        let of_group = sent.iter().filter(|sent| is_one_of(sent, &templates));
        let by = |_: &Sent<'_>| members(json!({"template_group_id": id}));
        all.extend(points(span, of_group, by, how_far));
    }
    Ok(json!({"granularity": span.granularity, "data_points": all}))
}

fn template_edge(desk: &mut Desk<'_>) -> Answered {
    let span = span(desk, |name| desk.ask.text(name), true)?;
    let figures = templates(
        desk,
        &span,
        &sent(desk, &span),
        &desk.ask.list("template_ids"),
    )?;
    desk.page_of(vec![(1, figures)])
}

fn group_edge(desk: &mut Desk<'_>) -> Answered {
    let span = span(desk, |name| desk.ask.text(name), true)?;
    let wanted = desk.ask.list("template_group_ids");
    let figures = template_groups(desk, &span, &sent(desk, &span), &wanted)?;
    desk.page_of(vec![(1, figures)])
}

/// The country of a phone number, as far as its first digits tell.
fn country(number: &str) -> &'static str {
    const CODES: &[(&str, &str)] = &[
        ("1", "US"),
        ("33", "FR"),
        ("34", "ES"),
        ("39", "IT"),
        ("44", "GB"),
        ("49", "DE"),
        ("52", "MX"),
        ("55", "BR"),
        ("62", "ID"),
        ("91", "IN"),
    ];
    let known = CODES.iter().find(|(code, _)| number.starts_with(code));
    known.map_or("ZZ", |(_, country)| country)
}
