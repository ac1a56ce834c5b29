//! One order as rows: what the program writes of it, made without the program.

use chrono::{DateTime, Datelike as _, Duration, NaiveTime, TimeZone as _, Utc, Weekday};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::county::{County, Item, Person, Station, Team};
use crate::value::{NO_ID, NO_INSTANT, NO_NUMBER, NO_TEXT, Value, values};

/// Many dispatches; the program itself writes one, and copies what lies above it from the demand.
pub const DISPATCHES: &str = "INSERT INTO dispatches (dispatch_id, demand_id, county_id, organization_id, kind, state, places, taken,
        offered_by, round, distance_meters, grounds, respond_by, reason, created_at, updated_at, version,
        ancestor_1, ancestor_2, ancestor_3, ancestor_4, ancestor_5)
    VALUES {rows:22}";
/// The columns of an assignment, all of them; the program itself writes them step by step.
pub const ASSIGNMENTS: &str = "INSERT INTO assignments (assignment_id, dispatch_id, demand_id, county_id, volunteer_id, volunteer_name,
        state, busy_from, busy_until, checked_in_at, check_in, checked_out_at, check_out, created_at, updated_at, version,
        ancestor_1, ancestor_2, ancestor_3, ancestor_4, ancestor_5)
    VALUES {rows:21}";
/// Many judgments; the program itself writes one, and copies what lies above it from the demand.
pub const EVALUATIONS: &str = "INSERT INTO evaluations (evaluation_id, demand_id, round, county_id, team_id, area_id, author_id,
        by_callback, solved, score, punctuality, attitude, skill, words, created_at, poor,
        ancestor_1, ancestor_2, ancestor_3, ancestor_4, ancestor_5)
    VALUES {rows:21}";

/// How many orders one person may place in a day: as many as the rule can say, because a few
/// people here order for a whole county.
pub const ORDERS_A_DAY: i64 = 1_000;

/// What is ordered, in words.
pub const CONTENT: &str = "独居老人家中水管漏水，请志愿者上门帮忙检修";
/// What risks there may be.
pub const RISK: &str = "老人行动不便，地面湿滑";
/// What a resident says afterwards.
pub const WORDS: &str = "服务及时，态度很好，问题已经解决";

/// An order with everything that belongs to it.
#[derive(Clone, Debug)]
pub struct Order {
    /// Which one: decides where it is and what is ordered.
    pub number: usize,
    /// When it is placed.
    pub at: DateTime<Utc>,
    /// When help is wanted.
    pub wanted: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// The demand.
    pub demand: Uuid,
    /// The dispatch.
    pub dispatch: Uuid,
    /// The assignment.
    pub assignment: Uuid,
    /// The service record.
    pub record: Uuid,
    /// The evaluation.
    pub evaluation: Uuid,
    /// Who ordered.
    pub requester: Uuid,
    /// The team, as an index.
    pub team: usize,
    /// The volunteer, as an index within the team.
    pub person: usize,
}

/// What a demand says of itself at one of its steps.
#[derive(Clone, Copy)]
pub struct Step {
    /// Where it stands.
    pub state: &'static str,
    /// Counts its changes.
    pub version: i64,
    /// What it waits for.
    pub due: Option<&'static str>,
    /// Whether it is on its dispatch.
    pub dispatched: bool,
    /// Whether its team has accepted it.
    pub accepted: bool,
    /// When this step is done.
    pub at: DateTime<Utc>,
}

impl Order {
    /// The n-th past order, with ids like those of its instant.
    pub fn past(number: usize, at: DateTime<Utc>, county: &County) -> Self {
        let id = |kind| past_id(at, kind, number);
        let offer = county.offer_of(number);
        let team = offer.teams[number.wrapping_mul(31) % offer.teams.len()].0;
        let asker = &county.teams[number.wrapping_mul(17) % county.teams.len()].people;
        Self {
            number,
            at,
            wanted: None,
            demand: id(0),
            dispatch: id(1),
            assignment: id(2),
            record: id(3),
            evaluation: id(4),
            requester: asker[number % asker.len()].account_id,
            team,
            person: (number / 7) % county.teams[team].people.len(),
        }
    }

    /// The station in whose area it lies.
    pub fn station<'a>(&self, county: &'a County) -> &'a Station {
        county.station_of(self.number)
    }

    /// The organizations above it from the root downwards, as its rows keep them.
    pub fn ancestors(&self, county: &County) -> Vec<Value> {
        let station = self.station(county);
        values![county.center, station.town, station.id, NO_ID, NO_ID]
    }

    /// What is ordered.
    pub fn item<'a>(&self, county: &'a County) -> &'a Item {
        &county.items[county.offer_of(self.number).item]
    }

    /// The team that brings it.
    pub fn team<'a>(&self, county: &'a County) -> &'a Team {
        &county.teams[self.team]
    }

    /// The volunteer who brings it.
    pub fn person<'a>(&self, county: &'a County) -> &'a Person {
        &county.teams[self.team].people[self.person]
    }

    /// Its steps as they were, when it is over.
    pub fn closed(&self) -> Step {
        Step {
            state: "closed",
            version: 5,
            due: None,
            dispatched: true,
            accepted: true,
            at: self.at + Duration::minutes(120),
        }
    }

    fn due_at(&self, kind: &str) -> DateTime<Utc> {
        self.at + if kind == "evaluate" { Duration::days(7) } else { Duration::days(1) }
    }

    /// The row of the demand, sealed where the program seals it, so that the program can read it.
    pub fn demand_row(&self, county: &County, step: Step) -> Vec<Value> {
        let station = self.station(county);
        let item = self.item(county);
        let dispatch = step.dispatched.then_some(self.dispatch);
        let team = step.accepted.then(|| self.team(county).id);
        let closing = (step.state == "closed").then_some("solved");
        let evaluate_by = closing.map(|_| self.due_at("evaluate"));
        let sealed = |column, text: &str| county.sealed("demands", column, self.demand, text);
        let place = format!("{},{}", station.point.latitude, station.point.longitude);
        values![
            self.demand,
            format!("{}-{:06X}", self.at.format("%Y%m%d"), self.number & 0xff_ffff),
            county.center,
            county.center,
            station.town,
            station.id,
            NO_ID,
            NO_ID,
            station.id,
            station.id,
            0,
            step.state,
            "mini_program",
            self.requester,
            self.requester,
            "oneself",
            sealed("recipient_name", "演示居民"),
            sealed("recipient_phone", "16999000001"),
            item.id,
            sealed("content", CONTENT),
            item.skill.map(|skill| std::borrow::Cow::Owned(skill.code())),
            1,
            "normal",
            sealed("risk", RISK),
            sealed("address", "昆阳镇解放街道 1 号"),
            sealed("place", &place),
            NO_TEXT,
            self.wanted.map(|(from, _)| from),
            self.wanted.map(|(_, until)| until),
            true,
            NO_ID,
            self.due_at("respond"),
            self.due_at("handle"),
            evaluate_by,
            NO_INSTANT,
            false,
            step.due.map(|kind| self.due_at(kind)),
            step.due,
            NO_INSTANT,
            dispatch,
            team,
            closing,
            1,
            self.at,
            step.at,
            step.version,
            step.due.map(|kind| self.due_at(kind)),
            NO_TEXT,
            Value::Json(None),
            NO_TEXT,
            NO_ID,
        ]
    }

    /// What saves the demand over the version before.
    pub fn demand_save(&self, county: &County, step: Step) -> Vec<Value> {
        let closing = (step.state == "closed").then_some("solved");
        let judged = matches!(step.state, "served" | "closed");
        values![
            self.demand,
            step.version - 1,
            step.state,
            self.station(county).id,
            0,
            NO_ID,
            self.due_at("respond"),
            self.due_at("handle"),
            judged.then(|| self.due_at("evaluate")),
            NO_INSTANT,
            false,
            step.due.map(|kind| self.due_at(kind)),
            step.due,
            NO_INSTANT,
            step.dispatched.then_some(self.dispatch),
            step.accepted.then(|| self.team(county).id),
            closing,
            1,
            step.at,
            self.wanted.map(|(from, _)| from),
            self.wanted.map(|(_, until)| until),
            NO_TEXT,
            Value::Json(None),
            step.due.map(|kind| self.due_at(kind)),
            NO_TEXT,
        ]
    }

    /// The row of the dispatch.
    pub fn dispatch_row(&self, county: &County, state: &'static str, taken: i64) -> Vec<Value> {
        let grounds = json!({ "rank": 1, "suitable": 12, "considered": 30, "band": 1, "openDispatches": 1, "lastAskedAt": self.at, "byHand": false });
        values![
            self.dispatch,
            self.demand,
            county.center,
            self.team(county).id,
            "offer",
            state,
            1,
            taken,
            NO_ID,
            1,
            731,
            grounds,
            self.at + Duration::minutes(5),
            NO_TEXT,
            self.at,
            self.at,
            1,
        ]
    }

    /// The row of an assignment that is done.
    pub fn assignment_row(&self, county: &County) -> Vec<Value> {
        let person = self.person(county);
        let (from, until) = self.served();
        values![
            self.assignment,
            self.dispatch,
            self.demand,
            county.center,
            person.volunteer_id,
            person.name.clone(),
            "done",
            self.at,
            self.at + Duration::hours(2),
            from,
            proof(),
            until,
            proof(),
            self.at + Duration::minutes(2),
            until,
            3,
        ]
    }

    /// When the service was brought.
    pub fn served(&self) -> (DateTime<Utc>, DateTime<Utc>) {
        (self.at + Duration::minutes(30), self.at + Duration::minutes(90))
    }

    /// The row of the service record.
    pub fn record_row(&self, county: &County, from: DateTime<Utc>, minutes: i64) -> Vec<Value> {
        let until = from + Duration::minutes(minutes);
        values![
            self.record,
            self.assignment,
            self.demand,
            county.center,
            self.person(county).volunteer_id,
            self.team(county).id,
            self.station(county).id,
            from,
            until,
            minutes,
            "checked_in",
            NO_ID,
            NO_ID,
            until,
        ]
    }

    /// The row of the judgment.
    pub fn evaluation_row(&self, county: &County, at: DateTime<Utc>) -> Vec<Value> {
        values![
            self.evaluation,
            self.demand,
            1,
            county.center,
            self.team(county).id,
            self.station(county).id,
            self.requester,
            false,
            true,
            5,
            5,
            5,
            NO_NUMBER,
            county.sealed("evaluations", "words", self.evaluation, WORDS),
            at,
            false,
        ]
    }

    /// What the facts of this order say.
    pub fn facts(&self, county: &County, state: &str) -> Json {
        json!({
            "state": state,
            "responsibleId": self.station(county).id,
            "dispatchId": self.dispatch,
            "organizationId": self.team(county).id,
            "dueAt": self.due_at("handle"),
        })
    }

    /// A row of the journal, with the answer that a repeated request would get.
    pub fn entry(&self, county: &County, entry: Entry<'_>) -> Vec<Value> {
        let (author, name) = entry.author;
        let key = entry.answer.map(|_| entry.id.to_string());
        let digest = entry.answer.map(|_| "3q2-7w".repeat(7));
        let sealed = |answer: &str| county.sealed("journal", "answer_body", entry.id, answer);
        values![
            entry.id,
            entry.at,
            entry.name,
            self.demand,
            self.demand,
            author,
            name.to_owned(),
            NO_TEXT,
            entry.data,
            "01a1fff7-cd38-757d-a408-75d53b009c64",
            "203.0.113.7",
            self.requester,
            NO_ID,
            NO_ID,
            key.map(std::borrow::Cow::Owned),
            digest.map(std::borrow::Cow::Owned),
            entry.answer.map(|_| 200),
            entry.answer.map_or(NO_TEXT, sealed),
            NO_INSTANT,
            NO_INSTANT,
        ]
    }

    /// The entries of an order that is over.
    pub fn past_entries(&self, county: &County) -> [Vec<Value>; 5] {
        const FACTS: [(&str, &str, i64); 5] = [
            ("demand.placed.v1", "submitted", 0),
            ("dispatch.offered.v1", "dispatched", 0),
            ("assignment.accepted.v1", "accepted", 2),
            ("assignment.checked_out.v1", "served", 90),
            ("demand.closed.v1", "closed", 120),
        ];
        let mut kind = 10;
        FACTS.map(|(name, state, minutes)| {
            kind += 1;
            let at = self.at + Duration::minutes(minutes);
            let mut told = self.entry(
                county,
                Entry {
                    id: past_id(at, kind, self.number),
                    at,
                    name,
                    author: (self.requester, "演示居民"),
                    data: self.facts(county, state),
                    answer: None,
                },
            );
            told.splice(told.len() - 2.., values![at, at]);
            told
        })
    }
}

/// A fact that is about to be written.
pub struct Entry<'a> {
    /// Its id.
    pub id: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// Its name.
    pub name: &'static str,
    /// Who did it.
    pub author: (Uuid, &'a str),
    /// What it says.
    pub data: Json,
    /// The answer, kept with the first fact of a command.
    pub answer: Option<&'a str>,
}

/// What a tally adds for one owner, in the order of the columns.
pub fn tally(owner: Uuid, [minutes, services, ratings, sum, solved, open]: [i64; 6]) -> Vec<Value> {
    values![owner, minutes, services, ratings, sum, solved, open, NO_INSTANT]
}

/// A proof of presence.
pub fn proof() -> Json {
    json!({ "kind": "position", "distanceMeters": 0 })
}

/// An id like a `UUIDv7` of that instant, the same in every run.
fn past_id(at: DateTime<Utc>, kind: u128, number: usize) -> Uuid {
    let milliseconds = u128::try_from(at.timestamp_millis()).unwrap_or_default();
    let spread = (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 2;
    Uuid::from_u128(
        (milliseconds << 80) | (7 << 76) | (kind << 64) | (2 << 62) | u128::from(spread),
    )
}

/// The n-th minute in which help is wanted: of working hours within the next weeks, another one
/// for each order, so that nobody is promised twice at the same time.
pub fn minute_wanted(number: usize, now: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
    /// Nine to half past eleven and two to half past four, in China.
    const MINUTES: usize = 300;
    /// Working days within the ninety days that can be ordered for.
    const DAYS: usize = 60;
    let (day, minute) = ((number / MINUTES) % DAYS, number % MINUTES);
    let mut date = (now + Duration::days(2)).date_naive();
    let mut left = day;
    while left > 0 || matches!(date.weekday(), Weekday::Sat | Weekday::Sun) {
        if !matches!(date.weekday(), Weekday::Sat | Weekday::Sun) {
            left -= 1;
        }
        date = date.succ_opt().unwrap();
    }
    let pause = if minute >= MINUTES / 2 { 150 } else { 0 };
    let offset = Duration::minutes(i64::try_from(minute).unwrap() + 60 + pause);
    let from = Utc.from_utc_datetime(&date.and_time(NaiveTime::MIN)) + offset;
    (from, from + Duration::minutes(1))
}
