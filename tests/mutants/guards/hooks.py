"""Guards of what hospitals' programs are told."""

from tests.mutants.mutant import Mutant

_HOOKS = "tests/health/test_fhir_subscriptions.py"
_WIRE, _ACTS = "chassis/outgoing.py", "services/health/actions/hooks.py"

MUTANTS = (
    Mutant("hooks: only https", "chassis/outgoing.py", 'not address.startswith("https://") or ', "", f"{_HOOKS}::test_l01_no_address_of_the_inside_and_none_of_two_readings_is_taken"),
    Mutant("hooks: a redirect is not followed", _WIRE, "trust_env=False) as client", "trust_env=False, follow_redirects=True) as client",
           f"{_HOOKS}::test_l03_nobody_is_called_whom_a_redirect_names"),
    Mutant("hooks: a name that leads inside is not called", _WIRE, "return found if found and all(self.is_public(one) for one in found) else []", "return found", f"{_HOOKS}::test_l01_a_name_that_leads_inside_is_refused_when_it_is_said_and_when_it_is_called"),
    Mutant("hooks: every address of a name is looked at", _WIRE, "all(self.is_public(one) for one in found)", "self.is_public(found[0])", f"{_HOOKS}::test_l01_a_name_that_leads_inside_is_refused_when_it_is_said_and_when_it_is_called"),
    Mutant("hooks: what was looked at is what is called", _WIRE, 'f"https://{numbered}:{port}{rest}"', 'f"https://{host}:{port}{rest}"', f"{_HOOKS}::test_l02_what_was_looked_at_is_what_is_called"),
    Mutant("hooks: an inner address of IPv6 is judged", "chassis/outgoing.py", "and (inner is None or (inner.is_global and not inner.is_multicast))", "and (inner is None or bool(inner))", f"{_HOOKS}::test_l01_a_name_that_leads_inside_is_refused_when_it_is_said_and_when_it_is_called"),
    Mutant("hooks: an answer is short", _WIRE, "            return False\n    return True", "            return True\n    return True", f"{_HOOKS}::test_l05_who_is_slow_sends_too_much_or_says_no_has_not_taken_it"),
    Mutant("hooks: nobody is waited for long", _WIRE, "async with asyncio.timeout(WAIT), httpx.AsyncClient(timeout=WAIT,", "async with asyncio.timeout(60), httpx.AsyncClient(timeout=60,", f"{_HOOKS}::test_l05_who_is_slow_sends_too_much_or_says_no_has_not_taken_it"),
    Mutant("hooks: a call is signed over its body", "services/health/domain/hook.py", ".encode() + body, hashlib", ".encode(), hashlib", f"{_HOOKS}::test_a_program_is_told_by_number_id_and_signature"),
    Mutant("hooks: what waits of who took consent back is dropped", _ACTS, "return person is not None and await consents.may_tell(work, person)", "return person is not None", f"{_HOOKS}::test_h02_what_waits_of_who_took_consent_back_is_told_to_nobody"),
    Mutant("hooks: nothing before what came first", "services/health/store/hooks.py", "free, ~before)", "free)", f"{_HOOKS}::test_what_fails_is_told_later_in_its_order_and_after_a_day_no_more"),
    Mutant("hooks: off after a day", "services/health/domain/hook.py", "        self.state = State.ERROR\n        return True", "        return False", f"{_HOOKS}::test_what_fails_is_told_later_in_its_order_and_after_a_day_no_more"),
    Mutant("hooks: a lease is one worker's", "services/health/store/hooks.py", "calls.c.due_at <= work.now, free, ", "calls.c.due_at <= work.now, ", f"{_HOOKS}::test_of_many_workers_one_tells_and_one_that_died_is_followed"),
    Mutant("hooks: a subscription is its hospital's", _ACTS, "hook.hospital_id != hospital.id or ", "", f"{_HOOKS}::test_a_subscription_is_its_hospitals_alone_and_ends"),
    Mutant("hooks: five live ones", _ACTS, "        raise TooManyHooks\n", "        await work.session.flush()\n", f"{_HOOKS}::test_of_twelve_at_once_five_addresses_are_told_and_one_address_once"),
)
