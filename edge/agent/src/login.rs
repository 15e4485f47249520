//! Has the system start things with the user's session, and not any more.

use spoke_api::{Problem, ProblemCode};
use spoke_settings::{ConnectAtLogin, LoginContent, LoginItem, Preferences, Starter};
use spoke_store::{Access, AtomicFile};
use std::io;
use std::path::{Path, PathBuf};

/// Goes from the one choice to the other; `folder` is where the system looks.
///
/// # Errors
/// When a file cannot be written or removed, or there is no program to start.
pub(crate) fn arrange(
    folder: &Path,
    before: &Preferences,
    after: &Preferences,
) -> Result<(), Problem> {
    let starts = |of: &Preferences| {
        [
            (LoginItem::Desktop, of.start_at_login),
            (
                LoginItem::Connection,
                of.connect_at_login != ConnectAtLogin::Off,
            ),
        ]
    };
    for ((item, began), (_, begins)) in starts(before).into_iter().zip(starts(after)) {
        if began == begins {
            continue;
        }
        remove(folder, item)?;
        if begins {
            write(folder, item, &program(item)?)?;
        }
    }
    Ok(())
}

fn write(folder: &Path, item: LoginItem, program: &Path) -> Result<(), Problem> {
    for file in item.files(starter(), program) {
        let path = folder.join(&file.path);
        let made = path.parent().map_or(Ok(()), std::fs::create_dir_all);
        let written = made.and_then(|()| match &file.content {
            LoginContent::Text(text) => AtomicFile::new(&path, Access::Shared)
                .write(text.as_bytes())
                .map_err(io::Error::other),
            LoginContent::Link(to) => std::os::unix::fs::symlink(to, &path),
        });
        written.map_err(|error| failed("written", &path, &error))?;
    }
    Ok(())
}

fn remove(folder: &Path, item: LoginItem) -> Result<(), Problem> {
    for path in item.paths(starter()) {
        let path = folder.join(path);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(failed("removed", &path, &error));
            }
            _ => {}
        }
    }
    Ok(())
}

fn starter() -> Starter {
    match std::env::consts::OS {
        "macos" => Starter::Launchd,
        // As sd_booted(3) finds it out.
        _ if Path::new("/run/systemd/system").is_dir() => Starter::Systemd,
        _ => Starter::Xdg,
    }
}

/// The program to start. Either program of the user's can be the agent; the desktop app
/// is itself, or lies beside the command line.
fn program(item: LoginItem) -> Result<PathBuf, Problem> {
    // An image that mounts itself runs from a folder that is gone tomorrow.
    let own = match std::env::var_os("APPIMAGE") {
        Some(image) => Ok(PathBuf::from(image)),
        None => std::env::current_exe(),
    };
    let own = own.map_err(|error| {
        Problem::new(
            ProblemCode::Other,
            format!("This program does not find itself: {error}."),
            "Install Spoke anew.",
        )
    })?;
    let is_command = own.file_name().is_some_and(|name| name == "spoke");
    if item == LoginItem::Connection || !is_command {
        return Ok(own);
    }
    let desktop = [
        own.with_file_name("spoke-desktop"),
        PathBuf::from("/Applications/Spoke.app/Contents/MacOS/spoke-desktop"),
    ];
    desktop
        .into_iter()
        .find(|program| program.is_file())
        .ok_or_else(|| {
            Problem::new(
                ProblemCode::Usage,
                "The desktop app is not installed: nothing can start with your session.",
                "To connect without it: spoke settings set connect-at-login=last",
            )
        })
}

fn failed(what: &str, path: &Path, error: &io::Error) -> Problem {
    Problem::new(
        ProblemCode::Other,
        format!("{} cannot be {what}: {error}.", path.display()),
        format!(
            "Look at it: ls -la {}",
            path.parent().unwrap_or(path).display()
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(folder: &Path) -> Vec<PathBuf> {
        let mut open = vec![folder.to_owned()];
        let mut found = Vec::new();
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let entry = entry.unwrap();
                match entry.file_type().unwrap().is_dir() {
                    true => open.push(entry.path()),
                    false => found.push(entry.path()),
                }
            }
        }
        found
    }

    #[test]
    fn what_starts_with_the_session_comes_and_goes() {
        let folder = tempfile::tempdir().unwrap();
        let off = Preferences::default();
        let on = Preferences {
            start_at_login: true,
            connect_at_login: ConnectAtLogin::Last,
            ..off.clone()
        };
        arrange(folder.path(), &off, &off).unwrap();
        assert!(files(folder.path()).is_empty());
        arrange(folder.path(), &off, &on).unwrap();
        let own = std::env::current_exe().unwrap();
        for argument in ["--hidden", "--at-login"] {
            let named = files(folder.path()).into_iter().any(|file| {
                let text = std::fs::read_to_string(file).unwrap();
                text.contains(&*own.to_string_lossy()) && text.contains(argument)
            });
            assert!(named, "{argument}");
        }
        // Somebody may have removed some of it.
        std::fs::remove_file(files(folder.path()).pop().unwrap()).unwrap();
        arrange(folder.path(), &on, &off).unwrap();
        assert!(files(folder.path()).is_empty());
    }

    #[test]
    fn the_files_of_another_way_to_start_are_removed_too() {
        let folder = tempfile::tempdir().unwrap();
        let entry = LoginItem::Connection.files(Starter::Xdg, Path::new("/usr/bin/spoke"));
        let path = folder.path().join(&entry[0].path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, "").unwrap();
        remove(folder.path(), LoginItem::Connection).unwrap();
        assert_eq!(path.exists(), std::env::consts::OS == "macos");
    }
}
