//! The SQL of assignments.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

use super::domain::{Assignment, AssignmentState, Proof};
use crate::access::births::Person;
use crate::demands::{Demand, DemandRow, demand_columns};
use crate::dispatches::domain::Dispatch;
use crate::dispatches::store::{DispatchRow, dispatch_columns};
use crate::ids::{AccountId, AssignmentId, DemandId, DispatchId, OrganizationId, VolunteerId};
use crate::organizations::{Ancestors, Area};
use crate::platform::db::Tx;
use crate::platform::db::range::{Part, earliest_first, fetch_part, latest_first};
use crate::platform::db::statements::{
    execute, execute_rows, fetch_all, fetch_listed, fetch_optional, statements,
};
use crate::platform::vault::{Field, Keyring, Sealed};
use crate::problem::{Code, Problem};

/// Why he does not come, in somebody's words.
const REASON: Field = Field::of("assignments", "reason");

/// What every reading of an assignment reads, under names that a demand's do not have.
macro_rules! assignment_columns {
    () => {
        "a.assignment_id, a.dispatch_id AS a_dispatch_id, a.demand_id AS a_demand_id, a.county_id AS a_county_id, a.volunteer_id, \
         a.volunteer_name, a.state AS a_state, a.busy_from, a.busy_until, a.offered_by AS a_offered_by, a.respond_by AS a_respond_by, \
         a.come_by, \
         a.checked_in_at, a.check_in, a.checked_out_at, a.check_out, a.leave_by, a.reason AS a_reason, a.created_at AS a_created_at, \
         a.updated_at AS a_updated_at, a.version AS a_version, \
         (SELECT v.account_id FROM volunteers v WHERE v.volunteer_id = a.volunteer_id) AS volunteer_account, \
         (SELECT w.born FROM volunteers v JOIN accounts w ON w.account_id = v.account_id WHERE v.volunteer_id = a.volunteer_id) \
         AS volunteer_born"
    };
}

/// What a list reads, up to the column that it is bound to: one of the areas, or
/// the volunteer.
macro_rules! listed {
    () => {
        concat!(
            assignment_columns!(),
            ", ",
            dispatch_columns!("x"),
            ", ",
            demand_columns!("d"),
            " FROM assignments a JOIN dispatches x ON x.dispatch_id = a.dispatch_id JOIN demands d ON d.demand_id = a.demand_id \
             WHERE a.{choice:ancestor_1|ancestor_2|ancestor_3|ancestor_4|ancestor_5|volunteer_id}"
        )
    };
}

statements! {
    /// A place taken by the volunteer himself; the row of an earlier try is used again.
    TAKE = "INSERT INTO assignments (assignment_id, dispatch_id, demand_id, county_id, volunteer_id, volunteer_name, state, busy_from,
                   busy_until, created_at, updated_at, version, come_by, ancestor_1, ancestor_2, ancestor_3, ancestor_4, ancestor_5)
            VALUES ($1, $2, $3, $4, $5, $6, 'accepted', $7, $8, $9, $9, 1, $10, $11, $12, $13, $14, $15)
            ON CONFLICT (dispatch_id, volunteer_id) DO UPDATE SET state = 'accepted', busy_from = excluded.busy_from,
                   busy_until = excluded.busy_until, respond_by = NULL, come_by = excluded.come_by, reason = NULL,
                   updated_at = excluded.updated_at, version = assignments.version + 1
             WHERE assignments.state IN ('offered', 'declined', 'lapsed', 'dropped_out', 'released')
            RETURNING assignment_id, created_at, version";
    /// Volunteers whom the leader names; an earlier answer may be asked for again.
    NAME = "INSERT INTO assignments (assignment_id, dispatch_id, demand_id, county_id, volunteer_id, volunteer_name, state, busy_from,
                   busy_until, offered_by, respond_by, created_at, updated_at, version, ancestor_1, ancestor_2, ancestor_3, ancestor_4, ancestor_5)
            VALUES {rows:19}
            ON CONFLICT (dispatch_id, volunteer_id) DO UPDATE SET state = 'offered', offered_by = excluded.offered_by,
                   busy_from = excluded.busy_from, busy_until = excluded.busy_until, respond_by = excluded.respond_by, reason = NULL, updated_at = excluded.updated_at, version = assignments.version + 1
             WHERE assignments.state IN ('declined', 'lapsed', 'dropped_out', 'released')";
    SAVE = "UPDATE assignments SET state = $3, checked_in_at = $4, check_in = $5, checked_out_at = $6, check_out = $7, leave_by = $8,
                   reason = $9, updated_at = $10, come_by = $11, version = version + 1
             WHERE assignment_id = $1 AND version = $2";
    /// An assignment with its dispatch and demand, and who else is on it.
    FIND = concat!("SELECT ", assignment_columns!(), ", ", dispatch_columns!("x"), ", ", demand_columns!("d"), ",
                   (SELECT CAST(COUNT(*) AS BIGINT) FROM assignments o WHERE o.dispatch_id = a.dispatch_id AND o.assignment_id <> a.assignment_id
                       AND o.state IN ('accepted', 'on_site')) AS others_coming,
                   (SELECT CAST(COUNT(*) AS BIGINT) FROM assignments o WHERE o.dispatch_id = a.dispatch_id AND o.assignment_id <> a.assignment_id
                       AND o.state = 'done') AS others_done,
                   EXISTS (SELECT 1 FROM assignments o WHERE o.volunteer_id = a.volunteer_id AND o.state IN ('accepted', 'on_site')
                       AND o.dispatch_id <> a.dispatch_id AND o.busy_until > a.busy_from AND o.busy_from < a.busy_until) AS conflict,
                   EXISTS (SELECT 1 FROM volunteers v WHERE v.volunteer_id = a.volunteer_id AND v.status = 'active') AS takes_part
              FROM assignments a JOIN dispatches x ON x.dispatch_id = a.dispatch_id JOIN demands d ON d.demand_id = a.demand_id
             WHERE a.assignment_id = $1");
    OF_DISPATCH = concat!("SELECT ", assignment_columns!(), " FROM assignments a WHERE a.dispatch_id = $1 ORDER BY a.created_at, a.assignment_id LIMIT $2");
    /// Of everybody on it, or of one; in any state, or in one.
    OF_DISPATCH_LATEST = concat!("SELECT ", assignment_columns!(), " FROM assignments a
              WHERE a.dispatch_id = $1 AND (a.volunteer_id = $6 OR $6 IS NULL) AND ($7 = '' OR a.state = $7)",
              latest_first!("a.created_at", "a.assignment_id"));
    OF_DISPATCH_EARLIEST = concat!("SELECT ", assignment_columns!(), " FROM assignments a
              WHERE a.dispatch_id = $1 AND (a.volunteer_id = $6 OR $6 IS NULL) AND ($7 = '' OR a.state = $7)",
              earliest_first!("a.created_at", "a.assignment_id"));
    LATEST = concat!("SELECT ", listed!(), " = $1", latest_first!("a.created_at", "a.assignment_id"));
    EARLIEST = concat!("SELECT ", listed!(), " = $1", earliest_first!("a.created_at", "a.assignment_id"));
    LATEST_IN_STATE = concat!("SELECT ", listed!(), " = $1", latest_first!(of "a.state", "a.created_at", "a.assignment_id"));
    EARLIEST_IN_STATE = concat!("SELECT ", listed!(), " = $1", earliest_first!(of "a.state", "a.created_at", "a.assignment_id"));
    SERVED = "SELECT CAST(1 AS BIGINT) FROM assignments WHERE dispatch_id = $1 AND volunteer_id = $2 AND state IN ('done', 'forced_out')";
    RELEASE = "UPDATE assignments SET state = 'released', come_by = NULL, updated_at = $2, version = version + 1
                WHERE dispatch_id = $1 AND state IN ('offered', 'accepted')";
    /// Whoever has answered since he was looked for, or whose demand stands still, is left alone.
    LAPSE = "UPDATE assignments SET state = 'lapsed', updated_at = $1, version = version + 1
              WHERE state = 'offered' AND respond_by <= $1 AND assignment_id IN ({list})
                AND EXISTS (SELECT 1 FROM demands d WHERE d.demand_id = assignments.demand_id AND d.paused_at IS NULL)
             RETURNING assignment_id";
    /// More time for those who are asked, and for those who are waited for.
    POSTPONE = "UPDATE assignments SET respond_by = CASE WHEN state = 'offered' THEN $2 ELSE respond_by END,
                       come_by = CASE WHEN state = 'accepted' THEN $3 ELSE come_by END, updated_at = $4, version = version + 1
                 WHERE dispatch_id = $1 AND state IN ('offered', 'accepted')";
    UNANSWERED = concat!("SELECT ", assignment_columns!(), ", ", dispatch_columns!("x"), ", ", demand_columns!("d"), "
              FROM assignments a JOIN dispatches x ON x.dispatch_id = a.dispatch_id JOIN demands d ON d.demand_id = a.demand_id
             WHERE a.state = 'offered' AND a.respond_by <= $1 AND d.paused_at IS NULL ORDER BY a.respond_by LIMIT $2");
    FORGOTTEN = "SELECT assignment_id FROM assignments WHERE state = 'on_site' AND leave_by <= $1 ORDER BY leave_by LIMIT $2";
    /// Those who are waited for in vain; while the clocks of a demand stand still, nobody is.
    ABSENT = "SELECT a.assignment_id FROM assignments a JOIN demands d ON d.demand_id = a.demand_id
               WHERE a.state = 'accepted' AND a.come_by <= $1 AND d.paused_at IS NULL ORDER BY a.come_by LIMIT $2";
    /// Active members of a team among these volunteers, with their names and whether they are
    /// promised elsewhere in that time.
    MEMBERS = "SELECT v.volunteer_id, v.name,
                      EXISTS (SELECT 1 FROM assignments o WHERE o.volunteer_id = v.volunteer_id AND o.state IN ('accepted', 'on_site')
                                 AND o.dispatch_id <> $2 AND o.busy_until > $3 AND o.busy_from < $4) AS conflict
                 FROM memberships m JOIN volunteers v ON v.volunteer_id = m.volunteer_id
                WHERE m.team_id = $1 AND m.left_at IS NULL AND v.status = 'active' AND v.volunteer_id IN ({list})";
}

#[derive(FromRow)]
struct AssignmentRow {
    assignment_id: AssignmentId,
    a_dispatch_id: DispatchId,
    a_demand_id: DemandId,
    a_county_id: OrganizationId,
    volunteer_id: VolunteerId,
    volunteer_name: String,
    a_state: AssignmentState,
    busy_from: DateTime<Utc>,
    busy_until: DateTime<Utc>,
    a_offered_by: Option<AccountId>,
    a_respond_by: Option<DateTime<Utc>>,
    come_by: Option<DateTime<Utc>>,
    checked_in_at: Option<DateTime<Utc>>,
    check_in: Option<Json<Proof>>,
    checked_out_at: Option<DateTime<Utc>>,
    check_out: Option<Json<Proof>>,
    leave_by: Option<DateTime<Utc>>,
    a_reason: Option<Sealed>,
    a_created_at: DateTime<Utc>,
    a_updated_at: DateTime<Utc>,
    a_version: i64,
    volunteer_account: Option<AccountId>,
    volunteer_born: Option<Sealed>,
}

impl AssignmentRow {
    /// The assignment, with what is sealed of it opened.
    fn open(self, keyring: &Keyring) -> Result<Assignment, Problem> {
        let row = self;
        let (account, born) = (row.volunteer_account, row.volunteer_born.as_ref());
        let volunteer = Person { account, born, at: row.a_created_at };
        Ok(Assignment {
            assignment_id: row.assignment_id,
            dispatch_id: row.a_dispatch_id,
            demand_id: row.a_demand_id,
            county_id: row.a_county_id,
            volunteer_id: row.volunteer_id,
            was_minor: volunteer.is_minor(keyring)?,
            volunteer_name: row.volunteer_name,
            state: row.a_state,
            busy: (row.busy_from, row.busy_until),
            offered_by: row.a_offered_by,
            respond_by: row.a_respond_by,
            come_by: row.come_by,
            checked_in_at: row.checked_in_at,
            check_in: row.check_in.map(|proof| proof.0),
            checked_out_at: row.checked_out_at,
            check_out: row.check_out.map(|proof| proof.0),
            leave_by: row.leave_by,
            reason: keyring.perhaps_open(REASON, row.assignment_id.0, row.a_reason.as_ref())?,
            created_at: row.a_created_at,
            updated_at: row.a_updated_at,
            version: row.a_version,
        })
    }
}

/// An assignment with everything that a step of it touches.
#[derive(Clone, Debug)]
pub struct Duty {
    /// The assignment.
    pub assignment: Assignment,
    /// The dispatch.
    pub dispatch: Dispatch,
    /// The demand.
    pub demand: Demand,
    /// How many others are still coming or on the spot.
    pub others_coming: i64,
    /// How many others have done their part.
    pub others_done: i64,
    /// Whether he is promised elsewhere in that time.
    pub conflict: bool,
    /// Whether he is an active volunteer.
    pub takes_part: bool,
}

impl Duty {
    /// An assignment of which nothing is known but its dispatch and its demand, as lists
    /// read it: what may be done with it needs no more.
    #[must_use]
    pub const fn alone(assignment: Assignment, dispatch: Dispatch, demand: Demand) -> Self {
        Self {
            assignment,
            dispatch,
            demand,
            others_coming: 0,
            others_done: 0,
            conflict: false,
            takes_part: true,
        }
    }
}

#[derive(FromRow)]
struct DutyRow {
    #[sqlx(flatten)]
    assignment: AssignmentRow,
    #[sqlx(flatten)]
    dispatch: DispatchRow,
    #[sqlx(flatten)]
    demand: DemandRow,
    others_coming: i64,
    others_done: i64,
    conflict: bool,
    takes_part: bool,
}

pub async fn find(tx: &mut Tx, id: AssignmentId) -> Result<Option<Duty>, Problem> {
    let row = fetch_optional!(tx, DutyRow, FIND, id)?;
    let duty = |row: DutyRow| {
        let keyring = tx.keyring();
        let (assignment, dispatch) = (row.assignment.open(keyring)?, row.dispatch.open(keyring)?);
        Ok(Duty {
            others_coming: row.others_coming,
            others_done: row.others_done,
            conflict: row.conflict,
            takes_part: row.takes_part,
            ..Duty::alone(assignment, dispatch, row.demand.open(keyring)?)
        })
    };
    row.map(duty).transpose()
}

#[derive(FromRow)]
struct TakenRow {
    assignment_id: AssignmentId,
    created_at: DateTime<Utc>,
    version: i64,
}

/// Stores a place taken, below what its dispatch lies below; `None` when he already has one.
pub async fn take(
    tx: &mut Tx,
    taken: Assignment,
    ancestors: &Ancestors,
) -> Result<Option<Assignment>, Problem> {
    let [ancestor_1, ancestor_2, ancestor_3, ancestor_4, ancestor_5] = *ancestors;
    let row = fetch_optional!(
        tx,
        TakenRow,
        TAKE,
        taken.assignment_id,
        taken.dispatch_id,
        taken.demand_id,
        taken.county_id,
        taken.volunteer_id,
        taken.volunteer_name.as_str(),
        taken.busy.0,
        taken.busy.1,
        taken.updated_at,
        taken.come_by,
        ancestor_1,
        ancestor_2,
        ancestor_3,
        ancestor_4,
        ancestor_5,
    )?;
    Ok(row.map(|row| Assignment {
        assignment_id: row.assignment_id,
        created_at: row.created_at,
        version: row.version,
        ..taken
    }))
}

/// Stores nominations, below what their dispatch lies below.
pub async fn name(
    tx: &mut Tx,
    named: &[Assignment],
    ancestors: &Ancestors,
) -> Result<u64, Problem> {
    let [ancestor_1, ancestor_2, ancestor_3, ancestor_4, ancestor_5] = *ancestors;
    execute_rows!(tx, NAME, named, |one| [
        one.assignment_id,
        one.dispatch_id,
        one.demand_id,
        one.county_id,
        one.volunteer_id,
        one.volunteer_name.as_str(),
        one.state,
        one.busy.0,
        one.busy.1,
        one.offered_by,
        one.respond_by,
        one.created_at,
        one.updated_at,
        one.version,
        ancestor_1,
        ancestor_2,
        ancestor_3,
        ancestor_4,
        ancestor_5,
    ])
}

pub async fn save(tx: &mut Tx, assignment: Assignment) -> Result<Assignment, Problem> {
    let (id, reason) = (assignment.assignment_id, assignment.reason.as_deref());
    let reason = tx.keyring().perhaps_seal(REASON, id.0, reason)?;
    let saved = execute!(
        tx,
        SAVE,
        assignment.assignment_id,
        assignment.version,
        assignment.state,
        assignment.checked_in_at,
        assignment.check_in.map(Json),
        assignment.checked_out_at,
        assignment.check_out.map(Json),
        assignment.leave_by,
        reason,
        assignment.updated_at,
        assignment.come_by,
    )?;
    if saved != 1 {
        return Err(Problem::of(Code::ChangedMeanwhile));
    }
    Ok(Assignment { version: assignment.version + 1, ..assignment })
}

/// The assignments of a dispatch, earliest first.
pub async fn of_dispatch(
    tx: &mut Tx,
    dispatch: DispatchId,
    limit: i64,
) -> Result<Vec<Assignment>, Problem> {
    let rows = fetch_all!(tx, AssignmentRow, OF_DISPATCH, dispatch, limit)?;
    rows.into_iter().map(|row| row.open(tx.keyring())).collect()
}

/// Which assignments of a dispatch to list.
#[derive(Clone, Copy)]
pub struct OfDispatch {
    /// The dispatch.
    pub dispatch: DispatchId,
    /// Only that of this volunteer.
    pub volunteer: Option<VolunteerId>,
    /// Only this state.
    pub state: Option<AssignmentState>,
}

/// A part of the assignments of a dispatch.
pub async fn part_of_dispatch(
    tx: &mut Tx,
    of: OfDispatch,
    part: &Part,
) -> Result<Vec<Assignment>, Problem> {
    let state = of.state.map_or("", AssignmentState::as_str);
    let rows = fetch_part!(
        tx,
        AssignmentRow,
        [OF_DISPATCH_LATEST, OF_DISPATCH_EARLIEST],
        part,
        of.dispatch,
        of.volunteer,
        state
    )?;
    rows.into_iter().map(|row| row.open(tx.keyring())).collect()
}

#[derive(FromRow)]
struct ListedRow {
    #[sqlx(flatten)]
    assignment: AssignmentRow,
    #[sqlx(flatten)]
    dispatch: DispatchRow,
    #[sqlx(flatten)]
    demand: DemandRow,
}

/// What a list is bound to.
#[derive(Clone, Copy)]
pub enum Scope {
    /// An organization with everything below it: where the demands lie.
    Area(Area),
    /// The volunteer.
    Volunteer(VolunteerId),
}

impl Scope {
    const fn column(self) -> &'static str {
        match self {
            Self::Area(area) => area.column(),
            Self::Volunteer(_) => "volunteer_id",
        }
    }

    const fn id(self) -> Uuid {
        match self {
            Self::Area(area) => area.id.0,
            Self::Volunteer(id) => id.0,
        }
    }
}

/// The assignments of a scope with what they are on, or those of them in one state.
pub async fn list(
    tx: &mut Tx,
    scope: Scope,
    state: Option<AssignmentState>,
    part: &Part,
) -> Result<Vec<Duty>, Problem> {
    let (column, id) = (scope.column(), scope.id());
    let rows = match state {
        None => fetch_part!(tx, ListedRow, [LATEST, EARLIEST], choosing column, part, id),
        Some(state) => fetch_part!(
            tx,
            ListedRow,
            [LATEST_IN_STATE, EARLIEST_IN_STATE],
            choosing column,
            part,
            id,
            state
        ),
    }?;
    let duty = |row: ListedRow| {
        let keyring = tx.keyring();
        let (assignment, dispatch) = (row.assignment.open(keyring)?, row.dispatch.open(keyring)?);
        Ok(Duty::alone(assignment, dispatch, row.demand.open(keyring)?))
    };
    rows.into_iter().map(duty).collect()
}

/// Whether this volunteer has done his part on a dispatch.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn has_served(
    tx: &mut Tx,
    dispatch: DispatchId,
    volunteer: VolunteerId,
) -> Result<bool, Problem> {
    Ok(fetch_optional!(tx, (i64,), SERVED, dispatch, volunteer)?.is_some())
}

/// Sends home whoever is not on the spot yet.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn release(
    tx: &mut Tx,
    dispatch: DispatchId,
    now: DateTime<Utc>,
) -> Result<u64, Problem> {
    execute!(tx, RELEASE, dispatch, now)
}

/// Gives whoever is named on a dispatch until `respond_by`, and whoever has accepted until
/// `come_by`.
pub async fn postpone(
    tx: &mut Tx,
    dispatch: DispatchId,
    respond_by: DateTime<Utc>,
    come_by: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    execute!(tx, POSTPONE, dispatch, respond_by, come_by, now)?;
    Ok(())
}

/// Nominations that were not answered in time, with their demands.
pub async fn unanswered(
    tx: &mut Tx,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<(Assignment, Demand)>, Problem> {
    let rows = fetch_all!(tx, ListedRow, UNANSWERED, now, limit)?;
    let asked =
        |row: ListedRow| Ok((row.assignment.open(tx.keyring())?, row.demand.open(tx.keyring())?));
    rows.into_iter().map(asked).collect()
}

/// Lapses those of these nominations that still wait for an answer; gives them.
pub async fn lapse(
    tx: &mut Tx,
    nominations: &[AssignmentId],
    now: DateTime<Utc>,
) -> Result<Vec<AssignmentId>, Problem> {
    let rows = fetch_listed!(tx, (AssignmentId,), LAPSE, [nominations], now)?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Those who have not checked out by midnight.
pub async fn forgotten(
    tx: &mut Tx,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<AssignmentId>, Problem> {
    let rows = fetch_all!(tx, (AssignmentId,), FORGOTTEN, now, limit)?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Those who have accepted and have not come while they were waited for.
pub async fn absent(
    tx: &mut Tx,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<AssignmentId>, Problem> {
    let rows = fetch_all!(tx, (AssignmentId,), ABSENT, now, limit)?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// An active member of a team who may be named.
#[derive(FromRow)]
pub struct Nominee {
    /// The volunteer.
    pub volunteer_id: VolunteerId,
    /// His name.
    pub name: String,
    /// Whether he is promised elsewhere in that time.
    pub conflict: bool,
}

/// Which of these volunteers are active members of the team that a dispatch is for.
pub async fn members(
    tx: &mut Tx,
    dispatch: &Dispatch,
    volunteers: &[VolunteerId],
    (from, until): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<Nominee>, Problem> {
    let (team, id) = (dispatch.organization_id, dispatch.dispatch_id);
    fetch_listed!(tx, Nominee, MEMBERS, [volunteers], team, id, from, until)
}
