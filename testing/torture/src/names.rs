//! Reconnects under look-ups of names of the virtual network: none of them may be asked
//! outside while the tunnel is meant to be up.

use crate::asker::{Asker, meant_suffix};
use crate::capture::Capture;
use crate::report::Report;
use crate::stage::{expect, ready, wait_for};
use crate::trial::Size;
use spoke_lab::{GatewayOptions, LabError, places};
use std::thread;
use std::time::Duration;

/// How many look-ups have to be heard outside where there is no tunnel.
const PROOF: u64 = 50;
/// How long the gateway is away.
const AWAY: Duration = Duration::from_millis(200);
/// How long look-ups go on beside a tunnel that stands.
const CALM: Duration = Duration::from_millis(300);

pub(crate) fn play(size: Size) -> Result<Report, LabError> {
    let mut lab = ready("tcp")?;
    let capture = Capture::start(&lab)?;
    let asker = Asker::start(&lab)?;
    let mut report = Report::default();
    wait_for(&lab, "asking", || Ok(asker.asked() > PROOF))?;
    thread::sleep(CALM);
    let before = capture.names_under(places::PRIVATE_SUFFIX).len();
    let proven = u64::try_from(before).is_ok_and(|heard| heard >= PROOF);
    report.demand(
        "names heard outside before there is a tunnel",
        format!("≥ {PROOF}"),
        before,
        proven,
    );

    // All names go inside: a plain resolv.conf cannot split them.
    expect(
        &lab,
        &[
            "profile",
            "set",
            places::PROFILE,
            "routes.include+=0.0.0.0/1",
        ],
    )?;
    expect(
        &lab,
        &[
            "profile",
            "set",
            places::PROFILE,
            "routes.include+=128.0.0.0/1",
        ],
    )?;
    expect(&lab, &["connect", "--timeout", "40s"])?;
    asker.meant(true);
    let first = asker.asked();
    let times = size.times(1, 200);
    for time in 0..times {
        if time % 2 == 0 {
            lab.stop_gateway();
            thread::sleep(AWAY);
            lab.start_gateway(&GatewayOptions::default())?;
            expect(&lab, &["wait", "--for", "connected", "--timeout", "40s"])?;
        } else {
            expect(&lab, &["reconnect"])?;
        }
        let answered = asker.answered();
        wait_for(&lab, "answered", || Ok(asker.answered() > answered))?;
        thread::sleep(CALM);
    }
    report.note("reconnects", times);
    report.note("names looked up meanwhile", asker.asked() - first);
    report.note("of them answered", asker.answered());
    asker.meant(false);
    expect(&lab, &["disconnect"])?;
    thread::sleep(CALM);
    let leaks = capture.names_under(&meant_suffix());
    report.demand("of them heard outside", "0", leaks.len(), leaks.is_empty());
    Ok(report)
}
