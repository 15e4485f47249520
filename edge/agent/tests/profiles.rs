//! The folder of profiles, on a real file system.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use proptest::prelude::*;
use spoke_agent::ProfileStore;
use spoke_api::ProblemCode;
use spoke_profile::Profile;
use std::os::unix::fs::MetadataExt;

fn profile(name: &str) -> Profile {
    let text = serde_json::json!({
        "name": name,
        "servers": [{"host": "gateway.example", "display_name": null}],
        "port": 443,
        "transport": "tcp",
        "server_check": {
            "secret": "ab".repeat(256), "root_sha1": null, "use_pinned_root": null,
            "root_certificates": [], "server_name": null,
        },
        "sign_in": {"type": "password", "username": null},
        "dns": {"servers": [], "suffixes": []},
        "include": [], "exclude": [],
        "secondary_profile": null, "always_on": false, "mtu": null,
    });
    serde_json::from_value(text).unwrap()
}

fn names(store: &ProfileStore) -> Vec<String> {
    store
        .list()
        .unwrap()
        .profiles
        .into_iter()
        .map(|profile| profile.name)
        .collect()
}

#[test]
fn files_are_the_users_alone() {
    let folder = tempfile::tempdir().unwrap();
    let profiles = folder.path().join("spoke/profiles");
    let store = ProfileStore::new(&profiles);
    assert_eq!(names(&store), Vec::<String>::new());
    store.save(&profile("hub")).unwrap();
    store.save(&profile("hub")).unwrap();
    assert_eq!(std::fs::metadata(&profiles).unwrap().mode() & 0o777, 0o700);
    let files: Vec<_> = std::fs::read_dir(&profiles).unwrap().collect();
    assert_eq!(files.len(), 1);
    for file in files {
        assert_eq!(file.unwrap().metadata().unwrap().mode() & 0o777, 0o600);
    }
}

#[test]
fn names_are_found_by_what_one_would_type() {
    let folder = tempfile::tempdir().unwrap();
    let store = ProfileStore::new(folder.path());
    for name in ["contoso-hub", "contoso-lab", "Fabrikam", "fab"] {
        store.save(&profile(name)).unwrap();
    }
    assert_eq!(store.find("contoso-h").unwrap().name, "contoso-hub");
    assert_eq!(store.find("FABR").unwrap().name, "Fabrikam");
    assert_eq!(store.find("fab").unwrap().name, "fab");
    assert_eq!(store.find("FAB").unwrap().name, "fab");
    let ambiguous = store.find("con").unwrap_err();
    assert_eq!(ambiguous.code, ProblemCode::ProfileNotFound);
    assert!(ambiguous.summary.contains("contoso-hub, contoso-lab"));
    assert_eq!(
        store.find("x").unwrap_err().code,
        ProblemCode::ProfileNotFound
    );
}

#[test]
fn renaming_and_copying_never_overwrite() {
    let folder = tempfile::tempdir().unwrap();
    let store = ProfileStore::new(folder.path());
    store.save(&profile("a")).unwrap();
    store.duplicate("a", "b").unwrap();
    assert_eq!(
        store.rename("a", "b").unwrap_err().code,
        ProblemCode::Conflict
    );
    store.rename("a", "c").unwrap();
    assert_eq!(names(&store), ["b", "c"]);
    assert_eq!(
        store.duplicate("b", " ").unwrap_err().code,
        ProblemCode::Usage
    );
    store.remove("b").unwrap();
    assert_eq!(
        store.remove("b").unwrap_err().code,
        ProblemCode::ProfileNotFound
    );
    assert_eq!(names(&store), ["c"]);
}

#[test]
fn a_file_put_there_under_another_name_counts() {
    let folder = tempfile::tempdir().unwrap();
    let store = ProfileStore::new(folder.path());
    store.save(&profile("hub")).unwrap();
    let file = std::fs::read_dir(folder.path())
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    std::fs::rename(&file, folder.path().join("mine.json")).unwrap();
    assert_eq!(store.load("hub").unwrap().name, "hub");
    store.save(&profile("hub")).unwrap();
    assert_eq!(names(&store), ["hub"]);
    store.remove("hub").unwrap();
    assert!(names(&store).is_empty());
}

#[test]
fn a_damaged_file_is_named_and_does_not_hide_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let store = ProfileStore::new(folder.path());
    store.save(&profile("good")).unwrap();
    std::fs::write(folder.path().join("bad.json"), "{").unwrap();
    let listing = store.list().unwrap();
    assert_eq!(names(&store), ["good"]);
    assert_eq!(listing.damaged.len(), 1);
    let problem = &listing.damaged[0];
    assert_eq!(problem.code, ProblemCode::ProfileInvalid);
    assert!(problem.summary.contains("bad.json"), "{problem}");
    assert_eq!(store.find("good").unwrap().name, "good");
    assert_eq!(store.find("goo").unwrap().name, "good");
    let unknown = store.find("other").unwrap_err();
    assert_eq!(unknown.code, ProblemCode::ProfileNotFound);
    assert!(unknown.details.iter().any(|one| one.contains("bad.json")));
}

#[test]
fn a_free_name_has_the_first_number_that_is_free() {
    let folder = tempfile::tempdir().unwrap();
    let store = ProfileStore::new(folder.path());
    assert_eq!(store.list().unwrap().free_name("hub"), "hub");
    for name in ["hub", "hub 2", "hub 4"] {
        store.save(&profile(name)).unwrap();
    }
    assert_eq!(store.list().unwrap().free_name("hub"), "hub 3");
    assert_eq!(store.list().unwrap().free_name("Hub"), "Hub");
}

/// Names come out of other people's files and are printed to a terminal.
#[test]
fn a_name_that_cannot_be_shown_as_it_is_is_not_stored() {
    let folder = tempfile::tempdir().unwrap();
    let store = ProfileStore::new(folder.path());
    store.save(&profile("a")).unwrap();
    for name in ["", "\u{1b}[31mred", "two\nlines", "gpj\u{202e}.a"] {
        let refused = [
            store.save(&profile(name)),
            store.rename("a", name),
            store.duplicate("a", name),
        ];
        for result in refused {
            assert_eq!(result.unwrap_err().code, ProblemCode::Usage, "{name:?}");
        }
    }
    store.rename("a", " b ").unwrap();
    assert_eq!(names(&store), ["b"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_names_live_side_by_side(mut wanted in proptest::collection::btree_set("[ -~]{1,12}|\\PC{1,8}|(\\.\\.?/|CON|[aA]){1,4}", 1..6)) {
        wanted.retain(|name| spoke_profile::valid_name(name).as_ref() == Ok(name));
        wanted.insert("A".to_owned());
        wanted.insert("a".to_owned());
        wanted.insert("../a".to_owned());
        wanted.insert("é".to_owned());
        wanted.insert("e\u{301}".to_owned());
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("profiles");
        let store = ProfileStore::new(&inside);
        for name in &wanted {
            store.save(&profile(name)).unwrap();
        }
        prop_assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        prop_assert_eq!(names(&store).into_iter().collect::<std::collections::BTreeSet<_>>(), wanted.clone());
        for name in &wanted {
            prop_assert_eq!(&store.load(name).unwrap().name, name);
        }
    }
}
