//! What may come from strangers, given to whatever reads it: the bodies of the fuzz targets in `fuzz/`.
//!
//! Each takes any bytes, and panics only when a law is broken. The collected inputs are replayed by an ordinary test.

mod local;
mod names;
mod operations;
mod parsers;
mod profiles;
mod proxies;
mod routing;
mod sessions;
mod traffic;
mod wrappings;

use std::fmt;

pub use local::api_frame;
pub use names::dns_reply;
pub use operations::operations;
pub use parsers::{
    auth_failure, certificate, control_message, control_packet, data_packet, framer, key_exchange,
    options, push_reply, push_update, sign_in_step, static_key,
};
pub use profiles::{ovpn, profile};
pub use proxies::proxy_reply;
pub use routing::routing_messages;
pub use sessions::session;
pub use traffic::{batch, clamp_mss, super_packet};
pub use wrappings::{client_key, early_negotiation, stateless, tls_crypt, tls_crypt_v2_key};

/// One target: its name, which is also its folder of inputs, and its body.
pub struct Target {
    /// Name of the fuzz target and of its corpus.
    pub name: &'static str,
    /// What takes the bytes.
    pub run: fn(&[u8]),
}

/// All targets.
pub const TARGETS: &[Target] = &[
    Target {
        name: "dns_reply",
        run: dns_reply,
    },
    Target {
        name: "tls_crypt",
        run: tls_crypt,
    },
    Target {
        name: "client_key",
        run: client_key,
    },
    Target {
        name: "tls_crypt_v2_key",
        run: tls_crypt_v2_key,
    },
    Target {
        name: "early_negotiation",
        run: early_negotiation,
    },
    Target {
        name: "stateless",
        run: stateless,
    },
    Target {
        name: "push_update",
        run: push_update,
    },
    Target {
        name: "sign_in_step",
        run: sign_in_step,
    },
    Target {
        name: "auth_failure",
        run: auth_failure,
    },
    Target {
        name: "control_packet",
        run: control_packet,
    },
    Target {
        name: "framer",
        run: framer,
    },
    Target {
        name: "key_exchange",
        run: key_exchange,
    },
    Target {
        name: "push_reply",
        run: push_reply,
    },
    Target {
        name: "control_message",
        run: control_message,
    },
    Target {
        name: "options",
        run: options,
    },
    Target {
        name: "static_key",
        run: static_key,
    },
    Target {
        name: "data_packet",
        run: data_packet,
    },
    Target {
        name: "certificate",
        run: certificate,
    },
    Target {
        name: "operations",
        run: operations,
    },
    Target {
        name: "session",
        run: session,
    },
    Target {
        name: "profile",
        run: profile,
    },
    Target {
        name: "ovpn",
        run: ovpn,
    },
    Target {
        name: "proxy_reply",
        run: proxy_reply,
    },
    Target {
        name: "routing_messages",
        run: routing_messages,
    },
    Target {
        name: "super_packet",
        run: super_packet,
    },
    Target {
        name: "batch",
        run: batch,
    },
    Target {
        name: "clamp_mss",
        run: clamp_mss,
    },
    Target {
        name: "api_frame",
        run: api_frame,
    },
];

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
