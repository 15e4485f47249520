use super::reply::PushReply;
use super::text::{PushError, PushText};
use crate::secret_text::append;
use zeroize::Zeroizing;

/// Puts the parts of a split push message together again.
#[derive(Default)]
pub struct PushJoiner {
    options: Zeroizing<String>,
}

impl PushJoiner {
    /// Cap on the sum of all parts in bytes; OpenVPN 3 allows 768 KiB, Azure's limit of 1000 routes needs about 40 KiB.
    pub const LIMIT: usize = 256 * 1024;

    /// Takes the next part; gives all options once the last part is in.
    ///
    /// # Errors
    /// When the parts add up to more than [`PushJoiner::LIMIT`].
    pub fn add(&mut self, part: &PushText) -> Result<Option<PushText>, PushError> {
        let mut more = false;
        for option in part.options() {
            let mut words = option.split_ascii_whitespace();
            if words.next() == Some("push-continuation") {
                more = words.next() == Some("2");
                continue;
            }
            if self.options.len() + option.len() + 1 > Self::LIMIT {
                self.options = Zeroizing::default();
                return Err(PushError::TooLong { limit: Self::LIMIT });
            }
            if !self.options.is_empty() {
                append(&mut self.options, ",");
            }
            append(&mut self.options, option);
        }
        if more {
            return Ok(None);
        }
        let whole = std::mem::take(&mut self.options);
        Ok(Some(PushText::new(whole.as_str())))
    }

    /// Like [`PushJoiner::add`], and reads the options of the whole.
    ///
    /// # Errors
    /// As [`PushJoiner::add`] and [`PushReply::parse`].
    pub fn add_reply(&mut self, part: &PushText) -> Result<Option<PushReply>, PushError> {
        match self.add(part)? {
            Some(whole) => PushReply::parse(&whole).map(Some),
            None => Ok(None),
        }
    }
}

impl std::fmt::Debug for PushJoiner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PushJoiner({} bytes so far)", self.options.len())
    }
}
