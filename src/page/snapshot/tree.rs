//! What the walk in the page (`scripts/walk.js`) returns, parsed once into borrowed structs.
//! It knows nothing of text styles.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, SeqAccess, Visitor},
};

use super::flags::Flags;

/// One document as listed by the walk, depth first.
#[derive(Debug, Clone, Deserialize)]
pub struct Document<'a> {
    /// Address of the document.
    #[serde(borrow, default)]
    pub url: Cow<'a, str>,
    /// Address that relative links are read against.
    #[serde(borrow, default)]
    pub base: Cow<'a, str>,
    /// Title of the document.
    #[serde(borrow, default)]
    pub title: Cow<'a, str>,
    /// The next number that the document's ref table will give.
    pub next: u32,
    /// Depth of the first node in the page: 2 for a body, 0 for a listing limited by a selector.
    #[serde(default)]
    pub level: u32,
    /// Whether elements below the deepest level were left out.
    #[serde(default)]
    pub deep: bool,
    /// Role names; elements hold positions in this list.
    #[serde(borrow, default)]
    roles: Vec<Text<'a>>,
    /// Texts and elements, each with its depth in this list.
    #[serde(borrow, default)]
    pub nodes: Vec<Node<'a>>,
}

impl<'a> Document<'a> {
    /// Reads the walk's JSON text.
    ///
    /// # Errors
    /// When the selector was bad or matched nothing, and when the text is not what this version of the walk writes.
    pub fn parse(text: &'a str) -> Result<Self, WalkError> {
        check_failure(text)?;
        let document: Self = serde_json::from_str(text)?;
        let known = document.roles.len();
        let strange = |node: &Node<'_>| matches!(node, Node::Element(e) if e.role >= known);
        if document.nodes.iter().any(strange) {
            return Err(serde_json::Error::custom("a role number outside the list of roles").into());
        }
        Ok(document)
    }

    /// The role of one of this document's elements, as ARIA spells it.
    #[must_use]
    pub fn role(&self, element: &Element<'_>) -> &str {
        self.roles.get(element.role).map_or("generic", |role| &role.0)
    }
}

/// Whether the walk says that there is nothing to list.
pub(super) fn check_failure(text: &str) -> Result<(), WalkError> {
    if text.starts_with(r#"{"fail":"#) {
        return Err(serde_json::from_str::<Failure>(text)?.into());
    }
    Ok(())
}

/// Why a document could not be listed.
#[derive(Debug, thiserror::Error)]
pub enum WalkError {
    /// No element matches the selector.
    #[error("no element matches the selector; take a snapshot without it to see what is there")]
    Missing,
    /// The engine does not understand the selector.
    #[error("bad selector: {0}; give one that CSS knows")]
    BadSelector(String),
    /// Not what this version of the walk writes.
    #[error("the page's listing cannot be read; take the snapshot again")]
    Malformed(#[from] serde_json::Error),
}

/// `{"fail": {"why": ...}}`, the walk's other answer.
#[derive(Debug, Deserialize)]
struct Failure {
    fail: Reason,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "why", rename_all = "camelCase")]
enum Reason {
    Missing,
    BadSelector { message: String },
}

impl From<Failure> for WalkError {
    fn from(failure: Failure) -> Self {
        match failure.fail {
            Reason::Missing => Self::Missing,
            Reason::BadSelector { message } => Self::BadSelector(message),
        }
    }
}

/// A piece of text or an element.
#[derive(Debug, Clone)]
pub enum Node<'a> {
    /// Text with its blanks collapsed, its ends not trimmed.
    Text {
        /// Depth in the list.
        depth: u32,
        /// The characters.
        text: Cow<'a, str>,
    },
    /// An element.
    Element(Element<'a>),
    /// Rows that were folded into a count.
    Fold {
        /// Depth in the list.
        depth: u32,
        /// How many rows.
        count: usize,
        /// The number of the element that holds them, and the place of the first one in it.
        more: Option<(u32, usize)>,
    },
}

impl Node<'_> {
    /// Depth in the list: a node belongs to the nearest one before it that has a smaller depth.
    #[must_use]
    pub fn depth(&self) -> u32 {
        match self {
            Self::Text { depth, .. } | Self::Fold { depth, .. } => *depth,
            Self::Element(element) => element.depth,
        }
    }
}

/// An element with a role.
#[derive(Debug, Clone)]
pub struct Element<'a> {
    /// Depth in the list.
    pub depth: u32,
    role: usize,
    /// Number in the document's ref table; 0 when it has none.
    pub number: u32,
    /// The number by which its place on the page is known: the same, or that of what cannot be acted on; 0 when it has
    /// none.
    pub(super) place: u32,
    /// States and marks.
    pub flags: Flags,
    /// Levels of the page between this element and the one it is listed under.
    pub gap: u32,
    /// Accessible name, empty when there is none.
    pub name: Cow<'a, str>,
    /// What few elements have.
    pub extra: Option<Box<Extra<'a>>>,
}

impl Element<'_> {
    /// Whether a state or mark is set.
    #[must_use]
    pub fn has(&self, flags: u32) -> bool {
        self.flags.has(flags)
    }

    /// The value of a field, never of a password.
    #[must_use]
    pub fn value(&self) -> &str {
        self.extra.as_deref().map_or("", |extra| &extra.value)
    }
}

/// What few elements have.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Extra<'a> {
    /// Link target as written in the page.
    #[serde(borrow, default, rename = "u")]
    pub url: Option<Cow<'a, str>>,
    /// Placeholder, when it is not the name.
    #[serde(borrow, default, rename = "p")]
    pub placeholder: Option<Cow<'a, str>>,
    /// Value of a field.
    #[serde(borrow, default, rename = "v")]
    pub value: Cow<'a, str>,
    /// What is said of it beside its name.
    #[serde(borrow, default, rename = "d")]
    pub description: Cow<'a, str>,
    /// Level of a heading or of an item in a tree.
    #[serde(default, rename = "l")]
    pub level: Option<u32>,
}

/// A string that borrows from the message when it has no escapes.
#[derive(Debug, Clone, Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// The second field tells texts from elements.
enum Second<'a> {
    Text(Cow<'a, str>),
    Role(usize),
}

impl<'de: 'a, 'a> Deserialize<'de> for Second<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Second<'de>;
            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a text or a role number")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Second::Text(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Second::Text(Cow::Owned(text.to_owned())))
            }
            fn visit_u64<E: Error>(self, role: u64) -> Result<Self::Value, E> {
                usize::try_from(role).map(Second::Role).map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Node<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Node<'de>;
            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("[depth, text] or [depth, role, ref, flags, name, extra]")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
                let depth = required(&mut fields, "depth")?;
                let node = match required(&mut fields, "text or role")? {
                    Second::Text(text) => Node::Text { depth, text },
                    Second::Role(role) => Node::Element(element(depth, role, &mut fields)?),
                };
                while fields.next_element::<IgnoredAny>()?.is_some() {}
                Ok(node)
            }
        }
        deserializer.deserialize_seq(Reader)
    }
}

fn element<'de, A: SeqAccess<'de>>(
    depth: u32,
    role: usize,
    fields: &mut A,
) -> Result<Element<'de>, A::Error> {
    // Below zero is the number of what has a place and no ref.
    let number: i32 = required(fields, "ref")?;
    let place = number.unsigned_abs();
    let number = u32::try_from(number).unwrap_or_default();
    let bits: u32 = required(fields, "flags")?;
    let name = fields.next_element::<Text<'de>>()?.map_or(Cow::Borrowed(""), |name| name.0);
    let extra = fields.next_element::<Extra<'de>>()?.map(Box::new);
    let (flags, gap) = Flags::split(bits);
    Ok(Element { depth, role, number, place, flags, gap, name, extra })
}

fn required<'de, A: SeqAccess<'de>, T: Deserialize<'de>>(
    fields: &mut A,
    name: &'static str,
) -> Result<T, A::Error> {
    fields.next_element()?.ok_or_else(|| A::Error::missing_field(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_elements_are_told_apart() {
        let text = r##"{"next":7,"level":2,"roles":["generic","link"],"nodes":[[0,0,1,1],[1,"plain"],
            [1,1,2,2097664,"a \"name\"",{"u":"#x"}]]}"##;
        let document = Document::parse(text).expect("the list is well formed");
        assert_eq!((document.next, document.level, document.deep), (7, 2, false));
        let Node::Element(link) = &document.nodes[2] else { panic!("{:?}", document.nodes[2]) };
        assert_eq!(document.role(link), "link");
        assert_eq!((link.number, link.gap, link.name.as_ref()), (2, 2, "a \"name\""));
        assert!(link.has(Flags::POINTER) && !link.has(Flags::ACTIVE));
        assert_eq!(link.extra.as_ref().and_then(|e| e.url.as_deref()), Some("#x"));
        assert!(matches!(&document.nodes[1], Node::Text { depth: 1, text: Cow::Borrowed("plain") }));
    }

    #[test]
    fn failures_of_the_walk_are_told_apart() {
        assert!(matches!(Document::parse(r#"{"fail":{"why":"missing"}}"#), Err(WalkError::Missing)));
        let bad = Document::parse(r#"{"fail":{"why":"badSelector","message":"'#' is odd"}}"#);
        assert!(matches!(bad, Err(WalkError::BadSelector(message)) if message == "'#' is odd"));
        assert!(matches!(Document::parse(r#"{"fail":{"why":"x"}}"#), Err(WalkError::Malformed(_))));
    }

    #[test]
    fn strange_answers_are_errors() {
        for text in [
            "",
            "{}",
            r#"{"next":1,"nodes":[[0,0,1,0]]}"#,
            r#"{"next":1,"roles":["x"],"nodes":[[0]]}"#,
            r#"{"next":1,"roles":["x"],"nodes":[[0,0,1.5,0]]}"#,
            r#"{"next":1,"roles":["x"],"nodes":[[0,0,1,-1]]}"#,
        ] {
            assert!(Document::parse(text).is_err(), "{text}");
        }
    }
}
