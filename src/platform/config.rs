//! How one process is configured: by its command line or its environment.

use std::path::PathBuf;

use clap::Args;

use super::crypto::Digest;
use super::http::browsers;
use super::public_url::PublicUrl;
use super::vault::{MASTER_KEY_VARIABLE, MasterKeySource, Secret, Suite};

/// The settings of `serve` and `demo`. README lists them; a test compares.
#[derive(Clone, Debug, Args)]
pub struct Config {
    /// Where the database is: `sqlite:FILE` or `postgres://USER:PASSWORD@HOST/NAME`.
    /// Unless it is given, a SQLite file in the data folder.
    #[arg(long, env = "REDVEST_DATABASE_URL")]
    pub database_url: Option<String>,
    /// The address to listen on.
    #[arg(long, env = "REDVEST_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: String,
    /// The address under which everybody reaches the installation, `https://HOST`: tokens
    /// name it, so it is the same for all instances. Unless it is given, `http://` and the
    /// address to listen on.
    #[arg(long, env = "REDVEST_PUBLIC_URL")]
    pub public_url: Option<PublicUrl>,
    /// The folder for the SQLite file and for what `demo` writes.
    #[arg(long, env = "REDVEST_DATA_DIR", default_value = "data")]
    pub data_dir: PathBuf,
    /// The file with the master key, which personal data is sealed under: 32 bytes in base64.
    /// Unless it is given, `master.key` in the data folder, where SQLite is used made at the
    /// first start. `REDVEST_MASTER_KEY` may hold the key itself, and goes before any file.
    #[arg(long, env = "REDVEST_MASTER_KEY_FILE")]
    pub master_key_file: Option<PathBuf>,
    /// The master key itself. No option takes it: everybody on the machine can list those.
    #[arg(skip = Secret::of_environment(MASTER_KEY_VARIABLE))]
    pub master_key: Option<Secret>,
    /// The cipher of data keys that are made from now on: at the very first start, and by
    /// `keys rotate --data`.
    #[arg(long, env = "REDVEST_CIPHER", value_enum, default_value_t)]
    pub cipher: Suite,
    /// The digest that rows of the audit are sealed with from now on.
    #[arg(long, env = "REDVEST_AUDIT_DIGEST", value_enum, default_value_t)]
    pub audit_digest: Digest,
    /// How many connections the database may be asked for.
    #[arg(long, env = "REDVEST_DATABASE_CONNECTIONS", default_value_t = 16)]
    pub database_connections: u32,
    /// How many threads answer requests; as many as there are processors unless it is given.
    #[arg(long, env = "REDVEST_WORKERS")]
    pub workers: Option<usize>,
    /// How often due work is looked for, in milliseconds.
    #[arg(long, env = "REDVEST_SWEEP_MILLISECONDS", default_value_t = 1000)]
    pub sweep_milliseconds: u64,
    /// How many requests one caller may send in a minute; 0 is no limit.
    #[arg(long, env = "REDVEST_REQUESTS_PER_MINUTE", default_value_t = 1200)]
    pub requests_per_minute: u32,
    /// How many proxies of your own stand before it, one behind the other; each adds to
    /// `X-Forwarded-For` the address that it was called from.
    #[arg(long, env = "REDVEST_PROXIES", default_value_t = 0)]
    pub proxies: u8,
    /// From which origins pages in a browser may call the API, such as
    /// `https://console.example.org`; several with commas between them. None unless given:
    /// apps and mini-programs need no permission.
    #[arg(long, env = "REDVEST_ALLOWED_ORIGINS", value_delimiter = ',', value_parser = browsers::origin)]
    pub allowed_origins: Vec<String>,
    /// Tell in the `Server-Timing` header how many statements an answer took.
    #[arg(long, env = "REDVEST_SERVER_TIMING", default_value_t = false)]
    pub server_timing: bool,
    /// For how many days somebody can take back that his account is to be deleted; 0 deletes it
    /// at once.
    #[arg(long, env = "REDVEST_DELETION_DAYS", default_value_t = DELETION_DAYS,
        value_parser = clap::value_parser!(u32).range(0..=90))]
    pub deletion_days: u32,
    /// Keep the duties of administrators apart: who administers gives no roles, registers no
    /// partners, rotates no keys and does not say how staff signs in; only a security
    /// administrator does (GB/T 22239—2019, from level 3).
    #[arg(long, env = "REDVEST_DUTIES_APART", default_value_t = false)]
    pub duties_apart: bool,
    /// How long sign-ins last.
    #[command(flatten)]
    pub sign_in_times: SignInTimes,
    /// How many one-time codes are sent.
    #[command(flatten)]
    pub code_limits: CodeLimits,
    /// Who outside is asked.
    #[command(flatten)]
    pub outside: OutsideSettings,
}

/// For how many days a deletion can usually be taken back.
pub const DELETION_DAYS: u32 = 7;

/// How long a sign-in lasts: unused, and in all. Whoever signs in by password works for
/// the county, and sees more of others than whoever signs in by phone.
#[derive(Clone, Copy, Debug, Args)]
pub struct SignInTimes {
    /// How long a sign-in by password lasts without being refreshed, in minutes.
    #[arg(long, env = "REDVEST_PASSWORD_IDLE_MINUTES",
        default_value_t = USUAL_TIMES.password_idle_minutes,
        value_parser = clap::value_parser!(u32).range(1..=525_600))]
    pub password_idle_minutes: u32,
    /// How long a sign-in by password lasts in all, in hours.
    #[arg(long, env = "REDVEST_PASSWORD_SIGN_IN_HOURS",
        default_value_t = USUAL_TIMES.password_sign_in_hours,
        value_parser = clap::value_parser!(u32).range(1..=8_760))]
    pub password_sign_in_hours: u32,
    /// How long a sign-in by phone lasts without being refreshed, in days.
    #[arg(long, env = "REDVEST_PHONE_IDLE_DAYS",
        default_value_t = USUAL_TIMES.phone_idle_days,
        value_parser = clap::value_parser!(u32).range(1..=3_650))]
    pub phone_idle_days: u32,
    /// How long a sign-in by phone lasts in all, in days.
    #[arg(long, env = "REDVEST_PHONE_SIGN_IN_DAYS",
        default_value_t = USUAL_TIMES.phone_sign_in_days,
        value_parser = clap::value_parser!(u32).range(1..=3_650))]
    pub phone_sign_in_days: u32,
}

/// Staff signs in once a working day, and again after a long noon; a resident's phone
/// stays signed in as long as it is used now and then.
const USUAL_TIMES: SignInTimes = SignInTimes {
    password_idle_minutes: 240,
    password_sign_in_hours: 12,
    phone_idle_days: 30,
    phone_sign_in_days: 180,
};

impl Default for SignInTimes {
    fn default() -> Self {
        USUAL_TIMES
    }
}

/// How many one-time codes are sent at most; 0 is no limit.
#[derive(Clone, Copy, Debug, Args)]
pub struct CodeLimits {
    /// To one phone in a day.
    #[arg(long, env = "REDVEST_CODES_PER_PHONE_DAY",
        default_value_t = USUAL_LIMITS.codes_per_phone_day)]
    pub codes_per_phone_day: u32,
    /// When asked from one address, in an hour.
    #[arg(long, env = "REDVEST_CODES_PER_ADDRESS_HOUR",
        default_value_t = USUAL_LIMITS.codes_per_address_hour)]
    pub codes_per_address_hour: u32,
    /// When asked from one address, in a day.
    #[arg(long, env = "REDVEST_CODES_PER_ADDRESS_DAY",
        default_value_t = USUAL_LIMITS.codes_per_address_day)]
    pub codes_per_address_day: u32,
}

/// A carrier puts hundreds of phones behind one address, and a village hall all its guests.
const USUAL_LIMITS: CodeLimits =
    CodeLimits { codes_per_phone_day: 10, codes_per_address_hour: 60, codes_per_address_day: 300 };

impl CodeLimits {
    /// As many as are asked for: where no message is sent.
    pub const NONE: Self =
        Self { codes_per_phone_day: 0, codes_per_address_hour: 0, codes_per_address_day: 0 };
}

impl Default for CodeLimits {
    fn default() -> Self {
        USUAL_LIMITS
    }
}

/// Where WeChat answers.
const WECHAT: &str = "https://api.weixin.qq.com";
/// What whoever verifies real names is called.
const REAL_NAME_SOURCE: &str = "gateway";
/// How long somebody outside is waited for, in milliseconds.
const OUTSIDE_MILLISECONDS: u64 = 5_000;

/// Who outside is asked, and where the secrets for it are: only ever in a file.
#[derive(Clone, Debug, Args)]
pub struct OutsideSettings {
    /// The gateway that text messages are handed to; without one, one-time codes go to the log.
    #[arg(long, env = "REDVEST_SMS_URL")]
    pub sms_url: Option<String>,
    /// The file with the secret that requests to the gateway are signed with.
    #[arg(long, env = "REDVEST_SMS_SECRET_FILE")]
    pub sms_secret_file: Option<PathBuf>,
    /// The template that the gateway is told to use.
    #[arg(long, env = "REDVEST_SMS_TEMPLATE")]
    pub sms_template: Option<String>,
    /// The mini-program that people sign in from.
    #[arg(long, env = "REDVEST_WECHAT_APPID")]
    pub wechat_appid: Option<String>,
    /// The file with its secret.
    #[arg(long, env = "REDVEST_WECHAT_SECRET_FILE")]
    pub wechat_secret_file: Option<PathBuf>,
    /// Where WeChat answers.
    #[arg(long, env = "REDVEST_WECHAT_URL", default_value = WECHAT)]
    pub wechat_url: String,
    /// The gateway that real names are verified by; without one, they are not verified.
    #[arg(long, env = "REDVEST_REAL_NAME_URL")]
    pub real_name_url: Option<String>,
    /// The file with the secret that requests to it are signed with.
    #[arg(long, env = "REDVEST_REAL_NAME_SECRET_FILE")]
    pub real_name_secret_file: Option<PathBuf>,
    /// What the source is called: it is kept with its answers.
    #[arg(long, env = "REDVEST_REAL_NAME_SOURCE", default_value = REAL_NAME_SOURCE)]
    pub real_name_source: String,
    /// How long each of them is waited for, in milliseconds.
    #[arg(long, env = "REDVEST_OUTSIDE_MILLISECONDS", default_value_t = OUTSIDE_MILLISECONDS,
        value_parser = clap::value_parser!(u64).range(100..=30_000))]
    pub outside_milliseconds: u64,
}

impl Default for OutsideSettings {
    fn default() -> Self {
        Self {
            sms_url: None,
            sms_secret_file: None,
            sms_template: None,
            wechat_appid: None,
            wechat_secret_file: None,
            wechat_url: WECHAT.to_owned(),
            real_name_url: None,
            real_name_secret_file: None,
            real_name_source: REAL_NAME_SOURCE.to_owned(),
            outside_milliseconds: OUTSIDE_MILLISECONDS,
        }
    }
}

impl Config {
    /// Where the database is, given or usual.
    #[must_use]
    pub fn database(&self) -> String {
        self.database_url
            .clone()
            .unwrap_or_else(|| format!("sqlite:{}", self.data_dir.join("redvest.db").display()))
    }

    /// Where the master key comes from, given or usual.
    #[must_use]
    pub fn master_key(&self) -> MasterKeySource {
        match (&self.master_key, &self.master_key_file) {
            (Some(key), _) => MasterKeySource::Given(key.clone()),
            (None, Some(file)) => MasterKeySource::File(file.clone()),
            (None, None) => MasterKeySource::Usual(self.data_dir.join("master.key")),
        }
    }
}
