//! Directives on how the user proves themself, and on the keys of control packets.

use super::connect::{account, check_account};
use super::document::Directive;
use super::draft::{Draft, first, needs};
use super::pem;
use super::scope::Key;
use crate::error::{Fault, Refusal};
use crate::finding::FindingCode;
use crate::model::StaticChallenge;
use crate::protocol_settings::digest;
use crate::rules;
use crate::secret::SecretBytes;
use crate::wrapping::KeyDirection;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

/// What Azure's portal leaves in a file for the user to fill in.
const PLACEHOLDERS: [&str; 2] = ["$CLIENTCERTIFICATE", "$PRIVATEKEY"];

/// Takes a directive of this kind; `false` for any other.
pub(super) fn apply(draft: &mut Draft<'_>, directive: &Directive) -> Result<bool, Refusal> {
    match directive.name.as_str() {
        "cert" => certificate(draft, directive)?,
        "key" => key(draft, directive)?,
        "pkcs12" => pkcs12(draft, directive)?,
        "extra-certs" => {
            let text = draft.text(directive)?;
            let found = pem::certificates(&text).into_iter();
            draft.extra = found.map(|der| (directive.place(), der)).collect();
        }
        "auth-user-pass" => password(draft, directive)?,
        "static-challenge" => challenge(draft, directive)?,
        "tls-auth" => {
            let text = draft.text(directive)?;
            draft.scope(directive).key = Some(Key::TlsAuth(pem::static_key(&text)?));
            tls_auth_direction(draft, directive)?;
        }
        "tls-crypt" => {
            let text = draft.text(directive)?;
            draft.scope(directive).key = Some(Key::TlsCrypt(pem::static_key(&text)?));
        }
        "tls-crypt-v2" => {
            let text = draft.text(directive)?;
            draft.scope(directive).key = Some(Key::TlsCryptV2(pem::client_key(&text)?));
        }
        "key-direction" => {
            let direction = direction(first(directive, "0 or 1")?)?;
            draft.scope(directive).key_direction = Some(direction);
        }
        "auth" => authentication(draft, first(directive, "a digest")?)?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// The direction that `tls-auth FILE DIRECTION` gives; there is none beside a block.
pub(super) fn tls_auth_direction(
    draft: &mut Draft<'_>,
    directive: &Directive,
) -> Result<(), Refusal> {
    if let Some(word) = directive.word(1) {
        draft.scope(directive).key_direction = Some(direction(word)?);
    }
    Ok(())
}

fn direction(word: &str) -> Result<KeyDirection, Refusal> {
    match word {
        "0" => Ok(KeyDirection::Normal),
        "1" => Ok(KeyDirection::Inverse),
        _ => Err(Refusal::invalid(
            format!("{} is no direction of a key.", rules::quoted(word)),
            "Write 0 or 1; clients usually have 1.",
        )),
    }
}

fn authentication(draft: &mut Draft<'_>, word: &str) -> Result<(), Refusal> {
    if word == "none" || word == "[null-digest]" {
        return Err(Refusal::new(
            Fault::Unsupported,
            "Without a digest, packets of the older ciphers could be changed on the way.",
            "Ask the gateway's administrator for `auth SHA256`.",
        ));
    }
    draft.digest = digest(word)?;
    draft.protocol.digest = draft.digest;
    Ok(())
}

fn certificate(draft: &mut Draft<'_>, directive: &Directive) -> Result<(), Refusal> {
    let text = draft.text(directive)?;
    if PLACEHOLDERS.contains(&text.trim()) {
        draft.certificate.get_or_insert_default();
        draft.place(directive).warning(
            FindingCode::CertificateWanted,
            "The file has a place for your certificate, but no certificate.",
            "Add yours before connecting: spoke profile certificate NAME FILE",
        );
        return Ok(());
    }
    let chain = pem::certificates(&text);
    if chain.is_empty() {
        return Err(Refusal::invalid(
            "There is no certificate in PEM.",
            "Copy the whole certificate, with its first and last line.",
        ));
    }
    keep_file(draft, directive, text.as_bytes());
    draft.certificate = Some(chain);
    Ok(())
}

/// The key is not looked into here: the user's side reads it, and asks for its password.
fn key(draft: &mut Draft<'_>, directive: &Directive) -> Result<(), Refusal> {
    let text = draft.text(directive)?;
    if PLACEHOLDERS.contains(&text.trim()) {
        return Ok(());
    }
    if !text.contains("PRIVATE KEY-----") {
        return Err(Refusal::invalid(
            "There is no private key in PEM.",
            "Copy the whole key, with its first and last line.",
        ));
    }
    keep_file(draft, directive, text.as_bytes());
    Ok(())
}

fn keep_file(draft: &mut Draft<'_>, directive: &Directive, bytes: &[u8]) {
    let bytes = SecretBytes::new(Zeroizing::new(bytes.to_vec()));
    let files = &mut draft.secrets.client_files;
    files.retain(|(place, _)| !place.starts_with(&format!("{} ", directive.name)));
    files.push((directive.place(), bytes));
}

fn pkcs12(draft: &mut Draft<'_>, directive: &Directive) -> Result<(), Refusal> {
    let content = draft.content(directive)?;
    let bytes = if directive.inline.is_some() {
        let compact: Vec<u8> = content
            .iter()
            .copied()
            .filter(|byte| !byte.is_ascii_whitespace())
            .collect();
        let decoded = STANDARD
            .decode(Zeroizing::new(compact).as_slice())
            .map_err(|_| {
                Refusal::invalid(
                    "The block is not base64.",
                    "Copy the whole block, or give the file beside the profile.",
                )
            })?;
        Zeroizing::new(decoded)
    } else {
        content
    };
    draft.certificate.get_or_insert_default();
    keep_file(draft, directive, &bytes);
    Ok(())
}

fn password(draft: &mut Draft<'_>, directive: &Directive) -> Result<(), Refusal> {
    draft.asks_password = true;
    if directive.inline.is_none() && directive.words.is_empty() {
        return Ok(());
    }
    let text = draft.text(directive)?;
    check_account(directive, &text)?;
    let (username, password) = account(&text);
    draft.username = username
        .map(|name| rules::text_value(&name))
        .transpose()?
        .flatten();
    if password.is_some() {
        draft.place(directive).info(
            FindingCode::PasswordApart,
            "The file has a password.",
            "It is kept in the keyring if you say so, and never in the profile.",
        );
    }
    draft.secrets.password = password;
    Ok(())
}

/// `static-challenge TEXT 0|1 [scrv1|concat]`
fn challenge(draft: &mut Draft<'_>, directive: &Directive) -> Result<(), Refusal> {
    let text = rules::text_value(first(directive, "a question")?)?;
    let echo = match directive.word(1) {
        Some("0") => false,
        Some("1") => true,
        _ => return Err(needs(directive, "0 or 1 after the question")),
    };
    let concatenated = match directive.word(2) {
        None | Some("scrv1") => false,
        Some("concat") => true,
        Some(other) => {
            return Err(Refusal::invalid(
                format!("{} is no way to send the answer.", rules::quoted(other)),
                "Write scrv1 or concat.",
            ));
        }
    };
    draft.challenge = Some(StaticChallenge {
        text: text.unwrap_or_default(),
        echo,
        concatenated,
    });
    Ok(())
}
