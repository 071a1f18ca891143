"""Guards of identity: who helps in a home, and numbers of one area."""

from tests.mutants.mutant import Mutant

_PLACE, _TESTS = "services/identity/domain/place.py", "tests/identity/test_helpers.py"

MUTANTS = (
    Mutant("helpers: a year at most", _PLACE, '    if kind == "helper" and (until is None or until - since > HELPS):\n        raise StayDatesUnfit\n', "",
           f"{_TESTS}::test_staff_bind_a_helper_for_a_year_at_most_and_nobody_into_the_past"),
    Mutant("helpers: nobody is bound into the past", _PLACE, "    if until is not None and until <= max(since, at):\n        raise StayDatesUnfit\n", "",
           f"{_TESTS}::test_staff_bind_a_helper_for_a_year_at_most_and_nobody_into_the_past"),
    Mutant("helpers: the second look comes in time", "services/identity/domain/registration.py",
           "        must_fit(self.kind, at, self.ends_at, at=at)  # a stay may be over before anybody looked\n", "",
           f"{_TESTS}::test_a_helper_without_a_phone_is_registered_until_a_day_that_must_lie_ahead_twice"),
    Mutant("helpers: invited for a year at most", "services/identity/domain/invitation.py",
           'HELPS if self.kind == "helper" else LONGEST', "LONGEST",
           "tests/identity/test_invitations.py::test_a_tenants_stay_has_an_end_of_three_years_at_most_and_a_helpers_of_one"),
    Mutant("helpers: any owner sends them away", "services/identity/domain/invitation.py", 'in {"tenant", "helper"}', 'in {"tenant"}',
           f"{_TESTS}::test_a_helper_an_owner_invited_is_sent_away_by_any_owner_of_the_room"),
    Mutant("helpers: a sheet says until when", "services/identity/actions/imported_homes.py", "        who = _unfit(work, row, there) or who\n", "",
           f"{_TESTS}::test_a_sheet_says_until_when_a_helper_helps"),
    Mutant("helpers: said as what they are", _PLACE, 'HelperChanged if self.kind == "helper" else BindingChanged', "BindingChanged",
           f"{_TESTS}::test_a_helper_agrees_is_said_as_one_everywhere_and_is_gone_by_the_day"),
    Mutant("helpers: every service keeps them", "chassis/directory.py", " identity_homes.HelperChanged: keep_binding,", "",
           "tests/chassis/test_directory.py::test_every_service_knows_where_a_helper_belongs_and_until_when"),
    Mutant("codes: the numbers of an area have a budget", "services/identity/domain/sign_in.py", ' "segment_index": SEGMENT_BUDGET,', "",
           "tests/identity/test_sign_in.py::test_the_numbers_of_one_area_have_a_budget_together"),
)
