"""HTTP in, a module a resource."""

from services.reports.api import categories, reports

routers = (reports.router, categories.router)
