//! The bill of materials of a package: CycloneDX 1.5, from what cargo and npm have locked.
//! Without the time and serial number that the format allows: same input, same bytes.

use super::Release;
use super::contents::Package;
use super::stage::{at, read};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, PackageId};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The document for `package`.
pub(crate) fn of(package: &Package, release: &Release) -> Result<String, String> {
    let metadata = metadata(package, release)?;
    let hashes = hashes()?;
    let built_in = built_in(&metadata, package.crates)?;
    let mut components = Vec::new();
    let mut dependencies = BTreeMap::new();
    for one in &metadata.packages {
        let Some(below) = built_in.get(&one.id) else {
            continue;
        };
        let purl = cargo_purl(&one.name, &one.version.to_string());
        let mut component = json!({
            "type": "library",
            "bom-ref": purl,
            "name": one.name.as_str(),
            "version": one.version.to_string(),
            "purl": purl,
            "licenses": [{ "expression": expression(one.license.as_deref()) }],
        });
        let key = (one.name.to_string(), one.version.to_string());
        if let Some(hash) = hashes.get(&key) {
            component["hashes"] = json!([{ "alg": "SHA-256", "content": hash }]);
        }
        components.push(component);
        let names: BTreeSet<String> = below.iter().map(|id| purl_of(&metadata, id)).collect();
        dependencies.insert(purl, names);
    }
    let root = format!("pkg:generic/{}@{}", package.name, release.version);
    let mut direct: BTreeSet<String> = package
        .crates
        .iter()
        .filter_map(|name| {
            metadata
                .packages
                .iter()
                .find(|one| one.name.as_str() == *name)
        })
        .map(|one| purl_of(&metadata, &one.id))
        .collect();
    for lock in package.npm {
        for component in pages(Path::new(lock))? {
            let purl = component["purl"].as_str().unwrap_or_default().to_owned();
            direct.insert(purl.clone());
            dependencies.insert(purl, BTreeSet::new());
            components.push(component);
        }
    }
    dependencies.insert(root.clone(), direct);
    components.sort_by_key(|component| component["bom-ref"].to_string());
    let dependencies: Vec<Value> = dependencies
        .into_iter()
        .map(|(name, on)| json!({ "ref": name, "dependsOn": on }))
        .collect();
    let document = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": root,
                "name": package.name,
                "version": release.version,
                "purl": root,
                "licenses": [{ "expression": "MIT OR Apache-2.0" }],
            },
        },
        "components": components,
        "dependencies": dependencies,
    });
    serde_json::to_string_pretty(&document).map_err(|error| format!("bill of materials: {error}"))
}

fn metadata(package: &Package, release: &Release) -> Result<Metadata, String> {
    let platform = format!("{}-{}", release.architecture.name(), package.system);
    MetadataCommand::new()
        .other_options(["--filter-platform".into(), platform, "--locked".into()])
        .exec()
        .map_err(|error| format!("cargo metadata: {error}"))
}

/// What these crates are built from, each with what it is built from itself: neither
/// tests nor what only runs while building.
fn built_in(
    metadata: &Metadata,
    crates: &[&str],
) -> Result<BTreeMap<PackageId, Vec<PackageId>>, String> {
    let resolve = metadata.resolve.as_ref().ok_or("cargo resolved nothing")?;
    let mut open: Vec<PackageId> = metadata
        .packages
        .iter()
        .filter(|one| crates.contains(&one.name.as_str()))
        .map(|one| one.id.clone())
        .collect();
    let mut seen = BTreeMap::new();
    while let Some(id) = open.pop() {
        if seen.contains_key(&id) {
            continue;
        }
        let node = resolve.nodes.iter().find(|node| node.id == id);
        let below: Vec<PackageId> = node
            .into_iter()
            .flat_map(|node| &node.deps)
            .filter(|on| {
                on.dep_kinds
                    .iter()
                    .any(|kind| kind.kind == DependencyKind::Normal)
            })
            .map(|on| on.pkg.clone())
            .collect();
        open.extend(below.iter().cloned());
        seen.insert(id, below);
    }
    Ok(seen)
}

/// What `Cargo.lock` says of each crate's archive, by name and version.
fn hashes() -> Result<BTreeMap<(String, String), String>, String> {
    let text = read(Path::new("Cargo.lock"))?;
    let text = String::from_utf8_lossy(&text);
    let mut hashes = BTreeMap::new();
    for entry in text.split("[[package]]").skip(1) {
        let field = |name: &str| {
            let start = format!("{name} = \"");
            let line = entry.lines().find_map(|line| line.strip_prefix(&start))?;
            line.strip_suffix('"').map(str::to_owned)
        };
        if let (Some(name), Some(version), Some(hash)) =
            (field("name"), field("version"), field("checksum"))
        {
            hashes.insert((name, version), hash);
        }
    }
    Ok(hashes)
}

/// What is bundled into the pages: what npm installs for them without `devDependencies`.
fn pages(lock: &Path) -> Result<Vec<Value>, String> {
    let lock_of = |error: serde_json::Error| format!("{}: {error}", lock.display());
    let text = std::fs::read(lock).map_err(|error| at(lock, &error))?;
    let document: Value = serde_json::from_slice(&text).map_err(lock_of)?;
    let packages = document["packages"].as_object().into_iter().flatten();
    let components = packages.filter_map(|(path, one)| {
        let (_, name) = path.rsplit_once("node_modules/")?;
        let shipped = one["dev"] != true;
        let version = one["version"].as_str().filter(|_| shipped)?;
        let purl = format!("pkg:npm/{}@{version}", name.replace('@', "%40"));
        Some(json!({
            "type": "library",
            "bom-ref": purl,
            "name": name,
            "version": version,
            "purl": purl,
            "licenses": [{ "expression": expression(one["license"].as_str()) }],
        }))
    });
    Ok(components.collect())
}

fn purl_of(metadata: &Metadata, id: &PackageId) -> String {
    cargo_purl(&metadata[id].name, &metadata[id].version.to_string())
}

fn cargo_purl(name: &str, version: &str) -> String {
    format!("pkg:cargo/{name}@{}", version.replace('+', "%2B"))
}

/// Old crates write `MIT/Apache-2.0`.
fn expression(license: Option<&str>) -> String {
    license.unwrap_or("NOASSERTION").replace('/', " OR ")
}

#[cfg(test)]
mod tests {
    use super::super::architecture::Architecture;
    use super::super::contents::PACKAGES;
    use super::*;

    fn document(name: &str) -> Value {
        // Cargo runs tests in the crate's folder.
        std::env::set_current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).unwrap();
        let release = Release {
            version: "1.2.3".to_owned(),
            epoch: "0".to_owned(),
            programs: "nowhere".into(),
            native: "nowhere".into(),
            architecture: Architecture::X86_64,
            loose: true,
        };
        let package = PACKAGES.iter().find(|one| one.name == name).unwrap();
        serde_json::from_str(&of(package, &release).unwrap()).unwrap()
    }

    /// Every reference is to something that is there, and everything has a licence.
    #[test]
    fn the_bill_is_whole() {
        for (name, least) in [
            ("spoke", 100),
            ("spoke-desktop", 200),
            ("spoke-gateway", 100),
        ] {
            let document = document(name);
            let components = document["components"].as_array().unwrap();
            assert!(components.len() > least, "{name}: {}", components.len());
            let mut known: BTreeSet<&str> = BTreeSet::new();
            for component in components {
                assert!(
                    known.insert(component["bom-ref"].as_str().unwrap()),
                    "{component}"
                );
                assert_ne!(
                    component["licenses"][0]["expression"], "NOASSERTION",
                    "{component}"
                );
            }
            known.insert(
                document["metadata"]["component"]["bom-ref"]
                    .as_str()
                    .unwrap(),
            );
            for one in document["dependencies"].as_array().unwrap() {
                let on = one["dependsOn"].as_array().unwrap();
                for name in on.iter().chain([&one["ref"]]) {
                    assert!(known.contains(name.as_str().unwrap()), "{name}");
                }
            }
        }
    }

    #[test]
    fn it_has_what_is_shipped_and_not_what_tests_use() {
        let spoke = document("spoke").to_string();
        assert!(spoke.contains("pkg:cargo/rustls@") && !spoke.contains("pkg:cargo/insta@"));
        let desktop = document("spoke-desktop").to_string();
        assert!(desktop.contains("pkg:npm/preact@") && !desktop.contains("pkg:npm/vitest@"));
    }
}
