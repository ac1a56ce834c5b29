//! The SQL of the lists of dispatches.

use sqlx::FromRow;

use super::{DispatchRow, ListedRow, Offer, OwnRow, dispatch_columns, own_columns, own_joins};
use crate::demands::{Demand, demand_columns};
use crate::dispatches::domain::{DispatchState, Kind};
use crate::ids::{OrganizationId, VolunteerId};
use crate::organizations::Area;
use crate::platform::db::Tx;
use crate::platform::db::range::{Part, earliest_first, fetch_part, latest_first};
use crate::platform::db::statements::{fetch_all, statements};
use crate::problem::Problem;

/// What a list reads: dispatches, their demands, and what the volunteer `$who` is to them.
macro_rules! listed {
    ($who:literal) => {
        concat!(
            "SELECT ",
            dispatch_columns!("x"),
            ", ",
            demand_columns!("d"),
            ", ",
            own_columns!(),
            " FROM dispatches x JOIN demands d ON d.demand_id = x.demand_id",
            own_joins!($who)
        )
    };
}

/// What a demand's list reads; the demand is at hand.
macro_rules! of_demand {
    () => {
        concat!(
            "SELECT ",
            dispatch_columns!("x"),
            ", ",
            own_columns!(),
            " FROM dispatches x",
            own_joins!("$7"),
            "WHERE x.demand_id = $1 AND ($6 = '' OR x.state = $6)"
        )
    };
}

/// What the volunteer `$1` may accept or take a place on: the running dispatches of his
/// teams and the running calls of his county that want no skill but his, of one kind or
/// any (`$2`). His skills are bits, under their national codes but for 99, which is bit 24.
/// Where he has a place already, only who leads still has something to do.
macro_rules! open_to {
    () => {
        concat!(
            listed!("$1"),
            "WHERE x.dispatch_id IN (\
                SELECT t.dispatch_id FROM memberships s JOIN volunteers w ON w.volunteer_id = s.volunteer_id \
                  JOIN dispatches t ON t.organization_id = s.team_id \
                 WHERE s.volunteer_id = $1 AND s.left_at IS NULL AND w.status = 'active' \
                   AND t.kind = 'offer' AND t.state IN ('offered', 'accepted') AND t.taken < t.places \
                UNION ALL \
                SELECT c.dispatch_id FROM volunteers w JOIN dispatches c ON c.county_id = w.county_id \
                  JOIN demands n ON n.demand_id = c.demand_id \
                 WHERE w.volunteer_id = $1 AND w.status = 'active' \
                   AND c.kind = 'call' AND c.state IN ('offered', 'accepted') AND c.taken < c.places \
                   AND (n.skill IS NULL \
                        OR ((w.skills >> CASE n.skill WHEN '99' THEN 24 ELSE CAST(n.skill AS INTEGER) END) & 1) = 1)) \
             AND ($2 = '' OR x.kind = $2) AND d.state IN ('dispatched', 'accepted', 'in_service') \
             AND (a.state IS NULL OR a.state NOT IN ('accepted', 'on_site', 'done') OR m.role = 'leader')"
        )
    };
}

/// The column that a list is bound to: one of the areas, or the responder.
macro_rules! scope {
    () => {
        "x.{choice:ancestor_1|ancestor_2|ancestor_3|ancestor_4|ancestor_5|organization_id}"
    };
}

statements! {
    OF_DEMAND_LATEST = concat!(of_demand!(), latest_first!("x.created_at", "x.dispatch_id"));
    OF_DEMAND_EARLIEST = concat!(of_demand!(), earliest_first!("x.created_at", "x.dispatch_id"));
    LATEST = concat!(listed!("$6"), "WHERE ", scope!(), " = $1", latest_first!("x.created_at", "x.dispatch_id"));
    EARLIEST = concat!(listed!("$6"), "WHERE ", scope!(), " = $1", earliest_first!("x.created_at", "x.dispatch_id"));
    LATEST_IN_STATE = concat!(listed!("$7"), "WHERE ", scope!(), " = $1", latest_first!(of "x.state", "x.created_at", "x.dispatch_id"));
    EARLIEST_IN_STATE = concat!(listed!("$7"), "WHERE ", scope!(), " = $1", earliest_first!(of "x.state", "x.created_at", "x.dispatch_id"));
    /// Not one range of one index, but one of each of his teams and one of his county, each as
    /// long as there is open work; they are few enough to be sorted.
    OPEN_LATEST = concat!(open_to!(), " AND (x.created_at, x.dispatch_id) < ($3, $4) AND x.created_at >= $5
                          ORDER BY x.created_at DESC, x.dispatch_id DESC LIMIT $6");
    OPEN_EARLIEST = concat!(open_to!(), " AND (x.created_at, x.dispatch_id) > ($3, $4) AND x.created_at < $5
                            ORDER BY x.created_at, x.dispatch_id LIMIT $6");
}

#[derive(FromRow)]
struct OfDemandRow {
    #[sqlx(flatten)]
    dispatch: DispatchRow,
    #[sqlx(flatten)]
    own: OwnRow,
}

/// The dispatches of a demand, or those of them in one state, as this volunteer finds them.
pub async fn of_demand(
    tx: &mut Tx,
    demand: &Demand,
    volunteer: Option<VolunteerId>,
    state: Option<DispatchState>,
    part: &Part,
) -> Result<Vec<Offer>, Problem> {
    let (id, state) = (demand.demand_id, state.map_or("", DispatchState::as_str));
    let rows = fetch_part!(
        tx,
        OfDemandRow,
        [OF_DEMAND_LATEST, OF_DEMAND_EARLIEST],
        part,
        id,
        state,
        volunteer
    )?;
    let offer = |row: OfDemandRow| {
        let dispatch = row.dispatch.open(tx.keyring())?;
        Ok(Offer::listed(dispatch, demand.clone(), row.own))
    };
    rows.into_iter().map(offer).collect()
}

/// What a list is bound to.
#[derive(Clone, Copy)]
pub enum Scope {
    /// An organization with everything below it: where the demands lie.
    Area(Area),
    /// The team, or the organization that publishes the calls.
    Organization(OrganizationId),
}

impl Scope {
    const fn column(self) -> &'static str {
        match self {
            Self::Area(area) => area.column(),
            Self::Organization(_) => "organization_id",
        }
    }

    const fn id(self) -> OrganizationId {
        match self {
            Self::Area(area) => area.id,
            Self::Organization(id) => id,
        }
    }
}

/// The dispatches of a scope with their demands, or those of them in one state, as this
/// volunteer finds them.
pub async fn list(
    tx: &mut Tx,
    scope: Scope,
    volunteer: Option<VolunteerId>,
    state: Option<DispatchState>,
    part: &Part,
) -> Result<Vec<Offer>, Problem> {
    let (column, id) = (scope.column(), scope.id());
    let rows = match state {
        None => {
            fetch_part!(tx, ListedRow, [LATEST, EARLIEST], choosing column, part, id, volunteer)
        }
        Some(state) => fetch_part!(
            tx,
            ListedRow,
            [LATEST_IN_STATE, EARLIEST_IN_STATE],
            choosing column,
            part,
            id,
            state,
            volunteer
        ),
    }?;
    rows.into_iter().map(|row| row.open(tx.keyring())).collect()
}

/// What this volunteer may accept or take a place on.
pub async fn open_to(
    tx: &mut Tx,
    volunteer: VolunteerId,
    kind: Option<Kind>,
    part: &Part,
) -> Result<Vec<Offer>, Problem> {
    let kind = kind.map_or("", Kind::as_str);
    let ((at, id), bound, limit) = (part.after, part.bound, part.limit);
    let rows = if part.latest_first {
        fetch_all!(tx, ListedRow, OPEN_LATEST, volunteer, kind, at, id, bound, limit)
    } else {
        fetch_all!(tx, ListedRow, OPEN_EARLIEST, volunteer, kind, at, id, bound, limit)
    }?;
    rows.into_iter().map(|row| row.open(tx.keyring())).collect()
}
