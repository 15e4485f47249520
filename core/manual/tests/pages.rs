//! What a page holds, by a small command line.

use clap::{Arg, ArgAction, Command};
use spoke_manual::{Section, page, pages};

fn grammar() -> Command {
    let flag = |name: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue);
    Command::new("wheel")
        .about("Turns")
        .after_help("Examples:\n  wheel turn --fast     as fast as it goes")
        .arg(flag("loud").global(true).help("Squeak"))
        .subcommand(
            Command::new("turn")
                .about("Turn once")
                .arg(flag("fast").help("Do not wait"))
                .arg(flag("trick").hide(true)),
        )
        .subcommand(Command::new("secret").hide(true))
}

#[test]
fn every_command_that_is_shown_has_a_page() {
    let sections = [Section {
        heading: "FILES",
        entries: &[("/etc/wheel", "where it turns")],
    }];
    let pages = pages(&grammar(), 1, &sections, "axle(8)");
    let names: Vec<&str> = pages.iter().map(|page| page.file.as_str()).collect();
    assert_eq!(names, ["wheel.1", "wheel-turn.1"]);
    let (wheel, turn) = (&pages[0].text, &pages[1].text);
    assert!(
        wheel.contains(".SH FILES\n.TP\n\\fB/etc/wheel\\fR\nwhere it turns\n"),
        "{wheel}"
    );
    assert!(wheel.contains(".SH EXAMPLES\n.nf\n  wheel turn"), "{wheel}");
    assert!(
        wheel.contains("Squeak") && wheel.contains("axle(8)."),
        "{wheel}"
    );
    assert!(
        turn.contains("Do not wait") && turn.contains("wheel(1)"),
        "{turn}"
    );
    assert!(
        !turn.contains("Squeak") && !turn.contains("trick"),
        "{turn}"
    );
}

#[test]
fn a_page_may_stand_in_another_chapter() {
    let page = page(&grammar(), 8, &[], "axle(1)");
    assert_eq!(page.file, "wheel.8");
    assert!(page.text.contains(".TH wheel 8"), "{}", page.text);
}
