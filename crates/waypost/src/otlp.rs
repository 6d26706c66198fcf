//! Traces over OTLP/HTTP, behind the feature `otlp`: one for each event, from its webhook over every attempt to deliver it, and
//! one for each message of ours, of every attempt to send it.
//!
//! An event is delivered long after its webhook was answered, and maybe by another process. So its trace's id is made of the
//! event's own, and every span finds its trace without being handed anything.
//!
//! **Invariant:** attributes are ids, stable words and numbers; never a phone number, a text, or a secret.

use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use opentelemetry::trace::{
    Span as _, SpanBuilder, SpanContext, SpanId, SpanKind, Status, TraceContextExt as _,
    TraceFlags, TraceId, TraceState, Tracer as _, TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator, SdkTracer, SdkTracerProvider};
use sha2::{Digest as _, Sha256};
use waypost_server::config::Environment;
use waypost_server::{AttemptReport, Observer, SendReport, StoredReport, Watch};

/// Either says where to; the rest of the standard variables is read by the exporter itself.
const ENDPOINTS: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
];

/// What is exported, until it is stopped.
pub(crate) struct Export {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

impl Export {
    /// Begins, if the environment says where to.
    pub(crate) fn start(environment: &Environment) -> anyhow::Result<Option<Arc<Self>>> {
        let says = |name: &str, word: &str| {
            let value = environment.get(name).unwrap_or_default();
            value.trim().eq_ignore_ascii_case(word)
        };
        let is_wanted = ENDPOINTS
            .iter()
            .any(|name| environment.get(name).is_some_and(|url| !url.is_empty()));
        let is_refused = says("OTEL_SDK_DISABLED", "true") || says("OTEL_TRACES_EXPORTER", "none");
        if !is_wanted || is_refused {
            return Ok(None);
        }
        let exporter = SpanExporter::builder().with_http().build();
        let exporter = exporter.context("cannot export traces: see the variables OTEL_…")?;
        let resource = Resource::builder()
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")));
        let is_named = environment.get("OTEL_SERVICE_NAME").is_some();
        let resource = if is_named {
            resource
        } else {
            resource.with_service_name("waypost")
        };
        let provider = SdkTracerProvider::builder()
            .with_id_generator(Ids::default())
            .with_resource(resource.build())
            .with_batch_exporter(exporter)
            .build();
        let tracer = provider.tracer("waypost");
        Ok(Some(Arc::new(Self { provider, tracer })))
    }

    /// Exports what is left, within a few seconds.
    pub(crate) async fn stop(self: Arc<Self>) {
        let stopped = tokio::task::spawn_blocking(move || self.provider.shutdown());
        if let Ok(Err(error)) = stopped.await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the last traces were not exported"
            );
        }
    }

    /// A span of this long until now, at the root of the trace of `of` or below.
    fn span(&self, of: Root, is_root: bool, shape: Shape) {
        let end = now();
        let start = end.checked_sub(shape.duration).unwrap_or(end);
        let span = SpanBuilder::from_name(shape.name)
            .with_kind(shape.kind)
            .with_start_time(start)
            .with_attributes(shape.attributes);
        let parent = if is_root {
            NEXT.set(Some(of));
            Context::new()
        } else {
            Context::new().with_remote_span_context(of.context())
        };
        let mut span = self.tracer.build_with_context(span, &parent);
        if let Some(failure) = shape.failure {
            span.set_status(Status::error(failure));
        }
        span.end_with_timestamp(end);
    }
}

/// What is to be seen of a span.
struct Shape {
    name: &'static str,
    kind: SpanKind,
    duration: Duration,
    /// In a word, if it was one.
    failure: Option<&'static str>,
    attributes: Vec<KeyValue>,
}

impl Watch for Export {
    fn stored(&self, report: &StoredReport<'_>) {
        let event = report.event_id.to_string();
        let shape = Shape {
            name: "webhook",
            kind: SpanKind::Server,
            duration: report.duration,
            failure: None,
            attributes: vec![
                KeyValue::new("event.type", report.event_type.to_string()),
                KeyValue::new("account.id", report.account_id.to_string()),
                KeyValue::new("event.id", event.clone()),
            ],
        };
        self.span(Root::of(&event), true, shape);
    }
}

impl Observer for Export {
    fn attempt(&self, report: &AttemptReport<'_>) {
        let event = report.event_id.to_string();
        let mut attributes = vec![
            KeyValue::new("delivery.id", report.delivery_id.to_string()),
            KeyValue::new("event.type", report.event_type.to_string()),
            KeyValue::new("account.id", report.account_id.to_string()),
            KeyValue::new("hook.id", report.hook_id.to_string()),
            KeyValue::new("attempt", i64::from(report.number)),
            KeyValue::new("outcome", report.outcome),
            KeyValue::new("verdict", report.verdict),
            KeyValue::new("event.id", event.clone()),
        ];
        attributes.extend(
            report
                .status
                .map(|status| KeyValue::new("http.response.status_code", i64::from(status))),
        );
        let shape = Shape {
            name: "deliver",
            kind: SpanKind::Client,
            duration: report.duration,
            failure: (report.verdict != "delivered").then_some(report.outcome),
            attributes,
        };
        self.span(Root::of(&event), false, shape);
    }

    fn send(&self, report: &SendReport<'_>) {
        let message = report.message_id.to_string();
        let mut attributes = vec![
            KeyValue::new("account.id", report.account_id.to_string()),
            KeyValue::new("attempt", i64::from(report.number)),
            KeyValue::new("verdict", report.verdict),
            KeyValue::new("message.id", message.clone()),
        ];
        attributes.extend(
            report
                .error_code
                .map(|code| KeyValue::new("error.code", code)),
        );
        attributes.extend(
            report
                .refusal
                .map(|concerns| KeyValue::new("refusal", concerns)),
        );
        let shape = Shape {
            name: "send",
            kind: SpanKind::Client,
            duration: report.duration,
            failure: (report.verdict != "sent").then_some(report.verdict),
            attributes,
        };
        self.span(Root::of(&message), report.number == 1, shape);
    }
}

/// The first span of the trace of an event or a message, as everybody can tell from its id.
#[derive(Clone, Copy)]
struct Root {
    trace: TraceId,
    span: SpanId,
}

impl Root {
    fn of(id: &str) -> Self {
        let hash = Sha256::digest(id.as_bytes());
        let (mut trace, mut span) = ([0; 16], [0; 8]);
        trace.copy_from_slice(&hash[..16]);
        span.copy_from_slice(&hash[16..24]);
        Self {
            trace: TraceId::from_bytes(trace),
            span: SpanId::from_bytes(span),
        }
    }

    fn context(self) -> SpanContext {
        let (flags, state) = (TraceFlags::SAMPLED, TraceState::default());
        SpanContext::new(self.trace, self.span, flags, true, state)
    }
}

thread_local! {
    /// Of the root span that this thread is about to make.
    static NEXT: Cell<Option<Root>> = const { Cell::new(None) };
}

/// Ids of root spans as they were chosen, of others by chance.
#[derive(Debug, Default)]
struct Ids(RandomIdGenerator);

impl IdGenerator for Ids {
    fn new_trace_id(&self) -> TraceId {
        let chosen = NEXT.take().map(|root| root.trace);
        chosen.unwrap_or_else(|| self.0.new_trace_id())
    }

    /// Asked before the trace's id.
    fn new_span_id(&self) -> SpanId {
        let chosen = NEXT.get().map(|root| root.span);
        chosen.unwrap_or_else(|| self.0.new_span_id())
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "spans of several machines are laid beside each other by their system clocks"
)]
fn now() -> SystemTime {
    SystemTime::now()
}
