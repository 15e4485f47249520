use crate::error::Error;
use crate::link::Link;
use crate::output::Output;
use crate::phase::{Exchanged, Place};
use crate::role::{Agreed, Context};
use crate::{DYNAMIC_TLS_CRYPT_LABEL, DataChannel, EXPORTER_LABEL, KeyBlock, PrfInputs, Side};
use spoke_wire::{DataHeader, SESSION_ID_LENGTH};

/// Derives the data keys of one key-id and hands them out.
pub(crate) fn install(
    place: Place,
    side: Side,
    exchanged: &Exchanged,
    agreed: &Agreed,
    link: &Link,
    context: &mut Context<'_>,
) -> Result<(), Error> {
    let block = if agreed.exporter {
        KeyBlock::from_exporter(&*link.tls()?.export(EXPORTER_LABEL)?)
    } else {
        from_randoms(side, exchanged, context)?
    };
    if place.first && agreed.dynamic_tls_crypt {
        let exported = link.tls()?.export(DYNAMIC_TLS_CRYPT_LABEL)?;
        context.conduit.protect_renegotiations(&exported);
    }
    let key_id = place.key_id;
    let header = match agreed.peer_id {
        Some(peer_id) => DataHeader::V2 { key_id, peer_id },
        None => DataHeader::V1 { key_id },
    };
    let channel = DataChannel {
        cipher: agreed.cipher,
        auth: agreed.auth,
        header,
        epoch: agreed.epoch,
        compression: agreed.compression,
    };
    let (sealer, opener) = block
        .data_channel(&channel, side)
        .map_err(|error| Error::Local(error.to_string()))?;
    context.events.push_back(Output::KeyInstalled {
        key_id,
        sealer,
        opener,
    });
    Ok(())
}

fn from_randoms(
    side: Side,
    exchanged: &Exchanged,
    context: &Context<'_>,
) -> Result<KeyBlock, Error> {
    let missing = || Error::Local("the key exchange is not complete".to_owned());
    let local: [u8; SESSION_ID_LENGTH] = *context.conduit.local().bytes();
    let remote = *context.conduit.remote().ok_or_else(missing)?.bytes();
    let (client_session, server_session) = match side {
        Side::Client => (local, remote),
        Side::Server => (remote, local),
    };
    Ok(KeyBlock::from_prf(&PrfInputs {
        pre_master: exchanged.client.pre_master.as_ref().ok_or_else(missing)?,
        client_random1: &exchanged.client.random1,
        client_random2: &exchanged.client.random2,
        server_random1: &exchanged.server.random1,
        server_random2: &exchanged.server.random2,
        client_session,
        server_session,
    }))
}
