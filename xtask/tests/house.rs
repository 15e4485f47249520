//! Holds the house rules that no compiler knows: sizes, names and what documents name.

#![expect(clippy::expect_used, reason = "a test ends where it cannot go on")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Files that git tracks, or would with `git add`.
fn files() -> Vec<PathBuf> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git ls-files");
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(PathBuf::from)
        .filter(|path| root().join(path).is_file())
        .collect()
}

fn text(path: &Path) -> Option<String> {
    fs::read_to_string(root().join(path)).ok()
}

#[test]
fn no_source_file_is_over_600_lines() {
    let long: Vec<String> = files()
        .iter()
        .filter(|path| path.extension().is_some_and(|ending| ending == "rs"))
        .filter_map(|path| {
            let lines = text(path)?.lines().count();
            (lines > 600).then(|| format!("{}: {lines}", path.display()))
        })
        .collect();
    assert!(
        long.is_empty(),
        "two things in one file?\n{}",
        long.join("\n")
    );
}

#[test]
fn no_page_of_the_window_is_over_400_lines() {
    let written = "apps/desktop/ui/src/types.ts";
    let long: Vec<String> = files()
        .iter()
        .filter(|path| path.starts_with("apps/desktop/ui") && !path.ends_with(written))
        .filter(|path| {
            path.extension()
                .is_some_and(|ending| ending == "ts" || ending == "tsx")
        })
        .filter_map(|path| {
            let lines = text(path)?.lines().count();
            (lines > 400).then(|| format!("{}: {lines}", path.display()))
        })
        .collect();
    assert!(
        long.is_empty(),
        "two things in one file?\n{}",
        long.join("\n")
    );
}

#[test]
fn the_pages_know_the_programs_types() {
    let path = "apps/desktop/ui/src/types.ts";
    assert!(
        text(Path::new(path)).is_some_and(|types| types == spoke_view::typescript()),
        "{path} is not what the types say: cargo xtask types"
    );
}

/// What the program knows of Microsoft's clouds and carries as roots stands in the pages
/// too, which fill in fields from it as one types.
#[test]
fn the_pages_know_the_programs_facts() {
    let read = |name: &str| {
        let path = format!("apps/desktop/ui/src/profiles/{name}");
        text(Path::new(&path)).expect("a file of the pages")
    };
    let quoted = |fact: &str| format!("\"{fact}\"");
    let clouds = read("clouds.ts");
    assert!(clouds.contains(&quoted(spoke_profile::MICROSOFT_REGISTERED_APP)));
    assert_eq!(
        clouds.matches("manualApp: \"").count(),
        spoke_profile::CLOUDS.len()
    );
    for cloud in &spoke_profile::CLOUDS {
        let hosts: Vec<String> = cloud
            .authority_hosts
            .iter()
            .map(|host| quoted(host))
            .collect();
        for fact in [
            format!("hosts: [{}]", hosts.join(", ")),
            format!("manualApp: {}", quoted(cloud.manually_registered_app)),
            format!("issuerHost: {}", quoted(cloud.issuer_host)),
        ] {
            assert!(clouds.contains(&fact), "{}: {fact}", cloud.name);
        }
    }
    let roots = read("form_state.ts");
    assert_eq!(
        roots.matches("{ sha1: \"").count(),
        spoke_profile::EMBEDDED_ROOTS.len()
    );
    for root in &spoke_profile::EMBEDDED_ROOTS {
        let sha1 = root.sha1.to_string().to_lowercase();
        let fact = format!("{{ sha1: {}, name: {} }}", quoted(&sha1), quoted(root.name));
        assert!(roots.contains(&fact), "{fact}");
    }
}

#[test]
fn platforms_are_told_apart_on_mod_lines_only() {
    for path in files() {
        let name = path.to_string_lossy().into_owned();
        if !name.ends_with(".rs") || name == "xtask/tests/house.rs" {
            continue;
        }
        let text = text(&path).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        for (number, line) in lines.iter().enumerate() {
            if line.contains("cfg(target_os") || line.contains("cfg!(target_os") {
                let next = lines.get(number + 1).copied().unwrap_or_default();
                let on_mod = ["mod ", "pub mod ", "pub use ", "use ", "pub(crate) mod "]
                    .iter()
                    .any(|start| next.trim_start().starts_with(start));
                assert!(
                    on_mod && line.trim_start().starts_with("#[cfg"),
                    "{name}:{}: {line}",
                    number + 1
                );
            }
        }
    }
}

#[test]
fn unsafe_code_stays_where_the_kernel_is_spoken_to() {
    for path in files() {
        let name = path.to_string_lossy().into_owned();
        let allowed = ["edge/host/", "edge/tunnel/", "xtask/tests/house.rs"];
        if !name.ends_with(".rs") || allowed.iter().any(|start| name.starts_with(start)) {
            continue;
        }
        let text = text(&path).unwrap_or_default();
        assert!(
            !text.contains("unsafe {")
                && !text.contains("unsafe fn")
                && !text.contains("unsafe impl"),
            "{name} has unsafe code"
        );
    }
}

#[test]
fn no_core_crate_can_have_unsafe_code() {
    let mut crates = 0;
    for path in files() {
        let name = path.to_string_lossy().into_owned();
        if name.starts_with("core/") && name.ends_with("/src/lib.rs") {
            crates += 1;
            let text = text(&path).unwrap_or_default();
            // Unlike `deny`, this cannot be taken back further down.
            assert!(text.contains("\n#![forbid(unsafe_code)]\n"), "{name}");
        }
    }
    assert!(crates >= 8, "{crates} crates of core/ were found");
}

#[test]
fn files_that_the_documents_name_exist() {
    let mut missing = Vec::new();
    for document in files() {
        if document.extension().is_none_or(|ending| ending != "md") {
            continue;
        }
        for word in text(&document)
            .unwrap_or_default()
            .split('`')
            .skip(1)
            .step_by(2)
        {
            let folder = word.split('/').next().unwrap_or_default();
            let ours = [
                "core",
                "edge",
                "apps",
                "testing",
                "docs",
                "packaging",
                "xtask",
                "fuzz",
                ".ci",
            ];
            let plain = !word.contains([' ', '*', '{', '<', '$', '\n', ':']);
            if ours.contains(&folder) && word.contains('/') && plain && !root().join(word).exists()
            {
                missing.push(format!("{}: {word}", document.display()));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn nothing_tracked_names_the_machine_it_was_written_on() {
    // Put together here, so that this file does not hold them.
    let bad = [
        ["/wo", "rk/"].concat(),
        ["/tmp/", "bash_jobs"].concat(),
        ["registry.", "npmjs"].concat(),
        ["static.", "crates.io"].concat(),
        ["index.", "crates.io"].concat(),
        ["pypi", ".org"].concat(),
        ["deb.", "debian.org"].concat(),
    ];
    let mut found = Vec::new();
    for path in files() {
        let text = text(&path).unwrap_or_default();
        for (number, line) in text.lines().enumerate() {
            for word in &bad {
                if line.contains(word.as_str()) {
                    found.push(format!("{}:{}: {word}", path.display(), number + 1));
                }
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
