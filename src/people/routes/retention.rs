//! What of a county has passed its time.

use actix_web::get;
use actix_web::web::Data;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::access::Reader;
use crate::ids::OrganizationId;
use crate::organizations::Directory;
use crate::people::contract::RetentionView;
use crate::people::limits::{limit_of, passed};
use crate::people::policy::{Keeper, RetentionTry};
use crate::platform::http::Reply;
use crate::platform::http::answer::Answer;
use crate::platform::http::query::PathId;
use crate::problem::{Code, Problem};

/// Mounts the operations of this part.
pub fn configure(config: &mut ServiceConfig) {
    config.service(dry_run);
}

/// What would be erased now 留存期限试运行
///
/// Of the county that the organization lies in: nothing is changed. What has passed its time by
/// the rule `retention` is erased by itself, some rows at a time; the rows stay, with every
/// figure. Sign-ins are forgotten 30 days after they end, notices after 90, answers to repeated
/// requests after 24 hours. The audit is kept.
#[utoipa::path(tag = "people", operation_id = "retentionTry",
    params(("organization_id" = OrganizationId, Path, description = "The organization 组织")),
    responses((status = 200, body = RetentionView)))]
#[get("/organizations/{organization_id}/retention")]
async fn dry_run(reader: Reader, id: PathId<OrganizationId>, directory: Data<Directory>) -> Reply {
    reader
        .about::<RetentionTry>(Keeper(id.0), async |tx, caller, of| {
            let county = directory.county_of(of.0).ok_or_else(|| Problem::of(Code::NotFound))?;
            let limit = limit_of(&directory, county, caller.now);
            Answer::ok(&passed(tx, &limit).await?)
        })
        .await
}
