//! Minors: a guardian agrees for a child under fourteen, and staff sees the name, the telephone and
//! the address of a minor only where somebody else, who answers for it, has approved that.

use chrono::Duration;
use redvest::problem::{Code, FieldCode};
use serde_json::{Value, json};

use super::{log_of, path, reveal};
use crate::support::TestApp;
use crate::support::client::{Client, both_at_once};
use crate::support::practice::{RECIPIENT_PHONE, instant, order, purpose, text};

const GUARDIAN_PHONE: &str = "13600009876";

/// An order for a minor, by somebody of his family.
fn order_for(age_band: &str) -> Value {
    let mut body = order();
    body["relation"] = json!("family");
    body["recipient"]["ageBand"] = json!(age_band);
    body
}

fn guardian() -> Value {
    json!({ "name": "周建国", "phone": GUARDIAN_PHONE, "relation": "parent", "consent": "signed_form" })
}

/// The same body without a member.
fn without(body: &Value, member: &str) -> Value {
    let mut body = body.clone();
    body.as_object_mut().unwrap().remove(member);
    body
}

on_both_engines! {
    async fn the_telephone_of_a_minor_is_shown_when_another_person_has_approved_it(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let mother = app.resident("王").await;
        let clerk = app.staff("clerk", &county.village).await;
        let order = mother.places(order_for("from_14_to_17")).await;
        assert_eq!(order.seen_by(&clerk).await["recipientAgeBand"], "from_14_to_17");
        let asked = reveal(&clerk, &order).await;
        assert_eq!((&asked["state"], &asked["contact"]), (&json!("awaiting_approval"), &Value::Null));
        assert_eq!(clerk.get(path(&asked, "")).await.ok(), asked);
        assert!(log_of(&mother).await.is_empty(), "nobody has looked yet");
        let administrator = app.staff("administrator", &county.town).await;
        for node in [&county.village, &county.town] {
            let waiting = administrator.get(format!("/reveals?within={}", node.id)).await.items();
            assert_eq!(waiting, std::slice::from_ref(&asked));
        }
        app.clock.advance(Duration::minutes(30));
        let approved = administrator.command(path(&asked, "/approve")).await.ok();
        assert_eq!((&approved["state"], &approved["contact"]), (&json!("visible"), &Value::Null));
        assert!(administrator.get(format!("/reveals?within={}", county.town.id)).await.items().is_empty());
        let seen = clerk.get(path(&asked, "")).await.ok();
        assert_eq!(seen["contact"]["phone"], RECIPIENT_PHONE);
        let log = log_of(&mother).await;
        assert_eq!((&log[0]["byName"], &log[0]["approvedByName"]), (&json!("clerk"), &json!("administrator")));
        let chapters = order.chapters(&mother).await;
        let told = ["reveal.requested.v1", "reveal.approved.v1", "demand.contact_revealed.v1"];
        assert!(chapters.ends_with(&told.map(str::to_owned)), "{chapters:?}");
        app.clock.advance(Duration::minutes(10));
        clerk.get(path(&asked, "")).await.refused(Code::RevealLapsed);
        // An approval is good once: it does not begin again.
        administrator.command(path(&asked, "/approve")).await.refused(Code::NotPossible);
        clerk.get(path(&asked, "")).await.refused(Code::RevealLapsed);
        assert_eq!(log_of(&mother).await.len(), 1);
    }

    async fn what_nobody_approves_in_time_has_lapsed(app: TestApp) {
        const WAITING: &str = "SELECT COUNT(DISTINCT reveal_id) FROM reveal_waits";
        let practice = app.practice().await;
        let county = &practice.county;
        let clerk = app.staff("clerk", &county.village).await;
        let order = app.resident("王").await.places(order_for("under_14")).await;
        let asked = reveal(&clerk, &order).await;
        assert_eq!(instant(&asked["approveBy"]), app.clock.now() + Duration::hours(24), "as usual");
        app.rule(&county.town, json!({ "name": "reveals", "minutes": 10, "approvalHours": 2 })).await;
        let asked = reveal(&clerk, &order).await;
        app.clock.advance(Duration::hours(2) - Duration::microseconds(1));
        let administrator = app.staff("administrator", &county.town).await;
        let waiting = format!("/reveals?within={}", county.village.id);
        assert_eq!(administrator.get(&waiting).await.items().len(), 2);
        app.clock.advance(Duration::microseconds(1));
        assert_eq!(administrator.get(&waiting).await.items().len(), 1, "with no job in between");
        administrator.command(path(&asked, "/approve")).await.refused(Code::NotPossible);
        let why = json!({ "reason": "不必了" });
        administrator.post(path(&asked, "/refuse"), why).await.refused(Code::NotPossible);
        assert_eq!(administrator.get(path(&asked, "")).await.ok()["state"], "lapsed");
        clerk.get(path(&asked, "")).await.refused(Code::RevealLapsed);
        assert_eq!(app.count(WAITING).await, 2);
        app.run_due_jobs().await;
        assert_eq!(app.count(WAITING).await, 1);
        // Who needs it after all asks again.
        let again = reveal(&clerk, &order).await;
        administrator.command(path(&again, "/approve")).await.ok();
    }

    async fn nobody_approves_what_he_asked_for_himself(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let order = app.resident("王").await.places(order_for("under_14")).await;
        let village = app.staff("administrator", &county.village).await;
        let asked = reveal(&village, &order).await;
        village.command(path(&asked, "/approve")).await.refused(Code::OwnRequest);
        let why = json!({ "reason": "不必了" });
        village.post(path(&asked, "/refuse"), why.clone()).await.refused(Code::OwnRequest);
        let clerk = app.staff("clerk", &county.village).await;
        let of_clerk = reveal(&clerk, &order).await;
        clerk.command(path(&of_clerk, "/approve")).await.refused(Code::Forbidden);
        for stranger in [
            &app.staff("clerk", &county.town).await,
            &app.staff("dispatcher", &county.center).await,
            &app.staff("administrator", &county.next_village).await,
            &app.staff("administrator", &county.another_county).await,
            &practice.member.client(),
        ] {
            stranger.command(path(&asked, "/approve")).await.refused(Code::NotFound);
            stranger.post(path(&asked, "/refuse"), why.clone()).await.refused(Code::NotFound);
            let list = stranger.get(format!("/reveals?within={}", county.village.id)).await;
            list.refused(Code::Forbidden);
        }
        assert_eq!(village.get(path(&asked, "")).await.ok()["contact"], Value::Null);
        app.staff("administrator", &county.center).await.command(path(&asked, "/approve")).await.ok();
        assert_eq!(village.get(path(&asked, "")).await.ok()["contact"]["phone"], RECIPIENT_PHONE);
    }

    /// A colleague has the role of whoever asked for a week, and would decide by the asker's right.
    async fn who_stands_in_for_whoever_asked_does_not_decide(app: TestApp) {
        let practice = app.practice().await;
        let village = &practice.county.village;
        let order = app.resident("王").await.places(order_for("under_14")).await;
        let absent = app.staff("administrator", village).await;
        let colleague = app.staff("clerk", village).await;
        let asked = reveal(&absent, &order).await;
        let held = absent.get(village.path("/grants?role=administrator")).await.items();
        let grant = text(&held[0]["grantId"]);
        let week = app.clock.now() + Duration::days(7);
        let leave = json!({
            "accountId": colleague.account_id(), "validUntil": week, "reason": "年休假",
        });
        absent.post(format!("/grants/{grant}/delegate"), leave).await.created();
        let why = json!({ "reason": "不必了" });
        colleague.command(path(&asked, "/approve")).await.refused(Code::Forbidden);
        colleague.post(path(&asked, "/refuse"), why).await.refused(Code::Forbidden);
        assert_eq!(absent.get(path(&asked, "")).await.ok()["contact"], Value::Null);
        // What somebody else asks for is the asker's to decide, and so his who stands in.
        let of_another = reveal(&app.staff("clerk", village).await, &order).await;
        colleague.command(path(&of_another, "/approve")).await.ok();
    }

    async fn what_was_refused_stays_refused(app: TestApp) {
        let practice = app.practice().await;
        let mother = app.resident("王").await;
        let clerk = app.staff("clerk", &practice.county.village).await;
        let administrator = app.staff("administrator", &practice.county.village).await;
        let order = mother.places(order_for("under_14")).await;
        let asked = reveal(&clerk, &order).await;
        administrator.post(path(&asked, "/refuse"), json!({})).await.refused_field("/reason", FieldCode::Missing);
        let why = json!({ "reason": "请联系点单的家长" });
        let refused = administrator.post(path(&asked, "/refuse"), why).await.ok();
        assert_eq!(refused["state"], "refused");
        let seen = clerk.get(path(&asked, "")).await.ok();
        assert_eq!((&seen["decisionReason"], &seen["contact"]), (&json!("请联系点单的家长"), &Value::Null));
        administrator.command(path(&asked, "/approve")).await.refused(Code::NotPossible);
        assert!(log_of(&mother).await.is_empty());
        assert!(!app.texts("reveals", "decision_reason").await.contains("家长"));
    }

    async fn of_two_who_decide_at_once_one_has_decided(app: TestApp) {
        let practice = app.practice().await;
        let mother = app.resident("王").await;
        let clerk = app.staff("clerk", &practice.county.village).await;
        let order = mother.places(order_for("under_14")).await;
        let asked = reveal(&clerk, &order).await;
        let one = app.staff("administrator", &practice.county.village).await;
        let other = app.staff("administrator", &practice.county.town).await;
        let approve = one.command(path(&asked, "/approve"));
        let refuse = other.post(path(&asked, "/refuse"), json!({ "reason": "不必了" }));
        let (approved, refused) = both_at_once(approve, refuse).await;
        assert_eq!([&approved, &refused].iter().filter(|reply| reply.status() == 200).count(), 1);
        let seen = clerk.get(path(&asked, "")).await.ok();
        assert_eq!(seen["contact"].is_null(), approved.status() != 200);
        assert_eq!(log_of(&mother).await.len(), usize::from(approved.status() == 200));
    }

    async fn a_grown_up_needs_no_approval_and_a_child_does_not_order_alone(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let clerk = app.staff("clerk", &practice.county.village).await;
        let grown_up = resident.places(order_for("adult")).await;
        assert_eq!(reveal(&clerk, &grown_up).await["state"], "visible");
        let mut alone = order_for("under_14");
        alone["relation"] = json!("oneself");
        let refused = resident.post("/demands", alone.clone()).await;
        refused.refused_field("/recipient/ageBand", FieldCode::GuardianNeeded);
        // Whoever calls is helped; staff asks for the guardian.
        alone["channel"] = json!("hotline");
        alone["organizationId"] = json!(practice.county.village.id);
        let called = clerk.places(alone).await;
        assert_eq!(reveal(&clerk, &called).await["state"], "awaiting_approval");
        let ages = app.texts("demands", "recipient_age").await;
        let lengths: Vec<usize> = ages.lines().map(str::len).filter(|length| *length > 0).collect();
        assert!(lengths.len() == 2 && lengths[0] == lengths[1], "{ages}");
        let is_sealed = |age: &str| age.is_empty() || age.starts_with("a1.");
        assert!(ages.lines().all(is_sealed), "{ages}");
    }

    async fn before_that_staff_sees_neither_his_name_nor_where_he_lives(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let mother = app.resident("王").await;
        let clerk = app.staff("clerk", &county.village).await;
        let of_minor = mother.places(order_for("from_14_to_17")).await;
        let of_adult = mother.places(order_for("adult")).await;
        let shown = |one: &Value| (one["recipientName"].clone(), one["address"].clone());
        let whole = (json!("王秀英"), json!("解放街道 1 号"));
        assert_eq!(shown(&of_minor.seen_by(&mother).await), whole);
        assert_eq!(shown(&of_adult.seen_by(&clerk).await), whole);
        let (masked, precise) = (of_minor.seen_by(&clerk).await, of_adult.seen_by(&clerk).await);
        assert_eq!(shown(&masked), (json!("王**"), Value::Null));
        assert_ne!(masked["place"], precise["place"]);
        let degrees = masked["place"]["latitude"].as_f64().unwrap() * 10.0;
        assert!((degrees - degrees.round()).abs() < 1e-6, "{masked}");
        let desk = clerk.get(county.village.path("/open-demands")).await.items();
        let names: Vec<&Value> = desk.iter().map(|one| &one["recipientName"]).collect();
        assert_eq!(names, ["王**", "王秀英"]);
    }

    async fn the_dispatch_of_a_minors_order_says_where_to_those_who_bring_the_help(app: TestApp) {
        let practice = app.practice().await;
        let mother = app.resident("王").await;
        let mut body = order_for("under_14");
        body["catalogItemId"] = json!(practice.repair.id);
        let order = mother.places(body).await;
        let dispatch = order.dispatch(&mother).await;
        let place = practice.member.takes_a_place(&dispatch).await;
        let destination = |seen: Value| seen["demand"]["destination"].clone();
        for staff in [
            &app.staff("clerk", &practice.county.village).await,
            &app.staff("administrator", &practice.county.center).await,
        ] {
            assert_eq!(destination(dispatch.seen_by(staff).await), Value::Null);
            assert_eq!(destination(place.seen_by(staff).await), Value::Null);
        }
        for coming in [&practice.member, &practice.leader] {
            let seen = destination(place.seen_by(coming).await);
            assert_eq!((&seen["recipientName"], &seen["recipientPhone"]), (&json!("王秀英"), &json!(RECIPIENT_PHONE)));
        }
        assert_eq!(destination(dispatch.seen_by(&mother).await)["recipientName"], "王秀英");
        // Several distances would tell where.
        let dispatcher = app.staff("dispatcher", &practice.county.center).await;
        let candidates = dispatcher.get(order.path("/candidates")).await.ok();
        let told = [dispatch.seen_by(&dispatcher).await, order.last("dispatch.offered.v1", &dispatcher).await["data"].clone()];
        let known = candidates["items"].as_array().unwrap().iter().chain(&told);
        assert!(known.clone().count() > 2 && known.clone().all(|one| one["distanceMeters"].is_null()));
        // Nor bands of distance, which are half a kilometer wide.
        assert!(known.clone().all(|one| one["band"].is_null() && one["grounds"]["band"].is_null()));
        let of_team = dispatch.seen_by(&practice.leader).await;
        assert!(of_team["distanceMeters"].is_number() && of_team["grounds"]["band"].is_number(), "{of_team}");
    }

    async fn whoever_is_known_to_be_a_minor_need_not_say_so(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let youth = app.resident("周").await;
        let registration = json!({
            "countyId": county.center.id, "name": "周小雨", "skills": [], "birthDate": "2010-04-05",
        });
        youth.post("/volunteers", registration).await.created();
        let clerk = app.staff("clerk", &county.village).await;
        let mut grown_up = order();
        grown_up["recipient"]["ageBand"] = json!("adult");
        for said in [order(), grown_up] {
            let own = youth.places(said).await;
            let seen = own.seen_by(&clerk).await;
            assert_eq!(seen["recipientAgeBand"], "from_14_to_17");
            assert_eq!((&seen["recipientName"], &seen["address"]), (&json!("王**"), &Value::Null));
            // Nor does what happened to it name him, who is known by another name.
            assert_eq!(own.last("demand.placed.v1", &clerk).await["actor"], "周**");
            assert_eq!(own.last("demand.placed.v1", &youth).await["actor"], "周");
            assert_eq!(reveal(&clerk, &own).await["state"], "awaiting_approval");
        }
        // Of whom he orders for, nothing is known by that.
        let mut for_neighbor = order();
        for_neighbor["relation"] = json!("neighbor");
        assert_eq!(reveal(&clerk, &youth.places(for_neighbor).await).await["state"], "visible");
    }

    async fn a_child_volunteers_with_a_guardian_who_reads_who_looked(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let child = app.resident_with_phone("周小雨", "13700004321").await;
        let mut body = json!({
            "countyId": county.center.id, "name": "周小雨", "skills": [], "birthDate": "2013-04-05",
        });
        child.post("/volunteers", body.clone()).await.refused_field("/guardian", FieldCode::StaffNeeded);
        body["guardian"] = guardian();
        // Nobody vouches for his own guardian: the clerk does, who has seen him agree.
        child.post("/volunteers", body.clone()).await.refused_field("/guardian", FieldCode::StaffNeeded);
        body["phone"] = json!("13700004321");
        let staff = app.staff("clerk", &county.center).await;
        let register = |body: &Value| staff.post("/volunteers", body.clone());
        register(&without(&body, "guardian")).await.refused_field("/guardian", FieldCode::GuardianNeeded);
        for (born, pointer, code) in [
            ("2012-03-02", "/guardian", FieldCode::NotHere),
            ("2026-03-03", "/birthDate", FieldCode::TooFarAhead),
        ] {
            body["birthDate"] = json!(born);
            register(&body).await.refused_field(pointer, code);
        }
        body["birthDate"] = json!("2012-03-03");
        let registered = register(&body).await.created();
        child.command(county.team.path("/join")).await.ok();
        let reveal = format!("/volunteers/{}/reveal-contact", text(&registered["volunteerId"]));
        let asked = practice.leader.post(&reveal, purpose()).await.ok();
        assert_eq!((&asked["state"], &asked["contact"]), (&json!("awaiting_approval"), &Value::Null));
        practice.leader.command(path(&asked, "/approve")).await.refused(Code::Forbidden);
        let administrator = app.staff("administrator", &county.village).await;
        administrator.command(path(&asked, "/approve")).await.ok();
        assert_eq!(practice.leader.get(path(&asked, "")).await.ok()["contact"]["phone"], "13700004321");
        let father = app.resident_with_phone("周建国", GUARDIAN_PHONE).await;
        assert!(log_of(&father).await.is_empty(), "he had no account yet");
        administrator.post(&reveal, purpose()).await.ok();
        let again = app.administrator().await.get(format!("/reveals?within={}", county.center.id)).await.items();
        app.administrator().await.command(path(&again[0], "/approve")).await.ok();
        assert_eq!(log_of(&father).await.len(), 1);
        assert_eq!(log_of(&child).await.len(), 2);
        let sealed = [app.texts("volunteer_ages", "birth_date").await, app.texts("volunteer_ages", "guardian").await];
        let sealed = sealed.concat();
        for plain in ["2012-03-03", GUARDIAN_PHONE, "周建国"] {
            assert!(!sealed.is_empty() && !sealed.contains(plain), "{sealed}");
        }
        // Grown to eighteen, he is seen like anybody else.
        app.clock.advance(Duration::days(5 * 366));
        let grown = practice.leader.post(&reveal, purpose()).await.ok();
        assert_eq!(grown["state"], "visible");
        assert_eq!(log_of(&child).await.len(), 3);
        assert_eq!(log_of(&father).await.len(), 1, "who is grown up answers for himself");
    }

    /// Nothing is known of his age but what the order says, so what he did is signed with his name.
    async fn who_says_that_he_is_a_minor_is_named_by_nothing_that_he_did(app: TestApp) {
        let practice = app.practice().await;
        let clerk = app.staff("clerk", &practice.county.village).await;
        let (youth, mother) = (app.resident("周").await, app.resident("王").await);
        let mut own = order_for("from_14_to_17");
        own["relation"] = json!("oneself");
        let own = youth.places(own).await;
        let of_mother = mother.places(order_for("from_14_to_17")).await;
        for (order, reader, name) in
            [(&own, &clerk, "周**"), (&own, &youth, "周"), (&of_mother, &clerk, "王")]
        {
            assert_eq!(order.last("demand.placed.v1", reader).await["actor"], name);
            assert_eq!(order.seen_by(reader).await["timeline"][0]["actor"], name);
        }
    }

    async fn what_is_known_of_somebody_is_of_him_alone_and_makes_nobody_older(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let registers = async |client: &Client, born: &str| {
            let body = json!({
                "countyId": county.center.id, "name": "周小雨", "skills": [], "birthDate": born,
            });
            client.post("/volunteers", body).await.created();
        };
        let clerk = app.staff("clerk", &county.village).await;
        let pupil = app.staff("clerk", &county.village).await;
        registers(&pupil, "2010-04-05").await;
        // Whoever calls is not who takes it down.
        let mut by_telephone = order();
        by_telephone["channel"] = json!("hotline");
        let called = pupil.places(by_telephone).await.seen_by(&clerk).await;
        assert_eq!((&called["recipientAgeBand"], &called["recipientName"]), (&Value::Null, &json!("王秀英")));
        let grown_up = app.resident("周").await;
        registers(&grown_up, "1988-02-13").await;
        let mut as_he_says = order_for("from_14_to_17");
        as_he_says["relation"] = json!("oneself");
        let own = grown_up.places(as_he_says).await.seen_by(&clerk).await;
        assert_eq!((&own["recipientAgeBand"], &own["recipientName"]), (&json!("from_14_to_17"), &json!("王**")));
    }

    async fn who_is_known_to_be_a_minor_later_on_is_revealed_with_approval(app: TestApp) {
        let practice = app.practice().await;
        let clerk = app.staff("clerk", &practice.county.village).await;
        let youth = app.resident("周").await;
        let own = youth.places(order()).await;
        assert_eq!(reveal(&clerk, &own).await["state"], "visible");
        let registration = json!({
            "countyId": practice.county.center.id, "name": "周小雨", "skills": [], "birthDate": "2010-04-05",
        });
        youth.post("/volunteers", registration).await.created();
        assert_eq!(reveal(&clerk, &own).await["state"], "awaiting_approval");
    }

    async fn a_child_who_is_known_does_not_order_alone_by_saying_nothing(app: TestApp) {
        let practice = app.practice().await;
        let center = &practice.county.center;
        let phone = app.next_phone();
        let registration = json!({
            "countyId": center.id, "name": "周小雨", "skills": [], "birthDate": "2013-04-05",
            "phone": phone, "guardian": guardian(),
        });
        app.staff("clerk", center).await.post("/volunteers", registration).await.created();
        let child = app.resident_with_phone("周小雨", &phone).await;
        let mut grown_up = order();
        grown_up["recipient"]["ageBand"] = json!("adult");
        for said in [order(), grown_up] {
            let refused = child.post("/demands", said).await;
            refused.refused_field("/recipient/ageBand", FieldCode::GuardianNeeded);
        }
        let mut for_neighbor = order();
        for_neighbor["relation"] = json!("neighbor");
        child.places(for_neighbor).await;
    }
}
