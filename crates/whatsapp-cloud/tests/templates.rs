//! Templates as their users have them: Rust types made of definitions, messages checked against them, and what a phone shows.

#![expect(clippy::unwrap_used, reason = "a test may stop")]

use serde_json::json;
use whatsapp_cloud::message::template::{ButtonType, Parameter, Template};
use whatsapp_cloud::message::{Media, Message};
use whatsapp_cloud::template::definition::{Component, Definition};
use whatsapp_cloud::template::{RenderedHeader, check, codegen, render};

mod generated {
    #![expect(unreachable_pub, reason = "a test's module is seen by nobody")]
    include!("generated/templates.rs");
}

/// Of names that Rust keeps for itself, or that are no names to it.
mod odd {
    #![expect(unreachable_pub, reason = "a test's module is seen by nobody")]
    include!("generated/odd.rs");
}

use generated::{
    Hello, LoginCode, NewPots, OrderSent, OrderSentLanguage, OrderSentPtBr, SpringOffer,
};

fn definitions() -> Vec<Definition> {
    codegen::read(include_str!("generated/definitions.json")).unwrap()
}

fn definition(name: &str, language: &str) -> Definition {
    let mut all = definitions().into_iter();
    all.find(|one| one.name == name && one.language == language)
        .unwrap()
}

fn order() -> OrderSent {
    OrderSent {
        first_name: "Ada".into(),
        day: "Monday".into(),
        button_1_url: "A-1".into(),
    }
}

fn told(definition: &Definition, message: &Template) -> Vec<String> {
    let found = check(definition, message);
    found.iter().map(ToString::to_string).collect()
}

#[test]
fn a_generated_type_makes_a_message_that_its_definition_takes() {
    let made = [
        order().in_language(OrderSentLanguage::En),
        order().in_language(OrderSentLanguage::De),
        OrderSentPtBr {
            first_name: "Ada".into(),
            day: "segunda".into(),
            r#type: "vaso".into(),
        }
        .into_template(),
        Hello.into_template(),
        LoginCode {
            body_1: "123456".into(),
        }
        .into_template(),
        SpringOffer {
            header_image: Media::id("9"),
            offer_ends_ms: 1_800_000_000_000,
            body_1: "5 €".into(),
            body_2: "Ada".into(),
            button_0_code: "SPRING5".into(),
            button_1_url: "pots".into(),
        }
        .into_template(),
        NewPots {
            body_1: "Ada".into(),
            card_0_header_image: Media::id("1"),
            card_0_body_1: "No. 5".into(),
            card_0_button_1_url: "5".into(),
            card_1_header_image: Media::id("2"),
            card_1_button_1_url: "6".into(),
        }
        .into_template(),
    ];
    assert_eq!(made.len(), definitions().len());
    for template in made {
        let of = definition(template.name.as_str(), template.language.code.as_str());
        assert_eq!(told(&of, &template), Vec::<String>::new(), "{}", of.name);
        assert_eq!(Message::new("491701234567", template).violations(), []);
    }
}

#[test]
fn odd_names_give_types_that_compile_and_messages_that_their_definitions_take() {
    let text = || "x".to_owned();
    let made = [
        odd::TemplateString {
            r#type: "in the header".into(),
            r#type_: "in the body".into(),
            r#type__: text(),
            self_value: text(),
            value_1st: text(),
            value_: text(),
            button_1_url: text(),
            r#gen: text(),
            button_1_url_: text(),
        }
        .into_template(),
        odd::Template2fa { body_1: text() }.into_template(),
        odd::TemplateInto {
            body_1: "first".into(),
            body_3: "second".into(),
        }
        .into_template(),
        odd::TemplateFrom.into_template(),
        odd::TemplateSelf { body_1: text() }.in_language(odd::TemplateSelfLanguage::Template419),
        odd::TemplateSelf { body_1: text() }.in_language(odd::TemplateSelfLanguage::PtBr),
        odd::TemplateClone { body_1: text() }.into_template(),
        odd::Crate {
            x: text(),
            card_1_header_image: Media::id("1"),
            card_1_type: text(),
            card_1_1st: text(),
        }
        .into_template(),
    ];
    let definitions = codegen::read(include_str!("generated/odd.json")).unwrap();
    assert_eq!(made.len(), definitions.len());
    for (template, of) in made.iter().zip(&definitions) {
        assert_eq!(told(of, template), Vec::<String>::new(), "{}", of.name);
        let shown = render(of, template).to_text();
        assert!(!shown.replace("{{größe}}", "").contains("{{"), "{shown}");
    }
    let shown = render(&definitions[0], &made[0]).to_text();
    assert!(shown.starts_with("in the header\nin the body x"), "{shown}");
    let shown = render(&definitions[2], &made[2]).to_text();
    assert_eq!(shown, "first second first");
}

#[test]
fn names_that_become_the_same_make_no_bindings() {
    let told = |definitions: &str| {
        let definitions = codegen::read(definitions).unwrap();
        codegen::bindings(&definitions).unwrap_err().to_string()
    };
    assert_eq!(
        told(r#"[{"name":"a","language":"en_US"},{"name":"a","language":"en_us"}]"#),
        "the languages en_US and en_us of the template a would have the same name"
    );
    assert_eq!(
        told(
            r#"[{"name":"a","language":"en"},{"name":"a","language":"de"},{"name":"a_language","language":"en"}]"#
        ),
        "the templates a and a_language would have the same type"
    );
}

#[test]
fn what_is_checked_is_what_is_shown() {
    let of = |components: serde_json::Value| -> Definition {
        serde_json::from_value(json!({"name": "x", "language": "en", "components": components}))
            .unwrap()
    };
    let body = |text: &str| of(json!([{"type": "BODY", "text": text}]));
    let shown = |of: &Definition, message: &Template| {
        assert_eq!(told(of, message), Vec::<String>::new());
        render(of, message).to_text()
    };
    let numbered = Template::named("x", "en").body(["a", "b"]);
    for (text, expected) in [
        ("{{1}} {{3}}", "a b"),
        ("{{3}} {{1}} {{3}}", "b a b"),
        ("{{0}} {{7}}", "a b"),
        ("{{2}} {{ 2 }} {{5}}", "a a b"),
    ] {
        assert_eq!(shown(&body(text), &numbered), expected, "{text}");
        let one = Template::named("x", "en").body(["a"]);
        assert_eq!(told(&body(text), &one).len(), 1, "{text}");
        let three = Template::named("x", "en").body(["a", "b", "c"]);
        assert_eq!(
            told(&body(text), &three),
            ["body: 2 values wanted, 3 given"]
        );
    }
    let mixed = Template::named("x", "en").body([
        Parameter::named("who", "Ada"),
        Parameter::text("a"),
        Parameter::text("b"),
    ]);
    assert_eq!(
        shown(&body("{{who}} {{who}} {{2}} {{4}}"), &mixed),
        "Ada Ada a b"
    );
    let twice = Template::named("x", "en").body([
        Parameter::named("who", "Ada"),
        Parameter::named("who", "Bo"),
    ]);
    assert_eq!(
        told(&body("{{who}}"), &twice),
        ["body: there is no {{who}}"]
    );
    assert_eq!(
        told(&body("{{who}}"), &Template::named("x", "en").body(["Ada"])).len(),
        2
    );

    // A definition without a body wants no values for one, unless the body is Meta's.
    let none = of(json!([{"type": "FOOTER", "text": "bye"}]));
    assert_eq!(shown(&none, &Template::named("x", "en")), "bye");
    assert_eq!(told(&none, &numbered), ["body: 0 values wanted, 2 given"]);
    for components in [json!([]), json!([{"type": "BODY"}])] {
        let mut code = of(components);
        code.category = Some("authentication".into());
        let message = Template::named("x", "en").body(["123456"]);
        assert_eq!(
            shown(&code, &message),
            "*123456* is your verification code."
        );
        assert_eq!(
            told(&code, &Template::named("x", "en")),
            ["body: {{1}} is missing"]
        );
    }

    // What a header is made of is what its format says.
    let header = of(json!([{"type": "HEADER", "format": "location", "text": "old"}]));
    assert!(
        render(&header, &Template::named("x", "en")).header == Some(RenderedHeader::Location(None))
    );
    let header = of(json!([{"type": "HEADER", "text": "Hello {{1}}"}]));
    let message = Template::named("x", "en").header(Parameter::text("Ada"));
    assert_eq!(shown(&header, &message), "Hello Ada");
}

#[test]
fn a_generated_message_is_written_as_meta_documents_it() {
    let code = LoginCode {
        body_1: "123456".into(),
    };
    let expected = json!({"name": "login_code", "language": {"code": "en"}, "components": [
        {"type": "body", "parameters": [{"type": "text", "text": "123456"}]},
        {"type": "button", "sub_type": "url", "index": "0", "parameters": [{"type": "text", "text": "123456"}]}]});
    assert_eq!(
        serde_json::to_value(code.into_template()).unwrap(),
        expected
    );
    assert!(Message::new("491701234567", Hello).violations().is_empty());
}

#[test]
fn a_value_that_is_missing_too_many_or_of_another_kind_is_told_with_its_place() {
    let of = definition("order_sent", "en");
    let message = Template::named("order_sent", "fr")
        .header(Parameter::image(Media::id("1")))
        .body([
            Parameter::named("first_name", "Ada"),
            Parameter::named("when", "now"),
        ])
        .button(1, ButtonType::Url, Parameter::payload("x"));
    assert_eq!(
        told(&of, &message),
        [
            "another language is named",
            "body: {{day}} is missing",
            "body: there is no {{when}}",
            "button 1: the end of the address wanted, `payload` given",
            "header: 0 values wanted, 1 given",
        ]
    );
    let of = definition("spring_offer", "en");
    let message = Template::named("spring_offer", "en").body(["5 €"]);
    assert_eq!(
        told(&of, &message),
        [
            "header: an image is missing",
            "limited-time offer: the end of the offer is missing",
            "body: {{2}} is missing",
            "button 0: a coupon code is missing",
            "button 1: the end of the address is missing",
        ]
    );
}

#[test]
fn a_message_is_shown_as_the_phone_shows_it() {
    let shown = render(
        &definition("order_sent", "en"),
        &order().in_language(OrderSentLanguage::En),
    );
    assert_eq!(
        shown.to_text(),
        "On its way\nHello Ada,\nyour order comes on Monday.\nLia's flowers\n[Thanks] Thanks\n\
         [Where is it?] https://example.com/track/A-1"
    );
    assert!(!format!("{shown:?}").contains("Ada"));

    let code = LoginCode {
        body_1: "123456".into(),
    };
    let shown = render(&definition("login_code", "en"), &code.into_template());
    assert_eq!(
        shown.body.as_deref(),
        Some("*123456* is your verification code. For your security, do not share this code.")
    );
    assert_eq!(
        shown.footer.as_deref(),
        Some("This code expires in 10 minutes.")
    );
    assert_eq!(shown.buttons[0].target.as_deref(), Some("123456"));
}

#[test]
fn money_is_shown_as_its_fallback_cards_have_their_own_values_and_what_is_missing_stays() {
    let of = definition("spring_offer", "en");
    let message = Template::named("spring_offer", "en")
        .header(Parameter::image(Media::id("9")))
        .body([Parameter::currency("5 €", "EUR", 5000)]);
    let shown = render(&of, &message);
    assert_eq!(shown.body.as_deref(), Some("5 € off for {{2}}."));
    assert!(shown.header == Some(RenderedHeader::Media(Some(Media::id("9")))));
    assert_eq!(shown.offer.as_deref(), Some("Spring"));

    let pots = NewPots {
        body_1: "Ada".into(),
        card_0_header_image: Media::id("1"),
        card_0_body_1: "{{1}}".into(),
        card_0_button_1_url: "5".into(),
        card_1_header_image: Media::id("2"),
        card_1_button_1_url: "6".into(),
    };
    let shown = render(&definition("new_pots", "en"), &pots.into_template());
    assert_eq!(shown.cards[0].body.as_deref(), Some("Pot {{1}}"));
    assert_eq!(
        shown.cards[1].buttons[1].target.as_deref(),
        Some("https://example.com/6")
    );
}

#[test]
fn a_definition_that_meta_would_refuse_says_why() {
    let buttons: Vec<_> = (0..3)
        .map(|n| json!({"type": "URL", "text": "A label of more than 25 characters", "url": format!("https://example.com/{n}")}))
        .collect();
    let of: Definition = serde_json::from_value(json!({"name": "Bad name", "language": "en", "components": [
        {"type": "header", "format": "TEXT", "text": "{{1}} and {{2}}"},
        {"type": "BODY", "text": "x".repeat(1025)},
        {"type": "BUTTONS", "buttons": buttons},
        {"type": "CAROUSEL", "cards": [{"components": [{"type": "BODY", "text": "y".repeat(161)}]}]},
    ]}))
    .unwrap();
    let told: Vec<_> = of.violations().iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "name: lower-case letters, digits and underscores only",
            "components[0].text: at most 1 together, has 2",
            "components[1].text: 1 to 1024 characters, has 1025",
            "components[2].buttons[0].text: 1 to 25 characters, has 34",
            "components[2].buttons[1].text: 1 to 25 characters, has 34",
            "components[2].buttons[2].text: 1 to 25 characters, has 34",
            "components[2].buttons[type=URL]: at most 2 together, has 3",
            "components[3].cards: 2 to 10 elements, has 1",
            "components[3].cards[0].components[0].text: 1 to 160 characters, has 161",
        ]
    );
    assert!(definitions().iter().all(|one| one.violations().is_empty()));
}

#[test]
fn a_definitions_buttons_headers_and_shapes_are_checked_too() {
    let told = |category: &str, components: serde_json::Value| -> Vec<String> {
        let of =
            json!({"name": "x", "language": "en", "category": category, "components": components});
        let read: Definition = serde_json::from_value(of.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), of);
        read.violations().iter().map(ToString::to_string).collect()
    };
    let buttons = |buttons: serde_json::Value| {
        told("UTILITY", json!([{"type": "BUTTONS", "buttons": buttons}]))
    };
    let reply = json!({"type": "QUICK_REPLY", "text": "t"});
    let call = json!({"type": "PHONE_NUMBER", "text": "t", "phone_number": "1".repeat(20)});
    let url = |url: &str| json!({"type": "URL", "text": "t", "url": url});
    let none = Vec::<String>::new();
    assert_eq!(buttons(json!([reply, reply, call])), none);
    assert_eq!(buttons(json!([call, reply, reply])), none);
    assert_eq!(
        buttons(json!([reply, call, reply])),
        ["components[0].buttons[type=QUICK_REPLY]: stand together"]
    );
    assert_eq!(
        buttons(json!([
            url("https://example.com/{{1}}"),
            url("https://example.com")
        ])),
        none
    );
    assert_eq!(
        buttons(json!([url("https://example.com/{{1}}/x")])),
        ["components[0].buttons[0].url: a variable only at its end"]
    );
    for (length, expected) in [
        (20, none.clone()),
        (
            21,
            vec!["components[0].buttons[0].example[0]: 1 to 20 characters, has 21".to_owned()],
        ),
    ] {
        let code = "C".repeat(length);
        assert_eq!(
            buttons(json!([{"type": "COPY_CODE", "example": code}])),
            expected
        );
        assert_eq!(
            buttons(json!([{"type": "COPY_CODE", "example": [code]}])),
            expected
        );
    }
    let gif = json!([{"type": "HEADER", "format": "GIF"}]);
    assert_eq!(told("MARKETING", gif.clone()), none);
    assert_eq!(
        told("UTILITY", gif),
        ["components[0].format: one of TEXT, IMAGE, VIDEO, DOCUMENT, LOCATION, PRODUCT"]
    );
    assert_eq!(
        told(
            "UTILITY",
            json!([{"type": "FOOTER", "text": ["t"]}, {"type": "BODY", "text": "t", "example": 5}])
        ),
        [
            "components[0].text: 1 to 60 characters",
            "components[1].example: an object"
        ]
    );
}

#[test]
fn what_is_no_definition_makes_no_bindings() {
    assert!(codegen::read("{").is_err());
    assert!(codegen::read(r#"[{"name":"x"}]"#).is_err());
    let two = r#"[{"name":"a_b","language":"en"},{"name":"a__b","language":"en"}]"#;
    let two = codegen::read(two).unwrap();
    assert!(codegen::bindings(&two).is_err());
    let code = r#"[{"name":"a\n}fn","language":"en"}]"#;
    assert!(codegen::bindings(&codegen::read(code).unwrap()).is_err());
}

#[test]
fn what_a_body_says_stays_in_its_comment() {
    let body = "one\r```\n```\nfn main() { panic!() }\n";
    let of = json!({"name": "x", "language": "en", "components": [{"type": "BODY", "text": body}]});
    let source = codegen::bindings(&codegen::read(&of.to_string()).unwrap()).unwrap();
    assert!(source.contains("///     one ```\n///     ```\n///     fn main"));
}

#[test]
fn a_button_of_another_kind_or_that_the_template_does_not_have_is_told() {
    let of: Definition =
        serde_json::from_value(json!({"name": "x", "language": "en", "components": [
        {"type": "BODY", "text": "x"},
        {"type": "BUTTONS", "buttons": [
            {"type": "url", "text": "a", "url": "https://example.com/{{1}}"},
            {"type": "QUICK_REPLY", "text": "b"},
            {"type": "PHONE_NUMBER", "text": "c", "phone_number": "1"}]}]}))
        .unwrap();
    let message = |buttons: serde_json::Value| -> Template {
        serde_json::from_value(
            json!({"name": "x", "language": {"code": "en"}, "components": buttons}),
        )
        .unwrap()
    };
    let text = json!([{"type": "text", "text": "a"}]);
    let button = |kind: &str, index: usize, values: &serde_json::Value| json!({"type": "button", "sub_type": kind, "index": index, "parameters": values});
    let payload = json!([{"type": "payload", "payload": "p"}]);
    let good = button("URL", 0, &text);
    let reply = button("quick_reply", 1, &payload);
    assert_eq!(told(&of, &message(json!([good, reply]))), [""; 0]);
    assert_eq!(
        told(&of, &message(json!([button("quick_reply", 0, &text)]))),
        ["button 0: a button of the kind `url`, not `quick_reply`"]
    );
    for values in [&payload, &json!([])] {
        assert_eq!(
            told(
                &of,
                &message(json!([good, button("quick_reply", 7, values)]))
            ),
            ["button 7: the template has none"]
        );
    }
    let card = |index: usize| json!({"card_index": index, "components": []});
    let cards = json!({"type": "carousel", "cards": [card(0), card(1)]});
    assert_eq!(
        told(&of, &message(json!([good, cards]))),
        [
            "card 0, body: the template has none",
            "card 1, body: the template has none"
        ]
    );
}

#[test]
fn a_value_that_is_empty_or_has_breaks_tabs_or_many_spaces_is_told() {
    let of: Definition = serde_json::from_value(json!({"name": "x", "language": "en",
        "components": [{"type": "BODY", "text": "{{1}}"}]}))
    .unwrap();
    let told = |text: &str| told(&of, &Template::named("x", "en").body([text]));
    let blanks = ["body: a value has a line break, a tab or more than 4 spaces in a row"];
    for text in ["a\nb", "a\tb", "a     b"] {
        assert_eq!(told(text), blanks, "{text:?}");
    }
    assert_eq!(told(""), ["body: a value is empty"]);
    assert_eq!(told("a    b"), [""; 0]);
}

#[test]
fn a_template_whose_times_are_written_as_text_is_read_and_written_as_it_came() {
    let text = serde_json::json!({"name": "code", "language": "en", "category": "AUTHENTICATION", "components": [
        {"type": "BODY", "add_security_recommendation": true},
        {"type": "FOOTER", "code_expiration_minutes": "10"},
    ], "message_send_ttl_seconds": "600"});
    let definition: Definition = serde_json::from_value(text.clone()).unwrap();
    assert_eq!(definition.violations(), []);
    let ttl = definition.message_send_ttl_seconds.as_ref();
    assert_eq!(ttl.map(whatsapp_cloud::open::Whole::get), Some(600));
    let Component::Footer(footer) = &definition.components[1] else {
        panic!("{definition:?}")
    };
    assert!(footer.code_expiration_minutes.is_some());
    assert_eq!(serde_json::to_value(&definition).unwrap(), text);
}
