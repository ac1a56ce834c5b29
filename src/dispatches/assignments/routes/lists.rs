//! The lists of assignments: of a dispatch, of a volunteer, of an area.

use actix_web::get;
use utoipa_actix_web::service_config::ServiceConfig;

use super::super::contract::{
    AreaAssignmentQuery, AssignmentPage, AssignmentSummary, DispatchAssignmentPage,
    DispatchAssignmentQuery, ListedAssignment, OwnAssignmentQuery,
};
use super::super::domain::Assignment;
use super::super::policy::{AssignmentsWithin, ListArea, ListOwn, OwnAssignments};
use super::super::store::{self, Duty, OfDispatch, Scope};
use super::on;
use crate::access::{Caller, Reader};
use crate::demands::{self, Names};
use crate::dispatches::contract::{DemandCard, Sight};
use crate::dispatches::policy::View as ViewDispatch;
use crate::dispatches::routes::offer_id;
use crate::ids::DispatchId;
use crate::organizations::Area;
use crate::platform::http::Reply;
use crate::platform::http::answer::Answer;
use crate::platform::http::page::{Cursor, cut};
use crate::platform::http::query::{PathId, Query};

/// Mounts the lists.
pub fn configure(config: &mut ServiceConfig) {
    config.service(list_of_dispatch).service(list_own).service(list_of_area);
}

/// The volunteers on a dispatch 派单的志愿者
///
/// The earliest first, unless `order` says otherwise; all of them for the team's
/// leader and for staff, for others their own.
#[utoipa::path(tag = "assignments", operation_id = "assignmentListOfDispatch",
    params(("dispatch_id" = DispatchId, Path, description = "The dispatch 派单"), DispatchAssignmentQuery),
    responses((status = 200, body = DispatchAssignmentPage)))]
#[get("/dispatches/{dispatch_id}/assignments")]
async fn list_of_dispatch(
    reader: Reader,
    id: PathId<DispatchId>,
    query: Query<DispatchAssignmentQuery>,
    names: Names,
) -> Reply {
    let (id, query) = (offer_id(id.0, &reader.caller), query.0);
    reader
        .on::<ViewDispatch>(id, async |tx, caller, offer| {
            let sees_all =
                offer.is_led_by(&caller.actor) || demands::may_read(&caller.actor, &offer.demand);
            let of = OfDispatch {
                dispatch: offer.dispatch.dispatch_id,
                volunteer: if sees_all { None } else { Some(caller.actor.himself()?) },
                state: query.state,
            };
            let rows = store::part_of_dispatch(tx, of, &query.part()).await?;
            let (rows, next) = cut(rows, query.limit, place_in_list);
            let shown = |one| AssignmentSummary::of(&on(&offer, one), caller, &names);
            let items = rows.into_iter().map(shown).collect();
            Answer::ok(&DispatchAssignmentPage { items, next })
        })
        .await
}

/// My assignments 我的接单
#[utoipa::path(tag = "assignments", operation_id = "assignmentListOwn",
    params(OwnAssignmentQuery), responses((status = 200, body = AssignmentPage)))]
#[get("/me/assignments")]
async fn list_own(reader: Reader, query: Query<OwnAssignmentQuery>, names: Names) -> Reply {
    let (me, query) = (reader.caller.actor.himself()?, query.0);
    reader
        .about::<ListOwn>(OwnAssignments(me), async |tx, caller, own| {
            let scope = Scope::Volunteer(own.0);
            let rows = store::list(tx, scope, query.state, &query.part()).await?;
            let (rows, next) = cut(rows, query.limit, |duty| place_in_list(&duty.assignment));
            let shown = |row| listed(row, true, caller, &names);
            Answer::ok(&AssignmentPage { items: rows.iter().map(shown).collect(), next })
        })
        .await
}

/// The assignments of an area 辖区接单列表
///
/// On the demands that lie in the area of an organization, or below it: who is
/// on the spot now, who dropped out.
#[utoipa::path(tag = "assignments", operation_id = "assignmentList",
    params(AreaAssignmentQuery), responses((status = 200, body = AssignmentPage)))]
#[get("/assignments")]
async fn list_of_area(reader: Reader, query: Query<AreaAssignmentQuery>, names: Names) -> Reply {
    let query = query.0;
    let scope = Scope::Area(Area::within(&names, query.within)?);
    reader
        .about::<ListArea>(AssignmentsWithin(query.within), async |tx, caller, _| {
            let rows = store::list(tx, scope, query.state, &query.part()).await?;
            let (rows, next) = cut(rows, query.limit, |duty| place_in_list(&duty.assignment));
            let shown = |row| listed(row, false, caller, &names);
            Answer::ok(&AssignmentPage { items: rows.iter().map(shown).collect(), next })
        })
        .await
}

fn place_in_list(assignment: &Assignment) -> Cursor {
    Cursor { at: assignment.created_at, id: assignment.assignment_id.0 }
}

/// An assignment in a list: its own volunteer sees where he goes, once he has accepted.
fn listed(duty: &Duty, is_own: bool, caller: &Caller, names: &Names) -> ListedAssignment {
    let own = Sight::of_volunteer(duty.assignment.state, duty.dispatch.state);
    let sight = if is_own { own } else { Sight::Nothing };
    let organization = duty.dispatch.organization_id;
    ListedAssignment {
        summary: AssignmentSummary::of(duty, caller, names),
        organization_id: organization,
        organization_name: names.name(organization),
        demand: DemandCard::of(&duty.demand, sight, caller, names),
    }
}
