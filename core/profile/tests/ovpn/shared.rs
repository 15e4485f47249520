//! What the tests of OpenVPN's configurations share. The keys and certificates beside this
//! file were made for them.
#![allow(
    dead_code,
    clippy::allow_attributes,
    clippy::panic,
    reason = "each test uses a part of it, and ends where it cannot go on"
)]

use spoke_profile::{Profile, ReadOptions, Reading, SecretBytes, read};

pub(crate) fn options() -> ReadOptions {
    let file = |name: &str, text: &str| {
        let bytes = SecretBytes::new(text.as_bytes().to_vec().into());
        (name.to_owned(), bytes)
    };
    ReadOptions {
        files: vec![
            file("ca.crt", include_str!("ca.crt")),
            file("client.crt", include_str!("client.crt")),
            file("client.key", include_str!("client.key")),
            file("ta.key", include_str!("ta.key")),
        ],
        ..ReadOptions::default()
    }
}

pub(crate) fn reading(text: &str) -> Reading {
    read(text.as_bytes(), &options()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// The least that is accepted, and these lines.
pub(crate) fn with(lines: &str) -> String {
    format!("client\ndev tun\nremote vpn.example.com\nca ca.crt\nauth-user-pass\n{lines}\n")
}

pub(crate) fn addresses(profile: &Profile) -> Vec<String> {
    profile
        .servers
        .iter()
        .map(|server| {
            let port = profile.port_of(server);
            format!("{}:{port} {:?}", server.host, profile.transport_of(server))
        })
        .collect()
}
