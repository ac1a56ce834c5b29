//! A volunteer, and his place in a team.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::births;
use crate::ids::{AccountId, OrganizationId, VolunteerId};
use crate::organizations::{Skill, SkillSet, SlotSet};
use crate::platform::geography::Point;
use crate::platform::values::{AgeBand, Checks, PersonName, Phone};
use crate::problem::{Code, FieldCode, Problem};

/// How far a volunteer goes who has not said it, in meters.
pub const USUAL_RADIUS_METERS: i64 = 5_000;

/// Whether a volunteer takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum VolunteerStatus {
    /// Takes part.
    Active,
    /// Takes no part until an administrator says so.
    Suspended,
    /// Has left; what he did is kept, and he may come back.
    Left,
}

impl VolunteerStatus {
    /// The name in the contract and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Left => "left",
        }
    }
}

/// A person's registration.
#[derive(Clone, Debug)]
pub struct Volunteer {
    /// Its id.
    pub volunteer_id: VolunteerId,
    /// The account that he signs in with.
    pub account_id: AccountId,
    /// The center in whose charge he is.
    pub county_id: OrganizationId,
    /// His name.
    pub name: String,
    /// When he was born, as far as that is known; read only.
    pub born: Option<NaiveDate>,
    /// Whether he takes part.
    pub status: VolunteerStatus,
    /// Where he lives, WGS-84.
    pub place: Option<Point>,
    /// How far he goes, in meters.
    pub radius_meters: i64,
    /// What he can do.
    pub skills: SkillSet,
    /// When he has time; none means always.
    pub slots: SlotSet,
    /// Whether the system may choose him by itself.
    pub accepts_matching: bool,
    /// When he registered first.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
    /// Counts its changes.
    pub version: i64,
}

impl Volunteer {
    /// The same volunteer, suspended.
    ///
    /// # Errors
    /// `not_possible` unless he is active.
    pub fn suspended(self) -> Result<Self, Problem> {
        self.changed(VolunteerStatus::Active, VolunteerStatus::Suspended)
    }

    /// The same volunteer, active again.
    ///
    /// # Errors
    /// `not_possible` unless he is suspended.
    pub fn resumed(self) -> Result<Self, Problem> {
        self.changed(VolunteerStatus::Suspended, VolunteerStatus::Active)
    }

    /// The same volunteer after leaving. Where he lives is forgotten; what his
    /// hours need is kept.
    ///
    /// # Errors
    /// `not_possible` unless he is active: who leaves may come back at any time, so
    /// leaving must not be a way out of a suspension.
    pub fn departed(self) -> Result<Self, Problem> {
        let left = self.changed(VolunteerStatus::Active, VolunteerStatus::Left)?;
        Ok(Self { place: None, accepts_matching: false, ..left })
    }

    /// Whether he is a minor, as far as that is known.
    #[must_use]
    pub fn is_minor(&self, now: DateTime<Utc>) -> bool {
        births::is_minor(self.born, now)
    }

    /// How far he lives from a place, in meters; farther than anything where nobody knows.
    #[must_use]
    pub fn distance_meters(&self, place: Point) -> f64 {
        self.place.map_or(f64::INFINITY, |home| home.distance_meters(&place))
    }

    /// Whether this place is another one than where he lives, or nobody knew that.
    #[must_use]
    pub fn moves_to(&self, place: Point) -> bool {
        !self.place.is_some_and(|home| home.is_same_place(&place))
    }

    /// Whether he goes as far as this place.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a radius is a few digits long")]
    pub fn reaches(&self, place: Point) -> bool {
        self.distance_meters(place) <= self.radius_meters as f64
    }

    fn changed(mut self, from: VolunteerStatus, to: VolunteerStatus) -> Result<Self, Problem> {
        if self.status != from {
            return Err(Problem::of(Code::NotPossible).about(self.status.as_str()));
        }
        self.status = to;
        Ok(self)
    }
}

/// What volunteers are looked for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// The county.
    pub county_id: OrganizationId,
    /// Where.
    pub place: Point,
    /// The skill it takes.
    pub skill: Option<Skill>,
    /// In which half-day slots, as bits.
    pub slots: u32,
    /// When exactly: who is promised elsewhere then is not looked for.
    pub busy: (DateTime<Utc>, DateTime<Utc>),
}

/// What somebody is in a team.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum MemberRole {
    /// Serves 队员.
    Member,
    /// Accepts dispatches for the team and says who goes 队长.
    Leader,
}

impl MemberRole {
    /// The name in the contract and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Leader => "leader",
        }
    }
}

/// A volunteer's place in a team.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Membership {
    /// The team.
    pub team_id: OrganizationId,
    /// The volunteer.
    pub volunteer_id: VolunteerId,
    /// What he is there.
    pub role: MemberRole,
    /// When he joined, or joined again.
    pub joined_at: DateTime<Utc>,
}

/// A volunteer with his place in one team.
#[derive(Clone, Debug)]
pub struct Member {
    /// The volunteer.
    pub volunteer: Volunteer,
    /// His place in the team.
    pub membership: Membership,
}

/// Which volunteers of a county or a team to list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only those with this skill.
    pub skill: Option<Skill>,
    /// Only those of this name.
    pub name: Option<PersonName>,
    /// Only those of this status.
    pub status: Option<VolunteerStatus>,
    /// Only those who are this in the team.
    pub role: Option<MemberRole>,
}

/// What a guardian is to a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GuardianRelation {
    /// Father or mother.
    Parent,
    /// A grandparent.
    Grandparent,
    /// A grown-up brother or sister.
    Sibling,
    /// Somebody else who was made the guardian.
    Other,
}

/// How it was proven that a guardian has agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GuardianConsent {
    /// He has signed a form, which staff keeps.
    SignedForm,
    /// He was there himself.
    InPerson,
    /// He was called, and the call is on record.
    RecordedCall,
}

/// Who answers for a child, and has agreed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Guardian {
    /// His name.
    pub name: PersonName,
    /// His telephone: whoever signs in with it reads who looked at the child's data.
    pub phone: Phone,
    /// What he is to the child.
    pub relation: GuardianRelation,
    /// How it was proven that he has agreed.
    pub consent: GuardianConsent,
}

/// How old a volunteer is, and who answers for him while he is a child.
#[derive(Clone, Debug)]
pub struct Age {
    /// When he was born.
    pub birth_date: NaiveDate,
    /// Who answers for him.
    pub guardian: Option<Guardian>,
}

impl Age {
    /// What somebody says who registers: a child under fourteen with the guardian who has agreed,
    /// anybody else without one. Staff registers the child, because it is staff that has seen the
    /// guardian agree: nobody vouches for his own.
    ///
    /// # Errors
    /// `invalid_request` that names `birthDate` or `guardian`.
    pub fn said(
        birth_date: Option<NaiveDate>,
        guardian: Option<&Guardian>,
        by_staff: bool,
        today: NaiveDate,
    ) -> Result<Option<Self>, Problem> {
        let is_child = birth_date.is_some_and(|born| AgeBand::of(born, today) == AgeBand::Under14);
        let mut checks = Checks::new();
        let is_born = birth_date.is_none_or(|born| born <= today);
        checks
            .require(is_born, "/birthDate", FieldCode::TooFarAhead, today)
            .require(!is_child || by_staff, "/guardian", FieldCode::StaffNeeded, "")
            .require(
                !is_child || !by_staff || guardian.is_some(),
                "/guardian",
                FieldCode::GuardianNeeded,
                "",
            )
            .require(is_child || guardian.is_none(), "/guardian", FieldCode::NotHere, "birthDate");
        checks.done()?;
        Ok(birth_date.map(|birth_date| Self { birth_date, guardian: guardian.cloned() }))
    }
}
