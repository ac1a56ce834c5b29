//! Whatever a client sends, it is told what is wrong, where, and what to do, in its language.

use actix_web::http::Method;
use redvest::problem::{Code, FieldCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::TestApp;
use crate::support::app::changed;
use crate::support::client::{Call, Client};
use crate::support::county::node;
use crate::support::practice::order;

const JSON: &str = "application/json";

fn center() -> Value {
    node("center", "平阳县", None, 27.6619, 120.5658)
}

fn create(client: &Client, body: &Value) -> Call {
    client.post("/organizations", body.clone())
}

/// The same with a body that need not be JSON.
fn send(client: &Client, content_type: &str, body: impl Into<Vec<u8>>) -> Call {
    client.call(Method::POST, "/organizations").body(content_type, body)
}

fn without(body: &Value, member: &str) -> Value {
    let mut body = body.clone();
    body.as_object_mut().expect("an object").remove(member);
    body
}

fn at(latitude: f64, longitude: f64) -> Value {
    let place =
        json!({ "latitude": latitude, "longitude": longitude, "coordinateSystem": "wgs84" });
    changed(&center(), "place", place)
}

on_both_engines! {
    async fn a_list_is_no_object(app: TestApp) {
        let resident = app.resident("王").await;
        let refused = resident.post("/demands", json!(["水管漏水", "无"])).await;
        refused.refused_field("", FieldCode::WrongType);
        let administrator = app.administrator().await;
        let place = json!([27.66, 120.55, "wgs84"]);
        let refused = create(&administrator, &changed(&center(), "place", place)).await;
        refused.refused_field("/place", FieldCode::WrongType);
        let wanted = changed(&order(), "wanted", json!(["2026-03-04T06:00:00Z", "2026-03-04T07:00:00Z"]));
        let recipient = changed(&order(), "recipient", json!(["王秀英", "13900000000"]));
        for (body, pointer) in [(wanted, "/wanted"), (recipient, "/recipient")] {
            resident.post("/demands", body).await.refused_field(pointer, FieldCode::WrongType);
        }
        let hours = json!([{ "weekday": 1, "from": "08:30", "until": "17:30" }, [2, "08:30", "17:30"]]);
        let refused = create(&administrator, &changed(&center(), "openHours", hours)).await;
        refused.refused_field("/openHours/1", FieldCode::WrongType);
        let county = app.county().await;
        let rule = json!({ "value": { "name": "clocks", "respond": { "minutes": 5 }, "handle": [1],
            "urgentRespond": null, "urgentHandle": null } });
        let refused = administrator.post(county.center.path("/rules"), rule).await;
        refused.refused_field("/value/handle", FieldCode::WrongType);
        let refused = app.anonymous().post("/sign-in/phone", json!(["13900000000", "246810"])).await;
        refused.refused_field("", FieldCode::WrongType);
    }

    async fn a_field_is_named_with_what_is_wrong_with_it(app: TestApp) {
        let administrator = app.administrator().await;
        let name = |name: &str| changed(&center(), "name", name);
        let cases = [
            (changed(&center(), "colour", "red"), "/colour", FieldCode::Unknown),
            (without(&center(), "name"), "/name", FieldCode::Missing),
            (changed(&center(), "name", Value::Null), "/name", FieldCode::WrongType),
            (changed(&center(), "name", 7), "/name", FieldCode::WrongType),
            (changed(&center(), "radiusMeters", "far"), "/radiusMeters", FieldCode::WrongType),
            (changed(&center(), "radiusMeters", 0), "/radiusMeters", FieldCode::OutOfRange),
            (changed(&center(), "radiusMeters", 200_001), "/radiusMeters", FieldCode::OutOfRange),
            (changed(&center(), "kind", "castle"), "/kind", FieldCode::NotOneOf),
            (changed(&center(), "parentId", "root"), "/parentId", FieldCode::WrongType),
            (name(""), "/name", FieldCode::TooShort),
            (name(" \t\n "), "/name", FieldCode::TooShort),
            (name(&"长".repeat(81)), "/name", FieldCode::TooLong),
            (name("平\u{7}阳"), "/name", FieldCode::ControlCharacters),
            (name("平\u{0}阳"), "/name", FieldCode::ControlCharacters),
            (changed(&center(), "phone", "110"), "/phone", FieldCode::NotAPhone),
            (changed(&center(), "skills", json!(["09", "24"])), "/skills/1", FieldCode::NotOneOf),
            (changed(&center(), "slots", json!(["25"])), "/slots", FieldCode::NotOneOf),
            (changed(&center(), "divisionCode", "33-03"), "/divisionCode", FieldCode::WrongType),
            (at(120.5658, 27.6619), "/place", FieldCode::SwappedCoordinates),
            (at(35.6762, 139.6503), "/place", FieldCode::OutsideChina),
        ];
        for (body, pointer, code) in cases {
            create(&administrator, &body).await.refused_field(pointer, code);
        }
        create(&administrator, &name(&"长".repeat(80))).await.created();
    }

    async fn what_stands_deeper_is_pointed_at(app: TestApp) {
        let administrator = app.administrator().await;
        let hours = |weekday: u8, from: &str| {
            let monday = json!({ "weekday": 1, "from": "08:30", "until": "17:30" });
            let other = json!({ "weekday": weekday, "from": from, "until": "17:30" });
            changed(&center(), "openHours", json!([monday, other]))
        };
        let cases = [
            (hours(8, "08:30"), "/openHours/1/weekday", FieldCode::OutOfRange),
            (hours(2, "8:30"), "/openHours/1/from", FieldCode::WrongType),
            (hours(2, "24:00"), "/openHours/1/from", FieldCode::WrongType),
        ];
        for (body, pointer, code) in cases {
            create(&administrator, &body).await.refused_field(pointer, code);
        }
        let half = changed(&center(), "place", json!({ "latitude": 27.66 }));
        create(&administrator, &half).await.refused_field("/place/longitude", FieldCode::Missing);
        let system = json!({ "latitude": 27.66, "longitude": 120.56, "coordinateSystem": "bd09" });
        let unknown = create(&administrator, &changed(&center(), "place", system)).await;
        unknown.refused_field("/place/coordinateSystem", FieldCode::NotOneOf);
    }

    async fn edges_of_blank_are_cut_off(app: TestApp) {
        let administrator = app.administrator().await;
        let created = create(&administrator, &changed(&center(), "name", "  平阳县\n")).await;
        assert_eq!(created.created()["name"], "平阳县");
    }

    async fn what_is_no_json_is_called_malformed(app: TestApp) {
        let administrator = app.administrator().await;
        let twice = format!("{0}{0}", center());
        let bodies: [&[u8]; 8] = [
            b"{",
            b"nonsense",
            twice.as_bytes(),
            b"{\"name\": \"\xff\xfe\"}",
            b"{\"name\": \"\\ud800\"}",
            b"{\"radiusMeters\": 1e999}",
            b"\xef\xbb\xbf{}",
            b"{\"name\": \"a\nb\"}",
        ];
        for body in bodies {
            let refused = send(&administrator, JSON, body).await.refused(Code::InvalidRequest);
            assert_eq!(refused["errors"][0]["code"], "malformed", "{refused}");
        }
        let deep = "[".repeat(50_000);
        send(&administrator, JSON, deep).await.refused(Code::InvalidRequest);
    }

    async fn what_is_no_object_is_refused(app: TestApp) {
        let administrator = app.administrator().await;
        for body in ["null", "[]", "7", "\"text\""] {
            let refused = send(&administrator, JSON, body).await;
            refused.refused(Code::InvalidRequest);
        }
        let twice = r#"{"kind": "center", "name": "甲", "name": "乙"}"#;
        let twice = send(&administrator, JSON, twice).await;
        twice.refused_field("/name", FieldCode::Duplicate);
    }

    async fn a_body_is_there_and_is_json(app: TestApp) {
        let administrator = app.administrator().await;
        let nothing = administrator.command("/organizations").await;
        nothing.refused_field("", FieldCode::Missing);
        let text = center().to_string();
        for content_type in ["text/plain", "application/x-www-form-urlencoded", "text/json", ""] {
            let refused = send(&administrator, content_type, text.clone()).await;
            refused.refused(Code::UnsupportedMediaType);
        }
        send(&administrator, "application/json; charset=utf-8", text).await.created();
    }

    async fn a_command_without_words_takes_none(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let suspend = county.team.path("/suspend");
        let words = administrator.post(&suspend, json!({ "why": "no reason" })).await;
        words.refused_field("/why", FieldCode::Unknown);
        administrator.post(&suspend, json!({})).await.ok();
    }

    async fn a_body_has_an_end(app: TestApp) {
        let administrator = app.administrator().await;
        for size in [64 * 1024 + 1, 10 * 1024 * 1024] {
            let refused = send(&administrator, JSON, vec![b' '; size]).await;
            refused.refused(Code::TooLarge);
            let anonymous = app.anonymous().call(Method::POST, "/sign-in/codes");
            anonymous.body(JSON, vec![b' '; size]).await.refused(Code::TooLarge);
        }
        let mut padded = center().to_string().into_bytes();
        padded.resize(64 * 1024, b' ');
        send(&administrator, JSON, padded).await.created();
    }

    async fn a_query_is_known_by_name_and_form(app: TestApp) {
        let resident = app.resident("王").await;
        let cases = [
            ("/organizations?colour=red", "query:colour", FieldCode::Unknown),
            ("/organizations?kind=castle", "query:kind", FieldCode::NotOneOf),
            ("/organizations?within=root", "query:within", FieldCode::WrongType),
            ("/organizations?limit=7&limit=8", "query:limit", FieldCode::Duplicate),
        ];
        for (path, pointer, code) in cases {
            resident.get(path).await.refused_field(pointer, code);
        }
    }

    async fn an_id_has_the_form_of_one(app: TestApp) {
        let administrator = app.administrator().await;
        for wrong in ["1", "root", "%00", "%ff", "019cac46-1500-73a5-9cb8-fab9339eced"] {
            let refused = administrator.get(format!("/organizations/{wrong}")).await;
            refused.refused_field("path:organizationId", FieldCode::WrongType);
        }
        let unknown = app.clock.new_id::<Uuid>();
        administrator.get(format!("/organizations/{unknown}")).await.refused(Code::NotFound);
        let refused = administrator.command(format!("/organizations/{unknown}/suspend")).await;
        refused.refused(Code::NotFound);
    }

    async fn an_address_says_which_methods_it_knows(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let cases = [
            (Method::DELETE, "/me".to_owned(), vec!["GET", "HEAD", "PUT"]),
            (Method::PATCH, county.team.path(""), vec!["GET", "HEAD", "PUT"]),
            (Method::PUT, "/organizations".to_owned(), vec!["GET", "HEAD", "POST"]),
            (Method::GET, "/sign-in/phone".to_owned(), vec!["POST"]),
            (Method::HEAD, "/sign-in/phone".to_owned(), vec!["POST"]),
        ];
        for (method, path, expected) in cases {
            let refused = administrator.call(method, &path).await;
            let allowed = refused.header("Allow").unwrap_or_default().to_owned();
            let mut allowed: Vec<&str> = allowed.split(", ").collect();
            allowed.sort_unstable();
            assert_eq!(allowed, expected, "{path}");
            refused.refused(Code::MethodNotAllowed);
        }
    }

    async fn a_head_is_answered_as_the_get_that_it_asks_about(app: TestApp) {
        let county = app.county().await;
        let resident = app.resident("王").await;
        for path in [county.village.path(""), "/me".to_owned(), "/organizations?limit=2".to_owned()] {
            let get = resident.get(&path).await;
            let head = resident.call(Method::HEAD, &path).await;
            assert_eq!((head.status(), head.header("ETag")), (200, get.header("ETag")), "{path}");
        }
        let unchanged = resident.get(county.village.path("")).await;
        let known = resident.call(Method::HEAD, &county.village.path(""));
        known.header("If-None-Match", &unchanged.etag()).await.status_is(304);
        app.anonymous().call(Method::HEAD, "/me").await.refused(Code::Unauthenticated);
        resident.call(Method::HEAD, "/nothing").await.refused(Code::NotFound);
    }

    async fn a_header_is_known_by_its_form(app: TestApp) {
        let resident = app.resident("王").await;
        let refused = resident.get("/me").header("Coordinate-System", "bd09").await;
        refused.refused_field("header:Coordinate-System", FieldCode::NotOneOf);
        resident.get("/me").header("Coordinate-System", "GCJ02").await.ok();
    }

    async fn problems_speak_chinese_unless_they_are_asked_for_english(app: TestApp) {
        let chinese = ["", "zh", "zh-CN,zh;q=0.9,en;q=0.8", "fr", "*", ";;;"];
        for wanted in chinese {
            let body = app.anonymous().get("/me").header("Accept-Language", wanted).await;
            let body = body.refused(Code::Unauthenticated);
            assert_eq!(body["title"], "尚未登录，或登录已失效", "{wanted}");
        }
        for wanted in ["en", "en-GB", "EN-us", "en-US,zh;q=0.8", "fr, zh;q=0.2, en;q=0.5"] {
            let body = app.anonymous().get("/me").header("Accept-Language", wanted).await;
            let body = body.refused(Code::Unauthenticated);
            assert_eq!(body["title"], "You are not signed in, or no longer", "{wanted}");
        }
    }

    async fn a_limit_is_told_in_words(app: TestApp) {
        let administrator = app.administrator().await;
        let long = changed(&center(), "name", "长".repeat(81));
        let chinese = create(&administrator, &long).await.refused(Code::InvalidRequest);
        assert_eq!(chinese["errors"][0]["detail"], "最多 80 个字符");
        let english = create(&administrator, &long).in_english().await.refused(Code::InvalidRequest);
        assert_eq!(english["errors"][0]["detail"], "may have at most 80 characters");
    }

    async fn a_request_has_a_number(app: TestApp) {
        let given = "order-2026-03-02-0001";
        let answered = app.anonymous().get("/me").header("X-Request-Id", given).await;
        assert_eq!(answered.header("X-Request-Id"), Some(given));
        assert_eq!(answered.refused(Code::Unauthenticated)["requestId"], given);
        let long = "x".repeat(65);
        for harmful in ["short", "<script>alert()</script>", "a b c d e f", long.as_str()] {
            let answered = app.anonymous().get("/me").header("X-Request-Id", harmful).await;
            let number = answered.header("X-Request-Id").expect("a number").to_owned();
            assert!(number.parse::<Uuid>().is_ok(), "{number}");
        }
    }

    async fn no_answer_is_kept_or_guessed_at_by_others(app: TestApp) {
        let resident = app.resident("王").await;
        for reply in [resident.get("/me").await, app.anonymous().get("/me").await] {
            assert_eq!(reply.header("Cache-Control"), Some("no-store"));
            assert_eq!(reply.header("X-Content-Type-Options"), Some("nosniff"));
            assert_eq!(reply.header("Referrer-Policy"), Some("no-referrer"));
        }
    }

    async fn a_hostile_text_is_only_a_text(app: TestApp) {
        let administrator = app.administrator().await;
        let texts = [
            "'; DROP TABLE organizations; --",
            "<script>alert(1)</script>",
            "{rows:20} {list} $1",
            "\u{202e}倒写\u{200b}",
            "👨‍👩‍👧 家庭服务队",
        ];
        for text in texts {
            let created = create(&administrator, &changed(&center(), "name", text)).await;
            let location = created.location();
            assert_eq!(created.created()["name"], text);
            assert_eq!(administrator.get(location).await.ok()["name"], text);
        }
    }
}
