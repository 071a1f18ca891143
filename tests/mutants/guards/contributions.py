"""What a summoned unit did: by its own, once, while it is there; sealed, handed out, forgotten."""

from tests.mutants.mutant import Mutant

_R, _TEST = "services/reports", "tests/reports/test_contributions.py"
_WHO = f"{_TEST}::test_only_who_is_of_the_unit_and_is_there_while_it_is_wanted_says_so"

MUTANTS = (
    Mutant("contributions: by its own", f"{_R}/domain/whistle.py", '        """One of the unit says what it did; who came late came late."""\n        if self.unit_id not in units:\n            raise NotYourUnit\n', '        """One of the unit says what it did; who came late came late."""\n', _WHO),
    Mutant("contributions: who is there", f"{_R}/domain/whistle.py", "        if self.arrived_at is None or self.closed_at is not None:\n            raise NotThere\n", "", _WHO),
    Mutant("contributions: once", f"{_R}/domain/whistle.py", "        if self.contributed_at is not None:\n            raise ContributedAlready\n", "",
           f"{_TEST}::test_of_twelve_of_the_unit_at_once_one_is_heard"),
    Mutant("contributions: nothing of the forgotten", f"{_R}/actions/whistles.py", "    await must_be_known(work, report)\n", "",
           f"{_TEST}::test_of_whom_everything_was_erased_nothing_is_written_anew"),
    Mutant("contributions: in the reporter's copy", f"{_R}/actions/personal.py", ".where(reports.c.reporter_id == person, summonses.c.contributed_at.is_not(None), FILED)", ".where(summonses.c.contributed_by == person)",
           f"{_TEST}::test_it_is_in_the_reporters_copy_and_gone_with_their_key"),
    Mutant("contributions: they follow their reporter", f"{_R}/actions/merging.py", "            await _contributions(work, report, way)\n", "",
           f"{_TEST}::test_it_follows_a_reporter_who_is_another_and_comes_back"),
    Mutant("contributions: gone after years", f"{_R}/actions/retention.py", '    await work.session.execute(update(summonses).where(did).values(sealed_contribution=b""))\n', "",
           f"{_TEST}::test_after_years_the_words_are_gone_and_the_rest_stays"),
)
