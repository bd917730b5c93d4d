//! The keys of a US keyboard and the names that people give them. *Pure.*
//! Numbers are Microsoft's virtual-key codes, names those of the UI Events specification. It must not know events.

/// Bits of `Input.dispatchKeyEvent.modifiers`.
pub(super) mod modifier {
    pub(in super::super) const ALT: u8 = 1;
    pub(in super::super) const CONTROL: u8 = 2;
    pub(in super::super) const META: u8 = 4;
    pub(in super::super) const SHIFT: u8 = 8;
}

/// One key of the keyboard.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Key {
    /// Its place: `KeyA`, `Enter`.
    pub(super) code: &'static str,
    /// `KeyboardEvent.key`, alone and with Shift.
    pub(super) key: &'static str,
    pub(super) shifted: &'static str,
    /// What it writes; empty for printable keys, which write their `key`.
    pub(super) text: &'static str,
    pub(super) virtual_key: u16,
    /// 0 standard, 1 left, 2 right, 3 number pad.
    pub(super) location: u8,
    pub(super) modifier: u8,
    is_printable: bool,
}

impl Key {
    /// `KeyboardEvent.key` and the text, with or without Shift.
    pub(super) fn writes(&self, is_shifted: bool) -> (&'static str, &'static str) {
        let key = if is_shifted { self.shifted } else { self.key };
        (key, if self.is_printable { key } else { self.text })
    }

    pub(super) fn is_letter(&self) -> bool {
        self.code.starts_with("Key")
    }
}

const fn named(code: &'static str, virtual_key: u16) -> Key {
    Key {
        code,
        key: code,
        shifted: code,
        text: "",
        virtual_key,
        location: 0,
        modifier: 0,
        is_printable: false,
    }
}

const fn printable(code: &'static str, virtual_key: u16, key: &'static str, shifted: &'static str) -> Key {
    Key { key, shifted, is_printable: true, ..named(code, virtual_key) }
}

const fn held(code: &'static str, key: &'static str, virtual_key: u16, location: u8, modifier: u8) -> Key {
    Key { key, shifted: key, location, modifier, ..named(code, virtual_key) }
}

const fn pad(code: &'static str, virtual_key: u16, key: &'static str) -> Key {
    Key { location: 3, ..printable(code, virtual_key, key, key) }
}

/// A key that is on other keyboards only: it has no place on this one.
pub(super) static FOREIGN: Key = named("", 0);

static KEYS: &[Key] = &[
    // Digits and letters.
    printable("Digit1", 49, "1", "!"),
    printable("Digit2", 50, "2", "@"),
    printable("Digit3", 51, "3", "#"),
    printable("Digit4", 52, "4", "$"),
    printable("Digit5", 53, "5", "%"),
    printable("Digit6", 54, "6", "^"),
    printable("Digit7", 55, "7", "&"),
    printable("Digit8", 56, "8", "*"),
    printable("Digit9", 57, "9", "("),
    printable("Digit0", 48, "0", ")"),
    printable("KeyA", 65, "a", "A"),
    printable("KeyB", 66, "b", "B"),
    printable("KeyC", 67, "c", "C"),
    printable("KeyD", 68, "d", "D"),
    printable("KeyE", 69, "e", "E"),
    printable("KeyF", 70, "f", "F"),
    printable("KeyG", 71, "g", "G"),
    printable("KeyH", 72, "h", "H"),
    printable("KeyI", 73, "i", "I"),
    printable("KeyJ", 74, "j", "J"),
    printable("KeyK", 75, "k", "K"),
    printable("KeyL", 76, "l", "L"),
    printable("KeyM", 77, "m", "M"),
    printable("KeyN", 78, "n", "N"),
    printable("KeyO", 79, "o", "O"),
    printable("KeyP", 80, "p", "P"),
    printable("KeyQ", 81, "q", "Q"),
    printable("KeyR", 82, "r", "R"),
    printable("KeyS", 83, "s", "S"),
    printable("KeyT", 84, "t", "T"),
    printable("KeyU", 85, "u", "U"),
    printable("KeyV", 86, "v", "V"),
    printable("KeyW", 87, "w", "W"),
    printable("KeyX", 88, "x", "X"),
    printable("KeyY", 89, "y", "Y"),
    printable("KeyZ", 90, "z", "Z"),
    // Punctuation.
    printable("Backquote", 192, "`", "~"),
    printable("Minus", 189, "-", "_"),
    printable("Equal", 187, "=", "+"),
    printable("BracketLeft", 219, "[", "{"),
    printable("BracketRight", 221, "]", "}"),
    printable("Backslash", 220, "\\", "|"),
    printable("Semicolon", 186, ";", ":"),
    printable("Quote", 222, "'", "\""),
    printable("Comma", 188, ",", "<"),
    printable("Period", 190, ".", ">"),
    printable("Slash", 191, "/", "?"),
    printable("Space", 32, " ", " "),
    // Keys with names.
    named("Escape", 27),
    named("Tab", 9),
    named("Backspace", 8),
    named("Insert", 45),
    named("Delete", 46),
    named("Home", 36),
    named("End", 35),
    named("PageUp", 33),
    named("PageDown", 34),
    named("ArrowLeft", 37),
    named("ArrowUp", 38),
    named("ArrowRight", 39),
    named("ArrowDown", 40),
    named("CapsLock", 20),
    named("NumLock", 144),
    named("ScrollLock", 145),
    named("Pause", 19),
    named("PrintScreen", 44),
    named("ContextMenu", 93),
    named("Help", 47),
    named("Cancel", 3),
    named("Clear", 12),
    named("BrowserBack", 166),
    named("BrowserForward", 167),
    named("BrowserRefresh", 168),
    named("BrowserStop", 169),
    named("BrowserSearch", 170),
    named("BrowserFavorites", 171),
    named("BrowserHome", 172),
    named("AudioVolumeMute", 173),
    named("AudioVolumeDown", 174),
    named("AudioVolumeUp", 175),
    named("MediaTrackNext", 176),
    named("MediaTrackPrevious", 177),
    named("MediaStop", 178),
    named("MediaPlayPause", 179),
    Key { text: "\r", ..named("Enter", 13) },
    named("F1", 112),
    named("F2", 113),
    named("F3", 114),
    named("F4", 115),
    named("F5", 116),
    named("F6", 117),
    named("F7", 118),
    named("F8", 119),
    named("F9", 120),
    named("F10", 121),
    named("F11", 122),
    named("F12", 123),
    named("F13", 124),
    named("F14", 125),
    named("F15", 126),
    named("F16", 127),
    named("F17", 128),
    named("F18", 129),
    named("F19", 130),
    named("F20", 131),
    named("F21", 132),
    named("F22", 133),
    named("F23", 134),
    named("F24", 135),
    // Modifiers; the plain name means the left one, so it comes first.
    held("ShiftLeft", "Shift", 16, 1, modifier::SHIFT),
    held("ShiftRight", "Shift", 16, 2, modifier::SHIFT),
    held("ControlLeft", "Control", 17, 1, modifier::CONTROL),
    held("ControlRight", "Control", 17, 2, modifier::CONTROL),
    held("AltLeft", "Alt", 18, 1, modifier::ALT),
    held("AltRight", "Alt", 18, 2, modifier::ALT),
    held("MetaLeft", "Meta", 91, 1, modifier::META),
    held("MetaRight", "Meta", 92, 2, modifier::META),
    held("AltGraph", "AltGraph", 225, 2, 0),
    // The number pad, with NumLock on.
    pad("Numpad0", 96, "0"),
    pad("Numpad1", 97, "1"),
    pad("Numpad2", 98, "2"),
    pad("Numpad3", 99, "3"),
    pad("Numpad4", 100, "4"),
    pad("Numpad5", 101, "5"),
    pad("Numpad6", 102, "6"),
    pad("Numpad7", 103, "7"),
    pad("Numpad8", 104, "8"),
    pad("Numpad9", 105, "9"),
    pad("NumpadMultiply", 106, "*"),
    pad("NumpadAdd", 107, "+"),
    pad("NumpadSubtract", 109, "-"),
    pad("NumpadDecimal", 110, "."),
    pad("NumpadDivide", 111, "/"),
    Key { key: "Enter", shifted: "Enter", text: "\r", location: 3, ..named("NumpadEnter", 13) },
];

/// Other names, in lower case.
static ALIASES: &[(&str, &str)] = &[
    ("esc", "Escape"),
    ("return", "Enter"),
    ("del", "Delete"),
    ("ins", "Insert"),
    ("ctrl", "ControlLeft"),
    ("control", "ControlLeft"),
    ("shift", "ShiftLeft"),
    ("alt", "AltLeft"),
    ("option", "AltLeft"),
    ("opt", "AltLeft"),
    ("meta", "MetaLeft"),
    ("cmd", "MetaLeft"),
    ("command", "MetaLeft"),
    ("super", "MetaLeft"),
    ("win", "MetaLeft"),
    ("windows", "MetaLeft"),
    ("up", "ArrowUp"),
    ("down", "ArrowDown"),
    ("left", "ArrowLeft"),
    ("right", "ArrowRight"),
    ("pgup", "PageUp"),
    ("pgdn", "PageDown"),
    ("spacebar", "Space"),
    ("plus", "NumpadAdd"),
];

/// A key and whether its name was that of its shifted character (`A`, `!`).
pub(super) fn key_named(name: &str, is_mac: bool) -> Option<(&'static Key, bool)> {
    let is_character = name.chars().nth(1).is_none();
    if is_character {
        let printable = |key: &&Key| key.is_printable && (key.key == name || key.shifted == name);
        return KEYS.iter().find(printable).map(|key| (key, key.key != name));
    }
    if name.eq_ignore_ascii_case("ControlOrMeta") {
        return key_named(if is_mac { "Meta" } else { "Control" }, is_mac);
    }
    let alias = ALIASES.iter().find(|(alias, _)| name.eq_ignore_ascii_case(alias));
    let code = alias.map_or(name, |(_, code)| code);
    KEYS.iter().find(|key| code.eq_ignore_ascii_case(key.code)).map(|key| (key, false))
}

/// Every key, for tests of the whole table.
#[cfg(test)]
pub(super) fn all() -> &'static [Key] {
    KEYS
}

/// The name spelt most alike, when one is near; a single character is a key or none.
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    let modifiers = ["Shift", "Control", "Alt", "Meta", "ControlOrMeta"];
    let names: Vec<&'static str> = modifiers.into_iter().chain(KEYS.iter().map(|key| key.code)).collect();
    name.chars().nth(1).and_then(|_| crate::nearest::nearest(name, &names))
}
