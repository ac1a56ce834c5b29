//! # The published contract
//!
//! utoipa collects the operations as they are mounted; this room adds what all of
//! them share: the security scheme, the problems that can be answered, the
//! headers. The result is written to `openapi/openapi.json`, committed, and
//! served byte for byte: what was reviewed is what is read.

#![expect(
    clippy::indexing_slicing,
    reason = "a JSON value grows where it is indexed; it is our own document"
)]

mod examples;
mod parameters;
mod schemas;
mod values;

pub use parameters::camel_case;
pub use values::{KNOWN_VALUES, Meanings};

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use utoipa::openapi::OpenApi;
use utoipa::{PartialSchema as _, ToSchema as _};

use crate::problem::ProblemBody;

/// The committed contract.
pub const COMMITTED: &str = include_str!("../../../openapi/openapi.json");

/// Completes what utoipa collected, as the JSON that is committed. The catalogues say what
/// the values of their enums mean.
#[must_use]
pub fn complete(collected: &OpenApi, catalogues: Meanings) -> Value {
    let mut document = serde_json::to_value(collected).unwrap_or_default();
    describe(&mut document, catalogues.get("PartnerScope"));
    parameters::write_in_camel_case(&mut document);
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    for (path, item) in paths.into_iter().flatten() {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            complete_operation(path, method, operation);
        }
    }
    schemas::lift_descriptions(&mut document);
    schemas::promise_what_is_always_there(&mut document);
    values::describe_and_open(&mut document, catalogues);
    examples::add(&mut document);
    document
}

fn describe(document: &mut Value, scopes: Option<&BTreeMap<String, String>>) {
    document["info"] = json!({
        "title": "redvest 红马甲",
        "version": env!("CARGO_PKG_VERSION"),
        "description": "Volunteer service of a county: order, dispatch, accept, serve, evaluate, close.\n\n县域志愿服务：点单、派单、接单、送单、评单、销号。\n\nErrors are RFC 9457 problems with a stable `code`; text follows `Accept-Language` (default zh-CN). Every POST takes an `Idempotency-Key`; whatever is read when signed in carries an `ETag`; lists page by `next`; `HEAD` answers wherever `GET` does.",
        "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
    });
    let tags = TAGS.iter().map(|(name, words)| json!({ "name": name, "description": words }));
    document["tags"] = tags.collect();
    document["servers"] = json!([{ "url": "/", "description": "This installation 本平台" }]);
    document["components"]["securitySchemes"] = json!({
        "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "An access token from signing in: a JWT (RFC 9068) whose `iss` is the public address of the installation, `aud` that and `/api/v1`, `client_id` `redvest`, `sub` the account and `sid` the sign-in 登录所得访问令牌" },
        "partner": { "type": "oauth2",
            "description": "An access token of a partner, for the operations that its scopes name: a JWT as from signing in, whose `sub` and `client_id` are the partner 接入方令牌",
            "flows": { "clientCredentials": { "tokenUrl": "/oauth2/token", "scopes": scopes } } },
    });
    document["components"]["headers"] = json!({
        "ETag": { "required": true, "description": "The version of a single resource, for If-Match, and a digest of the answer, for If-None-Match with the same GET 版本与应答摘要", "schema": { "type": "string" } },
        "Location": { "description": "Where the new thing is 新资源地址", "schema": { "type": "string", "format": "uri-reference" } },
        "RateLimit": { "description": "What is left to the caller, such as \"caller\";r=1199;t=60 剩余额度", "schema": { "type": "string" } },
        "RequestId": { "description": "The request's number in the log 请求编号", "schema": { "type": "string" } },
        "RetryAfter": { "description": "Seconds to wait 需等待的秒数", "schema": { "type": "integer", "minimum": 0 } },
    });
    document["components"]["responses"] = problem_responses();
    describe_problems(document);
    document["security"] = json!([{ "bearer": [] }]);
}

/// No operation names the problem as its body, so utoipa has not collected it.
fn describe_problems(document: &mut Value) {
    let mut schemas = vec![(ProblemBody::name().into_owned(), ProblemBody::schema())];
    ProblemBody::schemas(&mut schemas);
    for (name, schema) in schemas {
        document["components"]["schemas"][name] = json!(schema);
    }
}

/// What each group of operations is about.
const TAGS: &[(&str, &str)] = &[
    ("access", "Signing in, one's own account, staff and their roles 登录、账号与角色"),
    ("privacy", "Privacy notices, and the consent of those whom they tell 个人信息告知与同意"),
    ("audit", "Who did what, for audit administrators 审计"),
    ("reveals", "Seeing whole what is masked, and who has 查看完整信息与查看记录"),
    ("partners", "Other systems that read here, and their tokens 接入方与令牌"),
    ("organizations", "The tree: centers, institutes, stations, teams 组织树"),
    ("rules", "Settings that are inherited down the tree 规则"),
    ("volunteers", "Registration of volunteers 志愿者"),
    ("teams", "Who is in a team 队伍成员"),
    ("hours", "Service records and totals 服务记录与时长"),
    ("catalog", "The menu 服务清单"),
    ("demands", "Orders for help 点单"),
    ("dispatches", "Demands handed to responders 派单"),
    ("assignments", "Volunteers on a dispatch 接单、送单"),
    ("evaluations", "Judgments of the service 评单"),
    ("notifications", "What those concerned are told 消息通知"),
    ("people", "A person's rights over what is kept of him 个人信息权利"),
];

/// Which statuses are answered by which shared response.
const PROBLEMS: &[(&str, &str, &str)] = &[
    ("400", "InvalidRequest", "The request does not meet the contract 请求不符合契约"),
    ("401", "Unauthenticated", "No valid token 未登录"),
    ("403", "Forbidden", "Known, and not allowed 无权"),
    ("404", "NotFound", "There is no such thing, or not for you 不存在或无权查看"),
    ("408", "TooSlow", "The body did not arrive in time 内容未及时送达"),
    ("409", "Conflict", "The present state does not allow it 当前状态不允许"),
    ("410", "Lapsed", "It was there for a while, and is over 已过期"),
    ("412", "ChangedMeanwhile", "Somebody changed it first 已被他人修改"),
    ("413", "TooLarge", "The body is too large 内容过大"),
    ("415", "UnsupportedMediaType", "The body is not JSON 类型不支持"),
    ("422", "Unsuitable", "Well-formed, and not acceptable here 内容不适用"),
    ("428", "PreconditionRequired", "If-Match is missing 缺少 If-Match"),
    ("429", "TooManyRequests", "Too many requests 请求过于频繁"),
    ("500", "Internal", "Something broke on our side 服务内部出错"),
    ("503", "Unavailable", "Not available for the moment 暂不可用"),
];

fn problem_responses() -> Value {
    let mut responses = Map::new();
    for (status, name, description) in PROBLEMS {
        let mut headers = json!({ "X-Request-Id": { "$ref": "#/components/headers/RequestId" } });
        if matches!(*status, "429" | "503") {
            headers["Retry-After"] = json!({ "$ref": "#/components/headers/RetryAfter" });
        }
        responses.insert(
            (*name).to_owned(),
            json!({
                "description": description,
                "headers": headers,
                "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
            }),
        );
    }
    Value::Object(responses)
}

fn complete_operation(path: &str, method: &str, operation: &mut Value) {
    let anonymous = operation["security"] == json!([{}]);
    let has_body = operation.get("requestBody").is_some();
    let writes = method != "get";
    let kept = writes && !anonymous;
    let versioned = kept && operation.pointer("/responses/200/headers/ETag").is_some();
    let read_again = !writes && !anonymous;
    let wanted = |operation: &Value, status: &str| match status {
        "400" | "429" | "500" | "503" => true,
        "401" => !anonymous || path.contains("/sign-in/"),
        "403" => !anonymous,
        // What is not found may be named in the body or in the query as well.
        "404" => kept || path.contains('{') || asks_for_one(operation),
        "409" => kept,
        "422" => kept || path.ends_with("/sign-in/wechat"),
        "410" => read_again && path.ends_with("/reveals/{revealId}"),
        "412" => versioned,
        "408" | "413" | "415" => has_body || kept,
        "428" => versioned && method == "put",
        _ => false,
    };
    for (status, name, _) in PROBLEMS {
        // What the operation documents by itself has another form.
        if wanted(operation, status) && operation["responses"].get(*status).is_none() {
            operation["responses"][status] =
                json!({ "$ref": format!("#/components/responses/{name}") });
        }
    }
    if anonymous {
        operation["security"] = json!([]);
    }
    if read_again {
        operation["responses"]["200"]["headers"]["ETag"] = json!({});
        operation["responses"]["304"] = json!({ "headers": { "ETag": {} } });
    }
    let mut headers = vec![header(
        "Accept-Language",
        "zh-CN (default) or en 语言",
        &json!({ "type": "string", "examples": ["zh-CN"] }),
    )];
    if !anonymous {
        headers.push(header(
            "Coordinate-System",
            "The coordinates to be answered in 返回坐标系",
            &json!({ "type": "string", "enum": ["wgs84", "gcj02"], "default": "wgs84" }),
        ));
    }
    if kept && method == "post" {
        headers.push(header(
            "Idempotency-Key",
            "Makes a repetition safe for 24 hours 幂等键",
            &json!({ "type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[!-~]+$" }),
        ));
    }
    if versioned {
        let mut if_match = header(
            "If-Match",
            "The ETag of what was read 版本条件",
            &json!({ "type": "string", "pattern": "^(\\*|(W/)?\"v[0-9]{1,18}(-[0-9a-f]{16})?\")$" }),
        );
        if_match["required"] = json!(method == "put");
        headers.push(if_match);
    }
    if read_again {
        headers.push(header(
            "If-None-Match",
            "The ETag of the answer that is at hand: 304 when it would be the same 已有应答的 ETag",
            &json!({ "type": "string" }),
        ));
    }
    let mut parameters =
        operation.get("parameters").and_then(Value::as_array).cloned().unwrap_or_default();
    parameters.extend(headers);
    operation["parameters"] = Value::Array(parameters);
    let responses = operation["responses"].as_object_mut();
    for (status, response) in responses.into_iter().flatten() {
        if response.get("$ref").is_none() {
            complete_success(status, response);
        }
    }
}

/// Whether a list is narrowed to one thing by its id, which may not be there.
fn asks_for_one(operation: &Value) -> bool {
    let parameters = operation["parameters"].as_array();
    parameters.into_iter().flatten().any(|parameter| {
        let schema = parameter.pointer("/schema/$ref").and_then(Value::as_str);
        schema.is_some_and(|name| name.ends_with("Id"))
    })
}

fn complete_success(status: &str, response: &mut Value) {
    response["headers"]["X-Request-Id"] = json!({ "$ref": "#/components/headers/RequestId" });
    response["headers"]["RateLimit"] = json!({ "$ref": "#/components/headers/RateLimit" });
    if let Some(etag) = response.pointer_mut("/headers/ETag") {
        *etag = json!({ "$ref": "#/components/headers/ETag" });
    }
    if status == "201" {
        response["headers"]["Location"] = json!({ "$ref": "#/components/headers/Location" });
    }
    if response.get("description").and_then(Value::as_str).is_none_or(str::is_empty) {
        response["description"] = json!(match status {
            "200" => "Done 成功",
            "201" => "Created 已创建",
            "202" => "Under way 已受理",
            "204" => "Done, nothing to say 成功",
            "304" => "The answer would be the same 内容未变",
            _ => "Answer 结果",
        });
    }
}

fn header(name: &str, description: &str, schema: &Value) -> Value {
    json!({ "name": name, "in": "header", "required": false, "description": description, "schema": schema })
}

/// The methods that the contract knows for a concrete path, with `HEAD` where it knows
/// `GET`; empty when it knows none.
#[must_use]
pub fn methods_of(document: &Value, path: &str) -> Vec<String> {
    let paths = document.get("paths").and_then(Value::as_object);
    let literal = paths.and_then(|paths| paths.get_key_value(path));
    let fitting = paths.into_iter().flatten().filter(|(template, _)| fits(template, path));
    // An address that is written out goes before one with a parameter in its place.
    let matching: Vec<_> = literal.map_or_else(|| fitting.collect(), |only| vec![only]);
    matching
        .into_iter()
        .flat_map(|(_, item)| item.as_object().into_iter().flat_map(Map::keys))
        .map(|method| method.to_uppercase())
        .flat_map(
            |method| if method == "GET" { vec![method, "HEAD".to_owned()] } else { vec![method] },
        )
        .collect()
}

fn fits(template: &str, path: &str) -> bool {
    let mut wanted = template.split('/');
    let mut given = path.split('/');
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(segment), Some(value))
                if segment == value || (segment.starts_with('{') && !value.is_empty()) => {}
            _ => return false,
        }
    }
}
