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
* *ends*: the session ends with this error of `spoke_engine::Error`.

Unless a row says otherwise the control channel has tls-auth with SHA256, and the peer holds its key: strangers who do
not hold it get no further than the first table. On UDP anybody can send a packet, so that bad ones are dropped; on TCP
they can only come from the peer, or from one who can break the stream anyway.
";

/// Compares the document with the tables, or writes it.
pub(crate) fn hold(tables: &[(&'static str, Vec<Fault>)]) {
    let mut text = HEAD.to_owned();
    let count: usize = tables.iter().map(|(_, faults)| faults.len()).sum();
    text.push_str(&format!(
        "\n{count} faults, of which the tables show those against either role in one row.\n"
    ));
    for (area, faults) in tables {
        text.push_str(&format!(
            "\n## {area}\n\n| attacked | when | what the peer does | over UDP | over TCP |\n|---|---|---|---|---|\n"
        ));
        let rows: Vec<String> = faults.iter().map(row).collect();
        let mut rest = faults.iter().zip(rows).peekable();
        while let Some((fault, row)) = rest.next() {
            let attacked = match rest.next_if(|(_, next)| *next == row) {
                Some(_) => "either",
                None => role(fault.attacked),
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

/// What a row says behind the role.
fn row(fault: &Fault) -> String {
    let because = match fault.because {
        "" => String::new(),
        why => format!(" ({why})"),
    };
    let (udp, tcp) = (fault.udp.to_string(), fault.tcp.to_string());
    let tcp = if udp == tcp {
        "the same".to_owned()
    } else {
        tcp
    };
    format!(
        "| {} | {}{because} | {udp} | {tcp} |",
        point(fault.when),
        fault.what.replace('|', "\\|"),
    )
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
