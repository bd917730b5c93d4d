//! `browser.pool`: browsers that belong to no profile, and how many may share what. It must not start any.

use std::path::PathBuf;
use std::time::Duration;

use super::browser::program_file;
use super::section::Section;

/// The settings of `browser.pool`. Memory is in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolSettings {
    /// The program of the pool's browsers, if it is another one than that of the profiles.
    pub executable_path: Option<PathBuf>,
    /// How many browsers the pool may run.
    pub max_browsers: usize,
    /// How many leased contexts one browser may have, that of a profile too.
    pub contexts_per_browser: usize,
    /// How many callers may wait for a place in one browser's profile, or in the pool.
    pub max_waiting: usize,
    /// Browsers that run before anybody asks.
    pub spare_browsers: usize,
    /// Blank contexts that are ready before anybody asks, in all browsers of the pool together.
    pub spare_contexts: usize,
    /// After this long without a lease a browser of the pool is stopped.
    pub idle: Duration,
    /// After so many contexts a browser of the pool gets no more and is stopped when the last one is given back.
    pub max_uses: usize,
    /// The same after so long.
    pub max_age: Duration,
    /// The same when its processes use so much memory (PSS).
    pub max_memory: u64,
    /// No context is made and no browser started while the host has less memory left.
    pub min_free_memory: u64,
}

impl Default for PoolSettings {
    fn default() -> Self {
        Self {
            executable_path: None,
            max_browsers: 12,
            contexts_per_browser: 20,
            max_waiting: 256,
            spare_browsers: 0,
            spare_contexts: 1,
            idle: Duration::from_secs(300),
            max_uses: 200,
            max_age: Duration::from_secs(3600),
            max_memory: 1536 * MEBIBYTE,
            min_free_memory: 256 * MEBIBYTE,
        }
    }
}

const MEBIBYTE: u64 = 1 << 20;

impl PoolSettings {
    pub(super) fn read(section: &Section<'_>) -> Self {
        let default = Self::default();
        let mebibytes = |key, most| section.integer(key, 0, most).map(|count| count * MEBIBYTE);
        let settings = Self {
            executable_path: program_file(section, "executablePath"),
            max_browsers: section.count("maxBrowsers", 1, 100).unwrap_or(default.max_browsers),
            contexts_per_browser: section
                .count("contextsPerBrowser", 1, 500)
                .unwrap_or(default.contexts_per_browser),
            max_waiting: section.count("maxWaiting", 0, 10_000).unwrap_or(default.max_waiting),
            spare_browsers: section.count("spareBrowsers", 0, 100).unwrap_or(default.spare_browsers),
            spare_contexts: section.count("spareContexts", 0, 500).unwrap_or(default.spare_contexts),
            idle: section.milliseconds("idleMs").unwrap_or(default.idle),
            max_uses: section.count("maxUses", 1, 1_000_000).unwrap_or(default.max_uses),
            max_age: section.milliseconds("maxAgeMs").unwrap_or(default.max_age),
            max_memory: mebibytes("maxMemoryMb", 1 << 20).unwrap_or(default.max_memory),
            min_free_memory: mebibytes("minFreeMemoryMb", 1 << 20).unwrap_or(default.min_free_memory),
        };
        section.finish();
        settings
    }
}
