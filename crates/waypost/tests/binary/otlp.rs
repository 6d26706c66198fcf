//! Traces, as a collector gets them: decoded as OTLP's own protobuf.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use tokio::task::JoinSet;

use crate::app::App;
use crate::program::{Serving, arg, directory, run};

/// Takes traces on loopback.
struct Collector {
    url: String,
    taken: Arc<Mutex<Vec<Bytes>>>,
    _server: JoinSet<()>,
}

impl Collector {
    async fn start() -> Self {
        let taken = Arc::new(Mutex::new(Vec::new()));
        let take = async |State(taken): State<Arc<Mutex<Vec<Bytes>>>>, body: Bytes| {
            taken.lock().unwrap().push(body);
        };
        let router = Router::new()
            .route("/v1/traces", post(take))
            .with_state(taken.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            url,
            taken,
            _server: server,
        }
    }

    fn requests(&self) -> Vec<ExportTraceServiceRequest> {
        let taken = self.taken.lock().unwrap();
        let decoded = taken
            .iter()
            .map(|body| ExportTraceServiceRequest::decode(&**body));
        decoded.map(Result::unwrap).collect()
    }

    fn spans(&self) -> Vec<Span> {
        let resources = self
            .requests()
            .into_iter()
            .flat_map(|one| one.resource_spans);
        let scopes = resources.flat_map(|one| one.scope_spans);
        scopes.flat_map(|one| one.spans).collect()
    }
}

fn text(span: &Span, name: &str) -> String {
    let mut attributes = span.attributes.iter();
    let found = attributes.find(|one| one.key == name);
    let found = found.unwrap_or_else(|| panic!("no {name} in {span:?}"));
    match found.value.as_ref().unwrap().value.as_ref().unwrap() {
        Value::StringValue(text) => text.clone(),
        Value::IntValue(number) => number.to_string(),
        other => panic!("{other:?}"),
    }
}

/// Ends a gateway whose app was called so often; what was stored meanwhile is exported by then.
async fn end(app: &App, calls: usize, mut serving: Serving) {
    app.calls(calls).await;
    // The collector answers while it ends.
    let ended = tokio::task::spawn_blocking(move || serving.terminate());
    assert_eq!(ended.await.unwrap(), Some(0));
}

#[tokio::test]
async fn a_webhooks_way_is_one_trace_with_ids_and_nothing_private() {
    let (app, collector) = (App::start().await, Collector::start().await);
    let dir = directory(&[("waypost.toml", &app.configuration())]);
    let endpoint = collector.url.clone();
    let serving = Serving::start_with(&dir, "waypost.toml", &[], |command| {
        command.env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint);
        command.env(
            "OTEL_RESOURCE_ATTRIBUTES",
            "deployment.environment.name=tests",
        );
    });
    let serving = serving.await;
    let data = serving.data.clone();
    for _ in 0..2 {
        // The second is a repetition, and no news.
        assert_eq!(serving.webhook("wamid.traced", "a private text").await, 200);
    }
    end(&app, 1, serving).await;

    let spans = collector.spans();
    let names: Vec<&str> = spans.iter().map(|span| span.name.as_str()).collect();
    let (webhooks, deliveries): (Vec<_>, Vec<_>) =
        spans.iter().partition(|span| span.name == "webhook");
    assert_eq!((webhooks.len(), deliveries.len()), (1, 1), "{names:?}");
    let (webhook, delivery) = (webhooks[0], deliveries[0]);
    let listed = run(&["events", "--json", "--data", arg(&data)]);
    let event: serde_json::Value = serde_json::from_str(listed.out.trim()).unwrap();
    assert_eq!(text(webhook, "event.id"), event["id"]);
    assert_eq!(text(webhook, "account.id"), "business");
    assert_eq!(text(delivery, "event.id"), event["id"]);
    assert!(text(delivery, "delivery.id").starts_with("dlv_"));
    assert_eq!(text(delivery, "hook.id"), "app");
    assert_eq!(text(delivery, "verdict"), "delivered");
    assert_eq!(text(delivery, "http.response.status_code"), "200");
    assert!(webhook.parent_span_id.is_empty());
    assert_eq!(delivery.parent_span_id, webhook.span_id);
    assert_eq!(delivery.trace_id, webhook.trace_id);
    for span in [webhook, delivery] {
        assert!(span.start_time_unix_nano < span.end_time_unix_nano);
    }

    let requests = collector.requests();
    let resource = requests[0].resource_spans[0].resource.as_ref().unwrap();
    let told = format!("{resource:?}");
    assert!(
        told.contains("\"waypost\"") && told.contains("\"tests\""),
        "{told}"
    );
    // Protobuf leaves texts as they are.
    for body in collector.taken.lock().unwrap().iter() {
        let body = String::from_utf8_lossy(body);
        for private in [
            "15550002222",
            "15550001111",
            "private",
            "Test Person",
            "verify-token",
        ] {
            assert!(!body.contains(private), "{private}");
        }
    }
}

#[tokio::test]
async fn what_fails_shows_and_a_later_run_goes_on_with_the_same_trace() {
    let (app, collector) = (App::start().await, Collector::start().await);
    let dir = directory(&[("waypost.toml", &app.configuration())]);
    let start = async || {
        let endpoint = format!("{}/v1/traces", collector.url);
        let prepare = |command: &mut std::process::Command| {
            command.env("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", endpoint);
            command.env("OTEL_SERVICE_NAME", "shop-gateway");
        };
        Serving::start_with(&dir, "waypost.toml", &[], prepare).await
    };
    app.refuse(503, "moving house");
    let serving = start().await;
    serving.webhook("wamid.late", "hello").await;
    end(&app, 1, serving).await;
    app.agree();
    let serving = start().await;
    serving.run(&["hooks", "resume", "app"]).await;
    end(&app, 2, serving).await;

    let spans = collector.spans();
    let verdicts: Vec<String> = spans
        .iter()
        .filter(|span| span.name == "deliver")
        .map(|span| text(span, "verdict"))
        .collect();
    assert_eq!(verdicts, ["retry", "delivered"]);
    assert!(spans.iter().all(|span| span.trace_id == spans[0].trace_id));
    let failed = spans.iter().find(|span| text_of_status(span) == "status");
    assert_eq!(text(failed.unwrap(), "attempt"), "1");
    assert!(format!("{:?}", collector.requests()[0]).contains("shop-gateway"));
}

fn text_of_status(span: &Span) -> &str {
    span.status.as_ref().map_or("", |status| &status.message)
}

#[tokio::test]
async fn nothing_is_exported_unless_the_environment_says_where_to() {
    let (app, collector) = (App::start().await, Collector::start().await);
    let dir = directory(&[("waypost.toml", &app.configuration())]);
    let endpoint = collector.url.clone();
    let serving = Serving::start_with(&dir, "waypost.toml", &[], |command| {
        command.env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint);
        command.env("OTEL_SDK_DISABLED", "true");
    });
    let serving = serving.await;
    serving.webhook("wamid.1", "hello").await;
    end(&app, 1, serving).await;
    assert!(collector.requests().is_empty());
}
