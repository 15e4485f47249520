//! `spoke-lab demo`: the main job, as a person at a terminal would see it.

use crate::say;
use serde_json::Value;
use spoke_lab::{Finished, GREETING, Lab, LabError, Options, Snapshot, places};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Takes `spoke` through the whole path and says whether all of it went well.
pub(crate) fn run() -> Result<ExitCode, LabError> {
    let mut demo = Demo::prepare()?;
    let outcome = demo.walk();
    if let Err(error) = &outcome {
        demo.complain(error);
    }
    Ok(if outcome.is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

struct Demo {
    lab: Lab,
    before: Snapshot,
    times: Vec<(String, Duration)>,
}

impl Demo {
    fn prepare() -> Result<Self, LabError> {
        let started = Instant::now();
        let options = Options::default();
        let gateway = options.gateway.clone();
        let mut lab = Lab::without_gateway(options)?;
        let before = lab.host_snapshot()?;
        // As on a real computer, the daemon has been there for a while.
        lab.start_daemon()?;
        lab.start_gateway(&gateway)?;
        let took = started.elapsed();
        say::line(&format!(
            "The lab is up in {}: a user's computer, a public DNS server, a sign-in server ({}), a gateway, and a virtual network behind it ({}), each in a network namespace of its own.",
            seconds(took),
            places::SIGN_IN_HOST,
            places::VIRTUAL_NETWORK,
        ));
        say::line(
            "The person at the sign-in page is a program: BROWSER is set to one that fills in the form.",
        );
        Ok(Self {
            lab,
            before,
            times: vec![("lab".to_owned(), took)],
        })
    }

    fn walk(&mut self) -> Result<(), LabError> {
        let trusted = places::SIGN_IN_HOST;
        self.spoke(
            "import",
            &[
                "import",
                "azurevpn.zip",
                "--trust-authority",
                trusted,
                "--yes",
            ],
        )?;
        self.spoke("connect", &["connect"])?;
        self.spoke("status", &["status"])?;
        self.traffic()?;
        self.check_status()?;
        self.spoke("disconnect", &["disconnect"])?;
        self.compare_host()?;
        self.spoke("remove", &["profile", "remove", places::PROFILE, "--yes"])?;
        self.summary();
        Ok(())
    }

    fn traffic(&mut self) -> Result<(), LabError> {
        let url = format!("http://{}/", places::INTRANET_HOST);
        let page = if has("curl") {
            self.program("fetch by private name", "curl", &["-sS", &url])?
        } else {
            self.program("fetch by private name", "spoke-lab", &["fetch", &url])?
        };
        expect(
            page.stdout.contains(GREETING),
            "the page has the intranet's greeting",
        )?;
        expect(
            page.stdout.contains("172.16.201."),
            "the web server saw the tunnel's address",
        )?;
        expect(
            self.lab
                .private_queries
                .names()
                .iter()
                .any(|name| name == places::INTRANET_HOST),
            "the private DNS server was asked for the name",
        )?;
        if has("ping") {
            self.program(
                "ping",
                "ping",
                &["-c", "3", "-i", "0.2", places::INTRANET_HOST],
            )?;
        } else {
            say::line("\n(ping is not installed: apt-get install iputils-ping)");
        }
        Ok(())
    }

    /// What programs read must say the same as what people see.
    fn check_status(&mut self) -> Result<(), LabError> {
        let arguments = ["status", "--json"];
        prompt("spoke", &arguments);
        let status = self.lab.spoke(&arguments)?;
        expect(status.success(), "`spoke status --json` exits with 0")?;
        let document: Value = serde_json::from_str(&status.stdout)
            .map_err(LabError::other("read `spoke status --json`"))?;
        let connection = &document["connection"];
        say::line(&format!(
            "{{\"schema\":{},\"state\":{},\"profile\":{}, …}}",
            document["schema"], document["state"], document["profile"]
        ));
        expect(
            document["schema"] == "spoke.status/1",
            "the document names its schema",
        )?;
        expect(document["state"] == "connected", "the state is `connected`")?;
        expect(
            document["profile"] == places::PROFILE,
            "the profile is named",
        )?;
        expect(
            connection["traffic"]["received"].as_u64() > Some(0),
            "received bytes are counted",
        )?;
        self.times.push(("status --json".to_owned(), status.took));
        for stage in connection["stages"].as_array().into_iter().flatten() {
            if let (Some(name), Some(took)) = (stage["stage"].as_str(), stage["took_ms"].as_u64()) {
                self.times
                    .push((format!("  connect: {name}"), Duration::from_millis(took)));
            }
        }
        Ok(())
    }

    fn compare_host(&self) -> Result<(), LabError> {
        let after = self.lab.host_snapshot()?;
        let difference = self.before.difference(&after);
        if !difference.is_empty() {
            return Err(LabError::Other(format!(
                "the computer's network is not as before:\n{difference}"
            )));
        }
        say::line(&format!(
            "\nThe computer's network is as before: {} addresses, routes, rules and lines of resolv.conf compared, none differs.",
            after.len()
        ));
        Ok(())
    }

    fn spoke(&mut self, stage: &str, arguments: &[&str]) -> Result<Finished, LabError> {
        prompt("spoke", arguments);
        let finished = self.lab.spoke_echoing(arguments, say::text)?;
        self.finish(stage, finished)
    }

    fn program(
        &mut self,
        stage: &str,
        program: &str,
        arguments: &[&str],
    ) -> Result<Finished, LabError> {
        prompt(program, arguments);
        let path = spoke_lab::find_program(program)
            .map_or_else(|_| program.to_owned(), |path| path.display().to_string());
        let finished = self.lab.user_runs(&path, arguments, say::text)?;
        self.finish(stage, finished)
    }

    fn finish(&mut self, stage: &str, finished: Finished) -> Result<Finished, LabError> {
        self.times.push((stage.to_owned(), finished.took));
        if finished.success() {
            return Ok(finished);
        }
        let end = match finished.code() {
            Some(code) => format!("exit code {code}"),
            None => "no exit of its own".to_owned(),
        };
        Err(LabError::Other(format!("the step `{stage}` failed: {end}")))
    }

    fn summary(&self) {
        say::line("\nTimes");
        for (stage, took) in &self.times {
            say::line(&format!("  {stage:<24} {}", seconds(*took)));
        }
        say::line("\nAll steps passed.");
    }

    fn complain(&self, error: &LabError) {
        say::error(&error.to_string());
        say::error(&format!("the daemon's log:\n{}", self.lab.daemon_log()));
        say::error(&format!("the gateway's log:\n{}", self.lab.gateway_log()));
    }
}

fn prompt(program: &str, arguments: &[&str]) {
    say::line(&format!("\n$ {program} {}", arguments.join(" ")));
}

fn expect(so: bool, what: &str) -> Result<(), LabError> {
    if so {
        Ok(())
    } else {
        Err(LabError::Other(format!("not so: {what}")))
    }
}

fn has(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

fn seconds(took: Duration) -> String {
    format!("{:.3} s", took.as_secs_f64())
}
