//! What a simulator is started with.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::behaviour::Behaviour;
use whatsapp_cloud::secret::{AccessToken, AppSecret, VerifyToken};

/// What a simulator is started with. The default has one number, fixed secrets fit for tests, and a port of its own choice.
#[derive(Debug, Clone)]
pub struct SimConfig {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Signs webhooks.
    pub app_secret: AppSecret,
    /// Said in the handshake.
    pub verify_token: VerifyToken,
    /// The one bearer token that is let in.
    pub access_token: AccessToken,
    /// Meta's id of the app.
    pub app_id: String,
    /// Meta's id of the business portfolio.
    pub business_id: String,
    /// The business's numbers; the first is the one phones write to unless told otherwise.
    pub numbers: Vec<Number>,
    /// Where webhooks go. Until there is a URL they wait.
    pub webhook_url: Option<String>,
    /// How long one webhook may take to be answered.
    pub webhook_timeout: Duration,
    /// How webhooks are repeated until they are answered 200.
    pub retry: RetrySchedule,
    /// Webhooks under way at once, over all conversations.
    pub max_concurrent_posts: usize,
    /// Updates of one conversation put into one webhook when several wait; at least 1.
    pub batch_limit: usize,
    /// Every n-th webhook is sent once more after it was acknowledged, as Meta sometimes does; 0 for none.
    pub duplicate_every: u64,
    /// How Meta and people behave, at first.
    pub behaviour: Behaviour,
    /// What time it is.
    pub clock: Clock,
}

impl Default for SimConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            app_secret: AppSecret::new("sim-app-secret"),
            verify_token: VerifyToken::new("sim-verify-token"),
            access_token: AccessToken::new("sim-access-token"),
            app_id: "123400000000001".to_owned(),
            business_id: "500600700800900".to_owned(),
            numbers: vec![Number::default()],
            webhook_url: None,
            webhook_timeout: Duration::from_secs(10),
            retry: RetrySchedule::default(),
            max_concurrent_posts: 64,
            batch_limit: 1,
            duplicate_every: 0,
            behaviour: Behaviour::default(),
            clock: Clock::system(),
        }
    }
}

/// A number of the business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// Meta's id of it.
    pub phone_number_id: String,
    /// Meta's id of the business account.
    pub business_account_id: String,
    /// As people dial it.
    pub display_phone_number: String,
}

impl Default for Number {
    fn default() -> Self {
        Self {
            phone_number_id: "100200300400500".to_owned(),
            business_account_id: "900800700600500".to_owned(),
            display_phone_number: "15550001111".to_owned(),
        }
    }
}

/// How often and how fast a webhook is repeated until it is answered 200.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetrySchedule {
    /// The first wait; each next one is twice as long.
    pub first: Duration,
    /// The longest wait.
    pub longest: Duration,
    /// Calls in all, the first included; then it is given up.
    pub max_attempts: u32,
}

impl Default for RetrySchedule {
    /// From 20 ms, doubling up to 1 s, 300 times: about five minutes.
    fn default() -> Self {
        Self {
            first: Duration::from_millis(20),
            longest: Duration::from_secs(1),
            max_attempts: 300,
        }
    }
}

impl RetrySchedule {
    /// As Meta has it: at once, then less and less often, for seven days in all.
    pub fn like_meta() -> Self {
        Self {
            first: Duration::from_secs(1),
            longest: Duration::from_hours(4),
            max_attempts: 56,
        }
    }

    /// The wait after so many attempts; none when they are used up.
    pub(crate) fn wait_after(&self, attempts: u32) -> Option<Duration> {
        if attempts >= self.max_attempts {
            return None;
        }
        let doublings = attempts.saturating_sub(1).min(16);
        Some(self.first.saturating_mul(1 << doublings).min(self.longest))
    }
}

/// Tells the time, in milliseconds since the Unix epoch.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> u64 + Send + Sync>);

impl Clock {
    /// The machine's own.
    pub fn system() -> Self {
        Self::new(|| {
            #[expect(clippy::disallowed_methods, reason = "this is the system clock itself")]
            let now = SystemTime::now().duration_since(UNIX_EPOCH);
            now.map_or(0, |since| {
                u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
            })
        })
    }

    /// One of your own.
    pub fn new(now_ms: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(now_ms))
    }

    /// Milliseconds since the Unix epoch.
    pub fn now_ms(&self) -> u64 {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_end() {
        let schedule = RetrySchedule {
            first: Duration::from_millis(10),
            longest: Duration::from_millis(35),
            max_attempts: 5,
        };
        let waits: Vec<_> = (1..=5)
            .map(|attempts| schedule.wait_after(attempts))
            .collect();
        let ms = |ms| Some(Duration::from_millis(ms));
        assert_eq!(waits, [ms(10), ms(20), ms(35), ms(35), None]);
    }

    #[test]
    fn meta_gives_up_after_seven_days() {
        let schedule = RetrySchedule::like_meta();
        let waits: Duration = (1..)
            .map_while(|attempts| schedule.wait_after(attempts))
            .sum();
        let days = waits.as_secs_f64() / 86_400.0;
        assert!((6.9..=7.1).contains(&days), "{days} days");
    }
}
