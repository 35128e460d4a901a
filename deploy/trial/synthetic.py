"""A made-up file of messages of the real one's shape, for where there is none: same columns, same lengths, any size."""

import csv
import random
from datetime import datetime, timedelta
from pathlib import Path

PLACES = ("示例一路", "示例二路", "示例家园", "示例新村", "示例学校", "示例河", "示例市场", "示例医院")
MATTERS = (
    "路面破损需要维修", "路灯不亮", "公交线路调整建议", "停车位不足", "物业服务不到位", "噪音扰民", "垃圾清运不及时",
    "供水不稳定", "停电频繁", "雨天积水", "拆迁补偿问题", "房产证办理咨询", "养老保险如何转移", "低保申请咨询",
    "农民工工资被拖欠", "入学政策咨询", "医保报销问题", "村民宅基地审批", "消防安全隐患", "小区业主反映电梯故障",
)  # fmt: skip
SENTENCES = ("问题已有一段时间。", "希望有关部门尽快处理。", "给居民的生活带来不便。", "曾向社区反映过。", "盼复。")
HEAD = ("留言编号", "留言用户", "留言主题", "留言时间", "留言详情", "反对数", "点赞数")
FIRST = datetime(2017, 6, 8, 8)  # noqa: DTZ001 - the file has local times without an offset
SPAN_DAYS = 960
WHOLE = 4326
"""Rows of the real file."""


def write(path: Path, rows: int, seed: int) -> Path:
    """The same seed writes the same file."""
    dice = random.Random(seed)  # noqa: S311 - made-up text
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEAD)
        for number in range(rows):
            at = FIRST + timedelta(minutes=dice.randrange(SPAN_DAYS * 24 * 60))
            title = f"{dice.choice(PLACES)}{dice.choice(MATTERS)}"
            text = title + "，" + "".join(dice.choices(SENTENCES, k=dice.randint(4, 60)))
            if dice.random() < 0.003:
                text = text.replace("。", "。\n", 1)
            when = f"{at.year}/{at.month}/{at.day} {at.hour}:{at.minute:02}:{at.second:02}"
            writer.writerow((100000 + number, f"U{dice.randrange(rows):06}", title, when, text, 0, 0))
    return path
