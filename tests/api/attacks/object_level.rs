//! API1: whoever knows the id of a thing has no right to it by that.
//!
//! The operations come from the contract, so that the next one is tried as well.

use crate::contract::operations::Operation;
use crate::guards::rights::world;
use crate::support::TestApp;
use crate::support::app::CONTRACT;
use crate::support::partner::SCOPES;

/// What everybody who has signed in may read of any organization, its menu and its privacy notices, and
/// the teams, which are open to every volunteer.
const OPEN_TO_ALL: [&str; 13] = [
    "catalogItemView",
    "catalogMenu",
    "organizationAncestors",
    "organizationChildren",
    "organizationList",
    "organizationNearest",
    "organizationSubtree",
    "organizationView",
    "privacyNoticeList",
    "privacyNoticeView",
    "ruleEffective",
    "ruleList",
    "teamJoin",
];

/// What names its node in the body.
const IN_THE_BODY: [&str; 3] = ["organizationCreate", "organizationImport", "staffCreate"];

/// Counts every change of what the world has: versions, and what comes and goes without one.
const CHANGES: &str = "SELECT CAST(
    (SELECT SUM(version) FROM organizations) + (SELECT SUM(version) FROM volunteers)
  + (SELECT SUM(version) FROM catalog_items) + (SELECT SUM(version) FROM demands)
  + (SELECT SUM(version) FROM dispatches) + (SELECT SUM(version) FROM assignments)
  + (SELECT SUM(version) FROM partners) + (SELECT COUNT(*) FROM memberships)
  + (SELECT COUNT(*) FROM grants WHERE revoked_at IS NULL) + (SELECT COUNT(*) FROM rules)
  + (SELECT COUNT(*) FROM consents) + (SELECT COUNT(*) FROM privacy_notices)
  + (SELECT COUNT(*) FROM evaluations) + (SELECT COUNT(*) FROM service_records)
  + (SELECT COUNT(*) FROM notices WHERE read_at IS NULL)
  + (SELECT COUNT(*) FROM sessions WHERE revoked_at IS NULL) AS BIGINT)";

/// Whether it is done to something that somebody has to name, and is not everybody's.
fn names_something(operation: &Operation) -> bool {
    let id = operation.id.as_str();
    let in_path = operation.path.contains('{');
    let in_query = operation.parameters.iter().any(|parameter| parameter.name == "within");
    let named = in_path || in_query || IN_THE_BODY.contains(&id);
    operation.secured && named && !OPEN_TO_ALL.contains(&id)
}

on_both_engines! {
    async fn a_stranger_who_knows_every_id_reads_nothing_and_changes_nothing(app: TestApp) {
        let world = world(&app, "platform").await;
        let county = &world.practice.county;
        let elsewhere = &county.another_county;
        let strangers = [
            ("a neighbor", app.resident("李大爷").await),
            ("a volunteer elsewhere", app.volunteer(elsewhere, "外县志愿者", &["09"]).await.client()),
            ("staff of another county", app.staff("administrator", elsewhere).await),
            ("staff of a sibling town", app.staff("administrator", &county.other_town).await),
            ("staff of the next station", app.staff("administrator", &county.next_village).await),
            ("a partner of a sibling town", app.partner(&county.other_town, &SCOPES).await.client().await),
        ];
        let before = app.count(CHANGES).await;
        let (mut tried, mut let_in) = (0, Vec::new());
        for (who, stranger) in &strangers {
            for operation in CONTRACT.operations().filter(|operation| names_something(operation)) {
                let reply = world.call(stranger, operation).await;
                tried += 1;
                if !matches!(reply.status(), 403 | 404) {
                    let_in.push(format!("{who}: {reply}"));
                }
            }
            assert_eq!(app.count(CHANGES).await, before, "{who} has changed something");
        }
        assert!(let_in.is_empty(), "{}", let_in.join("\n"));
        assert!(tried > 70 * strangers.len(), "only {tried} tries");
    }

    async fn an_id_of_one_thing_is_no_id_of_another(app: TestApp) {
        let world = world(&app, "platform").await;
        let order = &world.ids["demandId"];
        let station = &world.practice.county.village.id;
        let before = app.count(CHANGES).await;
        let mut found = Vec::new();
        for operation in CONTRACT.operations().filter(|operation| operation.path.contains('{')) {
            let of_another = |name: &str| if name == "demandId" { station } else { order }.clone();
            let path = operation.path_with(of_another);
            let reply = world.call_at(&world.person, operation, &path).await;
            if reply.status() != 404 {
                found.push(reply.to_string());
            }
        }
        assert!(found.is_empty(), "{}", found.join("\n"));
        assert_eq!(app.count(CHANGES).await, before);
    }
}
