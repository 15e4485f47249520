//! The lab without Spoke: names, sign-in, web, and its own package.

mod common;

use spoke_lab::signin::{ACCOUNT, PASSWORD};
use spoke_lab::{Lab, LabError, Options, quietly};

#[test]
fn the_machines_reach_what_they_should_and_no_more() {
    spoke_lab::test_inside(
        "the_machines_reach_what_they_should_and_no_more",
        || -> Result<(), LabError> {
            let lab = Lab::without_gateway(Options::default())?;
            let page = lab.user_runs(
                "curl",
                &[
                    "-sS",
                    "--cacert",
                    "/run/lab/root.pem",
                    "https://login.lab.example/6f1d3c52-8a0e-4b57-9d2f-3b1c5e7a9048/discovery/v2.0/keys",
                ],
                quietly,
            )?;
            assert!(page.stdout.contains("\"RS256\""), "{page:?}");
            let private =
                lab.user_runs("getent", &["hosts", "intranet.contoso.internal"], quietly)?;
            assert_eq!(private.code(), Some(2), "{private:?}");
            let unrouted =
                lab.user_runs("curl", &["-sS", "-m", "1", "http://10.20.0.10/"], quietly)?;
            assert!(!unrouted.success(), "{unrouted:?}");
            assert!(
                lab.public_queries
                    .names()
                    .iter()
                    .any(|name| name == "login.lab.example")
            );
            Ok(())
        },
    );
}

#[test]
fn a_person_signs_in_and_the_code_is_redeemed_once() {
    spoke_lab::test_inside(
        "a_person_signs_in_and_the_code_is_redeemed_once",
        || -> Result<(), LabError> {
            let lab = Lab::without_gateway(Options::default())?;
            let script = r#"
set -eu
base=https://login.lab.example/6f1d3c52-8a0e-4b57-9d2f-3b1c5e7a9048
id=c632b3df-fb67-4d84-bdcf-b95ad541b5c8
verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk
challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM
curl="curl -sS --cacert /run/lab/root.pem"
page=$($curl -G $base/oauth2/v2.0/authorize -d client_id=$id -d redirect_uri=http://localhost:2023 \
  -d response_type=code -d code_challenge=$challenge -d code_challenge_method=S256 \
  --data-urlencode "scope=$id/.default openid offline_access" -d state=abc -d nonce=n1)
sign_in=$(echo "$page" | sed -n 's/.*name="sign_in" value="\([^"]*\)".*/\1/p')
code=$($curl -o /dev/null -w '%{redirect_url}' $base/login -d sign_in=$sign_in \
  --data-urlencode "account=$1" --data-urlencode "password=$2" | sed 's/.*code=\([^&]*\)&.*/\1/')
for _ in 1 2; do
  $curl $base/oauth2/v2.0/token -d grant_type=authorization_code -d client_id=$id -d code=$code \
    -d redirect_uri=http://localhost:2023 -d code_verifier=$verifier; echo
done
"#;
            let done = lab.user_runs("sh", &["-c", script, "sh", ACCOUNT, PASSWORD], quietly)?;
            let mut answers = done.stdout.lines();
            let first = answers.next().unwrap_or_default();
            for part in ["access_token", "refresh_token", "id_token"] {
                assert!(first.contains(part), "{done:?}");
            }
            assert!(
                answers.next().unwrap_or_default().contains("54005"),
                "{done:?}"
            );
            Ok(())
        },
    );
}
