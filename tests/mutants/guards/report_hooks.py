"""Guards of what a community's own systems are told."""

from tests.mutants.mutant import Mutant

_R = "services/reports"
_T = "tests/reports/test_hooks.py"
_AGREED, _ASKS = "tests/reports/test_hooks_agreed.py", f"{_R}/clients/handshake.py"
_ACTS, _STORE, _RULES, _WIRE = f"{_R}/actions/hooks.py", f"{_R}/store/hooks.py", f"{_R}/domain/hook.py", "chassis/outgoing.py"
_INSIDE = f"{_T}::test_a_name_that_leads_inside_is_refused_when_it_is_said_and_when_it_is_called"
_WORKERS = f"{_T}::test_of_many_workers_one_tells_and_one_that_died_is_followed"
_DAY = f"{_T}::test_after_a_day_it_is_silenced_officers_are_told_and_it_begins_again_with_what_was_left"

MUTANTS = (
    Mutant("report hooks: only https", "chassis/outgoing.py", 'not address.startswith("https://") or ', "", f"{_T}::test_no_address_of_the_inside_and_none_of_two_readings_is_taken"),
    Mutant("report hooks: a name that leads inside is not called", _WIRE, "return found if found and all(self.is_public(one) for one in found) else []", "return found", _INSIDE),
    Mutant("report hooks: every address of a name is looked at", _WIRE, "all(self.is_public(one) for one in found)", "self.is_public(found[0])", _INSIDE),
    Mutant("report hooks: an inner address of IPv6 is judged", "chassis/outgoing.py", "and (inner is None or (inner.is_global and not inner.is_multicast))", "and (inner is None or bool(inner))", _INSIDE),
    Mutant("report hooks: an address is looked at when it is said", _ACTS, " or not entry.leads:", ":", _INSIDE),
    Mutant("report hooks: a redirect is not followed", _WIRE, "trust_env=False) as client", "trust_env=False, follow_redirects=True) as client", f"{_T}::test_no_redirect_is_followed_nobody_is_waited_for_and_an_answer_is_short"),
    Mutant("report hooks: what was looked at is what is called", _WIRE, 'f"https://{numbered}:{port}{rest}"', 'f"https://{host}:{port}{rest}"', f"{_T}::test_what_was_looked_at_is_what_is_called"),
    Mutant("report hooks: an answer is short", _WIRE, "            return False\n    return True", "            return True\n    return True", f"{_T}::test_no_redirect_is_followed_nobody_is_waited_for_and_an_answer_is_short"),
    Mutant("report hooks: nobody is waited for long", _WIRE, "async with asyncio.timeout(WAIT), httpx.AsyncClient(timeout=WAIT,", "async with asyncio.timeout(60), httpx.AsyncClient(timeout=60,", f"{_T}::test_no_redirect_is_followed_nobody_is_waited_for_and_an_answer_is_short"),
    Mutant("report hooks: a message is signed over its body", _RULES, ".encode() + body, hashlib", ".encode(), hashlib", f"{_T}::test_each_step_is_told_once_signed_and_of_nobody"),
    Mutant("report hooks: of a dwelling the building is told", _RULES, '".".join(report.area.split(".")[:NARROWEST])', "report.area", f"{_T}::test_of_a_dwelling_the_building_is_told_at_most"),
    Mutant("report hooks: what was before it is told to nobody", _STORE, "transitions.c.at >= max(hook.made_at, work.now - NEWS),", "transitions.c.at >= work.now - NEWS,", f"{_T}::test_each_step_is_told_once_signed_and_of_nobody"),
    Mutant("report hooks: what is old is told to nobody", _STORE, "transitions.c.at >= max(hook.made_at, work.now - NEWS),", "transitions.c.at >= hook.made_at,", f"{_T}::test_the_log_is_kept_a_month_and_nothing_old_is_told_anew"),
    Mutant("report hooks: told once", _STORE, "transitions.c.action.in_(sorted(filter(hook.wants, TYPES))), ~there,", "transitions.c.action.in_(sorted(filter(hook.wants, TYPES))),", f"{_T}::test_each_step_is_told_once_signed_and_of_nobody"),
    Mutant("report hooks: of its area alone", _STORE, "select(Hook).where(around, hooks", "select(Hook).where(hooks", f"{_T}::test_only_what_lies_in_its_area_is_told"),
    Mutant("report hooks: nothing before what came first", _STORE, "deliveries.c.due_at <= work.now, free, ~before)", "deliveries.c.due_at <= work.now, free)", f"{_T}::test_what_fails_is_told_later_and_nothing_of_its_report_before_it"),
    Mutant("report hooks: a lease is one worker's", _STORE, "deliveries.c.due_at <= work.now, free, ~before)", "deliveries.c.due_at <= work.now, ~before)", _WORKERS),
    Mutant("report hooks: what is heard late changes nothing", _ACTS, "made.done_at is not None or made.tries != taken.attempt:", "made.tries < 0:", f"{_T}::test_what_is_heard_late_changes_nothing"),
    Mutant("report hooks: silenced after a day", _RULES, "        self.state = State.SILENCED.value\n        return True", "        return False", _DAY),
    Mutant("report hooks: officers are told", _ACTS, "    work.announce(HookSilenced(area=hook.area, hook_id=hook.id))\n", "", _DAY),
    Mutant("report hooks: what was left is told", _ACTS, "    await store.take_up(work, hook.id)\n", "", _DAY),
    Mutant("report hooks: begun again by one", _RULES, "            raise HookGoesOn\n", "            pass\n", _DAY),
    Mutant("report hooks: a delivery is given up after a day", _RULES, "            self.done(Outcome.FAILED, at)", "            pass", f"{_T}::test_one_thing_that_is_never_taken_is_given_up_after_a_day_and_the_rest_goes_on"),
    Mutant("report hooks: what waits is not told again", _RULES, "            raise DeliveryWaits\n", "            pass\n", f"{_T}::test_staff_have_it_told_again_under_its_id"),
    Mutant("report hooks: a delivery is its hook's", _ACTS, " or found.hook_id != hook.id:", ":", f"{_T}::test_staff_have_it_told_again_under_its_id"),
    Mutant("report hooks: a secret is replaced by one", _RULES, "            raise SecretReplaced\n", "            pass\n", f"{_T}::test_a_secret_is_replaced_once_and_for_a_day_both_sign"),
    Mutant("report hooks: both secrets sign for a day", _RULES, "return [self.version, self.version - 1] if overlaps else [self.version]", "return [self.version]", f"{_T}::test_a_secret_is_replaced_once_and_for_a_day_both_sign"),
    Mutant("report hooks: a former secret signs no longer", _RULES, "self.replaced_at is not None and at < self.replaced_at + BOTH", "self.replaced_at is not None", f"{_T}::test_a_secret_is_replaced_once_and_for_a_day_both_sign"),
    Mutant("report hooks: an address is told once", _ACTS, "    if await store.at(work, made.area, made.endpoint) is not None:\n        raise HookThere\n", "", f"{_T}::test_of_twelve_at_once_one_address_is_told_once_and_ten_of_a_community"),
    Mutant("report hooks: ten of a community", _ACTS, "        raise HooksEnough\n", "        pass\n", f"{_T}::test_of_twelve_at_once_one_address_is_told_once_and_ten_of_a_community"),
    Mutant("report hooks: they take turns", _ACTS, '    await work.taking_turns(work.vault.keys.blind("hooks", community_of(made.area)))\n', "", f"{_T}::test_of_twelve_at_once_one_address_is_told_once_and_ten_of_a_community"),
    Mutant("report hooks: of no dwelling alone", _ACTS, "    made.must_be_public()\n", "", f"{_T}::test_one_dwelling_and_more_than_a_community_are_told_to_nobody"),
    Mutant("report hooks: an end is one", _RULES, "            raise HookOver\n", "            pass\n", f"{_T}::test_an_end_is_one_and_nothing_is_told_any_more"),
    Mutant("report hooks: entered by who may", _ACTS, "    may.check(made)\n", "", f"{_T}::test_who_may_not_enters_reads_and_changes_none"),
    Mutant("report hooks: entered while it is sure who serves", _ACTS, "    may.check(made)\n    await must_be_fresh(work, by)\n", "    may.check(made)\n", f"{_T}::test_while_it_is_not_sure_who_serves_none_is_entered"),
    Mutant("report hooks: the log is kept a month", _STORE, "deliveries.c.done_at < work.now - KEPT", "deliveries.c.done_at < work.now", f"{_T}::test_the_log_is_kept_a_month_and_nothing_old_is_told_anew"),
    Mutant("report hooks: only the kinds it wants", _RULES, "(self.kinds is None or TYPES[action] in self.kinds)", "True", f"{_AGREED}::test_an_address_is_told_the_kinds_it_wants_and_no_others"),
    Mutant("report hooks: asked before it is told", _ACTS, "    if not entry.agrees:\n        raise HookNotAgreed(origin=entry.origin)\n", "", f"{_AGREED}::test_who_does_not_agree_is_told_nothing_and_hears_what_to_answer"),
    Mutant("report hooks: another's name is no agreement", _ASKS, 'allowed in {origin, "*"}', "bool(allowed)", f"{_AGREED}::test_who_does_not_agree_is_told_nothing_and_hears_what_to_answer"),
    Mutant("report hooks: a refusal is no agreement", _ASKS, "answer.status_code in _SUCCESS and ", "", f"{_AGREED}::test_who_does_not_agree_is_told_nothing_and_hears_what_to_answer"),
    Mutant("report hooks: gone is gone", _ACTS, "    elif status == GONE and hook.state != State.ENDED:\n        await _gone(work, hook)\n", "", f"{_AGREED}::test_who_says_gone_is_told_nothing_more_and_officers_hear"),
    Mutant("report hooks: officers hear that it is gone", _ACTS, "    work.announce(HookGone(area=hook.area, hook_id=hook.id))\n", "", f"{_AGREED}::test_who_says_gone_is_told_nothing_more_and_officers_hear"),
)
