"""What residents write, made up from parts by chance that is the same every time."""

import random
from collections.abc import Iterator

PARTS = {
    "lighting": (("楼道灯", "路灯", "声控灯", "车库的灯"), ("不亮了", "一闪一闪的", "黑得看不清路", "灯泡坏了")),
    "water": (("水管", "自来水", "水表", "阀门"), ("漏水", "停水了", "水压很小", "接不到水")),
    "sanitation": (("垃圾桶", "垃圾", "污水", "下水道"), ("满了没人清", "味道很大", "堆了一地", "流得到处都是")),
    "noise": (("楼上装修", "广场舞音响", "施工队", "邻居打麻将"), ("半夜还在响", "吵得睡不着", "声音太大", "周末也在钻墙")),
    "parking": (("面包车", "电动车", "僵尸车", "私家车"), ("乱停", "占了车位", "挡住单元门", "停在通道上")),
}
_WHERE = ("我们单元", "三栋", "大门口", "院子里", "二单元", "老年活动室旁边")


def sentences(category: str, count: int, seed: int = 1) -> Iterator[str]:
    """So many complaints about one thing."""
    chance = random.Random(f"{category} {seed}")
    things, faults = PARTS[category]
    for _ in range(count):
        yield f"{chance.choice(_WHERE)}{chance.choice(things)}{chance.choice(faults)}，请尽快处理。"
