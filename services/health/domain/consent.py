"""What a person must have agreed to before a hospital is told of them."""

from chassis.errors import Forbidden

HOSPITAL = "hospital"  # the purpose, as identity's texts name it


class ConsentWanted(Forbidden):
    """A hospital is told of a person only with their consent to just that (PIPL art. 23); the hut's own seats want none."""

    zh = "预约合作医院需要您单独同意向医院提供预约信息，请先阅读并同意"
