//! `spoke settings list|get|set|reset`: what the user chose for all profiles.

use crate::context::Context;
use crate::document;
use crate::exit::Outcome;
use crate::progress::done;
use crate::render::Tone;
use serde::Serialize;
use spoke_agent::PreferenceStore;
use spoke_api::{ExitCode, Problem, ProblemCode};
use spoke_settings::{
    ConnectAtLogin, Preferences, SETTINGS, Setting, SettingError, nearest, setting,
};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// List the settings, with their values.
    List,
    /// Print the value of a setting.
    Get(GetArgs),
    /// Change settings.
    Set(SetArgs),
    /// Choose nothing again.
    Reset(ResetArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct GetArgs {
    /// Which setting.
    key: String,
}

#[derive(Debug, clap::Args)]
#[command(after_help = settings())]
pub(crate) struct SetArgs {
    /// What to change.
    #[arg(value_name = "KEY=VALUE", required = true)]
    assignments: Vec<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ResetArgs {
    /// Which settings.
    #[arg(
        value_name = "KEY",
        required_unless_present = "all",
        conflicts_with = "all"
    )]
    keys: Vec<String>,
    /// Every setting.
    #[arg(long)]
    all: bool,
}

pub(crate) fn run(context: &Context, command: Command) -> Outcome {
    let store = PreferenceStore::new(&context.paths);
    let kept = match &command {
        // What cannot be read is chosen anew.
        Command::Reset(args) if args.all => store.load().unwrap_or_default(),
        _ => store.load()?,
    };
    match command {
        Command::List => list(context, &kept),
        Command::Get(args) => get(context, &kept, &args.key),
        Command::Set(args) => set(context, &store, &kept, &args.assignments),
        Command::Reset(args) => reset(context, &store, &kept, &args),
    }
}

/// The table of settings, for the help.
fn settings() -> String {
    let mut text = String::from("Settings:");
    for setting in &SETTINGS {
        let (key, help, values) = (setting.key, setting.help, setting.values);
        text.push_str(&format!("\n  {key:<18} {help}: {values}"));
    }
    text.push_str(
        "\n\nThe desktop app has the same settings.\n\n\
         Examples:\n  \
         spoke settings set connect-at-login=office\n  \
         spoke settings set language=german appearance=dark",
    );
    text
}

fn list(context: &Context, kept: &Preferences) -> Outcome {
    if context.print.json() {
        show_document(context, kept, SETTINGS.iter());
        return Ok(ExitCode::Success);
    }
    for setting in &SETTINGS {
        let value = setting.value(kept);
        let tone = match value == setting.usual() {
            true => Tone::Faint,
            false => Tone::Strong,
        };
        let value = context.print.paint(tone, format!("{value:<12}"));
        let help = match decided_by(context, setting)? {
            Some(who) => format!("{} (decided by {who})", setting.help),
            None => setting.help.to_owned(),
        };
        context
            .print
            .result(format_args!("{:<18}{value}  {help}", setting.key));
    }
    Ok(ExitCode::Success)
}

fn get(context: &Context, kept: &Preferences, key: &str) -> Outcome {
    let setting = named(key)?;
    if context.print.json() {
        show_document(context, kept, [setting]);
    } else {
        context.print.result(setting.value(kept));
    }
    Ok(ExitCode::Success)
}

fn set(
    context: &Context,
    store: &PreferenceStore,
    kept: &Preferences,
    assignments: &[String],
) -> Outcome {
    let mut wanted = kept.clone();
    let mut changed = Vec::new();
    for text in assignments {
        let (key, value) = text
            .split_once('=')
            .ok_or_else(|| problem(&SettingError::NoValue { text: text.clone() }))?;
        let setting = named(key)?;
        setting
            .set(&mut wanted, value)
            .map_err(|error| problem(&error))?;
        changed.push(setting);
    }
    if wanted.connect_at_login != kept.connect_at_login
        && let ConnectAtLogin::Profile(meant) = &wanted.connect_at_login
    {
        let profile = context.store().find(meant)?;
        wanted.connect_at_login = ConnectAtLogin::Profile(profile.name);
    }
    keep(context, store, kept, &wanted, &changed)
}

fn reset(
    context: &Context,
    store: &PreferenceStore,
    kept: &Preferences,
    args: &ResetArgs,
) -> Outcome {
    let mut wanted = kept.clone();
    let changed: Vec<&Setting> = match args.all {
        true => SETTINGS.iter().collect(),
        false => args
            .keys
            .iter()
            .map(|key| named(key))
            .collect::<Result<_, _>>()?,
    };
    for setting in &changed {
        setting.reset(&mut wanted);
    }
    keep(context, store, kept, &wanted, &changed)
}

/// Keeps the choices, and says what holds now.
fn keep(
    context: &Context,
    store: &PreferenceStore,
    before: &Preferences,
    wanted: &Preferences,
    changed: &[&'static Setting],
) -> Outcome {
    let kept = store.change(before, wanted)?;
    if context.print.json() {
        show_document(context, &kept, changed.iter().copied());
        return Ok(ExitCode::Success);
    }
    for setting in changed {
        let line = format!("{} is {}.", setting.key, setting.value(&kept));
        context.print.note(done(&context.print, &line));
    }
    Ok(ExitCode::Success)
}

fn named(key: &str) -> Result<&'static Setting, Problem> {
    setting(key.trim()).map_err(|error| problem(&error))
}

fn problem(error: &SettingError) -> Problem {
    let text = error.to_string();
    let mut letters = text.chars();
    let summary: String = letters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .chain(letters)
        .chain(['.'])
        .collect();
    let hint = match error {
        SettingError::UnknownKey {
            nearest: Some(key), ..
        } => format!("spoke settings get {key}"),
        SettingError::UnknownKey { nearest: None, .. } => "spoke settings list".to_owned(),
        SettingError::Value {
            key, value, values, ..
        } => {
            let words = values.split([',', ' ']);
            let meant = nearest(value.trim(), words).unwrap_or("VALUE");
            format!("spoke settings set {key}={meant}")
        }
        SettingError::NoValue { text } => format!("spoke settings set {text}=VALUE"),
    };
    Problem::new(ProblemCode::Usage, summary, hint)
}

/// Who has decided a setting in the user's place.
fn decided_by(context: &Context, setting: &Setting) -> Result<Option<String>, Problem> {
    let policy = spoke_agent::policy(&context.paths)?;
    let deciding = policy.filter(|policy| policy.decides(setting.key));
    Ok(deciding.map(|policy| {
        let who = policy.organisation;
        who.unwrap_or_else(|| "the administrator".to_owned())
    }))
}

/// `spoke.settings/1`: settings with their values.
#[derive(Debug, Serialize)]
struct SettingsBody {
    settings: Vec<SettingBody>,
}

/// One setting.
#[derive(Debug, Serialize)]
struct SettingBody {
    key: &'static str,
    value: String,
    /// The value where nothing is chosen.
    usual: String,
    help: &'static str,
    /// What it takes, in words.
    values: &'static str,
    /// Who has decided it in the user's place.
    decided_by: Option<String>,
}

fn show_document(
    context: &Context,
    kept: &Preferences,
    settings: impl IntoIterator<Item = &'static Setting>,
) {
    let settings = settings
        .into_iter()
        .map(|setting| SettingBody {
            key: setting.key,
            value: setting.value(kept),
            usual: setting.usual(),
            help: setting.help,
            values: setting.values,
            decided_by: decided_by(context, setting).ok().flatten(),
        })
        .collect();
    let body = SettingsBody { settings };
    context
        .print
        .document(&document::of("spoke.settings/1", body));
}
