//! Every way to prove who one is, with the built programs and a person at a terminal.

#![expect(clippy::expect_used, reason = "helpers of tests fail like tests")]

mod common;

use aws_lc_rs::hmac;
use spoke_lab::pki::ServerIdentity;
use spoke_lab::{Finished, GatewayOptions, Lab, LabError, Options, places, terminal};
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const PASSWORD: &str = "canary-pässword";
/// The secret of RFC 6238, appendix B.
const TOTP: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const SECRET: &[u8] = b"12345678901234567890";

fn lab(change: impl FnOnce(&mut GatewayOptions)) -> Result<Lab, LabError> {
    let mut options = Options::default();
    change(&mut options.gateway);
    let mut lab = Lab::up(options)?;
    common::ready_to_connect(&mut lab)?;
    Ok(lab)
}

/// A line of the users file, made as an administrator makes it.
fn user(name: &str, password: &str) -> String {
    let gateway = spoke_lab::find_program("spoke-gateway").expect("built");
    let mut child = Command::new(gateway)
        .args(["user", name])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts");
    writeln!(child.stdin.take().expect("piped"), "{password}").expect("takes a password");
    let output = child.wait_with_output().expect("ends");
    String::from_utf8(output.stdout)
        .expect("text")
        .trim()
        .to_owned()
}

fn spoke(lab: &Lab, line: &str) -> Result<Finished, LabError> {
    let words: Vec<&str> = line.split(' ').collect();
    lab.spoke(&words)
}

fn works(lab: &Lab, line: &str) -> Result<String, LabError> {
    let done = spoke(lab, line)?;
    assert!(
        done.success(),
        "{line}: {done:?}\n{}\n{}",
        lab.daemon_log(),
        lab.gateway_log()
    );
    Ok(done.stdout)
}

/// Fails with this code, and says these words and a next command.
fn fails(lab: &Lab, line: &str, code: i32, words: &str) -> Result<(), LabError> {
    let done = spoke(lab, line)?;
    let text = format!("{}{}", done.stdout, done.stderr);
    assert_eq!(
        done.code(),
        Some(code),
        "{line}: {text}\n{}",
        lab.daemon_log()
    );
    assert!(text.contains(words) && text.contains("spoke "), "{text}");
    Ok(())
}

/// At a terminal; typed answers to what is asked.
fn typed(lab: &Lab, line: &str, answers: &[(&str, &str)]) -> Result<Finished, LabError> {
    let words: Vec<&str> = line.split(' ').collect();
    let command = lab.spoke_command(&words)?;
    let limit = Duration::from_secs(60);
    terminal::run(&lab.network.client, &command, answers, limit)
}

fn typed_works(lab: &Lab, line: &str, answers: &[(&str, &str)]) -> Result<(), LabError> {
    let done = typed(lab, line, answers)?;
    assert!(done.success(), "{done:?}\n{}", lab.gateway_log());
    for (_, answer) in answers
        .iter()
        .filter(|(prompt, _)| prompt.starts_with("Password"))
    {
        assert!(!done.stdout.contains(answer), "shown: {}", done.stdout);
    }
    Ok(())
}

/// Writes a certificate of the lab's authority with its key into the user's home.
fn write_certificate(lab: &Lab, name: &str) -> Result<ServerIdentity, LabError> {
    let identity = lab.authority.client(name)?;
    common::write(&lab.home().join(format!("{name}.pem")), &identity.chain)?;
    common::write(&lab.home().join(format!("{name}.key")), &identity.key)?;
    Ok(identity)
}

/// The code of this half minute, or of one soon after (RFC 6238), as the person's
/// telephone shows it.
fn one_time_code(secret: &[u8], later: u64) -> String {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("after 1970");
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let step = since.as_secs() / 30 + later;
    let hash = hmac::sign(&key, &step.to_be_bytes());
    let hash = hash.as_ref();
    let at = usize::from(hash[19] & 0x0f);
    let number = u32::from_be_bytes(hash[at..at + 4].try_into().expect("four bytes"));
    format!("{:06}", (number & 0x7fff_ffff) % 1_000_000)
}

/// Neither of the secrets is anywhere where it has no business.
fn nothing_leaks(lab: &Lab, secrets: &[&str]) -> Result<(), LabError> {
    let read = |path: &str| std::fs::read(path).unwrap_or_default();
    let mut places = vec![
        ("the daemon's log", lab.daemon_log().into_bytes()),
        ("the gateway's log", lab.gateway_log().into_bytes()),
        ("status", works(lab, "status --json -v")?.into_bytes()),
        ("log show", works(lab, "log show")?.into_bytes()),
    ];
    let found = lab.user_runs("sh", &["-c", "cat $(find ../state -type f)"], |_| ())?;
    assert!(found.stdout.contains("version"), "no state: {found:?}");
    places.push(("the daemon's state", found.stdout.into_bytes()));
    let found = lab.user_runs(
        "sh",
        &["-c", "cat $(find .config/spoke/profiles -type f)"],
        |_| (),
    )?;
    assert!(
        found.stdout.contains(places::PROFILE),
        "no profile: {found:?}"
    );
    places.push(("the profiles", found.stdout.into_bytes()));
    for entry in std::fs::read_dir("/proc")
        .map_err(LabError::io("read /proc"))?
        .flatten()
    {
        let folder = entry.path().display().to_string();
        let program = read(&format!("{folder}/comm"));
        if program.starts_with(b"spoke") {
            places.push(("a command line", read(&format!("{folder}/cmdline"))));
            places.push(("an environment", read(&format!("{folder}/environ"))));
        }
    }
    assert!(places.len() > 8, "the daemon and the agent are running");
    for (place, contents) in places {
        for secret in secrets {
            let there = contents
                .windows(secret.len())
                .any(|bytes| bytes == secret.as_bytes());
            assert!(!there, "{secret} is in {place}");
        }
    }
    Ok(())
}

#[test]
fn a_certificate_signs_in_alone() {
    spoke_lab::test_inside("a_certificate_signs_in_alone", || {
        let lab = lab(|gateway| {
            gateway.client_certificates = true;
            gateway.no_credentials = true;
        })?;
        works(&lab, "profile set contoso-lab sign-in=cert")?;
        fails(&lab, "connect", 4, "none was given yet")?;
        let identity = write_certificate(&lab, "ana")?;
        works(
            &lab,
            "profile certificate contoso-lab ana.pem --key ana.key",
        )?;
        let shown = works(&lab, "profile show contoso-lab")?;
        assert!(
            shown.contains("ana, issued by CN=Spoke Lab Root"),
            "{shown}"
        );
        works(&lab, "connect")?;
        let status = works(&lab, "status --json")?;
        assert!(status.contains("CN=ana"), "{status}");
        assert!(
            lab.gateway_log().contains("account=ana"),
            "{}",
            lab.gateway_log()
        );
        let body: String = identity.key.lines().skip(1).take(1).collect();
        nothing_leaks(&lab, &[&body])?;
        works(&lab, "disconnect")?;

        // The same in a file with a password, which is asked for and not shown.
        let made = lab.user_runs(
            "openssl",
            &[
                "pkcs12",
                "-export",
                "-inkey",
                "ana.key",
                "-in",
                "ana.pem",
                "-out",
                "ana.p12",
                "-passout",
                &format!("pass:{PASSWORD}"),
            ],
            |_| (),
        )?;
        assert!(made.success(), "{made:?}");
        works(&lab, "profile certificate contoso-lab --remove")?;
        fails(&lab, "connect", 4, "none was given yet")?;
        fails(
            &lab,
            "profile certificate contoso-lab ana.p12",
            4,
            "encrypted",
        )?;
        let asks = "Password of the certificate's file";
        typed_works(
            &lab,
            "profile certificate contoso-lab ana.p12",
            &[(asks, "wrong"), (asks, PASSWORD)],
        )?;
        works(&lab, "connect")?;
        works(&lab, "disconnect")?;

        // Another one than the profile asks for is refused, with both named.
        write_certificate(&lab, "bo")?;
        works(
            &lab,
            "profile set contoso-lab client-certificate-issuer=Elsewhere",
        )?;
        fails(
            &lab,
            "profile certificate contoso-lab bo.pem --key bo.key",
            10,
            "issuer wanted: Elsewhere",
        )
    });
}

#[test]
fn a_key_in_an_openvpn_file_goes_into_the_keyring() {
    spoke_lab::test_inside("a_key_in_an_openvpn_file_goes_into_the_keyring", || {
        let lab = lab(|gateway| {
            gateway.client_certificates = true;
            gateway.no_credentials = true;
        })?;
        let identity = write_certificate(&lab, "ana")?;
        let ServerIdentity { chain, key } = &identity;
        let script = "openssl pkcs12 -export -inkey ana.key -in ana.pem -passout pass: | base64";
        let pkcs12 = lab.user_runs("sh", &["-c", script], |_| ())?.stdout;
        let common = format!(
            "client\ndev tun\nproto tcp\nremote {} 443\nverify-x509-name {} name\n\
             remote-cert-tls server\nauth SHA256\ncipher AES-256-GCM\nkey-direction 1\n\
             <ca>\n{}</ca>\n<tls-auth>\n{}</tls-auth>\n",
            places::GATEWAY_HOST,
            places::GATEWAY_NAME,
            lab.authority.pem(),
            common::static_key_text(&lab.profile.server_secret),
        );
        let files = [
            (
                "apart",
                format!("<cert>\n{chain}</cert>\n<key>\n{key}</key>\n"),
            ),
            ("packed", format!("<pkcs12>\n{pkcs12}</pkcs12>\n")),
        ];
        for (name, inside) in files {
            let file = format!("{name}.ovpn");
            common::write(&lab.home().join(&file), &(common.clone() + &inside))?;
            let said = works(&lab, &format!("import {file} --yes"))?;
            assert!(said.contains("its private key in the file"), "{said}");
            works(&lab, &format!("connect {name}"))?;
            let body: String = key.lines().skip(1).take(1).collect();
            nothing_leaks(&lab, &[&body])?;
            works(&lab, "disconnect")?;
        }
        // The key goes when the last profile that shows its certificate does.
        let tokens = lab.home().join(".config/spoke/tokens.json");
        let kept = || std::fs::read_to_string(&tokens).unwrap_or_default();
        works(&lab, "profile remove apart --yes")?;
        assert!(kept().contains("spoke-private-key"), "still wanted");
        works(&lab, "profile remove packed --yes")?;
        assert!(!kept().contains("spoke-private-key"), "{}", kept());
        Ok(())
    });
}

/// The file in an Azure package for OpenVPN's own clients, as the portal makes it.
const AZURES_FILE: &str = include_str!("../../../core/profile/tests/ovpn/azure-vpnconfig.ovpn");

/// Azure's file with the lab's gateway in place of the one that it was made for.
fn azures_file(lab: &Lab) -> String {
    let block = |text: &str, name: &str, inside: &str| {
        let (begin, end) = (format!("<{name}>"), format!("</{name}>"));
        let (before, rest) = text.split_once(&begin).unwrap_or_default();
        let (_, after) = rest.split_once(&end).unwrap_or_default();
        format!("{before}{begin}\n{inside}{end}{after}")
    };
    let text = block(AZURES_FILE, "ca", &lab.authority.pem());
    let key = common::static_key_text(&lab.profile.server_secret);
    let text = block(&text, "tls-auth", &key);
    let lines = text.lines().map(|line| match line.split(' ').next() {
        Some("remote") => format!("remote {} 443", places::GATEWAY_HOST),
        Some("verify-x509-name") => format!("verify-x509-name '{}' name", places::GATEWAY_NAME),
        _ => line.to_owned(),
    });
    lines.map(|line| line + "\r\n").collect()
}

#[test]
fn azures_own_file_connects_once_a_certificate_is_given() {
    spoke_lab::test_inside(
        "azures_own_file_connects_once_a_certificate_is_given",
        || {
            let lab = lab(|gateway| {
                gateway.client_certificates = true;
                gateway.no_credentials = true;
            })?;
            common::write(&lab.home().join("vpnconfig.ovpn"), &azures_file(&lab))?;
            works(&lab, "import vpnconfig.ovpn --yes")?;
            fails(&lab, "connect vpnconfig", 4, "none was given yet")?;
            let identity = write_certificate(&lab, "ana")?;
            works(&lab, "profile certificate vpnconfig ana.pem --key ana.key")?;
            works(&lab, "connect vpnconfig")?;
            let log = lab.gateway_log();
            assert!(log.contains("account=ana"), "{log}");
            let body: String = identity.key.lines().skip(1).take(1).collect();
            nothing_leaks(&lab, &[&body])?;
            works(&lab, "disconnect")?;
            Ok(())
        },
    );
}

#[test]
fn a_certificate_of_strangers_lets_nobody_in() {
    spoke_lab::test_inside("a_certificate_of_strangers_lets_nobody_in", || {
        let lab = lab(|gateway| {
            gateway.client_certificates = true;
            gateway.no_credentials = true;
        })?;
        works(&lab, "profile set contoso-lab sign-in=cert")?;
        let stranger = spoke_lab::pki::Authority::new("Elsewhere")?.client("eve")?;
        common::write(
            &lab.home().join("eve.pem"),
            &(stranger.chain + &stranger.key),
        )?;
        works(&lab, "profile certificate contoso-lab eve.pem")?;
        fails(&lab, "connect", 7, "does not accept the client certificate")
    });
}

#[test]
fn a_password_is_asked_for_and_kept_if_wanted() {
    spoke_lab::test_inside("a_password_is_asked_for_and_kept_if_wanted", || {
        let mut lab = lab(|gateway| gateway.users = vec![user("ana", PASSWORD)])?;
        works(&lab, "profile set contoso-lab sign-in=usernamepass")?;
        fails(
            &lab,
            "connect --no-input",
            4,
            "wants a user name and a password",
        )?;
        let answers = [
            ("User name for contoso-lab", "ana"),
            ("Password", PASSWORD),
            ("Keep the password", "y"),
        ];
        typed_works(&lab, "connect", &answers)?;
        nothing_leaks(&lab, &[PASSWORD])?;
        works(&lab, "disconnect")?;
        let accounts = works(&lab, "account list")?;
        assert!(accounts.contains("password for contoso-lab"), "{accounts}");
        works(&lab, "connect --no-input")?;
        works(&lab, "disconnect")?;

        // The password has changed: the kept one is tried once, forgotten, asked anew.
        lab.start_gateway(&GatewayOptions {
            users: vec![user("ana", "another")],
            ..GatewayOptions::default()
        })?;
        fails(
            &lab,
            "connect --no-input",
            4,
            "wants a user name and a password",
        )?;
        assert_eq!(
            lab.gateway_log()
                .matches("event=refused_credentials")
                .count(),
            1
        );
        fails(
            &lab,
            "connect --no-input",
            4,
            "wants a user name and a password",
        )?;
        assert_eq!(
            lab.gateway_log()
                .matches("event=refused_credentials")
                .count(),
            1
        );
        let wrong = [
            ("User name", "ana"),
            ("Password", "wrong"),
            ("Keep the password", "y"),
        ];
        let done = typed(&lab, "connect", &[wrong, wrong].concat())?;
        assert_eq!(done.code(), Some(7), "{done:?}");
        assert!(
            done.stdout.contains("unknown user name or wrong password"),
            "{done:?}"
        );
        // What was refused is not kept.
        let accounts = spoke(&lab, "account list")?;
        assert!(!accounts.stdout.contains("password for"), "{accounts:?}");

        typed_works(
            &lab,
            "login contoso-lab",
            &[("User name", "ana"), ("Password", "another")],
        )?;
        works(&lab, "connect --no-input")?;
        works(&lab, "disconnect")?;
        works(&lab, "logout ana")?;
        fails(
            &lab,
            "connect --no-input",
            4,
            "wants a user name and a password",
        )
    });
}

#[test]
fn a_certificate_beside_a_token() {
    spoke_lab::test_inside("a_certificate_beside_a_token", || {
        let lab = lab(|gateway| gateway.client_certificates = true)?;
        fails(&lab, "connect", 7, "does not accept the client certificate")?;
        write_certificate(&lab, "ana")?;
        works(
            &lab,
            "profile certificate contoso-lab ana.pem --key ana.key",
        )?;
        works(&lab, "connect")?;
        let status = works(&lab, "status")?;
        assert!(
            status.contains("Account") && status.contains("CN=ana"),
            "{status}"
        );
        Ok(())
    });
}

#[test]
fn a_one_time_code_is_asked_for_within_the_session() {
    spoke_lab::test_inside("a_one_time_code_is_asked_for_within_the_session", || {
        let line = format!("{}:totp={TOTP}", user("ana", PASSWORD));
        let lab = lab(|gateway| gateway.users = vec![line])?;
        works(
            &lab,
            "profile set contoso-lab sign-in=usernamepass username=ana",
        )?;
        let code = one_time_code(SECRET, 0);
        let answers = [
            ("User name", ""),
            ("Password", PASSWORD),
            ("Keep the password", "n"),
            ("One-time code", code.as_str()),
        ];
        typed_works(&lab, "connect", &answers)?;
        let log = lab.gateway_log();
        assert!(
            log.contains("how=within") && log.contains("account=ana"),
            "{log}"
        );
        assert_eq!(log.matches("event=accepted ").count(), 1, "{log}");
        Ok(())
    });
}

#[test]
fn a_one_time_code_is_asked_for() {
    spoke_lab::test_inside("a_one_time_code_is_asked_for", || {
        let line = format!("{}:totp={TOTP}", user("ana", PASSWORD));
        let lab = lab(|gateway| gateway.users = vec![line])?;
        works(
            &lab,
            "profile set contoso-lab sign-in=usernamepass username=ana",
        )?;
        let code = one_time_code(SECRET, 0);
        // What the stock client says of itself has no word of questions within a session.
        works(&lab, "profile set contoso-lab compat=on")?;
        let name = [
            ("User name", ""),
            ("Password", PASSWORD),
            ("Keep the password", "n"),
        ];
        let answers = [&name[..], &[("One-time code", code.as_str())]].concat();
        typed_works(&lab, "connect", &answers)?;
        let log = lab.gateway_log();
        assert!(
            log.contains("how=next") && log.contains("account=ana"),
            "{log}"
        );
        assert_eq!(log.matches("event=accepted ").count(), 2, "{log}");
        works(&lab, "disconnect")?;
        // A profile that knows of the question asks it at once; no second connection.
        let exported = works(&lab, "profile export contoso-lab - --format spoke")?;
        let plain = "\"static_challenge\": null";
        assert!(exported.contains(plain), "{exported}");
        let posed = "\"static_challenge\": {\"text\": \"Your code\", \"echo\": false, \"concatenated\": false}";
        common::write(
            &lab.home().join("posed.json"),
            &exported.replace(plain, posed),
        )?;
        works(
            &lab,
            "import posed.json --name posed --trust-authority login.lab.example",
        )?;
        let before = lab.gateway_log().matches("event=asked").count();
        let code = one_time_code(SECRET, 1);
        let posed = [&name[..], &[("Your code", code.as_str())]].concat();
        typed_works(&lab, "connect posed", &posed)?;
        assert_eq!(lab.gateway_log().matches("event=asked").count(), before);
        works(&lab, "disconnect")?;

        // The same code again is refused, and everything asked for once more.
        let done = typed(
            &lab,
            "connect contoso-lab",
            &[&answers[..], &answers[..]].concat(),
        )?;
        assert_eq!(done.code(), Some(7), "{done:?}");
        assert!(done.stdout.contains("wrong one-time code"), "{done:?}");
        Ok(())
    });
}

#[test]
fn what_a_gateway_wants_to_be_told_is_found_out_once() {
    spoke_lab::test_inside("what_a_gateway_wants_to_be_told_is_found_out_once", || {
        let mut lab = lab(|gateway| gateway.stock_only = true)?;
        works(&lab, "connect")?;
        let refused = |lab: &Lab| lab.gateway_log().matches("on ordinary words").count();
        assert_eq!(refused(&lab), 1, "{}", lab.gateway_log());
        let status = works(&lab, "status -v")?;
        assert!(
            status.contains("closed the connection on ordinary ones"),
            "{status}"
        );
        works(&lab, "disconnect")?;
        lab.start_daemon()?;
        works(&lab, "connect")?;
        assert_eq!(refused(&lab), 1, "{}", lab.gateway_log());
        let status = works(&lab, "status --json")?;
        assert!(status.contains("stock_remembered"), "{status}");
        works(&lab, "disconnect")?;
        works(&lab, "profile set contoso-lab compat=off")?;
        fails(&lab, "connect", 7, "")?;
        works(&lab, "profile set contoso-lab compat=on")?;
        works(&lab, "connect")?;
        let status = works(&lab, "status --json")?;
        assert!(status.contains("\"stock\""), "{status}");
        Ok(())
    });
}
