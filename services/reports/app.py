"""The composition root of reports."""

from chassis import directory, privacy, uploads
from chassis.process import Job, Service
from services.reports import consumers, jobs, seed
from services.reports.actions import merging, personal, photos, retention, seen
from services.reports.domain.rights import RIGHTS
from services.reports.settings import ReportsSettings
from services.reports.store import tables

_PERSONAL = privacy.PersonalData(
    frozenset({"reports", "transitions", "notes", "notes_anew", "summonses", "cure_notes"}), personal.export, personal.erase,
    personal.hold, merging.COLUMNS, merging.follow,
)

service = Service(
    name="reports",
    tables=tables.metadata,
    rights=RIGHTS,
    api="services.reports.api",
    consumers=(
        directory.consumers("reports"), privacy.consumers("reports", _PERSONAL), consumers.doubles, consumers.hooks,
        consumers.followers,
    ),
    jobs=(
        Job("photos", 0.3, jobs.develop_photos),
        Job("covers", 1, jobs.cover_photos),
        Job("forgotten photos", 5, jobs.forget_photos),
        Job("closing", 60, jobs.close_settled),
        Job("clocks", 5, jobs.ring_clocks),
        Job("whistles", 15, jobs.tell_late),
        Job("exports", 2, jobs.make_exports),
        Job("handovers", 30, jobs.hand_over), Job("cures", 300, jobs.remind_cures),
        Job("waiting", 60, jobs.resume_waiting), Job("checks", 1, jobs.check_contents),
        Job("waiting checks", 60, jobs.remind_of_checks),
        Job("voices", 0.5, jobs.develop_voices), Job("videos", 0.5, jobs.develop_videos),
        Job("forgotten recordings", 5, jobs.forget_recordings),
        Job("hooks", 1, jobs.tell_hooks), Job("hooks' log", 3600, jobs.forget_deliveries),
        Job("sweep", 600, uploads.sweep), Job("retention", 3600, retention.run), Job("shown", 5, seen.LOOKS.tell),
        Job("days", 600, jobs.count_days),
        Job("categories", 3600, jobs.learn_categories),
    ),
    personal=_PERSONAL,
    settings=ReportsSettings,
    seed=seed.run,
    prepare=photos.prepare,
    upload_kinds=frozenset({"report-photo"}),
)
