//! Putting the demo county into an empty database.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::county::{self, County, DemoCatalogItem, DemoOrganization, DemoTeam, DemoVolunteer};
use super::manifest::{Manifest, MenuEntry, RoleEntry, SignIn};
use crate::access::{self, Gate, OpenedAccount, Role, Work};
use crate::demands::catalog::{self, CatalogItem, ItemClock, ItemStatus};
use crate::ids::{AccountId, OrganizationId, VolunteerId};
use crate::organizations::rules::{Clocks, Rule as _, RuleValue, SpanRule};
use crate::organizations::{self, Kind, Organization, Skill, SkillSet, SlotSet, Status};
use crate::platform::clock::Clock;
use crate::platform::crypto;
use crate::platform::geography::Point;
use crate::platform::values::Username;
use crate::problem::Problem;
use crate::volunteers::{self, Volunteer, VolunteerStatus};

/// The division codes of the two towns with the ten-minute clock (domain.md 1.2).
const QUICK_TOWNS: [&str; 2] = ["330326100", "330326101"];
/// How many people one transaction loads.
const CHUNK: usize = 5_000;
/// The seed of the synthetic people: the same on every machine.
pub const SEED: u64 = 330_326;
/// The resident of the demo; the number range is not assigned.
const RESIDENT_PHONE: &str = "16999000001";

/// What was loaded.
pub struct Loaded {
    /// Who can sign in as what; the team's people are added by playing.
    pub manifest: Manifest,
    /// How many organizations, teams, items and volunteers.
    pub counts: [usize; 4],
}

/// Loads the county, unless the database holds a tree already.
///
/// # Errors
/// `unavailable` when the database does not answer.
pub async fn load(gate: &Gate, teams: usize, volunteers: usize) -> Result<Option<Loaded>, Problem> {
    let present =
        gate.without_permit("demo", async |work| organizations::count(work.tx).await).await?;
    if present > 0 {
        return Ok(None);
    }
    let county = county::county()
        .map_err(|error| Problem::of(crate::problem::Code::Internal).because(error))?;
    let teams = county::teams(&county, teams);
    let members = staff_of(&county);
    let (ids, items) = gate
        .without_permit("demo", async |work| load_tree(work, &county, &teams, &members).await)
        .await?;
    load_people(gate, &county, &teams, &ids, volunteers).await?;
    let manifest = Manifest {
        base_url: String::new(),
        notice: "Every person and place in this demo is synthetic 本演示中的人员与坐标均为合成"
            .to_owned(),
        roles: roles_of(&members, &county, &ids),
        menu: items
            .iter()
            .map(|item| MenuEntry {
                catalog_item_id: item.catalog_item_id.to_string(),
                code: item.code.clone(),
                name_zh: item.name_zh.clone(),
            })
            .collect(),
    };
    let loaded = [county.organizations.len(), teams.len(), items.len(), volunteers];
    Ok(Some(Loaded { manifest, counts: loaded }))
}

/// A staff member of the demo.
struct Staff {
    role: &'static str,
    name: &'static str,
    username: &'static str,
    password: String,
    grant: Role,
    /// The key of the organization; the whole installation if absent.
    at: Option<String>,
}

fn staff_of(county: &County) -> Vec<Staff> {
    let village = county
        .organizations
        .iter()
        .find(|node| node.parent.as_deref() == Some(QUICK_TOWNS[0]))
        .map(|node| node.key.clone());
    let member = |role, name, username, grant, at| Staff {
        role,
        name,
        username,
        password: crypto::random_secret(),
        grant,
        at,
    };
    vec![
        member("platform_administrator", "演示平台管理员", "platform", Role::Administrator, None),
        member(
            "county_administrator",
            "演示县管理员",
            "county",
            Role::Administrator,
            Some(county.code.clone()),
        ),
        member(
            "town_dispatcher",
            "演示镇调度员",
            "town",
            Role::Dispatcher,
            Some(QUICK_TOWNS[0].to_owned()),
        ),
        member("village_clerk", "演示村站文员", "village", Role::Clerk, village),
        member(
            "security_administrator",
            "演示安全管理员",
            "security",
            Role::SecurityAdministrator,
            None,
        ),
        member("audit_administrator", "演示审计管理员", "auditor", Role::AuditAdministrator, None),
    ]
}

fn roles_of(
    staff: &[Staff],
    county: &County,
    ids: &HashMap<String, OrganizationId>,
) -> Vec<RoleEntry> {
    let name_of = |key: &String| {
        let node = county.organizations.iter().find(|node| node.key == *key);
        node.map(|node| node.name.clone())
    };
    let members = staff.iter().map(|member| RoleEntry {
        role: member.role.to_owned(),
        name: member.name.to_owned(),
        organization_id: member.at.as_ref().and_then(|key| ids.get(key)).map(ToString::to_string),
        organization: member.at.as_ref().and_then(name_of),
        sign_in: SignIn::Password {
            username: member.username.to_owned(),
            password: member.password.clone(),
        },
    });
    let resident = RoleEntry {
        role: "resident".to_owned(),
        name: "演示居民".to_owned(),
        organization_id: None,
        organization: None,
        sign_in: SignIn::Phone { phone: RESIDENT_PHONE.to_owned(), code: super::CODE.to_owned() },
    };
    std::iter::once(resident).chain(members).collect()
}

async fn load_tree(
    work: &mut Work<'_>,
    county: &County,
    teams: &[DemoTeam],
    staff: &[Staff],
) -> Result<(HashMap<String, OrganizationId>, Vec<CatalogItem>), Problem> {
    let mut ids = HashMap::new();
    let mut nodes = Vec::new();
    for node in &county.organizations {
        nodes.push(organization(work.clock, work.now, node, &mut ids));
    }
    for team in teams {
        nodes.push(team_organization(work.clock, work.now, team, &mut ids));
    }
    organizations::load(work.tx, &nodes).await?;
    let center = ids.get(&county.code).copied().unwrap_or(OrganizationId(uuid::Uuid::nil()));
    let rules = clock_rules(&county.code, &ids);
    organizations::load_rules(work.tx, work.clock, &rules, work.now).await?;
    let items: Vec<CatalogItem> = county::catalog()
        .iter()
        .map(|item| catalog_item(work.clock, work.now, center, item))
        .collect();
    catalog::load(work.tx, &items).await?;
    for member in staff {
        open_staff(work, member, &ids).await?;
    }
    Ok((ids, items))
}

/// Pingyang's clocks: ten minutes to respond in two towns; elsewhere respond and
/// handle by the end of the same local day.
fn clock_rules(
    county: &str,
    ids: &HashMap<String, OrganizationId>,
) -> Vec<(OrganizationId, RuleValue)> {
    let quick = Clocks { respond: SpanRule::Minutes(10), ..Clocks::USUAL };
    let at = |key: &str, clocks| Some((*ids.get(key)?, RuleValue::Clocks(clocks)));
    let towns = QUICK_TOWNS.iter().filter_map(|town| at(town, quick));
    at(county, Clocks::USUAL).into_iter().chain(towns).collect()
}

async fn open_staff(
    work: &mut Work<'_>,
    member: &Staff,
    ids: &HashMap<String, OrganizationId>,
) -> Result<(), Problem> {
    let username =
        Username::parse(member.username).map_err(|(code, _)| Problem::field("/username", code))?;
    let at = member.at.as_ref().and_then(|key| ids.get(key).copied());
    access::open_staff(work, member.name, &username, &member.password, at, member.grant).await
}

async fn load_people(
    gate: &Gate,
    county: &County,
    teams: &[DemoTeam],
    ids: &HashMap<String, OrganizationId>,
    count: usize,
) -> Result<(), Problem> {
    let people: Vec<DemoVolunteer> = county::volunteers(county, teams, count, SEED).collect();
    let county_id = ids.get(&county.code).copied().unwrap_or(OrganizationId(uuid::Uuid::nil()));
    for chunk in people.chunks(CHUNK) {
        gate.without_permit("demo", async |work| {
            let mut accounts = Vec::with_capacity(chunk.len());
            let mut volunteers = Vec::with_capacity(chunk.len());
            let mut memberships = Vec::with_capacity(chunk.len());
            for person in chunk {
                let account = account(work.clock, work.now, person);
                let volunteer =
                    volunteer(work.clock, work.now, county_id, account.account_id, person);
                let team = teams.get(person.team).and_then(|team| ids.get(&team.key));
                memberships.extend(team.map(|team| (*team, volunteer.volunteer_id, person.leader)));
                accounts.push(account);
                volunteers.push(volunteer);
            }
            access::load_accounts(work.tx, &accounts).await?;
            volunteers::load(work.tx, &volunteers, &memberships, work.now).await
        })
        .await?;
    }
    Ok(())
}

fn organization(
    clock: &Clock,
    now: DateTime<Utc>,
    node: &DemoOrganization,
    ids: &mut HashMap<String, OrganizationId>,
) -> Organization {
    let kind = match node.kind {
        "center" => Kind::Center,
        "sub_center" => Kind::SubCenter,
        "institute" => Kind::Institute,
        _ => Kind::Station,
    };
    let place = Point { latitude: node.latitude, longitude: node.longitude };
    let parent = node.parent.as_ref().and_then(|key| ids.get(key)).copied();
    let id: OrganizationId = clock.new_id();
    ids.insert(node.key.clone(), id);
    Organization {
        division_code: Some(node.division_code.clone()),
        skills: skills(&node.skills),
        ..bare(id, parent, kind, &node.name, place, now)
    }
}

fn team_organization(
    clock: &Clock,
    now: DateTime<Utc>,
    team: &DemoTeam,
    ids: &mut HashMap<String, OrganizationId>,
) -> Organization {
    let place = Point { latitude: team.latitude, longitude: team.longitude };
    let parent = ids.get(&team.parent).copied();
    let id: OrganizationId = clock.new_id();
    ids.insert(team.key.clone(), id);
    #[expect(clippy::cast_possible_truncation, reason = "a radius of some kilometers")]
    let radius_meters = Some(team.radius_meters as i64);
    Organization {
        radius_meters,
        skills: skills(&team.skills),
        slots: SlotSet::from_bits(team.slots),
        accepts_dispatch: true,
        ..bare(id, parent, Kind::Team, &team.name, place, now)
    }
}

fn bare(
    organization_id: OrganizationId,
    parent_id: Option<OrganizationId>,
    kind: Kind,
    name: &str,
    place: Point,
    now: DateTime<Utc>,
) -> Organization {
    Organization {
        organization_id,
        parent_id,
        kind,
        name: name.to_owned(),
        status: Status::Active,
        division_code: None,
        address: None,
        phone: None,
        place: Some(place),
        place_synthetic: true,
        radius_meters: None,
        skills: SkillSet::default(),
        slots: SlotSet::default(),
        accepts_dispatch: false,
        open_hours: Vec::new(),
        created_at: now,
        updated_at: now,
        version: 1,
    }
}

fn catalog_item(
    clock: &Clock,
    now: DateTime<Utc>,
    center: OrganizationId,
    item: &DemoCatalogItem,
) -> CatalogItem {
    CatalogItem {
        catalog_item_id: clock.new_id(),
        organization_id: center,
        code: item.code.to_owned(),
        column_zh: item.column.name_zh.to_owned(),
        column_en: item.column.name_en.to_owned(),
        name_zh: item.name_zh.to_owned(),
        name_en: item.name_en.to_owned(),
        category: item.category.to_owned(),
        skill: item.skill.and_then(Skill::parse),
        automatic: item.automatic,
        risk_zh: item.risk_zh.map(str::to_owned),
        risk_en: item.risk_en.map(str::to_owned),
        clock: item.clock.and_then(item_clock),
        status: ItemStatus::Active,
        created_at: now,
        updated_at: now,
        version: 1,
    }
}

/// What the two clocks of the demo's menu mean: an appointment is handled within
/// three days, a specialist answers within a working day and comes within five.
fn item_clock(name: &str) -> Option<ItemClock> {
    match name {
        "appointment" => Some(ItemClock { respond: None, handle: Some(SpanRule::LocalDays(3)) }),
        "specialist" => Some(ItemClock {
            respond: Some(SpanRule::WorkingDays(1)),
            handle: Some(SpanRule::WorkingDays(5)),
        }),
        _ => None,
    }
}

fn account(clock: &Clock, now: DateTime<Utc>, person: &DemoVolunteer) -> OpenedAccount {
    OpenedAccount {
        account_id: clock.new_id(),
        name: person.name.clone(),
        username: None,
        password_hash: None,
        password_given_at: None,
        phone: Some(person.phone.clone()),
        created_at: now,
    }
}

fn volunteer(
    clock: &Clock,
    now: DateTime<Utc>,
    county_id: OrganizationId,
    account_id: AccountId,
    person: &DemoVolunteer,
) -> Volunteer {
    let volunteer_id: VolunteerId = clock.new_id();
    #[expect(clippy::cast_possible_truncation, reason = "a radius of some kilometers")]
    let radius_meters = person.radius_meters as i64;
    Volunteer {
        volunteer_id,
        account_id,
        county_id,
        name: person.name.clone(),
        born: None,
        status: VolunteerStatus::Active,
        place: Some(Point { latitude: person.latitude, longitude: person.longitude }),
        radius_meters,
        skills: skills(&person.skills),
        slots: SlotSet::from_bits(person.slots),
        accepts_matching: true,
        created_at: now,
        updated_at: now,
        version: 1,
    }
}

fn skills(codes: &[&str]) -> SkillSet {
    codes.iter().filter_map(|code| Skill::parse(code)).collect()
}
