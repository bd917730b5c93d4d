//! What documents say of operations is what the registry says. `OPENCLAW_UPDATE=1 cargo test reference` writes it.

use openclaw::ops::Route;
use openclaw::ops::registry::{ALL, Entry};

const START: &str = "<!-- operations -->\n";
const END: &str = "<!-- /operations -->";

fn row(entry: &Entry) -> String {
    let route = match entry.route {
        Route::Get(path) => format!("`GET {path}`"),
        Route::Post(path) => format!("`POST {path}`"),
        Route::Delete(path) => format!("`DELETE {path}`"),
        Route::Act(kind) => format!("`POST /act` `{kind}`"),
        Route::TabAction(action) => format!("`POST /tabs/action` `{action}`"),
    };
    let command = (entry.args)(clap::Command::new(entry.name));
    let about = command.get_about().unwrap_or_else(|| panic!("{} has no doc comment", entry.name));
    format!("| `{}` | {route} | {about} |\n", entry.name)
}

#[test]
fn the_readme_lists_every_operation() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (head, rest) = text.split_once(START).expect("the README has the start marker");
    let (shown, tail) = rest.split_once(END).expect("the README has the end marker");
    let rows: String = ALL.iter().map(row).collect();
    let table = format!("\n| operation | route | what it does |\n|---|---|---|\n{rows}\n");
    if std::env::var_os("OPENCLAW_UPDATE").is_some() {
        std::fs::write(path, format!("{head}{START}{table}{END}{tail}")).unwrap();
    } else {
        assert_eq!(shown, table, "run OPENCLAW_UPDATE=1 cargo test reference");
    }
}
