"""Generates the OpenAPI 3.1 document from the operations and their types."""

from __future__ import annotations

import re
from collections.abc import Iterable
from types import NoneType
from typing import Any

import msgspec

from core.http import Access, Operation
from core.http.refusals.problems import Problem

_REF = "#/components/schemas/{name}"


def openapi_document(
    operations: Iterable[Operation], *, version: str, extra_paths: dict[str, Any], cookie: str = "cadeau_session"
) -> dict[str, Any]:
    """`extra_paths`: finished path items for what is not an operation (uploads, media sessions)."""
    operations = list(operations)
    bodies = [o.body_type for o in operations if o.body_type]
    answers = [o.answer_type for o in operations if _is_schema(o.answer_type)]
    (*schemas,), components = msgspec.json.schema_components([*bodies, *answers, Problem], ref_template=_REF)
    problem = schemas.pop()
    body_schemas = iter(schemas[: len(bodies)])
    answer_schemas = iter(schemas[len(bodies) :])
    paths: dict[str, Any] = {}
    for operation in operations:
        body = next(body_schemas) if operation.body_type else None
        answer = next(answer_schemas) if _is_schema(operation.answer_type) else None
        path = re.sub(r"{(\w+):\w+}", r"{\1}", operation.path)
        paths.setdefault(path, {})[operation.method.lower()] = _operation(operation, path, body, answer, problem)
    for path, item in extra_paths.items():
        paths.setdefault(path, {}).update(item)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Cadeau", "version": version, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": cookie},
            },
        },
    }


def _is_schema(answer: Any) -> bool:
    return answer not in (None, NoneType) and not (
        isinstance(answer, type) and answer.__module__.startswith("starlette")
    )


def _operation(operation: Operation, path: str, body: Any, answer: Any, problem: Any) -> dict[str, Any]:
    status = "204" if operation.answer_type in (None, NoneType) else str(operation.status)
    success: dict[str, Any] = {"description": "Success."}
    if answer is not None:
        success["content"] = {"application/json": {"schema": answer}}
    result: dict[str, Any] = {
        "operationId": _operation_id(operation.method, path),
        "summary": operation.summary,
        "parameters": _parameters(operation, path),
        "responses": {
            status: success,
            "default": {
                "description": "A refusal with a stable code.",
                "content": {"application/problem+json": {"schema": problem}},
            },
        },
    }
    if body is not None:
        result["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    if operation.access is not Access.ANYONE:
        result["security"] = [{"bearer": []}, {"cookie": []}]
    return result


def _parameters(operation: Operation, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", path)
    ]
    if operation.query_type is not None:
        for field in msgspec.structs.fields(operation.query_type):
            schema = msgspec.json.schema(field.type)
            found.append({"name": field.encode_name, "in": "query", "required": field.required, "schema": schema})
    if operation.money:
        key = {"type": "string", "minLength": 1, "maxLength": 64}
        found.append({"name": "Idempotency-Key", "in": "header", "required": True, "schema": key})
    return found


def _operation_id(method: str, path: str) -> str:
    words = re.findall(r"\w+", path.removeprefix("/api"))
    return "_".join([method.lower(), *words])
