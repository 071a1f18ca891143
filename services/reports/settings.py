"""What only reports needs: who looks whether what people write and photograph may be shown to everybody."""

from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from chassis.settings import Settings


class ReportsSettings(Settings):
    """The provider speaks Tencent Cloud's wire (TMS TextModeration, IMS ImageModeration, 2020-12-29, TC3-HMAC-SHA256).

    Without an endpoint nobody is asked: nothing that people wrote is ever taken for harmless, and staff go on.
    """

    text_check_endpoint: str = Field(default="", description="where texts are looked at, with its path; empty: nowhere")
    photo_check_endpoint: str = Field(default="", description="where photos are looked at; empty: nowhere")
    check_secret_id: str = ""
    check_secret_key: str = Field(default="", repr=False)
    check_region: str = Field(default="ap-guangzhou", pattern=r"^[a-z0-9-]{1,32}$")
    check_policy: str = Field(default="", pattern=r"^[A-Za-z0-9_]{0,32}$", description="BizType, as the console calls a policy")

    @model_validator(mode="after")
    def _is_asked_safely(self) -> Self:
        """What people wrote goes over no network in the clear, and is asked about by nobody who cannot sign."""
        for endpoint in filter(None, (self.text_check_endpoint, self.photo_check_endpoint)):
            address = urlsplit(endpoint)
            is_near = address.hostname in {"127.0.0.1", "localhost"} or "." not in (address.hostname or "")
            if not address.hostname or address.scheme not in ({"https", "http"} if is_near else {"https"}):
                raise ValueError("TEXT_CHECK_ENDPOINT and PHOTO_CHECK_ENDPOINT want https, or a host of this machine or cluster")
            if not self.check_secret_id or not self.check_secret_key:
                raise ValueError("TEXT_CHECK_ENDPOINT and PHOTO_CHECK_ENDPOINT come with CHECK_SECRET_ID and CHECK_SECRET_KEY")
        return self
