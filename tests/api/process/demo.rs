//! `redvest demo`, as README promises it: the story it tells, who can sign in, that a second start
//! loads nothing, and that the calls of README do what README says.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use redvest::demo::{Manifest, SignIn};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use super::count;
use crate::support::app::MASTER_KEY;
use crate::support::databases::{Database, Engine};

/// How every line of the story begins, in its order.
const STORY: [&str; 11] = [
    "点单 place",
    "派单 dispatch",
    "接单 accept",
    "送单 check in",
    "送达 check out",
    "评单 evaluate",
    "掩码 masked",
    "查看 reveal",
    "记录 record",
    "全程 timeline",
    "消息 notices",
];

/// Everybody of the manifest, with something that he reads as what he is.
const ROLES: [(&str, &str); 9] = [
    ("resident", "/me/demands"),
    ("volunteer", "/me/assignments"),
    ("team_leader", "/me/assignments"),
    ("village_clerk", "/demands"),
    ("town_dispatcher", "/demands"),
    ("county_administrator", "/demands"),
    ("platform_administrator", "/organizations"),
    ("security_administrator", "/signing-keys"),
    ("audit_administrator", "/audit"),
];

/// As few volunteers as there can be: a leader and a member for each team.
const SMALL: [&str; 2] = ["--volunteers", "1"];

/// A running `redvest demo`; killed when the test ends.
struct Demo {
    child: Child,
    lines: Vec<String>,
    manifest: Manifest,
    client: Client,
}

impl Drop for Demo {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A folder for the demo to run in; gone with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("redvest-{name}.{}", std::process::id()));
        drop(fs::remove_dir_all(&folder));
        fs::create_dir(&folder).expect("a folder of one's own");
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

impl Demo {
    /// Starts it in a folder and waits until it has told its story.
    fn start(folder: &Path, options: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_redvest"))
            .args(["demo", "--listen", "127.0.0.1:0", "--workers", "2"])
            .args(SMALL)
            .args(options)
            .current_dir(folder)
            .env_remove("REDVEST_DATABASE_URL")
            .env_remove("REDVEST_MASTER_KEY")
            .env_remove("REDVEST_MASTER_KEY_FILE")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let output = BufReader::new(child.stdout.take().expect("the demo speaks"));
        let mut lines = Vec::new();
        for line in output.lines().map_while(Result::ok) {
            let last = line.contains("Ctrl-C ends it");
            lines.push(line);
            if last {
                break;
            }
        }
        assert!(lines.last().is_some_and(|line| line.starts_with("Serving")), "{lines:#?}");
        let data = options.iter().skip_while(|option| **option != "--data-dir").nth(1);
        let path = folder.join(data.unwrap_or(&"data")).join("demo.json");
        let manifest = Manifest::read(&path).expect("data/demo.json");
        Self { child, lines, manifest, client: Client::new() }
    }

    fn has_loaded(&self) -> bool {
        self.lines.iter().any(|line| line.starts_with("Loaded Pingyang 平阳县: "))
    }

    fn tells_its_story(&self) {
        let said = self.lines.iter().map(String::as_str);
        let story: Vec<&str> = said.skip_while(|line| !line.starts_with(STORY[0])).collect();
        for (line, beginning) in story.iter().zip(STORY) {
            assert!(line.starts_with(beginning), "{beginning}: {:#?}", self.lines);
        }
        // Who did it, what became of it, by when the next step is due.
        for (line, said) in [
            (0, ["演示居民 orders", "→ dispatched", "respond by 20"]),
            (1, ["offers it to", "m away, rank 1 of", "answer by 20"]),
            (2, ["takes the place", "demand accepted", "handle by 20"]),
            (3, ["is on the spot", "demand in_service", "handle by 20"]),
            (4, ["leaves", "demand served", "evaluate by 20"]),
            (5, ["演示居民 judges", "销号 closed", "no deadline"]),
            (6, ["staff", "169****0001", "telephone"]),
            (7, ["16999000001", "to call_back", "access log names"]),
        ] {
            for said in said {
                assert!(story[line].contains(said), "{said} is missing: {}", story[line]);
            }
        }
    }

    async fn send(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        let url = format!("{}/api/v1{path}", self.manifest.base_url);
        let answer = self.client.post(url).json(body).send().await.expect("an answer");
        (answer.status(), answer.json().await.expect("a body"))
    }

    async fn sign_in(&self, role: &str) -> String {
        let entry = self.manifest.role(role).unwrap_or_else(|| panic!("there is no {role}"));
        assert!(!entry.name.is_empty(), "{role}");
        let signed_in = match &entry.sign_in {
            SignIn::Phone { phone, code } => {
                self.send("/sign-in/codes", &json!({ "phone": phone })).await;
                self.send("/sign-in/phone", &json!({ "phone": phone, "code": code })).await
            }
            SignIn::Password { username, password } => {
                let body = json!({ "username": username, "password": password });
                self.send("/sign-in/password", &body).await
            }
        };
        assert_eq!(signed_in.0, StatusCode::OK, "{role}: {}", signed_in.1);
        signed_in.1["accessToken"].as_str().expect("a token").to_owned()
    }

    async fn everybody_reads_what_is_his(&self) {
        for (role, path) in ROLES {
            let token = self.sign_in(role).await;
            let own = self.manifest.role(role).and_then(|entry| entry.organization_id.as_deref());
            let within = own.filter(|_| !path.starts_with("/me"));
            let path = within.map_or(path.to_owned(), |own| format!("{path}?within={own}"));
            for path in ["/me", &path] {
                let url = format!("{}/api/v1{path}", self.manifest.base_url);
                let answer = self.client.get(url).bearer_auth(&token).send().await.expect("it");
                assert_eq!(answer.status(), StatusCode::OK, "{role} reads {path}");
            }
        }
    }

    async fn the_contract_can_be_browsed(&self) {
        let page = self.client.get(format!("{}/docs/", self.manifest.base_url));
        let page = page.send().await.expect("an answer");
        assert_eq!(page.status(), StatusCode::OK);
        assert!(page.text().await.expect("a page").contains("swagger"));
    }
}

async fn keeps_its_promises(engine: Engine) {
    let name = format!("demo-{engine:?}").to_lowercase();
    let folder = Folder::new(&name);
    let database = Database::fresh(engine).await;
    let options = match engine {
        // Its own file, in the folder that it is told.
        Engine::Sqlite => vec!["--data-dir", "elsewhere"],
        Engine::Postgres => {
            fs::write(folder.0.join("given.key"), MASTER_KEY).expect("a file with the key");
            vec!["--database-url", database.url(), "--master-key-file", "given.key"]
        }
    };
    let demo = Demo::start(&folder.0, &options);
    assert!(demo.has_loaded(), "{:#?}", demo.lines);
    demo.tells_its_story();
    demo.everybody_reads_what_is_his().await;
    demo.the_contract_can_be_browsed().await;
    let its_own_file = folder.0.join("elsewhere/redvest.db").exists();
    let its_own_key = folder.0.join("elsewhere/master.key").exists();
    let by_itself = engine == Engine::Sqlite;
    assert_eq!((its_own_file, its_own_key), (by_itself, by_itself));
    drop(demo);
    let again = Demo::start(&folder.0, &options);
    assert!(!again.has_loaded(), "{:#?}", again.lines);
    again.tells_its_story();
    if engine == Engine::Postgres {
        let orders = "SELECT COUNT(*) FROM demands";
        assert_eq!(count(&database, orders).await, 2, "one order each time");
    }
}

const README: [&str; 2] = ["README.md", "README.zh-CN.md"];

/// The blocks of this language in a page.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(page)).expect(page);
    let begins = format!("```{language}\n");
    let blocks = text.split(&begins).skip(1);
    blocks.map(|rest| rest.split("```").next().unwrap_or_default().to_owned()).collect()
}

/// Without what is said to the reader in his language.
fn commands(block: &str) -> Vec<&str> {
    let lines = block.lines().map(|line| line.split("  # ").next().unwrap_or_default().trim_end());
    lines.filter(|line| !line.trim_start().starts_with('#')).collect()
}

fn in_bash(script: &str, folder: &Path) -> Output {
    Command::new("bash").args(["-c", script]).current_dir(folder).output().expect("bash runs")
}

#[test]
fn both_pages_say_the_same_commands() {
    for language in ["sh", "bash"] {
        let [english, chinese] = README.map(|page| blocks(page, language));
        assert_eq!(english.len(), chinese.len());
        for (english, chinese) in english.iter().zip(&chinese) {
            assert_eq!(commands(english), commands(chinese));
        }
    }
}

/// What is there to be copied is copied, as it stands.
fn the_calls_of_the_pages_work(folder: &Path) {
    for page in README {
        let [script] = blocks(page, "bash").try_into().expect("one block of bash");
        let output = in_bash(&script, folder);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let complained = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{page}: {said}{complained}");
        assert_eq!(said.lines().collect::<Vec<_>>(), ["on_site", "done", "closed"], "{page}");
    }
}

mod sqlite {
    use super::*;

    #[actix_web::test]
    async fn the_demo_keeps_its_promises() {
        keeps_its_promises(Engine::Sqlite).await;
    }

    #[actix_web::test]
    async fn the_calls_of_the_readme_work() {
        let folder = Folder::new("readme");
        let _demo = Demo::start(&folder.0, &[]);
        the_calls_of_the_pages_work(&folder.0);
    }
}

mod postgres {
    use super::*;

    #[actix_web::test]
    async fn the_demo_keeps_its_promises() {
        keeps_its_promises(Engine::Postgres).await;
    }
}
