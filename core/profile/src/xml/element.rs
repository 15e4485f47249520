use crate::error::{Fault, ReadError, Refusal};
use zeroize::Zeroizing;

/// One element, with its text and children, without namespaces.
#[derive(Debug, Default)]
pub(crate) struct Element {
    /// Local name, as written.
    pub(crate) name: String,
    /// Path below the root, for messages; repeated siblings carry a number.
    pub(crate) path: String,
    /// Text directly inside, entities resolved, not trimmed.
    pub(crate) text: Zeroizing<String>,
    /// Elements directly inside.
    pub(crate) children: Vec<Self>,
    /// `nil="true"`.
    pub(crate) nil: bool,
}

impl Element {
    /// Whether this is its name; case does not matter, since the stock clients do not
    /// agree on it.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// Whether it says nothing: nil, or without text and without children that say
    /// something.
    pub(crate) fn is_blank(&self) -> bool {
        self.nil || (self.text.trim().is_empty() && self.children.iter().all(Self::is_blank))
    }

    /// Children of these names, in order.
    pub(crate) fn all<'a>(&'a self, names: &'a [&'a str]) -> impl Iterator<Item = &'a Self> {
        self.children
            .iter()
            .filter(move |child| names.iter().any(|name| child.is(name)))
    }

    /// The one child of these names that says something.
    ///
    /// Blank ones beside it do not count; equal ones count once.
    pub(crate) fn one<'a>(&'a self, names: &[&str]) -> Result<Option<&'a Self>, ReadError> {
        let mut found: Option<&Self> = None;
        let named = |child: &&Self| names.iter().any(|name| child.is(name));
        for child in self
            .children
            .iter()
            .filter(named)
            .filter(|child| !child.is_blank())
        {
            match found {
                Some(first) if !first.says_the_same(child) => return Err(twice(first)),
                Some(_) => {}
                None => found = Some(child),
            }
        }
        Ok(found)
    }

    /// Path of the child of this name, whether or not it is there.
    pub(crate) fn path_of(&self, name: &str) -> String {
        match self.all(&[name]).next() {
            Some(child) => child.path.clone(),
            None if self.path.is_empty() => name.to_owned(),
            None => format!("{}/{name}", self.path),
        }
    }

    fn says_the_same(&self, other: &Self) -> bool {
        let filled = |element: &Self| !element.is_blank();
        self.name.eq_ignore_ascii_case(&other.name)
            && self.text.trim() == other.text.trim()
            && self.children.iter().filter(|child| filled(child)).count()
                == other.children.iter().filter(|child| filled(child)).count()
            && self
                .children
                .iter()
                .filter(|child| filled(child))
                .zip(other.children.iter().filter(|child| filled(child)))
                .all(|(mine, theirs)| mine.says_the_same(theirs))
    }
}

fn twice(element: &Element) -> ReadError {
    let path = element.path.trim_end_matches("[1]");
    Refusal::new(
        Fault::Duplicate,
        "The element stands more than once, with different contents.",
        "Keep one of them and remove the other in an editor.",
    )
    .in_element(path)
}
