/// The one of `known` that is written most like `word`, if one is like it at all: at most
/// a third of its letters are others, missing or too many.
#[must_use]
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|one| (distance(word, one), one))
        .filter(|(distance, one)| distance * 3 <= one.chars().count())
        .min()
        .map(|(_, one)| one)
}

/// Levenshtein's distance: how many letters have to be changed, added or taken out.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (at, letter) in from.chars().enumerate() {
        let mut before = at;
        let mut left = at + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, other) in row.iter_mut().skip(1).zip(&to) {
            let changed = before + usize::from(letter != *other);
            before = *cell;
            left = changed.min(before + 1).min(left + 1);
            *cell = left;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_hand_is_understood() {
        let known = ["language", "appearance", "notifications", "start-at-login"];
        for (word, meant) in [
            ("langauge", "language"),
            ("apearance", "appearance"),
            ("notification", "notifications"),
            ("start_at_login", "start-at-login"),
        ] {
            assert_eq!(nearest(word, known), Some(meant), "{word}");
        }
        assert_eq!(nearest("mtu", known), None);
        assert_eq!(nearest("", known), None);
    }

    #[test]
    fn distances_are_those_of_the_textbook() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", ""), 3);
        assert_eq!(distance("flaw", "lawn"), 2);
    }
}
