//! The main job with the built programs.

mod common;

use spoke_lab::{Lab, LabError, Options, digest, pattern, places, quietly};
use std::process::Command;
use std::thread;
use std::time::Duration;

#[test]
fn the_demo_passes() {
    if let Err(error) = spoke_lab::inside_command([]) {
        return spoke_needs::skip(error);
    }
    let output = Command::new(env!("CARGO_BIN_EXE_spoke-lab"))
        .arg("demo")
        .output()
        .expect("the demo starts");
    let text = String::from_utf8_lossy(&output.stdout);
    let problems = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}\n{problems}");
    assert!(text.contains("All steps passed."), "{text}");
}

#[test]
fn a_token_of_4000_characters_reaches_the_gateway_whole() {
    spoke_lab::test_inside(
        "a_token_of_4000_characters_reaches_the_gateway_whole",
        || -> Result<(), LabError> {
            let mut options = Options::default();
            options.sign_in.access_token_chars = 4000;
            let mut lab = Lab::up(options)?;
            common::ready_to_connect(&mut lab)?;
            let connected = lab.spoke(&["connect"])?;
            assert!(connected.success(), "{connected:?}\n{}", lab.gateway_log());
            let log = lab.gateway_log();
            let characters: usize = log
                .split_once("characters=")
                .and_then(|(_, rest)| rest.split_whitespace().next())
                .and_then(|number| number.parse().ok())
                .unwrap_or_default();
            assert!((4000..4100).contains(&characters), "{log}");
            // The signature is over all of it.
            assert!(log.contains("event=accepted_credentials"), "{log}");
            Ok(())
        },
    );
}

#[test]
fn the_second_connect_asks_nobody() {
    spoke_lab::test_inside(
        "the_second_connect_asks_nobody",
        || -> Result<(), LabError> {
            let mut lab = Lab::up(Options::default())?;
            common::ready_to_connect(&mut lab)?;
            // Several times: with the token at hand it can be there before it is asked for.
            for _ in 0..8 {
                let connected = lab.spoke(&["connect", "--timeout", "10s"])?;
                assert!(connected.success(), "{connected:?}");
                let disconnected = lab.spoke(&["disconnect"])?;
                assert!(disconnected.success(), "{disconnected:?}");
            }
            let sign_ins = lab
                .sign_in
                .requests()
                .iter()
                .filter(|request| request.ends_with("/login"))
                .count();
            assert_eq!(sign_ins, 1, "{:?}", lab.sign_in.requests());
            Ok(())
        },
    );
}

#[test]
fn renegotiations_cost_no_packet() {
    spoke_lab::test_inside(
        "renegotiations_cost_no_packet",
        || -> Result<(), LabError> {
            let mut options = Options::default();
            options.gateway.renegotiate_seconds = 4;
            let mut lab = Lab::up(options)?;
            common::ready_to_connect(&mut lab)?;
            // Such a gateway waits two seconds for the key exchange, less than a person takes.
            let signed_in = lab.spoke(&["login"])?;
            assert!(signed_in.success(), "{signed_in:?}");
            let connected = lab.spoke(&["connect"])?;
            assert!(connected.success(), "{connected:?}");
            let script = "set -eu\nping -q -c 60 -i 0.2 10.20.0.10 > pings &\n\
                      curl -sS --limit-rate 2M http://10.20.0.10/bytes/24000000 | sha256sum | cut -d' ' -f1\n\
                      wait $!\ncat pings\n";
            let moved = lab.user_runs("sh", &["-c", script], quietly)?;
            assert!(
                moved.stdout.contains(&digest(&pattern(24_000_000))),
                "{moved:?}"
            );
            assert!(moved.stdout.contains(" 0% packet loss"), "{moved:?}");
            let log = lab.gateway_log();
            assert!(log.matches("renegotiation=true").count() >= 2, "{log}");
            assert_eq!(log.matches("event=accepted ").count(), 1, "{log}");
            Ok(())
        },
    );
}

#[test]
fn an_idle_daemon_sleeps_and_stays_small() {
    spoke_lab::test_inside(
        "an_idle_daemon_sleeps_and_stays_small",
        || -> Result<(), LabError> {
            let mut lab = Lab::without_gateway(Options::default())?;
            lab.start_daemon()?;
            let id = lab.daemon_id().unwrap_or_default();
            thread::sleep(Duration::from_secs(1));
            let before = wake_ups(id)?;
            assert!(before > 0, "no thread of process {id} is seen");
            thread::sleep(Duration::from_secs(4));
            assert_eq!(wake_ups(id)?, before, "wake-ups while disconnected");
            let status = read(&format!("/proc/{id}/status"))?;
            let kib = number_after(&status, "VmRSS:");
            assert!((1..20 * 1024).contains(&kib), "{kib} KiB resident");
            Ok(())
        },
    );
}

/// How often the threads of a process have gone to sleep so far.
fn wake_ups(id: u32) -> Result<u64, LabError> {
    let tasks =
        std::fs::read_dir(format!("/proc/{id}/task")).map_err(LabError::io("read /proc"))?;
    let mut sum = 0;
    for task in tasks.flatten() {
        let status = read(&task.path().join("status").display().to_string())?;
        sum += number_after(&status, "\nvoluntary_ctxt_switches:");
    }
    Ok(sum)
}

fn read(path: &str) -> Result<String, LabError> {
    std::fs::read_to_string(path).map_err(LabError::io(format!("read {path}")))
}

fn number_after(text: &str, name: &str) -> u64 {
    let rest = text.split_once(name).map(|(_, rest)| rest);
    let word = rest.and_then(|rest| rest.split_whitespace().next());
    word.and_then(|word| word.parse().ok()).unwrap_or_default()
}

#[test]
fn a_code_typed_on_another_device_signs_in() {
    spoke_lab::test_inside(
        "a_code_typed_on_another_device_signs_in",
        || -> Result<(), LabError> {
            let mut lab = Lab::up(Options::default())?;
            common::ready_to_connect(&mut lab)?;
            // The person at the other device reads the code off this one's screen.
            let script = r#"
spoke=$1; page=$2
"$spoke" connect --auth device-code > screen 2>&1 &
for _ in $(seq 100); do
  code=$(grep -oE '\b[A-Z0-9]{9}\b' screen | head -1)
  [ -n "$code" ] && break
  sleep 0.05
done
./browser "$page" --code "$code"
wait $!
"#;
            let spoke = spoke_lab::find_program("spoke")?;
            let page = format!("https://{}/device", places::SIGN_IN_HOST);
            let done = lab.user_runs(
                "bash",
                &["-c", script, "bash", &spoke.display().to_string(), &page],
                quietly,
            )?;
            let screen = std::fs::read_to_string(lab.home().join("screen")).unwrap_or_default();
            assert!(done.success(), "{done:?}\n{screen}");
            assert!(screen.contains("Connected to"), "{screen}");
            Ok(())
        },
    );
}
