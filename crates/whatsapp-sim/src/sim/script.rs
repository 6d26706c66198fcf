//! What a simulator can be told to do.

use std::time::Duration;

use serde_json::Value;

use super::{Error, Sim, parse_url};
use crate::behaviour::Behaviour;
use crate::fault::{Call, Fault};
use crate::world::{Failure, Kind, Token, World};

impl Sim {
    /// Where webhooks go from now on, those included that wait or are being repeated.
    pub fn set_webhook_url(&self, url: &str) -> Result<(), Error> {
        let url = parse_url(url)?;
        let mut state = self.world.state();
        state.webhook_url = Some(url);
        self.world.release(&mut state);
        Ok(())
    }

    /// Puts an object there that Meta or somebody else would make: a request to join a group, a partner's solution, a code of
    /// Embedded Signup; or one that is in some state already. `of` is the id of what it belongs to, as [`Kind`] says; `members`
    /// is an object in Meta's words, in which `kept` holds what Meta knows and does not tell, such as a number's `pin`. An object
    /// that has this id is replaced.
    pub fn put(&self, kind: Kind, id: &str, of: &str, members: Value) {
        self.world.put(kind, id, of, members);
    }

    /// Shakes hands as Meta does when a callback URL is saved.
    pub async fn handshake(&self) -> Result<(), Error> {
        let url = self.world.state().webhook_url.clone();
        let token = self.world.config.verify_token.expose();
        self.world
            .shake_hands(url.ok_or(Error::NoWebhookUrl)?, token)
            .await
    }

    /// Tells the business something that is no message: a change of this field, about its first number.
    /// Answers how the journal calls it.
    pub fn tell(&self, field: &str, value: Value) -> String {
        self.world.tell_change(0, field, value)
    }

    /// The next send meets this fault; called again, the one after it.
    pub fn fail_next(&self, fault: Fault) {
        self.fail_next_times(1, fault);
    }

    /// So many sends from now on meet this fault.
    pub fn fail_next_times(&self, times: usize, fault: Fault) {
        self.world.state().faults.push(times, fault);
    }

    /// So many calls of this kind from now on meet this fault.
    pub fn fail_next_calls(&self, call: Call, times: usize, fault: Fault) {
        self.world.state().faults.push_for(call, times, fault);
    }

    /// Every n-th send meets this fault; 1 for all of them.
    pub fn fail_every(&self, nth: u64, fault: Fault) {
        self.world.state().faults.every(nth, fault);
    }

    /// Every send to this recipient meets this fault.
    pub fn fail_sends_to(&self, recipient: &str, fault: Fault) {
        self.world
            .state()
            .faults
            .for_recipient(recipient.to_owned(), fault);
    }

    /// No faults any more. What hangs already goes on hanging.
    pub fn clear_faults(&self) {
        self.world.state().faults.clear();
    }

    /// So many webhooks from now on are sent once more after they were acknowledged.
    pub fn duplicate_next(&self, count: u32) {
        self.world.state().duplicate_next += count;
    }

    /// Keeps webhooks back until they are released.
    pub fn hold_webhooks(&self) {
        self.world.state().is_holding = true;
    }

    /// Lets go what was kept back, one webhook for each update.
    pub fn release_webhooks(&self) {
        let mut state = self.world.state();
        state.is_holding = false;
        self.world.release(&mut state);
    }

    /// Lets go what was kept back, in another order, which follows from the seed, one after another.
    pub fn release_shuffled(&self, seed: u64) {
        self.world.release_shuffled(seed);
    }

    /// Lets go what was kept back, a thousand updates in one webhook, and waits until that is acknowledged or given up.
    pub async fn release_batch(&self) {
        self.world.release_batch().await;
    }

    /// How Meta and people behave now.
    pub fn behaviour(&self) -> Behaviour {
        self.world.state().behaviour
    }

    /// Has Meta and people behave so from now on.
    pub fn behave(&self, behaviour: Behaviour) {
        self.world.state().behaviour = behaviour;
    }

    /// Tells the business that a message of its own failed, with one of Meta's codes. Whether there is such a message.
    pub fn fail_message(&self, wamid: &str, code: i64) -> bool {
        let mut state = self.world.state();
        self.world
            .tell_failure(&mut state, wamid, &Failure::of_code(code))
    }

    /// Tells the business any status of a message of its own. Whether there is such a message.
    pub fn tell_status(&self, wamid: &str, status: &str) -> bool {
        let mut state = self.world.state();
        self.world.tell_status(&mut state, wamid, status, None)
    }

    /// Lets time pass at once. Whatever waits in the simulator (a webhook to be repeated, one that is late) waits that much less;
    /// windows close, limits relax, files and their URLs expire.
    pub fn pass(&self, time: Duration) {
        self.world.pass(time);
    }

    /// What time it is here, in milliseconds since the Unix epoch.
    pub fn now_ms(&self) -> u64 {
        self.world.now_ms()
    }

    /// What the access token is good for.
    pub fn token(&self) -> Token {
        self.world.state().token.clone()
    }

    /// Changes what the access token is good for.
    pub fn set_token(&self, token: Token) {
        self.world.state().token = token;
    }
}

impl World {
    /// Shakes hands with whoever listens there.
    pub(crate) async fn shake_hands(
        &self,
        mut url: reqwest::Url,
        verify_token: &str,
    ) -> Result<(), Error> {
        let challenge = (self.now_ms() % 2_000_000_000).to_string();
        url.query_pairs_mut()
            .append_pair("hub.mode", "subscribe")
            .append_pair("hub.challenge", &challenge)
            .append_pair("hub.verify_token", verify_token);
        let call = self.http.get(url).timeout(self.config.webhook_timeout);
        let hidden = |error: reqwest::Error| Error::HandshakeCall(error.without_url());
        let answer = call.send().await.map_err(hidden)?;
        let status = answer.status().as_u16();
        let is_challenge = answer.bytes().await.map_err(hidden)? == challenge.as_bytes();
        if status == 200 && is_challenge {
            return Ok(());
        }
        Err(Error::HandshakeRefused {
            status,
            is_challenge,
        })
    }
}
