use spoke_api::{DnsMode, DnsState};
use std::net::IpAddr;

/// Whether `name` is `suffix` or ends with it, at a dot.
#[must_use]
pub fn is_under(name: &str, suffix: &str) -> bool {
    let suffix = suffix.trim_matches('.');
    if suffix.is_empty() {
        return true;
    }
    let Some(start) = name.len().checked_sub(suffix.len()) else {
        return false;
    };
    let ends = name
        .get(start..)
        .is_some_and(|end| end.eq_ignore_ascii_case(suffix));
    ends && (start == 0 || name.as_bytes().get(start - 1) == Some(&b'.'))
}

/// The suffix of the tunnel's under which a name is; the longest of several.
#[must_use]
pub fn suffix_of<'a>(dns: &'a DnsState, name: &str) -> Option<&'a str> {
    let under = dns.suffixes.iter().filter(|suffix| is_under(name, suffix));
    under.max_by_key(|suffix| suffix.len()).map(String::as_str)
}

/// Whether programs that ask for a name are answered by the tunnel's servers.
#[must_use]
pub fn asked_inside(dns: Option<&DnsState>, name: &str) -> bool {
    dns.is_some_and(|dns| match dns.mode {
        DnsMode::Full => true,
        DnsMode::Split => suffix_of(dns, name).is_some(),
    })
}

/// The suffix to add so that a name is asked inside: what it is under, unless that is a
/// whole top-level domain.
#[must_use]
pub(crate) fn suffix_for(name: &str) -> &str {
    match name.split_once('.') {
        Some((_, parent)) if parent.contains('.') => parent,
        _ => name,
    }
}

/// The names to ask the tunnel's servers for: a name of one label is tried under each
/// suffix, as programs do.
#[must_use]
pub fn full_names(dns: &DnsState, name: &str) -> Vec<String> {
    if name.contains('.') || dns.suffixes.is_empty() {
        return vec![name.to_owned()];
    }
    let under = |suffix: &String| format!("{name}.{}", suffix.trim_matches('.'));
    dns.suffixes.iter().map(under).collect()
}

/// Whether an address belongs to no public network (RFC 1918, RFC 4193, RFC 6598).
#[must_use]
pub fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(ip) => {
            let shared = ip.octets()[0] == 100 && ip.octets()[1] & 0xc0 == 64;
            ip.is_private() || shared
        }
        IpAddr::V6(ip) => match ip.to_ipv4_mapped() {
            Some(mapped) => is_private(mapped.into()),
            None => ip.segments()[0] & 0xfe00 == 0xfc00,
        },
    }
}

/// A name as one types it in a shell.
#[must_use]
pub fn shell(name: &str) -> String {
    let plain = name
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | '+' | '/'));
    if plain && !name.is_empty() && !name.starts_with('-') {
        name.to_owned()
    } else {
        format!("'{}'", name.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(suffixes: &[&str]) -> DnsState {
        DnsState {
            mode: DnsMode::Split,
            servers: Vec::new(),
            suffixes: suffixes.iter().map(|one| (*one).to_owned()).collect(),
            manager: String::new(),
        }
    }

    #[test]
    fn names_are_under_suffixes_at_dots_only() {
        for (name, suffix, under) in [
            ("db.contoso.internal", "contoso.internal", true),
            ("db.contoso.internal", ".Contoso.Internal", true),
            ("contoso.internal", "contoso.internal", true),
            ("notcontoso.internal", "contoso.internal", false),
            ("internal", "contoso.internal", false),
            ("anything", ".", true),
        ] {
            assert_eq!(is_under(name, suffix), under, "{name} {suffix}");
        }
    }

    #[test]
    fn the_longest_suffix_counts_and_one_label_is_tried_under_each() {
        let dns = split(&["internal", "contoso.internal"]);
        assert_eq!(
            suffix_of(&dns, "a.contoso.internal"),
            Some("contoso.internal")
        );
        assert!(asked_inside(Some(&dns), "b.internal"));
        assert!(!asked_inside(Some(&dns), "example.com") && !asked_inside(None, "a"));
        assert_eq!(
            full_names(&dns, "wiki"),
            ["wiki.internal", "wiki.contoso.internal"]
        );
        assert_eq!(full_names(&dns, "a.b"), ["a.b"]);
    }

    #[test]
    fn no_top_level_domain_is_ever_proposed() {
        for (name, suffix) in [
            (
                "db1.privatelink.database.windows.net",
                "privatelink.database.windows.net",
            ),
            ("wiki.contoso.com", "contoso.com"),
            ("contoso.com", "contoso.com"),
            ("wiki", "wiki"),
        ] {
            assert_eq!(suffix_for(name), suffix);
        }
    }

    #[test]
    fn private_addresses_are_told() {
        for (address, private) in [
            ("10.20.4.7", true),
            ("172.16.0.1", true),
            ("192.168.1.1", true),
            ("100.64.0.1", true),
            ("100.128.0.1", false),
            ("20.61.10.4", false),
            ("fd12::1", true),
            ("::ffff:10.0.0.1", true),
            ("2603::1", false),
        ] {
            assert_eq!(is_private(address.parse().unwrap()), private, "{address}");
        }
    }

    #[test]
    fn names_can_be_typed() {
        assert_eq!(shell("contoso-hub"), "contoso-hub");
        assert_eq!(shell("Contoso Hub"), "'Contoso Hub'");
        assert_eq!(shell("it's"), r"'it'\''s'");
        assert_eq!(shell("-x"), "'-x'");
    }
}
