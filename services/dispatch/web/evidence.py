"""Attachments of dispatch over HTTP: whoever works on a case uploads them, whoever may see cases looks at them."""

from services.dispatch.web.roles import DESK, HANDLING, SEEING
from services.reference.attachments.web import files_router

UPLOADING = (*DESK, *HANDLING)
"""Whoever does something that an event records with evidence."""

router = files_router("dispatch", UPLOADING, SEEING)
