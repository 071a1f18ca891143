"""HTTP in, a module a resource."""

from services.reports.api import categories, decisions, reports, waiting

routers = (reports.router, decisions.router, waiting.router, categories.router)
