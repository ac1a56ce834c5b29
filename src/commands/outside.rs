//! What is outside, as the configuration says it: read once, at the start, which is refused
//! where it could not work.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;

use super::CommandError;
use crate::access::{
    CodeSender, HttpSender, LogSender, RealNameSettings, SmsSettings, WeChatSettings,
};
use crate::platform::clock::Clock;
use crate::platform::config::OutsideSettings;
use crate::platform::outside::{Patience, Secret};

/// How one-time codes are sent: by the gateway if there is one, and into the log otherwise.
///
/// # Errors
/// A sentence that says what is missing or wrong.
pub fn sender(
    settings: &OutsideSettings,
    clock: &Clock,
) -> Result<Arc<dyn CodeSender>, CommandError> {
    let names = ["--sms-url", "--sms-secret-file"];
    let (url, file) = (said(settings.sms_url.as_deref()), settings.sms_secret_file.as_deref());
    let Some((url, secret)) = together(names, url, file)? else { return Ok(Arc::new(LogSender)) };
    let sms = SmsSettings {
        url: address(names[0], url)?,
        secret,
        template: said(settings.sms_template.as_deref()).map(str::to_owned),
        patience: patience(settings),
    };
    Ok(Arc::new(HttpSender::new(sms, clock.clone())?))
}

/// The mini-program, if there is one.
///
/// # Errors
/// A sentence that says what is missing or wrong.
pub fn wechat(settings: &OutsideSettings) -> Result<Option<WeChatSettings>, CommandError> {
    let names = ["--wechat-appid", "--wechat-secret-file"];
    let appid = said(settings.wechat_appid.as_deref());
    let program = together(names, appid, settings.wechat_secret_file.as_deref())?;
    let Some((appid, secret)) = program else { return Ok(None) };
    Ok(Some(WeChatSettings {
        url: address("--wechat-url", &settings.wechat_url)?,
        appid: appid.to_owned(),
        secret,
        patience: patience(settings),
    }))
}

/// Who verifies real names, if anybody does.
///
/// # Errors
/// A sentence that says what is missing or wrong.
pub fn real_name(settings: &OutsideSettings) -> Result<Option<RealNameSettings>, CommandError> {
    let names = ["--real-name-url", "--real-name-secret-file"];
    let url = said(settings.real_name_url.as_deref());
    let gateway = together(names, url, settings.real_name_secret_file.as_deref())?;
    let Some((url, secret)) = gateway else { return Ok(None) };
    Ok(Some(RealNameSettings {
        url: address(names[0], url)?,
        secret,
        source: settings.real_name_source.clone(),
        patience: patience(settings),
    }))
}

/// What belongs together: a text, and a secret out of its file. Both are there, or neither.
fn together<'a>(
    names: [&str; 2],
    text: Option<&'a str>,
    file: Option<&Path>,
) -> Result<Option<(&'a str, Secret)>, CommandError> {
    match (text, file.filter(|file| !file.as_os_str().is_empty())) {
        (None, None) => Ok(None),
        (Some(text), Some(file)) => Ok(Some((text, Secret::read(file)?))),
        _ => Err(format!("{} and {} need each other", names[0], names[1]).into()),
    }
}

/// A variable that is there and empty says nothing.
fn said(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

fn address(name: &str, text: &str) -> Result<Url, CommandError> {
    let url = Url::parse(text).ok();
    let usable = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
    url.filter(usable).ok_or_else(|| format!("{name} is no address of the web").into())
}

/// A connection that is not there after two fifths of the time will not come in time.
fn patience(settings: &OutsideSettings) -> Patience {
    let whole = Duration::from_millis(settings.outside_milliseconds);
    Patience { connect: whole.mul_f32(0.4), whole }
}
