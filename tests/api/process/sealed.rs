//! Personal data is found in no file, no dump, no log and no figure. A process that could not read
//! it does not start, and changes nothing.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use super::town::Town;
use super::{Process, command};
use crate::support::app::{ADMINISTRATOR_PASSWORD, MASTER_KEY};
use crate::support::databases::{Database, Engine};
use crate::support::outside::{Outside, REAL_NAME, SMS_SECRET};

/// Another key, as well formed.
const OTHER_KEY: &str = "YW5vdGhlciBrZXkgdGhhdCBvcGVucyBub3RoaW5nISE=";

const NAME: &str = "诸葛念慈";
const PHONE: &str = "13577924680";
const ADDRESS: &str = "西门巷 97 号 302 室";
const CONTENT: &str = "瘫痪在床，需要翻身擦洗";
const RISK: &str = "有癫痫病史";
const WORDS: &str = "褥疮已经好转";
const REASON: &str = "老人昨夜住院";
/// Of a child who volunteers, and of a grown-up who proves his name.
const BORN: &str = "2013-08-19";
const GUARDIAN: &str = "司徒伯庸";
const GUARDIAN_PHONE: &str = "15977024683";
const ID_NUMBER: &str = "330326199001010073";
/// With which they sign in.
const CHILDS: &str = "16999064219";
const OBTAINED: &str = "失明，由女儿宣读后按手印";
/// With which the resident and the volunteer sign in.
const RESIDENT: &str = "16999086421";
const VOLUNTEER: &str = "16999097531";
/// With which those two sign in of whom one does not come.
const NEIGHBOR: &str = "16999053186";
const HELPER: &str = "16999042975";
const LATITUDE: f64 = 27.665_213_57;
const LONGITUDE: f64 = 120.561_246_89;

fn place() -> Value {
    json!({ "latitude": LATITUDE, "longitude": LONGITUDE, "coordinateSystem": "wgs84" })
}

/// An order that tells of somebody.
fn order(channel: &str, relation: &str) -> Value {
    json!({
        "content": CONTENT, "risk": RISK, "address": ADDRESS, "channel": channel,
        "place": place(),
        "relation": relation, "recipient": { "name": NAME, "phone": PHONE },
    })
}

/// What is searched for: texts, and numbers as SQLite writes them.
fn planted() -> Vec<(&'static str, Vec<u8>)> {
    let texts = [
        NAME,
        PHONE,
        ADDRESS,
        CONTENT,
        RISK,
        WORDS,
        REASON,
        RESIDENT,
        VOLUNTEER,
        NEIGHBOR,
        HELPER,
        BORN,
        GUARDIAN,
        GUARDIAN_PHONE,
        ID_NUMBER,
        CHILDS,
        OBTAINED,
    ];
    let mut planted: Vec<(&str, Vec<u8>)> =
        texts.into_iter().map(|text| (text, text.as_bytes().to_vec())).collect();
    for (name, degrees) in [("the latitude", LATITUDE), ("the longitude", LONGITUDE)] {
        planted.push((name, degrees.to_be_bytes().to_vec()));
        let written = degrees.to_string();
        planted.push((name, written.as_bytes()[..written.len() - 2].to_vec()));
    }
    planted
}

fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|part| part == needle)
}

/// Everything that the database keeps: the bytes of its files, or every row as text.
async fn kept(database: &Database) -> Vec<u8> {
    if let Some(file) = database.url().strip_prefix("sqlite:") {
        let parts = ["", "-wal"].map(|part| fs::read(format!("{file}{part}")).unwrap_or_default());
        return parts.concat();
    }
    let mut connection = PgConnection::connect(database.url()).await.expect("the cluster");
    let tables: Vec<(String,)> =
        sqlx::query_as("SELECT CAST(tablename AS TEXT) FROM pg_tables WHERE schemaname = 'public'")
            .fetch_all(&mut connection)
            .await
            .expect("the tables");
    let mut dump = String::new();
    for (table,) in tables {
        let rows = format!("SELECT COALESCE(STRING_AGG(CAST(t AS TEXT), ' '), '') FROM {table} t");
        let (rows,): (String,) =
            sqlx::query_as(AssertSqlSafe(rows)).fetch_one(&mut connection).await.expect("its rows");
        dump.push_str(&rows);
    }
    dump.into_bytes()
}

async fn sent(process: &Process, token: &str, path: &str, body: &Value) -> Value {
    let (status, answer) = process.post(path, token, path, body).await.expect("an answer");
    assert!(status.is_success(), "{path}: {status} {answer}");
    answer
}

/// Everybody who may sees it: the answers that are kept hold it as well.
async fn told_to_those_who_may(process: &Process, town: &Town) {
    let resident = process.resident(RESIDENT).await;
    let volunteer = town.volunteer(process, VOLUNTEER).await;
    let mut placed = order("app", "family");
    placed["catalogItemId"] = json!(town.item);
    let placed = sent(process, &resident.token, "/demands", &placed).await;
    assert_eq!(placed["recipientName"], NAME);
    let dispatch = placed["dispatchId"].as_str().expect("an automatic dispatch");
    let take = format!("/dispatches/{dispatch}/take-place");
    let taken = sent(process, &volunteer.token, &take, &json!({})).await;
    assert_eq!(taken["demand"]["destination"]["recipientPhone"], PHONE);
    let again = sent(process, &volunteer.token, &take, &json!({})).await;
    assert_eq!(again, taken, "the kept answer opens");
    let assignment = format!("/assignments/{}", taken["assignmentId"].as_str().expect("an id"));
    for step in ["check-in", "check-out"] {
        let here = json!({ "position": place() });
        sent(process, &volunteer.token, &format!("{assignment}/{step}"), &here).await;
    }
    let judge = format!("/demands/{}/evaluations", placed["demandId"].as_str().expect("an id"));
    let judgment = json!({ "solved": true, "score": 5, "words": WORDS });
    let judged = sent(process, &resident.token, &judge, &judgment).await;
    assert_eq!(judged["evaluation"]["words"], WORDS);
    let wanted = json!({ "organizationId": town.center, "kind": "correction", "content": REASON });
    let asked = sent(process, &resident.token, "/me/rights-requests", &wanted).await;
    let answer = format!("/rights-requests/{}/refuse", asked["requestId"].as_str().expect("an id"));
    let answered = json!({ "answer": WORDS });
    let answered = sent(process, &town.administrator, &answer, &answered).await;
    assert_eq!((&answered["content"], &answered["answer"]), (&json!(REASON), &json!(WORDS)));
    // Nobody's yet: it waits for the caller.
    let called = order("hotline", "oneself");
    let called = sent(process, &town.administrator, "/demands", &called).await;
    let called = format!("/demands/{}", called["demandId"].as_str().expect("an id"));
    let command = async |name: &str, body: Value| {
        sent(process, &town.administrator, &format!("{called}/{name}"), &body).await
    };
    let purpose = json!({ "purpose": "verify_order", "reason": REASON });
    let revealed = command("reveal-contact", purpose).await;
    assert_eq!(revealed["contact"]["phone"], PHONE);
    assert_eq!(revealed["contact"]["address"], ADDRESS);
    command("refuse", json!({ "reason": REASON })).await;
    let (_, read) = process.get(&format!("/api/v1{called}"), &town.administrator).await;
    assert_eq!(read["reason"], REASON);
    assert_eq!(read["timeline"][1]["reason"], REASON);
}

/// A volunteer does not come after all, and the order is taken from the team: each says why.
async fn told_by_who_does_not_come(process: &Process, town: &Town) {
    let resident = process.resident(NEIGHBOR).await;
    let volunteer = town.volunteer(process, HELPER).await;
    let mut placed = order("app", "family");
    placed["catalogItemId"] = json!(town.item);
    let placed = sent(process, &resident.token, "/demands", &placed).await;
    let dispatch = placed["dispatchId"].as_str().expect("an automatic dispatch");
    let dispatch = format!("/dispatches/{dispatch}");
    let take = format!("{dispatch}/take-place");
    let taken = sent(process, &volunteer.token, &take, &json!({})).await;
    let why = json!({ "reason": REASON });
    let drop_out =
        format!("/assignments/{}/drop-out", taken["assignmentId"].as_str().expect("an id"));
    let dropped_out = sent(process, &volunteer.token, &drop_out, &why).await;
    assert_eq!(dropped_out["reason"], REASON);
    let withdraw = format!("{dispatch}/withdraw");
    let withdrawn = sent(process, &town.administrator, &withdraw, &why).await;
    assert_eq!(withdrawn["reason"], REASON);
}

/// A minor's order waits; a child has a guardian; somebody proves his name.
async fn told_of_minors_and_numbers(process: &Process, town: &Town) {
    let resident = process.resident(CHILDS).await;
    let mut placed = order("app", "family");
    placed["recipient"]["ageBand"] = json!("under_14");
    let placed = sent(process, &resident.token, "/demands", &placed).await;
    let demand = format!("/demands/{}", placed["demandId"].as_str().expect("an id"));
    let why = json!({ "purpose": "other", "reason": REASON });
    let asked = format!("{demand}/reveal-contact");
    let asked = sent(process, &town.administrator, &asked, &why).await;
    assert_eq!((&asked["state"], &asked["contact"]), (&json!("awaiting_approval"), &Value::Null));
    let guardian = json!({
        "name": GUARDIAN, "phone": GUARDIAN_PHONE, "relation": "grandparent", "consent": "in_person",
    });
    let child = json!({
        "countyId": town.center, "name": "小雨", "birthDate": BORN, "guardian": guardian,
        "phone": CHILDS,
        "place": place(),
    });
    sent(process, &town.administrator, "/volunteers", &child).await;
    let own = json!({ "name": "王", "idNumber": ID_NUMBER });
    let proven = sent(process, &resident.token, "/me/real-name", &own).await;
    assert_eq!(proven["idNumber"], "**************0073");
}

/// Staff writes down how somebody has agreed.
async fn agreed_at_the_counter(process: &Process, town: &Town) {
    let words = json!({ "title": "告知", "purpose": "服务", "method": "平台", "dataKinds": "姓名",
        "retention": "三年", "rights": "可撤回" });
    let notice = json!({ "purpose": "service", "consent": "not_needed", "zh": words, "en": words,
        "handler": { "name": "演示县", "contact": "0577-63700000" } });
    let at = |part: &str| format!("/organizations/{}/{part}", town.center);
    let notice = sent(process, &town.administrator, &at("privacy-notices"), &notice).await;
    let said = json!({ "phone": RESIDENT, "name": "演示居民",
        "privacyNoticeId": notice["privacyNoticeId"], "decision": "given", "channel": "counter",
        "obtained": OBTAINED });
    let written = sent(process, &town.administrator, &at("consents"), &said).await;
    assert_eq!(written["obtained"], OBTAINED);
}

/// Somebody writes into the address what does not belong there.
async fn told_by_mistake(process: &Process, town: &Town) {
    let addresses = [
        format!("/api/v1/demands/{PHONE}"),
        format!("/api/v1/nothing/{PHONE}"),
        format!("/api/v1/demands?within={PHONE}"),
        format!("/api/v1/organizations?name={PHONE}"),
    ];
    for address in addresses {
        process.get(&address, &town.administrator).await;
    }
}

async fn what_is_planted_is_found_nowhere(engine: Engine) {
    let database = Database::fresh(engine).await;
    let outside = Outside::answering();
    let folder = Folder::new(&format!("real-name-{engine:?}"));
    let secret = folder.file("real-name.key");
    fs::write(&secret, SMS_SECRET).expect("the secret is written");
    let mut talkative = command(database.url());
    talkative.env("REDVEST_REAL_NAME_URL", format!("{}{REAL_NAME}", outside.base()));
    talkative.env("REDVEST_REAL_NAME_SECRET_FILE", &secret);
    talkative.env("RUST_LOG", "debug");
    let process = Process::of(talkative);
    let town = Town::found(&process).await;
    told_to_those_who_may(&process, &town).await;
    told_by_who_does_not_come(&process, &town).await;
    told_of_minors_and_numbers(&process, &town).await;
    agreed_at_the_counter(&process, &town).await;
    told_by_mistake(&process, &town).await;
    let metrics = process.client.get(format!("{}/metrics", process.base)).send().await;
    let metrics = metrics.expect("an answer").text().await.expect("figures");
    let said = process.said.lock().expect("the log").join("\n");
    let places = [
        ("the database", kept(&database).await, "演示station"),
        ("the log", said.into_bytes(), "request_id"),
        ("the metrics", metrics.into_bytes(), "/api/v1/demands"),
    ];
    for (place, content, clear) in places {
        assert!(holds(&content, clear.as_bytes()), "{place} is not what was searched");
        let keys =
            [("the password", ADMINISTRATOR_PASSWORD), ("a token", town.administrator.as_str())];
        let keys = keys.map(|(name, key)| (name, key.as_bytes().to_vec()));
        for (name, needle) in planted().into_iter().chain(keys) {
            assert!(!holds(&content, &needle), "{place} tells {name}");
        }
    }
}

/// What a process says that does not start.
fn refusal(mut command: Command) -> String {
    let mut child = command.spawn().expect("the program runs");
    let ended = (0..200).any(|_| {
        std::thread::sleep(Duration::from_millis(50));
        child.try_wait().expect("its state").is_some()
    });
    drop(child.kill());
    let output = child.wait_with_output().expect("its last words");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(ended && !output.status.success(), "it went on: {said}");
    for key in [MASTER_KEY, OTHER_KEY] {
        assert!(!said.contains(key), "a key is shown: {said}");
    }
    said
}

/// The program with another key, or with none.
fn with_key(database: &str, key: Option<&str>) -> Command {
    let mut command = command(database);
    match key {
        Some(key) => command.env("REDVEST_MASTER_KEY", key),
        None => command.env_remove("REDVEST_MASTER_KEY"),
    };
    command
}

async fn with_the_wrong_key_it_does_not_start(engine: Engine) {
    let database = Database::fresh(engine).await;
    let before = kept(&database).await;
    let said = refusal(with_key(database.url(), Some(OTHER_KEY)));
    assert!(said.contains("REDVEST_MASTER_KEY is not the one"), "{said}");
    let said = refusal(with_key(database.url(), Some("a password")));
    assert!(said.contains("is no master key"), "{said}");
    assert!(kept(&database).await == before, "nothing was changed");
    drop(Process::start(database.url()));
}

/// A folder for the data; gone with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("redvest-{name}.{}", std::process::id()));
        drop(fs::remove_dir_all(&folder));
        fs::create_dir(&folder).expect("a folder of one's own");
        Self(folder)
    }

    fn serve(&self, options: &[&str]) -> Command {
        let mut command = with_key(&format!("sqlite:{}", self.file("redvest.db").display()), None);
        command.args(["--data-dir", &self.0.display().to_string()]).args(options);
        command
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).expect("a file of text")
}

mod sqlite {
    use super::*;

    #[actix_web::test]
    async fn what_is_planted_is_found_nowhere() {
        super::what_is_planted_is_found_nowhere(Engine::Sqlite).await;
    }

    #[actix_web::test]
    async fn with_the_wrong_key_it_does_not_start() {
        super::with_the_wrong_key_it_does_not_start(Engine::Sqlite).await;
    }

    /// The first start makes the key; without it no later one succeeds, and none is made in its
    /// place. Put back, it opens everything again.
    #[actix_web::test]
    async fn a_lost_key_is_not_made_anew() {
        let folder = Folder::new("lost-key");
        let (key, away) = (folder.file("master.key"), folder.file("away"));
        let first = Process::of(folder.serve(&[]));
        drop(first);
        let made = text(&key);
        let mode = fs::metadata(&key).expect("the key").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "nobody else reads it");
        fs::rename(&key, &away).expect("the key is lost");
        let said = refusal(folder.serve(&[]));
        assert!(said.contains("master.key is missing"), "{said}");
        assert!(!said.contains(made.trim()) && !key.exists(), "none is made in its place");
        fs::rename(&away, &key).expect("the key is found");
        drop(Process::of(folder.serve(&[])));
        assert_eq!(text(&key), made);
    }

    #[actix_web::test]
    async fn a_file_that_is_named_must_be_there() {
        let folder = Folder::new("named-key");
        let named = folder.file("given.key");
        let option = named.display().to_string();
        let options = ["--master-key-file", option.as_str()];
        let said = refusal(folder.serve(&options));
        assert!(said.contains("there is no master key in") && !named.exists(), "{said}");
        fs::write(&named, MASTER_KEY).expect("the key is written");
        drop(Process::of(folder.serve(&options)));
        assert!(!folder.file("master.key").exists(), "none is made where one is given");
        fs::write(&named, OTHER_KEY).expect("another key is written");
        let said = refusal(folder.serve(&options));
        assert!(said.contains("given.key is not the one"), "{said}");
        assert_eq!(text(&named), OTHER_KEY);
    }
}

mod postgres {
    use super::*;

    #[actix_web::test]
    async fn what_is_planted_is_found_nowhere() {
        super::what_is_planted_is_found_nowhere(Engine::Postgres).await;
    }

    #[actix_web::test]
    async fn with_the_wrong_key_it_does_not_start() {
        super::with_the_wrong_key_it_does_not_start(Engine::Postgres).await;
    }

    /// Several instances share a server, and no folder: each has to be given the key.
    #[actix_web::test]
    async fn without_a_key_it_does_not_start() {
        let database = Database::fresh(Engine::Postgres).await;
        let folder = Folder::new("no-key");
        let mut command = with_key(database.url(), None);
        command.args(["--data-dir", &folder.0.display().to_string()]);
        let said = refusal(command);
        assert!(said.contains("the master key must be given"), "{said}");
        assert!(!folder.file("master.key").exists());
    }
}
