//! Server-sent events, taken apart as they come, as <https://html.spec.whatwg.org/multipage/server-sent-events.html> says; of
//! their fields only `id` and `data` matter here.

/// What came and is not a whole one yet.
#[derive(Debug, Default)]
pub(super) struct Frames {
    rest: Vec<u8>,
    begun: Frame,
}

/// One of them; without data it only tells how far the gateway has looked.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Frame {
    /// To go on after.
    pub(super) id: Option<String>,
    /// Empty, or an event as JSON.
    pub(super) data: String,
}

impl Frames {
    /// Those that these bytes complete.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Vec<Frame> {
        self.rest.extend_from_slice(bytes);
        let mut whole = Vec::new();
        let mut read = 0;
        while let Some(length) = self.rest[read..].iter().position(|byte| *byte == b'\n') {
            let line = self.rest[read..read + length].trim_ascii_end();
            read += length + 1;
            if line.is_empty() {
                whole.push(std::mem::take(&mut self.begun));
                continue;
            }
            let line = String::from_utf8_lossy(line);
            let (field, value) = line.split_once(':').unwrap_or((&line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "id" => self.begun.id = Some(value.to_owned()),
                "data" => {
                    if !self.begun.data.is_empty() {
                        self.begun.data.push('\n');
                    }
                    self.begun.data.push_str(value);
                }
                _ => {}
            }
        }
        self.rest.drain(..read);
        whole.retain(|frame| *frame != Frame::default());
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = "retry: 1000\nid: evt_1\n\n:\n\nid: evt_2\ndata: {\"text\":\ndata: \"grüße: hallo\"}\n\nid: evt_3\n\nid: evt_4\nda";

    #[test]
    fn it_does_not_matter_how_the_bytes_come() {
        let frame = |id: &str, data: &str| Frame {
            id: Some(id.to_owned()),
            data: data.to_owned(),
        };
        let expected = [
            frame("evt_1", ""),
            frame("evt_2", "{\"text\":\n\"grüße: hallo\"}"),
            frame("evt_3", ""),
        ];
        for size in [1, 2, 7, STREAM.len()] {
            let mut frames = Frames::default();
            let pieces = STREAM.as_bytes().chunks(size);
            let read: Vec<_> = pieces.flat_map(|piece| frames.read(piece)).collect();
            assert_eq!(read, expected, "in pieces of {size}");
        }
    }
}
