//! One command, one file.

pub(crate) mod account;
pub(crate) mod agent;
pub(crate) mod completion;
pub(crate) mod connect;
pub(crate) mod daemon;
pub(crate) mod disconnect;
pub(crate) mod dns;
pub(crate) mod docs;
pub(crate) mod doctor;
pub(crate) mod explain;
pub(crate) mod import;
pub(crate) mod log;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod man;
pub(crate) mod metrics;
pub(crate) mod probe;
pub(crate) mod profile;
pub(crate) mod reconnect;
pub(crate) mod report;
pub(crate) mod route;
pub(crate) mod run;
pub(crate) mod status;
pub(crate) mod version;
pub(crate) mod wait;
pub(crate) mod watch;
