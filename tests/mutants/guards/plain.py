"""Guards of what is answered before the framework, and of the list of sessions."""

from tests.mutants.mutant import Mutant

_PLAIN = "tests/identity/test_plain_refresh.py"
_PROGRAM = "tests/identity/test_plain_credentials.py"
_STORE = "services/identity/store/refreshing.py"
_DOOR = "services/identity/api/plain.py"
_NOT_GOOD = f"{_PLAIN}::test_what_is_not_plainly_good_goes_the_long_way"
_FORMS = f"{_PLAIN}::test_any_other_form_is_answered_as_if_there_were_no_plain_way"

MUTANTS = (
    Mutant("plain: a token is used once", _STORE, " _it.used_at.is_(None),", "", _NOT_GOOD),
    Mutant("plain: what ended gives nothing", _STORE, " _it.revoked_at.is_(None),", "", _NOT_GOOD),
    Mutant("plain: of our own sign-in", _STORE, " _it.client_id == OWN,", "", _NOT_GOOD),
    Mutant("plain: not over", _STORE, " _it.expires_at > _NOW,", "", _NOT_GOOD),
    Mutant("plain: bound roles go the long way", _STORE,
           '        ~exists().where(_HELD, _serves.role == func.any(bindparam("bound", type_=ARRAY(Text)))),\n', "",
           f"{_PLAIN}::test_who_serves_in_a_bound_role_goes_the_long_way"),
    Mutant("plain: admins are bound", _DOOR, "frozenset({*filter(None, roles), *BOUND, Role.ADMIN})", "frozenset()",
           "tests/identity/test_admin_networks.py::test_from_then_on_an_admin_signs_in_and_refreshes_from_there_alone"),
    Mutant("plain: it waits for its turn", _STORE, 'func.pg_advisory_xact_lock(_KEY).label("turn")', '_KEY.label("turn")',
           f"{_PLAIN}::test_d17_nothing_is_given_plainly_while_a_session_ends"),
    Mutant("plain: what is given late is void", "services/identity/actions/sessions.py",
           "    await void_all(work, person, since=await by_the_clock(work))\n\n\nasync def _end(", "    await void_all(work, person)\n\n\nasync def _end(",
           f"{_PLAIN}::test_what_was_given_after_the_end_began_is_void_too"),
    Mutant("plain: and of one session", "services/identity/actions/sessions.py",
           "        await void_all(work, person, since=await by_the_clock(work))\n", "        await void_all(work, person)\n",
           f"{_PLAIN}::test_what_was_given_after_the_end_began_is_void_too"),
    Mutant("plain: nothing else is said", _DOOR, " and form.keys() <= _PLAIN.get(asked.grant_type, frozenset())", "", _FORMS),
    Mutant("plain: no other program's", _DOOR, 'asked.client_id in {"", OWN} if asked.grant_type == REFRESH', "True if asked.grant_type == REFRESH", _FORMS),
    Mutant("plain: a form is a form", _DOOR, 'headers.get(b"content-type") != _FORM or ', "", _FORMS),
    Mutant("plain: a key means something else", _DOOR, " or not _LONG_WAY.isdisjoint(headers)", "", _FORMS),
    Mutant("plain: a body in pieces", _DOOR, ' or said[-1].get("more_body")', "",
           f"{_PLAIN}::test_what_would_be_good_as_far_as_it_was_read_is_read_to_its_end"),
    Mutant("plain: all pieces are passed on", _DOOR, "said.pop(0) if said", "said.pop() if said",
           f"{_PLAIN}::test_a_body_in_pieces_and_one_with_a_key_are_whole"),
    Mutant("plain: an assertion is used up", "services/identity/actions/grants.py",
           "    said = _own(client, scope, audience)\n    await clients.use_up(work, client, once)\n", "    said = _own(client, scope, audience)\n",
           f"{_PROGRAM}::test_of_twelve_with_one_assertion_one_gets_a_token"),
    Mutant("signed in: one's own session", "services/identity/actions/sessions.py", "_end(work, person, (_ours.family_id == family) & (_ours.person_id == person))",
           "_end(work, person, _ours.family_id == family)", "tests/identity/test_signed_in.py::test_nobody_ends_anybody_elses"),
    Mutant("signed in: what is over is not there", "services/identity/actions/signed_in.py", " _it.revoked_at.is_(None),", "",
           "tests/identity/test_signed_in.py::test_a_programs_session_bears_its_name_and_what_is_over_is_not_there"),
    Mutant("plain: a program that ends gets nothing meanwhile", "services/identity/actions/clients.py",
           'clients.c.id == bindparam("client", type_=Uuid), clients.c.ended_at.is_(None)', 'clients.c.id == bindparam("client", type_=Uuid)',
           f"{_PROGRAM}::test_nothing_is_given_while_a_program_ends"),
    Mutant("plain: what a program was given late is void", "services/identity/actions/clients.py",
           ", since=await sessions.by_the_clock(work))", ")",
           f"{_PROGRAM}::test_nothing_is_given_while_a_program_ends"),
    Mutant("plain: a step up is void too", "services/identity/actions/sessions.py", "func.greatest(_ours.created_at, _ours.proved_at)", "_ours.created_at",
           f"{_PLAIN}::test_who_stepped_up_is_signed_out_though_the_session_was_not_refreshed_since"),
    Mutant("plain: blank is said too", _DOOR, " keep_blank_values=True,", "", _FORMS),
    Mutant("breaches: no pair of who is barred", "services/health/store/waiting.py", " ~_BARRED,", "",
           "tests/health/test_breaches.py::test_who_is_barred_is_offered_nothing_by_a_line_but_takes_what_stands_instead_of_a_visit"),
)
