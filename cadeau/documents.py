"""Serves the OpenAPI document and the page of error codes."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from core.errors import Refusal
from core.http import Operation
from core.http.openapi import openapi_document


def _sdp_path(summary: str, bearer: bool) -> dict[str, Any]:
    sdp = {"content": {"application/sdp": {"schema": {"type": "string"}}}}
    created = {
        "description": "The session.",
        "headers": {"Location": {"schema": {"type": "string"}}, "ETag": {"schema": {"type": "string"}}},
        **sdp,
    }
    post: dict[str, Any] = {
        "summary": summary,
        "requestBody": {"required": True, **sdp},
        "responses": {"201": created, "default": _problem()},
    }
    if bearer:
        post["security"] = [{"bearer": []}]
    return {"parameters": [_path("room")], "post": post}


def _session_path(summary: str) -> dict[str, Any]:
    fragment = {"content": {"application/trickle-ice-sdpfrag": {"schema": {"type": "string"}}}}
    return {
        "parameters": [_path("room"), _path("session")],
        "patch": {
            "summary": f"{summary}: trickle ICE",
            "requestBody": {"required": True, **fragment},
            "responses": {"204": {"description": "Accepted."}, "default": _problem()},
        },
        "delete": {
            "summary": f"{summary}: leave",
            "responses": {"200": {"description": "The session has ended."}, "default": _problem()},
        },
    }


def _layer_path() -> dict[str, Any]:
    number, text = {"type": "number"}, {"type": "string"}
    layer = {"layer": text, "width": number, "height": number, "bitrate_bps": number, "frames_per_second": number}
    view = _object(
        {
            "layers": {"type": "array", "items": _object(layer, "layer", "bitrate_bps", "frames_per_second")},
            "playing": {"type": ["string", "null"]},
            "choice": text,
            "estimate_bps": {"type": ["number", "null"]},
            "round_trip_ms": {"type": ["number", "null"]},
            "loss": number,
        },
        "layers", "playing", "choice", "estimate_bps", "round_trip_ms", "loss",
    )  # fmt: skip
    answers = {
        "200": {"description": "The current layers.", "content": {"application/json": {"schema": view}}},
        "default": _problem(),
    }
    choice = _object({"choice": text, "height": {"type": "integer"}}, "choice")
    return {
        "parameters": [_path("room"), _path("session")],
        "get": {"summary": "Watch: list the layers", "responses": answers},
        "put": {
            "summary": "Watch: choose a layer",
            "requestBody": {"required": True, "content": {"application/json": {"schema": choice}}},
            "responses": answers,
        },
    }


def _object(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required)}


def _path(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _problem() -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": "A refusal with a stable code.", "content": {"application/problem+json": {"schema": schema}}}


def _tus(summary: str, status: str) -> dict[str, Any]:
    return {
        "summary": f"tus 1.0: {summary}",
        "security": [{"bearer": []}, {"cookie": []}],
        "responses": {status: {"description": "Success."}, "default": _problem()},
    }


EXTRA_PATHS: dict[str, Any] = {
    "/live/{room}/whip": _sdp_path("Publish (WHIP, RFC 9725)", bearer=True),
    "/live/{room}/whip/{session}": _session_path("Publish"),
    "/live/{room}/whep": _sdp_path("Watch (WHEP)", bearer=False),
    "/live/{room}/whep/{session}": _session_path("Watch"),
    "/live/{room}/whep/{session}/layer": _layer_path(),
    "/api/uploads": {"options": _tus("get the server's capabilities", "204"), "post": _tus("create an upload", "201")},
    "/api/uploads/{upload}": {
        "parameters": [_path("upload")],
        "head": _tus("get the offset", "200"),
        "patch": _tus("append bytes", "204"),
        "delete": _tus("discard the upload", "204"),
    },
}


def document_json(routes: Iterable[BaseRoute], *, version: str, cookie: str) -> bytes:
    operations = [route for route in routes if isinstance(route, Operation)]
    document = openapi_document(operations, version=version, extra_paths=EXTRA_PATHS, cookie=cookie)
    return msgspec.json.encode(document)


def document_routes(operations: list[Operation], *, version: str, cookie: str) -> list[BaseRoute]:
    content = document_json(operations, version=version, cookie=cookie)

    async def openapi(_request: Request) -> Response:
        return Response(content, media_type="application/json")

    page = _errors_page().encode()

    async def errors(_request: Request) -> Response:
        return Response(page, media_type="text/html; charset=utf-8")

    return [Route("/api/openapi.json", openapi), Route("/docs/errors", errors)]


def _errors_page() -> str:
    """The page that the `type` of a problem document points to."""
    rows = "".join(
        f'<tr id="{escape(code)}"><td><code>{escape(code)}</code><td>{kind.status}<td>{escape(kind.title)}'
        for code, kind in sorted(all_refusals().items())
    )
    return f'<!doctype html><html lang="en"><title>Errors of Cadeau</title><h1>Errors</h1><table>{rows}</table></html>'


def all_refusals(kind: type[Refusal] = Refusal) -> dict[str, type[Refusal]]:
    """Every refusal of the loaded domains, by code."""
    found: dict[str, type[Refusal]] = {}
    for sub in kind.__subclasses__():
        found |= {sub.code: sub} | all_refusals(sub)
    return found
