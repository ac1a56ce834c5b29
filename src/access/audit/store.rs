//! The SQL of the audit.

use chrono::{DateTime, Utc};

use super::domain::{Head, Row, Seal, Sealed, Standing, Wanted};
use crate::access::births::{Person, born_of};
use crate::ids::EntryId;
use crate::platform::db::Tx;
use crate::platform::db::range::{Part, earliest_first, fetch_part, latest_first};
use crate::platform::db::statements::{
    execute, execute_rows, fetch_all, fetch_listed, fetch_optional, statements,
};
use crate::platform::{journal, vault};
use crate::problem::{Code, Problem, UniqueMeans as _};

/// What never changes in a row.
macro_rules! columns {
    () => {
        "j.entry_id, j.at, j.name, j.demand_id, j.subject_id, j.actor_id, j.actor_name, j.reason, j.data,
         j.request_id, j.address, j.session_id, j.partner_id, j.delegated_by"
    };
}

/// The rows with their seals.
macro_rules! sealed {
    () => {
        concat!(
            "SELECT s.sequence, s.suite, s.digest, s.link, ",
            born_of!("j.actor_id"),
            " AS actor_born, ",
            columns!(),
            " FROM seals s JOIN journal j ON j.entry_id = s.entry_id WHERE "
        )
    };
}

statements! {
    UNSEALED = concat!("SELECT ", columns!(), " FROM journal j WHERE j.sealed_at IS NULL ORDER BY j.at, j.entry_id LIMIT $1");
    HEAD = "SELECT sequence, link FROM seals ORDER BY sequence DESC LIMIT 1";
    INSERT = "INSERT INTO seals (sequence, entry_id, suite, digest, link, at, name, actor_id, subject_id) VALUES {rows:9}";
    /// The rows of the seals with these numbers.
    MARK = "UPDATE journal SET sealed_at = $1
             WHERE sealed_at IS NULL AND entry_id IN (SELECT entry_id FROM seals WHERE sequence BETWEEN $2 AND $3)";
    /// The chain, from behind a number.
    BEHIND = "SELECT sequence, entry_id, suite, digest, link, at, name, actor_id, subject_id
                FROM seals WHERE sequence > $1 ORDER BY sequence LIMIT $2";
    ROWS = concat!("SELECT ", columns!(), " FROM journal j WHERE j.entry_id IN ({list})");
    /// How the rows from behind an id stand to the chain.
    STANDING = "SELECT j.entry_id, j.at, j.name, j.sealed_at, s.sequence
                  FROM journal j LEFT JOIN seals s ON s.entry_id = j.entry_id
                 WHERE j.entry_id > $1 ORDER BY j.entry_id LIMIT $2";
    /// Rows with their seals, from behind a number.
    SEALED_BEHIND = concat!(sealed!(), "s.sequence > $1 ORDER BY s.sequence LIMIT $2");
    /// Everything, as of $1.
    LATEST = concat!(sealed!(), "s.at <= $1", latest_first!("s.at", "s.entry_id"));
    EARLIEST = concat!(sealed!(), "s.at <= $1", earliest_first!("s.at", "s.entry_id"));
    LATEST_OF = concat!(sealed!(), "s.{choice:actor_id|subject_id} = $1", latest_first!("s.at", "s.entry_id"));
    EARLIEST_OF = concat!(sealed!(), "s.{choice:actor_id|subject_id} = $1", earliest_first!("s.at", "s.entry_id"));
    LATEST_NAMED = concat!(sealed!(), "s.name = $1", latest_first!("s.at", "s.entry_id"));
    EARLIEST_NAMED = concat!(sealed!(), "s.name = $1", earliest_first!("s.at", "s.entry_id"));
}

/// Up to `limit` rows that have no seal yet, the earliest first. Found by a mark and not
/// by the id sealed last: a row may be committed after later ones.
pub async fn unsealed(tx: &mut Tx, limit: i64) -> Result<Vec<Row>, Problem> {
    fetch_all!(tx, Row, UNSEALED, limit)
}

/// The end of the chain.
pub async fn head(tx: &mut Tx) -> Result<Head, Problem> {
    Ok(fetch_optional!(tx, Head, HEAD)?.unwrap_or_default())
}

/// Writes seals that follow one another and marks their rows.
///
/// # Errors
/// `changed_meanwhile` when another instance has sealed meanwhile.
pub async fn seal(tx: &mut Tx, seals: &[Seal], now: DateTime<Utc>) -> Result<(), Problem> {
    let (Some(first), Some(last)) = (seals.first(), seals.last()) else { return Ok(()) };
    execute_rows!(tx, INSERT, seals, |seal| [
        seal.sequence,
        seal.entry_id,
        seal.suite.as_str(),
        seal.digest.as_str(),
        seal.link.as_str(),
        seal.at,
        seal.name.as_str(),
        seal.actor_id,
        seal.subject_id,
    ])
    .unique_means(Code::ChangedMeanwhile)?;
    let marked = execute!(tx, MARK, now, first.sequence, last.sequence)?;
    if usize::try_from(marked) == Ok(seals.len()) {
        return Ok(());
    }
    Err(Problem::of(Code::ChangedMeanwhile))
}

/// Up to `limit` seals from behind a number.
pub async fn behind(tx: &mut Tx, sequence: i64, limit: i64) -> Result<Vec<Seal>, Problem> {
    fetch_all!(tx, Seal, BEHIND, sequence, limit)
}

/// Those of these rows that there are.
pub async fn rows(tx: &mut Tx, entries: &[EntryId]) -> Result<Vec<Row>, Problem> {
    fetch_listed!(tx, Row, ROWS, [entries])
}

/// How up to `limit` rows from behind an id stand to the chain.
pub async fn standing(tx: &mut Tx, behind: EntryId, limit: i64) -> Result<Vec<Standing>, Problem> {
    fetch_all!(tx, Standing, STANDING, behind, limit)
}

/// Up to `limit` rows with their seals, in the order of the chain, from behind a number.
pub async fn sealed_behind(tx: &mut Tx, sequence: i64, limit: i64) -> Result<Vec<Sealed>, Problem> {
    let rows = fetch_all!(tx, Sealed, SEALED_BEHIND, sequence, limit)?;
    readable(tx, rows)
}

/// The same rows as they are read: with their reasons as they were written, which are stored
/// encrypted, and with minors masked. It is what is stored that the chain is made of.
fn readable(tx: &Tx, rows: Vec<Sealed>) -> Result<Vec<Sealed>, Problem> {
    let open = |mut sealed: Sealed| {
        let stored = sealed.row.reason.as_deref().map(vault::Sealed::from);
        let entry_id = sealed.row.entry_id;
        sealed.row.reason = journal::open_reason(tx.keyring(), entry_id, stored.as_ref())?;
        let born = sealed.actor_born.as_deref().map(vault::Sealed::from);
        let actor = Person { account: sealed.row.actor_id, born: born.as_ref(), at: sealed.row.at };
        sealed.row.actor_name = actor.named(tx.keyring(), &sealed.row.actor_name)?.into();
        Ok(sealed)
    };
    rows.into_iter().map(open).collect()
}

/// The rows that are wanted.
pub async fn list(tx: &mut Tx, wanted: &Wanted, part: &Part) -> Result<Vec<Sealed>, Problem> {
    let rows = match wanted {
        Wanted::Everything(as_of) => fetch_part!(tx, Sealed, [LATEST, EARLIEST], part, *as_of),
        Wanted::By(actor) => {
            fetch_part!(tx, Sealed, [LATEST_OF, EARLIEST_OF], choosing "actor_id", part, *actor)
        }
        Wanted::To(subject) => {
            fetch_part!(tx, Sealed, [LATEST_OF, EARLIEST_OF], choosing "subject_id", part, *subject)
        }
        Wanted::Named(name) => {
            fetch_part!(tx, Sealed, [LATEST_NAMED, EARLIEST_NAMED], part, name.as_str())
        }
    }?;
    readable(tx, rows)
}
