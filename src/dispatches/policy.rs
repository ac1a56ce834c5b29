//! Who may do what to a dispatch.
//!
//! The team's leader answers for the team; a member takes a place for himself;
//! whoever's turn the demand is may dispatch it and look on.

use super::assignments::AssignmentState;
use super::contract::Sight;
use super::domain::{DispatchState, Kind, Move};
use super::store::{self, Offer, OfferId};
use crate::access::{Action, Actor, AtHand, Role, Subject};
use crate::demands::{self, Demand, State, Step};
use crate::ids::{OrganizationId, VolunteerId};
use crate::platform::db::Tx;
use crate::problem::Problem;

/// The actions of this noun, for the matrix of rights.
pub const ACTIONS: &[&str] = &[
    SeeCandidates::NAME,
    Dispatch::NAME,
    ListOfDemand::NAME,
    ListOwn::NAME,
    ListOfTeam::NAME,
    ListArea::NAME,
    View::NAME,
    Take::NAME,
    Answer::NAME,
    Withdraw::NAME,
];

impl Offer {
    /// Whether he answers for the responder: the team's leader, or for a call the
    /// staff that published it.
    #[must_use]
    pub fn is_led_by(&self, actor: &Actor) -> bool {
        actor.leads(self.dispatch.organization_id)
            || actor.may(Role::Dispatcher, self.dispatch.organization_id)
    }

    /// Whether it is meant for him as a volunteer.
    #[must_use]
    pub fn is_meant_for_him(&self) -> bool {
        match self.dispatch.kind {
            Kind::Offer => self.is_member,
            Kind::Call => {
                self.own_county == Some(self.dispatch.county_id)
                    && self.demand.skill.is_none_or(|skill| self.own_skills.has(skill))
            }
        }
    }

    /// Whether somebody can still be named or take a place.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.dispatch.has_room() && self.demand.state.takes_volunteers()
    }
}

/// How much somebody may see of where and to whom the help goes, with his own assignment if he has
/// one: before somebody has accepted it, the address stays with the staff, and the telephone is
/// needed only until the help has been brought. Of a minor only those see it who bring the help, and
/// whoever ordered it.
#[must_use]
pub fn sight(
    actor: &Actor,
    demand: &Demand,
    dispatch: &super::Dispatch,
    own: Option<AssignmentState>,
) -> Sight {
    let own = own.map_or(Sight::Nothing, |own| Sight::of_volunteer(own, dispatch.state));
    let accepted = dispatch.state == DispatchState::Accepted;
    let leads = accepted && actor.leads(dispatch.organization_id);
    let brought = !matches!(demand.state, State::Accepted | State::InService);
    if own == Sight::Full || (leads && !brought) {
        return Sight::Full;
    }
    let published = accepted && actor.may(Role::Dispatcher, dispatch.organization_id);
    let looks_on = leads || published || demands::may_read(actor, demand);
    if own == Sight::Masked || (looks_on && demands::sees_recipient(actor, demand)) {
        Sight::Masked
    } else {
        Sight::Nothing
    }
}

impl Subject for Offer {
    type Id = OfferId;

    async fn find(tx: &mut Tx, id: OfferId) -> Result<Option<Self>, Problem> {
        store::find(tx, id).await
    }

    fn visible_to(&self, actor: &Actor) -> bool {
        self.is_led_by(actor)
            || self.is_meant_for_him()
            || self.own_state.is_some()
            || demands::may_read(actor, &self.demand)
    }

    fn version(&self) -> Option<i64> {
        Some(self.dispatch.version)
    }
}

/// See who could bring the help, and why others not.
pub struct SeeCandidates;
impl Action for SeeCandidates {
    type Subject = Demand;
    const NAME: &'static str = "demand.see_candidates";
    fn allows(actor: &Actor, demand: &Demand) -> bool {
        demands::may_dispatch(actor, demand)
    }
}

/// Hand a demand to a team, or open it as a call.
pub struct Dispatch;
impl Action for Dispatch {
    type Subject = Demand;
    const NAME: &'static str = "demand.dispatch";
    fn allows(actor: &Actor, demand: &Demand) -> bool {
        demands::may_dispatch(actor, demand)
    }
}

/// List the dispatches of a demand.
pub struct ListOfDemand;
impl Action for ListOfDemand {
    type Subject = Demand;
    const NAME: &'static str = "dispatch.list_of_demand";
    fn allows(actor: &Actor, demand: &Demand) -> bool {
        demands::may_read(actor, demand)
    }
}

/// What is open to one volunteer.
#[derive(Clone, Copy)]
pub struct OpenTo(pub VolunteerId);

impl AtHand for OpenTo {}

/// List what is open to oneself.
pub struct ListOwn;
impl Action for ListOwn {
    type Subject = OpenTo;
    const NAME: &'static str = "dispatch.list_own";
    fn allows(actor: &Actor, own: &OpenTo) -> bool {
        actor.is_volunteer(own.0)
    }
}

/// The dispatches of one team, the calls of one organization, or all in its area.
#[derive(Clone, Copy)]
pub struct DispatchesAt(pub OrganizationId);

impl AtHand for DispatchesAt {}

/// List the dispatches of the demands in an area: whoever may list the demands.
pub struct ListArea;
impl Action for ListArea {
    type Subject = DispatchesAt;
    const NAME: &'static str = "dispatch.list_area";
    fn allows(actor: &Actor, at: &DispatchesAt) -> bool {
        actor.may(Role::Viewer, at.0)
    }
}

/// List the dispatches of a team.
pub struct ListOfTeam;
impl Action for ListOfTeam {
    type Subject = DispatchesAt;
    const NAME: &'static str = "dispatch.list";
    fn allows(actor: &Actor, at: &DispatchesAt) -> bool {
        actor.leads(at.0) || actor.may(Role::Viewer, at.0)
    }
}

/// See a dispatch.
pub struct View;
impl Action for View {
    type Subject = Offer;
    const NAME: &'static str = "dispatch.view";
    fn allows(actor: &Actor, offer: &Offer) -> bool {
        offer.visible_to(actor)
    }
}

/// Take a place on it oneself.
pub struct Take;
impl Action for Take {
    type Subject = Offer;
    const NAME: &'static str = "dispatch.take_place";
    fn allows(actor: &Actor, offer: &Offer) -> bool {
        actor.volunteer_id.is_some() && offer.own_name.is_some() && offer.is_meant_for_him()
    }
}

/// Accept or decline for the team, name volunteers, give it back.
pub struct Answer;
impl Action for Answer {
    type Subject = Offer;
    const NAME: &'static str = "dispatch.answer";
    fn allows(actor: &Actor, offer: &Offer) -> bool {
        offer.dispatch.kind == Kind::Offer && actor.leads(offer.dispatch.organization_id)
    }
}

/// Take an offer back, to dispatch otherwise.
pub struct Withdraw;
impl Action for Withdraw {
    type Subject = Offer;
    const NAME: &'static str = "dispatch.withdraw";
    fn allows(actor: &Actor, offer: &Offer) -> bool {
        demands::may_dispatch(actor, &offer.demand)
    }
}

/// The commands that this person may give to this dispatch now.
#[must_use]
pub fn next(actor: &Actor, offer: &Offer) -> Vec<super::contract::DispatchCommand> {
    use super::contract::DispatchCommand as Command;
    let state = offer.dispatch.state;
    let free = offer.has_room();
    let holds = offer.own_state.is_some_and(AssignmentState::holds_a_place);
    let demand = offer.demand.state;
    // Nobody is called back from the spot.
    let returnable = demand != State::InService && demand.after(Step::Return).is_some();
    let answers = Answer::allows(actor, offer);
    let takes = Take::allows(actor, offer) && !demands::has_ordered(actor, &offer.demand);
    let table = [
        (Command::TakePlace, takes && free && !holds),
        (Command::Accept, answers && state == DispatchState::Offered),
        (Command::Decline, answers && returnable && state.after(Move::Decline).is_some()),
        (Command::NameVolunteers, answers && free),
        (
            Command::Withdraw,
            returnable && state.after(Move::Withdraw).is_some() && Withdraw::allows(actor, offer),
        ),
    ];
    table.into_iter().filter(|(_, may)| *may).map(|(command, _)| command).collect()
}
