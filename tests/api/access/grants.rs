//! Staff and their roles: given at a node, for it and everything below, from a time and until one.

use chrono::{Duration, SecondsFormat};
use redvest::problem::{Code, FieldCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::TestApp;
use crate::support::app::{STAFF_PASSWORD, changed};
use crate::support::client::{Call, Client};
use crate::support::county::Organization;

fn new_staff(organization: &Organization, role: &str) -> Value {
    json!({
        "name": "陈", "username": "chen", "password": STAFF_PASSWORD,
        "organizationId": organization.id, "role": role,
    })
}

fn give(giver: &Client, role: &str, to: &Client, at: &Organization) -> Call {
    giver.post(at.path("/grants"), json!({ "accountId": to.account_id(), "role": role }))
}

/// The instant so far from now, as it stands in a body.
fn instant(app: &TestApp, from_now: Duration) -> Value {
    json!((app.clock.now() + from_now).to_rfc3339_opts(SecondsFormat::Secs, true))
}

async fn roles(client: &Client) -> usize {
    client.get("/me").await.ok()["grants"].as_array().map_or(0, Vec::len)
}

on_both_engines! {
    async fn a_new_staff_member_signs_in_with_his_role(app: TestApp) {
        let county = app.county().await;
        let created = app.administrator().await.post("/staff", new_staff(&county.town, "clerk"));
        let created = created.await.created();
        let chen = app.sign_in_by_password("chen", STAFF_PASSWORD).await;
        let me = chen.get("/me").await.ok();
        assert_eq!(me["accountId"], created["accountId"]);
        assert_eq!(me["name"], "陈");
        let grants = json!([{
            "organizationId": county.town.id, "organizationName": "昆阳镇",
            "role": "clerk", "delegatedBy": null,
        }]);
        assert_eq!(me["grants"], grants);
    }

    async fn a_user_name_is_taken_once(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        administrator.post("/staff", new_staff(&county.town, "clerk")).await.created();
        let again = changed(&new_staff(&county.village, "viewer"), "username", "CHEN");
        administrator.post("/staff", again).await.refused(Code::AlreadyExists);
    }

    async fn an_easy_password_is_refused(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let with = |password: &str| {
            let body = changed(&new_staff(&county.town, "clerk"), "password", password);
            administrator.post("/staff", body)
        };
        with("short").await.refused_field("/password", FieldCode::TooShort);
        with(&"长".repeat(129)).await.refused_field("/password", FieldCode::TooLong);
        for easy in [
            "aaaaaaaaaaaa", "1234567890", "qwertyuiop", "password123", "P@ssw0rd2024",
            // Whose it is, and where he works.
            "mr.chen.chen", "昆阳镇昆阳镇昆阳镇1", "chenchen2024",
            // What people here like.
            "woaini5201314", "hongmajia123", "zhiyuanzhe2024", "红马甲红马甲红马甲1",
        ] {
            with(easy).await.refused_field("/password", FieldCode::TooWeak);
        }
        for strong in ["一只旧灯笼挂在渡口边", "brass kettle, wet umbrella", "v9$Kq2!tLm0z"] {
            let username = format!("chen{}", strong.len());
            let body = changed(&new_staff(&county.town, "clerk"), "password", strong);
            let created = administrator.post("/staff", changed(&body, "username", username)).await;
            created.created();
        }
    }

    async fn nobody_works_where_nothing_is(app: TestApp) {
        let nowhere = Organization { id: app.clock.new_id::<Uuid>().to_string() };
        let administrator = app.administrator().await;
        let created = administrator.post("/staff", new_staff(&nowhere, "clerk")).await;
        created.refused(Code::NotFound);
        let resident = app.resident("王").await;
        give(&administrator, "clerk", &resident, &nowhere).await.refused(Code::NotFound);
        administrator.get(nowhere.path("/grants")).await.refused(Code::NotFound);
    }

    async fn an_administrator_opens_accounts_at_home_and_below(app: TestApp) {
        let county = app.county().await;
        let administrator = app.staff("administrator", &county.town).await;
        let open = |organization: &Organization, username: &str| {
            let body = changed(&new_staff(organization, "clerk"), "username", username);
            administrator.post("/staff", body)
        };
        open(&county.town, "own").await.created();
        open(&county.village, "below").await.created();
        open(&county.center, "above").await.refused(Code::Forbidden);
        open(&county.other_town, "beside").await.refused(Code::Forbidden);
        open(&county.another_county, "elsewhere").await.refused(Code::Forbidden);
    }

    async fn only_an_administrator_opens_accounts(app: TestApp) {
        let county = app.county().await;
        for role in ["viewer", "clerk", "dispatcher"] {
            let colleague = app.staff(role, &county.town).await;
            let opened = colleague.post("/staff", new_staff(&county.town, "viewer")).await;
            opened.refused(Code::Forbidden);
        }
        let resident = app.resident("王").await;
        let opened = resident.post("/staff", new_staff(&county.town, "viewer")).await;
        opened.refused(Code::NotFound);
        // Nobody gives us work to do who may not ask for it: the password is not looked at.
        let easy = changed(&new_staff(&county.town, "viewer"), "password", "password123");
        resident.post("/staff", easy).await.refused(Code::NotFound);
    }

    async fn a_role_is_given_and_listed(app: TestApp) {
        let county = app.county().await;
        let administrator = app.staff("administrator", &county.town).await;
        let resident = app.resident("王").await;
        let given = give(&administrator, "dispatcher", &resident, &county.village).await.created();
        assert_eq!(given["name"], "王");
        assert_eq!(given["validUntil"], Value::Null);
        assert_eq!(roles(&resident).await, 1);
        let listed = administrator.get(county.village.path("/grants")).await.items();
        assert_eq!(listed, [given]);
    }

    async fn a_role_is_given_at_home_and_below_only(app: TestApp) {
        let county = app.county().await;
        let administrator = app.staff("administrator", &county.town).await;
        let resident = app.resident("王").await;
        give(&administrator, "viewer", &resident, &county.town).await.created();
        for elsewhere in [&county.center, &county.other_town, &county.another_county] {
            give(&administrator, "viewer", &resident, elsewhere).await.refused(Code::Forbidden);
            administrator.get(elsewhere.path("/grants")).await.refused(Code::Forbidden);
        }
        let another = app.resident("李").await;
        give(&another, "viewer", &another, &county.town).await.refused(Code::NotFound);
        another.get(county.town.path("/grants")).await.refused(Code::NotFound);
    }

    async fn a_role_needs_somebody_to_hold_it(app: TestApp) {
        let county = app.county().await;
        let nobody = json!({ "accountId": app.clock.new_id::<Uuid>(), "role": "clerk" });
        let given = app.administrator().await.post(county.town.path("/grants"), nobody).await;
        given.refused_field("/accountId", FieldCode::NoSuchThing);
    }

    async fn a_role_begins_and_ends_when_it_should(app: TestApp) {
        let county = app.county().await;
        let resident = app.resident("王").await;
        let body = json!({
            "accountId": resident.account_id(),
            "role": "clerk",
            "validFrom": instant(&app, Duration::days(1)),
            "validUntil": instant(&app, Duration::days(2)),
        });
        app.administrator().await.post(county.town.path("/grants"), body).await.created();
        assert_eq!(roles(&resident).await, 0, "not yet");
        app.clock.advance(Duration::days(1));
        assert_eq!(roles(&resident).await, 1, "from this instant");
        app.clock.advance(Duration::days(1) - Duration::seconds(1));
        assert_eq!(roles(&resident).await, 1, "to the last");
        app.clock.advance(Duration::seconds(1));
        assert_eq!(roles(&resident).await, 0, "no longer");
    }

    async fn a_role_ends_after_it_begins(app: TestApp) {
        let county = app.county().await;
        let resident = app.resident("王").await;
        let (from, until) = (instant(&app, Duration::days(2)), instant(&app, Duration::days(1)));
        let body = json!({
            "accountId": resident.account_id(), "role": "clerk", "validFrom": from, "validUntil": until,
        });
        let given = app.administrator().await.post(county.town.path("/grants"), body).await;
        given.refused_field("/validUntil", FieldCode::Reversed);
    }

    async fn no_role_begins_in_the_past(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let resident = app.resident("王").await;
        let give_from = |from: Value| {
            let body = json!({
                "accountId": resident.account_id(), "role": "clerk", "validFrom": from,
            });
            administrator.post(county.town.path("/grants"), body)
        };
        for past in [json!("1969-07-20T20:17:40Z"), instant(&app, -Duration::hours(1))] {
            give_from(past).await.refused_field("/validFrom", FieldCode::InThePast);
        }
        assert_eq!(roles(&resident).await, 0);
        let now_on_a_clock_that_is_slow = instant(&app, -Duration::seconds(30));
        give_from(now_on_a_clock_that_is_slow).await.created();
        assert_eq!(roles(&resident).await, 1);
        assert_eq!(administrator.get(county.town.path("/grants")).await.items().len(), 1);
    }

    async fn a_role_taken_away_is_gone_at_once(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let colleague = app.staff("viewer", &county.village).await;
        let second = give(&administrator, "administrator", &colleague, &county.village).await;
        let grant = format!("/grants/{}", second.created()["grantId"].as_str().expect("an id"));
        give(&colleague, "viewer", &administrator, &county.village).await.created();
        administrator.delete(&grant).await.done();
        let refused = give(&colleague, "viewer", &administrator, &county.village).await;
        refused.refused(Code::Forbidden);
        administrator.delete(&grant).await.refused(Code::NotFound);
    }

    async fn a_role_is_taken_away_by_an_administrator_of_its_node(app: TestApp) {
        let county = app.county().await;
        let resident = app.resident("王").await;
        let administrator = app.administrator().await;
        let given = give(&administrator, "clerk", &resident, &county.village).await.created();
        let grant = format!("/grants/{}", given["grantId"].as_str().expect("an id"));

        resident.delete(&grant).await.refused(Code::Forbidden);
        app.resident("李").await.delete(&grant).await.refused(Code::NotFound);
        app.staff("viewer", &county.town).await.delete(&grant).await.refused(Code::Forbidden);
        let beside = app.staff("administrator", &county.other_town).await;
        beside.delete(&grant).await.refused(Code::NotFound);
        app.staff("administrator", &county.town).await.delete(&grant).await.done();
    }

    async fn a_page_of_roles_goes_on_where_the_last_one_ended(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        for name in ["一", "二", "三", "四", "五"] {
            let resident = app.resident(name).await;
            give(&administrator, "viewer", &resident, &county.town).await.created();
        }
        let mut seen = Vec::new();
        let mut page = administrator.get(county.town.path("/grants?limit=2")).await.ok();
        while let Some(next) = page["next"].as_str() {
            let path = county.town.path(&format!("/grants?limit=2&cursor={next}"));
            seen.extend(page["items"].as_array().cloned().unwrap_or_default());
            page = administrator.get(path).await.ok();
        }
        seen.extend(page["items"].as_array().cloned().unwrap_or_default());
        let names: Vec<&str> = seen.iter().filter_map(|grant| grant["name"].as_str()).collect();
        assert_eq!(names, ["一", "二", "三", "四", "五"]);
    }
}
