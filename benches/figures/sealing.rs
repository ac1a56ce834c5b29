//! What it costs that personal data is sealed: opening a page of people, beside reading it.

use std::time::{Duration, Instant};

use redvest::platform::vault::{Field, Keyring, Sealed};
use sqlx::FromRow;
use uuid::Uuid;

use crate::store::{Session, Store, Text};

/// How many people a page shows.
const PEOPLE: i64 = 50;
/// How often each is done; the fastest counts.
const TIMES: usize = 200;

/// What a list of demands shows of somebody, and what one demand shows besides.
const COLUMNS: [&str; 6] =
    ["recipient_name", "recipient_phone", "content", "risk", "address", "place"];

#[derive(FromRow)]
struct Person {
    demand_id: Uuid,
    recipient_name: String,
    recipient_phone: String,
    content: String,
    risk: String,
    address: String,
    place: String,
}

impl Person {
    fn values(&self) -> [&str; 6] {
        [
            &self.recipient_name,
            &self.recipient_phone,
            &self.content,
            &self.risk,
            &self.address,
            &self.place,
        ]
    }

    fn open(&self, keyring: &Keyring) -> usize {
        let values = COLUMNS.into_iter().zip(self.values());
        let opened = values.map(|(column, value)| {
            let field = Field::of("demands", column);
            keyring.open(field, self.demand_id, &Sealed::from(value)).unwrap().len()
        });
        opened.sum()
    }
}

/// Prints both figures and their ratio.
pub async fn print(store: &Store, keyring: &Keyring) {
    let text = Text::written(
        "SELECT demand_id, recipient_name, recipient_phone, content, risk, address, place
           FROM demands ORDER BY demand_id DESC LIMIT $1",
    );
    let mut session = store.read().await.unwrap();
    let mut read = Duration::MAX;
    for _ in 0..TIMES {
        let begin = Instant::now();
        page(&mut session, &text).await;
        read = read.min(begin.elapsed());
    }
    let people = page(&mut session, &text).await;
    let mut opened = Duration::MAX;
    for _ in 0..TIMES {
        let begin = Instant::now();
        let letters: usize = people.iter().map(|person| person.open(keyring)).sum();
        opened = opened.min(begin.elapsed());
        assert!(letters > people.len(), "nothing was opened");
    }
    let ratio = 100.0 * opened.as_secs_f64() / read.as_secs_f64();
    println!(
        "a page of {} people: read in {} us, opened (six values each) in {} us: {ratio:.0} %",
        people.len(),
        read.as_micros(),
        opened.as_micros()
    );
}

async fn page(session: &mut Session, text: &Text) -> Vec<Person> {
    session.rows(text, &[PEOPLE.into()]).await.unwrap()
}
