"""Attachments over HTTP: uploaded alone or with a form, looked at by whoever may, shown as missing when gone."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any
from urllib.parse import quote

import orjson
from fastapi import APIRouter, Depends
from fastapi import Path as Part
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from contracts.dispatch import Evidence
from services.chassis.files.failures import FileMissing, FilesAway
from services.chassis.files.kinds import Kind
from services.chassis.service import Service
from services.chassis.web import FormErrors, Text, User, require
from services.reference.attachments import uploads
from services.reference.attachments.naming import place_of, store_of
from services.reference.attachments.sweep import Sweep
from services.ui.i18n import N_
from services.ui.i18n import gettext as _

SHOWS = {"before": N_("办理前"), "after": N_("办理后")}

MOST_FILES = 9
"""Photographs of one act; more says less."""

SHOWN_WITHIN_S = 2.0
"""A page does not wait longer for a store to say which files it has."""

SHA256 = r"^[0-9a-f]{64}$"
MEGABYTES = uploads.MAX_FILE_BYTES // 2**20
TOO_LARGE = Text(
    f"“{{name}}”超过 {MEGABYTES} MB，请压缩后再传。", f"“{{name}}” is larger than {MEGABYTES} MB; make it smaller."
)
UNKNOWN_KIND = Text(
    "“{name}”的格式不能接收；可传图片、PDF、OFD、不含宏的 Office/WPS 文件和纯文本。",
    "“{name}” is of a kind that is not taken: send images, PDF, OFD, Office files without macros, or plain text.",
)
EMPTY = Text("“{name}”是空文件。", "“{name}” is empty.")
TOO_MUCH = Text(
    "您上传而未使用的文件太多，请先提交或等待清理。",
    "Too much that you uploaded is not used yet; submit it first.",
)
TOO_MANY = Text(f"一次最多 {MOST_FILES} 个附件。", f"At most {MOST_FILES} attachments at once.")
NO_SUCH_BOX = Text("附件信息有误，请重新选择文件。", "An attachment is not described rightly; choose the file again.")
NO_FILE = Text("请选择要上传的文件。", "Choose a file to upload.")


async def keep_swept(service: Service) -> None:
    """Goes on beside the pages until the service stops."""
    service.keep("file sweep", Sweep(service, partial(place_of, service)).run())


MULTIPART = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}


def files_router(service: str, uploading: Sequence[str], seeing: Sequence[str]) -> APIRouter:
    """Uploading for whoever does something that an event records with evidence, and looking at what was uploaded."""
    router = APIRouter(prefix=f"/{service}", tags=[service])

    @router.post("/api/files", status_code=201, openapi_extra=MULTIPART, response_model_exclude_defaults=True)
    async def upload(request: Request, user: Annotated[User, Depends(require(*uploading))]) -> Evidence:
        """One file as `file` of a multipart form. The answer is what an act takes as `evidence`."""
        given = (await request.form()).get("file")
        if not isinstance(given, UploadFile):
            raise FormErrors({"file": NO_FILE}, {})
        taken = await _take(request, user, given)
        if isinstance(taken, Text):
            raise FormErrors({"file": taken}, {})
        return taken

    @router.get("/files/{sha256}", include_in_schema=False)
    async def download(
        request: Request,
        user: Annotated[User, Depends(require(*seeing))],
        sha256: Annotated[str, Part(pattern=SHA256)],
    ) -> Response:
        """The file as it was uploaded; 404 for one that no event names and this person did not upload."""
        return await _download(request, user, sha256)

    return router


async def _take(request: Request, user: User, given: UploadFile) -> Evidence | Text:
    """The kept file, or why it is not kept."""
    name = uploads.plain_name(given.filename)

    def said(text: Text) -> Text:
        return Text(text.zh.format(name=name), text.en.format(name=name))

    if given.size is not None and given.size > uploads.MAX_FILE_BYTES:
        return said(TOO_LARGE)
    content = await given.read()
    if not content:
        return said(EMPTY)
    pool = request.app.state.service.pool
    try:
        return await uploads.take(pool, store_of(request), user.person_id, given.filename, content)
    except uploads.TooLarge:
        return said(TOO_LARGE)
    except uploads.UnknownKind:
        return said(UNKNOWN_KIND)
    except uploads.TooMuch:
        return TOO_MUCH


def keeping(request: Request, user: User, *fields: str) -> Callable[[dict[str, Any]], Awaitable[None]]:
    """For `read_form(…, prepare=keeping(request, user))`: files sent with a form are kept at once, as `evidence` or
    as whatever its fields of files are called.

    So a form that is refused comes back with its files as ticked boxes, and nobody chooses them again. A box holds
    the JSON of the kept file.
    """

    async def prepare(typed: dict[str, Any]) -> None:
        """Every field first: what is wrong with one must not lose the files of the others."""
        errors: dict[str, Text] = {}
        for field in fields or ("evidence",):
            if (given := typed.pop(field, None)) is not None and (refused := await keep(typed, field, given)):
                errors[field] = refused
        if errors:
            raise FormErrors(errors, typed)

    async def keep(typed: dict[str, Any], field: str, given: Any) -> Text | None:
        kept: list[dict[str, Any]] = []
        refused: Text | None = None
        parts = given if isinstance(given, list) else [given]
        for part in parts[:MOST_FILES]:
            if isinstance(part, UploadFile):
                taken = await _take(request, user, part)
                if isinstance(taken, Text):
                    refused = refused or taken
                    continue
                kept.append(taken.model_dump())
            elif (box := _box(part)) is not None:
                kept.append(box.model_dump())
            else:
                refused = refused or NO_SUCH_BOX
        typed[field] = kept
        return refused or (TOO_MANY if len(parts) > MOST_FILES else None)

    return prepare


def _box(given: object) -> Evidence | None:
    """A file that an earlier try of the form has kept; nothing for what is no such file."""
    try:
        return Evidence.model_validate(orjson.loads(given) if isinstance(given, str) else given)
    except ValueError:
        return None


async def _download(request: Request, user: User, sha256: str) -> Response:
    found = await uploads.find(request.app.state.service.pool, sha256, user.person_id)
    if found is None:
        raise FileMissing(sha256)
    # Asked for again at every look, since a role may end; unchanged bytes are not sent twice.
    headers = {"ETag": f'"{sha256}"', "Cache-Control": "private, no-cache"}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    content = await store_of(request).get(sha256)
    shown = "inline" if found.kind.in_the_page else "attachment"
    headers["Content-Disposition"] = f"{shown}; filename*=UTF-8''{quote(found.name, safe='')}"
    return Response(content, media_type=found.media_type, headers=headers)


@dataclass(frozen=True, slots=True)
class FileView:
    """An attachment on a page, for `ui.evidence_list`."""

    name: str
    href: str | None
    """None: the file is missing."""

    image: bool
    size: int
    word: str = ""
    """Whether it shows the place before or after, where its sender said so."""


async def views(request: Request, evidence: Sequence[Evidence | Mapping[str, Any]]) -> list[FileView]:
    """Attachments as a page shows them. A store that is away hides nothing: its links then say so themselves."""
    service = request.app.state.service.spec.name
    given = [one if isinstance(one, Evidence) else Evidence.model_validate(one) for one in evidence]
    try:
        async with asyncio.timeout(SHOWN_WITHIN_S):
            there = await asyncio.gather(*(store_of(request).has(one.sha256) for one in given))
    except (FilesAway, TimeoutError):
        there = [True] * len(given)
    return [
        FileView(
            one.name,
            f"/{service}/files/{one.sha256}" if is_there else None,
            Kind(one.media_type).image,
            one.size,
            _(SHOWS[one.shows]) if one.shows else "",
        )
        for one, is_there in zip(given, there, strict=True)
    ]
