"""Guards of children under fourteen, and of the consent to have a number compared."""

from tests.mutants.mutant import Mutant

_WARDS = "tests/identity/test_wards.py"
_CONSENTS = "services/identity/actions/consents.py"

MUTANTS = (
    Mutant("wards: a child alone", _CONSENTS, "        raise GuardianConsents\n", "        pass\n",
           f"{_WARDS}::test_f08_a_child_alone_consents_to_nothing_and_its_guardian_to_each_purpose"),
    Mutant("wards: none but its guardian gives", _CONSENTS, "if guardian is not None and not await wards.guards(work, guardian, person):", "if guardian == person:",
           f"{_WARDS}::test_nobody_else_consents_for_a_child_nor_sees_what_was"),
    Mutant("wards: what it gave alone is over", "services/identity/actions/proxies.py", "        await ward_consents.take_back_own(work, held.principal_id)\n", "        pass\n",
           f"{_WARDS}::test_what_a_child_gave_alone_is_over_once_a_guardian_is_known_and_services_hear_it"),
    Mutant("wards: from fourteen on", "services/identity/actions/proxies.py", "        work.announce(one.expire())\n        await ward_consents.take_back(work, one)\n", "        work.announce(one.expire())\n",
           f"{_WARDS}::test_from_fourteen_on_the_person_decides_and_what_the_guardian_gave_is_over"),
    Mutant("wards: staff may have been mistaken", "services/identity/actions/wards.py", '(("confirmed", "ended")), of_theirs)', '(("confirmed", "ended")))',
           f"{_WARDS}::test_what_staff_ended_may_have_been_a_mistake_and_makes_nobody_a_child"),
    Mutant("wards: of age", "services/identity/domain/guardianship.py", "        raise GuardianUnfit\n", "        pass\n",
           f"{_WARDS}::test_a_guardian_is_of_age_by_their_own_number_or_papers"),
    Mutant("wards: shown to be of age", "services/identity/actions/guardians.py", "            raise age.GuardianAgeUnshown\n", "            pass\n",
           f"{_WARDS}::test_a_guardian_is_of_age_by_their_own_number_or_papers"),
    Mutant("wards: by the number that was compared", "services/identity/actions/guardians.py", "        raise age.GuardianUnfit\n", "        pass\n",
           f"{_WARDS}::test_a_guardians_number_is_the_one_that_was_compared_for_them"),
    Mutant("real name: with consent alone", "services/identity/actions/real_name.py", "        raise rules.RealNameConsentWanted\n", "        pass\n",
           f"{_WARDS}::test_a_name_and_a_number_are_compared_with_consent_alone"),
    Mutant("real name: taken back", _CONSENTS, "        await compared.forget_numbers(work, made.person_id)\n", "        pass\n",
           f"{_WARDS}::test_who_takes_that_consent_back_is_asked_of_nobody_and_no_number_leads_to_them"),
    Mutant("real name: taking back buys nothing", "services/identity/actions/real_name.py", " | (_ours.attempts <= len(rules.PAUSES))", "",
           f"{_WARDS}::test_who_takes_that_consent_back_is_asked_of_nobody_and_no_number_leads_to_them"),
    Mutant("texts: looked at before the start", _CONSENTS, "    texts()\n    await keys", "    await keys",
           "tests/identity/test_consents.py::test_k12_identity_does_not_start_on_a_text_that_changed_without_a_new_version"),
    Mutant("seen: a report that staff read", "services/reports/actions/looking.py", "    await seen.by_staff(work, report, by)\n", "",
           "tests/reports/test_seen.py::test_who_serves_there_and_reads_a_report_is_audited_and_its_person_hears_once_a_day"),
    Mutant("seen: an appointment", "services/health/actions/appointments.py", "    await seen.by_staff(work, seat, by)\n", "",
           "tests/health/test_seen.py::test_who_serves_at_the_hut_and_looks_at_an_appointment_is_audited_and_its_person_hears"),
    Mutant("emergencies: what was done under it", "services/identity/actions/emergency_acts.py", "audit.c.actor_id == held.person_id, ", "",
           "tests/identity/test_emergency_acts.py::test_who_reviews_an_emergency_sees_what_was_done_and_looked_at_under_it"),
)
