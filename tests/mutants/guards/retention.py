"""Guards of how long things are kept."""

from tests.mutants.mutant import Mutant

_SHAPE = "contracts/retention.py"

MUTANTS = (
    Mutant("retention: not below the law", _SHAPE, " or days < CLASSES[name].least", "",
           "tests/contracts/test_retention.py::test_nothing_starts_on_a_policy_below_the_law_or_of_what_is_no_class"),
    Mutant("retention: a community's own age", _SHAPE, "        if name in ages:\n", "        if name in ages and not ages:\n",
           "tests/gate/test_retention.py::test_a_community_has_an_age_of_its_own"),
    Mutant("retention: batch after batch", _SHAPE, "    while count := await do(batch):\n", "    if count := await do(batch):\n",
           "tests/gate/test_retention.py::test_after_its_days_nobody_is_named_in_batches_once_and_counted"),
    Mutant("retention: counted", _SHAPE, "        ENDED.labels(name).inc(count)\n", "        ENDED.labels(name).inc(0 * count)\n",
           "tests/gate/test_retention.py::test_after_its_days_nobody_is_named_in_batches_once_and_counted"),
    Mutant("retention: what is not done is not forgotten", "services/reports/actions/retention.py", " & reports.c.status.in_(ENDED)", "",
           "tests/reports/test_retention.py::test_after_three_years_nobody_is_named_and_the_figures_are_the_same"),
    Mutant("retention: the same stranger each time", "services/reports/actions/retention.py", 'blind("retired", str(person))', 'blind("retired", str(work.new_id()))',
           "tests/reports/test_retention.py::test_after_three_years_nobody_is_named_and_the_figures_are_the_same"),
    Mutant("retention: steps name nobody", "services/reports/actions/retention.py", "        await _steps(work, row.id, row.reporter_id)\n", "",
           "tests/reports/test_retention.py::test_after_three_years_nobody_is_named_and_the_figures_are_the_same"),
    Mutant("retention: photos go", "services/reports/actions/retention.py", "    await _photos(work, [row.id for row in found])\n", "",
           "tests/reports/test_retention.py::test_after_three_years_nobody_is_named_and_the_figures_are_the_same"),
    Mutant("retention: bookings once", "services/health/actions/retention.py", ".where(waits, over)", ".where(over)",
           "tests/health/test_retention.py::test_after_three_years_it_is_nobodys_and_still_counted"),
)
