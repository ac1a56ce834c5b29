//! Leave: a colleague stands in, for a time, and the audit says for whom.

use chrono::{Duration, SecondsFormat};
use redvest::problem::{Code, FieldCode};
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::app::changed;
use crate::support::client::{Call, Client, both_at_once};
use crate::support::county::{County, Organization};
use crate::support::practice::{order, text};

/// A dispatcher of the town who goes on leave, and a clerk of a village below who stands in.
struct Leave {
    county: County,
    dispatcher: Client,
    clerk: Client,
    /// The role of the dispatcher.
    grant: String,
}

impl Leave {
    async fn of(app: &TestApp) -> Self {
        let county = app.county().await;
        let dispatcher = app.staff("dispatcher", &county.town).await;
        let clerk = app.staff("clerk", &county.village).await;
        let grant = grant_of(app, &dispatcher, &county.town).await;
        Self { county, dispatcher, clerk, grant }
    }

    /// What the dispatcher says: the clerk stands in for a week.
    fn week(&self, app: &TestApp) -> Value {
        json!({
            "accountId": self.clerk.account_id(),
            "validUntil": instant(app, Duration::days(7)),
            "reason": "年休假",
        })
    }

    /// The same for a time that begins and ends so many days from now.
    fn period(&self, app: &TestApp, from: i64, until: i64) -> Value {
        let body = changed(&self.week(app), "validFrom", instant(app, Duration::days(from)));
        changed(&body, "validUntil", instant(app, Duration::days(until)))
    }

    fn delegate(&self, by: &Client, body: Value) -> Call {
        by.post(format!("/grants/{}/delegate", self.grant), body)
    }
}

async fn grant_of(app: &TestApp, holder: &Client, at: &Organization) -> String {
    let held = app.administrator().await.get(at.path("/grants")).await.items();
    let own = held.iter().find(|grant| grant["accountId"] == holder.account_id());
    text(&own.expect("a grant")["grantId"])
}

/// The instant so far from now, as it stands in a body.
fn instant(app: &TestApp, from_now: Duration) -> Value {
    json!((app.clock.now() + from_now).to_rfc3339_opts(SecondsFormat::Secs, true))
}

/// Something that takes a dispatcher of the town: setting nothing in motion, and written down.
fn asks_for_rights(who: &Client, at: &Organization) -> Call {
    who.get(at.path("/grants"))
}

on_both_engines! {
    async fn whoever_stands_in_may_what_the_other_may_until_it_is_over(app: TestApp) {
        let leave = Leave::of(&app).await;
        asks_for_rights(&leave.clerk, &leave.county.town).await.refused(Code::Forbidden);
        let delegated = leave.delegate(&leave.dispatcher, leave.week(&app)).await.created();
        assert_eq!(delegated["role"], "dispatcher");
        assert_eq!(delegated["delegatedFrom"], json!(leave.grant));
        assert_eq!(delegated["delegatedBy"], json!(leave.dispatcher.account_id()));
        asks_for_rights(&leave.clerk, &leave.county.town).await.ok();
        let me = leave.clerk.get("/me").await.ok();
        let by: Vec<&Value> = me["grants"].as_array().unwrap().iter().map(|hat| &hat["delegatedBy"]).collect();
        assert!(by.contains(&&json!(leave.dispatcher.account_id())) && by.contains(&&Value::Null));
        // Who is on leave has lost nothing.
        asks_for_rights(&leave.dispatcher, &leave.county.town).await.ok();
        app.clock.advance(Duration::days(7));
        asks_for_rights(&leave.clerk, &leave.county.town).await.refused(Code::Forbidden);
    }

    async fn the_audit_says_for_whom(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let dispatcher = app.staff("dispatcher", &county.town).await;
        let clerk = app.staff("clerk", &county.village).await;
        let grant = grant_of(&app, &dispatcher, &county.town).await;
        let body = json!({
            "accountId": clerk.account_id(), "validUntil": instant(&app, Duration::days(1)), "reason": "病假",
        });
        dispatcher.post(format!("/grants/{grant}/delegate"), body).await.created();
        let order = app.resident("王").await.places(order()).await;
        // A clerk of the village verifies by what he is; only a dispatcher dispatches.
        clerk.command(order.path("/verify")).await.ok();
        clerk.calls_for(&order).await;
        app.run_due_jobs().await;
        let auditor = app.audit_administrator().await;
        let path = format!("/audit?account={}", clerk.account_id());
        let rows = auditor.get(path).await.items();
        let of = |wanted: &str| {
            let name = |row: &Value| row["name"].as_str().is_some_and(|name| name.starts_with(wanted));
            let row = rows.iter().find(|row| name(row));
            row.unwrap_or_else(|| panic!("{wanted} is written down: {rows:?}"))["delegatedBy"].clone()
        };
        assert_eq!(of("demand.verified."), Value::Null);
        assert_eq!(of("dispatch."), json!(dispatcher.account_id()));
    }

    async fn it_ends_with_the_role_it_comes_from(app: TestApp) {
        let leave = Leave::of(&app).await;
        leave.delegate(&leave.dispatcher, leave.week(&app)).await.created();
        let administrator = app.administrator().await;
        administrator.delete(format!("/grants/{}", leave.grant)).await.done();
        asks_for_rights(&leave.clerk, &leave.county.town).await.refused(Code::Forbidden);
        leave.delegate(&leave.dispatcher, leave.week(&app)).await.refused(Code::NotFound);
    }

    async fn it_is_taken_back_alone(app: TestApp) {
        let leave = Leave::of(&app).await;
        // By whoever gives roles there, or by him who let the other stand in.
        for taker in [&app.administrator().await, &leave.dispatcher] {
            let delegated = leave.delegate(&leave.dispatcher, leave.week(&app)).await.created();
            let path = format!("/grants/{}", text(&delegated["grantId"]));
            leave.clerk.delete(&path).await.refused(Code::Forbidden);
            taker.delete(&path).await.done();
            asks_for_rights(&leave.clerk, &leave.county.town).await.refused(Code::Forbidden);
            asks_for_rights(&leave.dispatcher, &leave.county.town).await.ok();
        }
    }

    async fn it_lasts_ninety_days_at_most_and_not_longer_than_the_role(app: TestApp) {
        let leave = Leave::of(&app).await;
        let until = |days: i64| changed(&leave.week(&app), "validUntil", instant(&app, Duration::days(days)));
        let refused = leave.delegate(&leave.dispatcher, until(91)).await;
        refused.refused_field("/validUntil", FieldCode::TooFarAhead);
        leave.delegate(&leave.dispatcher, until(-1)).await.refused_field("/validUntil", FieldCode::Reversed);
        leave.delegate(&leave.dispatcher, until(90)).await.created();

        let short = app.resident("张").await;
        let body = json!({
            "accountId": short.account_id(), "role": "clerk", "validUntil": instant(&app, Duration::days(2)),
        });
        let given = app.administrator().await.post(leave.county.town.path("/grants"), body).await.created();
        let path = format!("/grants/{}/delegate", text(&given["grantId"]));
        short.post(&path, until(3)).await.refused_field("/validUntil", FieldCode::TooFarAhead);
        short.post(&path, until(2)).await.created();
    }

    async fn it_is_not_delegated_far_ahead(app: TestApp) {
        let leave = Leave::of(&app).await;
        let from = |days: i64| leave.period(&app, days, days + 1);
        let refused = leave.delegate(&leave.dispatcher, from(91)).await;
        refused.refused_field("/validFrom", FieldCode::TooFarAhead);
        leave.delegate(&leave.dispatcher, from(90)).await.created();
    }

    async fn one_colleague_does_not_stand_in_for_ever_ninety_days_at_a_time(app: TestApp) {
        let leave = Leave::of(&app).await;
        let too_long = async |from: i64, until: i64| {
            let refused = leave.delegate(&leave.dispatcher, leave.period(&app, from, until)).await;
            refused.refused_field("/validUntil", FieldCode::TooLongTogether);
        };
        let delegates = async |from: i64, until: i64| {
            leave.delegate(&leave.dispatcher, leave.period(&app, from, until)).await.created()
        };
        // A leave that lasts longer than was thought is still one.
        delegates(0, 30).await;
        delegates(30, 60).await;
        too_long(60, 91).await;
        too_long(10, 91).await;
        let last = delegates(60, 90).await;
        // Nor by what was delegated ahead, nor by taking one back and beginning anew.
        too_long(90, 91).await;
        app.clock.advance(Duration::days(80));
        let administrator = app.administrator().await;
        administrator.delete(format!("/grants/{}", text(&last["grantId"]))).await.done();
        too_long(0, 20).await;
        delegates(0, 10).await;
        delegates(11, 90).await;
        too_long(10, 11).await;
        // Another colleague begins with a count of his own.
        let another = app.staff("clerk", &leave.county.village).await;
        let body = changed(&leave.period(&app, 0, 90), "accountId", another.account_id());
        leave.delegate(&leave.dispatcher, body).await.created();
    }

    async fn of_two_times_that_go_on_with_each_other_at_that_moment_one_is_given(app: TestApp) {
        let leave = Leave::of(&app).await;
        let (first, second) = (leave.period(&app, 0, 60), leave.period(&app, 60, 120));
        let delegate = |body: Value| leave.delegate(&leave.dispatcher, body);
        let (first, second) = both_at_once(delegate(first), delegate(second)).await;
        let given = [&first, &second].iter().filter(|reply| reply.status() == 201).count();
        assert_eq!(given, 1, "{first} {second}");
    }

    async fn only_the_holder_and_administrators_there_let_somebody_stand_in(app: TestApp) {
        let leave = Leave::of(&app).await;
        let refused = leave.delegate(&leave.clerk, leave.week(&app)).await;
        refused.refused(Code::NotFound);
        let beside = app.staff("administrator", &leave.county.other_town).await;
        leave.delegate(&beside, leave.week(&app)).await.refused(Code::NotFound);
        let colleague = app.staff("dispatcher", &leave.county.town).await;
        leave.delegate(&colleague, leave.week(&app)).await.refused(Code::Forbidden);
        let administrator = app.staff("administrator", &leave.county.center).await;
        leave.delegate(&administrator, leave.week(&app)).await.created();
    }

    async fn only_a_colleague_stands_in(app: TestApp) {
        let leave = Leave::of(&app).await;
        let to = |who: &Client| changed(&leave.week(&app), "accountId", who.account_id());
        for stranger in [
            app.resident("表弟").await,
            app.staff("administrator", &leave.county.other_town).await,
            app.audit_administrator().await,
        ] {
            let refused = leave.delegate(&leave.dispatcher, to(&stranger)).await;
            refused.refused_field("/accountId", FieldCode::NoSuchThing);
        }
        let himself = leave.delegate(&leave.dispatcher, to(&leave.dispatcher)).await;
        himself.refused_field("/accountId", FieldCode::Unchanged);
        let above = app.staff("viewer", &leave.county.center).await;
        leave.delegate(&leave.dispatcher, to(&above)).await.created();
        // Where he only stands in he is nobody's colleague: he does not work there himself.
        leave.delegate(&leave.dispatcher, leave.week(&app)).await.created();
        let beside = app.staff("dispatcher", &leave.county.next_village).await;
        let grant = grant_of(&app, &beside, &leave.county.next_village).await;
        let refused = beside.post(format!("/grants/{grant}/delegate"), leave.week(&app)).await;
        refused.refused_field("/accountId", FieldCode::NoSuchThing);
    }

    async fn who_stands_in_for_an_administrator_gives_and_takes_no_roles(app: TestApp) {
        let county = app.county().await;
        let administrator = app.staff("administrator", &county.town).await;
        let clerk = app.staff("clerk", &county.town).await;
        let grant = grant_of(&app, &administrator, &county.town).await;
        let body = json!({
            "accountId": clerk.account_id(), "validUntil": instant(&app, Duration::days(7)), "reason": "休假",
        });
        let delegate = format!("/grants/{grant}/delegate");
        administrator.post(&delegate, body.clone()).await.created();
        // What an administrator does is his to do, but not what would outlast the leave.
        clerk.get(county.town.path("/unused-grants")).await.ok();
        let own = json!({ "accountId": clerk.account_id(), "role": "administrator" });
        clerk.post(county.town.path("/grants"), own).await.refused(Code::Forbidden);
        clerk.post(&delegate, body).await.refused(Code::Forbidden);
        clerk.delete(format!("/grants/{grant}")).await.refused(Code::Forbidden);
        administrator.get(county.town.path("/grants")).await.ok();
    }

    async fn a_role_that_is_taken_away_at_that_moment_leaves_nobody_standing_in(app: TestApp) {
        let leave = Leave::of(&app).await;
        let administrator = app.administrator().await;
        let taken = administrator.delete(format!("/grants/{}", leave.grant));
        both_at_once(leave.delegate(&leave.dispatcher, leave.week(&app)), taken).await;
        asks_for_rights(&leave.clerk, &leave.county.town).await.refused(Code::Forbidden);
    }

    async fn it_is_not_handed_on(app: TestApp) {
        let leave = Leave::of(&app).await;
        let delegated = leave.delegate(&leave.dispatcher, leave.week(&app)).await.created();
        let another = app.staff("viewer", &leave.county.village).await;
        let path = format!("/grants/{}/delegate", text(&delegated["grantId"]));
        let body = changed(&leave.week(&app), "accountId", another.account_id());
        leave.clerk.post(&path, body.clone()).await.refused(Code::Forbidden);
        app.administrator().await.post(path, body).await.refused(Code::NotPossible);
    }

    async fn nobody_stands_in_for_whoever_reads_the_audit(app: TestApp) {
        let leave = Leave::of(&app).await;
        let auditor = app.audit_administrator().await;
        let another = app.audit_administrator().await;
        app.run_due_jobs().await;
        let created = auditor.get("/audit?name=staff.created.v1").await.items();
        let own = created.iter().find(|row| row["data"]["accountId"] == auditor.account_id());
        let given = text(&own.expect("it was written down")["subjectId"]);
        let body = changed(&leave.week(&app), "accountId", another.account_id());
        let refused = auditor.post(format!("/grants/{given}/delegate"), body).await;
        refused.refused(Code::Forbidden);
    }

    async fn for_each_holder_role_and_place_it_is_counted_by_itself(app: TestApp) {
        let leave = Leave::of(&app).await;
        leave.delegate(&leave.dispatcher, leave.period(&app, 0, 90)).await.created();
        let (town, village) = (&leave.county.town, &leave.county.village);
        let goes_on = async |giver: &Client, grant: &str| {
            let path = format!("/grants/{grant}/delegate");
            giver.post(path, leave.period(&app, 90, 91)).await.created()
        };
        let colleague = app.staff("dispatcher", town).await;
        goes_on(&colleague, &grant_of(&app, &colleague, town).await).await;
        let administrator = app.administrator().await;
        for (role, at) in [("viewer", town), ("dispatcher", village)] {
            let body = json!({ "accountId": leave.dispatcher.account_id(), "role": role });
            let given = administrator.post(at.path("/grants"), body).await.created();
            goes_on(&leave.dispatcher, &text(&given["grantId"])).await;
        }
    }

    async fn what_was_taken_back_counts_until_then(app: TestApp) {
        let leave = Leave::of(&app).await;
        let body = leave.period(&app, 0, 90);
        let delegated = leave.delegate(&leave.dispatcher, body).await.created();
        app.clock.advance(Duration::days(10));
        leave.dispatcher.delete(format!("/grants/{}", text(&delegated["grantId"]))).await.done();
        leave.delegate(&leave.dispatcher, leave.period(&app, 1, 91)).await.created();
    }

    async fn it_begins_with_the_role_at_the_earliest(app: TestApp) {
        let leave = Leave::of(&app).await;
        let town = &leave.county.town;
        let administrator = app.administrator().await;
        let begins = instant(&app, Duration::days(5));
        let body = json!({
            "accountId": app.resident("张").await.account_id(), "role": "dispatcher", "validFrom": begins,
        });
        let given = administrator.post(town.path("/grants"), body).await.created();
        let path = format!("/grants/{}/delegate", text(&given["grantId"]));
        let delegated = administrator.post(path, leave.week(&app)).await.created();
        assert_eq!(delegated["validFrom"], begins);
        asks_for_rights(&leave.clerk, town).await.refused(Code::Forbidden);
        app.clock.advance(Duration::days(5));
        asks_for_rights(&leave.clerk, town).await.ok();
    }
}
