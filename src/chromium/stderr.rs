//! The last words of a process: a bounded tail of its stderr, made safe to print.
//! Pure; it does not know where the bytes come from.

use std::collections::VecDeque;

/// Bytes kept. Chromium says why it gives up in its last lines; ten megabytes of warnings before that are of no use.
const KEPT: usize = 8 * 1024;

/// A run of letters and digits this long is a token, a key or the address of a debugging socket, not a word.
const TOKEN: usize = 32;

/// What Chromium writes once its debugging port is open; a WebSocket's address follows.
const LISTENS: &[u8] = b"DevTools listening on ";

/// The last 8 KiB of a stream.
#[derive(Debug, Default)]
pub(super) struct Tail {
    bytes: VecDeque<u8>,
    is_cut: bool,
}

impl Tail {
    pub(super) fn push(&mut self, chunk: &[u8]) {
        let fresh = &chunk[chunk.len().saturating_sub(KEPT)..];
        let excess = (self.bytes.len() + fresh.len()).saturating_sub(KEPT);
        self.is_cut |= excess > 0 || fresh.len() < chunk.len();
        self.bytes.drain(..excess);
        self.bytes.extend(fresh);
    }

    /// The port that Chromium says it listens on.
    pub(super) fn debugging_port(&self) -> Option<u16> {
        let bytes: Vec<u8> = self.bytes.iter().copied().collect();
        let at = memchr::memmem::find(&bytes, LISTENS)? + LISTENS.len();
        // A line without its end may be cut inside the number.
        let line = bytes[at..].split_inclusive(|&byte| byte == b'\n').next()?.strip_suffix(b"\n")?;
        url::Url::parse(std::str::from_utf8(line).ok()?.trim()).ok()?.port()
    }

    /// The tail as text: whole lines when it was cut, control characters escaped, tokens blotted out.
    pub(super) fn text(&self) -> String {
        let bytes: Vec<u8> = self.bytes.iter().copied().collect();
        let start = match bytes.iter().position(|&byte| byte == b'\n') {
            Some(newline) if self.is_cut => newline + 1,
            Some(_) | None => 0,
        };
        let text = String::from_utf8_lossy(&bytes[start..]);
        text.split_inclusive(|c| !is_of_token(c))
            .map(blotted)
            .collect::<String>()
            .chars()
            .flat_map(printable)
            .collect()
    }
}

fn is_of_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

/// `piece` is a run of token characters and at most one character after it.
fn blotted(piece: &str) -> String {
    let run = piece.trim_end_matches(|c| !is_of_token(c));
    if run.len() < TOKEN || !run.contains(|c: char| c.is_ascii_digit()) {
        return piece.to_owned();
    }
    format!("[redacted]{}", &piece[run.len()..])
}

fn printable(c: char) -> impl Iterator<Item = char> {
    let is_plain = !c.is_control() || c == '\n' || c == '\t';
    let escaped = (!is_plain).then(|| c.escape_default());
    is_plain.then_some(c).into_iter().chain(escaped.into_iter().flatten())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(chunks: &[&[u8]], expected: &str) {
        let mut tail = Tail::default();
        for chunk in chunks {
            tail.push(chunk);
        }
        assert_eq!(tail.text(), expected);
    }

    #[test]
    fn text_is_safe_to_print() {
        check(&[b"one\ntw", b"o\n"], "one\ntwo\n");
        check(&[b"\x1b[31mred\x07"], "\\u{1b}[31mred\\u{7}");
        check(&[b"bad \xff utf-8"], "bad \u{fffd} utf-8");
        check(
            &[b"listening on ws://127.0.0.1:9/devtools/browser/0b94e42e-5d0b-4cb4-a9a6-b6ebd5bd1b7f\n"],
            "listening on ws://127.0.0.1:9/devtools/browser/[redacted]\n",
        );
        check(&[b"key=abcdefghijabcdefghij0123456789ab end"], "key=[redacted] end");
        check(&[b"----------------------------------------"], "----------------------------------------");
        check(&[], "");
    }

    #[test]
    fn a_port_is_read_from_a_whole_line() {
        let mut tail = Tail::default();
        let mut port_after = |chunk: &[u8]| {
            tail.push(chunk);
            tail.debugging_port()
        };
        assert_eq!(port_after(b"a warning\nDevTools listening on ws://127.0.0.1:398"), None);
        assert_eq!(port_after(b"93/devtools/browser/0b94e42e"), None);
        assert_eq!(port_after(b"-5d0b\n"), Some(39893));
    }

    #[test]
    fn only_the_last_bytes_are_kept_and_whole_lines_of_them() {
        let mut tail = Tail::default();
        for number in 0..100_000 {
            tail.push(format!("line {number}\n").as_bytes());
        }
        tail.push(&[b'x'; 3]);
        assert!(tail.bytes.len() <= KEPT);
        let text = tail.text();
        assert!(text.starts_with("line ") && text.ends_with("line 99999\nxxx"), "{text}");
        tail.push(&vec![b'y'; 10 * KEPT]);
        assert_eq!(tail.text(), "y".repeat(KEPT));
    }
}
