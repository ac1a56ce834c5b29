//! Looking at the signing keys, and rotating them.

use actix_web::{get, post};
use utoipa_actix_web::service_config::ServiceConfig;

use super::contract::SigningKeyList;
use super::policy::{ListKeys, RotateKeys, SigningKeys};
use super::store;
use crate::access::gate::{Command, Reader};
use crate::platform::http::Reply;
use crate::platform::http::answer::Answer;

/// Mounts the operations on signing keys.
pub fn configure(config: &mut ServiceConfig) {
    config.service(list_keys).service(rotate_keys);
}

/// The keys that tokens are signed with 签名密钥
#[utoipa::path(tag = "access", operation_id = "signingKeyList",
    responses((status = 200, body = SigningKeyList)))]
#[get("/signing-keys")]
async fn list_keys(reader: Reader) -> Reply {
    reader
        .about::<ListKeys>(SigningKeys, async |tx, caller, _| {
            Answer::ok(&SigningKeyList::of(&store::all(tx).await?, caller.now))
        })
        .await
}

/// Let the next key sign 轮换签名密钥
///
/// The current key signs no more and verifies for fifteen minutes, until every token of it has
/// lapsed; nobody is signed out. The key after the next one is published at once: rotate again
/// only after ten minutes, when everybody who verifies tokens has it.
#[utoipa::path(tag = "access", operation_id = "signingKeyRotate",
    responses((status = 200, body = SigningKeyList)))]
#[post("/signing-keys/rotate")]
async fn rotate_keys(command: Command) -> Reply {
    command
        .about::<RotateKeys>(SigningKeys, async |work, _, caller, _| {
            let keys = super::rotate(work.tx, work.now).await?;
            work.record(super::rotated(&keys));
            Answer::ok(&SigningKeyList::of(&keys, caller.now))
        })
        .await
}
