use crate::error::Refusal;
use crate::rules::quoted;

/// Longest user name; directories allow fewer (Active Directory: 256 characters).
const NAME_BYTES: usize = 256;
/// Longest password that OpenVPN reads (`USER_PASS_LEN` of 2.6, with PKCS#11).
const PASSWORD_BYTES: usize = 4096;

/// Refuses a file that a configuration names as its account, and that is something else:
/// a stranger's configuration could name a key or a token beside it, and its first lines
/// would be sent to the stranger's gateway as name and password.
pub(crate) fn check_account_file(file: &str, text: &str) -> Result<(), Refusal> {
    let mut used = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let name = used.next().unwrap_or_default();
    let password = used.next().unwrap_or_default();
    let is_other = name.contains("://")
        || name.starts_with("machine ")
        || name.starts_with("-----BEGIN")
        || name.len() > NAME_BYTES
        || password.len() > PASSWORD_BYTES
        || used.next().is_some();
    if !is_other {
        return Ok(());
    }
    Err(Refusal::invalid(
        format!(
            "The file {} holds something else than a user name and a password.",
            quoted(file)
        ),
        "Write the name on its first line and the password on its second, and nothing else; if the profile is not yours, ask who wrote it why it names this file.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_name_and_a_password_are_an_account() {
        let long = "x".repeat(PASSWORD_BYTES);
        for text in [
            "",
            "ana\nsecret\n",
            "ana\r\nsecret\r\n\r\n",
            "\nana@contoso.com",
            "CONTOSO\\ana\npass word://",
            &format!("ana\n{long}"),
        ] {
            assert_eq!(check_account_file("account.txt", text), Ok(()), "{text:?}");
        }
        for text in [
            "https://ana:ghp_0123@git.example\n",
            "machine git.example login ana password ghp_0123\n",
            "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA\n",
            "[default]\naws_access_key_id = A\naws_secret_access_key = B\n",
            &format!("ana\n{long}x"),
            &long,
        ] {
            let refusal = check_account_file("account.txt", text).expect_err(text);
            assert!(!refusal.message.contains("ghp_0123"), "{refusal:?}");
            assert!(refusal.message.contains("account.txt"), "{refusal:?}");
        }
    }
}
