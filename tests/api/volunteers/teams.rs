//! Joining and leaving teams; nobody is made to serve.

use redvest::problem::{Code, FieldCode};
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::client::both_at_once;
use crate::support::practice::text;

fn names(items: &[Value]) -> Vec<String> {
    items.iter().map(|one| text(&one["name"])).collect()
}

on_both_engines! {
    async fn a_volunteer_joins_and_leaves_by_himself(app: TestApp) {
        let county = app.county().await;
        let team = &county.team;
        let volunteer = app.volunteer(&county.center, "周老师", &[]).await;
        let joined = volunteer.command(team.path("/join")).await.ok();
        assert_eq!((&joined["role"], &joined["teamId"]), (&json!("member"), &json!(team.id)));
        volunteer.command(team.path("/join")).await.refused(Code::AlreadyExists);
        let teams = volunteer.get(volunteer.path("/teams")).await.items();
        assert_eq!(teams.len(), 1);
        volunteer.command(team.path("/leave")).await.done();
        volunteer.command(team.path("/leave")).await.refused(Code::NotFound);
        volunteer.command(team.path("/join")).await.ok();
        app.resident("林").await.command(team.path("/join")).await.refused(Code::Forbidden);
        volunteer.command(county.village.path("/join")).await.refused(Code::NotFound);
        app.administrator().await.command(team.path("/suspend")).await.ok();
        let late = app.volunteer(&county.center, "吴老师", &[]).await;
        late.command(team.path("/join")).await.refused(Code::Unsuitable);
    }

    async fn of_joining_and_leaving_for_good_at_once_no_membership_is_left(app: TestApp) {
        let county = app.county().await;
        let staff = app.administrator().await;
        for number in 0..8 {
            let volunteer = app.volunteer(&county.center, &format!("志愿者{number}"), &[]).await;
            let entered = json!({ "volunteerId": volunteer.id, "role": "member" });
            let joins = match number % 2 {
                0 => volunteer.command(county.team.path("/join")),
                _ => staff.post(county.team.path("/members"), entered),
            };
            let (_, left) =
                both_at_once(joins, volunteer.command(volunteer.path("/leave"))).await;
            left.ok();
            let teams = staff.get(volunteer.path("/teams")).await.items();
            assert!(teams.is_empty(), "he has left, and is a member: {teams:?}");
        }
    }

    async fn a_suspended_volunteer_joins_nothing(app: TestApp) {
        let county = app.county().await;
        let volunteer = app.volunteer(&county.center, "周老师", &[]).await;
        app.administrator().await.command(volunteer.path("/suspend")).await.ok();
        let refused = volunteer.command(county.team.path("/join")).await;
        assert!(matches!(refused.status(), 403 | 409), "{refused}");
    }

    async fn a_leader_changes_roles_but_enters_nobody(app: TestApp) {
        let practice = app.practice().await;
        let team = &practice.county.team;
        let path = team.path("/members");
        let outsider = app.volunteer(&practice.county.center, "外人", &[]).await;
        let role = |id: &str, role: &str| json!({ "volunteerId": id, "role": role });
        practice
            .member
            .post(&path, role(&practice.member.id, "leader"))
            .await
            .refused(Code::Forbidden);
        practice.leader.post(&path, role(&outsider.id, "member")).await.refused(Code::Forbidden);
        let raised = practice.leader.post(&path, role(&practice.member.id, "leader")).await.ok();
        assert_eq!(raised["role"], "leader");
        assert_eq!(practice.member.get("/me").await.ok()["leads"], json!([team.id]));
        let administrator = app.staff("administrator", &practice.county.town).await;
        administrator.post(&path, role(&outsider.id, "member")).await.ok();
        let nobody = administrator.post(&path, role(&team.id, "member")).await;
        nobody.refused_field("/volunteerId", FieldCode::NoSuchThing);
        administrator
            .post(&path, role(&outsider.id, "chief"))
            .await
            .refused_field("/role", FieldCode::NotOneOf);
    }

    async fn a_leader_removes_a_member(app: TestApp) {
        let practice = app.practice().await;
        let team = &practice.county.team;
        let one = team.path(&format!("/members/{}", practice.member.id));
        practice.member.delete(&one).await.refused(Code::Forbidden);
        practice.leader.delete(&one).await.done();
        practice.leader.delete(&one).await.refused(Code::NotFound);
        let members = practice.leader.get(team.path("/members")).await.items();
        assert_eq!(names(&members), ["李队长"]);
    }

    async fn a_team_is_seen_by_its_leader_and_its_staff(app: TestApp) {
        let practice = app.practice().await;
        let path = practice.county.team.path("/members");
        let members = practice.leader.get(&path).await.items();
        assert_eq!(names(&members), ["李队长", "陈师傅"]);
        assert_eq!(members[0]["role"], "leader");
        app.staff("viewer", &practice.county.village).await.get(&path).await.ok();
        let elsewhere = app.staff("viewer", &practice.county.other_town).await;
        for outsider in [&practice.member.client(), &elsewhere] {
            outsider.get(&path).await.refused(Code::Forbidden);
        }
    }

    async fn the_members_of_a_team_have_pages(app: TestApp) {
        let practice = app.practice().await;
        let team = &practice.county.team;
        for number in 3..=7 {
            app.member(team, &format!("队员{number}")).await;
        }
        let mut found = Vec::new();
        let mut cursor = String::new();
        loop {
            let path = team.path(&format!("/members?limit=3{cursor}"));
            let page = practice.leader.get(path).await.ok();
            found.extend(names(page["items"].as_array().unwrap()));
            let Some(next) = page["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(found, ["李队长", "陈师傅", "队员3", "队员4", "队员5", "队员6", "队员7"]);
    }
}
