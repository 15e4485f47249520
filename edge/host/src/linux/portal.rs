use std::time::Duration;
use zbus::Connection;

const SERVICE: &str = "org.freedesktop.NetworkManager";
const PATH: &str = "/org/freedesktop/NetworkManager";

/// How NetworkManager counts a network that wants a sign-in of its own
/// (`NM_CONNECTIVITY_PORTAL`).
const PORTAL: u32 = 2;

/// How long NetworkManager may take to look.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whether this computer is on a network that wants a sign-in on a web page first. Only
/// NetworkManager is asked, which looks in the way that its own settings say (or not at
/// all); where there is none, the answer is no.
pub async fn behind_portal() -> bool {
    tokio::time::timeout(PATIENCE, connectivity())
        .await
        .is_ok_and(|answer| answer.is_ok_and(|connectivity| connectivity == PORTAL))
}

async fn connectivity() -> Result<u32, zbus::Error> {
    let builder = zbus::connection::Builder::system().method_timeout(PATIENCE);
    let bus: Connection = builder.build().await?;
    let answer = bus
        .call_method(Some(SERVICE), PATH, Some(SERVICE), "CheckConnectivity", &())
        .await?;
    answer.body().deserialize()
}
