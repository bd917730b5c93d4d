//! How the lines of the `lean` style are spelled, and what is shortened in them. It decides nothing of which lines
//! there are.

use std::collections::HashMap;

use super::{
    budget::Rank,
    flags::Flags,
    forgery,
    rendered::{Line, RefEntry},
    tree::Element,
};

/// Longest name on a line, in characters.
pub(super) const LONGEST_NAME: usize = 60;
/// The same when its parts follow as lines of their own.
const LONGEST_SUM: usize = 40;
/// Longest value of a field.
pub(super) const LONGEST_VALUE: usize = 60;
/// A name of more characters than this is said in full twice, and shortened from then on.
const SHORT: usize = 16;
/// How many controls back a name counts as said just now.
const RECENT: usize = 4;
/// So many characters more are said to end a word.
const LONGEST_WORD: usize = 16;
/// How long a piece of text may be, the more there is the shorter.
const TEXT_STEPS: [usize; 13] = [READ_TEXT, 4_000, 1_500, 600, 240, 160, 100, 64, 48, 32, 24, 16, 12];
/// Where pieces must be shorter than this, those that go on in the middle of a sentence are left out.
const SENTENCES: usize = 64;
/// The text of rows may take this many bytes whatever the controls take, and so may all other text: a small page that
/// speaks much is to be no larger than where peers tell its controls alone.
const FREE_CELLS: usize = 1_000;
const FREE_TEXT: usize = 300;
/// A page with few controls is there to be read: so many characters are told of one without any, and less for each.
const READ_TEXT: usize = 6_000;
const LESS_FOR_A_CONTROL: usize = 400;
/// The share of the other lines that the text of rows may take, and all other text, as divisors.
const CELLS_SHARE: usize = 2;
const TEXT_SHARE: usize = 16;

/// A line before it is spelled.
#[derive(Debug, Clone)]
pub(super) struct Draft<'a> {
    pub(super) kind: Kind,
    /// Its role; the word of a place.
    pub(super) role: &'a str,
    pub(super) name: String,
    pub(super) reference: Option<String>,
    pub(super) element: Option<&'a Element<'a>>,
    /// How many places are open around it.
    pub(super) level: u32,
    /// Its name is made of several controls, which follow.
    pub(super) is_sum: bool,
    /// The eye does not see it.
    pub(super) is_unseen: bool,
    /// Assistive technology does not hear of it.
    pub(super) is_hidden: bool,
    /// It begins as the rest of a sentence that a control is in.
    pub(super) goes_on: bool,
}

impl<'a> Draft<'a> {
    /// A line of this kind that says so much.
    pub(super) fn of(kind: Kind, name: String) -> Self {
        Self {
            kind,
            role: "",
            name,
            reference: None,
            element: None,
            level: 0,
            is_sum: false,
            is_unseen: false,
            is_hidden: false,
            goes_on: false,
        }
    }

    /// How many folded rows it stands for.
    fn rows(&self) -> usize {
        if let Kind::Fold(rows) = self.kind { rows } else { 0 }
    }
}

/// What a line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A part of the page begins.
    Place,
    /// It ends.
    End,
    Heading,
    Control,
    /// Something clickable around controls.
    Cover,
    /// Text of a table's row.
    Cells,
    Text,
    /// Rows that were folded into a count.
    Fold(usize),
}

/// The word of a place, for roles that are one: all landmarks, and groups that have a name.
pub(super) fn place(role: &str, name: &str) -> Option<&'static str> {
    Some(match role {
        "navigation" => "nav",
        "main" => "main",
        "complementary" => "aside",
        "banner" => "header",
        "contentinfo" => "footer",
        "search" => "search",
        "dialog" | "alertdialog" => "dialog",
        "iframe" => "iframe",
        "menu" => "menu",
        "audio" => "audio",
        "video" => "video",
        _ if name.is_empty() => return None,
        "article" => "article",
        "form" => "form",
        "group" | "radiogroup" => "group",
        "region" => "section",
        "table" | "grid" | "treegrid" => "table",
        "tablist" => "tabs",
        "toolbar" => "toolbar",
        "tree" => "tree",
        _ => return None,
    })
}

/// A text without its blanks, in lower case: for comparing only.
pub(super) fn squash(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// Spells the lines; yields how many texts are left out, too. `whole`: nothing is shortened.
pub(super) fn write(drafts: &[Draft<'_>], urls: bool, whole: bool) -> (Vec<Line>, usize) {
    let mut names = Names::of(drafts);
    let longest = if whole { usize::MAX } else { LONGEST_VALUE };
    let mut name = |draft: &Draft<'_>| if whole { draft.name.clone() } else { names.shorten(draft) };
    let spelled: Vec<String> = drafts
        .iter()
        .enumerate()
        .map(|(at, draft)| match draft.kind {
            Kind::End if is_implied(drafts, at) => String::new(),
            Kind::End => format!("</{}>", draft.role),
            Kind::Cells | Kind::Text => String::new(),
            Kind::Fold(_) => draft.name.clone(),
            Kind::Place | Kind::Heading | Kind::Control | Kind::Cover => {
                spell(draft, &name(draft), urls, longest)
            }
        })
        .collect();
    let taken = spelled.iter().map(|text| text.len() + 1).sum::<usize>();
    let fitting = |kind, share| if whole { Texts::WHOLE } else { Texts::fitting(drafts, kind, share) };
    let controls = drafts.iter().filter(|draft| matches!(draft.kind, Kind::Control | Kind::Cover)).count();
    let read = READ_TEXT.saturating_sub(controls * LESS_FOR_A_CONTROL);
    let cells = fitting(Kind::Cells, FREE_CELLS.max(taken / CELLS_SHARE).max(read));
    let texts = fitting(Kind::Text, FREE_TEXT.max(taken / TEXT_SHARE).max(read));
    let mut unsaid = 0;
    let mut lines: Vec<Line> = Vec::with_capacity(drafts.len() + 1);
    for (draft, spelled) in drafts.iter().zip(spelled) {
        let said = match draft.kind {
            Kind::Cells => cells.fit(draft),
            Kind::Text => texts.fit(draft),
            Kind::Place | Kind::End | Kind::Heading | Kind::Control | Kind::Cover | Kind::Fold(_) => spelled,
        };
        unsaid += usize::from(draft.kind == Kind::Text && texts.cuts(draft));
        for said in said.split('\n') {
            let is_text = matches!(draft.kind, Kind::Cells | Kind::Text);
            let mut text = if is_text { forgery::line(said).into_owned() } else { said.to_owned() };
            text.retain(|c| !forgery::is_unprinted(c));
            if text.is_empty() {
                continue;
            }
            if draft.is_unseen && !matches!(draft.kind, Kind::Place | Kind::End) {
                text.push_str(" (unseen)");
            }
            let rank = draft.element.map_or(Rank::Rest, Rank::of);
            let is_acted = draft.element.is_some_and(|element| element.has(Flags::ACTED));
            let (entry, level) = (entry(draft), draft.level);
            lines.push(Line { text, entry, level, rank, is_acted, rows: draft.rows(), ..Line::default() });
        }
    }
    if let Some(legend) = legend(drafts, unsaid) {
        lines.insert(0, legend);
    }
    (lines, unsaid)
}

/// How much is said of pieces of text: all alike, so that together they take no more than their share.
struct Texts {
    most: usize,
    whole_sentences: bool,
}

impl Texts {
    const WHOLE: Self = Self { most: usize::MAX, whole_sentences: false };

    fn fitting(drafts: &[Draft<'_>], kind: Kind, share: usize) -> Self {
        let fit = |whole_sentences: bool| {
            let texts = drafts.iter().filter(|draft| draft.kind == kind);
            let lengths: Vec<usize> =
                texts.map(|draft| told(draft, whole_sentences).chars().count()).collect();
            let taken = |most: usize| lengths.iter().map(|length| (*length).min(most) + 1).sum::<usize>();
            TEXT_STEPS
                .into_iter()
                .find(|most| taken(*most) <= share)
                .unwrap_or(TEXT_STEPS[TEXT_STEPS.len() - 1])
        };
        let most = fit(false);
        let whole_sentences = kind == Kind::Text && most < SENTENCES;
        Self { most: if whole_sentences { fit(true) } else { most }, whole_sentences }
    }

    /// Whether the beginning of a text is left out.
    fn cuts(&self, draft: &Draft<'_>) -> bool {
        self.whole_sentences && draft.goes_on
    }

    fn fit(&self, draft: &Draft<'_>) -> String {
        short(told(draft, self.whole_sentences), self.most)
    }
}

/// What is told of a text; of one that goes on in a sentence, the blocks behind it.
fn told<'a>(draft: &'a Draft<'_>, whole_sentences: bool) -> &'a str {
    if whole_sentences && draft.goes_on {
        return draft.name.split_once('\n').map_or("", |(_, rest)| rest);
    }
    &draft.name
}

/// The first `most` characters, to the end of a word, with a mark that there was more. A number is never cut; a word is
/// where it is as long as a line.
fn short(text: &str, most: usize) -> String {
    let Some((end, _)) = text.char_indices().nth(most) else { return text.to_owned() };
    let (start, rest) = text.split_at(end);
    if rest.starts_with(char::is_whitespace) {
        return format!("{}…", start.trim_end());
    }
    match start.rfind(char::is_whitespace) {
        Some(at) if at * 3 > start.len() => format!("{}…", start[..at].trim_end()),
        _ => whole_word(text, end),
    }
}

/// The text up to the end of the word at this place, when that is near.
fn whole_word(text: &str, at: usize) -> String {
    let (start, rest) = text.split_at(at);
    let ends = |c: char| !c.is_alphanumeric();
    let near = rest.char_indices().take(LONGEST_WORD).find(|(_, c)| ends(*c)).map(|(at, _)| at);
    match near {
        Some(length) => format!("{start}{}…", &rest[..length]),
        None if rest.chars().count() <= LONGEST_WORD => text.to_owned(),
        None => format!("{}…", start.trim_end_matches(char::is_numeric)),
    }
}

/// The end of a place needs no line when another place begins or the page ends.
fn is_implied(drafts: &[Draft<'_>], at: usize) -> bool {
    let inner = matches!(drafts[at].role, "iframe" | "dialog");
    match drafts[at + 1..].iter().find(|draft| draft.kind != Kind::End) {
        None => true,
        Some(next) => next.kind == Kind::Place && !inner,
    }
}

/// What the signs mean that occur on this page, and how many texts are left out of it.
fn legend(drafts: &[Draft<'_>], unsaid: usize) -> Option<Line> {
    let has = |sign: Sign| {
        drafts
            .iter()
            .any(|draft| matches!(draft.kind, Kind::Control | Kind::Cover) && Sign::of(draft) == sign)
    };
    let signs = [
        (Sign::Link, "link"),
        (Sign::Button, "[button]"),
        (Sign::Tick, "[x] checkbox"),
        (Sign::Choice, "(x) radio"),
        (Sign::Field, "field=value"),
        (Sign::Option, "- option"),
        (Sign::Clickable, "*clickable"),
    ];
    let words: Vec<&str> = signs.into_iter().filter(|(sign, _)| has(*sign)).map(|(_, word)| word).collect();
    let signs = words.join(", ");
    let text = match (unsaid, signs.is_empty()) {
        (0, true) => return None,
        (0, false) => format!("({signs})"),
        (_, true) => format!("(omitted: {unsaid} texts)"),
        (_, false) => format!("({signs}; omitted: {unsaid} texts)"),
    };
    Some(Line { text, ..Line::default() })
}

/// How a control is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Link,
    Button,
    Tick,
    Choice,
    Field,
    Option,
    /// What opens and closes a `details`.
    Triangle,
    /// A role of its own.
    Word,
    Clickable,
}

impl Sign {
    fn of(draft: &Draft<'_>) -> Self {
        match draft.role {
            "link" => Self::Link,
            "button" => Self::Button,
            "checkbox" | "switch" | "menuitemcheckbox" => Self::Tick,
            "radio" | "menuitemradio" => Self::Choice,
            "textbox" | "searchbox" => Self::Field,
            "option" => Self::Option,
            "DisclosureTriangle" => Self::Triangle,
            role if super::rendered::is_interactive(role) => Self::Word,
            _ => Self::Clickable,
        }
    }
}

/// `longest`: the most characters of a value.
fn spell(draft: &Draft<'_>, name: &str, urls: bool, longest: usize) -> String {
    let mut text = draft.reference.as_ref().map(|reference| format!("{reference} ")).unwrap_or_default();
    match draft.kind {
        Kind::Place if name.is_empty() => text.extend(["<", draft.role, ">"]),
        Kind::Place => text.extend(["<", draft.role, " ", &forgery::signed_name(name, ">"), ">"]),
        Kind::Heading => {
            let level = draft.element.and_then(|element| element.extra.as_ref()?.level).unwrap_or(1);
            let name = forgery::signed_name(name, "");
            text.extend(["#".repeat(level.clamp(1, 6) as usize).as_str(), " ", &name]);
        }
        Kind::Cover => text.push('*'),
        Kind::Control => control(draft, name, longest, &mut text),
        Kind::End | Kind::Cells | Kind::Text | Kind::Fold(_) => {}
    }
    if let Some(element) = draft.element.filter(|_| draft.reference.is_some()) {
        let url = element.extra.as_ref().and_then(|extra| extra.url.as_deref()).filter(|_| urls);
        if let Some(url) = url {
            text.extend([" <", &forgery::address(url), ">"]);
        }
        states(draft, element, &mut text);
    }
    text
}

fn control(draft: &Draft<'_>, name: &str, longest: usize, text: &mut String) {
    let element = draft.element.expect("a control is an element");
    let ticked = match (element.has(Flags::CHECKED), element.has(Flags::MIXED)) {
        (true, true) => '-',
        (true, false) => 'x',
        (false, _) => ' ',
    };
    let sign = Sign::of(draft);
    let name = &match sign {
        Sign::Button => forgery::signed_name(name, "]"),
        Sign::Tick | Sign::Choice | Sign::Option | Sign::Triangle => forgery::signed_name(name, ""),
        Sign::Link | Sign::Field | Sign::Word | Sign::Clickable => forgery::bare_name(name),
    };
    match sign {
        Sign::Link if name.is_empty() => text.push_str("link"),
        Sign::Link => text.push_str(name),
        Sign::Button => text.extend(["[", name, "]"]),
        Sign::Tick => text.extend(["[", &ticked.to_string(), "] ", name]),
        Sign::Choice => text.extend(["(", &ticked.to_string(), ") ", name]),
        Sign::Field => text.extend([name, "=", &value(element, longest)]),
        Sign::Option => text.extend(["- ", name]),
        Sign::Triangle => text.extend([if element.has(Flags::EXPANDED) { "▾ " } else { "▸ " }, name]),
        Sign::Word => {
            text.extend([draft.role, if name.is_empty() { "" } else { " " }, name]);
            if matches!(draft.role, "combobox" | "spinbutton" | "slider") {
                text.extend(["=", &value(element, longest)]);
            }
        }
        Sign::Clickable => {
            text.push('*');
            if element.has(Flags::HIDDEN_RADIO) {
                text.extend(["(", &ticked.to_string(), ") "]);
            } else if element.has(Flags::HIDDEN_CHECKBOX) {
                text.extend(["[", &ticked.to_string(), "] "]);
            } else if name.is_empty() && draft.role != "generic" {
                text.push_str(draft.role);
            }
            text.push_str(name);
        }
    }
    let length = text.trim_end().len();
    text.truncate(length);
}

fn value(element: &Element<'_>, longest: usize) -> String {
    let value = element.value();
    match element.extra.as_ref().and_then(|extra| extra.placeholder.as_deref()) {
        Some(placeholder) if value.is_empty() => format!(" ({})", short(placeholder, longest)),
        _ => forgery::signed_name(&short(value, longest), "").into_owned(),
    }
}

fn states(draft: &Draft<'_>, element: &Element<'_>, text: &mut String) {
    let words = [
        (Flags::DISABLED, "disabled"),
        (Flags::EXPANDED, "open"),
        (Flags::PRESSED, "pressed"),
        (Flags::SELECTED, "selected"),
        (Flags::INVALID, "invalid"),
        (Flags::ACTIVE, "focused"),
    ];
    let hidden = if draft.role == "DisclosureTriangle" { Flags::EXPANDED } else { 0 };
    let half = element.has(Flags::PRESSED) && element.has(Flags::MIXED);
    let mut said: Vec<&str> =
        words.iter().filter(|(flag, _)| element.has(*flag & !hidden)).map(|(_, word)| *word).collect();
    said.iter_mut().filter(|word| half && **word == "pressed").for_each(|word| *word = "half pressed");
    if draft.is_hidden && draft.kind == Kind::Control {
        said.push("aria-hidden");
    }
    if draft.kind != Kind::Place && !said.is_empty() {
        text.extend([" (", &said.join(", "), ")"]);
    }
}

fn entry(draft: &Draft<'_>) -> Option<RefEntry> {
    let reference = draft.reference.clone()?;
    let name = (!draft.name.is_empty()).then(|| draft.name.clone());
    Some(RefEntry { reference, role: draft.role.to_owned(), name, ..RefEntry::default() })
}

/// Which names have been said, so that they need not be said in full again.
struct Names<'a> {
    /// Names that occur more than twice, how often they were said, and how much of them tells them apart.
    repeated: HashMap<&'a str, (usize, usize)>,
    /// Names of the last controls, for comparing.
    recent: Vec<String>,
}

impl<'a> Names<'a> {
    fn of(drafts: &'a [Draft<'_>]) -> Self {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for draft in drafts.iter().filter(|draft| draft.reference.is_some()) {
            *counts.entry(&draft.name).or_default() += 1;
        }
        let mut sorted: Vec<&str> = counts.keys().copied().collect();
        sorted.sort_unstable();
        let common = |a: &str, b: &str| a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
        let mut repeated = HashMap::new();
        for (at, name) in sorted.iter().enumerate() {
            if counts[name] > 2 && name.chars().count() > SHORT {
                let before = at.checked_sub(1).map_or(0, |before| common(sorted[before], name));
                let after = sorted.get(at + 1).map_or(0, |after| common(after, name));
                repeated.insert(*name, (0, (before.max(after) + 1).max(SHORT - 4)));
            }
        }
        Self { repeated, recent: Vec::new() }
    }

    /// A name as it is printed: shortened when the reader knows it already.
    fn shorten(&mut self, draft: &Draft<'_>) -> String {
        let name = draft.name.as_str();
        let mut most = if draft.is_sum { LONGEST_SUM } else { LONGEST_NAME };
        let mut telling = 0;
        if draft.reference.is_some() && name.chars().count() > SHORT {
            if let Some((said, enough)) = self.repeated.get_mut(name) {
                *said += 1;
                if *said > 2 {
                    telling = (*enough).min(most);
                    most = telling;
                }
            }
            let squashed = squash(name);
            if self.recent.iter().any(|recent| *recent != squashed && recent.contains(&squashed)) {
                most = most.min(SHORT);
            }
            if self.recent.len() == RECENT {
                self.recent.remove(0);
            }
            self.recent.push(squashed);
        }
        match name.char_indices().nth(most) {
            // A single character less is none saved.
            Some((end, _)) if name.chars().count() > most + 1 => {
                let shortened = short(name, most);
                if shortened.chars().count() > telling { shortened } else { whole_word(name, end) }
            }
            _ => name.to_owned(),
        }
    }
}
