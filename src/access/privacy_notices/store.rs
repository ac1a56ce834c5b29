//! The SQL of privacy notices.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use sqlx::types::Json;

use super::contract::NoticeContent;
use super::domain::{ConsentDemand, ConsentPurpose, PrivacyNotice, Published, Topic};
use crate::ids::{AccountId, OrganizationId, PartnerId, PrivacyNoticeId};
use crate::platform::db::Tx;
use crate::platform::db::range::{Part, earliest_first, fetch_part, latest_first};
use crate::platform::db::statements::{
    execute, fetch_all, fetch_listed, fetch_optional, statements,
};
use crate::problem::{Problem, UniqueMeans as _};

/// A whole notice.
macro_rules! whole {
    () => {
        "SELECT privacy_notice_id, organization_id, purpose, partner_id, number, consent, effective_from, content, published_at
           FROM privacy_notices"
    };
}

statements! {
    INSERT = "INSERT INTO privacy_notices (privacy_notice_id, organization_id, purpose, partner_id, number, consent, effective_from,
                                           content, published_by, published_at, changed)
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    PUBLISHED_SINCE = "SELECT privacy_notice_id, organization_id, purpose, partner_id, number, consent, effective_from
                         FROM privacy_notices WHERE changed > $1";
    LINE = "SELECT privacy_notice_id, organization_id, purpose, partner_id, number, consent, effective_from
              FROM privacy_notices WHERE organization_id = $1 AND purpose = $2 AND partner_id IS NOT DISTINCT FROM $3
             ORDER BY number DESC LIMIT 1";
    FIND = concat!(whole!(), " WHERE privacy_notice_id = $1");
    THESE = concat!(whole!(), " WHERE privacy_notice_id IN ({list}) ORDER BY purpose, privacy_notice_id");
    LATEST = concat!(whole!(), " WHERE organization_id = $1 AND ($6 = '' OR purpose = $6)",
                     latest_first!("published_at", "privacy_notice_id"));
    EARLIEST = concat!(whole!(), " WHERE organization_id = $1 AND ($6 = '' OR purpose = $6)",
                       earliest_first!("published_at", "privacy_notice_id"));
}

#[derive(FromRow)]
struct PublishedRow {
    privacy_notice_id: PrivacyNoticeId,
    organization_id: OrganizationId,
    purpose: ConsentPurpose,
    partner_id: Option<PartnerId>,
    number: i64,
    consent: ConsentDemand,
    effective_from: DateTime<Utc>,
}

impl From<PublishedRow> for Published {
    fn from(row: PublishedRow) -> Self {
        Self {
            privacy_notice_id: row.privacy_notice_id,
            organization_id: row.organization_id,
            topic: Topic { purpose: row.purpose, partner_id: row.partner_id },
            number: row.number,
            consent: row.consent,
            effective_from: row.effective_from,
        }
    }
}

#[derive(FromRow)]
struct Row {
    #[sqlx(flatten)]
    published: PublishedRow,
    content: Json<NoticeContent>,
    published_at: DateTime<Utc>,
}

impl From<Row> for PrivacyNotice {
    fn from(row: Row) -> Self {
        let Row { published, content, published_at } = row;
        Self { published: published.into(), content: content.0, published_at }
    }
}

fn notices(rows: Vec<Row>) -> Vec<PrivacyNotice> {
    rows.into_iter().map(PrivacyNotice::from).collect()
}

pub async fn insert(
    tx: &mut Tx,
    notice: &PrivacyNotice,
    author: AccountId,
    changed: i64,
) -> Result<(), Problem> {
    let published = &notice.published;
    execute!(
        tx,
        INSERT,
        published.privacy_notice_id,
        published.organization_id,
        published.topic.purpose,
        published.topic.partner_id,
        published.number,
        published.consent,
        published.effective_from,
        Json(&notice.content),
        author,
        notice.published_at,
        changed,
    )
    .unique_means_again()?;
    Ok(())
}

pub async fn published_since(tx: &mut Tx, since: i64) -> Result<Vec<Published>, Problem> {
    let rows = fetch_all!(tx, PublishedRow, PUBLISHED_SINCE, since)?;
    Ok(rows.into_iter().map(Published::from).collect())
}

/// The latest version of a line, whether in force already or not.
pub async fn latest_of_line(
    tx: &mut Tx,
    organization: OrganizationId,
    topic: Topic,
) -> Result<Option<Published>, Problem> {
    let row =
        fetch_optional!(tx, PublishedRow, LINE, organization, topic.purpose, topic.partner_id)?;
    Ok(row.map(Published::from))
}

pub async fn find(tx: &mut Tx, id: PrivacyNoticeId) -> Result<Option<PrivacyNotice>, Problem> {
    Ok(fetch_optional!(tx, Row, FIND, id)?.map(PrivacyNotice::from))
}

/// These versions.
pub async fn these(tx: &mut Tx, ids: &[PrivacyNoticeId]) -> Result<Vec<PrivacyNotice>, Problem> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(notices(fetch_listed!(tx, Row, THESE, [ids])?))
}

/// The versions that a node has published.
pub async fn list(
    tx: &mut Tx,
    organization: OrganizationId,
    purpose: Option<ConsentPurpose>,
    part: &Part,
) -> Result<Vec<PrivacyNotice>, Problem> {
    let purpose = purpose.map_or("", ConsentPurpose::as_str);
    let rows = fetch_part!(tx, Row, [LATEST, EARLIEST], part, organization, purpose)?;
    Ok(notices(rows))
}
