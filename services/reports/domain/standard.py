"""The catalogue of a community that has decided none: what is met in a resettlement community, and few of it.

It is version 0 for ever: what is added here is there from then on, and nothing of it is taken out or means another thing.
"""

from dataclasses import replace

from services.reports.domain.catalogue import Catalogue, Node
from services.reports.domain.clock import Policy
from services.reports.domain.field import Field
from services.reports.domain.open311 import SERVICES

_IN_A_DAY = Policy(1440, by_night=True)
_FLOOR = Field("floor", "楼层", hint="第几层，如 5")


def _roots() -> tuple[Node, ...]:
    """What Open311 asks of a category; whoever stands before the trouble need not know it."""
    return tuple(
        Node(one.code, None, fields=tuple(replace(field, required=False) for field in one.attributes))
        for one in SERVICES.values() if one.attributes
    )


NODES = (
    *_roots(),
    Node("lighting", "stairwell", "楼道灯", "楼梯间、电梯厅、走廊的灯", fields=(_FLOOR,)),
    Node("lighting", "street", "路灯", "小区道路、庭院的灯"),
    Node("water", "outage", "停水"), Node("water", "leak", "漏水", "水管、水表、屋面漏水"), Node("water", "pressure", "水压不足"),
    Node("electricity", "outage", "停电"), Node("electricity", "wires", "电线裸露", "裸露、垂落、私拉的电线"),
    Node("sanitation", "overflow", "垃圾满溢"), Node("sanitation", "bulky", "大件垃圾", "旧家具、装修垃圾"),
    Node("sanitation", "sewage", "污水外溢"), Node("sanitation", "smell", "异味"),
    Node("road", "surface", "路面破损"), Node("road", "cover", "井盖缺损", "丢失、破损、松动", resolve=_IN_A_DAY),
    Node("road", "railing", "护栏标识"),
    Node("greening", "fallen", "树木倒伏", resolve=_IN_A_DAY), Node("greening", "pests", "病虫害"),
    Node("greening", "planting", "毁绿种菜"),
    Node("safety", "fire-lane", "消防通道堵塞"), Node("safety", "falling", "高空坠物"),
    Node("safety", "e-bike", "电动车进楼充电"),
    Node("noise", "works", "施工装修"), Node("noise", "square", "广场舞"), Node("noise", "neighbours", "邻里"),
    Node("parking", "blocking", "占用通道"), Node("parking", "disorder", "乱停乱放"),
)


def standard(area: str) -> Catalogue:
    """Version 0, in this community."""
    return Catalogue(area, nodes=NODES)
