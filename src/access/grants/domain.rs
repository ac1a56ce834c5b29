//! Roles at nodes, and those who stand in for a time.

use chrono::{DateTime, Duration, SecondsFormat, Utc};
use serde_json::json;

use super::contract::Delegation;
use crate::access::domain::Role;
use crate::ids::{AccountId, GrantId, OrganizationId};
use crate::platform::clock::Clock;
use crate::platform::journal::Fact;
use crate::problem::{Code, FieldCode, Problem};

/// How far behind ours the clock may be of somebody who means "now".
const CLOCKS_APART: Duration = Duration::minutes(1);

/// How long somebody may stand in at most: longer than that is a role of his own.
const DELEGATED_DAYS: i64 = 90;

/// How far ahead standing in may begin.
const AHEAD_DAYS: i64 = 90;

/// What begins so soon after the end of the one before goes on with it.
const BREAK: Duration = Duration::days(1);

/// A time in which somebody stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Period {
    /// From when.
    #[sqlx(rename = "valid_from")]
    pub from: DateTime<Utc>,
    /// Until when.
    #[sqlx(rename = "valid_until")]
    pub until: DateTime<Utc>,
}

impl Period {
    /// The time in which he stands in without a break, if he does so in these others too.
    fn together_with(self, others: &[Self]) -> Self {
        let goes_on = |whole: Self, other: &&Self| {
            other.from < whole.until + BREAK && whole.from < other.until + BREAK
        };
        let widened = |whole: Self, other: &Self| Self {
            from: whole.from.min(other.from),
            until: whole.until.max(other.until),
        };
        let mut whole = self;
        loop {
            let near = others.iter().filter(|other| goes_on(whole, other));
            let wider = near.fold(whole, widened);
            if wider == whole {
                return whole;
            }
            whole = wider;
        }
    }
}

/// A role at a node of the tree, valid for it and everything below.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Grant {
    /// Its id.
    pub grant_id: GrantId,
    /// Who holds it.
    pub account_id: AccountId,
    /// Where; everywhere on this installation when absent.
    pub organization_id: Option<OrganizationId>,
    /// What he may do there.
    pub role: Role,
    /// From when.
    pub valid_from: DateTime<Utc>,
    /// Until when; open-ended when absent.
    pub valid_until: Option<DateTime<Utc>>,
    /// The grant that it was delegated from, if it was: it ends with that one.
    pub delegated_from: Option<GrantId>,
    /// Who holds that one.
    pub delegated_by: Option<AccountId>,
}

impl Grant {
    /// A role in the whole installation.
    #[must_use]
    pub fn platform(clock: &Clock, account_id: AccountId, role: Role) -> Self {
        Self {
            grant_id: clock.new_id(),
            account_id,
            organization_id: None,
            role,
            valid_from: clock.now(),
            valid_until: None,
            delegated_from: None,
            delegated_by: None,
        }
    }

    /// The same role for a colleague who stands in.
    ///
    /// # Errors
    /// `not_possible` for one that is delegated itself; a field of `invalid_request` that
    /// says what is wrong with the time or the colleague.
    pub fn delegated(
        &self,
        grant_id: GrantId,
        delegation: &Delegation,
        now: DateTime<Utc>,
    ) -> Result<Self, Problem> {
        if self.delegated_from.is_some() {
            return Err(Problem::of(Code::NotPossible).about("delegated"));
        }
        if delegation.account_id == self.account_id {
            return Err(Problem::field("/accountId", FieldCode::Unchanged));
        }
        let valid_from = delegation.valid_from.unwrap_or(now).max(self.valid_from);
        let valid_until = delegation.valid_until;
        require_period(valid_from, Some(valid_until), now)?;
        require_by("/validFrom", valid_from, now + Duration::days(AHEAD_DAYS))?;
        let longest = valid_from + Duration::days(DELEGATED_DAYS);
        let latest = self.valid_until.map_or(longest, |until| until.min(longest));
        require_by("/validUntil", valid_until, latest)?;
        Ok(Self {
            grant_id,
            account_id: delegation.account_id,
            organization_id: self.organization_id,
            role: self.role,
            valid_from,
            valid_until: Some(valid_until),
            delegated_from: Some(self.grant_id),
            delegated_by: Some(self.account_id),
        })
    }

    /// From when a period can begin that goes on into this one, as none lasts longer.
    #[must_use]
    pub fn earliest_before(&self) -> DateTime<Utc> {
        self.valid_from - Duration::days(DELEGATED_DAYS) - BREAK
    }

    /// Whether with the other periods in which the same colleague stands in so it lasts no longer
    /// than one may: else somebody would stand in for ever, 90 days at a time.
    ///
    /// # Errors
    /// `too_long_together`, with the whole time that it would be.
    pub fn require_break(&self, others: &[Period]) -> Result<(), Problem> {
        let Some(until) = self.valid_until else { return Ok(()) };
        let whole = Period { from: self.valid_from, until }.together_with(others);
        if whole.until - whole.from <= Duration::days(DELEGATED_DAYS) {
            return Ok(());
        }
        let whole = format!("{} – {}", in_seconds(whole.from), in_seconds(whole.until));
        let problem = Problem::of(Code::InvalidRequest);
        Err(problem.and_field("/validUntil", FieldCode::TooLongTogether, whole))
    }

    /// What happened to it.
    #[must_use]
    pub fn fact(&self, name: &'static str) -> Fact {
        Fact {
            name,
            demand_id: None,
            subject_id: self.grant_id.0,
            reason: None,
            data: json!({
                "accountId": self.account_id,
                "organizationId": self.organization_id,
                "role": self.role,
                "validFrom": self.valid_from,
                "validUntil": self.valid_until,
                "delegatedBy": self.delegated_by,
            }),
        }
    }
}

/// Whether an instant lies no further ahead than the latest.
fn require_by(
    pointer: &'static str,
    at: DateTime<Utc>,
    latest: DateTime<Utc>,
) -> Result<(), Problem> {
    if at <= latest {
        return Ok(());
    }
    let problem = Problem::of(Code::InvalidRequest);
    Err(problem.and_field(pointer, FieldCode::TooFarAhead, in_seconds(latest)))
}

/// An instant as a body says it.
fn in_seconds(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Whether a role can be held for this time, as far as it is said.
///
/// # Errors
/// A field of `invalid_request` where it lies in the past, or ends before it begins.
pub fn require_period(
    from: DateTime<Utc>,
    until: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    if from < now - CLOCKS_APART {
        return Err(Problem::field("/validFrom", FieldCode::InThePast));
    }
    if until.is_some_and(|until| until <= from) {
        return Err(Problem::field("/validUntil", FieldCode::Reversed));
    }
    Ok(())
}

/// Whether somebody who works at one of these places is a colleague of those at the node:
/// there himself, above, or below. `lineage` is a node with all above it.
pub fn is_colleague(
    workplaces: &[Option<OrganizationId>],
    node: Option<OrganizationId>,
    lineage: impl Fn(OrganizationId) -> Vec<OrganizationId>,
) -> bool {
    let near = |workplace: &Option<OrganizationId>| match (*workplace, node) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(workplace), Some(node)) => {
            lineage(node).contains(&workplace) || lineage(workplace).contains(&node)
        }
    };
    workplaces.iter().any(near)
}
