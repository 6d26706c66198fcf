//! The answers that many calls share.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::open::{Text, open_structs};
use crate::raw;

/// Reads an answer. Of a repeated key the last one counts, as in `serde_json::Value`, which is asked only where the answer's type refuses it.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, serde_json::Error> {
    serde_json::from_slice(body).or_else(|error| {
        let value = raw::read(body);
        value.and_then(serde_json::from_value).map_err(|_| error)
    })
}

/// Meta did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Done {
    /// Always true so far.
    #[serde(deserialize_with = "truth")]
    pub success: bool,
}

/// `true`, or as some pages of Meta's have it, `"true"`.
fn truth<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Truth {
        Plain(bool),
        Quoted(String),
    }
    Ok(match Truth::deserialize(deserializer)? {
        Truth::Plain(truth) => truth,
        Truth::Quoted(word) => word.eq_ignore_ascii_case("true"),
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
    Ok(Text::deserialize(deserializer)?.as_str().to_owned())
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
    use crate::graph::messages::SendMessage;
    use crate::graph::qr_code::ListQrCodes;
    use crate::message::Message;

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
        assert_eq!(page.next_cursor(), Some("2"));
        assert_eq!(page.data[0].code.get().unwrap().as_str(), "B");
        assert_eq!(page.data[0].extra.0["new"]["x"], 2);
    }
}
