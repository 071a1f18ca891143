"""Guards of WeChat accounts in several programs."""

from tests.mutants.mutant import Mutant

_UNION = "tests/identity/test_unionid.py"
_ACCOUNTS = "services/identity/actions/wechat_accounts.py"

MUTANTS = (
    Mutant("unionid: leads to its person", _ACCOUNTS, "    return own or other\n", "    return own\n",
           f"{_UNION}::test_who_has_the_mini_program_is_known_on_a_page_without_showing_a_phone"),
    Mutant("unionid: learnt later", _ACCOUNTS, "        await contacts.keep(work, person, UNION, account.unionid, shown.union)\n", "        pass\n",
           f"{_UNION}::test_a_unionid_that_comes_later_is_learnt_and_joins"),
    Mutant("unionid: two are a finding", _ACCOUNTS, "        await duplicates.found(work, own, other)\n", "        pass\n",
           f"{_UNION}::test_two_people_who_turn_out_to_share_a_unionid_are_a_finding_and_stay_two"),
    Mutant("unionid: the account wins over it", _ACCOUNTS, "    return own or other\n", "    return other or own\n",
           f"{_UNION}::test_two_people_who_turn_out_to_share_a_unionid_are_a_finding_and_stay_two"),
    Mutant("unionid: another human with the phone", _ACCOUNTS, "return has_own or (shown.union is not None and await queries.has(work, person, UNION))", "return has_own",
           f"{_UNION}::test_another_human_with_the_same_phone_is_not_joined"),
    Mutant("unionid: one account a program", _ACCOUNTS, "        if await queries.has(work, person, account.kind):\n            raise LinkRefused\n", "",
           f"{_UNION}::test_a_second_account_of_one_program_never_joins_by_the_unionid"),
    Mutant("unionid: a page nobody agreed to", "services/identity/clients/wechat.py", "        if said.is_snapshot:\n            raise WechatCodeRefused\n", "",
           f"{_UNION}::test_a_page_that_nobody_agreed_to_is_nobodys"),
    Mutant("unionid: they take turns", _ACCOUNTS, "frozenset((index, *kept, *joined))", "frozenset((index, *kept))",
           f"{_UNION}::test_somebody_new_by_both_ways_at_once_with_one_unionid_is_one_or_refused"),
    Mutant("unionid: unlinking ends all", "services/identity/actions/wechat.py", "contacts.c.kind.in_((rules.MINI, rules.PAGE, rules.UNION))", "contacts.c.kind.in_((rules.MINI, rules.PAGE))",
           f"{_UNION}::test_what_is_kept_is_sealed_and_handed_out_and_forgotten_and_unlinked"),
    Mutant("unionid: nobody says it themselves", "services/identity/api/sign_in.py", "class WechatPageProof(Body):", "class WechatPageProof(BaseModel):",
           f"{_UNION}::test_e11_nobody_says_themselves_who_they_are_on_a_page"),
)
