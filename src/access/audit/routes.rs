//! Reading the audit.

use actix_web::get;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::contract::{AuditPage, AuditQuery, AuditRowView};
use super::domain::Sealed;
use super::policy::{ListRows, WholeAudit};
use super::store;
use crate::access::Reader;
use crate::platform::http::Reply;
use crate::platform::http::answer::Answer;
use crate::platform::http::page::{Cursor, cut};
use crate::platform::http::query::Query;
use crate::platform::journal::Fact;

/// Mounts the operations of this noun.
pub fn configure(config: &mut ServiceConfig) {
    config.service(list);
}

/// The audit 审计日志
///
/// Who did what to which thing, from where and with what result, the latest first unless
/// `order` says otherwise. A row stands here within seconds, as soon as it is sealed. Only an
/// audit administrator reads it, and that he does is a row as well.
#[utoipa::path(tag = "audit", operation_id = "auditList",
    params(AuditQuery), responses((status = 200, body = AuditPage)))]
#[get("/audit")]
async fn list(reader: Reader, query: Query<AuditQuery>) -> Reply {
    let query = query.0;
    let wanted = query.wanted(reader.caller.now);
    let read = Fact {
        name: "audit.read.v1",
        demand_id: None,
        subject_id: query.subject.unwrap_or(Uuid::nil()),
        reason: None,
        data: query.said(),
    };
    reader
        .on_record::<ListRows>(WholeAudit, read, async |tx, _, _| {
            let rows = store::list(tx, &wanted?, &query.part()).await?;
            let (rows, next) = cut(rows, query.limit, |sealed: &Sealed| Cursor {
                at: sealed.row.at,
                id: sealed.row.entry_id.0,
            });
            Answer::ok(&AuditPage {
                items: rows.into_iter().map(AuditRowView::from).collect(),
                next,
            })
        })
        .await
}
