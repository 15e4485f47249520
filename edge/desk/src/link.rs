use crate::course::Course;
use crate::shared::Shared;
use spoke_agent::{DaemonClient, Updates};
use spoke_api::{Problem, Request, State};
use spoke_view::DaemonLink;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How long to wait before looking for the daemon again, while somebody looks.
const SEARCH: Duration = Duration::from_secs(2);
/// The same while nobody does: what the tray shows may be late.
const SELDOM: Duration = Duration::from_secs(60);

/// Is there where systemd is in charge (sd_booted(3)).
const SYSTEMD: &str = "/run/systemd/system";

/// Keeps a connection to the daemon. While the daemon is there nothing wakes this but its
/// messages and the user.
pub(crate) async fn keep(desk: Arc<Shared>) {
    // What was connected when the daemon went.
    let mut lost = None;
    loop {
        let begun = Instant::now();
        let missing = match find(&desk).await {
            Ok((daemon, updates)) => {
                lost = follow(&desk, daemon, updates, lost).await;
                None
            }
            Err(problem) => Some(problem),
        };
        desk.daemon.send_replace(None);
        desk.board
            .set(|picture| &mut picture.state, State::default());
        if let Some(problem) = missing {
            let systemd = Path::new(SYSTEMD).is_dir();
            let start = start_command(&desk.options.paths.socket, systemd);
            let missing = DaemonLink::Missing { problem, start };
            desk.board.set(|picture| &mut picture.daemon, missing);
        } else if begun.elapsed() > SEARCH {
            // It was there, so it may be again: it is said to be missing when it is not.
            continue;
        }
        pause(&desk).await;
    }
}

async fn find(desk: &Shared) -> Result<(DaemonClient, Updates), Problem> {
    let options = &desk.options;
    let (daemon, updates) = DaemonClient::connect(&options.paths.socket, &options.version).await?;
    daemon.request(Request::OfferTokens).await?;
    Ok((daemon, updates))
}

/// Follows the daemon until the connection ends; gives the profile that was connected then.
async fn follow(
    desk: &Arc<Shared>,
    daemon: DaemonClient,
    mut updates: Updates,
    lost: Option<String>,
) -> Option<String> {
    let mut traffic = desk.traffic.subscribe();
    let mut course = Course::new(desk, &daemon, lost);
    let mut subscribe = true;
    loop {
        if subscribe {
            let traffic = *traffic.borrow_and_update();
            // A daemon that has gone ends the updates too.
            let _ = daemon.request(Request::Subscribe { traffic }).await;
            subscribe = false;
            let version = daemon.daemon().version.clone();
            let link = DaemonLink::Connected { version };
            desk.board.set(|picture| &mut picture.daemon, link);
            desk.daemon.send_replace(Some(daemon.clone()));
        }
        tokio::select! {
            update = updates.next() => match update {
                Some(update) => course.handle(update),
                None => return course.lost(),
            },
            changed = traffic.changed() => subscribe = changed.is_ok(),
        }
    }
}

/// Waits until it is time to look for the daemon again: rarely while nobody looks, at once
/// when somebody begins to or wants it.
async fn pause(desk: &Shared) {
    let begun = Instant::now();
    let mut looked_at = desk.looked_at.subscribe();
    loop {
        let pause = match *looked_at.borrow_and_update() {
            true => SEARCH,
            false => SELDOM,
        };
        tokio::select! {
            () = tokio::time::sleep_until(begun + pause) => return,
            () = desk.search.notified() => return,
            _ = looked_at.changed() => {}
        }
    }
}

/// What starts the daemon that would listen there, on a system that systemd runs or not.
fn start_command(socket: &Path, systemd: bool) -> String {
    match (socket == Path::new("/run/spoke/spoke.sock"), systemd) {
        (true, true) => "sudo systemctl start spoked".to_owned(),
        (true, false) => "sudo spoked".to_owned(),
        (false, _) => format!("sudo spoked --socket {}", socket.display()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_is_started_by_what_there_is() {
        let usual = Path::new("/run/spoke/spoke.sock");
        assert_eq!(start_command(usual, true), "sudo systemctl start spoked");
        assert_eq!(start_command(usual, false), "sudo spoked");
        let other = Path::new("/tmp/other.sock");
        assert_eq!(
            start_command(other, true),
            "sudo spoked --socket /tmp/other.sock"
        );
    }
}
