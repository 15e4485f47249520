use crate::driver::Inner;
use crate::tunnel::Gate;
use spoke_supervisor::{Attempt, Input};
use tokio::sync::mpsc;

/// Looks a gateway's name up, once the gate, if there is one, has opened.
pub(crate) fn resolve(
    attempt: Attempt,
    host: String,
    port: u16,
    gate: Option<Gate>,
    to_driver: mpsc::UnboundedSender<Inner>,
) {
    tokio::spawn(async move {
        if let Some(gate) = gate {
            // One that is gone leaves nothing to wait for.
            let _ = gate.await;
        }
        let result = tokio::net::lookup_host((host.as_str(), port))
            .await
            .map(Iterator::collect)
            .map_err(|error| error.to_string());
        let _ = to_driver.send(Inner::Input(Input::Resolved { attempt, result }));
    });
}

/// While an attempt is made: should it fail, this may be why.
pub(crate) fn look_for_portal(to_driver: mpsc::UnboundedSender<Inner>) {
    tokio::spawn(async move {
        let input = Input::Portal(spoke_host::behind_portal().await);
        let _ = to_driver.send(Inner::Input(input));
    });
}
