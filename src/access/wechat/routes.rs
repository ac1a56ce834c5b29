//! Signing in from a mini-program, and binding one's account to WeChat.

use actix_web::web::Data;
use actix_web::{HttpRequest, delete, post};
use utoipa_actix_web::service_config::ServiceConfig;

use super::contract::{WeChatBinding, WeChatSignIn};
use super::domain::Identity;
use super::policy::{Bind, Unbind};
use super::{binding, token};
use crate::access::contract::SignedIn;
use crate::access::domain::OpenedAccount;
use crate::access::gate::{Command, Gate, NoId, Work};
use crate::access::phone_codes;
use crate::access::routes::{Anonymous, account_of_proven, account_to_open, signed_in};
use crate::access::senders::PhoneProven;
use crate::access::sessions::{self, Opened, SignInMethod};
use crate::access::store::{self, AccountRow};
use crate::platform::http::Reply;
use crate::platform::http::answer::Answer;
use crate::platform::values::Phone;
use crate::problem::{Code, FieldCode, Problem};

/// Mounts the operations on WeChat.
pub fn configure(config: &mut ServiceConfig) {
    config.service(sign_in_by_wechat).service(bind_own).service(unbind_own);
}

/// Sign in from a mini-program 微信小程序登录
///
/// Send the code of `wx.login`. Whoever is known is signed in; anybody else is answered 422
/// `phone_needed`: get a `phoneCode` from the button of `getPhoneNumber`, call `wx.login` once
/// more, and send both. The account is the one of that phone, as in signing in by text message.
#[utoipa::path(tag = "access", operation_id = "signInByWechat", security(()),
    request_body = WeChatSignIn, responses((status = 200, body = SignedIn)))]
#[post("/sign-in/wechat")]
async fn sign_in_by_wechat(
    gate: Data<Gate>,
    body: Anonymous<WeChatSignIn>,
    reaction: Data<dyn PhoneProven>,
    request: HttpRequest,
) -> Reply {
    let WeChatSignIn { login_code, phone_code, name } = body.0;
    let wechat = gate.wechat()?;
    let who = wechat.identity(&login_code).await?;
    if let Some(opened) = known(&gate, &who, &request).await? {
        return signed_in(&gate, &opened);
    }
    let phone_code = phone_code.ok_or_else(phone_needed)?;
    let phone = token::phone_of(&gate, wechat, &phone_code).await?;
    let account = account_to_open(&gate, &phone, name);
    let opened = gate
        .request_without_permit("first sign-in by WeChat", &request, async |work| {
            let new = First { phone: &phone, account: &account, reaction: reaction.get_ref() };
            let account = new.account_of(work, &who).await?;
            open(work, &gate, &account, &request).await
        })
        .await?;
    signed_in(&gate, &opened)
}

/// Signs somebody in who is bound to an account.
async fn known(
    gate: &Gate,
    who: &Identity,
    request: &HttpRequest,
) -> Result<Option<Opened>, Problem> {
    gate.request_without_permit("sign-in by WeChat", request, async |work| {
        match bound(work, who).await? {
            Some(account) => open(work, gate, &account, request).await.map(Some),
            None => Ok(None),
        }
    })
    .await
}

/// The account that somebody is bound to.
async fn bound(work: &mut Work<'_>, who: &Identity) -> Result<Option<AccountRow>, Problem> {
    match binding::account_of(work, who).await? {
        Some(account_id) => store::account(work.tx, account_id).await,
        None => Ok(None),
    }
}

fn phone_needed() -> Problem {
    Problem::of(Code::PhoneNeeded).and_field("/phoneCode", FieldCode::NeededHere, "getPhoneNumber")
}

/// Somebody who comes from WeChat for the first time, with the phone that WeChat has told.
struct First<'a> {
    phone: &'a Phone,
    account: &'a OpenedAccount,
    reaction: &'a dyn PhoneProven,
}

impl First<'_> {
    /// The account of his phone, which he is bound to now; if he was faster himself, or known
    /// to another mini-program meanwhile, the account that he is bound to.
    async fn account_of(&self, work: &mut Work<'_>, who: &Identity) -> Result<AccountRow, Problem> {
        if let Some(account) = bound(work, who).await? {
            return Ok(account);
        }
        phone_codes::meet(work.tx, self.phone).await?;
        let account = account_of_proven(work, self.reaction, self.account, self.phone).await?;
        binding::bind(work, who, account.account_id).await?;
        Ok(account)
    }
}

async fn open(
    work: &mut Work<'_>,
    gate: &Gate,
    account: &AccountRow,
    request: &HttpRequest,
) -> Result<Opened, Problem> {
    sessions::open(work, gate.sign_in_times(), SignInMethod::Wechat, account, request).await
}

/// Bind my account to WeChat 绑定微信
///
/// From now on the WeChat user who asks signs in to this account without a phone. It takes the
/// place of another one that the account was bound to.
#[utoipa::path(tag = "access", operation_id = "wechatBind",
    request_body = WeChatBinding, responses((status = 204)))]
#[post("/me/wechat")]
async fn bind_own(gate: Data<Gate>, command: Command<WeChatBinding>) -> Reply {
    // The code of a request that was answered already is not good any more.
    let who = if command.is_repeated() {
        None
    } else {
        Some(gate.wechat()?.identity(&command.body.login_code).await?)
    };
    command
        .on::<Bind>(NoId, async |work, _, caller, _| {
            let who = who.as_ref().ok_or_else(|| Problem::of(Code::Internal))?;
            binding::bind_own(work, who, caller.actor.account_id).await?;
            Ok(Answer::no_content())
        })
        .await
}

/// Release my account from WeChat 解绑微信
///
/// Nobody signs in to it from a mini-program any more, until it is bound again. Sign-ins that
/// stand are not ended by this.
#[utoipa::path(tag = "access", operation_id = "wechatUnbind", responses((status = 204)))]
#[delete("/me/wechat")]
async fn unbind_own(command: Command) -> Reply {
    command
        .on::<Unbind>(NoId, async |work, _, caller, _| {
            binding::unbind(work, caller.actor.account_id).await?;
            Ok(Answer::no_content())
        })
        .await
}
