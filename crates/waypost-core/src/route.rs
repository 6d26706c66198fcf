//! Which hooks get an event.
//!
//! | event | goes to |
//! |---|---|
//! | `sender.refused` | no hook: it is kept for people to see |
//! | quarantined | hooks of format `meta`, which can do something with the original |
//! | the gateway's own (`hook.*`, `message.uncertain`, `whatsapp.*`) | hooks of any format but `meta` |
//! | `hook.*` | hooks that subscribe to it by name, except the one it speaks of |
//! | any other | every hook that listens to its account and its type |
//!
//! An inactive hook is subscribed to nothing. A paused one is still active: its deliveries wait.

use crate::directory::Directory;
use crate::event::{EventType, NewEvent, Target};
use crate::hook::{Format, Hook, HookId};

/// Fills in who gets each event. A `hook.*` event goes to nobody here: see [`route_notice`].
pub fn route(events: &mut [NewEvent], directory: &Directory) {
    for event in events {
        event.targets = if event.event_type.is_about_a_hook() {
            Vec::new()
        } else {
            targets(event, None, directory)
        };
    }
}

/// Fills in who gets a `hook.*` event that speaks of `about`: everyone who asked for it by name, but not that hook itself.
pub fn route_notice(event: &mut NewEvent, about: &HookId, directory: &Directory) {
    event.targets = targets(event, Some(about), directory);
}

/// Whether any hook but `about` would get a `hook.*` event of this type: if not, none needs to be made.
pub fn is_notice_wanted(event_type: EventType, about: &HookId, directory: &Directory) -> bool {
    let mut hooks = directory.hooks.iter();
    hooks.any(|hook| {
        hook.active
            && hook.id != *about
            && hook.format != Format::Meta
            && is_subscribed(hook, event_type)
    })
}

fn targets(event: &NewEvent, about: Option<&HookId>, directory: &Directory) -> Vec<Target> {
    let wanting = directory
        .hooks
        .iter()
        .filter(|hook| Some(&hook.id) != about && wants(hook, event));
    let target = |hook: &Hook| Target {
        hook_id: hook.id.clone(),
        order: hook.order,
    };
    wanting.map(target).collect()
}

/// Whether a hook gets an event that is not about a hook.
pub(crate) fn wants(hook: &Hook, event: &NewEvent) -> bool {
    let is_for_its_format = match hook.format {
        Format::Meta => event.event_type.is_from_meta(),
        Format::Flat | Format::Event => event.quarantined.is_none(),
    };
    hook.active
        && event.event_type != EventType::SenderRefused
        && is_for_its_format
        && (hook.accounts.is_empty() || hook.accounts.contains(&event.account_id))
        && is_subscribed(hook, event.event_type)
}

fn is_subscribed(hook: &Hook, event_type: EventType) -> bool {
    if hook.events.is_empty() {
        !event_type.is_about_a_hook()
    } else {
        hook.events.contains(&event_type)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;

    use super::*;
    use crate::event::{Body, Handles, Scope};
    use crate::hook::{Order, Replies, RetrySchedule};
    use crate::time::UnixMillis;

    fn hook(id: &str) -> Hook {
        Hook {
            id: id.into(),
            name: None,
            url: "http://127.0.0.1/".parse().unwrap(),
            method: "POST".to_owned(),
            headers: Vec::new(),
            active: true,
            accounts: Vec::new(),
            events: Vec::new(),
            format: Format::Flat,
            secrets: Vec::new(),
            order: Order::Bounded,
            replies: Replies::Messages,
            timeout: Duration::from_secs(15),
            in_flight: 32,
            retry: RetrySchedule::default(),
            backlog: 1_000_000,
            private_network: true,
        }
    }

    fn event(event_type: EventType) -> NewEvent {
        NewEvent {
            event_type,
            account_id: "shop".into(),
            timestamp: UnixMillis::ZERO,
            message_id: None,
            key: None,
            handles: Handles::default(),
            scope: Scope::Contact,
            status: None,
            body: Body {
                text: Bytes::from_static(b"{}"),
                raw: 0..2,
            },
            foreign: false,
            quarantined: None,
            targets: Vec::new(),
        }
    }

    fn names(event: &NewEvent) -> Vec<&str> {
        event
            .targets
            .iter()
            .map(|target| target.hook_id.as_str())
            .collect()
    }

    fn routed(mut event: NewEvent, hooks: &[Hook]) -> Vec<String> {
        let directory = Directory {
            accounts: Vec::new(),
            hooks: hooks.to_vec(),
        };
        route(std::slice::from_mut(&mut event), &directory);
        names(&event).into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn a_hook_gets_what_it_listens_to() {
        let hooks = [
            hook("all"),
            Hook {
                events: vec![EventType::MessageReceived],
                ..hook("messages")
            },
            Hook {
                events: vec![EventType::MessageRead],
                ..hook("reads")
            },
            Hook {
                accounts: vec!["shop".into()],
                ..hook("shop")
            },
            Hook {
                accounts: vec!["other".into()],
                ..hook("other")
            },
            Hook {
                active: false,
                ..hook("inactive")
            },
        ];
        assert_eq!(
            routed(event(EventType::MessageReceived), &hooks),
            ["all", "messages", "shop"]
        );
        assert_eq!(
            routed(event(EventType::MessageRead), &hooks),
            ["all", "reads", "shop"]
        );
    }

    #[test]
    fn a_refused_sender_reaches_no_hook_even_by_name() {
        let hooks = [
            hook("all"),
            Hook {
                events: vec![EventType::SenderRefused],
                ..hook("curious")
            },
        ];
        assert!(routed(event(EventType::SenderRefused), &hooks).is_empty());
    }

    #[test]
    fn a_meta_hook_gets_what_meta_sends_quarantined_or_not_and_nothing_else() {
        let hooks = [
            hook("flat"),
            Hook {
                format: Format::Meta,
                ..hook("meta")
            },
        ];
        let quarantined = NewEvent {
            quarantined: Some("no id".to_owned()),
            ..event(EventType::WebhookOther)
        };
        assert_eq!(routed(quarantined, &hooks), ["meta"]);
        assert_eq!(
            routed(event(EventType::MessageReceived), &hooks),
            ["flat", "meta"]
        );
        assert_eq!(routed(event(EventType::MessageUncertain), &hooks), ["flat"]);
        assert_eq!(
            routed(event(EventType::WhatsappConnected), &hooks),
            ["flat"]
        );
    }

    #[test]
    fn a_hook_event_goes_to_those_who_asked_for_it_and_never_to_the_hook_it_speaks_of() {
        let asking = |id| Hook {
            events: vec![EventType::HookFailed],
            ..hook(id)
        };
        let hooks = vec![
            hook("all"),
            asking("watcher"),
            asking("app"),
            Hook {
                format: Format::Meta,
                ..asking("meta")
            },
        ];
        let directory = Directory {
            accounts: Vec::new(),
            hooks,
        };
        let mut notice = event(EventType::HookFailed);
        route_notice(&mut notice, &"app".into(), &directory);
        assert_eq!(names(&notice), ["watcher"]);
        assert!(is_notice_wanted(
            EventType::HookFailed,
            &"app".into(),
            &directory
        ));
        assert!(!is_notice_wanted(
            EventType::HookSuccess,
            &"app".into(),
            &directory
        ));
        route(std::slice::from_mut(&mut notice), &directory);
        assert!(names(&notice).is_empty(), "nobody knows of whom it speaks");
    }
}
