//! The valid word that somebody probably meant. Pure.

/// The candidate with the fewest edits from `word`, when they are few for the length of the words. Case does not count.
pub(crate) fn nearest<'a>(word: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let length = word.chars().count();
    let limit = |candidate: &str| (length.max(candidate.chars().count()) / 3).max(1);
    // Words whose lengths differ by more are not near; those of a caller may be as long as a body.
    let alike =
        candidates.iter().filter(|candidate| length.abs_diff(candidate.chars().count()) <= limit(candidate));
    let measured = alike.map(|candidate| (distance(word, candidate), *candidate));
    measured
        .filter(|(edits, candidate)| *edits <= limit(candidate))
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

/// Insertions, deletions, replacements and swaps of neighbours that turn one word into the other.
pub(crate) fn distance(one: &str, two: &str) -> usize {
    let lower = |text: &str| text.to_lowercase().chars().collect::<Vec<_>>();
    let (one, two) = (lower(one), lower(two));
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=two.len()).collect();
    for i in 1..=one.len() {
        let mut next = vec![i];
        for j in 1..=two.len() {
            let replaced = row[j - 1] + usize::from(one[i - 1] != two[j - 1]);
            let mut edits = replaced.min(row[j] + 1).min(next[j - 1] + 1);
            if i > 1 && j > 1 && one[i - 1] == two[j - 2] && one[i - 2] == two[j - 1] {
                edits = edits.min(before[j - 2] + 1);
            }
            next.push(edits);
        }
        before = std::mem::replace(&mut row, next);
    }
    row[two.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        for (one, two, edits) in [
            ("", "", 0),
            ("a", "", 1),
            ("port", "prot", 1),
            ("headles", "headless", 1),
            ("Mode", "mode", 0),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(one, two), edits, "{one} {two}");
            assert_eq!(distance(two, one), edits, "{two} {one}");
        }
    }

    #[test]
    fn only_what_is_near_is_offered() {
        let keys = ["headless", "noSandbox", "port", "enabled"];
        for (word, found) in [
            ("headles", Some("headless")),
            ("nosandbox", Some("noSandbox")),
            ("no-sandbox", Some("noSandbox")),
            ("prot", Some("port")),
            ("enable", Some("enabled")),
            ("unknownKey", None),
            ("x", None),
        ] {
            assert_eq!(nearest(word, &keys), found, "{word}");
        }
        // Measured against all keys, it would take a minute.
        assert_eq!(nearest(&"x".repeat(1 << 20), &keys), None);
    }
}
