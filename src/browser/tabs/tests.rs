//! The table of tabs: names, order, succession, and whose they are.

use super::*;
use crate::cdp::{Connection, transport::memory};

async fn tabs(ids: &[&str]) -> Tabs {
    let mut tabs = Tabs::new(Arc::default());
    for id in ids {
        let info =
            TargetInfo { target_id: (*id).to_owned(), url: "http://h/".to_owned(), ..Default::default() };
        let session = Connection::open(memory().0).session("S");
        tabs.opened(&info, Page::detached(session, id), None);
    }
    tabs
}

#[tokio::test]
async fn words_find_tabs_exactly_or_by_prefix() {
    let mut tabs = tabs(&["ABC1", "ABD2", "12AB"]).await;
    tabs.label("ABC1", "lab".parse().expect("a label"));
    let found = |text: &str| tabs.find(text, None).map(|view| view.id.to_string());
    for (text, expected) in
        [("t1", "t1"), ("lab", "t1"), ("ABD2", "t2"), ("abd", "t2"), (" t3 ", "t3"), ("12", "t3")]
    {
        assert_eq!(found(text).as_deref(), Ok(expected), "{text}");
    }
    assert_eq!(found("AB"), Err(LookupError::Ambiguous));
    assert_eq!(found("2"), Err(LookupError::Numeric("2".into())));
    assert_eq!(found(""), Err(LookupError::NotFound(String::new())));
    assert_eq!(found("zzz"), Err(LookupError::NotFound("zzz".into())));
}

#[tokio::test]
async fn a_label_moves_and_may_clash_with_an_id() {
    let mut tabs = tabs(&["A", "B"]).await;
    tabs.label("A", "x".parse().expect("a label"));
    tabs.label("B", "x".parse().expect("a label"));
    assert_eq!(tabs.find("x", None).expect("found").id.to_string(), "t2");
    tabs.label("A", "t2".parse().expect("a label"));
    assert_eq!(tabs.find("t2", None).map(|v| v.id), Err(LookupError::Ambiguous));
}

#[tokio::test]
async fn the_last_activated_is_first_and_the_used_one_is_current() {
    let mut tabs = tabs(&["A", "B", "C"]).await;
    tabs.activated("B");
    let order: Vec<String> = tabs.list(None).iter().map(|v| v.id.to_string()).collect();
    assert_eq!(order, ["t2", "t3", "t1"]);
    tabs.make_current("A");
    assert_eq!(tabs.current(None).map(|v| v.id.to_string()).as_deref(), Some("t1"));
    tabs.closed("A");
    assert_eq!(tabs.current(None).map(|v| v.id.to_string()).as_deref(), Some("t2"));
}

#[tokio::test]
async fn names_pass_to_the_tab_that_came_in_place_of_one_that_went() {
    let names = |tabs: &Tabs| -> Vec<String> {
        let name = |v: &TabView| format!("{} {} {}", v.target_id, v.id, v.suggested());
        tabs.list(None).iter().rev().map(name).collect()
    };
    let add = |tabs: &mut Tabs, id: &str, url: &str, opener: Option<&str>| {
        let info = TargetInfo {
            target_id: id.to_owned(),
            url: url.to_owned(),
            opener_id: opener.map(str::to_owned),
            ..Default::default()
        };
        tabs.opened(&info, Page::detached(Connection::open(memory().0).session("S"), id), None);
    };
    let mut one = tabs(&["A"]).await;
    one.label("A", "lab".parse().expect("a label"));
    one.look();
    one.make_current("A");
    add(&mut one, "B", "http://other/", Some("A"));
    one.closed("A");
    one.look();
    assert_eq!(names(&one), ["B t1 lab"]);
    assert_eq!(one.current(None).map(|v| v.target_id).as_deref(), Some("B"));
    // Closed by a caller, opened by a caller, seen before, opened by somebody else: no succession.
    add(&mut one, "C", "http://h/", None);
    one.closing("B");
    one.closed("B");
    one.look();
    assert_eq!(names(&one), ["C t3 t3"]);
    one.closed("C");
    add(&mut one, "D", "http://h/", None);
    one.wanted("D");
    add(&mut one, "E", "http://h/", Some("D"));
    one.look();
    assert_eq!(names(&one), ["D t4 t4", "E t5 t5"]);
    // Two went and two came: the URL tells.
    add(&mut one, "F", "http://x/", None);
    one.look();
    ["D", "E", "F"].iter().for_each(|id| one.closed(id));
    add(&mut one, "G", "http://x/", None);
    add(&mut one, "H", "http://y/", None);
    one.look();
    assert_eq!(names(&one), ["G t6 t6", "H t8 t8"]);
}

#[tokio::test]
async fn everybody_sees_and_names_what_is_theirs() {
    let mut tabs = tabs(&["A"]).await;
    let (ada, ben) = (Tenant::new("ada", Some("C1"), false), Tenant::new("ben", None, false));
    tabs.admit(ada.clone());
    tabs.admit(ben.clone());
    let open = |tabs: &mut Tabs, id: &str, opener: Option<&str>, context: &str| {
        let info = TargetInfo {
            target_id: id.to_owned(),
            opener_id: opener.map(str::to_owned),
            browser_context_id: Some(context.to_owned()),
            ..Default::default()
        };
        let page = Page::detached(Connection::open(memory().0).session("S"), id);
        let owner = tabs.note_owner(&info);
        tabs.opened(&info, page, owner)
    };
    let ids = |tabs: &Tabs, whose: Option<&Tenant>| -> String {
        tabs.list(whose).iter().rev().map(|v| v.target_id.to_string()).collect()
    };
    tabs.expect();
    open(&mut tabs, "B", None, "C0");
    open(&mut tabs, "P", None, "C0");
    assert_eq!(ids(&tabs, None), "A", "whose the new ones are is not known yet");
    assert_eq!(tabs.find("B", None).map(|v| v.id), Err(LookupError::NotFound("B".into())));
    tabs.claim("B", Some(&ben));
    tabs.expect_no_longer();
    open(&mut tabs, "D", Some("B"), "C0");
    open(&mut tabs, "E", None, "C1");
    assert_eq!(
        (ids(&tabs, None), ids(&tabs, Some(&ben)), ids(&tabs, Some(&ada))),
        ("AP".into(), "BD".into(), "E".into())
    );
    ["A", "B", "E"].iter().for_each(|id| tabs.label(id, "x".parse().expect("a label")));
    for (whose, expected) in [(None, "A"), (Some(&ben), "B"), (Some(&ada), "E")] {
        assert_eq!(&*tabs.find("x", whose).expect("found").target_id, expected);
    }
    let foreign =
        |holder: Option<&str>| LookupError::Foreign { tab: "A".into(), holder: holder.map(Into::into) };
    assert_eq!(tabs.find("A", Some(&ben)).map(|v| v.id), Err(foreign(None)));
    assert_eq!(
        tabs.find("E", None).map(|v| v.id),
        Err(LookupError::Foreign { tab: "E".into(), holder: Some("ada".into()) })
    );
    // Calls without a target mean what is theirs, and what one has lost no other one inherits.
    tabs.make_current("B");
    tabs.make_current("A");
    assert_eq!(tabs.current(Some(&ben)).map(|v| v.target_id).as_deref(), Some("B"));
    tabs.look();
    tabs.closed("E");
    open(&mut tabs, "F", None, "C0");
    tabs.look();
    assert_eq!(tabs.find("F", None).map(|v| v.label), Ok(None));
    // Who leaves takes all along, and what still comes of it is nobody's.
    ben.gate().close();
    assert_eq!(tabs.evict(&ben).len(), 2);
    assert!(!open(&mut tabs, "G", Some("B"), "C0") && tabs.get("G").is_none());
    assert!(tabs.of(Some(&ben)).all(Page::is_closed) && tabs.of(None).all(|page| !page.is_closed()));
}
