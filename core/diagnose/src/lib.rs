//! What keeps a host from being reached, from facts that others gathered: the name and
//! who answers for it, the address and the route that leads there, what a connection
//! came to. [`explain`] turns [`Facts`] into an [`Explanation`] with a verdict and a fix,
//! [`examine`] an [`Examination`] of this computer into [`Check`]s.

#![forbid(unsafe_code)]

mod dns_message;
mod doctor;
mod explain;
mod explanation;
mod facts;
mod http_date;
mod names;
mod redact;
mod target;
mod way;

pub use dns_message::{AddressKind, DnsReply, DnsReplyError, dns_question, read_dns_reply};
pub use doctor::{Check, Examination, ProfileFacts, Repair, Standing, Subject, examine};
pub use explain::explain;
pub use explanation::{AddressReport, Explanation, Mend, NameReport, Setting, Verdict};
pub use facts::{AddressFacts, Answer, Asked, Facts, NameFacts, PortReply, addresses_to_try};
pub use http_date::read_http_date;
pub use names::{asked_inside, full_names, is_private, is_under, shell, suffix_of};
pub use redact::redact;
pub use target::{Target, TargetError, TargetHost};
pub use way::{Way, best_route, link_with, way_to};
