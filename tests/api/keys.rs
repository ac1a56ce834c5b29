//! The key of personal data is changed while everything runs: nobody notices, and in the end nothing
//! is left that the old one has sealed.

use chrono::Duration;
use redvest::app::SEALED_COLUMNS;
use redvest::platform::reference::Cache as _;
use redvest::platform::vault::{self, Field, MasterKeySource, Secret, Suite, UnlockError};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};
use uuid::Uuid;

use crate::privacy::notice;
use crate::support::TestApp;
use crate::support::app::{MASTER_KEY, open};
use crate::support::county::Organization;
use crate::support::practice::{Order, at, order_of};

async fn rotate(app: &TestApp, suite: Suite) {
    let key = MasterKeySource::Given(Secret::new(MASTER_KEY));
    vault::rotate(&app.db, &key, suite, &app.clock).await.expect("a new key");
}

/// A minute later the new key seals, and another minute later it has sealed everything.
async fn two_minutes_pass(app: &TestApp) {
    for _ in 0..2 {
        app.clock.advance(Duration::minutes(1));
        app.run_due_jobs().await;
    }
}

/// How many values of all sealed columns a key has sealed.
async fn sealed_by(app: &TestApp, key: &str) -> i64 {
    let of = |field: Field| {
        let name = field.to_string();
        let (table, column) = name.split_once('.').expect("a table and a column");
        format!("(SELECT COUNT(*) FROM {table} WHERE {column} LIKE '{key}.%')")
    };
    let counts: Vec<String> = SEALED_COLUMNS.iter().map(|column| of(column.field)).collect();
    let sql = format!("SELECT CAST({} AS BIGINT)", counts.join(" + "));
    if app.db.engine_name() == "sqlite" {
        let mut own = SqliteConnection::connect(app.database_url()).await.expect("the file");
        return sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut own).await.expect("a number");
    }
    let mut own = PgConnection::connect(app.database_url()).await.expect("the cluster");
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut own).await.expect("a number")
}

/// Somebody without an app agrees, and staff writes down how.
async fn agrees_at_the_counter(app: &TestApp, center: &Organization) {
    let staff = app.administrator().await;
    let told = staff
        .post(center.path("/privacy-notices"), notice("service", "not_needed"))
        .await
        .created();
    let said = json!({ "phone": app.next_phone(), "name": "王秀英",
        "privacyNoticeId": told["privacyNoticeId"], "decision": "given", "channel": "counter",
        "obtained": "宣读后口头同意" });
    staff.post(center.path("/consents"), said).await.created();
}

/// Something in every column that is sealed.
async fn a_full_life(app: &TestApp) -> Vec<(Order, Value)> {
    let practice = app.practice().await;
    let resident = app.resident("王").await;
    let home = json!({
        "countyId": practice.county.center.id, "name": "钱师傅", "place": at((27.6611, 120.5633)),
    });
    app.resident("钱师傅").await.post("/volunteers", home).await.created();
    agrees_at_the_counter(app, &practice.county.center).await;
    let served = resident.orders(&practice.repair).await;
    let dispatch = served.dispatch(&resident).await;
    let place = practice.member.takes_a_place(&dispatch).await;
    let away = json!({ "reason": "家人住院" });
    practice.member.post(place.path("/drop-out"), away).await.ok();
    app.serve(&practice.leader, &dispatch, 30).await;
    let judgment = json!({ "solved": true, "score": 5, "words": "服务及时" });
    resident.post(served.path("/evaluations"), judgment).await.created();
    let refused = resident.orders(&practice.repair).await;
    let declined = refused.dispatch(&resident).await;
    let reason = json!({ "reason": "队员均在外地" });
    practice.leader.post(declined.path("/decline"), reason.clone()).await.ok();
    resident.post(refused.path("/cancel"), reason).await.ok();
    let mut orders = Vec::new();
    for order in [served, refused] {
        let seen = order.seen_by(&resident).await;
        orders.push((order, seen));
    }
    orders
}

on_both_engines! {
    async fn a_new_key_takes_the_place_of_the_old_one_unnoticed(app: TestApp) {
        let orders = a_full_life(&app).await;
        let before = sealed_by(&app, "a1").await;
        assert!(before > 20, "{before}");
        rotate(&app, Suite::Aes256Gcm).await;
        app.run_due_jobs().await;
        let administrator = app.administrator().await;
        let also = app.resident("孙").await;
        assert_eq!(sealed_by(&app, "a2").await, 0, "it is only known so far");
        app.clock.advance(Duration::minutes(1));
        app.run_due_jobs().await;
        app.resident("李").await;
        assert_eq!(sealed_by(&app, "a2").await, 1, "it seals what is new");
        app.clock.advance(Duration::minutes(1));
        app.run_due_jobs().await;
        assert_eq!(sealed_by(&app, "a1").await, 0);
        assert_eq!(sealed_by(&app, "a2").await, before + 2);
        for (order, seen) in orders {
            assert_eq!(order.seen_by(&administrator).await["recipientPhone"], seen["recipientPhone"]);
            let now = order.seen_by(&administrator).await;
            for member in ["recipientName", "content", "risk", "address", "reason", "timeline"] {
                assert_eq!(now[member], seen[member], "{member}");
            }
        }
        also.get("/me").await.ok();
    }

    async fn who_proves_his_phone_is_found_whatever_key_sealed_it(app: TestApp) {
        let phone = app.next_phone();
        let first = app.resident_with_phone("王", &phone).await;
        rotate(&app, Suite::Aes256Gcm).await;
        for _ in 0..2 {
            app.clock.advance(Duration::minutes(1));
            app.run_due_jobs().await;
            let again = app.resident_with_phone("王", &phone).await;
            assert_eq!(again.account_id(), first.account_id());
        }
    }

    async fn the_cipher_is_changed_with_the_key(app: TestApp) {
        let orders = a_full_life(&app).await;
        let administrator = app.administrator().await;
        let before = sealed_by(&app, "a1").await;
        for (suite, mark) in [(Suite::Sm4Gcm, "s2"), (Suite::Aes256Gcm, "a3")] {
            rotate(&app, suite).await;
            two_minutes_pass(&app).await;
            assert_eq!(sealed_by(&app, mark).await, before, "{mark}");
            for (order, seen) in &orders {
                let now = order.seen_by(&administrator).await;
                assert_eq!((&now["address"], &now["content"]), (&seen["address"], &seen["content"]));
            }
        }
    }

    async fn what_was_tampered_with_stands_in_nobodys_way(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        resident.places(order_of(&practice.repair)).await;
        app.execute("UPDATE demands SET address = recipient_name").await;
        rotate(&app, Suite::Aes256Gcm).await;
        two_minutes_pass(&app).await;
        assert_eq!(sealed_by(&app, "a1").await, 1, "that which does not open");
    }

    async fn with_another_master_key_nothing_is_rotated(app: TestApp) {
        let other = MasterKeySource::Given(Secret::new("YW5vdGhlciBrZXkgdGhhdCBvcGVucyBub3RoaW5nISE="));
        let refused = vault::rotate(&app.db, &other, Suite::Aes256Gcm, &app.clock).await;
        assert!(matches!(refused, Err(UnlockError::Wrong(_))));
        assert_eq!(app.count("SELECT COUNT(*) FROM data_keys").await, 2);
    }
}

/// An instance that runs already learns the new key before it reads what that has sealed.
#[actix_web::test]
async fn an_instance_that_runs_learns_the_new_key() {
    const PLACE: Field = Field::of("demands", "content");
    let app = TestApp::on(crate::support::Engine::Postgres).await;
    let other = open(app.database_url(), 1, &app.clock).await;
    rotate(&app, Suite::Aes256Gcm).await;
    app.clock.advance(Duration::minutes(1));
    app.run_due_jobs().await;
    let sealed = app.db.keyring().seal(PLACE, Uuid::nil(), "请帮忙").expect("a key");
    assert!(sealed.as_str().starts_with("a2."), "{}", sealed.as_str());
    assert!(other.keyring().open(PLACE, Uuid::nil(), &sealed).is_err(), "it does not know it yet");
    let mut tx = other.read().await.expect("a connection");
    other.vault().catch_up(&mut tx, 0).await.expect("it learns");
    tx.finish();
    assert_eq!(other.keyring().open(PLACE, Uuid::nil(), &sealed).expect("it opens"), "请帮忙");
    other.close().await;
    app.finish().await;
}
