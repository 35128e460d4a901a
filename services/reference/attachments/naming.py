"""Checks the files that an act names before its event does."""

from collections.abc import Sequence

from starlette.requests import Request

from contracts.dispatch import Evidence
from services.chassis.decider import Rejected
from services.chassis.files.store import FileStore
from services.chassis.service import Service
from services.chassis.web import User
from services.chassis.words import N_
from services.reference.attachments import uploads

FOLDER = "files"
"""Within the process' data folder, where no other place is named."""

NOT_YOURS = N_("附件已失效或不属于您，请重新上传。")


def place_of(service: Service) -> FileStore:
    """Where files lie, as the settings say."""
    return FileStore.at(service.settings.files, service.settings.data_dir / FOLDER)


def store_of(request: Request) -> FileStore:
    """Made at the first request that needs it: a process that only describes itself makes no folder."""
    state = request.app.state
    if not hasattr(state, "files"):
        state.files = place_of(state.service)
    found: FileStore = state.files
    return found


async def named(
    request: Request, user: User, given: Sequence[Evidence], field: str = "evidence"
) -> tuple[Evidence, ...]:
    """What an act's event may say of its files: each is in the store, and this person uploaded or can see it.

    Kind and size are those that were found in the bytes, whatever was sent.
    """
    if not given:
        return ()
    pool = request.app.state.service.pool
    known = await uploads.about_to_be_named(pool, [one.sha256 for one in given], user.person_id)
    said = []
    for one in {(one.sha256, one.shows): one for one in given}.values():
        found = known.get(one.sha256)
        if found is None or not await store_of(request).has(one.sha256):
            raise Rejected("file-missing", NOT_YOURS, field)
        name = uploads.plain_name(one.name)
        kept = Evidence(sha256=one.sha256, name=name, media_type=found.media_type, size=found.size)
        said.append(kept.model_copy(update={"shows": one.shows}))
    return tuple(said)
