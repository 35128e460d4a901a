"""Every page of dispatch and every form on them."""

from services.dispatch.web import (
    actions,
    bulk,
    bulletinpage,
    consultpages,
    deskactions,
    dockets,
    ledgerpage,
    linespage,
    orderspage,
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
    linespage.router,
    orderspage.router,
    rulespage.router,
    unitpages.router,
    bulletinpage.router,
    actions.router,
    pages.router,
)
