//! How fast the SQLite store accepts and settles, empty and with much stored.
//!
//! `cargo run --release -p waypost-store --example throughput -- [events to store before] [directory]`
//!
//! Sixty-four callers, one event of 812 bytes with one delivery in each call, every answer after its sync. The yardstick
//! beside it is an append and `fdatasync` of one kilobyte to a plain file in the same directory. Processor times are of
//! the whole process, callers included (Linux only): they say more than rates where others use the machine too.
#![expect(clippy::print_stdout, reason = "it is a report")]
#![expect(clippy::cast_precision_loss, reason = "rates are read by people")]
#![expect(clippy::unwrap_used, reason = "a measurement that fails is none")]

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use waypost_core::account::AccountId;
use waypost_core::delivery::{Attempt, Verdict};
use waypost_core::event::{Body, DedupeKey, EventType, Handles, NewEvent, Scope, Target};
use waypost_core::hook::{HookId, Order};
use waypost_core::normalise::subject;
use waypost_core::time::UnixMillis;
use waypost_store::sqlite::{Options, SqliteStore};
use waypost_store::{Deliveries as _, DeliverySettlement, Demand, Inbox as _, Store as _};

const CALLERS: usize = 64;
const MEASURED: usize = 100_000;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let before: usize = arguments.next().map_or(0, |text| text.parse().unwrap());
    let path = arguments.next().map(PathBuf::from);
    let path = path.unwrap_or_else(|| PathBuf::from("target/throughput"));
    drop(std::fs::remove_dir_all(&path));
    let store = Arc::new(SqliteStore::open(&path, &Options::default()).unwrap());
    if before > 0 {
        fill(&store, before).await;
    }
    println!("stored before: {before}");
    print_times("fdatasync of 1 KB", &mut fdatasync_times(&path));
    let processor = processor_time();
    let (took, mut times) = accept_all(&store, before).await;
    print_rate("accept", MEASURED, took, processor);
    print_times("accept", &mut times);
    let stats = store.stats();
    let per_commit = stats.transactions as f64 / stats.commits as f64;
    println!("transactions in a commit: {per_commit:.1}");
    let processor = processor_time();
    let (count, took) = deliver_all(&store).await;
    print_rate("claim and settle", count, took, processor);
    drop(store);
    let (began, processor) = (Instant::now(), processor_time());
    let store = SqliteStore::open(&path, &Options::default()).unwrap();
    let (took, processor) = (began.elapsed(), processor_time().saturating_sub(processor));
    let waiting: u64 = store.stats().backlog.iter().map(|hook| hook.waiting).sum();
    println!("start with {waiting} waiting: {took:?}, processor {processor:?}");
}

/// All of it waits for a hook that is never claimed.
async fn fill(store: &SqliteStore, count: usize) {
    let began = Instant::now();
    for first in (0..count).step_by(500) {
        let events = (first..first + 500).map(|number| event(number, "asleep"));
        store.accept(now(first), events.collect()).await.unwrap();
    }
    println!("filled in {:?}", began.elapsed());
}

async fn accept_all(store: &Arc<SqliteStore>, first: usize) -> (Duration, Vec<Duration>) {
    let next = Arc::new(AtomicUsize::new(first));
    let began = Instant::now();
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..CALLERS {
        let (store, next) = (Arc::clone(store), Arc::clone(&next));
        callers.spawn(async move {
            let mut times = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= first + MEASURED {
                    return times;
                }
                let event = event(number, "crm");
                let began = Instant::now();
                store.accept(now(number), vec![event]).await.unwrap();
                times.push(began.elapsed());
            }
        });
    }
    let times = callers.join_all().await.concat();
    (began.elapsed(), times)
}

async fn deliver_all(store: &Arc<SqliteStore>) -> (usize, Duration) {
    let began = Instant::now();
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..CALLERS {
        let store = Arc::clone(store);
        callers.spawn(async move {
            let mut count = 0;
            let demand = [Demand {
                of: HookId::from("crm"),
                room: 1,
            }];
            loop {
                let claims = store.claim_deliveries(now(0), &demand).await.unwrap();
                let Some(claim) = claims.first() else {
                    return count;
                };
                let settlement = DeliverySettlement {
                    lease: claim.lease,
                    id: claim.id,
                    attempt: Some(Attempt {
                        number: 1,
                        at: now(0),
                        duration_ms: 3,
                        status: Some(200),
                        error: None,
                        response: None,
                        reply: None,
                    }),
                    verdict: Verdict::Delivered,
                    blocked_ms: 0,
                    replies: Vec::new(),
                    notices: Vec::new(),
                    hook_news: None,
                };
                store
                    .settle_deliveries(now(0), vec![settlement])
                    .await
                    .unwrap();
                count += 1;
            }
        });
    }
    let count = callers.join_all().await.into_iter().sum();
    (count, began.elapsed())
}

fn now(number: usize) -> UnixMillis {
    UnixMillis(1_790_000_000_000 + i64::try_from(number / 5).unwrap())
}

fn event(number: usize, hook: &str) -> NewEvent {
    let id = format!("wamid.HBgLMTU1NTAwMDAwMDAVAgARGBI{number:020}");
    let text = format!(r#"{{"id":"{id}","text":"{}"}}"#, "x".repeat(730));
    NewEvent {
        event_type: EventType::MessageReceived,
        account_id: AccountId::from("main"),
        timestamp: now(number),
        key: Some(DedupeKey {
            subject: subject("main", &id),
            digest: subject("key", &id),
        }),
        message_id: Some(id),
        handles: Handles {
            wa_id: Some(format!("1555{:06}", number % 5000)),
            ..Handles::default()
        },
        scope: Scope::Contact,
        status: None,
        body: Body {
            raw: 0..text.len(),
            text: Bytes::from(text),
        },
        foreign: false,
        quarantined: None,
        targets: vec![Target {
            hook_id: HookId::from(hook),
            order: Order::Bounded,
        }],
    }
}

fn fdatasync_times(directory: &Path) -> Vec<Duration> {
    let path = directory.join("yardstick");
    let mut file = File::create(&path).unwrap();
    let mut times = Vec::new();
    for _ in 0..500 {
        let began = Instant::now();
        file.write_all(&[7; 1024]).unwrap();
        file.sync_data().unwrap();
        times.push(began.elapsed());
    }
    std::fs::remove_file(path).unwrap();
    times
}

fn print_rate(what: &str, count: usize, took: Duration, processor_before: Duration) {
    let rate = count as f64 / took.as_secs_f64();
    let each = processor_time()
        .saturating_sub(processor_before)
        .as_secs_f64()
        * 1e6
        / count as f64;
    println!("{what}: {rate:.0}/s, processor {each:.1} µs each");
}

/// User and system time of this process; zero where the system does not tell.
fn processor_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default();
    // In ticks of ten milliseconds.
    let ticks: u64 = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    Duration::from_millis(ticks * 10)
}

fn print_times(what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let at = |share: usize| times[times.len() * share / 1000];
    println!(
        "{what}: p50 {:?}, p99 {:?}, p99.9 {:?}",
        at(500),
        at(990),
        at(999)
    );
}
