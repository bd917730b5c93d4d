//! The JavaScript files of this room and the few expressions around them. Text only: nothing is sent from here.

/// All in-page functions, in the order in which they build on each other.
const FILES: &[&str] = &[
    include_str!("scripts/world.js"),
    include_str!("scripts/watch.js"),
    include_str!("scripts/style.js"),
    include_str!("scripts/role.js"),
    include_str!("scripts/name.js"),
    include_str!("scripts/describe.js"),
    include_str!("scripts/walk.js"),
    include_str!("scripts/read.js"),
    include_str!("scripts/target.js"),
    include_str!("scripts/aim.js"),
    include_str!("scripts/typed.js"),
    include_str!("scripts/fields.js"),
    include_str!("scripts/files.js"),
    include_str!("scripts/waits.js"),
    include_str!("scripts/view.js"),
];

/// Which elements have listeners for clicks: an expression for the page's own world, where DevTools' own
/// `getEventListeners` sees them. Its answer is the walk's `clickable`.
pub(super) const LISTENERS: &str = include_str!("scripts/listeners.js");

/// How a result crosses over: JSON text, with the contract's answers for what JSON cannot say.
const SERIALIZE: &str = include_str!("scripts/serialize.js");

/// Sets our world up in a document, once, and yields the number of its first ref.
pub(super) fn begin(first_ref: u32) -> String {
    // Each file is an expression statement; the last value is the answer.
    format!("{}\n;__openclaw.begin({first_ref})", FILES.join("\n;"))
}

/// A caller's source as an expression; a function is called with the element, if there is one.
pub(super) fn expression(source: &str) -> String {
    let element = "typeof el === 'undefined' ? undefined : el";
    format!(
        "(async (el) => {{ const value = (\n{source}\n); return ({SERIALIZE})(typeof value === 'function' ? await \
         value(el) : await value) }})({element})"
    )
}

/// A caller's source as statements with `return`.
pub(super) fn statements(source: &str) -> String {
    let element = "typeof el === 'undefined' ? undefined : el";
    format!("(async (el) => ({SERIALIZE})(await (async () => {{\n{source}\n}})()))({element})")
}
