//! `spoke import FILE`

use crate::commands::connect;
use crate::context::Context;
use crate::exit::Outcome;
use crate::progress::done;
use crate::render::Tone;
use crate::{certificates, document, profile_view, words};
use spoke_agent::faults;
use spoke_agent::permit;
use spoke_agent::source::{self, Source};
use spoke_api::{ExitCode, Problem, ProblemCode};
use spoke_profile::{
    DryRun, Package, Profile, ReadError, ReadOptions, Reading, Secrets, differences,
};
use spoke_settings::Forbidden;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
                        spoke import ~/Downloads/azurevpn.zip         the portal's package as it is\n  \
                        spoke import azurevpnconfig.xml --connect     save it and connect\n  \
                        spoke import office.ovpn                      with the files that it names beside it\n  \
                        spoke import office.xml --dry-run --json      only say what it holds")]
pub(crate) struct Args {
    /// The portal's zip, azurevpnconfig.xml, an .ovpn file, a folder, a file of
    /// `spoke profile export`, or - for standard input.
    #[arg(value_name = "FILE|ZIP|DIR|-")]
    file: PathBuf,
    /// Save it under this name.
    #[arg(long)]
    name: Option<String>,
    /// Which one, where a package holds several: its path, its name, or its kind of sign-in
    /// (aad, cert, usernamepass).
    #[arg(long, value_name = "WHICH")]
    pick: Option<String>,
    /// Replace a stored profile of the same name.
    #[arg(long)]
    replace: bool,
    /// Connect once it is saved.
    #[arg(long)]
    connect: bool,
    /// Only say what would be imported.
    #[arg(long, conflicts_with_all = ["connect", "replace"])]
    dry_run: bool,
    /// Trust a sign-in host that is not Microsoft's: your name and password go there.
    #[arg(long, value_name = "HOST")]
    trust_authority: Vec<String>,
    /// Root certificate of the gateway (PEM or DER), for one that is not a public one.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Server secret, or tls-crypt-v2 key, for a file that was exported without it; - for
    /// standard input.
    #[arg(long, value_name = "FILE")]
    server_secret_file: Option<PathBuf>,
}

pub(crate) fn run(context: &Context, args: Args) -> Outcome {
    if !args.dry_run {
        permit(&context.paths, Forbidden::ChangeProfiles)?;
    }
    let source = Source::open(&args.file)?;
    let mut options = ReadOptions {
        trusted_authorities: args.trust_authority.clone(),
        ..ReadOptions::default()
    };
    if let Some(file) = &args.server_secret_file {
        source::supply_secret(file, &mut options)?;
    }
    let mut outcome = source.package(&options);
    if let Some(host) = untrusted(&outcome).filter(|_| !args.dry_run)
        && trusts(context, &host)
    {
        options.trusted_authorities.push(host);
        outcome = source.package(&options);
    }
    if args.dry_run && context.print.json() {
        let run = DryRun::new(source.name(), &outcome);
        context.print.document(&document::import(&run, None));
        return Ok(if run.profiles.is_empty() {
            ExitCode::Profile
        } else {
            ExitCode::Success
        });
    }
    let seen = DryRun::new(source.name(), &outcome);
    let package = outcome.map_err(|error| refused(&args, &source, &error))?;
    let (path, reading) = pick(context, &args, &source, &package)?;
    let mut profile = reading.profile.clone();
    if let Some(ca) = &args.ca {
        source::add_root(&mut profile, ca)?;
    }
    show(context, &source, &package, path, &profile, reading);
    if args.dry_run {
        context.print.note("Nothing was saved.");
        return Ok(ExitCode::Success);
    }
    let Some(profile) = save(context, &args, profile, &reading.secrets)? else {
        context.print.note("Not saved.");
        return Ok(ExitCode::Success);
    };
    if context.print.json() {
        context
            .print
            .document(&document::import(&seen, Some(&profile.name)));
    }
    if args.connect {
        return connect::now(context, profile);
    }
    Ok(ExitCode::Success)
}

/// The sign-in host that alone keeps the package out.
fn untrusted(outcome: &Result<Package, ReadError>) -> Option<String> {
    let error = match outcome {
        Ok(package) if package.profiles().next().is_some() => return None,
        Ok(package) => package.first_error()?,
        Err(error) => error,
    };
    error.untrusted_authority().map(ToOwned::to_owned)
}

/// Asks plainly; `--yes` does not answer this one, since a stranger's file asks.
fn trusts(context: &Context, host: &str) -> bool {
    if !context.ask.person() {
        return false;
    }
    context.print.warning(format_args!(
        "This profile signs in at {host}, which is not Microsoft's. Whoever runs that host \
         sees your name and password."
    ));
    let answer = context
        .ask
        .text(&format!("Type {host} to trust it for this profile"), None);
    answer.as_deref() == Some(host)
}

fn refused(args: &Args, source: &Source, error: &ReadError) -> Problem {
    let problem = faults::in_file(source.name(), error);
    match error.untrusted_authority() {
        Some(host) => Problem {
            hint: format!(
                "if you trust it: spoke import {} --trust-authority {host}",
                words::shell(&args.file.to_string_lossy())
            ),
            ..problem
        },
        None => problem,
    }
}

/// The profile that is meant.
fn pick<'a>(
    context: &Context,
    args: &Args,
    source: &Source,
    package: &'a Package,
) -> Result<(&'a str, &'a Reading), Problem> {
    let mut all: Vec<(&str, &Reading)> = package.profiles().collect();
    if let Some(which) = &args.pick {
        all.retain(|(path, reading)| {
            *path == which
                || reading.profile.name == *which
                || reading.profile.sign_in.azure_type() == which
        });
    } else if all.len() > 1
        && let Some(name) = &args.name
    {
        let named: Vec<_> = all
            .iter()
            .filter(|(_, reading)| reading.profile.name == *name)
            .copied()
            .collect();
        if !named.is_empty() {
            all = named;
        }
    }
    match all.as_slice() {
        [only] => return Ok(*only),
        [] => {
            return Err(match package.first_error() {
                Some(error) if args.pick.is_none() => refused(args, source, error),
                _ => Problem::new(
                    ProblemCode::ProfileNotFound,
                    format!(
                        "{} holds no profile {}.",
                        source.name(),
                        args.pick.as_deref().unwrap_or_default()
                    ),
                    format!(
                        "spoke import {} --dry-run",
                        words::shell(&args.file.to_string_lossy())
                    ),
                ),
            });
        }
        _ => {}
    }
    let choices: Vec<String> = all
        .iter()
        .map(|(path, reading)| {
            let profile = &reading.profile;
            format!(
                "{}  sign-in {}  ({path})",
                profile.name,
                profile.sign_in.azure_type()
            )
        })
        .collect();
    context.print.note(format_args!(
        "{} holds {} profiles:",
        source.name(),
        all.len()
    ));
    context
        .ask
        .choose("Import which?", &choices)
        .and_then(|number| all.get(number).copied())
        .ok_or_else(|| {
            Problem::new(
                ProblemCode::Usage,
                format!(
                    "{} holds several profiles: {}.",
                    source.name(),
                    choices.join("; ")
                ),
                format!(
                    "spoke import {} --pick WHICH",
                    words::shell(&args.file.to_string_lossy())
                ),
            )
        })
}

fn show(
    context: &Context,
    source: &Source,
    package: &Package,
    path: &str,
    profile: &Profile,
    reading: &Reading,
) {
    let print = &context.print;
    let place = if path.is_empty() {
        String::new()
    } else {
        format!(" ({path})")
    };
    print.note(format_args!(
        "Found 1 profile in {}{place}\n",
        source.name()
    ));
    for line in profile_view::lines(profile, print) {
        print.note(line);
    }
    print.note("");
    for line in profile_view::finding_lines(&reading.findings, print) {
        print.note(line);
    }
    for file in source.companions() {
        print.note(format_args!(
            "  {} read {file}",
            print.paint(Tone::Faint, "·")
        ));
    }
    for note in &package.set_aside {
        print.note(format_args!("  {} {note}", print.paint(Tone::Faint, "·")));
    }
    for note in &package.notes {
        print.detail(format_args!("  {} {note}", print.paint(Tone::Faint, "·")));
    }
}

/// Saves it, unless the answer is no; gives it as it was saved.
fn save(
    context: &Context,
    args: &Args,
    mut profile: Profile,
    secrets: &Secrets,
) -> Result<Option<Profile>, Problem> {
    if let Some(name) = &args.name {
        profile.name = name.clone();
    }
    profile = valid(profile)?;
    let store = context.store();
    if store.contains(&profile.name)? {
        let stored = store.load(&profile.name)?;
        let differences = differences(&stored, &profile);
        if differences.is_empty() && stored == profile {
            context
                .print
                .note(format_args!("{} is already saved, just so.", profile.name));
            return Ok(Some(profile));
        }
        if !args.replace {
            context.print.note(format_args!(
                "There is already a profile {}. It differs in:",
                profile.name
            ));
            for line in profile_view::difference_lines(&differences, &context.print) {
                context.print.note(line);
            }
            let Some(name) = clash(context, args, &profile.name)? else {
                return Ok(None);
            };
            profile.name = name;
        }
    } else if !context.ask.confirm("Save it?") {
        return Ok(None);
    }
    certificates::take_secrets(context, &mut profile, secrets)?;
    let replaced = match store.contains(&profile.name)? {
        true => Some(store.load(&profile.name)?),
        false => None,
    };
    store.save(&profile)?;
    if let Some(before) = &replaced {
        certificates::forget_unused(context, before, Some(&profile))?;
    }
    context.print.note(done(
        &context.print,
        &format!(
            "Saved {}.   Next: spoke connect {}",
            profile.name,
            words::shell(&profile.name)
        ),
    ));
    Ok(Some(profile))
}

/// The name to save under although there is one of that name; `None` for not at all.
fn clash(context: &Context, args: &Args, name: &str) -> Result<Option<String>, Problem> {
    let mut number = 2;
    while context.store().contains(&format!("{name}-{number}"))? {
        number += 1;
    }
    let other = format!("{name}-{number}");
    let choices = [
        "Replace the stored one".to_owned(),
        format!("Keep both: save this one as {other}"),
        "Cancel".to_owned(),
    ];
    match context.ask.choose("What now?", &choices) {
        Some(0) => Ok(Some(name.to_owned())),
        Some(1) => Ok(Some(other)),
        _ if context.ask.person() => Ok(None),
        _ => Err(Problem::new(
            ProblemCode::Conflict,
            format!("There is already a profile {name}, and it differs."),
            format!(
                "spoke import {file} --replace, or spoke import {file} --name {other}",
                other = words::shell(&other),
                file = words::shell(&args.file.to_string_lossy())
            ),
        )),
    }
}

/// The profile in normal form, under its new name.
fn valid(profile: Profile) -> Result<Profile, Problem> {
    profile
        .normalised()
        .map(|(profile, _)| profile)
        .map_err(|errors| faults::in_profile(&profile.name, &errors))
}
