//! What is given to a partner is agreed to for that partner alone, or has its basis in law.

use redvest::access::consents::allows;
use redvest::access::privacy_notices::{Asked, ConsentPurpose, Topic};
use redvest::ids::{AccountId, OrganizationId, PartnerId, PrivacyNoticeId};
use redvest::problem::FieldCode;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{notice, published, says, withdraws};
use crate::support::TestApp;
use crate::support::app::changed;
use crate::support::county::County;
use crate::support::partner::new_partner;
use crate::support::practice::text;

/// The body of a notice about giving data to this partner.
fn sharing(partner: &str) -> Value {
    let mut body = changed(&notice("partner_sharing", "anew"), "partnerId", partner);
    body["receiver"] = json!({ "name": "县一体化便民平台", "contact": "0577-63700001" });
    body
}

/// Whether a person's data may be given to this partner.
async fn may_be_given(
    app: &TestApp,
    county: &County,
    (account, partner, notice): (&str, &str, &str),
) -> bool {
    let uuid = |id: &str| id.parse::<Uuid>().expect("an id");
    let partner_id = Some(PartnerId(uuid(partner)));
    let asked = Asked {
        privacy_notice_id: PrivacyNoticeId(uuid(notice)),
        organization_id: OrganizationId(uuid(&county.center.id)),
        topic: Topic { purpose: ConsentPurpose::PartnerSharing, partner_id },
        number: 1,
    };
    let mut tx = app.db.read().await.expect("a connection");
    let allowed = allows(&mut tx, AccountId(uuid(account)), &asked).await.expect("an answer");
    tx.finish();
    allowed
}

on_both_engines! {
    async fn consent_is_for_one_partner_and_ends_when_it_is_taken_back(app: TestApp) {
        let county = app.county().await;
        let one = app.partner(&county.center, &["demands.read"]).await.id;
        let other = app.partner(&county.center, &["demands.read"]).await.id;
        let to_one = published(&app, &county.center, sharing(&one)).await;
        let to_other = published(&app, &county.center, sharing(&other)).await;
        let resident = app.resident("王").await;
        let account = resident.account_id();
        let (to_one, to_other) = ((&*account, &*one, &*to_one), (&*account, &*other, &*to_other));
        assert!(!may_be_given(&app, &county, to_one).await);
        let given = says(&resident, to_one.2, "given").await.created();
        assert_eq!(given["partnerId"], json!(one));
        assert!(may_be_given(&app, &county, to_one).await);
        assert!(!may_be_given(&app, &county, to_other).await, "he was not asked for this one");
        withdraws(&resident, &given).await.created();
        assert!(!may_be_given(&app, &county, to_one).await);
    }

    async fn sharing_is_told_of_partners_near_and_with_the_receiver(app: TestApp) {
        let county = app.county().await;
        let partner = app.partner(&county.another_county, &["demands.read"]).await.id;
        let administrator = app.administrator().await;
        let path = county.center.path("/privacy-notices");
        administrator
            .post(&path, sharing(&partner))
            .await
            .refused_field("/partnerId", FieldCode::NoSuchThing);
        let own = app.partner(&county.village, &["demands.read"]).await.id;
        let silent = changed(&sharing(&own), "receiver", Value::Null);
        administrator.post(&path, silent).await.refused_field("/receiver", FieldCode::NeededHere);
        administrator.post(&path, sharing(&own)).await.created();
    }

    async fn the_provision_of_law_stands_at_the_registration(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let path = county.center.path("/partners");
        let plain = administrator.post(&path, new_partner(&["demands.read"])).await.created();
        assert_eq!(plain["statutoryBasis"], Value::Null);
        let basis = "网络数据安全管理条例第十九条";
        let body = changed(&new_partner(&["demands.read"]), "statutoryBasis", basis);
        let registered = administrator.post(path, body).await.created();
        assert_eq!(registered["statutoryBasis"], basis);
        let read = administrator.get(format!("/partners/{}", text(&registered["partnerId"]))).await;
        assert_eq!(read.ok()["statutoryBasis"], basis);
    }
}
