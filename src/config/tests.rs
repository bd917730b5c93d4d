//! What the strict reader accepts and refuses, against the words of the existing system. It must not touch files.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::*;
use crate::profile::{CdpAuth, Driver};

fn parse(text: &str) -> Result<Config, Error> {
    let environment = Environment::from_pairs([("HOME", "/home/ann"), ("KEY", "key-1")]);
    Config::parse(Path::new("/c/openclaw.json"), text, &environment)
}

fn problems(text: &str) -> Vec<Problem> {
    match parse(text) {
        Err(Error::Invalid { problems, .. }) => problems,
        Ok(_) => panic!("{text} is accepted"),
        Err(other) => panic!("{text}: {other}"),
    }
}

/// The only problem of a text, as it is shown.
fn problem(text: &str) -> String {
    let problems = problems(text);
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems[0].to_string()
}

#[test]
fn an_empty_file_means_the_defaults() {
    let config = parse("{}").unwrap();
    assert!(config.browser.enabled && config.browser.evaluate_enabled && config.browser.tab_cleanup);
    assert!(!config.browser.no_sandbox && !config.browser.attach_only);
    assert_eq!((config.browser.headless, config.gateway.port, config.workspace), (None, None, None));
    assert_eq!(config.browser.default_profile, "openclaw");
    assert_eq!(config.canvas_host, CanvasSettings::default());
    let names: Vec<&str> = config.browser.profiles.iter().map(|profile| profile.name.as_str()).collect();
    assert_eq!(names, ["openclaw", "user", "chrome"]);
    assert_eq!(config.warnings, [""; 0]);
}

#[test]
fn every_setting_is_read() {
    let config = parse(
        r#"{
          gateway: { port: 20000, bind: "loopback", mode: "local", auth: { mode: "token", token: "labtoken" } },
          browser: {
            enabled: false, evaluateEnabled: false, executablePath: "~/chromium", headless: true, noSandbox: true,
            attachOnly: true, defaultProfile: "work", controlPort: 30000, cdpPortRangeStart: 0x9C40, cdpPortRangeEnd: 40010,
            snapshotDefaults: { mode: "efficient" }, extraArgs: ["--a", "--b"], tabCleanup: { enabled: false },
            ssrfPolicy: {
              dangerouslyAllowPrivateNetwork: false, allowedHostnames: ["a"], blockedHostnames: ["b"],
              allowRfc2544BenchmarkRange: true, allowIpv6UniqueLocalRange: true,
            },
            profiles: {
              work: { cdpPort: 18801, headless: false, executablePath: "chromium-browser", attachOnly: false, cdpAuth: "none" },
              hosted: { cdpUrl: "wss://cdp.example.com/?k=${KEY}", driver: "clawd" },
              mine: { driver: "existing-session", userDataDir: "~/chrome" },
            },
            remoteCdpTimeoutMs: 3000, remoteCdpHandshakeTimeoutMs: 6000,
            allowSystemProfileImport: true, extensionRelay: { allowLegacyAuth: false },
          },
          canvasHost: { enabled: false, root: "sites/canvas", port: 31000, liveReload: false },
          agents: { defaults: { workspace: "~/work" }, list: [] },
        }"#,
    )
    .unwrap();
    let (gateway, browser) = (config.gateway, config.browser);
    assert_eq!(
        (gateway.port, gateway.bind, gateway.mode),
        (Some(20000), Some(Bind::Loopback), Some(GatewayMode::Local))
    );
    assert_eq!(gateway.auth.mode, Some(AuthMode::Token));
    assert!(gateway.auth.token.unwrap().matches("labtoken") && gateway.auth.is_inline);
    assert!(!browser.enabled && !browser.evaluate_enabled && browser.no_sandbox && browser.attach_only);
    assert_eq!(browser.executable_path, Some(PathBuf::from("/home/ann/chromium")));
    assert_eq!((browser.headless, browser.control_port), (Some(true), Some(30000)));
    assert_eq!((browser.cdp_port_start, browser.cdp_port_end), (Some(40000), Some(40010)));
    assert_eq!((browser.snapshot_mode, browser.tab_cleanup), (Some(SnapshotMode::Efficient), false));
    assert_eq!(browser.extra_args, ["--a", "--b"]);
    assert_eq!(browser.remote_cdp_timeout, Some(Duration::from_secs(3)));
    assert_eq!(browser.remote_cdp_handshake_timeout, Some(Duration::from_secs(6)));
    let ssrf = SsrfSettings {
        dangerously_allow_private_network: Some(false),
        allowed_hostnames: vec!["a".to_owned()],
        blocked_hostnames: vec!["b".to_owned()],
        allow_rfc2544_benchmark_range: true,
        allow_ipv6_unique_local_range: true,
    };
    assert_eq!(browser.ssrf, ssrf);
    let [work, hosted, mine, built_in, ..] = browser.profiles.as_slice() else { panic!("four and more") };
    assert_eq!((work.cdp_port, work.headless, work.attach_only), (Some(18801), Some(false), Some(false)));
    assert_eq!(work.executable_path, Some(PathBuf::from("chromium-browser")));
    assert_eq!((work.cdp_auth, built_in.cdp_auth), (CdpAuth::Nothing, CdpAuth::Gateway));
    assert_eq!(
        (hosted.driver, hosted.cdp_url.as_deref()),
        (Driver::Managed, Some("wss://cdp.example.com/?k=key-1"))
    );
    assert_eq!(
        (mine.driver, &mine.user_data_dir),
        (Driver::ExistingSession, &Some("/home/ann/chrome".into()))
    );
    assert!(work.from_config && !built_in.from_config);
    let root = Some(PathBuf::from("/c/sites/canvas"));
    assert_eq!(
        config.canvas_host,
        CanvasSettings { enabled: false, root, port: Some(31000), live_reload: false }
    );
    assert_eq!(config.workspace, Some(PathBuf::from("/home/ann/work")));
    assert_eq!(config.warnings, [""; 0]);
}

/// The recorded `config validate` of the existing system. Left out of its list are the keys that it retired: those pass
/// here with a warning (`color`, `actionTimeoutMs`, `hostnameAllowlist`, `allowPrivateNetwork`, `idleMinutes`) or work.
#[test]
fn the_recorded_bad_config_is_refused_in_the_same_words() {
    let found = problems(
        r#"{ browser: {
            enabled: "yes", headless: 1, color: "red", remoteCdpTimeoutMs: 5, actionTimeoutMs: 5, unknownKey: 1,
            snapshotDefaults: { mode: "full" }, extraArgs: "--x", tabCleanup: { idleMinutes: 5 },
            ssrfPolicy: { allowedHostnames: "a", foo: 1, hostnameAllowlist: [], allowPrivateNetwork: true },
            profiles: {
              "Bad Name": { cdpPort: 1 }, noport: {}, port0: { cdpPort: 0 }, x1: { cdpPort: 2, color: "x" },
              ud: { cdpPort: 3, userDataDir: "/x" }, ext: { driver: "extension", cdpUrl: "http://127.0.0.1:1" },
              drv: { driver: "foo", cdpPort: 4 }, open1: { cdpPort: 5, cdpAuth: "None" }, open2: { cdpPort: 6, cdpAuth: false },
              open3: { cdpUrl: "http://127.0.0.1:1", cdpAuth: "none" },
            },
        } }"#,
    );
    let found: Vec<(&str, &str)> =
        found.iter().map(|found| (found.path.as_str(), found.message.as_str())).collect();
    let expected = [
        ("browser.enabled", "Invalid input: expected boolean, received string (allowed: true, false)"),
        ("browser.headless", "Invalid input: expected boolean, received number (allowed: true, false)"),
        ("browser.snapshotDefaults.mode", r#"Invalid input: expected "efficient" (allowed: "efficient")"#),
        ("browser.ssrfPolicy.allowedHostnames", "Invalid input: expected array, received string"),
        ("browser.ssrfPolicy", r#"Unrecognized key: "foo""#),
        ("browser.profiles.Bad Name", "Invalid key in record"),
        ("browser.profiles.noport", "Profile must set cdpPort or cdpUrl"),
        ("browser.profiles.port0.cdpPort", "Too small: expected number to be >=1 (minimum: 1)"),
        ("browser.profiles.port0", "Profile must set cdpPort or cdpUrl"),
        ("browser.profiles.ud", r#"Profile userDataDir is only supported with driver="existing-session""#),
        (
            "browser.profiles.ext",
            r#"Profile cdpUrl is not supported with driver="extension" (the relay owns the endpoint)"#,
        ),
        (
            "browser.profiles.drv.driver",
            r#"Invalid input (allowed: "openclaw", "clawd", "existing-session", "extension")"#,
        ),
        ("browser.profiles.open1.cdpAuth", r#"Invalid input (allowed: "gateway", "none")"#),
        ("browser.profiles.open2.cdpAuth", r#"Invalid input (allowed: "gateway", "none")"#),
        (
            "browser.profiles.open3",
            r#"Profile cdpAuth is only supported for browsers that are started here: no cdpUrl, driver="openclaw""#,
        ),
        ("browser.extraArgs", "Invalid input: expected array, received string"),
        ("browser", r#"Unrecognized key: "unknownKey""#),
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_refusal_tells_path_value_expectation_and_nearest_key() {
    for (text, shown) in [
        (
            "{ browser: { headles: true } }",
            r#"browser: Unrecognized key: "headles"; headles is true, did you mean "headless"?"#,
        ),
        (
            "{ canvasHost: { livereload: 1, prot: 5 } }",
            r#"canvasHost: Unrecognized keys: "livereload", "prot"; livereload is 1, did you mean "liveReload"?; prot is 5, did you mean "port"?"#,
        ),
        (
            "{ canvasHost: { colour: 'red' } }",
            r#"canvasHost: Unrecognized key: "colour"; colour is "red"; valid keys: enabled, root, port, liveReload"#,
        ),
        (
            "{ gateway: { auth: { tokn: 's3cret' } } }",
            r#"gateway.auth: Unrecognized key: "tokn"; tokn is (hidden), did you mean "token"?"#,
        ),
        (
            "{ browser: { enabled: 'yes' } }",
            r#"browser.enabled: Invalid input: expected boolean, received string (allowed: true, false), got "yes""#,
        ),
        ("{ browser: [1, 2] }", "browser: Invalid input: expected object, received array, got an array of 2"),
        ("{ gateway: null }", "gateway: Invalid input: expected object, received null, got null"),
        ("[]", "Invalid input: expected object, received array, got an array of 0"),
        (
            "{ gateway: { port: 70000 } }",
            "gateway.port: Too big: expected number to be <=65535 (maximum: 65535), got 70000",
        ),
        (
            "{ gateway: { port: -1 } }",
            "gateway.port: Too small: expected number to be >=1 (minimum: 1), got -1",
        ),
        ("{ gateway: { port: 1.5 } }", "gateway.port: Invalid input: expected int, received number, got 1.5"),
        ("{ gateway: { port: NaN } }", "gateway.port: Invalid input: expected int, received number, got NaN"),
        (
            "{ gateway: { port: '80' } }",
            r#"gateway.port: Invalid input: expected number, received string, got "80""#,
        ),
        (
            "{ gateway: { bind: '0.0.0.0' } }",
            r#"gateway.bind: Invalid input (allowed: "auto", "lan", "loopback", "tailnet", "custom"), got "0.0.0.0""#,
        ),
        (
            "{ gateway: { mode: 'locl' } }",
            r#"gateway.mode: Invalid input (allowed: "local", "remote"), got "locl""#,
        ),
        (
            "{ gateway: { auth: { token: 5 } } }",
            "gateway.auth.token: Invalid input: expected string, received number, got (hidden)",
        ),
        (
            "{ browser: { extraArgs: ['a', 5] } }",
            "browser.extraArgs.1: Invalid input: expected string, received number, got 5",
        ),
        (
            "{ browser: { headless: true, headless: false } }",
            "browser.headless: Duplicate key: keep one of the two",
        ),
        (
            "{ browser: { profiles: { 'Bad Name': { cdpPort: 1 } } } }",
            "browser.profiles.Bad Name: Invalid key in record; use lowercase letters, numbers, and hyphens only",
        ),
        (
            "{ browser: { profiles: 5 } }",
            "browser.profiles: Invalid input: expected object, received number, got 5",
        ),
        (
            "{ browser: { profiles: { a: 5 } } }",
            "browser.profiles.a: Invalid input: expected object, received number, got 5",
        ),
        (
            "{ browser: { cdpUrl: 'ftp://ann:s3cret@x' } }",
            "browser.cdpUrl: browser.profiles.cdpUrl must be http(s) or ws(s), got: ftp",
        ),
        ("{ browser: { profiles: { a: { cdpUrl: 'foo' } } } }", "browser.profiles.a.cdpUrl: Invalid URL"),
    ] {
        assert_eq!(problem(text), shown, "{text}");
    }
}

#[test]
fn secrets_are_checked_and_never_shown() {
    for (text, shown) in [
        ("{ gateway: { auth: { token: '${NOT_THERE}' } } }", "environment variable NOT_THERE is not set"),
        ("{ gateway: { auth: { token: 'changeme' } } }", "the secret is a placeholder"),
        ("{ gateway: { auth: { token: 'undefined' } } }", "the secret is a placeholder"),
        ("{ gateway: { auth: { password: '  ' } } }", "the secret is empty"),
        ("{ browser: { cdpUrl: 'wss://x/?k=${NOT_THERE}' } }", "environment variable NOT_THERE is not set"),
    ] {
        assert!(problem(text).contains(shown), "{}", problem(text));
    }
    let secrets = "{ gateway: { auth: { token: 's3cret-1', password: 's3cret-2' } },
        browser: { cdpUrl: 'wss://ann:s3cret-3@x/?k=s3cret-4', profiles: { a: { cdpUrl: 'wss://x/?k=s3cret-5' } } } }";
    assert!(!format!("{:?}", parse(secrets).unwrap()).contains("s3cret"));
}

#[test]
fn all_problems_are_told_with_the_file() {
    let text = parse("{ browser: { headles: 1 }, canvasHost: { port: 0 }, gateway: { bind: 5 } }")
        .unwrap_err()
        .to_string();
    assert!(text.starts_with("OpenClaw config is invalid: /c/openclaw.json\n  gateway.bind: "), "{text}");
    assert_eq!(text.lines().count(), 4, "{text}");
    let syntax = parse("{\n  browser: {,}\n}").unwrap_err().to_string();
    assert!(syntax.starts_with("/c/openclaw.json:2:13: "), "{syntax}");
}

#[test]
fn what_is_not_ours_passes_untouched() {
    for text in [
        "{ channels: { telegram: { token: 5 } }, agents: [], plugins: null, meta: 'x', 'odd key': 1 }",
        "{ gateway: { tailscale: { mode: 'off' }, nodes: { browser: { mode: 'auto' } }, remote: {}, trustedProxies: 5 } }",
        "{ gateway: { auth: { allowTailscale: true, rateLimit: { maxAttempts: 10 }, trustedProxy: {} } } }",
        "{ agents: { defaults: { workspace: 5, sandbox: { browser: { enabled: 'x' } } } } }",
        "{ model: {}, mode: 'x', port: 'y' }",
    ] {
        assert_eq!(parse(text).unwrap().warnings, [""; 0], "{text}");
    }
}

#[test]
fn warnings_name_what_is_retired_or_probably_a_slip() {
    for (text, start) in [
        ("{ browser: { color: 5 } }", "browser.color is retired"),
        ("{ browser: { actionTimeoutMs: 5 } }", "browser.actionTimeoutMs is retired"),
        ("{ browser: { localLaunchTimeoutMs: 5 } }", "browser.localLaunchTimeoutMs is retired"),
        ("{ browser: { relayBindHost: '0.0.0.0' } }", "browser.relayBindHost is retired"),
        ("{ browser: { tabCleanup: { sweepMinutes: 5 } } }", "browser.tabCleanup.sweepMinutes is retired"),
        (
            "{ browser: { profiles: { a: { cdpPort: 1, color: 'x' } } } }",
            "browser.profiles.a.color is retired",
        ),
        (
            "{ browser: { ssrfPolicy: { hostnameAllowlist: ['a'] } } }",
            "browser.ssrfPolicy.hostnameAllowlist is retired",
        ),
        (
            "{ browser: { ssrfPolicy: { allowPrivateNetwork: true } } }",
            "browser.ssrfPolicy.allowPrivateNetwork is retired",
        ),
        ("{ browser: { defaultProfile: 'nope' } }", "browser.defaultProfile \"nope\" is not a profile"),
        (
            "{ browser: { profiles: { e: { driver: 'extension' } } } }",
            "browser.profiles.e: driver \"extension\" is not supported",
        ),
        ("{ gateway: { bind: 'lan' } }", "gateway.bind is not followed"),
        ("{ gateway: { auth: { mode: 'none' } } }", "gateway.auth.mode \"none\""),
        ("{ gateway: { prot: 5 } }", "gateway.prot is not a setting of this program; did you mean \"port\"?"),
        ("{ browsr: {} }", "browsr is not a setting of this program; did you mean \"browser\"?"),
    ] {
        let warnings = parse(text).unwrap().warnings;
        assert!(warnings.len() == 1 && warnings[0].starts_with(start), "{text}: {warnings:?}");
    }
}

#[test]
fn retired_spellings_that_mean_something_still_do() {
    let ssrf = |text: &str| parse(&format!("{{ browser: {{ ssrfPolicy: {text} }} }}")).unwrap().browser.ssrf;
    assert_eq!(ssrf("{ allowedHostnames: ['a'], hostnameAllowlist: ['b'] }").allowed_hostnames, ["a", "b"]);
    assert_eq!(ssrf("{ allowPrivateNetwork: true }").dangerously_allow_private_network, Some(true));
    let both = ssrf("{ allowPrivateNetwork: true, dangerouslyAllowPrivateNetwork: false }");
    assert_eq!(both.dangerously_allow_private_network, Some(false));
    assert_eq!(ssrf("{}").dangerously_allow_private_network, None);
}

#[test]
fn the_top_level_endpoint_is_the_default_profile_s() {
    let url = |text: &str| {
        let browser = parse(&format!("{{ browser: {text} }}")).unwrap().browser;
        let name = browser.default_profile.clone();
        browser.profiles.into_iter().find(|profile| profile.name.as_str() == name).unwrap().cdp_url
    };
    let one = "cdpUrl: 'http://one:1'";
    assert_eq!(url(&format!("{{ {one} }}")).as_deref(), Some("http://one:1"));
    let own = "profiles: { w: { cdpUrl: 'http://two:2' } }, defaultProfile: 'w'";
    assert_eq!(url(&format!("{{ {one}, {own} }}")).as_deref(), Some("http://two:2"));
    let pinned = "profiles: { w: { cdpPort: 5 } }, defaultProfile: 'w'";
    assert_eq!(url(&format!("{{ {one}, {pinned} }}")), None);
    assert_eq!(url(&format!("{{ {one}, defaultProfile: 'user' }}")), None);
}
