//! Numbers and names as people read them.

pub(crate) use spoke_diagnose::shell;

/// `2 h 14 m`, `3 m 5 s`, `12 s`.
#[must_use]
pub(crate) fn duration(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} m {} s", seconds % 60),
        (0, ..) => format!("{hours} h {minutes} m"),
        _ => format!("{days} d {hours} h"),
    }
}

/// `0.21 s`.
#[must_use]
pub(crate) fn seconds(milliseconds: u64) -> String {
    let hundredths = (milliseconds + 5) / 10;
    format!("{}.{:02} s", hundredths / 100, hundredths % 100)
}

/// `412 MB`, `1.2 MB`: three figures at most, units of 1000.
#[must_use]
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if count < 1000 {
        return format!("{count} B");
    }
    let mut tenths = count / 100;
    let mut unit = UNITS[0];
    for bigger in &UNITS[1..] {
        if tenths < 10_000 {
            break;
        }
        tenths /= 1000;
        unit = bigger;
    }
    if tenths < 100 {
        format!("{}.{} {unit}", tenths / 10, tenths % 10)
    } else {
        format!("{} {unit}", tenths / 10)
    }
}

/// A host name short enough for a line: Azure's first labels have sixty characters.
#[must_use]
pub(crate) fn host(name: &str) -> String {
    match name.split_once('.') {
        Some((label, rest)) if label.chars().count() > LABEL => {
            let start: String = label.chars().take(LABEL_START).collect();
            format!("{start}…{rest}")
        }
        _ => name.to_owned(),
    }
}

/// Only the start of a host name, where the rest is known from elsewhere.
#[must_use]
pub(crate) fn host_start(name: &str) -> String {
    let label = name.split('.').next().unwrap_or(name);
    if label.chars().count() > LABEL {
        let start: String = label.chars().take(LABEL_START).collect();
        return format!("{start}…");
    }
    name.to_owned()
}

const LABEL: usize = 24;
const LABEL_START: usize = 15;

/// `9f3c…` for an identifier of the GUID kind, other texts whole.
#[must_use]
pub(crate) fn identifier(text: &str) -> String {
    let guid = text.len() == 36 && text.bytes().filter(|byte| *byte == b'-').count() == 4;
    match text.get(..4) {
        Some(start) if guid => format!("{start}…"),
        _ => text.to_owned(),
    }
}

/// `1 route`, `2 routes`.
#[must_use]
pub(crate) fn count(number: usize, one: &str) -> String {
    if number == 1 {
        format!("1 {one}")
    } else {
        format!("{number} {one}s")
    }
}

/// The text as a sentence: with a capital at its start and a stop at its end.
#[must_use]
pub(crate) fn sentence(text: &str) -> String {
    let mut letters = text.trim().chars();
    let Some(first) = letters.next() else {
        return String::new();
    };
    // What begins with a code word (`dns.suffixes`, a host name) is left as it is.
    let word = text.split_whitespace().next().unwrap_or_default();
    let plain = word
        .chars()
        .all(|c| c.is_alphabetic() || c == '’' || c == '\'' || c == ',');
    let mut sentence = String::with_capacity(text.len() + 1);
    if plain {
        sentence.extend(first.to_uppercase());
    } else {
        sentence.push(first);
    }
    sentence.push_str(letters.as_str());
    if !sentence.ends_with(['.', '!', '?', ':']) {
        sentence.push('.');
    }
    sentence
}

/// Reads `60s`, `15m`, `2h`, `500ms`, `1d`; a bare number means seconds.
///
/// # Errors
/// A sentence that says what was needed.
pub(crate) fn parse_duration(text: &str) -> Result<std::time::Duration, String> {
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let milliseconds: u64 = match unit {
        "ms" => 1,
        "" | "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => 0,
    };
    number
        .parse::<u64>()
        .ok()
        .filter(|_| milliseconds != 0)
        .and_then(|number| number.checked_mul(milliseconds))
        .map(std::time::Duration::from_millis)
        .ok_or_else(|| format!("{text:?} is no length of time; write 60s, 15m or 2h"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn lengths_of_time_read_well() {
        assert_eq!(duration(12), "12 s");
        assert_eq!(duration(185), "3 m 5 s");
        assert_eq!(duration(8040), "2 h 14 m");
        assert_eq!(duration(90_000), "1 d 1 h");
        assert_eq!(seconds(214), "0.21 s");
        assert_eq!(seconds(12_996), "13.00 s");
    }

    #[test]
    fn byte_counts_have_three_figures_at_most() {
        assert_eq!(bytes(0), "0 B");
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(1200), "1.2 kB");
        assert_eq!(bytes(99_999), "99 kB");
        assert_eq!(bytes(412_000_000), "412 MB");
        assert_eq!(bytes(u64::MAX), "18446 PB");
    }

    #[test]
    fn names_are_shortened_only_when_long() {
        assert_eq!(
            host("azuregateway-1c2d3e4f-0000-0000-0000-000000000000-0123456789ab.vpn.azure.com"),
            "azuregateway-1c…vpn.azure.com"
        );
        assert_eq!(host("gateway.lab.test"), "gateway.lab.test");
        assert_eq!(host_start("gateway.lab.test"), "gateway.lab.test");
        assert_eq!(identifier("9f3c0000-0000-0000-0000-000000000000"), "9f3c…");
        assert_eq!(identifier("contoso.com"), "contoso.com");
    }

    #[test]
    fn sentences_begin_and_end_as_such() {
        assert_eq!(sentence("the gateway is gone"), "The gateway is gone.");
        assert_eq!(sentence("Nobody is here."), "Nobody is here.");
        assert_eq!(
            sentence("dns.suffixes cannot be taken"),
            "dns.suffixes cannot be taken."
        );
        assert_eq!(sentence(""), "");
    }

    #[test]
    fn lengths_of_time_are_read() {
        assert_eq!(parse_duration("90"), Ok(Duration::from_secs(90)));
        assert_eq!(parse_duration("15m"), Ok(Duration::from_secs(900)));
        assert_eq!(parse_duration("500ms"), Ok(Duration::from_millis(500)));
        for bad in [
            "",
            "m",
            "5 m",
            "-1s",
            "99999999999999999999d",
            "18446744073709551615d",
        ] {
            assert!(parse_duration(bad).is_err(), "{bad}");
        }
    }
}
