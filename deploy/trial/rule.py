"""The simple rule by which the trial's dispatchers read a title: category, scope, urgency and who leads."""

import hashlib
from dataclasses import dataclass
from typing import Any

from deploy.trial import district

CATEGORIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("environment-noise", ("噪音", "噪声", "扰民", "搅拌站", "广场舞", "施工")),
    ("environment-waste", ("垃圾", "卫生", "环卫", "清运", "污水")),
    ("environment-air", ("扬尘", "异味", "油烟", "污染", "粉尘", "臭")),
    ("environment-river", ("河", "湖", "水库", "塘")),
    ("road-bus", ("公交", "地铁", "出租", "班车", "客运")),
    ("road-parking", ("停车", "车位", "违停", "占道")),
    ("road-lamp", ("路灯", "红绿灯", "信号灯", "照明")),
    ("road-surface", ("道路", "公路", "修路", "路面", "马路", "大道", "路口", "桥", "交通", "高速")),
    ("housing-move", ("拆迁", "征收", "征地", "安置", "棚改", "补偿")),
    ("housing-title", ("房产证", "办证", "产权", "不动产", "购房", "房屋买卖", "公积金", "契税")),
    ("housing-property", ("物业", "业委会", "业主", "小区", "电梯", "开发商", "楼盘")),
    ("housing-repair", ("漏水", "维修", "危房", "质量", "裂缝", "改造")),
    ("utility-water", ("自来水", "停水", "供水", "水质", "用水")),
    ("utility-drain", ("排水", "积水", "下水道", "内涝")),
    ("utility-power", ("供电", "停电", "电网", "电费", "用电", "电线")),
    ("utility-gas", ("燃气", "天然气", "煤气")),
    ("utility-heat", ("供暖", "暖气")),
    ("farm-irrigation", ("水利", "灌溉", "水渠")),
    ("farm-land", ("土地", "耕地", "宅基地", "林地", "村民", "村")),
    ("farm-technique", ("农业", "种植", "养殖", "农民")),
    ("livelihood-pension", ("养老", "退休", "社保")),
    ("livelihood-allowance", ("低保", "救助", "补助", "补贴", "贫困")),
    ("livelihood-disabled", ("残疾", "残联")),
    ("livelihood-job", ("就业", "招聘", "编制", "考试", "人才")),
    ("order-wage", ("工资", "欠薪", "拖欠", "农民工")),
    ("health-insurance", ("医保", "报销", "生育")),
    ("health-clinic", ("医院", "看病", "医生", "卫生院", "疫苗", "再生育", "计生")),
    ("education-school", ("学校", "入学", "教师", "老师", "幼儿园", "学生", "中学", "小学", "补课", "学位")),
    ("education-facility", ("体育", "公园", "图书馆", "文化")),
    ("enterprise-fund", ("贷款", "融资", "集资", "理财", "传销", "诈骗")),
    ("enterprise-permit", ("审批", "许可", "执照", "证照")),
    ("enterprise-labour", ("用工",)),
    ("enterprise-site", ("厂房", "用地")),
    ("order-safety", ("安全", "隐患", "消防", "违建", "违法", "违章")),
    ("order-dispute", ("纠纷", "邻里")),
)
"""Categories by words of the title; the first hit counts."""

OTHER = "order-other"
COMMON = ("全体", "业主", "居民", "村民", "小区", "搅拌站", "多次", "强制", "广大", "我们")
ASKING = ("咨询", "请问", "询问", "何时", "什么时候", "如何", "怎么", "吗")
HARD = ("housing-move", "housing-title", "farm-land", "environment-air", "enterprise-fund")
"""What takes months: 难事联办."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a dispatcher fills into the desk's form."""

    category: str
    scope: str
    urgency: str
    desk_suitable: bool
    lead: str
    territory: str

    def form(self) -> dict[str, Any]:
        """The desk's one act; a lead in the territory needs no second order."""
        return {
            "category": self.category,
            "scope": self.scope,
            "urgency": self.urgency,
            "desk_suitable": self.desk_suitable,
            "lead": self.lead,
            "instruction": "请按规定时限联系诉求人并办理。",
        }


def judge(title: str, ref: str) -> Judgement:
    """By words alone. The district is invented, so the territory comes from the message's number."""
    category = next((code for code, words in CATEGORIES if any(word in title for word in words)), OTHER)
    asking = any(word in title for word in ASKING)
    common = not asking and any(word in title for word in COMMON)
    scope = "common" if common else "individual"
    urgency = "good" if asking else "hard" if category in HARD and _share(ref, "hard") < 0.6 else "real"
    town = sorted(district.towns())[int(_share(ref, "town") * len(district.TOWNS))]
    lead = district.DESK if asking else district.department_for(category) if common else town
    return Judgement(category, scope, urgency, asking, lead, town)


def _share(ref: str, what: str) -> float:
    digest = hashlib.sha256(f"{what}:{ref}".encode()).digest()
    return int.from_bytes(digest[:4]) / 2**32
