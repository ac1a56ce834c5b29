//! WeChat and a gateway for text messages, as they answer: right, wrong, slowly or not at all.
//!
//! ```text
//! let outside = Outside::answering();
//! let app = app.with_outside(&outside).await;
//! outside.next(PHONE, Act::Number(40_001));
//! app.anonymous().post("/sign-in/wechat", json!({ "loginCode": outside.login("amy") })).await;
//! ```

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::TcpListener;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use redvest::access::{HttpSender, RealNameSettings, SmsSettings, WeChatSettings};
use redvest::app::Settings;
use redvest::platform::crypto;
use redvest::platform::outside::{Patience, Secret};
use reqwest::Url;
use serde_json::{Value, json};

use super::TestApp;

/// The mini-program.
pub const APPID: &str = "wx0123456789abcdef";
/// Its secret.
pub const APP_SECRET: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
/// What WeChat would have us decipher things with.
pub const SESSION_KEY: &str = "c2Vzc2lvbi1rZXktb2YtYQ==";
/// What requests to the gateway are signed with: it says `a key for the gateway, 1234`.
pub const SMS_SECRET: &str = "whsec_YSBrZXkgZm9yIHRoZSBnYXRld2F5LCAxMjM0";

/// Where a code becomes somebody.
pub const LOGIN: &str = "/sns/jscode2session";
/// Where the program gets its token.
pub const TOKEN: &str = "/cgi-bin/stable_token";
/// Where a code becomes a phone.
pub const PHONE: &str = "/wxa/business/getuserphonenumber";
/// The gateway for text messages.
pub const SMS: &str = "/messages";
/// The gateway for real names: whoever is called 不符 has another number.
pub const REAL_NAME: &str = "/real-names";

/// What is done instead of the usual.
#[derive(Clone)]
pub enum Act {
    /// WeChat's way of saying that something is wrong: status 200 and a number.
    Number(i64),
    /// Any JSON.
    Says(Value),
    /// A page for people.
    Page,
    /// This status, and nothing more.
    Status(u16),
    /// Go and ask somebody else.
    Redirect,
    /// More than anybody would read.
    TooMuch,
    /// Nothing, for a minute.
    Silence,
}

/// A request as it came in.
#[derive(Clone)]
pub struct Heard {
    /// Where.
    pub path: String,
    /// Its body, or its query where there is none.
    pub said: Value,
}

#[derive(Default)]
struct State {
    instead: HashMap<&'static str, VecDeque<Act>>,
    heard: Vec<Heard>,
    used: HashSet<String>,
    made: u32,
    /// The number of the present token.
    token: u32,
    tells_unionids: bool,
}

/// Everybody who is outside.
pub struct Outside {
    base: String,
    state: Arc<Mutex<State>>,
    handle: ServerHandle,
}

impl Drop for Outside {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

impl Outside {
    /// Everybody answers as usual.
    pub fn answering() -> Self {
        let state = Arc::<Mutex<State>>::default();
        let shared = Data::from(Arc::clone(&state));
        let server = HttpServer::new(move || {
            App::new().app_data(shared.clone()).default_service(web::to(answer))
        });
        let server = server.workers(1).disable_signals().shutdown_timeout(0);
        let server = server.bind("127.0.0.1:0").expect("a port of this machine");
        let base = format!("http://{}", server.addrs()[0]);
        let server = server.run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self { base, state, handle }
    }

    /// The address that all of them have.
    pub fn base(&self) -> &str {
        &self.base
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody has panicked")
    }

    /// The next request there is dealt with like this.
    pub fn next(&self, path: &'static str, act: Act) {
        self.state().instead.entry(path).or_default().push_back(act);
    }

    /// The next requests there are.
    pub fn next_times(&self, times: usize, path: &'static str, act: &Act) {
        for _ in 0..times {
            self.next(path, act.clone());
        }
    }

    /// A fresh code of `wx.login` for a user.
    pub fn login(&self, user: &str) -> String {
        let mut state = self.state();
        state.made += 1;
        format!("login.{user}.{}", state.made)
    }

    /// A fresh code of `getPhoneNumber` for a phone.
    pub fn phone(&self, phone: &str) -> String {
        let mut state = self.state();
        state.made += 1;
        format!("phone.{phone}.{}", state.made)
    }

    /// From now on the company has several mini-programs.
    pub fn tells_unionids(&self) {
        self.state().tells_unionids = true;
    }

    /// The token that was handed out is not good any more.
    pub fn replaces_its_token(&self) {
        self.state().token += 1;
    }

    /// What was asked there, in order.
    pub fn heard(&self, path: &str) -> Vec<Value> {
        let heard = self.state().heard.clone();
        heard.into_iter().filter(|heard| heard.path == path).map(|heard| heard.said).collect()
    }

    /// The code that was sent to a phone last.
    pub fn code_sent_to(&self, phone: &str) -> String {
        let sent = self.heard(SMS).into_iter().rev().find(|message| message["phone"] == phone);
        sent.expect("a message")["code"].as_str().expect("a code").to_owned()
    }
}

/// WeChat at an address.
pub fn wechat_at(base: &str, appid: &str, patience: Patience) -> WeChatSettings {
    WeChatSettings {
        url: base.parse().expect("an address"),
        appid: appid.to_owned(),
        secret: Secret::new(APP_SECRET.to_owned()),
        patience,
    }
}

/// A gateway for real names at an address.
pub fn real_names_at(base: &str, patience: Patience) -> RealNameSettings {
    RealNameSettings {
        url: format!("{base}{REAL_NAME}").parse::<Url>().expect("an address"),
        secret: Secret::new(SMS_SECRET.to_owned()),
        source: "公安核验".to_owned(),
        patience,
    }
}

/// An address at which nobody is.
pub fn nowhere() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port of this machine");
    format!("http://{}", listener.local_addr().expect("its address"))
}

impl TestApp {
    /// Another instance, whose WeChat and gateway are these.
    pub async fn with_outside(&self, outside: &Outside) -> Self {
        self.with_outside_at(outside.base(), Patience::default()).await
    }

    /// The same, wherever they are, and however long they are waited for.
    pub async fn with_outside_at(&self, base: &str, patience: Patience) -> Self {
        let sms = SmsSettings {
            url: format!("{base}{SMS}").parse::<Url>().expect("an address"),
            secret: Secret::new(SMS_SECRET.to_owned()),
            template: Some("SMS_4711".to_owned()),
            patience,
        };
        let sender = HttpSender::new(sms, self.clock.clone()).expect("a sender");
        let wechat = Some(wechat_at(base, APPID, patience));
        let settings = Settings { wechat, ..Settings::default() };
        self.another_instance_that_sends(Arc::new(sender), settings).await
    }
}

/// How long nobody waits.
pub fn impatience() -> Patience {
    Patience { connect: Duration::from_millis(200), whole: Duration::from_millis(300) }
}

async fn answer(state: Data<Mutex<State>>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let path = request.path().to_owned();
    let act = {
        let mut state = state.lock().expect("nobody has panicked");
        let query: HashMap<String, String> =
            web::Query::from_query(request.query_string()).map(web::Query::into_inner).unwrap();
        let said = serde_json::from_slice(&body).unwrap_or_else(|_| json!(query));
        state.heard.push(Heard { path: path.clone(), said });
        state.instead.get_mut(path.as_str()).and_then(VecDeque::pop_front)
    };
    match act {
        None => usual(&state, &request, &body),
        Some(Act::Number(number)) => number_of(number),
        Some(Act::Says(value)) => HttpResponse::Ok().json(value),
        Some(Act::Page) => HttpResponse::Ok().content_type("text/html").body("<h1>Sorry</h1>"),
        Some(Act::Status(status)) => {
            HttpResponse::build(status.try_into().expect("a status")).finish()
        }
        Some(Act::Redirect) => {
            HttpResponse::TemporaryRedirect().insert_header(("Location", "/elsewhere")).finish()
        }
        Some(Act::TooMuch) => HttpResponse::Ok().body(too_much()),
        Some(Act::Silence) => {
            actix_web::rt::time::sleep(Duration::from_mins(1)).await;
            HttpResponse::Ok().finish()
        }
    }
}

/// An answer that would be as good as any, but for what comes after it.
fn too_much() -> String {
    let good = json!({ "openid": "openid-amy", "matched": true });
    format!("{good}{}", " ".repeat(1 << 20))
}

/// What WeChat says beside a number may repeat anything.
fn number_of(number: i64) -> HttpResponse {
    let words = format!("something is wrong, rid: {SESSION_KEY}");
    HttpResponse::Ok().json(json!({ "errcode": number, "errmsg": words }))
}

fn usual(state: &Mutex<State>, request: &HttpRequest, body: &[u8]) -> HttpResponse {
    let query: HashMap<String, String> =
        web::Query::from_query(request.query_string()).map(web::Query::into_inner).unwrap();
    let sent: Value = serde_json::from_slice(body).unwrap_or_default();
    let mut state = state.lock().expect("nobody has panicked");
    match request.path() {
        LOGIN => state.somebody(&query),
        TOKEN => state.own_token(&sent),
        PHONE => state.phone(&query, &sent),
        SMS => if_signed(request, body, || HttpResponse::NoContent().finish()),
        REAL_NAME => if_signed(request, body, || {
            HttpResponse::Ok().json(json!({ "matched": sent["name"] != "不符" }))
        }),
        _ => HttpResponse::NotFound().finish(),
    }
}

impl State {
    fn somebody(&mut self, query: &HashMap<String, String>) -> HttpResponse {
        let appid = &query["appid"];
        if query["secret"] != APP_SECRET {
            return number_of(40_125);
        }
        let user = match self.use_code("login", &query["js_code"]) {
            Ok(user) => user,
            Err(number) => return number_of(number),
        };
        let mut said = json!({
            "openid": format!("openid-{user}-{appid}"),
            "session_key": SESSION_KEY,
        });
        if self.tells_unionids {
            said["unionid"] = json!(format!("unionid-{user}"));
        }
        HttpResponse::Ok().json(said)
    }

    /// What a code of this kind stands for, if it stands for anything and was not used before.
    fn use_code(&mut self, kind: &str, code: &str) -> Result<String, i64> {
        let parts = code.split_once('.').filter(|(found, _)| *found == kind);
        let (meaning, _) = parts.and_then(|(_, rest)| rest.rsplit_once('.')).ok_or(40_029)?;
        if self.used.insert(code.to_owned()) { Ok(meaning.to_owned()) } else { Err(40_163) }
    }

    fn own_token(&mut self, sent: &Value) -> HttpResponse {
        if sent["secret"] != APP_SECRET {
            return number_of(40_125);
        }
        if sent["force_refresh"] == json!(true) {
            self.token += 1;
        }
        let token = self.present_token(sent["appid"].as_str().unwrap_or_default());
        HttpResponse::Ok().json(json!({ "access_token": token, "expires_in": 7_200 }))
    }

    /// It names the mini-program.
    fn present_token(&self, appid: &str) -> String {
        format!("{appid}_{:x>490}", self.token)
    }

    fn phone(&mut self, query: &HashMap<String, String>, sent: &Value) -> HttpResponse {
        let token = &query["access_token"];
        let appid = token.split('_').next().unwrap_or_default();
        if *token != self.present_token(appid) {
            return number_of(40_001);
        }
        let code = sent["code"].as_str().unwrap_or_default();
        let Ok(phone) = self.use_code("phone", code) else { return number_of(40_029) };
        HttpResponse::Ok().json(phone_info(&phone, "86", appid))
    }
}

/// How WeChat tells a phone.
pub fn phone_info(phone: &str, country: &str, appid: &str) -> Value {
    json!({ "errcode": 0, "errmsg": "ok", "phone_info": {
        "phoneNumber": format!("+{country}{phone}"), "purePhoneNumber": phone,
        "countryCode": country, "watermark": { "timestamp": 1_772_416_800, "appid": appid },
    } })
}

/// A gateway, which takes only what was signed with the secret.
fn if_signed(
    request: &HttpRequest,
    body: &[u8],
    answer: impl FnOnce() -> HttpResponse,
) -> HttpResponse {
    let header = |name: &str| {
        let value = request.headers().get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let body = std::str::from_utf8(body).expect("a text");
    let signed = format!("{}.{}.{body}", header("webhook-id"), header("webhook-timestamp"));
    let key = STANDARD.decode(&SMS_SECRET["whsec_".len()..]).expect("a key");
    let expected = STANDARD.encode(crypto::signature(&key, signed.as_bytes()));
    if header("webhook-signature") != format!("v1,{expected}") {
        return HttpResponse::Unauthorized().finish();
    }
    answer()
}
