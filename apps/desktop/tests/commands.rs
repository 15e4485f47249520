//! The pages and the program name the same commands, and the pages may ask for nothing
//! else.

#![expect(clippy::expect_used, reason = "a test ends where it cannot go on")]

use spoke_desktop::COMMANDS;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn text(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    fs::read_to_string(path).expect(file)
}

#[test]
fn the_pages_call_the_commands_that_there_are() {
    let pages = text("ui/src/desk.ts");
    let called: BTreeSet<&str> = pages
        .split("invoke")
        .skip(1)
        .filter(|call| call.starts_with(['(', '<']))
        .filter_map(|call| call.split('"').nth(1))
        .collect();
    let known: BTreeSet<&str> = COMMANDS.iter().copied().collect();
    assert_eq!(known.len(), COMMANDS.len(), "a name stands there twice");
    assert_eq!(called, known);
}

#[test]
fn the_pages_may_ask_for_nothing_else() {
    let capability: serde_json::Value =
        serde_json::from_str(&text("capabilities/window.json")).expect("JSON");
    assert_eq!(capability["windows"], serde_json::json!(["main"]));
    assert!(capability.get("remote").is_none(), "no page of the web");
    assert_eq!(
        capability["permissions"],
        serde_json::json!([
            "core:event:allow-listen",
            "core:event:allow-unlisten",
            "core:webview:allow-set-webview-zoom",
            "dialog:allow-open",
            "dialog:allow-save",
            "clipboard-manager:allow-write-text"
        ])
    );
    let files = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("capabilities"));
    assert_eq!(files.expect("capabilities").count(), 1);
}

#[test]
fn the_pages_run_no_code_but_their_own() {
    let config: serde_json::Value = serde_json::from_str(&text("tauri.conf.json")).expect("JSON");
    let policy = config["app"]["security"]["csp"].as_str().expect("a policy");
    let directive = |name: &str| {
        policy
            .split(';')
            .map(str::trim)
            .find(|directive| directive.split(' ').next() == Some(name))
    };
    assert_eq!(directive("default-src"), Some("default-src 'self'"));
    assert_eq!(
        directive("script-src"),
        None,
        "it falls back to the default"
    );
    assert_eq!(directive("object-src"), Some("object-src 'none'"));
    assert_eq!(directive("base-uri"), Some("base-uri 'none'"));
    assert_eq!(directive("form-action"), Some("form-action 'none'"));
    let reach = directive("connect-src").expect("a directive");
    assert_eq!(reach, "connect-src ipc: http://ipc.localhost");
    assert!(config["app"].get("withGlobalTauri").is_none());
    // Preact copies its nodes into plain objects with a `constructor` of their own, which
    // frozen prototypes forbid: no page would ever show.
    assert!(config["app"]["security"].get("freezePrototype").is_none());
}
