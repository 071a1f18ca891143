"""Photos of reports: what happens when one cannot be used."""

import logging
from uuid import UUID

from chassis.db import Work
from chassis.errors import Unavailable
from chassis.process import Running
from contracts.reports import PhotoRejected
from services.reports.domain.report import Report

log = logging.getLogger(__name__)


async def prepare(running: Running) -> None:
    """Make the bucket, if the store answers; a report without photos is filed even when it does not."""
    try:
        await running.files.prepare()
    except Unavailable:
        log.warning("object store unavailable at start")


async def tell_rejected(work: Work, report_id: UUID, reason: str) -> None:
    """Announce that a photo of the report could not be used."""
    report = await work.session.get_one(Report, report_id)
    work.announce(PhotoRejected(
        area=report.area, recipients=(report.reporter_id,), report_id=report.id, number=report.number,
        reporter_id=report.reporter_id, reason=reason,
    ))
