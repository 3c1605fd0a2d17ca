"""The kernel in C: its ciphers are AES-GCM and SRTP to the bit, it holds nobody up, it touches no byte out of place.

That it sends what it should is in test_fanout.py, as for every engine."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import os
import secrets
import shutil
import socket
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import live.kernel
import live.kernel.build as building
from live.fanout import Numbers, Outlet, Route, joining
from live.kernel import (
    FRAMES_UNDER_WAY_MAX,
    KernelEngine,
    KernelMissingError,
    KernelReading,
    open_engine,
    open_reading,
    unavailable,
)
from live.python_fanout import PythonEngine
from live.reading import PythonReading
from live.rtp import Packet, parse
from live.srtp import AEAD_AES_128_GCM, AES128_CM_SHA1_80, LibsrtpOpener, MasterKey, Profile, sealer

ROOT = Path(__file__).resolve().parent.parent.parent
DEBIAN = shutil.which("apt-get") is not None  # where tests/install-services brings all of it
FUZZ_S = 15
PAYLOAD_BYTES_MAX = 1500
RTP = 0  # enum stream


def why_not() -> str:
    try:
        building.check()
    except building.CannotBuildError as reason:
        return str(reason)
    return ""


buildable = pytest.mark.skipif(why_not() != "" and not DEBIAN, reason=f"the kernel cannot be built here: {why_not()}")
built = pytest.mark.skipif(why_not() != "" and not DEBIAN and unavailable() != "", reason="there is no kernel here")


@buildable
def test_the_kernel_is_built_and_newer_than_its_sources() -> None:
    """Otherwise the tests of this folder would pass without it."""
    assert why_not() == ""
    assert unavailable() == "", "run `make .run/kernel`"
    sources = [path for path in building.FOLDER.iterdir() if path.suffix in (".c", ".h")]
    assert building.BUILT.stat().st_mtime >= max(path.stat().st_mtime for path in sources)


# The ciphers by themselves, as a library.


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    made = tmp_path_factory.mktemp("ciphers") / "ciphers.so"
    sources = [str(building.FOLDER / name) for name in ("gcm_aesni.c", "gcm_vaes.c", "srtp.c")]
    flags = [flag for flag in building.FLAGS if flag != "-fvisibility=hidden"]
    subprocess.run([*building.compiler(), *flags, "-shared", *sources, "-lcrypto", "-o", str(made)], check=True)
    opened = ctypes.CDLL(str(made))
    for question in (opened.gcm_aesni_runs, opened.gcm_vaes_runs, opened.srtp_open):
        question.restype = ctypes.c_bool
    opened.srtp_seal.restype = ctypes.c_size_t
    return opened


def aligned(size: int) -> ctypes.Array[ctypes.c_char]:
    """Memory that begins at a multiple of 64."""
    block = ctypes.create_string_buffer(size + 64)
    return (ctypes.c_char * size).from_buffer(block, -ctypes.addressof(block) % 64)


class Nonce(ctypes.Structure):
    _fields_ = (("high", ctypes.c_uint64), ("low", ctypes.c_uint32))


Gcm = Callable[[bytes, bytes, bytes, bytes], bytes]


@pytest.fixture(params=["aesni", "vaes"])
def gcm(request: pytest.FixtureRequest, library: ctypes.CDLL) -> Gcm:
    if not getattr(library, f"gcm_{request.param}_runs")():
        pytest.skip("this processor does not have it")
    seal = getattr(library, f"gcm_seal_{request.param}")

    def encrypt(key: bytes, nonce: bytes, associated: bytes, text: bytes) -> bytes:
        expanded, out = aligned(512), aligned(2048)
        library.gcm_expand(expanded, key)
        behind = secrets.token_bytes(128)  # is read but must not matter
        number = Nonce(int.from_bytes(nonce[:8], "big"), int.from_bytes(nonce[8:], "big"))
        sizes = ctypes.c_size_t(len(associated)), ctypes.c_size_t(len(text))
        seal(expanded, number, associated + behind, sizes[0], text + behind, sizes[1], out)
        return out.raw[: len(text) + 16]

    return encrypt


@buildable
@pytest.mark.parametrize(
    ("key", "nonce", "associated", "text", "sealed"),
    [
        ("00" * 16, "00" * 12, "", "", "58e2fccefa7e3061367f1d57a4e7455a"),
        ("00" * 16, "00" * 12, "", "00" * 16, "0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf"),
        (
            "feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888", "",
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
            "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255",
            "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
            "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091473f5985"
            "4d5c2af327cd64a62cf35abd2ba6fab4",
        ),
        (
            "feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
            "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
            "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
            "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
            "5bc94fbc3221a5db94fae95ae7121a47",
        ),
    ],
    ids=["nothing", "one block", "four blocks", "with associated data"],
)  # fmt: skip
def test_gcm_is_that_of_its_specification(
    gcm: Gcm, key: str, nonce: str, associated: str, text: str, sealed: str
) -> None:
    """The test cases with 128-bit keys and 96-bit nonces of the specification NIST took over."""
    given = (bytes.fromhex(part) for part in (key, nonce, associated, text))
    assert gcm(*given).hex() == sealed


@buildable
def test_gcm_is_that_of_openssl_at_every_length(gcm: Gcm) -> None:
    for size in range(PAYLOAD_BYTES_MAX + 3):
        key, nonce, text = secrets.token_bytes(16), secrets.token_bytes(12), secrets.token_bytes(size)
        associated = secrets.token_bytes((12, 20, 24, size % 300)[size % 4])
        assert gcm(key, nonce, associated, text) == AESGCM(key).encrypt(nonce, text, associated), size


@buildable
def test_gcm_is_that_of_openssl_at_every_length_of_a_header(gcm: Gcm) -> None:
    """Beyond what a header may have: blocks are hashed eight at a time, and what is left of them."""
    for size in range(600):
        key, nonce, text = (
            secrets.token_bytes(16),
            secrets.token_bytes(12),
            secrets.token_bytes((0, 40, 1100)[size % 3]),
        )
        associated = secrets.token_bytes(size)
        assert gcm(key, nonce, associated, text) == AESGCM(key).encrypt(nonce, text, associated), size


@buildable
@pytest.mark.parametrize("profile", [AEAD_AES_128_GCM, AES128_CM_SHA1_80], ids=lambda p: p.name)
@pytest.mark.parametrize("cipher", [0, 1, 2], ids=["libcrypto", "AES-NI", "VAES"])
def test_srtp_is_that_of_the_server_at_every_length(library: ctypes.CDLL, cipher: int, profile: Profile) -> None:
    """Whose own is held to libsrtp's in test_srtp.py."""
    if not library.cipher_runs(cipher):
        pytest.skip("this processor does not have it")
    for size in range(PAYLOAD_BYTES_MAX + 3):
        if size % 100 == 0:
            key = MasterKey(profile, secrets.token_bytes(16), secrets.token_bytes(profile.salt_bytes))
            state, seal = aligned(1024), sealer(key).seal
            assert library.srtp_open(state, cipher, ctypes.c_bool(profile.aead), RTP, key.key, key.salt)
        header, text = secrets.token_bytes((12, 20, 24, size % 300)[size % 4]), secrets.token_bytes(size)
        ssrc, index = secrets.randbits(32), secrets.randbits(48)
        packet = aligned(2048)
        ctypes.memmove(packet, header, len(header))
        made = library.srtp_seal(
            state, ctypes.c_uint32(ssrc), ctypes.c_uint64(index), packet, ctypes.c_size_t(len(header)),
            text + bytes(128), ctypes.c_size_t(size),
        )  # fmt: skip
        assert packet.raw[:made] == header + seal(ssrc, index, header, text), size
        if size % 100 == 99:
            library.srtp_close(state)
            assert state.raw.strip(b"\0") == b"", "keys stay behind"


# Turns of the event loop.


@pytest.fixture
def sock() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        opened.bind(("127.0.0.1", 0))
        yield opened


@contextlib.contextmanager
def receiving() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        opened.bind(("127.0.0.1", 0))
        opened.setblocking(False)
        yield opened


def received(sock: socket.socket) -> list[bytes]:
    found = []
    with contextlib.suppress(BlockingIOError):
        while True:
            found.append(sock.recv(2048))
    return found


def some_key() -> MasterKey:
    return MasterKey(AEAD_AES_128_GCM, secrets.token_bytes(16), secrets.token_bytes(12))


def audience(engine: KernelEngine, count: int, address: object) -> list[Outlet]:
    made: list[Outlet] = []
    for _ in range(count):
        outlet = engine.outlet(some_key(), Route(1, 96), address)
        outlet.renumber(joining(70_000), 70_000)
        made.append(outlet)
    return made


def frame(start: int, count: int = 5, size: int = 1100) -> list[Packet]:
    return [Packet(start + i, 9000, i == count - 1, False, bytes(size)) for i in range(count)]


async def turns_until(done: Callable[[], bool], progress: Callable[[], int]) -> list[int]:
    """How far it goes in each turn of the loop, until it is done."""
    steps: list[int] = []
    before = progress()
    while not done():
        assert len(steps) < 10_000
        await asyncio.sleep(0)
        now = progress()
        steps.append(now - before)
        before = now
    return steps


async def turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


@built
async def test_three_thousand_viewers_do_not_hold_the_loop(sock: socket.socket) -> None:
    """Turns are of two milliseconds. That is no room for more than 1,500 viewers of five packets each on any machine:
    the system needs more than a quarter of a microsecond for a packet."""
    engine = KernelEngine(sock)
    fanout = engine.fanout()
    with receiving() as sink:
        viewers = audience(engine, 3000, sink.getsockname())
        for viewer in viewers:
            fanout.add(viewer)

        def frames_sent() -> int:
            return (sum(viewer.packets for viewer in viewers) + engine.dropped) // 5

        fanout.send(frame(70_000))
        first = frames_sent()
        steps = [first, *await turns_until(lambda: frames_sent() == 3000, frames_sent)]
    assert sum(steps) == 3000
    assert max(steps) <= 1500


@built
async def test_a_turn_without_time_is_sixteen_viewers(sock: socket.socket) -> None:
    """The clock is looked at that often, so a slow machine is held for no longer than that takes."""
    engine = KernelEngine(sock, turn_ns=0)
    fanout, other = engine.fanout(), engine.fanout()
    with receiving() as sink:
        viewers = audience(engine, 200, sink.getsockname())
        for i, viewer in enumerate(viewers):
            (other if i % 4 == 0 else fanout).add(viewer)
        fanout.send(frame(70_000, 2, 100))
        other.send(frame(70_000, 2, 100))
        assert sum(viewer.packets for viewer in viewers) == 2 * 16 * 2
        steps = await turns_until(
            lambda: all(viewer.packets == 2 for viewer in viewers), lambda: sum(viewer.packets for viewer in viewers)
        )
        assert len(received(sink)) == 400
    assert max(steps) <= 16 * 2, "one turn of the loop is one turn of one fan-out"


@built
async def test_who_comes_and_goes_while_frames_are_under_way_gets_what_is_theirs(sock: socket.socket) -> None:
    """Nothing twice, nothing out of order, nothing from before; and who stays where they are gets all."""
    engine = KernelEngine(sock, turn_ns=0)
    fanout, other = engine.fanout(), engine.fanout()
    with contextlib.ExitStack() as stack:
        keys = [some_key() for _ in range(64)]
        sockets = [stack.enter_context(receiving()) for _ in keys]
        viewers: list[Outlet] = []
        for key, theirs in zip(keys, sockets, strict=True):
            viewers.append(engine.outlet(key, Route(1, 96), theirs.getsockname()))
            viewers[-1].renumber(joining(70_000), 70_000)
            if len(viewers) <= 60:
                fanout.add(viewers[-1])
        leaving, switching, joining_late, moving = viewers[0:20], viewers[35:40], viewers[60:64], viewers[50]
        elsewhere = stack.enter_context(receiving())
        for start in (70_000, 70_005, 70_010):
            fanout.send(frame(start))
        for viewer in leaving:
            fanout.remove(viewer)  # some have the first frame, some do not
        for viewer in joining_late:
            fanout.add(viewer)
        moving.move(elsewhere.getsockname())
        for viewer in switching:
            fanout.remove(viewer)
            viewer.renumber(Numbers(400 - (70_100 - viewer.numbers.origin)), 400)
            other.add(viewer)
        other.send(frame(395) + frame(400))
        staying = [v for v in viewers[20:60] if v not in switching]
        await turns(60)  # at sixteen viewers each
        fanout.send(frame(70_015))
        await turns(60)
        got = {}
        for key, theirs, viewer in zip(keys, sockets, viewers, strict=True):
            data = received(theirs) + (received(elsewhere) if viewer is moving else [])
            parsed = [parse(opened) for opened in map(LibsrtpOpener(key).open, data) if opened is not None]
            assert len(parsed) == len(data) == viewer.packets, "sent twice, or with somebody else's key"
            got[viewer] = [p.sequence for p in parsed if p is not None]
    assert all(numbers == sorted(numbers) for numbers in got.values())
    first = 70_000 - joining(70_000).origin
    # One who was last took the place of each who left: it may have lost frames that were past that place.
    whole = [v for v in staying if got[v] == list(range(first, first + 20))]
    assert len(whole) >= len(staying) - len(leaving) - len(switching)
    assert all(got[v][-5:] == list(range(first + 15, first + 20)) for v in staying)
    assert all(got[v] == list(range(first + 15, first + 20)) for v in joining_late)
    assert all(set(got[v]) <= set(range(first, first + 5)) for v in leaving)
    assert all(got[v][-5:] == list(range(first + 100, first + 105)) for v in switching)


@built
async def test_what_cannot_be_sent_in_time_is_dropped_and_counted(sock: socket.socket) -> None:
    engine = KernelEngine(sock, turn_ns=0)
    fanout = engine.fanout()
    with receiving() as sink:
        viewers = audience(engine, 40, sink.getsockname())
        for viewer in viewers:
            fanout.add(viewer)
        count = FRAMES_UNDER_WAY_MAX + 3
        for i in range(count):
            fanout.send(frame(70_000 + 5 * i, 5, 100))
        # The first had come to sixteen, the others to nobody yet: three make room.
        assert engine.dropped == (24 + 40 + 40) * 5
        await turns(3 * count)
        assert len(received(sink)) == sum(viewer.packets for viewer in viewers) == (40 * count - 24 - 40 - 40) * 5


@built
def test_without_a_loop_everybody_has_the_frame_at_once(sock: socket.socket) -> None:
    engine = KernelEngine(sock, turn_ns=0)
    fanout = engine.fanout()
    with receiving() as sink:
        viewers = audience(engine, 100, sink.getsockname())
        for viewer in viewers:
            fanout.add(viewer)
        fanout.send(frame(70_000, 2, 100))
        assert all(viewer.packets == 2 for viewer in viewers)


@built
def test_other_threads_run_while_it_sends_but_cannot_reach_into_it(sock: socket.socket) -> None:
    engine = KernelEngine(sock)
    fanout = engine.fanout()
    with receiving() as sink:
        one, *viewers = audience(engine, 2000, sink.getsockname())
        for viewer in viewers:
            fanout.add(viewer)

        def send() -> None:
            for i in range(20):
                fanout.send(frame(70_000 + 5 * i))

        sending = threading.Thread(target=send)
        sending.start()
        refused = 0
        while sending.is_alive():
            try:
                fanout.add(one)
                fanout.remove(one)
            except RuntimeError:
                refused += 1
                with contextlib.suppress(ValueError, RuntimeError):
                    fanout.remove(one)
        sending.join()
    assert refused > 0
    assert sum(viewer.packets for viewer in viewers) + engine.dropped >= 20 * 5 * len(viewers)


# What is let go of.


class Tape:
    def write(self, framed: bytes) -> None:
        pass


@built
def test_what_is_let_go_of_leaves_nothing_behind(sock: socket.socket) -> None:
    """Neither memory nor references, with whatever outcome."""

    def live_and_die(rounds: int) -> None:
        for _ in range(rounds):
            engine = KernelEngine(sock)
            for cipher in (AEAD_AES_128_GCM, AES128_CM_SHA1_80):
                fanout = engine.fanout()
                key = MasterKey(cipher, bytes(16), bytes(cipher.salt_bytes))
                outlets = [engine.outlet(key, route, tape) for _ in range(10)]
                for outlet in outlets:
                    outlet.renumber(numbers, 70_000)
                    fanout.add(outlet)
                fanout.remove(outlets[0])
                fanout.send(packets)
                fanout.send_to(outlets[0], packets)
                outlets[1].repeat(packets, numbers, 0)
                outlets[2].move(("127.0.0.1", 9))
                for refused in (
                    lambda: fanout.add(outlets[1]),  # noqa: B023
                    lambda: fanout.send([*packets, Packet(-1, 0, False, False, b"")]),  # noqa: B023
                    lambda: fanout.send([*packets, Packet(1, 0, False, False, b"", descriptor=b"12")]),  # noqa: B023
                    lambda: fanout.send([*packets, Packet(1, 0, False, False, b"", descriptor=bytes(256))]),  # noqa: B023
                    lambda: outlets[2].move(("nowhere", 9)),  # noqa: B023
                    lambda: outlets[2].move(5),  # noqa: B023
                    lambda: outlets[2].repeat(packets, Numbers(70_001), 0),  # noqa: B023
                    lambda: engine.outlet(key, Route(1, 128), tape),  # noqa: B023
                    lambda: engine.outlet(key, Route(1, 96, dependency=256), tape),  # noqa: B023
                    lambda: engine.outlet(MasterKey(cipher, b"", b""), route, tape),  # noqa: B023
                ):
                    with pytest.raises((ValueError, AttributeError)):
                        refused()

    def references() -> list[int]:
        gc.collect()
        return [sys.getrefcount(kept) for kept in kept_by_us]

    route, numbers, tape, packets = Route(1, 96, 2, 97, 3, 4), Numbers(1000, 2000, 3, 4, 5), Tape(), frame(70_000)
    packets[0].descriptor = bytes(range(200))
    live_and_die(20)
    kept_by_us = sock, route, numbers, tape, packets[0], packets[0].payload, packets[0].descriptor
    before, resident = references(), resident_kb()
    live_and_die(300)
    assert references() == before
    assert resident_kb() - resident < 3000, "6,000 outlets alone are 4,500 KB"


def resident_kb() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


@built
def test_an_audience_whose_fan_out_is_forgotten_is_collected(sock: socket.socket) -> None:
    """Also when it stands in a circle: stream, outlet, fan-out, engine and stream again."""

    class Session(Tape):
        outlet: Outlet
        fanout: object

    session = Session()
    gone = weakref.ref(session)
    engine = KernelEngine(sock)
    session.outlet, fanout = engine.outlet(some_key(), Route(1, 96), session), engine.fanout()
    fanout.add(session.outlet)
    session.fanout = fanout
    del engine, fanout, session
    gc.collect()
    assert gone() is None


# Choosing and building.


@built
def test_the_fan_out_is_the_one_the_setting_names(sock: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    assert open_engine(sock, "auto").name.startswith("C, ")
    assert open_engine(sock, "c").name.startswith("C, ")
    assert isinstance(open_engine(sock, "python"), PythonEngine)
    assert isinstance(open_reading("auto"), KernelReading)
    assert isinstance(open_reading("c"), KernelReading)
    assert isinstance(open_reading("python"), PythonReading)
    monkeypatch.setattr(live.kernel, "unavailable", lambda: "nobody built it")
    assert isinstance(open_engine(sock, "auto"), PythonEngine)
    assert isinstance(open_reading("auto"), PythonReading)
    with pytest.raises(KernelMissingError, match="nobody built it"):
        open_engine(sock, "c")


@built
def test_ciphers_nobody_has_and_sockets_of_no_use_are_refused(sock: socket.socket) -> None:
    with pytest.raises(ValueError, match="cipher"):
        KernelEngine(sock, cipher="ROT13")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other, pytest.raises(ValueError, match="IPv"):
        KernelEngine(other)


def test_without_a_compiler_one_line_says_so_and_nothing_old_stays(
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
def test_it_compiles_without_a_warning(compiler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"there is no {compiler} here")
    monkeypatch.setenv("CC", compiler)
    building.build(tmp_path / "_kernel.so", ["-Werror", "-Wshadow", "-Wstrict-prototypes", "-Wvla", "-Wcast-align"])


# Under sanitizers, in a process of its own.


@pytest.fixture(scope="module")
def sanitized(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A kernel that ends its process at the first thing C does not allow, and the environment that process needs."""
    folder = tmp_path_factory.mktemp("sanitized")
    if shutil.which("gcc") is None and not DEBIAN:
        pytest.skip("there is no gcc here")
    preloaded = []
    for name in ("libasan.so", "libubsan.so"):
        asked = subprocess.run(["gcc", f"-print-file-name={name}"], capture_output=True, text=True, check=True)
        if not Path(asked.stdout.strip()).is_absolute() and not DEBIAN:
            pytest.skip(f"there is no {name} here")
        preloaded.append(asked.stdout.strip())
    faulty = folder / "faulty.so"
    source = Path(__file__).parent / "faulty_sendmmsg.c"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-Wall", str(source), "-o", str(faulty), "-ldl"], check=True)
    kernel = folder / building.BUILT.name
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CC", "gcc")
        flags = ["-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer"]
        building.build(kernel, flags)
    environment = {
        **os.environ,
        "LD_PRELOAD": " ".join(preloaded),
        "FAULTY": str(faulty),
        "ASAN_OPTIONS": "detect_leaks=0:abort_on_error=0:exitcode=99",  # what the interpreter itself leaves is its own
        "UBSAN_OPTIONS": "print_stacktrace=1",
        "PYTHONMALLOC": "malloc",  # so that the interpreter's objects are watched too
    }
    return kernel, environment


def run_child(sanitized: tuple[Path, dict[str, str]], *arguments: str, faulty: bool = False, seed: int = 1) -> None:
    kernel, environment = sanitized
    if faulty:
        preload = f"{environment['LD_PRELOAD']} {environment['FAULTY']}"
        environment = {**environment, "LD_PRELOAD": preload, "FAULTS_SEED": str(seed)}
    command = [sys.executable, "-m", "tests.live.kernel_child", str(kernel), *arguments]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=300)
    print(done.stdout[-4000:])
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-4000:]}\n{done.stderr[-20_000:]}"


@buildable
def test_the_sanitizers_are_at_work(sanitized: tuple[Path, dict[str, str]]) -> None:
    """Else the tests below would find nothing, ever."""
    kernel, environment = sanitized
    symbols = kernel.read_bytes()
    assert b"__asan_report_load" in symbols
    assert b"__ubsan_handle" in symbols
    poke = "import ctypes; ctypes.CDLL(None).memset(ctypes.c_void_p(ctypes.CDLL(None).malloc(8) or 8), 0, 9)"
    poke = poke.replace("ctypes.CDLL(None).malloc(8)", "(lambda f: (setattr(f, 'restype', ctypes.c_void_p), f(8))[1])"
                        "(ctypes.CDLL(None).malloc)")  # fmt: skip
    done = subprocess.run([sys.executable, "-c", poke], env=environment, capture_output=True, text=True)
    assert done.returncode == 99
    assert "heap-buffer-overflow" in done.stderr


@buildable
def test_what_every_fan_out_must_do_touches_no_byte_out_of_place(sanitized: tuple[Path, dict[str, str]]) -> None:
    run_child(sanitized, "suite")


@buildable
@pytest.mark.parametrize("faulty", [False, True], ids=["", "over a faulty sendmmsg"])
def test_whatever_comes_in_whatever_order_touches_no_byte_out_of_place(
    sanitized: tuple[Path, dict[str, str]], faulty: bool
) -> None:
    """The seed of a run that failed is in its report: set KERNEL_FUZZ_SEED to see it again."""
    seed = int(os.environ.get("KERNEL_FUZZ_SEED", secrets.randbits(31)))
    print(f"KERNEL_FUZZ_SEED={seed}")
    run_child(sanitized, "fuzz", str(seed), str(FUZZ_S / 2), faulty=faulty, seed=seed)


@buildable
def test_a_faulty_sendmmsg_loses_packets_but_none_unnoticed(sanitized: tuple[Path, dict[str, str]]) -> None:
    run_child(sanitized, "faults", faulty=True)
