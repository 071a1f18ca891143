"""What only identity needs: where messages to phones go, and who knows WeChat accounts."""

from dataclasses import dataclass
from functools import cached_property
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from chassis.crypto import Keyring, Keys, keyring
from chassis.settings import Settings
from contracts.area import Role


@dataclass(frozen=True)
class IndexKeys(Keys):
    """The keys of identity: beside those of every service the versions for contacts (`domain/indexes.py`)."""

    contacts: Keyring = (bytes(32),)


class IdentitySettings(Settings):
    """The SMS provider speaks Aliyun's wire (SendSms, version 2017-05-25, signature ACS3-HMAC-SHA256).

    WeChat's is that of its servers' interface (api.weixin.qq.com), for one mini-program. The provider of real names speaks that
    of `clients/real_name.py`; without an endpoint nobody compares names and numbers, and papers are shown in person.
    """

    sms_endpoint: str
    sms_access_key: str
    sms_secret_key: str
    sms_sign_name: str = "智惠国槐"
    sms_template: str = "SMS_100001"
    sms_agreement_template: str = Field(
        default="SMS_100002", description="the text with the code by which a phone's holder agrees that it becomes somebody's",
    )
    wechat_endpoint: str
    wechat_app_id: str
    wechat_secret: str
    wechat_page_app_id: str = Field(
        default="", description="the official account, bound to the same open-platform account; empty: no pages within WeChat",
    )
    wechat_page_secret: str = Field(default="", repr=False)
    real_name_endpoint: str = Field(
        default="", description="who compares names with numbers of papers; empty: nobody, papers are shown in person",
    )
    real_name_key: str = ""
    real_name_secret: str = Field(default="", repr=False)
    real_name_provider: str = Field(default="real-name", pattern=r"^[a-z0-9-]{1,32}$", description="how facts name it")
    second_factor_roles: str = Field(
        default="admin,community_officer", description="roles that must have a second factor, by comma; empty: nobody must",
    )
    second_factor_grace_days: int = Field(default=14, ge=0, le=90, description="how long after a role begins it may go without")
    phone_silence_days: int = Field(
        default=210, ge=210, le=3650,  # a session lives 180: who is signed in so long shows no code meanwhile
        description="days nobody signed in by a number before its code opens no account; a month more than a session lives",
    )
    passkey_domain: str = Field(default="", description="the RP id of passkeys; without it the host of PUBLIC_ORIGIN")
    passkey_origins: str = Field(default="", description="pages that may ask for passkeys, by comma; without it PUBLIC_ORIGIN")

    @cached_property
    def keys(self) -> IndexKeys:
        """Beside INDEX_KEY_FILE may lie `contacts`: the versions of the key by which phones and WeChat accounts are found."""
        file, common = self.index_key_file.with_name("contacts"), super().keys
        ring = [keyring(file.read_bytes())] if file.is_file() else []
        return IndexKeys(common.kek, common.index, *ring)

    @field_validator("second_factor_roles")
    @classmethod
    def _are_roles(cls, said: str) -> str:
        """A role that is misspelt would be nobody's: the process does not start with it."""
        for role in filter(None, said.split(",")):
            Role(role)
        return said

    @model_validator(mode="after")
    def _is_asked_safely(self) -> Self:
        """Names and numbers go over no network in the clear, and are asked for by nobody who cannot sign."""
        if not self.real_name_endpoint:
            return self
        address = urlsplit(self.real_name_endpoint)
        is_near = address.hostname in {"127.0.0.1", "localhost"} or "." not in (address.hostname or "")
        if not address.hostname or address.scheme not in ({"https", "http"} if is_near else {"https"}):
            raise ValueError("REAL_NAME_ENDPOINT wants https, or a host of this machine or cluster")
        if not self.real_name_key or not self.real_name_secret:
            raise ValueError("REAL_NAME_ENDPOINT comes with REAL_NAME_KEY and REAL_NAME_SECRET")
        return self
