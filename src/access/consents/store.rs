//! The SQL of consents.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::domain::{Consent, ConsentChannel, Decision, Word};
use crate::access::privacy_notices::{ConsentPurpose, Topic};
use crate::ids::{AccountId, ConsentId, OrganizationId, PartnerId, PrivacyNoticeId};
use crate::platform::db::Tx;
use crate::platform::db::range::{Part, earliest_first, fetch_part, latest_first};
use crate::platform::db::statements::{execute, fetch_optional, statements};
use crate::platform::vault::{Field, Keyring, Sealed};
use crate::problem::{Problem, UniqueMeans as _};

/// A whole word.
macro_rules! whole {
    () => {
        "SELECT consent_id, account_id, organization_id, purpose, partner_id, privacy_notice_id, notice_number, decision, channel,
                recorded_by, obtained, stands, decided_at FROM consents"
    };
}

statements! {
    INSERT = "INSERT INTO consents (consent_id, account_id, organization_id, purpose, partner_id, privacy_notice_id, notice_number,
                                    decision, channel, recorded_by, obtained, stands, decided_at)
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, TRUE, $12)";
    STANDING = concat!(whole!(), " WHERE account_id = $1 AND stands AND organization_id = $2 AND purpose = $3
                                     AND partner_id IS NOT DISTINCT FROM $4");
    /// Another word follows it.
    FOLLOWED = "UPDATE consents SET stands = FALSE WHERE account_id = $1 AND stands AND consent_id = $2";
    FIND = concat!(whole!(), " WHERE consent_id = $1");
    LATEST = concat!(whole!(), " WHERE account_id = $1 AND ($6 = '' OR purpose = $6)", latest_first!("decided_at", "consent_id"));
    EARLIEST = concat!(whole!(), " WHERE account_id = $1 AND ($6 = '' OR purpose = $6)", earliest_first!("decided_at", "consent_id"));
}

/// How staff says that it was obtained.
const OBTAINED: Field = Field::of("consents", "obtained");

#[derive(FromRow)]
struct Row {
    consent_id: ConsentId,
    account_id: AccountId,
    organization_id: OrganizationId,
    purpose: ConsentPurpose,
    partner_id: Option<PartnerId>,
    privacy_notice_id: Option<PrivacyNoticeId>,
    notice_number: i64,
    decision: Decision,
    channel: ConsentChannel,
    recorded_by: AccountId,
    obtained: Option<Sealed>,
    stands: bool,
    decided_at: DateTime<Utc>,
}

impl Row {
    fn open(self, keyring: &Keyring) -> Result<Consent, Problem> {
        let row = self;
        let obtained = keyring.perhaps_open(OBTAINED, row.consent_id.0, row.obtained.as_ref())?;
        Ok(Consent {
            consent_id: row.consent_id,
            word: Word {
                account_id: row.account_id,
                organization_id: row.organization_id,
                topic: Topic { purpose: row.purpose, partner_id: row.partner_id },
                notice: row.privacy_notice_id.map(|id| (id, row.notice_number)),
                decision: row.decision,
                channel: row.channel,
                recorded_by: row.recorded_by,
                obtained,
            },
            stands: row.stands,
            decided_at: row.decided_at,
        })
    }
}

/// Writes a word down, which stands.
pub async fn insert(tx: &mut Tx, consent: &Consent) -> Result<(), Problem> {
    let word = &consent.word;
    let obtained =
        tx.keyring().perhaps_seal(OBTAINED, consent.consent_id.0, word.obtained.as_deref())?;
    execute!(
        tx,
        INSERT,
        consent.consent_id,
        word.account_id,
        word.organization_id,
        word.topic.purpose,
        word.topic.partner_id,
        word.notice.map(|(id, _)| id),
        word.notice.map_or(0, |(_, number)| number),
        word.decision,
        word.channel,
        word.recorded_by,
        obtained,
        consent.decided_at,
    )
    .unique_means_again()?;
    Ok(())
}

/// The word of a line that stands.
pub async fn standing(
    tx: &mut Tx,
    account: AccountId,
    organization: OrganizationId,
    topic: Topic,
) -> Result<Option<Consent>, Problem> {
    let (purpose, partner) = (topic.purpose, topic.partner_id);
    let row = fetch_optional!(tx, Row, STANDING, account, organization, purpose, partner)?;
    row.map(|row| row.open(tx.keyring())).transpose()
}

/// Marks that another word follows this one.
pub async fn followed(tx: &mut Tx, consent: &Consent) -> Result<(), Problem> {
    execute!(tx, FOLLOWED, consent.word.account_id, consent.consent_id)?;
    Ok(())
}

pub async fn find(tx: &mut Tx, id: ConsentId) -> Result<Option<Consent>, Problem> {
    let row = fetch_optional!(tx, Row, FIND, id)?;
    row.map(|row| row.open(tx.keyring())).transpose()
}

/// What an account has said.
pub async fn list(
    tx: &mut Tx,
    account: AccountId,
    purpose: Option<ConsentPurpose>,
    part: &Part,
) -> Result<Vec<Consent>, Problem> {
    let purpose = purpose.map_or("", ConsentPurpose::as_str);
    let rows = fetch_part!(tx, Row, [LATEST, EARLIEST], part, account, purpose)?;
    rows.into_iter().map(|row| row.open(tx.keyring())).collect()
}
