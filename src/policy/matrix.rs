//! The decisions as tables: the contract's matrix, schemes, spellings of one host, lists, documents, scripts.
//! Tests only; it knows nothing but the room's public face.
use std::net::IpAddr;

use url::Url;

use super::{Cause, Policy, PolicySettings, Refusal, Verdict};

const BLOCKED: &str = "browser navigation blocked by policy";
const STRICT: &str = "Navigation blocked: strict browser SSRF policy requires an IP-literal URL because browser DNS \
                      rebinding protections are unavailable for hostname-based navigation";

fn settings(private: Option<bool>) -> PolicySettings {
    PolicySettings { allow_private_network: private, ..PolicySettings::default() }
}

fn allowing(private: Option<bool>, hosts: &[&str]) -> PolicySettings {
    PolicySettings { allowed_hostnames: hosts.iter().map(ToString::to_string).collect(), ..settings(private) }
}

fn blocking(private: Option<bool>, hosts: &[&str]) -> PolicySettings {
    PolicySettings { blocked_hostnames: hosts.iter().map(ToString::to_string).collect(), ..settings(private) }
}

fn policy(settings: &PolicySettings) -> Policy {
    let own = Url::parse("http://127.0.0.1:18793").expect("a URL").origin();
    Policy::new(settings, vec![own]).expect("the patterns are hosts")
}

/// `ok`, `resolve <host>`, or the refusal's text.
fn said(verdict: Result<Verdict, Refusal>) -> String {
    match verdict {
        Ok(Verdict::Allowed(_)) => "ok".to_owned(),
        Ok(Verdict::Resolve { host, .. }) => format!("resolve {host}"),
        Err(refusal) => {
            assert_eq!(refusal.reason(), "navigation_blocked");
            refusal.to_string()
        }
    }
}

#[track_caller]
fn check(settings: &PolicySettings, rows: &[(&str, &str)]) {
    let policy = policy(settings);
    for (url, expected) in rows {
        assert_eq!(said(policy.navigation(url)), *expected, "{url} under {settings:?}");
        assert_eq!(said(policy.document(url)), *expected, "document {url} under {settings:?}");
    }
}

#[test]
fn the_matrix_of_the_contract() {
    let private =
        ["http://127.0.0.1:9/", "http://localhost/", "http://10.0.0.1/", "http://169.254.169.254/x"];
    check(&settings(None), &private.map(|url| (url, BLOCKED)));
    check(&settings(None), &[("http://example.com/", "resolve example.com"), ("http://8.8.8.8/", "ok")]);
    check(&settings(Some(true)), &private.map(|url| (url, "ok")));
    check(&settings(Some(true)), &[("http://example.com/", "ok"), ("http://no-such-host.invalid/", "ok")]);

    let listed = allowing(None, &["127.0.0.1"]);
    check(&listed, &[("http://127.0.0.1:21700/", "ok"), ("http://localhost/", BLOCKED)]);
    check(&listed, &[("http://127.0.0.2/", BLOCKED), ("https://example.com/", "resolve example.com")]);

    let strict = settings(Some(false));
    check(
        &strict,
        &[("http://127.0.0.1/", BLOCKED), ("http://10.0.0.1/", BLOCKED), ("http://8.8.8.8/", "ok")],
    );
    check(&strict, &[("http://example.com/", STRICT), ("http://localhost/", STRICT)]);
    let strict_listed = allowing(Some(false), &["127.0.0.1", "*.example.com"]);
    check(&strict_listed, &[("http://127.0.0.1/", "ok"), ("http://a.example.com/", "ok")]);
    check(&strict_listed, &[("http://example.com/", STRICT), ("http://localhost:21700/", STRICT)]);

    let blocked = blocking(Some(true), &["internal.example", "*.example.com"]);
    check(&blocked, &[("http://internal.example/", BLOCKED), ("http://a.example.com./", BLOCKED)]);
    check(&blocked, &[("http://10.0.0.1/", "ok"), ("http://example.com/", "ok")]);
}

#[test]
fn about_blank_is_always_allowed_and_nothing_else_of_about() {
    for private in [None, Some(true), Some(false)] {
        check(&settings(private), &[("about:blank", "ok"), (" about:blank\n", "ok")]);
        for url in ["about:version", "about:BLANK", "about:settings", "about:blank/x"] {
            check(&settings(private), &[(url, "Navigation blocked: unsupported protocol \"about:\"")]);
        }
    }
}

#[test]
fn schemes_that_reach_files_internals_or_script_are_refused() {
    for (url, scheme) in [
        ("file:///etc/passwd", "file"),
        ("FILE:///etc/passwd", "file"),
        ("\t file:///etc/passwd", "file"),
        ("fi\nle:///etc/passwd", "file"),
        ("view-source:file:///etc/passwd", "view-source"),
        ("view-source:http://8.8.8.8/", "view-source"),
        ("chrome://version", "chrome"),
        ("chrome-extension://abc/x.html", "chrome-extension"),
        ("chrome-error://other/", "chrome-error"),
        ("chrome-untrusted://x/", "chrome-untrusted"),
        ("devtools://devtools/bundled/inspector.html", "devtools"),
        ("filesystem:http://8.8.8.8/temporary/x", "filesystem"),
        ("javascript:alert(1)", "javascript"),
        ("JavaScript:alert(1)", "javascript"),
        (" java\tscript:alert(1)", "javascript"),
        ("ftp://8.8.8.8/", "ftp"),
        ("ws://8.8.8.8/", "ws"),
        ("wss://8.8.8.8/", "wss"),
        ("mailto:a@b.example", "mailto"),
        ("intent://x#Intent;end", "intent"),
        ("isolated-app://x/", "isolated-app"),
    ] {
        let refused = format!("Navigation blocked: unsupported protocol \"{scheme}:\"");
        check(&settings(Some(true)), &[(url, &refused)]);
    }
}

#[test]
fn a_document_may_also_be_what_reaches_nothing() {
    let policy = policy(&settings(Some(false)));
    for (url, scheme) in [
        ("data:text/html,hi", "data"),
        ("blob:http://127.0.0.1/0b1c", "blob"),
        ("about:srcdoc", "about"),
        ("about:blank#top", "about"),
        ("about:blank?x", "about"),
        ("chrome-error://chromewebdata/", "chrome-error"),
    ] {
        assert_eq!(said(policy.document(url)), "ok", "{url}");
        let refused = format!("Navigation blocked: unsupported protocol \"{scheme}:\"");
        assert_eq!(said(policy.navigation(url)), refused, "{url}");
    }
}

#[test]
fn texts_that_are_no_url() {
    for (raw, shown) in [
        ("foo", "foo"),
        ("", ""),
        ("//example.com/", "//example.com/"),
        ("http://", "http://"),
        ("http://a b/", "http://a b/"),
        ("http://[::1/", "http://[::1/"),
        ("http://[fe80::1%25eth0]/", "http://[fe80::1%25eth0]/"),
        ("http://256.0.0.1/", "http://256.0.0.1/"),
        ("http://127.0.0.1:99999/", "http://127.0.0.1:99999/"),
        ("http://me:secret@a b/x", "http://***@a b/x"),
        ("http://me:sec/ret@a b/", "http://***@a b/"),
        ("1:secret@a", "***@a"),
    ] {
        check(&settings(Some(true)), &[(raw, &format!("Invalid URL: {shown}"))]);
    }
    let endless = "ü".repeat(5_000);
    let shown = format!("Invalid URL: {}…", "ü".repeat(2_000));
    check(&settings(None), &[(&endless, &shown)]);
}

#[test]
fn credentials_inside_a_url_are_refused_even_for_our_own_origin() {
    let text = "Navigation blocked: URL-embedded credentials are not supported for page navigation. Set HTTP Basic \
                auth with `openclaw browser set credentials <username> <password>` or use an authenticated browser \
                profile.";
    for url in
        ["http://u:p@127.0.0.1:21700/", "http://a@127.0.0.1/", "https://:p@example.com/", "http:\\\\a@b/"]
    {
        check(&settings(Some(true)), &[(url, text)]);
        check(&settings(None), &[(url, text)]);
    }
    check(&settings(None), &[("http://u:p@127.0.0.1:18793/", text), ("http://@8.8.8.8/", "ok")]);
}

/// Every spelling that Chromium was seen to take for loopback or another inner address, and relatives.
const INNER: &[&str] = &[
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "0x7f000001",
    "0x7f.1",
    "2130706433",
    "0177.0.0.1",
    "017700000001",
    "0",
    "0.0.0.0",
    "127.0.0.1.",
    "127.0.0.1..",
    "127.1.",
    "0x7f000001.",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
    "１２７.0.0.1",
    "%31%32%37.0.0.1",
    "127.0.0.1%2e",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "[::127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::10.0.0.1]",
    "[64:ff9b:1::8.8.8.8]",
    "[2002:7f00:1::1]",
    "[2002:a00:1::]",
    "[2001:0:7f00:1::80ff:fffe]",
    "[2a00:1:2:3:0:5efe:7f00:1]",
    "[2a00:1:2:3:200:5efe:a00:1]",
    "[fe80::1]",
    "[fec0::1]",
    "[fc00::1]",
    "[fd12:3456::1]",
    "[ff02::1]",
    "[fd00:ec2::254]",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "198.18.0.1",
    "198.19.255.255",
    "169.254.1.1",
    "169.254.169.254",
    "0xa9fea9fe",
    "192.0.0.192",
    "168.63.129.16",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
];

const INNER_NAMES: &[&str] = &[
    "localhost",
    "LOCALHOST",
    "localhost.",
    "localhost..",
    "foo.localhost",
    "foo.LocalHost.",
    "ｌｏｃａｌｈｏｓｔ",
    "ⓛocalhost",
    "loc%61lhost",
    "localhost。",
    "localhost.localdomain",
    "localhost6",
    "printer.local",
    "metadata.google.internal",
    "metadata.google.internal.",
    "router.home.arpa",
];

#[test]
fn every_spelling_of_an_inner_host_is_refused() {
    for host in INNER {
        for url in
            [format!("http://{host}/"), format!("https://{host}:8443/x?y"), format!("http:\\\\{host}\\")]
        {
            check(&settings(None), &[(&url, BLOCKED)]);
            check(&settings(Some(false)), &[(&url, BLOCKED)]);
            check(&settings(Some(true)), &[(&url, "ok")]);
        }
    }
    for host in INNER_NAMES {
        let url = format!("http://{host}:9/");
        check(&settings(None), &[(&url, BLOCKED)]);
        check(&settings(Some(false)), &[(&url, STRICT)]);
    }
    check(&settings(Some(true)), &[("http://./", BLOCKED), ("http://a..b/", BLOCKED)]);
}

#[test]
fn exceptions_of_the_settings_open_one_range() {
    let benchmark = PolicySettings { allow_rfc2544: true, ..settings(None) };
    check(
        &benchmark,
        &[("http://198.18.0.1/", "ok"), ("http://[fd12::1]/", BLOCKED), ("http://10.0.0.1/", BLOCKED)],
    );
    let unique_local = PolicySettings { allow_ipv6_ula: true, ..settings(Some(false)) };
    check(&unique_local, &[("http://[fd12::1]/", "ok"), ("http://198.18.0.1/", BLOCKED)]);
    check(&unique_local, &[("http://[fd00:ec2::254]/", BLOCKED), ("http://[fe80::1]/", BLOCKED)]);
}

#[test]
fn the_own_origin_passes_and_only_that_origin() {
    for private in [None, Some(false)] {
        check(&settings(private), &[("http://127.0.0.1:18793/__openclaw__/canvas/", "ok")]);
        check(&settings(private), &[("http://127.1:18793/", "ok"), ("http://127.0.0.1:18792/", BLOCKED)]);
        check(&settings(private), &[("https://127.0.0.1:18793/", BLOCKED), ("http://[::1]:18793/", BLOCKED)]);
    }
    check(
        &blocking(None, &["127.0.0.1"]),
        &[("http://127.0.0.1:18793/", "ok"), ("http://127.0.0.1/", BLOCKED)],
    );
}

#[test]
fn blocked_wins_over_allowed_in_every_spelling() {
    let both = PolicySettings {
        blocked_hostnames: vec!["10.0.0.5".to_owned(), "BÜCHER.example".to_owned()],
        ..allowing(Some(true), &["10.0.0.5", "*.example"])
    };
    for host in
        ["10.0.0.5", "0xa000005", "[::ffff:10.0.0.5]", "[64:ff9b::10.0.0.5]", "xn--bcher-kva.example."]
    {
        check(&both, &[(&format!("http://{host}/"), BLOCKED)]);
    }
    // A name may resolve to the blocked address, therefore it is no longer let go unseen.
    check(&both, &[("http://a.example/", "resolve a.example"), ("http://10.0.0.6/", "ok")]);
}

fn judge(settings: &PolicySettings, host: &str, addresses: &[&str]) -> Result<(), Refusal> {
    let ips: Vec<IpAddr> = addresses.iter().map(|text| text.parse().expect("an address")).collect();
    policy(settings).addresses(host, &ips)
}

#[test]
fn every_address_of_a_name_must_be_public() {
    for (addresses, expected) in [
        (&["93.184.215.14"][..], None),
        (&["93.184.215.14", "2606:4700::1"], None),
        (&["64:ff9b::93.184.215.14"], None),
        (&["93.184.215.14", "127.0.0.1"], Some(Cause::Address([127, 0, 0, 1].into()))),
        (&["10.0.0.1"], Some(Cause::Address([10, 0, 0, 1].into()))),
        (&["169.254.169.254"], Some(Cause::Address([169, 254, 169, 254].into()))),
        (&[], Some(Cause::NoAddress)),
    ] {
        let host = "example.com".to_owned();
        let expected = expected.map_or(Ok(()), |cause| Err(Refusal::Blocked { host, cause }));
        assert_eq!(judge(&settings(None), "example.com", addresses), expected, "{addresses:?}");
    }
    assert!(judge(&settings(None), "example.com", &["::ffff:127.0.0.1"]).is_err());
}

#[test]
fn addresses_follow_the_name_that_they_belong_to() {
    let (inner, outer) = (&["10.0.0.1"][..], &["93.184.215.14"][..]);
    assert_eq!(judge(&settings(Some(true)), "intranet", inner), Ok(()));
    assert_eq!(judge(&allowing(None, &["intranet"]), "intranet.", inner), Ok(()));
    assert!(judge(&allowing(None, &["intranet"]), "other", inner).is_err());
    assert!(judge(&settings(Some(false)), "example.com", outer).is_err(), "strict names never resolve");
    assert_eq!(judge(&allowing(Some(false), &["example.com"]), "example.com", outer), Ok(()));
    assert!(judge(&settings(None), "localhost", outer).is_err(), "whatever the resolver says");
    assert!(judge(&settings(None), "..", outer).is_err());
    let blocked = blocking(Some(true), &["10.0.0.1"]);
    assert!(judge(&blocked, "intranet", inner).is_err());
    assert!(judge(&blocked, "intranet", &["::ffff:10.0.0.1"]).is_err());
    assert_eq!(judge(&blocked, "intranet", &["10.0.0.2"]), Ok(()));
}

#[test]
fn the_verdict_carries_the_parsed_url() {
    let verdict = policy(&settings(None)).navigation(" HTTPS:\\\\Example.com.\\a b ").expect("a public name");
    let Verdict::Resolve { url, host } = verdict else { panic!("expected a name to resolve: {verdict:?}") };
    assert_eq!((url.as_str(), host.as_str()), ("https://example.com./a%20b", "example.com"));
}

#[test]
fn a_pattern_that_is_no_host_names_its_key() {
    let refused = Policy::new(&blocking(None, &["ok.example", "http://x/"]), Vec::new()).map(drop);
    let text = refused.expect_err("a URL is no host").to_string();
    assert!(text.starts_with("browser.ssrfPolicy.blockedHostnames: \"http://x/\" is not a host"), "{text}");
}

#[test]
fn scripts_can_be_switched_off() {
    let on = policy(&settings(None));
    assert_eq!((on.evaluate(), on.wait_fn()), (Ok(()), Ok(())));
    let off = policy(&PolicySettings { evaluate_enabled: false, ..settings(Some(true)) });
    let end = " is disabled by config (browser.evaluateEnabled=false).\nDocs: /tools/browser/configuration#configuration";
    for (answer, subject) in [(off.evaluate(), "act:evaluate"), (off.wait_fn(), "wait --fn")] {
        let refusal = answer.expect_err("switched off");
        assert_eq!((refusal.to_string(), refusal.reason()), (format!("{subject}{end}"), "evaluate_disabled"));
    }
}
