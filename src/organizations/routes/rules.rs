//! The operations on rules.

use actix_web::web::Data;
use actix_web::{get, post};
use serde_json::json;
use utoipa_actix_web::service_config::ServiceConfig;

use super::existing;
use crate::access::{Command, Reader};
use crate::ids::OrganizationId;
use crate::organizations::contract::{EffectiveRules, NewRule, RulePage, RuleQuery, RuleView};
use crate::organizations::directory::{Directory, Version};
use crate::organizations::policy::{PublicTree, ReadRules, SetRule, may_set};
use crate::organizations::rules::RuleValue;
use crate::organizations::store;
use crate::platform::http::Reply;
use crate::platform::http::answer::Answer;
use crate::platform::http::page::{Cursor, cut};
use crate::platform::http::query::{PathId, Query};
use crate::platform::journal::Fact;
use crate::platform::reference;
use crate::problem::{Code, FieldCode, Problem};

/// Mounts the operations of this part.
pub fn configure(config: &mut ServiceConfig) {
    config.service(set_rule).service(list_rules).service(effective_rules);
}

/// Set a rule on an organization 设置规则
///
/// By its administrators; `sign_in`, where the installation keeps duties apart, only by a security
/// administrator.
#[utoipa::path(tag = "rules", operation_id = "ruleSet",
    params(("organization_id" = OrganizationId, Path, description = "The organization 组织")),
    request_body = NewRule, responses((status = 201, body = RuleView)))]
#[post("/organizations/{organization_id}/rules")]
async fn set_rule(
    command: Command<NewRule>,
    id: PathId<OrganizationId>,
    directory: Data<Directory>,
) -> Reply {
    command
        .on::<SetRule>(id.0, async |work, node, caller, body| {
            if !may_set(&caller.actor, &body.value, &node) {
                return Err(Problem::of(Code::Forbidden));
            }
            let effective_from = body.effective_from.unwrap_or(work.now);
            if effective_from < work.now {
                return Err(Problem::field("/effectiveFrom", FieldCode::InThePast));
            }
            if matches!(body.value, RuleValue::Calendar(_)) && node.parent_id.is_some() {
                let problem = Problem::of(Code::InvalidRequest);
                return Err(problem.and_field("/value/name", FieldCode::NotHere, "parentId"));
            }
            let county = directory.county_of(id.0).filter(|county| *county != id.0);
            if matches!(body.value, RuleValue::Retention(_)) && county.is_some() {
                let problem = Problem::of(Code::InvalidRequest);
                return Err(problem.and_field("/value/name", FieldCode::NotHere, "countyId"));
            }
            let version = Version {
                rule_id: work.new_id(),
                organization_id: node.organization_id,
                value: body.value.clone(),
                effective_from,
            };
            let before = directory.version(id.0, body.value.name(), work.now);
            let changed = reference::next_version(work.tx).await?;
            let author = Some(caller.actor.account_id);
            let rows = std::slice::from_ref(&version);
            store::insert_rules(work.tx, rows, work.now, author, changed).await?;
            work.record(Fact {
                name: "rule.set.v1",
                demand_id: None,
                subject_id: node.organization_id.0,
                reason: None,
                data: json!({
                    "ruleId": version.rule_id,
                    "effectiveFrom": version.effective_from,
                    "value": version.value,
                    "before": before.map(|before| before.value),
                }),
            });
            let location = format!("/api/v1/organizations/{}/rules", node.organization_id);
            Answer::created(&RuleView::from(version), location)
        })
        .await
}

/// The versions of an organization's own rules, latest first 规则版本列表
#[utoipa::path(tag = "rules", operation_id = "ruleList",
    params(("organization_id" = OrganizationId, Path, description = "The organization 组织"), RuleQuery),
    responses((status = 200, body = RulePage)))]
#[get("/organizations/{organization_id}/rules")]
async fn list_rules(
    reader: Reader,
    id: PathId<OrganizationId>,
    query: Query<RuleQuery>,
    directory: Data<Directory>,
) -> Reply {
    let query = query.0;
    reader
        .about::<ReadRules>(PublicTree, async |tx, _, _| {
            existing(&directory, id.0)?;
            let name = query.name.map(|rule| rule.0);
            let rows = store::list_rules(tx, id.0, name, &query.part()).await?;
            let (rows, next) = cut(rows, query.limit, |version| Cursor {
                at: version.effective_from,
                id: version.rule_id.0,
            });
            Answer::ok(&RulePage { items: rows.into_iter().map(RuleView::from).collect(), next })
        })
        .await
}

/// The rules that hold for an organization now 当前生效的规则
#[utoipa::path(tag = "rules", operation_id = "ruleEffective",
    params(("organization_id" = OrganizationId, Path, description = "The organization 组织")),
    responses((status = 200, body = EffectiveRules)))]
#[get("/organizations/{organization_id}/rules/effective")]
async fn effective_rules(
    reader: Reader,
    id: PathId<OrganizationId>,
    directory: Data<Directory>,
) -> Reply {
    reader
        .about::<ReadRules>(PublicTree, async |_, caller, _| {
            existing(&directory, id.0)?;
            let items = RuleValue::NAMES.iter().filter_map(|name| {
                let set = directory.version(id.0, name, caller.now).map(RuleView::from);
                set.or_else(|| RuleValue::usual(name).map(unset_rule))
            });
            Answer::ok(&EffectiveRules { items: items.collect() })
        })
        .await
}

const fn unset_rule(value: RuleValue) -> RuleView {
    RuleView { rule_id: None, organization_id: None, effective_from: None, value }
}
