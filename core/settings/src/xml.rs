/// A text as it stands between tags of XML (XML 1.0, 2.4).
#[must_use]
pub fn xml_text(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_so_is_no_tag_and_no_entity() {
        assert_eq!(xml_text("a<b> & &lt;"), "a&lt;b&gt; &amp; &amp;lt;");
    }
}
