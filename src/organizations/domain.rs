//! An organization, what it can do and when.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema};
use utoipa::openapi::{RefOr, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::ids::OrganizationId;
use crate::platform::geography::Point;
use crate::platform::values::{at_most, bounded, refusal};
use crate::problem::{Code, FieldCode, Problem};

/// How deep a node that holds demands may lie: the columns `ancestor_1…5` of a demand.
pub const MAXIMUM_DEPTH: usize = 5;

/// What a node of the tree is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
#[schema(as = OrganizationKind)]
pub enum Kind {
    /// The center of a county, city or district 中心.
    Center,
    /// A department's sub-center, in charge of one trade 分中心.
    SubCenter,
    /// The institute of a town or street 所.
    Institute,
    /// The station of a village or community 站、驿站.
    Station,
    /// A model base 基地.
    Base,
    /// A post or point 岗、点.
    Post,
    /// A team of volunteers 队伍.
    Team,
    /// An office or company that claims shifts and adopts projects 单位.
    Unit,
}

impl Kind {
    /// Whether demands can lie with such a node.
    #[must_use]
    pub const fn holds_demands(self) -> bool {
        matches!(
            self,
            Self::Center | Self::SubCenter | Self::Institute | Self::Station | Self::Base
        )
    }

    /// Whether demands can be dispatched to such a node.
    #[must_use]
    pub const fn responds(self) -> bool {
        matches!(self, Self::Team)
    }

    /// Whether a place belongs to such a node's area.
    #[must_use]
    pub const fn serves_an_area(self) -> bool {
        matches!(self, Self::Center | Self::Institute | Self::Station)
    }
}

/// Whether a node takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
#[schema(as = OrganizationStatus)]
pub enum Status {
    /// Takes part.
    Active,
    /// Takes no new work for the time being.
    Suspended,
    /// Has ended; kept for its history.
    Archived,
}

/// A node of the tree.
#[derive(Clone, Debug)]
pub struct Organization {
    /// Its id.
    pub organization_id: OrganizationId,
    /// What it hangs on; absent at a root.
    pub parent_id: Option<OrganizationId>,
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Whether it takes part.
    pub status: Status,
    /// The statistical division code of its area, 2 to 12 digits.
    pub division_code: Option<String>,
    /// Its address in words.
    pub address: Option<String>,
    /// Its public telephone.
    pub phone: Option<String>,
    /// Where it is, WGS-84.
    pub place: Option<Point>,
    /// Whether the place was made up, for demonstration.
    pub place_synthetic: bool,
    /// How far it serves, in meters.
    pub radius_meters: Option<i64>,
    /// What it can do.
    pub skills: SkillSet,
    /// When it is available, in half-day slots.
    pub slots: SlotSet,
    /// Whether the system may dispatch to it by itself.
    pub accepts_dispatch: bool,
    /// When its doors are open.
    pub open_hours: Vec<OpenHours>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
    /// Counts its changes.
    pub version: i64,
}

impl Organization {
    /// The same node with another status.
    ///
    /// # Errors
    /// `not_possible` when it has that status already or has ended.
    pub fn with_status(mut self, status: Status) -> Result<Self, Problem> {
        let possible = match status {
            Status::Active => self.status == Status::Suspended,
            Status::Suspended => self.status == Status::Active,
            Status::Archived => self.status != Status::Archived,
        };
        if !possible {
            return Err(Problem::of(Code::NotPossible).about(status_name(self.status)));
        }
        self.status = status;
        Ok(self)
    }
}

const fn status_name(status: Status) -> &'static str {
    match status {
        Status::Active => "active",
        Status::Suspended => "suspended",
        Status::Archived => "archived",
    }
}

/// One stretch of opening on one weekday, local time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpenHours {
    /// 1 is Monday, 7 is Sunday.
    #[schema(minimum = 1, maximum = 7)]
    #[serde(deserialize_with = "bounded::<_, _, 1, 7>")]
    pub weekday: u8,
    /// From, local time.
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", example = "08:30")]
    #[serde(deserialize_with = "time_of_day")]
    pub from: String,
    /// Until, local time.
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", example = "17:30")]
    #[serde(deserialize_with = "time_of_day")]
    pub until: String,
}

fn time_of_day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    let valid = text.len() == 5 && chrono::NaiveTime::parse_from_str(&text, "%H:%M").is_ok();
    if valid { Ok(text) } else { Err(refusal(FieldCode::WrongType, "HH:MM")) }
}

/// A skill by its national code (特长, domain.md c1): 01 to 23, or 99 for others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Skill(u8);

/// The bit that stands for skill 99.
const OTHER_SKILL_BIT: u8 = 24;

impl Skill {
    /// The skill of a two-digit code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        let number: u8 = (code.len() == 2).then(|| code.parse().ok()).flatten()?;
        ((1..=23).contains(&number) || number == 99).then_some(Self(number))
    }

    /// The two-digit code.
    #[must_use]
    pub fn code(self) -> String {
        format!("{:02}", self.0)
    }

    const fn bit(self) -> i64 {
        1 << if self.0 == 99 { OTHER_SKILL_BIT } else { self.0 }
    }
}

impl Serialize for Skill {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.code())
    }
}

impl<'de> Deserialize<'de> for Skill {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        Self::parse(&code).ok_or_else(|| refusal(FieldCode::NotOneOf, "01–23, 99"))
    }
}

impl PartialSchema for Skill {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^(0[1-9]|1[0-9]|2[0-3]|99)$"))
            .description(Some("A skill by its national code 特长代码"))
            .examples([serde_json::Value::from("09")])
            .into()
    }
}

impl ToSchema for Skill {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Skill")
    }
}

/// A set of skills; in the database the bits of one integer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::Type)]
#[sqlx(transparent)]
pub struct SkillSet(i64);

impl SkillSet {
    /// Whether the skill is among them.
    #[must_use]
    pub const fn has(self, skill: Skill) -> bool {
        self.0 & skill.bit() != 0
    }

    fn skills(self) -> impl Iterator<Item = Skill> {
        (1..=23).chain([99]).map(Skill).filter(move |skill| self.has(*skill))
    }
}

impl FromIterator<Skill> for SkillSet {
    fn from_iter<I: IntoIterator<Item = Skill>>(skills: I) -> Self {
        Self(skills.into_iter().fold(0, |bits, skill| bits | skill.bit()))
    }
}

impl Serialize for SkillSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.skills())
    }
}

impl<'de> Deserialize<'de> for SkillSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(at_most::<_, Skill, 100>(deserializer)?.into_iter().collect())
    }
}

impl PartialSchema for SkillSet {
    fn schema() -> RefOr<Schema> {
        ArrayBuilder::new()
            .items(utoipa::openapi::Ref::from_schema_name("Skill"))
            .max_items(Some(100))
            .description(Some("Skills by their national codes 特长代码"))
            .into()
    }
}

impl ToSchema for SkillSet {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("SkillSet")
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push(("Skill".to_owned(), Skill::schema()));
    }
}

/// Half-day slots by their national codes (可服务时间, domain.md c1): 01 Monday
/// morning … 21 Sunday evening, 22 to 24 holidays; the bits of one integer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::Type)]
#[sqlx(transparent)]
pub struct SlotSet(i64);

impl SlotSet {
    /// The slots whose bits are set: bit 0 is slot 01.
    #[must_use]
    pub fn from_bits(bits: u32) -> Self {
        Self(i64::from(bits))
    }

    /// Whether every one of `bits` is among them. No slots at all means: always.
    #[must_use]
    pub fn cover(self, bits: u32) -> bool {
        self.0 == 0 || i64::from(bits) & !self.0 == 0
    }
}

impl Serialize for SlotSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let slots = (0..24).filter(|bit| self.0 & (1 << bit) != 0);
        serializer.collect_seq(slots.map(|bit| format!("{:02}", bit + 1)))
    }
}

impl<'de> Deserialize<'de> for SlotSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut bits = 0_i64;
        for code in at_most::<_, String, 100>(deserializer)? {
            let number = (code.len() == 2).then(|| code.parse::<u32>().ok()).flatten();
            match number {
                Some(number @ 1..=24) => bits |= 1 << (number - 1),
                _ => return Err(refusal(FieldCode::NotOneOf, "01–24")),
            }
        }
        Ok(Self(bits))
    }
}

impl PartialSchema for SlotSet {
    fn schema() -> RefOr<Schema> {
        let slot = ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^(0[1-9]|1[0-9]|2[0-4])$"));
        ArrayBuilder::new()
            .items(slot)
            .max_items(Some(100))
            .description(Some(
                "Half-day slots, 01 Monday morning … 21 Sunday evening, 22–24 holidays; none means always 可服务时间代码",
            ))
            .into()
    }
}

impl ToSchema for SlotSet {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("SlotSet")
    }
}
