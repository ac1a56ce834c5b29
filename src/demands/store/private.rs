//! What is sealed of a demand: see the table for what is, what is not, and why.

use sqlx::FromRow;

use crate::demands::domain::Demand;
use crate::ids::DemandId;
use crate::platform::geography::Point;
use crate::platform::values::{AgeBand, Phone};
use crate::platform::vault::{BlindIndex, Field, Keyring, Sealed};
use crate::problem::{Code, Problem};

const RECIPIENT_NAME: Field = Field::of("demands", "recipient_name");
const RECIPIENT_PHONE: Field = Field::of("demands", "recipient_phone");
const RECIPIENT_AGE: Field = Field::of("demands", "recipient_age");
const CONTENT: Field = Field::of("demands", "content");
const RISK: Field = Field::of("demands", "risk");
const ADDRESS: Field = Field::of("demands", "address");
const PLACE: Field = Field::of("demands", "place");
const REASON: Field = Field::of("demands", "reason");
const CALLER_INDEX: Field = Field::of("demands", "caller_index");

/// What is personal of a demand, as it is stored.
#[derive(FromRow)]
pub struct PrivateRow {
    pub recipient_name: Sealed,
    pub recipient_phone: Sealed,
    pub recipient_age: Option<Sealed>,
    pub content: Sealed,
    pub risk: Sealed,
    pub address: Sealed,
    pub place: Sealed,
    pub reason: Option<Sealed>,
}

/// What is personal of a demand.
pub struct Private {
    pub recipient_name: String,
    pub recipient_phone: String,
    pub recipient_age: Option<AgeBand>,
    pub content: String,
    pub risk: String,
    pub address: String,
    pub place: Point,
    pub reason: Option<String>,
}

impl PrivateRow {
    /// Seals it.
    pub fn of(keyring: &Keyring, demand: &Demand) -> Result<Self, Problem> {
        let seal = |field, plain: &str| keyring.seal(field, demand.demand_id.0, plain);
        Ok(Self {
            recipient_name: seal(RECIPIENT_NAME, &demand.recipient_name)?,
            recipient_phone: seal(RECIPIENT_PHONE, &demand.recipient_phone)?,
            recipient_age: demand
                .recipient_age
                .map(|age| seal(RECIPIENT_AGE, age.to_text()))
                .transpose()?,
            content: seal(CONTENT, &demand.content)?,
            risk: seal(RISK, &demand.risk)?,
            address: seal(ADDRESS, &demand.address)?,
            place: seal(PLACE, &demand.place.to_text())?,
            reason: sealed_reason(keyring, demand)?,
        })
    }

    /// Opens it.
    pub fn open(&self, keyring: &Keyring, id: DemandId) -> Result<Private, Problem> {
        let open = |field, sealed: &Sealed| keyring.open(field, id.0, sealed);
        let age = keyring.perhaps_open(RECIPIENT_AGE, id.0, self.recipient_age.as_ref())?;
        Ok(Private {
            recipient_name: open(RECIPIENT_NAME, &self.recipient_name)?,
            recipient_phone: open(RECIPIENT_PHONE, &self.recipient_phone)?,
            recipient_age: age.as_deref().and_then(AgeBand::parse),
            content: open(CONTENT, &self.content)?,
            risk: open(RISK, &self.risk)?,
            address: open(ADDRESS, &self.address)?,
            place: Point::parse(&open(PLACE, &self.place)?)
                .ok_or_else(|| Problem::of(Code::Internal).because("a sealed place is no place"))?,
            reason: keyring.perhaps_open(REASON, id.0, self.reason.as_ref())?,
        })
    }
}

/// Why it stands where it stands, sealed: of what is personal the only part that changes.
pub fn sealed_reason(keyring: &Keyring, demand: &Demand) -> Result<Option<Sealed>, Problem> {
    keyring.perhaps_seal(REASON, demand.demand_id.0, demand.reason.as_deref())
}

/// What an order that waits for its caller is found by, when he proves his telephone; nothing for
/// one that has ended, or is somebody's.
pub fn caller_index(keyring: &Keyring, demand: &Demand) -> Result<Option<BlindIndex>, Problem> {
    let index = || keyring.index(CALLER_INDEX, &demand.recipient_phone);
    demand.waits_for_caller().then(index).transpose()
}

/// What the orders of this caller are found by.
pub fn index_of_caller(keyring: &Keyring, phone: &Phone) -> Result<BlindIndex, Problem> {
    keyring.index(CALLER_INDEX, phone.as_str())
}

/// What stands in place of words that were put out.
const ERASED: &str = "（已删除）";

/// What stands in place of what is personal of a demand when it was put out.
pub struct PutOut {
    pub name: Sealed,
    pub phone: Sealed,
    pub content: Sealed,
    pub risk: Sealed,
    pub address: Sealed,
    pub place: Sealed,
}

impl PutOut {
    /// Of where it was, only the neighborhood of some ten kilometers is left.
    pub fn of(keyring: &Keyring, id: DemandId, place: &Sealed) -> Result<Self, Problem> {
        let seal = |field, plain: &str| keyring.seal(field, id.0, plain);
        let place = Point::parse(&keyring.open(PLACE, id.0, place)?)
            .ok_or_else(|| Problem::of(Code::Internal).because("a sealed place is no place"))?;
        Ok(Self {
            name: seal(RECIPIENT_NAME, ERASED)?,
            phone: seal(RECIPIENT_PHONE, "")?,
            content: seal(CONTENT, ERASED)?,
            risk: seal(RISK, ERASED)?,
            address: seal(ADDRESS, ERASED)?,
            place: seal(PLACE, &place.roughly().to_text())?,
        })
    }
}
