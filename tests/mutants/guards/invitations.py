"""Guards of invitations: an owner lets somebody in, once, by a code; and of how a stay ends."""

from tests.mutants.mutant import Mutant

_TEST = "tests/identity/test_invitations.py"
_STAYS = "tests/identity/test_stays.py"
_RULE = "services/identity/domain/invitation.py"
_ACTS = "services/identity/actions/invitations.py"
_PLACE = "services/identity/domain/place.py"
_WORTHLESS = f"{_TEST}::test_what_is_worth_nothing_is_refused_alike"
_NOT_THEIRS = f"{_TEST}::test_who_owns_the_room_no_more_lets_nobody_in"
_OWNER = f"{_TEST}::test_only_an_owner_whose_home_is_agreed_to_and_holds_invites"
_CHILD = f"{_TEST}::test_nobody_does_it_for_another_nor_for_a_child"
_FIVE = f"{_TEST}::test_five_wait_in_a_room_and_ten_a_day_whoever_makes_them_at_once"
_GUESS = f"{_TEST}::test_who_guesses_has_five_tries_also_of_forty_at_once"
_FAMILY = f"{_STAYS}::test_nobody_ends_the_family_of_another_owner_nor_what_staff_made"
_LEAVES = f"{_STAYS}::test_who_lives_there_moves_out_by_themselves_at_once_with_what_rests_on_it"
_OF_HELPERS = "tests/identity/test_home_helpers.py"

MUTANTS = (
    Mutant("invitations: an owner's alone", _RULE, '    if home.kind != "owner" or not begun or (', "    if not begun or (", _OWNER),
    Mutant("invitations: agreed to", _RULE, "home.agreed_at is not None and ", "", _OWNER),
    Mutant("invitations: while it holds", _RULE, " or (home.ends_at is not None and home.ends_at <= at)", "", _OWNER),
    Mutant("invitations: by one's own home", "services/identity/domain/rights.py", '"invitations.make": Rule(owner=True)', '"invitations.make": Rule(owner=True, anyone=True)', _OWNER),
    Mutant("invitations: a child makes none", _ACTS, "    await proxies.must_be_no_ward(work, by.id)\n    code =", "    code =", _CHILD),
    Mutant("invitations: a child takes none", _ACTS, "    await proxies.must_be_no_ward(work, by.id)\n    held =", "    held =", _CHILD),
    Mutant("invitations: a program that was not given it takes none", _ACTS, '    by.scope("invitations.accept")\n', "", _CHILD),
    Mutant("invitations: a tenancy has an end", _RULE, 'if self.ends_at is None and self.kind != "family":', "if self.kind == '':",
           f"{_TEST}::test_a_tenants_stay_has_an_end_of_three_years_at_most_and_a_helpers_of_one"),
    Mutant("invitations: of three years", _RULE, "self.made_at < self.ends_at <= self.made_at + longest", "self.made_at < self.ends_at",
           f"{_TEST}::test_a_tenants_stay_has_an_end_of_three_years_at_most_and_a_helpers_of_one"),
    Mutant("invitations: five wait", _ACTS, "        raise rules.InvitationsOpen\n", "        pass\n", _FIVE),
    Mutant("invitations: ten a day", _RULE, "MADE: Limits = ((timedelta(days=1), 10),)", "MADE: Limits = ((timedelta(days=1), 99),)", _FIVE),
    Mutant("invitations: makers take turns", _ACTS, "    for turn in sorted((", "    for turn in () and sorted((", _FIVE),
    Mutant("invitations: for 48 hours", _RULE, "at < self.expires_at and ", "", _WORTHLESS),
    Mutant("invitations: not to what is over", _RULE, " and (self.ends_at is None or at < self.ends_at)", "", _WORTHLESS),
    Mutant("invitations: taken back is taken back", _RULE, 'self._decide("withdrawn", at)', "pass", _WORTHLESS),
    Mutant("invitations: once", _RULE, "self.state, self.decided_at, self.code_index = state, at, None", "self.decided_at = at",
           f"{_TEST}::test_of_forty_who_have_the_code_one_comes_in"),
    Mutant("invitations: one comes in", _ACTS, "_index(work, code)).with_for_update()", "_index(work, code))",
           f"{_TEST}::test_of_forty_who_have_the_code_one_comes_in"),
    Mutant("invitations: of who owns the room still", _ACTS, " or not await _still_owns(work, held)", "", _NOT_THEIRS),
    Mutant("invitations: of who is somebody still", _ACTS, "    except NotFound:\n        return False\n", "    except NotFound:\n        pass\n", _NOT_THEIRS),
    Mutant("invitations: as its owner still", "services/identity/store/invitations.py", ' & (bindings.c.kind == "owner")', "", _NOT_THEIRS),
    Mutant("invitations: guesses are counted", _RULE, "    keeps = True\n", "", _GUESS),
    Mutant("invitations: guesses of a person", _RULE, '"person_index": ((timedelta(minutes=15), 5)', '"person_index": ((timedelta(minutes=15), 50)', _GUESS),
    Mutant("invitations: guesses take turns", _ACTS, "    for turn in sorted(by.values()):\n        await work.taking_turns(turn)\n", "", _GUESS),
    Mutant("invitations: guesses from an address", _RULE, '"address_index": ((timedelta(hours=1), 60)', '"address_index": ((timedelta(hours=1), 600)',
           f"{_TEST}::test_an_address_has_sixty_tries_an_hour_whoever_they_are"),
    Mutant("invitations: who belongs there stays", _ACTS, "    await agreements.must_not_belong(work, stay)\n", "",
           f"{_TEST}::test_who_belongs_there_or_is_asked_uses_no_code_up"),
    Mutant("invitations: no key keeps the code's hash", "services/identity/api/invitations.py", "accepting.route_class = UnkeptRoute\n", "",
           f"{_TEST}::test_its_answer_is_kept_by_no_cache_and_its_acceptance_under_no_key"),
    Mutant("invitations: no cache keeps the code", "services/identity/api/invitations.py", "    kept_by_nobody(response)\n", "",
           f"{_TEST}::test_its_answer_is_kept_by_no_cache_and_its_acceptance_under_no_key"),
    Mutant("invitations: what was taken is not taken back", _RULE, "            raise InvitationTaken\n", "            return\n",
           f"{_TEST}::test_taken_back_and_accepted_at_once_has_one_winner"),
    Mutant("invitations: seen by their owners", "services/identity/store/invitations.py", "invitations.c.owner_id == _me, ", "invitations.c.id == invitations.c.id, ",
           f"{_TEST}::test_invitations_are_seen_by_who_made_them_and_who_owns_the_room"),
    Mutant("stays: by an owner", _ACTS, "        if thing.area not in self.rooms:\n", "        if thing.area == '':\n",
           f"{_STAYS}::test_an_owner_ends_what_an_owner_invited_and_what_rests_on_it"),
    Mutant("stays: what rests on them", _ACTS, "    await proxies.binding_ended(work, stay.id)\n", "",
           f"{_STAYS}::test_an_owner_ends_what_an_owner_invited_and_what_rests_on_it"),
    Mutant("stays: by who owns the room still", _ACTS, "        raise rules.NotTheOwner\n", "        pass\n",
           f"{_STAYS}::test_who_owns_the_room_no_more_ends_nothing_in_it"),
    Mutant("stays: family is whose guest they are", _RULE, " and self.owner_id in owner)", ")", _FAMILY),
    Mutant("stays: not of who bought it", _RULE, 'in {"tenant", "helper"} or (', 'in {"tenant", "owner"} or (', _FAMILY),
    Mutant("stays: not what staff made", _RULE, ' or stay.agreement != "owner"', "", _FAMILY),
    Mutant("stays: a second yes shuts nobody out", _PLACE, "        if self.agreement in OWN_YES:  # whose invitation it was stays known\n            return None\n", "",
           f"{_STAYS}::test_who_came_by_an_invitation_neither_denies_it_nor_shuts_the_owner_out_by_a_second_yes"),
    Mutant("stays: a yes is not denied", "services/identity/domain/agreement.py", 'OWN_YES = frozenset({"person", "owner"})', 'OWN_YES = frozenset({"person"})',
           f"{_STAYS}::test_who_came_by_an_invitation_neither_denies_it_nor_shuts_the_owner_out_by_a_second_yes"),
    Mutant("stays: before their day too", _PLACE, "if is_over or (self.ends_at is not None and self.ends_at <= at):", "if is_over or self.ends_at is not None:",
           f"{_STAYS}::test_staff_end_a_stay_before_its_day_too"),
    Mutant("stays: over by themselves", "services/identity/actions/homes.py", "return holds(_theirs, work.now) & agreed(_theirs)", "return agreed(_theirs)",
           f"{_STAYS}::test_a13_a_stay_is_over_by_itself_at_that_moment_and_no_job_runs"),
    Mutant("leaving: one's own", "services/identity/domain/rights.py", '"bindings.leave": Rule(owner=True)', '"bindings.leave": Rule(owner=True, anyone=True)', _LEAVES),
    Mutant("leaving: what rests on it", "services/identity/actions/leaving.py", "    await proxies.binding_ended(work, key)\n", "", _LEAVES),
    Mutant("leaving: not a child alone", "services/identity/actions/leaving.py", "    await proxies.must_be_no_ward(work, by.id)\n", "", _CHILD),
    Mutant("leaving: of a home", _PLACE, "            raise BindingUnanswered\n", "            pass\n",
           f"{_STAYS}::test_what_waits_for_a_yes_is_not_moved_out_of"),
    Mutant("invitations: forgotten with who made them", "services/identity/actions/people.py", "    await invited.forget_person(work, person)\n", "",
           f"{_STAYS}::test_of_whom_is_forgotten_what_they_invited_is_too_and_their_copy_has_it"),
    Mutant("invitations: of two who are one", "services/identity/actions/merging.py", ", invitations.c.owner_id,\n", ",\n",
           f"{_STAYS}::test_what_the_one_invited_is_whose_the_two_are_and_goes_back_with_a_split"),
    Mutant("invitations: go after their time", "services/identity/actions/retention.py", "                        (invited.CLASS, invited.over)):", "                        ):",
           f"{_STAYS}::test_invitations_go_two_hundred_days_after_they_led_nowhere_or_their_stay_ended"),
    Mutant("invitations: the owner is told", "services/notify/consumers/identity.py", "[event.owner_id])", "[event.binding_id])",
           "tests/notify/test_invited.py::test_the_owner_alone_is_told_once_and_no_name"),
    Mutant("helpers: a year at most", _PLACE, '    if kind == "helper" and (until is None or until - since > HELPS):\n        raise StayDatesUnfit\n', "",
           f"{_OF_HELPERS}::test_staff_bind_a_helper_for_a_year_at_most_and_nobody_into_the_past"),
    Mutant("helpers: nobody is bound into the past", _PLACE, "    if until is not None and until <= max(since, at):\n        raise StayDatesUnfit\n", "",
           f"{_OF_HELPERS}::test_staff_bind_a_helper_for_a_year_at_most_and_nobody_into_the_past"),
    Mutant("helpers: the second look comes in time", "services/identity/domain/registration.py",
           "        must_fit(self.kind, at, self.ends_at, at=at)  # a stay may be over before anybody looked\n", "",
           f"{_OF_HELPERS}::test_a_helper_without_a_phone_is_registered_until_a_day_that_must_lie_ahead_twice"),
    Mutant("helpers: invited for a year at most", "services/identity/domain/invitation.py",
           'HELPS if self.kind == "helper" else LONGEST', "LONGEST",
           "tests/identity/test_invitations.py::test_a_tenants_stay_has_an_end_of_three_years_at_most_and_a_helpers_of_one"),
    Mutant("helpers: any owner sends them away", "services/identity/domain/invitation.py", 'in {"tenant", "helper"}', 'in {"tenant"}',
           f"{_OF_HELPERS}::test_a_helper_an_owner_invited_is_sent_away_by_any_owner_of_the_room"),
    Mutant("helpers: a sheet says until when", "services/identity/actions/imported_homes.py", "        who = _unfit(work, row, there) or who\n", "",
           f"{_OF_HELPERS}::test_a_sheet_says_until_when_a_helper_helps"),
    Mutant("helpers: said as what they are", _PLACE, 'HelperChanged if self.kind == "helper" else BindingChanged', "BindingChanged",
           f"{_OF_HELPERS}::test_a_helper_agrees_is_said_as_one_everywhere_and_is_gone_by_the_day"),
    Mutant("helpers: every service keeps them", "chassis/directory.py", " identity_homes.HelperChanged: keep_binding,", "",
           "tests/chassis/test_directory.py::test_every_service_knows_where_a_helper_belongs_and_until_when"),
)
