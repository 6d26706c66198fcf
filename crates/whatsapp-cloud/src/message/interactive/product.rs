//! Products of the catalogue that is connected to the business account.

use crate::message::part::parts;
use crate::open;

parts! {
    /// One product.
    Product {
        /// The catalogue.
        catalog_id: open::Text,
        /// The product's id in it.
        product_retailer_id: open::Text,
    }

    /// Several products.
    ProductList {
        /// The catalogue.
        catalog_id: open::Text,
        /// One to ten sections with at most thirty products together.
        sections: Vec<ProductSection>,
    }

    /// Products under a title.
    ProductSection {
        /// In the order shown.
        product_items: Vec<ProductItem>,
        ;
        /// At most 24 characters; needed where there are several sections.
        title: open::Text,
    }

    /// A product by its id.
    ProductItem {
        /// The product's id in the catalogue.
        product_retailer_id: open::Text,
    }

    /// The whole catalogue.
    #[derive(Default)]
    Catalog {
        ;
        /// The product whose image is shown; the first where absent.
        thumbnail_product_retailer_id: open::Text,
    }
}
