//! The answers that many calls share.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::open::{Field, Text, open_structs};
use crate::raw;

/// Reads an answer. Of a repeated key the last one counts, as in `serde_json::Value`, which is asked only where the answer's type refuses it.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, serde_json::Error> {
    serde_json::from_slice(body).or_else(|error| {
        let value = raw::read(body);
        value.and_then(serde_json::from_value).map_err(|_| error)
    })
}

/// Meta did it, or says in [`success`](Done::success) that it did not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Done {
    /// `false` where Meta says that it did not: such an answer is no [`Error`](crate::Error), so a caller who must know looks here.
    #[serde(deserialize_with = "truth")]
    pub success: bool,
}

/// `true`, or as some pages of Meta's have it, `"true"`; or 1.
fn truth<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Truth {
        Plain(bool),
        Written(Text),
    }
    Ok(match Truth::deserialize(deserializer)? {
        Truth::Plain(truth) => truth,
        Truth::Written(word) => word.as_str().eq_ignore_ascii_case("true") || word.as_str() == "1",
    })
}

/// Meta made something; this is its id.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Created {
    /// Never absent.
    #[serde(deserialize_with = "text")]
    pub id: String,
}

/// A string, or a number's digits.
pub(crate) fn text<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Text::deserialize(deserializer).map(Text::into_string)
}

/// A string, or a number's digits; nothing where it is anything else.
pub(crate) fn loose_text<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    let text = Field::<Text>::deserialize(deserializer)?.into_option();
    Ok(text.map(Text::into_string))
}

/// A whole number, or a string of its digits; nothing where it is anything else.
pub(crate) fn loose_number<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<i64>, D::Error> {
    Ok(loose_text(deserializer)?.and_then(|digits| digits.parse().ok()))
}

open_structs! {
    /// Something asynchronous has begun; a webhook with this id tells how it ended.
    Requested {
        request_id: Text,
        messaging_product: Text,
    }

    /// What is named and numbered elsewhere: an app, a business, a user.
    Named {
        id: Text,
        name: Text,
        link: Text,
    }

    /// An error inside an answer that is otherwise a success.
    PartError {
        code: i64,
        title: Text,
        message: Text,
        error_data: PartErrorData,
    }

    /// Its details.
    PartErrorData {
        details: Text,
    }
}

#[cfg(test)]
mod tests {
    use crate::graph::Endpoint as _;
    use crate::graph::access::GetAppToken;
    use crate::graph::media::DeleteMedia;
    use crate::graph::messages::SendMessage;
    use crate::graph::phone_number::GetPhoneNumber;
    use crate::graph::qr_code::ListQrCodes;
    use crate::message::Message;

    #[test]
    fn an_odd_member_costs_neither_a_token_nor_a_number_nor_a_success() {
        let token = GetAppToken {
            client_id: "1".into(),
            client_secret: crate::secret::AppSecret::new("s"),
        };
        let answer = br#"{"access_token":"t","token_type":null,"expires_in":"5183944"}"#;
        let granted = token.decode(answer).unwrap();
        assert_eq!(granted.expires_in, Some(5_183_944));
        let answer = br#"{"access_token":"t","token_type":[],"expires_in":{}}"#;
        assert_eq!(token.decode(answer).unwrap().expires_in, None);

        let number = GetPhoneNumber::new("1");
        let answer = br#"{"id":1,"display_phone_number":491701234567,"verified_name":{}}"#;
        let number = number.decode(answer).unwrap();
        let display = number.display_phone_number.as_deref();
        assert_eq!((number.id.as_str(), display), ("1", Some("491701234567")));

        let delete = DeleteMedia::new("1");
        for yes in ["true", r#""true""#, "1", r#""1""#] {
            let answer = format!(r#"{{"success":{yes}}}"#);
            assert!(delete.decode(answer.as_bytes()).unwrap().success, "{yes}");
        }
        assert!(delete.decode(b"{}").is_err());
    }

    #[test]
    fn an_answer_that_repeats_a_key_is_read_all_the_same_and_the_last_one_counts() {
        let call = SendMessage::new("100", &Message::text("491701234567", "hello")).unwrap();
        let answer = br#"{"messages":[{"id":"wamid.A","id":"wamid.B"}],"contacts":[],"contacts":[{"input":"1","input":"2"}]}"#;
        let sent = call.decode(answer).unwrap();
        assert_eq!(sent.wamid, "wamid.B");
        assert_eq!(sent.contacts[0].input.as_deref(), Some("2"));

        let list = ListQrCodes::new("100");
        let answer = br#"{"data":[{"code":"A","code":"B","new":{"x":1,"x":2}}],"paging":{"next":"x","cursors":{"after":"1","after":"2"}}}"#;
        let page = list.decode(answer).unwrap();
        assert_eq!(page.next_cursor().as_deref(), Some("2"));
        assert_eq!(page.data[0].code.get().unwrap().as_str(), "B");
        assert_eq!(page.data[0].extra.0["new"]["x"], 2);
    }
}
