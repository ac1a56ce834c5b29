//! The SQL of dispatches.

pub mod erasing;
pub mod lists;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

use crate::demands::{Demand, DemandRow, busy_from, busy_until, demand_columns, usual_busy};
use crate::dispatches::assignments::AssignmentState;
use crate::dispatches::candidates::{Grounds, Standing};
use crate::dispatches::domain::{Dispatch, DispatchState, Kind};
use crate::ids::{AccountId, DemandId, DispatchId, OrganizationId, VolunteerId};
use crate::organizations::{Ancestors, SkillSet};
use crate::platform::db::Tx;
use crate::platform::db::statements::{
    execute, fetch_all, fetch_listed, fetch_optional, statements,
};
use crate::platform::vault::{Field, Keyring, Sealed};
use crate::problem::{Code, Problem};

/// Why it stands where it stands, in somebody's words.
const REASON: Field = Field::of("dispatches", "reason");

fn sealed_reason(
    keyring: &Keyring,
    id: DispatchId,
    reason: Option<&str>,
) -> Result<Option<Sealed>, Problem> {
    keyring.perhaps_seal(REASON, id.0, reason)
}

/// What every reading of a dispatch reads, under names that a demand's do not have.
macro_rules! dispatch_columns {
    ($of:literal) => {
        concat!(
            $of,
            ".dispatch_id AS x_dispatch_id, ",
            $of,
            ".demand_id AS x_demand_id, ",
            $of,
            ".county_id AS x_county_id, ",
            $of,
            ".organization_id AS x_organization_id, ",
            $of,
            ".kind AS x_kind, ",
            $of,
            ".state AS x_state, ",
            $of,
            ".places AS x_places, ",
            $of,
            ".taken AS x_taken, ",
            $of,
            ".offered_by AS x_offered_by, ",
            $of,
            ".round AS x_round, ",
            $of,
            ".distance_meters AS x_distance_meters, ",
            $of,
            ".grounds AS x_grounds, ",
            $of,
            ".respond_by AS x_respond_by, ",
            $of,
            ".reason AS x_reason, ",
            $of,
            ".created_at AS x_created_at, ",
            $of,
            ".updated_at AS x_updated_at, ",
            $of,
            ".version AS x_version",
        )
    };
}
pub(crate) use dispatch_columns;

/// What the person who asks is to a dispatch as a volunteer.
macro_rules! own_columns {
    () => {
        "v.name AS own_name, v.status = 'active' AS own_active, v.skills AS own_skills, v.county_id AS own_county, \
         m.role AS own_role, a.state AS own_state"
    };
}
use own_columns;

/// Where that is read, of the volunteer `$who`; nothing is found for who is none.
macro_rules! own_joins {
    ($who:literal) => {
        concat!(
            " LEFT JOIN volunteers v ON v.volunteer_id = ",
            $who,
            " LEFT JOIN memberships m ON m.team_id = x.organization_id AND m.volunteer_id = ",
            $who,
            " AND m.left_at IS NULL LEFT JOIN assignments a ON a.dispatch_id = x.dispatch_id AND a.volunteer_id = ",
            $who,
            " "
        )
    };
}
use own_joins;

/// What a team has accepted besides for the wanted time, `$3` to `$4`, half open.
macro_rules! promised {
    () => {
        "FROM dispatches y JOIN demands e ON e.demand_id = y.demand_id \
         WHERE y.organization_id = t.owner_id AND y.kind = 'offer' AND y.state = 'accepted' AND y.demand_id <> $1 \
           AND e.wanted_until > $3 AND e.wanted_from < $4"
    };
}

statements! {
    /// What lies above it is what lay above its demand.
    INSERT = "INSERT INTO dispatches (dispatch_id, demand_id, county_id, organization_id, kind, state, places, taken, offered_by, round,
                     distance_meters, grounds, respond_by, reason, created_at, updated_at, version,
                     ancestor_1, ancestor_2, ancestor_3, ancestor_4, ancestor_5)
              SELECT $1, d.demand_id, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
                     d.ancestor_1, d.ancestor_2, d.ancestor_3, d.ancestor_4, d.ancestor_5
                FROM demands d WHERE d.demand_id = $2";
    SAVE = "UPDATE dispatches SET state = $3, taken = $4, respond_by = $5, reason = $6, updated_at = $7, version = version + 1
             WHERE dispatch_id = $1 AND version = $2";
    END = "UPDATE dispatches SET state = $2, reason = $3, updated_at = $4, version = version + 1
            WHERE dispatch_id = $1 AND state IN ('offered', 'accepted') RETURNING organization_id, kind";
    /// A dispatch with its demand, and what the person who asks is to it.
    FIND = concat!("SELECT ", dispatch_columns!("x"), ", ", demand_columns!("d"), ", x.ancestor_1, x.ancestor_2, x.ancestor_3, x.ancestor_4,
                   x.ancestor_5, ", own_columns!(), ",
                   EXISTS (SELECT 1 FROM assignments o WHERE o.volunteer_id = $2 AND o.state IN ('accepted', 'on_site')
                              AND o.dispatch_id <> x.dispatch_id
                              AND o.busy_until > ", busy_from!("d", "$3"), " AND o.busy_from < ", busy_until!("d", "$3", "$4"), ") AS own_conflict
              FROM dispatches x JOIN demands d ON d.demand_id = x.demand_id", own_joins!("$2"), "WHERE x.dispatch_id = $1");
    OFFERED_UNTIL = "SELECT respond_by FROM dispatches WHERE dispatch_id = $1 AND state = 'offered'";
    POSTPONE = "UPDATE dispatches SET respond_by = $2, updated_at = $3, version = version + 1 WHERE dispatch_id = $1 AND state = 'offered'";
    /// While the clocks of its demand stand still, an offer does not run out.
    OVERDUE = "SELECT x.dispatch_id FROM dispatches x JOIN demands d ON d.demand_id = x.demand_id
                WHERE x.state = 'offered' AND x.respond_by <= $1 AND d.paused_at IS NULL ORDER BY x.respond_by LIMIT $2";
    /// Who was asked is looked up by the demand, which has few dispatches, once: by the
    /// team, which SQLite might choose, it would be looked up in all that the team ever had.
    /// With the places that each team has promised at the wanted time; its people are counted
    /// only where it has.
    STANDINGS = concat!("SELECT t.owner_id, t.open_dispatches, t.last_asked_at,
                        t.owner_id IN (SELECT x.organization_id FROM dispatches x WHERE x.demand_id = $1 AND x.round = $2) AS asked,
                        (SELECT CAST(COALESCE(SUM(y.places), 0) AS BIGINT) ", promised!(), ") AS promised,
                        CASE WHEN EXISTS (SELECT 1 ", promised!(), ")
                             THEN (SELECT CAST(COUNT(*) AS BIGINT) FROM memberships m JOIN volunteers v ON v.volunteer_id = m.volunteer_id
                                    WHERE m.team_id = t.owner_id AND m.left_at IS NULL AND v.status = 'active') END AS members
                   FROM tallies t WHERE t.owner_id IN ({list})");
}

/// A dispatch as it is read; assignments join it to what is theirs.
#[derive(FromRow)]
#[expect(
    clippy::struct_field_names,
    reason = "the prefix keeps them apart from the columns of a demand"
)]
pub struct DispatchRow {
    x_dispatch_id: DispatchId,
    x_demand_id: DemandId,
    x_county_id: OrganizationId,
    x_organization_id: OrganizationId,
    x_kind: Kind,
    x_state: DispatchState,
    x_places: i64,
    x_taken: i64,
    x_offered_by: Option<AccountId>,
    x_round: i64,
    x_distance_meters: Option<i64>,
    x_grounds: Json<Grounds>,
    x_respond_by: DateTime<Utc>,
    x_reason: Option<Sealed>,
    x_created_at: DateTime<Utc>,
    x_updated_at: DateTime<Utc>,
    x_version: i64,
}

impl DispatchRow {
    /// The dispatch, with what is sealed of it opened.
    ///
    /// # Errors
    /// `internal` when it does not open.
    pub fn open(self, keyring: &Keyring) -> Result<Dispatch, Problem> {
        let row = self;
        Ok(Dispatch {
            dispatch_id: row.x_dispatch_id,
            demand_id: row.x_demand_id,
            county_id: row.x_county_id,
            organization_id: row.x_organization_id,
            kind: row.x_kind,
            state: row.x_state,
            places: row.x_places,
            taken: row.x_taken,
            offered_by: row.x_offered_by,
            round: row.x_round,
            distance_meters: row.x_distance_meters,
            grounds: row.x_grounds.0,
            respond_by: row.x_respond_by,
            reason: keyring.perhaps_open(REASON, row.x_dispatch_id.0, row.x_reason.as_ref())?,
            created_at: row.x_created_at,
            updated_at: row.x_updated_at,
            version: row.x_version,
        })
    }
}

/// What the person who asks is to a dispatch, as it is read.
#[derive(FromRow)]
#[expect(clippy::struct_field_names, reason = "the prefix keeps them apart from other columns")]
struct OwnRow {
    own_name: Option<String>,
    own_active: Option<bool>,
    own_skills: Option<SkillSet>,
    own_county: Option<OrganizationId>,
    own_role: Option<String>,
    own_state: Option<AssignmentState>,
}

#[derive(FromRow)]
struct OfferRow {
    #[sqlx(flatten)]
    listed: ListedRow,
    ancestor_1: Option<OrganizationId>,
    ancestor_2: Option<OrganizationId>,
    ancestor_3: Option<OrganizationId>,
    ancestor_4: Option<OrganizationId>,
    ancestor_5: Option<OrganizationId>,
    own_conflict: bool,
}

/// A dispatch, its demand, and what the person who asks is to it as a volunteer.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The dispatch.
    pub dispatch: Dispatch,
    /// The demand.
    pub demand: Demand,
    /// What lies above it, for whoever is assigned to it; not read by lists.
    pub ancestors: Ancestors,
    /// His name, if he is an active volunteer.
    pub own_name: Option<String>,
    /// His skills.
    pub own_skills: SkillSet,
    /// His county.
    pub own_county: Option<OrganizationId>,
    /// Whether he is a member of the team.
    pub is_member: bool,
    /// Where his own assignment on it stands.
    pub own_state: Option<AssignmentState>,
    /// Whether he is promised elsewhere in that time; not read by lists.
    pub own_conflict: bool,
}

impl Offer {
    /// A dispatch as lists read it.
    fn listed(dispatch: Dispatch, demand: Demand, own: OwnRow) -> Self {
        Self {
            dispatch,
            demand,
            ancestors: Ancestors::default(),
            own_name: own.own_name.filter(|_| own.own_active == Some(true)),
            own_skills: own.own_skills.unwrap_or_default(),
            own_county: own.own_county,
            is_member: own.own_role.is_some(),
            own_state: own.own_state,
            own_conflict: false,
        }
    }
}

/// Stores a new dispatch.
pub async fn insert(tx: &mut Tx, dispatch: &Dispatch) -> Result<(), Problem> {
    let reason = sealed_reason(tx.keyring(), dispatch.dispatch_id, dispatch.reason.as_deref())?;
    execute!(
        tx,
        INSERT,
        dispatch.dispatch_id,
        dispatch.demand_id,
        dispatch.county_id,
        dispatch.organization_id,
        dispatch.kind,
        dispatch.state,
        dispatch.places,
        dispatch.taken,
        dispatch.offered_by,
        dispatch.round,
        dispatch.distance_meters,
        Json(&dispatch.grounds),
        dispatch.respond_by,
        reason,
        dispatch.created_at,
        dispatch.updated_at,
        dispatch.version,
    )?;
    Ok(())
}

/// Stores a changed dispatch over the version it was read at.
pub async fn save(tx: &mut Tx, dispatch: Dispatch) -> Result<Dispatch, Problem> {
    let reason = sealed_reason(tx.keyring(), dispatch.dispatch_id, dispatch.reason.as_deref())?;
    let saved = execute!(
        tx,
        SAVE,
        dispatch.dispatch_id,
        dispatch.version,
        dispatch.state,
        dispatch.taken,
        dispatch.respond_by,
        reason,
        dispatch.updated_at,
    )?;
    if saved != 1 {
        return Err(Problem::of(Code::ChangedMeanwhile));
    }
    Ok(Dispatch { version: dispatch.version + 1, ..dispatch })
}

/// Ends a dispatch that is still running; gives whose it was.
pub async fn end(
    tx: &mut Tx,
    id: DispatchId,
    state: DispatchState,
    reason: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Option<(OrganizationId, Kind)>, Problem> {
    let reason = sealed_reason(tx.keyring(), id, reason)?;
    fetch_optional!(tx, (OrganizationId, Kind), END, id, state, reason, now)
}

/// What a dispatch is found by: its id, who asks, and when.
#[derive(Clone, Copy, Debug)]
pub struct OfferId {
    /// The dispatch.
    pub dispatch: DispatchId,
    /// The volunteer who asks, if he is one.
    pub volunteer: Option<VolunteerId>,
    /// When he asks: what he would be busy with then may stand against what he promised.
    pub at: DateTime<Utc>,
}

pub async fn find(tx: &mut Tx, id: OfferId) -> Result<Option<Offer>, Problem> {
    let (busy_from, busy_until) = usual_busy(id.at);
    let row =
        fetch_optional!(tx, OfferRow, FIND, id.dispatch, id.volunteer, busy_from, busy_until)?;
    let offer = |row: OfferRow| {
        Ok(Offer {
            ancestors: [
                row.ancestor_1,
                row.ancestor_2,
                row.ancestor_3,
                row.ancestor_4,
                row.ancestor_5,
            ],
            own_conflict: row.own_conflict,
            ..row.listed.open(tx.keyring())?
        })
    };
    row.map(offer).transpose()
}

#[derive(FromRow)]
struct ListedRow {
    #[sqlx(flatten)]
    dispatch: DispatchRow,
    #[sqlx(flatten)]
    demand: DemandRow,
    #[sqlx(flatten)]
    own: OwnRow,
}

impl ListedRow {
    fn open(self, keyring: &Keyring) -> Result<Offer, Problem> {
        Ok(Offer::listed(self.dispatch.open(keyring)?, self.demand.open(keyring)?, self.own))
    }
}

/// Until when an offer that stands is to be answered.
pub async fn offered_until(tx: &mut Tx, id: DispatchId) -> Result<Option<DateTime<Utc>>, Problem> {
    Ok(fetch_optional!(tx, (DateTime<Utc>,), OFFERED_UNTIL, id)?.map(|(until,)| until))
}

/// Gives an offer that stands until `respond_by`.
pub async fn postpone(
    tx: &mut Tx,
    id: DispatchId,
    respond_by: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    execute!(tx, POSTPONE, id, respond_by, now)?;
    Ok(())
}

/// The offers whose time is over, the longest first.
pub async fn overdue(
    tx: &mut Tx,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<DispatchId>, Problem> {
    let rows = fetch_all!(tx, (DispatchId,), OVERDUE, now, limit)?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

#[derive(FromRow)]
struct StandingRow {
    owner_id: Uuid,
    open_dispatches: i64,
    last_asked_at: Option<DateTime<Utc>>,
    asked: bool,
    promised: i64,
    members: Option<i64>,
}

/// What is known of these teams besides what they say of themselves.
pub async fn standings(
    tx: &mut Tx,
    demand: &Demand,
    teams: &[OrganizationId],
) -> Result<HashMap<OrganizationId, Standing>, Problem> {
    let rows = fetch_listed!(
        tx,
        StandingRow,
        STANDINGS,
        [teams],
        demand.demand_id,
        demand.rounds,
        demand.wanted.map(|(from, _)| from),
        demand.wanted.map(|(_, until)| until)
    )?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let standing = Standing {
                open: row.open_dispatches,
                last_asked_at: row.last_asked_at,
                asked: row.asked,
                promised: row.promised,
                members: row.members,
            };
            (OrganizationId(row.owner_id), standing)
        })
        .collect())
}
