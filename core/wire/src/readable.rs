/// Longest text of a peer that is shown to people, in characters.
const LONGEST: usize = 1000;

/// A peer's text as it may be shown to people: without control characters and without those invisible ones that turn
/// or hide what stands beside them, and of reasonable length.
#[must_use]
pub fn readable(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control() && !is_invisible(*c))
        .take(LONGEST)
        .collect()
}

/// Format characters of Unicode (category Cf) that programs act on when they show a text.
const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_turns_or_hides_text_is_left_out() {
        assert_eq!(
            readable("pay \u{202e}evil\u{202c} \u{200b}now\u{1b}[2J\r\n é 日本"),
            "pay evil now[2J é 日本"
        );
        assert_eq!(readable(&"x".repeat(5000)).len(), LONGEST);
    }
}
