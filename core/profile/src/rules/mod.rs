//! What may stand in each field, the same for files, forms and `set`.
//!
//! Each rule takes text as people write it and gives the normalised value; what it
//! changed goes to the [`Place`](crate::finding::Place) as a finding, what it cannot
//! accept comes back as a [`Refusal`](crate::error::Refusal).

mod entra;
mod first_party;
mod host;
mod network;
mod plain;

pub(crate) use entra::{
    application_id, audience, authority, issuer, issuer_tenant, redirect_uri, scope,
};
pub(crate) use host::{host, host_and_port};
pub(crate) use network::{dns_server, mtu, prefix, suffix};
pub(crate) use plain::{
    certificate, flag, is_disguise, name, quoted, secret, sha1, text_value, transport,
};
