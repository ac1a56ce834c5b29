//! Who may judge a service, and who may read judgments.

use crate::access::{Action, Actor, AtHand, Role};
use crate::demands::{Demand, may_judge, may_read};
use crate::ids::OrganizationId;

/// The actions of this noun, for the matrix of rights.
pub const ACTIONS: &[&str] =
    &[Evaluate::NAME, ListOfDemand::NAME, ListOfOrganization::NAME, ListArea::NAME];

/// Judge the service: whoever ordered it, or a clerk who has called back. The
/// team that brought it cannot.
pub struct Evaluate;
impl Action for Evaluate {
    type Subject = Demand;
    const NAME: &'static str = "demand.evaluate";
    fn allows(actor: &Actor, demand: &Demand) -> bool {
        may_judge(actor, demand)
    }
}

/// Read the judgments of one demand.
pub struct ListOfDemand;
impl Action for ListOfDemand {
    type Subject = Demand;
    const NAME: &'static str = "evaluation.list_of_demand";
    fn allows(actor: &Actor, demand: &Demand) -> bool {
        may_read(actor, demand)
    }
}

/// The judgments of one team or station, or of all in an area.
#[derive(Clone, Copy)]
pub struct JudgmentsOf(pub OrganizationId);

impl AtHand for JudgmentsOf {}

/// Read the judgments of a team or station.
pub struct ListOfOrganization;
impl Action for ListOfOrganization {
    type Subject = JudgmentsOf;
    const NAME: &'static str = "evaluation.list";
    fn allows(actor: &Actor, of: &JudgmentsOf) -> bool {
        actor.leads(of.0) || actor.may(Role::Viewer, of.0)
    }
}

/// Read the judgments of the demands in an area: whoever may list the demands.
pub struct ListArea;
impl Action for ListArea {
    type Subject = JudgmentsOf;
    const NAME: &'static str = "evaluation.list_area";
    fn allows(actor: &Actor, of: &JudgmentsOf) -> bool {
        actor.may(Role::Viewer, of.0)
    }
}
