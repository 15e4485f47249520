//! How much of the workspace can be built on this machine: all of it where the desktop
//! app's window can be, else the rest.

use crate::{packages, pages};

/// What cargo is to work on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Everything.
    Workspace,
    /// Everything that needs no web view.
    WithoutWindow,
}

impl Scope {
    /// Gets what the window is built from, as far as that may be done here, and says what
    /// is left out where it may not. A strict run (`SPOKE_TEST_STRICT=1`) leaves nothing out.
    pub(crate) fn provide() -> Result<Self, String> {
        packages::provide(packages::WINDOW)?;
        let missing = if !packages::present(packages::WINDOW) {
            "its web view is not installed"
        } else if !pages::buildable() {
            "its pages are built by npm, which comes with Node.js 20"
        } else {
            pages::build()?;
            return Ok(Self::Workspace);
        };
        if spoke_needs::is_strict() {
            return Err(format!("the desktop app cannot be left out: {missing}"));
        }
        println!("left out: the desktop app: {missing}");
        Ok(Self::WithoutWindow)
    }

    /// What can be built as things are. Where the window can be, it is built along with
    /// programs that do not need it: cargo would build much of them anew without.
    pub(crate) fn present() -> Self {
        if packages::present(packages::WINDOW) && pages::built() {
            Self::Workspace
        } else {
            Self::WithoutWindow
        }
    }

    /// The arguments for cargo.
    pub(crate) fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Workspace => &["--workspace"],
            // The default members.
            Self::WithoutWindow => &[],
        }
    }
}
