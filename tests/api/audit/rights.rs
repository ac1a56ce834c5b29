//! Whoever reads the audit does nothing else, and nobody whom it is about decides who that is.

use redvest::problem::{Code, FieldCode};
use serde_json::json;

use crate::support::TestApp;
use crate::support::app::STAFF_PASSWORD;
use crate::support::partner::SCOPES;

on_both_engines! {
    async fn nobody_else_reads_the_audit(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let mut others = vec![
            app.resident("王").await,
            practice.leader.client(),
            practice.member.client(),
            app.administrator().await,
        ];
        for role in ["viewer", "clerk", "dispatcher", "administrator"] {
            others.push(app.staff(role, &county.center).await);
        }
        for other in others {
            other.get("/audit").await.refused(Code::Forbidden);
        }
        let partner = app.partner(&county.center, &SCOPES).await.client().await;
        partner.get("/audit").await.refused(Code::ScopeMissing);
        app.anonymous().get("/audit").await.refused(Code::Unauthenticated);
        app.audit_administrator().await.get("/audit").await.ok();
    }

    async fn who_reads_the_audit_sees_and_does_nothing_else(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let order = app.resident("王").await.orders(&practice.repair).await;
        let auditor = app.audit_administrator().await;
        let me = auditor.get("/me").await.ok();
        assert_eq!(me["grants"][0]["role"], "audit_administrator");
        for path in [
            format!("/demands?within={}", county.center),
            format!("/volunteers?within={}", county.center),
            county.center.path("/grants"),
            county.center.path("/partners"),
        ] {
            auditor.get(path).await.refused(Code::Forbidden);
        }
        auditor.get(order.path("")).await.refused(Code::NotFound);
        auditor.command(county.town.path("/suspend")).await.refused(Code::Forbidden);
        let given = json!({ "accountId": auditor.account_id(), "role": "viewer" });
        auditor.post(county.town.path("/grants"), given).await.refused(Code::Forbidden);
    }

    async fn nobody_gives_the_audit_to_anybody(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let auditor = app.audit_administrator().await;
        let resident = app.resident("王").await;
        for giver in [&administrator, &auditor] {
            for holder in [&resident, giver] {
                let body = json!({ "accountId": holder.account_id(), "role": "audit_administrator" });
                giver.post(county.center.path("/grants"), body).await.refused(Code::Forbidden);
            }
        }
        let body = json!({
            "name": "新人", "username": "new.auditor", "password": STAFF_PASSWORD,
            "organizationId": county.center.id, "role": "audit_administrator",
        });
        administrator.post("/staff", body).await.refused(Code::Forbidden);
    }

    async fn who_reads_the_audit_is_given_no_other_role(app: TestApp) {
        let county = app.county().await;
        let auditor = app.audit_administrator().await;
        let body = json!({ "accountId": auditor.account_id(), "role": "viewer" });
        let given = app.administrator().await.post(county.town.path("/grants"), body).await;
        given.refused_field("/accountId", FieldCode::NoSuchThing);
    }

    async fn nobody_takes_the_audit_from_who_reads_it(app: TestApp) {
        let auditor = app.audit_administrator().await;
        let other = app.audit_administrator().await;
        app.run_due_jobs().await;
        let made = auditor.get("/audit?name=staff.created.v1").await.items();
        let own = made.iter().find(|row| row["data"]["accountId"] == auditor.account_id());
        let grant = format!("/grants/{}", own.unwrap()["subjectId"].as_str().unwrap());
        app.administrator().await.delete(&grant).await.refused(Code::NotFound);
        // Another of them may, and he himself: then nobody reads through that account any more.
        auditor.get("/audit").await.ok();
        auditor.delete(&grant).await.done();
        auditor.get("/audit").await.refused(Code::Forbidden);
        other.get("/audit").await.ok();
    }
}
