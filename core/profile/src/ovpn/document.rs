use super::lexer::{self, LexFault};
use crate::error::{Fault, ReadError, Refusal};
use crate::limits;
use crate::rules::quoted;
use zeroize::Zeroizing;

/// One line of a file, or one block of it.
#[derive(Clone)]
pub(super) struct Directive {
    /// Where it stands, counted from 1.
    pub(super) line: usize,
    /// Its name, without the `--` that may stand before it.
    pub(super) name: String,
    /// What follows the name.
    pub(super) words: Vec<String>,
    /// What stands between `<name>` and `</name>`.
    pub(super) inline: Option<Zeroizing<String>>,
    /// Which `<connection>` it stands in.
    pub(super) connection: Option<usize>,
}

impl Directive {
    /// Where it stands, for findings and faults.
    pub(super) fn place(&self) -> String {
        let name: String = self.name.chars().take(60).collect();
        format!("{} (line {})", printable(&name), self.line)
    }

    /// The word at this position after the name.
    pub(super) fn word(&self, position: usize) -> Option<&str> {
        self.words.get(position).map(String::as_str)
    }
}

/// Names that a block may have, beside `connection`.
const BLOCKS: [&str; 17] = [
    "auth-gen-token-secret",
    "auth-user-pass",
    "ca",
    "cert",
    "crl-verify",
    "dh",
    "extra-certs",
    "http-proxy-user-pass",
    "key",
    "peer-fingerprint",
    "pkcs12",
    "secret",
    "static-challenge-response",
    "tls-auth",
    "tls-crypt",
    "tls-crypt-v2",
    "verify-hash",
];

/// Cuts a file into its directives.
pub(super) fn parse(text: &str) -> Result<Vec<Directive>, ReadError> {
    let mut lines = text.lines().enumerate();
    let mut directives = Vec::new();
    let mut connection = None;
    let mut connections = 0;
    while let Some((index, line)) = lines.next() {
        let number = index + 1;
        if connection.is_some() && line.trim_start().starts_with("</connection>") {
            connection = None;
            continue;
        }
        let mut words = lexer::words(line)
            .map_err(|fault| unreadable(fault).in_element(format!("line {number}")))?
            .into_iter();
        let Some(name) = words.next() else {
            continue;
        };
        let words: Vec<String> = words.collect();
        if let Some(block) = block_name(&name).filter(|_| words.is_empty()) {
            if block == "connection" && connection.is_none() {
                connection = Some(connections);
                connections += 1;
                continue;
            }
            let inline = inline(block, number, &mut lines)?;
            directives.push(Directive {
                line: number,
                name: block.to_owned(),
                words,
                inline: Some(inline),
                connection,
            });
        } else {
            directives.push(Directive {
                line: number,
                name: bare(&name).to_owned(),
                words,
                inline: None,
                connection,
            });
        }
        if directives.len() > limits::DIRECTIVES {
            let message = format!("The file has more than {} directives.", limits::DIRECTIVES);
            return Err(Refusal::new(
                Fault::TooLarge,
                message,
                "Check that this is the configuration of a client.",
            )
            .in_element(""));
        }
    }
    match connection {
        None => Ok(directives),
        Some(_) => Err(unclosed("connection").in_element("")),
    }
}

/// The lines up to the end of a block, as they are.
fn inline<'a>(
    name: &str,
    number: usize,
    lines: &mut impl Iterator<Item = (usize, &'a str)>,
) -> Result<Zeroizing<String>, ReadError> {
    if !BLOCKS.contains(&name) {
        return Err(Refusal::new(
            Fault::Unsupported,
            format!("{} is no block that OpenVPN knows.", quoted(name)),
            "Remove it, or correct its name.",
        )
        .in_element(format!("line {number}")));
    }
    let end = format!("</{name}>");
    let mut content = Zeroizing::new(String::new());
    for (_, line) in lines {
        if line.trim_start().starts_with(&end) {
            return Ok(content);
        }
        content.push_str(line);
        content.push('\n');
    }
    Err(unclosed(name).in_element(format!("{name} (line {number})")))
}

fn unclosed(name: &str) -> Refusal {
    Refusal::new(
        Fault::NotWellFormed,
        format!("The block <{name}> has no end."),
        "The file may be cut off: get it again.",
    )
}

fn block_name(word: &str) -> Option<&str> {
    let name = word.strip_prefix('<')?.strip_suffix('>')?;
    (!name.is_empty() && !name.starts_with('/')).then_some(name)
}

fn bare(name: &str) -> &str {
    match name.strip_prefix("--") {
        Some(rest) if !rest.is_empty() => rest,
        _ => name,
    }
}

fn unreadable(fault: LexFault) -> Refusal {
    let (message, next) = match fault {
        LexFault::Backslash => (
            "A backslash stands before something that it cannot protect.".to_owned(),
            "Write two backslashes for one, or put the word into single quotation marks.",
        ),
        LexFault::Unclosed(mark) => (
            format!("The quotation mark {mark} has no partner on its line."),
            "Add it, or remove the one that is there.",
        ),
    };
    Refusal::new(Fault::NotWellFormed, message, next)
}

/// A name as a terminal may show it.
pub(super) fn printable(text: &str) -> String {
    let shown = quoted(text);
    shown.trim_matches('`').to_owned()
}

/// Whether the text begins like a configuration of OpenVPN.
pub(super) fn looks_like(text: &str) -> bool {
    const TELLING: [&str; 14] = [
        "client",
        "remote",
        "tls-client",
        "dev",
        "proto",
        "server",
        "secret",
        "nobind",
        "pull",
        "auth-user-pass",
        "tls-auth",
        "tls-crypt",
        "remote-cert-tls",
        "persist-key",
    ];
    let is_block = |line: &str| {
        block_name(line.trim()).is_some_and(|name| name == "connection" || BLOCKS.contains(&name))
    };
    let start = text.trim_start();
    // XML has elements on lines of their own too, but begins with none of these.
    if start.starts_with('<') {
        return start.lines().next().is_some_and(is_block);
    }
    text.lines().any(|line| {
        let first = line.split_ascii_whitespace().next().unwrap_or_default();
        is_block(line) || TELLING.contains(&bare(first))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same lines as those that pushed options are measured by.
    #[test]
    fn lines_are_read_as_the_program_was_seen_to_read_them() {
        let all = include_str!("../../../wire/tests/vectors/config-lexer.json");
        let all: serde_json::Value = serde_json::from_str(all).unwrap();
        let lines = all["lines"].as_array().unwrap();
        assert!(lines.len() > 20, "{}", lines.len());
        for case in lines {
            let line = case["line"].as_str().unwrap();
            let text = crate::text::decode(line.as_bytes()).unwrap();
            let read = parse(&text).map_err(|error| error.to_string());
            let texts = |key: &str| -> Option<Vec<String>> {
                serde_json::from_value(case.get(key)?.clone()).unwrap()
            };
            if let Some(tokens) = texts("tokens") {
                let directives = read.unwrap();
                assert_eq!(directives.len(), 1, "{line}");
                let name = std::iter::once(&directives[0].name);
                let words: Vec<_> = name.chain(&directives[0].words).cloned().collect();
                assert_eq!(words, tokens, "{line}");
                continue;
            }
            // Others are refused for what their words mean, which is no matter of reading.
            let why = texts("refused_or_ignored").unwrap().concat();
            let grammar = ["Bad backslash", "No closing"];
            if grammar.iter().any(|fault| why.starts_with(fault)) {
                assert!(read.is_err(), "{line}");
            }
        }
    }
}
