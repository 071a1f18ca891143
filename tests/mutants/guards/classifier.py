"""What words are likely about: of five people, once a day, only as likely as it is, and never of what was refused."""

from tests.mutants.mutant import Mutant

_RULE, _KEPT = "services/reports/domain/classifier.py", "services/reports/store/classifiers.py"
_TEST = "tests/reports/test_classifier.py"

MUTANTS = (
    Mutant("categories: five used a run", _RULE, "if self._used[run] >= FEWEST_PEOPLE}", "if self._used[run]}",
           f"{_TEST}::test_nothing_that_is_kept_can_be_read_and_nothing_of_fewer_than_five_people_is_kept"),
    Mutant("categories: a likelihood holds", _RULE, "temperature = min(_TEMPERATURES,", "temperature = max(_TEMPERATURES[:1],",
           f"{_TEST}::test_of_what_is_called_so_likely_so_many_are_right"),
    Mutant("categories: better than the commonest", _RULE, "return self.judged >= FEWEST_JUDGED and self.right", "return self.right",
           f"{_TEST}::test_a_model_that_knows_no_better_than_the_commonest_is_not_asked"),
    Mutant("categories: only what is sure", _RULE, "        if ordered[0][0] < _LIKELY:\n            return []\n", "",
           f"{_TEST}::test_where_it_is_not_sure_it_says_nothing"),
    Mutant("categories: what was mended teaches", _KEPT, "status in ('resolved', 'closed')", "status is not null",
           f"{_TEST}::test_what_was_refused_or_is_not_over_teaches_nothing"),
    Mutant("categories: a model a day", _KEPT, '.on_conflict_do_nothing(index_elements=["day"])', "",
           f"{_TEST}::test_of_six_workers_one_makes_the_model_of_a_day"),
    Mutant("categories: a fit model stays", _KEPT, "select(classifiers.c.id).where(classifiers.c.fit)", "select(classifiers.c.id)",
           f"{_TEST}::test_a_model_that_learned_too_little_replaces_none_that_did"),
    Mutant("categories: who takes it on", "services/reports/actions/classifying.py", 'by.may("reports.accept")', 'by.may("reports.file")',
           f"{_TEST}::test_what_words_are_about_is_shown_to_who_takes_the_report_on_alone"),
)
