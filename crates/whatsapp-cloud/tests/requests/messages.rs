//! A message of every type, with what Meta documents for it: the same ones for the tests of the types, for the log of requests
//! and for the simulator.

use serde_json::{Value, json};
use whatsapp_cloud::message::contacts::{Address, ContactCard, Location};
use whatsapp_cloud::message::interactive::{
    AddressRequest, AddressValues, Amount, Card, Catalog, Choice, CtaUrl, Flow, FlowAction,
    FlowScreen, GoodsType, Header, Item, List, Order, OrderDetails, OrderProgress, OrderState,
    OrderStatus, Product, ProductItem, ProductList, ProductSection, Row, SavedAddress, Section,
    VoiceCall,
};
use whatsapp_cloud::message::template::{
    ButtonAction, ButtonType, CardValues, Cards, Component, Parameter, Values,
};
use whatsapp_cloud::message::{Interactive, Media, Message, Recipient, Template, Text};

const ADA: &str = "491701234567";

pub(crate) fn choices(count: usize) -> Vec<Choice> {
    (0..count)
        .map(|n| Choice::new(format!("id-{n}"), format!("Choice {n}")))
        .collect()
}

fn amount(cents: i64) -> Amount {
    Amount::new(cents, 100)
}

/// Each interactive message with what must stand under `interactive`.
pub(crate) fn every_interactive() -> Vec<(Interactive, Value)> {
    let image = || Header::image(Media::link("https://example.com/a.png"));
    vec![
        (
            Interactive::buttons("Shall we?", choices(2)).header(image()),
            json!({"type": "button", "header": {"type": "image", "image": {"link": "https://example.com/a.png"}},
                "body": {"text": "Shall we?"}, "action": {"buttons": [
                    {"type": "reply", "reply": {"id": "id-0", "title": "Choice 0"}},
                    {"type": "reply", "reply": {"id": "id-1", "title": "Choice 1"}}]}}),
        ),
        (
            Interactive::list(
                "How shall it come?",
                List::new(
                    "Ways",
                    [Section::new([Row::new("a", "By air").description("A day")]).title("Fast")],
                ),
            )
            .header(Header::text("Delivery"))
            .footer("Lia's flowers"),
            json!({"type": "list", "header": {"type": "text", "text": "Delivery"}, "body": {"text": "How shall it come?"},
                "footer": {"text": "Lia's flowers"}, "action": {"button": "Ways", "sections": [{"title": "Fast",
                    "rows": [{"id": "a", "title": "By air", "description": "A day"}]}]}}),
        ),
        (
            Interactive::cta_url(
                "Your seat",
                CtaUrl::new("Choose", "https://example.com/seat?x=1"),
            ),
            json!({"type": "cta_url", "body": {"text": "Your seat"}, "action": {"name": "cta_url",
                "parameters": {"display_text": "Choose", "url": "https://example.com/seat?x=1"}}}),
        ),
        (
            Interactive::location_request("Where are you?"),
            json!({"type": "location_request_message", "body": {"text": "Where are you?"},
                "action": {"name": "send_location"}}),
        ),
        (
            Interactive::flow(
                "Book a table",
                Flow::by_id("77", "Book")
                    .flow_token("t-1")
                    .flow_action(FlowAction::Navigate)
                    .flow_action_payload(FlowScreen::new("TABLE")),
            ),
            json!({"type": "flow", "body": {"text": "Book a table"}, "action": {"name": "flow", "parameters": {
                "flow_message_version": "3", "flow_cta": "Book", "flow_id": "77", "flow_token": "t-1",
                "flow_action": "navigate", "flow_action_payload": {"screen": "TABLE"}}}}),
        ),
        (
            Interactive::product(None, Product::new("c1", "p1")).footer("While it lasts"),
            json!({"type": "product", "footer": {"text": "While it lasts"},
                "action": {"catalog_id": "c1", "product_retailer_id": "p1"}}),
        ),
        (
            Interactive::product_list(
                "Spring",
                "Our best",
                ProductList::new(
                    "c1",
                    [ProductSection::new([ProductItem::new("p1")]).title("Pots")],
                ),
            ),
            json!({"type": "product_list", "header": {"type": "text", "text": "Spring"}, "body": {"text": "Our best"},
                "action": {"catalog_id": "c1", "sections": [{"title": "Pots",
                    "product_items": [{"product_retailer_id": "p1"}]}]}}),
        ),
        (
            Interactive::catalog(
                "All of it",
                Catalog::new().thumbnail_product_retailer_id("p1"),
            ),
            json!({"type": "catalog_message", "body": {"text": "All of it"}, "action": {"name": "catalog_message",
                "parameters": {"thumbnail_product_retailer_id": "p1"}}}),
        ),
        (
            Interactive::carousel(
                "New in",
                [
                    Card::image_link(
                        "https://example.com/1.png",
                        CtaUrl::new("Look", "https://example.com/1"),
                    )
                    .body("One"),
                    Card::replies(image(), choices(1)),
                    Card::product(Product::new("c1", "p2")),
                ],
            ),
            json!({"type": "carousel", "body": {"text": "New in"}, "action": {"cards": [
                {"card_index": 0, "type": "cta_url", "body": {"text": "One"},
                    "header": {"type": "image", "image": {"link": "https://example.com/1.png"}},
                    "action": {"name": "cta_url", "parameters": {"display_text": "Look", "url": "https://example.com/1"}}},
                {"card_index": 1, "type": "cta_url",
                    "header": {"type": "image", "image": {"link": "https://example.com/a.png"}},
                    "action": {"buttons": [{"type": "quick_reply", "quick_reply": {"id": "id-0", "title": "Choice 0"}}]}},
                {"card_index": 2, "type": "product", "action": {"catalog_id": "c1", "product_retailer_id": "p2"}}]}}),
        ),
        (
            Interactive::address(
                "Where to?",
                AddressRequest::new("IN")
                    .values(AddressValues::new().name("Ada"))
                    .saved_addresses([SavedAddress::new(
                        "home",
                        AddressValues::new().city("Pune"),
                    )]),
            ),
            json!({"type": "address_message", "body": {"text": "Where to?"}, "action": {"name": "address_message",
                "parameters": {"country": "IN", "values": {"name": "Ada"},
                    "saved_addresses": [{"id": "home", "value": {"city": "Pune"}}]}}}),
        ),
        (
            Interactive::call_permission("May we call?"),
            json!({"type": "call_permission_request", "body": {"text": "May we call?"},
                "action": {"name": "call_permission_request"}}),
        ),
        (
            Interactive::voice_call(
                "Call us",
                VoiceCall::new()
                    .display_text("Call")
                    .ttl_minutes(60)
                    .payload("x"),
            ),
            json!({"type": "voice_call", "body": {"text": "Call us"}, "action": {"name": "voice_call",
                "parameters": {"display_text": "Call", "ttl_minutes": 60, "payload": "x"}}}),
        ),
        (
            Interactive::contact_request("Your number?"),
            json!({"type": "contact_request", "body": {"text": "Your number?"},
                "action": {"name": "request_contact_info"}}),
        ),
        (
            Interactive::order_details(
                "Your order",
                OrderDetails::new("o-1", GoodsType::Physical, "INR", amount(250)).order(
                    Order::new(
                        OrderState::Pending,
                        [Item::new("Pot", amount(250), 1)],
                        amount(250),
                    ),
                ),
            ),
            json!({"type": "order_details", "body": {"text": "Your order"}, "action": {"name": "review_and_pay",
                "parameters": {"reference_id": "o-1", "type": "physical-goods", "currency": "INR",
                    "total_amount": {"value": 250, "offset": 100}, "order": {"status": "pending",
                        "items": [{"name": "Pot", "amount": {"value": 250, "offset": 100}, "quantity": 1}],
                        "subtotal": {"value": 250, "offset": 100}}}}}),
        ),
        (
            Interactive::order_status(
                "On its way",
                OrderStatus::new("o-1").order(OrderProgress::new(OrderState::Shipped)),
            ),
            json!({"type": "order_status", "body": {"text": "On its way"}, "action": {"name": "review_order",
                "parameters": {"reference_id": "o-1", "order": {"status": "shipped"}}}}),
        ),
    ]
}

/// Every message, whole.
pub(crate) fn every_message() -> Vec<(Message, Value)> {
    let interactive = every_interactive().into_iter().map(|(interactive, expected)| {
        let expected = json!({"messaging_product": "whatsapp", "recipient_type": "individual", "to": ADA,
            "type": "interactive", "interactive": expected});
        (Message::new(ADA, interactive), expected)
    });
    every_other().into_iter().chain(interactive).collect()
}

/// Every message that is not interactive, whole.
fn every_other() -> Vec<(Message, Value)> {
    let card = ContactCard::new("Ada Lovelace")
        .with_names("Ada", "Lovelace")
        .with_phone("+49 170 1234567", "WORK", Some(ADA.into()))
        .with_email("ada@example.com", "WORK")
        .with_url("https://example.com", "WORK")
        .with_organisation("Engines", "Countess")
        .with_birthday("1815-12-10")
        .with_address(Address::new("St James 12", "London", "SW1", "gb", "HOME"));
    let template = Template::named("order_on_its_way", "en")
        .header(Parameter::image(Media::id("8")))
        .body([
            Parameter::text("Ada"),
            Parameter::text("A-1"),
            Parameter::currency("5 €", "EUR", 5000),
        ])
        .button(0, ButtonType::Url, "A-1")
        .component(Component::Carousel(Cards::new([
            CardValues::new(
                0,
                [Component::Header(Values::new([Parameter::video(
                    Media::id("1"),
                )]))],
            ),
            CardValues::new(
                1,
                [Component::button(
                    0,
                    ButtonType::QuickReply,
                    [Parameter::payload("y")],
                )],
            ),
        ])));
    let flow = ButtonAction::new().flow_token("t");
    let other = Template::named("gym", "pt_BR")
        .body([Parameter::named("first", "Ada")])
        .button(1, ButtonType::Flow, Parameter::action(flow))
        .button(2, ButtonType::CopyCode, Parameter::coupon_code("5OFF"))
        .component(Component::LimitedTimeOffer(Values::new([
            Parameter::offer_ends(1_800_000_000_000),
        ])));
    vec![
        (
            Message::text(ADA, "hi")
                .in_reply_to("wamid.A")
                .with_callback_data("m1"),
            json!({"messaging_product": "whatsapp", "recipient_type": "individual", "to": ADA, "type": "text",
                "context": {"message_id": "wamid.A"}, "text": {"body": "hi"}, "biz_opaque_callback_data": "m1"}),
        ),
        (
            Message::new(ADA, Text::new("see https://example.com").preview_url(true))
                .only_if_identity("h="),
            json!({"messaging_product": "whatsapp", "recipient_type": "individual", "to": ADA, "type": "text",
                "text": {"body": "see https://example.com", "preview_url": true}, "recipient_identity_key_hash": "h="}),
        ),
        (
            Message::audio(Recipient::User("DE.1".into()), Media::id("9").voice()),
            json!({"messaging_product": "whatsapp", "recipient_type": "individual", "recipient": "DE.1",
                "type": "audio", "audio": {"id": "9", "voice": true}}),
        ),
        (
            Message::document(ADA, Media::id("9").filename("a.pdf").caption("Read me")),
            json!({"messaging_product": "whatsapp", "recipient_type": "individual", "to": ADA, "type": "document",
                "document": {"id": "9", "filename": "a.pdf", "caption": "Read me"}}),
        ),
        (
            Message::video(
                Recipient::PhoneAndUser {
                    phone: ADA.into(),
                    user: "DE.1".into(),
                },
                Media::id("9"),
            ),
            json!({"messaging_product": "whatsapp", "recipient_type": "individual", "to": ADA, "recipient": "DE.1",
                "type": "video", "video": {"id": "9"}}),
        ),
        (
            Message::sticker(Recipient::Group("G1".into()), Media::id("9")),
            json!({"messaging_product": "whatsapp", "recipient_type": "group", "to": "G1", "type": "sticker",
                "sticker": {"id": "9"}}),
        ),
        (
            Message::image(ADA, Media::link("https://example.com/a.jpg")),
            json!({"messaging_product": "whatsapp", "recipient_type": "individual", "to": ADA, "type": "image",
                "image": {"link": "https://example.com/a.jpg"}}),
        ),
        (
            Message::location(ADA, Location::at(52.5, 13.25).with_name("Shop", "Street 1")),
            json!({"messaging_product": "whatsapp", "recipient_type": "individual", "to": ADA, "type": "location",
                "location": {"latitude": 52.5, "longitude": 13.25, "name": "Shop", "address": "Street 1"}}),
        ),
        (
            Message::contacts(ADA, [card]),
            json!({"messaging_product": "whatsapp", "recipient_type": "individual", "to": ADA, "type": "contacts",
                "contacts": [{"name": {"formatted_name": "Ada Lovelace", "first_name": "Ada", "last_name": "Lovelace"},
                    "phones": [{"phone": "+49 170 1234567", "type": "WORK", "wa_id": ADA}],
                    "emails": [{"email": "ada@example.com", "type": "WORK"}],
                    "urls": [{"url": "https://example.com", "type": "WORK"}],
                    "org": {"company": "Engines", "title": "Countess"}, "birthday": "1815-12-10",
                    "addresses": [{"street": "St James 12", "city": "London", "zip": "SW1", "country_code": "gb",
                        "type": "HOME"}]}]}),
        ),
        (
            Message::reaction(ADA, "wamid.A", ""),
            json!({"messaging_product": "whatsapp", "recipient_type": "individual", "to": ADA, "type": "reaction",
                "reaction": {"message_id": "wamid.A", "emoji": ""}}),
        ),
        (
            Message::pin("G1", "wamid.A", 7),
            json!({"messaging_product": "whatsapp", "recipient_type": "group", "to": "G1", "type": "pin",
                "pin": {"type": "pin", "message_id": "wamid.A", "expiration_days": "7"}}),
        ),
        (
            Message::unpin("G1", "wamid.A"),
            json!({"messaging_product": "whatsapp", "recipient_type": "group", "to": "G1", "type": "pin",
                "pin": {"type": "unpin", "message_id": "wamid.A"}}),
        ),
        (
            Message::new(ADA, template),
            json!({"messaging_product": "whatsapp", "recipient_type": "individual", "to": ADA, "type": "template",
                "template": {"name": "order_on_its_way", "language": {"code": "en"}, "components": [
                    {"type": "header", "parameters": [{"type": "image", "image": {"id": "8"}}]},
                    {"type": "body", "parameters": [{"type": "text", "text": "Ada"}, {"type": "text", "text": "A-1"},
                        {"type": "currency", "currency": {"fallback_value": "5 €", "code": "EUR", "amount_1000": 5000}}]},
                    {"type": "button", "sub_type": "url", "index": "0", "parameters": [{"type": "text", "text": "A-1"}]},
                    {"type": "carousel", "cards": [
                        {"card_index": 0, "components": [
                            {"type": "header", "parameters": [{"type": "video", "video": {"id": "1"}}]}]},
                        {"card_index": 1, "components": [{"type": "button", "sub_type": "quick_reply", "index": "0",
                            "parameters": [{"type": "payload", "payload": "y"}]}]}]}]}}),
        ),
        (
            Message::new(ADA, other),
            json!({"messaging_product": "whatsapp", "recipient_type": "individual", "to": ADA, "type": "template",
                "template": {"name": "gym", "language": {"code": "pt_BR"}, "components": [
                    {"type": "body", "parameters": [
                        {"type": "text", "text": "Ada", "parameter_name": "first"}]},
                    {"type": "button", "sub_type": "flow", "index": "1",
                        "parameters": [{"type": "action", "action": {"flow_token": "t"}}]},
                    {"type": "button", "sub_type": "copy_code", "index": "2",
                        "parameters": [{"type": "coupon_code", "coupon_code": "5OFF"}]},
                    {"type": "limited_time_offer", "parameters": [{"type": "limited_time_offer",
                        "limited_time_offer": {"expiration_time_ms": 1_800_000_000_000_i64}}]}]}}),
        ),
    ]
}
