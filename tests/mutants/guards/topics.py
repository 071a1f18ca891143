"""Guards of what hospitals subscribe to: topics, signs of life, an end."""

from tests.mutants.mutant import Mutant

_TOPICS = "tests/health/test_fhir_topics.py"
_ACTS, _FEEDS, _STORE = "services/health/actions/hooks.py", "services/health/actions/hook_feeds.py", "services/health/store/hooks.py"

MUTANTS = (
    Mutant("topics: of an appointment only its topics", _STORE, "hooks.c.topic.in_(words), _is_live(work)", "_is_live(work)",
           f"{_TOPICS}::test_each_topic_is_told_what_is_of_it_and_nothing_else"),
    Mutant("topics: who may not be told is not caught up", _STORE, "select(consents.c.given).where(lets)", "select(calls.c.id)",
           f"{_TOPICS}::test_nobody_is_told_of_who_lets_nobody_be_told"),
    Mutant("topics: one subscribes to what one may read", _ACTS, '    through(by, "fhir.read", wanted.topic.focus, "r")\n', "",
           f"{_TOPICS}::test_one_subscribes_to_what_one_may_read_and_to_what_there_is"),
    Mutant("topics: a contract has another name at each hospital", _FEEDS, "focus_id=named, contract_id", "focus_id=event.contract_id, contract_id",
           f"{_TOPICS}::test_a_contract_is_told_by_the_name_each_hospital_has_for_it_to_those_that_know_its_person"),
    Mutant("topics: a day called off twice is told once", "services/health/store/calling_off.py", "    return bool((await work.session.execute(said)).all())", "    return bool((await work.session.execute(said)).all() or keys)",
           f"{_TOPICS}::test_a_day_that_is_called_off_is_told_once_by_its_schedule"),
    Mutant("topics: a sign of life comes when it is due", _STORE, "_is_live(work), since <= work.now, ~waits", "_is_live(work), hooks.c.heartbeat.is_not(None), ~waits",
           f"{_TOPICS}::test_who_asks_for_it_hears_that_nothing_happened_and_no_sooner"),
    Mutant("topics: one sign of life waits", _STORE, "since <= work.now, ~waits", "since <= work.now",
           f"{_TOPICS}::test_who_asks_for_it_hears_that_nothing_happened_and_no_sooner"),
    Mutant("topics: at its end nothing is told", "services/health/domain/hook.py", "return State.OFF if self.ends_at is not None and self.ends_at <= at else self.state", "return self.state",
           f"{_TOPICS}::test_at_its_end_it_is_off_and_another_may_be_made"),
    Mutant("topics: at its end nothing is numbered", _STORE, "hooks.c.state.in_((State.REQUESTED, State.ACTIVE)) & or_(hooks.c.ends_at.is_(None), hooks.c.ends_at > work.now)", "hooks.c.state.in_((State.REQUESTED, State.ACTIVE))",
           f"{_TOPICS}::test_at_its_end_it_is_off_and_another_may_be_made"),
    Mutant("topics: an end lies ahead", _ACTS, "    if wanted.ends_at is not None and wanted.ends_at <= now:\n        raise PeriodRefused\n", "",
           f"{_TOPICS}::test_a_period_that_cannot_be_is_refused"),
    Mutant("topics: officers hear that one is off", _ACTS, "    work.announce(SubscriptionSilenced(area=hospital.area, hospital_id=hospital.id, subscription_id=hook.id))\n", "",
           f"{_TOPICS}::test_officers_hear_of_a_subscription_that_is_switched_off_and_once"),
)
