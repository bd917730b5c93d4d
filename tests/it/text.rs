//! The text of a page: what a reader came for, and nothing that nobody sees.

use serde_json::{Value, json};

use crate::support::{House, Site, Tab, run};

/// A page of `tests/pages/read` as Markdown, as the file beside it has it.
async fn reads(page: &str) {
    let site = Site::new().await;
    let tab = House::shared().await.open(&site.url(&format!("/read/{page}.html"))).await;
    let answer = tab.get("/text", "format=markdown").await.ok();
    let text = answer["text"].as_str().unwrap().replace(&site.url(""), "SITE");
    let path = format!("{}/tests/pages/read/{page}.md", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("OPENCLAW_UPDATE").is_some() {
        std::fs::write(&path, format!("{text}\n")).unwrap();
    }
    assert_eq!(format!("{text}\n"), std::fs::read_to_string(path).unwrap(), "{page}");
    assert_eq!(answer["truncated"], false);
}

#[test]
fn an_article_is_read_without_menus_margins_and_hidden_words() {
    run(reads("article"));
}

#[test]
fn a_page_of_documentation_keeps_its_code_lists_and_definitions() {
    run(reads("docs"));
}

#[test]
fn a_thread_is_read_with_all_its_posts() {
    run(reads("forum"));
}

#[test]
fn a_product_is_read_with_its_price_and_figures() {
    run(reads("product"));
}

#[test]
fn results_of_a_search_are_read_with_where_they_lead() {
    run(reads("search"));
}

#[test]
fn tables_of_figures_are_tables_and_those_for_layout_are_not() {
    run(reads("tables"));
}

#[test]
fn shadow_roots_and_frames_of_this_and_of_other_processes_are_read_in_place() {
    run(reads("parts"));
}

#[test]
fn plain_text_is_the_same_without_marks() {
    run(async {
        let tab = Tab::showing("read/product.html").await;
        let answer = tab.get("/text", "").await.ok();
        let expected = "Kettle K2\n\n€ 39.00 € 49.00\n\nIn stock\n\nBoils a litre in two minutes.\n\nDetails\n\n\
                        Volume\t1 l\nPower\t2 kW | 230 V\n\nReviews\n\n4.5 of 5\n\nWorks well.";
        assert_eq!((&answer["text"], &answer["title"]), (&json!(expected), &json!("Kettle")));
        assert_eq!((&answer["ok"], &answer["targetId"]), (&json!(true), &json!(tab.id)));
    });
}

#[test]
fn a_selector_reads_all_of_one_element() {
    run(async {
        let tab = Tab::showing("read/article.html").await;
        let text = async |query: &str| tab.get("/text", query).await.ok()["text"].clone();
        assert_eq!(text("selector=aside").await, "Most read: This");
        assert_eq!(text("selector=h1&format=markdown").await, "# Rivers run north");
        assert_eq!(text("selector=.sr").await, "");
        assert_eq!(text("selector=.cookie").await, "We use cookies.\n\nAccept");
    });
}

#[test]
fn a_button_is_read_where_a_sentence_speaks_of_it_and_nowhere_else() {
    run(async {
        let html = "<style>.bar button { display: inline-block }</style><main>\
            <p>Press <button>Save</button> to go on, or <b><button>Save <i>all</i></button></b>.</p>\
            <p>Then press <input type=submit value=Send></p><div>Choose <button>Next</button>.</div>\
            <p><button>Undo</button> takes it back.</p><p>按<button>保存</button>继续</p>\
            <p>First line<br><button>Copy</button><br>and the <button>second</button> line.</p>\
            <div class=bar><button>Bold</button> <button>Italic</button></div>\
            <div class=bar>Size <button>9</button> <button>12</button> <button>14</button> points</div>\
            <div><a href=/a>Edit</a> <button>Delete</button> <a href=/b>History</a></div>\
            <div>Ann Miller <button>Follow</button></div><p>It is done. <button>More</button></p>\
            <p style='display:flex'>One <button>Two</button> three</p><p><button>Like</button> 12 people</p>\
            <pre>one <button>Copy</button> two</pre><table><tr><th>Key<th>What<tr><td>S<td>Is <button>Save</button>, too\
            </table></main>";
        let tab = Tab::with(html).await;
        let text = async |query: &str| tab.get("/text", query).await.ok()["text"].clone();
        let expected = "Press Save to go on, or Save all.\n\nThen press Send\n\nChoose Next.\n\n\
            Undo takes it back.\n\n按保存继续\n\nFirst line\nand the second line.\n\nSize points\n\nEdit History\n\n\
            Ann Miller\n\nIt is done.\n\nOne three\n\n12 people\n\none  two\n\nKey\tWhat\nS\tIs Save, too";
        assert_eq!(text("").await, expected);
        let marked = text("format=markdown").await;
        let marked = marked.as_str().unwrap();
        assert!(marked.starts_with("Press Save to go on, or **Save *all***.\n"), "{marked}");
        assert!(
            !marked.contains("Bold") && !marked.contains("Delete") && !marked.contains('\u{1}'),
            "{marked}"
        );
    });
}

#[test]
fn what_a_password_field_holds_is_never_read() {
    run(async {
        let html = "<main><p>Words</p><input type=password value=hunter2><input value=typed></main>";
        let tab = Tab::with(html).await;
        for query in ["", "format=markdown", "selector=body", "selector=input"] {
            let answer = tab.get("/text", query).await.ok();
            assert!(!answer.to_string().contains("hunter2"), "{answer}");
        }
    });
}

#[test]
fn a_text_is_cut_between_blocks_and_says_how_much_is_left() {
    run(async {
        let tab = Tab::with("<main><p>One two.</p><p>Three four five.</p><p>6</p></main>").await;
        let cut = async |most: u32| {
            let answer = tab.get("/text", &format!("maxChars={most}")).await.ok();
            [answer["text"].clone(), answer["truncated"].clone(), answer["omittedChars"].clone()]
        };
        let all = "One two.\n\nThree four five.\n\n6";
        assert_eq!(cut(999_999).await, [json!(all), json!(false), Value::Null]);
        assert_eq!(cut(28).await, [json!("One two.\n\nThree four five."), json!(true), json!(3)]);
        assert_eq!(cut(20).await, [json!("One two."), json!(true), json!(21)]);
        assert_eq!(cut(5).await, [json!("One t"), json!(true), json!(24)]);
    });
}

#[test]
fn a_page_that_broke_its_own_world_is_read_all_the_same() {
    run(async {
        let html = "<main><p>Words</p></main><script>Array.prototype.map = JSON.stringify = null; \
                    document.querySelectorAll = () => { throw 1 }; window.getComputedStyle = null</script>";
        let tab = Tab::with(html).await;
        assert_eq!(tab.get("/text", "").await.ok()["text"], "Words");
    });
}

#[test]
fn mistakes_name_the_field() {
    run(async {
        let tab = Tab::with("<p>Words</p>").await;
        for (query, field, words) in [
            ("maxChars=0", "maxChars", "maxChars must be a positive integer."),
            ("maxChars=x", "maxChars", "maxChars must be a positive integer."),
            ("selector=b%5B", "selector", "Selector \"b[\" is not valid CSS"),
            ("selector=.none", "selector", "Element \".none\" not found"),
        ] {
            let answer = tab.get("/text", query).await;
            assert!(answer.status == 400 && answer.error().1.starts_with(words), "{answer:?}");
            assert_eq!(answer.body["field"], field);
        }
        let answer = tab.get("/text", "format=html").await.ok();
        assert_eq!(answer["text"], "Words");
        assert!(answer["warnings"][0].as_str().unwrap().contains("format"), "{answer}");
    });
}

#[test]
fn words_are_no_markdown_and_lines_that_a_style_keeps_are_kept() {
    run(async {
        let tab = Tab::with(
            "<p>Say *star* and _und_ of snake_case_name, 2 * 3 * 4, &lt;b&gt;, &amp;amp; and a `tick`; &amp; 1 &lt; 2*</p>\
             <p style='white-space: pre'>one\n  two</p><p>three\nfour <code>*p_ &lt;b&gt;</code></p>",
        )
        .await;
        let answer = tab.get("/text", "format=markdown&selector=body").await.ok();
        assert_eq!(
            answer["text"],
            "Say \\*star\\* and \\_und\\_ of snake_case_name, 2 * 3 * 4, \\<b>, \\&amp; and a \\`tick\\`; & 1 < 2\\*\n\n\
             one\ntwo\n\nthree four `*p_ <b>`"
        );
    });
}
