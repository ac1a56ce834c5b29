//! Safe to press twice: phones on poor networks repeat what was heard already.

use chrono::Duration;
use redvest::platform::db::Tx;
use redvest::platform::journal;
use redvest::problem::Code;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::app::{STAFF_PASSWORD, changed};
use crate::support::client::{Call, Client, both_at_once};
use crate::support::county::node;

const KEY: &str = "01-a-key-of-my-own";
const REPLAYED: &str = "Idempotency-Replayed";

fn center(name: &str) -> Value {
    node("center", name, None, 27.6619, 120.5658)
}

fn create(client: &Client, body: &Value, key: &str) -> Call {
    client.post("/organizations", body.clone()).key(key)
}

async fn how_many(app: &TestApp) -> usize {
    app.administrator().await.get("/organizations").await.items().len()
}

/// How many rows of the journal say nothing but that an answer is kept.
async fn bare_answers(app: &TestApp) -> i64 {
    app.count("SELECT COUNT(*) FROM journal WHERE name = 'command.answered.v1'").await
}

on_both_engines! {
    async fn the_same_request_again_is_answered_the_same_again(app: TestApp) {
        let administrator = app.administrator().await;
        let body = center("平阳县");
        let first = create(&administrator, &body, KEY).await;
        let again = create(&administrator, &body, KEY).await;
        assert_eq!(first.header(REPLAYED), None);
        assert_eq!(again.header(REPLAYED), Some("true"));
        assert_eq!(first.text(), again.text());
        assert_eq!((first.location(), first.etag()), (again.location(), again.etag()));
        assert_eq!(first.created(), again.created());
        assert_eq!(how_many(&app).await, 1);
    }

    async fn a_key_belongs_to_one_request(app: TestApp) {
        let administrator = app.administrator().await;
        let body = center("平阳县");
        create(&administrator, &body, KEY).await.created();
        create(&administrator, &center("苍南县"), KEY).await.refused(Code::KeyReused);
        let staff = administrator.post("/staff", body).key(KEY).await.status();
        assert_eq!(staff, 400, "what cannot be read at all is refused for that");
        assert_eq!(how_many(&app).await, 1);
    }

    async fn a_key_of_another_address_is_reused_too(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        administrator.command(county.village.path("/suspend")).key(KEY).await.ok();
        let other = administrator.command(county.village.path("/resume")).key(KEY).await;
        other.refused(Code::KeyReused);
    }

    async fn another_persons_same_key_is_another_key(app: TestApp) {
        let county = app.county().await;
        let one = app.staff("administrator", &county.center).await;
        let two = app.staff("administrator", &county.center).await;
        let body = node("station", "新站", Some(&county.town), 27.66, 120.56);
        let first = create(&one, &body, KEY).await;
        let second = create(&two, &body, KEY).await;
        assert_eq!(second.header(REPLAYED), None);
        assert_ne!(first.created()["organizationId"], second.created()["organizationId"]);
    }

    /// Whoever sees the request of another, with its key, is refused as he would be without.
    async fn what_another_was_answered_is_nothing_for_who_is_refused(app: TestApp) {
        let county = app.county().await;
        let suspend = |client: &Client| client.command(county.village.path("/suspend")).key(KEY);
        suspend(&app.staff("administrator", &county.center).await).await.ok();
        suspend(&app.staff("viewer", &county.village).await).await.refused(Code::Forbidden);
    }

    async fn a_refused_request_may_be_mended_under_its_key(app: TestApp) {
        let administrator = app.administrator().await;
        let nameless = changed(&center("平阳县"), "name", "");
        create(&administrator, &nameless, KEY).await.refused(Code::InvalidRequest);
        create(&administrator, &center("平阳县"), KEY).await.created();
    }

    async fn a_command_of_which_nothing_is_told_keeps_its_answer_too(app: TestApp) {
        let practice = app.practice().await;
        app.resident("王").await.orders(&practice.repair).await;
        app.run_due_jobs().await;
        let leader = practice.leader.client();
        let notices = leader.get("/me/notices").await.items();
        let path = format!("/me/notices/{}/read", notices[0]["noticeId"].as_str().expect("an id"));
        let first = leader.command(&path).key(KEY).await;
        let again = leader.command(&path).key(KEY).await;
        assert_eq!(again.header(REPLAYED), Some("true"));
        assert_eq!(first.ok(), again.ok());
        let other = format!("{}{}", "/organizations/", practice.county.village.id);
        leader.command(format!("{other}/suspend")).key(KEY).await.refused(Code::KeyReused);
    }

    async fn an_answer_that_was_nothing_else_is_forgotten_altogether(app: TestApp) {
        let practice = app.practice().await;
        let order = app.resident("王").await.orders(&practice.repair).await;
        app.run_due_jobs().await;
        let notices = practice.leader.get("/me/notices").await.items();
        let last = json!({ "noticeId": notices[0]["noticeId"] });
        practice.leader.post("/me/notices/read", last).key(KEY).await.ok();
        let untold = journal::untold(&mut app.db.read().await.unwrap(), 10).await.unwrap();
        assert!(untold.is_empty(), "there is nobody to tell of it: {untold:?}");
        assert_eq!(bare_answers(&app).await, 1);
        app.clock.advance(Duration::hours(25));
        app.run_due_jobs().await;
        assert_eq!(bare_answers(&app).await, 0);
        let chapters = order.chapters(&app.administrator().await).await;
        assert_eq!(chapters[0], "demand.placed.v1", "the facts stay");
    }

    async fn many_answers_are_forgotten_in_parts_and_none_is_left_over(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        for number in 0..4 {
            resident.orders(&practice.repair).await;
            app.run_due_jobs().await;
            let notices = practice.leader.get("/me/notices").await.items();
            let last = json!({ "noticeId": notices[0]["noticeId"] });
            let read = practice.leader.post("/me/notices/read", last);
            read.key(&format!("{KEY}-{number}")).await.ok();
            app.clock.advance(Duration::minutes(1));
        }
        assert_eq!(bare_answers(&app).await, 4);
        let all = app.clock.now();
        let part = async |tx: &mut Tx| journal::forget_answers(tx, all, 2).await;
        while app.db.write(part).await.unwrap() > 0 {}
        assert_eq!(bare_answers(&app).await, 0);
    }

    async fn pressed_twice_at_once_a_button_works_once(app: TestApp) {
        let administrator = app.administrator().await;
        let body = center("平阳县");
        let press = || create(&administrator, &body, KEY);
        let (one, two) = both_at_once(press(), press()).await;
        assert_eq!(one.created(), two.created());
        assert_eq!(how_many(&app).await, 1);
    }

    async fn a_command_pressed_twice_at_once_is_answered_twice_alike(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let suspend = || administrator.command(county.village.path("/suspend")).key(KEY);
        let (one, two) = both_at_once(suspend(), suspend()).await;
        assert_eq!(one.ok(), two.ok());
    }

    async fn what_can_exist_once_is_created_once_and_answered_twice(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let body = json!({
            "name": "陈", "username": "chen", "password": STAFF_PASSWORD,
            "organizationId": county.town.id, "role": "clerk",
        });
        let open = || administrator.post("/staff", body.clone()).key(KEY);
        let (one, two) = both_at_once(open(), open()).await;
        assert_eq!(one.created(), two.created());
    }

    async fn a_key_is_short_and_plain(app: TestApp) {
        let administrator = app.administrator().await;
        let long = "k".repeat(101);
        for wrong in ["", " ", long.as_str(), "钥匙", "a key", "a\tkey"] {
            let refused = create(&administrator, &center("平阳县"), wrong).await;
            let body = refused.refused(Code::InvalidRequest);
            assert_eq!(body["errors"][0]["pointer"], "header:Idempotency-Key");
        }
        create(&administrator, &center("平阳县"), &"k".repeat(100)).await.created();
    }
}
