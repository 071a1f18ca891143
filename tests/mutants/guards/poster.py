"""Guards of the page behind a poster: its photos, and the drafts that lie on one's own phone."""

from tests.mutants.mutant import Mutant

_KEPT, _SHELF, _PHOTOS = "gateway/static/kept.js", "gateway/static/shelf.js", "gateway/static/photos.js"
_DRAFTS, _SHOTS, _FINER = (f"tests/e2e/test_{name}.py" for name in ("kept_drafts", "poster_photos", "poster_finer"))

MUTANTS = (
    Mutant("finer: what has to be answered is asked", "gateway/static/scan.js", "  mustBeAnswered();\n", "",
           f"{_FINER}::test_what_has_to_be_answered_is_asked_and_filed_and_nothing_else"),
    Mutant("finer: another category has others below it", "gateway/static/scan.js", '{category, subcategory: "", answers: {}}', "{category}",
           f"{_FINER}::test_what_is_below_may_be_left_out_and_is_another_choice_for_each_category"),
    Mutant("finer: asked anew", "gateway/static/scan.js", "/^(subcategory|attribute)/.test(failed.kind)", "/^nothing/.test(failed.kind)",
           f"{_FINER}::test_what_was_retired_meanwhile_is_said_and_the_page_asks_anew"),
    Mutant("drafts: one's own phone alone keeps", _KEPT, "if (!shelf.own || token !== draft.said.token) return false;", "if (token !== draft.said.token) return false;",
           f"{_DRAFTS}::test_on_a_phone_that_is_shared_nothing_outlives_the_tab"),
    Mutant("drafts: what is filed goes", _KEPT, "if (shelf.own) await shelf.drop(token)", "if (!shelf.own) await shelf.drop(token)",
           f"{_DRAFTS}::test_what_was_written_without_a_network_is_offered_when_it_is_back"),
    Mutant("drafts: offered when the network is back", _KEPT, "if (!stranded || !written()) return;", "return;",
           f"{_DRAFTS}::test_what_was_written_without_a_network_is_offered_when_it_is_back"),
    Mutant("drafts: one token for ever", _KEPT, "draft.take({token, code", "draft.take({code",
           f"{_DRAFTS}::test_a_draft_whose_answer_was_lost_is_one_report_days_later"),
    Mutant("drafts: gone in one tab, gone in all", _SHELF, "found.value = !lay || there.target.result !== undefined;", "found.value = true;",
           f"{_DRAFTS}::test_what_one_tab_filed_another_lays_not_down_again"),
    Mutant("drafts: three days", _SHELF, "SHELF_LASTS = 72 * 3600000", "SHELF_LASTS = 720 * 3600000",
           f"{_DRAFTS}::test_after_three_days_a_draft_goes_by_itself"),
    Mutant("drafts: no more one's own, no more kept", _SHELF, 'return within("readwrite", (drafts) => drafts.clear());', "return null;",
           f"{_DRAFTS}::test_a_phone_that_is_no_more_ones_own_keeps_nothing"),
    Mutant("drafts: what others began is asked about", _KEPT, "if (others && !confirm(", "if (!others && !confirm(",
           f"{_DRAFTS}::test_a_phone_that_is_no_more_ones_own_keeps_nothing"),
    Mutant("drafts: the page opens without a network", "gateway/static/worker.js", "[PAGE, ...FILES].map(", "[...FILES].map(",
           f"{_DRAFTS}::test_it_opens_without_a_network_and_keeps_its_own_files_alone"),
    Mutant("drafts: the worker keeps no answers", "gateway/static/worker.js", "if (path !== PAGE && !FILES.includes(path)) return;",
           "if (path !== PAGE && !FILES.includes(path)) return event.waitUntil(caches.open(CACHE).then((room) => room.add(url)));",
           f"{_DRAFTS}::test_it_opens_without_a_network_and_keeps_its_own_files_alone"),
    Mutant("drafts: a worker of these files", "gateway/api/home.py", "return script.replace(", "return script or script.replace(",
           f"{_DRAFTS}::test_the_worker_is_of_the_files_the_page_names_and_of_no_other_address"),
    Mutant("shots: small on a weak network", "gateway/static/photo.js", "most = weak() ? WEAK_BYTES : MOST_BYTES", "most = MOST_BYTES",
           f"{_SHOTS}::test_on_a_network_that_says_it_is_weak_they_are_small"),
    Mutant("shots: small where the first took long", _PHOTOS, "if (weak() && one.blob.size > WEAK_BYTES)", "if (weak() && !one.blob)",
           f"{_SHOTS}::test_where_the_first_took_long_the_next_is_made_smaller"),
    Mutant("shots: three", _PHOTOS, "if (taken.length >= MOST_PHOTOS) return;", "",
           f"{_SHOTS}::test_three_are_taken_one_is_dropped_and_another_taken_instead"),
    Mutant("shots: one keeps no other back", _PHOTOS, "lost.push(failed);", "throw failed;",
           f"{_SHOTS}::test_one_that_does_not_arrive_holds_the_others_not_back_and_is_sent_again"),
    Mutant("shots: each is sent once", _PHOTOS, "for (const one of taken.filter((waits) => !waits.id))", "for (const one of taken)",
           f"{_SHOTS}::test_one_that_does_not_arrive_holds_the_others_not_back_and_is_sent_again"),
)
