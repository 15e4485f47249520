//! What the kernel of macOS is asked for and what it tells, as bytes: pure, so that it
//! is tested on any system. Layouts are those of `net/route.h`, `net/if.h`,
//! `net/if_dl.h`, `netinet/in.h` and `netinet6/in6_var.h` of XNU on 64-bit processors,
//! all of which are little-endian. `edge/host` compares them with the C library's when
//! it is compiled there.

mod dump;
mod interface_request;
pub mod layout;
mod reader;
mod route_message;
mod socket_address;
#[cfg(test)]
mod tests;
mod utun;

pub use dump::{events, links, routes};
pub use interface_request::{InterfaceRequest, RequestFamily};
pub use route_message::{RouteAction, route_message};
pub use utun::{UTUN_CONTROL, utun_unit};
