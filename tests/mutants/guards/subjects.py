"""Guards of what partners know people by."""

from tests.mutants.mutant import Mutant

_SUBJECTS = "tests/identity/test_subjects.py"
_H03 = f"{_SUBJECTS}::test_h03_two_hospitals_compare_what_they_hold_and_nothing_is_the_same"

MUTANTS = (
    Mutant("subjects: access tokens", "services/identity/actions/tokens.py", "await subjects.known_as(work, said.subject, said.sector)", "said.subject", _H03),
    Mutant("subjects: identity tokens", "services/identity/actions/tokens.py", "str(await subjects.known_as(work, said.person, client.sector))", "str(said.person)", _H03),
    Mutant("subjects: the answer names nobody", "services/identity/api/token.py", "None if session.is_pairwise else session.person_id", "session.person_id", _H03),
    Mutant("subjects: no roles", "services/identity/actions/tokens.py", " and said.sector is None\n", "\n",
           f"{_SUBJECTS}::test_partners_are_not_told_what_somebody_serves_as"),
    Mutant("subjects: a sector is one owner's", "services/identity/actions/clients.py", "    await subjects.check_sector(work, client)\n", "",
           f"{_SUBJECTS}::test_two_owners_never_share_a_sector_and_one_owners_programs_may"),
    Mutant("subjects: owners take turns", "services/identity/actions/subjects.py", "    await work.taking_turns(client.sector.encode())\n", "",
           f"{_SUBJECTS}::test_of_twelve_owners_at_once_one_has_the_sector"),
    Mutant("subjects: signing out voids them", "services/identity/actions/sessions.py", "    for subject in await subjects.all_of(work, person):\n        void(work, subject, since=since)\n", "",
           f"{_SUBJECTS}::test_who_signs_out_everywhere_is_signed_out_at_every_partner"),
    Mutant("subjects: erasing forgets them", "services/identity/actions/people.py", "    await subjects.forget_person(work, person)\n", "",
           f"{_SUBJECTS}::test_it_is_in_the_persons_copy_and_is_forgotten_with_them"),
    Mutant("subjects: a partner acts for nobody", "services/identity/domain/clients.py", "        *_faults_of_partner(client),\n", "",
           f"{_SUBJECTS}::test_what_cannot_stand_is_not_registered"),
    Mutant("subjects: exchanging tells the partner its own", "services/identity/actions/grants.py", ", sector=client.sector,\n", ",\n",
           f"{_SUBJECTS}::test_a_partner_that_exchanges_a_token_learns_its_own_id_alone"),
    Mutant("subjects: our services are told the person", "services/identity/actions/given.py", ', "sub": str(await subjects.person(work, said["sub"]))}', "}",
           f"{_SUBJECTS}::test_a_service_of_ours_is_told_the_person_and_acts_for_them"),
    Mutant("subjects: a hospital's own", "services/health/actions/asks.py", 'f"patient\\0{hospital.system}"', '"patient"',
           "tests/health/test_patients.py::test_h03_two_hospitals_that_treat_one_person_cannot_tell_that_they_do"),
)
