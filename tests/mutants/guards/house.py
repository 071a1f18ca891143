"""Guards of the deployment, the contracts, the simulators and the gate."""

from tests.mutants.mutant import Mutant

_WIRE = "tests/chassis/test_wire.py"
_CHAIN = "tests/chassis/test_sealing.py"

MUTANTS = (
    Mutant("topic permission", "deploy/topology.py", 'rf"^{owner}\\."', '".*"',
           f"{_WIRE}::test_a_service_may_not_publish_in_anothers_name"),
    Mutant("audit: a hole is found", "deploy/verify_audit.py", '            if row["n"] != self._verdict.rows:\n', '            if row["n"] < 0:\n',
           f"{_CHAIN}::test_j07_a_row_that_is_gone_is_named"),
    Mutant("audit: roots are compared with rows", "deploy/verify_audit.py", '        elif reckoned != root["hash"]:\n', '        elif not root["hash"]:\n',
           f"{_CHAIN}::test_j07_a_history_written_anew_beneath_its_roots_is_found"),
    Mutant("audit: whose signature", "deploy/verify_audit.py", '            self._find(f"root {n} is not signed by this key")\n', "            pass\n",
           f"{_CHAIN}::test_j07_a_history_written_anew_is_found_by_the_key_and_with_the_key_by_what_was_kept"),
    Mutant("audit: what was kept elsewhere", "deploy/verify_audit.py", "        self._check_kept(kept, roots)\n", "",
           f"{_CHAIN}::test_j07_all_of_it_gone_is_found_by_what_was_kept"),
    Mutant("audit: late is found", "deploy/verify_audit.py", "        if late:\n", "        if late < 0:\n",
           f"{_CHAIN}::test_rows_that_nobody_chains_or_signs_are_found"),
    Mutant("audit: unsigned is found", "deploy/verify_audit.py", "        if unsigned:\n", "        if unsigned < 0:\n",
           f"{_CHAIN}::test_rows_that_nobody_chains_or_signs_are_found"),
    Mutant("closed network", "deploy/cluster/network.py", '{"policyTypes": ["Ingress", "Egress"]}), policy("names"', '{"policyTypes": ["Egress"]}), policy("names"',
           "tests/architecture/test_network.py::test_the_policies_in_the_tree_are_those_of_the_arrows"),
    Mutant("fresh directory", "services/gate/actions/gates.py", "    await must_be_fresh(work, by)\n", "",
           "tests/gate/test_commands.py::test_nobody_opens_while_identity_has_been_silent"),
    Mutant("few are named", "contracts/event.py", "exclude=True, max_length=MOST_NAMED)", "exclude=True)",
           "tests/chassis/test_wire.py::test_as_many_as_an_event_may_name_hear_of_it_and_one_that_names_more_is_never_said"),
    Mutant("holidays", "contracts/calendar.py", "        return day in year.work\n", "        pass\n",
           "tests/reports/test_calendar.py::test_over_spring_festival_a_clock_stands_still_and_runs_on_the_make_up_days"),
    Mutant("a slot of the simulator's bears its zone", "simulators/hospital/house.py", "    start: AwareDatetime\n    end: AwareDatetime\n    schedule",
           "    start: datetime\n    end: datetime\n    schedule",
           "tests/simulators/test_hospital.py::test_who_steers_it_wrongly_hears_so_and_nothing_is_offered"),
)
