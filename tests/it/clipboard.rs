//! The clipboard by its keys, in browsers without a window, and the parts of dates by theirs.

use serde_json::json;

use crate::support::{Tab, run};

const PAGE: &str = "<input id=a value='from here'><input id=b><textarea id=c></textarea>
    <div id=d contenteditable>rich <b>text</b></div><div id=e contenteditable></div>
    <script>seen = []; for (const type of ['copy', 'cut', 'paste'])
    addEventListener(type, event => seen.push([type, event.isTrusted, event.target.closest('[id]').id]))</script>";

/// Copies by keys from one element into another of the tab given, which may be another tab.
async fn carry(from: (&Tab<'_>, &str), key: &str, to: (&Tab<'_>, &str)) {
    from.0.click(from.1).await.ok();
    for key in ["Control+a", key] {
        from.0.press(key).await.ok();
    }
    to.0.click(to.1).await.ok();
    for key in ["Control+a", "Control+v"] {
        to.0.press(key).await.ok();
    }
}

// One test for all: browsers of one house share one clipboard.
#[test]
fn text_is_copied_cut_and_pasted_by_keys_within_a_tab_and_between_two() {
    run(async {
        let one = Tab::with(PAGE).await;
        let two = Tab::with(PAGE).await;
        carry((&one, "#a"), "Control+c", (&one, "#b")).await;
        assert_eq!(one.property("#b", "value").await, "from here");
        carry((&one, "#a"), "Control+x", (&one, "#c")).await;
        assert_eq!(
            (one.property("#a", "value").await, one.property("#c", "value").await),
            (json!(""), json!("from here"))
        );
        one.press("Control+v").await.ok();
        assert_eq!(one.property("#c", "value").await, "from herefrom here");
        let seen = json!([
            ["copy", true, "a"],
            ["paste", true, "b"],
            ["cut", true, "a"],
            ["paste", true, "c"],
            ["paste", true, "c"]
        ]);
        assert_eq!(one.eval("seen").await, seen);

        carry((&one, "#d"), "Control+c", (&two, "#e")).await;
        assert_eq!(two.property("#e", "innerText").await, "rich text");
        assert_eq!(two.property("#e b", "textContent").await, "text");
        two.press("Control+z").await.ok();
        assert_eq!(two.property("#e", "innerText.trim()").await, "");
        carry((&one, "#d"), "Control+c", (&two, "#b")).await;
        assert_eq!(two.property("#b", "value").await, "rich text");
        carry((&two, "#d"), "Control+x", (&one, "#b")).await;
        assert_eq!(
            (two.property("#d", "innerText.trim()").await, one.property("#b", "value").await),
            (json!(""), json!("rich text"))
        );
    });
}

#[test]
fn dates_and_times_are_written_part_by_part() {
    run(async {
        let tab = Tab::with(
            "<input id=date type=date><input id=time type=time><input id=month type=month>
            <input id=local type=datetime-local>",
        )
        .await;
        for (selector, keys, value) in [
            ("#date", &["0", "2", "0", "3", "2", "0", "2", "6"][..], "2026-02-03"),
            ("#time", &["1", "0", "2", "5", "p"], "22:25"),
            ("#month", &["j", "u", "n", "Tab", "2", "0", "2", "7"], "2027-06"),
            (
                "#local",
                &["0", "2", "0", "3", "2", "0", "2", "6", "Tab", "0", "1", "0", "5", "a"],
                "2026-02-03T01:05",
            ),
        ] {
            tab.eval(&format!("document.querySelector('{selector}').focus()")).await;
            for key in keys {
                tab.press(key).await.ok();
            }
            assert_eq!(tab.property(selector, "value").await, value, "{selector}");
        }
        tab.eval("date.focus()").await;
        for key in ["ArrowUp", "ArrowRight", "ArrowDown"] {
            tab.press(key).await.ok();
        }
        assert_eq!(tab.property("#date", "value").await, "2026-03-02");
    });
}
