//! Spoke's own export: JSON, with everything that a profile can say.

use crate::azure::ExportOptions;
use crate::check::checked;
use crate::error::{Fault, ReadError, Refusal};
use crate::finding::{Finding, FindingCode, Place};
use crate::model::Profile;
use crate::package::{ReadOptions, Reading};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize as _, Serialize};
use serde_json::Value;
use std::io::{self, Write};
use zeroize::{Zeroize as _, Zeroizing};

/// Name and version of the document.
const SCHEMA: &str = "spoke.profile-export/1";
const SCHEMA_NAME: &str = "spoke.profile-export/";
/// Where a wrapping has its static key.
const STATIC_KEY: &str = "key";
/// Where the one of tls-crypt-v2 has the client's.
const CLIENT_KEY: &str = "client_key";

/// The profile as Spoke's own file.
#[must_use]
pub fn export_spoke(profile: &Profile, options: ExportOptions) -> Zeroizing<String> {
    if options.with_secret {
        return written(profile);
    }
    let mut bare = profile.clone();
    bare.server_check.wrapping.blank();
    let mut value = serde_json::to_value(bare).unwrap_or_default();
    if let Some(wrapping) = value.pointer_mut("/server_check/wrapping") {
        for key in [STATIC_KEY, CLIENT_KEY] {
            if let Some(secret) = wrapping.get_mut(key) {
                *secret = Value::Null;
            }
        }
    }
    written(&value)
}

/// The document, in memory of its own size: text that grows leaves what it held behind.
fn written(profile: &impl Serialize) -> Zeroizing<String> {
    #[derive(Serialize)]
    struct Document<'a, T> {
        schema: &'static str,
        profile: &'a T,
    }
    let document = Document {
        schema: SCHEMA,
        profile,
    };
    let mut length = Length(0);
    let mut bytes = Zeroizing::new(Vec::new());
    let whole = serde_json::to_writer_pretty(&mut length, &document).and_then(|()| {
        bytes.reserve_exact(length.0 + 1);
        serde_json::to_writer_pretty(&mut *bytes, &document)
    });
    if whole.is_err() {
        bytes.clear();
    }
    bytes.push(b'\n');
    let text = String::from_utf8(std::mem::take(&mut *bytes));
    Zeroizing::new(text.unwrap_or_default())
}

/// Counts what is written.
struct Length(usize);

impl Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A document that may hold a secret: its texts are zeroed when it goes.
struct Wiped(Value);

impl Drop for Wiped {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(values) => values.iter_mut().for_each(wipe),
        Value::Object(fields) => fields.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Whether the text is such a file, of any version.
pub(crate) fn is_export(text: &str) -> bool {
    text.starts_with('{') && text.contains(SCHEMA_NAME)
}

/// Reads what [`export_spoke`] wrote. Nothing in the file is believed that the user
/// must decide: a foreign sign-in host needs the user's trust again.
pub(crate) fn read_spoke(
    text: &str,
    options: &ReadOptions,
    mut findings: Vec<Finding>,
) -> Result<Reading, ReadError> {
    let document = serde_json::from_str(text).map_err(|error| {
        Refusal::new(
            Fault::NotWellFormed,
            format!(
                "The file begins like a Spoke export, but is not well-formed JSON (line {}).",
                error.line()
            ),
            "Export the profile again.",
        )
        .in_element("")
    })?;
    let mut document = Wiped(document);
    check_schema(&document.0).map_err(|refusal| refusal.in_element("schema"))?;
    let profile = document.0.get_mut("profile").ok_or_else(|| {
        Refusal::new(
            Fault::Missing,
            "The file holds no profile.",
            "Export the profile again.",
        )
        .in_element("profile")
    })?;
    supply_secret(profile, options, &mut findings)?;
    let profile = Profile::deserialize(&*profile).map_err(|error| {
        Refusal::invalid(
            format!(
                "The profile in the file is not complete: {}.",
                crate::rules::quoted(&error.to_string())
            ),
            "Export the profile again, with a Spoke at least as new as the one that wrote it.",
        )
        .in_element("profile")
    })?;
    let profile = checked(&profile, options, &mut findings).map_err(|errors| {
        let first = errors.into_iter().next();
        first.map_or_else(
            || {
                Refusal::invalid("The profile is not valid.", "Export it again.")
                    .in_element("profile")
            },
            |error| ReadError {
                kind: error.kind,
                element: error.field,
                message: error.message,
                next: error.next,
            },
        )
    })?;
    Ok(Reading::plain(profile, findings))
}

fn check_schema(document: &Value) -> Result<(), Refusal> {
    let schema = document
        .get("schema")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if schema == SCHEMA {
        return Ok(());
    }
    if schema.starts_with(SCHEMA_NAME) {
        return Err(Refusal::new(
            Fault::Unsupported,
            format!(
                "The file is of version {}, this Spoke reads {SCHEMA}.",
                crate::rules::quoted(schema)
            ),
            "Update Spoke, or export with --format azure.",
        ));
    }
    Err(Refusal::new(
        Fault::NotAProfile,
        "The file is JSON, but no Spoke export.",
        "Import azurevpnconfig.xml, the portal's zip, or a file from `spoke profile export`.",
    ))
}

fn supply_secret(
    profile: &mut Value,
    options: &ReadOptions,
    findings: &mut Vec<Finding>,
) -> Result<(), ReadError> {
    let Some((slot, which)) = missing_secret(profile) else {
        return Ok(());
    };
    let path = "server_check/wrapping";
    let given = match which {
        Missing::StaticKey => options
            .server_secret
            .as_ref()
            .map(|secret| hex::encode(secret.expose())),
        Missing::ClientKey => options
            .client_key
            .as_ref()
            .map(|key| STANDARD.encode(key.expose())),
    };
    let (what, next) = match which {
        Missing::StaticKey => (
            "server secret",
            "Import it with `--server-secret-file FILE`, or export it again with the secret.",
        ),
        Missing::ClientKey => (
            "tls-crypt-v2 key of its client",
            "Import it with `spoke import` and `--server-secret-file FILE`, where FILE is the client's tls-crypt-v2 key, or export it again with the secret.",
        ),
    };
    let Some(given) = given else {
        let message = format!("The file was exported without the {what}.");
        return Err(Refusal::new(Fault::Missing, message, next).in_element(path));
    };
    *slot = Value::String(given);
    Place::new(path, findings).info(
        FindingCode::SecretSupplied,
        &format!("The file has no {what}."),
        "The one that you gave was taken.",
    );
    Ok(())
}

/// What an export without secrets lacks.
enum Missing {
    StaticKey,
    ClientKey,
}

/// The place of a key that was left out, in a file of today or of before.
fn missing_secret(profile: &mut Value) -> Option<(&mut Value, Missing)> {
    let check = profile.get_mut("server_check")?.as_object_mut()?;
    if !check.contains_key("wrapping") {
        let secret = check.entry("secret").or_insert(Value::Null);
        return secret.is_null().then_some((secret, Missing::StaticKey));
    }
    let wrapping = check.get_mut("wrapping")?.as_object_mut()?;
    let (field, which) = match wrapping.contains_key(CLIENT_KEY) {
        true => (CLIENT_KEY, Missing::ClientKey),
        false => (STATIC_KEY, Missing::StaticKey),
    };
    let key = wrapping.get_mut(field)?;
    key.is_null().then_some((key, which))
}
