//! A look at what is masked otherwise.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Asking;
use super::contract::{Contact, RevealContact};
use crate::access::actor::Actor;
use crate::ids::{AccountId, DemandId, OrganizationId, RevealId, VolunteerId};
use crate::platform::journal::Fact;
use crate::problem::{Code, Problem};

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum RevealKind {
    /// Name, telephone and address of whoever needs help.
    DemandContact,
    /// Name and telephone of a volunteer.
    VolunteerContact,
}

/// What it is looked at for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum RevealPurpose {
    /// To find out whether an order is in order.
    VerifyOrder,
    /// To agree on the time, the place or the help.
    ArrangeService,
    /// To ask how it was.
    CallBack,
    /// Somebody is in danger.
    Emergency,
    /// To look into a complaint.
    HandleComplaint,
    /// Something else, which the reason says.
    Other,
}

/// The thing whose data it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Whoever needs the help that was ordered.
    Demand(DemandId),
    /// A volunteer.
    Volunteer(VolunteerId),
}

impl Subject {
    /// The one of this kind and id.
    #[must_use]
    pub const fn of(kind: RevealKind, id: Uuid) -> Self {
        match kind {
            RevealKind::DemandContact => Self::Demand(DemandId(id)),
            RevealKind::VolunteerContact => Self::Volunteer(VolunteerId(id)),
        }
    }

    /// What of it is looked at.
    #[must_use]
    pub const fn kind(self) -> RevealKind {
        match self {
            Self::Demand(_) => RevealKind::DemandContact,
            Self::Volunteer(_) => RevealKind::VolunteerContact,
        }
    }

    /// Its id.
    #[must_use]
    pub const fn id(self) -> Uuid {
        match self {
            Self::Demand(id) => id.0,
            Self::Volunteer(id) => id.0,
        }
    }

    /// The demand that it is.
    #[must_use]
    pub const fn demand(self) -> Option<DemandId> {
        match self {
            Self::Demand(id) => Some(id),
            Self::Volunteer(_) => None,
        }
    }

    /// The volunteer that it is.
    #[must_use]
    pub const fn volunteer(self) -> Option<VolunteerId> {
        match self {
            Self::Demand(_) => None,
            Self::Volunteer(id) => Some(id),
        }
    }

    /// The fact that its data became visible.
    #[must_use]
    pub const fn revealed_fact(self) -> &'static str {
        match self {
            Self::Demand(_) => "demand.contact_revealed.v1",
            Self::Volunteer(_) => "volunteer.contact_revealed.v1",
        }
    }
}

/// What is shown, and of whom.
#[derive(Debug)]
pub struct Revealed {
    /// What is shown.
    pub contact: Contact,
    /// Whose data it is, where he is known by an account.
    pub account_id: Option<AccountId>,
    /// The telephone: whoever signs in with it reads of the look as well.
    pub phone: Option<String>,
    /// That of his guardian, who does so too.
    pub guardian_phone: Option<String>,
}

/// How a look stands, as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum Standing {
    /// It lasts, or has lasted, until `visible_until`.
    Granted,
    /// Somebody else has to approve it.
    AwaitingApproval,
    /// Nobody sees anything.
    Refused,
}

/// How a look stands now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RevealState {
    /// An administrator has to approve it: it is of a minor.
    AwaitingApproval,
    /// Whoever asked sees it until `visibleUntil`.
    Visible,
    /// Its minutes are over, or nobody has approved it in time: who needs it asks anew.
    Lapsed,
    /// It was refused; `decisionReason` says why.
    Refused,
}

impl RevealState {
    /// The name in the contract.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AwaitingApproval => "awaiting_approval",
            Self::Visible => "visible",
            Self::Lapsed => "lapsed",
            Self::Refused => "refused",
        }
    }
}

/// Who decided on a look that had to be approved.
#[derive(Clone, Debug)]
pub struct Decision {
    /// Who.
    pub by: AccountId,
    /// His name.
    pub by_name: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Why, where he refused.
    pub reason: Option<String>,
}

/// One look at what is masked otherwise.
#[derive(Clone, Debug)]
pub struct Reveal {
    /// Its id.
    pub reveal_id: RevealId,
    /// At what.
    pub subject: Subject,
    /// By whom: nobody else ever sees it.
    pub asked_by: AccountId,
    /// His name.
    pub asked_by_name: String,
    /// Where he has to do with it.
    pub organization_id: OrganizationId,
    /// What for.
    pub purpose: RevealPurpose,
    /// The same in his words.
    pub reason: String,
    /// For how many minutes.
    pub minutes: i64,
    /// How it stands.
    pub standing: Standing,
    /// When he asked.
    pub asked_at: DateTime<Utc>,
    /// Until when it is to be approved, where somebody has to.
    pub approve_by: Option<DateTime<Utc>>,
    /// Until when he sees it; nothing before it is granted.
    pub visible_until: Option<DateTime<Utc>>,
    /// Who decided, where somebody had to.
    pub decision: Option<Decision>,
}

impl Reveal {
    /// A look that is asked for now: granted at once, unless it is of a minor.
    #[must_use]
    pub fn asked(
        actor: &Actor,
        reveal_id: RevealId,
        body: &RevealContact,
        asking: &Asking,
        now: DateTime<Utc>,
    ) -> Self {
        let reveal = Self {
            reveal_id,
            subject: asking.subject,
            asked_by: actor.account_id,
            asked_by_name: actor.name_for_others(now).into(),
            organization_id: asking.organization_id,
            purpose: body.purpose,
            reason: body.reason.as_str().to_owned(),
            minutes: i64::from(asking.minutes),
            standing: Standing::AwaitingApproval,
            asked_at: now,
            approve_by: None,
            visible_until: None,
            decision: None,
        };
        if asking.of_minor {
            let approve_by = now + Duration::hours(asking.approval_hours.into());
            Self { approve_by: Some(approve_by), ..reveal }
        } else {
            reveal.granted(now)
        }
    }

    fn granted(self, now: DateTime<Utc>) -> Self {
        let visible_until = Some(now + Duration::minutes(self.minutes));
        Self { standing: Standing::Granted, visible_until, ..self }
    }

    /// How it stands at this instant.
    #[must_use]
    pub fn state(&self, now: DateTime<Utc>) -> RevealState {
        match self.standing {
            Standing::Refused => RevealState::Refused,
            Standing::AwaitingApproval if self.approve_by.is_some_and(|by| now < by) => {
                RevealState::AwaitingApproval
            }
            Standing::Granted if self.visible_until.is_some_and(|until| now < until) => {
                RevealState::Visible
            }
            Standing::AwaitingApproval | Standing::Granted => RevealState::Lapsed,
        }
    }

    /// The same, approved by somebody who answers for it: its minutes begin.
    ///
    /// # Errors
    /// `own_request` for whoever asked himself, `not_possible` unless it waits still.
    pub fn approved(self, by: &Actor, now: DateTime<Utc>) -> Result<Self, Problem> {
        Ok(self.decided(by, None, now)?.granted(now))
    }

    /// The same, refused.
    ///
    /// # Errors
    /// As [`Reveal::approved`].
    pub fn refused(self, by: &Actor, reason: &str, now: DateTime<Utc>) -> Result<Self, Problem> {
        let decided = self.decided(by, Some(reason), now)?;
        Ok(Self { standing: Standing::Refused, ..decided })
    }

    fn decided(
        self,
        by: &Actor,
        reason: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Self, Problem> {
        if by.account_id == self.asked_by {
            return Err(Problem::of(Code::OwnRequest));
        }
        let state = self.state(now);
        if state != RevealState::AwaitingApproval {
            return Err(Problem::of(Code::NotPossible).about(state.as_str()));
        }
        let decision = Decision {
            by: by.account_id,
            by_name: by.name_for_others(now).into(),
            at: now,
            reason: reason.map(str::to_owned),
        };
        Ok(Self { decision: Some(decision), ..self })
    }

    /// What happened to it.
    #[must_use]
    pub fn fact(&self, name: &'static str, reason: Option<&str>) -> Fact {
        let of_reveal = name.starts_with("reveal.");
        Fact {
            name,
            demand_id: self.subject.demand().map(|demand| demand.0),
            subject_id: if of_reveal { self.reveal_id.0 } else { self.subject.id() },
            reason: reason.map(str::to_owned),
            data: json!({
                "revealId": self.reveal_id,
                "kind": self.subject.kind(),
                "subjectId": self.subject.id(),
                "organizationId": self.organization_id,
                "askedBy": self.asked_by,
                "purpose": self.purpose,
                "visibleUntil": self.visible_until,
            }),
        }
    }
}
