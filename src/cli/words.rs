//! The words of the command line under `openclaw browser`: a tree that is folded from the operations' `COMMANDS`.
//! It knows where an operation stands, not what it takes.

use clap::{ArgMatches, Command};

use crate::ops::registry::{ALL, Entry};

/// What stands behind a word: an operation, further words, or both (`cookies`, `cookies set`).
#[derive(Default)]
pub(super) struct Words {
    here: Option<Found>,
    below: Vec<(&'static str, Words)>,
}

/// An operation, and the parameters that its words stand for.
#[derive(Clone, Copy)]
pub(super) struct Found {
    pub(super) entry: &'static Entry,
    words: &'static str,
}

impl Found {
    /// The words, as the operation has them.
    pub(super) fn words(self) -> &'static str {
        self.words
    }

    /// Parameters that are said by words such as `local` for `kind=local`.
    pub(super) fn params(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.words.split(' ').filter_map(|word| word.split_once('='))
    }
}

impl Words {
    /// The words of all operations.
    pub(super) fn all() -> Self {
        let mut root = Self::default();
        for entry in ALL {
            for words in entry.commands {
                let place = words.split(' ').fold(&mut root, |at, word| at.next(Self::shown(word)));
                place.here = Some(Found { entry, words });
            }
        }
        root
    }

    fn next(&mut self, word: &'static str) -> &mut Self {
        let at = self.below.iter().position(|(known, _)| *known == word).unwrap_or_else(|| {
            self.below.push((word, Self::default()));
            self.below.len() - 1
        });
        &mut self.below[at].1
    }

    /// Adds a command for each word to another one; `args` gives an operation's command its arguments.
    pub(super) fn commands(&self, to: Command, args: &impl Fn(&Entry, Command) -> Command) -> Command {
        self.below.iter().fold(to, |to, (word, below)| {
            let command = match below.here {
                Some(found) => args(found.entry, (found.entry.args)(Command::new(*word))),
                None => Command::new(*word).subcommand_required(true).arg_required_else_help(true),
            };
            let command = below.commands(command, args);
            let has_both = below.here.is_some() && !below.below.is_empty();
            to.subcommand(if has_both { command.args_conflicts_with_subcommands(true) } else { command })
        })
    }

    /// A word as it is typed: `local` for `kind=local`.
    pub(super) fn shown(word: &'static str) -> &'static str {
        word.split_once('=').map_or(word, |(_, value)| value)
    }

    /// The operation behind these words.
    pub(super) fn at(&self, words: &[&str]) -> Option<Found> {
        match words.split_first() {
            Some((word, rest)) => self.below.iter().find(|(known, _)| known == word)?.1.at(rest),
            None => self.here,
        }
    }

    /// The operation that was asked for, and the arguments of its own command.
    pub(super) fn find<'a>(&self, matches: &'a ArgMatches) -> Option<(Found, &'a ArgMatches)> {
        match matches.subcommand() {
            Some((word, sub)) => self.below.iter().find(|(known, _)| *known == word)?.1.find(sub),
            None => Some((self.here?, matches)),
        }
    }
}
