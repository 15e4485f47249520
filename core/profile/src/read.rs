use crate::azure;
use crate::check::advise;
use crate::error::{Fault, ReadError, Refusal};
use crate::finding::{Finding, FindingCode, Place};
use crate::ovpn;
use crate::package::{ReadOptions, Reading};
use crate::spoke_file;
use crate::text;
use crate::xml::{self, Document};

/// Reads one profile: `azurevpnconfig.xml` in any of the shapes that the portal and
/// the stock clients write, or a Spoke export.
///
/// Whatever the bytes are, this ends after work in proportion to at most 1 MiB.
///
/// # Errors
/// A [`ReadError`] that names the element and the next step.
///
/// ```
/// let file = br#"<AzVpnProfile><name>office</name></AzVpnProfile>"#;
/// let error = spoke_profile::read(file, &spoke_profile::ReadOptions::default()).unwrap_err();
/// assert_eq!(error.element, "clientauth");
/// ```
pub fn read(bytes: &[u8], options: &ReadOptions) -> Result<Reading, ReadError> {
    if is_zip(bytes) {
        return Err(Refusal::new(
            Fault::NotAProfile,
            "The file is a zip archive, not a profile.",
            "Import the archive as it is, or the azurevpnconfig.xml inside it.",
        )
        .in_element(""));
    }
    let text = text::decode(bytes).map_err(|refusal| refusal.in_element(""))?;
    let start = text.trim_start();
    if start.starts_with('{') {
        return spoke_file::read_spoke(&text, options, Vec::new());
    }
    if ovpn::looks_like(&text) {
        return ovpn::read(&text, options);
    }
    let document = parse(start)?;
    let mut findings = Vec::new();
    note_encoding(bytes, &document, &mut findings);
    let mut reading = azure::read_document(&document, options, findings)?;
    advise(&reading.profile, &mut reading.findings);
    Ok(reading)
}

/// The files that an `.ovpn` file names instead of holding their content, as it writes
/// them: what [`ReadOptions::files`] has to bring. Empty for any other file.
#[must_use]
pub fn needed_files(bytes: &[u8]) -> Vec<String> {
    if is_zip(bytes) {
        return Vec::new();
    }
    let text = text::decode(bytes).ok();
    let text = text.filter(|text| ovpn::looks_like(text));
    text.map_or_else(Vec::new, |text| ovpn::needed_files(&text))
}

/// Whether the bytes begin as zip archives do.
pub(crate) fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06")
}

/// Whether the bytes are a profile or a wrapper around one, well or badly filled.
pub(crate) fn looks_like_profile(bytes: &[u8]) -> bool {
    text::decode(bytes).is_ok_and(|text| {
        let start = text.trim_start();
        spoke_file::is_export(start)
            || ovpn::looks_like(start)
            || xml::parse(start).is_ok_and(|found| azure::is_profile_root(&found))
    })
}

fn parse(text: &str) -> Result<Document, ReadError> {
    if text.starts_with('<') {
        return xml::parse(text).map_err(|refusal| refusal.in_element(""));
    }
    Err(Refusal::new(
        Fault::NotAProfile,
        "The file is neither XML nor a configuration of OpenVPN, so it is no profile.",
        "Import AzureVPN/azurevpnconfig.xml of the portal's package, the zip as it is, or an .ovpn file.",
    )
    .in_element(""))
}

fn note_encoding(bytes: &[u8], document: &Document, findings: &mut Vec<Finding>) {
    let is_wide = matches!(
        bytes,
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, _, ..] | [_, 0, ..]
    );
    let Some(declared) = &document.declared_encoding else {
        return;
    };
    let fits = match declared.as_str() {
        "utf-16" | "utf-16le" | "utf-16be" | "unicode" => is_wide,
        "utf-8" | "utf8" => !is_wide,
        "us-ascii" | "ascii" => bytes.is_ascii(),
        _ => false,
    };
    if !fits {
        Place::new("", findings).repaired(
            FindingCode::EncodingMismatch,
            &format!(
                "The file declares the encoding {}.",
                crate::rules::quoted(declared)
            ),
            if is_wide {
                "It was read as UTF-16, which its bytes are."
            } else {
                "It was read as UTF-8, which its bytes are."
            },
        );
    }
}
