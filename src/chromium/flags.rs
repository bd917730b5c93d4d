//! The command line of a managed browser, each flag with its reason.
//! Pure: the same wishes always give the same arguments; it looks at no file and no environment.

use std::ffi::OsString;
use std::path::Path;

use super::LaunchError;
use super::extra_args::{disabled_features, names_a_proxy, refuse_dangerous, unmerged};

/// Flags that every managed browser gets.
const ALWAYS: &[&str] = &[
    // CDP on file descriptors 3 and 4, for us alone; the pipe's end is also the browser's end.
    "--remote-debugging-pipe",
    // The first tab is made over CDP, with its policy already in place. Without a start window the pipe answers in 105-130 ms
    // instead of 185-225 ms (Chromium 156, headless), and no stray tab has to be explained.
    "--no-startup-window",
    // No welcome pages and no questions that nobody is there to answer.
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-search-engine-choice-screen",
    "--disable-default-apps",
    // No dialog about the last crash: we end browsers by signal when they hang.
    "--disable-session-crashed-bubble",
    "--hide-crash-restore-bubble",
    "--noerrdialogs",
    // Nothing leaves the machine but what pages ask for: no account, no update, no metrics, no crash dumps of pages.
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-client-side-phishing-detection",
    "--metrics-recording-only",
    "--no-pings",
    "--disable-breakpad",
    // The same browser every time: no experiment is drawn by lot.
    "--disable-field-trial-config",
    // Agents work in tabs that nobody looks at; a page must not be slowed or frozen for that.
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    // A hung page is our watchdog's to judge, and its dialog would block the tab.
    "--disable-hang-monitor",
    // The system's keyring asks for a password in a window.
    "--password-store=basic",
];

/// Features that every managed browser does without.
const DISABLED_FEATURES: &[&str] = &[
    // An offer to translate covers the page and takes the focus.
    "Translate",
    // Looks for cast devices on the local network, which asks the firewall.
    "MediaRouter",
    "DialMediaRouteProvider",
    // Two renderers for each window before anybody types into the address bar: 52 MB a context with them, 19 MB without
    // (Chromium 156).
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    // Asks the network for hints about pages that are opened.
    "OptimizationHints",
    // After a click it holds all tasks of the page, ours too, back until the next frame: 10 ms of a click's 13. There is
    // nobody who would see that frame sooner.
    "DeferRendererTasksAfterInput",
    // A page that comes back from it has kept our world with its refs, which name a document that is gone.
    "BackForwardCache",
];

/// What the arguments are made from.
#[derive(Debug, Clone, Copy)]
pub struct Flags<'a> {
    /// The profile directory.
    pub user_data_dir: &'a Path,
    /// Run without a window.
    pub headless: bool,
    /// Run without the sandbox.
    pub no_sandbox: bool,
    /// Listen on a port, too.
    pub debugging_port: bool,
    /// The user's own flags; the last word is theirs.
    pub extra_args: &'a [String],
}

impl Flags<'_> {
    /// The arguments, without the program's name.
    ///
    /// # Errors
    /// [`LaunchError::RefusedFlag`] for a dangerous flag among the user's.
    pub fn arguments(&self) -> Result<Vec<OsString>, LaunchError> {
        refuse_dangerous(self.extra_args)?;
        let mut arguments: Vec<OsString> = ALWAYS.iter().map(OsString::from).collect();
        let mut user_data_dir = OsString::from("--user-data-dir=");
        user_data_dir.push(self.user_data_dir);
        arguments.push(user_data_dir);
        let features = disabled_features(DISABLED_FEATURES, self.extra_args);
        arguments.push(format!("--disable-features={features}").into());
        arguments.extend(self.by_choice().map(OsString::from));
        arguments.extend(self.by_system().iter().map(OsString::from));
        arguments.extend(unmerged(self.extra_args).map(OsString::from));
        Ok(arguments)
    }

    fn by_choice(&self) -> impl Iterator<Item = &'static str> {
        [
            // The real browser without a window. `--disable-gpu` is not added: without a start window it changes nothing
            // (117-134 ms with it, 103-127 ms without, to the pipe's answer), and on a machine with a GPU it would slow
            // every canvas and WebGL page.
            (self.headless, "--headless=new"),
            // A scroll bar in a screenshot is noise, and shifts the layout by its width.
            (self.headless, "--hide-scrollbars"),
            (self.headless, "--mute-audio"),
            // A page that breaks out of its renderer then acts as our user: only when asked for.
            (self.no_sandbox, "--no-sandbox"),
            // One that the system chooses; Chromium says on stderr which.
            (self.debugging_port, "--remote-debugging-port=0"),
            // The system's proxy must not decide where requests go; a proxy that the user names does.
            (!names_a_proxy(self.extra_args), "--no-proxy-server"),
        ]
        .into_iter()
        .filter_map(|(wanted, flag)| wanted.then_some(flag))
    }

    fn by_system(&self) -> &'static [&'static str] {
        if cfg!(target_os = "macos") {
            // The keychain asks for a password in a window.
            &["--use-mock-keychain"]
        } else {
            // Containers give /dev/shm 64 MB. Chromium 156 does without it; older ones crash when it is full.
            &["--disable-dev-shm-usage"]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(headless: bool, no_sandbox: bool, extra_args: &[&str]) -> Vec<String> {
        let extra_args: Vec<String> = extra_args.iter().map(|&arg| arg.to_owned()).collect();
        let flags = Flags {
            user_data_dir: Path::new("/p"),
            headless,
            no_sandbox,
            debugging_port: false,
            extra_args: &extra_args,
        };
        flags.arguments().unwrap().into_iter().map(|arg| arg.into_string().unwrap()).collect()
    }

    #[track_caller]
    fn check(arguments: &[String], flag: &str, expected: bool) {
        assert_eq!(arguments.iter().any(|arg| arg == flag), expected, "{flag} in {arguments:?}");
    }

    #[test]
    fn the_sandbox_and_the_window_are_kept_unless_asked_otherwise() {
        let plain = arguments(false, false, &[]);
        check(&plain, "--remote-debugging-pipe", true);
        check(&plain, "--user-data-dir=/p", true);
        check(&plain, "--no-sandbox", false);
        check(&plain, "--headless=new", false);
        check(&arguments(true, true, &[]), "--no-sandbox", true);
        check(&arguments(true, true, &[]), "--headless=new", true);
    }

    #[test]
    fn the_users_flags_come_last_and_their_proxy_wins() {
        let with = arguments(true, false, &["--proxy-server=http://p:1", "--lang=de"]);
        check(&with, "--no-proxy-server", false);
        assert_eq!(with.last().unwrap(), "--lang=de");
        check(&arguments(true, false, &[]), "--no-proxy-server", true);
    }

    #[test]
    fn there_is_one_list_of_disabled_features() {
        let with = arguments(true, false, &["--disable-features=Mine"]);
        let lists: Vec<_> = with.iter().filter(|arg| arg.starts_with("--disable-features")).collect();
        assert_eq!(lists.len(), 1, "{lists:?}");
        assert!(lists[0].contains("Translate,") && lists[0].ends_with(",Mine"), "{lists:?}");
    }

    #[test]
    fn no_flag_is_given_twice_and_none_opens_a_port() {
        let all = arguments(true, true, &[]);
        let mut names: Vec<_> = all.iter().map(|arg| arg.split('=').next().unwrap()).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
        assert!(!names.contains(&"--remote-debugging-port") && !names.contains(&"--remote-allow-origins"));
    }
}
