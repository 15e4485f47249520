//! Directives on what is negotiated, on timers and on packets inside.

use super::document::Directive;
use super::draft::{Draft, first, needs};
use crate::error::{Fault, Refusal};
use crate::finding::FindingCode;
use crate::limits;
use crate::protocol::{DataCipher, Framing, MssFix, Protocol, TlsVersion};
use crate::protocol_settings::{mss, number, peer_variable, seconds};
use crate::rules::{self, quoted};

/// Cipher suites of TLS that are sound, by their IANA names.
const SUITES: [&str; 9] = [
    "TLS_AES_256_GCM_SHA384",
    "TLS_AES_128_GCM_SHA256",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
];

/// Takes a directive of this kind; `false` for any other.
pub(super) fn apply(draft: &mut Draft<'_>, directive: &Directive) -> Result<bool, Refusal> {
    match directive.name.as_str() {
        "cipher" => cipher(draft, directive)?,
        "data-ciphers" | "ncp-ciphers" => data_ciphers(draft, directive)?,
        "data-ciphers-fallback" => fallback(draft, directive)?,
        "tls-version-min" => tls_min(draft, directive)?,
        "tls-version-max" => tls_max(draft, directive)?,
        "tls-cipher" | "tls-ciphersuites" => suites(draft, directive)?,
        "setenv" => variable(draft, directive)?,
        // Heeded before anything else is read.
        "ignore-unknown-option" => {}
        "tun-mtu" => tun_mtu(draft, directive)?,
        "mssfix" => {
            let size = segment_size(directive)?;
            draft.scope(directive).mss = Some(size);
        }
        "comp-lzo" | "compress" => compression(draft, directive)?,
        _ => return timer(draft, directive),
    }
    Ok(true)
}

fn no_encryption(name: &str) -> Option<Refusal> {
    let plain = name.eq_ignore_ascii_case("none") || name.eq_ignore_ascii_case("[null-cipher]");
    plain.then(|| {
        Refusal::new(
            Fault::Unsupported,
            "The tunnel would not be encrypted.",
            "Ask the gateway's administrator for AES-256-GCM.",
        )
    })
}

/// The older way to name a cipher: for gateways that cannot negotiate, and as one more
/// that may be negotiated.
fn cipher(draft: &mut Draft<'_>, directive: &Directive) -> Result<(), Refusal> {
    let name = first(directive, "a cipher")?;
    if let Some(refusal) = no_encryption(name) {
        return Err(refusal);
    }
    let Ok(cipher) = name.parse::<DataCipher>() else {
        unknown_cipher(draft, directive, name);
        return Ok(());
    };
    draft.protocol.fallback_cipher = Some(cipher);
    if !draft.protocol.data_ciphers.contains(&cipher) {
        draft.protocol.data_ciphers.push(cipher);
    }
    Ok(())
}

fn unknown_cipher(draft: &mut Draft<'_>, directive: &Directive, name: &str) {
    draft.place(directive).warning(
        FindingCode::CipherUnknown,
        &format!("The cipher {} is not known or not sound.", quoted(name)),
        "It is not used; the connection fails when the gateway has no other.",
    );
}

fn data_ciphers(draft: &mut Draft<'_>, directive: &Directive) -> Result<(), Refusal> {
    let mut ciphers = Vec::new();
    for name in first(directive, "ciphers")?
        .split(':')
        .take(limits::PROTOCOL_ENTRIES)
    {
        let (name, optional) = match name.strip_prefix('?') {
            Some(rest) => (rest, true),
            None => (name, false),
        };
        if let Some(refusal) = no_encryption(name) {
            return Err(refusal);
        }
        if name == "DEFAULT" {
            ciphers.extend(Protocol::default().data_ciphers);
            continue;
        }
        match name.parse::<DataCipher>() {
            Ok(cipher) => ciphers.push(cipher),
            Err(()) if optional => {}
            Err(()) => unknown_cipher(draft, directive, name),
        }
    }
    if ciphers.is_empty() {
        return Err(Refusal::new(
            Fault::Unsupported,
            "None of the data ciphers is known and sound.",
            "Ask the gateway's administrator for AES-256-GCM.",
        ));
    }
    // The older directive may stand before this one.
    ciphers.extend(draft.protocol.fallback_cipher);
    let mut once = Vec::new();
    for cipher in ciphers {
        if !once.contains(&cipher) {
            once.push(cipher);
        }
    }
    draft.protocol.data_ciphers = once;
    Ok(())
}

fn fallback(draft: &mut Draft<'_>, directive: &Directive) -> Result<(), Refusal> {
    let name = first(directive, "a cipher")?;
    if let Some(refusal) = no_encryption(name) {
        return Err(refusal);
    }
    match name.parse::<DataCipher>() {
        Ok(cipher) => draft.protocol.fallback_cipher = Some(cipher),
        Err(()) => unknown_cipher(draft, directive, name),
    }
    Ok(())
}

fn tls_min(draft: &mut Draft<'_>, directive: &Directive) -> Result<(), Refusal> {
    let text = first(directive, "a version")?;
    match text {
        "1.0" | "1.1" => draft.pass_over(
            directive,
            "TLS below 1.2 is no longer sound.",
            "TLS 1.2 and 1.3 are spoken.",
        ),
        _ => draft.protocol.tls.min = Some(version(text)?),
    }
    Ok(())
}

fn tls_max(draft: &mut Draft<'_>, directive: &Directive) -> Result<(), Refusal> {
    draft.protocol.tls.max = Some(version(first(directive, "a version")?)?);
    Ok(())
}

fn version(text: &str) -> Result<TlsVersion, Refusal> {
    text.parse().map_err(|()| {
        Refusal::new(
            Fault::Unsupported,
            format!("TLS {} is not spoken.", quoted(text)),
            "Write 1.2 or 1.3.",
        )
    })
}

fn suites(draft: &mut Draft<'_>, directive: &Directive) -> Result<(), Refusal> {
    let mut unknown = 0;
    for name in first(directive, "cipher suites")?
        .split(':')
        .take(limits::PROTOCOL_ENTRIES)
    {
        let name = name.replace('-', "_");
        match SUITES.iter().find(|suite| **suite == name) {
            Some(suite) => {
                let suites = &mut draft.protocol.tls.cipher_suites;
                if !suites.iter().any(|known| known == suite) {
                    suites.push((*suite).to_owned());
                }
            }
            None => unknown += 1,
        }
    }
    if unknown > 0 {
        draft.pass_over(
            directive,
            &format!(
                "{unknown} of the cipher suites are not known by their IANA names, or not sound."
            ),
            "They are passed over; without any that is known, all sound ones are offered.",
        );
    }
    Ok(())
}

/// `setenv NAME VALUE`: variables for the gateway; all others would be for scripts.
fn variable(draft: &mut Draft<'_>, directive: &Directive) -> Result<(), Refusal> {
    let name = first(directive, "a name")?;
    let value = directive.word(1).unwrap_or_default();
    match name {
        "PUSH_PEER_INFO" => {}
        "FRIENDLY_NAME" => draft.name = Some(value.to_owned()),
        "FORWARD_COMPATIBLE" => {}
        _ if name.starts_with("UV_") || name.starts_with("IV_") => {
            let variable = peer_variable(name, value)?;
            let known = &mut draft.protocol.peer_info;
            known.retain(|(known, _)| known != name);
            if known.len() < limits::PROTOCOL_ENTRIES {
                known.push(variable);
            }
        }
        _ => draft.pass_over(
            directive,
            "The variable would be for scripts, of which there are none.",
            "It was passed over.",
        ),
    }
    Ok(())
}

fn tun_mtu(draft: &mut Draft<'_>, directive: &Directive) -> Result<(), Refusal> {
    let size = rules::mtu(first(directive, "a size")?)?;
    draft.scope(directive).mtu = Some(size);
    Ok(())
}

fn segment_size(directive: &Directive) -> Result<MssFix, Refusal> {
    match (directive.word(0), directive.word(1)) {
        (None, _) => Ok(MssFix::Auto),
        (Some(size), None) => mss(size),
        (Some(size), Some(kind)) => mss(&format!("{size} {kind}")),
    }
}

fn compression(draft: &mut Draft<'_>, directive: &Directive) -> Result<(), Refusal> {
    let (framing, compresses) = match (directive.name.as_str(), directive.word(0)) {
        ("comp-lzo", Some("no")) => (Framing::CompLzo, false),
        ("comp-lzo", _) | (_, Some("lzo")) => (Framing::CompLzo, true),
        (_, None | Some("stub")) => (Framing::Stub, false),
        (_, Some("lz4")) => (Framing::Stub, true),
        (_, Some("stub-v2")) => (Framing::StubV2, false),
        (_, Some("lz4-v2")) => (Framing::StubV2, true),
        (_, Some("migrate")) => return Ok(()),
        (_, Some(other)) => {
            return Err(Refusal::new(
                Fault::Unsupported,
                format!("The compression {} is not known.", quoted(other)),
                "Remove the line, if the gateway does without it.",
            ));
        }
    };
    draft.protocol.framing = framing;
    if compresses {
        draft.place(directive).warning(
            FindingCode::CompressionOff,
            "The file asks for compression, which betrays what it compresses.",
            "Packets are framed so, but never compressed; compressed ones from the gateway are dropped.",
        );
    }
    Ok(())
}

fn timer(draft: &mut Draft<'_>, directive: &Directive) -> Result<bool, Refusal> {
    let time = || seconds(first(directive, "a number of seconds")?);
    let timers = &mut draft.protocol.timers;
    match directive.name.as_str() {
        "reneg-sec" => timers.reneg_sec = Some(time()?),
        "reneg-bytes" => timers.reneg_bytes = Some(number(first(directive, "a number")?)?),
        "hand-window" => timers.hand_window = Some(time()?),
        "tran-window" => timers.tran_window = Some(time()?),
        "ping" => timers.ping = Some(time()?),
        "ping-restart" => timers.ping_restart = Some(time()?),
        "ping-exit" => timers.ping_exit = Some(time()?),
        "keepalive" => {
            timers.ping = Some(time()?);
            let second = directive
                .word(1)
                .ok_or_else(|| needs(directive, "two numbers"))?;
            timers.ping_restart = Some(seconds(second)?);
        }
        "inactive" => {
            let bytes = directive.word(1).map_or(Ok(0), number)?;
            timers.inactive = Some((time()?, bytes));
        }
        "session-timeout" => timers.session_timeout = Some(time()?),
        "explicit-exit-notify" => {
            let times = directive.word(0).map_or(Ok(1), seconds)?;
            draft.scope(directive).explicit_exit_notify = Some(times);
        }
        _ => return Ok(false),
    }
    Ok(true)
}
