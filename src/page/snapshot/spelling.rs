//! Chromium's words for roles and states, and which roles the role style treats alike.
//! It knows nothing of lines and documents.

use std::fmt::Write;

use super::{
    flags::Flags,
    rendered::{is_interactive, quoted},
    tree::Element,
};

/// A list item with a role and, when there is one, a name.
pub(super) fn named(role: &str, name: &str) -> String {
    if name.is_empty() { format!("- {role}") } else { format!("- {role} {}", quoted(name)) }
}

/// Chromium's word for a role.
pub(super) fn spelled<'a>(role: &'a str, element: &Element<'_>) -> &'a str {
    match role {
        "iframe" => "Iframe",
        "img" => "image",
        "audio" => "Audio",
        "video" => "Video",
        // Chromium makes a group of a plain box that has the focus.
        "generic" if element.has(Flags::TABINDEX) && element.has(Flags::ACTIVE) => "group",
        _ => role,
    }
}

pub(super) fn states(element: &Element<'_>) -> String {
    let mixed = element.has(Flags::MIXED);
    let words = [
        (Flags::CHECKED, if mixed { " [checked=mixed]" } else { " [checked]" }),
        (Flags::DISABLED, " [disabled]"),
        (Flags::EXPANDED, " [expanded]"),
        (Flags::PRESSED, if mixed { " [pressed=mixed]" } else { " [pressed]" }),
        (Flags::SELECTED, " [selected]"),
    ];
    let mut text: String =
        words.iter().filter(|(flag, _)| element.has(*flag)).map(|(_, word)| *word).collect();
    if let Some(level) = element.extra.as_ref().and_then(|extra| extra.level) {
        write!(text, " [level={level}]").expect("a String takes everything");
    }
    if element.has(Flags::INVALID) {
        text.push_str(" [invalid=true]");
    }
    text
}

/// Whether a person can act on it, by its role or for another reason.
pub(super) fn is_control(role: &str, element: &Element<'_>) -> bool {
    element.number > 0 && (is_interactive(role) || role == "DisclosureTriangle" || element.has(Flags::TARGET))
}

/// Why an element that is no control by its role can be operated all the same.
pub(super) fn marks(element: &Element<'_>) -> Vec<&'static str> {
    [
        (Flags::OWN_POINTER, "cursor:pointer"),
        (Flags::ONCLICK, "onclick"),
        (Flags::TABINDEX, "tabindex"),
        (Flags::EDITABLE, "contenteditable"),
        (Flags::HIDDEN_RADIO, "hidden-radio"),
        (Flags::HIDDEN_CHECKBOX, "hidden-checkbox"),
    ]
    .into_iter()
    .filter(|(flag, _)| element.has(*flag))
    .map(|(_, word)| word)
    .collect()
}

/// Roles that get a ref when they have a name.
pub(super) fn is_content(role: &str) -> bool {
    matches!(
        role,
        "article"
            | "cell"
            | "columnheader"
            | "gridcell"
            | "heading"
            | "listitem"
            | "main"
            | "navigation"
            | "region"
            | "rowheader"
    )
}

/// Roles that a compact listing drops when they have no name.
pub(super) fn is_structural(role: &str) -> bool {
    matches!(
        role,
        "application"
            | "directory"
            | "document"
            | "generic"
            | "grid"
            | "group"
            | "ignored"
            | "list"
            | "menu"
            | "menubar"
            | "none"
            | "presentation"
            | "row"
            | "rowgroup"
            | "sectionfooter"
            | "sectionheader"
            | "table"
            | "tablist"
            | "toolbar"
            | "tree"
            | "treegrid"
            | "LabelText"
    )
}
