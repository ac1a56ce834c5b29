//! What callers send and see of the deletion of their account.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::people::domain::{CONFIRMATIONS, Deletion, Matters};
use crate::problem::{Code, FieldCode, Language, Problem};

/// Asks that one's account be deleted.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AskDeletion {
    /// That it is meant: `注销账号` or `delete my account`, word by word.
    #[schema(max_length = 50, example = "注销账号")]
    pub confirm: String,
}

impl AskDeletion {
    /// That it is meant.
    ///
    /// # Errors
    /// `invalid_request` when it says anything else.
    pub fn require_meant(&self) -> Result<(), Problem> {
        if CONFIRMATIONS.contains(&self.confirm.as_str()) {
            return Ok(());
        }
        let allowed = CONFIRMATIONS.join(", ");
        Err(Problem::of(Code::InvalidRequest).and_field("/confirm", FieldCode::NotOneOf, allowed))
    }
}

/// How it stands with the deletion of one's account, and what it does.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Deletion)]
pub struct DeletionView {
    /// The deletion that was asked for; null while none was.
    pub asked: Option<AskedDeletion>,
    /// For how many days it can be taken back.
    #[schema(example = 7)]
    pub withdrawal_days: u32,
    /// What is under way and stands in its way now.
    pub in_the_way: MattersView,
    /// What is erased for good.
    pub erased: Vec<String>,
    /// What is kept all the same, on which ground, and until when.
    pub kept: Vec<KeptView>,
}

/// A deletion that was asked for.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AskedDeletion {
    /// When.
    pub asked_at: DateTime<Utc>,
    /// When the account is closed and erased; until then it can be taken back.
    pub due_at: DateTime<Utc>,
    /// Whether it came due and something stood in its way; then it is tried again at `dueAt`.
    pub held_up: bool,
}

/// What is under way for which the account is needed; ten of each at most.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MattersView {
    /// The numbers of orders that have not ended: take them back, judge them, or wait.
    pub demands: Vec<String>,
    /// The numbers of orders that he has promised to serve: drop out, or finish.
    pub assignments: Vec<String>,
    /// Whether he holds a role: an administrator takes it back.
    pub role: bool,
}

/// Something that is kept.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeptView {
    /// What, in the caller's language.
    #[schema(example = "服务时长（不再带姓名）")]
    pub what: String,
    /// On which ground.
    #[schema(example = "《志愿服务条例》：志愿服务记录")]
    pub ground: String,
    /// Until when.
    #[schema(example = "长期")]
    pub until: String,
}

/// What is erased, in Chinese and in English.
const ERASED: &[(&str, &str)] = &[
    (
        "姓名、手机号、用户名、口令、动态口令和微信绑定",
        "Name, telephone, user name, password, second factor and the bond to WeChat",
    ),
    (
        "实名核验的身份证号、出生日期和监护人信息",
        "The number of the identity card, the date of birth and the guardian",
    ),
    ("所有登录", "All sign-ins"),
    (
        "志愿者登记中的姓名、住址位置、技能、空闲时间和所在队伍",
        "Of the registration as a volunteer the name, where you live, skills, free time and teams",
    ),
    (
        "已办结点单中的姓名、电话、地址、精确位置和文字内容",
        "Of orders that have ended the name, telephone, address, precise place and all words",
    ),
    (
        "评价中的文字、接单记录中的姓名和理由",
        "The words of judgments; name and reasons in records of where you helped",
    ),
    ("收到的消息", "What you were told"),
];

/// What is kept, on which ground and until when, in Chinese and in English.
const KEPT: &[[(&str, &str); 3]] = &[
    [
        (
            "服务时长、评分和点单的统计数字（不再带姓名）",
            "Hours, scores and the figures of orders, without a name",
        ),
        (
            "已去标识化；《志愿服务条例》要求如实记录志愿服务",
            "They say of nobody who he was; the Regulations on Volunteer Service want service recorded",
        ),
        ("长期", "For good"),
    ],
    [
        (
            "操作日志（何人何时做了什么、来源地址），仅供审计，其他界面不再显示姓名",
            "The log of who did what when and from which address: for the audit alone, and nowhere else by name",
        ),
        (
            "《网络安全法》要求留存网络日志不少于六个月；日志成链防篡改，不能单条删除，已停止其他处理（个人信息保护法第四十七条）",
            "The Cybersecurity Law wants logs kept for six months at least; they are a sealed chain of which no single row can go, and nothing else is done with them (PIPL article 47)",
        ),
        ("与审计日志同期，不少于 180 天", "As long as the audit, 180 days at least"),
    ],
    [
        (
            "同意与撤回的记录、查看您个人信息的记录（不再带姓名）",
            "What you have agreed to and taken back, and who has looked at your data, without your name",
        ),
        (
            "证明处理活动合法所必需（个人信息保护法第十四条、第六十九条）",
            "Needed to prove that what was done was lawful (PIPL articles 14 and 69)",
        ),
        ("不少于三年", "Three years at least"),
    ],
    [
        ("重复请求的应答（加密）", "Answers to requests that may be repeated, encrypted"),
        ("技术上必需", "Needed for technical reasons"),
        ("24 小时", "24 hours"),
    ],
];

impl DeletionView {
    /// How it stands, in the language of the person who asks.
    #[must_use]
    pub fn of(
        asked: Option<&Deletion>,
        matters: Matters,
        withdrawal_days: u32,
        language: Language,
    ) -> Self {
        let say = |(chinese, english): &(&str, &str)| match language {
            Language::Chinese => (*chinese).to_owned(),
            Language::English => (*english).to_owned(),
        };
        let kept = |[what, ground, until]: &[(&str, &str); 3]| KeptView {
            what: say(what),
            ground: say(ground),
            until: say(until),
        };
        Self {
            asked: asked.map(|asked| AskedDeletion {
                asked_at: asked.asked_at,
                due_at: asked.due_at,
                held_up: asked.held_up,
            }),
            withdrawal_days,
            in_the_way: MattersView {
                demands: matters.demands,
                assignments: matters.assignments,
                role: matters.role,
            },
            erased: ERASED.iter().map(say).collect(),
            kept: KEPT.iter().map(kept).collect(),
        }
    }
}
