//! Keys and chords as people write them, turned into the events of a US keyboard. *Pure.*
//! It must not know pages, sessions or when the events are sent.

mod layout;

use serde::Serialize;

use layout::{Key, key_named, modifier, nearest};

/// Keys that are held together: `Enter`, `Control+Shift+A`, `a`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chord {
    keys: Vec<Stroke>,
    platform: Platform,
}

/// A key, and whether it was named by its shifted character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stroke {
    key: &'static Key,
    is_shifted: bool,
    /// What it writes that no key of this keyboard does: another layout has one for it.
    foreign: Option<char>,
}

/// Whose shortcuts count: they differ in the key that stands for "command".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    /// Shortcuts with Meta (Command).
    Mac,
    /// Shortcuts with Control.
    Other,
}

impl Platform {
    /// The platform of this program, and so of the browsers that it starts.
    pub const HERE: Self = if cfg!(target_os = "macos") { Self::Mac } else { Self::Other };
}

/// A name that no key of the US layout has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("keyboard.press: Unknown key: \"{name:.200}\"{}", advice(.nearest.as_deref()))]
pub struct UnknownKey {
    /// The name as it was written.
    pub name: String,
    /// The valid name that is spelt most alike, if one is near.
    pub nearest: Option<&'static str>,
}

fn advice(nearest: Option<&str>) -> String {
    match nearest {
        Some(key) => format!("; did you mean \"{key}\"?"),
        None => {
            "; use a character, a name such as \"Enter\" or \"ArrowDown\", or a chord such as \"Control+A\""
                .into()
        }
    }
}

/// One `Input.dispatchKeyEvent`, fields as the protocol names them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyEvent {
    /// `rawKeyDown` for keys that write nothing, `keyDown` (with `text`), `keyUp`.
    #[serde(rename = "type")]
    pub kind: KeyEventKind,
    /// Alt 1, Control 2, Meta 4, Shift 8.
    pub modifiers: u8,
    /// What `KeyboardEvent.key` says.
    pub key: String,
    /// What `KeyboardEvent.code` says: the place on the keyboard.
    pub code: &'static str,
    /// Microsoft's number of the key, also `KeyboardEvent.keyCode`.
    pub windows_virtual_key_code: u16,
    /// What the key writes.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// What the key would write without modifiers other than Shift.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub unmodified_text: String,
    /// 1 left, 2 right of two equal keys, 3 number pad; 0 otherwise.
    #[serde(skip_serializing_if = "is_zero")]
    pub location: u8,
    /// A key of the number pad.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_keypad: bool,
    /// Editing commands that the press carries out.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub commands: &'static [&'static str],
}

/// `Input.dispatchKeyEvent.type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum KeyEventKind {
    /// A key goes down and writes its text.
    KeyDown,
    /// A key goes down and writes nothing.
    RawKeyDown,
    /// A key goes up.
    KeyUp,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(number: &u8) -> bool {
    *number == 0
}

impl Chord {
    /// Reads a key, or keys joined by `+`; names count in any case, with the usual short forms (`esc`, `ctrl`, `cmd`).
    ///
    /// # Errors
    /// [`UnknownKey`] for the first part that is no key.
    pub fn parse(text: &str) -> Result<Self, UnknownKey> {
        Self::parse_on(Platform::HERE, text)
    }

    /// Like [`Chord::parse`], for a browser on another platform.
    ///
    /// # Errors
    /// [`UnknownKey`] for the first part that is no key.
    pub fn parse_on(platform: Platform, text: &str) -> Result<Self, UnknownKey> {
        let stroke = |name: &str| {
            key_named(name, platform == Platform::Mac)
                .map(|(key, is_shifted)| Stroke { key, is_shifted, foreign: None })
                .or_else(|| Stroke::foreign(name))
                .ok_or_else(|| UnknownKey { name: name.to_owned(), nearest: nearest(name) })
        };
        let keys = parts(text).into_iter().map(stroke).collect::<Result<_, _>>()?;
        Ok(Self { keys, platform })
    }

    /// The press that writes one character; `None` when the US layout has no key for it (then insert it as text).
    #[must_use]
    pub fn typing(character: char) -> Option<Self> {
        let mut buffer = [0; 4];
        let name = match character {
            '\n' | '\r' => "Enter",
            // The Tab key would leave the field.
            '\t' => return None,
            _ => &*character.encode_utf8(&mut buffer),
        };
        let (key, is_shifted) = key_named(name, false)?;
        Some(Self { keys: vec![Stroke { key, is_shifted, foreign: None }], platform: Platform::HERE })
    }

    /// The whole press: every key down in order, then up in reverse.
    #[must_use]
    pub fn events(&self) -> Vec<KeyEvent> {
        let mut events = self.downs();
        events.extend(self.ups());
        events
    }

    /// The first half of the press, for callers that hold the keys for a while.
    #[must_use]
    pub fn downs(&self) -> Vec<KeyEvent> {
        (0..self.keys.len()).map(|at| self.down(at)).collect()
    }

    /// The second half of the press.
    #[must_use]
    pub fn ups(&self) -> Vec<KeyEvent> {
        (0..self.keys.len()).rev().map(|at| self.up(at)).collect()
    }

    /// The bits of the first `count` keys.
    fn modifiers(&self, count: usize) -> u8 {
        self.keys[..count].iter().fold(0, |bits, stroke| bits | stroke.key.modifier)
    }

    fn down(&self, at: usize) -> KeyEvent {
        let modifiers = self.modifiers(at + 1);
        let text = if is_shortcut(modifiers) { String::new() } else { self.keys[at].writes(modifiers).1 };
        let kind = if text.is_empty() { KeyEventKind::RawKeyDown } else { KeyEventKind::KeyDown };
        KeyEvent {
            kind,
            modifiers,
            unmodified_text: text.clone(),
            text,
            commands: self.commands(at, modifiers),
            ..self.up(at)
        }
    }

    fn up(&self, at: usize) -> KeyEvent {
        let modifiers = self.modifiers(at);
        let Stroke { key, .. } = self.keys[at];
        KeyEvent {
            kind: KeyEventKind::KeyUp,
            modifiers,
            key: self.keys[at].writes(modifiers).0,
            code: key.code,
            windows_virtual_key_code: key.virtual_key,
            text: String::new(),
            unmodified_text: String::new(),
            location: key.location,
            is_keypad: key.location == 3,
            commands: &[],
        }
    }

    /// On a desktop the system, not the page, maps shortcuts to editing commands; without one they must be named.
    fn commands(&self, at: usize, modifiers: u8) -> &'static [&'static str] {
        let command = if self.platform == Platform::Mac { modifier::META } else { modifier::CONTROL };
        let with_shift = modifiers == command | modifier::SHIFT;
        if modifiers != command && !with_shift {
            return &[];
        }
        match (self.keys[at].key.code, with_shift) {
            ("KeyA", false) => &["selectAll"],
            ("KeyC", false) => &["copy"],
            ("KeyX", false) => &["cut"],
            ("KeyV", false) => &["paste"],
            ("KeyV", true) => &["pasteAndMatchStyle"],
            ("KeyZ", false) => &["undo"],
            ("KeyZ", true) | ("KeyY", false) => &["redo"],
            _ => &[],
        }
    }
}

/// A key writes nothing while Alt, Control or Meta is held.
fn is_shortcut(modifiers: u8) -> bool {
    modifiers & !modifier::SHIFT != 0
}

impl Stroke {
    /// The key of another layout that writes this character.
    fn foreign(name: &str) -> Option<Self> {
        let mut characters = name.chars();
        let character = characters.next().filter(|character| !character.is_control())?;
        let stroke = Self { key: &layout::FOREIGN, is_shifted: false, foreign: Some(character) };
        characters.next().is_none().then_some(stroke)
    }

    /// `KeyboardEvent.key` and text. In a shortcut a letter's case follows Shift, as on a keyboard: `Control+A` is `a`.
    fn writes(self, modifiers: u8) -> (String, String) {
        if let Some(character) = self.foreign {
            return (character.to_string(), character.to_string());
        }
        let ignores_case = self.key.is_letter() && is_shortcut(modifiers);
        let (key, text) =
            self.key.writes(modifiers & modifier::SHIFT != 0 || (self.is_shifted && !ignores_case));
        (key.to_owned(), text.to_owned())
    }
}

/// Splits at every `+` that follows a name, so that `+` and `Control++` mean the plus key.
fn parts(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.char_indices().skip(1).find_map(|(at, c)| (c == '+').then_some(at)) {
        parts.push(trimmed(&rest[..at]));
        rest = &rest[at + 1..];
    }
    parts.push(trimmed(rest));
    parts
}

/// Without white space around a name; a lone space is the space bar.
fn trimmed(part: &str) -> &str {
    if part.trim().is_empty() { part } else { part.trim() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Events as short texts: kind, key, code, number, modifiers, text, commands.
    fn check(chord: &str, expected: &[&str]) {
        let chord = Chord::parse_on(Platform::Other, chord).expect("a known chord");
        let shown: Vec<String> = chord.events().iter().map(show).collect();
        assert_eq!(shown, expected);
    }

    fn show(event: &KeyEvent) -> String {
        let KeyEvent { kind, key, code, windows_virtual_key_code: number, modifiers, text, .. } = event;
        let commands = event.commands.join(",");
        format!("{kind:?} {key} {code} {number} {modifiers} {text:?} {commands}").trim_end().to_owned()
    }

    #[test]
    fn a_press_is_what_a_us_keyboard_sends() {
        check("a", &["KeyDown a KeyA 65 0 \"a\"", "KeyUp a KeyA 65 0 \"\""]);
        check("A", &["KeyDown A KeyA 65 0 \"A\"", "KeyUp A KeyA 65 0 \"\""]);
        check("!", &["KeyDown ! Digit1 49 0 \"!\"", "KeyUp ! Digit1 49 0 \"\""]);
        check(" ", &["KeyDown   Space 32 0 \" \"", "KeyUp   Space 32 0 \"\""]);
        check("Enter", &["KeyDown Enter Enter 13 0 \"\\r\"", "KeyUp Enter Enter 13 0 \"\""]);
        check(
            "NumpadEnter",
            &["KeyDown Enter NumpadEnter 13 0 \"\\r\"", "KeyUp Enter NumpadEnter 13 0 \"\""],
        );
        check("esc", &["RawKeyDown Escape Escape 27 0 \"\"", "KeyUp Escape Escape 27 0 \"\""]);
        check("Tab", &["RawKeyDown Tab Tab 9 0 \"\"", "KeyUp Tab Tab 9 0 \"\""]);
        check("+", &["KeyDown + Equal 187 0 \"+\"", "KeyUp + Equal 187 0 \"\""]);
        check("é", &["KeyDown é  0 0 \"é\"", "KeyUp é  0 0 \"\""]);
        check("Numpad7", &["KeyDown 7 Numpad7 103 0 \"7\"", "KeyUp 7 Numpad7 103 0 \"\""]);
    }

    #[test]
    fn chords_hold_their_modifiers_and_name_editing_commands() {
        check(
            "Shift+a",
            &[
                "RawKeyDown Shift ShiftLeft 16 8 \"\"",
                "KeyDown A KeyA 65 8 \"A\"",
                "KeyUp A KeyA 65 8 \"\"",
                "KeyUp Shift ShiftLeft 16 0 \"\"",
            ],
        );
        check(
            "ctrl+A",
            &[
                "RawKeyDown Control ControlLeft 17 2 \"\"",
                "RawKeyDown a KeyA 65 2 \"\" selectAll",
                "KeyUp a KeyA 65 2 \"\"",
                "KeyUp Control ControlLeft 17 0 \"\"",
            ],
        );
        check(
            "Control + Shift + Z",
            &[
                "RawKeyDown Control ControlLeft 17 2 \"\"",
                "RawKeyDown Shift ShiftLeft 16 10 \"\"",
                "RawKeyDown Z KeyZ 90 10 \"\" redo",
                "KeyUp Z KeyZ 90 10 \"\"",
                "KeyUp Shift ShiftLeft 16 2 \"\"",
                "KeyUp Control ControlLeft 17 0 \"\"",
            ],
        );
    }

    #[test]
    fn names_count_in_any_case_and_with_their_short_forms() {
        let cases = [
            ("return", "Enter"),
            ("del", "Delete"),
            ("ctrl", "ControlLeft"),
            ("cmd", "MetaLeft"),
            ("space", "Space"),
            ("arrowdown", "ArrowDown"),
            ("KeyB", "KeyB"),
            ("f12", "F12"),
            ("Digit0", "Digit0"),
            ("ShiftRight", "ShiftRight"),
            ("ControlOrMeta", "ControlLeft"),
            ("Control++", "Equal"),
            ("pgdn", "PageDown"),
        ];
        for (name, code) in cases {
            let chord = Chord::parse_on(Platform::Other, name).expect(name);
            assert_eq!(chord.downs().last().map(|event| event.code), Some(code), "{name}");
        }
    }

    #[test]
    fn the_command_key_of_a_mac_is_meta() {
        for (chord, commands) in [("ControlOrMeta+c", 1), ("Meta+c", 1), ("Control+c", 0)] {
            let events = Chord::parse_on(Platform::Mac, chord).expect(chord).downs();
            assert_eq!(events[1].commands.len(), commands, "{chord}");
        }
    }

    #[test]
    fn an_unknown_key_is_named_with_the_nearest() {
        let cases = [
            ("Foo", "\"Foo\"; use a character"),
            ("Entr", "\"Entr\"; did you mean \"Enter\"?"),
            ("Cntrl+a", "\"Cntrl\"; did you mean \"Control\"?"),
            ("ArowDown", "\"ArowDown\"; did you mean \"ArrowDown\"?"),
            ("Control+", "\"\"; use a character"),
            ("", "\"\"; use a character"),
            ("\u{7}", "\"\u{7}\"; use a character"),
        ];
        for (chord, text) in cases {
            let error = Chord::parse(chord).expect_err(chord).to_string();
            assert!(error.starts_with(&format!("keyboard.press: Unknown key: {text}")), "{error}");
        }
    }

    #[test]
    fn no_key_writes_more_than_one_character() {
        for key in layout::all() {
            for event in Chord::parse(key.code).expect(key.code).downs() {
                assert!(event.text.chars().count() <= 1, "{} writes {:?}", key.code, event.text);
            }
        }
    }

    #[test]
    fn typing_knows_which_characters_have_a_key() {
        let cases = [
            ('a', Some("KeyA")),
            ('?', Some("Slash")),
            ('\n', Some("Enter")),
            ('\t', None),
            ('ü', None),
            ('日', None),
        ];
        for (character, code) in cases {
            assert_eq!(Chord::typing(character).map(|chord| chord.downs()[0].code), code, "{character:?}");
        }
    }

    #[test]
    fn an_event_is_serialised_as_the_protocol_names_it() {
        let events = Chord::parse_on(Platform::Other, "Numpad1").expect("a known key").events();
        assert_eq!(
            serde_json::to_string(&events).expect("plain values"),
            r#"[{"type":"keyDown","modifiers":0,"key":"1","code":"Numpad1","windowsVirtualKeyCode":97,"text":"1","unmodifiedText":"1","location":3,"isKeypad":true},{"type":"keyUp","modifiers":0,"key":"1","code":"Numpad1","windowsVirtualKeyCode":97,"location":3,"isKeypad":true}]"#
        );
    }
}
