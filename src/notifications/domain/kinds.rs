//! The catalogue: every kind of notice with its words.
//!
//! A kind, once published, keeps its name; its words may be improved. They may name
//! `{number}` (of the demand), `{organization}`, `{volunteer}` and `{reason}`, which
//! is a sentence of its own and only where a reason was given. A kind names only what
//! everybody who is told of it may see anyway.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::problem::Language;

/// Declares the kinds with title and text in both languages.
macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident,
        $title_zh:literal, $text_zh:literal, $title_en:literal, $text_en:literal;)*) => {
        /// What somebody is told. New kinds may appear: show title and text.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema, sqlx::Type)]
        #[serde(rename_all = "snake_case")]
        #[sqlx(type_name = "TEXT", rename_all = "snake_case")]
        pub enum NoticeKind { $($(#[$doc])* $name,)* }

        impl NoticeKind {
            /// Every kind, in the order of the catalogue.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// What it says in a few words.
            #[must_use]
            pub const fn title(self, language: Language) -> &'static str {
                match (self, language) { $(
                    (Self::$name, Language::Chinese) => $title_zh,
                    (Self::$name, Language::English) => $title_en,
                )* }
            }

            /// What it says, before the names are put in.
            #[must_use]
            pub const fn text(self, language: Language) -> &'static str {
                match (self, language) { $(
                    (Self::$name, Language::Chinese) => $text_zh,
                    (Self::$name, Language::English) => $text_en,
                )* }
            }
        }
    };
}

kinds! {
    /// An order has come in that a person has to verify.
    DemandPlaced,
        "新点单待审核", "收到新点单 {number}，请审核。",
        "A new order to verify", "Order {number} has come in; please verify it.";
    /// An order was found in order; somebody is to be found for it.
    DemandVerified,
        "点单已受理", "点单 {number} 已审核通过，等待派单。",
        "Order verified", "Order {number} was found in order and is to be dispatched.";
    /// An order was refused.
    DemandRefused,
        "点单未予受理", "点单 {number} 未予受理。{reason}",
        "Order refused", "Order {number} was refused.{reason}";
    /// Somebody will bring the help.
    DemandAccepted,
        "点单已接单", "点单 {number} 已接单，承接单位：{organization}。",
        "Order accepted", "Order {number} was accepted; help comes through {organization}.";
    /// Whoever had accepted will not come after all; somebody else is looked for.
    AcceptanceLost,
        "点单重新安排中", "原承接人员不能前来，点单 {number} 正在重新安排。",
        "Somebody else is looked for", "Whoever had accepted order {number} cannot come; somebody else is looked for.";
    /// A volunteer has arrived.
    VolunteerOnSite,
        "志愿者已到达", "志愿者{volunteer}已到达，开始为点单 {number} 提供服务。",
        "A volunteer has arrived", "{volunteer} has arrived and begins with order {number}.";
    /// The service has ended and can be judged.
    DemandServed,
        "服务已完成，请评价", "点单 {number} 的服务已完成，请您评价。",
        "Service completed: please judge it", "The service for order {number} is completed; please say how it was.";
    /// The service was judged.
    DemandEvaluated,
        "服务已评价", "点单 {number} 的服务已收到评价。",
        "Service judged", "The service for order {number} was judged.";
    /// The order was closed.
    DemandClosed,
        "点单已销号", "点单 {number} 已销号。如问题仍未解决，可以申请重办。",
        "Order closed", "Order {number} was closed. If the matter is not solved, it can be begun anew.";
    /// The order begins anew.
    DemandReopened,
        "点单重新办理", "点单 {number} 已重新办理。{reason}",
        "Order begun anew", "Order {number} begins anew.{reason}";
    /// The order was taken back.
    DemandCancelled,
        "点单已撤销", "点单 {number} 已撤销。{reason}",
        "Order cancelled", "Order {number} was cancelled.{reason}";
    /// The order was handed to another service.
    DemandTransferred,
        "点单已转办", "点单 {number} 已转交其他服务办理。{reason}",
        "Order transferred", "Order {number} was handed to another service.{reason}";
    /// The clocks of the order stand still.
    DemandPaused,
        "点单暂停办理", "点单 {number} 暂停办理，恢复后另行通知。",
        "Order paused", "Order {number} stands still; you will be told when it goes on.";
    /// The clocks of the order go on.
    DemandResumed,
        "点单恢复办理", "点单 {number} 已恢复办理。",
        "Order resumed", "Order {number} goes on.";
    /// The order has gone up to one's own level.
    DemandEscalated,
        "点单上报到本级", "点单 {number} 已上报到{organization}，请办理。{reason}",
        "An order has come up to you", "Order {number} has gone up to {organization}; please see to it.{reason}";
    /// A deadline of the order is over, and there is no level above.
    DemandOverdue,
        "点单已超时", "点单 {number} 已超过办理时限，请尽快处理。",
        "Order overdue", "Order {number} is overdue; please see to it.";
    /// Nobody could be found at any level.
    DemandUnfilled,
        "点单暂无人承接", "点单 {number} 暂时没有人承接，将继续寻找。",
        "Nobody found yet", "Nobody was found for order {number} yet; the search goes on.";
    /// Nobody could be found before the time that was wanted had passed.
    WantedTimePassed,
        "约定的服务时间已过", "点单 {number} 约定的服务时间已过，未能找到承接人员。请联系居民另约时间，或撤单后重办。",
        "The time wanted has passed", "Nobody was found for order {number} before the time that was wanted; agree on another one, or take it back and begin it anew.";
    /// Staff has looked at the contact that an order names.
    ContactRevealed,
        "联系方式被查看", "{organization}的工作人员查看了点单 {number} 的联系方式。{reason}",
        "The contact was looked at", "Staff of {organization} looked at the contact of order {number}.{reason}";
    /// Staff or his team leader has looked at a volunteer's own contact.
    OwnContactRevealed,
        "您的联系方式被查看", "{organization}查看了您的联系方式。{reason}",
        "Your contact was looked at", "{organization} looked at your contact.{reason}";
    /// The team is asked to bring help.
    OfferReceived,
        "收到派单", "点单 {number} 派给了{organization}，请及时接单。",
        "An order for your team", "Order {number} is offered to {organization}; please answer in time.";
    /// Volunteers are wanted whom he is one of.
    CallReceived,
        "附近正在招募志愿者", "点单 {number} 正在招募志愿者。系统根据技能、可服务时间和距离自动选取了包括您在内的最近的志愿者发送本通知；是否接单由您决定，欢迎接单。如不愿被系统选取，可在志愿者资料中关闭。",
        "Volunteers are wanted near you", "Volunteers are wanted for order {number}. The system has chosen you among the nearest by skill, time and distance; whether you take a place is your decision. If you do not want to be chosen by the system, say so in your registration.";
    /// The team has declined, or given back what it had accepted.
    OfferDeclined,
        "队伍拒单", "{organization}不能承接点单 {number}，请另行派单。{reason}",
        "A team has declined", "{organization} cannot bring order {number}; please dispatch it otherwise.{reason}";
    /// The team has not answered in time.
    OfferLapsed,
        "派单超时未接", "{organization}未在时限内接下点单 {number}，派单已失效。",
        "An offer has lapsed", "{organization} did not answer for order {number} in time; the offer has lapsed.";
    /// The dispatch was taken back.
    OfferWithdrawn,
        "派单已撤回", "点单 {number} 的派单已撤回，{organization}不必再前往。{reason}",
        "An offer was withdrawn", "Order {number} was taken back; {organization} is not needed for it any more.{reason}";
    /// The leader has named him.
    PlaceOffered,
        "队长邀请您参加服务", "队长邀请您参加点单 {number} 的服务，请及时答复。",
        "You are asked to help", "Your team leader asks you to help with order {number}; please answer in time.";
    /// A volunteer comes.
    PlaceTaken,
        "志愿者已接单", "志愿者{volunteer}将参加点单 {number} 的服务。",
        "A volunteer comes", "{volunteer} will help with order {number}.";
    /// A volunteer who was named has declined.
    PlaceDeclined,
        "志愿者不能参加", "志愿者{volunteer}不能参加点单 {number} 的服务，可以另请他人。",
        "A volunteer cannot come", "{volunteer} cannot help with order {number}; you can name somebody else.";
    /// A volunteer who was named has not answered in time.
    PlaceUnanswered,
        "志愿者未答复", "志愿者{volunteer}未在时限内答复点单 {number} 的邀请，可以另请他人。",
        "A volunteer has not answered", "{volunteer} did not answer for order {number} in time; you can name somebody else.";
    /// He was named, and has not answered in time.
    NominationLapsed,
        "邀请已失效", "您未在时限内答复点单 {number} 的邀请，邀请已失效；如仍有名额，您可以自行接单。",
        "An invitation has lapsed", "You did not answer for order {number} in time; as long as a place is free you can take it yourself.";
    /// A volunteer who had a place will not come after all.
    PlaceFreed,
        "志愿者不来，名额空出", "志愿者{volunteer}不再参加点单 {number} 的服务，名额已空出。{reason}",
        "A place is free again", "{volunteer} will not come to order {number} after all; the place is free again.{reason}";
    /// He need not come any more.
    PlaceReleased,
        "您不必再前往", "点单 {number} 的服务不再需要您前往。",
        "You need not come", "You are not needed for order {number} any more.";
    /// His service was recorded.
    ServiceRecorded,
        "服务时长已记录", "您参加点单 {number} 的服务时长已由队长补录。",
        "Your service was recorded", "Your team leader has entered your service for order {number}.";
    /// He had not checked out by midnight: no hours.
    ServiceNotRecorded,
        "未签退，未计时长", "您在点单 {number} 的服务到午夜仍未签退，未计服务时长。",
        "No hours without a check-out", "You had not checked out of order {number} by midnight, so no hours were credited.";
    /// His registration was suspended.
    VolunteerSuspended,
        "志愿者资格已暂停", "您的志愿者资格已暂停，如有疑问请联系所在县（市、区）中心。",
        "Your registration is suspended", "Your registration as a volunteer is suspended; please ask your county's center.";
    /// His registration holds again.
    VolunteerResumed,
        "志愿者资格已恢复", "您的志愿者资格已恢复，可以继续参加服务。",
        "Your registration holds again", "Your registration as a volunteer holds again; you can go on helping.";
    /// Somebody has joined the team.
    TeamJoined,
        "有新队员加入", "有志愿者加入了{organization}。",
        "A new member", "A volunteer has joined {organization}.";
    /// Somebody has left the team.
    TeamLeft,
        "有队员退出", "有志愿者退出了{organization}。",
        "A member has left", "A volunteer has left {organization}.";
    /// He was entered as a member, or his role in the team has changed.
    MembershipSet,
        "您的队员身份有变动", "您在{organization}的队员身份已登记或调整。",
        "Your membership has changed", "You were entered in {organization}, or your role there has changed.";
    /// He was removed from the team.
    MembershipEnded,
        "您已不是队员", "您已被移出{organization}。",
        "Your membership has ended", "You were removed from {organization}.";
    /// He was given a role.
    RoleGiven,
        "您获得了新角色", "您在{organization}获得了新的工作角色。",
        "You have a new role", "You were given a role at {organization}.";
    /// A role of his was taken away.
    RoleTaken,
        "您的角色已收回", "您的一项工作角色已被收回。",
        "A role was taken away", "One of your roles was taken away.";
    /// Somebody asks to look at the contact of a minor, and it is for administrators to decide.
    RevealRequested,
        "有查看申请待审批", "{organization}有一项查看未成年人联系方式的申请，请在到期前审批，逾期自动失效。",
        "A reveal waits for your approval", "At {organization} somebody asks to look at the contact of a minor; please approve or refuse it before it lapses.";
    /// The look that he asked for was approved.
    RevealApproved,
        "查看申请已批准", "您在{organization}提出的查看申请已获批准，请在规定的时间内查看。",
        "Your reveal was approved", "What you asked to look at for {organization} was approved; please look at it before its minutes are over.";
    /// The look that he asked for was refused.
    RevealRefused,
        "查看申请未获批准", "您在{organization}提出的查看申请未获批准，原因见该申请。",
        "Your reveal was refused", "What you asked to look at for {organization} was refused; the reason is given there.";
    /// Somebody wants something of those who keep something of him, and it is for administrators to
    /// answer.
    RightsRequestMade,
        "有个人信息请求待答复", "{organization}收到一项个人信息请求，请在期限前答复。",
        "A request about personal data", "{organization} was sent a request about personal data; please answer it before it is due.";
    /// What he wanted of those who keep something of him was met.
    RightsRequestAccepted,
        "您的个人信息请求已办理", "{organization}已同意并办理您的个人信息请求，答复见该请求。",
        "Your request was met", "{organization} has met your request about your personal data; the answer is given there.";
    /// What he wanted of those who keep something of him was refused.
    RightsRequestRefused,
        "您的个人信息请求未获同意", "{organization}未同意您的个人信息请求，理由见该请求。",
        "Your request was refused", "{organization} has refused your request about your personal data; the reason is given there.";
    /// The deletion of his account came due, and something stands in its way.
    DeletionHeldUp,
        "注销账号暂缓", "您申请的账号注销已到期，但还有未办结的事项，因此暂缓，并将每天再试。请在注销页面查看是哪些事项。",
        "The deletion of your account is held up", "The deletion of your account is due, but something is still under way; it is tried again every day. What stands in its way is shown where you asked for it.";
    /// Staff has helped him before it could ask him: how his data is handled.
    PrivacyNoticeDue,
        "请阅读个人信息处理告知", "工作人员已先为您登记点单 {number}，并处理了您的个人信息。请阅读该点单所列的个人信息处理告知；您可以表示同意，也可以不同意。",
        "Please read the privacy notice", "Staff has taken down order {number} for you first, and handled your data for it. Please read the privacy notice that the order names; you may agree to it, or not.";
    /// Staff has written down that he agrees.
    ConsentRecorded,
        "您的同意已由工作人员登记", "工作人员登记了您对{organization}个人信息处理告知的同意。{reason}如与事实不符，您可以随时撤回。",
        "Staff has recorded your consent", "Staff has written down that you agree to the privacy notice of {organization}.{reason} If that is not so, you can take it back at any time.";
    /// Staff has written down that he does not agree, or not any more.
    WithdrawalRecorded,
        "您的撤回已由工作人员登记", "工作人员登记了您不同意或撤回同意{organization}的个人信息处理告知。{reason}",
        "Staff has recorded that you do not agree", "Staff has written down that you do not agree to the privacy notice of {organization}.{reason}";
}
