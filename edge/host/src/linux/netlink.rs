use crate::error::HostError;
use futures_util::{Stream, StreamExt as _};
use netlink_packet_route::link::LinkMessage;
use rtnetlink::{Error, Handle};
use std::io;
use std::pin::pin;

/// What a request came to, for operations that may find their work done.
pub(crate) fn errno(error: &Error) -> Option<i32> {
    match error {
        Error::NetlinkError(message) => Some(message.raw_code().abs()),
        _ => None,
    }
}

/// Turns the library's error into ours.
pub(crate) fn failed(operation: &impl ToString, error: Error) -> HostError {
    let source = match error {
        Error::NetlinkError(message) => message.to_io(),
        other => io::Error::other(other.to_string()),
    };
    HostError::Kernel {
        operation: operation.to_string(),
        source,
    }
}

/// The index of a link, if there is one of that name.
pub(crate) async fn link_index(
    handle: &Handle,
    name: &str,
    operation: &impl ToString,
) -> Result<Option<u32>, HostError> {
    let mut answers = pin!(handle.link().get().match_name(name).execute());
    match answers.next().await {
        Some(Ok(link)) => Ok(Some(link.header.index)),
        Some(Err(error)) if matches!(errno(&error), Some(libc::ENODEV)) => Ok(None),
        Some(Err(error)) => Err(failed(operation, error)),
        None => Ok(None),
    }
}

/// The index of a link that must be there.
pub(crate) async fn needed_index(
    handle: &Handle,
    name: &str,
    operation: &impl ToString,
) -> Result<u32, HostError> {
    link_index(handle, name, operation)
        .await?
        .ok_or_else(|| HostError::NoLink {
            operation: operation.to_string(),
            interface: name.to_owned(),
        })
}

/// Everything that a dump yields.
pub(crate) async fn collect<T>(
    answers: impl Stream<Item = Result<T, Error>>,
    operation: &str,
) -> Result<Vec<T>, HostError> {
    let mut answers = pin!(answers);
    let mut all = Vec::new();
    while let Some(answer) = answers.next().await {
        all.push(answer.map_err(|error| failed(&operation, error))?);
    }
    Ok(all)
}

/// Sends a change of a link.
pub(crate) async fn set_link(
    handle: &Handle,
    message: LinkMessage,
    operation: &impl ToString,
) -> Result<(), HostError> {
    handle
        .link()
        .set(message)
        .execute()
        .await
        .map_err(|error| failed(operation, error))
}
