//! Another address of the computer, over and over: how soon traffic flows again.

use crate::probes::Probes;
use crate::report::{Report, at_percent, in_words};
use crate::stage::{PATIENCE, expect, ready};
use crate::trial::Size;
use spoke_lab::LabError;
use std::time::Duration;

/// How soon traffic has to flow again, 95 times of a hundred.
const GOAL: Duration = Duration::from_secs(2);

pub(crate) fn play(size: Size) -> Result<Report, LabError> {
    let mut report = Report::default();
    let lab = ready("udp")?;
    let probes = Probes::start(&lab)?;
    let times = size.times(2, 50);
    for transport in ["udp", "tcp"] {
        let setting = format!("transport={transport}");
        expect(
            &lab,
            &["profile", "set", spoke_lab::places::PROFILE, &setting],
        )?;
        expect(&lab, &["connect", "--timeout", "40s"])?;
        let mut seen = Vec::new();
        for _ in 0..times {
            lab.move_user()?;
            seen.push(back(&lab, &probes)?);
            lab.move_user_back()?;
            seen.push(back(&lab, &probes)?);
        }
        expect(&lab, &["disconnect"])?;
        let over = transport.to_uppercase();
        report.note(
            format!("changes of the computer's address, over {over}"),
            seen.len(),
        );
        report.at_most(
            format!("to traffic again, 95 of 100, over {over}"),
            GOAL,
            at_percent(&seen, 95),
        );
        report.note(
            format!("in the middle and at the most, over {over}"),
            format!(
                "{}, {}",
                in_words(at_percent(&seen, 50)),
                in_words(at_percent(&seen, 100))
            ),
        );
    }
    Ok(report)
}

fn back(lab: &spoke_lab::Lab, probes: &Probes) -> Result<Duration, LabError> {
    let time = probes.time_to_traffic(PATIENCE);
    time.ok_or_else(|| LabError::Other(format!("no traffic any more\n{}", lab.daemon_log())))
}
