//! Whoever may write to the database and spoils the audit is found, and where.

use chrono::Duration;
use redvest::access::audit::{Fault, Report, verify};
use redvest::app::Settings;
use redvest::platform::crypto::Digest;
use serde_json::json;

use crate::support::TestApp;

/// A county whose audit is sealed.
async fn sealed(app: &TestApp) {
    app.county().await;
    app.run_due_jobs().await;
    assert!(verified(app).await.is_whole());
    assert!(app.count("SELECT COUNT(*) FROM seals").await > 8);
}

async fn verified(app: &TestApp) -> Report {
    verify(&app.db, app.clock.now(), None).await.expect("the audit can be read")
}

/// What is wrong, and where in the chain.
async fn found(app: &TestApp) -> Vec<(Fault, Option<i64>)> {
    let report = verified(app).await;
    assert!(!report.is_whole());
    assert_eq!(u64::try_from(report.first.len()).unwrap(), report.findings);
    report.first.iter().map(|finding| (finding.fault, finding.sequence)).collect()
}

/// A row like the third one, with another id; the id of an organization is that of no row.
macro_rules! forged {
    ($sealed_at:literal) => {
        concat!(
            "INSERT INTO journal (entry_id, at, name, subject_id, actor_name, data, told_at, sealed_at) \
             SELECT subject_id, at, name, subject_id, actor_name, data, at, ",
            $sealed_at,
            " FROM journal WHERE entry_id = (SELECT entry_id FROM seals WHERE sequence = 3)"
        )
    };
}

/// A change of the row that is sealed in this place.
macro_rules! spoiled {
    ($change:literal, $sequence:literal) => {
        concat!(
            "UPDATE journal SET ",
            $change,
            " WHERE entry_id = (SELECT entry_id FROM seals WHERE sequence = ",
            $sequence,
            ")"
        )
    };
}

on_both_engines! {
    async fn a_changed_row_is_found_whatever_was_changed(app: TestApp) {
        sealed(&app).await;
        for change in [
            "UPDATE journal SET reason = 'another' WHERE entry_id = (SELECT entry_id FROM seals WHERE sequence = 3)",
            "UPDATE journal SET actor_name = 'somebody else' WHERE entry_id = (SELECT entry_id FROM seals WHERE sequence = 4)",
            "UPDATE journal SET data = '{}' WHERE entry_id = (SELECT entry_id FROM seals WHERE sequence = 5)",
            "UPDATE journal SET address = '192.0.2.1' WHERE entry_id = (SELECT entry_id FROM seals WHERE sequence = 6)",
            // He who is looked for by his account would not be found.
            "UPDATE seals SET actor_id = entry_id WHERE sequence = 7",
        ] {
            app.execute(change).await;
        }
        let changed = |sequence| (Fault::Changed, Some(sequence));
        assert_eq!(found(&app).await, [3, 4, 5, 6, 7].map(changed));
    }

    /// When, what, to what, by whom and for whom, and through what: a row is sealed with all of it.
    async fn nothing_of_a_row_can_be_said_otherwise(app: TestApp) {
        sealed(&app).await;
        for change in [
            spoiled!("at = '2026-01-01T00:00:00Z'", 1),
            spoiled!("name = 'another.v1'", 2),
            spoiled!("demand_id = entry_id", 3),
            spoiled!("subject_id = entry_id", 4),
            spoiled!("actor_id = entry_id", 5),
            spoiled!("request_id = 'another'", 6),
            spoiled!("session_id = entry_id", 7),
            spoiled!("partner_id = entry_id", 8),
            spoiled!("delegated_by = entry_id", 9),
        ] {
            app.execute(change).await;
        }
        let changed = |sequence| (Fault::Changed, Some(sequence));
        assert_eq!(found(&app).await, [1, 2, 3, 4, 5, 6, 7, 8, 9].map(changed));
    }

    async fn the_chain_goes_over_to_the_digest_that_the_operator_chooses(app: TestApp) {
        sealed(&app).await;
        let settings = Settings { audit_digest: Digest::Sm3, ..Settings::default() };
        let national = app.another_instance_with(settings).await;
        // The other instance has had its turn.
        app.clock.advance(Duration::minutes(1));
        national.administrator().await.post("/organizations", json!({ "kind": "center", "name": "另一县" })).await.created();
        national.run_due_jobs().await;
        assert!(app.texts("seals", "suite").await.contains("1-sm3"));
        assert!(verified(&app).await.is_whole(), "from its beginning to its end");
        app.execute("UPDATE journal SET actor_name = 'somebody else' WHERE entry_id = (SELECT entry_id FROM seals ORDER BY sequence DESC LIMIT 1)").await;
        assert!(!verified(&app).await.is_whole());
    }

    async fn a_missing_row_is_found(app: TestApp) {
        sealed(&app).await;
        app.execute("DELETE FROM journal WHERE entry_id = (SELECT entry_id FROM seals WHERE sequence = 3)").await;
        assert_eq!(found(&app).await, [(Fault::Missing, Some(3))]);
        app.execute("DELETE FROM seals WHERE sequence = 3").await;
        assert_eq!(found(&app).await, [(Fault::Missing, Some(3))]);
    }

    async fn many_missing_rows_are_told_as_one_gap(app: TestApp) {
        sealed(&app).await;
        app.execute(
            "DELETE FROM journal WHERE entry_id IN (SELECT entry_id FROM seals WHERE sequence BETWEEN 3 AND 6); \
             DELETE FROM seals WHERE sequence BETWEEN 3 AND 6",
        )
        .await;
        let report = verified(&app).await;
        assert_eq!((report.findings, report.first.len()), (4, 1));
        assert!(report.to_string().contains("missing, sequence 3, 4 rows"), "{report}");
    }

    async fn rows_in_another_order_are_found(app: TestApp) {
        sealed(&app).await;
        app.execute(
            "UPDATE seals SET sequence = -3 WHERE sequence = 3; \
             UPDATE seals SET sequence = 3 WHERE sequence = 4; \
             UPDATE seals SET sequence = 4 WHERE sequence = -3",
        )
        .await;
        let out_of_order = |sequence| (Fault::OutOfOrder, Some(sequence));
        assert_eq!(found(&app).await, [3, 4, 5].map(out_of_order));
    }

    async fn a_row_that_only_passes_for_sealed_is_found(app: TestApp) {
        sealed(&app).await;
        app.execute(forged!("at")).await;
        assert_eq!(found(&app).await, [(Fault::Inserted, None)]);
    }

    async fn a_row_of_the_past_that_is_sealed_today_is_found(app: TestApp) {
        sealed(&app).await;
        app.clock.advance(Duration::hours(1));
        app.resident("王").await;
        app.run_due_jobs().await;
        app.execute(forged!("NULL")).await;
        app.run_due_jobs().await;
        let last = app.count("SELECT MAX(sequence) FROM seals").await;
        assert_eq!(found(&app).await, [(Fault::Inserted, Some(last))]);
    }

    async fn a_row_that_waits_too_long_for_its_seal_is_found(app: TestApp) {
        sealed(&app).await;
        app.execute(forged!("NULL")).await;
        assert!(verified(&app).await.is_whole(), "it was written a moment ago");
        app.clock.advance(Duration::minutes(11));
        assert_eq!(found(&app).await, [(Fault::Unsealed, None)]);
    }

    async fn an_end_that_was_cut_off_is_found_by_a_link_that_was_noted(app: TestApp) {
        sealed(&app).await;
        let noted = verified(&app).await.head.link;
        app.resident("王").await;
        app.run_due_jobs().await;
        let expecting = async |link: &str| {
            verify(&app.db, app.clock.now(), Some(link)).await.expect("the audit can be read")
        };
        assert!(expecting(&noted).await.is_whole(), "the chain has grown, and holds it");
        app.execute(
            "DELETE FROM journal WHERE entry_id IN (SELECT entry_id FROM seals WHERE sequence > 5); \
             DELETE FROM seals WHERE sequence > 5",
        )
        .await;
        assert!(verified(&app).await.is_whole(), "nothing in the database could tell");
        assert!(!expecting(&noted).await.is_whole());
    }

    async fn a_faulty_chain_is_told_shortly(app: TestApp) {
        sealed(&app).await;
        app.execute("UPDATE journal SET actor_name = 'nobody'").await;
        let report = verified(&app).await;
        let seals = app.count("SELECT COUNT(*) FROM seals").await;
        assert_eq!(i64::try_from(report.findings).unwrap(), seals);
        assert!(report.first.len() <= 20);
        assert!(report.to_string().contains("changed, sequence 1, row "), "{report}");
    }

    async fn a_seal_by_no_digest_that_is_known_proves_nothing(app: TestApp) {
        sealed(&app).await;
        app.execute("UPDATE seals SET suite = 'another' WHERE sequence = 3").await;
        let both = [(Fault::OutOfOrder, Some(3)), (Fault::Changed, Some(3))];
        assert_eq!(found(&app).await, both);
    }

    async fn a_seal_before_the_first_is_on_no_chain(app: TestApp) {
        sealed(&app).await;
        app.execute(forged!("at")).await;
        app.execute(
            "INSERT INTO seals (sequence, entry_id, suite, digest, link, at, name, subject_id) \
             SELECT 0, subject_id, suite, digest, link, at, name, subject_id FROM seals WHERE sequence = 3",
        )
        .await;
        assert_eq!(found(&app).await, [(Fault::Inserted, None)]);
    }
}
