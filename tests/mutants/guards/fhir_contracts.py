"""Guards of contracts and teams at the FHIR door."""

from tests.mutants.mutant import Mutant

_TESTS = "tests/health/test_fhir_contracts.py"
_ROWS = "services/health/store/contracted.py"
_GONE = f"{_TESTS}::test_it_is_gone_with_consent_and_another_hospital_knows_it_by_no_name_of_this_one"

MUTANTS = (
    Mutant("fhir contracts: only while they agree", _ROWS, "consents, _told & consents.c.given).where(_signed)", "consents, _told).where(_signed)", _GONE),
    Mutant("fhir contracts: only whom the hospital knows", _ROWS, " & (patients.c.hospital_id == _hospital)\n", "\n", _GONE),
    Mutant("fhir contracts: another name at each hospital", _ROWS, "cast(_ours.id, Text) + cast(patients.c.id, Text) + what", "cast(_ours.id, Text) + what", _GONE),
    Mutant("fhir contracts: what was asked for is nobody's", _ROWS, "_signed = _ours.state == State.SIGNED", "_signed = _ours.team_id.is_not(None)",
           f"{_TESTS}::test_what_was_only_asked_for_is_nobodys"),
    Mutant("fhir contracts: who serves no more is none of the team", _ROWS, "    or_(assignments.c.ends_at.is_(None), assignments.c.ends_at > _at),\n", "",
           f"{_TESTS}::test_each_is_found_by_what_it_says"),
    Mutant("fhir contracts: a doctor of a team is one of it", "services/health/store/searching.py", "func.array_position(column, key).is_not(None) if key", "column.is_not(None) if key",
           f"{_TESTS}::test_each_is_found_by_what_it_says"),
    Mutant("fhir contracts: looking is told", "services/health/store/resources.py", """         "status": by_code(contracted.STATUS), "signer": refers(Patient=patients.c.id, Practitioner=contracted.STAFF)},
        includes=("patient",), is_personal=True,""", """         "status": by_code(contracted.STATUS), "signer": refers(Patient=patients.c.id, Practitioner=contracted.STAFF)},
        includes=("patient",),""", f"{_TESTS}::test_looking_is_audited_and_told_and_who_is_forgotten_has_none"),
)
