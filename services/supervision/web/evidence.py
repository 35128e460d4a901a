"""Photos of what a check found: whoever checks uploads them, whoever may see checks looks at them."""

from services.reference.attachments.web import files_router
from services.supervision.web.inspecting import CHECKING, LOOKING

router = files_router("supervision", CHECKING, LOOKING)
