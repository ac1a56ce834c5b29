//! Each rule, shown by a pair of small documents.

use super::breaking_changes;
use serde_json::{Value, json};

/// A document whose only operation receives this schema.
fn request(schema: Value) -> Value {
    json!({"paths": {"/demands": {"post": {
        "operationId": "demands.order",
        "requestBody": {"content": {"application/json": {"schema": schema}}},
        "responses": {"204": {"description": ""}}
    }}}})
}

/// A document whose only operation answers with this schema.
fn response(schema: Value) -> Value {
    json!({"paths": {"/demands": {"get": {
        "operationId": "demands.list",
        "responses": {"200": {"content": {"application/json": {"schema": schema}}}}
    }}}})
}

/// A document with this one operation.
fn operation(operation: Value) -> Value {
    json!({"paths": {"/demands": {"get": operation}}})
}

fn object(properties: Value) -> Value {
    json!({"type": "object", "properties": properties})
}

#[track_caller]
fn breaks(published: &Value, current: &Value, expected: &str) {
    let findings = breaking_changes(published, current);
    let [finding] = findings.as_slice() else {
        panic!("one finding expected: {findings:#?}");
    };
    assert!(finding.contains(expected), "{finding}");
}

#[track_caller]
fn compatible(published: &Value, current: &Value) {
    assert_eq!(breaking_changes(published, current), Vec::<String>::new());
}

/// The change breaks requests as expected, and its reversal does not.
#[track_caller]
fn narrows_request(published: Value, current: Value, expected: &str) {
    let (published, current) = (request(published), request(current));
    breaks(&published, &current, expected);
    compatible(&current, &published);
}

/// The change breaks responses as expected, and its reversal does not.
#[track_caller]
fn weakens_response(published: Value, current: Value, expected: &str) {
    let (published, current) = (response(published), response(current));
    breaks(&published, &current, expected);
    compatible(&current, &published);
}

#[test]
fn paths_and_methods_may_only_be_added() {
    let one = operation(json!({}));
    let two = json!({"paths": {
        "/demands": {"get": {}, "post": {}},
        "/wishes/{id}": {"get": {}}
    }});
    compatible(&one, &two);
    assert_eq!(
        breaking_changes(&two, &one),
        [
            "#/paths/~1demands/post: the method was removed",
            "#/paths/~1wishes~1{id}: the path was removed",
        ]
    );
}

#[test]
fn operation_ids_stay() {
    breaks(
        &operation(json!({"operationId": "demands.list"})),
        &operation(json!({"operationId": "demands.search"})),
        r#"#/paths/~1demands/get: the operationId changed from "demands.list" to "demands.search""#,
    );
}

#[test]
fn parameters_may_only_be_added_as_optional() {
    let parameters = |parameters: Value| operation(json!({"parameters": parameters}));
    let none = parameters(json!([]));
    let optional = parameters(json!([{"in": "query", "name": "page"}]));
    let required = parameters(json!([{"in": "query", "name": "page", "required": true}]));
    compatible(&none, &optional);
    compatible(&required, &optional);
    breaks(&none, &required, "the required query parameter page is new");
    breaks(&optional, &required, "the parameter became required");
    breaks(&optional, &none, "the query parameter page was removed");
}

#[test]
fn parameters_keep_their_schema_and_style() {
    let page = |page: Value| {
        json!({
            "paths": {"/demands": {
                "parameters": [{"$ref": "#/components/parameters/Page"}],
                "get": {}
            }},
            "components": {"parameters": {"Page": page}}
        })
    };
    breaks(
        &page(json!({"in": "query", "name": "page", "schema": {"type": "integer"}})),
        &page(json!({"in": "query", "name": "page", "schema": {"type": "string"}})),
        "#/components/parameters/Page/schema (request): the type changed from integer to string",
    );
    breaks(
        &page(json!({"in": "query", "name": "page"})),
        &page(json!({"in": "query", "name": "page", "explode": false})),
        "the explode changed",
    );
}

#[test]
fn header_parameters_ignore_case() {
    let header = |name| operation(json!({"parameters": [{"in": "header", "name": name}]}));
    compatible(&header("If-Match"), &header("if-match"));
}

#[test]
fn security_may_only_be_relaxed() {
    let security = |security: Value| operation(json!({"security": security}));
    let anonymous = security(json!([]));
    let bearer = security(json!([{"bearer": []}]));
    let optional = security(json!([{}, {"bearer": []}]));
    let scoped = security(json!([{"bearer": ["demands"]}]));
    compatible(&bearer, &anonymous);
    compatible(&bearer, &optional);
    compatible(&anonymous, &optional);
    compatible(&scoped, &bearer);
    breaks(&anonymous, &bearer, "an anonymous call is no longer authorized");
    breaks(&optional, &bearer, "an anonymous call is no longer authorized");
    breaks(&bearer, &scoped, "a call with bearer is no longer authorized");
}

#[test]
fn security_is_inherited_from_the_document() {
    let published = operation(json!({}));
    let mut current = published.clone();
    current["security"] = json!([{"bearer": []}]);
    breaks(&published, &current, "an anonymous call is no longer authorized");
}

#[test]
fn request_bodies_may_not_become_required() {
    let body = |required| operation(json!({"requestBody": {"required": required, "content": {}}}));
    let none = operation(json!({}));
    compatible(&none, &body(false));
    compatible(&body(true), &body(false));
    breaks(&none, &body(true), "the required request body is new");
    breaks(&body(false), &body(true), "the request body became required");
    breaks(&body(false), &none, "the request body was removed");
}

#[test]
fn media_types_may_only_be_added() {
    let accepts = |content: Value| operation(json!({"requestBody": {"content": content}}));
    let one = accepts(json!({"text/csv": {}}));
    let two = accepts(json!({"text/csv": {}, "application/json": {}}));
    compatible(&one, &two);
    breaks(&two, &one, "content/application~1json: the request media type was removed");

    let answers = |content: Value| operation(json!({"responses": {"200": {"content": content}}}));
    let one = answers(json!({"text/csv": {}}));
    let two = answers(json!({"text/csv": {}, "application/json": {}}));
    compatible(&one, &two);
    breaks(&two, &one, "content/application~1json: the response media type was removed");
}

#[test]
fn a_success_may_not_go_away_but_an_error_may() {
    let responses = |responses: Value| operation(json!({"responses": responses}));
    let few = responses(json!({"200": {}}));
    let many = responses(json!({"200": {}, "404": {}, "default": {}}));
    compatible(&few, &many);
    compatible(&many, &few);
    breaks(
        &few,
        &responses(json!({"202": {}})),
        "#/paths/~1demands/get/responses/200: the response 200 was removed",
    );
}

#[test]
fn response_headers_stay() {
    let headers = |headers: Value| operation(json!({"responses": {"200": {"headers": headers}}}));
    let none = headers(json!({}));
    let optional = headers(json!({"ETag": {"schema": {"type": "string"}}}));
    let required = headers(json!({"ETag": {"required": true, "schema": {"type": "string"}}}));
    compatible(&none, &required);
    compatible(&optional, &required);
    breaks(&required, &optional, "headers/ETag: the response header became optional");
    breaks(&optional, &none, "headers/ETag: the response header was removed");
}

#[test]
fn requests_may_get_optional_properties_only() {
    let small = object(json!({"name": {}}));
    let large = object(json!({"name": {}, "note": {}}));
    compatible(&request(small.clone()), &request(large.clone()));
    compatible(&request(large.clone()), &request(small.clone()));
    let mut demanding = large.clone();
    demanding["required"] = json!(["note"]);
    narrows_request(small, demanding.clone(), "the property note is now required");
    narrows_request(large, demanding, "the property note is now required");
}

#[test]
fn closed_requests_keep_their_properties() {
    let closed = |mut schema: Value| {
        schema["additionalProperties"] = json!(false);
        schema
    };
    let small = object(json!({"name": {}}));
    let large = object(json!({"name": {}, "note": {}}));
    narrows_request(closed(large), closed(small.clone()), "the property note was removed");
    narrows_request(small.clone(), closed(small), "unknown properties are no longer accepted");
}

#[test]
fn requests_keep_their_values() {
    narrows_request(
        json!({"type": "string", "enum": ["poor", "good"]}),
        json!({"type": "string", "enum": ["good"]}),
        r#"the value "poor" is no longer accepted"#,
    );
    narrows_request(
        json!({"type": "string"}),
        json!({"type": "string", "const": "good"}),
        "only listed values are accepted now",
    );
}

#[test]
fn request_bounds_may_only_be_widened() {
    let unbounded = json!({"type": "string"});
    for (keyword, loose, tight) in [
        ("minLength", 1, 2),
        ("minItems", 1, 2),
        ("minProperties", 1, 2),
        ("minimum", -3, -2),
        ("exclusiveMinimum", 0, 1),
    ] {
        let expected = format!("{keyword} rose from {loose} to {tight}");
        narrows_request(json!({keyword: loose}), json!({keyword: tight}), &expected);
        narrows_request(json!({}), json!({keyword: tight}), keyword);
    }
    for (keyword, loose, tight) in [
        ("maxLength", 2, 1),
        ("maxItems", 2, 1),
        ("maxProperties", 2, 1),
        ("maximum", 2, 1),
        ("exclusiveMaximum", 2, 1),
    ] {
        let expected = format!("{keyword} fell from {loose} to {tight}");
        narrows_request(json!({keyword: loose}), json!({keyword: tight}), &expected);
        narrows_request(json!({}), json!({keyword: tight}), keyword);
    }
    compatible(&request(unbounded.clone()), &request(json!({"type": "string", "minLength": 0})));
    narrows_request(
        unbounded,
        json!({"type": "string", "pattern": "^1"}),
        r#"pattern is now "^1""#,
    );
    breaks(
        &request(json!({"pattern": "^1"})),
        &request(json!({"pattern": "^2"})),
        r#"pattern is now "^2""#,
    );
    narrows_request(json!({}), json!({"multipleOf": 30}), "multipleOf is now 30");
    narrows_request(
        json!({"uniqueItems": false}),
        json!({"uniqueItems": true}),
        "uniqueItems is now true",
    );
}

#[test]
fn request_types_may_only_be_widened() {
    narrows_request(
        json!({"type": "number"}),
        json!({"type": "integer"}),
        "the type changed from number to integer",
    );
    narrows_request(json!({}), json!({"type": "object"}), "the type changed from any to object");
    narrows_request(
        json!({"type": "string"}),
        json!({"type": "string", "format": "uuid"}),
        r#"the format changed from none to "uuid""#,
    );
    narrows_request(
        json!({"type": ["string", "null"]}),
        json!({"type": "string"}),
        "null is no longer accepted",
    );
}

#[test]
fn request_items_and_maps_are_compared() {
    let items = |items: Value| json!({"type": "array", "items": items});
    narrows_request(
        items(json!({"type": "string"})),
        items(json!({"type": "string", "maxLength": 9})),
        "schema/items (request): maxLength fell",
    );
    narrows_request(
        json!({"type": "array"}),
        items(json!({"type": "string"})),
        "items became restricted",
    );
    let map = |values: Value| json!({"type": "object", "additionalProperties": values});
    narrows_request(
        map(json!({"type": "number"})),
        map(json!({"type": "integer"})),
        "schema/additionalProperties (request): the type changed",
    );
    compatible(&request(map(json!(false))), &request(map(json!({"type": "string"}))));
}

#[test]
fn responses_keep_their_properties() {
    weakens_response(
        object(json!({"name": {}, "note": {}})),
        object(json!({"name": {}})),
        "content/application~1json/schema (response): the property note was removed",
    );
    let optional = object(json!({"name": {}}));
    let mut required = optional.clone();
    required["required"] = json!(["name"]);
    weakens_response(required, optional, "the property name became optional");
}

#[test]
fn response_properties_may_not_become_nullable() {
    let name = |name: Value| object(json!({"name": name}));
    let expected = "properties/name (response): it became nullable";
    weakens_response(
        name(json!({"type": "string"})),
        name(json!({"type": ["string", "null"]})),
        expected,
    );
    weakens_response(
        name(json!({"type": "string"})),
        name(json!({"oneOf": [{"type": "null"}, {"type": "string"}]})),
        expected,
    );
}

#[test]
fn a_schema_without_types_admits_null() {
    let (any, some) = (json!({}), json!({"type": ["string", "null"]}));
    compatible(&request(some.clone()), &request(any.clone()));
    compatible(&response(any), &response(some));
}

#[test]
fn response_types_may_only_be_narrowed() {
    weakens_response(
        json!({"type": "integer"}),
        json!({"type": "number"}),
        "the type changed from integer to number",
    );
    weakens_response(
        json!({"type": "string", "format": "date-time"}),
        json!({"type": "string"}),
        r#"the format changed from "date-time" to none"#,
    );
    breaks(
        &response(json!({"type": "string", "format": "date"})),
        &response(json!({"type": "string", "format": "date-time"})),
        r#"the format changed from "date" to "date-time""#,
    );
    weakens_response(
        json!({"type": "array", "items": {"type": "string"}}),
        json!({"type": "array"}),
        "items became unrestricted",
    );
}

#[test]
fn response_values_and_bounds_are_open() {
    let small = json!({"type": "string", "enum": ["open"], "maxLength": 9});
    let large = json!({"type": "string", "enum": ["open", "closed"]});
    compatible(&response(small.clone()), &response(large.clone()));
    compatible(&response(large), &response(small));
}

/// A document whose operation both receives and answers with `Demand`.
fn demand(schemas: Value) -> Value {
    let content = json!({"application/json": {"schema": {"$ref": "#/components/schemas/Demand"}}});
    json!({
        "paths": {"/demands": {"post": {
            "requestBody": {"content": content},
            "responses": {"200": {"content": content}, "201": {"content": content}}
        }}},
        "components": {"schemas": schemas}
    })
}

#[test]
fn a_component_is_reported_once_for_each_direction() {
    let note = |note: Value| demand(json!({"Demand": object(json!({"note": note}))}));
    assert_eq!(
        breaking_changes(&note(json!({"type": "string"})), &note(json!({"type": "integer"}))),
        [
            "#/components/schemas/Demand/properties/note (request): the type changed from string to integer",
            "#/components/schemas/Demand/properties/note (response): the type changed from string to integer",
        ]
    );
}

#[test]
fn schemas_may_contain_themselves() {
    let tree = |name: Value| {
        demand(json!({"Demand": object(json!({
            "name": name,
            "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Demand"}},
            "whole": {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Demand"}]}
        }))}))
    };
    let published = tree(json!({"type": "string"}));
    compatible(&published, &published);
    let findings = breaking_changes(&published, &tree(json!({"type": "integer"})));
    assert_eq!(findings.len(), 2, "{findings:#?}");

    let circle = demand(json!({
        "Demand": {"$ref": "#/components/schemas/Again"},
        "Again": {"$ref": "#/components/schemas/Demand"}
    }));
    compatible(&circle, &circle);
    let part_of_itself = demand(json!({
        "Demand": {"allOf": [{"$ref": "#/components/schemas/Demand"}, object(json!({"name": {}}))]}
    }));
    compatible(&part_of_itself, &part_of_itself);
}

#[test]
fn the_way_of_writing_does_not_matter() {
    let inline = object(json!({
        "place": {"type": ["object", "null"], "properties": {"town": {"type": "string"}}}
    }));
    let published = demand(json!({"Demand": inline}));
    let current = demand(json!({
        "Demand": {"allOf": [
            {"$ref": "#/components/schemas/Placed"},
            {"type": "object", "description": "an order"}
        ]},
        "Placed": object(json!({
            "place": {"description": "where", "oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Place"}]}
        })),
        "Place": object(json!({"town": {"type": "string"}}))
    }));
    compatible(&published, &current);
    compatible(&current, &published);
}

#[test]
fn requests_may_get_alternatives_and_responses_may_lose_them() {
    let by_phone = object(json!({"kind": {"const": "phone"}, "number": {"type": "string"}}));
    let by_visit = object(json!({"kind": {"const": "visit"}, "door": {"type": "string"}}));
    let both = json!({"oneOf": [by_phone, by_visit]});
    let one = json!({"oneOf": [by_phone]});
    narrows_request(
        both.clone(),
        one.clone(),
        "oneOf/1 (request): this alternative is no longer accepted",
    );
    weakens_response(one, both, "oneOf/1 (response): this alternative is new to the clients");
}

#[test]
fn alternatives_are_compared_with_their_namesakes() {
    let kinds = |number: Value, door: Value| {
        json!({"oneOf": [
            object(json!({"kind": {"const": "phone"}, "number": number})),
            object(json!({"kind": {"const": "visit"}, "door": door}))
        ]})
    };
    let text = json!({"type": "string"});
    narrows_request(
        kinds(text.clone(), text.clone()),
        kinds(json!({"type": "string", "maxLength": 11}), text.clone()),
        "oneOf/0/properties/number (request): maxLength fell",
    );
    weakens_response(
        kinds(text.clone(), text.clone()),
        kinds(text, json!({"type": ["string", "null"]})),
        "oneOf/1/properties/door (response): it became nullable",
    );
}
