//! Signing in and out, tokens, staff and their rights.

use serde_json::json;

on_both_engines! {
    async fn the_administrator_is_who_he_is(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let me = administrator.get("/me").await.ok();
        assert_eq!(me["grants"], json!([{ "organizationId": null, "role": "administrator" }]));
        let clerk = app.staff("clerk", &county.village).await;
        let me = clerk.get("/me").await.ok();
        assert_eq!(me["accountId"], clerk.account_id());
        let resident = app.resident("王").await;
        assert_eq!(resident.get("/me").await.ok()["name"], "王");
    }
}
