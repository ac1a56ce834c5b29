//! Who somebody is at WeChat, and what WeChat says instead of an answer.

use crate::problem::{Code, FieldCode, Problem};

/// How long a user waits who has asked WeChat too often, in seconds.
const WAIT_OF_USER: i64 = 60;
/// How long everybody waits when WeChat wants no more today, or none of us, in seconds.
const WAIT_OF_ALL: i64 = 60;

/// Who somebody is at WeChat.
#[derive(Clone)]
pub struct Identity {
    /// The mini-program.
    pub appid: String,
    /// His number in it.
    pub openid: String,
    /// His number in all those of its company, where it has several.
    pub unionid: Option<String>,
}

impl Identity {
    /// The number that stands for none.
    #[must_use]
    pub fn unionid_or_none(&self) -> &str {
        self.unionid.as_deref().unwrap_or_default()
    }

    /// By how many numbers he is known.
    #[must_use]
    pub fn numbers(&self) -> usize {
        1 + usize::from(self.unionid.is_some())
    }
}

/// What WeChat says instead of an answer. (That it is busy is a fault, not a refusal.)
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The code of the mini-program is not good, or not any more.
    Code,
    /// The program's own token is not good any more.
    Token,
    /// This user has asked too often.
    TooOften,
    /// It warns of this user.
    AtRisk,
    /// It objects to the mini-program: a number of [`OBJECTIONS`].
    Misconfigured(i64),
    /// Something else, such as that there is no more to be had today.
    Other(i64),
}

/// What WeChat objects to, for whoever reads the log. Its own words are not written down:
/// they may repeat anything.
const OBJECTIONS: &[(i64, &str)] = &[
    (40_013, "it knows no mini-program of this appid"),
    (40_125, "the secret is not that of the mini-program"),
    (40_164, "the address of this instance is not on its list (IP whitelist)"),
    (41_002, "the appid is missing"),
    (41_004, "the secret is missing"),
    (48_001, "the mini-program may not ask for this"),
    (50_002, "the mini-program is suspended"),
];

impl Refusal {
    /// What a number of WeChat's means.
    #[must_use]
    pub fn of(number: i64) -> Self {
        match number {
            40_029 | 40_163 | 41_008 => Self::Code,
            40_001 | 40_014 | 42_001 => Self::Token,
            45_011 => Self::TooOften,
            40_226 => Self::AtRisk,
            _ if objection(number).is_some() => Self::Misconfigured(number),
            _ => Self::Other(number),
        }
    }

    /// What whoever has sent a code in the field at `pointer` is told.
    #[must_use]
    pub fn problem(self, pointer: &str) -> Problem {
        match self {
            Self::Code => refused_code(pointer),
            Self::TooOften => Problem::of(Code::TooManyRequests).about(WAIT_OF_USER),
            Self::AtRisk => Problem::of(Code::WechatAccountAtRisk),
            Self::Token => misconfigured("WeChat accepts no token of ours".to_owned()),
            Self::Misconfigured(number) => {
                let why = objection(number).unwrap_or_default();
                misconfigured(format!("WeChat answered {number}: {why}"))
            }
            Self::Other(number) => Problem::of(Code::WechatUnavailable)
                .about(WAIT_OF_ALL)
                .because(format!("WeChat answered {number}")),
        }
    }
}

fn objection(number: i64) -> Option<&'static str> {
    OBJECTIONS.iter().find(|(known, _)| *known == number).map(|(_, why)| *why)
}

fn refused_code(pointer: &str) -> Problem {
    Problem::of(Code::WechatCodeRefused).and_field(pointer, FieldCode::UsedOrLapsed, "")
}

fn misconfigured(why: String) -> Problem {
    Problem::of(Code::WechatMisconfigured).about(WAIT_OF_ALL).because(why)
}
