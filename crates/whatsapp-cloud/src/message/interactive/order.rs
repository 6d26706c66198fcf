//! Orders to review and pay, and what becomes of them. The same parts stand in a template's `order_details` button.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/payments-api>

use super::address::AddressValues;
use crate::id::MediaId;
use crate::message::part::parts;
use crate::open::{self, Extra, open_enums};

parts! {
    /// An order to review and pay.
    OrderDetails {
        /// One's own name of the order, at most 35 characters (60 in Brazil) of `A-Z a-z 0-9 _ - .`; no two orders alike.
        reference_id: open::Text,
        /// What is sold.
        r#type: GoodsType,
        /// `INR`, `SGD`, `BRL`.
        currency: open::Text,
        /// What is to be paid: subtotal, tax and shipping less the discount.
        total_amount: Amount,
        ;
        /// What is bought; only Brazil does without.
        order: Order,
        /// `upi`, `br`, `p2m-lite:stripe`.
        payment_type: open::Text,
        /// The name of a payment configuration.
        payment_configuration: open::Text,
        /// Ways to pay: gateways, links, Pix codes, boletos; Meta's objects as they are.
        payment_settings: Vec<Extra>,
        /// Where it goes.
        shipping_info: ShippingInfo,
        /// Who is paid for, in India: Meta's objects as they are.
        beneficiaries: Vec<Extra>,
    }

    /// An amount of money: `value` divided by `offset`.
    Amount {
        /// In units of 1 / `offset`.
        value: open::Whole,
        /// 100.
        offset: open::Whole,
    }

    /// An amount of money and what it is.
    Price {
        /// In units of 1 / `offset`.
        value: open::Whole,
        /// 100.
        offset: open::Whole,
        ;
        /// At most 60 characters.
        description: open::Text,
        /// Of a discount: the programme it comes from.
        discount_program_name: open::Text,
    }

    /// What is bought.
    Order {
        /// `pending` until it is paid.
        status: OrderState,
        /// At least one.
        items: Vec<Item>,
        /// The sum of the items.
        subtotal: Amount,
        ;
        /// Needed in some countries, also where it is 0.
        tax: Price,
        /// Shipping.
        shipping: Price,
        /// Discount.
        discount: Price,
        /// The catalogue the items are in.
        catalog_id: open::Text,
        /// When it ends.
        expiration: Expiration,
    }

    /// One thing that is bought.
    Item {
        /// Its name, at most 60 characters.
        name: open::Text,
        /// The price of one.
        amount: Amount,
        /// How many.
        quantity: open::Whole,
        ;
        /// Its id in the catalogue.
        retailer_id: open::Text,
        /// The reduced price of one.
        sale_amount: Amount,
        /// An image of it.
        image: ItemImage,
        /// India: where it comes from.
        country_of_origin: open::Text,
        /// India: who imported it.
        importer_name: open::Text,
        /// India: and where they are.
        importer_address: ImporterAddress,
    }

    /// An image of an item.
    #[derive(Default)]
    ItemImage {
        ;
        /// Where Meta fetches it.
        link: open::Text,
        /// The id of an upload.
        id: MediaId,
    }

    /// Where an importer is.
    #[derive(Default)]
    ImporterAddress {
        ;
        /// First line.
        address_line1: open::Text,
        /// Second line.
        address_line2: open::Text,
        /// City.
        city: open::Text,
        /// State or zone.
        zone_code: open::Text,
        /// Postal code.
        postal_code: open::Text,
        /// Two letters.
        country_code: open::Text,
    }

    /// When an order ends.
    Expiration {
        /// In seconds since 1970, at least 300 from now.
        timestamp: open::Text,
        ;
        /// At most 120 characters.
        description: open::Text,
    }

    /// Where an order goes.
    ShippingInfo {
        /// Two letters.
        country: open::Text,
        /// Addresses.
        addresses: Vec<AddressValues>,
    }

    /// What has become of an order.
    OrderStatus {
        /// The name it was given in its details.
        reference_id: open::Text,
        ;
        /// What has become of it; only Brazil does without.
        order: OrderProgress,
        /// What has become of its payment; Meta's object as it is.
        payment: Extra,
    }

    /// What has become of an order.
    OrderProgress {
        /// An order that is completed or cancelled changes no more.
        status: OrderState,
        ;
        /// At most 120 characters.
        description: open::Text,
    }
}

open_enums! {
    /// What is sold.
    GoodsType {
        Digital = "digital-goods",
        Physical = "physical-goods",
    }

    /// The state of an order.
    OrderState {
        Pending = "pending",
        Processing = "processing",
        PartiallyShipped = "partially_shipped",
        Shipped = "shipped",
        Completed = "completed",
        Canceled = "canceled",
    }
}
