//! A person at his app: signed in or not, he calls and is answered.
//!
//! Like a real app, a signed-in client exchanges its refresh token when the access token has lapsed,
//! and signs in again when that has lapsed too; so a story may move the clock by months.

use std::cell::RefCell;
use std::future::IntoFuture;
use std::net::SocketAddr;
use std::rc::Rc;

use actix_web::http::Method;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::test::TestRequest;
use futures_util::future::{LocalBoxFuture, join, join_all};
use redvest::access::SignedIn;
use redvest::platform::clock::Clock;
use serde_json::{Value, json};

use super::app::Exchange;
use super::reply::Reply;

/// Where the paths begin that are not one of the API's own.
const AT_THE_ROOT: [&str; 3] = ["/api/", "/oauth2/", "/.well-known/"];

/// What somebody signs in with.
pub enum Credentials {
    /// A phone and the code that reached it.
    Phone(Value),
    /// A user name and a password.
    Password(Value),
}

/// Somebody who calls redvest.
#[derive(Clone)]
pub struct Client {
    exchange: Exchange,
    clock: Clock,
    identity: Rc<Identity>,
}

enum Identity {
    Nobody,
    Token(String),
    SignedIn { credentials: Credentials, session: RefCell<SignedIn> },
}

impl Client {
    /// Somebody who has not signed in.
    pub fn anonymous(exchange: Exchange, clock: Clock) -> Self {
        Self { exchange, clock, identity: Rc::new(Identity::Nobody) }
    }

    /// Somebody who shows this token and never another.
    pub fn with_token(exchange: Exchange, clock: Clock, token: String) -> Self {
        Self { exchange, clock, identity: Rc::new(Identity::Token(token)) }
    }

    /// Somebody who signs in with these credentials.
    pub async fn sign_in(exchange: Exchange, clock: Clock, credentials: Credentials) -> Self {
        let nobody = Self::anonymous(Rc::clone(&exchange), clock.clone());
        let session = RefCell::new(nobody.present(&credentials).await);
        let identity = Rc::new(Identity::SignedIn { credentials, session });
        Self { exchange, clock, identity }
    }

    /// The account of whoever has signed in.
    pub fn account_id(&self) -> String {
        self.session().borrow().account_id.to_string()
    }

    /// The tokens that the last signing in or refreshing gave.
    pub fn tokens(&self) -> (String, String) {
        let session = self.session().borrow();
        (session.access_token.clone(), session.refresh_token.clone())
    }

    fn session(&self) -> &RefCell<SignedIn> {
        match &*self.identity {
            Identity::SignedIn { session, .. } => session,
            Identity::Nobody | Identity::Token(_) => panic!("this client has not signed in"),
        }
    }

    /// Reads.
    pub fn get(&self, path: impl AsRef<str>) -> Call {
        self.call(Method::GET, path.as_ref())
    }

    /// Creates or commands, with a JSON body.
    pub fn post(&self, path: impl AsRef<str>, body: Value) -> Call {
        self.call(Method::POST, path.as_ref()).json(&body)
    }

    /// Commands, with nothing to say beyond the command's name.
    pub fn command(&self, path: impl AsRef<str>) -> Call {
        self.call(Method::POST, path.as_ref())
    }

    /// Replaces what was read under this `ETag`.
    pub fn put(&self, path: impl AsRef<str>, body: Value, etag: impl AsRef<str>) -> Call {
        self.call(Method::PUT, path.as_ref()).json(&body).header("If-Match", etag.as_ref())
    }

    /// Takes away.
    pub fn delete(&self, path: impl AsRef<str>) -> Call {
        self.call(Method::DELETE, path.as_ref())
    }

    /// Any call. A path is one of the API unless it begins with the API's prefix, with one of those
    /// that OAuth has at the root, or with a second slash.
    pub fn call(&self, method: Method, path: &str) -> Call {
        let path = match path.strip_prefix('/') {
            Some(outside) if outside.starts_with('/') => outside.to_owned(),
            Some(_) if !AT_THE_ROOT.iter().any(|prefix| path.starts_with(prefix)) => {
                format!("/api/v1{path}")
            }
            _ => path.to_owned(),
        };
        let request = TestRequest::with_uri(&path).method(method);
        Call { client: self.clone(), request }
    }

    /// A valid access token, if there is one to be had.
    async fn token(&self) -> Option<String> {
        let (credentials, session) = match &*self.identity {
            Identity::Nobody => return None,
            Identity::Token(token) => return Some(token.clone()),
            Identity::SignedIn { credentials, session } => (credentials, session),
        };
        let (expires_at, refresh_token) = {
            let session = session.borrow();
            (session.expires_at, session.refresh_token.clone())
        };
        if self.clock.now() >= expires_at {
            session.replace(self.renewed(credentials, refresh_token).await);
        }
        Some(session.borrow().access_token.clone())
    }

    async fn renewed(&self, credentials: &Credentials, refresh_token: String) -> SignedIn {
        let nobody = Self::anonymous(Rc::clone(&self.exchange), self.clock.clone());
        let body = json!({ "refreshToken": refresh_token });
        let refreshed = nobody.post("/sign-in/refresh", body).await;
        if refreshed.status() == 200 {
            return serde_json::from_value(refreshed.ok()).expect("a pair of tokens");
        }
        // A code is good for one sign-in.
        if let Credentials::Phone(body) = credentials {
            let code = json!({ "phone": body["phone"] });
            nobody.post("/sign-in/codes", code).await.status_is(202);
        }
        nobody.present(credentials).await
    }

    async fn present(&self, credentials: &Credentials) -> SignedIn {
        let (address, body) = match credentials {
            Credentials::Phone(body) => ("/sign-in/phone", body),
            Credentials::Password(body) => ("/sign-in/password", body),
        };
        let answer = self.post(address, body.clone()).await.ok();
        serde_json::from_value(answer).expect("a pair of tokens")
    }
}

/// A request that is made by awaiting it.
pub struct Call {
    client: Client,
    request: TestRequest,
}

impl Call {
    /// One more header.
    pub fn header(self, name: &str, value: &str) -> Self {
        let name = HeaderName::try_from(name).expect("the name of a header");
        let value = HeaderValue::try_from(value).expect("the value of a header");
        Self { request: self.request.append_header((name, value)), ..self }
    }

    /// From this address.
    pub fn from(self, address: &str) -> Self {
        let address = SocketAddr::new(address.parse().expect("an address"), 50_000);
        Self { request: self.request.peer_addr(address), ..self }
    }

    /// Safe to repeat under this key.
    pub fn key(self, key: &str) -> Self {
        self.header("Idempotency-Key", key)
    }

    /// Answered in English.
    pub fn in_english(self) -> Self {
        self.header("Accept-Language", "en")
    }

    /// Answered in the coordinates of Chinese maps.
    pub fn in_gcj02(self) -> Self {
        self.header("Coordinate-System", "gcj02")
    }

    /// Only if it is still what was read under this `ETag`.
    pub fn if_match(self, etag: impl AsRef<str>) -> Self {
        self.header("If-Match", etag.as_ref())
    }

    /// Only if it is no longer what was read under this `ETag`.
    pub fn if_none_match(self, etag: impl AsRef<str>) -> Self {
        self.header("If-None-Match", etag.as_ref())
    }

    /// With a JSON body.
    pub fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    /// With any body.
    pub fn body(self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let call = self.header("Content-Type", content_type);
        Self { request: call.request.set_payload(body.into()), ..call }
    }
}

impl IntoFuture for Call {
    type Output = Reply;
    type IntoFuture = LocalBoxFuture<'static, Reply>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let token = self.client.token().await;
            let request = match token {
                Some(token) => {
                    self.request.append_header(("Authorization", format!("Bearer {token}")))
                }
                None => self.request,
            };
            (self.client.exchange)(request).await
        })
    }
}

/// Makes all these calls at the same time.
pub async fn at_once(calls: impl IntoIterator<Item = Call>) -> Vec<Reply> {
    join_all(calls.into_iter().map(IntoFuture::into_future)).await
}

/// Makes these two calls at the same time.
pub async fn both_at_once(one: Call, two: Call) -> (Reply, Reply) {
    join(one.into_future(), two.into_future()).await
}
