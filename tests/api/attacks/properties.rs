//! API3: nobody sets what is not his to set, and nobody is shown more of a person than he needs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use redvest::app::generated_contract;
use redvest::problem::{Code, FieldCode};
use serde_json::{Value, json};

use super::sent::{call, example, parts};
use crate::contract::operations::child;
use crate::guards::rights::{PERSONS, World, world};
use crate::support::TestApp;
use crate::support::app::CONTRACT;
use crate::support::golden::assert_golden;

/// What the program decides and shows, and takes from a client only where the contract says so.
const OWN_TO_THE_PROGRAM: [&str; 16] = [
    "state",
    "status",
    "version",
    "responsibleId",
    "areaId",
    "requesterId",
    "placedBy",
    "accountId",
    "role",
    "grants",
    "creditedMinutes",
    "closing",
    "dispatchId",
    "createdAt",
    "passwordHash",
    "isAdministrator",
];

/// What stands in an answer of what nobody is to be told.
const SECRETS: [&str; 4] = ["$argon2", "assword\":\"", "ecretHash", "efreshToken"];

/// The pointers of all objects in a value.
fn objects(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            found.push(at.to_owned());
            for (name, below) in members {
                objects(below, &child(at, name), found);
            }
        }
        Value::Array(elements) => {
            for (index, below) in elements.iter().enumerate() {
                objects(below, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

/// Whether the refusal names the object that was spoiled, or something in it.
fn blames(refused: &Value, object: &str) -> bool {
    let errors = refused["errors"].as_array();
    let mut pointers = errors.into_iter().flatten().filter_map(|error| error["pointer"].as_str());
    pointers.any(|pointer| pointer.starts_with(object))
}

/// Whose telephone, name, address, place and words an answer shows.
fn shown(answer: &str) -> String {
    let planted = [
        ("n", "王秀英"),
        ("m", "138****1234"),
        ("a", "解放街道 1 号"),
        ("p", "120.5612"),
        ("w", "水管漏水"),
        ("v", "陈师傅"),
    ];
    let marks = planted.iter().filter(|(_, value)| answer.contains(value));
    let marks: String = marks.map(|(mark, _)| *mark).collect();
    if has_telephone(answer) { format!("T{marks}") } else { marks }
}

/// Whether the whole number of a mobile stands in it, anybody's.
fn has_telephone(answer: &str) -> bool {
    let mut words = answer.split(|character: char| !character.is_ascii_alphanumeric());
    words.any(|word| {
        let digits = word.len() == 11 && word.bytes().all(|byte| byte.is_ascii_digit());
        digits && word.starts_with('1')
    })
}

/// What one person is shown by everything that he may read.
async fn column(world: &World) -> BTreeMap<String, String> {
    let mut column = BTreeMap::new();
    for operation in CONTRACT.operations().filter(|operation| operation.method == "GET") {
        let reply = world.call(&world.person, operation).await;
        let text = if reply.status() == 200 { reply.text() } else { "" };
        for secret in SECRETS {
            assert!(!text.contains(secret), "{secret}: {reply}");
        }
        column.insert(operation.id.clone(), shown(text));
    }
    column
}

fn table(columns: &[BTreeMap<String, String>]) -> String {
    let mut table = String::from(
        "What of persons each answer shows: T a whole telephone, m a masked one, n the name of whoever \
         needs help,\na his address, p his precise place, w what he says that he needs, v the name of \
         the volunteer\n\n",
    );
    for (index, who) in PERSONS.iter().enumerate() {
        writeln!(table, "{:<32}{}{who}", "", "|       ".repeat(index)).expect("writing to a text");
    }
    for operation in columns[0].keys() {
        if columns.iter().all(|column| column[operation].is_empty()) {
            continue;
        }
        write!(table, "{operation:<32}").expect("writing to a text");
        for column in columns {
            write!(table, "{:<8}", column[operation]).expect("writing to a text");
        }
        table.truncate(table.trim_end().len());
        table.push('\n');
    }
    table
}

on_both_engines! {
    async fn no_command_takes_what_the_program_decides(app: TestApp) {
        let document = generated_contract();
        let administrator = app.administrator().await;
        let mut tried = 0;
        for operation in CONTRACT.operations().filter(|operation| operation.method != "GET") {
            if operation.path.starts_with("/oauth2/") {
                continue; // A form, whose unknown fields RFC 6749 wants passed over.
            }
            let own: BTreeSet<&str> =
                parts(&document, operation).iter().map(|part| part.name).collect();
            let by = if operation.secured { administrator.clone() } else { app.anonymous() };
            let body = example(&document, operation);
            for name in OWN_TO_THE_PROGRAM.into_iter().filter(|name| !own.contains(name)) {
                let mut spoiled = body.clone();
                spoiled[name] = json!(1);
                let refused = call(&app, &by, operation, &spoiled).await;
                refused.refused_field(&format!("/{name}"), FieldCode::Unknown);
                tried += 1;
            }
        }
        assert!(tried > 800, "only {tried} tries");
    }

    async fn nor_is_it_taken_deeper_inside(app: TestApp) {
        let document = generated_contract();
        let administrator = app.administrator().await;
        for operation in CONTRACT.operations().filter(|operation| operation.secured) {
            let body = example(&document, operation);
            let mut found = Vec::new();
            objects(&body, "", &mut found);
            // What is unknown in a JSON Web Key, RFC 7517 wants passed over.
            let ours = |object: &&String| !object.is_empty() && !object.starts_with("/keys/");
            for object in found.iter().filter(ours) {
                let mut spoiled = body.clone();
                spoiled.pointer_mut(object).expect("the object")["isAdministrator"] = json!(true);
                let refused = call(&app, &administrator, operation, &spoiled).await;
                let refused = refused.refused(Code::InvalidRequest);
                assert!(blames(&refused, object), "{} {object}: {refused}", operation.id);
            }
        }
    }

    async fn what_each_answer_shows_of_persons_is_known(app: TestApp) {
        let mut columns = Vec::new();
        for who in PERSONS {
            columns.push(column(&world(&app, who).await).await);
        }
        assert_golden("personal-data.txt", &table(&columns));
    }
}
