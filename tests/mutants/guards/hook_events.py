"""Guards of what programs ask of their subscriptions."""

from tests.mutants.mutant import Mutant

_EVENTS = "tests/health/test_hook_events.py"
_ACT = "services/health/actions/hook_events.py"

MUTANTS = (
    Mutant("hook events: another hospital's subscription is not there", _ACT, " or hook.hospital_id != hospital", "",
           f"{_EVENTS}::test_only_what_can_be_asked_is_and_only_by_its_own"),
    Mutant("hook events: what was deleted is gone", _ACT, "    if hook.state is State.OFF:\n", "    if False:\n",
           f"{_EVENTS}::test_only_what_can_be_asked_is_and_only_by_its_own"),
    Mutant("hook events: of who lets nobody be told nothing is caught up", "services/health/store/hooks.py", "(consents.c.purpose == HOSPITAL) & consents.c.given\n", "(consents.c.purpose == HOSPITAL)\n",
           f"{_EVENTS}::test_what_was_missed_is_caught_up_by_number_and_of_whom_one_may_be_told"),
    Mutant("hook events: no more than a hundred at once", "services/health/store/hooks.py", ".order_by(calls.c.number).limit(most)", ".order_by(calls.c.number)",
           f"{_EVENTS}::test_no_more_than_a_hundred_are_answered_at_once"),
    Mutant("hook events: two secrets sign at most", "services/health/domain/hook.py", "        if self.older_signs:\n            raise OlderSecretSigns\n", "",
           f"{_EVENTS}::test_a_second_secret_signs_beside_the_first_until_that_is_ended"),
    Mutant("hook events: who renews is one", _ACT, "with_for_update=holding", "with_for_update=False",
           f"{_EVENTS}::test_who_renews_waits_for_who_is_at_it_and_sees_what_they_did"),
    Mutant("hook events: what is ended signs no more", "services/health/domain/hook.py", "if self.older_signs else (self.secrets,)", "if self.secrets > 1 else (self.secrets,)",
           f"{_EVENTS}::test_a_second_secret_signs_beside_the_first_until_that_is_ended"),
    Mutant("hook events: ids alone", "services/health/api/fhir_events.py", '_CONTENTS = frozenset({"empty", "id-only"})', '_CONTENTS = frozenset({"empty", "id-only", "full-resource"})',
           f"{_EVENTS}::test_only_what_can_be_asked_is_and_only_by_its_own"),
)
