"""Guards of what hospitals read of the audit."""

from tests.mutants.mutant import Mutant

_TESTS = "tests/health/test_fhir_audit.py"
_ROWS = "services/health/store/audited.py"

MUTANTS = (
    Mutant("fhir audit: each hospital's own", _ROWS, ".where(acts.c.hospital_id == _hospital, audit.c.action", ".where(audit.c.action",
           f"{_TESTS}::test_it_is_each_hospitals_own_and_needs_a_scope_of_its_own"),
    Mutant("fhir audit: what programs did alone", _ROWS, ".join(acts, acts.c.pos == audit.c.pos)", ".join(acts, acts.c.pos.is_not(None))",
           f"{_TESTS}::test_what_others_did_is_nobodys_here_and_looking_at_it_leaves_nothing"),
    Mutant("fhir audit: gone with consent", _ROWS, "    .where(or_(DONE.kind.not_in(_OF_SOMEBODY), consents.c.given))\n", "    .where(or_(DONE.kind.is_not(None), consents.c.given))\n",
           f"{_TESTS}::test_it_is_gone_with_consent"),
    Mutant("fhir audit: a booking is noted", "services/health/actions/fhir_bookings.py", '    await noted(work, "hospitals.book", f"appointment/{made.id}", hospital, by)\n', "",
           f"{_TESTS}::test_what_a_program_did_is_told_with_what_ihe_asks_of_it"),
    Mutant("fhir audit: a move is noted", "services/health/actions/fhir_operations.py", '    await noted(work, "hospitals.move", f"appointment/{made.id}", hospital, by)\n', "",
           f"{_TESTS}::test_what_a_program_did_is_told_with_what_ihe_asks_of_it"),
    Mutant("fhir audit: what is let go is noted", "services/health/actions/fhir_bookings.py", '        await noted(work, "hospitals.release", f"appointment/{seat.id}", hospital, by)\n', "",
           f"{_TESTS}::test_a_hold_that_is_let_go_is_told"),
    Mutant("fhir audit: a name of another system is nobody's", "services/health/store/searching.py", "return or_(false(), *(_is(column, said.code) for column in ours))", "return or_(*(_is(column, said.code) for column in ours))",
           "tests/health/test_fhir_odd.py::test_no_parameter_breaks_a_search[RelatedPerson]"),
    Mutant("fhir audit: what is no transaction is none", _ROWS, ", else_=INTERACTION)", ")",
           f"{_TESTS}::test_each_is_found_by_what_it_says"),
)
