//! # The keys that access tokens are signed with
//!
//! ```text
//! made ──▶ next ──rotate──▶ current ──rotate──▶ previous ──when no token of it can live──▶ gone
//!          published        signs               verifies
//! ```
//!
//! They lie in the database, so that every instance signs alike and knows what the others
//! have signed. The next key is published all the time that the current one signs: whoever
//! verifies our tokens by the key set has it long before he meets it. A key that signs no
//! more loses its private part at once, and verifies until every token that it can have
//! signed has lapsed.
//!
//! Rotating is a change of reference data: each instance takes the new keys up as it takes
//! up a change of the tree, with the next request or the next look for due work. Nobody is
//! signed out, because a sign-in goes on by its refresh token, which no key has signed.

mod contract;
mod domain;
mod policy;
mod routes;
mod store;

pub use domain::{KEPT, KeyStatus, SigningKey, broken};
pub use policy::ACTIONS;
pub use routes::configure;
pub use store::{STATEMENTS, all, forget_lapsed, has_lapsed};

use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

use crate::platform::db::Tx;
use crate::platform::journal::Fact;
use crate::platform::reference;
use crate::problem::Problem;

/// All keys, after a current and a next one were made where there was none.
///
/// # Errors
/// `internal` when no key can be made; `unavailable` when the database does not answer.
pub async fn establish(tx: &mut Tx, now: DateTime<Utc>) -> Result<Vec<SigningKey>, Problem> {
    let known = store::all(tx).await?;
    let mut is_complete = true;
    for status in [KeyStatus::Current, KeyStatus::Next] {
        if known.iter().all(|key| key.status != status) {
            // Where another instance was faster, its key stays.
            store::insert(tx, &SigningKey::fresh(status, 0, now)?).await?;
            is_complete = false;
        }
    }
    if is_complete { Ok(known) } else { store::all(tx).await }
}

/// Lets the next key sign and makes one that is next after it; gives all keys.
///
/// # Errors
/// `internal` when no key can be made; `unavailable` when the database does not answer.
pub async fn rotate(tx: &mut Tx, now: DateTime<Utc>) -> Result<Vec<SigningKey>, Problem> {
    // First, because its row is the lock: of two who rotate at once the later one begins anew.
    let generation = reference::next_version(tx).await?;
    establish(tx, now).await?;
    store::retire(tx, now).await?;
    store::activate(tx, now).await?;
    store::insert(tx, &SigningKey::fresh(KeyStatus::Next, generation, now)?).await?;
    store::all(tx).await
}

/// That the keys were rotated. It has happened to the installation, which has no id.
#[must_use]
pub fn rotated(keys: &[SigningKey]) -> Fact {
    let current = keys.iter().find(|key| key.status == KeyStatus::Current);
    Fact {
        name: "signing_keys.rotated.v1",
        demand_id: None,
        subject_id: Uuid::nil(),
        reason: None,
        data: json!({ "keyId": current.map(|key| key.key_id.as_str()) }),
    }
}
