//! Versioned documents: going up, and refusing what cannot be read.

use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use spoke_store::{
    Access, AtomicFile, Document, NoDocument, StoreError, Versioned, from_bytes, to_bytes,
};
use std::path::Path;

#[derive(Serialize, Deserialize)]
struct First {
    name: String,
}

impl Document for First {
    const VERSION: u32 = 1;
    type Previous = NoDocument;

    fn from_previous(previous: NoDocument) -> Self {
        match previous {}
    }
}

#[derive(Serialize, Deserialize)]
struct Second {
    names: Vec<String>,
}

impl Document for Second {
    const VERSION: u32 = 2;
    type Previous = First;

    fn from_previous(previous: First) -> Self {
        Self {
            names: vec![previous.name],
        }
    }
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Third {
    names: Vec<String>,
    #[serde(default)]
    size: usize,
}

impl Document for Third {
    const VERSION: u32 = 3;
    type Previous = Second;

    fn from_previous(previous: Second) -> Self {
        Self {
            size: previous.names.len(),
            names: previous.names,
        }
    }
}

fn read(content: &str) -> Result<Third, StoreError> {
    from_bytes(content.as_bytes(), Path::new("state.json"))
}

#[test]
fn an_old_file_is_carried_up_step_by_step() {
    let expected = Third {
        names: vec!["a".to_owned()],
        size: 1,
    };
    for content in [
        r#"{"version":1,"data":{"name":"a"}}"#,
        r#"{"version":2,"data":{"names":["a"]}}"#,
        r#"{"data":{"size":1,"names":["a"]},"version":3}"#,
    ] {
        assert_eq!(read(content).unwrap(), expected, "{content}");
    }
}

#[test]
fn files_that_cannot_be_read_say_why() {
    for (content, wanted) in [
        (
            "",
            "state.json is empty; move it away or restore it from a copy",
        ),
        (
            " \n",
            "state.json is empty; move it away or restore it from a copy",
        ),
        (
            "{\"version\":3,\"data\":{\"na",
            "state.json is damaged: it is cut off (line 1, column 24); move it away or restore it from a copy",
        ),
        (
            "\0\0\0\0",
            "state.json is damaged: it is not JSON (line 1, column 1); move it away or restore it from a copy",
        ),
        (
            r#"{"version":3}"#,
            "state.json is damaged: it does not hold what belongs there (line 1, column 13); move it away or restore it from a copy",
        ),
        (
            r#"{"version":3,"data":{"names":7}}"#,
            "state.json is damaged: it does not hold what belongs there (line 1, column 30); move it away or restore it from a copy",
        ),
        (
            r#"{"version":9,"data":{"new":true}}"#,
            "state.json has format 9, this program knows up to 3; update it",
        ),
        (
            r#"{"version":0,"data":{}}"#,
            "state.json has format 0, which is too old to be read; move it away",
        ),
    ] {
        assert_eq!(
            read(content).unwrap_err().to_string(),
            wanted,
            "{content:?}"
        );
    }
}

#[test]
fn a_newer_file_is_no_damage_but_the_others_are() {
    assert!(!read(r#"{"version":9,"data":{}}"#).unwrap_err().is_damage());
    for content in ["", "{", r#"{"version":0,"data":{}}"#] {
        assert!(read(content).unwrap_err().is_damage(), "{content:?}");
    }
}

#[test]
fn a_document_is_saved_in_the_newest_version() {
    let folder = tempfile::tempdir().unwrap();
    let file = AtomicFile::new(folder.path().join("state.json"), Access::Private);
    let document = Versioned::<Third>::new(file.clone());
    assert_eq!(document.load().unwrap(), None);
    file.write(br#"{"version":1,"data":{"name":"a"}}"#).unwrap();
    let value = document.load().unwrap().unwrap();
    document.save(&value).unwrap();
    let content = file.read().unwrap().unwrap();
    assert!(content.starts_with(b"{\n  \"version\": 3,"));
    assert_eq!(document.load().unwrap(), Some(value));
    document.remove().unwrap();
    assert_eq!(document.load().unwrap(), None);
}

proptest! {
    #[test]
    fn documents_come_back_equal(names in prop::collection::vec(".*", 0..5), size in any::<u32>()) {
        let value = Third { names, size: size as usize };
        let content = to_bytes(&value).unwrap();
        prop_assert_eq!(from_bytes::<Third>(&content, Path::new("x")).unwrap(), value);
    }

    /// A torn file is refused wherever it was torn.
    #[test]
    fn no_prefix_of_a_document_is_read(names in prop::collection::vec(".*", 0..5), cut in any::<prop::sample::Index>()) {
        let content = to_bytes(&Third { names, size: 1 }).unwrap();
        let whole = content.len() - 1;
        let torn = &content[..cut.index(whole)];
        prop_assert!(from_bytes::<Third>(torn, Path::new("x")).unwrap_err().is_damage());
    }

    #[test]
    fn any_bytes_are_read_or_refused(content in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = from_bytes::<Third>(&content, Path::new("x"));
    }
}
