use std::mem;

/// Why a line cannot be cut into words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LexFault {
    /// A backslash before something that it cannot protect, or at the end.
    Backslash,
    /// A quotation mark without its partner.
    Unclosed(char),
}

/// What the next character belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    /// Between words.
    Nothing,
    /// A word without quotation marks.
    Word,
    /// A word in quotation marks of this kind.
    Quotes(char),
}

/// Cuts a line into its words, as OpenVPN does: quotation marks count only at the start of
/// a word, a backslash protects white space, `"` and itself, and `#` or `;` at the start
/// of a word begins a comment.
pub(super) fn words(line: &str) -> Result<Vec<String>, LexFault> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut within = Within::Nothing;
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match within {
            Within::Quotes(mark) if letter == mark => {
                words.push(mem::take(&mut word));
                within = Within::Nothing;
            }
            Within::Quotes('\'') => word.push(letter),
            _ if letter == '\\' => {
                word.push(protected(letters.next())?);
                if within == Within::Nothing {
                    within = Within::Word;
                }
            }
            Within::Quotes(_) => word.push(letter),
            Within::Word if is_space(letter) => {
                words.push(mem::take(&mut word));
                within = Within::Nothing;
            }
            Within::Word => word.push(letter),
            Within::Nothing if is_space(letter) => {}
            Within::Nothing if matches!(letter, '#' | ';') => return Ok(words),
            Within::Nothing if matches!(letter, '"' | '\'') => within = Within::Quotes(letter),
            Within::Nothing => {
                word.push(letter);
                within = Within::Word;
            }
        }
    }
    match within {
        Within::Nothing => {}
        Within::Word => words.push(word),
        Within::Quotes(mark) => return Err(LexFault::Unclosed(mark)),
    }
    Ok(words)
}

fn protected(letter: Option<char>) -> Result<char, LexFault> {
    letter
        .filter(|&letter| matches!(letter, '\\' | '"') || is_space(letter))
        .ok_or(LexFault::Backslash)
}

/// White space of the C locale.
fn is_space(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_as_openvpn_cuts_them() {
        for (line, wanted) in [
            ("remote   host\t1194  ", vec!["remote", "host", "1194"]),
            (
                "remote \"host name\" 1194",
                vec!["remote", "host name", "1194"],
            ),
            ("remote host\\ name", vec!["remote", "host name"]),
            ("remote 'a\\b'", vec!["remote", "a\\b"]),
            ("remote a\"b a'b", vec!["remote", "a\"b", "a'b"]),
            ("remote host#x # comment", vec!["remote", "host#x"]),
            ("remote \"\" ; comment", vec!["remote", ""]),
            ("remote \"host\"1194", vec!["remote", "host", "1194"]),
            ("# all of it", vec![]),
            ("remote \"#host\"\r", vec!["remote", "#host"]),
        ] {
            assert_eq!(words(line).unwrap(), wanted, "{line}");
        }
        assert_eq!(words("remote host\\x"), Err(LexFault::Backslash));
        assert_eq!(words("remote host\\"), Err(LexFault::Backslash));
        assert_eq!(words("remote \"host"), Err(LexFault::Unclosed('"')));
        assert_eq!(words("remote 'host"), Err(LexFault::Unclosed('\'')));
    }
}
