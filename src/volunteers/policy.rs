//! Who may do what to volunteers and teams. A volunteer is seen by himself, by the
//! leaders and the staff of his teams, and by the staff of his county; nobody else
//! learns that he exists.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::domain::{Membership, Volunteer};
use super::hours::{ReadRecords, ReadTotals};
use super::store;
use crate::access::{Action, Actor, AtHand, Role, Subject};
use crate::ids::{OrganizationId, VolunteerId};
use crate::organizations::Organization;
use crate::platform::db::Tx;
use crate::platform::geography::Point;
use crate::platform::values::ShownName;
use crate::problem::Problem;

/// The actions of this noun, for the matrix of rights.
pub const ACTIONS: &[&str] = &[
    Register::NAME,
    List::NAME,
    Read::NAME,
    Replace::NAME,
    ChangeStatus::NAME,
    Leave::NAME,
    SeeContact::NAME,
    BeMember::NAME,
    ReadMembers::NAME,
    ManageMembers::NAME,
    ReadTotals::NAME,
    ReadRecords::NAME,
];

/// A volunteer with the teams he is in, which decide who sees him.
pub struct Registered {
    /// The volunteer.
    pub volunteer: Volunteer,
    /// His teams.
    pub memberships: Vec<Membership>,
}

impl Registered {
    /// The same after a change of the volunteer.
    ///
    /// # Errors
    /// Whatever refuses the change.
    pub fn changed(
        self,
        change: impl FnOnce(Volunteer) -> Result<Volunteer, Problem>,
    ) -> Result<Self, Problem> {
        Ok(Self { volunteer: change(self.volunteer)?, ..self })
    }
}

impl Subject for Registered {
    type Id = VolunteerId;

    async fn find(tx: &mut Tx, id: VolunteerId) -> Result<Option<Self>, Problem> {
        store::find_registered(tx, id).await
    }

    fn visible_to(&self, actor: &Actor) -> bool {
        let of_team = |membership: &Membership| reads_team(actor, membership.team_id);
        is_himself(actor, &self.volunteer)
            || actor.may(Role::Viewer, self.volunteer.county_id)
            || self.memberships.iter().any(of_team)
    }

    fn version(&self) -> Option<i64> {
        Some(self.volunteer.version)
    }
}

/// A registration that is about to be made.
#[derive(Clone, Copy)]
pub struct Registration {
    /// In which county.
    pub county: OrganizationId,
    /// Whether staff makes it for somebody else.
    pub on_behalf: bool,
}

impl AtHand for Registration {}

/// A node of the tree, for what is said of the volunteers there.
#[derive(Clone)]
pub struct Node(pub Arc<Organization>);

impl AtHand for Node {}

/// Whether it is he himself who asks.
#[must_use]
pub fn is_himself(actor: &Actor, volunteer: &Volunteer) -> bool {
    actor.account_id == volunteer.account_id
}

/// Whether the actor leads the team or is staff where it hangs.
#[must_use]
pub fn reads_team(actor: &Actor, team: OrganizationId) -> bool {
    actor.leads(team) || actor.may(Role::Viewer, team)
}

/// Where the volunteer lives, as far as the actor may know it: his leaders need not, and of a minor
/// staff knows the neighborhood of some ten kilometers.
#[must_use]
pub fn home_for(actor: &Actor, volunteer: &Volunteer, now: DateTime<Utc>) -> Option<Point> {
    if is_himself(actor, volunteer) {
        return volunteer.place;
    }
    let home = volunteer.place.filter(|_| actor.may(Role::Viewer, volunteer.county_id))?;
    Some(if volunteer.is_minor(now) { home.roughly() } else { home })
}

/// How the actor reads the volunteer's name, who is in these teams: that of a minor is masked for
/// everybody but himself and those who lead him (未成年人网络保护条例 article 36).
#[must_use]
pub fn name_for(
    actor: &Actor,
    volunteer: &Volunteer,
    memberships: &[Membership],
    now: DateTime<Utc>,
) -> ShownName {
    let leads_him = memberships.iter().any(|membership| actor.leads(membership.team_id));
    let knows_him = is_himself(actor, volunteer) || leads_him;
    ShownName::for_others(&volunteer.name, volunteer.is_minor(now) && !knows_him)
}

/// Register oneself, or somebody else at the counter.
pub struct Register;
impl Action for Register {
    type Subject = Registration;
    const NAME: &'static str = "volunteer.register";
    fn allows(actor: &Actor, registration: &Registration) -> bool {
        !registration.on_behalf || actor.may(Role::Clerk, registration.county)
    }
}

/// List the volunteers of a county or a team.
pub struct List;
impl Action for List {
    type Subject = Node;
    const NAME: &'static str = "volunteer.list";
    fn allows(actor: &Actor, node: &Node) -> bool {
        actor.may(Role::Viewer, node.0.organization_id)
    }
}

/// Read a volunteer, his teams and his hours.
pub struct Read;
impl Action for Read {
    type Subject = Registered;
    const NAME: &'static str = "volunteer.read";
    fn allows(actor: &Actor, registered: &Registered) -> bool {
        registered.visible_to(actor)
    }
}

/// Replace what a volunteer says of himself.
pub struct Replace;
impl Action for Replace {
    type Subject = Registered;
    const NAME: &'static str = "volunteer.replace";
    const NEEDS_VERSION: bool = true;
    fn allows(actor: &Actor, registered: &Registered) -> bool {
        is_himself(actor, &registered.volunteer)
            || actor.may(Role::Administrator, registered.volunteer.county_id)
    }
}

/// Suspend or resume a volunteer.
pub struct ChangeStatus;
impl Action for ChangeStatus {
    type Subject = Registered;
    const NAME: &'static str = "volunteer.change_status";
    fn allows(actor: &Actor, registered: &Registered) -> bool {
        actor.may(Role::Administrator, registered.volunteer.county_id)
    }
}

/// At which organization this person has to call a volunteer: the team that he leads, the
/// county that he is a clerk of, or the place where a team of the volunteer's hangs.
#[must_use]
pub fn calls_at(actor: &Actor, registered: &Registered) -> Option<OrganizationId> {
    let county = registered.volunteer.county_id;
    let mut teams = registered.memberships.iter().map(|membership| membership.team_id);
    let led = teams.clone().find(|team| actor.leads(*team));
    let of_county = || actor.may(Role::Clerk, county).then_some(county);
    led.or_else(of_county).or_else(|| teams.find(|team| actor.may(Role::Clerk, *team)))
}

/// See the whole telephone of a volunteer, to call him.
pub struct SeeContact;
impl Action for SeeContact {
    type Subject = Registered;
    const NAME: &'static str = "volunteer.see_contact";
    fn allows(actor: &Actor, registered: &Registered) -> bool {
        !is_himself(actor, &registered.volunteer) && calls_at(actor, registered).is_some()
    }
}

/// Be a volunteer no longer.
pub struct Leave;
impl Action for Leave {
    type Subject = Registered;
    const NAME: &'static str = "volunteer.leave";
    fn allows(actor: &Actor, registered: &Registered) -> bool {
        is_himself(actor, &registered.volunteer)
    }
}

/// Join or leave a team oneself.
pub struct BeMember;
impl Action for BeMember {
    type Subject = Node;
    const NAME: &'static str = "team.be_member";
    fn allows(actor: &Actor, _: &Node) -> bool {
        actor.volunteer_id.is_some()
    }
}

/// See who is in a team.
pub struct ReadMembers;
impl Action for ReadMembers {
    type Subject = Node;
    const NAME: &'static str = "team.read_members";
    fn allows(actor: &Actor, team: &Node) -> bool {
        reads_team(actor, team.0.organization_id)
    }
}

/// Change the roles in a team and remove members; entering members takes an
/// administrator besides.
pub struct ManageMembers;
impl Action for ManageMembers {
    type Subject = Node;
    const NAME: &'static str = "team.manage_members";
    fn allows(actor: &Actor, team: &Node) -> bool {
        let team = team.0.organization_id;
        actor.leads(team) || actor.may(Role::Administrator, team)
    }
}
