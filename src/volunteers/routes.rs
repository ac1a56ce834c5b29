//! The operations on volunteers and teams.

use actix_web::web::Data;
use actix_web::{delete, get, post, put};
use serde_json::json;
use utoipa_actix_web::service_config::ServiceConfig;

use super::contract::{
    MemberPage, MemberQuery, MemberView, MembershipList, MembershipView, NewMember, NewVolunteer,
    VolunteerDetails, VolunteerPage, VolunteerQuery, VolunteerView,
};
use super::domain::{Member, Volunteer, VolunteerStatus};
use super::policy::{
    BeMember, ChangeStatus, Leave, List, ManageMembers, Node, Read, ReadMembers, Register,
    Registration, Replace,
};
use super::{hours, store};
use crate::access::{self, Caller, Command, Reader, Role, Work};
use crate::ids::{AccountId, OrganizationId, VolunteerId};
use crate::organizations::{Directory, Kind, Organization, Status};
use crate::platform::db::Tx;
use crate::platform::http::Reply;
use crate::platform::http::answer::Answer;
use crate::platform::http::page::{Cursor, cut};
use crate::platform::http::query::{PathId, PathIds, Query};
use crate::platform::journal::Fact;
use crate::problem::{Code, FieldCode, Problem};

/// Mounts the operations of this noun.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(create)
        .service(list)
        .service(view)
        .service(replace)
        .service(suspend)
        .service(resume)
        .service(leave)
        .service(teams)
        .service(join_team)
        .service(leave_team)
        .service(list_members)
        .service(add_member)
        .service(remove_member);
    hours::configure(config);
}

/// Register as a volunteer 注册志愿者
///
/// Everybody registers himself. With `phone` a clerk of the county registers the
/// person who has that number. Who has left and registers again is the same
/// volunteer, with his hours.
#[utoipa::path(tag = "volunteers", operation_id = "volunteerCreate",
    request_body = NewVolunteer, responses((status = 201, body = VolunteerView)))]
#[post("/volunteers")]
async fn create(command: Command<NewVolunteer>, directory: Data<Directory>) -> Reply {
    let county = county_for(&directory, command.body.county_id)?;
    let registration = Registration { county, on_behalf: command.body.phone.is_some() };
    command
        .about::<Register>(registration, async |work, registration, caller, body| {
            let account = account_for(work, caller, body).await?;
            let new = registered(work, account, registration.county, body);
            let volunteer = store::register(work.tx, &new).await?;
            work.record(fact("volunteer.registered.v1", &volunteer));
            let location = format!("/api/v1/volunteers/{}", volunteer.volunteer_id);
            let answer = Answer::created(&VolunteerView::of(&volunteer, caller), location)?;
            Ok(answer.version(volunteer.version))
        })
        .await
}

/// List volunteers 志愿者列表
///
/// Of a county, for its staff; or of a team, for the staff where it hangs. Those
/// who have left are not among them. Who came first comes first, unless `order`
/// says otherwise.
#[utoipa::path(tag = "volunteers", operation_id = "volunteerList",
    params(VolunteerQuery), responses((status = 200, body = VolunteerPage)))]
#[get("/volunteers")]
async fn list(reader: Reader, query: Query<VolunteerQuery>, directory: Data<Directory>) -> Reply {
    let node = listed_node(&directory, &query.0)?;
    let of_team = query.0.team.is_some();
    reader
        .about::<List>(node, async |tx, caller, node| {
            let id = node.0.organization_id;
            let page = if of_team {
                page_of_team(tx, caller, id, &query.0).await?
            } else {
                page_of_county(tx, caller, id, &query.0).await?
            };
            Answer::ok(&page)
        })
        .await
}

/// One volunteer 志愿者详情
#[utoipa::path(tag = "volunteers", operation_id = "volunteerView",
    params(("volunteer_id" = VolunteerId, Path, description = "The volunteer 志愿者")),
    responses((status = 200, body = VolunteerView, headers(("ETag" = String))), (status = 304)))]
#[get("/volunteers/{volunteer_id}")]
async fn view(reader: Reader, id: PathId<VolunteerId>) -> Reply {
    reader
        .on::<Read>(id.0, async |_, caller, registered| answer(&registered.volunteer, caller))
        .await
}

/// Replace a volunteer's details 修改志愿者资料
#[utoipa::path(tag = "volunteers", operation_id = "volunteerReplace",
    params(("volunteer_id" = VolunteerId, Path, description = "The volunteer 志愿者")),
    request_body = VolunteerDetails,
    responses((status = 200, body = VolunteerView, headers(("ETag" = String)))))]
#[put("/volunteers/{volunteer_id}")]
async fn replace(command: Command<VolunteerDetails>, id: PathId<VolunteerId>) -> Reply {
    command
        .on::<Replace>(id.0, async |work, registered, caller, body| {
            let volunteer = registered.volunteer;
            if volunteer.status == VolunteerStatus::Left {
                return Err(Problem::of(Code::NotPossible).about(volunteer.status.as_str()));
            }
            let replaced = replaced(volunteer, body);
            save(work, caller, replaced, "volunteer.replaced.v1").await
        })
        .await
}

/// Suspend a volunteer 暂停志愿者
#[utoipa::path(tag = "volunteers", operation_id = "volunteerSuspend",
    params(("volunteer_id" = VolunteerId, Path, description = "The volunteer 志愿者")),
    responses((status = 200, body = VolunteerView, headers(("ETag" = String)))))]
#[post("/volunteers/{volunteer_id}/suspend")]
async fn suspend(command: Command, id: PathId<VolunteerId>) -> Reply {
    command
        .on::<ChangeStatus>(id.0, async |work, registered, caller, _| {
            let suspended = registered.volunteer.suspended()?;
            save(work, caller, suspended, "volunteer.suspended.v1").await
        })
        .await
}

/// Resume a volunteer 恢复志愿者
#[utoipa::path(tag = "volunteers", operation_id = "volunteerResume",
    params(("volunteer_id" = VolunteerId, Path, description = "The volunteer 志愿者")),
    responses((status = 200, body = VolunteerView, headers(("ETag" = String)))))]
#[post("/volunteers/{volunteer_id}/resume")]
async fn resume(command: Command, id: PathId<VolunteerId>) -> Reply {
    command
        .on::<ChangeStatus>(id.0, async |work, registered, caller, _| {
            let resumed = registered.volunteer.resumed()?;
            save(work, caller, resumed, "volunteer.resumed.v1").await
        })
        .await
}

/// Leave volunteering 退出志愿服务
///
/// Ends his memberships and forgets where he lives; his hours are kept. Who is
/// promised somewhere drops out there first.
#[utoipa::path(tag = "volunteers", operation_id = "volunteerLeave",
    params(("volunteer_id" = VolunteerId, Path, description = "The volunteer 志愿者")),
    responses((status = 200, body = VolunteerView, headers(("ETag" = String)))))]
#[post("/volunteers/{volunteer_id}/leave")]
async fn leave(command: Command, id: PathId<VolunteerId>) -> Reply {
    command
        .on::<Leave>(id.0, async |work, registered, caller, _| {
            let departed = registered.volunteer.departed()?;
            if store::has_open_promise(work.tx, departed.volunteer_id).await? {
                return Err(Problem::of(Code::StillInUse));
            }
            store::end_memberships(work.tx, departed.volunteer_id, work.now).await?;
            save(work, caller, departed, "volunteer.left.v1").await
        })
        .await
}

/// The teams of a volunteer 志愿者所在队伍
#[utoipa::path(tag = "teams", operation_id = "volunteerTeams",
    params(("volunteer_id" = VolunteerId, Path, description = "The volunteer 志愿者")),
    responses((status = 200, body = MembershipList)))]
#[get("/volunteers/{volunteer_id}/teams")]
async fn teams(reader: Reader, id: PathId<VolunteerId>) -> Reply {
    reader
        .on::<Read>(id.0, async |_, caller, registered| {
            let shown = |one| MembershipView::of(one, caller);
            let items = registered.memberships.iter().map(shown).collect();
            Answer::ok(&MembershipList { items })
        })
        .await
}

/// Join a team 加入队伍
#[utoipa::path(tag = "teams", operation_id = "teamJoin",
    params(("organization_id" = OrganizationId, Path, description = "The team 队伍")),
    responses((status = 200, body = MembershipView)))]
#[post("/organizations/{organization_id}/join")]
async fn join_team(
    command: Command,
    id: PathId<OrganizationId>,
    directory: Data<Directory>,
) -> Reply {
    let team = open_team(&directory, id.0)?;
    command
        .about::<BeMember>(team, async |work, team, caller, _| {
            let (team, volunteer) = (team.0.organization_id, himself(caller)?);
            let Some(membership) = store::join(work.tx, team, volunteer, work.now).await? else {
                return Err(why_not_joined(work.tx, volunteer).await?);
            };
            work.record(team_fact("team.joined.v1", team, volunteer));
            Answer::ok(&MembershipView::of(&membership, caller))
        })
        .await
}

/// Leave a team 退出队伍
#[utoipa::path(tag = "teams", operation_id = "teamLeave",
    params(("organization_id" = OrganizationId, Path, description = "The team 队伍")),
    responses((status = 204)))]
#[post("/organizations/{organization_id}/leave")]
async fn leave_team(
    command: Command,
    id: PathId<OrganizationId>,
    directory: Data<Directory>,
) -> Reply {
    let team = any_team(&directory, id.0)?;
    command
        .about::<BeMember>(team, async |work, team, caller, _| {
            let (team, volunteer) = (team.0.organization_id, himself(caller)?);
            end_membership(work, team, volunteer, "team.left.v1").await
        })
        .await
}

/// The members of a team 队员列表
///
/// Who joined first comes first, unless `order` says otherwise.
#[utoipa::path(tag = "teams", operation_id = "teamMembers",
    params(("organization_id" = OrganizationId, Path, description = "The team 队伍"), MemberQuery),
    responses((status = 200, body = MemberPage)))]
#[get("/organizations/{organization_id}/members")]
async fn list_members(
    reader: Reader,
    id: PathId<OrganizationId>,
    query: Query<MemberQuery>,
    directory: Data<Directory>,
) -> Reply {
    let (team, query) = (any_team(&directory, id.0)?, query.0);
    reader
        .about::<ReadMembers>(team, async |tx, _, team| {
            let team = team.0.organization_id;
            let rows = store::members(tx, team, &query.filter(), &query.part()).await?;
            let (rows, next) = cut(rows, query.limit, place_in_team);
            let items = rows.into_iter().map(MemberView::from).collect();
            Answer::ok(&MemberPage { items, next })
        })
        .await
}

/// Enter a member, or change his role 登记队员或调整角色
///
/// Nobody may be made to serve (志愿服务条例 article 25): a leader only changes the
/// role of those who have joined. Entering somebody takes an administrator, for
/// those who joined on paper; they can leave at any time.
#[utoipa::path(tag = "teams", operation_id = "teamAddMember",
    params(("organization_id" = OrganizationId, Path, description = "The team 队伍")),
    request_body = NewMember, responses((status = 200, body = MembershipView)))]
#[post("/organizations/{organization_id}/members")]
async fn add_member(
    command: Command<NewMember>,
    id: PathId<OrganizationId>,
    directory: Data<Directory>,
) -> Reply {
    let team = open_team(&directory, id.0)?;
    command
        .about::<ManageMembers>(team, async |work, team, caller, body| {
            let (team, volunteer) = (team.0.organization_id, body.volunteer_id);
            let membership = if caller.actor.may(Role::Administrator, team) {
                let entered = store::enter(work.tx, team, volunteer, body.role, work.now).await?;
                let nobody = || Problem::field("/volunteerId", FieldCode::NoSuchThing);
                entered.ok_or_else(nobody)?
            } else {
                let changed = store::set_role(work.tx, team, volunteer, body.role).await?;
                changed.ok_or_else(|| Problem::of(Code::Forbidden))?
            };
            work.record(team_fact("team.member_set.v1", team, volunteer));
            Answer::ok(&MembershipView::of(&membership, caller))
        })
        .await
}

/// Remove a member 移除队员
#[utoipa::path(tag = "teams", operation_id = "teamRemoveMember",
    params(
        ("organization_id" = OrganizationId, Path, description = "The team 队伍"),
        ("volunteer_id" = VolunteerId, Path, description = "The member 队员"),
    ),
    responses((status = 204)))]
#[delete("/organizations/{organization_id}/members/{volunteer_id}")]
async fn remove_member(
    command: Command,
    ids: PathIds<OrganizationId, VolunteerId>,
    directory: Data<Directory>,
) -> Reply {
    let team = any_team(&directory, ids.0)?;
    command
        .about::<ManageMembers>(team, async |work, team, _, _| {
            let team = team.0.organization_id;
            end_membership(work, team, ids.1, "team.member_removed.v1").await
        })
        .await
}

/// The county in whose charge a new volunteer will be.
fn county_for(directory: &Directory, id: OrganizationId) -> Result<OrganizationId, Problem> {
    let node = directory.get(id).filter(|node| node.status != Status::Archived);
    node.and_then(|_| directory.county_of(id))
        .ok_or_else(|| Problem::field("/countyId", FieldCode::NoSuchThing))
}

/// The team, or the county of the node, whose volunteers are listed.
fn listed_node(directory: &Directory, query: &VolunteerQuery) -> Result<Node, Problem> {
    let refuse =
        |code, value| Err(Problem::of(Code::InvalidRequest).and_field("query:within", code, value));
    match (query.within, query.team) {
        (None, None) => refuse(FieldCode::NeededHere, "team"),
        (Some(_), Some(_)) => refuse(FieldCode::NotHere, "team"),
        (None, Some(_)) if query.created_from.is_some() => {
            Err(Problem::field("query:createdFrom", FieldCode::NotHere))
        }
        (None, Some(_)) if query.created_until.is_some() => {
            Err(Problem::field("query:createdUntil", FieldCode::NotHere))
        }
        (None, Some(team)) => {
            let node = directory.get(team).filter(|node| node.kind == Kind::Team);
            node.map(Node).ok_or_else(|| Problem::field("query:team", FieldCode::NoSuchThing))
        }
        (Some(within), None) => match directory.county_of(within) {
            Some(county) => existing(directory, county),
            None => refuse(FieldCode::NoSuchThing, ""),
        },
    }
}

fn existing(directory: &Directory, id: OrganizationId) -> Result<Node, Problem> {
    directory.get(id).map(Node).ok_or_else(|| Problem::of(Code::NotFound))
}

fn any_team(directory: &Directory, id: OrganizationId) -> Result<Node, Problem> {
    let team = directory.get(id).filter(|node| node.kind == Kind::Team);
    team.map(Node).ok_or_else(|| Problem::of(Code::NotFound))
}

/// A team that people may enter.
fn open_team(directory: &Directory, id: OrganizationId) -> Result<Node, Problem> {
    suitable(any_team(directory, id)?, |team| team.status == Status::Active)
}

fn suitable(node: Node, fits: impl Fn(&Organization) -> bool) -> Result<Node, Problem> {
    if fits(&node.0) { Ok(node) } else { Err(Problem::of(Code::Unsuitable).about(&node.0.name)) }
}

async fn page_of_county(
    tx: &mut Tx,
    caller: &Caller,
    county: OrganizationId,
    query: &VolunteerQuery,
) -> Result<VolunteerPage, Problem> {
    let rows = store::of_county(tx, county, &query.filter(), &query.part()).await?;
    let (rows, next) = cut(rows, query.limit, |volunteer| Cursor {
        at: volunteer.created_at,
        id: volunteer.volunteer_id.0,
    });
    Ok(VolunteerPage {
        items: rows.iter().map(|row| VolunteerView::of(row, caller)).collect(),
        next,
    })
}

async fn page_of_team(
    tx: &mut Tx,
    caller: &Caller,
    team: OrganizationId,
    query: &VolunteerQuery,
) -> Result<VolunteerPage, Problem> {
    let rows = store::members(tx, team, &query.filter(), &query.part()).await?;
    let (rows, next) = cut(rows, query.limit, place_in_team);
    let items = rows.iter().map(|row| VolunteerView::of(&row.volunteer, caller)).collect();
    Ok(VolunteerPage { items, next })
}

fn place_in_team(member: &Member) -> Cursor {
    Cursor { at: member.membership.joined_at, id: member.membership.volunteer_id.0 }
}

/// Whose registration it is: the caller's, or that of a phone's account.
async fn account_for(
    work: &mut Work<'_>,
    caller: &Caller,
    body: &NewVolunteer,
) -> Result<AccountId, Problem> {
    match &body.phone {
        None => Ok(caller.actor.account_id),
        Some(phone) => {
            access::account_of_phone(work.tx, work.clock, phone, body.name.as_str()).await
        }
    }
}

fn registered(
    work: &Work<'_>,
    account_id: AccountId,
    county_id: OrganizationId,
    body: &NewVolunteer,
) -> Volunteer {
    Volunteer {
        volunteer_id: work.new_id(),
        account_id,
        county_id,
        name: body.name.as_str().to_owned(),
        status: VolunteerStatus::Active,
        place: body.place.map(|place| place.point()),
        radius_meters: body.radius_meters,
        skills: body.skills,
        slots: body.slots,
        accepts_matching: body.accepts_matching,
        created_at: work.now,
        updated_at: work.now,
        version: 1,
    }
}

fn replaced(mut volunteer: Volunteer, body: &VolunteerDetails) -> Volunteer {
    body.name.as_str().clone_into(&mut volunteer.name);
    volunteer.place = body.place.map(|place| place.point());
    volunteer.radius_meters = body.radius_meters;
    volunteer.skills = body.skills;
    volunteer.slots = body.slots;
    volunteer.accepts_matching = body.accepts_matching;
    volunteer
}

async fn save(
    work: &mut Work<'_>,
    caller: &Caller,
    volunteer: Volunteer,
    name: &'static str,
) -> Result<Answer, Problem> {
    let volunteer = Volunteer { updated_at: work.now, ..volunteer };
    store::save(work.tx, &volunteer).await?;
    work.record(fact(name, &volunteer));
    answer(&Volunteer { version: volunteer.version + 1, ..volunteer }, caller)
}

async fn end_membership(
    work: &mut Work<'_>,
    team: OrganizationId,
    volunteer: VolunteerId,
    name: &'static str,
) -> Result<Answer, Problem> {
    if !store::end_membership(work.tx, team, volunteer, work.now).await? {
        return Err(Problem::of(Code::NotFound));
    }
    work.record(team_fact(name, team, volunteer));
    Ok(Answer::no_content())
}

/// The caller as a volunteer.
fn himself(caller: &Caller) -> Result<VolunteerId, Problem> {
    caller.actor.volunteer_id.ok_or_else(|| Problem::of(Code::Forbidden))
}

/// A volunteer who takes part and did not join is a member already.
async fn why_not_joined(tx: &mut Tx, id: VolunteerId) -> Result<Problem, Problem> {
    let volunteer = store::find(tx, id).await?.ok_or_else(|| Problem::of(Code::NotFound))?;
    Ok(match volunteer.status {
        VolunteerStatus::Active => Problem::of(Code::AlreadyExists).about(volunteer.name),
        status => Problem::of(Code::NotPossible).about(status.as_str()),
    })
}

fn answer(volunteer: &Volunteer, caller: &Caller) -> Result<Answer, Problem> {
    Ok(Answer::ok(&VolunteerView::of(volunteer, caller))?.version(volunteer.version))
}

fn fact(name: &'static str, volunteer: &Volunteer) -> Fact {
    Fact {
        name,
        demand_id: None,
        subject_id: volunteer.volunteer_id.0,
        reason: None,
        data: json!({ "countyId": volunteer.county_id, "status": volunteer.status }),
    }
}

fn team_fact(name: &'static str, team: OrganizationId, volunteer: VolunteerId) -> Fact {
    Fact {
        name,
        demand_id: None,
        subject_id: team.0,
        reason: None,
        data: json!({ "volunteerId": volunteer }),
    }
}
