"""Who is logged in: a signed token, carried as a cookie by browsers and as a bearer token by scripts."""

import hashlib
import hmac
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import Response

from contracts.envelope import Actor

SESSION_COOKIE = "huiyin_session"
SESSION_LENGTH = timedelta(hours=12)
"""A working day with its overtime; then everyone logs in again, whoever was left logged in."""


@dataclass(frozen=True, slots=True)
class User:
    """The person logged in, the unit they act for now, and their roles there."""

    person_id: str
    name: str
    unit_id: str
    unit_name: str
    roles: tuple[str, ...]

    def has(self, *roles: str) -> bool:
        """Whether the user holds one of `roles`."""
        return not set(roles).isdisjoint(self.roles)

    def actor(self, role: str | None = None, *, acting_for: str | None = None) -> Actor:
        """Who the events of this user's commands name; `role` is the one that permitted the act."""
        chosen = role or (self.roles[0] if self.roles else "none")
        return Actor(person=self.person_id, unit=self.unit_id, role=chosen, acting_for=acting_for)


@dataclass(frozen=True, slots=True)
class Session:
    """A login. `by_cookie` says that the browser sends it by itself, so that forms must prove themselves."""

    user: User
    expires: datetime
    by_cookie: bool


class Sessions:
    """Makes and reads signed tokens. All services share the secret, so each reads what intake issued.

    Age is real time, also where the installation's time is simulated: a simulated week passes in minutes.
    """

    def __init__(self, secret: str, *, secure: bool, length: timedelta = SESSION_LENGTH) -> None:
        self._signer = URLSafeTimedSerializer(
            secret, salt="huiyin.session", signer_kwargs={"digest_method": hashlib.sha256}
        )
        self._csrf_key = hashlib.sha256(b"huiyin.csrf:" + secret.encode()).digest()
        self._secure = secure
        self._length = length

    def issue(self, user: User) -> str:
        """A token for `user`, good until its time runs out."""
        return self._signer.dumps(asdict(user))

    def read(self, token: str, *, by_cookie: bool) -> Session | None:
        """The session of a token; none when it is forged, altered or too old."""
        try:
            data, signed = self._signer.loads(token, max_age=int(self._length.total_seconds()), return_timestamp=True)
        except BadSignature:
            return None
        return Session(_user(data), signed + self._length, by_cookie)

    def csrf_token(self, session: Session) -> str:
        """What a form must send back; a page of another site cannot know it.

        It names the person, not the login: a form that was open while the session ran out can still be sent after
        logging in again, and a form opened by one person is not sent in another's name.
        """
        return hmac.new(self._csrf_key, session.user.person_id.encode(), "sha256").hexdigest()

    def csrf_holds(self, session: Session, token: str | None) -> bool:
        return token is not None and hmac.compare_digest(token.encode(), self.csrf_token(session).encode())

    def set_cookie(self, response: Response, token: str) -> None:
        response.set_cookie(
            SESSION_COOKIE,
            token,
            max_age=int(self._length.total_seconds()),
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )

    def clear_cookie(self, response: Response) -> None:
        response.delete_cookie(SESSION_COOKIE, path="/", secure=self._secure, httponly=True, samesite="lax")


def _user(data: dict[str, Any]) -> User:
    return User(**{**data, "roles": tuple(data["roles"])})


def sessions(request: Request) -> Sessions:
    """The process' sessions, as `make_app` set them up."""
    found: Sessions = request.app.state.sessions
    return found


def current_session(request: Request) -> Session | None:
    """The session a request carries, read once: a bearer token before a cookie."""
    if not hasattr(request.state, "session"):
        request.state.session = _read(request)
    session: Session | None = request.state.session
    return session


def _read(request: Request) -> Session | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return sessions(request).read(token.strip(), by_cookie=False)
    cookie = request.cookies.get(SESSION_COOKIE)
    return sessions(request).read(cookie, by_cookie=True) if cookie else None


def set_session(request: Request, response: Response, user: User) -> str:
    """Log `user` in on this answer; gives the token, which scripts send as `Authorization: Bearer`."""
    token = sessions(request).issue(user)
    sessions(request).set_cookie(response, token)
    return token


def clear_session(request: Request, response: Response) -> None:
    """Log out on this answer."""
    sessions(request).clear_cookie(response)


def csrf_token(request: Request) -> str:
    """The token for a form on this page; empty when nobody is logged in (login checks the origin instead)."""
    session = current_session(request)
    return sessions(request).csrf_token(session) if session else ""
