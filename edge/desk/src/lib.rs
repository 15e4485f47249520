//! The user's side behind a window: one [`Desk`] keeps the connection to the daemon,
//! answers its questions for tokens by asking the user, and looks after the profiles. It
//! publishes a [`Picture`](spoke_view::Picture) after every change and knows no web view,
//! so that all of it is tested without one.

mod accounts;
mod agent;
mod board;
mod connect;
mod course;
mod desk;
mod explain;
mod link;
mod page;
mod preferences;
mod problems;
mod profiles;
mod prompts;
mod questions;
mod shared;
mod user;

pub use agent::stay_behind;
pub use desk::{Desk, DeskOptions};
