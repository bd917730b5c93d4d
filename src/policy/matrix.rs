//! The decisions as tables: the contract's matrix, lists, exceptions, addresses, scripts.
//! Tests only; it knows nothing but the room's public face.
use std::net::IpAddr;

use url::Url;

use super::{Cause, Policy, PolicySettings, Refusal, Verdict};

pub(super) const BLOCKED: &str = "browser navigation blocked by policy";
pub(super) const STRICT: &str = "Navigation blocked: strict browser SSRF policy requires an IP-literal URL because browser DNS rebinding \
     protections are unavailable for hostname-based navigation";

pub(super) fn settings(private: Option<bool>) -> PolicySettings {
    PolicySettings { allow_private_network: private, ..PolicySettings::default() }
}

fn allowing(private: Option<bool>, hosts: &[&str]) -> PolicySettings {
    PolicySettings { allowed_hostnames: hosts.iter().map(ToString::to_string).collect(), ..settings(private) }
}

fn blocking(private: Option<bool>, hosts: &[&str]) -> PolicySettings {
    PolicySettings { blocked_hostnames: hosts.iter().map(ToString::to_string).collect(), ..settings(private) }
}

pub(super) fn policy(settings: &PolicySettings) -> Policy {
    let own = Url::parse("http://127.0.0.1:18793").expect("a URL").origin();
    Policy::new(settings, vec![own]).expect("the patterns are hosts")
}

/// `ok`, `resolve <host>`, or the refusal's text.
pub(super) fn said(verdict: Result<Verdict, Refusal>) -> String {
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
pub(super) fn check(settings: &PolicySettings, rows: &[(&str, &str)]) {
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
