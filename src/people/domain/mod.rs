//! How often a person may take with him what is kept of him, the life of a deletion, and how
//! long what is personal is kept.

mod requests;

pub use requests::{RequestKind, RequestState, RightsRequest};

use chrono::{DateTime, Duration, Utc};
use serde_json::json;
use uuid::Uuid;

use crate::ids::{AccountId, OrganizationId, RuleId, VolunteerId};
use crate::platform::journal::Fact;
use crate::problem::{Code, Problem};

/// How often the document is opened in a day.
pub const EXPORTS_A_DAY: u32 = 10;
/// How many pages of its sections are read in a day.
pub const PAGES_A_DAY: u32 = 1_000;

/// The words that say that a deletion is meant, one of which is to be sent.
pub const CONFIRMATIONS: [&str; 2] = ["注销账号", "delete my account"];

/// How long a step is waited for that has failed once, in minutes; twice as long each time.
const FIRST_WAIT_MINUTES: i64 = 5;
/// So many doublings are longer than a day, which is the longest wait.
const MOST_DOUBLINGS: i64 = 10;

/// For how many days a deletion can be taken back.
#[derive(Clone, Copy, Debug)]
pub struct WithdrawalDays(pub u32);

/// Where a deletion stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum DeletionState {
    /// It can be taken back.
    Waiting,
    /// It was taken back.
    Withdrawn,
    /// The account is closed, and what is personal is being put out.
    Erasing,
    /// Nothing is left to be put out.
    Done,
}

/// What is being put out, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum Phase {
    /// His name where he has helped.
    Assignments,
    /// What he was told.
    Notices,
    /// What he has ordered, and what was said of it.
    Demands,
}

/// The deletion of an account, and how far it has come.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub struct Deletion {
    /// Its id.
    #[sqlx(rename = "deletion_id")]
    pub id: Uuid,
    /// Whose.
    pub account_id: AccountId,
    /// Where it stands.
    pub state: DeletionState,
    /// When it was asked for.
    pub asked_at: DateTime<Utc>,
    /// When its next step is due.
    pub due_at: DateTime<Utc>,
    /// Whether something stood in its way when it came due.
    pub held_up: bool,
    /// Whoever he was as a volunteer, once the account is closed.
    pub volunteer_id: Option<VolunteerId>,
    /// What is being put out.
    pub phase: Phase,
    /// Up to where in time that has been done.
    pub after_at: DateTime<Utc>,
    /// And up to which row of that instant.
    pub after_id: Uuid,
    /// How often its next step has failed so far.
    pub failures: i64,
    /// Whether an order was met that has not ended.
    pub found_open: bool,
    /// When the account was closed.
    pub closed_at: Option<DateTime<Utc>>,
    /// When everything was put out.
    pub finished_at: Option<DateTime<Utc>>,
    /// Counts its changes.
    pub version: i64,
}

impl Deletion {
    /// What somebody asks for now.
    #[must_use]
    pub fn asked(
        id: Uuid,
        account_id: AccountId,
        now: DateTime<Utc>,
        days: WithdrawalDays,
    ) -> Self {
        Self {
            id,
            account_id,
            state: DeletionState::Waiting,
            asked_at: now,
            due_at: now + Duration::days(days.0.into()),
            held_up: false,
            volunteer_id: None,
            phase: Phase::Assignments,
            after_at: DateTime::UNIX_EPOCH,
            after_id: Uuid::nil(),
            failures: 0,
            found_open: false,
            closed_at: None,
            finished_at: None,
            version: 1,
        }
    }

    /// Behind which row the next piece begins.
    #[must_use]
    pub const fn after(&self) -> (DateTime<Utc>, Uuid) {
        (self.after_at, self.after_id)
    }

    /// The same at its next piece, or at the beginning of a phase where there is none.
    #[must_use]
    pub fn at_or_in(self, next: Option<(DateTime<Utc>, Uuid)>, phase: Phase) -> Self {
        match next {
            Some((after_at, after_id)) => Self { after_at, after_id, ..self },
            None => Self { phase, after_at: DateTime::UNIX_EPOCH, after_id: Uuid::nil(), ..self },
        }
    }

    /// The same when its next step has failed: tried again after minutes, and each time later,
    /// at the latest after a day.
    #[must_use]
    pub fn postponed(self, now: DateTime<Utc>) -> Self {
        let doublings = self.failures.clamp(0, MOST_DOUBLINGS);
        let wait = Duration::minutes(FIRST_WAIT_MINUTES << doublings).min(Duration::days(1));
        Self { due_at: now + wait, failures: self.failures.saturating_add(1), ..self }
    }

    /// What happened to it.
    #[must_use]
    pub fn fact(&self, name: &'static str) -> Fact {
        Fact {
            name,
            demand_id: None,
            subject_id: self.account_id.0,
            reason: None,
            data: json!({
                "deletionId": self.id,
                "accountId": self.account_id,
                "dueAt": self.due_at,
            }),
        }
    }
}

/// What is under way for which an account is needed.
#[derive(Clone, Debug, Default)]
pub struct Matters {
    /// The numbers of orders that have not ended.
    pub demands: Vec<String>,
    /// The numbers of orders that he has promised to serve.
    pub assignments: Vec<String>,
    /// Whether he holds a role.
    pub role: bool,
}

impl Matters {
    /// Whether nothing is under way.
    #[must_use]
    pub const fn are_none(&self) -> bool {
        self.demands.is_empty() && self.assignments.is_empty() && !self.role
    }

    /// That nothing is under way.
    ///
    /// # Errors
    /// `account_in_use`, which names everything that is.
    pub fn require_none(&self) -> Result<(), Problem> {
        if self.are_none() {
            return Ok(());
        }
        let of = |what: &str, numbers: &[String]| {
            (!numbers.is_empty()).then(|| format!("{what} {}", numbers.join(", ")))
        };
        let parts = [
            of("demand", &self.demands),
            of("assignment", &self.assignments),
            self.role.then(|| "role".to_owned()),
        ];
        let named: Vec<String> = parts.into_iter().flatten().collect();
        Err(Problem::of(Code::AccountInUse).about(named.join("; ")))
    }
}

/// How long what is personal of orders that have ended is kept in one county.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// The center of the county.
    pub county_id: OrganizationId,
    /// For how many days.
    pub days: u32,
    /// The version of the rule that says so.
    pub rule_id: Option<RuleId>,
    /// What ended before this instant has passed its time.
    pub before: DateTime<Utc>,
}

impl Limit {
    /// That so many have been put out.
    #[must_use]
    pub fn fact(&self, rows: usize) -> Fact {
        Fact {
            name: "retention.swept.v1",
            demand_id: None,
            subject_id: self.county_id.0,
            reason: None,
            data: json!({
                "class": "closed_demands",
                "rows": rows,
                "before": self.before,
                "ruleId": self.rule_id,
            }),
        }
    }
}
