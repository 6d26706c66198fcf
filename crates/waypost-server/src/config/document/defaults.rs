//! What holds where a native document says nothing.

use std::collections::BTreeMap;

use waypost_core::account::{THROUGHPUT, UncertainPolicy};
use waypost_core::hook::{Format, Order, Replies, RetrySchedule};

use super::{
    Account, Api, Cache, Delivery, Document, EventLog, Hook, Log, Media, OneOrMany, Retention,
    Send, Senders, SendersWord, Server,
};
use crate::config::span::Span;
use crate::config::{LogFormat, LogTarget, MediaMode};

/// Where Meta's Graph API is.
pub(in crate::config) const GRAPH_URL: &str = "https://graph.facebook.com";

impl Default for Document {
    fn default() -> Self {
        Self {
            graph_url: GRAPH_URL.to_owned(),
            server: Server::default(),
            log: Log::default(),
            api: Api::default(),
            delivery: Delivery::default(),
            send: Send::default(),
            retention: Retention::default(),
            account: Vec::new(),
            hook: Vec::new(),
            media: Media::default(),
            cache: Cache::default(),
            event_log: EventLog::default(),
            mqtt: None,
        }
    }
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: OneOrMany::One("127.0.0.1:8080".to_owned()),
            data: "waypost-data".to_owned(),
            public_url: None,
            body_limit_bytes: 4 * 1024 * 1024,
            stop_grace: Span::seconds(30),
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self {
            filter: "info".to_owned(),
            format: LogFormat::Text,
        }
    }
}

impl Default for Delivery {
    fn default() -> Self {
        let schedule = RetrySchedule::default();
        Self {
            timeout: Span::seconds(15),
            in_flight: 32,
            retry: schedule.delays.into_iter().map(Span).collect(),
            give_up_after: Span(schedule.give_up_after),
            backlog: 1_000_000,
        }
    }
}

impl Default for Send {
    fn default() -> Self {
        Self {
            timeout: Span::seconds(30),
            uncertain_after: Span::seconds(300),
        }
    }
}

impl Default for Retention {
    fn default() -> Self {
        Self { days: 30, bytes: 0 }
    }
}

impl Default for Account {
    fn default() -> Self {
        Self {
            id: None,
            enabled: true,
            phone_number_id: None,
            business_account_id: None,
            phone_number: None,
            api_version: None,
            access_token: None,
            access_token_env: None,
            access_token_file: None,
            verify_token: None,
            verify_token_env: None,
            verify_token_file: None,
            app_secret: None,
            app_secret_env: None,
            app_secret_file: None,
            allow_unsigned: false,
            senders: Senders::Word(SendersWord::Everyone),
            uncertain: UncertainPolicy::Hold,
            throughput: THROUGHPUT,
        }
    }
}

impl Default for Hook {
    fn default() -> Self {
        Self {
            id: None,
            name: None,
            description: None,
            url: None,
            method: "POST".to_owned(),
            headers: BTreeMap::new(),
            active: true,
            accounts: Vec::new(),
            events: Vec::new(),
            format: Format::Flat,
            secret: None,
            secret_env: None,
            secret_file: None,
            order: Order::Bounded,
            replies: Replies::Messages,
            timeout: None,
            in_flight: None,
            retry: None,
            give_up_after: None,
            backlog: None,
        }
    }
}

impl Default for Media {
    fn default() -> Self {
        Self {
            data_path: None,
            mode: MediaMode::Link,
            base_url: None,
        }
    }
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            enabled: true,
            data_path: None,
            max_age_days: 7,
            max_events: 10_000,
        }
    }
}

impl Default for EventLog {
    fn default() -> Self {
        Self {
            enabled: false,
            targets: vec![LogTarget::File],
            file_dir: None,
            table_name: "event_logs".to_owned(),
            database: None,
        }
    }
}
