use super::seen::Names;
use std::net::IpAddr;

/// Whether a certificate with these names is one for `wanted`, a DNS name or an address.
pub(super) fn is_for(names: &Names, wanted: &str) -> bool {
    if let Ok(address) = wanted.parse::<IpAddr>() {
        return names.addresses.contains(&address) || names.common_name.as_deref() == Some(wanted);
    }
    let mut patterns = names.dns.iter().chain(&names.common_name);
    patterns.any(|pattern| covers(pattern, wanted))
}

/// Exact, or `*.` for one whole label on the left (RFC 6125, 6.4.3), with at least two labels behind it.
fn covers(pattern: &str, wanted: &str) -> bool {
    let wanted = wanted.strip_suffix('.').unwrap_or(wanted);
    if wanted.is_empty() {
        return false;
    }
    match pattern.strip_prefix("*.") {
        None => pattern.eq_ignore_ascii_case(wanted),
        Some(zone) => wanted.split_once('.').is_some_and(|(label, rest)| {
            !label.is_empty() && zone.contains('.') && rest.eq_ignore_ascii_case(zone)
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_cover_one_label_and_nothing_more() {
        assert!(covers("vpn.example.com", "VPN.example.com"));
        assert!(covers("vpn.example.com", "vpn.example.com."));
        assert!(covers("*.example.com", "vpn.example.com"));
        assert!(!covers("*.example.com", "a.b.example.com"));
        assert!(!covers("*.example.com", "example.com"));
        assert!(!covers("*.example.com", ".example.com"));
        assert!(!covers("*.com", "example.com"));
        assert!(!covers("*", "localhost"));
        assert!(!covers("v*.example.com", "vpn.example.com"));
        assert!(!covers("vpn.example.com", "*.example.com"));
        assert!(!covers("", ""));
    }
}
