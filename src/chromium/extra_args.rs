//! The flags that a user adds in `browser.extraArgs`: which are refused, and which merge with ours.
//! Pure; it knows the meaning of no flag but the dangerous ones and the feature lists.

use super::LaunchError;

/// Flags that run another program, open the browser to other programs, or take away what keeps pages apart. Chromium reads
/// `-flag` as `--flag`; a name that ends in `*` stands for every flag that begins so.
const REFUSED: &[(&str, &str)] = &[
    ("renderer-cmd-prefix", "it runs another program"),
    ("utility-cmd-prefix", "it runs another program"),
    ("zygote-cmd-prefix", "it runs another program"),
    ("ppapi-plugin-launcher", "it runs another program"),
    ("gpu-launcher", "it runs another program"),
    ("browser-subprocess-path", "it runs another program"),
    ("crash-dumps-dir", "it writes the memory of pages to a place of its own"),
    ("load-extension", "an extension reads every page"),
    ("enable-unsafe-extension-debugging", "it loads extensions over the pipe"),
    ("remote-allow-origins", "it lets web pages drive the browser"),
    ("remote-debugging-*", "it opens the browser to other programs; the gateway's CDP port is the way in"),
    ("no-sandbox", "browser.noSandbox is the setting for it"),
    ("disable-setuid-sandbox", "browser.noSandbox is the setting for it"),
    ("disable-web-security", "it lets every page read every other"),
    ("user-data-dir", "the profile owns its directory"),
    ("app", "it opens an address before any policy is asked"),
];

/// Refuses flags that would open the browser to others, and words that are no flags (Chromium takes them for addresses to open).
///
/// # Errors
/// [`LaunchError::RefusedFlag`] naming the first one.
pub fn refuse_dangerous(extra_args: &[String]) -> Result<(), LaunchError> {
    for arg in extra_args {
        let refused = |reason| LaunchError::RefusedFlag { flag: shown(arg), reason };
        let Some(name) = name(arg) else {
            return Err(refused("it is no flag, and the browser would open it as an address"));
        };
        if arg.contains('\0') {
            return Err(refused("it has a NUL character"));
        }
        if let Some((_, reason)) = REFUSED.iter().find(|(pattern, _)| matches(pattern, name)) {
            return Err(refused(reason));
        }
    }
    Ok(())
}

/// Whether these flags choose a proxy, so that the user's proxy, not ours, decides where requests go.
#[must_use]
pub fn names_a_proxy(extra_args: &[String]) -> bool {
    const CHOICES: [&str; 4] = ["proxy-server", "proxy-pac-url", "proxy-auto-detect", "no-proxy-server"];
    extra_args.iter().filter_map(|arg| name(arg)).any(|name| CHOICES.contains(&name))
}

/// Our disabled features and the user's as one list, because Chromium obeys only the last `--disable-features`. A feature that
/// the user enables by name is left out of ours.
pub(super) fn disabled_features(ours: &[&str], extra_args: &[String]) -> String {
    let of_user = |flag: &'static str| {
        extra_args.iter().filter(move |arg| name(arg) == Some(flag)).flat_map(|arg| features(arg))
    };
    let enabled: Vec<&str> = of_user("enable-features").map(bare).collect();
    let mut disabled: Vec<&str> = ours.iter().copied().filter(|feature| !enabled.contains(feature)).collect();
    for feature in of_user("disable-features") {
        if !disabled.contains(&feature) {
            disabled.push(feature);
        }
    }
    disabled.join(",")
}

/// The user's flags without those that were merged into ours.
pub(super) fn unmerged(extra_args: &[String]) -> impl Iterator<Item = &String> {
    extra_args.iter().filter(|arg| name(arg) != Some("disable-features"))
}

/// The name of a flag as Chromium reads it: trimmed, after one or two dashes, before `=` (`base/command_line.cc`).
fn name(arg: &str) -> Option<&str> {
    let arg = arg.trim();
    let flag = arg.strip_prefix("--").or_else(|| arg.strip_prefix('-'))?;
    let name = flag.split('=').next().unwrap_or(flag);
    (!name.is_empty()).then_some(name)
}

/// A flag for an error: without its value, which may hold a password.
fn shown(arg: &str) -> String {
    arg.trim().split('=').next().unwrap_or_default().chars().take(60).flat_map(char::escape_default).collect()
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == pattern,
    }
}

fn features(arg: &str) -> impl Iterator<Item = &str> {
    let list = arg.trim().split_once('=').map_or("", |(_, list)| list);
    list.split(',').map(str::trim).filter(|feature| !feature.is_empty())
}

/// A feature's name without its trial and parameters (`Name<Trial.Group:key/value`).
fn bare(feature: &str) -> &str {
    feature.split(['<', ':']).next().unwrap_or(feature)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(list: &[&str]) -> Vec<String> {
        list.iter().map(|&arg| arg.to_owned()).collect()
    }

    #[track_caller]
    fn check_refused(arg: &str, flag: &str) {
        match refuse_dangerous(&args(&["--lang=de", arg])) {
            Err(LaunchError::RefusedFlag { flag: named, .. }) => assert_eq!(named, flag),
            other => panic!("{arg}: {other:?}"),
        }
    }

    #[test]
    fn dangerous_flags_are_refused_however_they_are_written() {
        check_refused("--renderer-cmd-prefix=/bin/sh -c", "--renderer-cmd-prefix");
        check_refused("-no-sandbox", "-no-sandbox");
        check_refused("  --no-sandbox ", "--no-sandbox");
        check_refused("--remote-debugging-port=9222", "--remote-debugging-port");
        check_refused("--remote-debugging-address", "--remote-debugging-address");
        check_refused("--load-extension=", "--load-extension");
        check_refused("--user-data-dir=/", "--user-data-dir");
        check_refused("http://169.254.169.254/?a=b", "http://169.254.169.254/?a");
        check_refused("--", "--");
        check_refused("--app=http://10.0.0.1/", "--app");
        check_refused("--lang=d\0e", "--lang");
    }

    #[test]
    fn harmless_flags_pass() {
        let harmless =
            args(&["--lang=de", "--window-size=800,600", "--no-sandbox-and-elevated-x", "--apps-x"]);
        assert!(refuse_dangerous(&harmless).is_ok());
    }

    #[test]
    fn a_proxy_is_noticed() {
        assert!(names_a_proxy(&args(&["--lang=de", "--proxy-server=http://p:1"])));
        assert!(names_a_proxy(&args(&["-proxy-pac-url=x"])));
        assert!(!names_a_proxy(&args(&["--proxy-bypass-list=a"])));
    }

    #[test]
    fn feature_lists_merge_into_one() {
        let extra = args(&[
            "--disable-features=X, A",
            "--enable-features=B<Trial:k/v,Y",
            "--disable-features=Z",
            "--q",
        ]);
        assert_eq!(disabled_features(&["A", "B", "C"], &extra), "A,C,X,Z");
        assert_eq!(unmerged(&extra).collect::<Vec<_>>(), ["--enable-features=B<Trial:k/v,Y", "--q"]);
        assert_eq!(disabled_features(&["A"], &[]), "A");
    }
}
