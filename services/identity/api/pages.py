"""The pages people see when a program asks them to sign in: Chinese, shown in no frame, kept by nobody.

One script of ours runs there, for browsers tell of passkeys to scripts alone; everything else goes without it.
"""

import json
from html import escape
from urllib.parse import urlsplit

from fastapi.responses import HTMLResponse, RedirectResponse

from chassis.rights import API
from services.identity.actions.authorization import Page
from services.identity.actions.passkeys import Asked
from services.identity.domain.clients import ABOUT_PEOPLE

SEE_OTHER = 303  # the browser goes on with GET, and takes no password along (RFC 9700 section 4.12)

_POLICY = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'"

_FRAME = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>{title} · 智惠国槐</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/static/page.css"></head>
<body><header><h1>智惠国槐</h1><p>{lead}</p></header><main>{said}<div class="grid">{body}</div></main></body></html>"""

_FORM = """<form class="card" method="post" action="/oauth/sign-in"><h2>{title}</h2>
<input type="hidden" name="request" value="{sealed}">{fields}<p><button type="submit">{act}</button></p></form>"""

_FIELD = """<p><label>{label}<br><input name="{name}" type="{kind}" autocomplete="{fills}" maxlength="{most}" required></label>
</p>"""
_PASSKEY = """<form class="card" method="post" action="/oauth/sign-in" data-passkey="{options}"><h2>通行密钥</h2>
<input type="hidden" name="request" value="{sealed}">{fields}<input type="hidden" name="passkey" value="">
<p>用指纹、面容或 PIN 登录，不用输入密码。还没有的，<a href="/static/passkeys.html">先登记</a>。</p>
<p><button type="submit">用通行密钥登录</button></p>
<p class="problem" role="alert"></p></form>"""
_SCRIPT = '<script src="/static/passkey.js"></script>'
_HIDDEN = """<input type="hidden" name="{name}" value="{value}">"""


def sign_in(
    page: Page, passkey: Asked, *, phone: str = "", challenge: str = "", wrong: str = "", status: int = 200
) -> HTMLResponse:
    """Password or passkey for staff, a code to the phone for everybody; after the code was sent, a field for it."""
    account = _field("账号", "login", "text", "username", 64)
    secret = _field("密码", "password", "password", "current-password", 256)
    forms = [_form("工作人员", page.sealed, f"{account}{secret}", "登录"), _passkey(page, passkey)]
    if not challenge:
        forms.insert(0, _form("居民", page.sealed, _field("手机号码", "phone", "tel", "tel", 20), "发送验证码"))
    else:
        given = _hidden("phone", phone) + _hidden("challenge_id", challenge)
        code = _field("短信验证码", "code", "text", "one-time-code", 6)
        forms.insert(0, _form("居民", page.sealed, f"{given}{code}", "登录"))
    return _page("登录", _lead(page), "".join(forms), wrong, status=status, leads_to=page.back)


def second_step(page: Page, half: str, passkey: Asked | None, *, wrong: str = "", status: int = 200) -> HTMLResponse:
    """What who has a second factor shows, once the first proof was good: a code, or a passkey if they have one."""
    code = _field("动态验证码或恢复码", "second_code", "text", "one-time-code", 11)
    form = _form("第二步验证", page.sealed, _hidden("second", half) + code, "登录")
    other = _passkey(page, passkey, _hidden("second", half)) if passkey is not None else ""
    return _page("登录", _lead(page), other + form, wrong, status=status, leads_to=page.back)


def _passkey(page: Page, passkey: Asked, fields: str = "") -> str:
    options = escape(json.dumps(passkey.options, ensure_ascii=False))
    carried = fields + _hidden("ticket", passkey.ticket)
    return _PASSKEY.format(options=options, sealed=escape(page.sealed), fields=carried) + _SCRIPT


def _lead(page: Page) -> str:
    return f"登录后，“{escape(page.name)}”{_gets(page.scope.split())}。"


def _gets(scopes: list[str]) -> str:
    """What a person allows by signing in."""
    acts = [scope for scope in scopes if scope not in {*ABOUT_PEOPLE, API}]
    if API in scopes:
        return "可以代您办理您在智惠国槐能办理的一切事项"
    known = "会得知您的姓名" if "profile" in scopes else "会得知是您本人"
    return f"{known}，并可以代您办理：{escape('、'.join(acts))}" if acts else f"{known}，但不能代您办理任何事项"


def goodbye(carried: dict[str, str], *, leads_to: str) -> HTMLResponse:
    """Whether to sign out."""
    fields = "".join(_hidden(name, value) for name, value in carried.items())
    form = f'<form class="card" method="post" action="/oauth/end_session">{fields}<button type="submit">退出登录</button></form>'
    return _page("退出登录", "要退出智惠国槐吗？", form, "", status=200, leads_to=leads_to)


def notice(title: str, *, said: str = "", status: int = 200) -> HTMLResponse:
    """One sentence, and nothing that leads anywhere."""
    return _page(title, escape(title), "", said, status=status, leads_to="")


def elsewhere(address: str) -> RedirectResponse:
    """Back to the program; a code in the address is kept in no cache."""
    return RedirectResponse(address, SEE_OTHER, headers={"cache-control": "no-store"})


def _page(title: str, lead: str, body: str, said: str, *, status: int, leads_to: str) -> HTMLResponse:
    wrong = f'<p class="problem" role="alert">{escape(said)}</p>' if said else ""
    text = _FRAME.format(title=escape(title), lead=lead, said=wrong, body=body)
    script = "; script-src 'self'" if _SCRIPT in body else ""
    policy = f"{_POLICY}{script}; form-action 'self'{_origin(leads_to)}"
    return HTMLResponse(text, status, headers={
        "content-security-policy": policy, "cache-control": "no-store", "x-frame-options": "DENY",
    })


def _origin(address: str) -> str:
    """Browsers ask the policy also for where a form's answer leads."""
    parts = urlsplit(address)
    return f" {parts.scheme}://{parts.netloc}" if address else ""


def _form(title: str, sealed: str, fields: str, act: str) -> str:
    return _FORM.format(title=title, sealed=escape(sealed), fields=fields, act=act)


def _field(label: str, name: str, kind: str, fills: str, most: int) -> str:
    return _FIELD.format(label=label, name=name, kind=kind, fills=fills, most=most)


def _hidden(name: str, value: str) -> str:
    return _HIDDEN.format(name=name, value=escape(value))
