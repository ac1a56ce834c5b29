//! What an OAuth client library configures itself with, and the addresses that tokens name.

use redvest::app::Settings;
use redvest::platform::public_url::PublicUrl;
use redvest::problem::Code;
use serde_json::json;

use crate::support::TestApp;
use crate::support::forging::opened;
use crate::support::partner::{AUDIENCE, ISSUER, SCOPES};

const METADATA: &str = "/.well-known/oauth-authorization-server";

/// The same installation, reached under this address.
async fn at(app: &TestApp, public_url: &str) -> TestApp {
    let public_url: PublicUrl = public_url.parse().expect("an address");
    app.another_instance_with(Settings { public_url, ..Settings::default() }).await
}

on_both_engines! {
    async fn a_library_learns_all_it_needs_from_the_metadata(app: TestApp) {
        let app = at(&app, "https://volunteers.example.org").await;
        let reply = app.anonymous().get(METADATA).await;
        assert_eq!(reply.header("Cache-Control"), Some("public, max-age=300"));
        let told = reply.ok();
        assert_eq!(told["issuer"], "https://volunteers.example.org");
        assert_eq!(told["token_endpoint"], "https://volunteers.example.org/oauth2/token");
        assert_eq!(told["jwks_uri"], "https://volunteers.example.org/.well-known/jwks.json");
        assert_eq!(told["service_documentation"], "https://volunteers.example.org/docs/");
        assert_eq!(told["scopes_supported"], json!(SCOPES));
        assert_eq!(told["grant_types_supported"], json!(["client_credentials"]));
        let methods = json!(["client_secret_basic", "client_secret_post", "private_key_jwt"]);
        assert_eq!(told["token_endpoint_auth_methods_supported"], methods);
        let algorithms = json!(["ES256", "RS256", "PS256"]);
        assert_eq!(told["token_endpoint_auth_signing_alg_values_supported"], algorithms);
        assert_eq!(told["response_types_supported"], json!([]), "nobody is sent anywhere");
        // What it names is there.
        for address in ["jwks_uri", "service_documentation"] {
            let path = told[address].as_str().expect("an address");
            let path = path.replace("https://volunteers.example.org", "/");
            app.anonymous().get(path).await.status_is(200);
        }
        app.anonymous().post(METADATA, json!({})).await.refused(Code::MethodNotAllowed);
    }

    /// RFC 9068, 2.2: all that a token of anybody must say.
    async fn a_token_of_a_person_says_what_the_profile_wants(app: TestApp) {
        let resident = app.resident("王").await;
        let (_, told) = opened(&resident.tokens().0);
        let now = app.clock.now().timestamp();
        assert_eq!(told["iss"], ISSUER);
        assert_eq!(told["aud"], AUDIENCE);
        assert_eq!(told["sub"], resident.account_id());
        assert_eq!(told["client_id"], "redvest");
        assert_eq!((&told["iat"], &told["exp"]), (&json!(now), &json!(now + 600)));
        assert!(told["sid"].is_string() && told.get("scope").is_none(), "{told}");
        let (_, another) = opened(&app.resident("李").await.tokens().0);
        assert!(told["jti"].is_string());
        assert_ne!(told["jti"], another["jti"], "each has a number of its own");
    }

    async fn tokens_are_good_under_the_address_that_they_name(app: TestApp) {
        let here = at(&app, "https://volunteers.example.org").await;
        let beside = at(&app, "https://volunteers.example.org:443/").await;
        let elsewhere = at(&app, "https://volunteers.example.com").await;
        let (token, _) = here.resident("王").await.tokens();
        here.with_token(&token).get("/me").await.ok();
        beside.with_token(&token).get("/me").await.ok();
        elsewhere.with_token(&token).get("/me").await.refused(Code::Unauthenticated);
    }
}
