//! What callers send and see of volunteers and teams.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::domain::{Filter, Guardian, Member, MemberRole, Membership, Volunteer, VolunteerStatus};
use super::matching::MatchingExplanation;
use super::policy::{home_for, is_himself, name_for};
use crate::access::Caller;
use crate::ids::{AccountId, OrganizationId, VolunteerId};
use crate::organizations::{Skill, SkillSet, SlotSet};
use crate::platform::http::page::{list_query, page};
use crate::platform::values::{PersonName, Phone, Position, ShownName, refusal};
use crate::problem::FieldCode;

/// A registration.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewVolunteer {
    /// The county, or any organization in it.
    pub county_id: OrganizationId,
    /// Whom a clerk of the county registers; the caller himself if absent.
    pub phone: Option<Phone>,
    /// His name.
    pub name: PersonName,
    /// When he was born, where he may be a minor: staff then sees his name masked and where he lives
    /// roughly, and his telephone is revealed only after somebody else has approved it. Who registers
    /// himself does not grow older by it than is known of him; a clerk who has seen his papers
    /// corrects it.
    pub birth_date: Option<NaiveDate>,
    /// For a child under fourteen: the guardian, whom the clerk who registers it has seen agree.
    pub guardian: Option<Guardian>,
    /// Where he lives; without it he is not found by distance.
    pub place: Option<Position>,
    /// How far he goes, in meters.
    #[serde(default = "usual_radius", deserialize_with = "radius")]
    #[schema(minimum = 1, maximum = 200_000, default = 5000)]
    pub radius_meters: i64,
    /// What he can do.
    #[serde(default)]
    pub skills: SkillSet,
    /// When he has time; none means always.
    #[serde(default)]
    pub slots: SlotSet,
    /// Whether the system may choose him by itself.
    #[serde(default = "accepted")]
    #[schema(default = true)]
    pub accepts_matching: bool,
}

/// What a volunteer says of himself, as it is replaced.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VolunteerDetails {
    /// His name.
    pub name: PersonName,
    /// Where he lives; without it he is not found by distance.
    pub place: Option<Position>,
    /// How far he goes, in meters.
    #[serde(default = "usual_radius", deserialize_with = "radius")]
    #[schema(minimum = 1, maximum = 200_000, default = 5000)]
    pub radius_meters: i64,
    /// What he can do.
    #[serde(default)]
    pub skills: SkillSet,
    /// When he has time; none means always.
    #[serde(default)]
    pub slots: SlotSet,
    /// Whether the system may choose him by itself.
    #[serde(default = "accepted")]
    #[schema(default = true)]
    pub accepts_matching: bool,
}

const fn usual_radius() -> i64 {
    super::domain::USUAL_RADIUS_METERS
}

const fn accepted() -> bool {
    true
}

fn radius<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let radius = i64::deserialize(deserializer)?;
    if (1..=200_000).contains(&radius) {
        return Ok(radius);
    }
    Err(refusal(FieldCode::OutOfRange, "1–200000"))
}

/// A volunteer.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Volunteer)]
pub struct VolunteerView {
    /// Its id.
    pub volunteer_id: VolunteerId,
    /// The account that he signs in with.
    pub account_id: AccountId,
    /// The center in whose charge he is.
    pub county_id: OrganizationId,
    /// Its name.
    pub county_name: String,
    /// His name; of a minor masked, but for himself, and for the leaders of his teams where he is read
    /// alone or with the team.
    pub name: ShownName,
    /// Whether he takes part.
    pub status: VolunteerStatus,
    /// Where he lives: for himself and the county's staff, null for others; for staff only the
    /// neighborhood of some ten kilometers where he is a minor.
    pub place: Option<Position>,
    /// How far he goes, in meters.
    pub radius_meters: i64,
    /// What he can do.
    pub skills: SkillSet,
    /// When he has time; none means always.
    pub slots: SlotSet,
    /// Whether the system may choose him by itself.
    pub accepts_matching: bool,
    /// How the system chooses, and how to refuse it: for himself, null for others.
    pub matching: Option<MatchingExplanation>,
    /// When he registered first.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
    /// Counts its changes; 3 is `"v3"` in `If-Match`.
    pub version: i64,
}

impl VolunteerView {
    /// The volunteer, who is in these teams, as the caller sees him.
    #[must_use]
    pub fn of(volunteer: &Volunteer, memberships: &[Membership], caller: &Caller) -> Self {
        let place = home_for(&caller.actor, volunteer, caller.now);
        let explained = || MatchingExplanation::written_in(caller.language);
        Self {
            volunteer_id: volunteer.volunteer_id,
            account_id: volunteer.account_id,
            county_id: volunteer.county_id,
            county_name: caller.actor.name_of(volunteer.county_id),
            name: name_for(&caller.actor, volunteer, memberships, caller.now),
            status: volunteer.status,
            place: place.map(|place| Position::of(place, caller.coordinates)),
            radius_meters: volunteer.radius_meters,
            skills: volunteer.skills,
            slots: volunteer.slots,
            accepts_matching: volunteer.accepts_matching,
            matching: is_himself(&caller.actor, volunteer).then(explained),
            created_at: volunteer.created_at,
            updated_at: volunteer.updated_at,
            version: volunteer.version,
        }
    }
}

page!(
    /// A page of volunteers.
    VolunteerPage of VolunteerView
);

list_query! {
    /// Which volunteers to list: of a county, or of a team.
    VolunteerQuery in order of EarliestFirst {
        /// The center of the county. Needed unless `team` is given.
        within: Option<OrganizationId>,
        /// The team whose members to list, by the time at which they joined.
        team: Option<OrganizationId>,
        /// Only those with this skill.
        #[param(inline, value_type = Option<String>, pattern = "^(0[1-9]|1[0-9]|2[0-3]|99)$")]
        skill: Option<Skill>,
        /// Only those of this name, written in full: whoever knows it finds a minor as well, whose
        /// name is masked.
        #[param(value_type = Option<String>, min_length = 1, max_length = 50)]
        name: Option<PersonName>,
        /// Only this status; those who have left are in no list.
        #[param(inline)]
        status: Option<VolunteerStatus>,
    }
    /// Only those who registered at this instant or later. Not with `team`.
    created_from..
    /// Only those who registered before this instant. Not with `team`.
    created_until
}

impl VolunteerQuery {
    /// What is asked for besides the county or the team.
    #[must_use]
    pub fn filter(&self) -> Filter {
        Filter { skill: self.skill, name: self.name.clone(), status: self.status, role: None }
    }
}

list_query! {
    /// Which members of a team to list.
    MemberQuery in order of EarliestFirst {
        /// Only those who are this in the team.
        #[param(inline)]
        role: Option<MemberRole>,
        /// Only those with this skill.
        #[param(inline, value_type = Option<String>, pattern = "^(0[1-9]|1[0-9]|2[0-3]|99)$")]
        skill: Option<Skill>,
        /// Only this status; those who have left are in no list.
        #[param(inline)]
        status: Option<VolunteerStatus>,
    }
    /// Only those who joined at this instant or later.
    joined_from..
    /// Only those who joined before this instant.
    joined_until
}

impl MemberQuery {
    /// What is asked for besides the team.
    #[must_use]
    pub fn filter(&self) -> Filter {
        Filter { skill: self.skill, name: None, status: self.status, role: self.role }
    }
}

/// Whom to enter into a team, or whose role there to change.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewMember {
    /// The volunteer.
    pub volunteer_id: VolunteerId,
    /// What he is to be.
    pub role: MemberRole,
}

/// A volunteer's place in a team.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Membership)]
pub struct MembershipView {
    /// The team.
    pub team_id: OrganizationId,
    /// Its name.
    pub team_name: String,
    /// The volunteer.
    pub volunteer_id: VolunteerId,
    /// What he is there.
    pub role: MemberRole,
    /// When he joined, or joined again.
    pub joined_at: DateTime<Utc>,
}

impl MembershipView {
    /// The membership as the caller sees it.
    #[must_use]
    pub fn of(membership: &Membership, caller: &Caller) -> Self {
        Self {
            team_id: membership.team_id,
            team_name: caller.actor.name_of(membership.team_id),
            volunteer_id: membership.volunteer_id,
            role: membership.role,
            joined_at: membership.joined_at,
        }
    }
}

/// The teams that a volunteer is in.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MembershipList {
    /// One membership per team.
    pub items: Vec<MembershipView>,
}

/// A member as his team sees him.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Member)]
pub struct MemberView {
    /// The volunteer.
    pub volunteer_id: VolunteerId,
    /// His name; of a minor masked, but for himself and the leaders of the team.
    pub name: ShownName,
    /// What he is in the team.
    pub role: MemberRole,
    /// Whether he takes part.
    pub status: VolunteerStatus,
    /// What he can do.
    pub skills: SkillSet,
    /// When he has time; none means always.
    pub slots: SlotSet,
    /// Whether the system may choose him by itself.
    pub accepts_matching: bool,
    /// When he joined, or joined again.
    pub joined_at: DateTime<Utc>,
}

impl MemberView {
    /// The member as the caller sees him.
    #[must_use]
    pub fn of(member: &Member, caller: &Caller) -> Self {
        let Member { volunteer, membership } = member;
        let memberships = std::slice::from_ref(membership);
        Self {
            volunteer_id: volunteer.volunteer_id,
            name: name_for(&caller.actor, volunteer, memberships, caller.now),
            role: membership.role,
            status: volunteer.status,
            skills: volunteer.skills,
            slots: volunteer.slots,
            accepts_matching: volunteer.accepts_matching,
            joined_at: membership.joined_at,
        }
    }
}

page!(
    /// A page of a team's members.
    MemberPage of MemberView
);
