"""Every page of dispatch and every form on them."""

from services.dispatch.web import (
    actions,
    bulk,
    consultpages,
    deskactions,
    dockets,
    ledgerpage,
    pages,
    rulespage,
    unitpages,
)

ROUTERS = (
    deskactions.router,
    bulk.router,
    dockets.router,
    consultpages.router,
    ledgerpage.router,
    rulespage.router,
    unitpages.router,
    actions.router,
    pages.router,
)
