"""What the edge answers itself."""

from gateway.api import demo, documents, home, live, status

routers = (live.router, documents.router, status.router, demo.router, home.router)
