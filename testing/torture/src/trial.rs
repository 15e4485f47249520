//! What can be played, and how much of it.

use crate::report::Report;
use crate::{crowd, kills, leaks, links, names, roams, soak};
use spoke_lab::LabError;
use std::str::FromStr;

/// One kind of torture. Each is played in namespaces of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trial {
    /// Transitions of all kinds under packets for the virtual network.
    Leaks,
    /// The same with a lockdown, under packets for the internet too.
    Lockdown,
    /// Reconnects under questions for names of the virtual network.
    Names,
    /// The daemon killed before each step that it takes.
    Kills,
    /// Another address of the computer, over and over.
    Roams,
    /// Transfers over bad links.
    Links,
    /// Thousands of clients at the daemon's socket.
    Crowd,
    /// A long time with traffic.
    Soak,
}

/// How much is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// What fits into the tests of every change.
    Small,
    /// So many hundredths of all.
    Part(usize),
}

impl Size {
    /// All of it, for hours.
    pub const FULL: Self = Self::Part(100);

    /// How often, where it is so often when small and so often when full.
    pub(crate) fn times(self, small: usize, full: usize) -> usize {
        match self {
            Self::Small => small,
            Self::Part(percent) => (full * percent).div_ceil(100),
        }
    }

    /// Whether it is to be played with all its variants.
    pub(crate) const fn is_small(self) -> bool {
        matches!(self, Self::Small)
    }
}

impl Trial {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Leaks,
        Self::Lockdown,
        Self::Names,
        Self::Kills,
        Self::Roams,
        Self::Links,
        Self::Crowd,
        Self::Soak,
    ];

    /// Its name on the command line and in the document.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Leaks => "leaks",
            Self::Lockdown => "lockdown",
            Self::Names => "names",
            Self::Kills => "kills",
            Self::Roams => "roams",
            Self::Links => "links",
            Self::Crowd => "crowd",
            Self::Soak => "soak",
        }
    }

    /// Plays it. To be called once, inside the lab's namespaces. A goal that was missed is
    /// no error but stands in the report.
    ///
    /// # Errors
    /// When the lab does not do its part.
    pub fn play(self, size: Size) -> Result<Report, LabError> {
        match self {
            Self::Leaks => leaks::play(size),
            Self::Lockdown => leaks::play_locked(size),
            Self::Names => names::play(size),
            Self::Kills => kills::play(size),
            Self::Roams => roams::play(size),
            Self::Links => links::play(size),
            Self::Crowd => crowd::play(size),
            Self::Soak => soak::play(size),
        }
    }
}

impl FromStr for Trial {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let mut all = Self::ALL.into_iter();
        all.find(|trial| trial.name() == name)
            .ok_or_else(|| format!("no trial is called `{name}`"))
    }
}
