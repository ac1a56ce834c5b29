//! Nobody may send more than his share, wherever he sends it to.

use chrono::Duration;
use redvest::app::Settings;
use redvest::problem::Code;

use crate::support::app::TestApp;
use crate::support::client::Client;

/// How many requests a caller may send in a minute in these stories.
const MOST: u32 = 20;

/// An instance that counts.
async fn counting(app: &TestApp) -> TestApp {
    let settings = Settings { requests_per_minute: MOST, ..Settings::default() };
    app.another_instance_with(settings).await
}

/// What the last of so many requests is told that is left.
async fn left_after(client: &Client, requests: u32) -> String {
    for _ in 1..requests {
        client.get("/me").await;
    }
    let last = client.get("/me").await;
    last.header("RateLimit").expect("what is left").to_owned()
}

on_both_engines! {
    async fn the_window_is_the_minute_of_the_clock(app: TestApp) {
        let instance = counting(&app).await;
        let stranger = instance.anonymous();
        app.clock.advance(Duration::seconds(45));
        assert_eq!(left_after(&stranger, MOST).await, "\"caller\";r=0;t=15");
        let refused = stranger.get("/me").await;
        assert_eq!(refused.header("RateLimit-Policy"), Some("\"caller\";q=20;w=60"));
        assert_eq!(refused.header("Retry-After"), Some("15"));
        refused.refused(Code::TooManyRequests);
        app.clock.advance(Duration::seconds(15));
        assert_eq!(left_after(&stranger, 1).await, "\"caller\";r=19;t=60");
    }

    async fn addresses_are_counted_one_by_one_and_health_is_not(app: TestApp) {
        let instance = counting(&app).await;
        let stranger = instance.anonymous();
        for _ in 0..=MOST {
            stranger.get("/me").from("192.0.2.1").await;
        }
        stranger.get("/me").from("192.0.2.1").await.refused(Code::TooManyRequests);
        stranger.get("//healthz").from("192.0.2.1").await.status_is(200);
        stranger.get("/me").from("192.0.2.2").await.refused(Code::Unauthenticated);
    }

    /// Else whoever shows another one with each request sends as many as he likes.
    async fn a_token_that_is_made_up_buys_nothing(app: TestApp) {
        let instance = counting(&app).await;
        for number in 0..MOST {
            let made_up = instance.with_token(format!("made.up.{number}"));
            made_up.get("/me").await.refused(Code::Unauthenticated);
        }
        let another = instance.with_token("made.up.too");
        another.get("/me").await.refused(Code::TooManyRequests);
        instance.anonymous().get("/me").await.refused(Code::TooManyRequests);
    }

    async fn a_limit_holds_for_all_instances_together(app: TestApp) {
        let (one, other) = (counting(&app).await, counting(&app).await);
        assert_eq!(left_after(&one.anonymous(), 12).await, "\"caller\";r=8;t=60");
        // A little is sent to the other one before it hears of the rest.
        assert_eq!(left_after(&other.anonymous(), 3).await, "\"caller\";r=17;t=60");
        one.run_due_jobs().await;
        other.run_due_jobs().await;
        if app.db.is_shared() {
            assert_eq!(left_after(&other.anonymous(), 5).await, "\"caller\";r=0;t=60");
            other.anonymous().get("/me").await.refused(Code::TooManyRequests);
            let counts = "SELECT COUNT(*) FROM request_counts";
            assert_eq!(app.count(counts).await, 2, "one row for each that has something to tell");
            // What was told of a minute is gone with it.
            app.clock.advance(Duration::minutes(1));
            one.run_due_jobs().await;
            assert_eq!(app.count(counts).await, 0);
            assert_eq!(left_after(&other.anonymous(), 1).await, "\"caller\";r=19;t=60");
        } else {
            // The file has one process: there is nobody to tell.
            assert_eq!(app.count("SELECT COUNT(*) FROM request_counts").await, 0);
        }
    }

    async fn an_instance_where_nobody_sends_much_writes_nothing(app: TestApp) {
        let instance = counting(&app).await;
        left_after(&instance.anonymous(), 1).await;
        instance.run_due_jobs().await;
        assert_eq!(app.count("SELECT COUNT(*) FROM request_counts").await, 0);
    }
}
