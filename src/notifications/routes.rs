//! The operations on one's own notices.

use actix_web::web::Data;
use actix_web::{get, post};
use utoipa_actix_web::service_config::ServiceConfig;

use super::contract::{NoticeCount, NoticePage, NoticeQuery, NoticeView, ReadUpTo};
use super::domain::Notice;
use super::policy::{ListOwn, OwnNotices, Read};
use super::store;
use crate::access::{Command, Reader};
use crate::ids::NoticeId;
use crate::organizations::Directory;
use crate::platform::http::Reply;
use crate::platform::http::answer::Answer;
use crate::platform::http::page::{Cursor, cut};
use crate::platform::http::query::{PathId, Query};

/// How far unread notices are counted.
const COUNTED: i64 = 100;
/// How many notices one command marks as read.
const READ_AT_ONCE: i64 = 1_000;

/// Mounts the operations of this noun.
pub fn configure(config: &mut ServiceConfig) {
    config.service(list_own).service(count_own).service(read).service(read_up_to);
}

/// My notices 我的消息
#[utoipa::path(tag = "notifications", operation_id = "noticeListOwn",
    params(NoticeQuery), responses((status = 200, body = NoticePage)))]
#[get("/me/notices")]
async fn list_own(reader: Reader, query: Query<NoticeQuery>, directory: Data<Directory>) -> Reply {
    let own = OwnNotices(reader.caller.actor.account_id);
    reader
        .about::<ListOwn>(own, async |tx, caller, own| {
            let rows = store::list(tx, own.0, query.0.filter(), &query.0.part()).await?;
            let (rows, next) = cut(rows, query.0.limit, |notice: &Notice| Cursor {
                at: notice.told_at,
                id: notice.notice_id.0,
            });
            let items = rows.iter().map(|notice| NoticeView::of(notice, caller, &directory));
            Answer::ok(&NoticePage { items: items.collect(), next })
        })
        .await
}

/// How many notices I have not read 未读消息数
#[utoipa::path(tag = "notifications", operation_id = "noticeCountOwn",
    responses((status = 200, body = NoticeCount)))]
#[get("/me/notice-count")]
async fn count_own(reader: Reader) -> Reply {
    let own = OwnNotices(reader.caller.actor.account_id);
    reader
        .about::<ListOwn>(own, async |tx, _, own| {
            Answer::ok(&NoticeCount { unread: store::unread(tx, own.0, COUNTED).await? })
        })
        .await
}

/// Mark a notice as read 消息已读
///
/// Read again, it keeps the time at which it was read first.
#[utoipa::path(tag = "notifications", operation_id = "noticeRead",
    params(("notice_id" = NoticeId, Path, description = "The notice 消息")),
    responses((status = 200, body = NoticeView)))]
#[post("/me/notices/{notice_id}/read")]
async fn read(command: Command, id: PathId<NoticeId>, directory: Data<Directory>) -> Reply {
    command
        .on::<Read>(id.0, async |work, notice, caller, _| {
            store::read(work.tx, notice.notice_id, work.now).await?;
            let notice = Notice { read_at: notice.read_at.or(Some(work.now)), ..notice };
            Answer::ok(&NoticeView::of(&notice, caller, &directory))
        })
        .await
}

/// Mark all notices as read, up to one 消息全部已读
///
/// Those that came after it stay unread. A thousand at once; the answer tells how
/// much is left.
#[utoipa::path(tag = "notifications", operation_id = "noticeReadUpTo",
    request_body = ReadUpTo, responses((status = 200, body = NoticeCount)))]
#[post("/me/notices/read")]
async fn read_up_to(command: Command<ReadUpTo>) -> Reply {
    let last = command.body.notice_id;
    command
        .on::<Read>(last, async |work, notice, _, _| {
            store::read_up_to(work.tx, &notice, work.now, READ_AT_ONCE).await?;
            let unread = store::unread(work.tx, notice.account_id, COUNTED).await?;
            Answer::ok(&NoticeCount { unread })
        })
        .await
}
