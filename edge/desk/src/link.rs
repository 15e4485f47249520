use spoke_agent::DaemonClient;
use spoke_api::{Problem, Request, State, Update};
use spoke_view::{DaemonLink, Picture};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::watch;

/// How long to wait before looking for the daemon again.
const SEARCH: Duration = Duration::from_secs(2);

/// Keeps a connection to the daemon, for as long as somebody looks at the picture.
pub(crate) async fn keep(socket: PathBuf, version: String, picture: watch::Sender<Picture>) {
    loop {
        let problem = match follow(&socket, &version, &picture).await {
            Ok(()) => continue,
            Err(problem) => problem,
        };
        let missing = DaemonLink::Missing {
            problem,
            start: "sudo systemctl start spoked".to_owned(),
        };
        picture.send_if_modified(|picture| {
            let changed = picture.daemon != missing || picture.state != State::default();
            picture.daemon = missing;
            picture.state = State::default();
            changed
        });
        tokio::time::sleep(SEARCH).await;
    }
}

/// Follows the daemon's state until the connection ends.
async fn follow(
    socket: &Path,
    version: &str,
    picture: &watch::Sender<Picture>,
) -> Result<(), Problem> {
    let (daemon, mut updates) = DaemonClient::connect(socket, version).await?;
    daemon.request(Request::Subscribe).await?;
    let link = DaemonLink::Connected {
        version: daemon.daemon().version.clone(),
    };
    picture.send_modify(|picture| picture.daemon = link);
    while let Some(update) = updates.next().await {
        if let Update::State { state } = update {
            picture.send_if_modified(|picture| {
                let changed = picture.state != *state;
                picture.state = *state;
                changed
            });
        }
    }
    Ok(())
}
