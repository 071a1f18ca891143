"""HTTP in, a module a resource."""

from services.reports.api import categories, decisions, reports

routers = (reports.router, decisions.router, categories.router)
