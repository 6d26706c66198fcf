//! The answers that many calls share.

use serde::Deserialize;

use crate::open::{Text, open_structs};

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
