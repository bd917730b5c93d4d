//! What is said of a command line that cannot be read, in the original's words (contract 10.1).

use std::error::Error as _;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, Error};

use super::print::Failure;
use crate::nearest::nearest;

/// The command that was meant, as far as its words could be followed.
pub(super) struct Place<'a> {
    /// Its words, without the program's name.
    pub(super) words: Vec<&'a str>,
    command: &'a Command,
}

impl<'a> Place<'a> {
    /// Follows argv. The command must have been built, so that each level knows the global options.
    pub(super) fn of(root: &'a Command, argv: impl IntoIterator<Item = String>) -> Self {
        let mut place = Self { words: Vec::new(), command: root };
        let mut argv = argv.into_iter();
        while let Some(word) = argv.next() {
            if let Some(option) = word.strip_prefix("--") {
                let takes =
                    |arg: &clap::Arg| arg.get_long() == Some(option) && arg.get_action().takes_values();
                if place.command.get_arguments().any(takes) {
                    argv.next();
                }
            } else if let Some(below) = place.command.find_subcommand(&word) {
                place.words.push(below.get_name());
                place.command = below;
            } else if !word.starts_with('-') {
                break;
            }
        }
        place
    }

    fn path(&self) -> String {
        self.words.join(" ")
    }

    /// Where help is.
    fn help(&self) -> String {
        format!("Try: openclaw {} --help", self.path())
    }

    /// What clap found, told as the original tells it.
    pub(super) fn failure(&self, error: &Error) -> Failure {
        let parsed = |message: String| {
            Failure::local(format!("OpenClaw could not parse this command: {message}")).hint(self.help())
        };
        let plain = |message: String| Failure::local(message).hint(self.help());
        let (argument, value) =
            (said(error, ContextKind::InvalidArg), said(error, ContextKind::InvalidValue));
        match error.kind() {
            ErrorKind::InvalidSubcommand => {
                self.unknown_command(&said(error, ContextKind::InvalidSubcommand))
            }
            ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
                let next =
                    if self.words.len() == 1 { "browser status".to_owned() } else { self.path() + " --help" };
                Failure::local(format!("Missing subcommand. Try: \"openclaw {next}\""))
            }
            ErrorKind::MissingRequiredArgument if argument.starts_with('-') => {
                plain(format!("Missing required option \"{argument}\"."))
            }
            ErrorKind::MissingRequiredArgument => {
                plain(format!("Missing required argument \"{}\".", bare(&argument)))
            }
            ErrorKind::UnknownArgument if argument.starts_with('-') => {
                let known: Vec<&str> = self.command.get_arguments().filter_map(clap::Arg::get_long).collect();
                let meant = nearest(argument.trim_start_matches('-'), &known);
                let failure = Failure::local(format!("OpenClaw does not recognize option \"{argument}\"."));
                let failure = meant.into_iter().fold(failure, |failure, option| {
                    failure.hint(format!("Did you mean this?\n  --{option}"))
                });
                failure.hint(self.help())
            }
            ErrorKind::UnknownArgument => plain("Too many arguments for this command.".to_owned()),
            ErrorKind::InvalidValue if value.is_empty() => {
                parsed(format!("option '{argument}' argument missing"))
            }
            ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
                let why = match error.source() {
                    Some(why) => requirement(&why.to_string()),
                    None => format!("must be one of {}", said(error, ContextKind::ValidValue)),
                };
                match (
                    argument.strip_prefix("--"),
                    why.starts_with("must be ") || why.starts_with("maximum is "),
                ) {
                    (Some(option), true) => {
                        let name = option.split([' ', '=']).next().unwrap_or_default();
                        parsed(format!("option '{argument}' argument '{value}' is invalid. --{name} {why}."))
                    }
                    (None, true) => Failure::local(format!("Invalid {}: {why}", bare(&argument))),
                    // The original has a sentence of its own.
                    (_, false) => Failure::local(why),
                }
            }
            ErrorKind::ArgumentConflict => {
                let other = said(error, ContextKind::PriorArg);
                parsed(format!("option '{argument}' cannot be used with option '{other}'"))
            }
            ErrorKind::NoEquals
            | ErrorKind::TooManyValues
            | ErrorKind::TooFewValues
            | ErrorKind::WrongNumberOfValues
            | ErrorKind::InvalidUtf8
            | ErrorKind::DisplayHelp
            | ErrorKind::DisplayVersion
            | ErrorKind::Io
            | ErrorKind::Format
            | _ => {
                let text = error.to_string();
                parsed(text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned())
            }
        }
    }

    fn unknown_command(&self, word: &str) -> Failure {
        let known: Vec<&str> = self.command.get_subcommands().map(Command::get_name).collect();
        let failure = Failure::local(format!("OpenClaw {} has no command \"{word}\".", self.path()));
        let meant = nearest(word, &known).into_iter();
        let failure = meant.fold(failure, |failure, command| {
            failure.hint(format!("Did you mean this?\n  openclaw {} {command}", self.path()))
        });
        failure.hint(self.help())
    }
}

/// A part of what clap knows about an error, as one text.
fn said(error: &Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) if kind == ContextKind::ValidValue => texts.join(", "),
        // Of several missing arguments the original names the first.
        Some(ContextValue::Strings(texts)) => texts.first().cloned().unwrap_or_default(),
        _ => String::new(),
    }
}

/// The name of a positional argument without its brackets.
fn bare(argument: &str) -> &str {
    argument.trim_end_matches("...").trim_matches(['<', '>', '[', ']'])
}

/// What a value must be. Standard parsers only say what they stumbled over.
fn requirement(why: &str) -> String {
    if why.contains("float") {
        return "must be a finite number".to_owned();
    }
    let stumbles = ["digit", "empty string", "too large", "too small", "is not in"];
    if stumbles.iter().any(|word| why.contains(word)) {
        return "must be a non-negative integer".to_owned();
    }
    why.to_owned()
}
