//! Who may do what to an assignment: the volunteer himself comes and goes, the
//! leader of his team may enter his presence, the leader and whoever's turn the
//! demand is may release him when he does not come, staff looks on.

use super::domain::{Act, Assignment, AssignmentState};
use super::store::{self, Duty};
use crate::access::{Action, Actor, AtHand, Role, Subject};
use crate::demands::{self, Demand};
use crate::dispatches::contract::Sight;
use crate::dispatches::policy::sight;
use crate::ids::{AssignmentId, OrganizationId, VolunteerId};
use crate::platform::db::Tx;
use crate::platform::values::ShownName;
use crate::problem::Problem;

/// The actions of this part, for the matrix of rights.
pub const ACTIONS: &[&str] = &[
    ListOwn::NAME,
    ListArea::NAME,
    View::NAME,
    Attend::NAME,
    Enter::NAME,
    Release::NAME,
    SeeOrderCode::NAME,
    SeeStationCode::NAME,
];

/// How he reads the name of whoever is assigned: that of a minor masked, but for himself.
#[must_use]
pub fn name_for(actor: &Actor, assignment: &Assignment) -> ShownName {
    let is_himself = actor.is_volunteer(assignment.volunteer_id);
    ShownName::for_others(&assignment.volunteer_name, assignment.was_minor && !is_himself)
}

impl Duty {
    /// Whether it is his own.
    #[must_use]
    pub fn is_of(&self, actor: &Actor) -> bool {
        actor.is_volunteer(self.assignment.volunteer_id)
    }

    /// How much he may see of where and to whom the help goes.
    #[must_use]
    pub fn sight(&self, actor: &Actor) -> Sight {
        let own = self.is_of(actor).then_some(self.assignment.state);
        sight(actor, &self.demand, &self.dispatch, own)
    }

    /// Whether he leads the team that it is for.
    #[must_use]
    pub fn is_led_by(&self, actor: &Actor) -> bool {
        actor.leads(self.dispatch.organization_id)
            || actor.may(Role::Dispatcher, self.dispatch.organization_id)
    }
}

impl Subject for Duty {
    type Id = AssignmentId;

    async fn find(tx: &mut Tx, id: AssignmentId) -> Result<Option<Self>, Problem> {
        store::find(tx, id).await
    }

    fn visible_to(&self, actor: &Actor) -> bool {
        self.is_of(actor) || self.is_led_by(actor) || demands::may_read(actor, &self.demand)
    }

    fn version(&self) -> Option<i64> {
        Some(self.assignment.version)
    }
}

/// The assignments of one volunteer.
#[derive(Clone, Copy)]
pub struct OwnAssignments(pub VolunteerId);

impl AtHand for OwnAssignments {}

/// List one's own assignments.
pub struct ListOwn;
impl Action for ListOwn {
    type Subject = OwnAssignments;
    const NAME: &'static str = "assignment.list_own";
    fn allows(actor: &Actor, own: &OwnAssignments) -> bool {
        actor.is_volunteer(own.0)
    }
}

/// The assignments on the demands in the area of one organization.
#[derive(Clone, Copy)]
pub struct AssignmentsWithin(pub OrganizationId);

impl AtHand for AssignmentsWithin {}

/// List the assignments in an area: whoever may list the demands there.
pub struct ListArea;
impl Action for ListArea {
    type Subject = AssignmentsWithin;
    const NAME: &'static str = "assignment.list_area";
    fn allows(actor: &Actor, at: &AssignmentsWithin) -> bool {
        actor.may(Role::Viewer, at.0)
    }
}

/// See an assignment.
pub struct View;
impl Action for View {
    type Subject = Duty;
    const NAME: &'static str = "assignment.view";
    fn allows(actor: &Actor, duty: &Duty) -> bool {
        duty.visible_to(actor)
    }
}

/// Accept, decline, drop out, check in and out: only oneself.
pub struct Attend;
impl Action for Attend {
    type Subject = Duty;
    const NAME: &'static str = "assignment.attend";
    fn allows(actor: &Actor, duty: &Duty) -> bool {
        duty.is_of(actor)
    }
}

/// Enter somebody's presence by hand; not one's own.
pub struct Enter;
impl Action for Enter {
    type Subject = Duty;
    const NAME: &'static str = "assignment.enter_presence";
    fn allows(actor: &Actor, duty: &Duty) -> bool {
        duty.is_led_by(actor) && !duty.is_of(actor)
    }
}

/// Release somebody who does not come; not oneself, who drops out.
pub struct Release;
impl Action for Release {
    type Subject = Duty;
    const NAME: &'static str = "assignment.release";
    fn allows(actor: &Actor, duty: &Duty) -> bool {
        let team = duty.dispatch.organization_id;
        let in_charge = actor.leads(team) || demands::may_dispatch(actor, &duty.demand);
        in_charge && !duty.is_of(actor)
    }
}

/// See the check-in code of a demand: the resident shows it, or staff tells it.
pub struct SeeOrderCode;
impl Action for SeeOrderCode {
    type Subject = Demand;
    const NAME: &'static str = "demand.see_check_in_code";
    fn allows(actor: &Actor, demand: &Demand) -> bool {
        demands::has_ordered(actor, demand) || demands::may_call_back(actor, demand)
    }
}

/// The check-in code of a station.
#[derive(Clone, Copy)]
pub struct StationCode(pub OrganizationId);

impl AtHand for StationCode {}

/// See the check-in code of a station, to show it there.
pub struct SeeStationCode;
impl Action for SeeStationCode {
    type Subject = StationCode;
    const NAME: &'static str = "organization.see_check_in_code";
    fn allows(actor: &Actor, station: &StationCode) -> bool {
        actor.may(Role::Clerk, station.0)
    }
}

/// The commands that this person may give to this assignment now; on the spot from the
/// day on which help is wanted.
#[must_use]
pub fn next(
    actor: &Actor,
    duty: &Duty,
    is_its_day: bool,
) -> Vec<super::contract::AssignmentCommand> {
    use super::contract::AssignmentCommand as Command;
    let state: AssignmentState = duty.assignment.state;
    // What cannot be done is sorted out first: it costs less than asking who may.
    let possible = |act: Act| state.after(act).is_some();
    let own = Attend::allows(actor, duty);
    // Nobody gains hours by his own order.
    let serves = !demands::has_ordered(actor, &duty.demand);
    let room = duty.dispatch.has_room() && duty.demand.state.takes_volunteers();
    let named = state == AssignmentState::Offered && room;
    let table = [
        (Command::Accept, own && serves && named),
        (Command::Decline, own && possible(Act::Decline)),
        (Command::DropOut, own && possible(Act::DropOut)),
        (Command::Release, possible(Act::Release) && Release::allows(actor, duty)),
        (Command::CheckIn, own && is_its_day && possible(Act::CheckIn)),
        (Command::CheckOut, own && possible(Act::CheckOut)),
        (
            Command::EnterPresence,
            is_its_day && serves && possible(Act::Enter) && Enter::allows(actor, duty),
        ),
    ];
    table.into_iter().filter(|(_, may)| *may).map(|(command, _)| command).collect()
}
