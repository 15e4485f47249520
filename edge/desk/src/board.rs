use spoke_api::Notice;
use spoke_view::Picture;
use std::sync::Arc;
use tokio::sync::watch;

/// Notices that are kept; more would hide the rest of the window.
const MOST_NOTICES: usize = 8;

/// Where the picture hangs: who looks at it is told of real changes only.
#[derive(Clone)]
pub(crate) struct Board(Arc<watch::Sender<Picture>>);

impl Default for Board {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(Picture::default())))
    }
}

impl Board {
    /// Puts a value into its place in the picture.
    pub(crate) fn set<T: PartialEq>(&self, place: impl FnOnce(&mut Picture) -> &mut T, value: T) {
        self.0.send_if_modified(|picture| {
            let old = place(picture);
            let changed = *old != value;
            *old = value;
            changed
        });
    }

    /// Adds what is worth knowing, as the newest.
    pub(crate) fn notice(&self, notice: Notice) {
        let mut notices = self.0.borrow().notices.clone();
        notices.retain(|old| *old != notice);
        notices.push(notice);
        let over = notices.len().saturating_sub(MOST_NOTICES);
        notices.drain(..over);
        self.set(|picture| &mut picture.notices, notices);
    }

    /// The picture now.
    pub(crate) fn now(&self) -> Picture {
        self.0.borrow().clone()
    }

    /// The picture now and after every change.
    pub(crate) fn follow(&self) -> watch::Receiver<Picture> {
        self.0.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_told_of_what_is_no_change() {
        let board = Board::default();
        let mut seen = board.follow();
        board.set(|picture| &mut picture.tray, false);
        assert!(!seen.has_changed().unwrap());
        board.set(|picture| &mut picture.tray, true);
        assert!(seen.has_changed().unwrap());
        assert!(seen.borrow_and_update().tray);
    }

    #[test]
    fn a_notice_is_there_once_and_old_ones_make_room() {
        let board = Board::default();
        for number in 0..MOST_NOTICES {
            board.notice(Notice::other(number.to_string()));
        }
        board.notice(Notice::other("1"));
        board.notice(Notice::other("new"));
        let notices = board.now().notices;
        assert_eq!(notices.len(), MOST_NOTICES);
        assert_eq!(notices[MOST_NOTICES - 2..], ["1", "new"].map(Notice::other));
        assert_eq!(notices[0].text, "2");
    }
}
