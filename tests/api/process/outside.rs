//! The program with WeChat and a gateway for text messages: what it refuses to start with, and that
//! its log tells no secret, no code and no phone, whatever happens.

use std::path::{Path, PathBuf};
use std::process::Command;

use redvest::platform::outside::Secret;
use serde_json::json;

use super::{Process, command};
use crate::support::databases::{Database, Engine};
use crate::support::outside::{
    APP_SECRET, APPID, Act, LOGIN, Outside, PHONE, SESSION_KEY, SMS, SMS_SECRET, nowhere,
};

/// A folder for secrets; gone when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let name = format!("redvest-secrets-{}-{}", std::process::id(), Self::number());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    fn number() -> u32 {
        use std::sync::atomic::{AtomicU32, Ordering};
        static NEXT: AtomicU32 = AtomicU32::new(0);
        NEXT.fetch_add(1, Ordering::Relaxed)
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, format!("{text}\n")).expect("a file");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

fn with_outside(database: &str, outside: &Outside, folder: &Folder) -> Command {
    let mut command = command(database);
    command
        .args(["--sms-url", &format!("{}{SMS}", outside.base()), "--sms-secret-file"])
        .arg(folder.file("sms", SMS_SECRET))
        .args(["--wechat-url", outside.base(), "--wechat-appid", APPID, "--wechat-secret-file"])
        .arg(folder.file("wechat", APP_SECRET))
        .env("RUST_LOG", "debug");
    command
}

async fn the_log_tells_nothing(engine: Engine) {
    let database = Database::fresh(engine).await;
    let outside = Outside::answering();
    let folder = Folder::new();
    let mut process = Process::of(with_outside(database.url(), &outside, &folder));
    let phone = "13955551234";
    let (login_code, phone_code) = (outside.login("amy"), outside.phone(phone));
    let post = async |path: &str, body: serde_json::Value| {
        let answer = process.post(path, "", "none", &body).await.expect("an answer");
        (answer.0.as_u16(), answer.1.to_string())
    };

    let mut answers = vec![
        post("/sign-in/codes", json!({ "phone": phone })).await,
        post("/sign-in/wechat", json!({ "loginCode": login_code, "phoneCode": phone_code })).await,
    ];
    let code = outside.code_sent_to(phone);
    let acts = [Act::Number(40_013), Act::Number(-1), Act::Page, Act::Status(500), Act::Redirect];
    for (number, act) in acts.iter().enumerate() {
        for path in [LOGIN, PHONE, SMS] {
            outside.next(path, act.clone());
        }
        for _ in 0..2 {
            let (login_code, phone_code) = (outside.login("ben"), outside.phone("not a phone"));
            let body = json!({ "loginCode": login_code, "phoneCode": phone_code });
            answers.push(post("/sign-in/wechat", body).await);
        }
        let other = json!({ "phone": format!("1395555900{number}") });
        answers.push(post("/sign-in/codes", other).await);
    }
    outside.next_times(5, LOGIN, &Act::Status(500));
    for _ in 0..6 {
        answers.push(post("/sign-in/wechat", json!({ "loginCode": outside.login("amy") })).await);
    }
    assert_eq!(answers[0].0, 202, "{answers:?}");
    assert_eq!(answers[1].0, 200, "{answers:?}");
    assert!(answers.iter().any(|(status, _)| *status == 503), "{answers:?}");
    assert_eq!(process.terminate(), Some(0));

    let said = process.said.lock().expect("the log").join("\n");
    let answered: String = answers.iter().map(|(_, text)| text.as_str()).collect();
    assert!(said.contains("wechat_misconfigured") && said.contains("left alone"), "{said}");
    let token = format!("{APPID}_xxx");
    let secrets = [APP_SECRET, SESSION_KEY, SMS_SECRET, &code, &token, &login_code, &phone_code];
    for secret in secrets.into_iter().chain([phone, "1395555900", "openid-amy"]) {
        assert!(!said.contains(secret), "the log tells {secret}: {said}");
        assert!(!answered.contains(secret), "an answer tells {secret}: {answered}");
    }
}

#[actix_web::test]
async fn the_log_tells_nothing_on_sqlite() {
    the_log_tells_nothing(Engine::Sqlite).await;
}

#[actix_web::test]
async fn the_log_tells_nothing_on_postgres() {
    the_log_tells_nothing(Engine::Postgres).await;
}

/// The address that could not be reached has the secret and the code in it.
#[actix_web::test]
async fn the_log_tells_nothing_where_nobody_is() {
    let database = Database::fresh(Engine::Sqlite).await;
    let folder = Folder::new();
    let mut command = command(database.url());
    command
        .args(["--wechat-url", &nowhere(), "--wechat-appid", APPID, "--wechat-secret-file"])
        .arg(folder.file("wechat", APP_SECRET))
        .env("RUST_LOG", "debug");
    let mut process = Process::of(command);
    let login_code = "033fake1w3eKmM22Yc2w3";
    let body = json!({ "loginCode": login_code });
    let answer = process.post("/sign-in/wechat", "", "none", &body).await;
    assert_eq!(answer.expect("an answer").0.as_u16(), 503);
    assert_eq!(process.terminate(), Some(0));
    let said = process.said.lock().expect("the log").join("\n");
    assert!(said.contains("it cannot be reached"), "{said}");
    for secret in [APP_SECRET, login_code] {
        assert!(!said.contains(secret), "the log tells {secret}: {said}");
    }
}

#[test]
fn a_secret_that_is_printed_tells_nothing() {
    let printed = format!("{:?}", Secret::new(APP_SECRET.to_owned()));
    assert!(!printed.contains(APP_SECRET), "{printed}");
}

/// What the program says when it does not start.
fn refusal(options: &[&str]) -> String {
    let ended = Command::new(env!("CARGO_BIN_EXE_redvest"))
        .args(["serve", "--listen", "127.0.0.1:0", "--database-url", "sqlite::memory:"])
        .args(options)
        .output()
        .expect("the program runs");
    assert!(!ended.status.success());
    String::from_utf8_lossy(&ended.stderr).into_owned()
}

#[test]
fn what_cannot_work_is_refused_at_the_start() {
    let folder = Folder::new();
    let path = |path: &Path| path.to_str().expect("a path").to_owned();
    let key = path(&folder.file("key", SMS_SECRET));
    let empty = path(&folder.file("empty", " "));
    let weak = path(&folder.file("weak", "secret"));
    let missing = path(&folder.0.join("missing"));
    let url = "http://127.0.0.1:9/messages";
    for (options, says) in [
        (vec!["--sms-url", url], "--sms-url and --sms-secret-file need each other"),
        (vec!["--sms-secret-file", &key], "--sms-url and --sms-secret-file need each other"),
        (vec!["--sms-url", url, "--sms-secret-file", &missing], "cannot read the secret in"),
        (vec!["--sms-url", url, "--sms-secret-file", &empty], "there is no secret in"),
        (vec!["--sms-url", url, "--sms-secret-file", &weak], "24 to 64 bytes in base64"),
        (vec!["--sms-url", "messages", "--sms-secret-file", &key], "--sms-url is no address"),
        (vec!["--wechat-appid", APPID], "--wechat-appid and --wechat-secret-file need each other"),
    ] {
        let said = refusal(&options);
        assert!(said.contains(says), "{options:?}: {said}");
        assert!(!said.contains(SMS_SECRET), "{said}");
    }
}
