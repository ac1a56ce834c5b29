//! Taking with one what is kept of oneself.

use actix_web::get;
use actix_web::web::Data;
use serde_json::json;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::access::accounts::{self, HeldRole};
use crate::access::{self, Caller, Oneself, Reader, SessionPage, SessionView, SignIn, audit};
use crate::demands::{self, Demand};
use crate::dispatches::assignments::{self, Assignment};
use crate::evaluations::{self, Evaluation, EvaluationPage, EvaluationView};
use crate::ids::VolunteerId;
use crate::notifications::{self, Notice, NoticePage, NoticeView};
use crate::organizations::Directory;
use crate::people::contract::{
    Export, ExportQuery, ExportSection, ExportedAccount, ExportedAge, ExportedAssignment,
    ExportedAssignmentPage, ExportedDemand, ExportedDemandPage, ExportedEntry, ExportedEntryPage,
    ExportedMembership, ExportedMembershipPage, ExportedRealName, ExportedRole, ExportedRolePage,
    FORMAT,
};
use crate::people::domain::{EXPORTS_A_DAY, PAGES_A_DAY};
use crate::people::policy::{ExportOpen, ExportRead};
use crate::platform::db::Tx;
use crate::platform::http::Reply;
use crate::platform::http::answer::Answer;
use crate::platform::http::page::{Cursor, cut};
use crate::platform::http::query::Query;
use crate::platform::journal::Fact;
use crate::problem::{Code, Problem};
use crate::volunteers::hours::{self, ServiceRecordPage, ServiceRecordView, TotalsView};
use crate::volunteers::{self, PastOrPresent, VolunteerView};

/// Mounts the operations of this part.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(open)
        .service(sign_ins)
        .service(roles)
        .service(memberships)
        .service(ordered)
        .service(served)
        .service(service_records)
        .service(judged)
        .service(notices)
        .service(journal);
}

/// Everything that is kept of me 导出我的个人信息
///
/// One document in an open format (JSON, this schema): the account and the registration stand
/// in it, and `sections` says where the rest is read, page by page. It takes a sign-in of the
/// last 30 minutes, and is opened a few times a day at most; that it was read is a row of the
/// audit.
#[utoipa::path(tag = "people", operation_id = "exportOpen",
    responses((status = 200, body = Export)))]
#[get("/me/export")]
async fn open(reader: Reader) -> Reply {
    let own = reader.caller.actor.account_id;
    let fact = Fact {
        name: "export.opened.v1",
        demand_id: None,
        subject_id: own.0,
        reason: None,
        data: json!({}),
    };
    reader
        .on_record_freshly::<ExportOpen>(Oneself, fact, EXPORTS_A_DAY, async |tx, caller, _| {
            Answer::ok(&export_of(tx, caller).await?)
        })
        .await
}

/// Where I am signed in, for my export 导出：登录
#[utoipa::path(tag = "people", operation_id = "exportSignIns",
    params(ExportQuery), responses((status = 200, body = SessionPage)))]
#[get("/me/export/sign-ins")]
async fn sign_ins(reader: Reader, query: Query<ExportQuery>) -> Reply {
    read(reader, ExportSection::SignIns, async |tx, caller| {
        let (own, present) = (caller.actor.account_id, caller.actor.session_id);
        let rows = access::list_standing(tx, own, caller.now, &query.0.part()).await?;
        let place = |one: &SignIn| Cursor { at: one.started_at, id: one.session_id.0 };
        let (rows, next) = cut(rows, query.0.limit, place);
        let items = rows.into_iter().map(|one| SessionView::of(one, present)).collect();
        Answer::ok(&SessionPage { items, next })
    })
    .await
}

/// My roles, past and present, for my export 导出：角色
#[utoipa::path(tag = "people", operation_id = "exportRoles",
    params(ExportQuery), responses((status = 200, body = ExportedRolePage)))]
#[get("/me/export/roles")]
async fn roles(reader: Reader, query: Query<ExportQuery>) -> Reply {
    read(reader, ExportSection::Roles, async |tx, caller| {
        let rows = accounts::roles(tx, caller.actor.account_id, &query.0.part()).await?;
        let place = |one: &HeldRole| Cursor { at: one.valid_from, id: one.grant_id.0 };
        let (rows, next) = cut(rows, query.0.limit, place);
        let items = rows.iter().map(|one| ExportedRole::of(one, caller)).collect();
        Answer::ok(&ExportedRolePage { items, next })
    })
    .await
}

/// My teams, past and present, for my export 导出：队伍
#[utoipa::path(tag = "people", operation_id = "exportMemberships",
    params(ExportQuery), responses((status = 200, body = ExportedMembershipPage)))]
#[get("/me/export/memberships")]
async fn memberships(reader: Reader, query: Query<ExportQuery>) -> Reply {
    read(reader, ExportSection::Memberships, async |tx, caller| {
        let part = query.0.part();
        let rows =
            of_volunteer(caller, async |id| volunteers::teams_of(tx, id, &part).await).await?;
        let place = |one: &PastOrPresent| Cursor { at: one.joined_at, id: one.team_id.0 };
        let (rows, next) = cut(rows, query.0.limit, place);
        let items = rows.iter().map(|one| ExportedMembership::of(one, caller)).collect();
        Answer::ok(&ExportedMembershipPage { items, next })
    })
    .await
}

/// What I have ordered, for my export 导出：点单
#[utoipa::path(tag = "people", operation_id = "exportDemands",
    params(ExportQuery), responses((status = 200, body = ExportedDemandPage)))]
#[get("/me/export/demands")]
async fn ordered(reader: Reader, query: Query<ExportQuery>) -> Reply {
    read(reader, ExportSection::Demands, async |tx, caller| {
        let rows = demands::ordered_by(tx, caller.actor.account_id, &query.0.part()).await?;
        let place = |one: &Demand| Cursor { at: one.placed_at, id: one.demand_id.0 };
        let (rows, next) = cut(rows, query.0.limit, place);
        let items = rows.into_iter().map(|one| ExportedDemand::of(one, caller)).collect();
        Answer::ok(&ExportedDemandPage { items, next })
    })
    .await
}

/// Where I was asked to help, for my export 导出：接单
#[utoipa::path(tag = "people", operation_id = "exportAssignments",
    params(ExportQuery), responses((status = 200, body = ExportedAssignmentPage)))]
#[get("/me/export/assignments")]
async fn served(reader: Reader, query: Query<ExportQuery>) -> Reply {
    read(reader, ExportSection::Assignments, async |tx, caller| {
        let part = query.0.part();
        let of = async |id| assignments::of_volunteer(tx, id, &part).await;
        let rows = of_volunteer(caller, of).await?;
        let place = |(one, _): &(Assignment, Demand)| Cursor {
            at: one.created_at,
            id: one.assignment_id.0,
        };
        let (rows, next) = cut(rows, query.0.limit, place);
        let items = rows.into_iter().map(ExportedAssignment::of).collect();
        Answer::ok(&ExportedAssignmentPage { items, next })
    })
    .await
}

/// The hours that I have served, for my export 导出：服务时长
#[utoipa::path(tag = "people", operation_id = "exportServiceRecords",
    params(ExportQuery), responses((status = 200, body = ServiceRecordPage)))]
#[get("/me/export/service-records")]
async fn service_records(reader: Reader, query: Query<ExportQuery>) -> Reply {
    read(reader, ExportSection::ServiceRecords, async |tx, caller| {
        let part = query.0.part();
        let of = async |id| hours::records_of(tx, id, &part, caller).await;
        let rows = of_volunteer(caller, of).await?;
        let place = |one: &ServiceRecordView| Cursor { at: one.started_at, id: one.record_id.0 };
        let (items, next) = cut(rows, query.0.limit, place);
        Answer::ok(&ServiceRecordPage { items, next })
    })
    .await
}

/// What I have said of the help, for my export 导出：评价
#[utoipa::path(tag = "people", operation_id = "exportEvaluations",
    params(ExportQuery), responses((status = 200, body = EvaluationPage)))]
#[get("/me/export/evaluations")]
async fn judged(reader: Reader, query: Query<ExportQuery>, directory: Data<Directory>) -> Reply {
    read(reader, ExportSection::Evaluations, async |tx, caller| {
        let rows = evaluations::written_by(tx, caller.actor.account_id, &query.0.part()).await?;
        let place = |one: &Evaluation| Cursor { at: one.created_at, id: one.evaluation_id.0 };
        let (rows, next) = cut(rows, query.0.limit, place);
        let items = rows.iter().map(|one| EvaluationView::of(one, &directory)).collect();
        Answer::ok(&EvaluationPage { items, next })
    })
    .await
}

/// What I was told, for my export 导出：消息
#[utoipa::path(tag = "people", operation_id = "exportNotices",
    params(ExportQuery), responses((status = 200, body = NoticePage)))]
#[get("/me/export/notices")]
async fn notices(reader: Reader, query: Query<ExportQuery>, directory: Data<Directory>) -> Reply {
    read(reader, ExportSection::Notices, async |tx, caller| {
        let rows = notifications::told_to(tx, caller.actor.account_id, &query.0.part()).await?;
        let place = |one: &Notice| Cursor { at: one.told_at, id: one.notice_id.0 };
        let (rows, next) = cut(rows, query.0.limit, place);
        let items = rows.iter().map(|one| NoticeView::of(one, caller, &directory)).collect();
        Answer::ok(&NoticePage { items, next })
    })
    .await
}

/// What I have done here, for my export 导出：操作日志
///
/// What, when, to which thing and from which address, as it stands in the journal. What was
/// done a few seconds ago may not stand here yet.
#[utoipa::path(tag = "people", operation_id = "exportJournal",
    params(ExportQuery), responses((status = 200, body = ExportedEntryPage)))]
#[get("/me/export/journal")]
async fn journal(reader: Reader, query: Query<ExportQuery>) -> Reply {
    read(reader, ExportSection::Journal, async |tx, caller| {
        let rows = audit::rows_of(tx, caller.actor.account_id, &query.0.part()).await?;
        let place = |one: &audit::Row| Cursor { at: one.at, id: one.entry_id.0 };
        let (rows, next) = cut(rows, query.0.limit, place);
        let items = rows.into_iter().map(ExportedEntry::from).collect();
        Answer::ok(&ExportedEntryPage { items, next })
    })
    .await
}

/// Reads a page of a section, on record.
async fn read(
    reader: Reader,
    section: ExportSection,
    page: impl AsyncFnOnce(&mut Tx, &Caller) -> Result<Answer, Problem>,
) -> Reply {
    let own = reader.caller.actor.account_id;
    let fact = Fact {
        name: "export.read.v1",
        demand_id: None,
        subject_id: own.0,
        reason: None,
        data: json!({ "section": section }),
    };
    reader
        .on_record_freshly::<ExportRead>(Oneself, fact, PAGES_A_DAY, async |tx, caller, _| {
            page(tx, caller).await
        })
        .await
}

/// What is kept of the caller as a volunteer; nothing where he is none.
async fn of_volunteer<R>(
    caller: &Caller,
    rows: impl AsyncFnOnce(VolunteerId) -> Result<Vec<R>, Problem>,
) -> Result<Vec<R>, Problem> {
    match caller.actor.volunteer_id {
        Some(id) => rows(id).await,
        None => Ok(Vec::new()),
    }
}

async fn export_of(tx: &mut Tx, caller: &Caller) -> Result<Export, Problem> {
    let own = caller.actor.account_id;
    let kept = accounts::kept(tx, own).await?;
    let account = kept.ok_or_else(|| Problem::of(Code::Unauthenticated))?;
    let real_name = access::real_name_of(tx, own).await?;
    let (volunteer, age, totals) = match caller.actor.volunteer_id {
        Some(id) => {
            let volunteer = volunteers::find(tx, id).await?;
            let totals = hours::tallies_of(tx, &[id.0]).await?;
            let totals = totals.get(&id.0).map(TotalsView::from);
            (volunteer, volunteers::age_of(tx, own).await?, totals)
        }
        None => (None, None, None),
    };
    Ok(Export {
        format: FORMAT.to_owned(),
        exported_at: caller.now,
        account: ExportedAccount::of(own, account),
        real_name: real_name.map(ExportedRealName::from),
        age: age.map(ExportedAge::from),
        volunteer: volunteer.map(|volunteer| VolunteerView::of(&volunteer, &[], caller)),
        totals,
        sections: Export::links(),
    })
}
