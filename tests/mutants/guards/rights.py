"""Guards of identity: what staff are given, and emergencies."""

from tests.mutants.mutant import Mutant

_IMPORTS = "tests/identity/test_imports.py"
_WHY = "tests/identity/test_explanations.py"
_EMERGENCY = "tests/identity/test_emergencies.py"
_REFUSED = "tests/identity/test_refusals.py"
_GRANT = "tests/identity/test_granting.py"
_OUT = "tests/identity/test_signing_out.py"

MUTANTS = (
    Mutant("why: programs", "services/identity/domain/explanation.py", 'if actor.scopes is not None and not {act, "api"} & actor.scopes:', 'if actor.scopes == {""}:',
           f"{_WHY}::test_what_is_no_question_is_refused_and_a_program_without_the_act_asks_nothing"),
    Mutant("grants: not to oneself", "services/identity/domain/granting.py", "made.person_id == by or not any(holds)", "not any(holds)",
           f"{_GRANT}::test_nobody_gives_themselves_anything"),
    Mutant("grants: in one's area", "services/identity/domain/granting.py", "contains(held.area, made.area) and lasts(held, at, made.ends_at)", "lasts(held, at, made.ends_at)",
           f"{_GRANT}::test_whatever_is_tried_nothing_is_given_that_the_giver_does_not_hold"),
    Mutant("grants: no longer than one's own", "services/identity/domain/granting.py", "(held.ends_at > at and until is not None and until <= held.ends_at)", "held.ends_at > at",
           f"{_GRANT}::test_who_serves_until_a_day_gives_nothing_beyond_it"),
    Mutant("grants: nothing that is lent", "services/identity/domain/granting.py", '        held.basis == "granted" and Role(made.role)', "        Role(made.role)",
           f"{_GRANT}::test_whatever_is_tried_nothing_is_given_that_the_giver_does_not_hold"),
    Mutant("grants: identity's own rows", "services/identity/actions/assignments.py", "        await granting.must_be_theirs_to_give(work, by.id, [made])\n", "",
           f"{_GRANT}::test_who_was_ended_gives_nothing_though_the_copy_does_not_know_yet"),
    Mutant("grants: by a sheet as by hand", "services/identity/actions/imported_roles.py", "        await granting.must_be_theirs_to_give(work, by.id, [*self.added])\n", "",
           f"{_IMPORTS}::test_no_sheet_grants_beyond_the_importers_own_office"),
    Mutant("covers: a colleague of the role", "services/identity/domain/granting.py", 'held.basis == "granted" and held.role == covered.role and lasts(held, at, until)', 'held.basis == "granted" and lasts(held, at, until)',
           f"{_GRANT}::test_a_cover_is_for_a_colleague_for_no_longer_than_both_serve"),
    Mutant("covers: one at a time", "services/identity/actions/covers.py", "    await _must_be_free(work, made)\n", "",
           f"{_GRANT}::test_twelve_covers_at_once_are_one"),
    Mutant("covers: end with the office", "services/identity/actions/assignments.py", "    await covers.end_what_rests_on(work, held, by=by.id)\n", "",
           f"{_GRANT}::test_a_cover_ends_with_the_office_that_is_covered_and_with_the_colleagues_own"),
    Mutant("emergencies: one at a time", "services/identity/actions/emergencies.py", "    await _must_be_reviewed(work, by.id)\n", "",
           f"{_EMERGENCY}::test_k09_one_at_a_time_and_the_next_after_anothers_review"),
    Mutant("emergencies: reviewed by another", "services/identity/domain/emergency.py", "        if by == self.person_id:\n            raise NotOnesOwnReview\n", "",
           f"{_EMERGENCY}::test_nobody_reviews_their_own_nor_sees_anothers"),
    Mutant("emergencies: over before the review", "services/identity/domain/emergency.py", "        if self.ends_at > at:\n            raise EmergencyRunning\n", "",
           f"{_EMERGENCY}::test_k09_one_at_a_time_and_the_next_after_anothers_review"),
    Mutant("emergencies: a second factor", "services/identity/actions/emergencies.py", "    await requirement.must_be_fresh(work, policy, by.id, _ACT, claims)\n", "",
           f"{_EMERGENCY}::test_k09_no_emergency_without_a_second_factor_shown_within_ten_minutes"),
    Mutant("emergencies: nothing that administers", "services/identity/actions/emergencies.py", "    if role not in TAKEABLE:\n        raise NotTakeable\n", "",
           f"{_EMERGENCY}::test_what_one_has_is_not_taken_and_what_administers_neither"),
    Mutant("emergencies: half an hour", "services/identity/domain/emergency.py", "LIFE = timedelta(minutes=30)", "LIFE = timedelta(minutes=29)",
           f"{_EMERGENCY}::test_an_officer_takes_a_role_for_half_an_hour_and_it_is_marked_announced_and_audited"),
    Mutant("signed out: in one's area", "services/identity/actions/signing_out.py", "    await lost_factor.must_answer_for(work, person, by.may(_ACT))\n", "",
           f"{_OUT}::test_nobody_else_signs_them_out"),
    Mutant("signed out: step-up", "services/identity/actions/signing_out.py", "    await requirement.must_be_fresh(work, policy, by.id, _ACT, claims)\n", "",
           f"{_OUT}::test_who_has_a_second_factor_shows_it_lately"),
    Mutant("signed out: told", "services/identity/actions/signing_out.py", "    work.announce(PersonSignedOut(person_id=person, reason=reason, recipients=(person,)))\n", "",
           f"{_OUT}::test_every_session_ends_and_the_person_is_told_why"),
    Mutant("administering outlives no office", "services/identity/actions/lost_factor.py", "            await granting.must_still_serve(work, permission, place)\n", "            pass\n",
           f"{_OUT}::test_who_serves_no_more_signs_nobody_out_though_the_copy_does_not_know_yet"),
    Mutant("emergencies: no friend reviews", "services/identity/actions/emergencies.py", "        and one.starts_at <= held.taken_at and one.granted_by != held.person_id for one in offices", "        for one in offices",
           f"{_EMERGENCY}::test_no_admin_reviews_who_made_them_or_who_became_one_afterwards"),
    Mutant("refusals: few wait", "services/identity/actions/refusals.py", "if one in tally or len(tally) < MOST_AT_ONCE else", "if one in tally or tally is not None else",
           f"{_REFUSED}::test_no_number_of_tries_or_of_people_fills_a_disk"),
    Mutant("refusals: few are kept", "services/identity/actions/refusals.py", "if there + len(folded) < MOST_AN_HOUR else", "if there >= 0 else",
           f"{_REFUSED}::test_no_number_of_tries_or_of_people_fills_a_disk"),
    Mutant("refusals: for the auditor", "services/identity/domain/rights.py", '"refusals.read": Rule(roles=_ADMIN | {Role.AUDITOR}', '"refusals.read": Rule(roles=_HOMES | {Role.AUDITOR}',
           f"{_REFUSED}::test_it_is_for_the_auditor_and_the_admin_of_the_area_and_for_nobody_else"),
)
