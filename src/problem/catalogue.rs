//! The catalogue: every code with its status and its words.
//!
//! The order is the order of the contract. A code, once published, keeps its
//! name and its status; texts may be improved.

use std::fmt;

use actix_web::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Language;

/// Declares the codes with status, title and remedy in both languages. A code is taken as a bare
/// token, because the schema's derive does not look into a captured literal.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:tt $status:ident,
        $title_zh:literal, $remedy_zh:literal, $title_en:literal, $remedy_en:literal;)*) => {
        /// The stable name of a problem.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
        #[schema(as = ProblemCode)]
        pub enum Code { $($(#[$doc])* #[serde(rename = $code)] $name,)* }

        impl Code {
            /// Every code, in the order of the catalogue.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The name that stands in a body.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The HTTP status it is answered with.
            #[must_use]
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }

            /// What is wrong.
            #[must_use]
            pub const fn title(self, language: Language) -> &'static str {
                match (self, language) { $(
                    (Self::$name, Language::Chinese) => $title_zh,
                    (Self::$name, Language::English) => $title_en,
                )* }
            }

            /// What the caller can do about it.
            #[must_use]
            pub const fn remedy(self, language: Language) -> &'static str {
                match (self, language) { $(
                    (Self::$name, Language::Chinese) => $remedy_zh,
                    (Self::$name, Language::English) => $remedy_en,
                )* }
            }
        }
    };
}

codes! {
    /// The request cannot be read or breaks a rule that the contract states.
    InvalidRequest = "invalid_request" BAD_REQUEST,
        "请求内容不符合要求", "请按 errors 中逐项的说明修改后重新提交",
        "The request does not meet the contract", "Mend what `errors` names and send it again";
    /// No token, or one that is not valid (any more).
    Unauthenticated = "unauthenticated" UNAUTHORIZED,
        "尚未登录，或登录已失效", "请重新登录，或用刷新令牌换取新的访问令牌",
        "You are not signed in, or no longer", "Sign in again, or exchange your refresh token for a new access token";
    /// User name and password, or phone and code, do not belong together.
    WrongCredentials = "wrong_credentials" UNAUTHORIZED,
        "用户名或口令、手机号或验证码不正确", "请核对后重试；验证码五分钟内有效，最多可试五次",
        "User name and password, or phone and code, do not match", "Check them and try again; a code is valid for five minutes and five tries";
    /// The password is right, and the account has a second factor that was not shown.
    SecondFactorNeeded = "second_factor_needed" UNAUTHORIZED,
        "该账号已启用动态口令，还需输入验证码", "请连同口令再次提交，并在 code 中填写验证器显示的六位数字或一个恢复码",
        "This account has a second factor", "Send user name and password again, with `code`: what your authenticator app shows, or a recovery code";
    /// The second factor that was shown is not right, or was used before.
    WrongSecondFactor = "wrong_second_factor" UNAUTHORIZED,
        "动态口令不正确或已使用过", "请等待验证器显示下一个验证码后重试，或使用恢复码",
        "The second factor is not right, or was used before", "Wait for the next code of your authenticator app and try again, or use a recovery code";
    /// The caller is known and may not.
    Forbidden = "forbidden" FORBIDDEN,
        "您无权进行此项操作", "请联系本级或上级管理员授予相应角色",
        "You may not do this", "Ask the administrator of your organization for the role";
    /// The token of a partner does not reach this operation.
    ScopeMissing = "scope_missing" FORBIDDEN,
        "令牌的授权范围（scope）不包括此项操作", "请在契约中查看该操作所需的 scope，并请登记您的管理员授予",
        "The scope of your token does not reach this operation", "See in the contract which scope it needs, and ask the administrator who registered you for it";
    /// Somebody else has set the caller's password.
    PasswordChangeNeeded = "password_change_needed" FORBIDDEN,
        "口令由他人设置，须先改成自己的口令", "请先用 POST /api/v1/me/password 修改口令",
        "Somebody else has set your password: choose your own first", "Change it with POST /api/v1/me/password";
    /// A node where the caller works demands a second factor, and he has none.
    SecondFactorSetupNeeded = "second_factor_setup_needed" FORBIDDEN,
        "所在组织要求启用动态口令，须先完成设置", "请先用 POST /api/v1/me/second-factor 设置动态口令",
        "Your organization demands a second factor: set it up first", "Set it up with POST /api/v1/me/second-factor";
    /// What the caller may do only where he has shown a second factor.
    PasswordSignInNeeded = "password_sign_in_needed" FORBIDDEN,
        "所在组织要求动态口令，此登录方式不能行使该职责", "请用用户名、口令和动态口令登录：POST /api/v1/sign-in/password",
        "Your organization demands a second factor, which this sign-in was made without", "Sign in by password and second factor with POST /api/v1/sign-in/password";
    /// What is asked for takes more than a token that may be an old one.
    FreshSignInNeeded = "fresh_sign_in_needed" FORBIDDEN,
        "此项操作须在最近一次登录后 30 分钟内进行", "请重新登录（手机号验证码、口令或微信），再重试",
        "This takes a sign-in of the last 30 minutes", "Sign in anew (phone and code, password or WeChat) and try again";
    /// A privacy notice in force has to be agreed to first.
    ConsentRequired = "consent_required" FORBIDDEN,
        "需先同意个人信息处理告知", "请向本人展示 privacyNoticeIds 所列的告知（{value}），经其同意后用 POST /api/v1/me/consents 提交同意（没有手机应用的，由工作人员用 POST /api/v1/organizations/{id}/consents 代录），再重新提交本请求",
        "A privacy notice has to be agreed to first", "Show what `privacyNoticeIds` names ({value}); agree to it with POST /api/v1/me/consents (for somebody without an app, staff writes it down with POST /api/v1/organizations/{id}/consents), and send this request again";
    /// There is no such thing, or not for this caller.
    NotFound = "not_found" NOT_FOUND,
        "没有找到，或者您无权查看", "请检查编号和地址是否正确",
        "There is no such thing, or not for you", "Check the identifier and the address";
    /// The minutes of a reveal are over, or nobody has approved it in time.
    RevealLapsed = "reveal_lapsed" GONE,
        "查看或审批期限已过", "如仍需联系，请重新提交查看申请并说明原因",
        "The time of this reveal is over", "Ask anew, with the purpose and a reason, if you still have to call";
    /// The address exists, not for this method.
    MethodNotAllowed = "method_not_allowed" METHOD_NOT_ALLOWED,
        "该地址不支持此请求方法", "请查阅 /docs 中该地址支持的方法",
        "This address does not know the method", "See /docs for the methods it knows";
    /// The caller accepts no representation that there is.
    NotAcceptable = "not_acceptable" NOT_ACCEPTABLE,
        "无法按 Accept 头要求的格式返回", "请接受 application/json",
        "There is no representation that you accept", "Accept application/json";
    /// The state of the thing does not allow the command.
    NotPossible = "not_possible" CONFLICT,
        "当前状态（{value}）下不能进行此操作", "请重新读取并使用 next 中列出的操作",
        "The present state ({value}) does not allow this", "Read it again and use a command that `next` lists";
    /// Every place on the dispatch is taken.
    NoPlaceLeft = "no_place_left" CONFLICT,
        "名额已满", "请选择其他需求；如有人退出，名额会立即重新开放",
        "Every place is taken", "Choose another demand; a place that becomes free is open at once";
    /// The offer was not answered in time.
    OfferLapsed = "offer_lapsed" CONFLICT,
        "派单已超过接单时限（{value}）", "该单已转给下一个队伍或上级，请等待新的派单",
        "The offer lapsed at {value}", "It has moved on to the next team or level; wait for a new offer";
    /// The volunteer already has a place here.
    AlreadyTaken = "already_taken" CONFLICT,
        "您已在此单中", "无需重复接单",
        "You already have a place on this dispatch", "Nothing more is needed";
    /// The volunteer, or whoever vouches for him, has ordered this help himself.
    OwnOrder = "own_order" CONFLICT,
        "这是您本人的点单，不能自己接单，也不能为服务人员补录", "请由其他志愿者接单，并由其他负责人补录",
        "This is your own order: you can neither bring the help nor vouch for it", "Let others bring it, and another leader or the station enter their presence";
    /// Whoever asked to see the data of a minor cannot approve it himself, and whoever administers a
    /// team does not make himself its leader.
    OwnRequest = "own_request" CONFLICT,
        "这是您本人提出或涉及您本人的事项，不能由您自己决定", "请由本级或上级的其他管理员办理",
        "You have asked for this yourself, or it is about you: you cannot decide on it", "Let another administrator of the organization or above decide";
    /// The clerk who writes the judgment down has brought the help himself.
    OwnService = "own_service" CONFLICT,
        "这是您本人参与的服务，不能由您代录评价", "请由点单人自行评价，或由其他工作人员回访后代录",
        "You have brought this help yourself: you cannot write down how it is judged", "Let the person who ordered judge it, or a colleague who calls back";
    /// The volunteer is promised elsewhere in that time.
    TimeConflict = "time_conflict" CONFLICT,
        "该时间段您已接了其他单", "请先退出另一单，或选择其他时间段的需求",
        "You are promised elsewhere in that time", "Drop out of the other one first, or choose another time";
    /// Something with the same unique value exists.
    AlreadyExists = "already_exists" CONFLICT,
        "已存在相同的记录（{value}）", "请使用已有的记录，或更换该值",
        "There already is one ({value})", "Use the one that exists, or change the value";
    /// The WeChat user signs in to another account.
    WechatBoundElsewhere = "wechat_bound_elsewhere" CONFLICT,
        "该微信已绑定另一个账号", "请先用微信登录那个账号并解绑（DELETE /api/v1/me/wechat），再绑定到本账号",
        "This WeChat user is bound to another account", "Sign in to that account by WeChat, release it (DELETE /api/v1/me/wechat), and bind it to this one then";
    /// The number of an identity card is that of another account: whose is not told.
    IdNumberTaken = "id_number_taken" CONFLICT,
        "该身份证号码已在另一个账号实名", "一个身份证号码只能用于一个账号：请登录那个账号；如不是您本人所为，请联系所在县（市、区）中心",
        "This identity number is proven for another account", "A number belongs to one account: sign in to that one, or ask your county's center if it was not you";
    /// The thing still has parts and cannot go.
    StillInUse = "still_in_use" CONFLICT,
        "仍有下级或未完成的单，不能归档", "请先迁移或归档下级，并办结相关的单",
        "It still has children or open work", "Move or archive the children and finish the work first";
    /// Something is still under way for which the account is needed.
    AccountInUse = "account_in_use" CONFLICT,
        "您还有未了结的事项，暂不能注销账号：{value}", "请先撤回、评价或等待办结这些点单（demand），退出或完成这些接单（assignment），请管理员收回角色（role），再申请注销",
        "Something is still under way for which your account is needed: {value}", "Take back, judge or await the orders (demand), drop out of or finish the services (assignment), have the administrator take the roles back (role), and ask again";
    /// A branch cannot hang below itself, nor the tree grow too deep.
    TreeWouldBreak = "tree_would_break" CONFLICT,
        "组织不能移到自身下级，层级也不能超过 {value} 层", "请选择其他上级组织",
        "A branch cannot hang below itself, nor the tree be deeper than {value}", "Choose another parent";
    /// Somebody changed it since the caller read it.
    ChangedMeanwhile = "changed_meanwhile" PRECONDITION_FAILED,
        "该记录已被他人修改", "请重新读取，确认后用新的 ETag 再提交",
        "Somebody changed it first", "Read it again and send the new ETag";
    /// The body is larger than is accepted.
    TooLarge = "too_large" PAYLOAD_TOO_LARGE,
        "请求内容过大，最多 {value} 字节", "请缩短内容后重新提交",
        "The body is too large: at most {value} bytes", "Send less";
    /// The body does not arrive.
    TooSlow = "too_slow" REQUEST_TIMEOUT,
        "请求内容没有在限定时间内送达", "请检查网络后重新提交；可重复的请求请沿用原来的 Idempotency-Key",
        "The body did not arrive in time", "Check the connection and send it again, under the same Idempotency-Key if it had one";
    /// The body is not JSON.
    UnsupportedMediaType = "unsupported_media_type" UNSUPPORTED_MEDIA_TYPE,
        "请求内容的类型不受支持", "请使用 Content-Type: {value}",
        "The content type is not supported", "Send Content-Type: {value}";
    /// The key was used for another request.
    KeyReused = "key_reused" UNPROCESSABLE_ENTITY,
        "该 Idempotency-Key 已用于另一个不同的请求", "请为新的请求生成新的 Idempotency-Key",
        "This Idempotency-Key belongs to a different request", "Make a new key for a new request";
    /// The volunteer is not where the service is.
    TooFar = "too_far" UNPROCESSABLE_ENTITY,
        "您距离服务地点 {value} 米，超出签到范围", "请到现场后再签到，或请队长补录并说明原因",
        "You are {value} meters from the place of service", "Check in on the spot, or ask the team leader to record it with a reason";
    /// Help is wanted on a later day.
    TooEarly = "too_early" UNPROCESSABLE_ENTITY,
        "尚未到服务当日：约定的服务时间为 {value}", "请在服务当日签到；如时间有变，请联系派单人员",
        "It is too early: help is wanted at {value}", "Check in on that day; ask whoever dispatched it if the time has changed";
    /// The check-in code is wrong or has rotated.
    WrongCheckInCode = "wrong_check_in_code" UNPROCESSABLE_ENTITY,
        "签到码不正确或已更新", "请使用现场显示的最新签到码",
        "The check-in code is wrong or has changed", "Use the code that is shown on the spot now";
    /// Check-in needs a place or a code.
    ProofNeeded = "proof_needed" UNPROCESSABLE_ENTITY,
        "签到签退需要位置或现场签到码", "请提供 position 或 code",
        "Checking in or out needs a position or a code", "Send `position` or `code`";
    /// No organization serves that place.
    NoServiceHere = "no_service_here" UNPROCESSABLE_ENTITY,
        "该地点不在任何站点的服务范围内", "请检查坐标和 coordinateSystem，或直接指定 organizationId",
        "No organization serves that place", "Check coordinates and `coordinateSystem`, or name `organizationId`";
    /// The thing that the request names is not of the kind needed here.
    Unsuitable = "unsuitable" UNPROCESSABLE_ENTITY,
        "所选对象不适用（{value}）", "请从候选列表中选择",
        "What you chose is not suitable ({value})", "Choose from the candidates";
    /// Whoever comes from WeChat for the first time has to say by which phone he is known.
    PhoneNeeded = "phone_needed" UNPROCESSABLE_ENTITY,
        "首次用微信登录需要手机号", "请用 getPhoneNumber 按钮取得 phoneCode，再调用一次 wx.login，把新的 loginCode 与 phoneCode 一起提交",
        "The first sign-in by WeChat needs a phone", "Get a `phoneCode` from the button of getPhoneNumber, call wx.login once more, and send the new `loginCode` together with it";
    /// WeChat does not accept the code of the mini-program.
    WechatCodeRefused = "wechat_code_refused" UNPROCESSABLE_ENTITY,
        "微信不接受该 code：可能已使用、已过期，或来自别的小程序", "请按 errors 指明的字段重新取得 code（每个 code 五分钟内有效，只能用一次）",
        "WeChat does not accept the code: used, lapsed, or of another mini-program", "Get a new one for the field that `errors` names; each is good once, for five minutes";
    /// WeChat warns of this user.
    WechatAccountAtRisk = "wechat_account_at_risk" UNPROCESSABLE_ENTITY,
        "微信判定该微信号存在风险，不能用它登录", "请改用手机号验证码登录；如有疑问，请向微信申诉",
        "WeChat takes this WeChat account for a risk, so it cannot sign in", "Sign in by phone and code; appeal to WeChat if that is an error";
    /// This installation has no mini-program.
    WechatNotSetUp = "wechat_not_set_up" UNPROCESSABLE_ENTITY,
        "本平台没有开通微信登录", "请改用手机号验证码登录；管理员可在配置中填写小程序的 appid 和密钥",
        "This installation has no sign-in by WeChat", "Sign in by phone and code; its administrator may configure the appid and secret of a mini-program";
    /// This installation has nobody to verify real names.
    RealNameNotSetUp = "real_name_not_set_up" UNPROCESSABLE_ENTITY,
        "本平台没有开通实名核验", "请联系所在县（市、区）中心；管理员可在配置中填写实名核验网关的地址和密钥",
        "This installation cannot verify real names", "Ask your county's center; its administrator may configure the address and secret of a gateway";
    /// A write to a single resource must say which version it changes.
    PreconditionRequired = "precondition_required" PRECONDITION_REQUIRED,
        "缺少 If-Match 请求头", "请先读取该资源，并把返回的 ETag 放入 If-Match",
        "The If-Match header is missing", "Read the resource and send its ETag in If-Match";
    /// Too many requests.
    TooManyRequests = "too_many_requests" TOO_MANY_REQUESTS,
        "请求过于频繁", "请按 Retry-After 指示的秒数等待后重试",
        "Too many requests", "Wait as many seconds as Retry-After says";
    /// One person has placed as many orders today as the rule of the place allows.
    TooManyOrders = "too_many_orders" TOO_MANY_REQUESTS,
        "您今天的点单已达上限", "请明天再点单（Retry-After 为距当地零点的秒数）；急需帮助时请拨打热线或到站点，由工作人员登记",
        "You have placed as many orders today as one person may", "Order again tomorrow (Retry-After counts the seconds until local midnight); if it is urgent, call the hotline or come to the station, where staff takes it down";
    /// Too many tries to sign in that failed.
    TooManyTries = "too_many_tries" TOO_MANY_REQUESTS,
        "失败次数过多", "请等待 {value} 秒后再试；再次失败，等待时间会更长",
        "Too many tries have failed", "Wait {value} seconds and try again; each further failure makes the wait longer";
    /// Something broke on our side; the log knows.
    Internal = "internal" INTERNAL_SERVER_ERROR,
        "服务内部出错", "请稍后重试；如仍出错，请把 requestId 告诉管理员",
        "Something broke on our side", "Try again later; if it stays, tell the administrator the requestId";
    /// WeChat does not answer, or not now.
    WechatUnavailable = "wechat_unavailable" SERVICE_UNAVAILABLE,
        "微信暂时没有正常应答", "请等待 {value} 秒后重试，或改用手机号验证码登录",
        "WeChat does not answer for the moment", "Wait {value} seconds and try again, or sign in by phone and code";
    /// WeChat refuses this installation, not the caller.
    WechatMisconfigured = "wechat_misconfigured" SERVICE_UNAVAILABLE,
        "微信登录的配置有误", "请改用手机号验证码登录，并把 requestId 告诉管理员：日志中有微信给出的原因",
        "Sign-in by WeChat is not configured rightly", "Sign in by phone and code, and tell the administrator the requestId: the log says what WeChat objects to";
    /// No text message can be sent now.
    SmsUnavailable = "sms_unavailable" SERVICE_UNAVAILABLE,
        "暂时无法发送短信", "请等待 {value} 秒后重试；在小程序中也可以用微信登录",
        "No text message can be sent for the moment", "Wait {value} seconds and try again; in the mini-program, signing in by WeChat works too";
    /// Real names cannot be verified now.
    RealNameUnavailable = "real_name_unavailable" SERVICE_UNAVAILABLE,
        "暂时无法核验实名", "请等待 {value} 秒后重试；这次不计入当天的次数",
        "Real names cannot be verified for the moment", "Wait {value} seconds and try again; this try is not counted";
    /// The database does not answer.
    Unavailable = "unavailable" SERVICE_UNAVAILABLE,
        "服务暂时不可用", "请按 Retry-After 指示的秒数等待后重试",
        "The service is not available for the moment", "Wait as many seconds as Retry-After says";
}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Declares the field codes with their words in both languages.
macro_rules! field_codes {
    ($($(#[$doc:meta])* $name:ident = $code:tt, $zh:literal, $en:literal;)*) => {
        /// What is wrong with one field.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
        #[schema(as = FieldErrorCode)]
        pub enum FieldCode { $($(#[$doc])* #[serde(rename = $code)] $name,)* }

        impl FieldCode {
            /// Every code, in the order of the catalogue.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The name that stands in a body.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The words, with `{value}` where a limit stands.
            #[must_use]
            pub const fn text(self, language: Language) -> &'static str {
                match (self, language) { $(
                    (Self::$name, Language::Chinese) => $zh,
                    (Self::$name, Language::English) => $en,
                )* }
            }
        }
    };
}

field_codes! {
    /// The text is not JSON, or not UTF-8.
    Malformed = "malformed", "不是有效的 UTF-8 JSON：{value}", "is not valid UTF-8 JSON: {value}";
    /// A value of the wrong type or form.
    WrongType = "wrong_type", "类型或格式不正确：{value}", "has the wrong type or form: {value}";
    /// A field that must be there is not.
    Missing = "missing", "缺少必填项 {value}", "is missing: {value}";
    /// A field that the contract does not know.
    Unknown = "unknown", "没有名为 {value} 的字段，请删除", "there is no field named {value}; leave it out";
    /// A value that is not one of those that exist.
    NotOneOf = "not_one_of", "不是可用的值，可用：{value}", "is not one of: {value}";
    /// Too few characters.
    TooShort = "too_short", "至少需要 {value} 个字符", "needs at least {value} characters";
    /// Too many characters.
    TooLong = "too_long", "最多 {value} 个字符", "may have at most {value} characters";
    /// Control characters have no place in a text.
    ControlCharacters = "control_characters", "含有控制字符，请删除", "contains control characters; leave them out";
    /// Below or above the bounds.
    OutOfRange = "out_of_range", "超出范围 {value}", "is outside {value}";
    /// Not eleven digits that begin with 1.
    NotAPhone = "not_a_phone", "不是有效的手机号或座机号", "is not a telephone number";
    /// Not the number of a person (GB 11643).
    NotAnIdNumber = "not_an_id_number", "不是有效的公民身份号码：18 位，最后一位是校验码，可为 X；请对照证件核对", "is not the number of an identity card: 18 digits, the last of which checks the others and may be an X; compare it with the card";
    /// A number of fifteen digits, which ran out in 2013.
    OldIdNumber = "old_id_number", "是已停用的 15 位号码，请填写现行身份证上的 18 位号码", "is one of the old numbers of 15 digits; give the 18 digits of the present card";
    /// Not the code of an organization (GB 32100).
    NotACreditCode = "not_a_credit_code", "不是有效的统一社会信用代码：18 位，不含字母 I、O、S、V、Z，最后一位是校验码；请对照证照核对", "is not a unified social credit code: 18 characters without I, O, S, V and Z, the last of which checks the others; compare it with the certificate";
    /// Under fourteen, and no guardian has agreed.
    GuardianNeeded = "guardian_needed", "未满十四周岁，须经监护人同意：请填写监护人信息，或由监护人代为提交", "is needed under fourteen: a guardian has to agree, or send it himself";
    /// Staff has to write it down, who has seen it.
    StaffNeeded = "staff_needed", "须由工作人员核实后代为登记，请与监护人一同到服务站点或中心办理", "has to be written down by staff who has seen it: come to the station or the center, with the guardian";
    /// Whoever looks after security holds no other role.
    OtherDuty = "other_duty", "担任的其他角色与此角色不能由同一人兼任（安全管理员须专任），请换一个账号", "holds a role that does not go together with this one: a security administrator is nothing else; choose another account";
    /// No text message reaches it.
    Unreachable = "unreachable", "短信无法送达该号码，请换一个手机号", "cannot be reached by text message; give another number";
    /// A code of WeChat that is not good, or not any more.
    UsedOrLapsed = "used_or_lapsed", "已使用或已失效，请重新取得", "has been used or has lapsed; get a new one";
    /// The place is not in China.
    OutsideChina = "outside_china", "坐标不在中国境内", "is not in China";
    /// The place would be in China if latitude and longitude changed places.
    SwappedCoordinates = "swapped_coordinates", "经纬度可能写反了：latitude 为纬度，longitude 为经度", "latitude and longitude seem to be exchanged";
    /// A time that has gone by.
    InThePast = "in_the_past", "时间已过", "lies in the past";
    /// A time too far ahead.
    TooFarAhead = "too_far_ahead", "时间太远，最晚为 {value}", "lies too far ahead: at most {value}";
    /// A time that goes on with others for longer than all may last together.
    TooLongTogether = "too_long_together", "与前后相隔不足一天的代理合并计算超过 90 天（{value}）：请中间至少间隔一天，或另行授予角色", "lasts longer than 90 days together with those less than a day before or after ({value}): leave a day between, or give him a role of his own";
    /// An end that is not after its beginning.
    Reversed = "reversed", "结束时间必须晚于开始时间", "must end after it begins";
    /// No such thing can be referred to.
    NoSuchThing = "no_such_thing", "所引用的对象不存在或不可用", "refers to nothing that exists or is available";
    /// Not the center of a county, to which volunteers belong.
    NotACounty = "not_a_county", "不是县级中心（志愿者归县管理）；要看一支队伍的队员，请改用 {value}", "is not the center of a county, to which volunteers belong; for the members of one team use {value}";
    /// Needed because of the value of another field.
    NeededHere = "needed_here", "在此情况下必须填写（{value}）", "is needed in this case ({value})";
    /// Not allowed because of the value of another field.
    NotHere = "not_here", "在此情况下不能填写（{value}）", "has no place in this case ({value})";
    /// Contained twice.
    Duplicate = "duplicate", "重复：{value}", "appears more than once: {value}";
    /// The cursor was not made by this list.
    BadCursor = "bad_cursor", "游标无效，请从第一页重新读取", "is not a cursor of this list; begin with the first page";
    /// Somebody who is promised elsewhere at that time.
    TimeConflict = "time_conflict", "此人该时段另有服务，请另选他人", "is promised elsewhere at that time; choose somebody else";
    /// Not the password of the account.
    WrongPassword = "wrong_password", "不是当前的口令，请核对后重试", "is not the present password; check it and try again";
    /// Not the code that the app shows now, nor a recovery code.
    WrongCode = "wrong_code", "不是当前的验证码，或已使用过，请等下一个", "is not the present code, or was used before; wait for the next one";
    /// The same as before, where something else is needed.
    Unchanged = "unchanged", "与原来的相同，请另选一个", "is the same as before; choose another";
    /// The private part of a key, where the public part belongs.
    PrivateKey = "private_key", "是私钥的一部分，绝不能发给任何人：此密钥已不安全，请另生成一对，只提交公钥部分", "belongs to a private key, which nobody else may ever see: this one is no longer safe; make a new pair and send its public part only";
    /// A password that is too easy.
    TooWeak = "too_weak", "口令容易被猜到：请用几个互不相关的词连成更长的口令，不要含用户名、姓名、单位、日期、键盘顺序或常用口令",
        "is easy to guess: string several unrelated words together, without user name, name, organization, dates, rows of keys or common passwords";
}

impl fmt::Display for FieldCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
