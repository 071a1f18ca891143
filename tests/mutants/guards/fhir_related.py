"""Guards of guardians at the FHIR door."""

from tests.mutants.mutant import Mutant

_TESTS = "tests/health/test_fhir_related.py"
_ROWS = "services/health/store/related.py"

MUTANTS = (
    Mutant("fhir related: only while they agree", _ROWS, "_told & consents.c.given)", "_told)",
           f"{_TESTS}::test_it_is_gone_with_consent_and_each_hospital_has_a_name_of_its_own"),
    Mutant("fhir related: only whom the hospital knows", _ROWS, ' & (patients.c.hospital_id == bindparam("hospital", type_=Uuid))', "",
           f"{_TESTS}::test_it_is_gone_with_consent_and_each_hospital_has_a_name_of_its_own"),
    Mutant("fhir related: only while it lasts", _ROWS, "_told & consents.c.given).where(guardians.c.lasts)", "_told & consents.c.given)",
           f"{_TESTS}::test_that_a_patient_has_a_guardian_is_told_and_who_it_is_not"),
)
