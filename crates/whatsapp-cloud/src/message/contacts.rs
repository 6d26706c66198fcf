//! Contacts and places: the same types that arrive in webhooks, so that what was received can be sent on.

use serde_json::Number;

use crate::id::WaId;
use crate::open::Field;
pub use crate::webhook::content::{
    Address, ContactCard, Email, Link, Location, Name, Organisation, Phone,
};

impl ContactCard {
    /// A card with the name that is shown, the only thing a card must have. Meta shows a number that WhatsApp knows with a
    /// button to write to it.
    pub fn new(formatted_name: impl Into<String>) -> Self {
        Self {
            name: Field::Value(Name {
                formatted_name: text(formatted_name),
                ..Name::default()
            }),
            ..Self::default()
        }
    }

    /// With this first and last name as well.
    #[must_use]
    pub fn with_names(mut self, first: impl Into<String>, last: impl Into<String>) -> Self {
        if let Field::Value(name) = &mut self.name {
            name.first_name = text(first);
            name.last_name = text(last);
        }
        self
    }

    /// With one more phone number, `kind` being `HOME`, `WORK` or words of one's own. With `wa_id`, the number as WhatsApp
    /// writes it, the card offers to write to it.
    #[must_use]
    pub fn with_phone(
        mut self,
        phone: impl Into<String>,
        kind: impl Into<String>,
        wa_id: Option<WaId>,
    ) -> Self {
        push(
            &mut self.phones,
            Phone {
                phone: text(phone),
                kind: text(kind),
                wa_id: wa_id.map_or(Field::Absent, Field::Value),
                ..Phone::default()
            },
        );
        self
    }

    /// With one more e-mail address.
    #[must_use]
    pub fn with_email(mut self, email: impl Into<String>, kind: impl Into<String>) -> Self {
        push(
            &mut self.emails,
            Email {
                email: text(email),
                kind: text(kind),
                ..Email::default()
            },
        );
        self
    }

    /// With one more web address.
    #[must_use]
    pub fn with_url(mut self, url: impl Into<String>, kind: impl Into<String>) -> Self {
        push(
            &mut self.urls,
            Link {
                url: text(url),
                kind: text(kind),
                ..Link::default()
            },
        );
        self
    }

    /// With an employer and a position there.
    #[must_use]
    pub fn with_organisation(
        mut self,
        company: impl Into<String>,
        title: impl Into<String>,
    ) -> Self {
        self.org = Field::Value(Organisation {
            company: text(company),
            title: text(title),
            ..Organisation::default()
        });
        self
    }

    /// With a birthday, `YYYY-MM-DD`.
    #[must_use]
    pub fn with_birthday(mut self, day: impl Into<String>) -> Self {
        self.birthday = text(day);
        self
    }

    /// With one more postal address.
    #[must_use]
    pub fn with_address(mut self, address: Address) -> Self {
        push(&mut self.addresses, address);
        self
    }
}

impl Address {
    /// An address of a street, a city, a postal code and a two-letter country, `kind` being `HOME` or `WORK`.
    pub fn new(
        street: impl Into<String>,
        city: impl Into<String>,
        zip: impl Into<String>,
        country_code: impl Into<String>,
        kind: impl Into<String>,
    ) -> Self {
        Self {
            street: text(street),
            city: text(city),
            zip: text(zip),
            country_code: text(country_code),
            kind: text(kind),
            ..Self::default()
        }
    }
}

impl Location {
    /// A point, in degrees. What is no finite number is left out, and the message refused.
    pub fn at(latitude: f64, longitude: f64) -> Self {
        let degrees = |degrees| Number::from_f64(degrees).map_or(Field::Absent, Field::Value);
        Self {
            latitude: degrees(latitude),
            longitude: degrees(longitude),
            ..Self::default()
        }
    }

    /// With a name and an address, which are shown below the map.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>, address: impl Into<String>) -> Self {
        self.name = text(name);
        self.address = text(address);
        self
    }
}

fn text(text: impl Into<String>) -> Field<crate::open::Text> {
    Field::Value(text.into().into())
}

fn push<T>(list: &mut Field<Vec<T>>, item: T) {
    if let Field::Value(items) = list {
        items.push(item);
    } else {
        *list = Field::Value(vec![item]);
    }
}
