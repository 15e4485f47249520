//! What a profile leaves in the keyring when it is changed or removed.

use crate::client_certificate::forget_key;
use crate::keyring::Keyring;
use crate::passwords::forget_password;
use crate::profiles::Listing;
use crate::proxy_password::forget_unused_proxy_password;
use spoke_api::Problem;
use spoke_profile::{Profile, SignIn};

/// Whether saving `after` in place of `before`, or removing it, may leave secrets in the
/// keyring that nobody needs any more.
#[must_use]
pub fn leaves_secrets(before: &Profile, after: Option<&Profile>) -> bool {
    let certificate = before.client_certificate.is_some();
    match after {
        Some(after) => certificate && before.client_certificate != after.client_certificate,
        None => {
            certificate
                || matches!(before.sign_in, SignIn::Password { .. })
                || before.proxy.is_some()
        }
    }
}

/// Forgets what `before` left in the keyring and no stored profile needs: the private key
/// of a certificate that it shows no more and, when it was removed, its passwords. Tells
/// whether a private key was forgotten.
///
/// Nothing is forgotten while a file of a profile cannot be read: that profile may be the
/// one that needs it.
///
/// # Errors
/// When the keyring cannot be changed.
pub async fn forget_leftovers(
    before: &Profile,
    after: Option<&Profile>,
    stored: &Listing,
    keyring: &Keyring,
) -> Result<bool, Problem> {
    if !stored.damaged.is_empty() || !leaves_secrets(before, after) {
        return Ok(false);
    }
    let others = &stored.profiles;
    let forgotten = forget_key(before, others, keyring).await?;
    if after.is_none() {
        if matches!(before.sign_in, SignIn::Password { .. }) {
            forget_password(before, others, keyring).await?;
        }
        forget_unused_proxy_password(before, others, keyring).await?;
    }
    Ok(forgotten)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Unattended, keep_proxy_password, proxy_password};
    use spoke_api::ProblemCode;
    use spoke_profile::{Assignment, ReadOptions, ServerSecret};
    use zeroize::Zeroizing;

    fn behind_a_proxy(name: &str) -> Profile {
        let secret = ServerSecret::new(Zeroizing::new([0; ServerSecret::LEN]));
        let mut profile = Profile::draft(name, secret);
        let proxy = Assignment::set("proxy", "http://ana@proxy.example.com:3128");
        profile.set(&proxy, &ReadOptions::default()).unwrap();
        profile
    }

    #[tokio::test]
    async fn a_password_goes_with_the_last_profile_and_never_while_one_cannot_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let keyring = Keyring::file(&folder.path().join("tokens.json"));
        let (gone, other) = (behind_a_proxy("a"), behind_a_proxy("b"));
        keep_proxy_password(&gone, "swordfish", &keyring)
            .await
            .unwrap();
        let damaged = Problem::new(ProblemCode::ProfileInvalid, "It is not JSON.", "");
        for (profiles, damaged, stays) in [
            (vec![other], vec![], true),
            (vec![], vec![damaged], true),
            (vec![], vec![], false),
        ] {
            let stored = Listing { profiles, damaged };
            assert!(leaves_secrets(&gone, None) && !leaves_secrets(&gone, Some(&gone)));
            forget_leftovers(&gone, None, &stored, &keyring)
                .await
                .unwrap();
            let kept = proxy_password(&gone, &keyring, false, &mut Unattended).await;
            assert_eq!(kept.unwrap().is_some(), stays);
        }
    }
}
