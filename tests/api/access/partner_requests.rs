//! What a partner's token is worth: reading what its scopes name, at its node and below, as long as
//! it may; and what only looks like one.

use chrono::{Duration, SecondsFormat};
use jsonwebtoken::{Header, encode};
use redvest::problem::Code;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::TestApp;
use crate::support::app::changed;
use crate::support::forging::{good_parts, key_of_the_house, opened};
use crate::support::partner::{SCOPES, new_partner};
use crate::support::practice::order_of;

on_both_engines! {
    async fn a_partner_reads_its_subtree_and_nothing_beyond(app: TestApp) {
        let county = app.county().await;
        let partner = app.partner(&county.town, &SCOPES).await.client().await;
        for own in [&county.town, &county.village, &county.team] {
            partner.get(own.path("")).await.ok();
            partner.get(own.path("/subtree")).await.ok();
            partner.get(format!("/demands?within={own}")).await.ok();
        }
        for beyond in [&county.center, &county.other_town, &county.another_county] {
            partner.get(beyond.path("")).await.refused(Code::NotFound);
            partner.get(beyond.path("/children")).await.refused(Code::NotFound);
            partner.get(format!("/organizations?within={beyond}")).await.refused(Code::NotFound);
            partner.get(format!("/demands?within={beyond}")).await.refused(Code::NotFound);
            partner.get(format!("/demands?responsible={beyond}")).await.refused(Code::NotFound);
        }
        let all = partner.get("/organizations?limit=100").await.items();
        assert_eq!(all.len(), 4, "the town, its villages and the team");
        let near = "/nearest-organizations?latitude=27.6&longitude=120.56&coordinateSystem=wgs84\
                    &radiusMeters=100000&limit=100";
        assert_eq!(partner.get(near).await.items().len(), 4);
        let above = partner.get(county.village.path("/ancestors")).await.items();
        assert_eq!(above.len(), 1, "the town, and not what is above it");
    }

    async fn a_partner_learns_what_is_wanted_and_not_for_whom(app: TestApp) {
        let practice = app.practice().await;
        let resident = app.resident("王秀英").await;
        let placed = resident.places(order_of(&practice.repair)).await;
        let partner = app.partner(&practice.county.center, &SCOPES).await.client().await;
        let path = format!("/demands?within={}", practice.county.center);
        let reply = partner.get(path).await;
        let text = reply.text().to_owned();
        let [demand] = reply.items().try_into().expect("one demand");
        assert_eq!(demand["demandId"], json!(placed.id));
        assert_eq!(demand["content"], "");
        assert!(demand["recipientName"].as_str().expect("a name").ends_with("**"), "{demand}");
        assert_eq!(demand["next"], json!([]));
        let own = resident.get(placed.path("")).await.ok();
        let told = own["content"].as_str().expect("words");
        let called = own["recipientName"].as_str().expect("a name");
        assert!(!text.contains(told) && !text.contains(called), "{text}");
        partner.get(placed.path("")).await.refused(Code::ScopeMissing);
        partner.get(placed.path("/timeline")).await.refused(Code::ScopeMissing);
    }

    async fn a_scope_reaches_what_it_names(app: TestApp) {
        let county = app.county().await;
        let partner = app.partner(&county.town, &["demands.read"]).await.client().await;
        partner.get(format!("/demands?within={}", county.town)).await.ok();
        let refused = partner.get(county.town.path("")).await;
        let challenge = refused.header("WWW-Authenticate");
        assert_eq!(challenge, Some("Bearer error=\"insufficient_scope\""));
        refused.refused(Code::ScopeMissing);
        // Beyond its node it is told no more than at home.
        partner.get(county.center.path("")).await.refused(Code::ScopeMissing);
        for path in ["/me", "/me/notices", "/me/demands"] {
            partner.get(path).await.refused(Code::ScopeMissing);
        }
        partner.get(county.town.path("/grants")).await.refused(Code::ScopeMissing);
        partner.get(county.town.path("/partners")).await.refused(Code::ScopeMissing);
    }

    async fn a_partner_commands_nothing(app: TestApp) {
        let practice = app.practice().await;
        let county = &practice.county;
        let partner = app.partner(&county.center, &SCOPES).await.client().await;
        for (path, body) in [
            ("/demands".to_owned(), order_of(&practice.repair)),
            (county.center.path("/partners"), new_partner(&SCOPES)),
            (county.town.path("/suspend"), json!({})),
            ("/sign-out".to_owned(), json!({})),
        ] {
            partner.post(path, body).await.refused(Code::ScopeMissing);
        }
    }

    async fn a_partner_that_may_no_longer_is_refused_at_once(app: TestApp) {
        let county = app.county().await;
        let own = county.town.path("");
        let partner = app.partner(&county.town, &SCOPES).await;
        let client = partner.client().await;
        client.get(&own).await.ok();
        partner.is("/suspend").await;
        client.get(&own).await.refused(Code::Unauthenticated);
        partner.is("/resume").await;
        client.get(&own).await.ok();
        partner.is("/end").await;
        client.get(&own).await.refused(Code::Unauthenticated);

        let soon = app.clock.now() + Duration::minutes(5);
        let soon = soon.to_rfc3339_opts(SecondsFormat::Secs, true);
        let body = changed(&new_partner(&SCOPES), "expiresAt", soon);
        let short = app.partner_of(&county.town, body).await.client().await;
        app.clock.advance(Duration::minutes(5) - Duration::seconds(1));
        short.get(&own).await.ok();
        app.clock.advance(Duration::seconds(1));
        short.get(&own).await.refused(Code::Unauthenticated);
    }

    async fn a_token_of_a_partner_lapses_after_ten_minutes(app: TestApp) {
        let county = app.county().await;
        let client = app.partner(&county.town, &SCOPES).await.client().await;
        app.clock.advance(Duration::minutes(10) - Duration::seconds(1));
        client.get(county.town.path("")).await.ok();
        app.clock.advance(Duration::seconds(1));
        client.get(county.town.path("")).await.refused(Code::Unauthenticated);
    }

    /// Even with the real key: what was signed for something else is worth nothing here.
    async fn a_token_for_something_else_is_worth_nothing(app: TestApp) {
        let county = app.county().await;
        let partner = app.partner(&county.town, &SCOPES).await;
        let key = key_of_the_house(&app).await;
        let (header, claims) = good_parts(&app, &partner.id).await;
        let call = |header: &Header, claims: &Value| {
            let token = encode(header, claims, &key).expect("a token");
            app.with_token(token).get(county.town.path(""))
        };
        call(&header, &claims).await.ok();
        let later = app.clock.now().timestamp() + 60;
        for (claim, value) in [
            ("aud", json!("another")),
            ("aud", json!(["another"])),
            ("iss", json!("another")),
            ("iat", json!(later)),
            ("sub", json!(app.clock.new_id::<Uuid>())),
            ("client_id", json!(app.clock.new_id::<Uuid>())),
            ("client_id", Value::Null),
        ] {
            let spoiled = call(&header, &changed(&claims, claim, value)).await;
            spoiled.refused(Code::Unauthenticated);
        }
        for typ in [Some("JWT"), Some("id+jwt"), None] {
            let mut other = header.clone();
            other.typ = typ.map(str::to_owned);
            call(&other, &claims).await.refused(Code::Unauthenticated);
        }
        let broader = changed(&claims, "scope", "organizations.read everything *");
        call(&header, &broader).await.ok();
        let nothing = changed(&claims, "scope", "");
        call(&header, &nothing).await.refused(Code::ScopeMissing);
        // Whatever its token says, it has no more than it was registered for.
        let narrow = app.partner(&county.town, &["demands.read"]).await;
        let (header, claims) = good_parts(&app, &narrow.id).await;
        let claims = changed(&claims, "scope", "organizations.read demands.read");
        call(&header, &claims).await.refused(Code::ScopeMissing);
    }

    async fn a_person_is_no_partner_and_a_partner_no_person(app: TestApp) {
        let county = app.county().await;
        let partner = app.partner(&county.town, &SCOPES).await;
        let administrator = app.administrator().await;
        let account = administrator.account_id();
        let key = key_of_the_house(&app).await;
        let refused = async |claims: &Value| {
            let (header, _) = good_parts(&app, &partner.id).await;
            let token = encode(&header, claims, &key).expect("a token");
            let client = app.with_token(token);
            client.get(county.town.path("")).await.refused(Code::Unauthenticated);
            client.get("/me").await.refused(Code::Unauthenticated);
        };
        let (_, claims) = good_parts(&app, &partner.id).await;
        // The account as a partner; the partner with a sign-in; both at once.
        let (_, as_partner) = good_parts(&app, &account).await;
        refused(&as_partner).await;
        let session = app.clock.new_id::<Uuid>();
        refused(&changed(&claims, "sid", json!(session))).await;
        let mut signed_in = changed(&claims, "sid", json!(session));
        signed_in.as_object_mut().expect("claims").remove("client_id");
        refused(&signed_in).await;
        // Somebody who has signed in and has scopes besides, or comes as the client that he is not.
        let (_, own) = opened(&administrator.tokens().0);
        refused(&changed(&own, "scope", "organizations.read demands.read")).await;
        refused(&changed(&own, "client_id", partner.id.as_str())).await;
        // What a person shows is no secret of a client, nor is his token.
        let (token, refresh) = administrator.tokens();
        for secret in [token, refresh] {
            let form = format!(
                "grant_type=client_credentials&client_id={account}&client_secret={secret}"
            );
            app.token_call(&form).await.status_is(401);
        }
    }

    async fn a_partner_has_a_limit_of_its_own(app: TestApp) {
        let county = app.county().await;
        let body = changed(&new_partner(&SCOPES), "requestsPerMinute", 3);
        let slow = app.partner_of(&county.town, body).await.client().await;
        let other = app.partner(&county.town, &SCOPES).await.client().await;
        let own = county.town.path("");
        // Counted since it is known.
        slow.get(&own).await.ok();
        for left in ["2", "1", "0"] {
            let reply = slow.get(&own).await;
            let told = reply.header("RateLimit").expect("what is left").to_owned();
            assert!(told.starts_with(&format!("\"caller\";r={left};")), "{told}");
            reply.ok();
        }
        let refused = slow.get(&own).await;
        assert!(refused.header("Retry-After").is_some());
        refused.refused(Code::TooManyRequests);
        for _ in 0..5 {
            other.get(&own).await.ok();
        }
    }
}
