//! Directives on how the gateway proves itself.

use super::document::Directive;
use super::draft::{Draft, first, needs};
use super::pem;
use crate::error::{Fault, Refusal};
use crate::finding::FindingCode;
use crate::limits;
use crate::model::Thumbprint;
use crate::rules::quoted;
use crate::server_check::{CertificateDigest, Fingerprint, NameCheck};

/// OpenVPN's and OpenSSL's names of the purpose of servers.
const FOR_SERVERS: [&str; 3] = [
    "TLS Web Server Authentication",
    "serverAuth",
    "1.3.6.1.5.5.7.3.1",
];
/// Other purposes by their names.
const PURPOSES: [(&str, &str); 4] = [
    ("TLS Web Client Authentication", "1.3.6.1.5.5.7.3.2"),
    ("clientAuth", "1.3.6.1.5.5.7.3.2"),
    ("IPSec End System", "1.3.6.1.5.5.7.3.5"),
    ("anyExtendedKeyUsage", "2.5.29.37.0"),
];

/// Takes a directive of this kind; `false` for any other.
pub(super) fn apply(draft: &mut Draft<'_>, directive: &Directive) -> Result<bool, Refusal> {
    match directive.name.as_str() {
        "ca" => roots(draft, directive)?,
        "verify-x509-name" => draft.requirements.name = name(directive)?,
        "remote-cert-tls" | "ns-cert-type" => match first(directive, "server")? {
            "server" => draft.requirements.any_key_usage = directive.name == "remote-cert-tls",
            other => {
                return Err(Refusal::new(
                    Fault::Unsupported,
                    format!(
                        "The gateway's certificate would have to be one of {}.",
                        quoted(other)
                    ),
                    "Write `remote-cert-tls server`.",
                ));
            }
        },
        "remote-cert-ku" => usages(draft, directive)?,
        "remote-cert-eku" => {
            let purpose = first(directive, "a purpose")?;
            draft.requirements.extended_key_usage = purpose_of(purpose)?;
        }
        "peer-fingerprint" => fingerprints(draft, directive)?,
        "verify-hash" => digests(draft, directive)?,
        "crl-verify" => revocations(draft, directive)?,
        _ => return Ok(false),
    }
    Ok(true)
}

fn roots(draft: &mut Draft<'_>, directive: &Directive) -> Result<(), Refusal> {
    let text = draft.text(directive)?;
    let found = pem::certificates(&text);
    if found.is_empty() {
        return Err(Refusal::invalid(
            "There is no certificate in PEM.",
            "Copy the whole certificate, with its first and last line.",
        ));
    }
    for der in found {
        if !draft.roots.contains(&der) && draft.roots.len() < limits::CA_CERTIFICATES {
            draft.roots.push(der);
        }
    }
    Ok(())
}

/// `verify-x509-name NAME [name|name-prefix|subject]`
fn name(directive: &Directive) -> Result<NameCheck, Refusal> {
    let name = first(directive, "a name")?.to_owned();
    if name.is_empty() || name.chars().any(char::is_control) {
        return Err(needs(directive, "a name without control characters"));
    }
    match directive.word(1) {
        None | Some("subject") => Ok(NameCheck::Subject(name)),
        Some("name") => Ok(NameCheck::CommonName(name)),
        Some("name-prefix") => Ok(NameCheck::CommonNamePrefix(name)),
        Some(other) => Err(Refusal::invalid(
            format!("{} is no kind of name.", quoted(other)),
            "Write subject, name or name-prefix after the name.",
        )),
    }
}

/// `remote-cert-ku [HEX…]`
fn usages(draft: &mut Draft<'_>, directive: &Directive) -> Result<(), Refusal> {
    draft.requirements.any_key_usage = true;
    let mut usages = Vec::new();
    for word in &directive.words {
        let usage = u16::from_str_radix(word, 16).map_err(|_| {
            Refusal::invalid(
                format!("{} is no key usage.", quoted(word)),
                "Write hexadecimal digits, such as a0.",
            )
        })?;
        usages.push(usage);
    }
    draft.requirements.key_usage = usages;
    Ok(())
}

fn purpose_of(text: &str) -> Result<Option<String>, Refusal> {
    if FOR_SERVERS.contains(&text) {
        return Ok(None);
    }
    if let Some((_, oid)) = PURPOSES.iter().find(|(name, _)| *name == text) {
        return Ok(Some((*oid).to_owned()));
    }
    let is_oid = text.contains('.')
        && text.len() < 100
        && text.split('.').all(|arc| arc.parse::<u64>().is_ok());
    if is_oid {
        return Ok(Some(text.to_owned()));
    }
    Err(Refusal::new(
        Fault::Unsupported,
        format!(
            "{} is no purpose of a certificate that is known.",
            quoted(text)
        ),
        "Write its number, such as 1.3.6.1.5.5.7.3.1.",
    ))
}

/// The lines of a block, without comments and blanks; or the words of a line.
fn entries(draft: &Draft<'_>, directive: &Directive) -> Result<Vec<String>, Refusal> {
    let entries: Vec<String> = match &directive.inline {
        None => vec![first(directive, "a fingerprint")?.to_owned()],
        Some(text) => text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with(['#', ';']))
            .map(str::to_owned)
            .collect(),
    };
    let already = draft.requirements.fingerprints.len() + draft.requirements.issuer_digests.len();
    if entries.len() + already > limits::CERTIFICATE_RULES {
        return Err(Refusal::new(
            Fault::TooLarge,
            format!(
                "More than {} fingerprints are given.",
                limits::CERTIFICATE_RULES
            ),
            "Write fewer.",
        ));
    }
    Ok(entries)
}

fn sha256(text: &str) -> Result<Fingerprint, Refusal> {
    text.parse().map_err(|_| {
        Refusal::invalid(
            format!("{} is no SHA-256 fingerprint.", quoted(text)),
            "Write 64 hexadecimal digits with colons between the pairs.",
        )
    })
}

fn fingerprints(draft: &mut Draft<'_>, directive: &Directive) -> Result<(), Refusal> {
    for entry in entries(draft, directive)? {
        let fingerprint = sha256(&entry)?;
        if !draft.requirements.fingerprints.contains(&fingerprint) {
            draft.requirements.fingerprints.push(fingerprint);
        }
    }
    Ok(())
}

/// `verify-hash HEX [SHA1|SHA256]`, or a block of SHA-256 digests.
fn digests(draft: &mut Draft<'_>, directive: &Directive) -> Result<(), Refusal> {
    let is_sha1 = directive.inline.is_none()
        && directive
            .word(1)
            .is_none_or(|word| word.eq_ignore_ascii_case("sha1"));
    for entry in entries(draft, directive)? {
        let digest = if is_sha1 {
            let digits = entry.replace(':', "");
            let thumbprint: Result<Thumbprint, _> = digits.parse();
            CertificateDigest::Sha1(thumbprint.map_err(|_| {
                Refusal::invalid(
                    format!("{} is no SHA-1 digest.", quoted(&entry)),
                    "Write 40 hexadecimal digits with colons between the pairs, or SHA256 after 64.",
                )
            })?)
        } else {
            CertificateDigest::Sha256(sha256(&entry)?)
        };
        if !draft.requirements.issuer_digests.contains(&digest) {
            draft.requirements.issuer_digests.push(digest);
        }
    }
    Ok(())
}

fn revocations(draft: &mut Draft<'_>, directive: &Directive) -> Result<(), Refusal> {
    if directive.word(1) == Some("dir") {
        return Err(Refusal::new(
            Fault::Unsupported,
            "A folder of revocation lists is not read.",
            "Put the list into a block <crl-verify>.",
        ));
    }
    let text = draft.text(directive)?;
    let lists = pem::revocation_lists(&text);
    if lists.is_empty() {
        return Err(Refusal::invalid(
            "There is no list of revoked certificates in PEM.",
            "Copy the whole list, with its first and last line.",
        ));
    }
    for list in lists {
        if draft.requirements.revocation_lists.len() < limits::CERTIFICATE_RULES {
            draft.requirements.revocation_lists.push(list);
        }
    }
    Ok(())
}

/// What the finished checks leave open.
pub(super) fn advise(draft: &mut Draft<'_>) {
    let by_name = draft.requirements.name != NameCheck::Any;
    if !by_name && draft.requirements.fingerprints.is_empty() {
        crate::finding::Place::new("verify-x509-name", &mut draft.findings).info(
            FindingCode::CertificateNameAny,
            "The file does not say how the gateway's certificate is named.",
            "Any server's certificate of the file's own authority is accepted.",
        );
    }
}
