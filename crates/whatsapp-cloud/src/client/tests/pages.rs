//! Lists, as they come and as they should not.

use super::*;
use crate::graph::group::ListGroups;
use crate::graph::page::Odd;
use crate::graph::phone_number::ListPhoneNumbers;

fn page(data: &str, paging: &str) -> http::Response<Bytes> {
    let body = format!(r#"{{"data":{data},"paging":{paging}}}"#);
    http::Response::new(Bytes::from(body))
}

/// What a list gives: names, and `?` for what cannot be read.
async fn names(pages: Vec<http::Response<Bytes>>) -> (Vec<String>, Arc<Script>) {
    let (client, script) = in_turn(pages.into_iter().map(Ok).collect());
    let mut list = client.pages(ListTemplates::new("200"));
    let mut names = Vec::new();
    while let Some(item) = list.next_item().await {
        names.push(item.map_or_else(|_| "?".to_owned(), |it| it.definition.name));
    }
    (names, script)
}

#[tokio::test]
async fn an_element_that_cannot_be_read_costs_no_other_and_is_told_in_its_place() {
    let first = r#"[{"name":"a"},{"name":{"x":1}},null,{"name":"b","components":5}]"#;
    let more = r#"{"cursors":{"after":"AA"},"next":"https://graph.facebook.com/x"}"#;
    let (names, _) = names(vec![page(first, more), page(r#"[{"name":"c"}]"#, "null")]).await;
    assert_eq!(names, ["a", "?", "?", "?", "c"]);

    let (client, _) = in_turn(vec![Ok(page(r#"[{"id":1},"+49 170 1234567"]"#, "{}"))]);
    let mut list = client.pages(ListPhoneNumbers::new("200"));
    let number = list.next_item().await.unwrap().unwrap();
    assert_eq!(number.id.get().unwrap().as_str(), "1");
    let error = list.next_item().await.unwrap().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Damaged), "{error}");
    assert!(!format!("{error} {error:?}").contains("170"), "{error:?}");
    let odd = std::error::Error::source(&error).and_then(|odd| odd.downcast_ref::<Odd>());
    assert_eq!(odd.unwrap().value, "+49 170 1234567");
    assert!(list.next_item().await.is_none());
}

#[tokio::test]
async fn a_list_that_is_null_or_an_empty_object_or_absent_is_empty() {
    for body in [
        r#"{"data":null}"#,
        r#"{"data":{},"paging":[]}"#,
        r#"{"paging":null}"#,
        "{}",
    ] {
        let (client, _) = in_turn(vec![Ok(answer(200, body))]);
        let all = client.pages(ListTemplates::new("200")).gather(9).await;
        assert!(all.unwrap().is_empty(), "{body}");
    }
}

#[tokio::test]
async fn a_list_whose_cursors_lead_round_ends() {
    let leads_to = |name: &str, after: &str| {
        let data = format!(r#"[{{"name":"{name}"}}]"#);
        let paging = format!(r#"{{"cursors":{{"after":"{after}"}},"next":"https://x.example/"}}"#);
        page(&data, &paging)
    };
    let round = vec![
        leads_to("a", "AA"),
        leads_to("b", "BB"),
        leads_to("c", "AA"),
    ];
    assert_eq!(names(round).await.0, ["a", "b", "c"]);
    let itself = vec![leads_to("a", "AA"), leads_to("b", "AA")];
    assert_eq!(names(itself).await.0, ["a", "b"]);
}

#[tokio::test]
async fn a_link_without_cursors_is_followed_and_one_that_leads_nowhere_is_told() {
    let link = r#"{"next":"https://graph.facebook.com/v25.0/200/message_templates?access_token=x&after=A%3D%3D&limit=1"}"#;
    let last = r#"{"cursors":{"after":"ZZ"}}"#;
    let (told, script) = names(vec![
        page(r#"[{"name":"a"}]"#, link),
        page(r#"[{"name":"b"}]"#, last),
    ])
    .await;
    assert_eq!(told, ["a", "b"]);
    let query = script.asked.lock().unwrap()[1]
        .uri()
        .query()
        .unwrap()
        .to_owned();
    assert_eq!(query, "after=A%3D%3D");

    let nowhere = r#"{"next":"https://graph.facebook.com/v25.0/200/message_templates?offset=25"}"#;
    let (told, _) = names(vec![page(r#"[{"name":"a"}]"#, nowhere)]).await;
    assert_eq!(told, ["a", "?"], "a list is not silently cut short");
}

#[tokio::test]
async fn a_link_to_another_host_is_not_given_the_token() {
    let elsewhere = r#"{"next":"https://evil.example/v25.0/list?after=AA"}"#;
    let (_, script) = names(vec![page("[]", elsewhere), page("[]", "{}")]).await;
    let asked = script.asked.lock().unwrap();
    assert_eq!(asked.len(), 2);
    for request in asked.iter() {
        assert_eq!(request.uri().host(), Some("graph.facebook.com"));
    }
}

#[test]
fn a_page_is_written_as_it_was_read_odd_elements_in_their_places() {
    let text = r#"{"data":[null,{"id":"1"},7,{"id":"2"},"x"],"paging":{},"summary":{"total":5}}"#;
    let page: crate::graph::Page<crate::graph::phone_number::PhoneNumberEntry> =
        serde_json::from_str(text).unwrap();
    assert_eq!((page.data.len(), page.odd.len()), (2, 3));
    assert_eq!(serde_json::to_string(&page).unwrap(), text);
}

#[tokio::test]
async fn a_numbers_groups_are_a_list_like_any_other() {
    let groups = |names: &str, paging: &str| {
        let body = format!(r#"{{"data":{{"groups":[{names}]}},"paging":{paging}}}"#);
        Ok(http::Response::new(Bytes::from(body)))
    };
    let (client, script) = in_turn(vec![
        groups(
            r#"{"id":"1"},{"id":"2"}"#,
            r#"{"cursors":{"after":"AA"},"next":"https://graph.facebook.com/x"}"#,
        ),
        groups(r#"{"id":"3"}"#, r#"{"cursors":{"after":"BB"}}"#),
    ]);
    let pages = client.pages(ListGroups::new("100"));
    let groups = pages.gather(10).await.unwrap();
    let ids = groups.iter().map(|group| group.id.get().unwrap().as_str());
    assert_eq!(ids.collect::<Vec<_>>(), ["1", "2", "3"]);
    assert_eq!(script.asked.lock().unwrap().len(), 2);
}
