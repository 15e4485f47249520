//! `spoke-lab demo`: the main job, as a person at a terminal would see it.

use crate::say;
use serde_json::Value;
use spoke_lab::{Finished, GREETING, Lab, LabError, Options, Snapshot, places};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Takes `spoke` through the whole path and says whether all of it went well.
pub(crate) fn run() -> Result<ExitCode, LabError> {
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
    let outcome = walk(&lab, before, here, ("lab", took));
    if let Err(error) = &outcome {
        say::error(&error.to_string());
        say::error(&format!("the daemon's log:\n{}", lab.daemon_log()));
        say::error(&format!("the gateway's log:\n{}", lab.gateway_log()));
    }
    Ok(if outcome.is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The path in a lab that is up. `before` is the computer's network as it has to be
/// afterwards, `tool` tells where it has a program beside Spoke's, `prepared` what came
/// before and how long that took.
pub(crate) fn walk(
    lab: &Lab,
    before: Snapshot,
    tool: fn(&str) -> Option<String>,
    prepared: (&str, Duration),
) -> Result<(), LabError> {
    say::line(
        "The person at the sign-in page is a program: BROWSER is set to one that fills in the form.",
    );
    let (name, took) = prepared;
    let mut demo = Demo {
        lab,
        before,
        tool,
        times: vec![(name.to_owned(), took)],
    };
    demo.walk()
}

struct Demo<'a> {
    lab: &'a Lab,
    before: Snapshot,
    tool: fn(&str) -> Option<String>,
    times: Vec<(String, Duration)>,
}

impl Demo<'_> {
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
        let page = match (self.tool)("curl") {
            Some(curl) => self.program("fetch by private name", &curl, &["-sS", &url])?,
            None => {
                let lab = (self.tool)("spoke-lab").unwrap_or_else(|| "spoke-lab".to_owned());
                self.program("fetch by private name", &lab, &["fetch", &url])?
            }
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
        if let Some(ping) = (self.tool)("ping") {
            let arguments = ["-c", "3", "-i", "0.2", places::INTRANET_HOST];
            self.program("ping", &ping, &arguments)?;
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
        let name = Path::new(program).file_name().unwrap_or_default();
        prompt(&name.to_string_lossy(), arguments);
        let finished = self.lab.user_runs(program, arguments, say::text)?;
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

/// Where this machine has a program, which the lab's plain computer has too.
fn here(program: &str) -> Option<String> {
    let found = spoke_lab::find_program(program).ok().or_else(|| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut places = std::env::split_paths(&path).map(|folder| folder.join(program));
        places.find(|place| place.is_file())
    });
    found.map(|path| path.display().to_string())
}

fn seconds(took: Duration) -> String {
    format!("{:.3} s", took.as_secs_f64())
}
