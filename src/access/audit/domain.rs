//! Rows, their seals, and what is wrong with a chain of them.

use std::fmt;

use chrono::{DateTime, Duration, Utc};
use serde::{Serialize, Serializer};
use serde_json::Value;
use uuid::Uuid;

use crate::ids::{AccountId, DemandId, EntryId, PartnerId, SessionId};
use crate::platform::crypto::Digest;

/// The form of a row, which is the first one, and the digest over it, as a seal names them.
/// What one digest has sealed is verified whichever is chosen for new rows: a chain may go
/// over from one to the other.
const SUITES: [(&str, Digest); 2] = [("1-sha256", Digest::Sha256), ("1-sm3", Digest::Sm3)];

fn name_of(digest: Digest) -> &'static str {
    SUITES.iter().find(|(_, suite)| *suite == digest).map_or("", |(name, _)| name)
}

/// The digest of the suite of this name, if it is known here.
fn digest_of(name: &str) -> Option<Digest> {
    SUITES.iter().find(|(suite, _)| *suite == name).map(|(_, digest)| *digest)
}

/// How much later than rows sealed before it a row may have been written: transactions
/// end in another order than they begin, and the clocks of instances differ.
const TOLERANCE: Duration = Duration::minutes(10);

/// A row of the journal, as far as it never changes.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Row {
    /// Its id.
    pub entry_id: EntryId,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// What happened: a versioned name.
    pub name: String,
    /// The demand in whose timeline it stands.
    pub demand_id: Option<DemandId>,
    /// The thing it happened to; nil where there is none.
    pub subject_id: Uuid,
    /// Who did it: an account, or a partner by its own id.
    pub actor_id: Option<AccountId>,
    /// What he is called.
    pub actor_name: String,
    /// Why, encrypted as it is stored, until somebody reads it.
    pub reason: Option<String>,
    /// The plain facts.
    #[sqlx(json)]
    pub data: Value,
    /// The number of the request.
    pub request_id: Option<String>,
    /// Where it was sent from.
    pub address: Option<String>,
    /// The sign-in it came through.
    pub session_id: Option<SessionId>,
    /// The partner that sent it.
    pub partner_id: Option<PartnerId>,
    /// For whom he stood in, where only that allowed it.
    pub delegated_by: Option<AccountId>,
}

impl Row {
    /// Everything in it as one text, always in the same words: an array, because its
    /// order is fixed; the instant in whole microseconds and the members of the facts
    /// sorted, because the engines write both in ways of their own.
    fn canonical(&self) -> String {
        let parts = (
            self.entry_id,
            self.at.timestamp_micros(),
            &self.name,
            self.demand_id,
            self.subject_id,
            self.actor_id,
            &self.actor_name,
            &self.reason,
            Sorted(&self.data),
            &self.request_id,
            &self.address,
            self.session_id,
            self.partner_id,
            self.delegated_by,
        );
        // Numbers, texts and plain values: there is none that could not be written.
        serde_json::to_string(&parts).unwrap_or_default()
    }

    fn digest(&self, by: Digest) -> String {
        by.of(self.canonical().as_bytes())
    }
}

/// A value that is written with the members of every object in the order of their names.
struct Sorted<'a>(&'a Value);

impl Serialize for Sorted<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Object(members) => {
                let mut members: Vec<_> = members.iter().collect();
                members.sort_unstable_by_key(|(name, _)| *name);
                serializer.collect_map(members.into_iter().map(|(name, one)| (name, Sorted(one))))
            }
            Value::Array(elements) => serializer.collect_seq(elements.iter().map(Sorted)),
            plain => plain.serialize(serializer),
        }
    }
}

/// A row's place in the chain.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Seal {
    /// Its number: from 1, without gaps.
    pub sequence: i64,
    /// The row.
    pub entry_id: EntryId,
    /// By which form and digest it was sealed.
    pub suite: String,
    /// The digest of the row.
    pub digest: String,
    /// The digest of this seal and of the link before.
    pub link: String,
    /// When the row was written; this and the following are what it is found by.
    pub at: DateTime<Utc>,
    /// Its name.
    pub name: String,
    /// Who did it.
    pub actor_id: Option<AccountId>,
    /// What it was done to.
    pub subject_id: Uuid,
}

/// The end of a chain.
#[derive(Clone, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Head {
    /// How many seals there are.
    pub sequence: i64,
    /// The last link; empty where there is none yet.
    pub link: String,
}

impl Seal {
    /// Seals a row behind the end of the chain.
    #[must_use]
    pub fn after(head: &Head, row: &Row, by: Digest) -> Self {
        let (sequence, digest) = (head.sequence.saturating_add(1), row.digest(by));
        Self {
            sequence,
            entry_id: row.entry_id,
            suite: name_of(by).to_owned(),
            link: link(&head.link, sequence, by, &digest),
            digest,
            at: row.at,
            name: row.name.clone(),
            actor_id: row.actor_id,
            subject_id: row.subject_id,
        }
    }

    /// The chain that ends with it.
    #[must_use]
    pub fn head(&self) -> Head {
        Head { sequence: self.sequence, link: self.link.clone() }
    }

    fn follows(&self, before: &Head) -> bool {
        let expected = |by| link(&before.link, self.sequence, by, &self.digest) == self.link;
        digest_of(&self.suite).is_some_and(expected)
    }

    fn is_of(&self, row: &Row) -> bool {
        let found_by = (self.at, &self.name, self.actor_id, self.subject_id)
            == (row.at, &row.name, row.actor_id, row.subject_id);
        let same = |by| self.digest == row.digest(by);
        found_by && digest_of(&self.suite).is_some_and(same)
    }
}

/// A row with its seal.
#[derive(Debug, sqlx::FromRow)]
pub struct Sealed {
    /// Its number in the chain.
    pub sequence: i64,
    /// By which form and digest it was sealed.
    pub suite: String,
    /// The digest of the row.
    pub digest: String,
    /// The link that it makes in the chain.
    pub link: String,
    /// When whoever did it was born, encrypted, where that is known.
    pub actor_born: Option<String>,
    /// The row.
    #[sqlx(flatten)]
    pub row: Row,
}

/// Which rows to list.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// All that were written by this instant.
    Everything(DateTime<Utc>),
    /// What this account or partner did.
    By(Uuid),
    /// What was done to this thing.
    To(Uuid),
    /// What has this name.
    Named(String),
}

/// Seals rows one behind the other.
#[must_use]
pub fn chain(head: Head, rows: &[Row], by: Digest) -> Vec<Seal> {
    let next = |head: &mut Head, row: &Row| {
        let seal = Seal::after(head, row, by);
        *head = seal.head();
        Some(seal)
    };
    rows.iter().scan(head, next).collect()
}

/// None of the parts can hold a line break: the text can be read in one way only.
fn link(before: &str, sequence: i64, by: Digest, digest: &str) -> String {
    by.of(format!("{before}\n{sequence}\n{}\n{digest}", name_of(by)).as_bytes())
}

/// What can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A row says something else than when it was sealed.
    Changed,
    /// A row is gone, or its seal.
    Missing,
    /// A seal does not follow the one before: it was put elsewhere, or replaced.
    OutOfOrder,
    /// A row was written to the past: it is sealed among later ones, or passes for sealed.
    Inserted,
    /// A row has waited too long for its seal.
    Unsealed,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Changed => "changed",
            Self::Missing => "missing",
            Self::OutOfOrder => "out of order",
            Self::Inserted => "inserted",
            Self::Unsealed => "not sealed",
        })
    }
}

/// Something that is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub fault: Fault,
    /// Where in the chain; none for a row that is not in it.
    pub sequence: Option<i64>,
    /// Of which row; none where its seal is gone.
    pub entry_id: Option<EntryId>,
    /// How many rows it is about, from that place on.
    pub rows: u64,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.fault)?;
        if let Some(sequence) = self.sequence {
            write!(formatter, ", sequence {sequence}")?;
        }
        if self.rows > 1 {
            write!(formatter, ", {} rows", self.rows)?;
        }
        match self.entry_id {
            Some(entry) => write!(formatter, ", row {entry}"),
            None => Ok(()),
        }
    }
}

/// Walks along a chain, seal by seal.
#[derive(Debug, Default)]
pub struct Walk {
    head: Head,
    /// When the latest of the rows so far was written.
    latest: Option<DateTime<Utc>>,
}

impl Walk {
    /// How far it has come.
    #[must_use]
    pub const fn head(&self) -> &Head {
        &self.head
    }

    /// Takes the next seal, with its row if that is there; says what is wrong with them. It
    /// goes on from what it finds, so that one fault is not found again in all that follow.
    pub fn step(&mut self, seal: &Seal, row: Option<&Row>) -> Vec<Finding> {
        let mut found = Vec::new();
        let finding = |fault| Finding {
            fault,
            sequence: Some(seal.sequence),
            entry_id: Some(seal.entry_id),
            rows: 1,
        };
        let expected = self.head.sequence.saturating_add(1);
        let gone = u64::try_from(seal.sequence.saturating_sub(expected)).unwrap_or_default();
        if gone > 0 {
            // What the next link holds is gone with them.
            let (fault, sequence) = (Fault::Missing, Some(expected));
            found.push(Finding { fault, sequence, entry_id: None, rows: gone });
        } else if !seal.follows(&self.head) {
            found.push(finding(Fault::OutOfOrder));
        }
        let fault = match row {
            None => Some(Fault::Missing),
            Some(row) if !seal.is_of(row) => Some(Fault::Changed),
            Some(row) if self.is_of_the_past(row) => Some(Fault::Inserted),
            Some(_) => None,
        };
        found.extend(fault.map(finding));
        self.head = seal.head();
        self.latest = self.latest.max(row.map(|row| row.at));
        found
    }

    fn is_of_the_past(&self, row: &Row) -> bool {
        self.latest.is_some_and(|latest| latest - row.at > TOLERANCE)
    }
}

/// How a row of the journal stands to the chain.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Standing {
    /// The row.
    pub entry_id: EntryId,
    /// When it was written.
    pub at: DateTime<Utc>,
    /// Its name.
    pub name: String,
    /// When it was marked as sealed.
    pub sealed_at: Option<DateTime<Utc>>,
    /// Its number in the chain, if it has one.
    pub sequence: Option<i64>,
}

impl Standing {
    /// What is wrong with it: it is in no chain, though it says so, or though it has had
    /// time enough.
    #[must_use]
    pub fn finding(&self, now: DateTime<Utc>) -> Option<Finding> {
        let late = now - self.at > TOLERANCE;
        // A seal before the first is on no chain.
        let fault = match (self.sequence.filter(|sequence| *sequence > 0), self.sealed_at) {
            (None, Some(_)) => Fault::Inserted,
            (None, None) if late => Fault::Unsealed,
            _ => return None,
        };
        Some(Finding { fault, sequence: None, entry_id: Some(self.entry_id), rows: 1 })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(number: u128, data: Value) -> Row {
        Row {
            entry_id: EntryId(Uuid::from_u128(number)),
            at: DateTime::UNIX_EPOCH,
            name: "grant.given.v1".to_owned(),
            demand_id: None,
            subject_id: Uuid::nil(),
            actor_id: None,
            actor_name: "系统".to_owned(),
            reason: None,
            data,
            request_id: None,
            address: None,
            session_id: None,
            partner_id: None,
            delegated_by: None,
        }
    }

    fn read(text: &str) -> Value {
        serde_json::from_str(text).unwrap_or_default()
    }

    #[test]
    fn the_order_of_members_changes_no_digest() {
        let one = row(1, read(r#"{"b": {"y": [1, {"d": 2, "c": 3}], "x": null}, "a": "é"}"#));
        let two = row(1, read(r#"{"a": "\u00e9", "b": {"x": null, "y": [1, {"c": 3, "d": 2}]}}"#));
        let digest = |row: &Row| row.digest(Digest::Sha256);
        assert_eq!(digest(&one), digest(&two));
        let three = row(1, read(r#"{"a": "é", "b": {"x": null, "y": [{"c": 3, "d": 2}, 1]}}"#));
        assert_ne!(digest(&one), digest(&three), "the order of elements is said");
    }

    #[test]
    fn what_stands_in_one_column_is_not_what_stands_in_another() {
        let plain = row(1, json!({}));
        let reason = Row { reason: Some("203.0.113.7".to_owned()), ..plain.clone() };
        let address = Row { address: Some("203.0.113.7".to_owned()), ..plain.clone() };
        let empty = Row { reason: Some(String::new()), ..plain.clone() };
        let digests = [&plain, &reason, &address, &empty].map(|row| row.digest(Digest::Sha256));
        for (index, digest) in digests.iter().enumerate() {
            assert!(!digests.iter().skip(index + 1).any(|other| other == digest));
        }
    }

    /// The form is written down in many databases: it never changes under its name.
    #[test]
    fn the_first_form_stays_as_it_is() {
        let one = row(1, json!({ "role": "clerk", "parts": [{ "second": 2, "first": 1 }] }));
        assert_eq!(
            one.canonical(),
            r#"["00000000-0000-0000-0000-000000000001",0,"grant.given.v1",null,"00000000-0000-0000-0000-000000000000",null,"系统",null,{"parts":[{"first":1,"second":2}],"role":"clerk"},null,null,null,null,null]"#
        );
        let seal = Seal::after(&Head::default(), &one, Digest::Sha256);
        assert_eq!((seal.sequence, seal.suite.as_str()), (1, "1-sha256"));
        // Of the text above, and of the link before, which is empty, the number, the suite and that.
        assert_eq!(seal.digest, "Qh87gV64-2JZu74Ah7VhUopm69oK3aa8Nbas8jzTjgM");
        assert_eq!(seal.link, "JBTdMIxa_7IgAtfYxoqbk7sZL_F3XwawZMOJfUy8kJw");
    }

    /// A chain goes over to the other digest, and is verified from its beginning to its end.
    #[test]
    fn a_chain_may_change_its_digest() {
        let rows: Vec<Row> = (1..=4).map(|number| row(number, json!({ "number": 1 }))).collect();
        let (old, new) = rows.split_at(2);
        let mut seals = chain(Head::default(), old, Digest::Sha256);
        let head = seals.last().map(Seal::head).unwrap_or_default();
        seals.extend(chain(head, new, Digest::Sm3));
        assert_eq!(seals.last().map(|seal| seal.suite.as_str()), Some("1-sm3"));
        assert!(walked(&seals, &rows).is_empty());
        let mut changed = rows.clone();
        changed.iter_mut().skip(3).for_each(|row| row.data = json!({ "number": 2 }));
        assert_eq!(walked(&seals, &changed), [(Fault::Changed, Some(4))]);
        // Nor does it pass for one of the other digest.
        seals.iter_mut().skip(3).for_each(|seal| seal.suite = "1-sha256".to_owned());
        let passed_off = [(Fault::OutOfOrder, Some(4)), (Fault::Changed, Some(4))];
        assert_eq!(walked(&seals, &rows), passed_off);
    }

    fn walked(seals: &[Seal], rows: &[Row]) -> Vec<(Fault, Option<i64>)> {
        let mut walk = Walk::default();
        let row_of = |seal: &Seal| rows.iter().find(|row| row.entry_id == seal.entry_id);
        let found = seals.iter().flat_map(|seal| walk.step(seal, row_of(seal)));
        found.map(|finding| (finding.fault, finding.sequence)).collect()
    }

    #[test]
    fn each_kind_of_fault_is_found_where_it_is() {
        let rows: Vec<Row> = (1..=6).map(|number| row(number, json!({ "number": 1 }))).collect();
        let seals = chain(Head::default(), &rows, Digest::Sha256);
        assert!(walked(&seals, &rows).is_empty());

        let mut changed = rows.clone();
        changed.iter_mut().skip(2).take(1).for_each(|row| row.data = json!({ "number": 2 }));
        assert_eq!(walked(&seals, &changed), [(Fault::Changed, Some(3))]);

        let gone: Vec<Row> =
            rows.iter().filter(|row| row.entry_id.0.as_u128() != 4).cloned().collect();
        assert_eq!(walked(&seals, &gone), [(Fault::Missing, Some(4))]);

        let cut: Vec<Seal> = seals.iter().filter(|seal| seal.sequence != 4).cloned().collect();
        assert_eq!(walked(&cut, &gone), [(Fault::Missing, Some(4))]);

        let mut other = seals.clone();
        other.iter_mut().skip(4).take(1).for_each(|seal| seal.digest = "another".to_owned());
        let both = [(Fault::OutOfOrder, Some(5)), (Fault::Changed, Some(5))];
        assert_eq!(walked(&other, &rows), both);
    }
}
