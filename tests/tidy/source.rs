//! The repository's text files, and Rust read as far as the rules need it: words and paths, without comments, literals
//! and tests. It must not know any rule.

use std::fs;
use std::path::Path;

/// A text file of the repository.
pub(super) struct File {
    /// From the repository's root, with `/`.
    pub(super) path: String,
    pub(super) text: String,
}

impl File {
    pub(super) fn is(&self, path: &str) -> bool {
        self.path == path
    }

    pub(super) fn room(&self) -> &str {
        self.path.split('/').nth(1).unwrap_or_default().trim_end_matches(".rs")
    }

    /// How many `super`s lead from this file's module to the root of the crate.
    pub(super) fn depth(&self) -> usize {
        self.path.split('/').count() - 1 - usize::from(self.path.ends_with("/mod.rs"))
    }

    pub(super) fn line(&self, at: usize) -> usize {
        self.text[..at].lines().count().max(1)
    }

    /// What is compiled into the program: no comments, no literals, no tests.
    pub(super) fn code(&self) -> String {
        untested(uncommented(&self.text))
    }
}

/// The text files below a folder, in order; none when there is no such folder.
pub(super) fn files(folder: &str) -> impl Iterator<Item = File> {
    let mut paths = Vec::new();
    walk(Path::new(folder), &mut paths);
    paths.sort();
    paths.into_iter().filter_map(|path| {
        let text = fs::read_to_string(&path).ok()?;
        Some(File { path: path.trim_start_matches("./").to_owned(), text })
    })
}

fn walk(folder: &Path, paths: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.ends_with(".git") || path.join("CACHEDIR.TAG").exists() {
            continue;
        }
        if path.is_dir() {
            walk(&path, paths);
        } else {
            paths.push(path.to_string_lossy().into_owned());
        }
    }
}

/// The Rust files below a folder.
pub(super) fn rust(folder: &str) -> impl Iterator<Item = File> {
    files(folder).filter(|file| file.path.ends_with(".rs"))
}

pub(super) fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub(super) fn is_of_a_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The words of a text and where they begin.
pub(super) fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let parts = text.split(|c| !is_of_a_word(c)).filter(|word| !word.is_empty());
    parts.map(|word| (word.as_ptr() as usize - text.as_ptr() as usize, word))
}

pub(super) fn first(path: &str) -> &str {
    path.split("::").next().unwrap_or(path)
}

/// Every path below a root, with use trees unfolded: `crate::{a, b::c}` gives `a` and `b::c`.
pub(super) fn paths_after(root: &str, code: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for (at, word) in words(code) {
        if word == root
            && let Some(tree) = code[at + word.len()..].strip_prefix("::")
        {
            unfold("", tree, &mut paths);
        }
    }
    paths
}

/// Collects the paths of the use tree that `text` begins with, and yields what follows it.
fn unfold<'a>(stem: &str, text: &'a str, paths: &mut Vec<String>) -> &'a str {
    let text = text.trim_start();
    if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            // What stands between a tree and the next comma can only be its new name.
            rest = unfold(stem, rest, paths).trim_start_matches(|c| c != ',' && c != '}');
            match rest.strip_prefix(',') {
                Some(more) => rest = more,
                None => return rest.strip_prefix('}').unwrap_or(rest),
            }
        }
    }
    let (name, rest) = text.split_at(text.find(|c| !is_of_a_word(c)).unwrap_or(text.len()));
    let path = if stem.is_empty() { name.to_owned() } else { format!("{stem}::{name}") };
    match rest.strip_prefix("::") {
        Some(deeper) => unfold(&path, deeper, paths),
        None if name.is_empty() && !rest.starts_with('*') => rest,
        None => {
            paths.push(path.trim_end_matches(':').to_owned());
            rest
        }
    }
}

/// A source without what stands under `#[cfg(test)]`.
fn untested(mut code: String) -> String {
    const MARK: &str = "#[cfg(test)]";
    while let Some(start) = code.find(MARK) {
        let item = &code[start..];
        let end = item.find(['{', ';']).map_or(item.len(), |at| at + matching(&item[at..]));
        code.replace_range(start..start + end, "");
    }
    code
}

/// The length of a block that begins here, up to and with its closing brace; one when none begins.
fn matching(text: &str) -> usize {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    text.len()
}

/// A source with comments and literals left out, so that a word found in it is code.
pub(super) fn uncommented(source: &str) -> String {
    let mut code = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(next) = rest.chars().next() {
        let may_begin = match next {
            '/' | '"' | '\'' => true,
            'b' | 'c' | 'r' => !code.ends_with(is_of_a_word),
            _ => false,
        };
        match may_begin.then(|| silent(rest)).flatten() {
            Some(length) => {
                code.push(' ');
                rest = &rest[length..];
            }
            None => {
                code.push(next);
                rest = &rest[next.len_utf8()..];
            }
        }
    }
    code
}

/// The length of the comment or literal that begins here.
fn silent(text: &str) -> Option<usize> {
    let through = |from: usize, end: &str| text.get(from..)?.find(end).map(|at| from + at + end.len());
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    if text.starts_with("/*") {
        return through(2, "*/");
    }
    let bare = text.strip_prefix(['b', 'c']).unwrap_or(text);
    let prefix = text.len() - bare.len();
    if let Some(raw) = bare.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        let opening = prefix + 2 + hashes;
        return raw[hashes..]
            .starts_with('"')
            .then(|| through(opening, &format!("\"{}", "#".repeat(hashes))))?;
    }
    if bare.starts_with('"') {
        let mut is_escaped = false;
        let end = bare.char_indices().skip(1).find(|&(_, c)| {
            let is_end = c == '"' && !is_escaped;
            is_escaped = c == '\\' && !is_escaped;
            is_end
        });
        return end.map(|(at, _)| prefix + at + 1);
    }
    // A character, unless it is a lifetime.
    let quoted = bare.strip_prefix('\'')?;
    if quoted.starts_with('\\') {
        return through(prefix + 3, "'");
    }
    let c = quoted.chars().next()?;
    quoted[c.len_utf8()..].starts_with('\'').then_some(prefix + c.len_utf8() + 2)
}
