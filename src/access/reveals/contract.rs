//! What callers send and see of reveals, and what people see of who looked at their data.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::domain::{Reveal, RevealKind, RevealPurpose, RevealState};
use crate::access::gate::Caller;
use crate::ids::{AccountId, DemandId, OrganizationId, RevealId, VolunteerId};
use crate::platform::http::page::{list_query, page};
use crate::platform::values::{Reason, ShownName, ShownPhone};

/// Asks for the whole telephone of somebody.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RevealContact {
    /// What for.
    pub purpose: RevealPurpose,
    /// The same in words: whoever's telephone it is reads it.
    pub reason: Reason,
}

/// Whom to call, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RevealedContact)]
pub struct Contact {
    /// Who.
    pub name: ShownName,
    /// His telephone, in full; null where none is known.
    pub phone: Option<ShownPhone>,
    /// Where help is needed, in words; null for a volunteer.
    pub address: Option<String>,
}

/// A look at what is masked otherwise.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Reveal)]
pub struct RevealView {
    /// Its id.
    pub reveal_id: RevealId,
    /// What is looked at.
    pub kind: RevealKind,
    /// The demand whose contact it is.
    pub demand_id: Option<DemandId>,
    /// The volunteer whose contact it is.
    pub volunteer_id: Option<VolunteerId>,
    /// How it stands.
    pub state: RevealState,
    /// Who asked.
    pub asked_by: AccountId,
    /// His name.
    pub asked_by_name: String,
    /// Where he has to do with it.
    pub organization_id: OrganizationId,
    /// Its name.
    pub organization_name: String,
    /// What for.
    pub purpose: RevealPurpose,
    /// The same in his words.
    pub reason: String,
    /// When he asked.
    pub asked_at: DateTime<Utc>,
    /// Until when it is to be approved or refused; null where nobody has to.
    pub approve_by: Option<DateTime<Utc>>,
    /// Until when he sees it; null unless it was granted.
    pub visible_until: Option<DateTime<Utc>>,
    /// Who approved or refused it; null where nobody had to, or has yet.
    pub decided_by_name: Option<String>,
    /// When.
    pub decided_at: Option<DateTime<Utc>>,
    /// Why it was refused.
    pub decision_reason: Option<String>,
    /// What is seen: for whoever asked, as long as it is `visible`. Null for everybody else,
    /// and when a request is repeated under its `Idempotency-Key`: who has missed it reads
    /// `GET /reveals/{revealId}`.
    pub contact: Option<Contact>,
}

impl RevealView {
    /// The look as this caller sees it, with what it shows if he may see that.
    #[must_use]
    pub fn of(reveal: &Reveal, caller: &Caller, contact: Option<Contact>) -> Self {
        let decision = reveal.decision.as_ref();
        Self {
            reveal_id: reveal.reveal_id,
            kind: reveal.subject.kind(),
            demand_id: reveal.subject.demand(),
            volunteer_id: reveal.subject.volunteer(),
            state: reveal.state(caller.now),
            asked_by: reveal.asked_by,
            asked_by_name: reveal.asked_by_name.clone(),
            organization_id: reveal.organization_id,
            organization_name: caller.actor.name_of(reveal.organization_id),
            purpose: reveal.purpose,
            reason: reveal.reason.clone(),
            asked_at: reveal.asked_at,
            approve_by: reveal.approve_by,
            visible_until: reveal.visible_until,
            decided_by_name: decision.map(|decision| decision.by_name.clone()),
            decided_at: decision.map(|decision| decision.at),
            decision_reason: decision.and_then(|decision| decision.reason.clone()),
            contact,
        }
    }
}

page!(
    /// A page of looks that wait for an approval.
    RevealPage of RevealView
);

list_query! {
    /// Which looks to list that wait for an approval.
    RevealQuery in order of EarliestFirst {
        /// Those asked for at this organization and below.
        within: OrganizationId,
    }
    /// Only those asked for at this instant or later.
    asked_from..
    /// Only those asked for before this instant.
    asked_until
}

/// Who looked at one's data, and what for.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccessLogEntry {
    /// The look.
    pub reveal_id: RevealId,
    /// When it became visible.
    pub at: DateTime<Utc>,
    /// What was looked at.
    pub kind: RevealKind,
    /// The order whose contact it is.
    pub demand_id: Option<DemandId>,
    /// Who looked.
    pub by_name: String,
    /// Where he has to do with it.
    pub organization_id: OrganizationId,
    /// Its name.
    pub organization_name: String,
    /// What for.
    pub purpose: RevealPurpose,
    /// The same in his words.
    pub reason: String,
    /// Until when he saw it.
    pub visible_until: Option<DateTime<Utc>>,
    /// Who approved it, where it is of a minor.
    pub approved_by_name: Option<String>,
}

impl AccessLogEntry {
    /// What somebody is told of a look at his data.
    #[must_use]
    pub fn of(at: DateTime<Utc>, reveal: Reveal, caller: &Caller) -> Self {
        Self {
            reveal_id: reveal.reveal_id,
            at,
            kind: reveal.subject.kind(),
            demand_id: reveal.subject.demand(),
            by_name: reveal.asked_by_name,
            organization_id: reveal.organization_id,
            organization_name: caller.actor.name_of(reveal.organization_id),
            purpose: reveal.purpose,
            reason: reveal.reason,
            visible_until: reveal.visible_until,
            approved_by_name: reveal.decision.map(|decision| decision.by_name),
        }
    }
}

page!(
    /// A page of who looked at one's data.
    AccessLogPage of AccessLogEntry
);

list_query! {
    /// Which part of one's access log to read.
    AccessLogQuery in order of LatestFirst {}
    /// Only at this instant or later.
    looked_from..
    /// Only before this instant.
    looked_until
}
