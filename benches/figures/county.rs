//! The demo county as it lies in the database: where orders come from and who can answer them.

use std::collections::HashMap;
use std::sync::Arc;

use redvest::demo::county::{TEAM_COUNT, catalog};
use redvest::ids::OrganizationId;
use redvest::organizations::{Skill, SkillSet};
use redvest::platform::geography::Point;
use redvest::platform::vault::{Field, Keyring, Sealed};
use sqlx::FromRow;
use uuid::Uuid;

use crate::store::Store;
use crate::value::Value;

/// How many people of each team the past orders are spread over.
const PEOPLE_PER_TEAM: i64 = 20;
/// How wide the bands of distance are that the usual rule makes.
const BAND_METERS: f64 = 500.0;
/// How far the usual rule looks.
const REACH_METERS: f64 = 15_000.0;
/// How many teams the program looks at.
const LOOKED_AT: usize = 30;

/// What of the county the bench needs.
pub struct County {
    /// The center.
    pub center: Uuid,
    /// The towns.
    pub towns: Vec<Uuid>,
    /// The stations.
    pub stations: Vec<Station>,
    /// The teams.
    pub teams: Vec<Team>,
    /// What the system dispatches by itself.
    pub items: Vec<Item>,
    /// What its personal data is sealed with.
    pub keyring: Arc<Keyring>,
}

/// A village's station.
pub struct Station {
    /// Its id.
    pub id: Uuid,
    /// Its town.
    pub town: Uuid,
    /// Where it is.
    pub point: Point,
    /// What can be ordered there so that a team of the town is found at once.
    pub offers: Vec<Offer>,
    /// The teams of its town, the nearest first.
    pub near: Vec<usize>,
}

/// An item with the teams that can bring it, the nearest first.
pub struct Offer {
    /// The item, as an index.
    pub item: usize,
    /// The teams, as indices, with their bands of distance.
    pub teams: Vec<(usize, u32)>,
}

/// A team.
pub struct Team {
    /// Its id.
    pub id: Uuid,
    /// Some of its members, the leader behind them; the first one signs in.
    pub people: Vec<Person>,
    place: Point,
    town: Option<Uuid>,
    radius: f64,
    skills: SkillSet,
}

/// A volunteer.
#[derive(Clone, FromRow)]
pub struct Person {
    /// As a volunteer.
    pub volunteer_id: Uuid,
    /// As an account.
    pub account_id: Uuid,
    /// What he is called.
    pub name: String,
    /// What he signs in with.
    pub phone: String,
}

/// An item of the menu.
pub struct Item {
    /// Its id.
    pub id: Uuid,
    /// The skill it takes.
    pub skill: Option<Skill>,
}

#[derive(FromRow)]
struct Node {
    organization_id: OrganizationId,
    parent_id: Option<OrganizationId>,
    kind: String,
    latitude: f64,
    longitude: f64,
    radius_meters: Option<i64>,
    skills: SkillSet,
}

impl Person {
    /// Opens what he signs in with.
    fn open(&mut self, keyring: &Keyring) {
        let phone = Field::of("accounts", "phone");
        self.phone = keyring.open(phone, self.account_id, &Sealed::from(&*self.phone)).unwrap();
    }
}

#[derive(FromRow)]
struct Membership {
    team_id: Uuid,
    #[sqlx(flatten)]
    person: Person,
}

impl County {
    /// Reads it.
    pub async fn read(store: &Store, keyring: Arc<Keyring>) -> Self {
        let nodes: Vec<Node> = store
            .rows(
                "SELECT organization_id, parent_id, kind, latitude, longitude, radius_meters, skills
                   FROM organizations ORDER BY organization_id",
                &[],
            )
            .await;
        let items = items(store).await;
        let teams = teams(store, &keyring, &nodes).await;
        assert_eq!(teams.len(), TEAM_COUNT, "the demo county has all its teams");
        let of_kind = |kind: &'static str| nodes.iter().filter(move |node| node.kind == kind);
        let stations = of_kind("station").map(|node| station(node, &teams, &items));
        Self {
            center: of_kind("center").next().unwrap().organization_id.0,
            towns: of_kind("institute").map(|node| node.organization_id.0).collect(),
            stations: stations.filter(|station| !station.offers.is_empty()).collect(),
            teams,
            items,
            keyring,
        }
    }

    /// A value as the program stores it in a row of this table and column.
    pub fn sealed(
        &self,
        table: &'static str,
        column: &'static str,
        row: Uuid,
        text: &str,
    ) -> Value {
        let sealed = self.keyring.seal(Field::of(table, column), row, text).unwrap();
        sealed.as_str().to_owned().into()
    }

    /// The station of the n-th order: neighbors in time are far apart in space.
    pub fn station_of(&self, number: usize) -> &Station {
        &self.stations[number.wrapping_mul(7_919) % self.stations.len()]
    }

    /// The teams that the program looks at for the n-th order: those that are suited, then others.
    pub fn looked_at(&self, number: usize) -> Vec<usize> {
        let suited = self.offer_of(number).teams.iter().map(|(team, _)| *team);
        let mut teams: Vec<usize> = suited.collect();
        let others = self.station_of(number).near.iter().copied();
        let others: Vec<usize> = others.filter(|team| !teams.contains(team)).collect();
        teams.extend(others);
        teams.truncate(LOOKED_AT);
        teams
    }

    /// What the n-th order orders.
    pub fn offer_of(&self, number: usize) -> &Offer {
        let offers = &self.station_of(number).offers;
        &offers[(number / self.stations.len()) % offers.len()]
    }
}

async fn items(store: &Store) -> Vec<Item> {
    let ids: Vec<(Uuid, String)> =
        store.rows("SELECT catalog_item_id, code FROM catalog_items", &[]).await;
    let ids: HashMap<String, Uuid> = ids.into_iter().map(|(id, code)| (code, id)).collect();
    catalog()
        .iter()
        .filter(|item| item.automatic)
        .map(|item| Item { id: ids[item.code], skill: item.skill.and_then(Skill::parse) })
        .collect()
}

async fn teams(store: &Store, keyring: &Keyring, nodes: &[Node]) -> Vec<Team> {
    let members: Vec<Membership> = store
        .rows(
            "SELECT ranked.team_id, v.volunteer_id, v.account_id, v.name, a.phone
               FROM (SELECT team_id, volunteer_id,
                            ROW_NUMBER() OVER (PARTITION BY team_id ORDER BY role DESC, volunteer_id) AS place
                       FROM memberships) ranked
               JOIN volunteers v ON v.volunteer_id = ranked.volunteer_id
               JOIN accounts a ON a.account_id = v.account_id
              WHERE ranked.place <= $1 ORDER BY ranked.team_id, ranked.place",
            &[PEOPLE_PER_TEAM.into()],
        )
        .await;
    let mut people: HashMap<Uuid, Vec<Person>> = HashMap::new();
    for mut member in members {
        member.person.open(keyring);
        people.entry(member.team_id).or_default().push(member.person);
    }
    let parents: HashMap<Uuid, &Node> =
        nodes.iter().map(|node| (node.organization_id.0, node)).collect();
    let town_of = |node: &Node| {
        let parent = parents.get(&node.parent_id?.0)?;
        match parent.kind.as_str() {
            "institute" => Some(parent.organization_id.0),
            "station" => parent.parent_id.map(|id| id.0),
            _ => None,
        }
    };
    nodes
        .iter()
        .filter(|node| node.kind == "team")
        .map(|node| Team {
            id: node.organization_id.0,
            people: people.remove(&node.organization_id.0).unwrap_or_default(),
            place: node.place(),
            town: town_of(node),
            radius: node.radius(),
            skills: node.skills,
        })
        .collect()
}

impl Node {
    const fn place(&self) -> Point {
        Point { latitude: self.latitude, longitude: self.longitude }
    }

    fn radius(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a radius is a few digits long")]
        self.radius_meters.map_or(REACH_METERS, |meters| (meters as f64).min(REACH_METERS))
    }
}

fn station(node: &Node, teams: &[Team], items: &[Item]) -> Station {
    let town = node.parent_id.unwrap().0;
    let offers = (0..items.len())
        .map(|item| Offer { item, teams: suited(node.place(), town, teams, items[item].skill) });
    Station {
        id: node.organization_id.0,
        town,
        point: node.place(),
        near: suited(node.place(), town, teams, None).into_iter().map(|(team, _)| team).collect(),
        offers: offers.filter(|offer| !offer.teams.is_empty()).collect(),
    }
}

/// The teams of the town that have the skill and come this far.
fn suited(point: Point, town: Uuid, teams: &[Team], skill: Option<Skill>) -> Vec<(usize, u32)> {
    let mut near: Vec<(f64, usize)> = teams
        .iter()
        .enumerate()
        .filter(|(_, team)| team.town == Some(town) && !team.people.is_empty())
        .filter(|(_, team)| skill.is_none_or(|skill| team.skills.has(skill)))
        .map(|(index, team)| (team.place.distance_meters(&point), index))
        .filter(|(distance, index)| *distance <= teams[*index].radius)
        .collect();
    near.sort_by(|left, right| left.0.total_cmp(&right.0));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "distances within a county, divided"
    )]
    let banded = |(distance, index): (f64, usize)| (index, (distance / BAND_METERS) as u32);
    near.into_iter().take(LOOKED_AT).map(banded).collect()
}
