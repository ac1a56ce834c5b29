//! The rules, their values where nobody set any, and how one is picked.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::{Map, Value};
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Schema};
use utoipa::openapi::{RefOr, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::ids::RuleId;
use crate::platform::calendar::{Calendar, Span};
use crate::platform::http::json::read_tracked;
use crate::platform::values::{bounded, refusal_below};
use crate::problem::FieldCode;

/// The name of the rule of which a tree has one, on its root.
pub const CALENDAR: &str = "calendar";

/// A span as the contract writes it: exactly one of the three.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SpanRule {
    /// So many minutes from the beginning.
    Minutes(#[serde(deserialize_with = "bounded::<_, _, 1, 525600>")] u32),
    /// Until the end of the local day, so many days later; 0 is the same day.
    LocalDays(#[serde(deserialize_with = "bounded::<_, _, 0, 366>")] u32),
    /// Until the end of the n-th working day after the beginning.
    WorkingDays(#[serde(deserialize_with = "bounded::<_, _, 0, 366>")] u32),
}

impl PartialSchema for SpanRule {
    fn schema() -> RefOr<Schema> {
        let alternative = |name: &str, least: u32, most: u32, words: &str| {
            let number = ObjectBuilder::new()
                .schema_type(Type::Integer)
                .minimum(Some(least))
                .maximum(Some(most))
                .description(Some(words));
            ObjectBuilder::new().property(name, number).required(name).additional_properties(Some(
                utoipa::openapi::schema::AdditionalProperties::<Schema>::FreeForm(false),
            ))
        };
        OneOfBuilder::new()
            .item(alternative("minutes", 1, 525_600, "So many minutes 分钟"))
            .item(alternative(
                "localDays",
                0,
                366,
                "Until the end of the local day, so many days later 当地日终",
            ))
            .item(alternative(
                "workingDays",
                0,
                366,
                "Until the end of the n-th working day 工作日终",
            ))
            .description(Some("A span of time: exactly one of the three 时限"))
            .into()
    }
}

impl ToSchema for SpanRule {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Span")
    }
}

impl From<SpanRule> for Span {
    fn from(rule: SpanRule) -> Self {
        match rule {
            SpanRule::Minutes(minutes) => Self::Minutes(minutes),
            SpanRule::LocalDays(days) => Self::LocalDays(days),
            SpanRule::WorkingDays(days) => Self::WorkingDays(days),
        }
    }
}

/// How long a demand may wait. Pingyang: 10 minutes in its two towns, elsewhere
/// respond and handle by the end of the same local day (domain.md 1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Clocks {
    /// Until somebody has accepted it.
    pub respond: SpanRule,
    /// Until it has been served.
    pub handle: SpanRule,
    /// Instead of `respond` where the demand is urgent.
    pub urgent_respond: Option<SpanRule>,
    /// Instead of `handle` where the demand is urgent.
    pub urgent_handle: Option<SpanRule>,
}

/// How a responder is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Matching {
    /// How long one responder is waited for before the next is asked, in minutes.
    #[schema(minimum = 1, maximum = 10080)]
    #[serde(deserialize_with = "bounded::<_, _, 1, 10080>")]
    pub offer_minutes: u32,
    /// How far a responder may be, in meters.
    #[schema(minimum = 100, maximum = 200_000)]
    #[serde(deserialize_with = "bounded::<_, _, 100, 200000>")]
    pub radius_meters: u32,
    /// How many levels above the responsible organization the search begins: a
    /// station at 1 searches the teams of its whole town.
    #[schema(minimum = 0, maximum = 4)]
    #[serde(deserialize_with = "bounded::<_, _, 0, 4>")]
    pub levels_up: u32,
    /// How many open dispatches a team may have before it is spared.
    #[schema(minimum = 1, maximum = 1000)]
    #[serde(deserialize_with = "bounded::<_, _, 1, 1000>")]
    pub maximum_open: u32,
    /// Teams within one band of this width are near alike: the one asked longest ago goes first.
    #[schema(minimum = 1, maximum = 50000)]
    #[serde(deserialize_with = "bounded::<_, _, 1, 50000>")]
    pub band_meters: u32,
    /// How soon an unfilled demand is tried again, in minutes.
    #[schema(minimum = 1, maximum = 10080)]
    #[serde(deserialize_with = "bounded::<_, _, 1, 10080>")]
    pub retry_minutes: u32,
}

/// How presence is proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Attendance {
    /// How far from the place of service one may check in, in meters; 0 is unlimited.
    #[schema(minimum = 0, maximum = 9999)]
    #[serde(deserialize_with = "bounded::<_, _, 0, 9999>")]
    pub radius_meters: u32,
    /// How often the code on the spot changes, in seconds. The one before is still good.
    #[schema(minimum = 30, maximum = 86400)]
    #[serde(deserialize_with = "bounded::<_, _, 30, 86400>")]
    pub code_seconds: u32,
}

/// How minutes are credited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Hours {
    /// Minutes are credited in whole steps of this size, rounded down.
    #[schema(minimum = 1, maximum = 60)]
    #[serde(deserialize_with = "bounded::<_, _, 1, 60>")]
    pub step_minutes: u32,
    /// The most that one service is credited with, in minutes.
    #[schema(minimum = 1, maximum = 1440)]
    #[serde(deserialize_with = "bounded::<_, _, 1, 1440>")]
    pub maximum_minutes: u32,
}

/// How a service is judged and the demand closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EvaluationRule {
    /// How long the resident is waited for; then silence closes the demand.
    pub window: SpanRule,
    /// Whether a demand that the resident calls solved is closed at once; else a
    /// dispatcher closes it.
    pub closes_when_solved: bool,
}

/// How those who work there sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignInRule {
    /// Whether whoever has a role there or below signs in with a second factor: until he has
    /// set one up he may do nothing else.
    pub second_factor: bool,
}

/// How much one person may order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OrderingRule {
    /// How many orders one person may have placed in a local day. What staff takes down
    /// for him counts, and is never refused.
    #[schema(minimum = 1, maximum = 1000)]
    #[serde(deserialize_with = "bounded::<_, _, 1, 1000>")]
    pub per_person_and_day: u32,
}

/// How long what is personal is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RetentionRule {
    /// For how many days after an order has ended it says for whom it was: name, telephone,
    /// address, precise place and all words. Set on a county or above.
    #[schema(minimum = 30, maximum = 36500)]
    #[serde(deserialize_with = "bounded::<_, _, 30, 36500>")]
    pub closed_demand_days: u32,
}

/// How people are answered who want something of what is kept of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RightsRule {
    /// Until when they are to be answered.
    pub answer_within: SpanRule,
}

/// How long somebody sees what is masked otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RevealRule {
    /// For how many minutes whoever asked for a telephone reads it again.
    #[schema(minimum = 1, maximum = 120)]
    #[serde(deserialize_with = "bounded::<_, _, 1, 120>")]
    pub minutes: u32,
    /// For how many hours a request waits that an administrator has to approve; then it is
    /// `lapsed`.
    #[schema(minimum = 1, maximum = 168, default = 24)]
    #[serde(default = "usual_approval_hours", deserialize_with = "bounded::<_, _, 1, 168>")]
    pub approval_hours: u32,
}

/// A day: who needs it after all asks again.
const fn usual_approval_hours() -> u32 {
    24
}

/// A rule by its name, with its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum RuleValue {
    /// How long a demand may wait.
    Clocks(Clocks),
    /// How a responder is found.
    Matching(Matching),
    /// How presence is proven.
    Attendance(Attendance),
    /// How minutes are credited.
    Hours(Hours),
    /// How a service is judged and the demand closed.
    Evaluation(EvaluationRule),
    /// How those who work there sign in.
    SignIn(SignInRule),
    /// How much one person may order.
    Ordering(OrderingRule),
    /// How long what is personal is kept.
    Retention(RetentionRule),
    /// How people are answered who want something of what is kept of them.
    Rights(RightsRule),
    /// How long somebody sees what is masked otherwise.
    Reveals(RevealRule),
    /// By which calendar a whole tree lives; only at its root.
    Calendar(Arc<Calendar>),
}

impl<'de> Deserialize<'de> for RuleValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut members = Map::<String, Value>::deserialize(deserializer)?;
        let name = members.remove("name").ok_or_else(|| de::Error::missing_field("name"))?;
        let value = Value::Object(members);
        Ok(match name.as_str().unwrap_or_default() {
            "clocks" => Self::Clocks(read_tracked(value)?),
            "matching" => Self::Matching(read_tracked(value)?),
            "attendance" => Self::Attendance(read_tracked(value)?),
            "hours" => Self::Hours(read_tracked(value)?),
            "evaluation" => Self::Evaluation(read_tracked(value)?),
            "sign_in" => Self::SignIn(read_tracked(value)?),
            "ordering" => Self::Ordering(read_tracked(value)?),
            "retention" => Self::Retention(read_tracked(value)?),
            "rights" => Self::Rights(read_tracked(value)?),
            "reveals" => Self::Reveals(read_tracked(value)?),
            CALENDAR => Self::Calendar(Arc::new(read_tracked(value)?)),
            _ => return Err(refusal_below("/name", FieldCode::NotOneOf, Self::NAMES.join(", "))),
        })
    }
}

impl PartialSchema for RuleValue {
    fn schema() -> RefOr<Schema> {
        OneOfBuilder::new()
            .item(named("clocks", Clocks::schema()))
            .item(named("matching", Matching::schema()))
            .item(named("attendance", Attendance::schema()))
            .item(named("hours", Hours::schema()))
            .item(named("evaluation", EvaluationRule::schema()))
            .item(named("sign_in", SignInRule::schema()))
            .item(named("ordering", OrderingRule::schema()))
            .item(named("retention", RetentionRule::schema()))
            .item(named("rights", RightsRule::schema()))
            .item(named("reveals", RevealRule::schema()))
            .item(named(CALENDAR, Calendar::schema()))
            .description(Some("A rule by its name, with its value 规则"))
            .into()
    }
}

impl ToSchema for RuleValue {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("RuleValue")
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push(("Span".to_owned(), SpanRule::schema()));
    }
}

/// The value with its name among its members. Derived, the schema would ask for the value and for a
/// name beside it, which nothing satisfies, because the value admits no further member.
fn named(name: &str, value: RefOr<Schema>) -> RefOr<Schema> {
    let RefOr::T(Schema::Object(mut value)) = value else { return value };
    let constant = ObjectBuilder::new().schema_type(Type::String).enum_values(Some([name]));
    value.properties.insert("name".to_owned(), constant.into());
    value.required.push("name".to_owned());
    Schema::Object(value).into()
}

impl RuleValue {
    /// The names of all rules.
    pub const NAMES: &'static [&'static str] = &[
        "clocks",
        "matching",
        "attendance",
        "hours",
        "evaluation",
        "ordering",
        "retention",
        "rights",
        "reveals",
        "sign_in",
        CALENDAR,
    ];

    /// The name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Clocks(_) => "clocks",
            Self::Matching(_) => "matching",
            Self::Attendance(_) => "attendance",
            Self::Hours(_) => "hours",
            Self::Evaluation(_) => "evaluation",
            Self::SignIn(_) => "sign_in",
            Self::Ordering(_) => "ordering",
            Self::Retention(_) => "retention",
            Self::Rights(_) => "rights",
            Self::Reveals(_) => "reveals",
            Self::Calendar(_) => CALENDAR,
        }
    }

    /// What holds where nobody has set the rule.
    #[must_use]
    pub fn usual(name: &str) -> Option<Self> {
        Some(match name {
            "clocks" => Self::Clocks(Clocks::USUAL),
            "matching" => Self::Matching(Matching::USUAL),
            "attendance" => Self::Attendance(Attendance::USUAL),
            "hours" => Self::Hours(Hours::USUAL),
            "evaluation" => Self::Evaluation(EvaluationRule::USUAL),
            "sign_in" => Self::SignIn(SignInRule::USUAL),
            "ordering" => Self::Ordering(OrderingRule::USUAL),
            "retention" => Self::Retention(RetentionRule::USUAL),
            "rights" => Self::Rights(RightsRule::USUAL),
            "reveals" => Self::Reveals(RevealRule::USUAL),
            CALENDAR => Self::Calendar(usual_calendar()),
            _ => return None,
        })
    }
}

/// The calendar of a tree whose root has set none: China's zone and plain weeks.
#[must_use]
pub fn usual_calendar() -> Arc<Calendar> {
    static USUAL: LazyLock<Arc<Calendar>> =
        LazyLock::new(|| Arc::new(Calendar::new(chrono_tz::Asia::Shanghai)));
    Arc::clone(&USUAL)
}

/// One kind of rule.
pub trait Rule: Copy {
    /// Its name.
    const NAME: &'static str;
    /// What holds where nobody has set it.
    const USUAL: Self;
    /// This kind's value, if that is what it is.
    fn of(value: &RuleValue) -> Option<Self>;
}

/// What holds at a place and time, with the version it comes from.
#[derive(Clone, Copy, Debug)]
pub struct Ruling<R> {
    /// What holds.
    pub value: R,
    /// The version; absent where nobody has set the rule.
    pub rule_id: Option<RuleId>,
}

macro_rules! rules {
    ($($type:ident $name:literal $variant:ident = $usual:expr;)*) => { $(
        impl Rule for $type {
            const NAME: &'static str = $name;
            const USUAL: Self = $usual;
            fn of(value: &RuleValue) -> Option<Self> {
                match value {
                    RuleValue::$variant(value) => Some(*value),
                    _ => None,
                }
            }
        }
    )* };
}

rules! {
    Clocks "clocks" Clocks = Self {
        respond: SpanRule::LocalDays(0),
        handle: SpanRule::LocalDays(0),
        urgent_respond: None,
        urgent_handle: None,
    };
    Matching "matching" Matching = Self {
        offer_minutes: 5,
        radius_meters: 15_000,
        levels_up: 1,
        maximum_open: 5,
        band_meters: 500,
        retry_minutes: 30,
    };
    Attendance "attendance" Attendance = Self { radius_meters: 300, code_seconds: 120 };
    Hours "hours" Hours = Self { step_minutes: 1, maximum_minutes: 720 };
    EvaluationRule "evaluation" Evaluation =
        Self { window: SpanRule::LocalDays(7), closes_when_solved: true };
    SignInRule "sign_in" SignIn = Self { second_factor: false };
    OrderingRule "ordering" Ordering = Self { per_person_and_day: 20 };
    RetentionRule "retention" Retention = Self { closed_demand_days: 1095 };
    RightsRule "rights" Rights = Self { answer_within: SpanRule::WorkingDays(15) };
    RevealRule "reveals" Reveals = Self { minutes: 10, approval_hours: usual_approval_hours() };
}
