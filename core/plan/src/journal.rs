use crate::change::{Change, Lifetime};
use crate::files::FileState;
use crate::lockdown::Lockdown;
use crate::route::Route;
use crate::view::HostView;
use serde::{Deserialize, Serialize};

/// Version of the journal's form on disk.
pub const JOURNAL_VERSION: u32 = 1;

/// The undo of every change in force that outlives the process. It is written to
/// disk before a change is applied and once more when it is taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Journal {
    /// Version of the form, [`JOURNAL_VERSION`] when written.
    pub version: u32,
    /// The boot in which the changes were made.
    pub boot_id: String,
    /// Oldest first.
    pub entries: Vec<Entry>,
}

/// One change that may be in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What takes it back, if the value is still Spoke's: a route with its mark, a
    /// file with its first line.
    pub undo: Change,
}

impl Journal {
    /// A journal without entries.
    #[must_use]
    pub const fn new(boot_id: String) -> Self {
        Self {
            version: JOURNAL_VERSION,
            boot_id,
            entries: Vec::new(),
        }
    }

    /// Whether nothing is in force that outlives the process.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Enters the undo of a change that is about to be applied. Answers whether the
    /// journal has changed, and so must be on disk before the change is applied.
    #[must_use]
    pub fn record(&mut self, change: &Change) -> bool {
        let Some(undo) = self.way_back(change) else {
            return false;
        };
        let entry = Entry { undo };
        if self.entries.contains(&entry) {
            return false;
        }
        self.entries.push(entry);
        true
    }

    /// Enters the undo of all routes among changes that are about to be applied one after the
    /// other: there may be a thousand. Answers as [`Journal::record`]; an entry whose change
    /// is never made does no harm.
    #[must_use]
    pub fn record_routes(&mut self, changes: &[Change]) -> bool {
        let mut news = false;
        for change in changes {
            news |= matches!(change, Change::AddRoute { .. }) && self.record(change);
        }
        news
    }

    /// Strikes out all but what takes these routes, and a lockdown, back.
    pub fn keep_only(&mut self, routes: &[Route], lockdown: bool) {
        self.entries.retain(|entry| match &entry.undo {
            Change::RemoveRoute { route } => routes.contains(route),
            Change::SetLockdown { .. } => lockdown,
            _ => false,
        });
    }

    /// The lockdown that is in force, as it was at first.
    #[must_use]
    pub fn lockdown(&self) -> Option<&Lockdown> {
        self.entries.iter().find_map(|entry| match &entry.undo {
            Change::SetLockdown { from, .. } => from.as_ref(),
            _ => None,
        })
    }

    /// Strikes out what is no longer in force after a change was applied. Answers
    /// whether the journal has changed; nothing is lost if that is written later.
    #[must_use]
    pub fn confirm(&mut self, change: &Change) -> bool {
        let before = self.entries.len();
        match change {
            Change::RemoveRoute { .. } => self.entries.retain(|entry| entry.undo != *change),
            Change::SetLockdown { to: None, .. } => self
                .entries
                .retain(|entry| !matches!(entry.undo, Change::SetLockdown { .. })),
            Change::SetResolvConf { to, .. } => self.entries.retain(|entry| {
                let Change::SetResolvConf { from, .. } = &entry.undo else {
                    return true;
                };
                from.same_as(to)
            }),
            _ => {}
        }
        self.entries.len() != before
    }

    /// What takes a change back for good: never to an earlier state of our own.
    fn way_back(&self, change: &Change) -> Option<Change> {
        match change {
            // One is enough: it is set, and taken back, as a whole.
            Change::SetLockdown { to: Some(to), .. } if self.lockdown().is_none() => {
                Some(Change::SetLockdown {
                    from: Some(to.clone()),
                    to: None,
                })
            }
            Change::AddRoute { .. } if change.needs_journal() => Some(change.undo()),
            Change::SetResolvConf { from, to } if to.is_ours() => {
                let original = if from.is_ours() {
                    self.original_of(from).unwrap_or(from)
                } else {
                    from
                };
                Some(Change::SetResolvConf {
                    from: to.clone(),
                    to: original.clone(),
                })
            }
            _ => None,
        }
    }

    fn original_of(&self, ours: &FileState) -> Option<&FileState> {
        self.entries
            .iter()
            .rev()
            .find_map(|entry| match &entry.undo {
                Change::SetResolvConf { from, to } if from.same_as(ours) => Some(to),
                _ => None,
            })
    }
}

/// Of what takes back the leftovers of a crash, what may wait where the connection is to come
/// back at once: until then nothing meant for the tunnel goes past it.
#[must_use]
pub fn may_wait(recovery: &[Change]) -> Vec<Route> {
    let routes = recovery.iter().filter_map(|change| match change {
        Change::RemoveRoute { route } => Some(route.clone()),
        _ => None,
    });
    routes.collect()
}

/// The changes that take back what a crash has left, newest first: only what the
/// host still has, and still has from Spoke.
#[must_use]
pub fn recover(journal: &Journal, view: &HostView) -> Vec<Change> {
    let same_boot = journal.boot_id == view.boot_id;
    let mut standing = view.platform.resolv_conf().clone();
    let mut changes = Vec::new();
    for Entry { undo } in journal.entries.iter().rev() {
        if undo.lifetime() < Lifetime::Disk && !same_boot {
            continue;
        }
        match undo {
            Change::SetLockdown { .. } => changes.push(undo.clone()),
            Change::RemoveRoute { route } if view.routes.iter().any(|have| route.is(have)) => {
                changes.push(undo.clone());
            }
            Change::SetResolvConf { from, to } if standing.may_be_replaced(from) => {
                changes.push(Change::SetResolvConf {
                    from: standing,
                    to: to.clone(),
                });
                standing = to.clone();
            }
            _ => {}
        }
    }
    changes
}
