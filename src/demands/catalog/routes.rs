//! The operations on the menu.

use actix_web::web::Data;
use actix_web::{get, post, put};
use serde_json::{Value, json};
use utoipa_actix_web::service_config::ServiceConfig;

use super::cache::Catalog;
use super::contract::{CatalogItemView, Menu, NewCatalogItem};
use super::domain::{CatalogItem, ItemStatus};
use super::policy::{Archive, Create, MenuOf, Read, Replace};
use super::store;
use crate::access::{Command, Reader, Work};
use crate::ids::{CatalogItemId, OrganizationId};
use crate::organizations::Directory;
use crate::platform::http::Reply;
use crate::platform::http::answer::Answer;
use crate::platform::http::query::PathId;
use crate::platform::journal::Fact;
use crate::platform::reference;
use crate::problem::{Code, FieldCode, Problem};

/// Mounts the operations of this part.
pub fn configure(config: &mut ServiceConfig) {
    config.service(menu).service(create).service(view).service(replace).service(archive);
}

/// What can be ordered at an organization 服务清单
#[utoipa::path(tag = "catalog", operation_id = "catalogMenu",
    params(("organization_id" = OrganizationId, Path, description = "The organization 组织")),
    responses((status = 200, body = Menu)))]
#[get("/organizations/{organization_id}/menu")]
async fn menu(
    reader: Reader,
    id: PathId<OrganizationId>,
    catalog: Data<Catalog>,
    directory: Data<Directory>,
) -> Reply {
    reader
        .about::<Read>(MenuOf(id.0), async |_, _, at| {
            directory.get(at.0).ok_or_else(|| Problem::of(Code::NotFound))?;
            let items = catalog.menu(at.0, &directory);
            Answer::ok(&Menu { items: items.iter().map(|item| (&**item).into()).collect() })
        })
        .await
}

/// Put an item on the menu 新增清单项目
#[utoipa::path(tag = "catalog", operation_id = "catalogItemCreate",
    params(("organization_id" = OrganizationId, Path, description = "The organization 组织")),
    request_body = NewCatalogItem, responses((status = 201, body = CatalogItemView)))]
#[post("/organizations/{organization_id}/catalog-items")]
async fn create(
    command: Command<NewCatalogItem>,
    id: PathId<OrganizationId>,
    directory: Data<Directory>,
) -> Reply {
    command
        .about::<Create>(MenuOf(id.0), async |work, at, _, body| {
            directory.get(at.0).ok_or_else(|| Problem::of(Code::NotFound))?;
            let item = item_of(work.new_id(), at.0, work, body);
            let changed = reference::next_version(work.tx).await?;
            store::insert_many(work.tx, std::slice::from_ref(&item), changed)
                .await
                .map_err(|problem| problem.about(&item.code))?;
            work.record(fact("catalog_item.created.v1", &item));
            let location = format!("/api/v1/catalog-items/{}", item.catalog_item_id);
            let shown = CatalogItemView::from(&item);
            Ok(Answer::created(&shown, location)?.version(item.version))
        })
        .await
}

/// One item of the menu 清单项目详情
#[utoipa::path(tag = "catalog", operation_id = "catalogItemView",
    params(("catalog_item_id" = CatalogItemId, Path, description = "The item 清单项目")),
    responses((status = 200, body = CatalogItemView)))]
#[get("/catalog-items/{catalog_item_id}")]
async fn view(reader: Reader, id: PathId<CatalogItemId>, catalog: Data<Catalog>) -> Reply {
    let item = catalog.get(id.0).ok_or_else(|| Problem::of(Code::NotFound))?;
    reader.about::<Read>(MenuOf(item.organization_id), async |_, _, _| answer(&item)).await
}

/// Replace an item 修改清单项目
#[utoipa::path(tag = "catalog", operation_id = "catalogItemReplace",
    params(("catalog_item_id" = CatalogItemId, Path, description = "The item 清单项目")),
    request_body = NewCatalogItem,
    responses((status = 200, body = CatalogItemView, headers(("ETag" = String)))))]
#[put("/catalog-items/{catalog_item_id}")]
async fn replace(command: Command<NewCatalogItem>, id: PathId<CatalogItemId>) -> Reply {
    command
        .on::<Replace>(id.0, async |work, item, _, body| {
            if body.code != item.code {
                return Err(Problem::field("/code", FieldCode::NotHere));
            }
            let replaced = CatalogItem {
                status: item.status,
                created_at: item.created_at,
                version: item.version,
                ..item_of(item.catalog_item_id, item.organization_id, work, body)
            };
            save(work, &item, replaced, "catalog_item.replaced.v1").await
        })
        .await
}

/// Take an item off the menu 下架清单项目
#[utoipa::path(tag = "catalog", operation_id = "catalogItemArchive",
    params(("catalog_item_id" = CatalogItemId, Path, description = "The item 清单项目")),
    responses((status = 200, body = CatalogItemView, headers(("ETag" = String)))))]
#[post("/catalog-items/{catalog_item_id}/archive")]
async fn archive(command: Command, id: PathId<CatalogItemId>) -> Reply {
    command
        .on::<Archive>(id.0, async |work, item, _, _| {
            if item.status == ItemStatus::Archived {
                return Err(Problem::of(Code::NotPossible).about("archived"));
            }
            let archived = CatalogItem { status: ItemStatus::Archived, ..item.clone() };
            save(work, &item, archived, "catalog_item.archived.v1").await
        })
        .await
}

fn item_of(
    id: CatalogItemId,
    organization: OrganizationId,
    work: &Work<'_>,
    body: &NewCatalogItem,
) -> CatalogItem {
    CatalogItem {
        catalog_item_id: id,
        organization_id: organization,
        code: body.code.clone(),
        column_zh: body.column_zh.as_str().to_owned(),
        column_en: body.column_en.as_str().to_owned(),
        name_zh: body.name_zh.as_str().to_owned(),
        name_en: body.name_en.as_str().to_owned(),
        category: body.category.clone(),
        skill: body.skill,
        automatic: body.automatic,
        risk_zh: body.risk_zh.as_ref().map(|risk| risk.as_str().to_owned()),
        risk_en: body.risk_en.as_ref().map(|risk| risk.as_str().to_owned()),
        clock: body.clock,
        status: ItemStatus::Active,
        created_at: work.now,
        updated_at: work.now,
        version: 1,
    }
}

async fn save(
    work: &mut Work<'_>,
    before: &CatalogItem,
    after: CatalogItem,
    name: &'static str,
) -> Result<Answer, Problem> {
    let item = CatalogItem { updated_at: work.now, ..after };
    let changed = reference::next_version(work.tx).await?;
    store::save(work.tx, &item, changed).await?;
    work.record(fact(name, &item).changing(&settings(before), &settings(&item)));
    answer(&CatalogItem { version: item.version + 1, ..item })
}

fn answer(item: &CatalogItem) -> Result<Answer, Problem> {
    Ok(Answer::ok(&CatalogItemView::from(item))?.version(item.version))
}

/// What an item is set to, for the audit.
fn settings(item: &CatalogItem) -> Value {
    json!(CatalogItemView::from(item))
}

fn fact(name: &'static str, item: &CatalogItem) -> Fact {
    Fact {
        name,
        demand_id: None,
        subject_id: item.catalog_item_id.0,
        reason: None,
        data: json!({ "organizationId": item.organization_id, "code": item.code, "status": item.status }),
    }
}
