"""Which of the two languages an answer speaks, and the chassis' own sentences in both."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from starlette.requests import Request

Language = Literal["zh", "en"]
LANGUAGE_COOKIE = "lang"


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in both languages; `{name}` places are filled by `say`."""

    zh: str
    en: str

    def say(self, language: Language, **params: object) -> str:
        sentence = self.zh if language == "zh" else self.en
        return sentence.format(**params) if params else sentence


def language(request: Request) -> Language:
    """`?lang=`, else the cookie, else Accept-Language; Chinese where nothing is said."""
    asked = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE)
    if asked in ("zh", "en"):
        return asked  # type: ignore[return-value]
    return _accepted(request.headers.get("accept-language", ""))


def _accepted(header: str) -> Language:
    for part in header.split(","):
        tag = part.split(";")[0].strip().lower()
        if tag.startswith("zh"):
            return "zh"
        if tag.startswith("en"):
            return "en"
    return "zh"


def translate(request: Request, sentence: str) -> str:
    """A domain sentence (its Chinese is its catalogue key) in the request's language.

    The catalogue belongs to the screens; they register it as `app.state.translate`."""
    lookup: Callable[[str, str], str] | None = getattr(request.app.state, "translate", None)
    return lookup(sentence, language(request)) if lookup else sentence
