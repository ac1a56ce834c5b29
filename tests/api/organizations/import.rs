//! A tree from a spreadsheet: every row says what became of it.

use std::fmt::Write as _;

use redvest::problem::{Code, FieldCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::TestApp;
use crate::support::client::{Call, Client};
use crate::support::county::Organization;

const TREE: &str = "\
code,name,kind,parent,latitude,longitude
330326100,水头镇,institute,,27.6200,120.3200
330326100201,新街社区,station,330326100,27.6210,120.3210
330326100202,老街社区,station,330326100,,
";

const FAULTS: &str = "\
code,name,kind,parent,latitude,longitude
330326101,萧江镇,institute,,27.6200,120.3200
330326101,萧江镇,institute,,27.6200,120.3200
330326102,腾蛟镇,village,,27.6200,120.3200
330326103,,institute,,27.6200,120.3200
330326104,山门镇,institute,999999,27.6200,120.3200
330326105,顺溪镇,institute,,120.3200,27.6200
330326106,南雁镇,institute,,48.8566,2.3522
330326107,怀溪镇,institute,,27.6200,
abc,凤卧镇,institute,,27.6200,120.3200
330326101201,一村,station,330326101,27.6200,120.3200
";

fn import(client: &Client, below: &Organization, csv: &str, dry_run: bool) -> Call {
    let body = json!({ "parentId": below.id, "csv": csv, "dryRun": dry_run });
    client.post("/organization-imports", body)
}

async fn how_many_below(client: &Client, node: &Organization) -> usize {
    client.get(node.path("/subtree")).await.items().len() - 1
}

/// Line, column and error of the rows that were refused.
fn refused_rows(result: &Value) -> Vec<(u64, String, String)> {
    let rows = result["rows"].as_array().cloned().unwrap_or_default();
    let refused = rows.iter().filter(|row| !row["error"].is_null()).map(|row| {
        let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        (row["line"].as_u64().unwrap_or_default(), text("column"), text("error"))
    });
    refused.collect()
}

on_both_engines! {
    async fn a_tree_grows_from_rows(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let result = import(&administrator, &county.another_county, TREE, false).await.ok();
        assert_eq!((&result["created"], &result["refused"]), (&json!(3), &json!(0)));
        assert_eq!(result["rows"][0]["line"], 2);
        let town = Organization { id: result["rows"][0]["organizationId"].as_str().unwrap().into() };
        let villages = administrator.get(town.path("/children")).await.items();
        assert_eq!(villages.len(), 2);
        assert_eq!(villages[0]["name"], "新街社区");
        assert_eq!(villages[0]["divisionCode"], "330326100201");
        assert_eq!(villages[0]["place"]["latitude"], 27.621);
        assert_eq!(villages[1]["place"], Value::Null);
    }

    async fn every_row_that_can_be_taken_is_taken(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let result = import(&administrator, &county.another_county, FAULTS, false).await.ok();
        assert_eq!((&result["created"], &result["refused"]), (&json!(2), &json!(8)));
        let refused = refused_rows(&result);
        let expected = [
            (3, "code", "duplicate"),
            (4, "", "wrong_type"),
            (5, "name", "too_short"),
            (6, "parent", "no_such_thing"),
            (7, "latitude", "swapped_coordinates"),
            (8, "latitude", "outside_china"),
            (9, "longitude", "missing"),
            (10, "code", "wrong_type"),
        ];
        let expected = expected.map(|(line, column, error)| (line, column.into(), error.into()));
        assert_eq!(refused, expected);
        assert_eq!(how_many_below(&administrator, &county.another_county).await, 2);
    }

    async fn the_same_file_again_creates_nothing(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        import(&administrator, &county.another_county, TREE, false).await.ok();
        let again = import(&administrator, &county.another_county, TREE, false).await.ok();
        assert_eq!((&again["created"], &again["refused"]), (&json!(0), &json!(3)));
        assert_eq!(how_many_below(&administrator, &county.another_county).await, 3);
    }

    async fn a_dry_run_only_says_what_would_happen(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let result = import(&administrator, &county.another_county, FAULTS, true).await.ok();
        assert_eq!((&result["created"], &result["refused"]), (&json!(2), &json!(8)));
        let rows = result["rows"].as_array().expect("the rows");
        assert!(rows.iter().all(|row| row["organizationId"].is_null()), "nothing was created");
        assert_eq!(how_many_below(&administrator, &county.another_county).await, 0);
    }

    async fn a_whole_county_fits_into_one_file(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let mut csv = String::from("code,name,kind,parent\n");
        for number in 0..3_000 {
            writeln!(csv, "{},平阳县第{number}号居民委员会,station,", 330_327_000_000_u64 + number).unwrap();
        }
        let result = import(&administrator, &county.another_county, &csv, false).await.ok();
        assert_eq!(result["created"], 3_000);
    }

    async fn a_file_from_a_spreadsheet_program_is_read(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        let csv = format!("\u{feff}{}", TREE.replace('\n', "\r\n"));
        let result = import(&administrator, &county.another_county, &csv, false).await.ok();
        assert_eq!(result["created"], 3);
    }

    async fn importing_takes_an_administrator(app: TestApp) {
        let county = app.county().await;
        let dispatcher = app.staff("dispatcher", &county.center).await;
        import(&dispatcher, &county.center, TREE, true).await.refused(Code::Forbidden);
        let beside = app.staff("administrator", &county.town).await;
        import(&beside, &county.other_town, TREE, false).await.refused(Code::Forbidden);
        let nowhere = Organization { id: app.clock.new_id::<Uuid>().to_string() };
        let administrator = app.administrator().await;
        import(&administrator, &nowhere, TREE, false).await
            .refused_field("/parentId", FieldCode::NoSuchThing);
    }

    async fn nothing_is_imported_below_what_has_ended(app: TestApp) {
        let county = app.county().await;
        let administrator = app.administrator().await;
        administrator.command(county.another_county.path("/archive")).await.ok();
        let imported = import(&administrator, &county.another_county, TREE, false).await;
        imported.refused_field("/parentId", redvest::problem::FieldCode::NoSuchThing);
    }
}
