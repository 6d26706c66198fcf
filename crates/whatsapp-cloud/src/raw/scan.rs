//! Where the parts of a JSON text end. The text is known to be JSON, so what stands between the ends is not looked at again.

use memchr::memchr2;

use super::Outline;

/// A place in the text of an object or a list.
pub(super) struct Scan<'a, 'o> {
    text: &'a str,
    at: usize,
    outline: Option<&'o Outline<'a>>,
}

impl<'a, 'o> Scan<'a, 'o> {
    /// After the opening bracket; `None` if the text opens with another one.
    pub(super) fn inside(text: &'a str, bracket: u8) -> Option<Self> {
        (text.as_bytes().first() == Some(&bracket)).then_some(Self {
            text,
            at: 1,
            outline: None,
        })
    }

    /// Looks the ends of what is nested up, instead of for them.
    pub(super) fn with(self, outline: &'o Outline<'a>) -> Self {
        Self {
            outline: Some(outline),
            ..self
        }
    }

    /// Goes to the next element, if there is one.
    pub(super) fn has_more(&mut self) -> bool {
        loop {
            match self.here() {
                Some(b',' | b':' | b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                Some(b']' | b'}') | None => return false,
                Some(_) => return true,
            }
        }
    }

    /// The next member's key with its quotes, and whether it is escaped; then the value is next.
    pub(super) fn key(&mut self) -> Option<(&'a str, bool)> {
        if !self.has_more() {
            return None;
        }
        let start = self.at;
        let is_escaped = self.pass_string()?;
        let key = self.text.get(start..self.at)?;
        self.has_more().then_some((key, is_escaped))
    }

    /// The value that begins here.
    pub(super) fn value(&mut self) -> Option<&'a str> {
        let start = self.at;
        match self.here()? {
            b'"' => self.pass_string().map(drop)?,
            b'{' | b'[' => self.pass_nested()?,
            _ => self.pass_scalar(),
        }
        self.text.get(start..self.at)
    }

    fn here(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Goes past a string; true if anything in it is escaped.
    fn pass_string(&mut self) -> Option<bool> {
        let bytes = self.text.as_bytes();
        let mut is_escaped = false;
        self.at += 1;
        loop {
            self.at += quote_or_escape(bytes.get(self.at..)?)?;
            if bytes[self.at] == b'"' {
                self.at += 1;
                return Some(is_escaped);
            }
            is_escaped = true;
            self.at += 2;
        }
    }

    fn pass_nested(&mut self) -> Option<()> {
        let known = self
            .outline
            .and_then(|outline| outline.length(&self.text[self.at..]));
        if let Some(length) = known {
            self.at += length;
            return Some(());
        }
        let mut depth = 0_usize;
        loop {
            match self.here()? {
                b'"' => {
                    self.pass_string()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Some(());
            }
        }
    }

    fn pass_scalar(&mut self) {
        while let Some(byte) = self.here()
            && !matches!(byte, b',' | b']' | b'}' | b' ' | b'\t' | b'\n' | b'\r')
        {
            self.at += 1;
        }
    }
}

/// Strings up to this long are looked through byte by byte: most keys and ids end before a search of many bytes at once has begun.
const SHORT: usize = 16;

/// How far the next quote or backslash is.
#[inline]
pub(super) fn quote_or_escape(bytes: &[u8]) -> Option<usize> {
    let is_end = |&byte: &u8| byte == b'"' || byte == b'\\';
    let (short, long) = bytes.split_at_checked(SHORT).unwrap_or((bytes, &[]));
    let found = short.iter().position(is_end);
    found.or_else(|| Some(short.len() + memchr2(b'"', b'\\', long)?))
}
