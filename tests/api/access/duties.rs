//! Three who administer, and may be kept apart: the system, its security, its audit (GB/T 22239).

use redvest::app::Settings;
use redvest::problem::{Code, FieldCode};
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::app::STAFF_PASSWORD;
use crate::support::client::{Call, Client};
use crate::support::county::Organization;
use crate::support::partner::{SCOPES, new_partner};
use crate::support::practice::text;

fn with_second_factor() -> Value {
    json!({ "value": { "name": "sign_in", "secondFactor": true } })
}

fn ordering() -> Value {
    json!({ "value": { "name": "ordering", "perPersonAndDay": 5 } })
}

fn gives(giver: &Client, role: &str, account: &str, at: &Organization) -> Call {
    giver.post(at.path("/grants"), json!({ "accountId": account, "role": role }))
}

/// The same person, who asks an instance where duties are kept apart.
struct Apart(TestApp);

impl Apart {
    async fn of(app: &TestApp) -> Self {
        let settings = Settings { duties_apart: true, ..Settings::default() };
        Self(app.another_instance_with(settings).await)
    }

    fn asked_by(&self, client: &Client) -> Client {
        self.0.with_token(client.tokens().0)
    }
}

on_both_engines! {
    async fn a_security_administrator_gives_roles_and_sees_no_orders(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let order = app.resident("王").await.orders(&practice.repair).await;
        let security = app.staff("security_administrator", &county.center).await;
        let colleague = app.staff("viewer", &county.town).await;
        let given = gives(&security, "clerk", &colleague.account_id(), &county.town).await.created();
        let listed = security.get(county.town.path("/grants")).await.items();
        assert!(listed.iter().any(|grant| grant["grantId"] == given["grantId"]));
        security.delete(format!("/grants/{}", text(&given["grantId"]))).await.done();
        security.get(county.center.path("/unused-grants?days=90")).await.ok();
        let partner = security.post(county.town.path("/partners"), new_partner(&SCOPES)).await.created();
        security.get(format!("/partners/{}", text(&partner["partnerId"]))).await.ok();
        security.post(county.town.path("/rules"), with_second_factor()).await.created();
        security.post(county.town.path("/rules"), ordering()).await.refused(Code::Forbidden);
        security.get(order.path("")).await.refused(Code::NotFound);
        security.get(format!("/demands?within={}", county.center.id)).await.refused(Code::Forbidden);
        // Elsewhere, and for the whole installation, somebody else looks after it.
        let elsewhere = &county.another_county;
        gives(&security, "clerk", &colleague.account_id(), elsewhere).await.refused(Code::Forbidden);
        security.get("/signing-keys").await.refused(Code::Forbidden);
        app.security_administrator().await.command("/signing-keys/rotate").await.ok();
    }

    async fn where_duties_are_not_kept_apart_an_administrator_does_both(app: TestApp) {
        let county = app.county().await;
        let administrator = app.staff("administrator", &county.center).await;
        let colleague = app.staff("viewer", &county.town).await;
        gives(&administrator, "clerk", &colleague.account_id(), &county.town).await.created();
        administrator.post(county.town.path("/rules"), with_second_factor()).await.created();
        administrator.post(county.town.path("/rules"), ordering()).await.created();
    }

    async fn kept_apart_an_administrator_keeps_the_system_and_gives_no_roles(app: TestApp) {
        let county = app.county().await;
        let administrator = app.staff("administrator", &county.center).await;
        let colleague = app.staff("viewer", &county.town).await;
        let account = colleague.account_id();
        let partner = app.partner(&county.town, &SCOPES).await;
        let earlier = gives(&administrator, "clerk", &account, &county.town).await.created();
        let apart = Apart::of(&app).await;
        let platform = app.administrator().await;
        for keeper in [apart.asked_by(&administrator), apart.asked_by(&platform)] {
            keeper.post(county.town.path("/rules"), ordering()).await.created();
            keeper.post(county.town.path("/rules"), with_second_factor()).await.refused(Code::Forbidden);
            gives(&keeper, "dispatcher", &account, &county.town).await.refused(Code::Forbidden);
            keeper.delete(format!("/grants/{}", text(&earlier["grantId"]))).await.refused(Code::Forbidden);
            keeper.get(county.center.path("/unused-grants?days=90")).await.refused(Code::Forbidden);
            keeper.get(format!("/partners/{}", partner.id)).await.refused(Code::Forbidden);
            let registered = keeper.post(county.town.path("/partners"), new_partner(&SCOPES));
            registered.await.refused(Code::Forbidden);
            keeper.command(partner.path("/suspend")).await.refused(Code::Forbidden);
            let keys = keeper.put(partner.path("/keys"), json!({ "keys": [] }), "*");
            keys.await.refused(Code::Forbidden);
            keeper.get("/signing-keys").await.refused(Code::Forbidden);
            keeper.command("/signing-keys/rotate").await.refused(Code::Forbidden);
            let staff = json!({ "name": "陈", "username": "chen", "password": STAFF_PASSWORD,
                "organizationId": county.town.id, "role": "security_administrator" });
            keeper.post("/staff", staff).await.refused(Code::Forbidden);
        }
        let security = apart.asked_by(&app.security_administrator().await);
        gives(&security, "dispatcher", &account, &county.town).await.created();
        security.post(county.town.path("/rules"), ordering()).await.refused(Code::Forbidden);
        security.command("/signing-keys/rotate").await.ok();
    }

    async fn whoever_looks_after_security_is_nothing_else(app: TestApp) {
        let county = app.county().await;
        let platform = app.administrator().await;
        let security = app.staff("security_administrator", &county.town).await.account_id();
        let clerk = app.staff("clerk", &county.town).await.account_id();
        for (role, account) in [("clerk", &security), ("security_administrator", &clerk)] {
            let given = gives(&platform, role, account, &county.town).await;
            given.refused_field("/accountId", FieldCode::OtherDuty);
        }
        gives(&platform, "security_administrator", &security, &county.village).await.created();
        // Nor does a colleague stand in who does something else.
        let held = platform.get(county.town.path("/grants")).await.items();
        let held = held.iter().find(|grant| grant["accountId"] == security.as_str()).unwrap();
        let leave = json!({ "accountId": clerk, "reason": "休假",
            "validUntil": app.clock.now() + chrono::Duration::days(7) });
        let path = format!("/grants/{}/delegate", text(&held["grantId"]));
        platform.post(path, leave).await.refused_field("/accountId", FieldCode::OtherDuty);
    }

    async fn kept_apart_a_role_of_the_whole_installation_is_taken_by_security_alone(app: TestApp) {
        let platform = app.administrator().await;
        let security = app.security_administrator().await;
        app.run_due_jobs().await;
        let auditor = app.audit_administrator().await;
        let created = auditor.get("/audit?name=staff.created.v1&limit=100").await.items();
        let held = |holder: &Client| {
            let his = created.iter().find(|row| row["data"]["accountId"] == holder.account_id());
            format!("/grants/{}", text(&his.expect("it was written down")["subjectId"]))
        };
        let apart = Apart::of(&app).await;
        let keeper = apart.asked_by(&platform);
        keeper.delete(held(&platform)).await.refused(Code::Forbidden);
        keeper.delete(held(&security)).await.refused(Code::NotFound);
        apart.asked_by(&security).delete(held(&platform)).await.done();
    }

    /// Who may not say how staff signs in does not say it by moving staff elsewhere.
    async fn kept_apart_no_branch_is_moved_away_from_the_second_factor(app: TestApp) {
        let county = app.county().await;
        let administrator = app.staff("administrator", &county.center).await;
        app.rule(&county.town, json!({ "name": "sign_in", "secondFactor": true })).await;
        let keeper = Apart::of(&app).await.asked_by(&administrator);
        let moves = |client: &Client, branch: &Organization, parent: &Organization| {
            client.post(branch.path("/move"), json!({ "parentId": parent.id }))
        };
        moves(&keeper, &county.village, &county.other_town).await.refused(Code::Forbidden);
        moves(&keeper, &county.team, &county.next_village).await.ok();
        moves(&keeper, &county.other_village, &county.town).await.ok();
        moves(&administrator, &county.village, &county.other_town).await.ok();
    }

    async fn what_is_over_stands_in_the_way_of_no_duty_and_what_is_to_come_does(app: TestApp) {
        let county = app.county().await;
        let platform = app.administrator().await;
        let day = |days: i64| app.clock.now() + chrono::Duration::days(days);
        let clerk_in = |account: &str, from: i64, until: i64| {
            let body = json!({ "accountId": account, "role": "clerk",
                "validFrom": day(from), "validUntil": day(until) });
            platform.post(county.town.path("/grants"), body)
        };
        let secures = |account: &str| gives(&platform, "security_administrator", account, &county.town);
        let [lapsed, dismissed, coming] =
            [app.resident("张").await, app.resident("李").await, app.resident("王").await]
                .map(|one| one.account_id());
        clerk_in(&lapsed, 0, 1).await.created();
        let taken = clerk_in(&dismissed, 0, 9).await.created();
        platform.delete(format!("/grants/{}", text(&taken["grantId"]))).await.done();
        clerk_in(&coming, 5, 9).await.created();
        secures(&dismissed).await.created();
        for account in [&lapsed, &coming] {
            secures(account).await.refused_field("/accountId", FieldCode::OtherDuty);
        }
        app.clock.advance(chrono::Duration::days(1));
        secures(&lapsed).await.created();
        secures(&coming).await.refused_field("/accountId", FieldCode::OtherDuty);
    }
}
