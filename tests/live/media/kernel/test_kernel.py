"""The C kernel is built where possible and used according to the setting."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

import pytest

import live.media.kernel
import live.media.kernel.build as building
from live.media.fanout.python_engine import PythonEngine
from live.media.kernel import (
    KernelEngine,
    KernelMissingError,
    KernelReceiveEngine,
    open_engine,
    open_receive_engine,
    unavailable,
)
from live.media.transport.receive_engine import PythonReceiveEngine
from tests.live.media.kernel.kernel_here import buildable, built, why_not


@buildable
def test_the_kernel_is_built_and_newer_than_its_sources() -> None:
    """Otherwise this folder's tests would pass without testing it."""
    assert why_not() == ""
    assert unavailable() == "", "run `make .run/kernel`"
    assert building.BUILT.stat().st_mtime >= max(path.stat().st_mtime for path in building.sources())


@built
def test_the_setting_chooses_the_engine(sock: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    assert open_engine(sock, "auto").name.startswith("C, ")
    assert open_engine(sock, "c").name.startswith("C, ")
    assert isinstance(open_engine(sock, "python"), PythonEngine)
    assert isinstance(open_receive_engine("auto"), KernelReceiveEngine)
    assert isinstance(open_receive_engine("c"), KernelReceiveEngine)
    assert isinstance(open_receive_engine("python"), PythonReceiveEngine)
    monkeypatch.setattr(live.media.kernel, "unavailable", lambda: "nobody built it")
    assert isinstance(open_engine(sock, "auto"), PythonEngine)
    assert isinstance(open_receive_engine("auto"), PythonReceiveEngine)
    with pytest.raises(KernelMissingError, match="nobody built it"):
        open_engine(sock, "c")


@built
def test_unknown_ciphers_and_unusable_sockets_are_refused(sock: socket.socket) -> None:
    with pytest.raises(ValueError, match="cipher"):
        KernelEngine(sock, cipher="ROT13")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other, pytest.raises(ValueError, match="IPv"):
        KernelEngine(other)


def test_without_a_compiler_a_message_is_printed_and_the_old_kernel_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    old = tmp_path / "_kernel.so"
    old.write_bytes(b"")
    monkeypatch.setattr(building, "BUILT", old)
    monkeypatch.setenv("CC", "no-compiler-of-that-name")
    assert building.main([str(tmp_path / "stamp")]) == 0
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert "no-compiler-of-that-name" in said
    assert list(tmp_path.iterdir()) == []


@buildable
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_it_compiles_without_warnings(compiler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"there is no {compiler} here")
    monkeypatch.setenv("CC", compiler)
    building.build(tmp_path / "_kernel.so", ["-Werror", "-Wshadow", "-Wstrict-prototypes", "-Wvla", "-Wcast-align"])
