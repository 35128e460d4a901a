"""Keeps a language chosen by ?lang= for the following requests, and lets Python code translate while one runs."""

from http.cookies import SimpleCookie

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.chassis.web.language import LANGUAGE_COOKIE, language
from services.ui.i18n import LANGUAGES, speaking

YEAR_S = 365 * 24 * 3600


class LanguageMiddleware:
    """Pure ASGI, so that streaming answers (SSE) are not buffered."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        chosen = request.query_params.get("lang")

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start" and chosen in LANGUAGES:
                MutableHeaders(scope=message).append("Set-Cookie", _cookie(chosen))
            await send(message)

        with speaking(language(request)):
            await self.app(scope, receive, keep)


def _cookie(code: str) -> str:
    jar = SimpleCookie()
    jar[LANGUAGE_COOKIE] = code
    jar[LANGUAGE_COOKIE]["path"] = "/"
    jar[LANGUAGE_COOKIE]["max-age"] = str(YEAR_S)
    jar[LANGUAGE_COOKIE]["samesite"] = "Lax"
    return jar.output(header="").strip()
