//! What runs in the child process: the provider of tokens with the environment
//! that the test gave it.

use serde_json::{Value, json};
use spoke_agent::{
    Ask, Keyring, PasswordAnswer, Paths, Prompt, ProviderOptions, Question, TokenProvider, Waiting,
};
use spoke_api::{Notice, TokenReason, TokenWanted};
use spoke_profile::Profile;
use std::future::Future;
use std::pin::Pin;
use std::process::{Child, Command};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

#[derive(Default)]
struct Recorder {
    waits: u64,
    browsers: Vec<Child>,
    notices: Vec<String>,
}

impl Prompt for Recorder {
    fn waiting(&mut self, waiting: &Waiting) {
        self.waits += 1;
        if let Waiting::DeviceCode { url, code, .. } = waiting {
            let browser = std::env::var_os("BROWSER").unwrap();
            let browser = Command::new(browser)
                .arg(url)
                .env("USER_CODE", code)
                .spawn();
            self.browsers.push(browser.unwrap());
        }
    }

    fn notice(&mut self, notice: Notice) {
        self.notices.push(notice.text);
    }

    fn password<'a>(
        &'a mut self,
        _profile: &'a str,
        _username: Option<&'a str>,
    ) -> Pin<Box<dyn Future<Output = Option<PasswordAnswer>> + Send + 'a>> {
        Box::pin(std::future::ready(None))
    }

    fn question<'a>(
        &'a mut self,
        _question: &'a Question,
    ) -> Pin<Box<dyn Future<Output = Option<zeroize::Zeroizing<String>>> + Send + 'a>> {
        Box::pin(std::future::ready(None))
    }

    fn allow_token_file<'a>(
        &'a mut self,
        _file: &'a std::path::Path,
    ) -> Pin<Box<dyn Future<Output = bool> + Send + 'a>> {
        Box::pin(std::future::ready(false))
    }
}

#[tokio::test]
#[ignore = "runs inside the other tests"]
async fn the_users_side() {
    let Ok(scenario) = std::env::var("SCENARIO") else {
        return;
    };
    let scenario: Value = serde_json::from_str(&scenario).unwrap();
    let profile: Profile = serde_json::from_value(scenario["profile"].clone()).unwrap();
    let mut results = Vec::new();
    let mut recorder = Recorder::default();
    let mut provider: Option<(ProviderOptions, TokenProvider)> = None;
    for step in scenario["steps"].as_array().unwrap() {
        let step = step.as_str().unwrap();
        if step == "sleep" {
            tokio::time::sleep(Duration::from_millis(2100)).await;
            results.push(Value::Null);
            continue;
        }
        // A provider of its own finds what the one before has stored.
        let (anew, step) = match step.strip_prefix("anew ") {
            Some(rest) => (true, rest),
            None => (false, step),
        };
        let options = ProviderOptions {
            ask: if step == "device" {
                Ask::DeviceCode
            } else {
                Ask::Auto
            },
            patience: Duration::from_secs(if step == "impatient" { 1 } else { 30 }),
            ..ProviderOptions::default()
        };
        let same = provider
            .as_ref()
            .is_some_and(|(old, _)| (old.ask, old.patience) == (options.ask, options.patience));
        if anew || !same {
            let keyring = Keyring::choose(&Paths::from_environment()).await.unwrap();
            provider = Some((options.clone(), TokenProvider::new(keyring, options)));
        }
        let (_, provider) = provider.as_ref().unwrap();
        if step == "logout" {
            let account = Some("ANA@contoso.example");
            results.push(json!(provider.logout(account).await.unwrap()));
            continue;
        }
        if step == "accounts" {
            let accounts = provider.accounts(true).await.unwrap();
            results.push(accounts.into_iter().map(|who| who.account).collect());
            continue;
        }
        let answer = provider
            .answer(&profile, &wanted(step), &mut recorder)
            .await;
        results.push(match answer {
            Ok(grant) => serde_json::to_value(grant).unwrap(),
            Err(problem) => json!({"problem": problem}),
        });
    }
    for mut browser in recorder.browsers {
        browser.wait().unwrap();
    }
    let told = json!({
        "results": results, "notices": recorder.notices, "waits": recorder.waits,
    });
    println!("\nRESULT {told}");
}

fn wanted(step: &str) -> TokenWanted {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    TokenWanted {
        request: 7,
        profile: "lab hub".to_owned(),
        reason: match step {
            "refused" => TokenReason::Refused,
            _ if step.starts_with("renew") => TokenReason::Renew,
            _ => TokenReason::Connect,
        },
        interactive: step != "renew silently",
        valid_until_at_least: if step.starts_with("renew") {
            now + 100_000
        } else {
            now
        },
        challenge: None,
    }
}
