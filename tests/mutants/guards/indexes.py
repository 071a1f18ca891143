"""Guards of the versions of the key of contacts' indexes."""

from tests.mutants.mutant import Mutant

_INDEXES = "tests/identity/test_indexes.py"
_STEPS = f"{_INDEXES}::test_at_each_step_who_was_there_is_found_and_at_the_end_by_the_new_key_alone"

MUTANTS = (
    Mutant("indexes: each is read", "services/identity/store/queries.py", "indexes.versions(work.vault.keys, index))", "indexes.versions(work.vault.keys, index)[:1])", _STEPS),
    Mutant("indexes: rows say their key", "services/identity/actions/contacts.py", "index_key=indexes.ids(keys)[0],", 'index_key="first",', _STEPS),
    Mutant("indexes: made anew", "services/identity/actions/indexes.py", "values(blind_index=new, index_key=first)", "values(index_key=first)", _STEPS),
    Mutant("indexes: claimed under each", "services/identity/actions/contacts.py", "    if not is_shared:\n        await claim(work, kind, [(contact, index)])\n", "",
           f"{_INDEXES}::test_one_number_by_two_keys_at_once_has_one_winner"),
    Mutant("indexes: imports claim", "services/identity/actions/imported_people.py", '        await claim(work, "phone", kept)\n', "",
           f"{_INDEXES}::test_an_import_by_the_other_key_finds_and_claims_as_well"),
    Mutant("indexes: dropped too early", "services/identity/actions/indexes.py", "    if found is not None:\n        raise", "    if found is None:\n        return\n    if not found:\n        raise",
           f"{_INDEXES}::test_no_process_starts_while_rows_rest_on_a_key_that_is_gone"),
    Mutant("indexes: who was forgotten stops nobody", "services/identity/actions/indexes.py", "            continue\n", "            raise\n",
           f"{_INDEXES}::test_who_was_forgotten_meanwhile_stops_nobody"),
    Mutant("indexes: claims go", "services/identity/actions/indexes.py", "        await running.database.do(_drop_claims)\n", "        pass\n",
           f"{_INDEXES}::test_claims_go_when_the_turn_is_over_and_with_the_person"),
    Mutant("indexes: codes by the index key", "services/identity/actions/contacts.py", '*([work.vault.keys.blind("phone", phone)] if phone is not None else [])', "*([] if phone is not None else [])",
           f"{_INDEXES}::test_codes_are_forgotten_with_the_person_after_the_key_has_turned"),
)
