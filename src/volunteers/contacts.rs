//! How to call a volunteer: what reveals show, and whether somebody has to approve them.

use chrono::{DateTime, Utc};

use super::domain::Volunteer;
use super::{policy, store};
use crate::access::reveals::{Contact, Revealed};
use crate::access::{self, Actor};
use crate::ids::VolunteerId;
use crate::platform::db::Tx;
use crate::platform::values::{ShownName, ShownPhone};
use crate::problem::Problem;

/// How a volunteer is called, if this actor has to call him.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn revealed(
    tx: &mut Tx,
    id: VolunteerId,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<Option<Revealed>, Problem> {
    let registered = store::find_registered(tx, id).await?;
    match registered.filter(|registered| policy::calls_at(actor, registered).is_some()) {
        None => Ok(None),
        Some(registered) => contact_of(tx, &registered.volunteer, now).await.map(Some),
    }
}

/// The name and the telephone of a volunteer, with those who read that somebody looked: he
/// himself, and the guardian of one who is not grown up.
pub async fn contact_of(
    tx: &mut Tx,
    volunteer: &Volunteer,
    now: DateTime<Utc>,
) -> Result<Revealed, Problem> {
    let phone = access::phone_of(tx, volunteer.account_id).await?;
    let age = store::ages::find(tx, volunteer.account_id).await?;
    let guardian = age.and_then(|age| age.guardian).filter(|_| volunteer.is_minor(now));
    Ok(Revealed {
        contact: Contact {
            name: ShownName::whole(&volunteer.name),
            phone: phone.as_deref().map(ShownPhone::whole),
            address: None,
        },
        account_id: Some(volunteer.account_id),
        phone: None,
        guardian_phone: guardian.map(|guardian| guardian.phone.as_str().to_owned()),
    })
}
