"""One address for four services: the routing table and the Caddy configuration made from it."""

import json
import shutil
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

SERVICES = ("intake", "dispatch", "supervision", "reporting")

ROUTES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("intake", ("/", "/login", "/login/*", "/logout", "/intake", "/intake/*")),
    ("dispatch", ("/dispatch", "/dispatch/*")),
    ("supervision", ("/supervision", "/supervision/*")),
    ("reporting", ("/reporting", "/reporting/*", "/audit", "/audit/*")),
)
"""Which service answers which path."""

SHARED = ("/_ui/*", "/favicon.ico")
"""Static files have the same content and address at every service: whoever is up answers."""

ALIVE = "/_gateway"

RETRY = "3s"
"""How long a request waits for a service that is being restarted before it is told 503."""

UNAVAILABLE = """<!doctype html><html lang="zh-CN"><meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>正在恢复 · 回音</title><h1>这部分服务正在恢复</h1>
<p>其他部分可以继续使用。已经提交成功的内容不会丢失，请稍后刷新本页。</p>
<p lang="en">This part of Huiyin is restarting. Nothing that was confirmed is lost; reload in a moment.</p></html>"""


def caddy_config(host: str, port: int, upstreams: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Caddy's JSON configuration for one plain-HTTP address in front of the services' addresses (`host:port`)."""
    routes = [
        {"match": [{"path": list(paths)}], "handle": [_proxy(upstreams[service])], "terminal": True}
        for service, paths in ROUTES
    ]
    everyone = [address for service in SERVICES for address in upstreams[service]]
    routes.append({"match": [{"path": list(SHARED)}], "handle": [_proxy(everyone)], "terminal": True})
    server = {
        "listen": [f"{host}:{port}"],
        "routes": [_alive(), _compressed(), *routes, {"handle": [_answer(404, "404")]}],
        "errors": {"routes": [_problem_for_programs(), _page_for_people()]},
        "automatic_https": {"disable": True},
    }
    return {
        "admin": {"disabled": True, "config": {"persist": False}},
        "logging": {"logs": {"default": {"level": "WARN"}}},
        "apps": {"http": {"grace_period": "2s", "servers": {"gateway": server}}},
    }


class NoGateway(Exception):
    """Caddy is not installed."""


def program() -> str:
    """The Caddy that was installed with the environment, else the one on the path."""
    for folder in (sysconfig.get_path("scripts"), str(Path(sys.executable).parent), None):
        found = shutil.which("caddy", path=folder)
        if found:
            return found
    raise NoGateway("no caddy: the package caddyserver is not installed; run `make up`")


def write(path: Path, config: Mapping[str, Any]) -> Path:
    """Write the configuration where Caddy will read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(config, indent=1, ensure_ascii=False))
    return path


def _proxy(addresses: Sequence[str]) -> dict[str, Any]:
    return {
        "handler": "reverse_proxy",
        "upstreams": [{"dial": address} for address in addresses],
        "load_balancing": {
            "selection_policy": {"policy": "round_robin"},
            "try_duration": RETRY,
            "try_interval": "100ms",
        },
        "health_checks": {"passive": {"fail_duration": "1s", "max_fails": 1}} if len(addresses) > 1 else {},
    }


def _alive() -> dict[str, Any]:
    """Tells the launcher that the gateway itself runs, whatever the services do."""
    return {"match": [{"path": [ALIVE]}], "handle": [_answer(200, "ok")], "terminal": True}


def _compressed() -> dict[str, Any]:
    """Live updates stay uncompressed: a compressor would hold small messages back."""
    return {
        "match": [{"not": [{"path": ["*/events"]}]}],
        "handle": [{"handler": "encode", "encodings": {"zstd": {}, "gzip": {}}, "prefer": ["zstd", "gzip"]}],
    }


def _problem_for_programs() -> dict[str, Any]:
    body = {"type": "about:blank", "title": "Service unavailable", "status": 503, "code": "service-restarting"}
    answer = _answer(503, json.dumps(body), "application/problem+json")
    return {"match": [{"path": ["*/api/*"]}], "handle": [answer], "terminal": True}


def _page_for_people() -> dict[str, Any]:
    return {"handle": [_answer(503, UNAVAILABLE, "text/html; charset=utf-8")]}


def _answer(status: int, body: str, content_type: str = "text/plain; charset=utf-8") -> dict[str, Any]:
    headers = {
        "Content-Type": [content_type],
        "Retry-After": ["2"],
        "Content-Security-Policy": ["default-src 'self'"],
        "Cache-Control": ["no-store"],
    }
    return {"handler": "static_response", "status_code": str(status), "headers": headers, "body": body}
