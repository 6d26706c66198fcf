//! Which network addresses a hook may be called at.
//!
//! A hook's URL may come from someone who is not the operator, and a name may resolve to anything. So every address a name
//! resolves to is judged here, right before the connection to that very address is made.
//!
//! **Invariant:** an address that serves cloud credentials is refused whatever the hook may do, in every spelling that carries
//! an IPv4 address inside an IPv6 one.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Why an address is not called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It serves a cloud machine's credentials.
    #[error("it is a cloud metadata address, which no hook may be")]
    Metadata,
    /// It is private, loopback, link-local or shared, and the hook may not be.
    #[error("it is in a private network, and this hook may not be (`private_network`)")]
    Private,
    /// It is nobody's: unspecified, multicast, broadcast, documentation, reserved.
    #[error("it is not an address anyone can be called at")]
    Reserved,
}

/// Whether a hook may be called at `address`; `private_network` is the hook's own permission.
pub fn check(address: IpAddr, private_network: bool) -> Result<(), Refusal> {
    match class(address) {
        Class::Public => Ok(()),
        Class::Private if private_network => Ok(()),
        Class::Private => Err(Refusal::Private),
        Class::Metadata => Err(Refusal::Metadata),
        Class::Reserved => Err(Refusal::Reserved),
    }
}

/// From harmless to never: of several that one address carries, the greatest counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    Public,
    Private,
    Reserved,
    Metadata,
}

fn class(address: IpAddr) -> Class {
    match address {
        IpAddr::V4(address) => class_v4(address),
        IpAddr::V6(address) => class_v6(address),
    }
}

#[expect(
    clippy::match_same_arms,
    reason = "a table: each row has its own comment"
)]
fn class_v4(address: Ipv4Addr) -> Class {
    match address.octets() {
        // AWS, Google, Azure, Oracle, DigitalOcean and their relatives; AWS containers; Tencent; Scaleway.
        [169, 254, 169 | 170, _] | [169, 254, 0, 23] | [169, 254, 42, 42] => Class::Metadata,
        // Alibaba; Oracle Classic; Azure's wire server.
        [100, 100, 100, 200] | [192, 0, 0, 192] | [168, 63, 129, 16] => Class::Metadata,
        // Private, loopback, link-local, shared (carrier-grade NAT).
        [10 | 127, ..] | [172, 16..=31, ..] | [192, 168, ..] | [169, 254, ..] => Class::Private,
        [100, 64..=127, ..] => Class::Private,
        // "This network", protocol assignments, documentation, the old 6to4 relay, benchmarking.
        [0, ..] | [192, 0, 0 | 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => Class::Reserved,
        [192, 88, 99, _] | [198, 18..=19, ..] => Class::Reserved,
        // Multicast, reserved, broadcast.
        [224..=255, ..] => Class::Reserved,
        _ => Class::Public,
    }
}

#[expect(
    clippy::match_same_arms,
    reason = "a table: each row has its own comment"
)]
fn class_v6(address: Ipv6Addr) -> Class {
    let own = match address.segments() {
        // AWS (metadata, container credentials), Google, Scaleway, and 169.254.169.254 as a link-local address.
        [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254 | 0x23]
        | [0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254]
        | [0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42]
        | [0xfe80, _, _, _, 0, 0, 0xa9fe, 0xa9fe] => Class::Metadata,
        [0, 0, 0, 0, 0, 0, 0, 1] => Class::Private,
        [0, 0, 0, 0, 0, 0, 0, 0] => Class::Reserved,
        // What carries an IPv4 address is as good as that address, below.
        [0, 0, 0, 0, 0, 0xffff | 0, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => Class::Public,
        // A network's own NAT64.
        [0x64, 0xff9b, 1, ..] => Class::Private,
        // Link-local, the old site-local, unique local.
        [0xfe80..=0xfeff | 0xfc00..=0xfdff, ..] => Class::Private,
        // Teredo is judged by what it carries; the rest of 2001::/23 is for protocols, not for hosts.
        [0x2001, 0, ..] => Class::Public,
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Class::Reserved,
        [0x2000..=0x3fff, ..] => Class::Public,
        // Multicast, discard-only, segment routing, and whatever nobody was given yet.
        _ => Class::Reserved,
    };
    embedded(address).map(class_v4).fold(own, Class::max)
}

/// The IPv4 addresses that an IPv6 address may lead to.
#[expect(
    clippy::match_same_arms,
    reason = "a table: each row has its own comment"
)]
fn embedded(address: Ipv6Addr) -> impl Iterator<Item = Ipv4Addr> {
    let octets = address.octets();
    let at = |place: usize| {
        Ipv4Addr::new(
            octets[place],
            octets[place + 1],
            octets[place + 2],
            octets[place + 3],
        )
    };
    let last = at(12);
    let found = match address.segments() {
        // Unspecified and loopback are IPv6's own.
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => [None, None],
        // IPv4-mapped, IPv4-compatible, NAT64.
        [0, 0, 0, 0, 0, 0xffff | 0, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => [Some(last), None],
        // A network's own NAT64: as /96, and as /48, where octet 8 is skipped (RFC 6052).
        [0x64, 0xff9b, 1, ..] => {
            let split = Ipv4Addr::new(octets[6], octets[7], octets[9], octets[10]);
            [
                Some(last).filter(|address| !address.is_unspecified()),
                Some(split).filter(|address| !address.is_unspecified()),
            ]
        }
        // 6to4.
        [0x2002, ..] => [Some(at(2)), None],
        // Teredo: the server, and the client with every bit turned.
        [0x2001, 0, ..] => [Some(at(4)), Some(Ipv4Addr::from_bits(!last.to_bits()))],
        // ISATAP.
        [_, _, _, _, 0 | 0x200, 0x5efe, ..] => [Some(last), None],
        _ => [None, None],
    };
    found.into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::{Refusal, check};

    fn judge(address: &str) -> (Result<(), Refusal>, Result<(), Refusal>) {
        let address = address.parse().unwrap();
        (check(address, false), check(address, true))
    }

    #[test]
    fn cloud_metadata_is_never_called_in_any_spelling() {
        for address in [
            "169.254.169.254",
            "169.254.169.253",
            "169.254.169.123",
            "169.254.170.2",
            "169.254.170.23",
            "169.254.0.23",
            "169.254.42.42",
            "100.100.100.200",
            "192.0.0.192",
            "168.63.129.16",
            "fd00:ec2::254",
            "fd00:ec2::23",
            "fd20:ce::254",
            "fd00:42::42",
            "fe80::a9fe:a9fe",
            "::ffff:169.254.169.254",
            "::ffff:a9fe:a9fe",
            "::169.254.169.254",
            "64:ff9b::169.254.169.254",
            "64:ff9b:1::169.254.169.254",
            "64:ff9b:1:a9fe:a9:fe00::",
            "2002:a9fe:a9fe::1",
            "2001:0:a9fe:a9fe::1",
            "2001:0:4136:e378:8000:63bf:5601:5601",
            "2600:1f18::5efe:a9fe:a9fe",
            "::ffff:100.100.100.200",
        ] {
            let never = Err(Refusal::Metadata);
            assert_eq!(judge(address), (never, never), "{address}");
        }
    }

    #[test]
    fn private_networks_need_permission() {
        for address in [
            "127.0.0.1",
            "127.255.255.255",
            "10.0.0.0",
            "10.255.255.255",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.0.1",
            "169.254.1.1",
            "100.64.0.1",
            "100.127.255.255",
            "::1",
            "fe80::1",
            "febf::1",
            "fec0::1",
            "fc00::1",
            "fdff::1",
            "::ffff:127.0.0.1",
            "::ffff:10.1.2.3",
            "::127.0.0.1",
            "64:ff9b::10.0.0.1",
            "64:ff9b:1::8.8.8.8",
            "2002:7f00:1::1",
            "2002:c0a8:101::1",
        ] {
            assert_eq!(judge(address), (Err(Refusal::Private), Ok(())), "{address}");
        }
    }

    #[test]
    fn addresses_that_are_nobodys_are_never_called() {
        for address in [
            "0.0.0.0",
            "0.1.2.3",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "ff02::1",
            "ff0e::1",
            "100::1",
            "2001:db8::1",
            "2001:2::1",
            "2001:10::1",
            "2001:20::1",
            "3fff::1",
            "5f00::1",
            "4000::1",
            "::ffff:0.0.0.0",
            "::ffff:255.255.255.255",
            "64:ff9b::224.0.0.1",
            "2002:e000:1::1",
        ] {
            let never = Err(Refusal::Reserved);
            assert_eq!(judge(address), (never, never), "{address}");
        }
    }

    #[test]
    fn the_internet_is_called() {
        for address in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.1",
            "169.253.255.255",
            "169.255.0.1",
            "172.15.255.255",
            "172.32.0.1",
            "192.0.1.1",
            "192.167.255.255",
            "192.169.0.1",
            "198.17.255.255",
            "198.20.0.1",
            "223.255.255.255",
            "2001:4860:4860::8888",
            "2606:4700::1111",
            "2a00:1450::1",
            "3ffe::1",
            "::ffff:1.1.1.1",
            "64:ff9b::1.1.1.1",
            "2002:101:101::1",
        ] {
            assert_eq!(judge(address), (Ok(()), Ok(())), "{address}");
        }
    }

    proptest! {
        #[test]
        fn a_carried_address_is_never_easier_to_reach_than_itself(bits in any::<u32>(), private in any::<bool>()) {
            let plain = std::net::Ipv4Addr::from_bits(bits);
            for spelling in [format!("::ffff:{plain}"), format!("64:ff9b::{plain}"), format!("64:ff9b:1::{plain}")] {
                let carried = check(spelling.parse().unwrap(), private);
                assert!(carried.is_err() || check(plain.into(), private).is_ok() || plain.is_unspecified(), "{spelling}");
            }
        }
    }
}
