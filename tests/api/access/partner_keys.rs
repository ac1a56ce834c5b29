//! The public keys of a partner: who says which they are, and what is no public key.

use actix_web::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use redvest::problem::{Code, FieldCode};
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::app::changed;
use crate::support::client::{Call, Client};
use crate::support::own_key::OwnKey;
use crate::support::partner::{Partner, SCOPES, new_partner};

/// Says which keys the partner has, whatever they were.
fn set(client: &Client, partner: &Partner, keys: &[Value]) -> Call {
    client.put(partner.path("/keys"), json!({ "keys": keys }), "*")
}

on_both_engines! {
    async fn an_administrator_says_which_keys_a_partner_has(app: TestApp) {
        let county = app.county().await;
        let partner = app.partner(&county.town, &SCOPES).await;
        let administrator = app.staff("administrator", &county.town).await;
        let read = administrator.get(partner.path("")).await;
        let etag = read.etag();
        assert_eq!(read.ok()["keys"], json!([]));
        let keys = [OwnKey::of_curve("one").jwk(), OwnKey::of_rsa("two", "PS256").jwk()];
        let body = json!({ "keys": keys });
        let saved = administrator.put(partner.path("/keys"), body.clone(), &etag).await;
        assert_ne!(saved.etag(), etag);
        let saved = saved.ok();
        assert_eq!(saved["keys"], json!(keys));
        assert_eq!(saved["next"], json!(["suspend", "renew_secret", "remove_secret", "set_keys", "end"]));
        assert_eq!(administrator.get(partner.path("")).await.ok(), saved);
        // Two administrators at once do not undo each other's work.
        let late = administrator.put(partner.path("/keys"), body.clone(), &etag).await;
        late.refused(Code::ChangedMeanwhile);
        let blind = administrator.call(Method::PUT, &partner.path("/keys"));
        blind.json(&body).await.refused(Code::PreconditionRequired);
        assert_eq!(set(&administrator, &partner, &[]).await.ok()["keys"], json!([]));
        partner.is("/end").await;
        set(&administrator, &partner, &[]).await.refused(Code::NotPossible);
        let told = "SELECT COUNT(*) FROM journal WHERE name = 'partner.keys_set.v1'";
        assert_eq!(app.count(told).await, 2);
    }

    async fn keys_are_the_business_of_administrators_at_the_node_and_above(app: TestApp) {
        let county = app.county().await;
        let partner = app.partner(&county.town, &SCOPES).await;
        let dispatcher = app.staff("dispatcher", &county.town).await;
        set(&dispatcher, &partner, &[]).await.refused(Code::Forbidden);
        let beside = app.staff("administrator", &county.other_town).await;
        set(&beside, &partner, &[]).await.refused(Code::NotFound);
        beside.command(partner.path("/remove-secret")).await.refused(Code::NotFound);
        let itself = partner.client().await;
        set(&itself, &partner, &[]).await.refused(Code::ScopeMissing);
    }

    /// Whoever sends it has given his key away, and has to hear that before all else.
    async fn a_private_part_is_refused_and_goes_nowhere(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let partner = app.partner(&county.town, &SCOPES).await;
        let curve = changed(&OwnKey::of_curve("one").jwk(), "d", "c2VjcmV0");
        let shared = json!({ "kid": "one", "kty": "oct", "k": "c2VjcmV0" });
        let mut rsa = OwnKey::of_rsa("one", "RS256").jwk();
        for (key, member) in [(&curve, "d"), (&shared, "k")] {
            let refused = set(&administrator, &partner, std::slice::from_ref(key)).await;
            let body = refused.refused_field(&format!("/keys/0/{member}"), FieldCode::PrivateKey);
            assert!(!body.to_string().contains("c2VjcmV0"), "{body}");
        }
        for member in ["d", "p", "q", "dp", "dq", "qi", "oth"] {
            rsa = changed(&rsa, member, "c2VjcmV0");
            let body = changed(&new_partner(&SCOPES), "keys", json!([rsa]));
            let refused = administrator.post(county.town.path("/partners"), body).await;
            refused.refused_field("/keys/0/d", FieldCode::PrivateKey);
        }
        let stored = "SELECT COUNT(*) FROM partners WHERE CAST(keys AS TEXT) LIKE '%c2VjcmV0%'";
        assert_eq!(app.count(stored).await, 0);
    }

    async fn what_is_no_key_for_signatures_is_refused(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let partner = app.partner(&county.town, &SCOPES).await;
        let curve = OwnKey::of_curve("one").jwk();
        let rsa = OwnKey::of_rsa("one", "RS256").jwk();
        let short = URL_SAFE_NO_PAD.encode([0xff; 128]);
        for (key, member, value, code) in [
            (&curve, "kid", json!(""), FieldCode::WrongType),
            (&curve, "kid", json!("x".repeat(101)), FieldCode::WrongType),
            (&curve, "kid", json!("a b"), FieldCode::WrongType),
            (&curve, "kty", json!("oct"), FieldCode::NotOneOf),
            (&curve, "alg", json!("none"), FieldCode::NotOneOf),
            (&curve, "alg", json!("HS256"), FieldCode::NotOneOf),
            (&curve, "alg", json!("RS256"), FieldCode::NotOneOf),
            (&curve, "use", json!("enc"), FieldCode::NotOneOf),
            (&curve, "crv", json!("P-384"), FieldCode::NotOneOf),
            (&curve, "crv", Value::Null, FieldCode::NotOneOf),
            (&curve, "x", json!("AAAA"), FieldCode::WrongType),
            (&curve, "y", curve["x"].clone(), FieldCode::WrongType),
            (&rsa, "alg", json!("ES256"), FieldCode::NotOneOf),
            (&rsa, "n", json!(short), FieldCode::WrongType),
            (&rsa, "n", Value::Null, FieldCode::WrongType),
            (&rsa, "e", json!("Aw"), FieldCode::NotOneOf),
        ] {
            let refused = set(&administrator, &partner, &[changed(key, member, value)]).await;
            // Two coordinates that are no point together are wrong both.
            let pointer = if member == "y" { "x" } else { member };
            refused.refused_field(&format!("/keys/0/{pointer}"), code);
        }
        for member in ["kid", "kty", "alg"] {
            let mut key = curve.clone();
            key.as_object_mut().expect("a key").remove(member);
            let refused = set(&administrator, &partner, &[key]).await;
            refused.refused_field(&format!("/keys/0/{member}"), FieldCode::Missing);
        }
        let twice = [curve.clone(), rsa];
        let refused = set(&administrator, &partner, &twice).await;
        refused.refused_field("/keys/1/kid", FieldCode::Duplicate);
        let many: Vec<Value> =
            (0..5).map(|number| changed(&curve, "kid", number.to_string())).collect();
        let refused = set(&administrator, &partner, &many).await;
        refused.refused_field("/keys", FieldCode::OutOfRange);
    }

    /// What tools write into a key besides, and addresses that nobody goes to.
    async fn what_is_not_known_of_a_key_is_passed_over(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let partner = app.partner(&county.town, &SCOPES).await;
        let key = OwnKey::of_curve("one").jwk();
        let mut wordy = key.clone();
        for (member, value) in [
            ("use", json!("sig")),
            ("key_ops", json!(["verify"])),
            ("ext", json!(true)),
            ("x5u", json!("http://127.0.0.1:1/key")),
            ("x5c", json!(["MIIB"])),
        ] {
            wordy = changed(&wordy, member, value);
        }
        assert_eq!(set(&administrator, &partner, &[wordy]).await.ok()["keys"], json!([key]));
    }

    async fn who_has_keys_needs_no_secret(app: TestApp) {
        let county = app.county().await;
        let key = OwnKey::of_curve("one");
        let body = changed(&new_partner(&SCOPES), "keys", json!([key.jwk()]));
        let administrator = app.administrator().await;
        let registered = administrator.post(county.town.path("/partners"), body).await.created();
        assert_eq!((&registered["clientSecret"], &registered["secretRenewedAt"]), (&Value::Null, &Value::Null));
        assert_eq!(registered["next"], json!(["suspend", "renew_secret", "set_keys", "end"]));
        let partner = app.partner(&county.town, &SCOPES).await;
        let remove = || administrator.command(partner.path("/remove-secret"));
        // Nobody is left without any way to a token by that.
        remove().await.refused(Code::NotPossible);
        set(&administrator, &partner, &[key.jwk()]).await.ok();
        partner.asks("grant_type=client_credentials").await.ok();
        assert_eq!(remove().await.ok()["secretRenewedAt"], Value::Null);
        partner.asks("grant_type=client_credentials").await.status_is(401);
        remove().await.refused(Code::NotPossible);
        let renewed = partner.is("/renew-secret").await;
        assert!(renewed["clientSecret"].is_string() && renewed["secretRenewedAt"].is_string());
    }
}
