"""Guards of bindings: nobody lives anywhere without their yes, or papers that two saw."""

from tests.mutants.mutant import Mutant

_TEST = "tests/identity/test_agreements.py"
_PLACE = "services/identity/domain/place.py"
_RULE = "services/identity/domain/agreement.py"
_ACTS = "services/identity/actions/agreements.py"

MUTANTS = (
    Mutant("agreed: search finds nobody through a binding of staff alone", "services/identity/store/looks.py", " & agreed(bindings.c)", "",
           f"{_TEST}::test_staff_find_and_read_nobody_through_a_binding_they_made_themselves"),
    Mutant("agreed: nothing is read through it either", "services/identity/actions/homes.py", " & agreed(_theirs)", "",
           f"{_TEST}::test_staff_find_and_read_nobody_through_a_binding_they_made_themselves"),
    Mutant("agreed: it waits", "services/identity/actions/assignments.py", "    if by is None:\n        made.settle(", "    if person:\n        made.settle(",
           f"{_TEST}::test_staff_find_and_read_nobody_through_a_binding_they_made_themselves"),
    Mutant("agreed: a sheet asks who is known", "services/identity/actions/imported_homes.py", "if one.person_id not in self.people.made:", 'if one.area == "":',
           f"{_TEST}::test_a_sheet_asks_who_is_known_and_whom_it_makes_may_say_not_me_whenever_they_come"),
    Mutant("agreed: another looks", _PLACE, "but={self.approved_by, self.person_id}", "but=set()",
           f"{_TEST}::test_another_sees_the_papers_and_then_not_me_counts_for_seven_days"),
    Mutant("agreed: the name is read in the papers", _ACTS, "known is not None and normal_name(known) == normal_name(name)", "True",
           f"{_TEST}::test_papers_of_somebody_else_bind_nobody_and_five_end_it"),
    Mutant("agreed: nobody guesses on in another room", _ACTS, "    await _must_not_guess(work, held)\n", "",
           f"{_TEST}::test_papers_of_somebody_else_bind_nobody_and_five_end_it"),
    Mutant("agreed: five looks", _RULE, "return self.differed >= LOOKS", "return self.differed >= 99",
           f"{_TEST}::test_papers_of_somebody_else_bind_nobody_and_five_end_it"),
    Mutant("agreed: seven days", _RULE, "            raise ObjectionLate\n", "            pass\n",
           f"{_TEST}::test_another_sees_the_papers_and_then_not_me_counts_for_seven_days"),
    Mutant("agreed: a yes is a yes", _RULE, "        if self.agreement in OWN_YES:\n            raise BindingAgreed\n", "",
           f"{_TEST}::test_of_yes_and_not_me_at_once_one_wins"),
    Mutant("agreed: an old question is no question", _RULE, "            raise BindingOver\n", "            pass\n",
           f"{_TEST}::test_what_nobody_answers_for_a_week_is_over"),
    Mutant("agreed: nobody to themselves", _PLACE, "            raise NotByTheSame\n", "            pass\n",
           f"{_TEST}::test_staff_say_no_yes_to_what_they_did_themselves"),
    Mutant("agreed: denied is denied", _ACTS, "        raise rules.DeniedBefore\n", "        pass\n",
           f"{_TEST}::test_not_me_ends_it_and_who_bound_them_does_not_do_so_again"),
    Mutant("agreed: asked once", _ACTS, "        raise rules.BindingThere\n", "        pass\n",
           f"{_TEST}::test_twelve_who_bind_somebody_at_once_ask_them_once"),
    Mutant("agreed: no proxy rests on it", "services/identity/actions/proxies.py", " and found.agreed_at is not None", "",
           f"{_TEST}::test_no_proxy_rests_on_what_nobody_agreed_to"),
    Mutant("agreed: what nobody agreed to ends unheard", _PLACE, "return self.changed(change) if self.agreed_at is not None else None", "return self.changed(change)",
           f"{_TEST}::test_staff_take_back_what_nobody_agreed_to_and_nobody_hears_it"),
    Mutant("agreed: only its person answers", "services/identity/domain/rights.py", '"bindings.agree": Rule(owner=True)', '"bindings.agree": Rule(owner=True, anyone=True)',
           f"{_TEST}::test_only_its_person_answers"),
    Mutant("agreed: others than who bound them hear", "services/notify/consumers/identity.py", "aside = {event.person_id, *event.bound_by}", "aside = {event.person_id}",
           "tests/notify/test_bindings.py::test_of_a_denial_others_than_who_bound_them_hear_and_where_there_is_no_other_the_admin"),
)
