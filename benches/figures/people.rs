//! Who asks: residents, one member of each team and the administrator of the county, signed in
//! before anything is timed.

use std::collections::HashMap;
use std::net::SocketAddr;

use redvest::demo::{CODE, Manifest, SignIn};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::county::County;
use crate::http::{Request, request, send_all};

/// How many residents order: so many that none of them has ordered much more than people do.
pub const RESIDENTS: usize = 2_000;

/// Everybody's tokens.
pub struct People {
    credentials: Json,
    signed_in: Vec<SignedIn>,
    by_account: HashMap<Uuid, usize>,
}

struct SignedIn {
    account: Uuid,
    access: String,
    refresh: String,
}

impl SignedIn {
    fn of(body: &[u8]) -> Self {
        let body: Json = serde_json::from_slice(body).unwrap();
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        Self {
            account: text("accountId").parse().unwrap(),
            access: text("accessToken"),
            refresh: text("refreshToken"),
        }
    }
}

impl People {
    /// Signs everybody in: first the administrator, then the residents, then the volunteers.
    pub async fn sign_in(address: SocketAddr, county: &County, manifest: &Manifest) -> Self {
        let credentials = administrator(manifest);
        let residents = (0..RESIDENTS).map(|number| format!("169992{number:05}"));
        let members = county.teams.iter().filter_map(|team| team.people.first());
        let phones: Vec<String> =
            residents.chain(members.map(|person| person.phone.clone())).collect();
        let codes = phones.iter().map(|phone| post("/sign-in/codes", &json!({ "phone": phone })));
        send_all(address, codes.collect()).await;
        let by_phone =
            |phone: &String| post("/sign-in/phone", &json!({ "phone": phone, "code": CODE }));
        let requests = std::iter::once(post("/sign-in/password", &credentials));
        let requests = requests.chain(phones.iter().map(by_phone)).collect();
        Self::of(credentials, &send_all(address, requests).await, address).await
    }

    /// The administrator signs in once more.
    pub fn password_sign_in(&self) -> Request {
        post("/sign-in/password", &self.credentials)
    }

    /// New tokens for everybody: the old ones are good for some minutes only.
    pub async fn refresh(self, address: SocketAddr) -> Self {
        let bodies = self.signed_in.iter().map(|one| json!({ "refreshToken": one.refresh }));
        let requests = bodies.map(|body| post("/sign-in/refresh", &body)).collect();
        Self::of(self.credentials, &send_all(address, requests).await, address).await
    }

    /// Everybody shows his token once: verifying it for the first time is not what is measured.
    async fn of(credentials: Json, bodies: &[Vec<u8>], address: SocketAddr) -> Self {
        let signed_in: Vec<SignedIn> = bodies.iter().map(|body| SignedIn::of(body)).collect();
        let shown =
            signed_in.iter().map(|one| request("GET", "/api/v1/me", Some(&one.access), None));
        send_all(address, shown.collect()).await;
        let by_account =
            signed_in.iter().enumerate().map(|(index, one)| (one.account, index)).collect();
        Self { credentials, signed_in, by_account }
    }

    /// The token of the county's administrator.
    pub fn administrator(&self) -> &str {
        &self.signed_in[0].access
    }

    /// The token of the resident who places the n-th order.
    pub fn resident(&self, number: usize) -> &str {
        &self.signed_in[1 + number % RESIDENTS].access
    }

    /// The account of the resident who places the n-th order.
    pub fn resident_account(&self, number: usize) -> Uuid {
        self.signed_in[1 + number % RESIDENTS].account
    }

    /// The token of an account.
    pub fn token(&self, account: Uuid) -> &str {
        &self.signed_in[self.by_account[&account]].access
    }
}

fn administrator(manifest: &Manifest) -> Json {
    let entry = manifest.role("county_administrator").unwrap();
    let SignIn::Password { username, password } = &entry.sign_in else {
        panic!("the administrator signs in by password")
    };
    json!({ "username": username, "password": password })
}

fn post(path: &str, body: &Json) -> Request {
    request("POST", &format!("/api/v1{path}"), None, Some(body))
}
