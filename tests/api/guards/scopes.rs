//! The scopes of partners: the contract says which operation takes which, and the program wants it.

use redvest::access::partners::Scope;
use redvest::app::generated_contract;
use redvest::problem::Code;

use crate::support::TestApp;
use crate::support::app::CONTRACT;
use crate::support::partner::SCOPES;

#[test]
fn the_contract_lists_every_scope_and_names_no_other() {
    let known: Vec<&str> = Scope::ALL.iter().map(|scope| scope.as_str()).collect();
    assert_eq!(known, SCOPES);
    let document = generated_contract();
    let flow = "/components/securitySchemes/partner/flows/clientCredentials/scopes";
    let listed = document.pointer(flow).and_then(|scopes| scopes.as_object()).expect("scopes");
    assert_eq!(listed.len(), known.len());
    for scope in &known {
        assert!(listed.contains_key(*scope), "{scope} is not in the contract");
        let used = CONTRACT.operations().any(|operation| operation.scopes == [*scope]);
        assert!(used, "{scope} reaches nothing");
    }
    for operation in CONTRACT.operations() {
        let id = &operation.id;
        assert!(operation.scopes.iter().all(|scope| known.contains(&scope.as_str())), "{id}");
        assert!(operation.scopes.is_empty() || operation.method == "GET", "{id} is no reading");
    }
}

on_both_engines! {
    async fn an_operation_is_reached_by_its_own_scope_alone(app: TestApp) {
        let county = app.county().await;
        for scope in SCOPES {
            let partner = app.partner(&county.town, &[scope]).await.client().await;
            for operation in CONTRACT.operations().filter(|operation| !operation.scopes.is_empty()) {
                let path = operation.path.replace("{organizationId}", &county.town.id);
                let query = match operation.id.as_str() {
                    "organizationNearest" => {
                        "?latitude=27.66&longitude=120.56&coordinateSystem=wgs84".to_owned()
                    }
                    _ if path.contains(&county.town.id) => String::new(),
                    _ => format!("?within={}", county.town.id),
                };
                let reply = partner.get(format!("{path}{query}")).await;
                if operation.scopes.iter().any(|own| own == scope) {
                    reply.status_is(200);
                } else {
                    reply.refused(Code::ScopeMissing);
                }
            }
        }
    }
}
