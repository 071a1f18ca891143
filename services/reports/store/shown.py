"""Up to which row of the audit people were told who looked at what is theirs."""

from chassis import seen
from services.reports.store.tables import metadata

shown_until = seen.position(metadata)
