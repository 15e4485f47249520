/// What applying a change came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The host has changed.
    Done,
    /// The host was so already.
    AlreadySo,
    /// It was to be taken back and is no longer Spoke's: left alone.
    NotOurs,
}
