use crate::files::{Contents, FIRST_LINE, FileState};
use std::net::IpAddr;

/// The C library asks no more servers than this (`MAXNS` of resolv.h).
const MOST_SERVERS: usize = 3;

/// The file with the tunnel's servers first (or alone), its suffixes before those
/// of the original, and everything else as the original has it.
pub(crate) fn render(
    original: &FileState,
    servers: &[IpAddr],
    suffixes: &[String],
    alone: bool,
) -> FileState {
    let text = String::from_utf8_lossy(original.visible().unwrap_or_default()).into_owned();
    let mut others = Vec::new();
    let mut search = suffixes.to_vec();
    let mut rest = Vec::new();
    for line in text.lines() {
        let mut words = line.split_whitespace();
        match words.next() {
            Some("nameserver") => others.extend(words.next().map(str::to_owned)),
            Some("search" | "domain") => search.extend(words.map(str::to_owned)),
            Some(word) if !word.starts_with(['#', ';']) => rest.push(line),
            _ => {}
        }
    }
    let mut all: Vec<String> = servers.iter().map(IpAddr::to_string).collect();
    if !alone {
        all.extend(others);
    }
    let mut out = String::from(FIRST_LINE);
    for server in distinct(all).iter().take(MOST_SERVERS) {
        out.push_str(&format!("nameserver {server}\n"));
    }
    let search = distinct(search);
    if !search.is_empty() {
        out.push_str(&format!("search {}\n", search.join(" ")));
    }
    for line in rest {
        out.push_str(line);
        out.push('\n');
    }
    FileState::File {
        contents: Contents(out.into_bytes()),
        mode: 0o644,
    }
}

fn distinct(list: Vec<String>) -> Vec<String> {
    let mut seen = Vec::with_capacity(list.len());
    for one in list {
        if !seen.contains(&one) {
            seen.push(one);
        }
    }
    seen
}
