//! What callers send and see of organizations and rules.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::openapi::schema::{ObjectBuilder, Schema};
use utoipa::openapi::{RefOr, Type};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use super::directory::Version;
use super::domain::{Kind, OpenHours, Organization, Skill, SkillSet, SlotSet, Status};
use super::rules::RuleValue;
use crate::ids::{OrganizationId, RuleId};
use crate::platform::geography::CoordinateSystem;
use crate::platform::http::page::{limit, list_query, page, usual_page};
use crate::platform::values::{
    Address, Phone, Position, Title, at_most, bounded, perhaps_bounded, perhaps_instant, refusal,
};
use crate::problem::FieldCode;

/// An organization as it is created or replaced.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewOrganization {
    /// What it hangs on; only the platform administrator creates roots. When
    /// replacing it must be the present parent: use `move` to hang it elsewhere.
    pub parent_id: Option<OrganizationId>,
    /// What it is; never changes.
    pub kind: Kind,
    /// Its name.
    pub name: Title,
    /// The statistical division code of its area, 2 to 12 digits.
    #[serde(default, deserialize_with = "division_code")]
    #[schema(pattern = "^[0-9]{2,12}$", example = "330326100")]
    pub division_code: Option<String>,
    /// Its address in words.
    pub address: Option<Address>,
    /// Its public telephone.
    pub phone: Option<Phone>,
    /// Where it is.
    pub place: Option<Position>,
    /// How far it serves, in meters.
    #[serde(default, deserialize_with = "perhaps_bounded::<_, _, 1, 200000>")]
    #[schema(minimum = 1, maximum = 200_000)]
    pub radius_meters: Option<i64>,
    /// What it can do.
    #[serde(default)]
    pub skills: SkillSet,
    /// When it is available; none means always.
    #[serde(default)]
    pub slots: SlotSet,
    /// Whether the system may dispatch to it by itself (teams only).
    #[serde(default)]
    pub accepts_dispatch: bool,
    /// When its doors are open.
    #[serde(default, deserialize_with = "at_most::<_, _, 28>")]
    #[schema(max_items = 28)]
    pub open_hours: Vec<OpenHours>,
}

fn division_code<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let code = Option::<String>::deserialize(deserializer)?;
    let valid = |code: &String| {
        (2..=12).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit())
    };
    if code.as_ref().is_none_or(valid) {
        return Ok(code);
    }
    Err(refusal(FieldCode::WrongType, "2–12 digits"))
}

/// An organization.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Organization)]
pub struct OrganizationView {
    /// Its id.
    pub organization_id: OrganizationId,
    /// What it hangs on; null at a root.
    pub parent_id: Option<OrganizationId>,
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Whether it takes part.
    pub status: Status,
    /// The statistical division code of its area.
    pub division_code: Option<String>,
    /// Its address in words.
    pub address: Option<String>,
    /// Its public telephone.
    pub phone: Option<String>,
    /// Where it is.
    pub place: Option<Position>,
    /// Whether the place was made up, for demonstration.
    pub place_synthetic: bool,
    /// How far it serves, in meters.
    pub radius_meters: Option<i64>,
    /// What it can do.
    pub skills: SkillSet,
    /// When it is available; none means always.
    pub slots: SlotSet,
    /// Whether the system may dispatch to it by itself.
    pub accepts_dispatch: bool,
    /// When its doors are open.
    pub open_hours: Vec<OpenHours>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
    /// Counts its changes; 3 is `"v3"` in `If-Match`.
    pub version: i64,
}

impl OrganizationView {
    /// The organization as the caller sees it.
    #[must_use]
    pub fn of(node: &Organization, system: CoordinateSystem) -> Self {
        Self {
            organization_id: node.organization_id,
            parent_id: node.parent_id,
            kind: node.kind,
            name: node.name.clone(),
            status: node.status,
            division_code: node.division_code.clone(),
            address: node.address.clone(),
            phone: node.phone.clone(),
            place: node.place.map(|place| Position::of(place, system)),
            place_synthetic: node.place_synthetic,
            radius_meters: node.radius_meters,
            skills: node.skills,
            slots: node.slots,
            accepts_dispatch: node.accepts_dispatch,
            open_hours: node.open_hours.clone(),
            created_at: node.created_at,
            updated_at: node.updated_at,
            version: node.version,
        }
    }
}

page!(
    /// A page of organizations.
    OrganizationPage of OrganizationView
);

/// Organizations in order, without pages: bounded by their kind of list.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationList {
    /// The organizations.
    pub items: Vec<OrganizationView>,
}

/// An organization with its distance.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NearOrganization {
    /// How far it is from the point, in meters.
    pub distance_meters: i64,
    /// The organization.
    pub organization: OrganizationView,
}

/// The nearest organizations, nearest first.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NearOrganizations {
    /// The organizations.
    pub items: Vec<NearOrganization>,
}

list_query! {
    /// Which organizations to list.
    OrganizationQuery in order of EarliestFirst {
        /// Only this one and those below it.
        within: Option<OrganizationId>,
        /// Only this kind.
        #[param(inline)]
        kind: Option<Kind>,
        /// Only this status; all but archived ones unless it is given.
        #[param(inline)]
        status: Option<Status>,
        /// Only those with this division code, or below it.
        #[serde(default, deserialize_with = "division_code")]
        #[param(pattern = "^[0-9]{2,12}$")]
        division_code: Option<String>,
        /// Only those whose name contains this.
        #[param(value_type = Option<String>, min_length = 1, max_length = 80)]
        name: Option<Title>,
    }
    /// Only those created at this instant or later.
    created_from..
    /// Only those created before this instant.
    created_until
}

/// Which organizations of a branch to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BranchQuery {
    /// Only this kind.
    #[param(inline)]
    pub kind: Option<Kind>,
    /// Only this status; all but archived ones unless it is given.
    #[param(inline)]
    pub status: Option<Status>,
}

impl BranchQuery {
    /// Whether the organization is one of those.
    #[must_use]
    pub fn fits(&self, node: &Organization) -> bool {
        let status = match self.status {
            Some(status) => status == node.status,
            None => node.status != Status::Archived,
        };
        status && self.kind.is_none_or(|kind| kind == node.kind)
    }
}

list_query! {
    /// Which versions of rules to list.
    RuleQuery in order of LatestFirst {
        /// Only this rule.
        #[param(inline)]
        name: Option<RuleName>,
    }
    /// Only those that begin to hold at this instant or later.
    effective_from..
    /// Only those that begin to hold before this instant.
    effective_until
}

/// The name of a rule that there is.
#[derive(Clone, Copy, Debug)]
pub struct RuleName(pub &'static str);

impl<'de> Deserialize<'de> for RuleName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wanted = String::deserialize(deserializer)?;
        let known = RuleValue::NAMES.iter().find(|name| **name == wanted);
        let unknown = || refusal(FieldCode::NotOneOf, RuleValue::NAMES.join(", "));
        known.map(|name| Self(name)).ok_or_else(unknown)
    }
}

impl PartialSchema for RuleName {
    fn schema() -> RefOr<Schema> {
        let names = RuleValue::NAMES.iter().copied();
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)).into()
    }
}

impl ToSchema for RuleName {}

/// What to look for around a point.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct NearQuery {
    /// Degrees north.
    #[param(minimum = 3.5, maximum = 53.6)]
    pub latitude: f64,
    /// Degrees east.
    #[param(minimum = 73.4, maximum = 135.2)]
    pub longitude: f64,
    /// The system of the two numbers.
    #[param(inline)]
    pub coordinate_system: CoordinateSystem,
    /// How far at most, in meters.
    #[serde(default = "usual_radius", deserialize_with = "bounded::<_, _, 1, 100000>")]
    #[param(required = false, minimum = 1, maximum = 100_000, default = 20_000)]
    pub radius_meters: u32,
    /// Only this kind.
    #[param(inline)]
    pub kind: Option<Kind>,
    /// Only those with this skill.
    #[param(inline, value_type = Option<String>, pattern = "^(0[1-9]|1[0-9]|2[0-3]|99)$")]
    pub skill: Option<Skill>,
    /// Only below this one.
    pub within: Option<OrganizationId>,
    /// How many items at most.
    #[serde(default = "usual_page", deserialize_with = "limit")]
    #[param(required = false, minimum = 1, maximum = 100, default = 20)]
    pub limit: u32,
}

const fn usual_radius() -> u32 {
    20_000
}

/// Where a branch is to hang.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MoveOrganization {
    /// The new parent; the caller must administer it too.
    pub parent_id: OrganizationId,
}

/// Organizations in CSV.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OrganizationImport {
    /// Below which organization rows without a parent hang.
    pub parent_id: OrganizationId,
    /// CSV with the header `code,name,kind,parent` and, if wanted, `latitude,longitude`
    /// (WGS-84). `parent` is the code of an earlier row or of an organization that
    /// is there already; empty means `parentId`.
    #[schema(min_length = 1, max_length = 1_000_000)]
    pub csv: String,
    /// Only say what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

/// What became of an import.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImportResult {
    /// How many organizations were created.
    pub created: u32,
    /// How many rows were refused.
    pub refused: u32,
    /// One result per row.
    pub rows: Vec<ImportRow>,
}

/// What became of one row.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImportRow {
    /// The line in the file; the header is line 1.
    pub line: u32,
    /// The organization, if it was created.
    pub organization_id: Option<OrganizationId>,
    /// What was wrong, if it was refused.
    pub error: Option<FieldCode>,
    /// The column that was wrong.
    pub column: Option<String>,
}

/// A new version of a rule.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewRule {
    /// From when it holds; at once if absent. Never in the past.
    #[serde(default, deserialize_with = "perhaps_instant")]
    pub effective_from: Option<DateTime<Utc>>,
    /// The rule and its value.
    pub value: RuleValue,
}

/// A version of a rule; never changed afterwards.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Rule)]
pub struct RuleView {
    /// Its id; null for the value that holds where nobody has set the rule.
    pub rule_id: Option<RuleId>,
    /// Where it is set; null where nobody has set it.
    pub organization_id: Option<OrganizationId>,
    /// From when it holds.
    pub effective_from: Option<DateTime<Utc>>,
    /// The rule and its value.
    pub value: RuleValue,
}

impl From<Version> for RuleView {
    fn from(version: Version) -> Self {
        Self {
            rule_id: Some(version.rule_id),
            organization_id: Some(version.organization_id),
            effective_from: Some(version.effective_from),
            value: version.value,
        }
    }
}

page!(
    /// A page of versions of rules.
    RulePage of RuleView
);

/// The rules that hold for an organization now, set there, above it, or nowhere.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EffectiveRules {
    /// One version per rule.
    pub items: Vec<RuleView>,
}
