//! What the command line has in files: the fields of a form, the acts of a batch, and a snapshot that is kept.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::{Arg, ArgMatches, Command};
use serde_json::{Map, Value, json};

use crate::ops::registry::Entry;

/// A list that is said as JSON or lies in a file.
struct List {
    operation: &'static str,
    /// The parameter, and the option that says it.
    name: &'static str,
    /// The option that names the file; `-` is standard input.
    file: &'static str,
    /// The largest file, in bytes.
    most: u64,
    /// The original's sentences: neither option, nothing in it, no JSON, no list.
    words: [&'static str; 4],
}

const LISTS: [List; 2] = [
    List {
        operation: "fill",
        name: "fields",
        file: "fields-file",
        most: 1024 * 1024,
        words: [
            "Error: fields are required",
            "Error: fields are required",
            "Error: fields must be valid JSON.",
            "Error: fields must be an array",
        ],
    },
    List {
        operation: "batch",
        name: "actions",
        file: "actions-file",
        most: 1_000_000,
        words: [
            "Provide --actions, --actions-file, or --actions-file -",
            "Error: actions are required",
            "Error: actions must be valid JSON",
            "Error: actions must be a JSON array",
        ],
    },
];

const OUT: &str = "out";

/// Adds the options for files that an operation's command has.
pub(super) fn options(entry: &Entry, command: Command) -> Command {
    if entry.name == "snapshot" {
        let out = Arg::new(OUT).long(OUT).value_name("path");
        let out = out.value_parser(clap::value_parser!(PathBuf));
        return command.arg(out.help("Write the snapshot into a file and print its path"));
    }
    let Some(list) = LISTS.iter().find(|list| list.operation == entry.name) else { return command };
    let json = Arg::new(list.name).long(list.name).value_name("json");
    let file = Arg::new(list.file).long(list.file).value_name("path").conflicts_with(list.name);
    command
        .arg(json.help(format!("The {} as a JSON array", list.name)))
        .arg(file.help(format!("Read the {} from a file (- for standard input)", list.name)))
}

/// Reads the parameters that may lie in files.
pub(super) fn read(
    entry: &Entry,
    matches: &ArgMatches,
    params: &mut Map<String, Value>,
) -> Result<(), String> {
    let Some(list) = LISTS.iter().find(|list| list.operation == entry.name) else { return Ok(()) };
    let [missing, empty, no_json, no_list] = list.words;
    let text = match (matches.get_one::<String>(list.file), matches.get_one::<String>(list.name)) {
        (Some(path), _) => {
            content(path, list.most).map_err(|error| format!("Error: {} {path}: {error}", list.file))?
        }
        (None, Some(text)) => text.clone(),
        (None, None) => return Err(missing.to_owned()),
    };
    if text.trim().is_empty() {
        return Err(empty.to_owned());
    }
    match serde_json::from_str(&text).map_err(|_| no_json.to_owned())? {
        Value::Array(rows) if rows.is_empty() && list.name == "actions" => {
            Err("Error: actions must contain at least one entry".to_owned())
        }
        Value::Array(rows) => {
            params.insert(list.name.to_owned(), rows.into());
            Ok(())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            Err(no_list.to_owned())
        }
    }
}

fn content(path: &str, most: u64) -> io::Result<String> {
    let file: Box<dyn Read> = if path == "-" { Box::new(io::stdin()) } else { Box::new(File::open(path)?) };
    let mut text = String::new();
    file.take(most + 1).read_to_string(&mut text)?;
    if text.len() as u64 > most {
        return Err(io::Error::other(format!("it exceeds {most} bytes")));
    }
    Ok(text)
}

/// Where an answer should be written, when the command said so.
pub(super) fn out(matches: &ArgMatches) -> Option<&PathBuf> {
    matches.try_get_one::<PathBuf>(OUT).ok().flatten()
}

/// Writes a snapshot: the text alone where there is one, else the whole answer. Yields what is printed as JSON.
pub(super) fn keep(path: &Path, answer: &Value) -> Result<Value, String> {
    let text = answer["snapshot"].as_str().map_or_else(|| format!("{answer:#}"), str::to_owned);
    fs::write(path, text).map_err(|error| format!("Error: {}: {error}", path.display()))?;
    let mut kept = json!({"ok": true, "out": path.display().to_string()});
    if let Some(picture) = answer.get("imagePath") {
        kept["imagePath"] = picture.clone();
    }
    Ok(kept)
}
