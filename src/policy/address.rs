//! Which IP addresses are public, after IANA's special-purpose registries (RFC 6890 and its updates).
//! It must not know names or URLs. The standard library's `is_global` is unstable, therefore this table.
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Ranges that the settings declare public although the registries do not.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Exceptions {
    /// 198.18.0.0/15.
    pub(super) rfc2544: bool,
    /// fc00::/7.
    pub(super) ipv6_ula: bool,
}

/// IPv4 ranges that are not public: first address and prefix length.
const NOT_PUBLIC_V4: &[(Ipv4Addr, u32)] = &[
    (Ipv4Addr::new(0, 0, 0, 0), 8), // "this network"; Linux connects 0.0.0.0 to loopback
    (Ipv4Addr::new(10, 0, 0, 0), 8), // private
    (Ipv4Addr::new(100, 64, 0, 0), 10), // carrier-grade NAT; holds 100.100.100.200 (metadata)
    (Ipv4Addr::new(127, 0, 0, 0), 8), // loopback
    (Ipv4Addr::new(168, 63, 129, 16), 32), // Azure's metadata and DNS, though the range is public
    (Ipv4Addr::new(169, 254, 0, 0), 16), // link-local; holds 169.254.169.254 (metadata)
    (Ipv4Addr::new(172, 16, 0, 0), 12), // private
    (Ipv4Addr::new(192, 0, 0, 0), 24), // protocol assignments; holds 192.0.0.192 (metadata)
    (Ipv4Addr::new(192, 0, 2, 0), 24), // documentation
    (Ipv4Addr::new(192, 88, 99, 0), 24), // 6to4 relays, withdrawn
    (Ipv4Addr::new(192, 168, 0, 0), 16), // private
    (Ipv4Addr::new(198, 51, 100, 0), 24), // documentation
    (Ipv4Addr::new(203, 0, 113, 0), 24), // documentation
    (Ipv4Addr::new(224, 0, 0, 0), 4), // multicast
    (Ipv4Addr::new(240, 0, 0, 0), 4), // reserved, broadcast
];

/// RFC 2544 benchmarks.
const BENCHMARK: (Ipv4Addr, u32) = (Ipv4Addr::new(198, 18, 0, 0), 15);

/// The only IPv6 range in which public addresses are given out.
const GLOBAL_UNICAST: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// What is not public inside [`GLOBAL_UNICAST`].
const NOT_PUBLIC_V6: &[(Ipv6Addr, u32)] = &[
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23), // protocol assignments: Teredo, benchmarks, ORCHID
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32), // documentation
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16), // 6to4: carries any IPv4 address, withdrawn
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20), // documentation
];

/// Unique local addresses.
const UNIQUE_LOCAL: (Ipv6Addr, u32) = (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7);

/// The /32 in which Amazon answers metadata (fd00:ec2::254), DNS and time: refused even when unique local
/// addresses are allowed.
const METADATA_V6: (Ipv6Addr, u32) = (Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0), 32);

/// Google's metadata server over IPv6 (fd20:ce::254), refused likewise.
const METADATA_GOOGLE_V6: (Ipv6Addr, u32) = (Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254), 128);

/// NAT64's well-known prefix (RFC 6052): behind a DNS64 resolver every IPv4-only site has such an address.
const NAT64: (Ipv6Addr, u32) = (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);

/// Whether an address belongs to the public internet.
pub(super) fn is_public(ip: IpAddr, exceptions: Exceptions) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip, exceptions),
        IpAddr::V6(ip) => match carried_ipv4(ip) {
            Some(inner) => is_public_v4(inner, exceptions),
            None => is_public_v6(ip, exceptions),
        },
    }
}

/// The IPv4 address that a connection to this IPv6 address really reaches (IPv4-mapped, NAT64).
pub(super) fn carried_ipv4(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let [.., a, b, c, d] = ip.octets();
    ip.to_ipv4_mapped().or_else(|| is_in_v6(ip, NAT64).then(|| Ipv4Addr::new(a, b, c, d)))
}

fn is_public_v4(ip: Ipv4Addr, exceptions: Exceptions) -> bool {
    if is_in_v4(ip, BENCHMARK) {
        return exceptions.rfc2544;
    }
    !NOT_PUBLIC_V4.iter().any(|range| is_in_v4(ip, *range))
}

fn is_public_v6(ip: Ipv6Addr, exceptions: Exceptions) -> bool {
    if is_in_v6(ip, UNIQUE_LOCAL) {
        return exceptions.ipv6_ula && !is_in_v6(ip, METADATA_V6) && !is_in_v6(ip, METADATA_GOOGLE_V6);
    }
    is_in_v6(ip, GLOBAL_UNICAST) && !is_isatap(ip) && !NOT_PUBLIC_V6.iter().any(|range| is_in_v6(ip, *range))
}

/// ISATAP (RFC 5214) hides an IPv4 address behind the interface id `[02]00:5efe`, under any prefix.
fn is_isatap(ip: Ipv6Addr) -> bool {
    let [.., high, low, _, _] = ip.segments();
    high & !0x0200 == 0 && low == 0x5efe
}

fn is_in_v4(ip: Ipv4Addr, (first, prefix): (Ipv4Addr, u32)) -> bool {
    (ip.to_bits() ^ first.to_bits()).leading_zeros() >= prefix
}

fn is_in_v6(ip: Ipv6Addr, (first, prefix): (Ipv6Addr, u32)) -> bool {
    (ip.to_bits() ^ first.to_bits()).leading_zeros() >= prefix
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Exceptions = Exceptions { rfc2544: false, ipv6_ula: false };
    const BOTH: Exceptions = Exceptions { rfc2544: true, ipv6_ula: true };

    #[track_caller]
    fn check(exceptions: Exceptions, expected: bool, addresses: &[&str]) {
        for text in addresses {
            let ip = text.parse().expect("the table holds addresses");
            assert_eq!(is_public(ip, exceptions), expected, "{text} with {exceptions:?}");
        }
    }

    #[test]
    fn public_addresses() {
        check(
            NONE,
            true,
            &["1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0"],
        );
        check(NONE, true, &["126.255.255.255", "128.0.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0"]);
        check(NONE, true, &["198.17.255.255", "198.20.0.0", "223.255.255.255", "168.63.129.15"]);
        check(NONE, true, &["2606:4700:4700::1111", "2001:4860:4860::8888", "2620:0:2d0:200::7", "2a00::1"]);
        check(NONE, true, &["64:ff9b::8.8.8.8", "::ffff:8.8.8.8"]);
    }

    #[test]
    fn addresses_of_this_machine_or_network() {
        check(BOTH, false, &["0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1"]);
        check(BOTH, false, &["127.255.255.255", "169.254.169.254", "172.16.0.1", "172.31.255.255"]);
        check(BOTH, false, &["192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.1.1", "168.63.129.16"]);
        check(BOTH, false, &["198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1"]);
        check(BOTH, false, &["255.255.255.255", "::", "::1", "fe80::1", "fec0::1", "ff02::1", "100::1"]);
        check(BOTH, false, &["fd00:ec2::254", "fd00:ec2::253", "fd20:ce::254", "4000::1", "5f00::1"]);
    }

    #[test]
    fn ipv4_inside_ipv6() {
        let mapped = ["::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1"];
        let nat64 = ["64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::10.0.0.1", "64:ff9b:1::8.8.8.8"];
        let tunnels = ["2002:7f00:1::", "2002:808:808::1", "2001:0:53aa:64c::1", "2001::1", "2001:2::1"];
        let isatap = ["2a00:1:2:3:0:5efe:7f00:1", "2a00:1:2:3:200:5efe:808:808", "fe80::5efe:10.0.0.1"];
        for table in [&mapped[..], &nat64, &tunnels, &isatap] {
            check(BOTH, false, table);
        }
        check(BOTH, false, &["2001:db8::1", "3fff::1", "3fff:fff::1"]);
    }

    #[test]
    fn exceptions_open_their_range_only() {
        let (benchmark, local) =
            (["198.18.0.1", "198.19.255.255", "::ffff:198.18.0.1"], ["fc00::1", "fd12::1"]);
        check(NONE, false, &benchmark);
        check(NONE, false, &local);
        check(BOTH, true, &benchmark);
        check(BOTH, true, &local);
        check(Exceptions { rfc2544: true, ipv6_ula: false }, false, &local);
        check(Exceptions { rfc2544: false, ipv6_ula: true }, false, &benchmark);
    }
}
