//! Who may do what to a demand.
//!
//! The person who ordered, and whoever sent the order for him, sees it, takes it
//! back, judges it and begins it anew. Staff sees what lies in the area of their
//! node or is in its hands; whoever's turn it is acts, and everybody above may
//! act for him.

use super::domain::{Demand, State, Step};
use super::store;
use crate::access::partners::Scope;
use crate::access::{Action, Actor, AtHand, Role, Subject};
use crate::ids::{AccountId, DemandId, OrganizationId};
use crate::platform::db::Tx;
use crate::problem::Problem;

/// How many rounds a demand may come to by those who ordered it: each asks the teams anew.
/// Beyond that staff decides whether to go on.
const ROUNDS_OF_ONES_OWN: i64 = 5;

/// The actions of this noun, for the matrix of rights.
pub const ACTIONS: &[&str] = &[
    Place::NAME,
    ListArea::NAME,
    ListOwn::NAME,
    View::NAME,
    Verify::NAME,
    Refuse::NAME,
    Escalate::NAME,
    Transfer::NAME,
    Pause::NAME,
    Cancel::NAME,
    Close::NAME,
    Reopen::NAME,
    SeeContact::NAME,
];

impl Subject for Demand {
    type Id = DemandId;

    async fn find(tx: &mut Tx, id: DemandId) -> Result<Option<Self>, Problem> {
        store::find(tx, id).await
    }

    fn visible_to(&self, actor: &Actor) -> bool {
        may_read(actor, self)
    }

    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
}

/// Whether it is he who ordered it.
#[must_use]
pub fn has_ordered(actor: &Actor, demand: &Demand) -> bool {
    demand.requester_id == Some(actor.account_id)
}

/// Whether he ordered it, or sent the order.
fn is_party(actor: &Actor, demand: &Demand) -> bool {
    demand.placed_by == actor.account_id || has_ordered(actor, demand)
}

/// Whether he has the role where the demand is now, or above.
fn has_turn(actor: &Actor, role: Role, demand: &Demand) -> bool {
    actor.may(role, demand.responsible_id)
}

/// Whether he may see the demand.
#[must_use]
pub fn may_read(actor: &Actor, demand: &Demand) -> bool {
    is_party(actor, demand)
        || actor.may(Role::Viewer, demand.area_id)
        || has_turn(actor, Role::Viewer, demand)
}

/// Whether he sees without more ado whom it is for, and where: of a minor only whoever ordered it, or
/// sent the order. Staff asks for a reveal, which somebody else approves (未成年人网络保护条例
/// article 36).
#[must_use]
pub fn sees_recipient(actor: &Actor, demand: &Demand) -> bool {
    !demand.is_for_minor() || is_party(actor, demand)
}

/// Whether he may hand it to a responder.
#[must_use]
pub fn may_dispatch(actor: &Actor, demand: &Demand) -> bool {
    has_turn(actor, Role::Dispatcher, demand)
}

/// Whether he may record the judgment of the resident: the resident himself, or
/// a clerk who has called back.
#[must_use]
pub fn may_call_back(actor: &Actor, demand: &Demand) -> bool {
    actor.may(Role::Clerk, demand.area_id) || has_turn(actor, Role::Clerk, demand)
}

/// Whether he may judge the service: whoever ordered it, or a clerk who has called
/// back. The team that brought it cannot, whatever else its leader is.
#[must_use]
pub fn may_judge(actor: &Actor, demand: &Demand) -> bool {
    let serves = demand.team_id.is_some_and(|team| actor.leads(team));
    has_ordered(actor, demand) || (may_call_back(actor, demand) && !serves)
}

/// Where an order is taken in, and how.
#[derive(Clone, Copy)]
pub struct Intake {
    /// The organization in whose area it lies.
    pub area: OrganizationId,
    /// Whether only staff takes orders this way.
    pub for_staff: bool,
}

impl AtHand for Intake {}

/// Place an order. By hotline, counter, meeting and patrol only a clerk does.
pub struct Place;
impl Action for Place {
    type Subject = Intake;
    const NAME: &'static str = "demand.place";
    fn allows(actor: &Actor, intake: &Intake) -> bool {
        !intake.for_staff || actor.may(Role::Clerk, intake.area)
    }
}

/// The demands in the area, or in the hands, of one organization.
#[derive(Clone, Copy)]
pub struct DemandsAt(pub OrganizationId);

impl AtHand for DemandsAt {}

/// List the demands at an organization.
pub struct ListArea;
impl Action for ListArea {
    type Subject = DemandsAt;
    const NAME: &'static str = "demand.list";
    const SCOPE: Option<Scope> = Some(Scope::DemandsRead);
    fn allows(actor: &Actor, at: &DemandsAt) -> bool {
        actor.may(Role::Viewer, at.0)
    }
}

/// The demands that one person ordered.
#[derive(Clone, Copy)]
pub struct OwnDemands(pub AccountId);

impl AtHand for OwnDemands {}

/// List one's own demands.
pub struct ListOwn;
impl Action for ListOwn {
    type Subject = OwnDemands;
    const NAME: &'static str = "demand.list_own";
    fn allows(actor: &Actor, own: &OwnDemands) -> bool {
        actor.account_id == own.0
    }
}

/// See a demand with its timeline.
pub struct View;
impl Action for View {
    type Subject = Demand;
    const NAME: &'static str = "demand.view";
    fn allows(actor: &Actor, demand: &Demand) -> bool {
        may_read(actor, demand)
    }
}

/// Find it in order.
pub struct Verify;
impl Action for Verify {
    type Subject = Demand;
    const NAME: &'static str = "demand.verify";
    fn allows(actor: &Actor, demand: &Demand) -> bool {
        has_turn(actor, Role::Clerk, demand)
    }
}

/// Refuse it with a reason.
pub struct Refuse;
impl Action for Refuse {
    type Subject = Demand;
    const NAME: &'static str = "demand.refuse";
    fn allows(actor: &Actor, demand: &Demand) -> bool {
        has_turn(actor, Role::Clerk, demand)
    }
}

/// Say that one's own level cannot do it.
pub struct Escalate;
impl Action for Escalate {
    type Subject = Demand;
    const NAME: &'static str = "demand.escalate";
    fn allows(actor: &Actor, demand: &Demand) -> bool {
        has_turn(actor, Role::Clerk, demand)
    }
}

/// Hand it to another service.
pub struct Transfer;
impl Action for Transfer {
    type Subject = Demand;
    const NAME: &'static str = "demand.transfer";
    fn allows(actor: &Actor, demand: &Demand) -> bool {
        has_turn(actor, Role::Clerk, demand)
    }
}

/// Stop its clocks, or let them go on.
pub struct Pause;
impl Action for Pause {
    type Subject = Demand;
    const NAME: &'static str = "demand.pause";
    fn allows(actor: &Actor, demand: &Demand) -> bool {
        has_turn(actor, Role::Dispatcher, demand)
    }
}

/// Take it back.
pub struct Cancel;
impl Action for Cancel {
    type Subject = Demand;
    const NAME: &'static str = "demand.cancel";
    fn allows(actor: &Actor, demand: &Demand) -> bool {
        is_party(actor, demand) || has_turn(actor, Role::Dispatcher, demand)
    }
}

/// Close it after the evaluation.
pub struct Close;
impl Action for Close {
    type Subject = Demand;
    const NAME: &'static str = "demand.close";
    fn allows(actor: &Actor, demand: &Demand) -> bool {
        has_turn(actor, Role::Dispatcher, demand)
    }
}

/// Begin it anew: whoever ordered it, a few times, and whoever's turn it is.
pub struct Reopen;
impl Action for Reopen {
    type Subject = Demand;
    const NAME: &'static str = "demand.reopen";
    fn allows(actor: &Actor, demand: &Demand) -> bool {
        let by_himself = is_party(actor, demand) && demand.rounds < ROUNDS_OF_ONES_OWN;
        by_himself || has_turn(actor, Role::Dispatcher, demand)
    }
}

/// See the whole telephone of whoever needs help: a clerk has to call him, whatever
/// became of the demand.
pub struct SeeContact;
impl Action for SeeContact {
    type Subject = Demand;
    const NAME: &'static str = "demand.see_contact";
    fn allows(actor: &Actor, demand: &Demand) -> bool {
        may_call_back(actor, demand)
    }
}

/// At which organization he has to call back: the one whose turn it is, else the area's.
#[must_use]
pub fn calls_back_at(actor: &Actor, demand: &Demand) -> OrganizationId {
    if has_turn(actor, Role::Clerk, demand) { demand.responsible_id } else { demand.area_id }
}

/// The commands that this person may give to this demand now.
#[must_use]
pub fn next(actor: &Actor, demand: &Demand) -> Vec<super::contract::DemandCommand> {
    use super::contract::DemandCommand as Command;
    // What cannot be done is sorted out first: it costs less than asking who may.
    let can = |step: Step| demand.can(step);
    let paused = demand.waits.paused_at.is_some();
    let table = [
        (Command::Verify, can(Step::Verify) && Verify::allows(actor, demand)),
        (Command::Refuse, can(Step::Refuse) && Refuse::allows(actor, demand)),
        (Command::Dispatch, can(Step::Dispatch) && may_dispatch(actor, demand)),
        (
            Command::Escalate,
            can(Step::Escalate)
                && demand.responsible_id != demand.county_id
                && Escalate::allows(actor, demand),
        ),
        (Command::Transfer, can(Step::Transfer) && Transfer::allows(actor, demand)),
        (Command::Pause, !paused && demand.state.can_pause() && Pause::allows(actor, demand)),
        (Command::Resume, paused && Pause::allows(actor, demand)),
        (Command::Cancel, can(Step::Cancel) && Cancel::allows(actor, demand)),
        (Command::Evaluate, can(Step::Evaluate) && may_judge(actor, demand)),
        (Command::Close, can(Step::Close) && Close::allows(actor, demand)),
        (
            Command::Reopen,
            can(Step::Reopen) && demand.state != State::Served && Reopen::allows(actor, demand),
        ),
        (Command::RevealContact, demand.erased_at.is_none() && SeeContact::allows(actor, demand)),
    ];
    table.into_iter().filter(|(_, may)| *may).map(|(command, _)| command).collect()
}
