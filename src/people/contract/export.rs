//! What is kept of a person, as he takes it with him.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::access::accounts::{HeldRole, KeptAccount};
use crate::access::audit::Row;
use crate::access::{Caller, RealName, Role};
use crate::demands::{Channel, Demand, Relation, State};
use crate::dispatches::assignments::{Assignment, AssignmentState, Proof};
use crate::ids::{AccountId, AssignmentId, DemandId, EntryId, GrantId, OrganizationId, SessionId};
use crate::platform::http::page::{list_query, page};
use crate::platform::values::{Position, TimeWindow};
use crate::volunteers::hours::TotalsView;
use crate::volunteers::{Age, Guardian, MemberRole, PastOrPresent, VolunteerView};

/// A part of what is kept of a person that grows with the time, and is read page by page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExportSection {
    /// Where he is signed in.
    SignIns,
    /// The roles that he holds or has held.
    Roles,
    /// The teams that he is in, or was.
    Memberships,
    /// What he has ordered.
    Demands,
    /// Where he was asked to help, and what came of it.
    Assignments,
    /// The hours that he has served.
    ServiceRecords,
    /// What he has said of the help.
    Evaluations,
    /// What he was told.
    Notices,
    /// What he has agreed to, and what not.
    Consents,
    /// Who has looked at his data.
    AccessLog,
    /// What he has asked for, of what is kept of him.
    RightsRequests,
    /// What he has done here, as it stands in the journal.
    Journal,
}

impl ExportSection {
    /// Every section, in the order in which they are listed.
    pub const ALL: &'static [Self] = &[
        Self::SignIns,
        Self::Roles,
        Self::Memberships,
        Self::Demands,
        Self::Assignments,
        Self::ServiceRecords,
        Self::Evaluations,
        Self::Notices,
        Self::Consents,
        Self::AccessLog,
        Self::RightsRequests,
        Self::Journal,
    ];

    /// Where it is read.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::SignIns => "/api/v1/me/export/sign-ins",
            Self::Roles => "/api/v1/me/export/roles",
            Self::Memberships => "/api/v1/me/export/memberships",
            Self::Demands => "/api/v1/me/export/demands",
            Self::Assignments => "/api/v1/me/export/assignments",
            Self::ServiceRecords => "/api/v1/me/export/service-records",
            Self::Evaluations => "/api/v1/me/export/evaluations",
            Self::Notices => "/api/v1/me/export/notices",
            Self::Consents => "/api/v1/me/consents",
            Self::AccessLog => "/api/v1/me/access-log",
            Self::RightsRequests => "/api/v1/me/rights-requests",
            Self::Journal => "/api/v1/me/export/journal",
        }
    }
}

/// Where a section is read.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SectionLink {
    /// The section.
    pub section: ExportSection,
    /// Its address: pages of `items`, until `next` is null.
    #[schema(example = "/api/v1/me/export/demands")]
    pub href: String,
}

/// Everything that is kept of a person (个人信息保护法 45): what is one of a kind stands here,
/// what grows with the time in the sections.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Export {
    /// The form of this document and of the sections; another form will have another name.
    #[schema(example = "redvest-export/1")]
    pub format: String,
    /// When it was made.
    pub exported_at: DateTime<Utc>,
    /// The account.
    pub account: ExportedAccount,
    /// His real name, if he has had it verified.
    pub real_name: Option<ExportedRealName>,
    /// His registration as a volunteer, if he has one.
    pub volunteer: Option<VolunteerView>,
    /// When he was born, and who answers for him while he is a child, as the registration says.
    pub age: Option<ExportedAge>,
    /// What he has done as a volunteer, if he is one.
    pub totals: Option<TotalsView>,
    /// The sections.
    pub sections: Vec<SectionLink>,
}

/// The name of the form of the document.
pub const FORMAT: &str = "redvest-export/1";

impl Export {
    /// Where every section is read.
    #[must_use]
    pub fn links() -> Vec<SectionLink> {
        let link = |section: &ExportSection| SectionLink {
            section: *section,
            href: section.path().to_owned(),
        };
        ExportSection::ALL.iter().map(link).collect()
    }
}

/// What is kept of the account itself.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExportedAccount {
    /// Its id.
    pub account_id: AccountId,
    /// How it is addressed.
    pub name: String,
    /// The user name, if it signs in by one; the password itself nobody knows.
    pub username: Option<String>,
    /// The telephone that it signs in with, in full.
    #[schema(example = "13900000000")]
    pub phone: Option<String>,
    /// Since when it has a second factor, if it has one.
    pub second_factor_since: Option<DateTime<Utc>>,
    /// Whether it is bound to a WeChat user.
    pub wechat_bound: bool,
    /// When it was opened.
    pub created_at: DateTime<Utc>,
}

impl ExportedAccount {
    /// The account of this id.
    #[must_use]
    pub fn of(account_id: AccountId, kept: KeptAccount) -> Self {
        Self {
            account_id,
            name: kept.name,
            username: kept.username,
            phone: kept.phone,
            second_factor_since: kept.second_factor_since,
            wechat_bound: kept.is_bound_to_wechat,
            created_at: kept.created_at,
        }
    }
}

/// What is kept of the verification of his real name.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExportedRealName {
    /// The number of the identity card, in full; null where it did not match.
    pub id_number: Option<String>,
    /// Who was asked.
    pub source: String,
    /// When.
    pub asked_at: DateTime<Utc>,
}

impl From<RealName> for ExportedRealName {
    fn from(known: RealName) -> Self {
        Self {
            id_number: known.number.map(|number| number.expose().to_owned()),
            source: known.source,
            asked_at: known.asked_at,
        }
    }
}

/// How old a volunteer is, as he has said.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExportedAge {
    /// When he was born.
    pub birth_date: NaiveDate,
    /// Who answers for him, if he was a child when he registered.
    pub guardian: Option<Guardian>,
}

impl From<Age> for ExportedAge {
    fn from(age: Age) -> Self {
        Self { birth_date: age.birth_date, guardian: age.guardian }
    }
}

/// A role that he holds or has held.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExportedRole {
    /// Its id.
    pub grant_id: GrantId,
    /// Where; null for the whole installation.
    pub organization_id: Option<OrganizationId>,
    /// Its name.
    pub organization_name: Option<String>,
    /// What.
    pub role: Role,
    /// From when.
    pub valid_from: DateTime<Utc>,
    /// Until when, if it ends by itself.
    pub valid_until: Option<DateTime<Utc>>,
    /// When it was taken back, if it was.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl ExportedRole {
    /// The role as its holder sees it.
    #[must_use]
    pub fn of(held: &HeldRole, caller: &Caller) -> Self {
        Self {
            grant_id: held.grant_id,
            organization_id: held.organization_id,
            organization_name: held.organization_id.map(|node| caller.actor.name_of(node)),
            role: held.role,
            valid_from: held.valid_from,
            valid_until: held.valid_until,
            revoked_at: held.revoked_at,
        }
    }
}

/// Being in a team, now or once.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExportedMembership {
    /// The team.
    pub team_id: OrganizationId,
    /// Its name.
    pub team_name: String,
    /// What he is or was there.
    pub role: MemberRole,
    /// When he joined last.
    pub joined_at: DateTime<Utc>,
    /// When he left, if he has.
    pub left_at: Option<DateTime<Utc>>,
}

impl ExportedMembership {
    /// The membership as the member sees it.
    #[must_use]
    pub fn of(one: &PastOrPresent, caller: &Caller) -> Self {
        Self {
            team_id: one.team_id,
            team_name: caller.actor.name_of(one.team_id),
            role: one.role,
            joined_at: one.joined_at,
            left_at: one.left_at,
        }
    }
}

/// An order, with everything that he has said in it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExportedDemand {
    /// Its id.
    pub demand_id: DemandId,
    /// Its number for people.
    pub number: String,
    /// Where it stands.
    pub state: State,
    /// How it came in.
    pub channel: Channel,
    /// What he is to the person who needs help.
    pub relation: Relation,
    /// Who needs help.
    pub recipient_name: String,
    /// The telephone that he gave, in full.
    #[schema(example = "13900000000")]
    pub recipient_phone: String,
    /// What help is needed, in words.
    pub content: String,
    /// What risks there may be.
    pub risk: String,
    /// Where, in words.
    pub address: String,
    /// Where.
    pub place: Position,
    /// When help is wanted.
    pub wanted: Option<TimeWindow>,
    /// Why it stands where it stands, where somebody said so.
    pub reason: Option<String>,
    /// When it was placed.
    pub placed_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
}

impl ExportedDemand {
    /// The order as the person who placed it takes it with him.
    #[must_use]
    pub fn of(demand: Demand, caller: &Caller) -> Self {
        Self {
            demand_id: demand.demand_id,
            number: demand.number,
            state: demand.state,
            channel: demand.channel,
            relation: demand.relation,
            recipient_name: demand.recipient_name,
            recipient_phone: demand.recipient_phone,
            content: demand.content,
            risk: demand.risk,
            address: demand.address,
            place: Position::of(demand.place, caller.coordinates),
            wanted: demand.wanted.map(|(from, until)| TimeWindow { from, until }),
            reason: demand.reason,
            placed_at: demand.placed_at,
            updated_at: demand.updated_at,
        }
    }
}

/// A place on a dispatch, without what is personal of those who were helped.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExportedAssignment {
    /// Its id.
    pub assignment_id: AssignmentId,
    /// The number of the order that it served.
    pub demand_number: String,
    /// Where it stands.
    pub state: AssignmentState,
    /// The time that he was promised.
    pub busy: TimeWindow,
    /// When he checked in.
    pub checked_in_at: Option<DateTime<Utc>>,
    /// How that was proven.
    pub check_in: Option<Proof>,
    /// When he checked out.
    pub checked_out_at: Option<DateTime<Utc>>,
    /// How that was proven.
    pub check_out: Option<Proof>,
    /// Why he declined, dropped out or was released, or why the leader entered it.
    pub reason: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl ExportedAssignment {
    /// The assignment as its volunteer takes it with him.
    #[must_use]
    pub fn of((one, demand): (Assignment, Demand)) -> Self {
        Self {
            assignment_id: one.assignment_id,
            demand_number: demand.number,
            state: one.state,
            busy: TimeWindow { from: one.busy.0, until: one.busy.1 },
            checked_in_at: one.checked_in_at,
            check_in: one.check_in,
            checked_out_at: one.checked_out_at,
            check_out: one.check_out,
            reason: one.reason,
            created_at: one.created_at,
        }
    }
}

/// Something that he did, as the journal has it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExportedEntry {
    /// Its id.
    pub entry_id: EntryId,
    /// When.
    pub at: DateTime<Utc>,
    /// What, as a versioned name. New names may appear.
    #[schema(example = "demand.placed.v1")]
    pub name: String,
    /// What it was done to; null where nothing is named.
    pub subject_id: Option<Uuid>,
    /// The order in whose timeline it stands.
    pub demand_id: Option<DemandId>,
    /// The reason that he gave.
    pub reason: Option<String>,
    /// The sign-in that his request came through.
    pub session_id: Option<SessionId>,
    /// The address that it was sent from; of IPv6 the network.
    #[schema(example = "203.0.113.7")]
    pub address: Option<String>,
}

impl From<Row> for ExportedEntry {
    /// Without the plain facts, which may name others.
    fn from(row: Row) -> Self {
        Self {
            entry_id: row.entry_id,
            at: row.at,
            name: row.name,
            subject_id: Some(row.subject_id).filter(|subject| !subject.is_nil()),
            demand_id: row.demand_id,
            reason: row.reason,
            session_id: row.session_id,
            address: row.address,
        }
    }
}

page!(
    /// A page of roles.
    ExportedRolePage of ExportedRole
);

page!(
    /// A page of memberships.
    ExportedMembershipPage of ExportedMembership
);

page!(
    /// A page of orders.
    ExportedDemandPage of ExportedDemand
);

page!(
    /// A page of assignments.
    ExportedAssignmentPage of ExportedAssignment
);

page!(
    /// A page of what he did.
    ExportedEntryPage of ExportedEntry
);

list_query! {
    /// Which part of a section to read.
    ExportQuery in order of EarliestFirst {}
}
