//! Every command, refusal, sign-in and token has a row that says who, what, on what and from where.

use redvest::problem::{Code, FieldCode};
use serde_json::{Value, json};

use super::{latest, named};
use crate::support::TestApp;
use crate::support::app::{ADMINISTRATOR, PHONE_CODE, changed};
use crate::support::county::as_it_is;
use crate::support::partner::SCOPES;
use crate::support::practice::text;

const HERE: &str = "203.0.113.7";

on_both_engines! {
    async fn a_command_says_who_did_what_on_what_and_from_where(app: TestApp) {
        let county = app.county().await;
        let auditor = app.audit_administrator().await;
        let administrator = app.administrator().await;
        let suspend = administrator.command(county.team.path("/suspend")).from(HERE);
        let reply = suspend.header("X-Request-Id", "story-0001").await;
        reply.ok();
        let row = latest(&app, &auditor, "organization.suspended.v1").await;
        let session = administrator.get("/me/sessions").await.items();
        assert_eq!(row["actorId"], administrator.account_id());
        assert_eq!(row["actor"], ADMINISTRATOR);
        assert_eq!(row["subjectId"], county.team.id);
        assert_eq!(row["requestId"], "story-0001");
        assert_eq!(row["address"], HERE);
        assert_eq!(row["sessionId"], session[0]["sessionId"]);
        assert_eq!(row["partnerId"], Value::Null);
        let changed = json!({ "before": "active", "after": "suspended" });
        assert_eq!(row["data"]["changed"]["status"], changed, "{row}");
    }

    async fn what_the_system_does_by_itself_comes_from_nowhere(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let order = resident.orders(&practice.repair).await;
        let auditor = app.audit_administrator().await;
        app.clock.advance(chrono::Duration::days(1));
        let lapsed = latest(&app, &auditor, "dispatch.lapsed.v1").await;
        assert_eq!(lapsed["demandId"], order.id);
        for nobody in ["actorId", "requestId", "address", "sessionId"] {
            assert_eq!(lapsed[nobody], Value::Null, "{lapsed}");
        }
    }

    async fn a_setting_stands_there_before_and_after(app: TestApp) {
        let county = app.county().await;
        let auditor = app.audit_administrator().await;
        let administrator = app.administrator().await;
        let read = administrator.get(county.town.path("")).await;
        let mut body = as_it_is(&read.clone().ok());
        body["name"] = json!("昆阳街道");
        body["phone"] = json!("0577-63700001");
        administrator.put(county.town.path(""), body, read.etag()).await.ok();
        let row = latest(&app, &auditor, "organization.replaced.v1").await;
        let renamed = json!({ "before": "昆阳镇", "after": "昆阳街道" });
        assert_eq!(row["data"]["changed"]["name"], renamed);
        assert!(!row.to_string().contains("63700001"), "a telephone may be somebody's: {row}");

        for minutes in [15, 30] {
            let value = json!({ "name": "hours", "stepMinutes": minutes, "maximumMinutes": 480 });
            app.rule(&county.town, value).await;
        }
        let row = latest(&app, &auditor, "rule.set.v1").await;
        assert_eq!(row["data"]["before"]["stepMinutes"], 15);
        assert_eq!(row["data"]["value"]["stepMinutes"], 30);

        let partner = app.partner(&county.town, &SCOPES).await;
        partner.is("/suspend").await;
        let row = latest(&app, &auditor, "partner.suspended.v1").await;
        let suspended = json!({ "status": { "before": "active", "after": "suspended" } });
        assert_eq!(row["data"]["changed"], suspended);
    }

    async fn a_role_says_to_whom_where_and_until_when(app: TestApp) {
        let county = app.county().await;
        let auditor = app.audit_administrator().await;
        let resident = app.resident("王").await;
        let body = json!({ "accountId": resident.account_id(), "role": "clerk" });
        let given = app.administrator().await.post(county.town.path("/grants"), body).await;
        app.administrator().await.delete(given.location()).await.done();
        let expected = json!({
            "accountId": resident.account_id(), "organizationId": county.town.id,
            "role": "clerk", "validUntil": null,
        });
        for name in ["grant.given.v1", "grant.revoked.v1"] {
            let row = latest(&app, &auditor, name).await;
            assert_eq!(row["subjectId"], given.json()["grantId"]);
            for (member, value) in expected.as_object().unwrap() {
                assert_eq!(row["data"][member], *value, "{row}");
            }
        }
        // The first administrator is one too, made at the machine.
        let made = named(&app, &auditor, "staff.created.v1").await;
        let first = made.iter().find(|row| row["data"]["role"] == "administrator").unwrap();
        assert_eq!(first["actor"], "命令行");
    }

    async fn a_refusal_is_a_row_though_everything_else_is_undone(app: TestApp) {
        let county = app.county().await;
        let auditor = app.audit_administrator().await;
        let resident = app.resident("王").await;
        let before = app.count("SELECT COUNT(*) FROM organizations").await;
        resident.command(county.town.path("/suspend")).from(HERE).key("a").await.refused(Code::Forbidden);
        let row = latest(&app, &auditor, "request.refused.v1").await;
        assert_eq!(row["actorId"], resident.account_id());
        assert_eq!(row["subjectId"], county.town.id);
        assert_eq!(row["address"], HERE);
        assert_eq!(row["data"], json!({
            "code": "forbidden", "action": "organization.change_status", "method": "POST",
            "route": "/api/v1/organizations/{organization_id}/suspend",
        }));
        resident.get(county.town.path("/grants")).await.refused(Code::NotFound);
        let row = latest(&app, &auditor, "request.refused.v1").await;
        assert_eq!((&row["data"]["code"], &row["data"]["action"]), (&json!("not_found"), &json!("grant.list")));
        assert_eq!(app.count("SELECT COUNT(*) FROM organizations").await, before);
    }

    /// Whoever guesses learns nothing by the time it takes: both write the same.
    async fn what_is_not_there_and_what_one_may_not_know_leave_the_same_row(app: TestApp) {
        let practice = app.practice().await;
        let auditor = app.audit_administrator().await;
        let order = app.resident("王").await.orders(&practice.repair).await;
        let neighbor = app.resident("李").await;
        neighbor.get(order.path("")).await.refused(Code::NotFound);
        let made_up = format!("/demands/{}", app.clock.new_id::<uuid::Uuid>());
        neighbor.get(made_up).await.refused(Code::NotFound);
        let rows = named(&app, &auditor, "request.refused.v1").await;
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0]["data"], rows[1]["data"]);
    }

    async fn strangers_write_nothing(app: TestApp) {
        let county = app.county().await;
        let rows = "SELECT COUNT(*) FROM journal";
        let before = app.count(rows).await;
        for stranger in [app.anonymous(), app.with_token("made.up.token")] {
            stranger.get(county.town.path("/grants")).await.refused(Code::Unauthenticated);
            stranger.command("/sign-out").await.refused(Code::Unauthenticated);
        }
        let body = json!({ "phone": app.next_phone(), "code": PHONE_CODE });
        app.anonymous().post("/sign-in/phone", body).await.refused(Code::WrongCredentials);
        assert_eq!(app.count(rows).await, before);
    }

    async fn who_was_turned_away_with_a_token_of_ours_is_written_down(app: TestApp) {
        let county = app.county().await;
        let auditor = app.audit_administrator().await;
        let resident = app.resident("王").await;
        let (token, _) = resident.tokens();
        resident.command("/sign-out").await.done();
        app.with_token(token).get("/me").await.refused(Code::Unauthenticated);
        let row = latest(&app, &auditor, "request.refused.v1").await;
        assert_eq!(row["actorId"], resident.account_id());
        assert_eq!(row["data"]["code"], "unauthenticated");

        let partner = app.partner(&county.town, &SCOPES).await;
        let client = partner.client().await;
        for refused in [client.command("/sign-out").await, client.get("/me").await] {
            refused.refused(Code::ScopeMissing);
            let row = latest(&app, &auditor, "request.refused.v1").await;
            assert_eq!((&row["partnerId"], &row["actorId"]), (&json!(partner.id), &json!(partner.id)));
            assert_eq!(row["data"]["code"], "scope_missing");
        }
        partner.is("/suspend").await;
        client.get(county.town.path("")).await.refused(Code::Unauthenticated);
        let row = latest(&app, &auditor, "request.refused.v1").await;
        assert_eq!((&row["partnerId"], &row["data"]["code"]), (&json!(partner.id), &json!("unauthenticated")));
    }

    async fn a_sign_in_and_its_end_are_rows(app: TestApp) {
        let auditor = app.audit_administrator().await;
        let resident = app.resident("王").await;
        let row = latest(&app, &auditor, "sign_in.succeeded.v1").await;
        assert_eq!(row["actorId"], resident.account_id());
        assert_eq!((&row["actor"], &row["data"]["method"]), (&json!("王"), &json!("phone")));
        let session = row["sessionId"].clone();
        resident.command("/sign-out").await.done();
        let row = latest(&app, &auditor, "session.ended.v1").await;
        assert_eq!(row["subjectId"], session);
        assert_eq!(row["data"]["cause"], "signed_out");

        // A refresh token that is shown twice ends the sign-in, and somebody should know.
        let other = app.resident("李").await;
        let refresh = json!({ "refreshToken": other.tokens().1 });
        app.anonymous().post("/sign-in/refresh", refresh.clone()).await.ok();
        let reused = app.anonymous().post("/sign-in/refresh", refresh).from(HERE).await;
        reused.refused(Code::Unauthenticated);
        let row = latest(&app, &auditor, "session.ended.v1").await;
        assert_eq!(row["data"], json!({ "accountId": other.account_id(), "cause": "token_reused" }));
        assert_eq!(row["address"], HERE);
    }

    async fn a_failed_sign_in_names_the_account_and_never_what_was_shown(app: TestApp) {
        let auditor = app.audit_administrator().await;
        let guess = |username: &str| {
            let body = json!({ "username": username, "password": "correct horse batterie" });
            app.anonymous().post("/sign-in/password", body).from(HERE)
        };
        for _ in 0..5 {
            guess(ADMINISTRATOR).await.refused(Code::WrongCredentials);
        }
        guess(ADMINISTRATOR).await.refused(Code::TooManyTries);
        guess("somebody.else").await.refused(Code::WrongCredentials);
        let rows = named(&app, &auditor, "sign_in.failed.v1").await;
        assert_eq!(rows.len(), 6, "waiting is no row");
        let known: Vec<&Value> = rows.iter().filter(|row| row["subjectId"].is_string()).collect();
        assert_eq!(known.len(), 5);
        assert!(known.iter().all(|row| row["subjectId"] == known[0]["subjectId"]));
        let waits: Vec<&Value> = known.iter().map(|row| &row["data"]["waitSeconds"]).collect();
        assert_eq!(waits.iter().filter(|wait| ***wait == json!(60)).count(), 1, "{waits:?}");
        let unknown = rows.iter().find(|row| row["subjectId"].is_null()).unwrap();
        assert!(unknown["data"]["nameDigest"].is_string());
        let told = json!(rows).to_string();
        assert!(!told.contains("batterie") && !told.contains("somebody.else"), "{told}");
        assert!(rows.iter().all(|row| row["actorId"].is_null() && row["address"] == HERE));

        // A code that was sent and is guessed at.
        let phone = app.next_phone();
        let resident = app.resident_with_phone("王", &phone).await;
        app.clock.advance(chrono::Duration::minutes(2));
        app.anonymous().post("/sign-in/codes", json!({ "phone": phone })).await.status_is(202);
        let body = json!({ "phone": phone, "code": "000000" });
        app.anonymous().post("/sign-in/phone", body).await.refused(Code::WrongCredentials);
        let row = latest(&app, &auditor, "sign_in.failed.v1").await;
        assert_eq!(row["subjectId"], resident.account_id());
        assert!(!row.to_string().contains(&phone), "{row}");
    }

    async fn a_guess_at_the_old_password_is_a_row_too(app: TestApp) {
        let county = app.county().await;
        let auditor = app.audit_administrator().await;
        let clerk = app.staff("clerk", &county.village).await;
        let guess = json!({ "oldPassword": "not the old one", "newPassword": "brass kettle, umbrella" });
        clerk.post("/me/password", guess).await.refused_field("/oldPassword", FieldCode::WrongPassword);
        let row = latest(&app, &auditor, "sign_in.failed.v1").await;
        assert_eq!((&row["actorId"], &row["subjectId"]), (&json!(clerk.account_id()), &json!(clerk.account_id())));
        assert_eq!(row["data"], json!({ "method": "present_password", "waitSeconds": 0 }));
    }

    async fn a_token_of_a_partner_is_a_row_given_or_not(app: TestApp) {
        let county = app.county().await;
        let auditor = app.audit_administrator().await;
        let partner = app.partner(&county.town, &["demands.read"]).await;
        let token = partner.token().await;
        let row = latest(&app, &auditor, "token.issued.v1").await;
        assert_eq!((&row["partnerId"], &row["subjectId"]), (&json!(partner.id), &json!(partner.id)));
        assert_eq!(row["data"]["scopes"], json!(["demands.read"]));
        assert!(!row.to_string().contains(&token));
        let form = format!(
            "grant_type=client_credentials&client_id={}&client_secret=not-the-secret", partner.id
        );
        app.token_call(&form).await.status_is(401);
        let row = latest(&app, &auditor, "token.refused.v1").await;
        assert_eq!(row["data"], json!({ "error": "invalid_client" }));
        assert!(!row.to_string().contains("not-the-secret"));
    }

    async fn nobody_is_told_of_what_is_written_for_the_audit(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王").await;
        let order = resident.orders(&practice.repair).await;
        app.run_due_jobs().await;
        let chapters = order.chapters(&resident).await;
        let told = resident.get("/me/notice-count").await.ok();
        app.resident("李").await.get(order.path("")).await.refused(Code::NotFound);
        let untold = "SELECT COUNT(*) FROM journal WHERE told_at IS NULL";
        assert_eq!(app.count(untold).await, 0);
        app.run_due_jobs().await;
        assert_eq!(order.chapters(&resident).await, chapters);
        assert_eq!(resident.get("/me/notice-count").await.ok(), told);
    }

    async fn a_team_role_says_which(app: TestApp) {
        let practice = app.practice().await;
        let auditor = app.audit_administrator().await;
        let row = latest(&app, &auditor, "team.member_set.v1").await;
        assert_eq!(row["subjectId"], practice.county.team.id);
        let expected = json!({ "volunteerId": practice.leader.id });
        assert_eq!(row["data"], changed(&expected, "role", "leader"));
        assert_eq!(text(&row["name"]), "team.member_set.v1");
    }
}
