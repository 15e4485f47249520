use crate::fault::Fault;
use spoke_engine::Side;
use spoke_sim::puppet::Point;
use std::path::Path;

const HEAD: &str = "\
# What a hostile peer achieves

Each row is one thing that a peer does wrong, after it did everything right up to that point, and what comes of it: the
error that the session ends with, or that it goes on. The rows are played by `testing/sim/tests/hostile/main.rs`, which
writes this page (with `SPOKE_WRITE_DOCS=1`) and holds it. For each row it also checks that nothing panics, that what
the session holds, says and waits for stays bounded, that an ended session does nothing any more, that one that goes on
still carries data both ways, and that no configuration and no key has come out of an attempt that failed, so that
nothing was changed on the host.

* *dropped*: no answer, and the connection goes on as if nothing had come.
* *goes on*: it may be answered (an acknowledgement, say), and the connection goes on.
* *the old key goes on*: a renegotiation fails, and costs nothing but itself.
* *ends*: the session ends with this error of `spoke_engine::Error`, and with these words.

Unless a row says otherwise the control channel has tls-auth with SHA256, and the peer holds its key: strangers who do
not hold it get no further than the first table. On UDP anybody can send a packet, so that bad ones are dropped; on TCP
they can only come from the peer, or from one who can break the stream anyway.

One thing that a peer can do takes more packets than a table has time for: to take part in no renegotiation until the
numbers of the data key run out, of which there are 2^32. `core/engine/src/exhaustion_tests.rs` plays that with a key near
its end. The session asks for a new key once in each hand window and seals up to the last number; then it ends with
`Expired/KeyUsedUp`, and the client connects again.
";

/// One row of a table: whom the fault is against, and what is said of it.
pub(crate) type Row = (Side, String);

/// Compares the document with the tables, or writes it.
pub(crate) fn hold(tables: &[(&'static str, Vec<Row>)]) {
    let mut text = HEAD.to_owned();
    let count: usize = tables.iter().map(|(_, rows)| rows.len()).sum();
    text.push_str(&format!(
        "\n{count} faults, of which the tables show those against either role in one row.\n"
    ));
    for (area, rows) in tables {
        text.push_str(&format!(
            "\n## {area}\n\n| attacked | when | what the peer does | over UDP | over TCP |\n|---|---|---|---|---|\n"
        ));
        let mut rest = rows.iter().peekable();
        while let Some((side, row)) = rest.next() {
            let attacked = match rest.next_if(|(_, next)| next == row) {
                Some(_) => "either",
                None => role(*side),
            };
            text.push_str(&format!("| {attacked} {row}\n"));
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/hostile.md");
    if std::env::var_os("SPOKE_WRITE_DOCS").is_some() {
        std::fs::write(&path, &text).expect("docs/hostile.md can be written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == text,
        "docs/hostile.md is not what the tables say; write it anew with SPOKE_WRITE_DOCS=1"
    );
}

/// The row of a fault, with the words of the error that came of it over UDP and over TCP.
pub(crate) fn row(fault: &Fault, words: &[String]) -> Row {
    let because = match fault.because {
        "" => String::new(),
        why => format!(" ({why})"),
    };
    let cell = |outcome: String, words: Option<&String>| match words.map_or("", String::as_str) {
        "" => outcome,
        words => format!("{outcome}: {}", in_a_cell(words)),
    };
    let udp = cell(fault.udp.to_string(), words.first());
    let tcp = cell(fault.tcp.to_string(), words.get(1));
    let tcp = if udp == tcp {
        "the same".to_owned()
    } else {
        tcp
    };
    let row = format!(
        "| {} | {}{because} | {udp} | {tcp} |",
        point(fault.when),
        in_a_cell(&fault.what),
    );
    (fault.attacked, row)
}

/// The error's words may be as long as what the peer said.
fn in_a_cell(words: &str) -> String {
    const LONGEST: usize = 160;
    let mut cell: String = words.chars().take(LONGEST).collect();
    if cell.len() < words.len() {
        cell.push('…');
    }
    cell.replace('|', "\\|").replace('\n', " ")
}

fn role(side: Side) -> &'static str {
    match side {
        Side::Client => "client",
        Side::Server => "server",
    }
}

fn point(point: Point) -> &'static str {
    match point {
        Point::Start => "before the resets",
        Point::Reset => "before TLS",
        Point::Tls => "before the key exchange",
        Point::Keys => "before the configuration",
        Point::Up => "up",
        Point::Renewing => "renegotiating",
        Point::RenewingTls => "renegotiating, in TLS",
    }
}
