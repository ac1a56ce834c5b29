//! API4: nobody gets more work done by a request than its answer needs. What takes a real
//! connection is told in `process/attacked.rs`.

use actix_web::http::Method;
use chrono::Duration;
use redvest::app::{Settings, generated_contract};
use redvest::problem::{Code, FieldCode};
use serde_json::{Value, json};
use uuid::Uuid;

use super::sent::{Part, call, example, parts};
use crate::support::TestApp;
use crate::support::app::CONTRACT;
use crate::support::practice::order;

/// What bounds a text or says which few values there are.
const BOUNDS_OF_TEXT: [&str; 5] = ["maxLength", "format", "enum", "pattern", "const"];

/// Whether what stands there has an end.
fn has_an_end(part: &Part<'_>) -> bool {
    let text = !part.may_be("string") || BOUNDS_OF_TEXT.iter().any(|bound| part.says(bound));
    let list = !part.may_be("array") || part.says("maxItems");
    let is_number = part.may_be("integer") || part.may_be("number");
    let number = !is_number || (part.says("minimum") && part.says("maximum"));
    let named = part.schema["additionalProperties"] == false || part.says("oneOf");
    let object = !part.may_be("object") || named;
    text && list && number && object
}

/// A gzip file that holds this text as it is, which every program that inflates would read.
fn gzip(text: &[u8]) -> Vec<u8> {
    let length = u16::try_from(text.len()).expect("a short text");
    let mut file = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    file.extend_from_slice(&length.to_le_bytes());
    file.extend_from_slice(&(!length).to_le_bytes());
    file.extend_from_slice(text);
    file.extend_from_slice(&crc32(text).to_le_bytes());
    file.extend_from_slice(&u32::from(length).to_le_bytes());
    file
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |sum: u32| if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 };
    let with = |sum: u32, byte: &u8| (0..8).fold(sum ^ u32::from(*byte), |sum, _| step(sum));
    !bytes.iter().fold(u32::MAX, with)
}

#[test]
fn everything_that_is_sent_has_an_end() {
    let document = generated_contract();
    for operation in CONTRACT.operations() {
        // What is unknown in a JSON Web Key, RFC 7517 wants passed over: the body bounds it.
        let is_key = |part: &Part| part.place.ends_with("/keys/…");
        for part in parts(&document, operation).into_iter().filter(|part| !is_key(part)) {
            assert!(has_an_end(&part), "{} has no end: {}", part.place, part.schema);
        }
    }
}

on_both_engines! {
    async fn no_list_gives_more_than_a_page(app: TestApp) {
        let resident = app.resident("王").await;
        let mut lists = 0;
        for operation in CONTRACT.operations() {
            let Some(limit) = operation.parameters.iter().find(|named| named.name == "limit") else {
                continue;
            };
            assert_eq!(limit.schema["maximum"], 100, "{}", operation.id);
            let path = operation.path_with(|_| app.clock.new_id::<Uuid>().to_string());
            for wanted in ["101", "1000000", "4294967297", "0", "-1"] {
                let refused = resident.get(format!("{path}?limit={wanted}")).await;
                refused.refused_field("query:limit", FieldCode::OutOfRange);
            }
            let beyond = resident.get(format!("{path}?limit=99999999999999999999999")).await;
            beyond.refused(Code::InvalidRequest);
            if operation.parameters.iter().any(|named| named.name == "cursor") {
                let made_up = resident.get(format!("{path}?cursor={}", "A".repeat(5_000))).await;
                made_up.refused_field("query:cursor", FieldCode::BadCursor);
            }
            lists += 1;
        }
        assert!(lists > 15, "only {lists} lists");
    }

    async fn nothing_is_inflated(app: TestApp) {
        app.practice().await;
        let resident = app.resident("王").await;
        let text = order().to_string();
        for encoding in ["gzip", "deflate", "br", "zstd", "identity, gzip"] {
            let packed = resident.call(Method::POST, "/demands");
            let packed = packed.body("application/json", gzip(text.as_bytes()));
            let refused = packed.header("Content-Encoding", encoding).await;
            let body = refused.refused(Code::UnsupportedMediaType);
            assert_eq!(body["errors"][0]["pointer"], "header:Content-Encoding", "{encoding}");
        }
        let plain = resident.call(Method::POST, "/demands").body("application/json", text);
        plain.header("Content-Encoding", "identity").await.created();
    }

    async fn what_is_nested_deep_is_not_followed_down(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let deep = |opening: &str, closing: &str| format!("{}1{}", opening.repeat(8_000), closing.repeat(8_000));
        for nested in [deep("[", "]"), deep("{\"a\":", "}")] {
            for (path, member) in [
                (county.village.path("/rules"), "value"),
                ("/organizations".to_owned(), "place"),
                ("/organizations".to_owned(), "openHours"),
                ("/demands".to_owned(), "content"),
                ("/demands".to_owned(), "nothing"),
            ] {
                let call = administrator.call(Method::POST, &path);
                let body = format!("{{\"{member}\":{nested}}}");
                call.body("application/json", body).await.refused(Code::InvalidRequest);
            }
        }
    }

    /// Of every list in every example, one element more than the contract allows.
    async fn a_list_is_not_longer_than_it_says(app: TestApp) {
        let document = generated_contract();
        let administrator = app.administrator().await;
        let mut tried = 0;
        for operation in CONTRACT.operations().filter(|operation| operation.secured) {
            let body = example(&document, operation);
            for list in parts(&document, operation).iter().filter(|part| part.may_be("array")) {
                let pointer = list.place.trim_start_matches(operation.id.as_str());
                let Some(Value::Array(elements)) = body.pointer(pointer) else { continue };
                let Some(element) = elements.first() else { continue };
                let most = list.schema["maxItems"].as_u64().expect("a bound");
                let mut longer = body.clone();
                let many = usize::try_from(most + 1).expect("a small number");
                *longer.pointer_mut(pointer).expect("the list") = json!(vec![element; many]);
                let refused = call(&app, &administrator, operation, &longer).await;
                refused.refused_field(pointer, FieldCode::OutOfRange);
                tried += 1;
            }
        }
        assert!(tried > 5, "only {tried} lists");
    }

    /// Else whoever writes one letter otherwise sends as much as he likes.
    async fn an_address_in_escapes_counts_as_what_it_is(app: TestApp) {
        let settings = Settings { requests_per_minute: 4, ..Settings::default() };
        let instance = app.another_instance_with(settings).await;
        let resident = instance.resident("王").await;
        resident.get("/me").await.ok();
        app.clock.advance(Duration::minutes(1));
        for path in ["//%61pi/v1/me", "//ap%69/v1/me", "//%61%70%69/v1/me", "/me"] {
            assert!(resident.get(path).await.header("RateLimit").is_some(), "{path} is not counted");
        }
        resident.get("//%61pi/v1/me").await.refused(Code::TooManyRequests);
        let token = instance.anonymous().call(Method::POST, "//%6fauth2/token").await;
        assert!(token.header("RateLimit").is_some(), "{token}");
    }
}
