"""The guards, each with the change that removes it and the test that must notice."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """One guard taken away: `before` stands in the file exactly once and becomes `after`."""

    guard: str
    file: str
    before: str
    after: str
    test: str


_WIRE, _KEYS, _TOKENS = "tests/chassis/test_wire.py", "tests/chassis/test_idempotency.py", "tests/chassis/test_tokens.py"
_FILES, _LIFE, _LIVE = "tests/chassis/test_files.py", "tests/reports/test_life.py", "tests/gateway/test_live.py"
_SIGN_IN, _SESSIONS, _DOOR = "tests/identity/test_sign_in.py", "tests/identity/test_sessions.py", "tests/gateway/test_entrance.py"

MUTANTS = (
    Mutant("inbox check", "chassis/bus.py", "        if not await is_new(work, consumers.queue, envelope.id):\n            return False\n",
           "        await is_new(work, consumers.queue, envelope.id)\n", f"{_WIRE}::test_an_event_delivered_twice_is_handled_once"),
    Mutant("ack order", "chassis/bus.py",
           "        outcome = await self.settle(channel, message)\n        await message.ack()\n",
           "        await message.ack()\n        outcome = await self.settle(channel, message)\n",
           f"{_WIRE}::test_what_a_dying_worker_had_in_hand_is_handled_by_the_next"),
    Mutant("dead letter", "chassis/bus.py", '                await self._bury(channel, message, "refused", refused)\n', "",
           f"{_WIRE}::test_a_refusal_is_buried_at_once_and_so_is_what_nobody_understands"),
    Mutant("outbox row", "chassis/db.py", "        if self._said:\n", "        if self._said and not self.cause:\n",
           "tests/reports/test_filing.py::test_a_filed_report_is_numbered_announced_and_offers_what_can_be_done"),
    Mutant("one leader", "chassis/relay.py", 'while not await connection.fetchval("select pg_try_advisory_lock($1)", _LEADER)',
           'while not await connection.fetchval("select $1::int > 0", _LEADER)',
           f"{_WIRE}::test_one_relay_leads_and_the_other_takes_over"),
    Mutant("confirms", "chassis/relay.py", "for row, result in zip(heard, results, strict=True) if result is None]",
           "for row, result in zip(heard, results, strict=True)]",
           f"{_WIRE}::test_what_the_broker_did_not_confirm_stays_in_the_outbox"),
    Mutant("topic permission", "deploy/topology.py", 'rf"^{owner}\\."', '".*"',
           f"{_WIRE}::test_a_service_may_not_publish_in_anothers_name"),
    Mutant("idempotency reserve", "chassis/route.py",
           "        return await Reservation.take(work, claims, key, hashlib.sha256(said).digest())\n",
           "        return None if said else await Reservation.take(work, claims, key, hashlib.sha256(said).digest())\n",
           f"{_KEYS}::test_twenty_twins_get_one_answer_and_leave_one_effect"),
    Mutant("idempotency hash", "chassis/route.py", "        if row.request_hash != digest:\n", "        if not digest:\n",
           f"{_KEYS}::test_the_same_key_for_another_body_is_refused"),
    Mutant("commit before answer", "chassis/route.py",
           "            await running.database.commit(work)\n            return response\n\n    async def _kept",
           "            import contextlib\n            with contextlib.suppress(Exception):\n"
           "                await running.database.commit(work)\n            return response\n\n    async def _kept",
           f"{_KEYS}::test_a_constraint_that_fails_at_commit_is_never_answered_as_done"),
    Mutant("key required", "chassis/route.py", "                raise IdempotencyKeyRequired\n", "                return None\n",
           "tests/reports/test_filing.py::test_a_report_needs_an_idempotency_key"),
    Mutant("body bound", "chassis/route.py", "        if size > MAX_BODY_BYTES:\n", "        if size < 0:\n",
           "tests/chassis/test_hostile.py::test_a_body_too_large_is_refused"),
    Mutant("faults tell nothing", "chassis/problems.py", "    return Unexpected()\n\n\ndef install", "    return Unexpected(str(broken))\n\n\ndef install",
           "tests/chassis/test_hostile.py::test_a_fault_of_ours_says_nothing_of_its_cause"),
    Mutant("permission named", "chassis/service.py", "and not named_rights(route.endpoint, rights):", "and rights is None:",
           "tests/chassis/test_service.py::test_a_route_that_names_no_right_is_refused"),
    Mutant("token issuer", "chassis/auth.py", ' or said.get("iss") != issuer:', ":",
           f"{_TOKENS}::test_a_token_with_a_wrong_claim_is_refused"),
    Mutant("token type", "chassis/auth.py", 'if decoded.header.get("typ") != "at+jwt" or _is_mirrored(token):', "if _is_mirrored(token):",
           f"{_TOKENS}::test_only_access_tokens_are_taken"),
    Mutant("token algorithm", "chassis/auth.py", 'algorithms=["ES256"])\n        except', 'algorithms=["ES256", "HS256", "none"])\n        except',
           f"{_TOKENS}::test_abuse_case_no_algorithm"),
    Mutant("token spelling", "chassis/auth.py", " or _is_mirrored(token):", ":",
           f"{_TOKENS}::test_the_mirrored_signature_is_refused_so_a_token_has_one_spelling"),
    Mutant("revocation", "chassis/route.py", "        if not_before is not None and claims.issued_at < not_before:\n            raise TokenRefused\n", "",
           f"{_TOKENS}::test_tokens_from_before_a_revocation_are_void"),
    Mutant("scope in locked", "chassis/db.py", "        permission.check(row)\n", "",
           f"{_LIFE}::test_nobody_from_outside_learns_that_it_exists"),
    Mutant("scope of lists", "services/reports/store/queries.py", "    asked = _LIST.where(within(reports.c.area, scope, reports.c.reporter_id))\n",
           "    asked = _LIST.where(within(reports.c.area, scope, reports.c.reporter_id) | (scope != None))\n",
           "tests/reports/test_filing.py::test_others_do_not_see_it_and_the_neighbour_community_not_at_all"),
    Mutant("private things", "services/notify/domain/rights.py", '"notices.mark": Rule(owner=True, private=True)', '"notices.mark": Rule(owner=True)',
           "tests/notify/test_notices.py::test_a_notice_is_read_by_its_person_once_and_by_nobody_else"),
    Mutant("newest word", "chassis/directory.py", "        where=table.c.seq < saying.excluded.seq,\n", "",
           "tests/chassis/test_directory.py::test_whatever_the_order_the_newest_word_stays"),
    Mutant("fresh directory", "services/gate/actions/gates.py", "    await must_be_fresh(work, by)\n", "",
           "tests/gate/test_commands.py::test_nobody_opens_while_identity_has_been_silent"),
    Mutant("live audience", "gateway/live.py", "            if concerns(envelope, await self._actor(listener.person)):\n",
           "            if await self._actor(listener.person):\n", f"{_LIVE}::test_who_listens_hears_what_concerns_them"),
    Mutant("live audience on return", "gateway/live.py", " if concerns(hint.envelope, actor)]", " if actor]",
           f"{_LIVE}::test_who_comes_back_gets_what_was_missed_and_nothing_of_others"),
    Mutant("live ends with the token", "gateway/live.py", "while clock.now() < claims.expires_at and await", "while clock.now() and await",
           f"{_LIVE}::test_a_connection_ends_with_its_token"),
    Mutant("upload is what was announced", "chassis/uploads.py",
           "if (found.size, found.content_type) != (row.size, row.content_type) or not images.looks_like(row.content_type, first):",
           "if found.size < 0 or first is None:", f"{_FILES}::test_a_report_cannot_carry_another_file_than_was_announced"),
    Mutant("upload is one's own", "chassis/uploads.py", "uploads.c.id == upload_id, uploads.c.owner_id == owner, uploads.c.kind == kind",
           "uploads.c.id == upload_id, uploads.c.kind == kind", f"{_FILES}::test_an_upload_is_used_once_and_only_by_its_owner"),
    Mutant("upload size is signed", "chassis/files.py", '{"content-type": content_type, "content-length": str(size)}', '{"content-type": content_type}',
           f"{_FILES}::test_an_upload_url_takes_the_announced_bytes_and_nothing_else_through_the_gateway"),
    Mutant("photo is kept before it is deleted", "chassis/uploads.py",
           '    await files.put(thumb, photo.thumb, "image/jpeg")\n',
           '    await files.put(thumb, photo.thumb, "image/jpeg")\n    await files.delete(row.key)\n',
           f"{_FILES}::test_a_worker_killed_anywhere_while_it_develops_loses_no_photo_and_leaves_nothing_behind"),
    Mutant("sealed at rest", "services/reports/actions/reports.py",
           'await work.seal(by.id, "reports", "text", report.id, filing.text)', "filing.text.encode()",
           "tests/reports/test_filing.py::test_the_text_is_sealed_at_rest_and_in_no_event"),
    Mutant("sealed for its place", "chassis/crypto.py", '        return f"{self.table}\\0{self.column}\\0{self.row}".encode()\n', '        return b"place"\n',
           "tests/chassis/test_crypto.py::test_a_value_moved_elsewhere_does_not_open"),
    Mutant("masking", "services/identity/actions/people.py", 'f"{number[:3]}****{number[-4:]}"', "number",
           f"{_SESSIONS}::test_oneself_is_shown_with_a_masked_phone"),
    Mutant("counted tries", "services/identity/domain/sign_in.py",
           'class CodeRefused(Unauthenticated):\n    """The code is wrong, used, over, or was tried too often; which of them is not told."""\n\n'
           '    zh = "验证码错误或已失效"\n    keeps = True\n',
           'class CodeRefused(Unauthenticated):\n    """The code is wrong, used, over, or was tried too often; which of them is not told."""\n\n'
           '    zh = "验证码错误或已失效"\n',
           f"{_SIGN_IN}::test_five_wrong_codes_end_a_challenge_and_are_counted_though_refused"),
    Mutant("code budget", "services/identity/actions/codes.py",
           "    sign_in.Budget(sign_in.PHONE_BUDGET).spend(await queries.sent_since(work, codes.c.phone_index, phone_index, day), work.now)\n", "",
           f"{_SIGN_IN}::test_a_phone_has_its_budget_whoever_asks_and_however_it_is_written"),
    Mutant("refresh reuse", "services/identity/actions/sessions.py",
           "        await _end(work, refresh_tokens.c.family_id == row.family_id)\n        raise sign_in.GrantRefused\n    made",
           "        raise sign_in.GrantRefused\n    made", f"{_SESSIONS}::test_a_token_used_again_later_ends_its_whole_family"),
    Mutant("state table", "services/reports/domain/machine.py", "    if status not in step.begins:\n        raise NotInThisState",
           "    if not step.begins:\n        raise NotInThisState", f"{_LIFE}::test_of_twenty_who_press_at_once_one_wins"),
    Mutant("slot is booked once", "services/health/domain/appointment.py", "        if self.taken:\n            raise SlotTaken\n", "",
           "tests/health/test_booking.py::test_of_twenty_neighbours_at_once_one_gets_the_slot"),
    Mutant("header hygiene", "gateway/envoy.py", '"mutations": [*claims, *lost],', '"mutations": [*lost],',
           f"{_DOOR}::test_headers_that_claim_an_identity_never_come_in"),
    Mutant("token at the gateway", "gateway/envoy.py", '"requirement_name": row.token}', '"requirement_name": "optional"}',
           f"{_DOOR}::test_without_a_good_token_nothing_is_reached"),
    Mutant("address limit", "gateway/envoy.py", '"filter_enforced": always,', '"filter_enforced": {"default_value": {"numerator": 0}},',
           f"{_DOOR}::test_an_address_has_a_budget_before_any_token_is_looked_at"),
)
