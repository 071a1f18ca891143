"""Guards of hospitals over SOAP."""

from tests.mutants.mutant import Mutant

_T = "tests/health/test_soap.py"
_WIRE, _ENVELOPE = "services/health/clients/soap.py", "services/health/clients/envelope.py"
_WORDS, _HARM = f"{_T}::test_whatever_comes_over_soap_is_one_of_four_words", f"{_T}::test_what_is_meant_to_do_harm_is_no_answer_and_costs_little"
_SLOTS, _BACK = f"{_T}::test_what_cannot_be_kept_is_no_slot", f"{_T}::test_what_is_given_back_is_cancelled_or_its_lock_is_let_go"

MUTANTS = (
    Mutant("soap: what is not locked is not confirmed", _WIRE, '            if locked.outcome == "taken":\n                return Answer(Word.NO)\n', "",
           f"{_T}::test_what_is_not_locked_is_not_confirmed"),
    Mutant("soap: a fault is nobody's word", _WIRE, "(Unasked if fault.is_undone else Silent)(str(fault))", "Unasked(str(fault))", _WORDS),
    Mutant("soap: a fault may say that nothing was done", _ENVELOPE, "is_undone=word in _SAID or is_busy", "is_undone=is_busy", _WORDS),
    Mutant("soap: who is busy did nothing", _ENVELOPE, "is_undone=word in _SAID or is_busy", "is_undone=word in _SAID", _WORDS),
    Mutant("soap: an answer is of this order", _WIRE, "        if found.order != asked.key:\n", "        if found.order is None:\n", _WORDS),
    Mutant("soap: an answer is to this question", _WIRE, 'if said.name != f"{{{SPACE}}}{act}Response" or answer', "if answer", _WORDS),
    Mutant("soap: an answer comes with 200", _WIRE, " or answer.status_code != _OK:", ":", _WORDS),
    Mutant("soap: a yes bears a name", _WIRE, "        if said.ref is None:\n", '        if said.ref == "":\n', _WORDS),
    Mutant("soap: what is said twice is said not at all", _WIRE, "None if name in found else _text(one)", "_text(one)", _WORDS),
    Mutant("soap: of our namespace alone", _WIRE, "        if space == SPACE:\n", "        if name:\n", _WORDS),
    Mutant("soap: one thing in a body", _ENVELOPE, "len(body.inside) != 1:", "not body.inside:", _WORDS),
    Mutant("soap: UTF-8, whatever is declared", _ENVELOPE, 'encoding="utf-8", ', "", _WORDS),
    Mutant("soap: no document type", _ENVELOPE, "forbid_dtd=True", "forbid_dtd=False", _HARM),
    Mutant("soap: so deep", _ENVELOPE, "len(self._open) >= _DEEPEST or ", "", _HARM),
    Mutant("soap: so many", _ENVELOPE, " or self._count > _MOST:", ":", _HARM),
    Mutant("soap: a list ends", _WIRE, "for _ in range(_PAGES):", "for _ in range(_PAGES + 9):", f"{_T}::test_a_list_is_read_page_by_page_and_not_for_ever"),
    Mutant("soap: slots can be kept", _WIRE, "[keepable_slot(one.as_slot()) for", "[one.as_slot() for", _SLOTS),
    Mutant("soap: a moment is the schema's", _WIRE, "    if not _MOMENT.fullmatch(text):\n", "    if not text:\n", _SLOTS),
    Mutant("soap: bookings can be kept", _WIRE, "[keepable(one.as_theirs()) for", "[one.as_theirs() for", f"{_T}::test_what_cannot_be_kept_is_no_booking"),
    Mutant("soap: a lock is let go", _WIRE, "        if not refs and asked.slot is not None:\n", "        if refs and asked.slot is None:\n", _BACK),
    Mutant("soap: a no to a cancelling is one", _WIRE, '            if said.outcome == "refused":\n                return Answer(Word.NO)\n', "", _BACK),
    Mutant("soap: what is doubtful is looked for", _WIRE, "there = await self._of(asked, at) if asked.is_doubtful else []", "there: list[_Booking] = []",
           f"{_T}::test_what_is_there_already_is_not_asked_for"),
    Mutant("soap: what is cancelled is not there", _WIRE, 'one.order == asked.key and one.state == "booked"]', "one.order == asked.key]",
           f"{_T}::test_what_is_there_already_is_not_asked_for"),
)
