//! Secrets that come along with a file: into the keyring, and out of it again.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking and say what they skip"
)]

mod support;

use spoke_api::ProblemCode;
use spoke_desk::Desk;
use spoke_view::{Answer, ImportChoice, PromptKind};
use std::path::PathBuf;
use std::process::Command;
use support::{Home, choice};
use zeroize::Zeroizing;

const PASSWORD: &str = "correct horse";
const CERTIFICATE: &str = include_str!("../../../core/profile/tests/ovpn/client.crt");
const ROOT: &str = include_str!("../../../core/profile/tests/ovpn/ca.crt");
const KEY: &str = include_str!("../../../core/profile/tests/ovpn/client.key");

/// The key under a password; `None` without the program that does it.
fn locked_key(home: &Home) -> Option<String> {
    if !spoke_needs::program("openssl") {
        return None;
    }
    let key = home.write("open.key", KEY.as_bytes());
    let output = Command::new("openssl")
        .args(["pkcs8", "-topk8", "-v2", "aes-256-cbc", "-passout"])
        .arg(format!("pass:{PASSWORD}"))
        .arg("-in")
        .arg(key)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    Some(String::from_utf8(output.stdout).unwrap())
}

fn configuration(home: &Home, key: &str) -> PathBuf {
    home.write("files/login.txt", b"ana\nswordfish\n");
    let text = format!(
        "client\ndev tun\nproto tcp\nremote vpn.example.com 443\nremote-cert-tls server\n\
         auth-user-pass login.txt\n<ca>\n{ROOT}</ca>\n<cert>\n{CERTIFICATE}</cert>\n\
         <key>\n{key}</key>\n"
    );
    home.write("files/office.ovpn", text.as_bytes())
}

/// Answers the next question for the password of a file; gives whether it was asked again.
async fn answer(desk: &Desk, answer: Answer) -> bool {
    let mut pictures = desk.pictures();
    let picture = pictures.wait_for(|picture| picture.prompt.is_some());
    let prompt = picture.await.unwrap().prompt.clone().unwrap();
    let PromptKind::FilePassword { file, again } = prompt.kind else {
        unreachable!("nothing else is asked");
    };
    assert!(!file.is_empty());
    desk.answer(prompt.id, answer).await.unwrap();
    again
}

fn typed(text: &str) -> Answer {
    Answer::Text {
        text: Zeroizing::new(text.to_owned()),
    }
}

/// Runs a test once more with secrets in a file of its own, whatever the machine has; true
/// in that other process.
fn runs_with_a_token_file(test: &str) -> bool {
    const VARIABLE: &str = "SPOKE_TOKEN_STORE";
    if std::env::var_os(VARIABLE).is_some_and(|value| value == "file") {
        return true;
    }
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(VARIABLE, "file")
        .status();
    assert!(status.unwrap().success());
    false
}

#[tokio::test]
async fn a_key_and_a_password_come_with_a_file_and_go_with_the_last_profile() {
    if !runs_with_a_token_file("a_key_and_a_password_come_with_a_file_and_go_with_the_last_profile")
    {
        return;
    }
    let home = Home::new();
    let Some(key) = locked_key(&home) else {
        return;
    };
    let plan = home.inspect(configuration(&home, &key)).await;
    let planned = &plan.profiles[0];
    assert!(planned.needs_file_password && planned.has_password && !planned.needs_secret);
    let save = |keep_password| {
        let desk = home.desk.clone();
        let choice = ImportChoice {
            name: "office".to_owned(),
            keep_password: Some(keep_password),
            ..choice(planned)
        };
        tokio::spawn(async move { desk.save_import(plan.id, vec![choice]).await })
    };
    // Who does not know the password saves nothing, and can try it again.
    let saving = save(true);
    assert!(!answer(&home.desk, Answer::Cancel).await);
    let problem = saving.await.unwrap().unwrap_err();
    assert_eq!(problem.code, ProblemCode::Cancelled);
    assert!(home.listed().is_empty());

    let saving = save(true);
    assert!(!answer(&home.desk, typed("wrong")).await);
    assert!(answer(&home.desk, typed(PASSWORD)).await);
    assert_eq!(saving.await.unwrap().unwrap(), ["office"]);
    let detail = home.desk.profile("office").await.unwrap();
    assert!(detail.has_private_key && detail.summary.beyond_form);
    let kept = || std::fs::read_to_string(home.path("config/tokens.json")).unwrap();
    assert!(kept().contains("spoke-private-key") && kept().contains("swordfish"));
    let stored = serde_json::to_string(&home.store.load("office").unwrap()).unwrap();
    assert!(!stored.contains("swordfish") && !stored.contains("PRIVATE KEY"));

    let copy = home.desk.duplicate("office").await.unwrap();
    home.desk.remove("office").await.unwrap();
    assert!(kept().contains("spoke-private-key") && kept().contains("swordfish"));
    home.desk.remove(&copy).await.unwrap();
    assert!(!kept().contains("spoke-private-key") && !kept().contains("swordfish"));
}

#[tokio::test]
async fn a_password_that_nobody_wants_kept_is_not() {
    if !runs_with_a_token_file("a_password_that_nobody_wants_kept_is_not") {
        return;
    }
    let home = Home::new();
    let plan = home.inspect(configuration(&home, KEY)).await;
    let planned = &plan.profiles[0];
    assert!(!planned.needs_file_password && planned.has_password);
    home.desk
        .save_import(plan.id, vec![choice(planned)])
        .await
        .unwrap();
    let kept = std::fs::read_to_string(home.path("config/tokens.json")).unwrap();
    assert!(kept.contains("spoke-private-key") && !kept.contains("swordfish"));
}

/// Archives of pfSense have no `ca`: the gateway's authority is in the PKCS#12.
#[tokio::test]
async fn the_gateways_root_comes_out_of_a_pkcs12() {
    if !runs_with_a_token_file("the_gateways_root_comes_out_of_a_pkcs12")
        || !spoke_needs::program("openssl")
    {
        return;
    }
    let home = Home::new();
    let pem = home.write("pair.pem", (CERTIFICATE.to_owned() + KEY).as_bytes());
    let root = home.write("root.pem", ROOT.as_bytes());
    for (with_root, name) in [(true, "whole"), (false, "bare")] {
        let packed = home.path(&format!("files/{name}.p12"));
        home.write(&format!("files/{name}.p12"), b"");
        let mut openssl = Command::new("openssl");
        openssl.args(["pkcs12", "-export", "-passout", "pass:", "-in"]);
        openssl.arg(&pem).arg("-out").arg(packed);
        if with_root {
            openssl.arg("-certfile").arg(&root);
        }
        assert!(openssl.status().unwrap().success());
        let text = format!("client\ndev tun\nremote vpn.example.com\npkcs12 {name}.p12\n");
        let file = home.write(&format!("files/{name}.ovpn"), text.as_bytes());
        let plan = home.inspect(file).await;
        let saved = home
            .desk
            .save_import(plan.id, vec![choice(&plan.profiles[0])])
            .await;
        if with_root {
            assert_eq!(saved.unwrap(), [name]);
            let check = home.store.load(name).unwrap().server_check;
            let root = spoke_profile::read_certificate(ROOT.as_bytes()).unwrap();
            assert_eq!(check.root_certificates, [root]);
        } else {
            let problem = saved.unwrap_err();
            assert!(problem.summary.contains("which gateway"), "{problem}");
            assert!(!home.store.contains(name).unwrap());
        }
    }
}
