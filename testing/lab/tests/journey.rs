//! The main job with the built programs.

mod common;

use spoke_lab::{Lab, LabError, Options, places, quietly};
use std::process::Command;

#[test]
fn the_demo_passes() {
    if let Err(error) = spoke_lab::inside_command([]) {
        return common::skip(&error.to_string());
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
    common::inside(
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
    common::inside(
        "the_second_connect_asks_nobody",
        || -> Result<(), LabError> {
            let mut lab = Lab::up(Options::default())?;
            common::ready_to_connect(&mut lab)?;
            for _ in 0..2 {
                let connected = lab.spoke(&["connect"])?;
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
fn a_code_typed_on_another_device_signs_in() {
    common::inside(
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
