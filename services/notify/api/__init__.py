"""HTTP in, a module a resource."""

from services.notify.api import inbox, notices

routers = (notices.router, inbox.router)
