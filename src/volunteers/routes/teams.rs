//! The operations on the members of teams.

use actix_web::web::Data;
use actix_web::{delete, get, post};
use serde_json::json;
use utoipa_actix_web::service_config::ServiceConfig;

use super::place_in_team;
use crate::access::{Caller, Command, Reader, Role, Work};
use crate::ids::{OrganizationId, VolunteerId};
use crate::organizations::{Directory, Kind, Organization, Status};
use crate::platform::db::Tx;
use crate::platform::http::Reply;
use crate::platform::http::answer::Answer;
use crate::platform::http::page::cut;
use crate::platform::http::query::{PathId, PathIds, Query};
use crate::platform::journal::Fact;
use crate::problem::{Code, FieldCode, Problem};
use crate::volunteers::contract::{MemberPage, MemberQuery, MemberView, MembershipView, NewMember};
use crate::volunteers::domain::{MemberRole, VolunteerStatus};
use crate::volunteers::policy::{BeMember, ManageMembers, Node, ReadMembers};
use crate::volunteers::store;

/// Mounts the operations of this part.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(join_team)
        .service(leave_team)
        .service(list_members)
        .service(add_member)
        .service(remove_member);
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
            let (team, volunteer) = (team.0.organization_id, caller.actor.himself()?);
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
            let (team, volunteer) = (team.0.organization_id, caller.actor.himself()?);
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
        .about::<ReadMembers>(team, async |tx, caller, team| {
            let team = team.0.organization_id;
            let rows = store::members(tx, team, &query.filter(), &query.part()).await?;
            let (rows, next) = cut(rows, query.limit, place_in_team);
            let items = rows.iter().map(|row| MemberView::of(row, caller)).collect();
            Answer::ok(&MemberPage { items, next })
        })
        .await
}

/// Enter a member, or change his role 登记队员或调整角色
///
/// Nobody may be made to serve (志愿服务条例 article 25): a leader only changes the
/// role of those who have joined. Entering somebody takes an administrator, for
/// those of the county who joined on paper; they can leave at any time. Whoever is both makes
/// himself no leader (409 `own_request`): a leader knows minors by name.
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
                require_another(caller, body)?;
                let county = directory.county_of(team);
                let entered =
                    store::enter(work.tx, team, volunteer, body.role, county, work.now).await?;
                let nobody = || Problem::field("/volunteerId", FieldCode::NoSuchThing);
                entered.ok_or_else(nobody)?
            } else {
                let changed = store::set_role(work.tx, team, volunteer, body.role).await?;
                changed.ok_or_else(|| Problem::of(Code::Forbidden))?
            };
            let set = team_fact("team.member_set.v1", team, volunteer);
            work.record(set.with("role", json!(body.role)));
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

/// An administrator makes nobody leader but others.
fn require_another(caller: &Caller, body: &NewMember) -> Result<(), Problem> {
    let himself = caller.actor.volunteer_id == Some(body.volunteer_id);
    if himself && body.role == MemberRole::Leader {
        return Err(Problem::of(Code::OwnRequest));
    }
    Ok(())
}

/// A volunteer who takes part and did not join is a member already.
async fn why_not_joined(tx: &mut Tx, id: VolunteerId) -> Result<Problem, Problem> {
    let volunteer = store::find(tx, id).await?.ok_or_else(|| Problem::of(Code::NotFound))?;
    Ok(match volunteer.status {
        VolunteerStatus::Active => Problem::of(Code::AlreadyExists).about(volunteer.name),
        status => Problem::of(Code::NotPossible).about(status.as_str()),
    })
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
