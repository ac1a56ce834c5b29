//! The menu: two columns with ten items each.

/// The columns of the menu.
pub(super) const EVERYDAY_HELP: DemoCatalogColumn =
    DemoCatalogColumn { code: "everyday_help", name_zh: "便民帮扶", name_en: "Everyday help" };
pub(super) const LEARNING_AND_COUNSEL: DemoCatalogColumn = DemoCatalogColumn {
    code: "learning_and_counsel",
    name_zh: "文明惠民",
    name_en: "Learning, community and counsel",
};

/// One column of the service menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DemoCatalogColumn {
    /// English code in lower snake case.
    pub code: &'static str,
    /// Chinese name.
    pub name_zh: &'static str,
    /// English name.
    pub name_en: &'static str,
}

/// One item of the service menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DemoCatalogItem {
    /// English code in lower snake case.
    pub code: &'static str,
    /// The column in which it stands.
    pub column: DemoCatalogColumn,
    /// Chinese name.
    pub name_zh: &'static str,
    /// English name.
    pub name_en: &'static str,
    /// The national four-digit code of the service category (服务类别).
    pub category: &'static str,
    /// The national two-digit code of the skill (特长) that a team needs, if it needs one.
    pub skill: Option<&'static str>,
    /// Whether the system may accept and dispatch it by itself; a specialist's work goes to the
    /// center's administrator instead.
    pub automatic: bool,
    /// What may go wrong and must be said beforehand (志愿服务条例, articles 12 and 13), in Chinese.
    pub risk_zh: Option<&'static str>,
    /// The same in English.
    pub risk_en: Option<&'static str>,
    /// The clock by which it runs instead of the area's own: `appointment` (at a time that both
    /// sides agree on) or `specialist` (some working days).
    pub clock: Option<&'static str>,
}

/// The service menu of the demo: two columns with ten items each.
///
/// The items follow what the five places publish. Of its own menu Pingyang publishes only that it has
/// two columns and twenty items; the columns' names are made up.
#[must_use]
pub fn catalog() -> Vec<DemoCatalogItem> {
    let help = everyday_help().map(|it| it.in_column(EVERYDAY_HELP));
    let counsel = learning_and_counsel().map(|it| it.in_column(LEARNING_AND_COUNSEL));
    help.into_iter().chain(counsel).collect()
}

fn everyday_help() -> [DemoCatalogItem; 10] {
    [
        item("elder_care", "为老服务", "Help for older people", "0017").skill("19").risk(
            "服务可能涉及搀扶和上下楼，请事先说明老人的健康状况。",
            "Volunteers may support a person on stairs: describe the person's health.",
        ),
        item(
            "left_behind_support",
            "“三留”对象帮扶",
            "Support for those left behind in villages",
            "0017",
        ),
        item("disability_support", "扶弱助残", "Help for people with disabilities", "0017")
            .skill("19")
            .risk(
                "服务可能涉及搬扶和辅助器具，请事先说明需要注意的事项。",
                "Volunteers may lift a person or use aids: say beforehand what needs care.",
            ),
        item("proxy_errand", "代办服务", "Errands: offices, bills, parcels", "0001"),
        item("purchase_delivery", "采购配送", "Shopping and delivery", "0001").skill("03"),
        item("infant_meal", "宝宝餐", "Meals for infants", "0017").risk(
            "请事先说明婴幼儿的过敏和忌口情况。",
            "Say beforehand which foods the child must not have.",
        ),
        item("maternity_meal", "孕妇餐", "Meals for expectant mothers", "0017")
            .risk("请事先说明过敏和忌口情况。", "Say beforehand which foods must be avoided."),
        item("haircut", "免费理发", "Free haircut", "0001").skill("20").clock("appointment"),
        item("knife_sharpening", "磨剪刀", "Sharpening knives and scissors", "0001")
            .skill("20")
            .clock("appointment")
            .risk("刀具锋利，请妥善包裹后交接。", "Blades are sharp: hand them over wrapped."),
        item("exam_transport", "爱心送考", "Rides to examinations", "0011")
            .skill("03")
            .clock("appointment")
            .risk(
                "涉及道路交通，请预留充足时间并系好安全带。",
                "A ride in traffic: allow enough time and fasten the seat belt.",
            ),
    ]
}

fn learning_and_counsel() -> [DemoCatalogItem; 10] {
    [
        item("after_school_class", "四点半课堂", "After-school class", "0003")
            .skill("08")
            .clock("appointment")
            .risk(
                "未成年人须由监护人接送。",
                "Minors must be brought and collected by a guardian.",
            ),
        item("family_education", "家庭教育咨询", "Advice on family education", "0003").skill("08"),
        item("health_knowledge", "健康知识与义诊", "Health advice and checks", "0004")
            .skill("01")
            .risk(
                "义诊不能代替医院诊治，急症请拨打120。",
                "No substitute for a hospital: in an emergency call 120.",
            ),
        item("policy_advice", "政策咨询", "Advice on policies", "0001").skill("13"),
        item("waste_sorting_exchange", "垃圾分类礼品兑换", "Gifts for sorted waste", "0006")
            .clock("appointment"),
        item("street_cleaning", "清理垃圾", "Clearing away litter", "0006").risk(
            "请说明现场是否有尖锐物、有害垃圾或临近道路。",
            "Say whether there are sharp or harmful things, or traffic nearby.",
        ),
        item("civility_guidance", "文明劝导", "Guidance on public manners", "0010"),
        item("mediation", "矛盾调解", "Mediation of disputes", "0009")
            .skill("04")
            .by_specialists()
            .risk("如有人身安全危险请立即拨打110。", "If anybody is in danger, call 110 at once."),
        item("legal_advice", "法律咨询", "Legal advice", "0005").skill("04").by_specialists(),
        item("psychological_counseling", "心理疏导咨询", "Psychological counseling", "0004")
            .skill("18")
            .by_specialists()
            .risk(
                "志愿疏导不能代替医疗；如有自伤危险请立即拨打120。",
                "No substitute for treatment: in danger of self-harm call 120 at once.",
            ),
    ]
}

/// An item that everybody can serve and the system may dispatch; what differs is said by the
/// methods below.
fn item(
    code: &'static str,
    name_zh: &'static str,
    name_en: &'static str,
    category: &'static str,
) -> DemoCatalogItem {
    DemoCatalogItem {
        code,
        column: EVERYDAY_HELP,
        name_zh,
        name_en,
        category,
        skill: None,
        automatic: true,
        risk_zh: None,
        risk_en: None,
        clock: None,
    }
}

impl DemoCatalogItem {
    fn in_column(self, column: DemoCatalogColumn) -> Self {
        Self { column, ..self }
    }

    fn skill(self, code: &'static str) -> Self {
        let skill = Some(code);
        Self { skill, ..self }
    }

    fn clock(self, name: &'static str) -> Self {
        let clock = Some(name);
        Self { clock, ..self }
    }

    fn by_specialists(self) -> Self {
        let automatic = false;
        Self { automatic, ..self }.clock("specialist")
    }

    fn risk(self, chinese: &'static str, english: &'static str) -> Self {
        let (risk_zh, risk_en) = (Some(chinese), Some(english));
        Self { risk_zh, risk_en, ..self }
    }
}
