//! Portal zips and folders.

#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod common;

use common::{document, with};
use spoke_profile::{
    EMBEDDED_ROOTS, Package, ReadError, ReadOptions, SecretBytes, Thumbprint, open_files,
    open_package,
};
use std::io::{Cursor, Write as _};
use zeroize::Zeroizing;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, content) in files {
        writer.start_file(*name, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn open(files: &[(&str, &[u8])]) -> Result<Package, ReadError> {
    open_package(&archive(files), &ReadOptions::default())
}

fn paths(package: &Package) -> Vec<&str> {
    package
        .found
        .iter()
        .map(|found| found.path.as_str())
        .collect()
}

#[test]
fn a_package_is_searched_for_profiles_whatever_its_paths_look_like() {
    let document = document();
    let settings = b"<VpnProfile><VpnServer>x</VpnServer></VpnProfile>";
    for name in [
        "AzureVPN/azurevpnconfig.xml",
        "AzureVPN\\azurevpnconfig_aad.xml",
        "download/AzureVPN/AZUREVPNCONFIG.XML",
        "office.AzureVpnProfile.xml",
        "office.azurevpnconfig",
    ] {
        let package = open(&[
            ("Generic/VpnSettings.xml", settings),
            (name, document.as_bytes()),
            ("__MACOSX/AzureVPN/._azurevpnconfig.xml", b"\0\x05\x16\x07"),
            ("WindowsAmd64/VpnClientSetupAmd64.exe", b"MZ"),
        ])
        .unwrap();
        assert_eq!(paths(&package), [name.replace('\\', "/")]);
        assert_eq!(package.profiles().count(), 1);
        assert_eq!(
            package.notes,
            ["Generic/VpnSettings.xml is no Azure VPN profile and was not read."]
        );
    }
}

#[test]
fn a_bad_profile_beside_a_good_one_is_told() {
    let bad = with("serversecret", "");
    let package = open(&[
        ("AzureVPN/azurevpnconfig_cert.xml", document().as_bytes()),
        ("AzureVPN/azurevpnconfig_aad.xml", bad.as_bytes()),
    ])
    .unwrap();
    assert_eq!(
        paths(&package),
        [
            "AzureVPN/azurevpnconfig_aad.xml",
            "AzureVPN/azurevpnconfig_cert.xml"
        ]
    );
    assert_eq!(package.profiles().count(), 1);
    assert_eq!(
        package.first_error().unwrap().element,
        "servervalidation/serversecret"
    );
}

#[test]
fn the_root_in_the_package_serves_the_profile_that_pins_it() {
    // Stands for a private root: some certificate, named by its own thumbprint.
    let root = EMBEDDED_ROOTS[1];
    let pinned = with("hash", &format!("<hash>{}</hash>", root.sha1));
    let pem = {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        format!(
            "-----BEGIN CERTIFICATE-----\r\n{}\r\n-----END CERTIFICATE-----\r\n",
            STANDARD.encode(root.der)
        )
    };
    for file in [root.der, pem.as_bytes()] {
        let package = open(&[
            ("AzureVPN/azurevpnconfig.xml", pinned.as_bytes()),
            ("Generic/VpnServerRoot.cer", file),
        ])
        .unwrap();
        let (_, reading) = package.profiles().next().unwrap();
        let roots = &reading.profile.server_check.root_certificates;
        assert_eq!(Thumbprint::of(&roots[0]), root.sha1);
        assert!(package.notes.is_empty(), "{:?}", package.notes);
    }
    let other = open(&[
        ("AzureVPN/azurevpnconfig.xml", document().as_bytes()),
        ("Generic/VpnServerRoot.cer", root.der),
        ("Generic/VpnServerRoot2.cer", b"nonsense"),
    ])
    .unwrap();
    let (_, reading) = other.profiles().next().unwrap();
    assert!(reading.profile.server_check.root_certificates.is_empty());
    assert_eq!(other.root_certificates.len(), 1);
    assert_eq!(other.notes.len(), 2);
}

#[test]
fn a_folder_reads_like_its_archive() {
    let file = |path: &str, bytes: Vec<u8>| {
        let bytes = SecretBytes::new(Zeroizing::new(bytes));
        (path.to_owned(), bytes)
    };
    let files = vec![
        file("AzureVPN\\azurevpnconfig.xml", document().into_bytes()),
        file("OpenVPN/vpnconfig.ovpn", b"client".to_vec()),
    ];
    let package = open_files(files, &ReadOptions::default()).unwrap();
    assert_eq!(paths(&package), ["AzureVPN/azurevpnconfig.xml"]);
    let error = open_files(Vec::new(), &ReadOptions::default()).unwrap_err();
    assert_eq!(error.code(), "not-a-profile");
}

#[test]
fn packages_without_a_profile_say_what_to_do() {
    let settings: &[u8] = b"<VpnProfile/>";
    for (files, word) in [
        (
            vec![("Generic/VpnSettings.xml", settings)],
            "tunnel type to OpenVPN",
        ),
        (vec![("readme.txt", &b"hello"[..])], "Download it again"),
        (vec![], "Download it again"),
    ] {
        let error = open(&files).unwrap_err();
        assert!(error.to_string().contains(word), "{error}");
    }
}

#[test]
fn bombs_are_refused_without_being_unpacked() {
    let zeros = vec![b' '; 64 * 1024 * 1024];
    let bomb = archive(&[("AzureVPN/azurevpnconfig.xml", &zeros)]);
    assert!(bomb.len() < 128 * 1024);
    let error = open_package(&bomb, &ReadOptions::default()).unwrap_err();
    assert_eq!(error.code(), "too-large");

    let megabyte = vec![b' '; 1024 * 1024];
    let names: Vec<_> = (0..12).map(|n| format!("{n}.xml")).collect();
    let many: Vec<_> = names
        .iter()
        .map(|name| (name.as_str(), megabyte.as_slice()))
        .collect();
    assert_eq!(open(&many).unwrap_err().code(), "too-large");

    let names: Vec<_> = (0..2000).map(|n| format!("{n}.txt")).collect();
    let many: Vec<_> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
    let error = open(&many).unwrap_err();
    assert!(error.to_string().contains("2000 files"), "{error}");

    // Whatever follows the directory, its size is known before it is read.
    for tail in [&b"\0\0\0"[..], &archive(&[])] {
        let hidden = [archive(&many), tail.to_vec()].concat();
        let error = open_package(&hidden, &ReadOptions::default()).unwrap_err();
        assert!(error.to_string().contains("2000 files"), "{error}");
    }

    let huge = [archive(&[]), vec![0; 17 * 1024 * 1024]].concat();
    assert_eq!(
        open_package(&huge, &ReadOptions::default())
            .unwrap_err()
            .code(),
        "too-large"
    );
}

#[test]
fn damaged_archives_are_refused() {
    let whole = archive(&[("AzureVPN/azurevpnconfig.xml", document().as_bytes())]);
    for cut in [5, 40, whole.len() / 2, whole.len() - 3] {
        let error = open_package(&whole[..cut], &ReadOptions::default()).unwrap_err();
        assert_eq!(error.code(), "bad-archive", "{error}");
    }
    let mut flipped = whole.clone();
    flipped[100] ^= 0xff;
    match open_package(&flipped, &ReadOptions::default()) {
        Err(error) => assert_eq!(error.code(), "bad-archive", "{error}"),
        Ok(package) => panic!("{package:?}"),
    }
}
