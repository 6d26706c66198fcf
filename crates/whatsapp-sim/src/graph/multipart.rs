//! `multipart/form-data` (RFC 7578), of bodies that are there as a whole.

use bytes::Bytes;

/// One field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) filename: Option<String>,
    pub(super) content_type: Option<String>,
    pub(super) bytes: Bytes,
}

/// The fields of a body; none if it is not of this form.
pub(super) fn read(content_type: &str, body: &Bytes) -> Option<Vec<Part>> {
    let parameters = content_type.strip_prefix("multipart/form-data")?;
    let boundary = parameter(parameters, "boundary")?;
    let delimiter = format!("\r\n--{boundary}");
    // The first delimiter may stand at the very beginning, without a line break before it.
    let mut at = find(body, &delimiter.as_bytes()[2..])? + delimiter.len() - 2;
    let mut parts = Vec::new();
    loop {
        let rest = body.get(at..)?;
        if rest.starts_with(b"--") {
            return Some(parts);
        }
        let head_at = at + find(rest, b"\r\n")? + 2;
        let content_at = head_at + find(body.get(head_at..)?, b"\r\n\r\n")? + 4;
        let length = find(body.get(content_at..)?, delimiter.as_bytes())?;
        let head = String::from_utf8_lossy(&body[head_at..content_at]);
        parts.push(part(&head, body.slice(content_at..content_at + length))?);
        at = content_at + length + delimiter.len();
    }
}

fn part(head: &str, bytes: Bytes) -> Option<Part> {
    let header = |name: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(':'));
        let found = lines.find(|(key, _)| key.trim().eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim())
    };
    let disposition = header("content-disposition")?;
    Some(Part {
        name: parameter(disposition, "name")?,
        filename: parameter(disposition, "filename"),
        content_type: header("content-type").map(str::to_owned),
        bytes,
    })
}

/// `; name=value`, the value perhaps in quotes.
fn parameter(header: &str, name: &str) -> Option<String> {
    let mut pairs = header
        .split(';')
        .filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(key, _)| key.eq_ignore_ascii_case(name))?;
    Some(value.trim_matches('"').to_owned())
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = *wanted.first()?;
    let mut from = 0;
    while let Some(next) = text.get(from..)?.iter().position(|byte| *byte == first) {
        if text[from + next..].starts_with(wanted) {
            return Some(from + next);
        }
        from += next + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_and_files_come_out_as_they_went_in() {
        let body = b"--b1\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\nimage/png\r\n--b1\r\n\
            content-disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n\
            \x89PNG\r\n\0--b\r\n\r\n--b1--\r\n";
        let parts = read(
            "multipart/form-data; boundary=\"b1\"",
            &Bytes::from_static(body),
        )
        .unwrap();
        let [kind, file] = &parts[..] else {
            panic!("{parts:?}")
        };
        assert_eq!(
            (kind.name.as_str(), &kind.bytes[..]),
            ("type", &b"image/png"[..])
        );
        assert_eq!(file.filename.as_deref(), Some("a.png"));
        assert_eq!(file.content_type.as_deref(), Some("image/png"));
        assert_eq!(&file.bytes[..], b"\x89PNG\r\n\0--b\r\n");
    }

    #[test]
    fn what_is_broken_off_is_not_taken_for_whole() {
        let whole = b"--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--b--";
        let content_type = "multipart/form-data; boundary=b";
        assert!(read(content_type, &Bytes::from_static(whole)).is_some());
        for length in 0..whole.len() {
            assert_eq!(
                read(content_type, &Bytes::from_static(&whole[..length])),
                None,
                "{length}"
            );
        }
        assert_eq!(read("application/json", &Bytes::from_static(whole)), None);
    }
}
