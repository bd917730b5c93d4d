//! Why no instance could be worked out from the flags and the environment. It must not print or exit.

use super::NameError;

/// Why no instance could be worked out. The command line prints `[openclaw] ` before the text, as it always has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// `--profile` without a value.
    #[error("--profile requires a value")]
    ProfileWithoutValue,
    /// `--dev` and `--profile` together.
    #[error("Cannot combine --dev with --profile")]
    DevWithProfile,
    /// An impossible name after `--profile`.
    #[error("Invalid --profile ({0})")]
    Profile(NameError),
    /// An impossible name in the environment.
    #[error("Invalid OPENCLAW_PROFILE ({0})")]
    InheritedProfile(NameError),
    /// `HOME` is not an absolute path.
    #[error(
        "no home directory: set HOME to an absolute path, or OPENCLAW_STATE_DIR and OPENCLAW_CONFIG_PATH"
    )]
    NoHome,
    /// A relative path, and the working directory is gone.
    #[error(
        "a relative path in the environment, but the working directory does not exist: use absolute paths"
    )]
    NoWorkingDirectory,
}

impl Error {
    /// The exit code of the command: 2, a mistake in how it was called.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        2
    }
}
