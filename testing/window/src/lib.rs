//! The desktop app's real window, driven as a person drives it: the built program on a
//! screen without a monitor, on the lab's user's computer, against the lab's daemon,
//! gateway and sign-in server. Hands and eyes are the web view's own WebDriver, so what
//! is pressed and read here is what a person would press and read; and the browser that
//! signs in is a real one.

mod browser;
mod cost;
mod double;
mod drop;
mod pages;
mod photograph;
mod screen;
mod session;
mod shell;
mod window;
mod wire;

pub use browser::Browser;
pub use cost::Cost;
pub use double::DaemonDouble;
pub use pages::Pages;
pub use photograph::Photograph;
pub use screen::{Screen, missing};
pub use session::{Element, Session};
pub use shell::{Icon, MenuLine, Notice, Shell};
pub use window::Window;
