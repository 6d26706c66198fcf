//! Buttons that lead somewhere: a web page, a flow, a call.

use crate::message::part::parts;
use crate::open::{self, Extra, open_enums};

parts! {
    /// Opens a web page.
    CtaUrl {
        /// The button's label, at most 20 characters.
        display_text: open::Text,
        /// HTTP or HTTPS.
        url: open::Text,
        ;
        /// Payments in India: whether the link is shown as a payment.
        payment_link_preview: bool,
    }

    /// Opens a flow, named by its id or by its name.
    Flow {
        /// `3`.
        flow_message_version: open::Text,
        /// The button's label, at most 20 characters, no emoji.
        flow_cta: open::Text,
        ;
        /// A flow of this business account; either this or `flow_name`.
        flow_id: open::Text,
        /// Its name instead. Names change.
        flow_name: open::Text,
        /// What comes back with the answer: something of one's own to know it by.
        flow_token: open::Text,
        /// How the first screen is found; `navigate` where absent.
        flow_action: FlowAction,
        /// The first screen; only with `navigate`.
        flow_action_payload: FlowScreen,
        /// `draft` to try a flow that is not published.
        mode: FlowMode,
    }

    /// A flow's first screen.
    FlowScreen {
        /// Its id.
        screen: open::Text,
        ;
        /// What it is given; an object that is not empty.
        data: Extra,
    }

    /// Calls the business in WhatsApp.
    #[derive(Default)]
    VoiceCall {
        ;
        /// The button's label, at most 20 characters; "Call Now" where absent.
        display_text: open::Text,
        /// How long the button works, in minutes, 1 to 43,200; 10,080 where absent.
        ttl_minutes: open::Whole,
        /// At most 512 characters, which come back with the call.
        payload: open::Text,
    }
}

open_enums! {
    /// How a flow's first screen is found.
    FlowAction {
        /// It is named in the message.
        Navigate = "navigate",
        /// The flow's endpoint is asked.
        DataExchange = "data_exchange",
    }

    /// Which state of a flow is sent.
    FlowMode {
        Draft = "draft",
        Published = "published",
    }
}

impl Flow {
    /// The flow with this id.
    pub fn by_id(flow_id: impl Into<String>, label: impl Into<String>) -> Self {
        Self::new("3", label.into()).flow_id(flow_id.into())
    }

    /// The flow with this name.
    pub fn by_name(flow_name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::new("3", label.into()).flow_name(flow_name.into())
    }
}
