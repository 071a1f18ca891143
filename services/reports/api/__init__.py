"""HTTP in, a module a resource."""

from services.reports.api import (
    anchors,
    appraisals,
    batches,
    board,
    categories,
    clusters,
    cures,
    decisions,
    doubles,
    exports,
    figures,
    handovers,
    maps,
    notes,
    open311,
    photos,
    phrases,
    reports,
    routing,
    settings,
    supports,
    views,
    waiting,
    whistles,
    worklists,
)

routers = (
    reports.router, decisions.router, waiting.router, whistles.router, categories.router, settings.router, anchors.router,
    supports.router, clusters.router, doubles.router, routing.router, appraisals.router, open311.router,
    figures.router,
    cures.repeats, cures.router, board.router, board.at_anchors, notes.router,
    worklists.router, batches.router, views.router, phrases.router, handovers.router,
    photos.router, photos.public,
    exports.router, exports.once, maps.router, maps.heat,
)
