"""reports' own tables as Django sees them; none of them is Django's to change."""

from django.db import models


def _unmanaged(table: str) -> type:
    return type("Meta", (), {"app_label": "bench", "managed": False, "db_table": table})


class Report(models.Model):
    """reports.reports, as it is."""

    id = models.UUIDField(primary_key=True)
    number = models.TextField()
    client_token = models.UUIDField()
    reporter_id = models.UUIDField()
    area = models.TextField()
    category = models.TextField()
    status = models.TextField()
    sealed_text = models.BinaryField()
    lat = models.FloatField(null=True)
    lng = models.FloatField(null=True)
    assignee_id = models.UUIDField(null=True)
    resolved_at = models.DateTimeField(null=True)
    satisfaction = models.IntegerField(null=True)
    reopen_count = models.IntegerField()
    submitted_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    last_seq = models.BigIntegerField()
    last_hash = models.BinaryField()
    Meta = _unmanaged("reports")


class PersonKey(models.Model):
    """reports.person_keys."""

    person_id = models.UUIDField(primary_key=True)
    wrapped = models.BinaryField()
    Meta = _unmanaged("person_keys")


class Upload(models.Model):
    """reports.uploads, as far as a report shows it."""

    id = models.UUIDField(primary_key=True)
    state = models.TextField()
    claimed_by = models.TextField()
    reason = models.TextField(null=True)
    web_key = models.TextField(null=True)
    thumb_key = models.TextField(null=True)
    Meta = _unmanaged("uploads")


class Area(models.Model):
    """The service's copy of the places."""

    id = models.UUIDField(primary_key=True)
    path = models.TextField()
    closed = models.BooleanField()
    Meta = _unmanaged("directory_areas")


class Key(models.Model):
    """An Idempotency-Key and what was answered."""

    pk = models.CompositePrimaryKey("actor_id", "key")
    actor_id = models.UUIDField()
    key = models.TextField()
    request_hash = models.BinaryField()
    status = models.IntegerField(null=True)
    sealed_body = models.BinaryField(null=True)
    created_at = models.DateTimeField()
    Meta = _unmanaged("idempotency")


class Number(models.Model):
    """The last number of a day."""

    pk = models.CompositePrimaryKey("community", "day")
    community = models.TextField()
    day = models.DateField()
    last = models.IntegerField()
    Meta = _unmanaged("numbers")


class Transition(models.Model):
    """A step of a report."""

    pk = models.CompositePrimaryKey("report_id", "seq")
    report_id = models.UUIDField()
    seq = models.BigIntegerField()
    action = models.TextField()
    to_status = models.TextField()
    actor_id = models.UUIDField()
    at = models.DateTimeField()
    sealed_note = models.BinaryField(null=True)
    previous_hash = models.BinaryField()
    hash = models.BinaryField()
    Meta = _unmanaged("transitions")


class Clock(models.Model):
    """How long something may take."""

    id = models.UUIDField(primary_key=True)
    report_id = models.UUIDField()
    kind = models.TextField()
    state = models.TextField()
    minutes = models.IntegerField()
    by_night = models.BooleanField()
    policy_version = models.IntegerField()
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True)
    warned = models.SmallIntegerField()
    paused_total = models.DurationField()
    Meta = _unmanaged("clocks")


class Stream(models.Model):
    """Sequence numbers by subject."""

    subject = models.TextField(primary_key=True)
    seq = models.BigIntegerField()
    Meta = _unmanaged("stream")


class Outbox(models.Model):
    """An event that waits for the broker."""

    id = models.UUIDField(primary_key=True)
    topic = models.TextField()
    subject = models.TextField()
    seq = models.BigIntegerField()
    body = models.BinaryField()
    headers = models.JSONField()
    occurred_at = models.DateTimeField()
    not_before = models.DateTimeField(null=True)
    Meta = _unmanaged("outbox")
