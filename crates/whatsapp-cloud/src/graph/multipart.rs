//! Forms with one file (RFC 7578).
//!
//! **Invariant:** the boundary is made of a digest of the whole form, or of chance: nothing in the form can contain it, so no
//! file and no name adds a member.

use std::fmt::Write as _;

use bytes::{Bytes, BytesMut};
use sha2::{Digest as _, Sha256};

/// A form: text members, then one file.
pub(crate) struct Multipart {
    members: Vec<(&'static str, String)>,
    /// Name, file name, type.
    file: (&'static str, String, String),
    content: Bytes,
    boundary: Option<String>,
}

impl Multipart {
    /// A form for a file in memory.
    pub(crate) fn new(content: Bytes) -> Self {
        Self {
            members: Vec::new(),
            file: ("file", String::new(), String::new()),
            content,
            boundary: None,
        }
    }

    /// The same form with this boundary, which nobody can guess: for a file that is not here.
    pub(crate) fn with_boundary(mut self, boundary: String) -> Self {
        self.boundary = Some(boundary);
        self
    }

    /// The same form with a text member.
    pub(crate) fn text(mut self, name: &'static str, value: &str) -> Self {
        self.members.push((name, value.to_owned()));
        self
    }

    /// The same form with the file's name and type.
    pub(crate) fn file(mut self, name: &'static str, filename: &str, mime_type: &str) -> Self {
        let mime_type = mime_type.chars().filter(|c| !c.is_control()).collect();
        self.file = (name, quoted(filename), mime_type);
        self
    }

    fn boundary(&self) -> String {
        self.boundary.clone().unwrap_or_else(|| {
            let mut digest = Sha256::new();
            for (name, value) in &self.members {
                digest.update(name.as_bytes());
                digest.update(value.as_bytes());
            }
            digest.update(self.file.1.as_bytes());
            digest.update(self.file.2.as_bytes());
            digest.update(&self.content);
            hex::encode(digest.finalize())[..40].to_owned()
        })
    }

    /// What the form is.
    pub(crate) fn content_type(&self) -> String {
        format!("multipart/form-data; boundary={}", self.boundary())
    }

    /// What stands before the file, and after it.
    pub(crate) fn around(&self) -> (Bytes, Bytes) {
        let boundary = self.boundary();
        let mut before = String::new();
        // Writing to a string cannot fail.
        for (name, value) in &self.members {
            let _ = write!(
                before,
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            );
        }
        let (name, filename, mime_type) = &self.file;
        let _ = write!(
            before,
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{filename}\"\r\n\
             Content-Type: {mime_type}\r\n\r\n"
        );
        (
            Bytes::from(before),
            Bytes::from(format!("\r\n--{boundary}--\r\n")),
        )
    }

    /// The whole form.
    pub(crate) fn body(&self) -> Bytes {
        let (before, after) = self.around();
        let mut body = BytesMut::with_capacity(before.len() + self.content.len() + after.len());
        body.extend_from_slice(&before);
        body.extend_from_slice(&self.content);
        body.extend_from_slice(&after);
        body.freeze()
    }
}

/// As browsers escape it: a name with a quote or a break stays one name.
fn quoted(filename: &str) -> String {
    filename
        .replace('"', "%22")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_cannot_add_a_member() {
        let form = Multipart::new(Bytes::from_static(b"x")).file(
            "file",
            "a\"\r\nX: y",
            "text/plain\r\nX: y",
        );
        let body = form.body();
        let text = std::str::from_utf8(&body).unwrap();
        assert!(
            text.contains(
                "filename=\"a%22%0D%0AX: y\"\r\nContent-Type: text/plainX: y\r\n\r\nx\r\n--"
            ),
            "{text}"
        );
    }

    #[test]
    fn a_member_that_changes_changes_the_boundary() {
        let form = |value| {
            Multipart::new(Bytes::from_static(b"x"))
                .text("type", value)
                .content_type()
        };
        assert_ne!(form("a"), form("b"));
    }
}
