//! Fresh ids: a recording that a consumer has seen becomes one that it has not.
//!
//! **Invariant:** one recorded id becomes one new id everywhere in a run, so that a status still belongs to its message.

use std::collections::HashMap;

use anyhow::Context as _;
use serde_json::Value;

use super::recording::Recording;

/// Lists whose elements carry an id that consumers remember.
const LISTS: [&str; 4] = ["messages", "message_echoes", "statuses", "calls"];

/// Gives every message an id, and every notification a time, of this run. The bodies are written anew, as Meta writes them.
pub(super) fn rewrite(recordings: &mut [Recording], run: u64, now_s: u64) -> anyhow::Result<()> {
    let mut bodies = Vec::with_capacity(recordings.len());
    for recording in recordings.iter() {
        let body: Value = serde_json::from_slice(&recording.body)
            .with_context(|| format!("{} does not hold JSON", recording.source))?;
        bodies.push(body);
    }
    let mut ids = Ids {
        run,
        fresh: HashMap::new(),
    };
    for body in &bodies {
        ids.find(body);
    }
    let first_s = now_s.saturating_sub(bodies.len() as u64);
    for (place, (recording, body)) in recordings.iter_mut().zip(&mut bodies).enumerate() {
        ids.replace(body);
        set_times(body, first_s + place as u64);
        recording.body = whatsapp_sim::escape(&body.to_string()).into_bytes();
    }
    Ok(())
}

/// What has no id of its own is told apart by its notification's time.
fn set_times(body: &mut Value, time_s: u64) {
    let entries = body.get_mut("entry").and_then(Value::as_array_mut);
    for entry in entries
        .into_iter()
        .flatten()
        .filter_map(Value::as_object_mut)
    {
        entry.insert("time".to_owned(), time_s.into());
    }
}

struct Ids {
    run: u64,
    /// By the recorded id.
    fresh: HashMap<String, String>,
}

impl Ids {
    fn find(&mut self, value: &Value) {
        match value {
            Value::String(text) if text.starts_with("wamid.") => self.learn(text),
            Value::Array(items) => items.iter().for_each(|item| self.find(item)),
            Value::Object(members) => {
                for (name, member) in members {
                    if LISTS.contains(&name.as_str()) {
                        let elements = member.as_array().into_iter().flatten();
                        let ids = elements.filter_map(|element| element["id"].as_str());
                        ids.for_each(|id| self.learn(id));
                    }
                    self.find(member);
                }
            }
            _ => {}
        }
    }

    fn learn(&mut self, id: &str) {
        if self.fresh.contains_key(id) {
            return;
        }
        let kind = match id.split_once('.') {
            Some((kind @ ("wamid" | "wacid"), _)) => kind,
            _ => "wamid",
        };
        let fresh = format!("{kind}.{:016X}{:08X}", self.run, self.fresh.len());
        self.fresh.insert(id.to_owned(), fresh);
    }

    fn replace(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                if let Some(fresh) = self.fresh.get(text.as_str()) {
                    text.clone_from(fresh);
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.replace(item)),
            Value::Object(members) => members.values_mut().for_each(|member| self.replace(member)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rewritten(bodies: &[Value], run: u64) -> Vec<Value> {
        let recording = |body: &Value| Recording {
            source: String::new(),
            body: body.to_string().into_bytes(),
        };
        let mut recordings: Vec<Recording> = bodies.iter().map(recording).collect();
        rewrite(&mut recordings, run, 1_790_000_000).unwrap();
        let read = |recording: Recording| serde_json::from_slice(&recording.body).unwrap();
        recordings.into_iter().map(read).collect()
    }

    #[test]
    fn a_status_still_belongs_to_its_message_and_no_two_runs_share_an_id() {
        let change = |value: Value| json!({"entry": [{"id": "1", "changes": [{"value": value}]}]});
        let bodies = [
            change(
                json!({"messages": [{"id": "<MESSAGE_ID>", "context": {"id": "wamid.B"}, "text": {"body": "ü"}}]}),
            ),
            change(json!({"statuses": [{"id": "wamid.B", "status": "read"}]})),
            change(json!({"calls": [{"id": "wacid.C"}]})),
        ];
        let [message, status, call] = &rewritten(&bodies, 7)[..] else {
            panic!()
        };
        let value = |body: &Value| body["entry"][0]["changes"][0]["value"].clone();
        let quoted = value(message)["messages"][0]["context"]["id"].clone();
        assert_eq!(value(status)["statuses"][0]["id"], quoted);
        assert_eq!(value(message)["messages"][0]["text"]["body"], "ü");
        assert!(
            value(call)["calls"][0]["id"]
                .as_str()
                .unwrap()
                .starts_with("wacid.")
        );
        let id = |body: &Value| value(body)["messages"][0]["id"].clone();
        assert_ne!(id(message), "<MESSAGE_ID>");
        assert_ne!(id(message), id(&rewritten(&bodies, 8)[0]));
    }

    #[test]
    fn notifications_without_ids_differ_in_their_time() {
        let alert = json!({"entry": [{"id": "1", "time": 5, "changes": [{"field": "account_alerts", "value": {}}]}]});
        let bodies = rewritten(&[alert.clone(), alert], 7);
        assert_eq!(bodies[0]["entry"][0]["time"], 1_789_999_998);
        assert_eq!(bodies[1]["entry"][0]["time"], 1_789_999_999);
    }
}
