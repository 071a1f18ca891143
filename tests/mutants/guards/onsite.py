"""Where what was mended was photographed, and of what a photo is asked for."""

from tests.mutants.mutant import Mutant

_R, _TEST = "services/reports", "tests/reports/test_onsite.py"

MUTANTS = (
    Mutant("onsite: far needs a reason", f"{_R}/domain/onsite.py", "            raise TooFarFromThere(metres=round(metres), reasons=list(REASONS))\n", "            return UNKNOWN\n",
           f"{_TEST}::test_far_from_there_without_a_reason_is_refused_and_says_how_far"),
    Mutant("onsite: the datum", f"{_R}/domain/onsite.py", "self.point.wgs84().metres_to(there)", "self.point.metres_to(there)",
           f"{_TEST}::test_a_point_of_the_maps_datum_is_the_same_place"),
    Mutant("onsite: where it is asked for", f"{_R}/domain/onsite.py", "        if asked:\n            raise PlaceNotSaid(reasons=list(REASONS))\n", "",
           f"{_TEST}::test_a_community_may_ask_where_it_was_taken"),
    Mutant("onsite: a photo of what can be seen", f"{_R}/domain/report.py", "        if photos == 0 and is_physical(self.category):\n            raise AfterPhotoMissing\n", "",
           f"{_TEST}::test_only_of_what_can_be_seen_a_photo_is_asked_for"),
    Mutant("onsite: it is in the chain", f"{_R}/domain/report.py", "self._go(step, by, at, note, where)", "self._go(step, by, at, note)",
           f"{_TEST}::test_where_it_was_photographed_is_judged_and_seen_by_both"),
)
