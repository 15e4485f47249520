use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

/// What WebKitGTK is told by: "0" for layers, anything else for none.
const WORD: &str = "WEBKIT_DISABLE_COMPOSITING_MODE";
/// Where the kernel shows what can draw, and how those names begin.
const CARDS: &str = "/dev/dri";
const CARD: &str = "renderD";
/// Cards whose own driver shows them elsewhere.
const OTHER_CARD: &str = "/dev/nvidia0";

/// Where there is no graphics card, has the web view draw without layers: putting them
/// together in software takes memory and keeps its threads awake. It has to be told before
/// it begins, so the program starts once more in its own place. Users who have told it
/// themselves are left alone.
pub(crate) fn do_without() {
    if std::env::var_os(WORD).is_some() || has_card() {
        return;
    }
    let Ok(program) = std::env::current_exe() else {
        return;
    };
    let error = Command::new(program)
        .args(std::env::args_os().skip(1))
        .env(WORD, "1")
        .exec();
    tracing::debug!("the web view draws with layers: {error}");
}

fn has_card() -> bool {
    let cards = std::fs::read_dir(CARDS).into_iter().flatten().flatten();
    let mut names = cards.map(|card| card.file_name());
    names.any(|name| name.to_string_lossy().starts_with(CARD)) || Path::new(OTHER_CARD).exists()
}
