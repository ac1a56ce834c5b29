//! API9: there is nothing beside the contract but what `guards/anonymous.rs` lists, nor an earlier
//! version of it, nor what other programs of its kind leave open.

use std::fs;

use redvest::problem::Code;

use crate::support::TestApp;

/// What `app` mounts by itself, past the contract.
const MOUNTED: [&str; 5] =
    ["/.well-known/jwks.json", "/api/v1/openapi.json", "/healthz", "/metrics", "/readyz"];

/// Where others have had doors that they did not know of.
const DOORS: [&str; 24] = [
    "//.env",
    "//.git/config",
    "//.well-known/openid-configuration",
    "//actuator/env",
    "//actuator/heapdump",
    "//admin",
    "//api",
    "//api-docs",
    "//api/docs",
    "//api/internal/organizations",
    "//api/v0/me",
    "//api/v2/me",
    "//backup.zip",
    "//config.json",
    "//console",
    "//debug/pprof/heap",
    "//graphql",
    "//openapi.json",
    "//phpinfo.php",
    "//redvest.db",
    "//server-status",
    "//swagger-ui.html",
    "//v1/me",
    "//docs/../redvest.db",
];

fn source(file: &str) -> String {
    let path = format!("{}/src/{file}", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(path).expect("a source file")
}

/// An operation is mounted together with what the contract says of it, or it does not compile; past
/// that only `app` mounts anything.
#[test]
fn what_is_mounted_past_the_contract_is_known() {
    let app = source("app.rs");
    let mut mounted: Vec<&str> = ["get", "post", "put", "delete", "route"]
        .iter()
        .flat_map(|method| app.split(&format!("#[{method}(\"")).skip(1).collect::<Vec<_>>())
        .filter_map(|rest| rest.split('"').next())
        .collect();
    mounted.sort_unstable();
    assert_eq!(mounted, MOUNTED);
    let others =
        ["web::resource", "web::scope", "web::get()", "web::post()", ".route(", "actix_files"];
    for other in others {
        assert!(!app.contains(other), "app mounts something by {other}");
    }
}

on_both_engines! {
    async fn nobody_finds_a_door_that_we_do_not_know_of(app: TestApp) {
        let resident = app.resident("王").await;
        for client in [app.anonymous(), resident, app.administrator().await] {
            for door in DOORS {
                client.get(door).await.refused(Code::NotFound);
            }
        }
    }
}
