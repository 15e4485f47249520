use zeroize::Zeroize;

/// Adds one character.
pub(crate) fn push(text: &mut String, c: char) {
    append(text, c.encode_utf8(&mut [0; 4]));
}

/// Adds `more`. Room is made by hand: a string that grows by itself leaves copies of secrets behind.
pub(crate) fn append(text: &mut String, more: &str) {
    if text.capacity() - text.len() < more.len() {
        let wanted = (text.len() + more.len()).max(2 * text.capacity());
        let mut larger = String::with_capacity(wanted);
        larger.push_str(text);
        text.zeroize();
        *text = larger;
    }
    text.push_str(more);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_as_with_a_string_that_grows_by_itself() {
        let mut text = String::new();
        for _ in 0..1000 {
            push(&mut text, 'ä');
            append(&mut text, "bc");
        }
        assert_eq!(text, "äbc".repeat(1000));
    }
}
