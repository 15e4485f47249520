//! What NetworkManager knows of a network that wants a sign-in of its own, heard over a
//! real bus from a stand-in that answers as NetworkManager does.

use super::support::in_namespaces;
use super::support::resolved::start_bus;
use futures_util::StreamExt as _;
use spoke_host::behind_portal;
use zbus::MessageStream;

const NAME: &str = "org.freedesktop.NetworkManager";

#[test]
fn only_networkmanagers_word_for_a_portal_is_one() {
    if !spoke_needs::program("dbus-daemon") {
        return;
    }
    in_namespaces(async || {
        assert!(!behind_portal().await, "there is no bus");
        start_bus();
        assert!(!behind_portal().await, "there is no NetworkManager");
        let bus = zbus::connection::Builder::system().build().await.unwrap();
        let mut calls = MessageStream::from(&bus);
        bus.request_name(NAME).await.unwrap();
        // Unknown, none, portal, limited, full.
        let server = bus.clone();
        let answers = tokio::spawn(async move {
            let mut connectivity = 0_u32;
            while let Some(Ok(call)) = calls.next().await {
                let header = call.header();
                if header
                    .member()
                    .is_some_and(|name| name.as_str() == "CheckConnectivity")
                {
                    server.reply(&header, &connectivity).await.unwrap();
                    connectivity += 1;
                }
            }
        });
        for expected in [false, false, true, false, false] {
            assert_eq!(behind_portal().await, expected);
        }
        answers.abort();
    });
}
