use super::text::PushText;

/// A change of single settings of a running connection (OpenVPN 2.7), item by item, in the order sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PushUpdate {
    /// The changes.
    pub items: Vec<UpdateItem>,
}

/// One item of a [`PushUpdate`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateItem {
    /// Whether it may be skipped by a client that cannot do it; otherwise it has to connect anew.
    pub optional: bool,
    /// Whether all values of the kind are taken away.
    pub remove: bool,
    /// The option, or for a removal its name.
    pub option: String,
}

impl PushUpdate {
    /// Reads the items of a complete (joined) update.
    #[must_use]
    pub fn parse(text: &PushText) -> Self {
        let items = text.options().map(|option| {
            let (remove, option) = strip(option, '-');
            let (optional, option) = strip(option, '?');
            UpdateItem {
                optional,
                remove,
                option: option.to_owned(),
            }
        });
        Self {
            items: items.collect(),
        }
    }
}

fn strip(option: &str, mark: char) -> (bool, &str) {
    option
        .strip_prefix(mark)
        .map_or((false, option), |rest| (true, rest))
}
