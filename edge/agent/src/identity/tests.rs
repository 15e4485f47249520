//! Files as OpenSSL writes them, made anew in each run.

use super::*;
use std::path::Path;
use std::process::Command;

const PASSWORD: &str = "a long pässword";

/// A folder with `key.pem` (PKCS#8), `cert.pem` under `middle.pem` under `root.pem`.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new(key_kind: &[&str]) -> Option<Self> {
        if !spoke_needs::program("openssl") {
            return None;
        }
        let folder = Self(tempfile::tempdir().unwrap());
        let new_key = |name: &str| {
            let mut arguments = vec!["genpkey", "-out", name];
            arguments.extend(key_kind);
            folder.openssl(&arguments);
        };
        for name in ["root", "middle", "client"] {
            new_key(&format!("{name}.key"));
        }
        folder.write("ca.ext", "basicConstraints=critical,CA:TRUE\n");
        folder.write("client.ext", "extendedKeyUsage=clientAuth\n");
        folder.openssl(&[
            "req", "-x509", "-key", "root.key", "-subj", "/CN=Root", "-days", "9", "-out",
            "root.pem",
        ]);
        folder.issue("middle", "/CN=Middle", "root", "ca.ext");
        folder.issue("client", "/CN=ana/O=Contoso", "middle", "client.ext");
        Some(folder)
    }

    fn issue(&self, name: &str, subject: &str, issuer: &str, extensions: &str) {
        self.openssl(&[
            "req",
            "-new",
            "-key",
            &format!("{name}.key"),
            "-subj",
            subject,
            "-out",
            "request",
        ]);
        self.openssl(&[
            "x509",
            "-req",
            "-in",
            "request",
            "-CA",
            &format!("{issuer}.pem"),
            "-CAkey",
            &format!("{issuer}.key"),
            "-CAcreateserial",
            "-days",
            "9",
            "-extfile",
            extensions,
            "-out",
            &format!("{name}.pem"),
        ]);
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).unwrap();
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path().join(name)).unwrap()
    }

    fn openssl(&self, arguments: &[&str]) {
        let output = Command::new("openssl")
            .args(arguments)
            .current_dir(self.path())
            .env("PASSWORD", PASSWORD)
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "openssl {arguments:?}: {errors}");
    }

    /// Reads these files; the password is wrong at first if `slip`.
    fn identity(&self, names: &[&str], slip: bool) -> Result<ClientIdentity, Problem> {
        let contents: Vec<Vec<u8>> = names.iter().map(|name| self.read(name)).collect();
        let files: Vec<(&str, &[u8])> = names
            .iter()
            .zip(&contents)
            .map(|(name, bytes)| (*name, bytes.as_slice()))
            .collect();
        ClientIdentity::read(&files, &mut |again| {
            let right = again || !slip;
            Some(Zeroizing::new(
                if right { PASSWORD } else { "wrong" }.to_owned(),
            ))
        })
    }

    fn expect(&self, names: &[&str], slip: bool) {
        let identity = self
            .identity(names, slip)
            .unwrap_or_else(|problem| panic!("{names:?}: {problem} {}", problem.hint));
        assert_eq!(identity.facts.common_name, "ana", "{names:?}");
        assert!(identity.facts.for_clients);
        assert!(ClientIdentity::fits(&identity.chain, &identity.key).unwrap());
    }
}

#[test]
fn keys_of_every_kind_in_pem_and_pkcs12() {
    let kinds: [&[&str]; 3] = [
        &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
        &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
        &["-algorithm", "ED25519"],
    ];
    for kind in kinds {
        let Some(folder) = Folder::new(kind) else {
            return;
        };
        folder.expect(&["client.pem", "client.key"], false);
        folder.openssl(&[
            "pkcs12",
            "-export",
            "-inkey",
            "client.key",
            "-in",
            "client.pem",
            "-out",
            "client.p12",
            "-passout",
            "env:PASSWORD",
        ]);
        folder.expect(&["client.p12"], true);
    }
}

#[test]
fn keys_in_every_wrapping() {
    let Some(folder) = Folder::new(&["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"])
    else {
        return;
    };
    folder.openssl(&[
        "rsa",
        "-traditional",
        "-in",
        "client.key",
        "-out",
        "pkcs1.key",
    ]);
    folder.openssl(&[
        "pkey",
        "-in",
        "client.key",
        "-outform",
        "DER",
        "-out",
        "key.der",
    ]);
    folder.openssl(&[
        "x509",
        "-in",
        "client.pem",
        "-outform",
        "DER",
        "-out",
        "client.cer",
    ]);
    folder.expect(&["client.pem", "pkcs1.key"], false);
    folder.expect(&["client.cer", "key.der"], false);
    for cipher in ["-aes128", "-aes192", "-aes256", "-des3"] {
        for (shape, more) in [("pkcs8", &["-topk8"][..]), ("rsa", &["-traditional"][..])] {
            let mut arguments = vec![
                shape,
                "-in",
                "client.key",
                "-out",
                "locked.key",
                "-passout",
                "env:PASSWORD",
            ];
            let version;
            if shape == "pkcs8" {
                version = cipher.trim_start_matches('-').to_owned();
                arguments.extend(["-v2", &version]);
            } else {
                arguments.push(cipher);
            }
            arguments.extend(more);
            folder.openssl(&arguments);
            folder.expect(&["client.pem", "locked.key"], true);
        }
    }
    folder.openssl(&[
        "pkcs8",
        "-topk8",
        "-scrypt",
        "-in",
        "client.key",
        "-out",
        "scrypt.key",
        "-passout",
        "env:PASSWORD",
    ]);
    folder.expect(&["client.pem", "scrypt.key"], false);
}

#[test]
fn elliptic_keys_as_openssl_wrote_them_before_pkcs8() {
    let Some(folder) = Folder::new(&["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"])
    else {
        return;
    };
    folder.openssl(&["ec", "-in", "client.key", "-out", "sec1.key"]);
    folder.expect(&["client.pem", "sec1.key"], false);
    folder.openssl(&[
        "ec",
        "-in",
        "client.key",
        "-out",
        "locked.key",
        "-aes256",
        "-passout",
        "env:PASSWORD",
    ]);
    folder.expect(&["client.pem", "locked.key"], true);
}

#[test]
fn pkcs12_as_it_is_written_today_and_was_written_before() {
    let Some(folder) = Folder::new(&["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"])
    else {
        return;
    };
    let middle = String::from_utf8(folder.read("middle.pem")).unwrap();
    let root = String::from_utf8(folder.read("root.pem")).unwrap();
    folder.write("above.pem", &(root + &middle));
    let ways: [&[&str]; 7] = [
        &[],
        &["-legacy"],
        &[
            "-keypbe",
            "PBE-SHA1-3DES",
            "-certpbe",
            "PBE-SHA1-3DES",
            "-macalg",
            "sha1",
        ],
        &["-macalg", "sha512"],
        &["-nomac"],
        &["-keypbe", "AES-128-CBC", "-certpbe", "NONE"],
        &["-name", "Ana's certificate", "-iter", "100000"],
    ];
    for way in ways {
        let mut arguments = vec![
            "pkcs12",
            "-export",
            "-inkey",
            "client.key",
            "-in",
            "client.pem",
            "-certfile",
            "above.pem",
            "-out",
            "client.p12",
            "-passout",
            "env:PASSWORD",
        ];
        arguments.extend(way);
        folder.openssl(&arguments);
        folder.expect(&["client.p12"], false);
        folder.expect(&["client.p12"], true);
        let identity = folder.identity(&["client.p12"], false).unwrap();
        let chain: Vec<_> = identity
            .chain
            .iter()
            .filter_map(|der| CertificateFacts::read(der))
            .map(|facts| facts.common_name)
            .collect();
        assert_eq!(chain, ["ana", "Middle"], "{way:?}: the root stays away");
        let mut roots = identity.authorities;
        roots.sort_by_key(Vec::len);
        let names = roots.iter().filter_map(|der| CertificateFacts::read(der));
        let names: Vec<_> = names.map(|facts| facts.common_name).collect();
        assert!(
            names.len() == 2 && names.contains(&"Root".to_owned()),
            "{names:?}"
        );
    }
    folder.openssl(&[
        "pkcs12",
        "-export",
        "-inkey",
        "client.key",
        "-in",
        "client.pem",
        "-out",
        "open.p12",
        "-passout",
        "pass:",
    ]);
    let open = folder.read("open.p12");
    ClientIdentity::read(&[("open.p12", &open)], &mut |_| panic!("asked")).unwrap();
}

#[test]
fn what_is_wrong_is_said() {
    let Some(folder) = Folder::new(&["-algorithm", "ED25519"]) else {
        return;
    };
    folder.openssl(&[
        "pkcs12",
        "-export",
        "-inkey",
        "client.key",
        "-in",
        "client.pem",
        "-out",
        "client.p12",
        "-passout",
        "env:PASSWORD",
    ]);
    let both = String::from_utf8(folder.read("client.key")).unwrap();
    folder.write("two.key", &both.repeat(2));
    folder.write("torn.pem", "-----BEGIN CERTIFICATE-----\nMII");
    folder.write("note.txt", "hello");
    for (names, words) in [
        (&["client.pem"][..], "no private key"),
        (&["client.key"], "no certificate"),
        (&["client.pem", "middle.key"], "does not belong"),
        (&["client.pem", "two.key"], "several private keys"),
        (&["torn.pem", "client.key"], "damaged"),
        (&["note.txt"], "neither PEM nor PKCS#12"),
    ] {
        let problem = folder.identity(names, false).unwrap_err();
        assert!(problem.summary.contains(words), "{names:?}: {problem}");
    }
    let bytes = folder.read("client.p12");
    let wrong = |_| Some(Zeroizing::new("no".to_owned()));
    for (problem, words) in [
        (
            ClientIdentity::read(&[("client.p12", &bytes)], &mut { wrong }).unwrap_err(),
            "password is wrong",
        ),
        (
            ClientIdentity::read(&[("client.p12", &bytes)], &mut |_| None).unwrap_err(),
            "no password was given",
        ),
    ] {
        assert!(problem.summary.contains(words), "{problem}");
    }
}

#[test]
fn any_bytes_are_borne() {
    let Some(folder) = Folder::new(&["-algorithm", "ED25519"]) else {
        return;
    };
    folder.openssl(&[
        "pkcs12",
        "-export",
        "-inkey",
        "client.key",
        "-in",
        "client.pem",
        "-out",
        "client.p12",
        "-passout",
        "env:PASSWORD",
        "-iter",
        "1",
        "-nomaciter",
    ]);
    let seeds = [
        folder.read("client.p12"),
        folder.read("client.pem"),
        folder.read("client.key"),
    ];
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % u64::try_from(below.max(1)).unwrap()).unwrap()
    };
    for round in 0..600 {
        let mut bytes = seeds[round % 3].clone();
        for _ in 0..=next(3) {
            let at = next(bytes.len());
            match next(3) {
                0 => bytes[at] ^= 1 << next(8),
                1 => bytes.truncate(at.max(1)),
                _ => bytes.insert(at, b"\0-:0"[next(4)]),
            }
        }
        let password = Some(Zeroizing::new(PASSWORD.to_owned()));
        let _ = ClientIdentity::read(&[("file", &bytes)], &mut |_| password.clone());
    }
}
