"""Words in what people wrote."""

from tests.mutants.mutant import Mutant

_ACTS, _TEST = "services/reports/actions/text_search.py", "tests/reports/test_text_search.py"

MUTANTS = (
    Mutant("text search: all of the words", _ACTS, "    return all(word in text", "    return any(word in text",
           f"{_TEST}::test_words_are_found_in_the_text_newest_first_however_wide_or_large"),
    Mutant("text search: nothing of who was forgotten", _ACTS, 'one["text"] != looking.FORGOTTEN and ', "",
           f"{_TEST}::test_of_who_was_forgotten_nothing_is_found_and_no_words_are_written_down"),
    Mutant("text search: so many and no more", _ACTS, " or looked >= MOST:", ":",
           f"{_TEST}::test_older_ones_are_gone_on_with_and_each_is_found_once"),
    Mutant("text search: who looked is kept", _ACTS, "    if by.assignments:", "    if by is None:",
           f"{_TEST}::test_of_who_was_forgotten_nothing_is_found_and_no_words_are_written_down"),
)
