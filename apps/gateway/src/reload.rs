//! Other settings for clients that are connected.

use crate::config::Config;
use crate::log;
use crate::server::Gateway;
use spoke_wire::{PushReply, PushUpdate, UpdateItem};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};

/// The kinds of options that a change of the configuration's `[push]` concerns.
const KINDS: [&str; 3] = ["route", "route-ipv6", "dhcp-option"];

/// Reads `[push]` of the configuration anew at each SIGHUP, for all clients. The rest of the file is looked at only
/// to refuse one with mistakes.
pub(crate) async fn on_hangup(gateway: Arc<Gateway>, path: PathBuf) -> io::Error {
    let mut hangups = match signal(SignalKind::hangup()) {
        Ok(hangups) => hangups,
        Err(error) => return error,
    };
    while hangups.recv().await.is_some() {
        match Config::load(&path) {
            Ok(config) => {
                gateway.push.send_replace(config.push);
                log::event("push_changed", &[]);
            }
            Err(error) => log::event("push_unchanged", &[("error", &error)]),
        }
    }
    io::Error::other("no signals come any more")
}

/// What a connected client has to be told so that `reply` holds for it.
pub(crate) fn update(reply: &PushReply) -> PushUpdate {
    let options = reply.to_options();
    let mut items = Vec::new();
    for kind in KINDS {
        let item = |option: &str, remove: bool| UpdateItem {
            optional: false,
            remove,
            option: option.to_owned(),
        };
        let of_kind = options
            .iter()
            .filter(|option| option.split(' ').next() == Some(kind));
        let before = items.len();
        items.extend(of_kind.map(|option| item(option, false)));
        if items.len() == before {
            items.push(item(kind, true));
        }
    }
    PushUpdate { items }
}

#[cfg(test)]
mod tests {
    use super::*;
    use spoke_wire::Route;

    #[test]
    fn what_is_there_is_set_and_what_is_gone_is_removed() {
        let reply = PushReply {
            routes: vec![Route::into_tunnel([10, 1, 0, 0].into(), 16)],
            ping: Some(5),
            ..PushReply::default()
        };
        assert_eq!(
            update(&reply).to_options(),
            ["route 10.1.0.0 255.255.0.0", "-route-ipv6", "-dhcp-option"]
        );
    }
}
