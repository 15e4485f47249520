//! Tests that failed and passed when they were run again: nextest calls them flaky, and passes.
//!
//! Real programs with clocks of their own may cost a test its first try. A fault that shows half of the time looks
//! just the same, so that these tests are named where the end of a long run is read.

use std::fs;

/// What nextest writes (`.config/nextest.toml`), wherever cargo puts what it builds.
const REPORT: &str = "target/nextest/default/junit.xml";
/// Where the names are kept, one a line, for what runs after the tests (`.ci/run`).
const NAMES: &str = "target/flaky";

/// Forgets those of an earlier run.
pub(crate) fn forget() {
    // What is not there need not go.
    let _ = fs::remove_file(REPORT);
    let _ = fs::remove_file(NAMES);
}

/// Names those of the run that has just ended.
pub(crate) fn tell() -> Result<(), String> {
    // Where nothing could be built there is no report, and another error says so.
    let report = fs::read_to_string(REPORT).unwrap_or_default();
    let flaky = flaky(&report);
    if flaky.is_empty() {
        return Ok(());
    }
    println!(
        "== FLAKY: {} failed, and passed when run again. See why above before you trust them:",
        count(flaky.len())
    );
    let lines: String = flaky.iter().map(|name| format!("  {name}\n")).collect();
    print!("{lines}");
    fs::write(NAMES, lines).map_err(|error| format!("{NAMES}: {error}"))
}

fn count(number: usize) -> String {
    match number {
        1 => "one test".to_owned(),
        _ => format!("{number} tests"),
    }
}

/// The tests of a report in JUnit's format that have a `flakyFailure`: program and test.
fn flaky(report: &str) -> Vec<String> {
    report
        .split("<testcase ")
        .skip(1)
        .filter(|case| case.contains("<flakyFailure ") || case.contains("<flakyError "))
        .map(|case| {
            let value = |name: &str| {
                let rest = case.split(&format!("{name}=\"")).nth(1);
                rest.and_then(|rest| rest.split('"').next()).unwrap_or("?")
            };
            // The end of "classname" would be found, too, if "name" did not come before it.
            format!("{} {}", value("classname"), value("name"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_failed_and_passed_is_flaky() {
        let report = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="nextest-run" tests="3" skipped="0" failures="1" errors="0">
    <testsuite name="spoke-lab::trouble" tests="3" disabled="0" errors="0" failures="1">
        <testcase name="good" classname="spoke-lab::trouble" time="0.047"/>
        <testcase name="sometimes" classname="spoke-lab::trouble" time="0.056">
            <flakyFailure time="0.470" message="thread &apos;a&apos; panicked" type="test failure">&lt;testcase </flakyFailure>
        </testcase>
        <testcase name="never" classname="spoke-lab::trouble" time="0.056">
            <failure type="test failure">no</failure>
            <rerunFailure type="test failure">no</rerunFailure>
        </testcase>
        <testcase name="times_out" classname="spoke-host" time="0.056">
            <flakyError type="timeout"></flakyError>
        </testcase>
    </testsuite>
</testsuites>"#;
        let expected = ["spoke-lab::trouble sometimes", "spoke-host times_out"];
        assert_eq!(flaky(report), expected);
        assert_eq!(flaky(""), [""; 0]);
    }

    /// As nextest is told to write it, and the end of a run shows it.
    #[test]
    fn the_report_is_written_and_the_names_are_shown() {
        let read = |path: &str| {
            let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
            fs::read_to_string(root.join(path)).unwrap()
        };
        let nextest = read(".config/nextest.toml");
        assert!(nextest.contains("[profile.default.junit]\npath = \"junit.xml\""));
        assert!(read(".ci/run").contains(&format!("cat {NAMES}")));
    }
}
