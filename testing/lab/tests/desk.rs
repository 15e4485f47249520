//! The desk behind a window with the real daemon, gateway and sign-in server.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail like tests"
)]

mod common;

use spoke_agent::{Paths, ProfileStore};
use spoke_api::{Phase, ProbeReport, ProblemCode, Stage, StageStatus};
use spoke_desk::{Desk, DeskOptions};
use spoke_lab::{Lab, LabError, Options, find_program, places, quietly, run_program};
use spoke_profile::{ControlWrapping, EMBEDDED_ROOTS, ServerSecret};
use spoke_view::{Leaving, Picture, PromptKind};
use std::process::Command;
use std::time::Duration;

/// Names the part that [`the_user_at_the_window`] plays.
const PART: &str = "SPOKE_LAB_WINDOW";
/// Longest that anything may take to be seen.
const PATIENCE: Duration = Duration::from_secs(30);

#[test]
fn a_window_does_what_the_command_line_does() {
    let test = "a_window_does_what_the_command_line_does";
    spoke_lab::test_inside(test, || -> Result<(), LabError> {
        let mut lab = Lab::up(Options::default())?;
        common::ready_to_connect(&mut lab)?;
        let before = lab.host_snapshot()?;
        play(
            &lab,
            "browser",
            &lab.home().join("browser").display().to_string(),
        )?;
        // A browser in which nobody does anything.
        play(&lab, "another device", "/bin/true")?;
        let difference = before.difference(&lab.host_snapshot()?);
        assert!(difference.is_empty(), "the network changed:\n{difference}");
        Ok(())
    });
}

/// Lets the user play a part on the user's computer.
fn play(lab: &Lab, part: &str, browser: &str) -> Result<(), LabError> {
    let program = std::env::current_exe().map_err(LabError::io("find this program"))?;
    let mut command = Command::new(program);
    command.args([
        "--exact",
        "the_user_at_the_window",
        "--ignored",
        "--nocapture",
    ]);
    lab.dress(&mut command);
    command.env(PART, part).env("BROWSER", browser);
    let played = run_program(&lab.network.client, command, PATIENCE * 2, quietly)?;
    assert!(
        played.success(),
        "{part}: {played:?}\n{}\n{}",
        lab.daemon_log(),
        lab.gateway_log()
    );
    Ok(())
}

#[test]
#[ignore = "runs on the user's computer inside the other test"]
fn the_user_at_the_window() {
    let part = std::env::var(PART).expect("a part");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let window = Window::open().await;
        match part.as_str() {
            "browser" => window.whole_journey().await,
            _ => window.on_another_device().await,
        }
    });
}

struct Window {
    desk: Desk,
    profiles: ProfileStore,
}

impl Window {
    async fn open() -> Self {
        let paths = Paths::from_environment();
        let profiles = ProfileStore::new(paths.profiles());
        let desk = Desk::start(DeskOptions {
            paths,
            version: "1.0".to_owned(),
        });
        Self { desk, profiles }
    }

    async fn picture(&self, what: &str, like: impl Fn(&Picture) -> bool) -> Picture {
        let mut pictures = self.desk.pictures();
        let seen = tokio::time::timeout(PATIENCE, pictures.wait_for(|picture| like(picture)));
        match seen.await {
            Ok(Ok(picture)) => picture.clone(),
            _ => panic!("{what} is not seen: {:?}", self.desk.pictures().borrow()),
        }
    }

    async fn connected(&self) -> spoke_api::Connection {
        let picture = self
            .picture("a connection", |picture| {
                picture.state.phase() == Phase::Connected
            })
            .await;
        picture.state.connection.expect("a connection")
    }

    async fn disconnect(&self) {
        self.desk.disconnect().await.expect("disconnected");
        self.picture("the end", |picture| picture.state.connection.is_none())
            .await;
    }

    async fn whole_journey(&self) {
        self.desk.connect(places::PROFILE).await.expect("begun");
        let connection = self.connected().await;
        let account = |picture: &Picture| picture.accounts.first()?.name.clone();
        let picture = self
            .picture("who is signed in", |picture| account(picture).is_some())
            .await;
        assert_eq!(account(&picture), connection.account);
        self.renews(connection.sign_in_expires).await;
        self.tests_gateways().await;
        self.watches_traffic().await;
        let about = self.desk.about().await.expect("facts");
        assert!(about.daemon.is_some() && about.keyring.contains("file"));
        assert!(!self.desk.log(60).await.expect("a log").is_empty());
        self.disconnect().await;
        let nothing = self.desk.renew_now().await.expect_err("nothing to renew");
        assert_eq!(nothing.code, ProblemCode::NotConnected);
        self.desk
            .sign_out(&Leaving::Everybody)
            .await
            .expect("signed out");
        self.picture("nobody", |picture| picture.accounts.is_empty())
            .await;
    }

    /// A renewed token expires later than the one before.
    async fn renews(&self, before: Option<u64>) {
        tokio::time::sleep(Duration::from_millis(1100)).await;
        self.desk.renew_now().await.expect("asked for");
        self.picture("a later expiry", |picture| {
            let connection = picture.state.connection.as_ref();
            connection.and_then(|one| one.sign_in_expires) > before
        })
        .await;
    }

    /// Beside the connection, which goes on.
    async fn tests_gateways(&self) {
        let good = self.profiles.load(places::PROFILE).expect("a profile");
        let report = self.desk.probe(&good).await.expect("a report");
        assert_eq!(report.problem, None);
        let all = [Stage::Resolve, Stage::Transport, Stage::Tls];
        assert_eq!(stages(&report), all.map(|stage| (stage, StageStatus::Done)));
        let mut other_secret = good.clone();
        let secret = ServerSecret::new([7; 256].into());
        other_secret.server_check.wrapping = ControlWrapping::azure(secret);
        let mut other_root = good.clone();
        other_root.server_check.root_sha1 = Some(EMBEDDED_ROOTS[0].sha1);
        let mut no_such_name = good;
        no_such_name.servers[0].host = "nowhere.lab.example".to_owned();
        for (profile, stage, codes) in [
            (
                other_secret,
                Stage::Transport,
                &[ProblemCode::GatewaySilent, ProblemCode::GatewayClosed][..],
            ),
            (other_root, Stage::Tls, &[ProblemCode::GatewayUntrusted]),
            (
                no_such_name,
                Stage::Resolve,
                &[ProblemCode::GatewayNotFound],
            ),
        ] {
            let report = self.desk.probe(&profile).await.expect("a report");
            let last = stages(&report).pop();
            assert_eq!(last, Some((stage, StageStatus::Failed)), "{report:?}");
            let code = report.problem.as_ref().map(|problem| problem.code);
            assert!(code.is_some_and(|code| codes.contains(&code)), "{report:?}");
        }
        assert_eq!(
            self.desk.pictures().borrow().state.phase(),
            Phase::Connected
        );
    }

    /// While nobody watches, traffic moves no picture.
    async fn watches_traffic(&self) {
        self.desk.watch_traffic(true);
        let before = self.ping().await;
        let picture = self
            .picture("traffic", |picture| received(picture) > before)
            .await;
        self.desk.watch_traffic(false);
        // What is on its way may still come.
        tokio::time::sleep(Duration::from_millis(300)).await;
        let mut pictures = self.desk.pictures();
        pictures.mark_unchanged();
        self.ping().await;
        tokio::time::sleep(Duration::from_millis(1500)).await;
        assert!(!pictures.has_changed().expect("a desk"), "{picture:?}");
    }

    /// Has packets go through the tunnel; gives what was received before, as shown.
    async fn ping(&self) -> u64 {
        let before = received(&self.desk.pictures().borrow());
        let address = places::INTRANET.to_string();
        let pinged = tokio::process::Command::new("ping")
            .args(["-q", "-c", "2", "-i", "0.2", &address])
            .output()
            .await
            .expect("ping starts");
        assert!(pinged.status.success(), "{pinged:?}");
        before
    }

    async fn on_another_device(&self) {
        self.desk.connect(places::PROFILE).await.expect("begun");
        let (id, _) = self
            .prompt("a page", |kind| matches!(kind, PromptKind::Browser { .. }))
            .await;
        self.desk.open_again(id).await.expect("opened");
        self.desk.use_another_device(id).await.expect("another way");
        let (id, kind) = self
            .prompt("a code", |kind| {
                matches!(kind, PromptKind::DeviceCode { .. })
            })
            .await;
        assert!(self.desk.use_another_device(id).await.is_err());
        let PromptKind::DeviceCode { url, code, .. } = kind else {
            panic!("{kind:?}");
        };
        let signed_in = tokio::process::Command::new(find_program("spoke-lab").expect("built"))
            .args(["browse", &url, "--code", &code])
            .output()
            .await
            .expect("the other device");
        assert!(signed_in.status.success(), "{signed_in:?}");
        let connection = self.connected().await;
        assert!(connection.account.is_some());
        self.picture("no prompt", |picture| picture.prompt.is_none())
            .await;
        self.disconnect().await;
    }

    async fn prompt(&self, what: &str, like: impl Fn(&PromptKind) -> bool) -> (u32, PromptKind) {
        let shown = |picture: &Picture| {
            let prompt = picture.prompt.as_ref();
            prompt.is_some_and(|prompt| like(&prompt.kind))
        };
        let prompt = self.picture(what, shown).await.prompt.expect("a prompt");
        (prompt.id, prompt.kind)
    }
}

fn stages(report: &ProbeReport) -> Vec<(Stage, StageStatus)> {
    let stages = report.stages.iter();
    stages.map(|one| (one.stage, one.status)).collect()
}

fn received(picture: &Picture) -> u64 {
    let connection = picture.state.connection.as_ref();
    connection.map_or(0, |connection| connection.traffic.received)
}
