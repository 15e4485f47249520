//! `spoke profile list`

use crate::context::Context;
use crate::exit::Outcome;
use crate::render::Tone;
use crate::{clean, document, follow, words};
use spoke_agent::Listing;
use spoke_api::{ExitCode, Phase};
use spoke_profile::{Profile, SignIn};

pub(crate) fn run(context: &Context) -> Outcome {
    let Listing { profiles, damaged } = context.store().list()?;
    for mut problem in damaged.iter().cloned() {
        clean::text(&mut problem.summary);
        context.print.warning(problem.summary);
    }
    let connected = connected(context);
    if context.print.json() {
        context
            .print
            .document(&document::profiles(&profiles, connected.as_deref()));
        return Ok(ExitCode::Success);
    }
    if profiles.is_empty() && damaged.is_empty() {
        context
            .print
            .note("There is no profile yet.   Next: spoke import FILE");
    }
    let width = profiles
        .iter()
        .map(|profile| profile.name.chars().count())
        .max()
        .unwrap_or_default();
    for profile in &profiles {
        let name = format!("{:<width$}", profile.name);
        let name = context.print.paint(Tone::Strong, name);
        let mark = if connected.as_deref() == Some(profile.name.as_str()) {
            context.print.paint(Tone::Good, "connected  ")
        } else {
            String::new()
        };
        context
            .print
            .result(format_args!("{name}  {mark}{}", summary(profile)));
    }
    Ok(ExitCode::Success)
}

/// Name of the connected profile; a daemon that does not run has none.
fn connected(context: &Context) -> Option<String> {
    let state = context
        .run(async {
            let (daemon, _updates) = context.daemon().await?;
            follow::state(&daemon).await
        })
        .ok()?;
    let connection = state.connection?;
    (connection.phase == Phase::Connected).then_some(connection.profile)
}

fn summary(profile: &Profile) -> String {
    let server = profile
        .servers
        .first()
        .map_or_else(String::new, |server| words::host(&server.host));
    let sign_in = match &profile.sign_in {
        SignIn::Entra(entra) => format!("Entra ID, tenant {}", words::identifier(&entra.tenant)),
        SignIn::Certificate => "client certificate".to_owned(),
        SignIn::Password { .. } => "user name and password".to_owned(),
    };
    format!("{server}  {sign_in}")
}
