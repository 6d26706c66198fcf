//! The description against a running gateway: every real answer is described, down to its last field.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::house::{ACCOUNTS, Answer, House, SECRET, text_message};
use crate::sink::Sink;
use waypost_server::config::{Config, Environment};
use whatsapp_cloud::secret::AppSecret;

/// A description, and what of it was seen.
struct Description {
    document: Value,
    seen: BTreeSet<String>,
}

impl Description {
    /// Holds an answer against the operation of its path.
    fn hold(&mut self, method: &Method, path: &str, answer: &Answer) {
        let what = format!("{method} {path}");
        let path = path.split('?').next().unwrap();
        let method = method.as_str().to_ascii_lowercase();
        let paths = self.document["paths"].as_object().unwrap();
        let template = paths.keys().filter(|template| fits(template, path));
        // As in the router, words go before parameters.
        let template = template.min_by_key(|template| template.contains('{'));
        let template = template.unwrap_or_else(|| panic!("{what} is not described"));
        let operation = &paths[template][&method];
        let response = &operation["responses"][answer.status.to_string()];
        assert!(
            response.is_object(),
            "{what}: {} is not described",
            answer.status
        );
        let name = operation["operationId"].as_str().unwrap();
        self.seen.insert(format!("{name} {}", answer.status));
        let Some(content) = response["content"].as_object() else {
            assert!(answer.text.is_empty(), "{what}: {}", answer.text);
            return;
        };
        let media_type = answer.headers["content-type"].to_str().unwrap();
        let schema = content.get(media_type).map(|content| &content["schema"]);
        let schema = schema.unwrap_or_else(|| panic!("{what}: {media_type} is not described"));
        let value = match media_type {
            "application/json" | "application/problem+json" => answer.body.clone(),
            _ => Value::String(answer.text.clone()),
        };
        if let Err(place) = self.fits(schema, &value) {
            panic!("{what}: {place}\n{:#}", answer.body);
        }
    }

    /// Whether a value fits a schema, with no field that is not described; else where not.
    fn fits(&self, schema: &Value, value: &Value) -> Result<(), String> {
        let Some(schema) = schema.as_object() else {
            return Ok(());
        };
        for (keyword, rule) in schema {
            match keyword.as_str() {
                "$ref" => self.fits(self.at(rule), value)?,
                "type" => {
                    let kinds: Vec<_> = match rule {
                        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
                        kind => kind.as_str().into_iter().collect(),
                    };
                    if !kinds.iter().any(|kind| is_a(value, kind)) {
                        return Err(format!(": {value} is not {rule}"));
                    }
                }
                "enum" if !rule.as_array().unwrap().contains(value) => {
                    return Err(format!(": {value} is none of {rule}"));
                }
                "required" => {
                    for name in rule.as_array().unwrap() {
                        if value.get(name.as_str().unwrap()).is_none() {
                            return Err(format!(": {name} is missing"));
                        }
                    }
                }
                "properties" => {
                    let closed = !schema.contains_key("additionalProperties")
                        && !schema.contains_key("allOf");
                    self.fields_fit(rule.as_object().unwrap(), value, closed)?;
                }
                "items" => {
                    for item in value.as_array().into_iter().flatten() {
                        self.fits(rule, item)
                            .map_err(|place| format!("[]{place}"))?;
                    }
                }
                "allOf" => {
                    for one in rule.as_array().unwrap() {
                        self.fits(one, value)?;
                    }
                }
                "anyOf" | "oneOf" => {
                    let mut any = rule.as_array().unwrap().iter();
                    if !any.any(|one| self.fits(one, value).is_ok()) {
                        return Err(format!(": {value} is none of {rule}"));
                    }
                }
                "enum"
                | "description"
                | "title"
                | "format"
                | "minimum"
                | "maximum"
                | "minLength"
                | "maxLength"
                | "additionalProperties"
                | "default"
                | "const" => {}
                unknown => panic!("this test does not know {unknown}"),
            }
        }
        Ok(())
    }

    fn fields_fit(
        &self,
        known: &Map<String, Value>,
        value: &Value,
        closed: bool,
    ) -> Result<(), String> {
        for (name, value) in value.as_object().into_iter().flatten() {
            match known.get(name) {
                Some(schema) => self
                    .fits(schema, value)
                    .map_err(|place| format!(".{name}{place}"))?,
                None if closed => return Err(format!(".{name} is not described")),
                None => {}
            }
        }
        Ok(())
    }

    fn at(&self, reference: &Value) -> &Value {
        let pointer = reference.as_str().unwrap().trim_start_matches('#');
        let found = self.document.pointer(pointer);
        found.unwrap_or_else(|| panic!("{reference} leads nowhere"))
    }
}

fn fits(template: &str, path: &str) -> bool {
    let (template, path): (Vec<_>, Vec<_>) =
        (template.split('/').collect(), path.split('/').collect());
    template.len() == path.len()
        && template
            .iter()
            .zip(path)
            .all(|(word, part)| word.starts_with('{') || *word == part)
}

fn is_a(value: &Value, kind: &str) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}

async fn ask(house: &House, method: &Method, path: &str, body: Option<&Value>) -> Answer {
    let mut request = house
        .http
        .request(method.clone(), house.url(path))
        .bearer_auth(house.gateway.local_key());
    if let Some(body) = body {
        request = request.json(body);
    }
    Answer::of(request.send().await.unwrap()).await
}

#[tokio::test]
async fn every_answer_of_a_running_gateway_is_described_to_its_last_field() {
    let sink = Sink::start().await;
    let hooks = format!(
        "{ACCOUNTS}\n[[hook]]\nid = \"app\"\nurl = \"{}\"\n[[hook]]\nid = \"gone\"\nurl = \"{}\"\nevents = [\"message.received\"]\n",
        sink.url, sink.url
    );
    let new = format!("{ACCOUNTS}\n[[account]]\nid = \"new\"\nphone_number_id = \"777\"\n");
    let source = move || {
        let path = Path::new("/nowhere/waypost.toml");
        Config::parse(&new, path, &Environment::default())
    };
    let house = House::start_with(&hooks, |options| options.source = Some(Arc::new(source))).await;
    let document = Answer::of(
        house
            .http
            .get(house.url("/openapi.json"))
            .send()
            .await
            .unwrap(),
    );
    let mut description = Description {
        document: document.await.body,
        seen: BTreeSet::new(),
    };
    for path in [
        "/webhooks/whatsapp/shop",
        "/webhooks/whatsapp",
        "/whatsapp",
        "/webhook",
    ] {
        let body = text_message("111", &format!("wamid.{path}"), "491700000001", "hello");
        let answer = house.post(path, SECRET, body.to_string()).await;
        description.hold(&Method::POST, path, &answer);
        let unsigned = house.post_as(path, None, body.to_string()).await;
        description.hold(&Method::POST, path, &unsigned);
        let handshake = format!(
            "{path}?hub.mode=subscribe&hub.challenge=7&hub.verify_token={}",
            crate::house::VERIFY_TOKEN
        );
        let answer = ask(&house, &Method::GET, &handshake, None).await;
        description.hold(&Method::GET, path, &answer);
    }
    house.gateway.engine().drain().await;
    let signature = whatsapp_cloud::webhook::sign(&AppSecret::new(SECRET), b"{");
    let broken = house
        .post_as("/webhooks/whatsapp/shop", Some(&signature), "{")
        .await;
    description.hold(&Method::POST, "/webhooks/whatsapp/shop", &broken);

    let message =
        json!({"account_id": "shop", "to": "491700000001", "type": "text", "text": {"body": "hi"}});
    let sent = ask(&house, &Method::POST, "/api/messages", Some(&message)).await;
    description.hold(&Method::POST, "/api/messages", &sent);
    let first = async |list: &str| {
        let page = house.get(list).await;
        page.body["data"][0]["id"].as_str().unwrap().to_owned()
    };
    let event = first("/api/events").await;
    let delivery = first("/api/deliveries").await;
    let message_id = first("/api/messages").await;
    let get = |path: String| (Method::GET, path, None);
    let post = |path: String, body: Value| (Method::POST, path, Some(body));
    let requests = [
        get("/api/events?limit=1".into()),
        get("/api/events".into()),
        get("/api/events?limit=0".into()),
        get("/api/events?after=nonsense".into()),
        get(format!("/api/events/{event}")),
        get("/api/events/evt_0".into()),
        get("/api/events/stream?type=nonsense".into()),
        get(format!("/api/trace/{event}")),
        get(format!("/api/trace/{delivery}")),
        get(format!("/api/trace/{message_id}")),
        get("/api/trace/nothing".into()),
        get("/api/deliveries".into()),
        get("/api/deliveries?states=dead".into()),
        get(format!("/api/deliveries/{delivery}")),
        get("/api/deliveries/dlv_0".into()),
        post(format!("/api/deliveries/{delivery}/redeliver"), json!({})),
        post(format!("/api/deliveries/{delivery}/redeliver"), json!({})),
        post("/api/deliveries/dlv_0/redeliver".into(), json!({})),
        post(
            "/api/deliveries/redeliver".into(),
            json!({"everything": true, "dry_run": true}),
        ),
        post("/api/deliveries/redeliver".into(), json!({"dry": true})),
        post(
            "/api/replay".into(),
            json!({"everything": true, "dry_run": true}),
        ),
        post("/api/replay".into(), json!({"status": "lost"})),
        post("/api/replay".into(), json!({"account_id": "nobody"})),
        post(
            "/api/replay".into(),
            json!({"hook_id": "app", "status": "dead"}),
        ),
        get("/api/replay".into()),
        get("/api/replay/rpl_0".into()),
        get("/api/hooks".into()),
        get("/api/hooks/app".into()),
        get("/api/hooks/nobody".into()),
        post("/api/hooks/app/test".into(), json!({})),
        post("/api/hooks/app/pause".into(), json!({"reason": "a look"})),
        get("/api/hooks/app".into()),
        post("/api/hooks/app/resume".into(), json!({"from": "now"})),
        post("/api/hooks/app/resume".into(), json!({"from": "then"})),
        get("/api/messages".into()),
        get("/api/messages?state=flying".into()),
        get(format!("/api/messages/{message_id}")),
        get("/api/messages/msg_0".into()),
        post("/api/messages".into(), json!({"account_id": "nobody"})),
        post(
            "/api/messages".into(),
            json!({"account_id": "bakery", "to": "1"}),
        ),
        post(
            "/api/messages".into(),
            json!({"account_id": "shop", "to": "1"}),
        ),
        get("/health".into()),
        get("/health/ready".into()),
        get("/health/live".into()),
        get("/metrics".into()),
        get("/openapi.json".into()),
        get("/docs".into()),
        post("/api/reload".into(), json!({})),
    ];
    for (method, path, body) in requests {
        let answer = ask(&house, &method, &path, body.as_ref()).await;
        description.hold(&method, &path, &answer);
    }
    let replay = first("/api/replay").await;
    for (method, path) in [
        (Method::GET, format!("/api/replay/{replay}")),
        (Method::POST, format!("/api/replay/{replay}/cancel")),
    ] {
        let answer = ask(&house, &method, &path, None).await;
        description.hold(&method, &path, &answer);
    }
    let stream = house.http.get(house.url("/api/events/stream"));
    let stream = stream.bearer_auth(house.gateway.local_key());
    let mut stream = stream.send().await.unwrap();
    stream.chunk().await.unwrap();
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    description.seen.insert("followEvents 200".to_owned());

    let mut missed = Vec::new();
    for operation in description.document["paths"].as_object().unwrap().values() {
        for operation in operation.as_object().unwrap().values() {
            let name = operation["operationId"].as_str().unwrap();
            let mut good = ["200", "202"].iter();
            let good = good.find(|status| operation["responses"].get(**status).is_some());
            let good = format!("{name} {}", good.unwrap());
            if !description.seen.contains(&good) {
                missed.push(good);
            }
        }
    }
    assert!(missed.is_empty(), "never answered here: {missed:?}");
}

#[tokio::test]
async fn the_parameters_described_are_those_that_are_taken() {
    let house = House::start(ACCOUNTS).await;
    let document = house.get("/openapi.json").await.body;
    for (path, methods) in document["paths"].as_object().unwrap() {
        let Some(operation) = methods.get("get") else {
            continue;
        };
        if !path.starts_with("/api/") {
            continue;
        }
        let described: BTreeSet<_> = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|parameter| parameter["in"] == "query")
            .map(|parameter| parameter["name"].as_str().unwrap().to_owned())
            .collect();
        let refused = house
            .get(&format!("{}?nonsense=1", path.replace("{id}", "nobody")))
            .await;
        if refused.status == 404 {
            continue;
        }
        assert_eq!(refused.problem(), (400, "unknown_parameter"), "{path}");
        let detail = refused.body["detail"].as_str().unwrap();
        let taken: BTreeSet<_> = match detail.split_once(" is not one of ") {
            Some((_, names)) => names.split(", ").map(str::to_owned).collect(),
            None => BTreeSet::new(),
        };
        assert_eq!(described, taken, "{path}");
    }
}

#[tokio::test]
async fn the_page_of_the_description_needs_nothing_from_elsewhere() {
    let house = House::start(ACCOUNTS).await;
    let page = Answer::of(house.http.get(house.url("/docs")).send().await.unwrap()).await;
    assert_eq!(page.status, 200);
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(
        policy.starts_with("default-src 'none'; style-src 'sha256-"),
        "{policy}"
    );
    for forbidden in ["<script", "src=", "http://", "https://", "url("] {
        assert!(!page.text.contains(forbidden), "{forbidden}");
    }
    for path in [
        "/api/events/stream",
        "/api/hooks/{id}/pause",
        "/webhooks/whatsapp/{account_id}",
    ] {
        assert!(page.text.contains(path), "{path}");
    }
}
