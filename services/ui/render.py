"""Pages and fragments of pages: one template, rendered whole or by block, around one view dataclass."""

from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import fields, is_dataclass
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from jinja2 import BytecodeCache, ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket
from starlette.requests import Request
from starlette.responses import HTMLResponse

from services.chassis.web.language import language as asked_language
from services.ui import chrome, formats, i18n, icons
from services.ui.assets import Assets, shared
from services.ui.forms import BLANK, new_command_id

TEMPLATES = Path(__file__).parent / "templates"
VARY = "HX-Request-Type, Cookie, Accept-Language"
_chrome: ContextVar[chrome.Chrome | None] = ContextVar("chrome", default=None)


class Ui:
    """The templates of one service and what frames them; kept as `app.state.ui`."""

    def __init__(
        self,
        service: str,
        template_dirs: Sequence[Path],
        *,
        district_name: str | Callable[[], str] = "",
        clock: chrome.Now | None = None,
        simulated: bool = False,
        own_static: Assets | None = None,
    ) -> None:
        self.service, self.own_static = service, own_static
        self.district_name, self.clock, self.simulated = district_name, clock, simulated
        self.env = environment(template_dirs, own_static)

    def frame(self, request: Request, *, fresh: bool = True, as_of: datetime | None = None) -> chrome.Chrome:
        return chrome.build(
            request,
            self.service,
            district=self.district_name,
            clock=self.clock,
            simulated=self.simulated,
            fresh=fresh,
            as_of=as_of,
        )

    def html(self, request: Request, name: str, values: Mapping[str, Any], *, block: str | None, **frame: Any) -> str:
        template = self.env.get_template(name)
        with i18n.speaking(asked_language(request)):
            around = self.frame(request, **frame)
            token = _chrome.set(around)
            try:
                context = {"chrome": around, "request_path": request.url.path, **values}
                if block is None:
                    return template.render(context)
                return "".join(template.blocks[block](template.new_context(context)))
            finally:
                _chrome.reset(token)

    def block_for(self, request: Request, name: str, wanted: str | None) -> str | None:
        """Which part htmx asked for: `wanted`, else the block named like the target's id, else the content."""
        if request.headers.get("HX-Request-Type") != "partial":
            return None
        blocks = self.env.get_template(name).blocks
        target = request.headers.get("HX-Target", "").partition("#")[2].replace("-", "_")
        for candidate in (wanted, target, "content"):
            if candidate and candidate in blocks:
                return candidate
        return None


class _Compiled(BytecodeCache):
    """Templates compiled in this process: tests make the same service hundreds of times, at 0.2 to 0.6 s a time."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if kept := self._kept.get(bucket.key):
            bucket.bytecode_from_string(kept)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _Compiled()


def environment(template_dirs: Sequence[Path], own_static: Assets | None = None) -> Environment:
    """Strict: an undefined name is an error, not an empty string."""
    loaders = [FileSystemLoader(str(folder)) for folder in (*template_dirs, TEMPLATES)]
    env = Environment(
        loader=ChoiceLoader(loaders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        bytecode_cache=_COMPILED,
    )
    install: Callable[..., None] = env.install_gettext_callables  # type: ignore[attr-defined]
    # Not jinja's "newstyle": that formats every string, so that a lone "%" would be an error.
    install(i18n.gettext, i18n.ngettext, newstyle=False, pgettext=i18n.pgettext, npgettext=i18n.npgettext)
    env.filters.update(formats.FILTERS)
    env.globals.update(
        asset=shared().url,
        own_asset=own_static.url if own_static else _no_own_static,
        icon=icons.icon,
        new_command_id=new_command_id,
        BLANK=BLANK,
        NAV=chrome.NAV,
        PATHS=SimpleNamespace(login=chrome.LOGIN, me=chrome.ME, logout=chrome.LOGOUT, help=chrome.HELP),
        csrf_token=lambda: _current().csrf,
        language=i18n.language,
        html_lang=lambda: i18n.HTML_LANG[i18n.language()],
        LIGHT_WORDS=LIGHT_WORDS,
    )
    env.globals["ui"] = _macros(env)
    return env


LIGHT_WORDS = {
    "red": i18n.N_("红灯"),
    "yellow": i18n.N_("黄灯"),
    "green": i18n.N_("绿灯"),
    "paused": i18n.N_("暂停"),
    "waiting": i18n.N_("未派单"),
    "closed": i18n.N_("已销号"),
    "pending": i18n.N_("待核"),
}


def _macros(env: Environment) -> SimpleNamespace:
    """Every macro of templates/macros/*.html as one global, since blocks rendered alone do not see a page's imports."""
    found = SimpleNamespace()
    env.globals["ui"] = found  # macros of one file call those of another through it
    for path in sorted((TEMPLATES / "macros").glob("*.html")):
        module = env.get_template(f"macros/{path.name}").module
        for name in dir(module):
            if not name.startswith("_"):
                setattr(found, name, getattr(module, name))
    return found


def _no_own_static(name: str) -> str:
    raise KeyError(f"{name!r}: this service was installed without static files of its own")


def _current() -> chrome.Chrome:
    found = _chrome.get()
    if found is None:
        raise LookupError("no page is being rendered")
    return found


def page(
    request: Request,
    template: str,
    view: object = None,
    *,
    block: str | None = None,
    status: int = 200,
    fresh: bool = True,
    as_of: datetime | None = None,
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> HTMLResponse:
    """The whole page, or for a partial htmx request only the block it asked for.

    `view` is a dataclass whose fields become the template's names (also as `view`). `fresh=False` says
    「已提交，正在更新」; `as_of` says that the data are older than they should be.
    """
    ui: Ui = request.app.state.ui
    values = {"view": view, **_names(view), **more}
    wanted = ui.block_for(request, template, block)
    body = ui.html(request, template, values, block=wanted, fresh=fresh, as_of=as_of)
    return HTMLResponse(body, status, headers={"Vary": VARY, "Cache-Control": "no-store", **(headers or {})})


def problem_page(request: Request, problem: Any, typed: Mapping[str, Any] | None = None) -> HTMLResponse:
    """An error as a page people can act on; `problem` is the chassis' Problem, `typed` a form to send again."""
    return page(request, "errors/problem.html", None, status=problem.status, problem=problem, typed=typed or {})


def _names(view: object) -> dict[str, Any]:
    if view is None:
        return {}
    if isinstance(view, Mapping):
        return dict(view)
    if is_dataclass(view):
        return {f.name: getattr(view, f.name) for f in fields(view)}
    raise TypeError("a view is a dataclass or a mapping")
