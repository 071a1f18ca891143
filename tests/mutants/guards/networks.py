"""Guards of from where admins sign in."""

from tests.mutants.mutant import Mutant

_NETWORKS = "tests/identity/test_admin_networks.py"
_OBEYED = f"{_NETWORKS}::test_from_then_on_an_admin_signs_in_and_refreshes_from_there_alone"
_AREA = f"{_NETWORKS}::test_only_admins_of_the_area_and_of_what_lies_in_it_are_bound"
_SECOND = f"{_NETWORKS}::test_the_second_step_and_the_page_of_a_program_obey_as_well"

MUTANTS = (
    Mutant("admins: twelve hours", "services/identity/actions/requirement.py", "    if (proved is None or proved.at <= work.now - ADMIN_LIFE) and await _administers(work, person):\n        return True\n", "",
           f"{_NETWORKS}::test_an_admin_shows_anew_who_they_are_after_twelve_hours_and_nobody_else_does"),
    Mutant("networks: at sign-in", "services/identity/api/sign_in.py", "    await admitted(work, request, session.person_id)\n", "", _OBEYED),
    Mutant("networks: at refresh", "services/identity/api/token.py", "        await admitted(work, request, session.person_id)\n", "        pass\n", _OBEYED),
    Mutant("networks: at a program's page", "services/identity/api/authorize.py", "    await admitted(work, request, person)\n", "", _SECOND),
    Mutant("networks: of admins alone", "services/identity/store/networks.py", "or_(*(_serves.role == str(one) for one in sorted(BOUND))),", "", _AREA),
    Mutant("networks: of what lies in it", "services/identity/store/networks.py", 'admin_networks.c.area.op("@>")(_serves.area)', "admin_networks.c.area == _serves.area", _AREA),
    Mutant("networks: while they serve", "services/identity/store/networks.py", '        holds(_serves, bindparam("at", type_=DateTime(timezone=True))),\n', '        _serves.starts_at <= bindparam("at", type_=DateTime(timezone=True)),\n', _AREA),
    Mutant("networks: one's own address", "services/identity/actions/networks.py", "    rules.must_have(networks, address)\n", "",
           f"{_NETWORKS}::test_who_changes_it_must_be_in_it"),
    Mutant("networks: shown anew", "services/identity/api/admin_networks.py", 'dependencies=[fresh("networks.change")], ', "",
           f"{_NETWORKS}::test_it_wants_the_second_factor_anew_and_is_audited"),
    Mutant("networks: of one's own area", "services/identity/actions/networks.py", '    by.may("networks.change").check(await _named(work, area))\n', '    by.may("networks.change")\n',
           f"{_NETWORKS}::test_nobody_sets_or_sees_the_list_of_elsewhere"),
    Mutant("networks: counted by person", "services/identity/api/sign_in.py", "        request.state.actor = (await request.app.state.running.directory.actor(person))[0]\n", "",
           f"{_NETWORKS}::test_a_refused_sign_in_leaves_no_session_and_is_counted_by_person"),
    Mutant("networks: strictly spelled", "services/identity/domain/networks.py", "strict=True", "strict=False",
           f"{_NETWORKS}::test_what_is_no_network_changes_nothing"),
    Mutant("networks: both kinds of socket", "services/identity/domain/networks.py", "        known = known.ipv4_mapped or known", "        known = known", _OBEYED),
)
