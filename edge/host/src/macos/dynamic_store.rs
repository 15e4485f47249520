//! configd's dynamic store. What is set here dies with the session, and the session with
//! this process: a crash leaves no resolver behind.

use crate::error::HostError;
use crate::outcome::Outcome;
use core_foundation::array::CFArray;
use core_foundation::base::{CFType, TCFType as _};
use core_foundation::dictionary::CFDictionary;
use core_foundation::number::CFNumber;
use core_foundation::string::CFString;
use spoke_plan::{Change, SERVICE_DNS_KEY, ServiceDns, StoreValue};
use std::sync::OnceLock;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use system_configuration::dynamic_store::{SCDynamicStore, SCDynamicStoreBuilder};
use tokio::sync::oneshot;

/// The name of the session, for who looks at it from outside.
pub(crate) const SESSION: &str = "org.spoke-vpn.Spoke";

/// One piece of work for the thread that has the session.
struct Order {
    service: Option<ServiceDns>,
    answer: oneshot::Sender<Result<Outcome, String>>,
}

/// The way to the one session of this process, which must not end before it.
static ORDERS: OnceLock<Sender<Order>> = OnceLock::new();

/// Sets the tunnel's resolver, or takes it away.
pub(crate) async fn set(
    service: Option<&ServiceDns>,
    change: &Change,
) -> Result<Outcome, HostError> {
    let failed = |message: String| HostError::DynamicStore {
        operation: change.to_string(),
        message,
    };
    let (answer, answered) = oneshot::channel();
    let order = Order {
        service: service.cloned(),
        answer,
    };
    let gone = "it cannot be reached";
    ORDERS
        .get_or_init(start)
        .send(order)
        .map_err(|_| failed(gone.to_owned()))?;
    answered
        .await
        .map_err(|_| failed(gone.to_owned()))?
        .map_err(failed)
}

fn start() -> Sender<Order> {
    let (orders, received) = mpsc::channel();
    // Where no thread can be started, whoever orders something is told that configd cannot
    // be reached.
    let _ = thread::Builder::new()
        .name("configd".to_owned())
        .spawn(move || serve(&received));
    orders
}

fn serve(orders: &Receiver<Order>) {
    let Some(store) = SCDynamicStoreBuilder::new(SESSION)
        .session_keys(true)
        .build()
    else {
        return;
    };
    while let Ok(order) = orders.recv() {
        let result = carry_out(&store, order.service.as_ref());
        // Whoever asked may have lost patience.
        let _ = order.answer.send(result);
    }
}

fn carry_out(store: &SCDynamicStore, service: Option<&ServiceDns>) -> Result<Outcome, String> {
    let done = match service {
        Some(service) => store.set(SERVICE_DNS_KEY, dictionary(service)),
        None if store.get(SERVICE_DNS_KEY).is_none() => return Ok(Outcome::AlreadySo),
        None => store.remove(SERVICE_DNS_KEY),
    };
    if done {
        Ok(Outcome::Done)
    } else {
        Err("it refused; this needs root".to_owned())
    }
}

fn dictionary(service: &ServiceDns) -> CFDictionary {
    let pairs: Vec<(CFString, CFType)> = service
        .dictionary()
        .into_iter()
        .map(|(key, value)| (CFString::from_static_string(key), plain(value)))
        .collect();
    CFDictionary::from_CFType_pairs(&pairs).into_untyped()
}

fn plain(value: StoreValue) -> CFType {
    match value {
        StoreValue::Number(number) => CFNumber::from(number).into_CFType(),
        StoreValue::Texts(texts) => {
            let texts: Vec<CFString> = texts.iter().map(|text| CFString::new(text)).collect();
            CFArray::from_CFTypes(&texts).into_CFType()
        }
    }
}
