"""A Cadeau server in its own process, and a person who uses its API."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import httpx

from cadeau.migrations import migrate
from core.database import Database
from core.ids import new_id
from tests.coins import add_coins
from tests.forks import Forked, Forks
from tests.services import free_port, wait_for_port

OWN = (sys.executable, "-m", "cadeau")
DATABASE = "cadeau.db"
ROOT = Path(__file__).resolve().parent.parent
PASSWORD = "correct horse battery"


class Person:
    """A person who is signed in."""

    def __init__(self, server: Served, handle: str, token: str, id: str) -> None:
        self.server = server
        self.handle = handle
        self.token = token
        self.id = id
        self.http = server.client(headers={"Authorization": f"Bearer {token}"})

    def buy_coins(self, pack: str = "") -> int:
        """Buy a pack, by default the largest, and return the balance."""
        packs = self.http.get("/api/coins").json()["items"]
        pack = pack or max(packs, key=lambda p: int(p["coins"]))["pack"]
        answer = self.http.post("/api/wallet/purchases", json={"pack": pack}, headers={"Idempotency-Key": new_id()})
        assert answer.status_code == 201, answer.text
        return int(self.http.get("/api/wallet").json()["coins"])

    def open_room(self, title: str = "A room") -> dict[str, Any]:
        answer = self.http.post("/api/rooms", json={"title": title})
        assert answer.status_code == 201, answer.text
        room: dict[str, Any] = answer.json()
        return room


@functools.cache
def _migrated() -> Path:
    """A migrated SQLite file to copy: a server migrates a new one for half a second."""
    folder = Path(tempfile.mkdtemp(prefix="cadeau-migrated-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    database = Database(f"sqlite:///{folder / DATABASE}")
    migrate(database)
    database.close()
    return folder / DATABASE


class Served:
    """`with Served(folder) as server:`; `kill()` and `start()` again keep the folder and the ports."""

    forks: ClassVar[Forks | None] = None
    """Starts its processes, if set and no other command is given."""

    def __init__(
        self,
        data_dir: Path,
        environment: Mapping[str, str] | None = None,
        command: Sequence[str] = OWN,
        cwd: Path = ROOT,
    ) -> None:
        self.data_dir = data_dir
        self.command = command
        self.cwd = cwd
        self.port = free_port()
        self.media_port = free_port(socket.SOCK_DGRAM)
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            "CADEAU_PORT": str(self.port),
            "CADEAU_MEDIA_PORT": str(self.media_port),
            "CADEAU_DATA_DIR": str(data_dir),
            "CADEAU_DEMO": "0",
            "CADEAU_RATE_LIMITS": "0",
            "CADEAU_SECOND_OPINION_PERCENT": "0",  # chance would fail tests
            "CADEAU_MODERATION_SAMPLE_PERCENT": "0",
            **(environment or {}),
        }
        self.people: list[Person] = []
        self.process: subprocess.Popen[bytes] | Forked | None = None
        self._clients: list[httpx.Client] = []
        self.http = self.client()

    def __enter__(self) -> Served:
        if self.process is None:
            self.start()
        return self

    def __exit__(self, *_: object) -> None:
        for client in self._clients:
            client.close()
        self.stop()

    def client(self, **options: Any) -> httpx.Client:
        """An HTTP client that is closed with the server."""
        made = httpx.Client(base_url=self.url, timeout=30, **options)
        self._clients.append(made)
        return made

    @property
    def log(self) -> str:
        return (self.data_dir / "server.log").read_text()

    @property
    def inherited(self) -> dict[str, str]:
        """The environment of the tests, without Cadeau's settings."""
        return {k: v for k, v in os.environ.items() if not k.startswith("CADEAU_")}

    def run(self, *arguments: str, check: bool = True) -> str:
        """Run another command with this server's settings and return its output."""
        environment = self.inherited | self.environment
        if self.command is OWN and self.forks is not None:
            return self.forks.run("cadeau", *arguments, environment=environment, check=check).stdout
        done = subprocess.run(
            [*self.command, *arguments],
            cwd=self.cwd, env=environment, check=check, capture_output=True, text=True,
        )  # fmt: skip
        return done.stdout

    def start(self) -> None:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        if self.command is OWN and "CADEAU_DATABASE_URL" not in self.environment and not any(self.data_dir.iterdir()):
            shutil.copy(_migrated(), self.data_dir / DATABASE)
        environment = self.inherited | self.environment
        with (self.data_dir / "server.log").open("ab") as log:
            if self.command is OWN and self.forks is not None:
                self.process = self.forks.start("cadeau", "serve", environment=environment, stdout=log, stderr=log)
            else:
                self.process = subprocess.Popen(
                    [*self.command, "serve"],
                    cwd=self.cwd, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                )  # fmt: skip
        try:
            wait_for_port(self.port, self.process)
        except (RuntimeError, TimeoutError) as error:
            self.process.kill()  # or it runs on, and its end is blamed on another test
            self.process.wait()
            self.process = None
            raise RuntimeError(f"{error}\n{self.log}") from None

    def stop(self) -> int:
        """Stop it with SIGTERM, as a supervisor does. Returns the exit status."""
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Kill it with SIGKILL."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> int:
        if self.process is None:
            return 0
        self.process.send_signal(how)
        try:
            status = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"the server did not stop:\n{self.log}") from None
        self.process = None
        return status

    def join(self, handle: str = "", birthdate: str = "1990-05-17") -> Person:
        """Create an account."""
        handle = handle or f"p{new_id()}"
        body = {"handle": handle, "password": PASSWORD, "birthdate": birthdate}
        answer = self.http.post("/api/people", json=body)
        assert answer.status_code == 201, answer.text
        made = answer.json()
        self.http.cookies.clear()
        self.people.append(Person(self, handle, made["token"], made["id"]))
        return self.people[-1]

    def end_rooms(self) -> None:
        """End the rooms that earlier tests left live, so that the server does not wait for their hosts to return."""
        hosts = {person.id: person for person in self.people}
        for room in self.http.get("/api/rooms", params={"state": "live"}).json()["items"]:
            assert hosts[room["host"]["id"]].http.delete(f"/api/rooms/{room['id']}").status_code == 200

    def grant(self, person: Person, role: str) -> None:
        """Grant a role through the command line."""
        self.run("admin", "grant", person.handle, role)

    def credit(self, person: Person, coins: int) -> None:
        """Credit any number of coins, in the SQLite file beside the running server."""
        database = Database(f"sqlite:///{self.data_dir / 'cadeau.db'}")
        database.write(lambda c: add_coins(c, person.id, coins, new_id()))
        database.close()
