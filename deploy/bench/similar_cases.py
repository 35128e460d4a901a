"""Made-up requests for measuring similarity: titles and texts of a big district, and each told again in other words."""

import random
from dataclasses import dataclass

SYLLABLES = (
    "东西南北中安宁康泰福禄祥瑞金银玉翠锦绣华富丽景明阳光春秋江湖河海"
    "山林石松柏桃李杏梅兰竹菊荷莲云霞星月龙凤鹤燕和平新兴建设文昌武德仁义礼信永长"
)
KINDS = (
    ("小区", "家园"), ("花园", "园区"), ("路", "路段"), ("大道", "街道"), ("村", "村组"), ("广场", "广场"),
    ("市场", "农贸市场"), ("公寓", "公寓楼"), ("学校", "校区"), ("工业园", "园区"),
)  # fmt: skip
PLACES = 12_000
"""Named estates, roads and villages of a district of a million people; about seventeen cases each at 200,000."""

MATTERS = (
    (("搅拌站", "混凝土搅拌厂", "水泥搅拌站"), ("夜间噪音扰民", "半夜噪音太大", "晚上施工噪音吵得睡不着")),
    (("开发商", "楼盘开发商", "地产公司"), ("捆绑销售车位", "强制搭售车位", "买房必须捆绑车位")),
    (("物业公司", "小区物业", "物业"), ("乱收停车费", "停车费收费不合理", "乱涨停车费用")),
    (("路面", "道路路面", "柏油路面"), ("破损严重坑洼不平", "坑洼破损无人修", "到处破损坑坑洼洼")),
    (("路灯", "照明路灯", "道路路灯"), ("损坏多日不亮", "坏了一直不亮", "不亮出行危险")),
    (("垃圾", "生活垃圾", "建筑垃圾"), ("堆积无人清运", "长期堆积发臭", "成堆没有人清运")),
    (("下水道", "排水管道", "污水管"), ("堵塞污水外溢", "堵了污水横流", "堵塞多日污水倒灌")),
    (("自来水", "供水", "家里自来水"), ("水压太低经常停水", "经常停水没有通知", "水压不足总是停水")),
    (("购房补贴", "人才购房补贴", "住房补贴"), ("申请迟迟未发放", "审核通过未发放", "申请一年还没有发放")),
    (("电梯", "住宅电梯", "楼栋电梯"), ("故障频发困人", "经常故障困人", "老是故障没人维修")),
    (("烧烤摊", "夜市烧烤", "路边烧烤"), ("油烟扰民占道经营", "占道油烟熏人", "占道经营油烟大")),
    (("幼儿园", "民办幼儿园", "小区幼儿园"), ("学费上涨过快", "乱涨学费", "学费涨价不合理")),
    (("公交车", "公交线路", "公交"), ("班次太少等候时间长", "班次少等车一个小时", "等候太久班次不够")),
    (("违章建筑", "违建", "楼顶违建"), ("举报后无人拆除", "一直没有拆除", "多次举报未拆")),
    (("工资", "农民工工资", "工人工资"), ("拖欠半年未付", "被拖欠讨要无果", "拖欠多月不给")),
    (("暖气", "集中供暖", "供暖"), ("温度不达标", "室温太低不达标", "不热温度达不到")),
    (("绿化带", "小区绿化", "公共绿化"), ("被毁改成停车位", "改建停车位", "毁绿改停车位")),
    (("养殖场", "养猪场", "生猪养殖场"), ("臭气熏天污染河水", "排污污染河流", "污水直排臭气大")),
    (("楼上漏水", "楼顶渗水", "屋面漏雨"), ("开发商不维修", "报修无人处理", "修了几次还漏")),
    (("广场舞", "广场音响", "跳舞音响"), ("音量过大影响学习", "早晚扰民", "吵得孩子没法写作业")),
    (("补课班", "校外培训机构", "辅导班"), ("关门跑路不退费", "拒绝退还学费", "停课不退钱")),
    (("共享单车", "单车", "电动车"), ("乱停乱放堵住通道", "占满人行道", "随意停放影响通行")),
    (("红绿灯", "路口信号灯", "交通信号灯"), ("时间设置不合理", "绿灯太短过不去", "坏了没人管")),
    (("医保报销", "异地医保", "住院医保"), ("手续繁琐迟迟不到账", "报销被拒没有说法", "系统无法结算")),
    (("高压线", "变电站", "输电线路"), ("离住宅太近担心辐射", "从楼顶经过有隐患", "建在居民区旁")),
    (("拆迁补偿", "征地补偿款", "安置房"), ("多年没有兑现", "拖延交付", "标准不透明")),
    (("低保", "困难补助", "残疾人补贴"), ("申请被退回不说原因", "停发没有通知", "一直审批不下来")),
    (("外墙", "外墙保温层", "墙面瓷砖"), ("脱落砸到车辆", "脱落危及行人", "大面积掉落")),
    (("宽带", "网络宽带", "光纤宽带"), ("垄断不让其他运营商进入", "被垄断只有一家", "只能办一家被垄断")),
    (("房产证", "不动产证", "小区房产证"), ("交房多年办不下来", "五年没有办下来", "迟迟不能办理")),
)  # fmt: skip
WHEN = (
    "",
    "",
    "已经三个月",
    "一到下雨天就",
    "每天凌晨",
    "从去年开始",
    "多次反映仍",
    "入冬以来",
    "周末尤其严重，",
    "近半年",
)
OPENINGS = ("咨询", "反映", "关于", "投诉", "请求解决", "再次反映", "请问", "")
FEELINGS = (
    "我们是这里的住户，已经反映多次没有结果", "希望领导重视并尽快派人查看", "严重影响了居民的正常生活",
    "老人孩子都受不了",
    "打过热线电话也没有回音", "请有关部门给一个明确的答复", "问题存在已经有大半年了", "周边几百户都有同样的困难",
    "盼望早日解决", "多次找过相关单位互相推诿", "现在情况越来越严重", "恳请尽快处理，谢谢",
)  # fmt: skip
CATEGORIES = tuple(f"k-{number}" for number in range(len(MATTERS)))


SAME_PLACE, SAME_THING, SAME_TROUBLE = 0.8, 0.5, 0.4
"""How often somebody else calls a part by the very same words, besides doing so by chance. Opening, order, time and
text are always new; so one repeat in eight has no part of its title word for word."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The words somebody has for a place, a thing and its trouble."""

    where: str
    thing: str
    trouble: str


@dataclass(frozen=True, slots=True)
class Told:
    """One request."""

    title: str
    text: str
    category: str
    place: int
    words: Wording


class Town:
    """The same places and requests at every run."""

    def __init__(self, seed: int = 7) -> None:
        self._rng = random.Random(seed)  # noqa: S311 - the same for everybody
        # Names of two and three syllables, as estates and roads have them.
        self._places = [
            ("".join(self._rng.choices(SYLLABLES, k=self._rng.choice((2, 2, 3)))), self._rng.choice(KINDS))
            for _ in range(PLACES)
        ]

    def request(self) -> Told:
        """Somebody's request about something somewhere."""
        place, matter = self._rng.randrange(PLACES), self._rng.randrange(len(MATTERS))
        return self._tell(place, matter, self._worded(place, matter))

    def again(self, told: Told) -> Told:
        """The same matter by somebody else: other order, other words for much of it, another text."""
        rng, matter = self._rng, CATEGORIES.index(told.category)
        other, mine = self._worded(told.place, matter), told.words
        words = Wording(
            mine.where if rng.random() < SAME_PLACE else other.where,
            mine.thing if rng.random() < SAME_THING else other.thing,
            mine.trouble if rng.random() < SAME_TROUBLE else other.trouble,
        )
        return self._tell(told.place, matter, words)

    def _worded(self, place: int, matter: int) -> Wording:
        rng = self._rng
        name, kinds = self._places[place]
        things, troubles = MATTERS[matter]
        return Wording(name + rng.choice((kinds[0], kinds[0], kinds[1], "")), rng.choice(things), rng.choice(troubles))

    def _tell(self, place: int, matter: int, words: Wording) -> Told:
        rng = self._rng
        where, what = words.where, f"{words.thing}{rng.choice(WHEN)}{words.trouble}"
        said = rng.choice((f"{where}{what}", f"{what}，在{where}", f"{where}附近{what}"))
        more = self._worded(place, matter)
        text = f"{rng.choice(FEELINGS)}，{where}{more.thing}{more.trouble}，{rng.choice(FEELINGS)}。"
        return Told(rng.choice(OPENINGS) + said, text, CATEGORIES[matter], place, words)
