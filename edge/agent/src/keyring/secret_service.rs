use std::collections::{BTreeMap, HashMap};
use std::time::Duration;
use zbus::{Connection, OwnedObjectPath, OwnedVariant, Proxy, Variant};
use zeroize::Zeroizing;

const BUS_NAME: &str = "org.freedesktop.secrets";
const SERVICE: &str = "/org/freedesktop/secrets";
/// How long a service may take that asks nobody.
const TIMEOUT: Duration = Duration::from_secs(5);
/// How long the user may take for the keyring's password.
const PATIENCE: Duration = Duration::from_secs(120);

/// The user's keyring by D-Bus (freedesktop.org Secret Service API 0.2). Secrets
/// cross the user's own bus unencrypted ("plain"): who can read that bus can ask
/// the service itself.
#[derive(Clone)]
pub(crate) struct SystemKeyring {
    bus: Connection,
    session: OwnedObjectPath,
}

/// A secret on the bus: session, parameters, value, content type.
type BusSecret = (OwnedObjectPath, Vec<u8>, Vec<u8>, String);

impl SystemKeyring {
    /// What it is called in a sentence.
    pub(crate) const NAME: &'static str = "the Secret Service";

    /// What to do where there is none.
    pub(crate) const REMEDY: &'static str = "Start one (gnome-keyring, KWallet)";

    /// Connects when there is a session bus with a Secret Service on it.
    pub(crate) async fn connect() -> Result<Self, String> {
        let connecting = async {
            let bus = Connection::session().await?;
            let service = proxy(&bus, SERVICE, "Service").await?;
            let (_, session): (OwnedVariant, OwnedObjectPath) = service
                .call("OpenSession", &("plain", Variant::from("")))
                .await?;
            Ok::<_, zbus::Error>(Self { bus, session })
        };
        within(TIMEOUT, connecting).await
    }

    /// The secrets of an application name, or the one of a key there. Locked ones are
    /// skipped unless the user can be asked.
    pub(crate) async fn load(
        &self,
        application: &str,
        key: Option<&str>,
        interactive: bool,
    ) -> Result<Vec<Zeroizing<String>>, String> {
        let (mut open, locked) = within(TIMEOUT, self.search(application, key)).await?;
        if interactive && !locked.is_empty() {
            open.extend(self.unlock(locked).await?);
        }
        let reading = async {
            let service = proxy(&self.bus, SERVICE, "Service").await?;
            let secrets: HashMap<OwnedObjectPath, BusSecret> =
                service.call("GetSecrets", &(open, &self.session)).await?;
            Ok::<_, zbus::Error>(secrets)
        };
        let secrets = within(TIMEOUT, reading).await?;
        Ok(secrets
            .into_values()
            .filter_map(|(_, _, value, _)| String::from_utf8(value).ok())
            .map(Zeroizing::new)
            .collect())
    }

    /// Stores a secret in the place of one with the same key.
    pub(crate) async fn store(
        &self,
        application: &str,
        key: &str,
        label: &str,
        text: &str,
    ) -> Result<(), String> {
        let collection = within(TIMEOUT, self.default_collection()).await?;
        let still_locked = self.unlock(vec![collection.clone()]).await?.is_empty();
        if still_locked {
            return Err("the keyring is locked".to_owned());
        }
        let storing = async {
            let collection = proxy(&self.bus, collection.as_str(), "Collection").await?;
            let properties = BTreeMap::from([
                ("org.freedesktop.Secret.Item.Label", Variant::from(label)),
                (
                    "org.freedesktop.Secret.Item.Attributes",
                    Variant::from(HashMap::from(attributes(application, Some(key)))),
                ),
            ]);
            let secret = (
                &self.session,
                Vec::<u8>::new(),
                text.as_bytes(),
                "application/json",
            );
            let (_, question): (OwnedObjectPath, OwnedObjectPath) = collection
                .call("CreateItem", &(properties, secret, true))
                .await?;
            Ok::<_, zbus::Error>(question)
        };
        let question = within(TIMEOUT, storing).await?;
        self.ask(&question).await.map(drop)
    }

    /// Deletes the secret of this key, if there is one.
    pub(crate) async fn remove(&self, application: &str, key: &str) -> Result<(), String> {
        let (mut items, locked) = within(TIMEOUT, self.search(application, Some(key))).await?;
        if !locked.is_empty() {
            items.extend(self.unlock(locked).await?);
        }
        for item in items {
            let deleting = async {
                let item = proxy(&self.bus, item.as_str(), "Item").await?;
                item.call("Delete", &()).await
            };
            let question: OwnedObjectPath = within(TIMEOUT, deleting).await?;
            self.ask(&question).await?;
        }
        Ok(())
    }

    async fn search(
        &self,
        application: &str,
        key: Option<&str>,
    ) -> Result<(Vec<OwnedObjectPath>, Vec<OwnedObjectPath>), zbus::Error> {
        let service = proxy(&self.bus, SERVICE, "Service").await?;
        let wanted = BTreeMap::from(attributes(application, key));
        let wanted: BTreeMap<_, _> = wanted
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .collect();
        service.call("SearchItems", &(wanted)).await
    }

    async fn default_collection(&self) -> Result<OwnedObjectPath, zbus::Error> {
        let service = proxy(&self.bus, SERVICE, "Service").await?;
        let path: OwnedObjectPath = service.call("ReadAlias", &("default")).await?;
        if path.as_str() == "/" {
            return Err(zbus::Error::Failure("it has no default keyring".to_owned()));
        }
        Ok(path)
    }

    /// Unlocks objects, asking the user through the service where it must;
    /// gives those that are open afterwards.
    async fn unlock(&self, objects: Vec<OwnedObjectPath>) -> Result<Vec<OwnedObjectPath>, String> {
        let unlocking = async {
            let service = proxy(&self.bus, SERVICE, "Service").await?;
            service.call("Unlock", &(objects)).await
        };
        let (mut open, question): (Vec<OwnedObjectPath>, OwnedObjectPath) =
            within(TIMEOUT, unlocking).await?;
        if let Some(unlocked) = self.ask(&question).await?
            && let Ok(unlocked) = Vec::<OwnedObjectPath>::try_from(unlocked)
        {
            open.extend(unlocked);
        }
        Ok(open)
    }

    /// Lets the service ask the user; `/` stands for no question.
    async fn ask(&self, question: &OwnedObjectPath) -> Result<Option<OwnedVariant>, String> {
        if question.as_str() == "/" {
            return Ok(None);
        }
        let asking = async {
            let prompt = proxy(&self.bus, question.as_str(), "Prompt").await?;
            let mut completed = prompt.receive_signal("Completed").await?;
            let () = prompt.call("Prompt", &("")).await?;
            let signal = futures_util::StreamExt::next(&mut completed)
                .await
                .ok_or_else(|| zbus::Error::Failure("it asked nothing".to_owned()))?;
            let answer: (bool, OwnedVariant) = signal.body().deserialize()?;
            Ok::<_, zbus::Error>(answer)
        };
        match within(PATIENCE, asking).await? {
            (false, value) => Ok(Some(value)),
            (true, _) => Err("the keyring was not unlocked".to_owned()),
        }
    }
}

/// What tells Spoke's items from others', and from each other.
fn attributes<'a>(application: &'a str, key: Option<&'a str>) -> [(&'static str, &'a str); 2] {
    [
        ("application", application),
        ("key", key.unwrap_or_default()),
    ]
}

async fn proxy<'a>(
    bus: &Connection,
    path: &'a str,
    interface: &str,
) -> Result<Proxy<'a>, zbus::Error> {
    let interface = format!("org.freedesktop.Secret.{interface}");
    Proxy::new(bus, BUS_NAME, path, interface).await
}

async fn within<T>(
    limit: Duration,
    call: impl Future<Output = Result<T, zbus::Error>>,
) -> Result<T, String> {
    match tokio::time::timeout(limit, call).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("it did not answer within {} s", limit.as_secs())),
    }
}
