//! `spoke profile edit NAME`

use super::store;
use crate::context::Context;
use crate::exit::Outcome;
use crate::private_file::{self, Temporary};
use crate::{settings, words};
use spoke_agent::faults;
use spoke_api::{ExitCode, Problem, ProblemCode};
use spoke_profile::{Assignment, KEYS, Profile, options_of};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::process::Command;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "The editor is that of VISUAL or EDITOR. The server secret never gets into \
                        the file; change it with spoke profile set NAME --secret-file FILE."
)]
pub(crate) struct Args {
    /// Which profile; the beginning of its name will do.
    name: String,
}

pub(crate) fn run(context: &Context, args: Args) -> Outcome {
    let before = context.store().find(&args.name)?;
    let folder = &context.paths.state;
    let failed = |error: io::Error| {
        Problem::new(
            ProblemCode::Other,
            format!(
                "No file to edit can be made in {}: {error}.",
                folder.display()
            ),
            format!("spoke profile set {} KEY=VALUE", words::shell(&before.name)),
        )
    };
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(failed)?;
    let file = Temporary(folder.join(format!("edit-{}.txt", std::process::id())));
    // Left behind by a process of the same number that was killed.
    let _ = fs::remove_file(&file.0);
    private_file::create(&file.0, text(&before).as_bytes()).map_err(failed)?;
    loop {
        open_editor(&file.0)?;
        let edited = fs::read_to_string(&file.0).map_err(failed)?;
        match apply(&before, &edited).and_then(valid) {
            Ok(profile) => {
                store::changed(context, &before, profile)?;
                return Ok(ExitCode::Success);
            }
            Err(problem) => {
                if !context.ask.person() {
                    return Err(problem);
                }
                context.print.problem(&problem);
                if !context.ask.confirm("Edit it again?") {
                    context
                        .print
                        .note(format_args!("{} stays as it is.", before.name));
                    return Ok(ExitCode::Success);
                }
            }
        }
    }
}

/// The profile as lines of keys and values.
fn text(profile: &Profile) -> String {
    let mut text = format!(
        "# {}: change what you like, save, and close the editor.\n\
         # Lists are separated by commas. Lines that begin with # are not read. The server\n\
         # secret and root certificates are not shown here and stay as they are.\n",
        profile.name
    );
    for key in KEYS {
        if let Some(value) = settings::value(profile, key.name) {
            text.push_str(&format!("\n# {}\n{} = {value}\n", key.help, key.name));
        }
    }
    text
}

/// `before` with what differs in the edited text.
fn apply(before: &Profile, edited: &str) -> Result<Profile, Problem> {
    let mut profile = before.clone();
    let options = options_of(before);
    for (key, value) in parse(edited)? {
        // A key may be new to this kind of sign-in, after `sign-in` was changed above it.
        let old = settings::value(before, &key);
        if old.as_deref() == Some(value.as_str()) {
            continue;
        }
        if settings::value(&profile, &key).is_none() && KEYS.iter().any(|known| known.name == key) {
            continue;
        }
        profile
            .set(&Assignment::set(&key, &value), &options)
            .map_err(|error| faults::in_field(&before.name, &error))?;
    }
    Ok(profile)
}

fn valid(profile: Profile) -> Result<Profile, Problem> {
    match profile.validate() {
        Ok(_) => Ok(profile),
        Err(errors) => Err(faults::in_profile(&profile.name, &errors)),
    }
}

/// Keys and values in the order of the form, so that `sign-in` comes before what
/// depends on it.
fn parse(edited: &str) -> Result<Vec<(String, String)>, Problem> {
    let mut found = BTreeMap::new();
    for (number, line) in edited.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let Some((key, value)) = line.split_once('=') else {
            return Err(Problem::new(
                ProblemCode::ProfileInvalid,
                format!("Line {} has no `=`.", number + 1),
                "write KEY = VALUE, or # before what shall not be read",
            ));
        };
        let key = key.trim().to_owned();
        let place = KEYS
            .iter()
            .position(|known| known.name == key)
            .unwrap_or(KEYS.len());
        found.insert((place, key), value.trim().to_owned());
    }
    Ok(found
        .into_iter()
        .map(|((_, key), value)| (key, value))
        .collect())
}

fn open_editor(file: &Path) -> Result<(), Problem> {
    let editor = ["VISUAL", "EDITOR"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
        .unwrap_or_else(|| "vi".to_owned());
    // The variable may hold arguments (`code --wait`), as the shell takes it.
    let status = Command::new("/bin/sh")
        .arg("-c")
        .arg(format!("{editor} \"$1\""))
        .arg("sh")
        .arg(file)
        .status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(editor_failed(&editor, &status.to_string())),
        Err(error) => Err(editor_failed(&editor, &error.to_string())),
    }
}

fn editor_failed(editor: &str, why: &str) -> Problem {
    Problem::new(
        ProblemCode::Other,
        format!("The editor {editor} ended badly ({why}); nothing was changed."),
        "name another one: EDITOR=nano spoke profile edit NAME",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use spoke_profile::{ReadOptions, ServerSecret};

    fn profile() -> Profile {
        let secret = ServerSecret::from_text(&"0f".repeat(256)).unwrap();
        let mut profile = Profile::draft("office", secret);
        for (key, value) in [
            ("server", "vpn.example.com"),
            ("sign-in.tenant", "11111111-2222-3333-4444-555555555555"),
            ("sign-in.audience", "c632b3df-fb67-4d84-bdcf-b95ad541b5c8"),
        ] {
            profile
                .set(&Assignment::set(key, value), &ReadOptions::default())
                .unwrap();
        }
        profile
    }

    #[test]
    fn the_text_holds_no_secret_and_changes_nothing_by_itself() {
        let profile = profile();
        let text = text(&profile);
        assert!(!text.contains("0f0f"));
        assert_eq!(apply(&profile, &text), Ok(profile));
    }

    #[test]
    fn a_changed_line_changes_its_field() {
        let profile = profile();
        let edited = text(&profile).replace("mtu = ", "mtu = 1400");
        assert_eq!(apply(&profile, &edited).unwrap().mtu, Some(1400));
    }

    #[test]
    fn mistakes_are_told() {
        let profile = profile();
        for bad in ["mtu 1400", "mtu = many", "colour = red"] {
            assert!(apply(&profile, bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn another_sign_in_drops_what_it_does_not_have() {
        let profile = profile();
        let edited = text(&profile).replace("sign-in = aad", "sign-in = usernamepass");
        let changed = apply(&profile, &edited).unwrap();
        assert_eq!(changed.sign_in.azure_type(), "usernamepass");
    }
}
