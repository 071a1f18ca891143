"""What a guardian must be, and what a child under fourteen does not decide alone."""

from datetime import date

from chassis.errors import Conflict, Forbidden, Invalid

OF_AGE = 18  # years: an adult has full capacity (民法典, articles 17 and 18), and a guardian has it (article 34)


class GuardianAgeUnshown(Invalid):
    """A guardian is of age: their own number says so (GB 11643), or papers without one were seen that say so."""

    zh = "须核对监护人本人的身份证号码，或查验能证明其已成年的证件"


class GuardianUnfit(Conflict):
    """The guardian's number says that they are not of age, or a number is not the one that was compared for its person."""

    zh = "监护人须年满十八周岁，且双方所填证件与已核验的一致"


class GuardianConsents(Forbidden):
    """For a child under fourteen a guardian consents, to every purpose (PIPL article 31); the child may take it back."""

    zh = "未满十四周岁的未成年人须由监护人同意，请监护人办理"


class NotTheirGuardian(Forbidden):
    """For a child nobody consents but who is its guardian now."""

    zh = "您不是该未成年人的监护人，或监护登记已结束"


def must_be_of_age(born: date, today: date) -> None:
    """GuardianUnfit before the eighteenth birthday; who was born on the 29th of February has it on the 1st of March."""
    if (today.year - born.year, today.month, today.day) < (OF_AGE, born.month, born.day):
        raise GuardianUnfit
