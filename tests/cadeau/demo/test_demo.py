"""The demo hands its stream key over where nobody else can read it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from cadeau.app import open_cadeau
from cadeau.demo import demo
from core.settings import Settings

KEY = "the-secret-stream-key"


async def test_the_stream_key_is_not_on_the_publishers_command_line(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "python").write_text('#!/bin/sh\necho "arguments $*"; read -r key; echo "key $key"; exec sleep 60\n')
    (tmp_path / "python").chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    children = asyncio.Queue[asyncio.subprocess.Process]()
    start = asyncio.create_subprocess_exec

    async def listen(*command: str, **options: object) -> asyncio.subprocess.Process:
        child = await start(*command, **options, stdout=asyncio.subprocess.PIPE)  # type: ignore[arg-type]
        children.put_nowait(child)
        return child

    monkeypatch.setattr(asyncio, "create_subprocess_exec", listen)
    cadeau = open_cadeau(Settings(data_dir=tmp_path, database_url=sqlite_url))
    publishing = asyncio.create_task(demo.Demo(cadeau)._publish("room", KEY))
    async with asyncio.timeout(60):
        child = await children.get()
        assert child.stdout is not None
        arguments, key = await child.stdout.readline(), await child.stdout.readline()
        publishing.cancel()
        await asyncio.wait([publishing])
        await child.wait()
    cadeau.close()
    assert b"/live/room/whip" in arguments
    assert KEY.encode() not in arguments
    assert key == f"key {KEY}\n".encode()
