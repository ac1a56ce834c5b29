//! Whom each fact concerns: one line for every fact that the journal knows.
//!
//! A test reads the names out of the source: a fact that is not here has not been
//! thought about. An empty line says that nobody is told, and the comment says why.

use serde_json::Value;

use super::kinds::NoticeKind;
use super::news::Parties;

/// Who is told, seen from the fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Whoever ordered; the clerk who took the order down, where he has no account.
    Requester,
    /// The staff of the organization whose turn the demand is, by a role at that
    /// very node: those above look on, they are not told.
    Desk,
    /// The leaders of the team.
    Leaders,
    /// The volunteer whom the fact is about.
    Volunteer,
    /// The volunteers who have a place on the dispatch, and those who were sent home
    /// by this very fact.
    Helpers,
    /// The volunteers who have done their part.
    Done,
    /// The nearest volunteers whom a call fits and whom the system may choose.
    Called,
    /// Whoever holds the role, or whose consent, request or account it is.
    Holder,
    /// Whoever asked to look at what is masked.
    Asker,
    /// The administrators who may decide on what somebody asks for, at the nearest level that has any
    /// but whoever asked: those above look on. Those of the whole installation find it in the list.
    Deciders,
}

/// Under which circumstances he is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Always.
    Always,
    /// Where a person and not the system has to dispatch the demand.
    ByHand,
    /// When the service has ended with it.
    Served,
    /// When somebody else has to be found because of it.
    ToFindAnew,
    /// Unless somebody else has to be found because of it: then the end of the dispatch
    /// tells whoever had a place on it.
    NotToFindAnew,
    /// When the dispatch had been accepted before.
    WasAccepted,
    /// When nobody is asked any more, because the time that was wanted has passed.
    WantedPassed,
    /// Unless the judgment has closed it, of which he is told.
    NotJudged,
    /// When whoever it is for has still to be told how his data is handled.
    NoticeDue,
    /// When it is handed to everybody who fits, and not to a team.
    IsCall,
}

impl When {
    /// Whether it is so.
    #[must_use]
    pub fn holds(self, data: &Value, demand: Option<&Parties>) -> bool {
        let says = |name: &str, word: &str| data.get(name).is_some_and(|value| value == word);
        match self {
            Self::Always => true,
            Self::ByHand => demand.is_some_and(|demand| !demand.automatic),
            Self::Served => says("state", "served"),
            Self::ToFindAnew => says("state", "verified"),
            Self::NotToFindAnew => !says("state", "verified"),
            Self::WasAccepted => says("before", "accepted"),
            Self::WantedPassed => says("cause", "wanted_time_passed"),
            Self::NoticeDue => data.get("privacyNoticeDueId").is_some_and(Value::is_string),
            Self::IsCall => says("kind", "call"),
            Self::NotJudged => !says("closing", "solved"),
        }
    }
}

/// Who is told what, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Telling {
    /// Who.
    pub audience: Audience,
    /// What.
    pub kind: NoticeKind,
    /// When.
    pub when: When,
}

const fn tell(audience: Audience, kind: NoticeKind) -> Telling {
    Telling { audience, kind, when: When::Always }
}

const fn tell_when(when: When, audience: Audience, kind: NoticeKind) -> Telling {
    Telling { audience, kind, when }
}

use Audience::{
    Asker, Called, Deciders, Desk, Done, Helpers, Holder, Leaders, Requester, Volunteer,
};
use NoticeKind as Kind;
use When::{
    ByHand, IsCall, NotJudged, NotToFindAnew, NoticeDue, Served, ToFindAnew, WantedPassed,
    WasAccepted,
};

/// Whom each fact concerns. Somebody who is in several audiences of one fact is told
/// once, by the first.
pub const CONCERNED: &[(&str, &[Telling])] = &[
    // What the system takes in by itself, it dispatches by itself.
    // Whom staff has helped before it could ask him is told how his data is handled.
    (
        "demand.placed.v1",
        &[
            tell_when(NoticeDue, Requester, Kind::PrivacyNoticeDue),
            tell_when(ByHand, Desk, Kind::DemandPlaced),
        ],
    ),
    (
        "demand.verified.v1",
        &[tell(Requester, Kind::DemandVerified), tell_when(ByHand, Desk, Kind::DemandVerified)],
    ),
    ("demand.refused.v1", &[tell(Requester, Kind::DemandRefused)]),
    ("demand.escalated.v1", &[tell(Desk, Kind::DemandEscalated)]),
    ("demand.overdue.v1", &[tell(Desk, Kind::DemandOverdue), tell(Leaders, Kind::DemandOverdue)]),
    (
        "demand.unfilled.v1",
        &[
            tell_when(WantedPassed, Desk, Kind::WantedTimePassed),
            tell_when(WantedPassed, Requester, Kind::WantedTimePassed),
            tell(Desk, Kind::DemandUnfilled),
            tell(Requester, Kind::DemandUnfilled),
        ],
    ),
    // The team and those with a place are told by the end of their dispatch.
    ("demand.transferred.v1", &[tell(Requester, Kind::DemandTransferred)]),
    (
        "demand.cancelled.v1",
        &[tell(Requester, Kind::DemandCancelled), tell_when(ByHand, Desk, Kind::DemandCancelled)],
    ),
    (
        "demand.paused.v1",
        &[
            tell(Requester, Kind::DemandPaused),
            tell(Leaders, Kind::DemandPaused),
            tell(Helpers, Kind::DemandPaused),
        ],
    ),
    (
        "demand.resumed.v1",
        &[
            tell(Requester, Kind::DemandResumed),
            tell(Leaders, Kind::DemandResumed),
            tell(Helpers, Kind::DemandResumed),
        ],
    ),
    (
        "demand.evaluated.v1",
        &[
            tell(Requester, Kind::DemandEvaluated),
            tell(Leaders, Kind::DemandEvaluated),
            tell(Done, Kind::DemandEvaluated),
        ],
    ),
    ("demand.closed.v1", &[tell_when(NotJudged, Requester, Kind::DemandClosed)]),
    (
        "demand.reopened.v1",
        &[tell(Requester, Kind::DemandReopened), tell(Desk, Kind::DemandReopened)],
    ),
    // Whose number it is knows who looks at it; the clerk who looks is not told of himself.
    ("demand.contact_revealed.v1", &[tell(Requester, Kind::ContactRevealed)]),
    ("volunteer.contact_revealed.v1", &[tell(Volunteer, Kind::OwnContactRevealed)]),
    // What for and why, and why not, is read at the reveal itself.
    ("reveal.requested.v1", &[tell(Deciders, Kind::RevealRequested)]),
    ("reveal.approved.v1", &[tell(Asker, Kind::RevealApproved)]),
    ("reveal.refused.v1", &[tell(Asker, Kind::RevealRefused)]),
    // He has signed in just now, and finds it among his orders.
    ("demand.handed_over.v1", &[tell_when(NoticeDue, Requester, Kind::PrivacyNoticeDue)]),
    // A call has no leaders: it is told to the nearest who fit, and everybody else who has the
    // skill finds it in his list.
    (
        "dispatch.offered.v1",
        &[tell(Leaders, Kind::OfferReceived), tell_when(IsCall, Called, Kind::CallReceived)],
    ),
    // The leaders and the desk are told by whoever dropped out.
    ("dispatch.offered_again.v1", &[tell(Requester, Kind::AcceptanceLost)]),
    ("dispatch.accepted.v1", &[tell(Requester, Kind::DemandAccepted)]),
    (
        "dispatch.declined.v1",
        &[
            tell_when(ByHand, Desk, Kind::OfferDeclined),
            tell(Helpers, Kind::PlaceReleased),
            tell_when(WasAccepted, Requester, Kind::AcceptanceLost),
        ],
    ),
    (
        "dispatch.lapsed.v1",
        &[
            tell(Leaders, Kind::OfferLapsed),
            tell_when(ByHand, Desk, Kind::OfferLapsed),
            tell(Helpers, Kind::PlaceReleased),
        ],
    ),
    (
        "dispatch.withdrawn.v1",
        &[
            tell(Leaders, Kind::OfferWithdrawn),
            tell(Helpers, Kind::PlaceReleased),
            tell_when(WasAccepted, Requester, Kind::AcceptanceLost),
        ],
    ),
    // It ends with the judgment, of which everybody is told.
    ("dispatch.completed.v1", &[]),
    ("assignment.offered.v1", &[tell(Volunteer, Kind::PlaceOffered)]),
    ("assignment.accepted.v1", &[tell(Leaders, Kind::PlaceTaken)]),
    ("assignment.declined.v1", &[tell(Leaders, Kind::PlaceDeclined)]),
    (
        "assignment.lapsed.v1",
        &[tell(Volunteer, Kind::NominationLapsed), tell(Leaders, Kind::PlaceUnanswered)],
    ),
    (
        "assignment.dropped_out.v1",
        &[
            tell(Leaders, Kind::PlaceFreed),
            tell(Desk, Kind::PlaceFreed),
            tell_when(Served, Requester, Kind::DemandServed),
            tell_when(ToFindAnew, Requester, Kind::AcceptanceLost),
        ],
    ),
    (
        "assignment.released.v1",
        &[
            tell_when(NotToFindAnew, Volunteer, Kind::PlaceReleased),
            tell(Leaders, Kind::PlaceFreed),
            tell(Desk, Kind::PlaceFreed),
            tell_when(Served, Requester, Kind::DemandServed),
            tell_when(ToFindAnew, Requester, Kind::AcceptanceLost),
        ],
    ),
    ("assignment.checked_in.v1", &[tell(Requester, Kind::VolunteerOnSite)]),
    ("assignment.checked_out.v1", &[tell_when(Served, Requester, Kind::DemandServed)]),
    (
        "assignment.entered.v1",
        &[tell(Volunteer, Kind::ServiceRecorded), tell_when(Served, Requester, Kind::DemandServed)],
    ),
    (
        "assignment.forced_out.v1",
        &[
            tell(Volunteer, Kind::ServiceNotRecorded),
            tell_when(Served, Requester, Kind::DemandServed),
            tell_when(ToFindAnew, Requester, Kind::AcceptanceLost),
        ],
    ),
    // Nothing happened but an answer that is kept.
    ("command.answered.v1", &[]),
    // He is there himself, or the clerk who registers him tells him.
    ("volunteer.registered.v1", &[]),
    // Details, not rights.
    ("volunteer.replaced.v1", &[]),
    ("volunteer.suspended.v1", &[tell(Volunteer, Kind::VolunteerSuspended)]),
    ("volunteer.resumed.v1", &[tell(Volunteer, Kind::VolunteerResumed)]),
    // His own decision, and his teams are many.
    ("volunteer.left.v1", &[]),
    ("team.joined.v1", &[tell(Leaders, Kind::TeamJoined)]),
    ("team.left.v1", &[tell(Leaders, Kind::TeamLeft)]),
    ("team.member_set.v1", &[tell(Volunteer, Kind::MembershipSet)]),
    ("team.member_removed.v1", &[tell(Volunteer, Kind::MembershipEnded)]),
    ("grant.given.v1", &[tell(Holder, Kind::RoleGiven)]),
    ("grant.delegated.v1", &[tell(Holder, Kind::RoleGiven)]),
    ("grant.revoked.v1", &[tell(Holder, Kind::RoleTaken)]),
    // He learns his user name from whoever opened the account.
    ("staff.created.v1", &[]),
    // He who registered it does it himself, and its own people are reached by its contact.
    ("partner.registered.v1", &[]),
    ("partner.suspended.v1", &[]),
    ("partner.resumed.v1", &[]),
    ("partner.ended.v1", &[]),
    ("partner.secret_renewed.v1", &[]),
    ("partner.secret_removed.v1", &[]),
    ("partner.keys_set.v1", &[]),
    // Nobody has to do anything because of it.
    ("signing_keys.rotated.v1", &[]),
    // He did it himself.
    ("password.changed.v1", &[]),
    ("second_factor.begun.v1", &[]),
    ("second_factor.confirmed.v1", &[]),
    ("second_factor.removed.v1", &[]),
    ("recovery_codes.renewed.v1", &[]),
    ("wechat.bound.v1", &[]),
    ("wechat.unbound.v1", &[]),
    // He asked for it himself, and reads how it stands at `/me/deletion`.
    ("deletion.asked.v1", &[]),
    ("deletion.withdrawn.v1", &[]),
    ("deletion.held_up.v1", &[tell(Holder, Kind::DeletionHeldUp)]),
    // Nobody is left to be told: he cannot sign in any more, and his telephone is forgotten. When
    // that would be he was told when he asked.
    ("deletion.finished.v1", &[]),
    // What is wanted, and what is answered, is read at the request itself.
    ("rights_request.made.v1", &[tell(Deciders, Kind::RightsRequestMade)]),
    ("rights_request.accepted.v1", &[tell(Holder, Kind::RightsRequestAccepted)]),
    ("rights_request.refused.v1", &[tell(Holder, Kind::RightsRequestRefused)]),
    ("account.renamed.v1", &[]),
    // It is by rule that it is forgotten.
    ("retention.swept.v1", &[]),
    // Nobody is left to be told.
    ("account.closed.v1", &[]),
    ("real_name.matched.v1", &[]),
    ("real_name.not_matched.v1", &[]),
    // He learns what staff has written down for him; what he has said himself he knows.
    ("consent.given.v1", &[tell(Holder, Kind::ConsentRecorded)]),
    ("consent.withdrawn.v1", &[tell(Holder, Kind::WithdrawalRecorded)]),
    // Everybody is shown it who has to agree, and everybody can read it.
    ("privacy_notice.published.v1", &[]),
    // Written for the audit alone.
    ("audit.read.v1", &[]),
    ("export.opened.v1", &[]),
    ("export.read.v1", &[]),
    ("request.refused.v1", &[]),
    ("session.ended.v1", &[]),
    ("session.others_ended.v1", &[]),
    ("sign_in.failed.v1", &[]),
    ("sign_in.succeeded.v1", &[]),
    ("token.issued.v1", &[]),
    ("token.refused.v1", &[]),
    // The tree, its rules and the menu are the work of administrators: whoever has to
    // do with them reads them there.
    ("organization.created.v1", &[]),
    ("organization.replaced.v1", &[]),
    ("organization.archived.v1", &[]),
    ("organization.suspended.v1", &[]),
    ("organization.resumed.v1", &[]),
    ("organization.moved.v1", &[]),
    ("organization.imported.v1", &[]),
    ("rule.set.v1", &[]),
    ("catalog_item.created.v1", &[]),
    ("catalog_item.replaced.v1", &[]),
    ("catalog_item.archived.v1", &[]),
];

/// Who is told of the fact of this name; nobody of one that is not known.
#[must_use]
pub fn tellings(fact: &str) -> &'static [Telling] {
    CONCERNED.iter().find(|(name, _)| *name == fact).map_or(&[], |(_, tellings)| tellings)
}
