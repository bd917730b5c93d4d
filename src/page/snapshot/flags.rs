//! The states and marks of an element, packed into one number by the walk. It knows nothing of what they mean
//! for a text.

/// States and marks of an element; `scripts/describe.js` has the same list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flags(u32);

impl Flags {
    /// Has the focus.
    pub const ACTIVE: u32 = 1;
    /// Ticked.
    pub const CHECKED: u32 = 1 << 1;
    /// With `CHECKED` or `PRESSED`: neither on nor off.
    pub const MIXED: u32 = 1 << 2;
    /// Cannot be used.
    pub const DISABLED: u32 = 1 << 3;
    /// What it controls is open.
    pub const EXPANDED: u32 = 1 << 4;
    /// A toggle button that is down.
    pub const PRESSED: u32 = 1 << 5;
    /// Chosen among its siblings.
    pub const SELECTED: u32 = 1 << 6;
    /// Holds a value that is refused.
    pub const INVALID: u32 = 1 << 7;
    /// First of a subtree hidden from assistive technology, but not from the eye.
    pub const ARIA_HIDDEN: u32 = 1 << 8;
    /// The cursor over it is a pointer.
    pub const POINTER: u32 = 1 << 9;
    /// As `POINTER`, and its parent's is not.
    pub const OWN_POINTER: u32 = 1 << 10;
    /// Has an `onclick` attribute.
    pub const ONCLICK: u32 = 1 << 11;
    /// Can be reached with the Tab key by a `tabindex`.
    pub const TABINDEX: u32 = 1 << 12;
    /// Root of editable content.
    pub const EDITABLE: u32 = 1 << 13;
    /// Label of a radio button that is not drawn itself.
    pub const HIDDEN_RADIO: u32 = 1 << 14;
    /// Label of a checkbox that is not drawn itself.
    pub const HIDDEN_CHECKBOX: u32 = 1 << 15;
    /// A target for another reason, such as being draggable.
    pub const KEPT: u32 = 1 << 16;
    /// Laid out inside a line of text.
    pub const INLINE: u32 = 1 << 17;
    /// First of a subtree that the eye cannot see, though it is rendered. (The bit before it is the walk's own.)
    pub const UNSEEN: u32 = 1 << 19;
    /// Any reason to be a target of its own, whatever the role.
    pub const TARGET: u32 = Self::OWN_POINTER
        | Self::ONCLICK
        | Self::TABINDEX
        | Self::EDITABLE
        | Self::HIDDEN_RADIO
        | Self::HIDDEN_CHECKBOX
        | Self::KEPT;

    // The walk does not write these: they are set afterwards, where the gap was.
    /// The viewport shows some of it.
    pub const IN_VIEW: u32 = 1 << 20;
    /// An open dialog holds it.
    pub const IN_DIALOG: u32 = 1 << 21;
    /// It was acted on last.
    pub const ACTED: u32 = 1 << 22;
    /// It is what was looked for.
    pub const FOUND: u32 = 1 << 23;

    const GAP_SHIFT: u32 = 20;

    /// Whether any of these is set.
    #[must_use]
    pub fn has(self, flags: u32) -> bool {
        self.0 & flags != 0
    }

    /// Those of these that are set.
    pub(super) fn only(self, flags: u32) -> u32 {
        self.0 & flags
    }

    /// Sets states or marks.
    pub(super) fn set(&mut self, flags: u32) {
        self.0 |= flags;
    }

    /// The walk writes the gap (levels between an element and the one it is listed under) above the flags.
    pub(super) fn split(bits: u32) -> (Self, u32) {
        (Self(bits & ((1 << Self::GAP_SHIFT) - 1)), bits >> Self::GAP_SHIFT)
    }
}
