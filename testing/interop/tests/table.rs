//! Every cell of the table passes, and the document says just that.

use std::path::Path;
use std::process::Command;

#[test]
fn the_table_in_the_document_is_what_the_peers_do() {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/interop.md");
    let played = Command::new(env!("CARGO_BIN_EXE_spoke-interop"))
        .arg("--check")
        .arg(document)
        .status()
        .unwrap();
    assert!(
        played.success(),
        "see above; the document is written anew by `cargo xtask interop`"
    );
}
