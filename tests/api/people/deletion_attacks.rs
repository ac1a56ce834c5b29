//! What somebody might try who wants another one's account deleted, or his own back.

use chrono::Duration;
use redvest::problem::{Code, FieldCode};
use serde_json::json;

use super::deletion::{asks, closed, fails_once, served_order};
use crate::support::TestApp;
use crate::support::app::PHONE_CODE;
use crate::support::client::{at_once, both_at_once};
use crate::support::practice::order_of;

on_both_engines! {
    async fn nobody_deletes_anybody_else(app: TestApp) {
        let (resident, neighbor) = (app.resident("王秀英").await, app.resident("李大爷").await);
        let other = json!({ "confirm": "注销账号", "accountId": resident.account_id() });
        neighbor.post("/me/deletion", other).await.refused(Code::InvalidRequest);
        asks(&neighbor).await;
        resident.command("/me/deletion/withdraw").await.refused(Code::NotPossible);
        app.clock.advance(Duration::days(7));
        app.run_due_jobs().await;
        assert_eq!(resident.get("/me").await.ok()["name"], "王秀英");
        assert_eq!(closed(&app).await, 1);
    }

    async fn an_old_token_deletes_nobody(app: TestApp) {
        let resident = app.resident("王秀英").await;
        app.clock.advance(Duration::minutes(31));
        let confirm = json!({ "confirm": "注销账号" });
        resident.post("/me/deletion", confirm).await.refused(Code::FreshSignInNeeded);
    }

    async fn asked_many_times_at_once_it_is_asked_once(app: TestApp) {
        let resident = app.resident("王秀英").await;
        let confirm = json!({ "confirm": "注销账号" });
        let call = || resident.post("/me/deletion", confirm.clone());
        let replies = at_once((0..6).map(|_| call())).await;
        let asked = replies.iter().filter(|reply| reply.status() == 201).count();
        assert_eq!(asked, 1);
        let first = resident.post("/me/deletion", confirm.clone()).key("once").await;
        first.refused(Code::AlreadyExists);
        assert_eq!(app.count("SELECT COUNT(*) FROM deletions").await, 1);
    }

    async fn the_tokens_and_the_code_of_somebody_who_is_gone_open_nothing(app: TestApp) {
        let phone = app.next_phone();
        let resident = app.resident_with_phone("欧阳长青", &phone).await;
        let (access, refresh) = resident.tokens();
        asks(&resident).await;
        app.clock.advance(Duration::minutes(1));
        let asked = json!({ "phone": phone });
        app.anonymous().post("/sign-in/codes", asked).await.status_is(202);
        app.clock.advance(Duration::days(7));
        app.run_due_jobs().await;
        let refresh = json!({ "refreshToken": refresh });
        app.anonymous().post("/sign-in/refresh", refresh).await.refused(Code::Unauthenticated);
        app.with_token(access).get("/me").await.refused(Code::Unauthenticated);
        // The number is free: whoever has it now is somebody else.
        let body = json!({ "phone": phone, "code": PHONE_CODE });
        app.anonymous().post("/sign-in/phone", body).await.refused(Code::WrongCredentials);
        let new = app.resident_with_phone("新机主", &phone).await;
        assert_ne!(new.account_id(), resident.account_id());
        assert_eq!(new.get("/me/export/demands").await.items().len(), 0);
        assert_eq!(new.get("/me").await.ok()["name"], "新机主");
    }

    async fn a_token_that_is_still_good_is_refused_at_once(app: TestApp) {
        let app = app.another_instance_with(redvest::app::Settings {
            deletion_days: Some(0),
            ..redvest::app::Settings::default()
        }).await;
        let resident = app.resident("欧阳长青").await;
        let same = app.with_token(resident.tokens().0);
        same.get("/me").await.ok();
        asks(&resident).await;
        app.run_due_jobs().await;
        same.get("/me").await.refused(Code::Unauthenticated);
        same.post("/demands", json!({})).await.refused(Code::Unauthenticated);
    }

    async fn who_orders_while_he_is_deleted_leaves_nothing_behind_either_way(app: TestApp) {
        let practice = app.practice().await;
        let app = app.another_instance_with(redvest::app::Settings {
            deletion_days: Some(0),
            ..redvest::app::Settings::default()
        }).await;
        for _ in 0..4 {
            let resident = app.resident("欧阳长青").await;
            let confirm = json!({ "confirm": "注销账号" });
            let ordering = resident.post("/demands", order_of(&practice.errand));
            let (ordered, asked) =
                both_at_once(ordering, resident.post("/me/deletion", confirm)).await;
            app.run_due_jobs().await;
            assert!(ordered.status() == 201 || asked.status() == 201);
        }
        // Whatever was open then comes to its end, and what was asked for is done.
        app.execute("UPDATE demands SET state = 'cancelled', due_at = NULL, desk_at = NULL").await;
        app.clock.advance(Duration::days(2));
        app.run_due_jobs().await;
        let forgotten = "SELECT COUNT(*) FROM demands d JOIN accounts a ON a.account_id = d.requester_id
                          WHERE a.closed_at IS NOT NULL AND d.erased_at IS NULL";
        assert_eq!(app.count(forgotten).await, 0);
        let waiting = "SELECT COUNT(*) FROM deletions WHERE state <> 'done'";
        assert_eq!(app.count(waiting).await, 0);
    }

    /// What a request still writes that was under way while the account was closed.
    async fn what_was_written_at_the_last_moment_goes_as_well(app: TestApp) {
        const DONE: &str = "SELECT COUNT(*) FROM deletions WHERE state = 'done'";
        // His account is closed, and the first piece fails: there is time to write more.
        fails_once(&app, "欧阳长青").await;
        assert_eq!((closed(&app).await, app.count(DONE).await), (1, 0));
        for late in [
            "UPDATE demands SET place = SUBSTR(place, 2), state = 'submitted'",
            "UPDATE volunteers SET account_id = (SELECT account_id FROM accounts WHERE closed_at IS NOT NULL) WHERE name = '陈师傅'",
            "INSERT INTO real_names (account_id, source, asked_at) SELECT account_id, '公安核验', closed_at FROM accounts WHERE closed_at IS NOT NULL",
        ] {
            app.execute(late).await;
        }
        app.clock.advance(Duration::minutes(5));
        app.run_due_jobs().await;
        assert_eq!(app.count(DONE).await, 0, "an order comes to its end first");
        app.execute("UPDATE demands SET state = 'cancelled', due_at = NULL, desk_at = NULL").await;
        app.clock.advance(Duration::hours(1));
        app.run_due_jobs().await;
        assert_eq!(app.count(DONE).await, 1);
        for left in [
            "SELECT COUNT(*) FROM demands WHERE erased_at IS NULL",
            "SELECT COUNT(*) FROM volunteers WHERE name = '陈师傅'",
            "SELECT COUNT(*) FROM real_names",
        ] {
            assert_eq!(app.count(left).await, 0, "{left}");
        }
    }

    async fn who_is_gone_is_given_no_role(app: TestApp) {
        let county = app.county().await;
        let resident = app.resident("欧阳长青").await;
        let role = json!({ "accountId": resident.account_id(), "role": "clerk" });
        asks(&resident).await;
        app.clock.advance(Duration::days(7));
        app.run_due_jobs().await;
        assert_eq!(closed(&app).await, 1);
        let given = app.administrator().await.post(county.village.path("/grants"), role).await;
        given.refused_field("/accountId", FieldCode::NoSuchThing);
    }

    async fn what_a_clerk_takes_down_for_the_number_is_not_his(app: TestApp) {
        let practice = app.practice().await;
        let phone = app.next_phone();
        let resident = app.resident_with_phone("欧阳长青", &phone).await;
        served_order(&app, &practice, &resident).await;
        asks(&resident).await;
        app.clock.advance(Duration::days(7));
        app.run_due_jobs().await;
        let clerk = app.staff("clerk", &practice.county.village).await;
        let mut body = order_of(&practice.errand);
        body["channel"] = json!("hotline");
        body["recipient"]["phone"] = json!(phone);
        let order = clerk.places(body).await;
        assert_eq!(order.seen_by(&clerk).await["requesterId"], serde_json::Value::Null);
    }
}
