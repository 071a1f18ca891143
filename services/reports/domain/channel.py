"""报事渠道: by which way a report came, and whom staff may file for."""

from enum import StrEnum

from chassis.errors import Conflict


class Channel(StrEnum):
    """The ways; who files says none of them but how staff heard of what they file for a resident."""

    APP = "app"  # 小程序
    POSTER = "poster"  # 扫点位码
    PATROL = "patrol"  # 工作人员在自己负责的地方发现
    PHONE = "phone"  # 居民来电，工作人员代报
    VISIT = "visit"  # 当面，工作人员代报
    HOTLINE = "hotline"  # 12345 转来，工作人员代报
    PAPER = "paper"  # 报事表
    OPEN311 = "open311"
    IMPORT = "import"  # 从其他系统转入


class NotTheirNeighbour(Conflict):
    """Staff file for who lives in the community of the place; for oneself one files as everybody does."""

    zh = "只能为居住在本社区的其他居民代报"
