"""Guards of what is read of an appointment's history."""

from tests.mutants.mutant import Mutant

_TESTS = "tests/health/test_fhir_history.py"
_VERSIONS = "tests/health/test_versions.py"
_MADE = "services/health/migrations/0026_versions_of_appointments.py"
_KEPT = "services/health/store/versions.py"
_ACTS = "services/health/actions/fhir_history.py"

MUTANTS = (
    Mutant("fhir history: a transaction is one version", _MADE, "if not exists (", "if true or not exists (",
           f"{_VERSIONS}::test_what_was_there_begins_with_version_one_and_each_transaction_counts_once"),
    Mutant("fhir history: nobody counts but the database", _MADE, '"changed_at", "version")', '"changed_at")',
           f"{_VERSIONS}::test_nobody_counts_but_the_database_and_what_says_nothing_else_is_no_version"),
    Mutant("fhir history: versions stay", _MADE, "when (old.tx <> {_HERE}) execute", "when (old.tx < 0) execute",
           f"{_VERSIONS}::test_what_a_version_said_is_neither_changed_nor_deleted"),
    Mutant("fhir history: a hold is its holder's alone", _KEPT, ", MINE, or_(~_UNSURE, _ours.program_id == _program))", ", MINE)",
           f"{_TESTS}::test_what_a_resident_held_is_in_no_history"),
    Mutant("fhir history: a version is the hospital's own", _KEPT, ", MINE, or_(", ", or_(",
           f"{_TESTS}::test_what_was_another_hospitals_is_in_none_but_its_own_history"),
    Mutant("fhir history: whoever may read it now", _ACTS, "    now = await fhir.read(work, _KIND, key, by=by, door=door)\n", '    now = {"id": key} if door else {}\n',
           f"{_TESTS}::test_history_is_for_who_may_read_it_now"),
    Mutant("fhir history: an instant has no prefix", "services/health/api/fhir_history.py", "    if not value[:1].isdigit():  # an instant has no prefix\n", "    if not value:\n",
           f"{_TESTS}::test_pages_of_a_history_and_since_when"),
)
