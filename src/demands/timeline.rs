//! The timeline of a demand, read back from the journal.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::ids::{AccountId, EntryId};
use crate::problem::Language;

/// One thing that happened to a demand, a dispatch or an assignment of it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TimelineEntry {
    /// Its id; entries sort by it.
    pub entry_id: EntryId,
    /// When.
    pub at: DateTime<Utc>,
    /// What, as a versioned name. New names may appear.
    #[schema(example = "demand.placed.v1")]
    pub name: String,
    /// The same in a few words, in the caller's language.
    #[schema(example = "已下单")]
    pub title: String,
    /// The account that did it; null for the system.
    pub actor_id: Option<AccountId>,
    /// Who did it, in words; of a minor masked, but for himself.
    #[schema(example = "系统")]
    pub actor: String,
    /// Why, where somebody gave a reason.
    pub reason: Option<String>,
    /// The facts: ids, states and deadlines; of an assignment also what the `volunteer` is called, of
    /// a minor masked.
    #[schema(value_type = Object)]
    pub data: Value,
}

/// What happened, without the version of the fact, in Chinese and in English.
const TITLES: &[(&str, &str, &str)] = &[
    ("demand.placed", "已下单", "Order placed"),
    ("demand.verified", "已受理", "Order verified"),
    ("demand.refused", "未予受理", "Order refused"),
    ("demand.escalated", "上报上级", "Handed up a level"),
    ("demand.overdue", "已超时", "Overdue"),
    ("demand.unfilled", "暂无人承接", "Nobody found yet"),
    ("demand.transferred", "已转办", "Transferred to another service"),
    ("demand.cancelled", "已撤销", "Order cancelled"),
    ("demand.paused", "暂停办理", "Order paused"),
    ("demand.resumed", "恢复办理", "Order goes on"),
    ("demand.evaluated", "已评价", "Service judged"),
    ("demand.closed", "已销号", "Order closed"),
    ("demand.reopened", "重新办理", "Order begun anew"),
    ("demand.contact_revealed", "查看联系方式", "Contact looked at"),
    ("reveal.requested", "申请查看未成年人联系方式", "Asked to see the contact of a minor"),
    ("reveal.approved", "批准查看联系方式", "Seeing the contact was approved"),
    ("reveal.refused", "不批准查看联系方式", "Seeing the contact was refused"),
    ("demand.handed_over", "点单归入居民账号", "Handed over to the resident's account"),
    ("dispatch.offered", "已派单", "Dispatched"),
    ("dispatch.offered_again", "名额空出，重新等待接单", "Offered again"),
    ("dispatch.accepted", "已接单", "Accepted"),
    ("dispatch.declined", "已拒单或退单", "Declined or given back"),
    ("dispatch.lapsed", "派单超时未接", "Not answered in time"),
    ("dispatch.withdrawn", "派单已撤回", "Dispatch withdrawn"),
    ("dispatch.completed", "派单已完成", "Dispatch completed"),
    ("assignment.lapsed", "点名超时未应答", "Nomination not answered in time"),
    ("assignment.offered", "队长点名", "A volunteer was named"),
    ("assignment.accepted", "志愿者已接单", "A volunteer takes a place"),
    ("assignment.declined", "志愿者婉拒", "A volunteer has declined"),
    ("assignment.dropped_out", "志愿者退出", "A volunteer has dropped out"),
    ("assignment.released", "志愿者已释放", "A volunteer was released"),
    ("assignment.checked_in", "志愿者已签到", "A volunteer has checked in"),
    ("assignment.checked_out", "志愿者已签退", "A volunteer has checked out"),
    ("assignment.entered", "队长补录服务", "The leader entered a service"),
    ("assignment.forced_out", "未签退，系统签退", "Checked out by the system"),
];

/// What a fact says in a few words; nothing for one that is not known.
#[must_use]
pub fn title(fact: &str, language: Language) -> Option<&'static str> {
    let (what, _version) = fact.rsplit_once('.')?;
    let (_, chinese, english) = TITLES.iter().find(|(known, ..)| *known == what)?;
    Some(match language {
        Language::Chinese => chinese,
        Language::English => english,
    })
}
