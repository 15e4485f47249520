//! Secrets beside sign-ins in a real Secret Service (GNOME Keyring).

use spoke_agent::{Keyring, Paths, SecretKind, SecretName};
use std::process::Command;

#[test]
fn secrets_are_kept_and_forgotten_in_the_secret_service() {
    for program in ["dbus-run-session", "gnome-keyring-daemon"] {
        if !spoke_needs::program(program) {
            return;
        }
    }
    let home = tempfile::tempdir().unwrap();
    let script = "printf password | gnome-keyring-daemon --unlock --components=secrets > /dev/null
exec \"$0\" --ignored --exact --nocapture inside_the_session";
    let status = Command::new("dbus-run-session")
        .args(["--", "sh", "-c", script])
        .arg(std::env::current_exe().unwrap())
        .env("HOME", home.path())
        .env("XDG_RUNTIME_DIR", home.path())
        .env("XDG_DATA_HOME", home.path().join("data"))
        .env("SPOKE_TOKEN_STORE", "keyring")
        .env_remove("GNOME_KEYRING_CONTROL")
        .status()
        .unwrap();
    assert!(status.success(), "{status}");
}

#[tokio::test]
#[ignore = "runs inside the other test"]
async fn inside_the_session() {
    let keyring = Keyring::choose(&Paths::from_environment()).await.unwrap();
    let key = SecretName::new(SecretKind::PrivateKey, "0011");
    let password = SecretName::new(SecretKind::Password, "0011");
    let other = SecretName::new(SecretKind::Password, "0022");
    assert_eq!(keyring.secret(&key, true).await.unwrap(), None);
    for (name, text) in [(&key, "key"), (&password, "one"), (&other, "two")] {
        keyring.keep_for_good(name, "a label", text).await.unwrap();
    }
    keyring.keep(&password, "a label", "three").await.unwrap();
    // Another program of the user's sees the same.
    let again = Keyring::choose(&Paths::from_environment()).await.unwrap();
    let seen = again.secret(&password, false).await.unwrap();
    assert_eq!(seen.unwrap().as_str(), "three");
    assert_eq!(
        again.secret(&key, false).await.unwrap().unwrap().as_str(),
        "key"
    );
    assert_eq!(again.secrets(SecretKind::Password).await.unwrap().len(), 2);
    again.forget(&password).await.unwrap();
    again.forget(&password).await.unwrap();
    assert_eq!(again.secret(&password, true).await.unwrap(), None);
    assert!(again.secret(&other, true).await.unwrap().is_some());
    assert!(again.secret(&key, true).await.unwrap().is_some());
}
