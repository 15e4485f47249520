//! The fields of [`Protocol`] as texts: for `spoke profile set`, for the check of
//! profiles made by hand, and to say in which of them two profiles differ.

use crate::error::Refusal;
use crate::limits;
use crate::protocol::{
    DataCipher, FilterAction, Framing, MssFix, Protocol, PullFilter, RedirectGateway, Timers,
    TlsVersion,
};
use crate::rules::{self, quoted};
use crate::wrapping::Digest;
use std::str::FromStr;

/// The keys, in the order in which they are shown.
pub(crate) const PROTOCOL_KEYS: [&str; 27] = [
    "data-ciphers",
    "data-ciphers-fallback",
    "digest",
    "tls-version-min",
    "tls-version-max",
    "tls-cipher",
    "compression",
    "mssfix",
    "pull-filter",
    "route-nopull",
    "redirect-gateway",
    "block-ipv6",
    "remote-random",
    "remote-random-hostname",
    "peer-info",
    "compat",
    "reneg-sec",
    "reneg-bytes",
    "hand-window",
    "tran-window",
    "ping",
    "ping-restart",
    "ping-exit",
    "inactive",
    "session-timeout",
    "explicit-exit-notify",
    "connect-timeout",
];

type Timer = (&'static str, fn(&mut Timers) -> &mut Option<u32>);

/// The timers that are a plain number of seconds (or of times).
const TIMERS: [Timer; 9] = [
    ("reneg-sec", |timers| &mut timers.reneg_sec),
    ("hand-window", |timers| &mut timers.hand_window),
    ("tran-window", |timers| &mut timers.tran_window),
    ("ping", |timers| &mut timers.ping),
    ("ping-restart", |timers| &mut timers.ping_restart),
    ("ping-exit", |timers| &mut timers.ping_exit),
    ("session-timeout", |timers| &mut timers.session_timeout),
    ("explicit-exit-notify", |timers| {
        &mut timers.explicit_exit_notify
    }),
    ("connect-timeout", |timers| &mut timers.connect_timeout),
];

/// The longest that any timer may be set to: a year, in seconds.
const LONGEST: u32 = 366 * 24 * 3600;

impl Protocol {
    /// The value of a key of `spoke profile set` as it could be set again, lists with
    /// commas; `None` for a key of something else.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<String> {
        self.texts(key).map(|texts| texts.join(","))
    }

    /// The keys whose values are not the usual ones.
    #[must_use]
    pub fn changed_keys(&self) -> Vec<&'static str> {
        let usual = Self::default();
        let changed = |key: &&str| self.texts(key) != usual.texts(key);
        PROTOCOL_KEYS.into_iter().filter(changed).collect()
    }

    /// The value of a key, one text for each entry of a list.
    pub(crate) fn texts(&self, key: &str) -> Option<Vec<String>> {
        fn one<T: ToString>(value: Option<T>) -> Vec<String> {
            value.map(|value| value.to_string()).into_iter().collect()
        }
        fn all<T: ToString>(values: &[T]) -> Vec<String> {
            values.iter().map(ToString::to_string).collect()
        }
        if let Some((_, timer)) = TIMERS.iter().find(|(name, _)| *name == key) {
            return Some(one(*timer(&mut { self.timers })));
        }
        Some(match key {
            "data-ciphers" => all(&self.data_ciphers),
            "data-ciphers-fallback" => one(self.fallback_cipher),
            "digest" => one(Some(self.digest)),
            "tls-version-min" => one(self.tls.min),
            "tls-version-max" => one(self.tls.max),
            "tls-cipher" => self.tls.cipher_suites.clone(),
            "compression" => one(Some(self.framing)),
            "mssfix" => vec![mss_text(self.mss)],
            "pull-filter" => all(&self.pull_filters),
            "route-nopull" => one(Some(self.route_nopull)),
            "redirect-gateway" => one(self.redirect_gateway.map(redirect_text)),
            "block-ipv6" => one(Some(self.block_ipv6)),
            "remote-random" => one(Some(self.random_order)),
            "remote-random-hostname" => one(Some(self.random_host_name)),
            "peer-info" => self.peer_info.iter().map(variable_text).collect(),
            "compat" => one(Some(self.compat)),
            "reneg-bytes" => one(self.timers.reneg_bytes),
            "inactive" => one(self.timers.inactive.map(inactive_text)),
            _ => return None,
        })
    }

    /// Takes the value of a key, one text for each entry of a list.
    pub(crate) fn take(&mut self, key: &str, texts: &[String]) -> Result<(), Refusal> {
        let first = texts.first().map(|text| text.trim()).unwrap_or_default();
        if let Some((_, timer)) = TIMERS.iter().find(|(name, _)| *name == key) {
            *timer(&mut self.timers) = optional(first, seconds)?;
            return Ok(());
        }
        match key {
            "data-ciphers" => self.data_ciphers = ciphers(texts)?,
            "data-ciphers-fallback" => self.fallback_cipher = optional(first, cipher)?,
            "digest" => self.digest = digest(first)?,
            "tls-version-min" => self.tls.min = optional(first, tls_version)?,
            "tls-version-max" => self.tls.max = optional(first, tls_version)?,
            "tls-cipher" => self.tls.cipher_suites = each(texts, word)?,
            "compression" => self.framing = one_of(first, Framing::ALL, Framing::name)?,
            "mssfix" => self.mss = mss(first)?,
            "pull-filter" => self.pull_filters = each(texts, pull_filter)?,
            "route-nopull" => self.route_nopull = rules::flag(first)?,
            "redirect-gateway" => self.redirect_gateway = optional(first, redirect)?,
            "block-ipv6" => self.block_ipv6 = rules::flag(first)?,
            "remote-random" => self.random_order = rules::flag(first)?,
            "remote-random-hostname" => self.random_host_name = rules::flag(first)?,
            "peer-info" => self.peer_info = each(texts, variable)?,
            "compat" => {
                use crate::protocol::Compat;
                self.compat = one_of(first, Compat::ALL, Compat::name)?;
            }
            "reneg-bytes" => self.timers.reneg_bytes = optional(first, number)?,
            "inactive" => self.timers.inactive = optional(first, inactive)?,
            _ => {}
        }
        if let (Some(min), Some(max)) = (self.tls.min, self.tls.max)
            && min > max
        {
            return Err(Refusal::invalid(
                format!("The lowest version of TLS ({min}) is above the highest ({max})."),
                "Raise tls-version-max, or leave it out.",
            ));
        }
        Ok(())
    }
}

fn optional<T>(
    text: &str,
    rule: impl Fn(&str) -> Result<T, Refusal>,
) -> Result<Option<T>, Refusal> {
    if text.is_empty() {
        return Ok(None);
    }
    rule(text).map(Some)
}

/// A list with each value once.
fn each<T: PartialEq>(
    texts: &[String],
    rule: impl Fn(&str) -> Result<T, Refusal>,
) -> Result<Vec<T>, Refusal> {
    if texts.len() > limits::PROTOCOL_ENTRIES {
        return Err(Refusal::new(
            crate::error::Fault::TooLarge,
            format!(
                "The list has {} entries; at most {} are taken.",
                texts.len(),
                limits::PROTOCOL_ENTRIES
            ),
            "Write fewer.",
        ));
    }
    let mut values = Vec::new();
    for text in texts {
        let value = rule(text.trim())?;
        if !values.contains(&value) {
            values.push(value);
        }
    }
    Ok(values)
}

fn one_of<T: FromStr + Copy>(
    text: &str,
    all: &[T],
    name: fn(T) -> &'static str,
) -> Result<T, Refusal> {
    text.parse().map_err(|_| {
        let names: Vec<_> = all.iter().map(|one| name(*one)).collect();
        Refusal::invalid(
            format!("{} is none of the values.", quoted(text)),
            format!("Write one of: {}.", names.join(", ")),
        )
    })
}

/// A data cipher by its name.
pub(crate) fn cipher(text: &str) -> Result<DataCipher, Refusal> {
    one_of(text, DataCipher::ALL, DataCipher::name)
}

fn ciphers(texts: &[String]) -> Result<Vec<DataCipher>, Refusal> {
    let ciphers = each(texts, cipher)?;
    if ciphers.is_empty() {
        return Err(Refusal::invalid(
            "No data cipher would be left.",
            "Write at least one, such as AES-256-GCM.",
        ));
    }
    Ok(ciphers)
}

/// A digest by its name.
pub(crate) fn digest(text: &str) -> Result<Digest, Refusal> {
    one_of(text, &Digest::ALL, Digest::name)
}

/// A version of TLS.
pub(crate) fn tls_version(text: &str) -> Result<TlsVersion, Refusal> {
    one_of(text, TlsVersion::ALL, TlsVersion::name)
}

/// A number of seconds, up to a year.
pub(crate) fn seconds(text: &str) -> Result<u32, Refusal> {
    match text.parse() {
        Ok(seconds) if seconds <= LONGEST => Ok(seconds),
        _ => Err(Refusal::invalid(
            format!("{} is no number from 0 to {LONGEST}.", quoted(text)),
            "Write a number, or nothing for the usual one.",
        )),
    }
}

/// Any number that is not negative.
pub(crate) fn number(text: &str) -> Result<u64, Refusal> {
    text.parse().map_err(|_| {
        Refusal::invalid(
            format!("{} is no number.", quoted(text)),
            "Write a number, or nothing for the usual one.",
        )
    })
}

/// `SECONDS`, or `SECONDS BYTES`.
fn inactive(text: &str) -> Result<(u32, u64), Refusal> {
    match text.split_once(' ') {
        Some((time, bytes)) => Ok((seconds(time)?, number(bytes.trim())?)),
        None => Ok((seconds(text)?, 0)),
    }
}

fn inactive_text((seconds, bytes): (u32, u64)) -> String {
    match bytes {
        0 => seconds.to_string(),
        bytes => format!("{seconds} {bytes}"),
    }
}

/// A word without anything that could move a cursor or begin a line.
fn word(text: &str) -> Result<String, Refusal> {
    let plain = |letter: char| letter.is_ascii_graphic() && letter != ',';
    if text.is_empty() || text.len() > 255 || !text.chars().all(plain) {
        return Err(Refusal::invalid(
            format!("{} is no name.", quoted(text)),
            "Write the name as OpenVPN shows it.",
        ));
    }
    Ok(text.to_owned())
}

/// `mssfix` as it stands in settings: `auto`, `off`, `N`, `N mtu` or `N fixed`.
pub(crate) fn mss(text: &str) -> Result<MssFix, Refusal> {
    let (size, kind) = text.split_once(' ').unwrap_or((text, ""));
    match (size, kind.trim()) {
        ("auto" | "", "") => return Ok(MssFix::Auto),
        ("off" | "0", _) => return Ok(MssFix::Off),
        _ => {}
    }
    let size = size.parse().ok().filter(|size| (100..=9000).contains(size));
    match (size, kind.trim()) {
        (Some(size), "") => Ok(MssFix::Payload(size)),
        (Some(size), "mtu") => Ok(MssFix::Mtu(size)),
        (Some(size), "fixed") => Ok(MssFix::Fixed(size)),
        _ => Err(Refusal::invalid(
            format!("{} is no size of packets.", quoted(text)),
            "Write auto, off, or a size from 100 to 9000, alone or with `mtu` or `fixed`.",
        )),
    }
}

fn mss_text(mss: MssFix) -> String {
    match mss {
        MssFix::Auto => "auto".to_owned(),
        MssFix::Off => "off".to_owned(),
        MssFix::Payload(size) => size.to_string(),
        MssFix::Mtu(size) => format!("{size} mtu"),
        MssFix::Fixed(size) => format!("{size} fixed"),
    }
}

/// `ACTION TEXT`, or `ACTION "TEXT"` where spaces at its ends count.
fn pull_filter(text: &str) -> Result<PullFilter, Refusal> {
    let (action, rest) = text.split_once(' ').unwrap_or((text, ""));
    let action = one_of(action, FilterAction::ALL, FilterAction::name)?;
    let bare = rest.trim();
    let quoted = bare
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    filter(action, quoted.unwrap_or(bare))
}

/// A filter for options that begin with this text.
pub(crate) fn filter(action: FilterAction, text: &str) -> Result<PullFilter, Refusal> {
    if text.trim().is_empty() || text.len() > 255 || text.chars().any(char::is_control) {
        return Err(Refusal::invalid(
            format!("{} is no beginning of an option.", quoted(text)),
            "Write accept, ignore or reject, and how the pushed option begins.",
        ));
    }
    Ok(PullFilter {
        action,
        text: text.to_owned(),
    })
}

/// Flags, separated by spaces: `ipv4`, `ipv6`, `block-local`.
fn redirect(text: &str) -> Result<RedirectGateway, Refusal> {
    let mut found = RedirectGateway {
        ipv4: false,
        ipv6: false,
        block_local: false,
    };
    for flag in text.split_ascii_whitespace() {
        match flag {
            "ipv4" | "def1" => found.ipv4 = true,
            "ipv6" => found.ipv6 = true,
            "block-local" => found.block_local = true,
            other => {
                return Err(Refusal::invalid(
                    format!("{} is no flag of redirect-gateway.", quoted(other)),
                    "Write ipv4, ipv6, block-local, or several with spaces between; empty for none.",
                ));
            }
        }
    }
    Ok(found)
}

fn redirect_text(redirect: RedirectGateway) -> String {
    let flags = [
        (redirect.ipv4, "ipv4"),
        (redirect.ipv6, "ipv6"),
        (redirect.block_local, "block-local"),
    ];
    let set = flags.iter().filter(|(on, _)| *on).map(|(_, flag)| *flag);
    set.collect::<Vec<_>>().join(" ")
}

/// `NAME=VALUE` of the peer information.
fn variable(text: &str) -> Result<(String, String), Refusal> {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    peer_variable(name, value)
}

/// A variable of the peer information: what a server's scripts will see.
pub(crate) fn peer_variable(name: &str, value: &str) -> Result<(String, String), Refusal> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let named = name.starts_with("UV_") || name.starts_with("IV_");
    let sound = value.bytes().all(|byte| (0x20..0x7f).contains(&byte)) && value.len() <= 255;
    if !named || name.len() > 64 || !name.bytes().all(plain) || !sound {
        return Err(Refusal::invalid(
            format!("{} is no variable of the peer information.", quoted(name)),
            "Write UV_NAME=VALUE in printable ASCII letters.",
        ));
    }
    Ok((name.to_owned(), value.to_owned()))
}

fn variable_text((name, value): &(String, String)) -> String {
    format!("{name}={value}")
}
