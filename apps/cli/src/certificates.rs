//! Client certificates: reading the user's files, and the keyring's side of profiles.

use crate::context::Context;
use crate::terminal_prompt::TerminalPrompt;
use crate::{clean, clock};
use spoke_agent::{
    ClientIdentity, Keyring, certificate_problem, forget_leftovers, keep_password,
    keep_proxy_password, leaves_secrets, source, take_certificate,
};
use spoke_api::Problem;
use spoke_profile::{CertificateFacts, CertificateFault, Profile, Secrets, SignIn};
use std::path::PathBuf;

/// More than any certificate file has.
const FILE_BYTES: u64 = 1024 * 1024;

/// Reads a certificate and its key from one file or two, asking for passwords.
///
/// # Errors
/// When a file cannot be read, or they do not hold a certificate with its key.
pub(crate) fn read(context: &Context, paths: &[PathBuf]) -> Result<ClientIdentity, Problem> {
    let mut files = Vec::new();
    for path in paths {
        let name = path.display().to_string();
        files.push((name, source::read_file(path, FILE_BYTES)?));
    }
    let files: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
        .collect();
    read_contents(context, &files)
}

fn read_contents(context: &Context, files: &[(&str, &[u8])]) -> Result<ClientIdentity, Problem> {
    ClientIdentity::read(files, &mut |again| {
        let label = match again {
            false => "Password of the certificate's file",
            true => "That was not it. Password of the certificate's file",
        };
        context.ask.secret(label)
    })
}

/// Puts the certificate into the profile and its key into the keyring, and says so.
/// The profile is not saved yet.
///
/// # Errors
/// When it is not the certificate that the profile asks for, or the key cannot be kept.
pub(crate) fn take(
    context: &Context,
    profile: &mut Profile,
    identity: &ClientIdentity,
) -> Result<(), Problem> {
    let facts = &identity.facts;
    if let Some(problem) = certificate_problem(&profile.name, facts, clock::now()) {
        context.print.warning(&problem.summary);
    }
    let place = context.run(async {
        let keyring = Keyring::choose(&context.paths).await?;
        let mut prompt = TerminalPrompt::new(&context.print, context.ask);
        keyring.settle(&mut prompt).await;
        take_certificate(profile, identity, &keyring).await?;
        Ok(keyring.describe())
    })?;
    context.print.note(format_args!(
        "The certificate is in the profile, its private key {place}."
    ));
    Ok(())
}

/// Puts what came along with an imported file where it belongs: the private key, and the
/// password if the user says so, into the keyring. The profile is not saved yet.
///
/// # Errors
/// As [`read`] and [`take`], or when the keyring cannot be changed.
pub(crate) fn take_secrets(
    context: &Context,
    profile: &mut Profile,
    secrets: &Secrets,
) -> Result<(), Problem> {
    if !secrets.client_files.is_empty() {
        let files: Vec<(&str, &[u8])> = secrets
            .client_files
            .iter()
            .map(|(place, bytes)| (place.as_str(), bytes.expose()))
            .collect();
        let identity = read_contents(context, &files)?;
        take(context, profile, &identity)?;
    }
    if let (
        SignIn::Password {
            username: Some(username),
            ..
        },
        Some(password),
    ) = (&profile.sign_in, &secrets.password)
        && context
            .ask
            .confirm("The file has your password. Keep it in the keyring?")
    {
        context.run(async {
            let keyring = Keyring::choose(&context.paths).await?;
            let mut prompt = TerminalPrompt::new(&context.print, context.ask);
            keyring.settle(&mut prompt).await;
            keep_password(profile, username, password.expose(), &keyring).await
        })?;
    }
    if let Some(password) = &secrets.proxy_password
        && context
            .ask
            .confirm("The file has the password for your proxy. Keep it in the keyring?")
    {
        context.run(async {
            let keyring = Keyring::choose(&context.paths).await?;
            let mut prompt = TerminalPrompt::new(&context.print, context.ask);
            keyring.settle(&mut prompt).await;
            keep_proxy_password(profile, password.expose(), &keyring).await
        })?;
    }
    Ok(())
}

/// Forgets what nobody needs any more of the secrets that a profile had `before` it was
/// saved as `after`, or removed.
///
/// # Errors
/// When the profiles cannot be read, or the keyring cannot be changed.
pub(crate) fn forget_unused(
    context: &Context,
    before: &Profile,
    after: Option<&Profile>,
) -> Result<(), Problem> {
    if !leaves_secrets(before, after) {
        return Ok(());
    }
    let stored = context.store().list()?;
    let forgotten = context.run(async {
        let keyring = Keyring::choose(&context.paths).await?;
        forget_leftovers(before, after, &stored, &keyring).await
    })?;
    if forgotten {
        context
            .print
            .note("The private key of its old certificate is forgotten.");
    }
    Ok(())
}

/// The certificate in words: who, by whom, until when.
#[must_use]
pub(crate) fn words(facts: &CertificateFacts) -> String {
    let mut text = format!(
        "{}, issued by {}, valid until {}",
        facts.common_name,
        facts.issuer,
        clock::date(facts.not_after)
    );
    match facts.check(clock::now()) {
        Ok(()) => {}
        Err(CertificateFault::Expired) => text.push_str(" (EXPIRED)"),
        Err(CertificateFault::NotYetValid) => text.push_str(" (not valid yet)"),
        Err(CertificateFault::NotForClients) => {
            text.push_str(" (not made for clients)");
        }
    }
    clean::text(&mut text);
    text
}
