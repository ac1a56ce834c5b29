//! The three questions that WeChat is asked. It answers errors with status 200 and a number.

use chrono::Duration;
use reqwest::Url;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::domain::{Identity, Refusal};
use crate::platform::clock::Clock;
use crate::platform::outside::{Answer, Fault, Patience, Peer, Secret};
use crate::platform::values::WeChatCode;
use crate::problem::{Code, Problem};

/// The number of WeChat by which it says that it is busy.
const BUSY: i64 = -1;

/// Which mini-program people sign in from.
#[derive(Clone, Debug)]
pub struct WeChatSettings {
    /// Where WeChat answers.
    pub url: Url,
    /// The mini-program.
    pub appid: String,
    /// Its secret.
    pub secret: Secret,
    /// How long WeChat is waited for.
    pub patience: Patience,
}

/// WeChat, as one mini-program knows it.
#[derive(Debug)]
pub struct WeChat {
    peer: Peer,
    url: Url,
    appid: String,
    secret: Secret,
}

/// A token of the program itself.
pub struct FetchedToken {
    /// It.
    pub token: String,
    /// How long it is good.
    pub lasts: Duration,
}

/// A phone as WeChat tells it.
pub struct ToldPhone {
    /// Its country: 86 is China.
    pub country: String,
    /// The number without it.
    pub number: String,
}

/// What every answer may say.
#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    errcode: i64,
}

#[derive(Deserialize)]
struct SaidIdentity {
    openid: String,
    unionid: Option<String>,
}

#[derive(Deserialize)]
struct SaidToken {
    access_token: String,
    expires_in: i64,
}

#[derive(Deserialize)]
struct SaidPhone {
    phone_info: PhoneInfo,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PhoneInfo {
    pure_phone_number: String,
    country_code: String,
    watermark: Watermark,
}

#[derive(Deserialize)]
struct Watermark {
    appid: String,
}

impl WeChat {
    /// WeChat by these settings.
    ///
    /// # Errors
    /// `internal` when there is no TLS to be had on this machine.
    pub fn new(settings: WeChatSettings, clock: Clock) -> Result<Self, Problem> {
        let WeChatSettings { url, appid, secret, patience } = settings;
        let peer = Peer::new("wechat", Code::WechatUnavailable, patience, clock)
            .map_err(|error| Problem::of(Code::Internal).because(error))?;
        Ok(Self { peer, url, appid, secret })
    }

    /// The mini-program.
    #[must_use]
    pub fn appid(&self) -> &str {
        &self.appid
    }

    /// WeChat does not answer: to be tried again in so many seconds.
    #[must_use]
    pub fn unavailable(&self, seconds: i64) -> Problem {
        self.peer.unavailable(seconds)
    }

    /// Who has got this code from `wx.login`. Asked once: a code is good once.
    ///
    /// # Errors
    /// The problems of [`Refusal::problem`], or `wechat_unavailable`.
    pub async fn identity(&self, code: &WeChatCode) -> Result<Identity, Problem> {
        let url = self.address(
            "/sns/jscode2session",
            &[
                ("appid", &self.appid),
                ("secret", self.secret.expose()),
                ("js_code", code.as_str()),
                ("grant_type", "authorization_code"),
            ],
        );
        let answer = self.peer.ask(self.peer.client().get(url), read_identity).await?;
        let said = answer.map_err(|refusal| refusal.problem("/loginCode"))?;
        let unionid = said.unionid.filter(|unionid| !unionid.is_empty());
        Ok(Identity { appid: self.appid.clone(), openid: said.openid, unionid })
    }

    /// A token of the program: the present one, which all who ask are told alike; by `force`,
    /// a new one in its place.
    ///
    /// # Errors
    /// `wechat_misconfigured` or `wechat_unavailable`.
    pub async fn token(&self, force: bool) -> Result<FetchedToken, Problem> {
        let body = json!({
            "grant_type": "client_credential",
            "appid": self.appid,
            "secret": self.secret.expose(),
            "force_refresh": force,
        });
        let url = self.address("/cgi-bin/stable_token", &[]);
        let request = || self.peer.client().post(url.clone()).json(&body);
        let answer = if force {
            self.peer.ask(request(), read::<SaidToken>).await?
        } else {
            self.peer.ask_again(request, read::<SaidToken>).await?
        };
        let said = answer.map_err(|refusal| refusal.problem(""))?;
        let lasts = Duration::seconds(said.expires_in.clamp(0, 86_400));
        Ok(FetchedToken { token: said.access_token, lasts })
    }

    /// The phone of whoever has got this code from `getPhoneNumber`. Asked once: each answer
    /// is paid for.
    ///
    /// # Errors
    /// `wechat_unavailable`; what WeChat refuses is left to the caller, who may have a better token.
    pub async fn phone(
        &self,
        token: &str,
        code: &WeChatCode,
    ) -> Result<Result<ToldPhone, Refusal>, Problem> {
        let url = self.address("/wxa/business/getuserphonenumber", &[("access_token", token)]);
        let request = self.peer.client().post(url).json(&json!({ "code": code.as_str() }));
        let answer = self.peer.ask(request, read::<SaidPhone>).await?;
        Ok(answer.and_then(|SaidPhone { phone_info }| {
            if phone_info.watermark.appid != self.appid {
                return Err(Refusal::Code);
            }
            Ok(ToldPhone { country: phone_info.country_code, number: phone_info.pure_phone_number })
        }))
    }

    fn address(&self, path: &str, query: &[(&str, &str)]) -> Url {
        let mut url = self.url.clone();
        url.set_path(&format!("{}{path}", self.url.path().trim_end_matches('/')));
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }
}

/// Reads who somebody is: nobody is not somebody whom an account could be bound to.
fn read_identity(answer: &Answer) -> Result<Result<SaidIdentity, Refusal>, Fault> {
    match read::<SaidIdentity>(answer)? {
        Ok(said) if said.openid.is_empty() => Err(Fault::Unreadable),
        said => Ok(said),
    }
}

/// Reads what WeChat says, or refuses.
fn read<T: DeserializeOwned>(answer: &Answer) -> Result<Result<T, Refusal>, Fault> {
    match answer.json::<Said>()?.errcode {
        0 => answer.json().map(Ok),
        BUSY => Err(Fault::Busy),
        number => Ok(Err(Refusal::of(number))),
    }
}
