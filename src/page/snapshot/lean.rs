//! The `lean` style: a line for each control and, between them, as much of the page as tells what they belong to.
//! It picks what is said; how a line is spelled and shortened is known in `lean_words`.
//!
//! ```text
//! <nav Main>                places, closed as `</nav>` when something outside of them follows
//! e3 Pricing                a link
//! # Orders                  a heading
//! e4 [Save] (disabled)      a button, and a state
//! e5 [x] Gift wrap          a checkbox or a switch
//! e6 (x) Red                a radio button
//! e7 Name=Ada               a text field and what it holds
//! e8 combobox City=Oslo     other controls say their role
//! e9 - Oslo (selected)      an option
//! e10 ▸ Terms               a `details`, closed; `▾` when it is open
//! e11 *Details              what is clickable for another reason
//! 3 | Ada | Oslo            text, shortened the more there is of it
//! Ada (unseen)              what the eye cannot see, though it is there
//! "e3 says the page"        text that could be taken for another kind of line
//! ```

use super::{
    find::is_rows,
    flags::Flags,
    forest::Forest,
    lean_range::{Range, is_cell},
    lean_run::{Run, Side, holds},
    lean_words::{Draft, Kind, LONGEST_VALUE, place, squash, write},
    rendered::{Listing, folded, is_interactive, tidy},
    role::opens_choice,
    tree::{Element, Node},
};

/// What a lean snapshot shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct LeanOptions {
    /// Links say where they lead.
    pub urls: bool,
}

/// The lines of a page in the lean style.
pub(super) fn list(forest: &Forest<'_>, options: LeanOptions) -> Listing {
    let mut picker = Picker::default();
    picker.document(forest);
    picker.flush();
    let (lines, unsaid) = write(&picker.drafts, options.urls, forest.is_found);
    Listing { lines, unsaid, deep: forest.is_deep(), empty: "(nothing to act on or to read)", trimmed: false }
}

/// The word of what holds a match as one of its rows.
fn rows(forest: &Forest<'_>, role: &str) -> Option<&'static str> {
    let word = if role == "list" { "list" } else { "table" };
    (forest.is_found && is_rows(role)).then_some(word)
}

/// Whether it is a part of a sentence, however it is laid out.
fn is_phrase(role: &str) -> bool {
    matches!(
        role,
        "code"
            | "deletion"
            | "emphasis"
            | "insertion"
            | "mark"
            | "strong"
            | "subscript"
            | "superscript"
            | "time"
    )
}

/// Whether it plays something, be it without controls.
fn is_player(role: &str) -> bool {
    matches!(role, "audio" | "video")
}

/// Whether its name is a text beside it, not one in it.
fn is_labelled(role: &str) -> bool {
    matches!(
        role,
        "textbox"
            | "searchbox"
            | "checkbox"
            | "switch"
            | "radio"
            | "combobox"
            | "listbox"
            | "slider"
            | "spinbutton"
    )
}

/// What is being picked: the lines so far, the places that are open, and the text since the last line.
#[derive(Default)]
struct Picker<'a> {
    drafts: Vec<Draft<'a>>,
    /// Open places, each with whether something has been said in it.
    places: Vec<(Draft<'a>, bool)>,
    run: Run,
    /// The row that is open.
    row: Option<Row>,
    /// The eye does not see what is picked now.
    unseen: bool,
    /// Assistive technology does not hear of it.
    hidden: bool,
}

/// A row of a table.
#[derive(Debug, Clone, Copy)]
struct Row {
    /// How many lines there were before it.
    from: usize,
    /// A cell of it has begun.
    is_begun: bool,
}

impl<'a> Picker<'a> {
    fn document(&mut self, forest: &'a Forest<'a>) {
        let range = Range::of(forest);
        let mut at = 0;
        while at < forest.document.nodes.len() {
            at = self.node(&range, at, "");
        }
    }

    /// Picks from a node and all below it; the position of the next one. `said`: the name above that has told its
    /// text already.
    fn node(&mut self, range: &Range<'a>, at: usize, said: &str) -> usize {
        match &range.forest.document.nodes[at] {
            Node::Text { text, .. } => self.text(text, said),
            Node::Element(element) => self.element(range, at, element, said),
            Node::Fold { count, more, .. } => {
                let more = more.map(|(number, from)| (range.forest.prefix.name(number), from));
                let more = more.as_ref().map(|(reference, from)| (reference.as_str(), *from));
                self.push(Draft::of(Kind::Fold(*count), folded(*count, more)));
            }
        }
        range.ends[at]
    }

    fn inside(&mut self, range: &Range<'a>, at: usize, said: &str) {
        let (mut at, end) = (at + 1, range.ends[at]);
        while at < end {
            at = self.node(range, at, said);
        }
    }

    fn element(&mut self, range: &Range<'a>, at: usize, element: &'a Element<'a>, said: &str) {
        let was = self.hidden;
        self.hidden |= element.has(Flags::ARIA_HIDDEN);
        self.sighted(range, at, element, said);
        self.hidden = was;
    }

    fn sighted(&mut self, range: &Range<'a>, at: usize, element: &'a Element<'a>, said: &str) {
        if self.unseen || !element.has(Flags::UNSEEN) {
            return self.part(range, at, element, said);
        }
        self.flush();
        self.unseen = true;
        // What a heading says with the eye's words and others is said again without them.
        self.part(range, at, element, "");
        self.flush();
        self.unseen = false;
    }

    fn part(&mut self, range: &Range<'a>, at: usize, element: &'a Element<'a>, said: &str) {
        let role = range.forest.document.role(element);
        if role != "row" {
            return self.known(range, at, element, role, said);
        }
        self.flush();
        let around = self.row.replace(Row { from: self.drafts.len(), is_begun: false });
        self.known(range, at, element, role, said);
        self.flush();
        self.row = around;
        self.run.block();
    }

    fn known(&mut self, range: &Range<'a>, at: usize, element: &'a Element<'a>, role: &'a str, said: &str) {
        let is_control = range.is_control(element);
        let reference = (is_control || role == "iframe").then(|| range.forest.prefix.name(element.number));
        let draft = Draft {
            role,
            reference: reference.filter(|_| element.number > 0),
            element: Some(element),
            is_sum: range.controls(at).nth(1).is_some(),
            is_unseen: self.unseen,
            is_hidden: self.hidden,
            ..Draft::of(Kind::Control, element.name.to_string())
        };
        if role == "heading" {
            self.heading(range, at, draft, said);
        } else if let Some(word) = place(role, &element.name).or_else(|| rows(range.forest, role)) {
            self.flush();
            self.places.push((Draft { kind: Kind::Place, role: word, ..draft }, false));
            match range.forest.children.get(&element.number) {
                Some(child) => self.document(child),
                None => self.inside(range, at, said),
            }
            self.close();
        } else if is_control {
            self.control(range, at, draft, said);
        } else {
            self.other(range, at, element, role, said);
        }
    }

    /// A heading; when all of it is a link, the two are one line.
    fn heading(&mut self, range: &Range<'a>, at: usize, mut draft: Draft<'a>, said: &str) {
        draft.kind = Kind::Heading;
        if draft.reference.is_none() {
            let mut controls = range.controls(at);
            if let (Some(only), None) = (controls.next(), controls.next())
                && range.forest.document.role(only) == "link"
                && is_same(&draft.name, &only.name)
            {
                draft.reference = Some(range.forest.prefix.name(only.number));
                return self.push(draft);
            }
            if draft.name.is_empty() || holds(said, &draft.name) {
                return self.inside(range, at, said);
            }
        }
        let name = draft.name.clone();
        self.push(draft);
        self.inside(range, at, &name);
    }

    fn control(&mut self, range: &Range<'a>, at: usize, mut draft: Draft<'a>, said: &str) {
        let mut controls = range.controls(at);
        let first = controls.next().filter(|_| !is_interactive(draft.role));
        let is_twice =
            controls.next().is_none() && first.is_some_and(|only| is_same(&only.name, &draft.name));
        if first.is_some() && (draft.name.is_empty() || is_twice) {
            // A box around controls says nothing of its own: what it holds follows.
            draft.kind = Kind::Cover;
            self.push(draft);
            return self.inside(range, at, said);
        }
        if draft.name.is_empty() {
            draft.name = range.text(at);
        }
        // What a field holds is told with it, as far as that is short.
        let value = draft.element.map_or("", |element| element.value());
        let value = if value.len() <= LONGEST_VALUE { value } else { "" };
        let said = format!("{} {value}", draft.name);
        self.push(draft);
        self.inside(range, at, said.trim_end());
        self.run.settle();
    }

    fn other(&mut self, range: &Range<'a>, at: usize, element: &Element<'_>, role: &str, said: &str) {
        let is_block = !element.has(Flags::INLINE) && !is_phrase(role);
        let begun = |row: &mut Row| std::mem::replace(&mut row.is_begun, true);
        // What is told in one name is not told by its columns.
        if is_cell(role) && self.row.as_mut().is_some_and(begun) && said.is_empty() {
            self.run.cell();
        } else if is_block {
            self.run.block();
        }
        // The walk leaves out a text that is the whole name. A label beside it says it, too.
        let is_beside = |run: &Run| run.ends_in(&element.name) || range.follows(at, &element.name);
        if range.ends[at] == at + 1 && !(is_labelled(role) && is_beside(&self.run)) {
            self.text(&element.name, said);
        }
        if opens_choice(role) && !element.value().is_empty() {
            self.text(element.value(), said);
        } else {
            self.inside(range, at, said);
        }
        if is_block && !is_cell(role) {
            self.run.block();
        }
    }

    fn text(&mut self, text: &str, said: &str) {
        let text = tidy(text);
        if !text.is_empty() && !holds(said, &text) {
            self.run.push(&text);
        }
    }

    /// Makes a line of the text so far.
    fn flush(&mut self) {
        self.say(Side::default());
    }

    /// Makes lines of the text so far, less what the controls on both sides of it are called there.
    fn say(&mut self, after: Side<'_>) {
        let from = self.row.map_or(0, |row| row.from);
        let before = self.drafts[from..].last().map(side).unwrap_or_default();
        let said = self.run.take(before, after, self.row.is_some());
        if !said.text.is_empty() {
            let kind = if self.row.is_some() { Kind::Cells } else { Kind::Text };
            let (is_unseen, goes_on) = (self.unseen, said.goes_on);
            self.put(Draft { is_unseen, goes_on, ..Draft::of(kind, said.text) });
        }
    }

    /// Adds a line, after the text before it.
    fn push(&mut self, draft: Draft<'a>) {
        self.say(side(&draft));
        self.put(draft);
    }

    fn put(&mut self, mut draft: Draft<'a>) {
        for (level, (place, said)) in (0..).zip(&mut self.places) {
            if !std::mem::replace(said, true) {
                self.drafts.push(Draft { level, ..place.clone() });
            }
        }
        draft.level = u32::try_from(self.places.len()).unwrap_or(u32::MAX);
        self.drafts.push(draft);
    }

    fn close(&mut self) {
        self.flush();
        let Some((place, said)) = self.places.pop() else { return };
        if said {
            self.drafts.push(Draft { kind: Kind::End, reference: None, ..place });
        } else if place.reference.is_some()
            || (is_player(place.role) && !place.name.is_empty())
            || place.element.is_some_and(|element| element.has(Flags::FOUND))
        {
            self.put(place);
        }
    }
}

/// What a line is to the text beside it.
fn side<'a>(draft: &'a Draft<'_>) -> Side<'a> {
    let is_control = draft.kind == Kind::Control;
    let label = (is_control && is_labelled(draft.role)).then_some(draft.name.as_str());
    Side { label, is_control }
}

fn is_same(a: &str, b: &str) -> bool {
    a == b || squash(a) == squash(b)
}

#[cfg(test)]
mod tests {
    use super::super::{forest::RefPrefix, tree::Document};
    use super::*;

    const ROLES: &str = r#"["generic","button","link","heading","img","row","textbox","cell","navigation","checkbox","iframe","combobox","option","radio","DisclosureTriangle","main"]"#;

    fn told(nodes: &str) -> String {
        let text = format!(r#"{{"next":1,"roles":{ROLES},"nodes":{nodes}}}"#);
        let document = Document::parse(&text).expect("the list is well formed");
        let forest = Forest::new(document, RefPrefix::main());
        let text = list(&forest, LeanOptions::default()).assemble(None, None).text;
        let legend = text.split_once('\n').filter(|(first, _)| first.starts_with('('));
        legend.map_or(text.clone(), |(_, rest)| rest.to_owned())
    }

    #[track_caller]
    fn check(nodes: &str, want: &[&str]) {
        assert_eq!(told(nodes), want.join("\n"), "{nodes}");
    }

    #[test]
    fn each_kind_of_control_has_a_sign() {
        check(
            r##"[[0,2,1,0,"Home",{"u":"/"}],[0,1,2,8,"Save"],[0,9,3,2,"Gift"],[0,9,4,6,"All"],[0,13,5,0,"Red"],
                [0,6,6,1,"Name",{"v":"Ada"}],[0,6,7,0,"",{"p":"Search"}],[0,14,8,16,"Terms"],[0,14,9,0,"More"]]"##,
            &[
                "e1 Home",
                "e2 [Save] (disabled)",
                "e3 [x] Gift",
                "e4 [-] All",
                "e5 ( ) Red",
                "e6 Name=Ada (focused)",
                "e7 = (Search)",
                "e8 ▾ Terms",
                "e9 ▸ More",
            ],
        );
        check(
            r#"[[0,11,1,0,"City",{"v":"Oslo"}],[1,12,2,64,"Oslo"],[1,12,3,0,"Lima"],[0,2,4,0],[0,1,5,0]]"#,
            &["e1 combobox City=Oslo", "e2 - Oslo (selected)", "e3 - Lima", "e4 link", "e5 []"],
        );
    }

    #[test]
    fn what_is_clickable_for_another_reason_says_its_text_or_covers_its_controls() {
        check(r#"[[0,0,1,1536],[1,"More "],[1,"info"]]"#, &["e1 *More info"]);
        check(r#"[[0,0,1,1536],[1,"Ada"],[1,1,2,512,"Call"]]"#, &["e1 *", "Ada", "e2 [Call]"]);
        check(r#"[[0,4,1,1536,"Logo"],[0,4,2,2048]]"#, &["e1 *Logo", "e2 *img"]);
        check(r#"[[0,0,1,18432]]"#, &["e1 *( )"]);
    }

    #[test]
    fn headings_are_told_and_are_one_line_with_their_only_link() {
        check(
            r#"[[0,3,0,0,"Orders",{"l":2}],[1,"Orders"],[0,3,0,0,"Open all",{"l":3}],[1,2,5,0,"Open all"]]"#,
            &["## Orders", "e5 ### Open all"],
        );
        check(
            r#"[[0,3,0,0,"fn a(b)",{"l":4}],[1,2,1,0,"a"],[1,"("],[1,2,2,0,"b"]]"#,
            &["#### fn a(b)", "e1 a", "e2 b"],
        );
    }

    #[test]
    fn places_are_opened_when_something_is_in_them_and_closed_when_something_follows() {
        check(
            r#"[[0,8,0,0,"Main"],[1,2,1,0,"A"],[0,8,0,0,"Empty"],[0,15,0,0],[1,"Hello"],[0,2,2,0,"B"]]"#,
            &["<nav Main>", "e1 A", "<main>", "Hello", "</main>", "e2 B"],
        );
    }

    #[test]
    fn text_is_said_once_and_rows_are_lines() {
        check(r#"[[0,9,1,0,"Agree"],[0," Agree "],[0,1,2,0,"Go"],[1,"Go"]]"#, &["e1 [ ] Agree", "e2 [Go]"]);
        check(
            r#"[[0,5,0,0],[1,7,0,0],[2,"1"],[1,7,0,0],[2,"Ada"],[0,5,0,0],[1,7,0,0],[2,2,1,0,"2"],[1,7,0,0],[2,"Bob"],[1,7,0,0],[2,"x"]]"#,
            &["1 | Ada", "e1 2", "| Bob | x"],
        );
        check(r#"[[0,5,0,0],[1,7,0,0,"Ada"],[1,7,0,0,"Oslo"],[1,2,1,0,"x"]]"#, &["Ada | Oslo", "e1 x"]);
        check(r#"[[0,"Name"],[0,6,1,0,"Name"],[0," · "],[0,1,2,0,"Go"]]"#, &["e1 Name=", "e2 [Go]"]);
    }

    #[test]
    fn a_name_is_left_out_of_the_text_beside_it_only_where_it_is_all_of_it_and_its_label() {
        check(r#"[[0,"Price: 15"],[0,1,1,0,"5"]]"#, &["Price: 15", "e1 [5]"]);
        check(r#"[[0,1,1,0,"10"],[0,"100 seats"]]"#, &["e1 [10]", "100 seats"]);
        check(r#"[[0,1,1,0,"No"],[0,"Now"]]"#, &["e1 [No]", "Now"]);
        check(r#"[[0,"3"],[0,1,1,0,"3"]]"#, &["3", "e1 [3]"]);
        check(r#"[[0,"$120"],[0,6,1,0,"20"]]"#, &["$120", "e1 20="]);
        check(r#"[[0,1,1,0,"Delete 30"],[1,"3"]]"#, &["e1 [Delete 30]", "3"]);
        check(r#"[[0,0,1,1536],[1,"Total 15"],[1,0,0,0],[2,"5"]]"#, &["e1 *Total 15 5"]);
    }

    #[test]
    fn blocks_are_lines_and_cells_keep_their_places() {
        check(r#"[[0,0,0,0],[1,"10"],[0,0,0,0],[1,"000"],[0,"1"],[0,"2"]]"#, &["10", "000", "1 2"]);
        let cells = |row: &str| {
            let cell = |text: &str| match text {
                "" => "[1,7,0,0]".to_owned(),
                "x" => r#"[1,7,0,0],[2,1,9,0,"x"]"#.to_owned(),
                text => format!(r#"[1,7,0,0],[2,"{text}"]"#),
            };
            told(&format!("[[0,5,0,0],{}]", row.split('|').map(cell).collect::<Vec<_>>().join(",")))
        };
        for (row, want) in [
            ("a|✓||—", "a | ✓ | | —"),
            ("a||", "a"),
            ("|a", "| a"),
            ("a|x|b", "a |\ne9 [x]\n| b"),
            ("a||x", "a | |\ne9 [x]"),
            ("x|x||x", "e9 [x]\ne9 [x]\n| |\ne9 [x]"),
        ] {
            assert_eq!(cells(row), want, "{row}");
        }
        check(
            r#"[[0,5,0,0],[1,7,0,0],[2,0,0,0],[3,"a"],[2,0,0,0],[3,"b"],[1,7,0,0],[2,"c"]]"#,
            &["a; b | c"],
        );
        check(r#"[[0,5,3,2048],[1,7,0,0],[2,"a"],[1,7,0,0],[1,7,0,0],[2,"c"]]"#, &["e3 *a | | c"]);
    }

    #[test]
    fn frames_hang_in_their_places() {
        let frame = format!(r#"{{"next":3,"roles":{ROLES},"nodes":[[0,1,2,0,"Go"]]}}"#);
        let main = format!(
            r#"{{"next":3,"roles":{ROLES},"nodes":[[0,10,2,0,"Inner"],[0,10,3,0],[0,2,4,0,"Out"]]}}"#
        );
        let parse = |text| Document::parse(text).expect("the list is well formed");
        let mut forest = Forest::new(parse(&main), RefPrefix::main());
        forest.children.insert(2, Forest::new(parse(&frame), RefPrefix::frame(1)));
        let got = list(&forest, LeanOptions::default()).assemble(None, None);
        assert_eq!(
            got.text,
            "(link, [button])\ne2 <iframe Inner>\nf1e2 [Go]\n</iframe>\ne3 <iframe>\ne4 Out"
        );
        assert_eq!((got.stats.refs, got.stats.interactive), (4, 2));
    }

    #[test]
    fn an_empty_page_says_so() {
        check("[]", &["(nothing to act on or to read)"]);
    }
}
