"""What the board tells by grid is folded as categories are."""

from tests.mutants.mutant import Mutant

_BOARD, _TEST = "services/reports/actions/board.py", "tests/reports/test_board.py"
_GRIDS = 'rules.folded(*await _counted(work, Asked(last, "grid", known_at, area)))'
_BARE = '{name: (one, 9) for name, one in (await _counted(work, Asked(last, "grid", known_at, area)))[0].items()}'

MUTANTS = (
    Mutant("board: grids are folded", _BOARD, _GRIDS, _BARE, f"{_TEST}::test_the_last_month_is_told_by_grid_and_small_ones_are_put_together"),
    Mutant("board: five people of a grid", _BOARD, _GRIDS, _BARE, f"{_TEST}::test_of_grids_in_which_few_speak_nothing_is_told"),
)
