"""Why somebody may or may not do an act at a place: the decision of `chassis.rights.why`, told in words.

The rules of all services are known here as they are published (`contracts/rights.json`); what else an act wants, as a state of
the thing or a second factor shown anew, the thing's own service says.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.rights import Actor, Answer, Assignment, Rule, why
from contracts import words
from contracts.area import Role
from contracts.calendar import CHENGDU
from services.identity.domain.rights import STEP_UP

BASES = {"granted": "", "cover": "代班", "emergency": "紧急授权"}
REASONS = {  # why there is a cover or an emergency, as people are told
    "leave": "休假", "training": "培训", "vacancy": "岗位空缺", "other-duty": "其他公务",
    "life-safety": "生命安全", "fire": "火情", "missing-person": "人员走失", "gate-failure": "门岗故障", "outage": "停水停电停气",
}


@dataclass(frozen=True)
class Spot:
    """A place, and whose the thing there is."""

    area: str
    owner_id: UUID | None = None


@dataclass(frozen=True)
class Held:
    """On what an assignment rests."""

    basis: str
    reason: str | None


Bases = Mapping[tuple[str, str, datetime | None], Held]  # by role, area and beginning


@dataclass(frozen=True)
class Explanation:
    """One act at one place: yes or no, on what ground, and the same as a sentence."""

    service: str
    act: str
    area: str
    answer: str
    ground: str | None
    role: str | None
    held_in: str | None
    until: datetime | None
    basis: str | None
    reason: str | None
    text: str


RULES: Mapping[tuple[str, str], Rule] = {
    (service, act): Rule(**{**said, "roles": frozenset(map(Role, said["roles"]))})
    for service, rules in words.RULES.items() for act, said in rules.items()
}


def acts(asked: str | None) -> list[tuple[str, str]]:
    """The acts of all services, or the one that is asked for where it is one."""
    return [(service, act) for service, act in RULES if asked in {None, act}]


def explained(actor: Actor, which: tuple[str, str], spot: Spot, *, bases: Bases, names: Mapping[str, str]) -> Explanation:
    """What `why` decides of this actor, in words."""
    (service, act), rule = which, RULES[which]
    answer, ground, by = why(actor, rule, spot)
    office = by if isinstance(by, Assignment) else None
    held = bases.get((office.role, office.area, office.starts_at)) if office else None
    text = _yes(ground, office, held, names) if ground else _no(actor, answer, act, rule, spot.area)
    if actor.scopes is not None and not {act, "api"} & actor.scopes:
        answer, ground, text = Answer.REFUSED, None, f"不可以：您使用的应用没有获得“{words.ACTS[act]}”的授权。"
    basis, reason = (held.basis, held.reason) if held else (None, None)
    role, held_in, until = (office.role, office.area, office.ends_at) if office else (None, None, None)
    text += _also(act, ground)
    return Explanation(service, act, spot.area, answer.value, ground, role, held_in, until, basis, reason, text)


def _yes(ground: str, office: Assignment | None, held: Held | None, names: Mapping[str, str]) -> str:
    if office is None:
        return {"owner": "可以：这是本人的。", "neighbours": "可以：住在此处。"}.get(ground, "可以：凡登录者均可。")
    basis = BASES[held.basis] if held else ""
    why_so = f"，事由：{REASONS.get(held.reason, held.reason)}" if held and held.reason and basis else ""
    until = f"，至{office.ends_at.astimezone(CHENGDU):%Y年%m月%d日 %H:%M}止" if office.ends_at else ""
    where = names.get(office.area, office.area)
    return f"可以：担任{where}的{words.ROLES[office.role]}{f'（{basis}）' if basis else ''}，该辖区包含此处{why_so}{until}。"


def _no(actor: Actor, answer: Answer, act: str, rule: Rule, area: str) -> str:
    here = [words.ROLES[held.role] for held in actor.assignments if area == held.area or area.startswith(f"{held.area}.")]
    serves = f"在此处担任{'、'.join(dict.fromkeys(here))}" if here else "在此处没有任职"
    seen = "能看到，但无权操作" if answer is Answer.REFUSED else "在可见范围之外"
    return f"不可以（{seen}）：“{words.ACTS[act]}”可由{words.whose(rule)}办理，任职的辖区须包含此处；{serves}。"


def _also(act: str, ground: str | None) -> str:
    return "操作前须重新出示第二步验证。" if ground and act in STEP_UP else ""
