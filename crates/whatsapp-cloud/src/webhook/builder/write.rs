//! JSON as Meta writes it.

use std::io;

use bytes::Bytes;
use serde::Serialize as _;
use serde_json::Value;
use serde_json::ser::{Formatter, Serializer};

/// Without space, in ASCII, slashes escaped.
pub(super) fn as_meta_does(value: &Value) -> Bytes {
    let mut body = Vec::new();
    // A value is always JSON, and a vector takes everything.
    let written = value.serialize(&mut Serializer::with_formatter(&mut body, AsMeta));
    debug_assert!(written.is_ok());
    body.into()
}

struct AsMeta;

impl Formatter for AsMeta {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        for character in fragment.chars() {
            match character {
                '/' => writer.write_all(b"\\/")?,
                ' '..='~' => write!(writer, "{character}")?,
                _ => {
                    for unit in character.encode_utf16(&mut [0; 2]) {
                        write!(writer, "\\u{unit:04x}")?;
                    }
                }
            }
        }
        Ok(())
    }
}
