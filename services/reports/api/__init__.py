"""HTTP in, a module a resource."""

from services.reports.api import anchors, categories, clusters, decisions, open311, reports, settings, supports, waiting, whistles

routers = (
    reports.router, decisions.router, waiting.router, whistles.router, categories.router, settings.router, anchors.router,
    supports.router, clusters.router, open311.router,
)
