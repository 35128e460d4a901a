"""Attachments: what is taken, that one content is one object, who may look, what happens to the unused and the lost."""

import io
import re
import zipfile
from datetime import timedelta
from hashlib import sha256
from html import unescape
from pathlib import Path

import httpx
import pytest

from contracts.catalogue import TYPES
from contracts.dispatch import Evidence
from services.chassis.files.failures import FileMissing, FilesAway
from services.chassis.files.kinds import ACCEPT, kind_of
from services.chassis.files.store import FileStore, digest_of
from services.dispatch.read.evidence import NAMING
from services.reference.attachments.sweep import Sweep
from services.reference.attachments.uploads import LONGEST_NAME, MAX_FILE_BYTES, plain_name
from services.reference.attachments.web import MOST_FILES
from services.ui.render import TEMPLATES
from tests.dispatch.asking import handed_over, post
from tests.dispatch.world import AUDITOR, CITY, ROAD, World, key

JPEG = b"\xff\xd8\xff\xe0" + b"demo picture" * 20
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def package(*parts: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as written:
        for part in parts:
            written.writestr(part, "x")
    return made.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "found"),
    [
        (JPEG, "a.exe", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n....", "", "image/png"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "", "image/webp"),
        (b"\x00\x00\x00\x18ftypheic", "", "image/heic"),
        (b"%PDF-1.7\n", "", "application/pdf"),
        (package("[Content_Types].xml", "word/document.xml"), "a.zip", WORD),
        (package("OFD.xml", "Doc_0/Document.xml"), "", "application/ofd"),
        (package("word/document.xml", "word/vbaProject.bin"), "a.docx", None),
        (package("a.txt"), "a.docx", None),
        (b"PK\x03\x04 broken", "a.docx", None),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "报告.WPS", "application/msword"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "setup.msi", None),
        ("现场已修复".encode(), "", "text/plain;charset=utf-8"),
        ("现场已修复".encode("gb18030"), "", "text/plain;charset=gb18030"),
        (b"MZ\x90\x00\x03", "a.jpg", None),
        (b"\x7fELF\x02\x01", "a.txt", None),
        (b"   ", "a.txt", None),
    ],
)
def test_a_file_is_what_its_bytes_say(content: bytes, name: str, found: str | None) -> None:
    kind = kind_of(content, name)
    assert (kind.media_type if kind else None) == found


def test_a_page_never_runs_what_somebody_uploaded() -> None:
    kind = kind_of(b"<html><script>alert(1)</script></html>", "a.html")
    assert kind is not None
    assert kind.media_type.startswith("text/plain")
    assert not kind.image


def test_names_are_plain() -> None:
    assert plain_name("C:\\fake\\..\\现场.jpg") == "现场.jpg"
    assert plain_name("a\u202egpj.exe\n") == "agpj.exe"
    assert plain_name("") == plain_name(None) == plain_name("x/") == "file"
    long = plain_name("长" * 300 + ".jpg")
    assert len(long) == LONGEST_NAME
    assert long.endswith(".jpg")


async def test_one_content_is_one_object_and_damage_is_noticed_and_mended(tmp_path: Path) -> None:
    store = FileStore.at("", tmp_path / "files")
    assert await store.put(JPEG) == await store.put(JPEG) == sha256(JPEG).hexdigest()
    [lies] = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert await store.get(digest_of(JPEG)) == JPEG
    lies.write_bytes(JPEG[:-1])
    with pytest.raises(FileMissing):
        await store.get(digest_of(JPEG))
    await store.put(JPEG)
    assert await store.get(digest_of(JPEG)) == JPEG
    await store.remove(digest_of(JPEG))
    await store.remove(digest_of(JPEG))
    assert not await store.has(digest_of(JPEG))


async def test_a_store_that_takes_nothing_says_so(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    store = FileStore.at("", tmp_path / "files")
    (tmp_path / "files" / "sha256").write_text("in the way")
    with pytest.raises(FilesAway):
        await store.put(JPEG)


def test_the_form_tells_the_limits_that_hold() -> None:
    macro = (TEMPLATES / "macros" / "evidence.html").read_text()
    assert f"最多 {MOST_FILES} 个，每个不超过 {MAX_FILE_BYTES // 2**20} MB" in macro
    assert f'accept="{ACCEPT}"' in macro


def test_every_event_with_evidence_is_known_to_name_it() -> None:
    naming = {event for event in TYPES.values() if event.OWNER == "dispatch" and "evidence" in event.model_fields}
    assert naming == set(NAMING)


async def upload(client: httpx.AsyncClient, content: bytes, name: str = "现场.jpg") -> httpx.Response:
    return await client.post("/dispatch/api/files", files={"file": (name, content)}, headers=key())


async def test_a_file_from_upload_to_everybodys_sight(world: World) -> None:
    _case, order = await handed_over(world, territory=None)
    async with world.api(ROAD) as road, world.api(AUDITOR) as audit, world.api(CITY) as city:
        said = await upload(road, JPEG)
        assert said.status_code == 201, said.text
        assert said.json() == {
            "sha256": sha256(JPEG).hexdigest(),
            "name": "现场.jpg",
            "media_type": "image/jpeg",
            "size": len(JPEG),
        }
        assert (await upload(road, JPEG, "再传.jpg")).json()["sha256"] == said.json()["sha256"]
        assert await world.service.pool.fetchval("SELECT count(*) FROM stored_file") == 1
        for content, name in ((b"MZ\x90\x00", "a.jpg"), (b"", "a.jpg"), (b"x" * (16 * 2**20 + 1), "a.txt")):
            refused = await upload(road, content, name)
            assert refused.status_code == 422
            assert refused.json()["errors"][0]["field"] == "file"
        assert (await upload(audit, JPEG)).status_code == 403

        # A full disk, or a crash between row and file: the same upload again mends it.
        good, broken = world.app.state.files, world.service.settings.data_dir / "broken"
        broken.mkdir()
        (broken / "sha256").write_text("in the way")
        world.app.state.files = FileStore.at(str(broken), broken)
        away = await upload(road, b"%PDF-1.7 mended", "报告.pdf")
        assert (away.status_code, away.json()["code"]) == (503, "files-away")
        world.app.state.files = good
        report = f"/dispatch/files/{digest_of(b'%PDF-1.7 mended')}"
        assert (await road.get(report)).status_code == 404
        assert (await upload(road, b"%PDF-1.7 mended", "报告.pdf")).status_code == 201
        assert (await road.get(report)).content == b"%PDF-1.7 mended"

        # Before an event names it only the uploader may look, and nobody else may name it.
        where = f"/dispatch/files/{said.json()['sha256']}"
        assert (await road.get(where)).content == JPEG
        for nobody in (audit, city):
            missing = await nobody.get(where)
            assert (missing.status_code, missing.json()["code"]) == (404, "file-missing")

        assert (await post(road, f"/orders/{order}/sign")).status_code == 201
        strange = Evidence(sha256="0" * 64, name="没有.jpg", media_type="image/jpeg", size=3).model_dump()
        refused = await post(road, f"/orders/{order}/progress", {"text": "已进场", "evidence": [strange]})
        assert (refused.status_code, refused.json()["code"]) == (422, "file-missing")
        told = await post(
            road, f"/orders/{order}/progress", {"text": "已进场", "evidence": [{**said.json(), "size": 1}]}
        )
        assert told.status_code == 201, told.text
        await world.settled()
        seen = await audit.get(where)
        assert seen.content == JPEG
        assert seen.headers["content-type"] == "image/jpeg"
        assert "inline" in seen.headers["content-disposition"]
        again = await audit.get(where, headers={"If-None-Match": seen.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        size = await world.service.pool.fetchval("SELECT size FROM evidence_file")
        assert size == len(JPEG), "what was found in the bytes, not what was sent"

        # The unused goes, the named stays; what is lost is told.
        await upload(road, b"%PDF-1.7 never named", "草稿.pdf")
        store = world.app.state.files
        sweep = Sweep(world.service, lambda: store)
        assert await sweep.sweep(older_than=timedelta(hours=1)) == 0
        assert await sweep.sweep(older_than=timedelta(0)) == 2
        assert not await store.has(digest_of(b"%PDF-1.7 never named"))
        assert await world.service.pool.fetchval("SELECT count(*) FROM upload WHERE name = '草稿.pdf'") == 0
        assert (await audit.get(where)).status_code == 200
        await store.remove(said.json()["sha256"])
        assert (await audit.get(where)).json()["code"] == "file-missing"
    async with world.browser(AUDITOR) as browser:
        page = await browser.get(where)
        assert page.status_code == 404
        assert "文件缺失" in page.text


async def test_a_refused_form_keeps_its_files_without_scripts(world: World) -> None:
    case_id, order = await handed_over(world, territory=None)
    async with world.api(ROAD) as road:
        assert (await post(road, f"/orders/{order}/sign")).status_code == 201
    await world.settled()
    where = f"/dispatch/cases/{case_id}/orders/{order}/progress"
    async with world.browser(ROAD) as browser:
        page = (await browser.get(f"/dispatch/cases/{case_id}")).text
        assert 'enctype="multipart/form-data"' in page
        fields = {name: re.findall(f'name="{name}" value="([^"]+)"', page)[0] for name in ("csrf", "command_id")}
        two = [("evidence", ("现场.jpg", JPEG)), ("evidence", ("a.exe", b"MZ\x90\x00"))]
        refused = await browser.post(where, data={**fields, "text": "已进场"}, files=two)
        assert refused.status_code == 422
        assert "“a.exe”的格式不能接收" in refused.text
        [box] = re.findall(r'name="evidence" value="([^"]+)" checked', refused.text)
        fields["command_id"] = re.findall(r'name="command_id" value="([^"]+)"', refused.text)[0]
        sent = await browser.post(where, data={**fields, "text": "已进场", "evidence": unescape(box)}, files=[])
        assert sent.status_code == 303, sent.text
        await world.settled()
        shown = (await browser.get(f"/dispatch/cases/{case_id}")).text
        assert f'href="/dispatch/files/{digest_of(JPEG)}"' in shown
        await world.app.state.files.remove(digest_of(JPEG))
        assert "文件缺失" in (await browser.get(f"/dispatch/cases/{case_id}")).text
