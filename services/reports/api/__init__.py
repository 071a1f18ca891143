"""HTTP in, a module a resource."""

from services.reports.api import (
    anchors,
    appraisals,
    board,
    categories,
    clusters,
    cures,
    decisions,
    doubles,
    figures,
    notes,
    open311,
    reports,
    routing,
    settings,
    supports,
    waiting,
    whistles,
)

routers = (
    reports.router, decisions.router, waiting.router, whistles.router, categories.router, settings.router, anchors.router,
    supports.router, clusters.router, doubles.router, routing.router, appraisals.router, open311.router,
    figures.router,
    cures.repeats, cures.router, board.router, board.at_anchors, notes.router,
)
