//! The SQL of timelines.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

use crate::access::births::Person;
use crate::demands::timeline::{self, TimelineEntry};
use crate::ids::{AccountId, DemandId, EntryId};
use crate::platform::db::Tx;
use crate::platform::db::range::Part;
use crate::platform::db::statements::{fetch_all, statements};
use crate::platform::journal;
use crate::platform::vault::{Keyring, Sealed};
use crate::problem::{Language, Problem};
use crate::volunteers::CalledRow;

/// The entries of a timeline. What the journal says is never written again; so whoever has
/// closed his account is not named by it any more, but by what stands in place of his name.
macro_rules! entries {
    () => {
        "SELECT j.entry_id, j.at, j.name, j.actor_id, j.reason, j.data, \
                CASE WHEN a.closed_at IS NULL THEN j.actor_name ELSE a.name END AS actor_name, a.born AS actor_born, \
                s.volunteer_name, v.account_id AS volunteer_account, w.born AS volunteer_born, \
                (SELECT d.erased_at FROM demands d WHERE d.demand_id = j.demand_id) AS erased_at \
           FROM journal j LEFT JOIN accounts a ON a.account_id = j.actor_id \
           LEFT JOIN assignments s ON s.assignment_id = j.subject_id LEFT JOIN volunteers v ON v.volunteer_id = s.volunteer_id \
           LEFT JOIN accounts w ON w.account_id = v.account_id \
          WHERE j.demand_id = $1"
    };
}

statements! {
    EARLIEST = concat!(entries!(), " AND j.entry_id > $2 ORDER BY j.entry_id LIMIT $3");
    LATEST = concat!(entries!(), " AND j.entry_id < $2 ORDER BY j.entry_id DESC LIMIT $3");
}

#[derive(FromRow)]
struct EntryRow {
    entry_id: EntryId,
    at: DateTime<Utc>,
    name: String,
    actor_id: Option<AccountId>,
    actor_name: String,
    actor_born: Option<Sealed>,
    reason: Option<Sealed>,
    data: Json<serde_json::Value>,
    /// The volunteer whom it is about.
    #[sqlx(flatten)]
    called: CalledRow,
    /// When what is personal of the demand was erased: then nobody's words are shown.
    erased_at: Option<DateTime<Utc>>,
}

impl EntryRow {
    fn entry(self, keyring: &Keyring, language: Language) -> Result<TimelineEntry, Problem> {
        let mut row = self;
        let actor = Person { account: row.actor_id, born: row.actor_born.as_ref(), at: row.at };
        let actor = actor.named(keyring, &row.actor_name)?;
        row.called.name_in(&mut row.data, keyring, row.at)?;
        let reason = row.reason.filter(|_| row.erased_at.is_none());
        Ok(TimelineEntry {
            entry_id: row.entry_id,
            at: row.at,
            title: timeline::title(&row.name, language).unwrap_or(&row.name).to_owned(),
            name: row.name,
            actor_id: row.actor_id,
            actor: actor.into(),
            reason: journal::open_reason(keyring, row.entry_id, reason.as_ref())?,
            data: row.data.0,
        })
    }
}

/// The first entries of a timeline.
pub async fn beginning(
    tx: &mut Tx,
    id: DemandId,
    limit: i64,
    language: Language,
) -> Result<Vec<TimelineEntry>, Problem> {
    let rows = fetch_all!(tx, EntryRow, EARLIEST, id, Uuid::nil(), limit)?;
    rows.into_iter().map(|row| row.entry(tx.keyring(), language)).collect()
}

/// A part of a timeline. The ids of entries run with the time, so they alone say
/// where it begins.
pub async fn part(
    tx: &mut Tx,
    id: DemandId,
    part: &Part,
    language: Language,
) -> Result<Vec<TimelineEntry>, Problem> {
    let (_, after) = part.after;
    let rows = if part.latest_first {
        fetch_all!(tx, EntryRow, LATEST, id, after, part.limit)
    } else {
        fetch_all!(tx, EntryRow, EARLIEST, id, after, part.limit)
    }?;
    rows.into_iter().map(|row| row.entry(tx.keyring(), language)).collect()
}
