"""What the residents of the demo report: category, words, and what was done about it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Story:
    """A problem and its mending."""

    category: str
    text: str
    mended: str


@dataclass(frozen=True)
class Life:
    """A course a report may take, and how often of a hundred; what lies in the future has not happened yet."""

    weight: int
    steps: tuple[str, ...]


@dataclass(frozen=True)
class Spot:
    """Where in a courtyard a poster hangs, by the depth of its area, and what is likely to be reported from there."""

    depth: int
    asset: str
    category: str


SPOTS = (Spot(5, "垃圾分类投放点", "sanitation"), Spot(5, "电动自行车停放棚", "parking"), Spot(7, "楼道照明", "lighting"))

_WORKED = ("accept", "assign", "process", "resolve")
LIVES = (
    Life(66, (*_WORKED, "rate")),
    Life(17, (*_WORKED, "close")),
    Life(7, ("accept", "assign", "return", "assign", "process", "resolve", "rate")),
    Life(10, (*_WORKED, "rate badly", "reopen", *_WORKED, "rate")),
)

STORIES = (
    Story("lighting", "{place}楼道灯不亮，晚上老人上下楼很不安全。", "已更换声控灯具并检查线路，照明恢复正常。"),
    Story("lighting", "{place}门口路灯一闪一闪的，好几天了。", "路灯镇流器老化，已更换。"),
    Story("water", "{place}水管漏水，地面一直是湿的，怕滑倒。", "已更换破损水管并清理积水。"),
    Story("water", "{place}自来水水压很小，早晚高峰接不到水。", "加压泵已检修，水压恢复。"),
    Story("electricity", "{place}电表箱门坏了，线裸露在外面。", "电表箱门已修复上锁，裸露线路已包扎。"),
    Story("sanitation", "{place}垃圾桶满了没人清，味道很大。", "垃圾已清运，调整为每日两次清运。"),
    Story("sanitation", "{place}楼道堆了很多杂物，还有旧家具。", "已联系住户清理杂物，楼道恢复畅通。"),
    Story("road", "{place}路面坑坑洼洼，电动车经过容易摔。", "破损路面已修补平整。"),
    Story("road", "{place}无障碍坡道扶手松动，坐轮椅的老人不敢走。", "扶手已加固。"),
    Story("greening", "{place}树枝太长挡住窗户，遮光严重。", "已修剪树枝。"),
    Story("greening", "{place}绿化带的草很久没剪，蚊子多。", "已修剪并消杀。"),
    Story("safety", "{place}单元门禁坏了，谁都可以进来。", "门禁主板已更换，刷卡正常。"),
    Story("safety", "{place}有人把电动车推进楼道充电，太危险了。", "已上门劝导，车辆移至充电棚。"),
    Story("safety", "{place}消防通道被车堵住了。", "已联系车主挪车，并重新施划禁停标线。"),
    Story("noise", "{place}楼下广场舞音响太大，影响孩子做作业。", "已与舞队约定音量和时段。"),
    Story("noise", "{place}楼上装修周末也在钻墙。", "已告知装修户遵守施工时间。"),
    Story("parking", "{place}有僵尸车占车位半年了。", "已张贴通知并拖移。"),
    Story("parking", "{place}非机动车乱停，堵住了单元门。", "已划定停放区并整理车辆。"),
    Story("other", "{place}快递柜经常打不开，客服也联系不上。", "已协调快递柜公司更换主板。"),
    Story("other", "{place}公告栏玻璃碎了，容易划伤小孩。", "碎玻璃已清理，公告栏已换新。"),
)

REASONS = ("灯又不亮了，请再来看看。", "没有处理干净，麻烦再处理一下。")
