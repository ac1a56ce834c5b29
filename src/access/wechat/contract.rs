//! What mini-programs send.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::platform::values::{PersonName, WeChatCode};

/// Signs in from a mini-program; opens the account at the first time.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WeChatSignIn {
    /// What `wx.login` gave: good once, for five minutes.
    pub login_code: WeChatCode,
    /// What the button of `getPhoneNumber` gave (not the code of `wx.login`): good once, for
    /// five minutes. Needed at the first time only, and left alone at every other.
    pub phone_code: Option<WeChatCode>,
    /// How a new account is addressed.
    pub name: Option<PersonName>,
}

/// Binds one's account to the WeChat user who asks.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WeChatBinding {
    /// What `wx.login` gave: good once, for five minutes.
    pub login_code: WeChatCode,
}
