//! A fact on its way to those whom it concerns.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use chrono::{DateTime, Utc};

use super::concerned::{Audience, Telling, tellings};
use super::kinds::NoticeKind;
use super::{Grounds, id};
use crate::dispatches::assignments::AssignmentState;
use crate::ids::{
    AccountId, AssignmentId, DemandId, DispatchId, EntryId, OrganizationId, VolunteerId,
};
use crate::platform::journal::Entry;

/// How many leaders of one team, or people at one desk, are told: they are a handful
/// of people, and what one fact costs stays bounded where they are not.
const MAXIMUM_AUDIENCE: usize = 50;

/// What is known of the demand of a fact.
#[derive(Clone, Copy, Debug)]
pub struct Parties {
    /// The demand.
    pub demand_id: DemandId,
    /// Who ordered, if he has an account.
    pub requester_id: Option<AccountId>,
    /// Who sent the order.
    pub placed_by: AccountId,
    /// The organization whose turn it is.
    pub responsible_id: OrganizationId,
    /// The dispatch it is on.
    pub dispatch_id: Option<DispatchId>,
    /// Whether the system dispatches it by itself.
    pub automatic: bool,
}

/// A fact, with the demand that it belongs to.
#[derive(Debug)]
pub struct News {
    /// The fact.
    pub entry: Entry,
    /// Its demand, if it belongs to one.
    pub demand: Option<Parties>,
}

/// One volunteer on one dispatch.
#[derive(Clone, Debug)]
pub struct Helper {
    /// His assignment.
    pub assignment_id: AssignmentId,
    /// His account.
    pub account_id: AccountId,
    /// Where it stands.
    pub state: AssignmentState,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
}

/// The people whom a number of facts may concern.
#[derive(Debug, Default)]
pub struct People {
    /// The team of each dispatch.
    pub teams: HashMap<DispatchId, OrganizationId>,
    /// The leaders of each team.
    pub leaders: HashMap<OrganizationId, Vec<AccountId>>,
    /// The staff at each organization.
    pub desks: HashMap<OrganizationId, Vec<AccountId>>,
    /// The account of each volunteer.
    pub volunteers: HashMap<VolunteerId, AccountId>,
    /// The volunteers on each dispatch.
    pub helpers: HashMap<DispatchId, Vec<Helper>>,
    /// Those to whom each call is told.
    pub called: HashMap<DispatchId, Vec<AccountId>>,
    /// The administrators who may decide, for each fact by which somebody asks them to.
    pub deciders: HashMap<EntryId, Vec<AccountId>>,
}

/// Somebody who is told of a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Addressee {
    /// Who.
    pub account_id: AccountId,
    /// What he is told.
    pub kind: NoticeKind,
    /// The assignment that it is about: his own, or the one that the fact is about.
    pub assignment_id: Option<AssignmentId>,
    /// Why the system has chosen him, where it has.
    pub grounds: Option<Grounds>,
}

impl News {
    /// Who is to be told what, under the circumstances.
    pub fn tellings(&self) -> impl Iterator<Item = &'static Telling> {
        let holds = |telling: &&Telling| telling.when.holds(&self.entry.data, self.demand.as_ref());
        tellings(&self.entry.name).iter().filter(holds)
    }

    /// Whether anybody in this audience is to be told.
    #[must_use]
    pub fn concerns(&self, audience: Audience) -> bool {
        self.tellings().any(|telling| telling.audience == audience)
    }

    /// The dispatch that it is about: the subject, or the one that it names, or the
    /// one that its demand is on.
    #[must_use]
    pub fn dispatch(&self) -> Option<DispatchId> {
        let entry = &self.entry;
        let subject = entry.name.starts_with("dispatch.").then_some(entry.subject_id);
        let named = subject.or_else(|| id(&entry.data, "dispatchId")).map(DispatchId);
        named.or_else(|| self.demand?.dispatch_id)
    }

    /// The assignment that it is about.
    #[must_use]
    pub fn assignment(&self) -> Option<AssignmentId> {
        let is_subject = self.entry.name.starts_with("assignment.");
        is_subject.then_some(AssignmentId(self.entry.subject_id))
    }

    /// The volunteer whom it is about.
    #[must_use]
    pub fn volunteer(&self) -> Option<VolunteerId> {
        let entry = &self.entry;
        let subject = entry.name.starts_with("volunteer.").then_some(entry.subject_id);
        subject.or_else(|| id(&entry.data, "volunteerId")).map(VolunteerId)
    }

    /// The organization whose turn it was.
    #[must_use]
    pub fn desk(&self) -> Option<OrganizationId> {
        let named = id(&self.entry.data, "responsibleId").map(OrganizationId);
        named.or_else(|| Some(self.demand?.responsible_id))
    }

    /// Who asks administrators for something, and of which organization: to look at what is masked,
    /// or what he wants of those who keep something of him.
    #[must_use]
    pub fn asking(&self) -> Option<(AccountId, OrganizationId)> {
        let data = &self.entry.data;
        let is_request = self.entry.name.starts_with("rights_request.");
        let by = id(data, if is_request { "accountId" } else { "askedBy" })?;
        Some((AccountId(by), OrganizationId(id(data, "organizationId")?)))
    }

    /// The team, where the fact itself is about one.
    #[must_use]
    pub fn own_team(&self) -> Option<OrganizationId> {
        let is_subject = self.entry.name.starts_with("team.");
        is_subject.then_some(OrganizationId(self.entry.subject_id))
    }

    /// Everybody who is told, each once; never whoever did it himself.
    #[must_use]
    pub fn addressees(&self, people: &People) -> Vec<Addressee> {
        let mut known: HashSet<AccountId> = self.entry.actor_id.into_iter().collect();
        let told = self.tellings().flat_map(|telling| {
            let audience = self.audience(telling.audience, people);
            let chosen = audience.len();
            let of_kind = move |(place, (account_id, assignment_id))| Addressee {
                account_id,
                kind: telling.kind,
                assignment_id,
                // Those who are called come in the order in which they were chosen.
                grounds: (telling.audience == Audience::Called)
                    .then_some(Grounds { rank: place + 1, chosen }),
            };
            audience.into_iter().enumerate().map(of_kind)
        });
        told.filter(|addressee| known.insert(addressee.account_id)).collect()
    }

    /// The accounts of an audience, with the assignment that it is about for each.
    fn audience(
        &self,
        audience: Audience,
        people: &People,
    ) -> Vec<(AccountId, Option<AssignmentId>)> {
        let helpers = |is_meant: &dyn Fn(&&Helper) -> bool| {
            let all = self.dispatch().and_then(|dispatch| people.helpers.get(&dispatch));
            let meant = all.into_iter().flatten().filter(is_meant);
            meant.map(|helper| (helper.account_id, Some(helper.assignment_id))).collect()
        };
        let accounts = match audience {
            Audience::Helpers => return helpers(&|helper| self.is_coming_or_sent_home(helper)),
            Audience::Done => return helpers(&|helper| helper.state == AssignmentState::Done),
            Audience::Called => {
                let called = self.dispatch().and_then(|dispatch| people.called.get(&dispatch));
                called.into_iter().flatten().copied().collect()
            }
            Audience::Requester => self.requester().into_iter().collect(),
            Audience::Desk => all_at(&people.desks, self.desk()),
            Audience::Leaders => all_at(&people.leaders, self.team(people)),
            Audience::Volunteer => {
                let account = self.volunteer().and_then(|one| people.volunteers.get(&one));
                account.copied().into_iter().collect()
            }
            Audience::Asker => self.asking().map(|(by, _)| by).into_iter().collect(),
            Audience::Deciders => all_at(&people.deciders, Some(self.entry.entry_id)),
            Audience::Holder => {
                id(&self.entry.data, "accountId").map(AccountId).into_iter().collect()
            }
        };
        let assignment = self.assignment();
        accounts.into_iter().map(|account: AccountId| (account, assignment)).collect()
    }

    fn requester(&self) -> Option<AccountId> {
        let demand = self.demand?;
        Some(demand.requester_id.unwrap_or(demand.placed_by))
    }

    fn team(&self, people: &People) -> Option<OrganizationId> {
        let of_dispatch = || people.teams.get(&self.dispatch()?).copied();
        self.own_team().or_else(of_dispatch)
    }

    /// Whoever is sent home by a command bears its instant.
    fn is_coming_or_sent_home(&self, helper: &Helper) -> bool {
        match helper.state {
            AssignmentState::Accepted | AssignmentState::OnSite => true,
            AssignmentState::Released => helper.updated_at == self.entry.at,
            _ => false,
        }
    }
}

fn all_at<K: Eq + Hash>(people: &HashMap<K, Vec<AccountId>>, at: Option<K>) -> Vec<AccountId> {
    let all = at.and_then(|at| people.get(&at));
    all.into_iter().flatten().copied().take(MAXIMUM_AUDIENCE).collect()
}
