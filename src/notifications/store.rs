//! The SQL of notices, and of finding out whom a fact concerns.

use std::collections::HashMap;
use std::hash::Hash;

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

use super::domain::{
    Addressee, Audience, Grounds, Helper, News, Notice, NoticeKind, Parties, People, ToldFact,
};
use crate::dispatches;
use crate::dispatches::assignments::AssignmentState;
use crate::ids::{
    AccountId, AssignmentId, DemandId, DispatchId, EntryId, NoticeId, OrganizationId, VolunteerId,
};
use crate::organizations::Directory;
use crate::platform::db::Tx;
use crate::platform::db::range::{Part, earliest_first, fetch_part, latest_first};
use crate::platform::db::statements::{
    execute, execute_rows, fetch_all, fetch_listed, fetch_optional, statements,
};
use crate::platform::journal::{self, Entry};
use crate::platform::vault::{Keyring, Sealed};
use crate::problem::Problem;
use crate::volunteers::CalledRow;

/// A notice with the fact behind it and the number of the demand. What the fact says is never
/// written again: the volunteer is called as he is called now, and of a demand of which what is
/// personal was erased no words are told.
macro_rules! notices_with_facts {
    () => {
        "SELECT n.notice_id, n.account_id, n.entry_id, n.kind, n.demand_id, n.dispatch_id, n.assignment_id, n.told_at, n.read_at, n.grounds,
                j.name, j.at AS happened_at, j.subject_id, j.reason, j.data, d.number, d.erased_at,
                a.volunteer_name, v.account_id AS volunteer_account, w.born AS volunteer_born
           FROM notices n JOIN journal j ON j.entry_id = n.entry_id LEFT JOIN demands d ON d.demand_id = n.demand_id
           LEFT JOIN assignments a ON a.assignment_id = n.assignment_id LEFT JOIN volunteers v ON v.volunteer_id = a.volunteer_id
           LEFT JOIN accounts w ON w.account_id = v.account_id "
    };
}

/// Only those not read yet, only those read, or all.
macro_rules! read_or_not {
    () => {
        "{choice:|AND n.read_at IS NULL|AND n.read_at IS NOT NULL}"
    };
}

statements! {
    PARTIES = "SELECT demand_id, requester_id, placed_by, responsible_id, dispatch_id, automatic FROM demands WHERE demand_id IN ({list})";
    TEAMS = "SELECT dispatch_id, organization_id FROM dispatches WHERE dispatch_id IN ({list})";
    LEADERS = "SELECT m.team_id, v.account_id FROM memberships m JOIN volunteers v ON v.volunteer_id = m.volunteer_id
                WHERE m.role = 'leader' AND m.left_at IS NULL AND v.status = 'active' AND m.team_id IN ({list})";
    /// The staff at these very nodes that can do something about a demand.
    DESKS = "SELECT organization_id, account_id FROM grants
              WHERE role IN ('clerk', 'dispatcher', 'administrator') AND revoked_at IS NULL AND valid_from <= $1 AND (valid_until IS NULL OR valid_until > $1)
                AND organization_id IN ({list})";
    /// The administrators at these very nodes, and for whom they stand in.
    ADMINISTRATORS = "SELECT organization_id, account_id, delegated_by FROM grants
                       WHERE role = 'administrator' AND revoked_at IS NULL AND valid_from <= $1 AND (valid_until IS NULL OR valid_until > $1)
                         AND organization_id IN ({list})";
    VOLUNTEERS = "SELECT volunteer_id, account_id FROM volunteers WHERE volunteer_id IN ({list})";
    HELPERS = "SELECT a.dispatch_id, a.assignment_id, v.account_id, a.state, a.updated_at
                 FROM assignments a JOIN volunteers v ON v.volunteer_id = a.volunteer_id
                WHERE a.state IN ('accepted', 'on_site', 'released', 'done') AND a.dispatch_id IN ({list})";
    /// Told once, whoever tries again.
    INSERT = "INSERT INTO notices (notice_id, account_id, entry_id, kind, demand_id, dispatch_id, assignment_id, told_at, grounds) VALUES {rows:9}
              ON CONFLICT (entry_id, account_id) DO NOTHING";
    FIND = concat!(notices_with_facts!(), "WHERE n.notice_id = $1");
    LATEST = concat!(notices_with_facts!(), "WHERE n.account_id = $1 ", read_or_not!(), latest_first!("n.told_at", "n.notice_id"));
    EARLIEST = concat!(notices_with_facts!(), "WHERE n.account_id = $1 ", read_or_not!(), earliest_first!("n.told_at", "n.notice_id"));
    LATEST_OF_KIND = concat!(notices_with_facts!(), "WHERE n.account_id = $1 ", read_or_not!(),
                             latest_first!(of "n.kind", "n.told_at", "n.notice_id"));
    EARLIEST_OF_KIND = concat!(notices_with_facts!(), "WHERE n.account_id = $1 ", read_or_not!(),
                               earliest_first!(of "n.kind", "n.told_at", "n.notice_id"));
    UNREAD = "SELECT CAST(1 AS BIGINT) FROM notices WHERE account_id = $1 AND read_at IS NULL ORDER BY told_at, notice_id LIMIT $2";
    READ = "UPDATE notices SET read_at = $2 WHERE notice_id = $1 AND read_at IS NULL";
    /// Those not read yet up to a place in the list, the latest of them first.
    READ_UP_TO = "UPDATE notices SET read_at = $2 WHERE notice_id IN (SELECT notice_id FROM notices
                         WHERE account_id = $1 AND read_at IS NULL AND (told_at, notice_id) <= ($3, $4)
                         ORDER BY told_at DESC, notice_id DESC LIMIT $5)";
    HAS_OLD = "SELECT CAST(1 AS BIGINT) FROM notices WHERE told_at < $1 LIMIT 1";
    /// What one account was told, the earliest first.
    FORGET_OF = "DELETE FROM notices WHERE notice_id IN (SELECT notice_id FROM notices WHERE account_id = $1 ORDER BY told_at, notice_id LIMIT $2)";
    FORGET = "DELETE FROM notices WHERE notice_id IN (SELECT notice_id FROM notices WHERE told_at < $1 ORDER BY told_at LIMIT $2)";
}

#[derive(FromRow)]
struct NoticeRow {
    notice_id: NoticeId,
    account_id: AccountId,
    entry_id: EntryId,
    kind: NoticeKind,
    demand_id: Option<DemandId>,
    dispatch_id: Option<DispatchId>,
    assignment_id: Option<AssignmentId>,
    told_at: DateTime<Utc>,
    read_at: Option<DateTime<Utc>>,
    grounds: Option<Json<Grounds>>,
    name: String,
    happened_at: DateTime<Utc>,
    subject_id: Uuid,
    reason: Option<Sealed>,
    data: Json<Value>,
    number: Option<String>,
    erased_at: Option<DateTime<Utc>>,
    #[sqlx(flatten)]
    called: CalledRow,
}

impl NoticeRow {
    fn open(self, keyring: &Keyring) -> Result<Notice, Problem> {
        let mut row = self;
        row.called.name_in(&mut row.data, keyring, row.happened_at)?;
        let reason = row.reason.filter(|_| row.erased_at.is_none());
        Ok(Notice {
            notice_id: row.notice_id,
            account_id: row.account_id,
            kind: row.kind,
            demand_id: row.demand_id,
            dispatch_id: row.dispatch_id,
            assignment_id: row.assignment_id,
            told_at: row.told_at,
            read_at: row.read_at,
            grounds: row.grounds.map(|grounds| grounds.0),
            fact: ToldFact {
                name: row.name,
                at: row.happened_at,
                subject_id: row.subject_id,
                reason: journal::open_reason(keyring, row.entry_id, reason.as_ref())?,
                data: row.data.0,
                number: row.number,
            },
        })
    }
}

#[derive(FromRow)]
struct PartiesRow {
    demand_id: DemandId,
    requester_id: Option<AccountId>,
    placed_by: AccountId,
    responsible_id: OrganizationId,
    dispatch_id: Option<DispatchId>,
    automatic: bool,
}

impl From<PartiesRow> for Parties {
    fn from(row: PartiesRow) -> Self {
        Self {
            demand_id: row.demand_id,
            requester_id: row.requester_id,
            placed_by: row.placed_by,
            responsible_id: row.responsible_id,
            dispatch_id: row.dispatch_id,
            automatic: row.automatic,
        }
    }
}

#[derive(FromRow)]
struct HelperRow {
    dispatch_id: DispatchId,
    assignment_id: AssignmentId,
    account_id: AccountId,
    state: AssignmentState,
    updated_at: DateTime<Utc>,
}

/// The facts with their demands, in one statement.
pub async fn news(tx: &mut Tx, entries: Vec<Entry>) -> Result<Vec<News>, Problem> {
    let demands = distinct(entries.iter().filter_map(|entry| entry.demand_id));
    let mut parties: HashMap<Uuid, Parties> = HashMap::new();
    if !demands.is_empty() {
        let rows = fetch_listed!(tx, PartiesRow, PARTIES, [&demands])?;
        parties.extend(rows.into_iter().map(|row| (row.demand_id.0, row.into())));
    }
    let with_demand = |entry: Entry| {
        let demand = entry.demand_id.and_then(|id| parties.get(&id)).copied();
        News { entry, demand }
    };
    Ok(entries.into_iter().map(with_demand).collect())
}

/// Everybody whom these facts may concern: one statement per kind of people, however
/// many facts there are.
/// Besides, a few statements per call: who fits is not the same for two of them.
pub async fn people(
    tx: &mut Tx,
    directory: &Directory,
    news: &[News],
    now: DateTime<Utc>,
) -> Result<People, Problem> {
    let concerning = |audience: Audience| news.iter().filter(move |one| one.concerns(audience));
    let teams =
        teams(tx, distinct(concerning(Audience::Leaders).filter_map(News::dispatch))).await?;
    let of_teams = concerning(Audience::Leaders).filter_map(News::own_team);
    let led = distinct(of_teams.chain(teams.values().copied()));
    let desks = distinct(concerning(Audience::Desk).filter_map(News::desk));
    let volunteers = distinct(concerning(Audience::Volunteer).filter_map(News::volunteer));
    let with_helpers = concerning(Audience::Helpers).chain(concerning(Audience::Done));
    let helped = distinct(with_helpers.filter_map(News::dispatch));
    Ok(People {
        leaders: leaders(tx, led).await?,
        desks: desk_staff(tx, desks, now).await?,
        volunteers: accounts(tx, volunteers).await?,
        helpers: helpers(tx, helped).await?,
        called: called(tx, directory, concerning(Audience::Called), now).await?,
        deciders: deciders(tx, directory, concerning(Audience::Deciders), now).await?,
        teams,
    })
}

async fn teams(
    tx: &mut Tx,
    dispatches: Vec<DispatchId>,
) -> Result<HashMap<DispatchId, OrganizationId>, Problem> {
    if dispatches.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = fetch_listed!(tx, (DispatchId, OrganizationId), TEAMS, [&dispatches])?;
    Ok(rows.into_iter().collect())
}

async fn leaders(
    tx: &mut Tx,
    teams: Vec<OrganizationId>,
) -> Result<HashMap<OrganizationId, Vec<AccountId>>, Problem> {
    if teams.is_empty() {
        return Ok(HashMap::new());
    }
    Ok(grouped(fetch_listed!(tx, (OrganizationId, AccountId), LEADERS, [&teams])?))
}

async fn desk_staff(
    tx: &mut Tx,
    organizations: Vec<OrganizationId>,
    now: DateTime<Utc>,
) -> Result<HashMap<OrganizationId, Vec<AccountId>>, Problem> {
    if organizations.is_empty() {
        return Ok(HashMap::new());
    }
    Ok(grouped(fetch_listed!(tx, (OrganizationId, AccountId), DESKS, [&organizations], now)?))
}

async fn accounts(
    tx: &mut Tx,
    volunteers: Vec<VolunteerId>,
) -> Result<HashMap<VolunteerId, AccountId>, Problem> {
    if volunteers.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = fetch_listed!(tx, (VolunteerId, AccountId), VOLUNTEERS, [&volunteers])?;
    Ok(rows.into_iter().collect())
}

async fn helpers(
    tx: &mut Tx,
    dispatches: Vec<DispatchId>,
) -> Result<HashMap<DispatchId, Vec<Helper>>, Problem> {
    if dispatches.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = fetch_listed!(tx, HelperRow, HELPERS, [&dispatches])?;
    Ok(grouped(rows.into_iter().map(|row| {
        let helper = Helper {
            assignment_id: row.assignment_id,
            account_id: row.account_id,
            state: row.state,
            updated_at: row.updated_at,
        };
        (row.dispatch_id, helper)
    })))
}

async fn called(
    tx: &mut Tx,
    directory: &Directory,
    calls: impl Iterator<Item = &News>,
    now: DateTime<Utc>,
) -> Result<HashMap<DispatchId, Vec<AccountId>>, Problem> {
    let mut called = HashMap::new();
    for (dispatch, demand) in calls.filter_map(|call| call.dispatch().zip(call.demand)) {
        let accounts = dispatches::called(tx, directory, demand.demand_id, now).await?;
        called.insert(dispatch, accounts);
    }
    Ok(called)
}

#[derive(FromRow)]
struct AdministratorRow {
    organization_id: OrganizationId,
    account_id: AccountId,
    delegated_by: Option<AccountId>,
}

/// For each fact by which somebody asks administrators: those of the nearest level that has any but
/// whoever asks, and whoever stands in for him.
async fn deciders(
    tx: &mut Tx,
    directory: &Directory,
    asked: impl Iterator<Item = &News>,
    now: DateTime<Utc>,
) -> Result<HashMap<EntryId, Vec<AccountId>>, Problem> {
    let of_fact = |one: &News| one.asking().map(|(by, at)| (one.entry.entry_id, by, at));
    let asked: Vec<_> = asked.filter_map(of_fact).collect();
    if asked.is_empty() {
        return Ok(HashMap::new());
    }
    let levels = distinct(asked.iter().flat_map(|(.., at)| directory.path(*at)));
    let rows = fetch_listed!(tx, AdministratorRow, ADMINISTRATORS, [&levels], now)?;
    let at = |level: OrganizationId, asker: AccountId| -> Vec<AccountId> {
        let of_level = rows.iter().filter(|row| row.organization_id == level);
        let others =
            of_level.filter(|row| row.account_id != asker && row.delegated_by != Some(asker));
        others.map(|row| row.account_id).collect()
    };
    let nearest = |(entry, by, node): (EntryId, AccountId, OrganizationId)| {
        let levels = directory.path(node).into_iter().rev();
        let found = levels.map(|level| at(level, by)).find(|found| !found.is_empty());
        found.map(|found| (entry, found))
    };
    Ok(asked.into_iter().filter_map(nearest).collect())
}

fn distinct<I: Ord>(ids: impl Iterator<Item = I>) -> Vec<I> {
    let mut ids: Vec<I> = ids.collect();
    ids.sort();
    ids.dedup();
    ids
}

fn grouped<K: Eq + Hash, V>(rows: impl IntoIterator<Item = (K, V)>) -> HashMap<K, Vec<V>> {
    let mut groups: HashMap<K, Vec<V>> = HashMap::new();
    for (key, value) in rows {
        groups.entry(key).or_default().push(value);
    }
    groups
}

/// Tells everybody of his fact, under the id that is given with it.
pub async fn insert(
    tx: &mut Tx,
    told: &[(NoticeId, &News, Addressee)],
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    execute_rows!(tx, INSERT, told, |row| [
        row.0,
        row.2.account_id,
        row.1.entry.entry_id,
        row.2.kind,
        row.1.entry.demand_id,
        row.1.dispatch(),
        row.2.assignment_id,
        now,
        row.2.grounds.map(Json),
    ])?;
    Ok(())
}

pub async fn find(tx: &mut Tx, id: NoticeId) -> Result<Option<Notice>, Problem> {
    let row = fetch_optional!(tx, NoticeRow, FIND, id)?;
    row.map(|row| row.open(tx.keyring())).transpose()
}

/// What a list of notices is narrowed to.
#[derive(Clone, Copy)]
pub struct Filter {
    /// Only those not read yet, or only those read.
    pub unread: Option<bool>,
    /// Only this kind.
    pub kind: Option<NoticeKind>,
}

impl Filter {
    const fn condition(self) -> &'static str {
        match self.unread {
            None => "",
            Some(true) => "AND n.read_at IS NULL",
            Some(false) => "AND n.read_at IS NOT NULL",
        }
    }
}

/// Somebody's notices.
pub async fn list(
    tx: &mut Tx,
    account: AccountId,
    filter: Filter,
    part: &Part,
) -> Result<Vec<Notice>, Problem> {
    let chosen = filter.condition();
    let rows = match filter.kind {
        None => fetch_part!(tx, NoticeRow, [LATEST, EARLIEST], choosing chosen, part, account),
        Some(kind) => fetch_part!(
            tx,
            NoticeRow,
            [LATEST_OF_KIND, EARLIEST_OF_KIND],
            choosing chosen,
            part,
            account,
            kind
        ),
    }?;
    rows.into_iter().map(|row| row.open(tx.keyring())).collect()
}

/// Forgets up to `limit` notices of an account; says how many.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn forget_of(tx: &mut Tx, account: AccountId, limit: i64) -> Result<u64, Problem> {
    execute!(tx, FORGET_OF, account, limit)
}

/// How many notices somebody has not read, counted up to `limit`.
pub async fn unread(tx: &mut Tx, account: AccountId, limit: i64) -> Result<usize, Problem> {
    Ok(fetch_all!(tx, (i64,), UNREAD, account, limit)?.len())
}

/// Marks a notice as read, unless it is.
pub async fn read(tx: &mut Tx, id: NoticeId, now: DateTime<Utc>) -> Result<(), Problem> {
    execute!(tx, READ, id, now)?;
    Ok(())
}

/// Marks up to `limit` of somebody's notices as read, from this place of the list on.
pub async fn read_up_to(
    tx: &mut Tx,
    last: &Notice,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<(), Problem> {
    execute!(tx, READ_UP_TO, last.account_id, now, last.told_at, last.notice_id, limit)?;
    Ok(())
}

/// Whether there is any notice older than `before`.
pub async fn has_old(tx: &mut Tx, before: DateTime<Utc>) -> Result<bool, Problem> {
    Ok(fetch_optional!(tx, (i64,), HAS_OLD, before)?.is_some())
}

/// Forgets up to `limit` notices older than `before`; says how many.
pub async fn forget(tx: &mut Tx, before: DateTime<Utc>, limit: i64) -> Result<u64, Problem> {
    execute!(tx, FORGET, before, limit)
}
