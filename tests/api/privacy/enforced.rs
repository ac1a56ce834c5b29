//! Where a notice demands consent, ordering and registering wait for it; help that staff takes down
//! does not.

use chrono::Duration;
use serde_json::{Value, json};

use super::{notice, published, recorded, says, waits_for, withdraws};
use crate::support::TestApp;
use crate::support::app::changed;
use crate::support::client::Client;
use crate::support::county::Organization;
use crate::support::practice::{HOME, at, order, text};

/// An order by telephone, as a clerk writes it down for the caller himself.
fn by_telephone(phone: &str) -> Value {
    let mut body = changed(&order(), "channel", "hotline");
    body["recipient"]["phone"] = json!(phone);
    body
}

fn registration(county: &Organization) -> Value {
    json!({ "countyId": county.id, "name": "陈师傅" })
}

/// The notice that whoever it is for is still to be told of.
async fn notice_due(client: &Client, body: Value) -> Value {
    let placed = client.places(body).await;
    assert_eq!(
        placed.seen_by(client).await["privacyNoticeDueId"],
        placed.placed["privacyNoticeDueId"]
    );
    placed.placed["privacyNoticeDueId"].clone()
}

on_both_engines! {
    async fn where_nothing_is_published_nothing_is_asked(app: TestApp) {
        let county = app.county().await;
        let resident = app.resident("王").await;
        assert_eq!(notice_due(&resident, order()).await, Value::Null);
        published(&app, &county.center, notice("service", "not_needed")).await;
        published(&app, &county.another_county, notice("service", "anew")).await;
        assert_eq!(notice_due(&resident, order()).await, Value::Null);
        resident.post("/volunteers", registration(&county.center)).await.created();
    }

    async fn who_orders_agrees_first_and_may_take_it_back(app: TestApp) {
        let county = app.county().await;
        let id = published(&app, &county.center, notice("service", "anew")).await;
        let resident = app.resident("王").await;
        waits_for(resident.post("/demands", order()), &[&id]).await;
        let given = says(&resident, &id, "given").await.created();
        let ordered = resident.places(order()).await;
        withdraws(&resident, &given).await.created();
        waits_for(resident.post("/demands", order()), &[&id]).await;
        assert_eq!(ordered.state(&resident).await, "submitted", "what was lawful stays");
        says(&resident, &id, "given").await.created();
        resident.places(order()).await;
    }

    async fn a_notice_that_asks_anew_asks_everybody_again(app: TestApp) {
        let county = app.county().await;
        let first = published(&app, &county.center, notice("service", "anew")).await;
        let resident = app.resident("王").await;
        says(&resident, &first, "given").await.created();
        let mended = published(&app, &county.center, notice("service", "as_before")).await;
        resident.places(order()).await;
        let newcomer = app.resident("李").await;
        waits_for(newcomer.post("/demands", order()), &[&mended]).await;
        let tomorrow = app.clock.now() + Duration::days(1);
        let body = changed(&notice("service", "anew"), "effectiveFrom", json!(tomorrow));
        let second = published(&app, &county.center, body).await;
        resident.places(order()).await;
        app.clock.advance(Duration::days(1));
        waits_for(resident.post("/demands", order()), &[&second]).await;
        says(&resident, &second, "given").await.created();
        resident.places(order()).await;
        published(&app, &county.center, notice("service", "not_needed")).await;
        newcomer.places(order()).await;
    }

    async fn consent_to_one_purpose_is_none_to_another(app: TestApp) {
        let county = app.county().await;
        let service = published(&app, &county.center, notice("service", "anew")).await;
        let sensitive = published(&app, &county.center, notice("sensitive", "anew")).await;
        let resident = app.resident("王").await;
        waits_for(resident.post("/demands", order()), &[&service, &sensitive]).await;
        says(&resident, &service, "given").await.created();
        waits_for(resident.post("/demands", order()), &[&sensitive]).await;
        says(&resident, &sensitive, "given").await.created();
        resident.places(order()).await;
    }

    async fn who_registers_agrees_first_and_more_who_says_where_he_lives(app: TestApp) {
        let county = app.county().await;
        let service = published(&app, &county.center, notice("service", "anew")).await;
        let sensitive = published(&app, &county.center, notice("sensitive", "anew")).await;
        let volunteer = app.resident("陈").await;
        let body = registration(&county.center);
        waits_for(volunteer.post("/volunteers", body.clone()), &[&service]).await;
        says(&volunteer, &service, "given").await.created();
        let placed = changed(&body, "place", at(HOME));
        waits_for(volunteer.post("/volunteers", placed), &[&sensitive]).await;
        let registered = volunteer.post("/volunteers", body).await;
        let path = registered.location();
        let details = json!({ "name": "陈师傅", "place": at(HOME) });
        waits_for(volunteer.put(&path, details.clone(), registered.etag()), &[&sensitive]).await;
        says(&volunteer, &sensitive, "given").await.created();
        volunteer.put(&path, details, registered.etag()).await.ok();
    }

    async fn who_takes_back_what_he_said_of_where_he_lives_is_not_found_there_any_more(app: TestApp) {
        let county = app.county().await;
        let volunteer = app.resident("陈").await;
        let body = changed(&registration(&county.center), "place", at(HOME));
        let path = volunteer.post("/volunteers", body).await.location();
        let sensitive = published(&app, &county.center, notice("sensitive", "anew")).await;
        // Where he lived before, nobody asks again; where he moves to, he is asked.
        let details = |place: Value| json!({ "name": "陈师傅", "place": place, "skills": ["14"] });
        let etag = volunteer.get(&path).await.etag();
        let changed = volunteer.put(&path, details(at(HOME)), etag).await;
        let moved = details(at((HOME.0 + 0.001, HOME.1)));
        waits_for(volunteer.put(&path, moved.clone(), changed.etag()), &[&sensitive]).await;
        let given = says(&volunteer, &sensitive, "given").await.created();
        let changed = volunteer.put(&path, moved, changed.etag()).await;
        assert!(changed.json()["place"].is_object());
        withdraws(&volunteer, &given).await.created();
        let seen = volunteer.get(&path).await;
        assert_eq!(seen.json()["place"], Value::Null);
        assert!(app.texts("volunteers", "place").await.trim().is_empty());
        waits_for(volunteer.put(&path, details(at(HOME)), seen.etag()), &[&sensitive]).await;
    }

    async fn whom_a_clerk_registers_has_agreed_at_the_counter(app: TestApp) {
        let county = app.county().await;
        let id = published(&app, &county.center, notice("service", "anew")).await;
        let clerk = app.staff("clerk", &county.center).await;
        let phone = app.next_phone();
        let body = changed(&registration(&county.center), "phone", phone.as_str());
        waits_for(clerk.post("/volunteers", body.clone()), &[&id]).await;
        let path = county.center.path("/consents");
        clerk.post(path, recorded(&phone, &id, "given")).await.created();
        clerk.post("/volunteers", body).await.created();
    }

    async fn help_that_staff_takes_down_comes_first_and_the_order_says_so(app: TestApp) {
        let county = app.county().await;
        let id = published(&app, &county.center, notice("service", "anew")).await;
        let clerk = app.staff("clerk", &county.village).await;
        let unknown = app.next_phone();
        assert_eq!(notice_due(&clerk, by_telephone(&unknown)).await, json!(id));
        let phone = app.next_phone();
        let known = app.resident_with_phone("王秀英", &phone).await;
        assert_eq!(notice_due(&clerk, by_telephone(&phone)).await, json!(id));
        app.run_due_jobs().await;
        let told = known.get("/me/notices?kind=privacy_notice_due").await.items();
        assert_eq!(told.len(), 1);
        let later = app.resident_with_phone("李大爷", &unknown).await;
        app.run_due_jobs().await;
        assert_eq!(later.get("/me/notices?kind=privacy_notice_due").await.items().len(), 1);
        let given = says(&known, &id, "given").await.created();
        assert_eq!(notice_due(&clerk, by_telephone(&phone)).await, Value::Null, "he has agreed");
        withdraws(&known, &given).await.created();
        assert_eq!(notice_due(&clerk, by_telephone(&phone)).await, json!(id));
        waits_for(clerk.post("/demands", order()), &[&id]).await;
    }

    async fn what_is_in_force_on_one_instance_is_asked_on_the_other(app: TestApp) {
        let county = app.county().await;
        if app.db.engine_name() == "sqlite" {
            return;
        }
        let resident = app.resident("王").await;
        resident.places(order()).await;
        let other = app.another_instance().await;
        let body = notice("service", "anew");
        let administrator = other.administrator().await;
        let created = administrator.post(county.center.path("/privacy-notices"), body).await.created();
        waits_for(resident.post("/demands", order()), &[&text(&created["privacyNoticeId"])]).await;
    }

    async fn who_agrees_in_one_county_has_agreed_in_no_other(app: TestApp) {
        let county = app.county().await;
        let here = published(&app, &county.center, notice("service", "anew")).await;
        let there = published(&app, &county.another_county, notice("service", "anew")).await;
        let resident = app.resident("王").await;
        says(&resident, &here, "given").await.created();
        resident.places(order()).await;
        let elsewhere = changed(&order(), "organizationId", county.another_county.id.as_str());
        waits_for(resident.post("/demands", elsewhere.clone()), &[&there]).await;
        says(&resident, &there, "given").await.created();
        resident.places(elsewhere).await;
    }
}
