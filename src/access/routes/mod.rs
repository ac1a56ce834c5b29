//! Signing in and out, one's own account, and staff accounts.

mod password;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, post};
use chrono::Duration;
use serde::de::DeserializeOwned;
use serde_json::json;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::access::actor::{Held, SecondFactor};
use crate::access::contract::{
    CodeRequest, CodeSent, CreatedAccount, Hat, LedTeam, Me, NewStaff, PasswordSignIn, PhoneSignIn,
    Refresh, SignedIn,
};
use crate::access::domain::OpenedAccount;
use crate::access::gate::{Action as _, Command, Gate, NoId, Reader, Work};
use crate::access::grants::{self, RightsAt};
use crate::access::passwords::Holder;
use crate::access::phone_codes::{self, Sent};
use crate::access::policy::{CreateStaff, Oneself, SignOut, ViewMe};
use crate::access::second_factor::{self, Shown};
use crate::access::senders::PhoneProven;
use crate::access::sessions::{self, Opened, SignInMethod};
use crate::access::store::{self, AccountRow};
use crate::access::tokens::{ACCESS_MINUTES, Person};
use crate::access::{
    Actor, audit, consents, failures, lockout, partners, passwords, privacy_notices, real_name,
    reveals, signing_keys, wechat,
};
use crate::ids::OrganizationId;
use crate::platform::http::Reply;
use crate::platform::http::answer::Answer;
use crate::platform::http::json;
use crate::platform::values::{OneTimeCode, PersonName, Phone};
use crate::problem::{Code, Problem};

/// Mounts the operations of this noun.
pub fn configure(config: &mut ServiceConfig) {
    partners::configure(config);
    config
        .service(send_code)
        .service(sign_in_by_phone)
        .service(sign_in_by_password)
        .service(refresh)
        .service(sign_out)
        .service(me)
        .service(password::change_password)
        .service(create_staff);
    grants::configure(config);
    sessions::configure(config);
    second_factor::configure(config);
    signing_keys::configure(config);
    audit::configure(config);
    reveals::configure(config);
    real_name::configure(config);
    wechat::configure(config);
    privacy_notices::configure(config);
    consents::configure(config);
}

/// Send a one-time code 发送登录验证码
///
/// A phone gets one a minute and so many a day, and one address may ask for so many an hour
/// and a day: beyond that 429, and `Retry-After` says how long to wait.
#[utoipa::path(tag = "access", operation_id = "signInCodeSend", security(()),
    request_body = CodeRequest, responses((status = 202, body = CodeSent)))]
#[post("/sign-in/codes")]
async fn send_code(gate: Data<Gate>, body: Anonymous<CodeRequest>, request: HttpRequest) -> Reply {
    let address = gate.address_of(&request);
    let Sent { expires_at, next_at } = phone_codes::send(&gate, &body.0.phone, address).await?;
    Ok(HttpResponse::Accepted().json(CodeSent { expires_at, next_at }))
}

/// Sign in by phone and code 手机号验证码登录
///
/// Open orders that a clerk took down for the caller himself with this phone are his from now on.
#[utoipa::path(tag = "access", operation_id = "signInByPhone", security(()),
    request_body = PhoneSignIn, responses((status = 200, body = SignedIn)))]
#[post("/sign-in/phone")]
async fn sign_in_by_phone(
    gate: Data<Gate>,
    body: Anonymous<PhoneSignIn>,
    reaction: Data<dyn PhoneProven>,
    request: HttpRequest,
) -> Reply {
    let PhoneSignIn { phone, code, name } = body.0;
    phone_codes::prove(&gate, &request, &phone, &code).await?;
    let account = account_to_open(&gate, &phone, name);
    let opened = gate
        .request_without_permit("sign-in by phone", &request, async |work| {
            phone_codes::use_up(&gate, work, &phone).await?;
            let account = account_of_proven(work, reaction.get_ref(), &account, &phone).await?;
            let (times, method) = (gate.sign_in_times(), SignInMethod::Phone);
            sessions::open(work, times, method, &account, &request).await
        })
        .await?;
    signed_in(&gate, &opened)
}

/// Sign in by user name and password 用户名口令登录
///
/// After several failures, the account and the address each wait, longer with every
/// further one: 429 `too_many_tries`, and `Retry-After` says how long. An account with a
/// second factor shows it as well (`code`): 401 `second_factor_needed` asks for it.
#[utoipa::path(tag = "access", operation_id = "signInByPassword", security(()),
    request_body = PasswordSignIn, responses((status = 200, body = SignedIn)))]
#[post("/sign-in/password")]
async fn sign_in_by_password(
    gate: Data<Gate>,
    body: Anonymous<PasswordSignIn>,
    request: HttpRequest,
) -> Reply {
    // Whoever is not let in for a flood has not tried anything.
    let place = passwords::line_up()?;
    let username = body.0.username.as_str().to_lowercase();
    let (password, code) = (body.0.password.into_string(), body.0.code);
    let address = gate.address_of(&request);
    // Its own transaction: the try counts even though nothing else happens.
    let (tried, account) = gate
        .without_permit("password try", async |work| {
            let tried = lockout::count(work, lockout::Guess::SignIn, &username, address).await?;
            Ok((tried, store::account_of_username(work.tx, &username).await?))
        })
        .await?;
    let hash = account.as_ref().and_then(|account| account.password_hash.clone());
    let compare = move || passwords::matches(&password, hash.as_deref());
    let right = place.compute(compare).await?;
    let Some(account) = account.as_ref().filter(|_| right) else {
        failures::write_down(&gate, &request, "password", account.as_ref(), &tried).await?;
        return Err(Problem::of(Code::WrongCredentials));
    };
    let opened = gate
        .request_without_permit("sign-in by password", &request, async |work| {
            let shown = code.as_ref().map(OneTimeCode::as_str);
            match second_factor::show(work.tx, account.account_id, shown, work.now).await? {
                Shown::NotNeeded | Shown::Good => lockout::forgive(work, &tried).await?,
                Shown::Wrong => return Ok(Err(Code::WrongSecondFactor)),
                Shown::Nothing => {
                    lockout::take_back(work, &tried).await?;
                    return Ok(Err(Code::SecondFactorNeeded));
                }
            }
            // Who changes the password at this moment forgives his try as well: of the two
            // the later one begins anew, and sees what the earlier one did.
            let present = store::account_of_username(work.tx, &username).await?;
            if present.as_ref() != Some(account) {
                return Err(Problem::of(Code::WrongCredentials));
            }
            let (times, method) = (gate.sign_in_times(), SignInMethod::Password);
            sessions::open(work, times, method, account, &request).await.map(Ok)
        })
        .await?;
    if matches!(opened, Err(Code::WrongSecondFactor)) {
        failures::write_down(&gate, &request, "second_factor", Some(account), &tried).await?;
    }
    signed_in(&gate, &opened.map_err(Problem::of)?)
}

/// Exchange a refresh token 刷新令牌
///
/// A token that is used a second time ends the whole sign-in: somebody holds a copy.
#[utoipa::path(tag = "access", operation_id = "signInRefresh", security(()),
    request_body = Refresh, responses((status = 200, body = SignedIn)))]
#[post("/sign-in/refresh")]
async fn refresh(gate: Data<Gate>, body: Anonymous<Refresh>, request: HttpRequest) -> Reply {
    let shown = body.0.refresh_token.as_str();
    let opened = gate
        .request_without_permit("refresh", &request, async |work| {
            sessions::go_on(work, gate.sign_in_times(), shown).await
        })
        .await?;
    signed_in(&gate, &opened.ok_or_else(|| Problem::of(Code::Unauthenticated))?)
}

/// Sign out 退出登录
#[utoipa::path(tag = "access", operation_id = "signOut", responses((status = 204)))]
#[post("/sign-out")]
async fn sign_out(command: Command) -> Reply {
    command
        .on::<SignOut>(NoId, async |work, _, caller, _| {
            if let Some(session) = caller.actor.session_id {
                sessions::revoke(work.tx, session, work.now).await?;
                let ended = json!({ "accountId": caller.actor.account_id, "cause": "signed_out" });
                work.record(sessions::ended_by(session, ended));
            }
            Ok(Answer::no_content())
        })
        .await
}

/// My account and hats 我的账号与身份
#[utoipa::path(tag = "access", operation_id = "meView", responses((status = 200, body = Me)))]
#[get("/me")]
async fn me(reader: Reader) -> Reply {
    reader.about::<ViewMe>(Oneself, async |_, caller, _| Answer::ok(&me_of(&caller.actor))).await
}

/// Open a staff account 开通工作人员账号
#[utoipa::path(tag = "access", operation_id = "staffCreate",
    request_body = NewStaff, responses((status = 201, body = CreatedAccount)))]
#[post("/staff")]
async fn create_staff(command: Command<NewStaff>) -> Reply {
    let body = &command.body;
    let subject = RightsAt { organization: body.organization_id, role: body.role };
    // Nobody is given work to do who may not ask for it.
    let hash = if CreateStaff::allows(&command.caller.actor, &subject) {
        first_hash(body.clone(), command.caller.actor.name_of(body.organization_id)).await?
    } else {
        String::new()
    };
    command
        .about::<CreateStaff>(subject, async |work, at, _, body| {
            let account =
                OpenedAccount::staff(work.clock, body.name.as_str(), &body.username, hash.clone());
            let given = body.must_change_password.unwrap_or(true);
            let account = OpenedAccount { password_given_at: given.then_some(work.now), ..account };
            store::insert_account(work.tx, &account).await?;
            let grant = at.grant_to(work, account.account_id);
            grants::insert(work.tx, &grant).await?;
            work.record(grant.fact("staff.created.v1"));
            let view = CreatedAccount { account_id: account.account_id, grant_id: grant.grant_id };
            Answer::created(&view, format!("/api/v1/grants/{}", grant.grant_id))
        })
        .await
}

/// The hash of the password of somebody who is to work there, if it is strong.
async fn first_hash(staff: NewStaff, organization: String) -> Result<String, Problem> {
    passwords::off_the_request_threads(move || {
        let holder = Holder {
            username: staff.username.as_str(),
            name: staff.name.as_str(),
            organization: &organization,
        };
        passwords::require_strength("/password", &staff.password, holder)?;
        passwords::hash(staff.password.as_str())
    })
    .await?
}

/// The account that is opened for a phone, if it has none yet.
pub fn account_to_open(gate: &Gate, phone: &Phone, name: Option<PersonName>) -> OpenedAccount {
    let name = name.map_or_else(|| usual_name(phone.as_str()), PersonName::into_string);
    OpenedAccount::resident(gate.clock(), &name, phone)
}

/// The account of a phone that somebody has just proven to be his, opened if there is none,
/// with what follows from that elsewhere.
pub async fn account_of_proven(
    work: &mut Work<'_>,
    reaction: &dyn PhoneProven,
    account: &OpenedAccount,
    phone: &Phone,
) -> Result<AccountRow, Problem> {
    let account = store::account_of_phone(work.tx, account).await?;
    reaction.proven(work, phone, account.account_id).await?;
    Ok(account)
}

/// A body from somebody who has not signed in yet.
pub struct Anonymous<T>(pub T);

impl<T: DeserializeOwned + 'static> actix_web::FromRequest for Anonymous<T> {
    type Error = Problem;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(
        request: &actix_web::HttpRequest,
        payload: &mut actix_web::dev::Payload,
    ) -> Self::Future {
        let request = request.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            let bytes = json::read_payload(&mut payload, json::MAXIMUM_BODY).await?;
            json::parse(&request, &bytes).map(Self)
        })
    }
}

/// The answer to whoever has signed in.
pub fn signed_in(gate: &Gate, opened: &Opened) -> Reply {
    let Opened { account_id, session_id, now, .. } = *opened;
    // No access token outlives its sign-in.
    let expires_at = opened.expires_at.min(now + Duration::minutes(ACCESS_MINUTES));
    let person = Person { account: account_id, session: session_id };
    let number = gate.clock().new_id();
    let access_token = gate.tokens().issue(person, number, now, expires_at)?;
    Ok(HttpResponse::Ok().json(SignedIn {
        access_token,
        expires_at,
        refresh_token: opened.refresh_token.clone(),
        refresh_by: opened.expires_at,
        ends_at: opened.ends_at,
        account_id,
    }))
}

/// How an account is addressed until it says its name.
fn usual_name(phone: &str) -> String {
    let tail: String = phone.chars().skip(phone.chars().count().saturating_sub(4)).collect();
    format!("用户{tail}")
}

fn me_of(actor: &Actor) -> Me {
    let led = |team: &OrganizationId| LedTeam {
        organization_id: *team,
        organization_name: actor.name_of(*team),
    };
    let hat = |held: &Held| Hat {
        organization_id: held.node,
        organization_name: held.node.map(|node| actor.name_of(node)),
        role: held.role,
        delegated_by: held.delegated_by,
    };
    Me {
        account_id: actor.account_id,
        name: actor.name.clone(),
        volunteer_id: actor.volunteer_id,
        leads: actor.leads.clone(),
        led_teams: actor.leads.iter().map(led).collect(),
        grants: actor.grants.iter().map(hat).collect(),
        withheld_grants: actor.withheld.iter().map(hat).collect(),
        must_change_password: actor.must_change_password,
        has_second_factor: actor.second_factor == SecondFactor::On,
        must_set_up_second_factor: actor.second_factor == SecondFactor::Missed,
    }
}
