//! `.ovpn` files: OpenVPN's own configuration of a client.
//!
//! The text is a stranger's. It is cut into directives, each of which a table knows as
//! applied, passed over with a note, or refused by name; what is applied becomes a
//! [`Profile`](crate::Profile). Nothing in it can name a program to run.

mod connect;
mod credentials;
mod directives;
mod document;
mod draft;
mod lexer;
mod network;
mod pem;
mod protocol;
mod reader;
mod scope;
mod verify;

pub use directives::{DIRECTIVES, DirectiveGroup, Treatment};
pub(crate) use pem::client_key;
pub(crate) use reader::{looks_like, needed_files, read};
