//! Deleting one's account: what goes, what stays, and that no figure changes.

use chrono::Duration;
use redvest::problem::{Code, FieldCode};
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::client::Client;
use crate::support::practice::{Order, Practice, instant, order_of, text};

/// Asks for the deletion, and means it.
pub async fn asks(client: &Client) -> Value {
    client.post("/me/deletion", json!({ "confirm": "注销账号" })).await.created()
}

/// A story told by somebody who will be gone: an order with everything personal, served and judged.
pub async fn served_order(app: &TestApp, practice: &Practice, resident: &Client) -> Order {
    let mut body = order_of(&practice.repair);
    body["content"] = json!("瘫痪在床，需要翻身擦洗");
    body["risk"] = json!("有癫痫病史");
    body["address"] = json!("西门巷 97 号 302 室");
    body["recipient"] = json!({ "name": "诸葛念慈", "phone": "13577924680" });
    let order = resident.places(body).await;
    let dispatch = order.dispatch(resident).await;
    app.serve(&practice.member, &dispatch, 10).await;
    let judgment = json!({ "solved": true, "score": 5, "words": "褥疮已经好转" });
    resident.post(order.path("/evaluations"), judgment).await.created();
    order
}

/// Somebody whose deletion has come due and has failed once, because his order does not open.
pub async fn fails_once(app: &TestApp, name: &str) -> Client {
    let practice = app.practice().await;
    let resident = app.resident(name).await;
    let order = resident.orders(&practice.errand).await;
    resident.command(order.path("/cancel")).await.ok();
    asks(&resident).await;
    app.execute("UPDATE demands SET place = 'x' || place").await;
    app.clock.advance(Duration::days(7));
    app.run_due_jobs().await;
    resident
}

/// How many accounts are closed. A client of these stories who is refused signs in anew, and
/// would be somebody else.
pub async fn closed(app: &TestApp) -> i64 {
    app.count("SELECT COUNT(*) FROM accounts WHERE closed_at IS NOT NULL").await
}

/// The figures of everybody who had a part in it.
async fn figures(app: &TestApp, practice: &Practice) -> Vec<Value> {
    let administrator = app.administrator().await;
    let county = &practice.county;
    let mut figures = Vec::new();
    for path in [
        county.team.path("/totals"),
        county.village.path("/totals"),
        county.town.path("/totals"),
        county.center.path("/totals"),
        practice.member.path("/totals"),
    ] {
        figures.push(administrator.get(path).await.ok());
    }
    figures
}

/// That the totals are still what the records add up to.
async fn assert_hours_agree(app: &TestApp) {
    let recorded = "SELECT CAST(COALESCE(SUM(minutes), 0) AS BIGINT) FROM service_records";
    let told = "SELECT CAST(COALESCE(SUM(t.minutes), 0) AS BIGINT) FROM tallies t
                  JOIN volunteers v ON v.volunteer_id = t.owner_id";
    assert_eq!(app.count(told).await, app.count(recorded).await);
}

on_both_engines! {
    async fn whoever_asks_is_told_what_goes_and_what_stays(app: TestApp) {
        let resident = app.resident("王秀英").await;
        let before = resident.get("/me/deletion").await.ok();
        assert_eq!(before["asked"], Value::Null);
        assert_eq!(before["inTheWay"], json!({ "demands": [], "assignments": [], "role": false }));
        assert_eq!(before["withdrawalDays"], 7);
        for kept in before["kept"].as_array().unwrap() {
            for member in ["what", "ground", "until"] {
                assert!(!text(&kept[member]).is_empty(), "{kept}");
            }
        }
        let english = resident.get("/me/deletion").in_english().await.ok();
        assert!(text(&english["erased"][0]).starts_with("Name"));
        let wrong = json!({ "confirm": "yes" });
        resident.post("/me/deletion", wrong).await.refused_field("/confirm", FieldCode::NotOneOf);
        let asked = asks(&resident).await;
        assert_eq!(instant(&asked["asked"]["dueAt"]), app.clock.now() + Duration::days(7));
        let again = resident.post("/me/deletion", json!({ "confirm": "delete my account" })).await;
        again.refused(Code::AlreadyExists);
    }

    async fn what_is_personal_is_gone_and_every_figure_stays(app: TestApp) {
        let practice = app.practice().await;
        let phone = app.next_phone();
        let resident = app.resident_with_phone("欧阳长青", &phone).await;
        let order = served_order(&app, &practice, &resident).await;
        app.run_due_jobs().await;
        let before = figures(&app, &practice).await;
        asks(&resident).await;
        app.clock.advance(Duration::days(7) - Duration::microseconds(1));
        app.run_due_jobs().await;
        assert_eq!(closed(&app).await, 0);
        app.clock.advance(Duration::microseconds(1));
        app.run_due_jobs().await;
        // Nothing of him is left in any column, but what the chain of the journal holds.
        for (table, column) in [
            ("accounts", "name"), ("accounts", "phone"), ("accounts", "phone_index"),
            ("sessions", "client"),
        ] {
            let kept = app.texts(table, column).await;
            assert!(!kept.contains("欧阳长青") && !kept.contains(&phone), "{table}.{column}");
        }
        let closed = "SELECT COUNT(*) FROM accounts WHERE closed_at IS NOT NULL AND phone IS NULL
                         AND phone_index IS NULL AND name = '已注销用户'";
        assert_eq!(app.count(closed).await, 1);
        assert_eq!(app.count("SELECT COUNT(*) FROM demands WHERE erased_at IS NULL").await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM evaluations WHERE words IS NOT NULL").await, 0);
        let staff = app.staff("dispatcher", &practice.county.village).await;
        let seen = order.seen_by(&staff).await;
        assert_ne!(seen["erasedAt"], Value::Null);
        let revealed = staff.post(order.path("/reveal-contact"), json!({ "purpose": "call_back", "reason": "回访" })).await.ok();
        let timeline = order.story(&staff).await;
        let judged = staff.get(order.path("/evaluations")).await.items();
        let listed = staff.get(format!("/demands?within={}", practice.county.village.id)).await.items();
        let told = json!([seen, timeline, judged, listed, revealed]).to_string();
        for of_him in [
            "欧阳长青", "诸葛念慈", "13577924680", "302 室", "翻身擦洗", "癫痫", "褥疮", "120.5612", "27.6652",
        ] {
            assert!(!told.contains(of_him), "{of_him}: {told}");
        }
        assert_eq!(judged[0]["score"], 5, "what was counted stays");
        assert_eq!(figures(&app, &practice).await, before);
        assert_hours_agree(&app).await;
        // Nobody can be sent to where nobody knows.
        assert_eq!(seen["next"], json!([]));
        let anew = staff.post(order.path("/reopen"), json!({ "reason": "再来" })).await;
        anew.refused(Code::NotPossible);
    }

    async fn a_volunteer_is_forgotten_and_his_hours_are_not(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王秀英").await;
        let order = served_order(&app, &practice, &resident).await;
        app.run_due_jobs().await;
        let before = figures(&app, &practice).await;
        let name = text(&practice.member.get("/me/export").await.ok()["volunteer"]["name"]);
        asks(&practice.member).await;
        app.clock.advance(Duration::days(7));
        app.run_due_jobs().await;
        assert_eq!(closed(&app).await, 1);
        assert_eq!(figures(&app, &practice).await, before);
        assert_hours_agree(&app).await;
        let administrator = app.administrator().await;
        let registered = administrator.get(practice.member.path("")).await.ok();
        assert_eq!(registered["name"], "已注销用户");
        assert_eq!((&registered["status"], &registered["place"]), (&json!("left"), &Value::Null));
        assert_eq!((&registered["skills"], &registered["slots"]), (&json!([]), &json!([])));
        let teams = administrator.get(practice.member.path("/teams")).await.items();
        assert!(teams.is_empty());
        let records = administrator.get(practice.member.path("/service-records")).await.items();
        assert_eq!(records[0]["volunteerName"], "已注销用户");
        assert!(!app.texts("volunteers", "name").await.contains(&name));
        assert!(!app.texts("assignments", "volunteer_name").await.contains(&name));
        let timeline = json!(order.story(&resident).await).to_string();
        assert!(!timeline.contains(&name), "{timeline}");
        assert!(timeline.contains("已注销用户"));
        let told = json!(resident.get("/me/notices?limit=100").await.items()).to_string();
        assert!(told.contains("已注销用户") && !told.contains(&name), "{told}");
    }

    async fn why_nobody_came_and_what_he_was_told_go_with_him(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("欧阳长青").await;
        let order = resident.orders(&practice.errand).await;
        let dispatch = order.dispatch(&resident).await;
        let place = practice.member.takes_a_place(&dispatch).await;
        let why = json!({ "reason": "老人昨夜住院" });
        practice.member.post(place.path("/drop-out"), why.clone()).await.ok();
        practice.leader.post(dispatch.path("/decline"), why).await.ok();
        resident.post(order.path("/cancel"), json!({})).await.ok();
        let neighbor = app.resident("李大爷").await;
        let of_neighbor = neighbor.orders(&practice.errand).await;
        neighbor.post(of_neighbor.path("/cancel"), json!({})).await.ok();
        app.run_due_jobs().await;
        let reasons = "SELECT (SELECT COUNT(*) FROM dispatches WHERE reason IS NOT NULL)
                            + (SELECT COUNT(*) FROM assignments WHERE reason IS NOT NULL)";
        let told = "SELECT COUNT(*) FROM notices n JOIN accounts a ON a.account_id = n.account_id
                     WHERE a.name IN ('欧阳长青', '已注销用户')";
        assert_eq!(app.count(reasons).await, 2);
        assert!(app.count(told).await > 0);
        asks(&resident).await;
        app.clock.advance(Duration::days(7));
        app.run_due_jobs().await;
        assert_eq!(closed(&app).await, 1);
        assert_eq!((app.count(reasons).await, app.count(told).await), (0, 0));
        let kept = of_neighbor.seen_by(&neighbor).await;
        assert_eq!((&kept["erasedAt"], &kept["address"]), (&Value::Null, &json!("解放街道 1 号")));
    }

    async fn who_signed_in_by_password_leaves_neither_user_name_nor_password(app: TestApp) {
        let county = app.county().await;
        let clerk = app.staff("clerk", &county.village).await;
        let administrator = app.administrator().await;
        let held = administrator.get(county.village.path("/grants")).await.items();
        let grant = text(&held[0]["grantId"]);
        administrator.delete(format!("/grants/{grant}")).await.done();
        asks(&clerk).await;
        app.clock.advance(Duration::days(7));
        app.run_due_jobs().await;
        assert_eq!(closed(&app).await, 1);
        let kept = "SELECT COUNT(*) FROM accounts WHERE closed_at IS NOT NULL
                       AND (username IS NOT NULL OR password_hash IS NOT NULL)";
        assert_eq!(app.count(kept).await, 0);
    }

    async fn the_audit_still_holds_together(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("欧阳长青").await;
        served_order(&app, &practice, &resident).await;
        asks(&resident).await;
        app.clock.advance(Duration::days(7));
        app.run_due_jobs().await;
        let report = redvest::access::audit::verify(&app.db, app.clock.now(), None).await;
        assert!(report.expect("it can be verified").is_whole());
        let auditor = app.audit_administrator().await;
        let name = format!("/audit?subject={}&limit=100", resident.account_id());
        let rows = auditor.get(name).await.items();
        for fact in ["deletion.asked.v1", "account.closed.v1", "deletion.finished.v1"] {
            assert!(rows.iter().any(|row| row["name"] == fact), "{fact}");
        }
    }

    async fn what_is_under_way_stands_in_the_way_and_is_named(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王秀英").await;
        let order = resident.orders(&practice.repair).await;
        let number = text(&order.placed["number"]);
        let confirm = || json!({ "confirm": "注销账号" });
        let refused = resident.post("/me/deletion", confirm()).await.refused(Code::AccountInUse);
        assert!(text(&refused["title"]).contains(&number), "{refused}");
        let place = practice.member.takes_a_place(&order.dispatch(&resident).await).await;
        let promised = practice.member.post("/me/deletion", confirm()).await;
        assert!(text(&promised.refused(Code::AccountInUse)["title"]).contains(&number));
        let way = practice.member.get("/me/deletion").await.ok();
        assert_eq!(way["inTheWay"]["assignments"], json!([number]));
        practice.member.command(place.path("/drop-out")).await.ok();
        asks(&practice.member).await;
        let clerk = app.staff("clerk", &practice.county.village).await;
        let refused = clerk.post("/me/deletion", confirm()).await.refused(Code::AccountInUse);
        assert!(text(&refused["title"]).contains("role"));
        resident.command(order.path("/cancel")).await.ok();
        asks(&resident).await;
    }

    async fn it_can_be_taken_back_as_long_as_it_waits(app: TestApp) {
        let phone = app.next_phone();
        let resident = app.resident_with_phone("王秀英", &phone).await;
        resident.command("/me/deletion/withdraw").await.refused(Code::NotPossible);
        asks(&resident).await;
        app.clock.advance(Duration::days(6));
        let resident = app.resident_with_phone("王秀英", &phone).await;
        let back = resident.command("/me/deletion/withdraw").await.ok();
        assert_eq!(back["asked"], Value::Null);
        app.clock.advance(Duration::days(30));
        app.run_due_jobs().await;
        let resident = app.resident_with_phone("王秀英", &phone).await;
        assert_eq!(resident.get("/me").await.ok()["name"], "王秀英");
        asks(&resident).await;
    }

    async fn what_comes_up_meanwhile_holds_it_up(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王秀英").await;
        asks(&resident).await;
        app.clock.advance(Duration::days(6));
        let order = resident.orders(&practice.repair).await;
        app.clock.advance(Duration::days(1));
        app.run_due_jobs().await;
        let held_up = resident.get("/me/deletion").await.ok();
        assert_eq!(held_up["asked"]["heldUp"], true);
        assert_eq!(held_up["inTheWay"]["demands"], json!([order.placed["number"]]));
        app.clock.advance(Duration::days(1));
        app.run_due_jobs().await;
        let told = "SELECT COUNT(*) FROM journal WHERE name = 'deletion.held_up.v1'";
        assert_eq!(app.count(told).await, 1, "he is told once");
        resident.command(order.path("/cancel")).await.ok();
        app.clock.advance(Duration::days(1));
        app.run_due_jobs().await;
        assert_eq!(closed(&app).await, 1);
    }

    async fn what_fails_stands_in_nobodys_way_and_is_tried_again_ever_later(app: TestApp) {
        const DONE: &str = "SELECT COUNT(*) FROM deletions WHERE state = 'done' AND failures = 0";
        let practice = app.practice().await;
        // As many as one sweep takes, each with an order that will not open.
        for _ in 0..20 {
            let resident = app.resident("王秀英").await;
            let order = resident.orders(&practice.errand).await;
            resident.command(order.path("/cancel")).await.ok();
            asks(&resident).await;
        }
        app.execute("UPDATE demands SET place = 'x' || place").await;
        app.clock.advance(Duration::minutes(1));
        asks(&app.resident("李大爷").await).await;
        app.clock.advance(Duration::days(7));
        app.run_due_jobs().await;
        assert_eq!(app.count(DONE).await, 1, "he who came last has nothing to do with them");
        for (minutes, failed) in [(4, 1), (1, 2), (9, 2), (1, 3), (19, 3)] {
            app.clock.advance(Duration::minutes(minutes));
            app.run_due_jobs().await;
            let least = app.count("SELECT MIN(failures) FROM deletions WHERE state = 'erasing'").await;
            let most = app.count("SELECT MAX(failures) FROM deletions").await;
            assert_eq!((least, most), (failed, failed));
        }
        app.execute("UPDATE demands SET place = SUBSTR(place, 2)").await;
        app.clock.advance(Duration::minutes(1));
        app.run_due_jobs().await;
        assert_eq!(app.count(DONE).await, 21);
    }

    async fn what_has_failed_ever_so_often_is_tried_again_every_day(app: TestApp) {
        const FAILURES: &str = "SELECT failures FROM deletions";
        fails_once(&app, "王秀英").await;
        assert_eq!(app.count(FAILURES).await, 1);
        app.execute("UPDATE deletions SET failures = 12").await;
        let nearly_a_day = Duration::days(1) - Duration::minutes(1);
        for (wait, failures) in [
            (Duration::minutes(5), 13),
            (nearly_a_day, 13),
            (Duration::minutes(1), 14),
            (nearly_a_day, 14),
            (Duration::minutes(1), 15),
        ] {
            app.clock.advance(wait);
            app.run_due_jobs().await;
            assert_eq!(app.count(FAILURES).await, failures);
        }
    }

    async fn many_rows_are_put_out_piece_by_piece_and_a_restart_loses_nothing(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王秀英").await;
        let rule = json!({ "name": "ordering", "perPersonAndDay": 1000 });
        app.rule(&practice.county.center, rule).await;
        for _ in 0..120 {
            let order = resident.orders(&practice.errand).await;
            resident.command(order.path("/cancel")).await.ok();
        }
        app.run_due_jobs().await;
        asks(&resident).await;
        app.clock.advance(Duration::days(7));
        let other = app.another_instance().await;
        other.run_due_jobs().await;
        app.run_due_jobs().await;
        let left = "SELECT COUNT(*) FROM demands WHERE erased_at IS NULL";
        assert_eq!(app.count(left).await, 0);
        let of_him = "SELECT COUNT(*) FROM notices n JOIN accounts a ON a.account_id = n.account_id
                       WHERE a.closed_at IS NOT NULL";
        assert_eq!(app.count(of_him).await, 0);
        let done = "SELECT COUNT(*) FROM deletions WHERE state = 'done' AND finished_at IS NOT NULL";
        assert_eq!(app.count(done).await, 1);
    }
}
