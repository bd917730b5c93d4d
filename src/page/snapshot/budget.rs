//! What of a listing is kept when it must not cost more than so much: first what an open dialog holds, then what the
//! viewport shows, then what is near the last action's element, then the rest. A node is kept whole or not at all,
//! and with its ancestors, so that paths can be read.

use super::flags::Flags;
use super::rendered::{Line, Listing, units};
use super::tree::Element;

/// Lines of this distance from the last action's element are near it.
const NEAR: usize = 30;
/// So many nodes may turn out too large before the rest is taken to be.
const MOST_MISSES: usize = 50;

/// What a text may cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Budget {
    /// UTF-16 units.
    pub chars: Option<usize>,
    /// Tokens of a language model, estimated from above: see `tokens`.
    pub tokens: Option<usize>,
}

/// What was left out of a snapshot.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Omitted {
    /// Elements and texts.
    pub nodes: usize,
    /// Those of them that have a ref.
    pub refs: usize,
    /// Rows that were folded into a count.
    pub rows: usize,
}

/// How much a line matters; the smallest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    Dialog,
    View,
    #[default]
    Rest,
}

impl Rank {
    pub(super) fn of(element: &Element<'_>) -> Self {
        match element {
            _ if element.has(Flags::IN_DIALOG) => Self::Dialog,
            _ if element.has(Flags::IN_VIEW) => Self::View,
            _ => Self::Rest,
        }
    }
}

/// What a text costs.
#[derive(Debug, Clone, Copy, Default)]
struct Cost {
    chars: usize,
    tokens: usize,
}

impl std::ops::Add for Cost {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { chars: self.chars + other.chars, tokens: self.tokens + other.tokens }
    }
}

impl Budget {
    /// Whether anything is limited.
    #[must_use]
    pub fn is_set(self) -> bool {
        self.chars.is_some() || self.tokens.is_some()
    }

    /// A text on a line of its own.
    fn cost(self, text: &str) -> Cost {
        let tokens = self.tokens.map_or(0, |_| tokens(text) + 1);
        Cost { chars: units(text) + 1, tokens }
    }

    /// The last line has no line break, which is why one more character fits.
    fn allows(self, cost: Cost) -> bool {
        self.chars.is_none_or(|most| cost.chars.saturating_sub(1) <= most)
            && self.tokens.is_none_or(|most| cost.tokens <= most)
    }

    /// Whether a listing fits as it is.
    pub(super) fn fits(self, listing: &Listing) -> bool {
        self.allows(listing.lines.iter().fold(Cost::default(), |sum, line| sum + self.cost(&line.text)))
    }

    /// Whether a listing fits without the rest of the page: what an open dialog holds, what the viewport shows, and the
    /// places at which rows are folded.
    pub(super) fn fits_seen(self, listing: &Listing) -> bool {
        let mut matters = false;
        let mut cost = Cost::default();
        for line in &listing.lines {
            matters = if line.is_detail { matters } else { line.rank != Rank::Rest || line.rows > 0 };
            cost = if matters { cost + self.cost(&line.text) } else { cost };
        }
        self.allows(cost + self.cost(&left_out(&listing.lines))) || self.fits(listing)
    }

    /// Leaves out of a listing what does not fit. The last line says how much that is.
    pub(super) fn apply(self, listing: &mut Listing) -> Omitted {
        if !self.is_set() || self.fits(listing) {
            return Omitted::default();
        }
        let lines = std::mem::take(&mut listing.lines);
        let chosen = Choice::of(self, &lines);
        let mut omitted = Omitted::default();
        for (line, keep) in lines.into_iter().zip(chosen.keep) {
            if keep {
                listing.lines.push(line);
            } else {
                omitted.nodes += usize::from(!line.is_detail);
                omitted.refs += usize::from(line.entry.is_some());
                omitted.rows += line.rows;
            }
        }
        let Omitted { nodes, rows, .. } = omitted;
        // One that has no room for the whole of this has none for anything else.
        let said =
            [left_out_of(nodes, rows, ADVICE), left_out_of(nodes, rows, ""), left_out_of(nodes, 0, "")];
        let said = said.into_iter().find(|text| self.allows(chosen.cost + self.cost(text)));
        listing.lines.extend(said.map(|text| Line { text, ..Line::default() }));
        listing.empty = "\u{2026}";
        omitted
    }
}

const ADVICE: &str = "; use find=, within= or a larger budget";

fn left_out_of(nodes: usize, rows: usize, advice: &str) -> String {
    let rows = if rows > 0 { format!(" and {rows} folded rows") } else { String::new() };
    format!("[...{nodes} nodes{rows} left out{advice}]")
}

/// The longest that is said of what is left out of these lines.
fn left_out(lines: &[Line]) -> String {
    left_out_of(lines.len(), lines.iter().map(|line| line.rows).sum(), ADVICE)
}

/// The lines that are kept.
struct Choice {
    keep: Vec<bool>,
    cost: Cost,
}

impl Choice {
    fn of(budget: Budget, lines: &[Line]) -> Self {
        let costs: Vec<Cost> = lines.iter().map(|line| budget.cost(&line.text)).collect();
        let parents = parents(lines);
        let reserved = budget.cost(&left_out(lines));
        let mut choice = Self { keep: vec![false; lines.len()], cost: Cost::default() };
        let mut misses = 0;
        for at in order(lines) {
            if choice.keep[at] {
                continue;
            }
            let unit = choice.unit(lines, &parents, at);
            let price = unit.iter().fold(choice.cost, |sum, line| sum + costs[*line]);
            if budget.allows(price + reserved) {
                choice.cost = price;
                unit.into_iter().for_each(|line| choice.keep[line] = true);
            } else {
                misses += 1;
                if misses == MOST_MISSES {
                    break;
                }
            }
        }
        choice
    }

    /// A node with its details, and those of its ancestors that are not kept yet.
    fn unit(&self, lines: &[Line], parents: &[Option<usize>], at: usize) -> Vec<usize> {
        let mut unit = Vec::new();
        let mut next = Some(at);
        while let Some(node) = next.filter(|node| !self.keep[*node]) {
            unit.push(node);
            unit.extend((node + 1..lines.len()).take_while(|line| lines[*line].is_detail));
            next = parents[node];
        }
        unit
    }
}

/// All nodes, the most important first.
fn order(lines: &[Line]) -> Vec<usize> {
    let acted = lines.iter().position(|line| line.is_acted);
    let rank = |at: &usize| {
        let distance = acted.map_or(usize::MAX, |acted| acted.abs_diff(*at));
        match lines[*at].rank {
            Rank::Dialog => (0, 0),
            Rank::View => (1, 0),
            // By this the rest of the rows is asked for.
            Rank::Rest if lines[*at].rows > 0 => (1, 1),
            Rank::Rest if distance <= NEAR => (2, distance),
            Rank::Rest => (3, 0),
        }
    };
    let mut order: Vec<usize> = (0..lines.len()).filter(|at| !lines[*at].is_detail).collect();
    order.sort_by_key(rank);
    order
}

/// The line that each line belongs to.
pub(super) fn parents(lines: &[Line]) -> Vec<Option<usize>> {
    let mut path: Vec<usize> = Vec::new();
    let parent = |(at, line): (usize, &Line)| {
        while path.last().is_some_and(|above| lines[*above].level >= line.level) {
            path.pop();
        }
        let parent = path.last().copied();
        path.push(at);
        parent
    };
    lines.iter().enumerate().map(parent).collect()
}

/// How many tokens a language model makes of a text, estimated from above: words in pieces of five letters, numbers
/// in pieces of three digits, a mark each, a letter each in scripts without spaces. Blanks belong to what follows.
fn tokens(text: &str) -> usize {
    #[derive(PartialEq, Clone, Copy)]
    enum Kind {
        Letter,
        Digit,
        Other,
    }
    let (mut total, mut last, mut length) = (0, Kind::Other, 0usize);
    let mut end = |kind: Kind, length: usize| match kind {
        Kind::Letter => total += length.div_ceil(5),
        Kind::Digit => total += length.div_ceil(3),
        Kind::Other => total += length,
    };
    for c in text.trim_start().chars() {
        let kind = match c {
            _ if c.is_ascii_digit() => Kind::Digit,
            _ if c.is_alphabetic() && c < '\u{2e80}' => Kind::Letter,
            _ => Kind::Other,
        };
        if kind != last {
            end(last, length);
            (last, length) = (kind, 0);
        }
        length += usize::from(c != ' ');
    }
    end(last, length);
    total + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(lines: &[(u32, &str, Rank)]) -> Listing {
        let line = |(level, text, rank): &(u32, &str, Rank)| Line {
            text: (*text).to_owned(),
            level: *level,
            rank: *rank,
            is_detail: text.contains('/'),
            ..Line::default()
        };
        Listing { lines: lines.iter().map(line).collect(), ..Listing::default() }
    }

    fn kept(budget: usize, lines: &[(u32, &str, Rank)]) -> (String, Omitted) {
        let mut listing = listing(lines);
        let omitted = Budget { chars: Some(budget), tokens: None }.apply(&mut listing);
        (listing.lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n"), omitted)
    }

    #[test]
    fn what_matters_most_is_kept_with_its_ancestors_and_details() {
        use Rank::{Dialog, Rest, View};
        let page = [
            (0, "- main", View),
            (1, "- first", Rest),
            (1, "- list", Rest),
            (2, "- seen", View),
            (3, "- /url: x", View),
            (2, "- unseen", Rest),
            (0, "- dialog", Dialog),
        ];
        let whole = "- main\n- first\n- list\n- seen\n- /url: x\n- unseen\n- dialog";
        assert_eq!(kept(whole.len(), &page), (whole.to_owned(), Omitted::default()));
        let long: Vec<_> =
            page.iter().copied().chain((0..9).map(|_| (0, "- more of the rest", Rest))).collect();
        let marker = |n: usize| format!("[...{n} nodes left out; use find=, within= or a larger budget]");
        let (text, omitted) = kept(40 + marker(11).len(), &long);
        assert_eq!(text, format!("- main\n- list\n- seen\n- /url: x\n- dialog\n{}", marker(11)));
        assert_eq!((omitted.nodes, omitted.refs), (11, 0));
        let (text, _) = kept(13 + marker(11).len(), &long);
        assert_eq!(text, format!("- dialog\n{}", marker(14)));
        assert_eq!(kept(30, &long).0, "[...15 nodes left out]");
        assert_eq!(kept(10, &long).0, "");
    }

    #[test]
    fn no_budget_is_ever_exceeded() {
        let rank = |n: usize| if n.is_multiple_of(3) { Rank::View } else { Rank::Rest };
        let texts: Vec<String> = (0..200).map(|n| format!("- node {}", "x".repeat(n % 17))).collect();
        let page: Vec<_> =
            texts.iter().enumerate().map(|(n, t)| (n as u32 % 5, t.as_str(), rank(n))).collect();
        for budget in (0..4000).step_by(7) {
            let (text, _) = kept(budget, &page);
            assert!(text.len() <= budget, "{} > {budget}", text.len());
        }
    }

    #[test]
    fn tokens_are_estimated_from_above() {
        // The second figure is what cl100k_base makes of it.
        for (text, real) in [
            ("- button \"Send\" [ref=e38]", 9),
            ("      - link \"Page two\" [ref=e4] [cursor=pointer]:", 16),
            ("- paragraph [ref=e10]: Some plain text", 10),
        ] {
            let estimate = tokens(text);
            assert!(estimate >= real && estimate <= real * 2, "{text}: {estimate}");
        }
    }
}
