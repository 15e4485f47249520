use security_framework::base::Error;
use security_framework::item::{ItemClass, ItemSearchOptions, Limit, SearchResult};
use security_framework::passwords::{
    PasswordOptions, delete_generic_password_options, generic_password,
    set_generic_password_options,
};
use std::time::Duration;
use zeroize::Zeroizing;

/// How long the user may take for the keychain's password.
const PATIENCE: Duration = Duration::from_secs(120);

/// There is no such item (`errSecItemNotFound`).
const NOT_FOUND: i32 = -25_300;

/// The name of an item's account among its attributes (`kSecAttrAccount`).
const ACCOUNT: &str = "acct";

/// The user's login keychain: generic passwords whose service is the application's name
/// and whose account is the key. It is open while the user is logged in, so that reading
/// asks for nothing but, once for each new build of Spoke that is not signed, consent.
#[derive(Clone)]
pub(crate) struct SystemKeyring;

impl SystemKeyring {
    /// What it is called in a sentence.
    pub(crate) const NAME: &'static str = "the login keychain";

    /// What to do where there is none.
    pub(crate) const REMEDY: &'static str = "Unlock the login keychain";

    /// Every user's session has one.
    #[expect(clippy::unused_async, reason = "other systems have to look for it")]
    pub(crate) async fn connect() -> Result<Self, String> {
        Ok(Self)
    }

    /// The secrets of an application name, or the one of a key there.
    pub(crate) async fn load(
        &self,
        application: &str,
        key: Option<&str>,
        _interactive: bool,
    ) -> Result<Vec<Zeroizing<String>>, String> {
        let (application, key) = (application.to_owned(), key.map(str::to_owned));
        aside(move || {
            let keys = match key {
                Some(key) => vec![key],
                None => keys(&application)?,
            };
            let mut texts = Vec::new();
            for key in keys {
                let item = PasswordOptions::new_generic_password(&application, &key);
                let found = found(generic_password(item).map(Zeroizing::new))?;
                let text = found.and_then(|bytes| {
                    std::str::from_utf8(&bytes)
                        .ok()
                        .map(|text| Zeroizing::new(text.to_owned()))
                });
                texts.extend(text);
            }
            Ok(texts)
        })
        .await
    }

    /// Stores a secret in the place of one with the same key.
    pub(crate) async fn store(
        &self,
        application: &str,
        key: &str,
        label: &str,
        text: &str,
    ) -> Result<(), String> {
        let [application, key, label] = [application, key, label].map(str::to_owned);
        let text = Zeroizing::new(text.to_owned());
        aside(move || {
            let mut item = PasswordOptions::new_generic_password(&application, &key);
            item.set_label(&label);
            set_generic_password_options(text.as_bytes(), item)
        })
        .await
    }

    /// Deletes the secret of this key, if there is one.
    pub(crate) async fn remove(&self, application: &str, key: &str) -> Result<(), String> {
        let [application, key] = [application, key].map(str::to_owned);
        aside(move || {
            let item = PasswordOptions::new_generic_password(&application, &key);
            found(delete_generic_password_options(item)).map(drop)
        })
        .await
    }
}

/// The keys of an application's items. Their secrets are asked for one by one, since the
/// keychain gives those of several items to nobody.
fn keys(application: &str) -> Result<Vec<String>, Error> {
    let items = ItemSearchOptions::new()
        .class(ItemClass::generic_password())
        .service(application)
        .limit(Limit::All)
        .load_attributes(true)
        .search();
    let items = found(items)?.unwrap_or_default();
    Ok(items
        .iter()
        .filter_map(SearchResult::simplify_dict)
        .filter_map(|mut attributes| attributes.remove(ACCOUNT))
        .collect())
}

/// None where there is no such item.
fn found<T>(result: Result<T, Error>) -> Result<Option<T>, Error> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.code() == NOT_FOUND => Ok(None),
        Err(error) => Err(error),
    }
}

/// Runs what may wait for the user on a thread of its own.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, String> {
    match tokio::time::timeout(PATIENCE, tokio::task::spawn_blocking(work)).await {
        Ok(Ok(result)) => result.map_err(|error| error.to_string()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!(
            "it was not answered within {} s",
            PATIENCE.as_secs()
        )),
    }
}
