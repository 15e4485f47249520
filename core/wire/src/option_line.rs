use crate::secret_text;
use thiserror::Error;
use zeroize::Zeroizing;

/// Cuts one line of an OpenVPN configuration, or one pushed option, into its words.
///
/// The grammar is that of OpenVPN 2.6: white space separates; `#` and `;` begin a comment at the start of a word only;
/// inside double quotes backslash escapes count, inside single quotes nothing does; a quote inside a bare word is an
/// ordinary character; a closing quote ends its word. A leading `--` of the first word is dropped, as is a byte order mark.
///
/// # Errors
/// When a quote is not closed, or a backslash stands before anything but a backslash, a double quote or white space.
pub fn split_option(line: &str) -> Result<Vec<String>, OptionLineError> {
    let mut words = std::mem::take(&mut *split_words(line)?);
    if let Some(first) = words.first_mut()
        && let Some(name) = first.strip_prefix("--")
    {
        *first = name.to_owned();
    }
    Ok(words)
}

/// As [`split_option`], but `--` is nothing special: so a server's options are read. A token may be among the words.
pub(crate) fn split_words(line: &str) -> Result<Zeroizing<Vec<String>>, OptionLineError> {
    let mut words = Zeroizing::new(Vec::new());
    let mut rest = line.trim_start_matches('\u{feff}').chars().peekable();
    loop {
        while rest.next_if(|c| is_space(*c)).is_some() {}
        let word = match rest.peek() {
            None | Some('#' | ';') => break,
            Some('"') => quoted(&mut rest)?,
            Some('\'') => literal(&mut rest)?,
            Some(_) => bare(&mut rest)?,
        };
        words.push(word);
    }
    Ok(words)
}

/// The name of a server's option: the first of the words that it is acted on by, where it can be cut into words.
pub(crate) fn name_of(option: &str) -> String {
    let words = split_words(option).ok();
    let first = words.and_then(|mut words| words.first_mut().map(std::mem::take));
    first.unwrap_or_else(|| {
        let bare = option.split_ascii_whitespace().next();
        bare.unwrap_or_default().to_owned()
    })
}

/// Writes one word so that [`split_option`] gives it back.
#[must_use]
pub fn quote_word(word: &str) -> String {
    let plain = !word.is_empty()
        && !word.starts_with(['#', ';', '"', '\''])
        && !word.contains(|c: char| is_space(c) || c == '\\');
    if plain {
        return word.to_owned();
    }
    let mut quoted = String::from("\"");
    for c in word.chars() {
        if c == '"' || c == '\\' {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

/// Why a line cannot be cut into words.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OptionLineError {
    /// A double or single quote was opened and never closed.
    #[error("the quote {quote} is not closed")]
    OpenQuote {
        /// The quote character.
        quote: char,
    },
    /// A backslash stands before something that needs none.
    #[error(
        "a backslash may only stand before a backslash, a double quote or a space, here it stands before {before}"
    )]
    Backslash {
        /// What followed, in words.
        before: String,
    },
}

type Chars<'a> = std::iter::Peekable<std::str::Chars<'a>>;

fn is_space(c: char) -> bool {
    c.is_ascii_whitespace() || c == '\u{b}'
}

fn quoted(rest: &mut Chars<'_>) -> Result<String, OptionLineError> {
    rest.next();
    let mut word = String::new();
    loop {
        match rest.next() {
            None => return Err(OptionLineError::OpenQuote { quote: '"' }),
            Some('"') => return Ok(word),
            Some('\\') => secret_text::push(&mut word, escaped(rest)?),
            Some(c) => secret_text::push(&mut word, c),
        }
    }
}

fn literal(rest: &mut Chars<'_>) -> Result<String, OptionLineError> {
    rest.next();
    let mut word = String::new();
    loop {
        match rest.next() {
            None => return Err(OptionLineError::OpenQuote { quote: '\'' }),
            Some('\'') => return Ok(word),
            Some(c) => secret_text::push(&mut word, c),
        }
    }
}

fn bare(rest: &mut Chars<'_>) -> Result<String, OptionLineError> {
    let mut word = String::new();
    while let Some(c) = rest.next_if(|c| !is_space(*c)) {
        let c = if c == '\\' { escaped(rest)? } else { c };
        secret_text::push(&mut word, c);
    }
    Ok(word)
}

fn escaped(rest: &mut Chars<'_>) -> Result<char, OptionLineError> {
    match rest.next() {
        Some(c) if c == '\\' || c == '"' || is_space(c) => Ok(c),
        Some(c) => Err(OptionLineError::Backslash {
            before: format!("{c:?}"),
        }),
        None => Err(OptionLineError::Backslash {
            before: "the end of the line".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_quoted_word_is_read_back(words in proptest::collection::vec("[ -~]{0,12}", 0..6)) {
            let line: Vec<String> = std::iter::once("name".to_owned()).chain(words.clone()).map(|w| quote_word(&w)).collect();
            let read = split_option(&line.join(" "));
            let expected: Vec<String> = std::iter::once("name".to_owned()).chain(words).collect();
            prop_assert_eq!(read, Ok(expected));
        }

        #[test]
        fn no_line_panics(line in ".*") {
            let _ = split_option(&line);
        }
    }
}
