//! What callers send and see of notices.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::domain::{Grounds, Notice, NoticeKind};
use super::store::Filter;
use crate::access::Caller;
use crate::ids::{AssignmentId, DemandId, DispatchId, NoticeId, RevealId, RightsRequestId};
use crate::organizations::Directory;
use crate::platform::http::page::{list_query, page};

/// Something that one is told.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Notice)]
pub struct NoticeView {
    /// Its id.
    pub notice_id: NoticeId,
    /// What it tells.
    pub kind: NoticeKind,
    /// The same in a few words, in the caller's language.
    #[schema(example = "点单已接单")]
    pub title: String,
    /// The same in a sentence, in the caller's language.
    #[schema(example = "点单 20260302-7K3M9P 已接单，承接单位：解放社区水电队。")]
    pub text: String,
    /// The demand that it is about.
    pub demand_id: Option<DemandId>,
    /// The dispatch that it is about.
    pub dispatch_id: Option<DispatchId>,
    /// The assignment that it is about.
    pub assignment_id: Option<AssignmentId>,
    /// The reveal that it is about, by which it is also found in one's access log.
    pub reveal_id: Option<RevealId>,
    /// The request about one's personal data that was answered.
    pub rights_request_id: Option<RightsRequestId>,
    /// With `call_received`: why the system has chosen this volunteer. Null otherwise.
    pub grounds: Option<Grounds>,
    /// Until when the next step was due when it happened.
    pub due_at: Option<DateTime<Utc>>,
    /// When it happened.
    pub happened_at: DateTime<Utc>,
    /// When one was told; the list is in this order.
    pub told_at: DateTime<Utc>,
    /// When it was read; null until then.
    pub read_at: Option<DateTime<Utc>>,
}

impl NoticeView {
    /// The notice in the language of its reader.
    #[must_use]
    pub fn of(notice: &Notice, caller: &Caller, directory: &Directory) -> Self {
        let organization = notice.fact.organization().and_then(|id| directory.get(id));
        let name = organization.map(|node| node.name.clone()).unwrap_or_default();
        Self {
            notice_id: notice.notice_id,
            kind: notice.kind,
            title: notice.kind.title(caller.language).to_owned(),
            text: notice.text(caller.language, &name),
            demand_id: notice.demand_id,
            dispatch_id: notice.dispatch_id,
            assignment_id: notice.assignment_id,
            reveal_id: notice.fact.reveal(),
            rights_request_id: notice.fact.rights_request(),
            grounds: notice.grounds,
            due_at: notice.fact.due_at(),
            happened_at: notice.fact.at,
            told_at: notice.told_at,
            read_at: notice.read_at,
        }
    }
}

page!(
    /// A page of notices.
    NoticePage of NoticeView
);

/// How much there is to read: the figure on the badge.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NoticeCount {
    /// How many notices were not read yet; 100 means a hundred or more.
    #[schema(minimum = 0, maximum = 100)]
    pub unread: usize,
}

/// Up to which notice one has read.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReadUpTo {
    /// The latest notice that was shown: it and all earlier ones are read.
    pub notice_id: NoticeId,
}

list_query! {
    /// Which of one's own notices to list.
    NoticeQuery in order of LatestFirst {
        /// Only those not read yet (`true`), or only those read (`false`).
        unread: Option<bool>,
        /// Only this kind.
        #[param(inline)]
        kind: Option<NoticeKind>,
    }
    /// Only those told at this instant or later.
    told_from..
    /// Only those told before this instant.
    told_until
}

impl NoticeQuery {
    /// What the list is narrowed to.
    #[must_use]
    pub const fn filter(&self) -> Filter {
        Filter { unread: self.unread, kind: self.kind }
    }
}
