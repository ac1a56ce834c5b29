//! Real names: verified by a source outside, counted, kept as a result; a number is one
//! account's, and shown by its last four digits.

use chrono::Duration;
use redvest::app::Settings;
use redvest::platform::outside::Patience;
use redvest::problem::{Code, FieldCode};
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::app::{ADMINISTRATOR, ADMINISTRATOR_PASSWORD, STAFF_PASSWORD};
use crate::support::client::{Call, Client, at_once};
use crate::support::outside::{Act, Outside, REAL_NAME, impatience, real_names_at};
use crate::support::practice::{order, purpose, text};

/// The number of a grown-up: the example of the standard.
const NUMBER: &str = "11010519491231002X";
/// Another grown-up's.
const ANOTHER: &str = "33032619880213002X";
/// That of somebody who is sixteen.
const OF_SIXTEEN: &str = "33032620090506001X";
/// That of a child.
const OF_A_CHILD: &str = "330326201304050013";
/// That of somebody who is not born yet.
const OF_NOBODY: &str = "33032620270101001X";

/// Another instance, whose source of real names is this.
async fn with_source(app: &TestApp, outside: &Outside, patience: Patience) -> TestApp {
    let real_name = Some(real_names_at(outside.base(), patience));
    app.another_instance_with(Settings { real_name, ..Settings::default() }).await
}

/// One of a thousand grown-ups of one village, born on one day.
fn some_number(sequence: u32) -> String {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let digits = format!("33032619880213{sequence:03}");
    let weighed =
        digits.chars().zip(WEIGHTS).map(|(digit, weight)| digit.to_digit(10).unwrap() * weight);
    let check = b"10X98765432"[weighed.sum::<u32>() as usize % 11];
    format!("{digits}{}", char::from(check))
}

/// Shows a name that is not this number's, so often.
async fn fails(client: &Client, number: &str, times: usize) {
    for _ in 0..times {
        assert_eq!(prove(client, "不符", number).await.ok()["state"], "not_matched");
    }
}

/// Shows a name and a number.
fn prove(client: &Client, name: &str, number: &str) -> Call {
    client.post("/me/real-name", json!({ "name": name, "idNumber": number }))
}

on_both_engines! {
    async fn a_name_is_proven_once_and_the_number_shown_by_its_last_four(app: TestApp) {
        let outside = Outside::answering();
        let app = with_source(&app, &outside, Patience::default()).await;
        let own = app.resident("王").await;
        let nothing = own.get("/me/real-name").await.ok();
        assert_eq!((&nothing["state"], &nothing["idNumber"]), (&json!("not_asked"), &Value::Null));
        let proven = prove(&own, "王秀英", "11010519491231002x").await.ok();
        let expected = json!({
            "state": "matched", "idNumber": "**************002X", "ageBand": "adult",
            "source": "公安核验", "askedAt": proven["askedAt"],
        });
        assert_eq!(proven, expected);
        assert_eq!(own.get("/me/real-name").await.ok(), proven);
        assert_eq!(outside.heard(REAL_NAME), [json!({ "name": "王秀英", "idNumber": NUMBER })]);
        prove(&own, "王秀英", ANOTHER).await.refused(Code::NotPossible);
        assert_eq!(outside.heard(REAL_NAME).len(), 1, "each answer is paid for");
        let kept = [
            app.texts("real_names", "id_number").await,
            app.texts("real_names", "id_index").await,
            app.texts("access_counts", "subject").await,
        ];
        assert!(!kept[0].is_empty() && !kept.concat().contains(NUMBER), "{kept:?}");
    }

    async fn a_number_is_one_accounts_and_whose_is_not_told(app: TestApp) {
        let outside = Outside::answering();
        let app = with_source(&app, &outside, Patience::default()).await;
        let (first, second) = (app.resident("王").await, app.resident("林").await);
        prove(&first, "王秀英", NUMBER).await.ok();
        // A wrong name learns nothing, not even that the number is known.
        let wrong = prove(&second, "不符", NUMBER).await.ok();
        assert_eq!((&wrong["state"], &wrong["idNumber"]), (&json!("not_matched"), &Value::Null));
        let taken = prove(&second, "王秀英", NUMBER).await;
        for told in [first.account_id(), "王".to_owned(), NUMBER.to_owned()] {
            assert!(!taken.to_string().contains(&told), "{taken}");
        }
        taken.refused(Code::IdNumberTaken);
        assert_eq!(second.get("/me/real-name").await.ok()["state"], "not_matched");
        assert_eq!(prove(&second, "林", ANOTHER).await.ok()["state"], "matched");
    }

    async fn of_two_who_show_a_number_at_once_one_has_it(app: TestApp) {
        let outside = Outside::answering();
        let app = with_source(&app, &outside, Patience::default()).await;
        let (first, second) = (app.resident("王").await, app.resident("林").await);
        let both = [&first, &second].map(|client| prove(client, "王秀英", NUMBER));
        let replies = at_once(both).await;
        assert_eq!(replies.iter().filter(|reply| reply.status() == 200).count(), 1);
        assert_eq!(replies.iter().filter(|reply| reply.status() == 409).count(), 1);
    }

    async fn a_repeated_request_asks_nobody_again(app: TestApp) {
        let outside = Outside::answering();
        let app = with_source(&app, &outside, Patience::default()).await;
        let own = app.resident("王").await;
        let proven = prove(&own, "王秀英", NUMBER).key("once").await.ok();
        assert_eq!(prove(&own, "王秀英", NUMBER).key("once").await.ok(), proven);
        assert_eq!(outside.heard(REAL_NAME).len(), 1);
    }

    async fn an_account_tries_five_times_a_day(app: TestApp) {
        let outside = Outside::answering();
        let app = with_source(&app, &outside, Patience::default()).await;
        let own = app.resident("王").await;
        fails(&own, NUMBER, 5).await;
        prove(&own, "王秀英", ANOTHER).await.refused(Code::TooManyRequests);
        assert_eq!(outside.heard(REAL_NAME).len(), 5);
        app.clock.advance(Duration::hours(24));
        prove(&own, "王秀英", NUMBER).await.ok();
    }

    async fn nobody_uses_up_the_tries_of_another_persons_number(app: TestApp) {
        let outside = Outside::answering();
        let app = with_source(&app, &outside, Patience::default()).await;
        for name in ["甲", "乙"] {
            let stranger = app.resident(name).await;
            fails(&stranger, NUMBER, if name == "甲" { 5 } else { 1 }).await;
        }
        let own = app.resident("王").await;
        assert_eq!(prove(&own, "王秀英", NUMBER).await.ok()["state"], "matched");
    }

    async fn of_many_who_guess_at_one_number_each_has_one_guess(app: TestApp) {
        let outside = Outside::answering();
        let app = with_source(&app, &outside, Patience::default()).await;
        fails(&app.resident("甲").await, NUMBER, 5).await;
        for name in ["乙", "丙", "丁"] {
            let stranger = app.resident(name).await;
            fails(&stranger, NUMBER, 1).await;
            let again = prove(&stranger, "不符", NUMBER).await;
            assert_eq!(again.header("Retry-After"), Some("86400"));
            again.refused(Code::TooManyRequests);
            // His own number is another matter.
            assert_eq!(prove(&stranger, name, ANOTHER).await.status(), if name == "乙" { 200 } else { 409 });
        }
        assert_eq!(outside.heard(REAL_NAME).len(), 11);
    }

    async fn who_guesses_from_one_address_with_many_accounts_waits(app: TestApp) {
        let outside = Outside::answering();
        let app = with_source(&app, &outside, Patience::default()).await;
        let from = |client: &Client, number: &str| prove(client, "不符", number).from("203.0.113.7");
        for account in 0..6 {
            let stranger = app.resident("甲").await;
            for number in 0..5 {
                from(&stranger, &some_number(account * 5 + number)).await.ok();
            }
        }
        let own = app.resident("王").await;
        from(&own, NUMBER).await.refused(Code::TooManyTries);
        // Nor does it keep a colleague behind that address from signing in.
        let body = json!({ "username": ADMINISTRATOR, "password": ADMINISTRATOR_PASSWORD });
        app.anonymous().post("/sign-in/password", body).from("203.0.113.7").await.ok();
        // Elsewhere nobody waits for that, and here not for long.
        assert_eq!(prove(&app.resident("林").await, "林", ANOTHER).await.ok()["state"], "matched");
        app.clock.advance(Duration::minutes(1));
        from(&own, NUMBER).await.ok();
        let wait = from(&own, NUMBER).await;
        assert_eq!(wait.header("Retry-After"), Some("120"));
        wait.refused(Code::TooManyTries);
        assert_eq!(prove(&own, "王秀英", NUMBER).await.ok()["state"], "matched");
    }

    async fn who_is_right_keeps_nobody_behind_the_same_address_waiting(app: TestApp) {
        let outside = Outside::answering();
        let app = with_source(&app, &outside, Patience::default()).await;
        for person in 0..31 {
            let own = app.resident("王").await;
            let proven = prove(&own, "王秀英", &some_number(person)).from("203.0.113.7");
            assert_eq!(proven.await.ok()["state"], "matched");
        }
    }

    async fn what_is_no_answer_is_a_fault_and_costs_no_try(app: TestApp) {
        let outside = Outside::answering();
        let acts = [
            Act::Page,
            Act::Status(500),
            Act::Status(400),
            Act::Redirect,
            Act::TooMuch,
            Act::Says(json!({ "matched": "yes" })),
            Act::Says(json!([])),
        ];
        let own = app.resident("王").await;
        let token = own.tokens().0;
        for act in acts {
            let app = with_source(&app, &outside, Patience::default()).await;
            outside.next(REAL_NAME, act);
            let refused = prove(&app.with_token(token.clone()), "王秀英", NUMBER).await;
            assert_eq!(refused.header("Retry-After"), Some("5"));
            refused.refused(Code::RealNameUnavailable);
        }
        let hasty = with_source(&app, &outside, impatience()).await;
        outside.next(REAL_NAME, Act::Silence);
        let late = prove(&hasty.with_token(token.clone()), "王秀英", NUMBER).await;
        late.refused(Code::RealNameUnavailable);
        assert_eq!(own.get("/me/real-name").await.ok()["state"], "not_asked");
        // What else it says is not kept.
        let app = with_source(&app, &outside, Patience::default()).await;
        outside.next(REAL_NAME, Act::Says(json!({ "matched": true, "address": "西门巷 97 号" })));
        let proven = prove(&app.with_token(token), "王秀英", NUMBER).await.ok();
        assert!(proven["state"] == "matched" && !proven.to_string().contains("西门巷"), "{proven}");
    }

    async fn without_a_source_it_is_said_so(app: TestApp) {
        let own = app.resident("王").await;
        prove(&own, "王秀英", NUMBER).await.refused(Code::RealNameNotSetUp);
        assert_eq!(own.get("/me/real-name").await.ok()["state"], "not_asked");
        app.anonymous().get("/me/real-name").await.refused(Code::Unauthenticated);
        prove(&app.anonymous(), "王秀英", NUMBER).await.refused(Code::Unauthenticated);
    }

    async fn what_is_no_number_of_ones_own_is_refused_before_anybody_is_asked(app: TestApp) {
        let outside = Outside::answering();
        let app = with_source(&app, &outside, Patience::default()).await;
        let own = app.resident("王").await;
        for (number, code) in [
            ("110105194912310021", FieldCode::NotAnIdNumber),
            ("110105491231002", FieldCode::OldIdNumber),
            (OF_NOBODY, FieldCode::NotAnIdNumber),
            (OF_A_CHILD, FieldCode::GuardianNeeded),
        ] {
            let refused = prove(&own, "王秀英", number).await;
            assert!(!refused.to_string().contains(number), "{refused}");
            refused.refused_field("/idNumber", code);
        }
        assert!(outside.heard(REAL_NAME).is_empty());
    }

    async fn a_proven_minor_is_a_minor_whatever_he_said(app: TestApp) {
        let outside = Outside::answering();
        let app = with_source(&app, &outside, Patience::default()).await;
        let practice = app.practice().await;
        assert_eq!(prove(&practice.member, "陈师傅", OF_SIXTEEN).await.ok()["ageBand"], "from_14_to_17");
        let path = practice.member.path("/reveal-contact");
        let asked = practice.leader.post(path, purpose()).await.ok();
        assert_eq!(text(&asked["state"]), "awaiting_approval");
        let staff = app.staff("administrator", &practice.county.center).await;
        assert_eq!(staff.get(practice.member.path("")).await.ok()["name"], "陈**");
    }

    async fn of_two_birthdays_the_later_counts(app: TestApp) {
        let outside = Outside::answering();
        let app = with_source(&app, &outside, Patience::default()).await;
        let county = app.county().await;
        let staff = app.staff("administrator", &county.center).await;
        for (said, proven) in [("1988-02-13", OF_SIXTEEN), ("2010-04-05", NUMBER)] {
            let client = app.resident("周小雨").await;
            let body = json!({
                "countyId": county.center.id, "name": "周小雨", "skills": [], "birthDate": said,
            });
            let volunteer = client.registers(body).await;
            prove(&volunteer, "周小雨", proven).await.ok();
            assert_eq!(staff.get(volunteer.path("")).await.ok()["name"], "周**", "{said}");
            let own = volunteer.places(order()).await.seen_by(&staff).await;
            let known = (&own["recipientAgeBand"], &own["recipientName"]);
            assert_eq!(known, (&json!("from_14_to_17"), &json!("王**")), "{said}");
        }
    }

    async fn who_is_refused_anyway_is_asked_of_nobody(app: TestApp) {
        let outside = Outside::answering();
        let app = with_source(&app, &outside, Patience::default()).await;
        let county = app.county().await;
        let body = json!({
            "name": "陈", "username": "chen", "password": STAFF_PASSWORD,
            "organizationId": county.town.id, "role": "clerk",
        });
        app.administrator().await.post("/staff", body).await.created();
        let chen = app.sign_in_by_password("chen", STAFF_PASSWORD).await;
        prove(&chen, "陈", NUMBER).await.refused(Code::PasswordChangeNeeded);
        assert!(outside.heard(REAL_NAME).is_empty(), "each answer is paid for");
    }
}
