"""Schemathesis tries every parameter of the OpenAPI document: no fault, and answers as the document says.

The seed is fixed: whatever it finds, it finds again. `FUZZ_S=600 FUZZ_SEED=7` tries longer, and something else.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.served import Served

HERE = Path(__file__).resolve().parent
CHECKS = "not_a_server_error,unsupported_method,content_type_conformance,response_schema_conformance"
FUZZ_S = int(os.environ.get("FUZZ_S", "20"))
SEED = os.environ.get("FUZZ_SEED", "1")
EXAMPLES_MAX = 5 * max(1, FUZZ_S // 20)  # for each operation
REQUEST_S_MAX = 120  # on a busy machine; whether an answer is quick is not tested here


@pytest.fixture(params=["sqlite", "postgres"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Served]:
    """An empty server on each database."""
    environment = {}
    if request.param == "postgres":
        environment["CADEAU_DATABASE_URL"] = request.getfixturevalue("postgres_url")
    with Served(tmp_path / "data", environment) as opened:
        yield opened


def test_no_parameter_causes_a_fault(server: Served, tmp_path: Path) -> None:
    ada = server.join()
    if "CADEAU_DATABASE_URL" in server.environment:  # a moderator on one database, a member on the other
        server.grant(ada, "moderator")
    # One worker: in 3.11 two threads that parse Python at once can end in a SystemError (python/cpython#106905).
    command = [
        sys.executable, "-W", "ignore", "-m", "schemathesis.cli", "run", f"{server.url}/api/openapi.json",
        "--header", f"Authorization: Bearer {ada.token}", "--checks", CHECKS, "--phases", "coverage,fuzzing",
        "--exclude-path", "/api/sessions/current",  # which would end the session
        "--max-time", str(FUZZ_S), "--max-examples", str(EXAMPLES_MAX), "--workers", "1", "--seed", SEED,
        "--request-timeout", str(REQUEST_S_MAX), "--suppress-health-check", "all", "--continue-on-failure",
        "--generation-database", "none", "--warnings", "off", "--no-color",
    ]  # fmt: skip
    environment = server.inherited | {"SCHEMATHESIS_HOOKS": str(HERE / "fuzz_hooks.py")}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-5_000:]
    assert "Traceback" not in server.log
    assert server.http.get("/healthz").status_code == 200
