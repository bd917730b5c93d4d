//! The decisions by spelling: schemes, texts that are no URL, credentials, and the many names of one inner host.
//! Tests only; it knows nothing but the room's public face.
use super::matrix::{BLOCKED, STRICT, check, policy, said, settings};

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
