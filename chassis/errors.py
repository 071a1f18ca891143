"""The kinds of refusal. A rule raises one by name; `chassis.problems` turns the kind into a status."""

import re
from typing import Any, ClassVar


class Refusal(Exception):
    """Something that was asked for is not so. The docstring states the law, `zh` says it to people."""

    zh: ClassVar[str] = "请求未能完成"
    keeps: ClassVar[bool] = False  # what was noted before the refusal stays, as a counted try does

    def __init__(self, detail: str = "", **extra: Any) -> None:
        super().__init__(detail or type(self).zh)
        self.detail = detail
        self.extra = extra

    @classmethod
    def name(cls) -> str:
        """`NotInHand` is `not-in-hand` in the problem's type."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()


class BadRequest(Refusal):
    """The request is not well formed, or OAuth says so (RFC 6749 section 5.2)."""

    zh = "请求格式错误"


class Invalid(Refusal):
    """What was sent cannot be understood or breaks a stated form."""

    zh = "提交的内容不符合要求"


class Unauthenticated(Refusal):
    """Nobody is signed in, or the token is not good."""

    zh = "请先登录"


class Forbidden(Refusal):
    """The thing is seen, but this act on it is not allowed."""

    zh = "您没有权限执行此操作"


class NotFound(Refusal):
    """There is no such thing, or not for this person."""

    zh = "没有找到"


class Conflict(Refusal):
    """The thing is not in a state that allows this."""

    zh = "当前状态不允许此操作"


class Gone(Refusal):
    """It was there, and its time is over."""

    zh = "已失效"


class TooLarge(Refusal):
    """More was sent than is taken."""

    zh = "提交的内容过大"


class PreconditionFailed(Refusal):
    """What the request relies on is so no more (RFC 9110 section 13.1.1)."""

    zh = "内容已被他人更新，请刷新后重试"


class PreconditionRequired(Refusal):
    """The request must say what it relies on."""

    zh = "请求缺少必需的条件"


class TooMany(Refusal):
    """Too often; `retry_after` says when again."""

    zh = "操作过于频繁，请稍后再试"

    def __init__(self, detail: str = "", *, retry_after: int = 60, **extra: Any) -> None:
        super().__init__(detail, **extra)
        self.retry_after = retry_after


class Unavailable(Refusal):
    """A part that is needed does not answer; nothing was kept."""

    zh = "服务暂时不可用，请稍后再试"

    def __init__(self, detail: str = "", *, retry_after: int = 2, **extra: Any) -> None:
        super().__init__(detail, **extra)
        self.retry_after = retry_after
