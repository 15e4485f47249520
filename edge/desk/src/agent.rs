use spoke_agent::{Paths, ProviderOptions};
use spoke_api::{Problem, ProblemCode};
use std::ffi::OsString;

/// What the program does that [`Desk::leave_behind`](crate::Desk::leave_behind) started,
/// and that calls this with the arguments after `agent`: it renews the sign-in, and ends
/// with the user's connection. With `--at-login` it connects first what the settings say.
///
/// # Errors
/// When the arguments are no such ones, when there is no store of tokens, or the daemon
/// could not be reached at the start.
pub fn stay_behind(
    arguments: impl IntoIterator<Item = OsString>,
    version: &str,
) -> Result<(), Problem> {
    let mut paths = Paths::from_environment();
    let mut handed = false;
    let mut at_login = false;
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        match argument.to_str() {
            Some("--handed") => handed = true,
            Some("--at-login") => at_login = true,
            Some("--socket") => match arguments.next() {
                Some(socket) => paths = paths.with_socket(socket),
                None => return Err(wrong_usage()),
            },
            _ => return Err(wrong_usage()),
        }
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            Problem::new(
                ProblemCode::Other,
                format!("The program cannot wait for anything: {error}."),
                "Close other programs and try again.",
            )
        })?;
    let options = ProviderOptions::of_user(&paths);
    runtime.block_on(async {
        if at_login {
            spoke_agent::connect_at_login(&paths, version, options).await
        } else {
            spoke_agent::stay_behind(&paths, version, options, handed).await
        }
    })
}

fn wrong_usage() -> Problem {
    Problem::new(
        ProblemCode::Usage,
        "The agent takes --socket PATH and --handed or --at-login, and is started by the program itself.",
        "Connect with the window, or with: spoke connect",
    )
}
