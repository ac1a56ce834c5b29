//! What is personal of an order is sealed for its own row: moved elsewhere it does not open, and
//! nobody is shown garbage.

use chrono::Duration;
use futures_util::future::join;
use redvest::platform::db::Db;
use redvest::platform::vault::{self, Field, MasterKeySource, Secret, Suite};
use redvest::problem::Code;
use serde_json::json;
use uuid::Uuid;

use crate::support::TestApp;
use crate::support::app::MASTER_KEY;
use crate::support::client::Client;
use crate::support::practice::{Order, order};

/// Two orders, a minute apart.
async fn two_orders(app: &TestApp, resident: &Client) -> (Order, Order) {
    let first = resident.places(order()).await;
    app.clock.advance(Duration::minutes(1));
    (first, resident.places(order()).await)
}

on_both_engines! {
    async fn what_is_copied_to_another_order_does_not_open(app: TestApp) {
        app.practice().await;
        let resident = app.resident("王").await;
        let (first, second) = two_orders(&app, &resident).await;
        app.execute(
            "UPDATE demands SET address = (SELECT o.address FROM demands o ORDER BY o.placed_at DESC LIMIT 1) \
              WHERE placed_at = (SELECT o.placed_at FROM demands o ORDER BY o.placed_at LIMIT 1)",
        )
        .await;
        resident.get(first.path("")).await.refused(Code::Internal);
        second.seen_by(&resident).await;
        resident.get("/me/demands").await.refused(Code::Internal);
    }

    async fn what_is_copied_to_another_column_does_not_open(app: TestApp) {
        app.practice().await;
        let resident = app.resident("王").await;
        let (first, second) = two_orders(&app, &resident).await;
        app.execute("UPDATE demands SET content = recipient_phone").await;
        for order in [first, second] {
            resident.get(order.path("")).await.refused(Code::Internal);
        }
    }

    async fn what_was_never_sealed_is_not_shown(app: TestApp) {
        app.practice().await;
        let resident = app.resident("王").await;
        let (first, _) = two_orders(&app, &resident).await;
        app.execute("UPDATE demands SET recipient_name = '某人'").await;
        resident.get(first.path("")).await.refused(Code::Internal);
    }

    async fn the_same_is_never_stored_alike(app: TestApp) {
        app.practice().await;
        let resident = app.resident("王").await;
        two_orders(&app, &resident).await;
        for column in [
            "SELECT COUNT(DISTINCT recipient_phone) FROM demands",
            "SELECT COUNT(DISTINCT recipient_name) FROM demands",
            "SELECT COUNT(DISTINCT place) FROM demands",
        ] {
            assert_eq!(app.count(column).await, 2, "{column}");
        }
    }

    /// Which orders are of one telephone is seen only as long as it has to be.
    async fn an_order_is_found_by_its_telephone_only_while_it_waits_for_the_caller(app: TestApp) {
        const FOUND: &str = "SELECT COUNT(*) FROM demands WHERE caller_index IS NOT NULL";
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        resident.places(order()).await;
        assert_eq!(app.count(FOUND).await, 0);
        let clerk = app.staff("clerk", &practice.county.village).await;
        let mut call = order();
        call["channel"] = "hotline".into();
        call["recipient"]["phone"] = "13777000001".into();
        clerk.places(call).await;
        assert_eq!(app.count(FOUND).await, 1);
        app.resident_with_phone("王秀英", "13777000001").await;
        assert_eq!(app.count(FOUND).await, 0);
    }

    async fn an_order_that_has_ended_is_found_by_its_telephone_only_when_it_begins_anew(app: TestApp) {
        const FOUND: &str = "SELECT COUNT(*) FROM demands WHERE caller_index IS NOT NULL";
        let practice = app.practice().await;
        let clerk = app.staff("dispatcher", &practice.county.village).await;
        let mut call = order();
        call["channel"] = "hotline".into();
        call["recipient"]["phone"] = "13777000001".into();
        let placed = clerk.places(call).await;
        clerk.post(placed.path("/verify"), json!({})).await.ok();
        assert_eq!(app.count(FOUND).await, 1, "it waits still");
        let why = json!({ "reason": "重复" });
        clerk.post(placed.path("/cancel"), why.clone()).await.ok();
        assert_eq!(app.count(FOUND).await, 0);
        clerk.post(placed.path("/reopen"), why).await.ok();
        assert_eq!(app.count(FOUND).await, 1);
        let caller = app.resident_with_phone("王秀英", "13777000001").await;
        assert_eq!(placed.seen_by(&clerk).await["requesterId"], caller.account_id());
        assert_eq!(app.count(FOUND).await, 0);
    }
}

/// Two instances that start together on an empty database make one set of keys.
#[actix_web::test]
async fn two_instances_make_one_set_of_keys() {
    const PLACE: Field = Field::of("demands", "content");
    let app = TestApp::on(crate::support::Engine::Postgres).await;
    let key = || MasterKeySource::Given(Secret::new(MASTER_KEY));
    for _ in 0..5 {
        app.execute("DELETE FROM data_keys").await;
        let one = Db::open(app.database_url(), 1).await.expect("the database opens");
        let two = Db::open(app.database_url(), 1).await.expect("the database opens");
        let (own, other) = (key(), key());
        let (first, second) = join(
            vault::unlock(&one, &own, Suite::default(), &app.clock),
            vault::unlock(&two, &other, Suite::default(), &app.clock),
        )
        .await;
        first.expect("the first one starts");
        second.expect("the second one starts");
        assert_eq!(app.count("SELECT COUNT(*) FROM data_keys").await, 2);
        let sealed = one.keyring().seal(PLACE, Uuid::nil(), "请帮忙").expect("a key");
        let opened = two.keyring().open(PLACE, Uuid::nil(), &sealed).expect("the same key");
        assert_eq!(opened, "请帮忙");
        let index = |db: &Db| db.keyring().index(PLACE, "13777000001").expect("a key");
        assert_eq!(index(&one), index(&two));
        one.close().await;
        two.close().await;
    }
    app.finish().await;
}
