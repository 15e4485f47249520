//! `spoke metrics print|write FILE`

use crate::context::Context;
use crate::exit::Outcome;
use crate::{follow, private_file};
use spoke_api::{
    Connection, DaemonInfo, ExitCode, Phase, Problem, ProblemCode, Request, Response, State,
};
use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Print them in the text format of Prometheus.
    Print,
    /// Write them to a file in one step, for the textfile collector of node_exporter.
    Write(WriteArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct WriteArgs {
    /// Where to; the collector wants names that end in .prom.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(crate) fn run(context: &Context, command: Command) -> Outcome {
    let (info, state) = context.run(async {
        let (daemon, _updates) = context.daemon().await?;
        let Response::DaemonInfo { info } = daemon.request(Request::DaemonInfo).await? else {
            return Err(follow::strange());
        };
        Ok((info, follow::state(&daemon).await?))
    })?;
    let text = text(&info, &state);
    match command {
        Command::Print => {
            for line in text.lines() {
                context.print.dump(line);
            }
        }
        Command::Write(args) => {
            let shown = args.file.display();
            let failed = |error: std::io::Error| {
                Problem::new(
                    ProblemCode::Other,
                    format!("{shown} cannot be written: {error}."),
                    "spoke metrics print",
                )
            };
            // The collector is another user.
            let readable = std::fs::Permissions::from_mode(0o644);
            private_file::replace(&args.file, text.as_bytes()).map_err(failed)?;
            std::fs::set_permissions(&args.file, readable).map_err(failed)?;
        }
    }
    Ok(ExitCode::Success)
}

/// The text format of Prometheus, version 0.0.4.
#[derive(Default)]
struct Families(String);

impl Families {
    /// One family: its name, its help, and its samples with their labels.
    fn add(&mut self, kind: &str, name: &str, help: &str, samples: &[(String, u64)]) {
        let text = &mut self.0;
        let _ = writeln!(text, "# HELP spoke_{name} {help}");
        let _ = writeln!(text, "# TYPE spoke_{name} {kind}");
        for (labels, value) in samples {
            let _ = writeln!(text, "spoke_{name}{labels} {value}");
        }
    }

    fn gauge(&mut self, name: &str, help: &str, labels: &str, value: u64) {
        self.add("gauge", name, help, &[(labels.to_owned(), value)]);
    }

    fn counter(&mut self, name: &str, help: &str, labels: &str, value: u64) {
        self.add("counter", name, help, &[(labels.to_owned(), value)]);
    }
}

fn text(info: &DaemonInfo, state: &State) -> String {
    let mut families = Families::default();
    let version = format!("{{version=\"{}\"}}", escaped(&info.version));
    families.gauge("daemon_info", "The running daemon.", &version, 1);
    families.gauge(
        "daemon_start_time_seconds",
        "When the daemon started, Unix time.",
        "",
        info.started,
    );
    if let Some(bytes) = info.resident_bytes {
        let help = "Resident memory of the daemon.";
        families.gauge("daemon_resident_memory_bytes", help, "", bytes);
    }
    // Each a series of its own, so that alerts can name one.
    let phases: Vec<_> = Phase::ALL
        .iter()
        .map(|phase| {
            let labels = format!("{{state=\"{}\"}}", phase.word());
            (labels, u64::from(state.phase() == *phase))
        })
        .collect();
    let help = "1 for the state that the connection is in.";
    families.add("gauge", "state", help, &phases);
    if let Some(connection) = &state.connection {
        of_connection(&mut families, connection);
    }
    families.0
}

fn of_connection(families: &mut Families, connection: &Connection) {
    let labels = format!("{{profile=\"{}\"}}", escaped(&connection.profile));
    if let Some(since) = connection.connected_at_ms {
        let help = "When traffic first flowed in this session, Unix time.";
        families.gauge("connected_since_seconds", help, &labels, since / 1000);
    }
    let traffic = connection.traffic;
    let help = "Bytes received through the tunnel in this session, inner packets only.";
    families.counter("received_bytes_total", help, &labels, traffic.received);
    let help = "Bytes sent through the tunnel in this session, inner packets only.";
    families.counter("sent_bytes_total", help, &labels, traffic.sent);
    if let Some(expires) = connection.sign_in_expires {
        let help = "When the sign-in expires, Unix time.";
        families.gauge("sign_in_expires_seconds", help, &labels, expires);
    }
    let gateway = connection.gateway.as_ref();
    if let Some(rtt) = gateway.and_then(|gateway| gateway.rtt_us) {
        let help = "Round-trip time of the control channel.";
        families.gauge("gateway_round_trip_microseconds", help, &labels, rtt);
    }
    let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
    let routes = count(connection.routes.len());
    families.gauge("routes", "Routes into the tunnel.", &labels, routes);
    let notices = count(connection.notices.len());
    let help = "Things that the user should know.";
    families.gauge("notices", help, &labels, notices);
}

fn escaped(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;

    #[test]
    fn the_text_is_what_prometheus_reads() {
        let info = DaemonInfo {
            version: "0.1.0".to_owned(),
            pid: 1,
            started: 1_800_000_000,
            resident_bytes: Some(9_000_000),
        };
        insta::assert_snapshot!(text(&info, &example::connected()));
        assert_eq!(escaped("a\"b\\c\n"), "a\\\"b\\\\c\\n");
    }
}
