//! Bodies that are broken, enormous, or made to hurt: each has one clear outcome, and neighbours never pay.

#![expect(clippy::unwrap_used, reason = "a test may stop")]

use proptest::prelude::*;
use serde_json::{Value, json};
use whatsapp_cloud::raw::MAX_PARTS;
use whatsapp_cloud::webhook::{Error, Payload, UpdateKind, parse};

fn notification(messages: &str) -> String {
    format!(
        r#"{{"object":"whatsapp_business_account","entry":[{{"id":"1","time":1,"changes":[{{"value":{{"metadata":{{"phone_number_id":"2"}},"contacts":[{{"wa_id":"3"}}],"messages":[{messages}]}},"field":"messages"}}]}}]}}"#
    )
}

const GOOD: &str =
    r#"{"id":"wamid.GOOD","from":"3","type":"text","timestamp":"5","text":{"body":"fine"}}"#;

/// The paths and reasons of what is malformed.
fn faults(body: &str) -> Vec<String> {
    let payload = parse(body.as_bytes()).unwrap();
    payload
        .updates()
        .iter()
        .filter_map(|update| update.fault())
        .map(ToString::to_string)
        .collect()
}

fn good(payload: &Payload<'_>) -> usize {
    let is_good = |id: Option<&str>| id == Some("wamid.GOOD");
    payload
        .updates()
        .iter()
        .filter(|update| update.kind == UpdateKind::Message && is_good(update.head.id.as_deref()))
        .count()
}

#[test]
fn a_malformed_element_is_kept_and_costs_its_neighbours_nothing() {
    for (bad, fault) in [
        (
            "5",
            "entry[0].changes[0].value.messages[1]: is no object, or too long",
        ),
        (
            r#""words""#,
            "entry[0].changes[0].value.messages[1]: is no object, or too long",
        ),
        (
            "{}",
            "entry[0].changes[0].value.messages[1]: has neither id nor type",
        ),
        (
            r#"{"id":{},"type":"text"}"#,
            "entry[0].changes[0].value.messages[1].id: is no text",
        ),
        (
            r#"{"id":"a","type":"text","from":[]}"#,
            "entry[0].changes[0].value.messages[1].from: is no text",
        ),
        (
            r#"{"id":"a","type":"text","text":"bare"}"#,
            "entry[0].changes[0].value.messages[1].text: is no object",
        ),
        (
            r#"{"id":"a","type":"text","text":{"body":{}}}"#,
            "entry[0].changes[0].value.messages[1].text.body: is no text",
        ),
        (
            r#"{"id":"a","type":"image","image":[]}"#,
            "entry[0].changes[0].value.messages[1].image: is no object",
        ),
        (
            r#"{"id":"a","type":"contacts","contacts":{}}"#,
            "entry[0].changes[0].value.messages[1].contacts: is no list",
        ),
    ] {
        let body = notification(&format!("{GOOD},{bad},{GOOD}"));
        assert_eq!(faults(&body), [fault], "{bad}");
        let payload = parse(body.as_bytes()).unwrap();
        assert_eq!(good(&payload), 2, "{bad}");
        assert_eq!(payload.updates()[1].raw, bad);
    }
}

#[test]
fn what_could_be_read_of_a_malformed_message_is_there() {
    let body = notification(r#"{"id":"wamid.A","from":"3","type":"text","text":7}"#);
    let payload = parse(body.as_bytes()).unwrap();
    let update = &payload.updates()[0];
    assert_eq!(update.head.id.as_deref(), Some("wamid.A"));
    assert_eq!(update.head.person.wa_id.as_deref(), Some("3"));
    assert_eq!(update.phone_number_id(), Some("2"));
}

#[test]
fn unreadable_times_and_unknown_types_cost_nothing() {
    for fine in [
        r#"{"id":"wamid.GOOD","type":"text","timestamp":"<WHEN>","text":{"body":"x"}}"#,
        r#"{"id":"wamid.GOOD","type":"text","timestamp":{},"text":{"body":"x"}}"#,
        r#"{"id":"wamid.GOOD","type":"text","timestamp":"-9223372036854775808","text":{"body":"x"}}"#,
        r#"{"id":"wamid.GOOD","type":"text","text":{"body":"x"},"more":1e999}"#,
        r#"{"id":"wamid.GOOD","type":"of_tomorrow","of_tomorrow":7}"#,
        r#"{"id":"wamid.GOOD","type":"text","text":{"body":"cut \ud83d"}}"#,
        r#"{"id":"wamid.GOOD","type":"text"}"#,
        r#"{"id":"wamid.GOOD"}"#,
    ] {
        let body = notification(fine);
        let payload = parse(body.as_bytes()).unwrap();
        assert_eq!(good(&payload), 1, "{fine}");
        for update in payload.updates() {
            let _ = (update.timestamp(), update.entry_time());
            assert!(update.decode().is_ok(), "{fine}");
        }
    }
}

#[test]
fn a_malformed_change_or_entry_costs_its_neighbours_nothing() {
    let good_entry = notification(GOOD);
    let good_entry = &good_entry[good_entry.find(r#"{"id":"1""#).unwrap()..good_entry.len() - 2];
    for (bad, fault) in [
        ("7", "entry[1]: is no object"),
        (
            r#"{"changes":{"a":1}}"#,
            "entry[1].changes: is no list, or too long",
        ),
        (r#"{"changes":[]}"#, "entry[1].changes: is empty"),
        (
            r#"{"changes":[],"changes":[]}"#,
            "entry[1].changes: occurs twice",
        ),
        (r#"{"changes":[null]}"#, "entry[1].changes[0]: is no object"),
        (
            r#"{"changes":[{"field":"messages"}]}"#,
            "entry[1].changes[0].value: is missing",
        ),
        (
            r#"{"changes":[{"field":"messages","value":"x"}]}"#,
            "entry[1].changes[0].value: is no object, or too long",
        ),
        (
            r#"{"changes":[{"field":"a","field":"b","value":{}}]}"#,
            "entry[1].changes[0]: repeats a key",
        ),
        (
            r#"{"changes":[{"field":"messages","value":{"messages":"x"}}]}"#,
            "entry[1].changes[0].value.messages: is no list, or too long",
        ),
    ] {
        let body = format!(r#"{{"entry":[{good_entry},{bad},{good_entry}]}}"#);
        assert_eq!(faults(&body), [fault], "{bad}");
        assert_eq!(good(&parse(body.as_bytes()).unwrap()), 2, "{bad}");
    }
}

#[test]
fn json_that_is_no_notification_is_one_malformed_update_that_holds_it_all() {
    for body in [
        "7",
        "null",
        "\"x\"",
        "{}",
        "[]",
        r#"{"object":"page"}"#,
        r#"{"entry":7}"#,
        r#"{"entry":[]}"#,
        r#"{"entry":[],"entry":[]}"#,
        " {\"entry\":null}\n",
    ] {
        let payload = parse(body.as_bytes()).unwrap();
        let [update] = payload.updates() else {
            panic!("{body}")
        };
        assert!(update.fault().is_some(), "{body}");
        assert_eq!(update.raw, body);
        assert_eq!(update.notification(), (body.to_owned(), 0..body.len()));
    }
}

#[test]
fn a_batch_isolates_its_notifications() {
    let body = format!("[{},7,{}]", notification(GOOD), notification(GOOD));
    assert_eq!(faults(&body), ["[1]: no notification"]);
    assert_eq!(good(&parse(body.as_bytes()).unwrap()), 2);
}

#[test]
fn what_is_not_json_says_where_and_nothing_else() {
    assert_eq!(
        parse(b"").unwrap_err(),
        Error::NotJson { line: 1, column: 0 }
    );
    assert_eq!(
        parse(b"{\"entry\": secret}").unwrap_err(),
        Error::NotJson {
            line: 1,
            column: 11
        }
    );
    assert_eq!(
        parse(b"{\n\"a\": 1} trailing").unwrap_err(),
        Error::NotJson { line: 2, column: 9 }
    );
    let truncated = notification(GOOD);
    let error = parse(&truncated.as_bytes()[..100]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the body is not JSON at line 1, column 100"
    );
    assert_eq!(
        parse(b"{\"a\":\"\xff\"}").unwrap_err(),
        Error::NotUtf8 { at: 6 }
    );
}

#[test]
fn nesting_a_hundred_thousand_deep_neither_overflows_nor_costs_a_neighbour() {
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    let message = format!(r#"{{"id":"wamid.GOOD","type":"x","x":{deep}}}"#);
    let body = notification(&format!("{message},{GOOD}"));
    let payload = parse(body.as_bytes()).unwrap();
    assert_eq!(good(&payload), 2);
    assert!(payload.updates()[0].decode().is_err());
    assert!(payload.updates()[1].message().is_some());
    assert!(payload.updates()[0].notification().0.contains(&deep));
    let bare = parse(deep.as_bytes()).unwrap();
    assert_eq!(bare.updates().len(), 1);
}

#[test]
fn odd_empty_and_repeated_threads_of_history_are_kept_and_cost_their_neighbours_nothing() {
    let thread = format!(r#"{{"id":"3","messages":[{GOOD}]}}"#);
    let history = |item: &str| {
        format!(
            r#"{{"entry":[{{"id":"1","changes":[{{"field":"history","value":{{"metadata":{{"phone_number_id":"2"}},"history":[{item}]}}}}]}}]}}"#
        )
    };
    let at = "entry[0].changes[0].value.history[0]";
    for (odd, fault) in [
        ("7", Some("is no object")),
        (
            r#"{"id":"4","messages":{"a":1}}"#,
            Some("has an odd list of messages"),
        ),
        (
            r#"{"id":"4","messages":[],"messages":[1]}"#,
            Some("repeats a key"),
        ),
        (r#"{"id":"4","messages":[]}"#, None),
        (r#"{"id":"4","context":{"username":"ada"}}"#, None),
    ] {
        let body = history(&format!(
            r#"{{"metadata":{{"phase":1}},"threads":[{thread},{odd},{thread}]}}"#
        ));
        let payload = parse(body.as_bytes()).unwrap();
        assert_eq!(payload.updates().len(), 3, "{odd}");
        let kept = payload
            .updates()
            .iter()
            .find(|update| update.raw == odd)
            .unwrap();
        let told = kept.fault().map(ToString::to_string);
        assert_eq!(told, fault.map(|fault| format!("{at}.threads[1]: {fault}")));
        let value: Value = serde_json::from_str(odd).unwrap();
        assert_eq!(serde_json::to_value(kept.decode().unwrap()).unwrap(), value);
        let notification: Value = serde_json::from_str(&kept.notification().0).unwrap();
        let item = &notification["entry"][0]["changes"][0]["value"]["history"][0];
        assert_eq!(*item, json!({"metadata": {"phase": 1}, "threads": [value]}));
    }
    let repeated = format!(r#"{{"threads":[{thread}],"threads":[{thread}]}}"#);
    let body = history(&repeated);
    assert_eq!(faults(&body), [format!("{at}: repeats a key")]);
    assert_eq!(parse(body.as_bytes()).unwrap().updates()[0].raw, repeated);
    let none = r#"{"metadata":{"phase":2},"threads":[]}"#;
    let body = history(none);
    let payload = parse(body.as_bytes()).unwrap();
    assert!(payload.updates().len() == 1 && payload.updates()[0].raw == none);
}

#[test]
fn an_empty_thread_of_history_is_the_same_update_in_a_notification_of_its_own() {
    let empty = r#"{"id":"492","messages":[]}"#;
    let full = format!(r#"{{"id":"491","messages":[{GOOD}]}}"#);
    for threads in [
        format!("{full},{empty}"),
        format!("{empty},{empty}"),
        empty.to_owned(),
    ] {
        let body = format!(
            r#"{{"entry":[{{"id":"1","changes":[{{"field":"history","value":{{"history":[{{"threads":[{threads}]}}]}}}}]}}]}}"#
        );
        for update in parse(body.as_bytes()).unwrap().updates() {
            let (alone, _) = update.notification();
            let again = parse(alone.as_bytes()).unwrap();
            assert_eq!(again.updates().len(), 1);
            let again = &again.updates()[0];
            assert!(again.raw == update.raw && again.key() == update.key());
        }
    }
}

#[test]
fn a_profile_name_is_never_given_to_somebody_else() {
    let named = |contacts: &str, sender: &str| {
        let message = GOOD.replacen(r#""from":"3""#, sender, 1);
        let body = notification(&message).replace(
            r#""contacts":[{"wa_id":"3"}]"#,
            &format!(r#""contacts":[{contacts}]"#),
        );
        let payload = parse(body.as_bytes()).unwrap();
        let update = &payload.updates()[0];
        let name = update.head.person.name.as_deref().map(str::to_owned);
        assert_eq!(name.is_some(), update.contact().is_some());
        name
    };
    let ada = r#"{"wa_id":"3","user_id":"DE.A","profile":{"name":"Ada"}}"#;
    let bo = r#"{"wa_id":"4","user_id":"DE.B","profile":{"name":"Bo"}}"#;
    let both = format!("{bo},{ada}");
    for (contacts, sender, name) in [
        (ada, r#""from":"3""#, Some("Ada")),
        (ada, r#""from_user_id":"DE.A""#, Some("Ada")),
        (ada, r#""from":"5""#, None),
        (ada, r#""from_user_id":"DE.C""#, None),
        (ada, r#""from":"3","from_user_id":"DE.C""#, None),
        // A number may be new; the user is the same.
        (ada, r#""from":"9","from_user_id":"DE.A""#, Some("Ada")),
        // Nothing says who it is, and there is one who may have been it.
        (ada, r#""from":null"#, Some("Ada")),
        (&both, r#""from":"3""#, Some("Ada")),
        (&both, r#""from":"5""#, None),
        (&both, r#""from":null"#, None),
        (&both, r#""from":"3","from_user_id":"DE.C""#, None),
    ] {
        assert_eq!(
            named(contacts, sender).as_deref(),
            name,
            "{contacts} {sender}"
        );
    }
}

#[test]
fn a_million_parts_are_one_malformed_update() {
    let zeros = "0,".repeat(1_000_000) + "0";
    for body in [
        format!("[{zeros}]"),
        format!(r#"{{"entry":[{zeros}]}}"#),
        notification(&zeros),
    ] {
        let payload = parse(body.as_bytes()).unwrap();
        let [update] = payload.updates() else {
            panic!("{} updates", payload.updates().len())
        };
        assert!(update.fault().is_some());
        assert!(body.contains(update.raw));
    }
    // Each list is short enough, all of them together are not.
    let entry = format!(r#"{{"changes":[{}0]}}"#, "0,".repeat(MAX_PARTS / 2));
    let body = format!(r#"{{"entry":[{entry},{entry},{entry}]}}"#);
    assert_eq!(faults(&body), ["too many parts"]);
}

#[test]
fn a_thousand_updates_do_not_become_a_gigabyte() {
    let blob = "x".repeat(1 << 20);
    let messages = vec![GOOD; 1000].join(",");
    let body =
        notification(&messages).replacen(r#""entry""#, &format!(r#""blob":"{blob}","entry""#), 1);
    assert_eq!(faults(&body), ["too much to repeat with every part"]);
    assert_eq!(
        parse(notification(&messages).as_bytes())
            .unwrap()
            .updates()
            .len(),
        1000
    );
}

#[test]
fn repeated_lists_are_all_read_and_repeated_scalars_read_as_every_reader_does() {
    let body = notification(GOOD).replace(
        r#""messages":["#,
        &format!(r#""messages":[{GOOD}],"messages":["#),
    );
    let payload = parse(body.as_bytes()).unwrap();
    assert_eq!(good(&payload), 2);
    for update in payload.updates() {
        assert_eq!(
            parse(update.notification().0.as_bytes())
                .unwrap()
                .updates()
                .len(),
            1
        );
    }
    let body = notification(r#"{"id":"first","type":"text","id":"wamid.GOOD"}"#);
    assert_eq!(good(&parse(body.as_bytes()).unwrap()), 1);
}

#[test]
fn of_a_repeated_key_the_last_counts_when_decoded_too() {
    for repeated in [
        r#"{"id":"wamid.A","type":"text","id":"wamid.B"}"#,
        r#"{"id":"wamid.A","type":"text","text":{"body":"x","body":"y"}}"#,
        r#"{"id":"wamid.A","type":"text","text":{"body":{"a":1,"a":2}},"context":{"id":[1],"id":{"b":1}}}"#,
    ] {
        let body = notification(repeated);
        let payload = parse(body.as_bytes()).unwrap();
        let value: Value = serde_json::from_str(repeated).unwrap();
        let decoded = payload.updates()[0].decode().unwrap();
        assert_eq!(serde_json::to_value(decoded).unwrap(), value);
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1_000_000i32..1_000_000).prop_map(|number| Value::from(f64::from(number) / 4.0)),
        ".*".prop_map(Value::from),
    ];
    scalar.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::hash_map("[a-z_]{1,12}|messages|value|id", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// A body with every type of element in it, to be damaged.
fn whole_body() -> Value {
    serde_json::from_slice(include_bytes!(
        "fixtures/webhook/messages-of-every-type.json"
    ))
    .unwrap()
}

/// Replaces, or adds, one member somewhere in a document; `route` picks the way down.
fn damage(document: &mut Value, route: &[u8], with: Value) {
    let Some((&step, rest)) = route.split_first() else {
        *document = with;
        return;
    };
    match document {
        Value::Array(items) if !items.is_empty() => {
            let place = usize::from(step) % items.len();
            damage(&mut items[place], rest, with);
        }
        Value::Object(members) if !members.is_empty() => {
            let place = usize::from(step) % (members.len() + 1);
            match members.values_mut().nth(place) {
                Some(member) => damage(member, rest, with),
                None => drop(members.insert("of_tomorrow".into(), with)),
            }
        }
        _ => *document = with,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_message_survives_decoding_and_costs_no_neighbour(element in any_json(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&element).unwrap() } else { element.to_string() };
        let body = notification(&format!("{GOOD},{text},{GOOD}"));
        let payload = parse(body.as_bytes()).unwrap();
        prop_assert_eq!(good(&payload), 2);
        prop_assert_eq!(payload.updates().len(), 3);
        let update = &payload.updates()[1];
        prop_assert_eq!(update.raw, text.as_str());
        prop_assert_eq!(serde_json::to_value(update.decode().unwrap()).unwrap(), element);
        let (notification, raw) = update.notification();
        prop_assert_eq!(&notification[raw], text.as_str());
        prop_assert!(serde_json::from_str::<Value>(&notification).is_ok());
    }

    #[test]
    fn damage_anywhere_never_panics_and_every_update_decodes_to_what_it_was(
        route in proptest::collection::vec(any::<u8>(), 0..12),
        with in any_json(),
    ) {
        let mut document = whole_body();
        damage(&mut document, &route, with);
        let body = document.to_string();
        let payload = parse(body.as_bytes()).unwrap();
        prop_assert!(!payload.updates().is_empty());
        for update in payload.updates() {
            let value: Value = serde_json::from_str(update.raw).unwrap();
            prop_assert_eq!(serde_json::to_value(update.decode().unwrap()).unwrap(), value);
            let (notification, raw) = update.notification();
            prop_assert!(body.contains(update.raw));
            prop_assert_eq!(&notification[raw], update.raw);
            prop_assert!(serde_json::from_str::<Value>(&notification).is_ok());
            let _ = (update.key(), update.contact(), update.timestamp(), format!("{update:?}"));
        }
    }

    #[test]
    fn any_bytes_are_answered(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(&body);
    }

    #[test]
    fn any_json_at_all_is_at_least_one_update(document in any_json()) {
        let body = document.to_string();
        prop_assert!(!parse(body.as_bytes()).unwrap().updates().is_empty());
    }
}

#[test]
fn people_and_words_stay_out_of_debug() {
    let body = notification(
        r#"{"id":"wamid.A","from":"4915550001","type":"text","text":{"body":"secret words"},"new":"secret words"}"#,
    );
    let payload = parse(body.as_bytes()).unwrap();
    let update = &payload.updates()[0];
    let shown = format!(
        "{payload:?} {update:#?} {:?} {:?}",
        update.decode().unwrap(),
        update.contact()
    );
    assert!(
        !shown.contains("4915550001") && !shown.contains("secret words"),
        "{shown}"
    );
    assert_eq!(
        json!(update.message().unwrap())["text"]["body"],
        "secret words"
    );
}

#[test]
fn a_profile_without_a_handle_names_nobody_where_there_are_several_messages() {
    let bo = GOOD.replacen(r#""from":"3""#, r#""from":"4""#, 1);
    let nobody = |messages: &str| {
        notification(messages).replace(
            r#""contacts":[{"wa_id":"3"}]"#,
            r#""contacts":[{"profile":{"name":"Ada"}}]"#,
        )
    };
    let names = |body: &str| -> Vec<Option<String>> {
        let payload = parse(body.as_bytes()).unwrap();
        let name = |update: &whatsapp_cloud::webhook::Update<'_>| {
            update.head.person.name.as_deref().map(str::to_owned)
        };
        payload.updates().iter().map(name).collect()
    };
    assert_eq!(names(&nobody(GOOD)), [Some("Ada".to_owned())]);
    let body = nobody(&format!("{GOOD},{bo}"));
    assert_eq!(names(&body), [None, None]);
    for update in parse(body.as_bytes()).unwrap().updates() {
        assert_eq!(names(&update.notification().0), [None]);
    }
}
