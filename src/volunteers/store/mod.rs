//! The SQL of volunteers and memberships.

pub mod ages;
pub mod called;

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::domain::{Filter, Member, MemberRole, Membership, Volunteer, VolunteerStatus, Wanted};
use super::policy::Registered;
use crate::access::births::{self, born_of};
use crate::ids::{AccountId, AssignmentId, DemandId, DispatchId, OrganizationId, VolunteerId};
use crate::organizations::{Skill, SkillSet, SlotSet};
use crate::platform::db::Tx;
use crate::platform::db::range::{Part, earliest_first, fetch_part, latest_first};
use crate::platform::db::statements::{
    execute, execute_rows, fetch_all, fetch_listed, fetch_optional, statements,
};
use crate::platform::geography::Point;
use crate::platform::values::PersonName;
use crate::platform::vault::{Field, Keyring, Sealed};
use crate::problem::{Code, Problem};

/// How many volunteers are looked at, at most, when somebody is looked for.
const LOOKED_AT: i64 = 500;

/// Where he lives.
const PLACE: Field = Field::of("volunteers", "place");

/// What every reading of a volunteer reads.
macro_rules! volunteer_columns {
    ($of:literal) => {
        concat!(
            $of,
            ".volunteer_id, ",
            $of,
            ".account_id, ",
            $of,
            ".county_id, ",
            $of,
            ".name, ",
            $of,
            ".status, ",
            $of,
            ".place, ",
            $of,
            ".radius_meters, ",
            $of,
            ".skills, ",
            $of,
            ".slots, ",
            $of,
            ".accepts_matching, ",
            $of,
            ".created_at, ",
            $of,
            ".updated_at, ",
            $of,
            ".version, ",
            born_of!($of, ".account_id"),
            " AS born"
        )
    };
}

/// The volunteers of a county who have not left.
macro_rules! of_county {
    () => {
        concat!(
            "SELECT ",
            volunteer_columns!("volunteers"),
            " FROM volunteers WHERE county_id = $1 AND status <> 'left'"
        )
    };
}

/// The members of a team.
macro_rules! members {
    () => {
        concat!(
            "SELECT ",
            volunteer_columns!("v"),
            ", m.team_id, m.role, m.joined_at \
               FROM memberships m JOIN volunteers v ON v.volunteer_id = m.volunteer_id \
              WHERE m.team_id = $1 AND m.left_at IS NULL AND ($6 = 0 OR (v.skills & $6) <> 0) AND ($7 = '' OR v.name = $7) \
                AND ($8 = '' OR v.status = $8) AND ($9 = '' OR m.role = $9)"
        )
    };
}

/// The teams that a volunteer is in, and those that he has left.
macro_rules! teams_of {
    () => {
        "SELECT team_id, role, joined_at, left_at FROM memberships WHERE volunteer_id = $1"
    };
}

statements! {
    INSERT = "INSERT INTO volunteers (volunteer_id, account_id, county_id, name, status, place, cell, radius_meters, skills, slots,
                     accepts_matching, created_at, updated_at, version)
              VALUES {rows:14}";
    /// Who has left and registers again is the same volunteer, with his hours.
    REGISTER = concat!("INSERT INTO volunteers (volunteer_id, account_id, county_id, name, status, place, cell, radius_meters, skills, slots,
                       accepts_matching, created_at, updated_at, version)
                VALUES ($1, $2, $3, $4, 'active', $5, $6, $7, $8, $9, $10, $11, $11, 1)
                ON CONFLICT (account_id) DO UPDATE SET county_id = excluded.county_id, name = excluded.name, status = excluded.status,
                       place = excluded.place, cell = excluded.cell,
                       radius_meters = excluded.radius_meters, skills = excluded.skills, slots = excluded.slots,
                       accepts_matching = excluded.accepts_matching, updated_at = excluded.updated_at, version = volunteers.version + 1
                 WHERE volunteers.status = 'left'
                RETURNING ", volunteer_columns!("volunteers"));
    OF_ACCOUNT = "SELECT volunteer_id FROM volunteers WHERE account_id = $1";
    FIND = concat!("SELECT ", volunteer_columns!("volunteers"), " FROM volunteers WHERE volunteer_id = $1");
    /// One row per team; one without a team for who is in none.
    FIND_WITH_TEAMS = concat!("SELECT ", volunteer_columns!("v"), ", m.team_id, m.role, m.joined_at
                         FROM volunteers v LEFT JOIN memberships m ON m.volunteer_id = v.volunteer_id AND m.left_at IS NULL
                        WHERE v.volunteer_id = $1 ORDER BY m.joined_at, m.team_id");
    LATEST_OF_COUNTY = concat!(of_county!(), " AND ($6 = 0 OR (skills & $6) <> 0)", latest_first!("created_at", "volunteer_id"));
    EARLIEST_OF_COUNTY = concat!(of_county!(), " AND ($6 = 0 OR (skills & $6) <> 0)", earliest_first!("created_at", "volunteer_id"));
    LATEST_IN_STATUS = concat!(of_county!(), " AND ($7 = 0 OR (skills & $7) <> 0)", latest_first!(of "status", "created_at", "volunteer_id"));
    EARLIEST_IN_STATUS = concat!(of_county!(), " AND ($7 = 0 OR (skills & $7) <> 0)", earliest_first!(of "status", "created_at", "volunteer_id"));
    LATEST_OF_NAME = concat!(of_county!(), " AND ($7 = 0 OR (skills & $7) <> 0) AND ($8 = '' OR status = $8)",
                             latest_first!(of "name", "created_at", "volunteer_id"));
    EARLIEST_OF_NAME = concat!(of_county!(), " AND ($7 = 0 OR (skills & $7) <> 0) AND ($8 = '' OR status = $8)",
                               earliest_first!(of "name", "created_at", "volunteer_id"));
    LATEST_TEAMS = concat!(teams_of!(), latest_first!("joined_at", "team_id"));
    EARLIEST_TEAMS = concat!(teams_of!(), earliest_first!("joined_at", "team_id"));
    LATEST_MEMBERS = concat!(members!(), latest_first!("m.joined_at", "m.volunteer_id"));
    EARLIEST_MEMBERS = concat!(members!(), earliest_first!("m.joined_at", "m.volunteer_id"));
    /// Those in these cells whom the system may choose, who can do it, have time then and are not
    /// promised elsewhere.
    FITTING = concat!("SELECT ", volunteer_columns!("v"), "
                 FROM volunteers v
                WHERE v.accepts_matching AND v.status = 'active' AND v.county_id = $1 AND ($2 = 0 OR (v.skills & $2) <> 0)
                  AND (v.slots = 0 OR (v.slots & $3) = $3)
                  AND NOT EXISTS (SELECT 1 FROM assignments o WHERE o.volunteer_id = v.volunteer_id AND o.state IN ('accepted', 'on_site')
                                     AND o.busy_until > $4 AND o.busy_from < $5)
                  AND v.cell IN ({list}) ORDER BY v.cell, v.volunteer_id LIMIT $6");
    SAVE = "UPDATE volunteers SET name = $3, status = $4, place = $5, cell = $6, radius_meters = $7, skills = $8,
                   slots = $9, accepts_matching = $10, updated_at = $11, version = version + 1
             WHERE volunteer_id = $1 AND version = $2";
    /// Who has left is not chosen, whatever he says.
    CHOOSE_MATCHING = "UPDATE volunteers SET accepts_matching = $2, updated_at = $3, version = version + 1
                        WHERE account_id = $1 AND status <> 'left'";
    /// Also where there is none, so that whoever writes one at the same moment sees that he begins anew.
    FORGET_PLACE = "UPDATE volunteers SET place = NULL, cell = NULL, updated_at = $2, version = version + 1
                     WHERE account_id = $1";
    OPEN_PROMISE = "SELECT CAST(1 AS BIGINT) WHERE EXISTS (SELECT 1 FROM assignments WHERE volunteer_id = $1 AND state IN ('accepted', 'on_site'))";
    /// Who leaves says no to whatever he is still asked.
    DECLINE_ALL = "UPDATE assignments SET state = 'declined', updated_at = $2, version = version + 1
                    WHERE volunteer_id = $1 AND state = 'offered' RETURNING assignment_id, dispatch_id, demand_id";
    /// Changes nothing but that whoever joins and leaves at the same moment begins anew.
    MEET_LEAVE = "UPDATE volunteers SET status = status WHERE volunteer_id = $1 AND status = 'active'";
    INSERT_MEMBERSHIPS = "INSERT INTO memberships (team_id, volunteer_id, role, joined_at) VALUES {rows:4}";
    /// Nothing comes back for who is a member already, or takes no part.
    JOIN = "INSERT INTO memberships (team_id, volunteer_id, role, joined_at)
            SELECT $1, volunteer_id, 'member', $3 FROM volunteers WHERE volunteer_id = $2 AND status = 'active'
            ON CONFLICT (team_id, volunteer_id) DO UPDATE SET role = excluded.role, joined_at = excluded.joined_at, left_at = NULL
             WHERE memberships.left_at IS NOT NULL
            RETURNING team_id, volunteer_id, role, joined_at";
    /// Somebody of the same county, or who has joined himself. Who is a member already keeps the day on
    /// which he joined.
    ENTER = "INSERT INTO memberships (team_id, volunteer_id, role, joined_at)
             SELECT $1, volunteer_id, $3, $4 FROM volunteers WHERE volunteer_id = $2 AND status = 'active'
                AND (county_id = $5 OR EXISTS (SELECT 1 FROM memberships m WHERE m.team_id = $1 AND m.volunteer_id = $2 AND m.left_at IS NULL))
             ON CONFLICT (team_id, volunteer_id) DO UPDATE SET role = excluded.role, left_at = NULL,
                    joined_at = CASE WHEN memberships.left_at IS NULL THEN memberships.joined_at ELSE excluded.joined_at END
             RETURNING team_id, volunteer_id, role, joined_at";
    SET_ROLE = "UPDATE memberships SET role = $3 WHERE team_id = $1 AND volunteer_id = $2 AND left_at IS NULL
                RETURNING team_id, volunteer_id, role, joined_at";
    END_MEMBERSHIP = "UPDATE memberships SET left_at = $3 WHERE team_id = $1 AND volunteer_id = $2 AND left_at IS NULL";
    END_MEMBERSHIPS = "UPDATE memberships SET left_at = $2 WHERE volunteer_id = $1 AND left_at IS NULL";
}

#[derive(FromRow)]
struct Row {
    volunteer_id: VolunteerId,
    account_id: AccountId,
    county_id: OrganizationId,
    name: String,
    status: VolunteerStatus,
    place: Option<Sealed>,
    radius_meters: i64,
    skills: SkillSet,
    slots: SlotSet,
    accepts_matching: bool,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    version: i64,
    born: Option<Sealed>,
}

impl Row {
    /// The volunteer, with what is sealed of him opened.
    fn open(self, keyring: &Keyring) -> Result<Volunteer, Problem> {
        let row = self;
        let place = row.place.map(|place| open_place(keyring, row.account_id, &place));
        let born = row.born.map(|born| births::open(keyring, row.account_id, &born));
        Ok(Volunteer {
            volunteer_id: row.volunteer_id,
            account_id: row.account_id,
            county_id: row.county_id,
            name: row.name,
            born: born.transpose()?,
            status: row.status,
            place: place.transpose()?,
            radius_meters: row.radius_meters,
            skills: row.skills,
            slots: row.slots,
            accepts_matching: row.accepts_matching,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        })
    }
}

/// Where he lives, sealed. It is bound to his account: who registers again stays the
/// volunteer that he was, and keeps the id of then.
fn sealed_place(keyring: &Keyring, volunteer: &Volunteer) -> Result<Option<Sealed>, Problem> {
    let place = volunteer.place.map(|place| place.to_text());
    keyring.perhaps_seal(PLACE, volunteer.account_id.0, place.as_deref())
}

fn open_place(keyring: &Keyring, account: AccountId, place: &Sealed) -> Result<Point, Problem> {
    Point::parse(&keyring.open(PLACE, account.0, place)?)
        .ok_or_else(|| Problem::of(Code::Internal).because("a sealed place is no place"))
}

/// These volunteers, opened.
fn opened(tx: &Tx, rows: Vec<Row>) -> Result<Vec<Volunteer>, Problem> {
    rows.into_iter().map(|row| row.open(tx.keyring())).collect()
}

/// A volunteer beside one of his memberships, if he has any.
#[derive(FromRow)]
struct TeamRow {
    #[sqlx(flatten)]
    volunteer: Row,
    team_id: Option<OrganizationId>,
    role: Option<MemberRole>,
    joined_at: Option<DateTime<Utc>>,
}

impl TeamRow {
    fn membership(&self) -> Option<Membership> {
        Some(Membership {
            team_id: self.team_id?,
            volunteer_id: self.volunteer.volunteer_id,
            role: self.role?,
            joined_at: self.joined_at?,
        })
    }

    /// Nothing comes of a row without a team.
    fn member(self, keyring: &Keyring) -> Option<Result<Member, Problem>> {
        let membership = self.membership()?;
        let volunteer = self.volunteer.open(keyring);
        Some(volunteer.map(|volunteer| Member { volunteer, membership }))
    }
}

/// The skill as the bits that the statements compare; none is no bit at all.
fn bits(skill: Option<Skill>) -> SkillSet {
    skill.into_iter().collect()
}

pub async fn insert_many(tx: &mut Tx, volunteers: &[Volunteer]) -> Result<(), Problem> {
    let rows = volunteers
        .iter()
        .map(|volunteer| Ok((volunteer, sealed_place(tx.keyring(), volunteer)?)))
        .collect::<Result<Vec<_>, Problem>>()?;
    execute_rows!(tx, INSERT, rows, |row| [
        row.0.volunteer_id,
        row.0.account_id,
        row.0.county_id,
        row.0.name.as_str(),
        row.0.status,
        row.1.as_ref(),
        row.0.place.map(|place| place.cell()),
        row.0.radius_meters,
        row.0.skills,
        row.0.slots,
        row.0.accepts_matching,
        row.0.created_at,
        row.0.updated_at,
        row.0.version,
    ])?;
    Ok(())
}

/// Registers an account, or takes back one that had left.
pub async fn register(tx: &mut Tx, volunteer: &Volunteer) -> Result<Volunteer, Problem> {
    let place = sealed_place(tx.keyring(), volunteer)?;
    let row = fetch_optional!(
        tx,
        Row,
        REGISTER,
        volunteer.volunteer_id,
        volunteer.account_id,
        volunteer.county_id,
        volunteer.name.as_str(),
        place,
        volunteer.place.map(|place| place.cell()),
        volunteer.radius_meters,
        volunteer.skills,
        volunteer.slots,
        volunteer.accepts_matching,
        volunteer.created_at,
    )?;
    let exists = || Problem::of(Code::AlreadyExists).about(&volunteer.name);
    row.ok_or_else(exists)?.open(tx.keyring())
}

/// Who somebody is as a volunteer, if he is registered.
pub async fn id_of(tx: &mut Tx, account: AccountId) -> Result<Option<VolunteerId>, Problem> {
    let row = fetch_optional!(tx, (VolunteerId,), OF_ACCOUNT, account)?;
    Ok(row.map(|(id,)| id))
}

/// Whether the system may choose him from now on; `false` when he is no volunteer.
pub async fn choose_matching(
    tx: &mut Tx,
    account: AccountId,
    accepts: bool,
    now: DateTime<Utc>,
) -> Result<bool, Problem> {
    Ok(execute!(tx, CHOOSE_MATCHING, account, accepts, now)? == 1)
}

/// Forgets where a volunteer lives.
pub async fn forget_place(
    tx: &mut Tx,
    account: AccountId,
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    execute!(tx, FORGET_PLACE, account, now)?;
    Ok(())
}

pub async fn find(tx: &mut Tx, id: VolunteerId) -> Result<Option<Volunteer>, Problem> {
    let row = fetch_optional!(tx, Row, FIND, id)?;
    row.map(|row| row.open(tx.keyring())).transpose()
}

/// The volunteer with the teams he is in.
pub async fn find_registered(tx: &mut Tx, id: VolunteerId) -> Result<Option<Registered>, Problem> {
    let rows = fetch_all!(tx, TeamRow, FIND_WITH_TEAMS, id)?;
    let memberships = rows.iter().filter_map(TeamRow::membership).collect();
    let volunteer = rows.into_iter().next().map(|row| row.volunteer.open(tx.keyring()));
    Ok(volunteer.transpose()?.map(|volunteer| Registered { volunteer, memberships }))
}

/// Being in a team, now or once.
#[derive(Debug, FromRow)]
pub struct PastOrPresent {
    /// The team.
    pub team_id: OrganizationId,
    /// What he is or was there.
    pub role: MemberRole,
    /// When he joined last.
    pub joined_at: DateTime<Utc>,
    /// When he left, if he has.
    pub left_at: Option<DateTime<Utc>>,
}

/// The teams that a volunteer is in, and those that he has left.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn teams_of(
    tx: &mut Tx,
    volunteer: VolunteerId,
    part: &Part,
) -> Result<Vec<PastOrPresent>, Problem> {
    fetch_part!(tx, PastOrPresent, [LATEST_TEAMS, EARLIEST_TEAMS], part, volunteer)
}

/// The volunteers of a county who fit.
pub async fn of_county(
    tx: &mut Tx,
    county: OrganizationId,
    filter: &Filter,
    part: &Part,
) -> Result<Vec<Volunteer>, Problem> {
    let skill = bits(filter.skill);
    let status = filter.status.map(VolunteerStatus::as_str);
    let rows = match (&filter.name, status) {
        (None, None) => {
            fetch_part!(tx, Row, [LATEST_OF_COUNTY, EARLIEST_OF_COUNTY], part, county, skill)
        }
        (None, Some(status)) => fetch_part!(
            tx,
            Row,
            [LATEST_IN_STATUS, EARLIEST_IN_STATUS],
            part,
            county,
            status,
            skill
        ),
        (Some(name), status) => fetch_part!(
            tx,
            Row,
            [LATEST_OF_NAME, EARLIEST_OF_NAME],
            part,
            county,
            name.as_str(),
            skill,
            status.unwrap_or_default()
        ),
    }?;
    opened(tx, rows)
}

/// The members of a team who fit.
pub async fn members(
    tx: &mut Tx,
    team: OrganizationId,
    filter: &Filter,
    part: &Part,
) -> Result<Vec<Member>, Problem> {
    let rows = fetch_part!(
        tx,
        TeamRow,
        [LATEST_MEMBERS, EARLIEST_MEMBERS],
        part,
        team,
        bits(filter.skill),
        filter.name.as_ref().map_or("", PersonName::as_str),
        filter.status.map_or("", VolunteerStatus::as_str),
        filter.role.map_or("", MemberRole::as_str)
    )?;
    rows.into_iter().filter_map(|row| row.member(tx.keyring())).collect()
}

/// The volunteers in these cells whom this fits, but for how far they go.
pub async fn fitting(
    tx: &mut Tx,
    wanted: &Wanted,
    cells: &[i64],
) -> Result<Vec<Volunteer>, Problem> {
    let rows = fetch_listed!(
        tx,
        Row,
        FITTING,
        [cells],
        wanted.county_id,
        bits(wanted.skill),
        SlotSet::from_bits(wanted.slots),
        wanted.busy.0,
        wanted.busy.1,
        LOOKED_AT
    )?;
    opened(tx, rows)
}

/// Stores a changed volunteer over the version it was read at.
pub async fn save(tx: &mut Tx, volunteer: &Volunteer) -> Result<(), Problem> {
    let place = sealed_place(tx.keyring(), volunteer)?;
    let saved = execute!(
        tx,
        SAVE,
        volunteer.volunteer_id,
        volunteer.version,
        volunteer.name.as_str(),
        volunteer.status,
        place,
        volunteer.place.map(|place| place.cell()),
        volunteer.radius_meters,
        volunteer.skills,
        volunteer.slots,
        volunteer.accepts_matching,
        volunteer.updated_at,
    )?;
    if saved == 1 { Ok(()) } else { Err(Problem::of(Code::ChangedMeanwhile)) }
}

/// What somebody was asked for and has not answered.
#[derive(FromRow)]
#[expect(clippy::struct_field_names, reason = "they are the ids of three things")]
pub struct Nomination {
    /// His place, which he does not take.
    pub assignment_id: AssignmentId,
    /// The dispatch.
    pub dispatch_id: DispatchId,
    /// The demand.
    pub demand_id: DemandId,
}

/// Declines whatever the volunteer was asked for. He may accept one of these at this very
/// moment: both then write the same row, and the later one begins anew and sees what the
/// earlier one did. Somebody who takes a place by himself writes no row that is his own, so
/// the two may pass each other unseen (on PostgreSQL): he has left, with a promise. That is
/// borne rather than paid for at every place taken: he can drop out, the leader can release
/// him, and midnight does.
pub async fn decline_all(
    tx: &mut Tx,
    id: VolunteerId,
    now: DateTime<Utc>,
) -> Result<Vec<Nomination>, Problem> {
    fetch_all!(tx, Nomination, DECLINE_ALL, id, now)
}

/// Whether the volunteer is promised somewhere or at work.
pub async fn has_open_promise(tx: &mut Tx, id: VolunteerId) -> Result<bool, Problem> {
    Ok(fetch_optional!(tx, (i64,), OPEN_PROMISE, id)?.is_some())
}

pub async fn insert_memberships(
    tx: &mut Tx,
    memberships: &[(OrganizationId, VolunteerId, bool)],
    joined_at: DateTime<Utc>,
) -> Result<(), Problem> {
    execute_rows!(tx, INSERT_MEMBERSHIPS, memberships, |membership| [
        membership.0,
        membership.1,
        if membership.2 { MemberRole::Leader } else { MemberRole::Member },
        joined_at,
    ])?;
    Ok(())
}

/// Makes an active volunteer a member who is none yet.
pub async fn join(
    tx: &mut Tx,
    team: OrganizationId,
    volunteer: VolunteerId,
    now: DateTime<Utc>,
) -> Result<Option<Membership>, Problem> {
    if !meets_leave(tx, volunteer).await? {
        return Ok(None);
    }
    fetch_optional!(tx, Membership, JOIN, team, volunteer, now)
}

/// Makes an active volunteer of the county what he is to be in a team, member before or not.
pub async fn enter(
    tx: &mut Tx,
    team: OrganizationId,
    volunteer: VolunteerId,
    role: MemberRole,
    county: Option<OrganizationId>,
    now: DateTime<Utc>,
) -> Result<Option<Membership>, Problem> {
    if !meets_leave(tx, volunteer).await? {
        return Ok(None);
    }
    fetch_optional!(tx, Membership, ENTER, team, volunteer, role, now, county)
}

/// Whether the volunteer takes part. He may be leaving at this very moment, and ends the
/// memberships that he finds: the two then meet on his row, and the later one sees what the
/// earlier one did.
async fn meets_leave(tx: &mut Tx, volunteer: VolunteerId) -> Result<bool, Problem> {
    Ok(execute!(tx, MEET_LEAVE, volunteer)? == 1)
}

/// Changes the role of a member.
pub async fn set_role(
    tx: &mut Tx,
    team: OrganizationId,
    volunteer: VolunteerId,
    role: MemberRole,
) -> Result<Option<Membership>, Problem> {
    fetch_optional!(tx, Membership, SET_ROLE, team, volunteer, role)
}

/// Ends a membership; `false` when there was none.
pub async fn end_membership(
    tx: &mut Tx,
    team: OrganizationId,
    volunteer: VolunteerId,
    now: DateTime<Utc>,
) -> Result<bool, Problem> {
    Ok(execute!(tx, END_MEMBERSHIP, team, volunteer, now)? == 1)
}

/// Ends every membership of a volunteer.
pub async fn end_memberships(
    tx: &mut Tx,
    volunteer: VolunteerId,
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    execute!(tx, END_MEMBERSHIPS, volunteer, now)?;
    Ok(())
}
