//! Choices: reply buttons and lists.

use crate::message::part::parts;
use crate::open::{self, Extra, open_unions};

parts! {
    /// A choice that comes back in a webhook when someone makes it.
    Choice {
        /// At most 256 characters, not shown; no two alike.
        id: open::Text,
        /// At most 20 characters.
        title: open::Text,
    }

    /// One to three buttons.
    ReplyButtons {
        /// In the order shown.
        buttons: Vec<ReplyButton>,
    }

    /// A button that answers.
    Reply {
        /// What it answers.
        reply: Choice,
    }

    /// A card's button that answers.
    QuickReply {
        /// What it answers.
        quick_reply: Choice,
    }

    /// Rows behind a button.
    List {
        /// The button's label, at most 20 characters.
        button: open::Text,
        /// One to ten sections with at most ten rows together.
        sections: Vec<Section>,
    }

    /// Rows under a title.
    Section {
        /// In the order shown.
        rows: Vec<Row>,
        ;
        /// At most 24 characters; needed where there are several sections.
        title: open::Text,
    }

    /// A row that can be chosen.
    Row {
        /// At most 200 characters, not shown; no two alike.
        id: open::Text,
        /// At most 24 characters.
        title: open::Text,
        ;
        /// At most 72 characters.
        description: open::Text,
    }
}

open_unions! {
    /// A button that answers: `reply` below a text, `quick_reply` on a card.
    ReplyButton {
        Reply(Reply) = "reply",
        QuickReply(QuickReply) = "quick_reply",
    }
}

impl From<Choice> for ReplyButton {
    fn from(choice: Choice) -> Self {
        Self::Reply(Reply::new(choice))
    }
}
