//! Who is told what on the way of an order.

use chrono::Duration;
use serde_json::{Value, json};

use super::{kinds, notices, told};
use crate::support::TestApp;
use crate::support::practice::{RECIPIENT_PHONE, order, order_of, text};

/// Nothing of this is for everybody who is told.
const ADDRESS: &str = "解放街道";

on_both_engines! {
    async fn a_resident_is_told_who_comes_that_he_has_come_and_that_it_is_over(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let ordered = resident.orders(&practice.repair).await;
        app.run_due_jobs().await;
        assert_eq!(kinds(&resident, &ordered).await, [""; 0], "it was he who did all of it");

        let dispatch = ordered.dispatch(&resident).await;
        let place = practice.member.takes_a_place(&dispatch).await;
        app.run_due_jobs().await;
        practice.member.checks_in(&place).await;
        app.run_due_jobs().await;
        app.clock.advance(Duration::hours(1));
        practice.member.checks_out(&place).await;
        app.run_due_jobs().await;
        let all = told(&resident, &ordered).await;
        assert_eq!(
            kinds(&resident, &ordered).await,
            ["demand_accepted", "volunteer_on_site", "demand_served"]
        );
        let number = text(&ordered.placed["number"]);
        let accepted = format!("点单 {number} 已接单，承接单位：解放社区水电队。");
        assert_eq!((text(&all[0]["title"]), text(&all[0]["text"])), ("点单已接单".into(), accepted));
        assert_eq!(all[0]["dispatchId"], dispatch.id.as_str());
        assert_eq!(all[1]["assignmentId"], place.id.as_str());
        let until = &ordered.seen_by(&resident).await["clocks"]["evaluateBy"];
        assert_eq!(&all[2]["dueAt"], until, "until when he may judge");

        resident.judges(&ordered, true, 5).await;
        app.run_due_jobs().await;
        assert_eq!(kinds(&resident, &ordered).await.len(), 3, "he closed it himself");
        assert_eq!(
            kinds(&practice.leader, &ordered).await,
            ["offer_received", "place_taken", "demand_evaluated"]
        );
        assert_eq!(kinds(&practice.member, &ordered).await, ["demand_evaluated"]);
    }

    async fn everybody_reads_in_his_own_language(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let ordered = resident.orders(&practice.repair).await;
        let place = practice.member.takes_a_place(&ordered.dispatch(&resident).await).await;
        practice.member.checks_in(&place).await;
        app.run_due_jobs().await;
        let number = text(&ordered.placed["number"]);
        let read = resident.get("/me/notices?kind=volunteer_on_site").in_english().await.items();
        assert_eq!(read[0]["title"], "A volunteer has arrived");
        let text = format!("陈师傅 has arrived and begins with order {number}.");
        assert_eq!(read[0]["text"], text.as_str());
    }

    async fn who_asks_for_help_is_told_by_the_clerk_who_took_it_down(app: TestApp) {
        let practice = app.practice().await;
        let clerk = app.staff("clerk", &practice.county.village).await;
        let mut body = order_of(&practice.errand);
        body["channel"] = json!("hotline");
        body["relation"] = json!("staff");
        let ordered = clerk.places(body).await;
        app.serve(&practice.member, &ordered.dispatch(&clerk).await, 60).await;
        app.run_due_jobs().await;
        assert_eq!(
            kinds(&clerk, &ordered).await,
            ["demand_accepted", "volunteer_on_site", "demand_served"]
        );
    }

    async fn an_order_for_persons_is_told_to_the_desk_where_it_lies(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let (clerk, viewer) =
            (app.staff("clerk", &county.village).await, app.staff("viewer", &county.village).await);
        let security = app.staff("security_administrator", &county.village).await;
        let above = app.staff("dispatcher", &county.town).await;
        let resident = app.resident("王").await;
        let ordered = resident.places(order()).await;
        app.run_due_jobs().await;
        assert_eq!(kinds(&clerk, &ordered).await, ["demand_placed"]);
        assert_eq!(kinds(&viewer, &ordered).await, [""; 0], "he can do nothing about it");
        assert_eq!(kinds(&security, &ordered).await, [""; 0], "it is none of his business");
        assert_eq!(kinds(&above, &ordered).await, [""; 0], "it is not his turn");

        clerk.post(ordered.path("/refuse"), json!({ "reason": "不在服务范围" })).await.ok();
        app.run_due_jobs().await;
        let refused = told(&resident, &ordered).await;
        assert_eq!(refused[0]["kind"], "demand_refused");
        assert!(text(&refused[0]["text"]).ends_with("原因：不在服务范围。"), "{refused:?}");
        assert_eq!(kinds(&clerk, &ordered).await, ["demand_placed"], "he did it himself");
    }

    async fn what_nobody_answers_is_told_to_the_level_above(app: TestApp) {
        let practice = app.practice().await;
        let town = app.staff("dispatcher", &practice.county.town).await;
        let resident = app.resident("王").await;
        let ordered = resident.places(order()).await;
        app.clock.advance(Duration::hours(14));
        app.run_due_jobs().await;
        let escalated = told(&town, &ordered).await;
        assert_eq!(escalated.len(), 1, "{escalated:?}");
        assert_eq!(escalated[0]["kind"], "demand_escalated");
        assert!(text(&escalated[0]["text"]).contains("昆阳镇"), "{escalated:?}");
        assert_eq!(kinds(&resident, &ordered).await, [""; 0]);
    }

    async fn an_offer_that_lapses_and_an_order_that_nobody_takes(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let ordered = resident.orders(&practice.repair).await;
        let turn = text(&ordered.seen_by(&resident).await["responsibleId"]);
        assert_eq!(turn, practice.county.village.id);
        let county = app.staff("dispatcher", &practice.county.center).await;
        app.clock.advance(Duration::minutes(5));
        app.run_due_jobs().await;
        assert_eq!(
            kinds(&practice.leader, &ordered).await,
            ["offer_received", "offer_lapsed"]
        );
        assert_eq!(kinds(&resident, &ordered).await, ["demand_unfilled"]);
        assert_eq!(kinds(&county, &ordered).await, ["demand_escalated", "demand_unfilled"]);
        // It is tried again and again; that is no news.
        app.clock.advance(Duration::hours(3));
        app.run_due_jobs().await;
        assert_eq!(kinds(&resident, &ordered).await, ["demand_unfilled"]);
    }

    async fn who_drops_out_is_missed_by_the_leader_the_desk_and_the_resident(app: TestApp) {
        let practice = app.practice().await;
        let desk = app.staff("dispatcher", &practice.county.village).await;
        let resident = app.resident("王").await;
        let ordered = resident.orders(&practice.repair).await;
        let place = practice.member.takes_a_place(&ordered.dispatch(&resident).await).await;
        let reason = json!({ "reason": "家中有急事" });
        practice.member.post(place.path("/drop-out"), reason).await.ok();
        app.run_due_jobs().await;
        for one in [&practice.leader.client(), &desk] {
            let freed = told(one, &ordered).await.pop().unwrap();
            assert_eq!(freed["kind"], "place_freed");
            let words = text(&freed["text"]);
            assert!(words.contains("陈师傅") && words.contains("家中有急事"), "{words}");
        }
        assert_eq!(kinds(&resident, &ordered).await, ["demand_accepted", "acceptance_lost"]);
        assert_eq!(kinds(&practice.member, &ordered).await, [""; 0]);
    }

    async fn what_is_given_back_is_told_to_whoever_counted_on_it(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let ordered = resident.orders(&practice.repair).await;
        let dispatch = ordered.dispatch(&resident).await;
        practice.member.takes_a_place(&dispatch).await;
        let reason = json!({ "reason": "人手不够" });
        practice.leader.post(dispatch.path("/decline"), reason.clone()).await.ok();
        app.run_due_jobs().await;
        let heard = kinds(&resident, &ordered).await;
        assert_eq!(heard, ["demand_accepted", "acceptance_lost", "demand_unfilled"]);
        assert_eq!(kinds(&practice.member, &ordered).await, ["place_released"]);

        let another = resident.orders(&practice.errand).await;
        let offered = another.dispatch(&resident).await;
        practice.leader.post(offered.path("/decline"), reason).await.ok();
        app.run_due_jobs().await;
        assert_eq!(kinds(&resident, &another).await, ["demand_unfilled"], "nobody had promised");
    }

    async fn an_invitation_that_nobody_answers_is_told_to_both_sides(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let mut body = order_of(&practice.repair);
        body["people"] = json!(2);
        let ordered = resident.places(body).await;
        let dispatch = ordered.dispatch(&resident).await;
        practice.leader.command(dispatch.path("/accept")).await.ok();
        let asked = practice.leader.names(&practice.member, &dispatch).await;
        app.clock.advance(Duration::minutes(5));
        app.run_due_jobs().await;
        let invited = told(&practice.member, &ordered).await;
        assert_eq!(invited[1]["kind"], "nomination_lapsed");
        assert_eq!(invited[1]["assignmentId"], asked.id.as_str());
        let heard = told(&practice.leader, &ordered).await.pop().unwrap();
        assert_eq!(heard["kind"], "place_unanswered");
        assert!(text(&heard["text"]).contains("陈师傅"), "{heard}");
        let chapter = ordered.last("assignment.lapsed.v1", &resident).await;
        assert_eq!(chapter["actor"], "系统");
    }

    async fn an_order_taken_back_sends_everybody_home(app: TestApp) {
        let practice = app.practice().await;
        let team = &practice.county.team;
        let resident = app.resident("王").await;
        let mut body = order_of(&practice.repair);
        body["people"] = json!(3);
        let ordered = resident.places(body).await;
        let dispatch = ordered.dispatch(&resident).await;
        let named = app.member(team, "甲").await;
        practice.member.takes_a_place(&dispatch).await;
        let asked = practice.leader.names(&named, &dispatch).await;
        app.run_due_jobs().await;
        let invited = told(&named, &ordered).await;
        assert_eq!(invited[0]["kind"], "place_offered");
        assert_eq!(invited[0]["assignmentId"], asked.id.as_str());

        let town = app.staff("dispatcher", &practice.county.town).await;
        town.post(ordered.path("/cancel"), json!({ "reason": "重复点单" })).await.ok();
        app.run_due_jobs().await;
        assert_eq!(
            kinds(&practice.leader, &ordered).await,
            ["offer_received", "place_taken", "offer_withdrawn"]
        );
        assert_eq!(kinds(&practice.member, &ordered).await, ["place_released"]);
        assert_eq!(kinds(&named, &ordered).await, ["place_offered", "place_released"]);
        assert_eq!(kinds(&resident, &ordered).await, ["demand_accepted", "demand_cancelled"]);
    }

    async fn a_pause_is_told_to_everybody_on_the_way(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let ordered = resident.orders(&practice.repair).await;
        practice.member.takes_a_place(&ordered.dispatch(&resident).await).await;
        let town = app.staff("dispatcher", &practice.county.town).await;
        town.post(ordered.path("/pause"), json!({ "reason": "老人住院" })).await.ok();
        app.run_due_jobs().await;
        town.command(ordered.path("/resume")).await.ok();
        app.run_due_jobs().await;
        for one in [&resident, &practice.leader.client(), &practice.member.client()] {
            let heard = kinds(one, &ordered).await;
            assert!(heard.ends_with(&["demand_paused".into(), "demand_resumed".into()]), "{heard:?}");
            let all = told(one, &ordered).await;
            let paused = all.iter().find(|notice| notice["kind"] == "demand_paused").unwrap();
            assert!(!text(&paused["text"]).contains("住院"), "not theirs to know: {paused}");
            assert!(paused["dispatchId"].is_string(), "{paused}");
        }
    }

    async fn a_transfer_is_told_to_whoever_ordered_and_whoever_was_coming(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let ordered = resident.orders(&practice.repair).await;
        practice.member.takes_a_place(&ordered.dispatch(&resident).await).await;
        let town = app.staff("clerk", &practice.county.town).await;
        let body = json!({ "to": "hotline_12345", "note": "已转市政" });
        town.post(ordered.path("/transfer"), body).await.ok();
        app.run_due_jobs().await;
        let last = told(&resident, &ordered).await.pop().unwrap();
        assert_eq!(last["kind"], "demand_transferred");
        assert_eq!(kinds(&practice.member, &ordered).await, ["place_released"]);
    }

    async fn midnight_is_told_to_whoever_forgot_it_and_to_whoever_was_left_alone(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let ordered = resident.orders(&practice.repair).await;
        let place = practice.member.takes_a_place(&ordered.dispatch(&resident).await).await;
        practice.member.checks_in(&place).await;
        app.clock.advance(Duration::hours(15));
        app.run_due_jobs().await;
        assert_eq!(kinds(&practice.member, &ordered).await, ["service_not_recorded"]);
        let heard = kinds(&resident, &ordered).await;
        assert_eq!(heard[..3], ["demand_accepted", "volunteer_on_site", "acceptance_lost"]);
    }

    async fn when_one_was_sent_home_and_the_other_never_came_everybody_is_told_once(app: TestApp) {
        let practice = app.practice().await;
        let (other, resident) =
            (app.member(&practice.county.team, "孙师傅").await, app.resident("王").await);
        let mut body = order_of(&practice.repair);
        body["people"] = json!(2);
        let ordered = resident.places(body).await;
        let dispatch = ordered.dispatch(&resident).await;
        let place = practice.member.takes_a_place(&dispatch).await;
        other.takes_a_place(&dispatch).await;
        practice.member.checks_in(&place).await;
        app.clock.advance(Duration::hours(15));
        app.run_due_jobs().await;
        assert_eq!(kinds(&practice.member, &ordered).await, ["service_not_recorded"]);
        assert_eq!(kinds(&other, &ordered).await, ["place_released"]);
        let heard = kinds(&resident, &ordered).await;
        assert_eq!(heard[..3], ["demand_accepted", "volunteer_on_site", "acceptance_lost"]);
    }

    async fn when_one_was_sent_home_and_the_other_drops_out_the_resident_is_told(app: TestApp) {
        let practice = app.practice().await;
        let rule = json!({
            "name": "clocks", "respond": { "minutes": 10 }, "handle": { "workingDays": 3 },
        });
        app.rule(&practice.county.center, rule).await;
        let (other, resident) =
            (app.member(&practice.county.team, "孙师傅").await, app.resident("王").await);
        let mut body = order_of(&practice.repair);
        body["people"] = json!(2);
        let ordered = resident.places(body).await;
        let dispatch = ordered.dispatch(&resident).await;
        let place = practice.member.takes_a_place(&dispatch).await;
        let late = other.takes_a_place(&dispatch).await;
        practice.member.checks_in(&place).await;
        app.clock.advance(Duration::hours(15));
        app.run_due_jobs().await;
        assert_eq!(ordered.state(&resident).await, "in_service", "the other one may still come");
        other.post(late.path("/drop-out"), json!({})).await.ok();
        app.run_due_jobs().await;
        assert_eq!(kinds(&other, &ordered).await, [""; 0], "he knows");
        let heard = kinds(&resident, &ordered).await;
        assert_eq!(heard[..3], ["demand_accepted", "volunteer_on_site", "acceptance_lost"]);
    }

    async fn what_was_not_solved_is_told_to_the_team_and_the_desk(app: TestApp) {
        let practice = app.practice().await;
        let desk = app.staff("clerk", &practice.county.village).await;
        let resident = app.resident("王").await;
        let ordered = resident.orders(&practice.repair).await;
        app.serve(&practice.member, &ordered.dispatch(&resident).await, 60).await;
        app.run_due_jobs().await;
        resident.judges(&ordered, false, 2).await;
        app.run_due_jobs().await;
        let leader = kinds(&practice.leader, &ordered).await;
        assert!(leader.contains(&"demand_evaluated".to_owned()), "{leader:?}");
        assert_eq!(kinds(&practice.member, &ordered).await, ["demand_evaluated"]);
        assert_eq!(kinds(&desk, &ordered).await, ["demand_reopened"]);
    }

    async fn silence_closes_and_that_is_told(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let ordered = resident.orders(&practice.repair).await;
        app.serve(&practice.member, &ordered.dispatch(&resident).await, 60).await;
        app.clock.advance(Duration::days(30));
        app.run_due_jobs().await;
        assert_eq!(kinds(&resident, &ordered).await.last().unwrap(), "demand_closed");
    }

    async fn what_a_leader_enters_is_told_to_the_volunteer(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let ordered = resident.orders(&practice.repair).await;
        let place = practice.member.takes_a_place(&ordered.dispatch(&resident).await).await;
        let from = app.clock.now();
        app.clock.advance(Duration::hours(2));
        let served = json!({ "from": from, "until": from + Duration::hours(1) });
        let body = json!({ "reason": "手机没电", "served": served });
        practice.leader.post(place.path("/enter-presence"), body).await.ok();
        app.run_due_jobs().await;
        assert_eq!(kinds(&practice.member, &ordered).await, ["service_recorded"]);
        assert_eq!(kinds(&resident, &ordered).await, ["demand_accepted", "demand_served"]);
    }

    async fn people_are_told_what_becomes_of_their_rights(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let person = app.resident("张").await;
        app.grant("clerk", &county.village, &person).await;
        let path = format!("{}/suspend", practice.member.path(""));
        app.administrator().await.command(path).await.ok();
        app.run_due_jobs().await;
        let given = notices(&person).await;
        assert_eq!(given[0]["kind"], "role_given");
        assert!(text(&given[0]["text"]).contains("解放社区"), "{given:?}");
        assert_eq!(given[0]["demandId"], Value::Null);
        assert_eq!(notices(&practice.member).await.pop().unwrap()["kind"], "volunteer_suspended");
        assert_eq!(
            notices(&practice.leader).await.iter().map(|one| text(&one["kind"])).collect::<Vec<_>>(),
            ["membership_set", "team_joined"]
        );
    }

    async fn no_notice_says_where_help_goes_or_whom_to_call(app: TestApp) {
        let practice = app.practice().await;
        let desk = app.staff("clerk", &practice.county.village).await;
        let resident = app.resident("王").await;
        let ordered = resident.orders(&practice.repair).await;
        resident.places(order()).await;
        let place = practice.member.takes_a_place(&ordered.dispatch(&resident).await).await;
        practice.member.post(place.path("/drop-out"), json!({})).await.ok();
        app.clock.advance(Duration::days(2));
        app.run_due_jobs().await;
        for one in [&resident, &desk, &practice.leader.client(), &practice.member.client()] {
            let all = Value::from(notices(one).await).to_string();
            assert!(!all.contains(RECIPIENT_PHONE) && !all.contains(ADDRESS), "{all}");
        }
    }
}
