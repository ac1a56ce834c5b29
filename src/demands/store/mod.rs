//! The SQL of demands.

pub mod erasing;
mod private;
pub mod timeline;

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

use self::private::{Private, PrivateRow, caller_index, index_of_caller, sealed_reason};
use super::domain::{
    Channel, Closing, Demand, NOT_STORED, Relation, State, UnfilledReason, Urgency, Waits,
    age_of_recipient,
};
use crate::access::births;
use crate::ids::{
    AccountId, CatalogItemId, DemandId, DispatchId, OrganizationId, PrivacyNoticeId, RuleId,
};
use crate::organizations::{Area, Skill};
use crate::platform::db::Tx;
use crate::platform::db::range::{Part, earliest_first, fetch_part, latest_first};
use crate::platform::db::statements::{execute, fetch_all, fetch_optional, statements};
use crate::platform::values::Phone;
use crate::platform::vault::{Keyring, Sealed};
use crate::problem::{Code, Problem};

/// What every reading of a demand reads, of the table or alias `$of`.
macro_rules! demand_columns {
    ($of:literal) => {
        concat!(
            $of,
            ".demand_id, ",
            $of,
            ".number, ",
            $of,
            ".county_id, ",
            $of,
            ".area_id, ",
            $of,
            ".responsible_id, ",
            $of,
            ".escalations, ",
            $of,
            ".state, ",
            $of,
            ".channel, ",
            $of,
            ".requester_id, ",
            $of,
            ".placed_by, ",
            $of,
            ".relation, ",
            $of,
            ".recipient_name, ",
            $of,
            ".recipient_phone, ",
            $of,
            ".recipient_age, ",
            $of,
            ".catalog_item_id, ",
            $of,
            ".content, ",
            $of,
            ".skill, ",
            $of,
            ".people, ",
            $of,
            ".urgency, ",
            $of,
            ".risk, ",
            $of,
            ".address, ",
            $of,
            ".place, ",
            $of,
            ".wanted_from, ",
            $of,
            ".wanted_until, ",
            $of,
            ".automatic, ",
            $of,
            ".rule_id, ",
            $of,
            ".respond_by, ",
            $of,
            ".handle_by, ",
            $of,
            ".evaluate_by, ",
            $of,
            ".retry_at, ",
            $of,
            ".overdue, ",
            $of,
            ".paused_at, ",
            $of,
            ".dispatch_id, ",
            $of,
            ".team_id, ",
            $of,
            ".closing, ",
            $of,
            ".reason, ",
            $of,
            ".unfilled_reasons, ",
            $of,
            ".rounds, ",
            $of,
            ".placed_at, ",
            $of,
            ".updated_at, ",
            $of,
            ".erased_at, ",
            $of,
            ".version, ",
            $of,
            ".privacy_notice_due_id, ",
            $crate::access::births::born_of!($of, ".requester_id"),
            " AS requester_born",
        )
    };
}
pub(crate) use demand_columns;

/// From when somebody is promised who takes the demand `$of` now: [`Demand::busy`] in SQL.
/// `$from` and `$until` are the binds of [`usual_busy`](super::domain::usual_busy).
macro_rules! busy_from {
    ($of:literal, $from:literal) => {
        concat!(
            "CASE WHEN ",
            $of,
            ".wanted_until > ",
            $from,
            " THEN ",
            $of,
            ".wanted_from ELSE ",
            $from,
            " END"
        )
    };
}

/// Until when he is: see [`busy_from!`].
macro_rules! busy_until {
    ($of:literal, $from:literal, $until:literal) => {
        concat!(
            "CASE WHEN ",
            $of,
            ".wanted_until > ",
            $from,
            " THEN ",
            $of,
            ".wanted_until ELSE ",
            $until,
            " END"
        )
    };
}
pub(crate) use {busy_from, busy_until};

/// The column that a list is bound to: one of the areas, the organization whose
/// turn it is, or the person who ordered.
macro_rules! scope {
    () => {
        "{choice:ancestor_1|ancestor_2|ancestor_3|ancestor_4|ancestor_5|responsible_id|requester_id}"
    };
}

statements! {
    /// Unless the last order that the day allows to the person who orders is there already:
    /// what was placed on other days is not looked at.
    INSERT = "INSERT INTO demands (demand_id, number, county_id, ancestor_1, ancestor_2, ancestor_3, ancestor_4, ancestor_5, area_id,
                     responsible_id, escalations, state, channel, requester_id, placed_by, relation, recipient_name, recipient_phone,
                     catalog_item_id, content, skill, people, urgency, risk, address, place, caller_index, wanted_from, wanted_until, automatic,
                     rule_id, respond_by, handle_by, evaluate_by, retry_at, overdue, due_at, due_kind, paused_at, dispatch_id, team_id,
                     closing, rounds, placed_at, updated_at, version, desk_at, reason, unfilled_reasons, recipient_age,
                     privacy_notice_due_id)
              SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25,
                     $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44, $45, $46, $47, $48, $49, $50, $51
               WHERE (SELECT 1 FROM demands WHERE requester_id = $14 AND placed_at >= $52 LIMIT 1 OFFSET $53) IS NULL";
    FIND = concat!("SELECT ", demand_columns!("demands"), " FROM demands WHERE demand_id = $1");
    SAVE = "UPDATE demands SET state = $3, responsible_id = $4, escalations = $5, rule_id = $6, respond_by = $7, handle_by = $8,
                   evaluate_by = $9, retry_at = $10, overdue = $11, due_at = $12, due_kind = $13, paused_at = $14, dispatch_id = $15,
                   team_id = $16, closing = $17, rounds = $18, updated_at = $19, wanted_from = $20, wanted_until = $21, reason = $22,
                   unfilled_reasons = $23, desk_at = $24, caller_index = $25, version = version + 1
             WHERE demand_id = $1 AND version = $2";
    LATEST = concat!("SELECT ", demand_columns!("demands"), " FROM demands WHERE ", scope!(), " = $1", latest_first!("placed_at", "demand_id"));
    EARLIEST = concat!("SELECT ", demand_columns!("demands"), " FROM demands WHERE ", scope!(), " = $1", earliest_first!("placed_at", "demand_id"));
    LATEST_IN_STATE = concat!("SELECT ", demand_columns!("demands"), " FROM demands WHERE ", scope!(), " = $1",
                              latest_first!(of "state", "placed_at", "demand_id"));
    EARLIEST_IN_STATE = concat!("SELECT ", demand_columns!("demands"), " FROM demands WHERE ", scope!(), " = $1",
                                earliest_first!(of "state", "placed_at", "demand_id"));
    /// The open orders that a clerk took down for a caller with this phone, and that are nobody's yet.
    HAND_OVER = concat!("UPDATE demands SET requester_id = $2, caller_index = NULL, updated_at = $3, version = version + 1 WHERE demand_id IN
                         (SELECT demand_id FROM demands WHERE caller_index = $1
                             AND state NOT IN ('refused', 'closed', 'cancelled', 'transferred') ORDER BY placed_at LIMIT $4)
                         RETURNING ", demand_columns!("demands"));
    DUE = "SELECT demand_id FROM demands WHERE due_at IS NOT NULL AND due_at <= $1 ORDER BY due_at LIMIT $2";
}

/// A demand as it is read; other nouns join it to what is theirs.
#[derive(FromRow)]
pub struct DemandRow {
    demand_id: DemandId,
    number: String,
    county_id: OrganizationId,
    area_id: OrganizationId,
    responsible_id: OrganizationId,
    escalations: i64,
    state: State,
    channel: Channel,
    requester_id: Option<AccountId>,
    placed_by: AccountId,
    relation: String,
    #[sqlx(flatten)]
    private: PrivateRow,
    catalog_item_id: Option<CatalogItemId>,
    skill: Option<String>,
    people: i64,
    urgency: Urgency,
    wanted_from: Option<DateTime<Utc>>,
    wanted_until: Option<DateTime<Utc>>,
    automatic: bool,
    rule_id: Option<RuleId>,
    respond_by: Option<DateTime<Utc>>,
    handle_by: Option<DateTime<Utc>>,
    evaluate_by: Option<DateTime<Utc>>,
    retry_at: Option<DateTime<Utc>>,
    overdue: bool,
    paused_at: Option<DateTime<Utc>>,
    dispatch_id: Option<DispatchId>,
    team_id: Option<OrganizationId>,
    closing: Option<String>,
    unfilled_reasons: Option<Json<Vec<UnfilledReason>>>,
    rounds: i64,
    placed_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    erased_at: Option<DateTime<Utc>>,
    version: i64,
    privacy_notice_due_id: Option<PrivacyNoticeId>,
    requester_born: Option<Sealed>,
}

impl DemandRow {
    /// The demand, with what is sealed of it opened.
    ///
    /// # Errors
    /// `internal` when something of it does not open.
    pub fn open(self, keyring: &Keyring) -> Result<Demand, Problem> {
        let row = self;
        let private = row.private.open(keyring, row.demand_id)?;
        let Private { recipient_name, recipient_phone, recipient_age, .. } = private;
        let Private { content, risk, address, place, reason, .. } = private;
        let born = row.requester_id.zip(row.requester_born.as_ref());
        let born = born.map(|(account, born)| births::open(keyring, account, born)).transpose()?;
        let relation = Relation::parse(&row.relation);
        Ok(Demand {
            demand_id: row.demand_id,
            number: row.number,
            county_id: row.county_id,
            // Written once for the lists; nothing that is read back needs them.
            ancestors: Vec::new(),
            area_id: row.area_id,
            responsible_id: row.responsible_id,
            escalations: row.escalations,
            state: row.state,
            channel: row.channel,
            requester_id: row.requester_id,
            placed_by: row.placed_by,
            // What is stored was allowed.
            allowance: None,
            relation,
            recipient_name,
            recipient_phone,
            recipient_age: age_of_recipient(relation, born, row.placed_at, recipient_age),
            catalog_item_id: row.catalog_item_id,
            content,
            skill: row.skill.as_deref().and_then(Skill::parse),
            people: row.people,
            urgency: row.urgency,
            risk,
            address,
            place,
            wanted: row.wanted_from.zip(row.wanted_until),
            automatic: row.automatic,
            rule_id: row.rule_id,
            waits: Waits {
                respond_by: row.respond_by,
                handle_by: row.handle_by,
                evaluate_by: row.evaluate_by,
                retry_at: row.retry_at,
                paused_at: row.paused_at,
                overdue: row.overdue,
            },
            dispatch_id: row.dispatch_id,
            team_id: row.team_id,
            closing: row.closing.as_deref().and_then(Closing::parse),
            reason,
            unfilled_reasons: row.unfilled_reasons.map(|reasons| reasons.0).unwrap_or_default(),
            rounds: row.rounds,
            placed_at: row.placed_at,
            updated_at: row.updated_at,
            erased_at: row.erased_at,
            version: row.version,
            privacy_notice_due_id: row.privacy_notice_due_id,
        })
    }
}

/// These demands, opened.
fn opened(tx: &Tx, rows: Vec<DemandRow>) -> Result<Vec<Demand>, Problem> {
    rows.into_iter().map(|row| row.open(tx.keyring())).collect()
}

/// The demand of this id.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn find(tx: &mut Tx, id: DemandId) -> Result<Option<Demand>, Problem> {
    let row = fetch_optional!(tx, DemandRow, FIND, id)?;
    row.map(|row| row.open(tx.keyring())).transpose()
}

/// Stores a new demand, or a changed one over the version it was read at; gives it with
/// the version that it is stored at.
///
/// # Errors
/// `changed_meanwhile` when somebody was faster, `too_many_orders` when the person who
/// orders has ordered enough today.
pub async fn save(tx: &mut Tx, demand: Demand) -> Result<Demand, Problem> {
    if demand.version == NOT_STORED {
        insert(tx, &demand).await?;
    } else {
        update(tx, &demand).await?;
    }
    Ok(Demand { version: demand.version + 1, ..demand })
}

/// More orders than anybody has in one day.
const UNBOUNDED: i64 = 1 << 32;

async fn insert(tx: &mut Tx, demand: &Demand) -> Result<(), Problem> {
    let ancestor = |depth: usize| demand.ancestors.get(depth).copied();
    let due = demand.due();
    let private = PrivateRow::of(tx.keyring(), demand)?;
    let caller_index = caller_index(tx.keyring(), demand)?;
    let (since, others) = demand
        .allowance
        .map_or((demand.placed_at, UNBOUNDED), |own| (own.since, i64::from(own.orders) - 1));
    let stored = execute!(
        tx,
        INSERT,
        demand.demand_id,
        demand.number.as_str(),
        demand.county_id,
        ancestor(0),
        ancestor(1),
        ancestor(2),
        ancestor(3),
        ancestor(4),
        demand.area_id,
        demand.responsible_id,
        demand.escalations,
        demand.state,
        demand.channel,
        demand.requester_id,
        demand.placed_by,
        demand.relation.as_str(),
        private.recipient_name,
        private.recipient_phone,
        demand.catalog_item_id,
        private.content,
        demand.skill.map(Skill::code),
        demand.people,
        demand.urgency,
        private.risk,
        private.address,
        private.place,
        caller_index,
        demand.wanted.map(|(from, _)| from),
        demand.wanted.map(|(_, until)| until),
        demand.automatic,
        demand.rule_id,
        demand.waits.respond_by,
        demand.waits.handle_by,
        demand.waits.evaluate_by,
        demand.waits.retry_at,
        demand.waits.overdue,
        due.map(|(at, _)| at),
        due.map(|(_, kind)| kind.as_str()),
        demand.waits.paused_at,
        demand.dispatch_id,
        demand.team_id,
        demand.closing.map(Closing::as_str),
        demand.rounds,
        demand.placed_at,
        demand.updated_at,
        demand.version + 1,
        demand.desk_at(),
        private.reason,
        unfilled_reasons(demand),
        private.recipient_age,
        demand.privacy_notice_due_id,
        since,
        others,
    )?;
    match demand.allowance {
        Some(allowance) if stored == 0 => Err(allowance.used_up(demand.placed_at)),
        _ => Ok(()),
    }
}

async fn update(tx: &mut Tx, demand: &Demand) -> Result<(), Problem> {
    let due = demand.due();
    let reason = sealed_reason(tx.keyring(), demand)?;
    let caller_index = caller_index(tx.keyring(), demand)?;
    let saved = execute!(
        tx,
        SAVE,
        demand.demand_id,
        demand.version,
        demand.state,
        demand.responsible_id,
        demand.escalations,
        demand.rule_id,
        demand.waits.respond_by,
        demand.waits.handle_by,
        demand.waits.evaluate_by,
        demand.waits.retry_at,
        demand.waits.overdue,
        due.map(|(at, _)| at),
        due.map(|(_, kind)| kind.as_str()),
        demand.waits.paused_at,
        demand.dispatch_id,
        demand.team_id,
        demand.closing.map(Closing::as_str),
        demand.rounds,
        demand.updated_at,
        demand.wanted.map(|(from, _)| from),
        demand.wanted.map(|(_, until)| until),
        reason,
        unfilled_reasons(demand),
        demand.desk_at(),
        caller_index,
    )?;
    if saved != 1 {
        return Err(Problem::of(Code::ChangedMeanwhile));
    }
    Ok(())
}

fn unfilled_reasons(demand: &Demand) -> Option<Json<&Vec<UnfilledReason>>> {
    (!demand.unfilled_reasons.is_empty()).then_some(Json(&demand.unfilled_reasons))
}

/// Gives up to `limit` open orders that were taken down for a caller with this phone to the
/// account that it belongs to; the longest waiting first.
pub async fn hand_over(
    tx: &mut Tx,
    phone: &Phone,
    account: AccountId,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Demand>, Problem> {
    let caller = index_of_caller(tx.keyring(), phone)?;
    let rows = fetch_all!(tx, DemandRow, HAND_OVER, caller, account, now, limit)?;
    opened(tx, rows)
}

/// What a list is bound to.
#[derive(Clone, Copy)]
pub enum Scope {
    /// An organization with everything below it.
    Area(Area),
    /// The organization whose turn it is.
    Responsible(OrganizationId),
    /// The person who ordered.
    Requester(AccountId),
}

impl Scope {
    const fn column(self) -> &'static str {
        match self {
            Self::Area(area) => area.column(),
            Self::Responsible(_) => "responsible_id",
            Self::Requester(_) => "requester_id",
        }
    }

    const fn id(self) -> Uuid {
        match self {
            Self::Area(area) => area.id.0,
            Self::Responsible(id) => id.0,
            Self::Requester(id) => id.0,
        }
    }
}

/// The demands of a scope, or those of them in one state.
pub async fn list(
    tx: &mut Tx,
    scope: Scope,
    state: Option<State>,
    part: &Part,
) -> Result<Vec<Demand>, Problem> {
    let (column, id) = (scope.column(), scope.id());
    let rows = match state {
        None => fetch_part!(tx, DemandRow, [LATEST, EARLIEST], choosing column, part, id),
        Some(state) => fetch_part!(
            tx,
            DemandRow,
            [LATEST_IN_STATE, EARLIEST_IN_STATE],
            choosing column,
            part,
            id,
            state
        ),
    }?;
    opened(tx, rows)
}

/// The demands whose deadline has come, the longest overdue first.
pub async fn due(tx: &mut Tx, now: DateTime<Utc>, limit: i64) -> Result<Vec<DemandId>, Problem> {
    let rows = fetch_all!(tx, (DemandId,), DUE, now, limit)?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
