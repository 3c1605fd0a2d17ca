"""Replaying a log: what is predicted, what is compared, and which logs are refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from cadeau import cli
from tests.vod.feed.evaluation.synthetic import SESSION, synthetic
from vod.feed.evaluation import log as log_module
from vod.feed.evaluation.batch import Als, ItemKnn
from vod.feed.evaluation.evaluate import evaluate
from vod.feed.evaluation.log import LogDamaged, log_of, read_log
from vod.feed.evaluation.methods import Event, Popular, Question
from vod.feed.evaluation.ours import Ours


def written(folder: Path, text: str | bytes) -> Path:
    file = folder / "log.tsv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def test_a_log_is_replayed_in_the_order_of_time_whatever_the_order_of_its_lines(tmp_path: Path) -> None:
    log = read_log(written(tmp_path, "ann\tx\t30\t1\nbob\ty\t10\t-1\nann\ty\t20.5\t0.5\r\n"))
    assert log.seconds.tolist() == [10.0, 20.5, 30.0]
    assert log.liked.tolist() == [False, True, True]
    assert log.item_count == 2


def test_a_shuffled_log_has_the_same_events_at_other_times() -> None:
    log = log_of(synthetic(50, 80, 40))
    other = log.shuffled(3)
    assert other.items.tolist() != log.items.tolist()
    assert sorted(zip(other.people, other.items, other.liked, strict=True)) == sorted(
        zip(log.people, log.items, log.liked, strict=True)
    )
    assert np.array_equal(other.seconds, log.seconds)
    assert np.array_equal(other.items, log.shuffled(3).items)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "the log is empty"),
        ("person\titem\tseconds\tsignal\n", "line 1: not a time in Unix seconds: 'seconds'"),
        ("ann\tx\t30\n", "line 1: 3 fields instead of 4: person, item, Unix seconds, signal"),
        ("ann x 30 1\n", "line 1: 1 field instead of 4"),
        ("ann\tx\t30\t1\t1\n", "line 1: 5 fields instead of 4"),
        ("ann\tx\tnoon\t1\n", "not a time in Unix seconds: 'noon'"),
        ("ann\tx\tnan\t1\n", "not a time"),
        ("ann\tx\tinf\t1\n", "not a time"),
        ("ann\tx\t1764376268000\t1\n", "not a time in Unix seconds: '1764376268000'"),
        ("ann\tx\t30\tnan\n", "the signal is not a number: 'nan'"),
        ("ann\tx\t30\tyes\n", "the signal is not a number: 'yes'"),
        ("\tx\t30\t1\n", "line 1: the person is empty"),
        ("ann\t\t30\t1\n", "line 1: the item is empty"),
        ("ann\tx\t30\t1\n\nann\tx\t40\t1\n", "line 2: an empty line instead of 4"),
        (b"\xff\xfe\t\x00\n", "line 1: not text in UTF-8"),
        ("a" * 5_000, "line 1: longer than 1000 bytes"),
        ("ann\tx\t30\t1\nann\t" + "x" * 5_000 + "\t30\t1\n", "line 2: longer than 1000 bytes"),
    ],
)
def test_a_damaged_log_is_refused_with_a_clear_error(
    text: str | bytes, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CADEAU_DATA_DIR", str(tmp_path / "data"))
    file = written(tmp_path, text)
    with pytest.raises(LogDamaged):
        read_log(file)
    assert cli.main(["recommend", "evaluate", str(file)]) == 1
    said = capsys.readouterr()
    assert str(file) in said.err
    assert why in said.err
    assert said.out == ""


def test_a_byte_order_mark_and_a_missing_end_of_line_are_no_damage(tmp_path: Path) -> None:
    log = read_log(written(tmp_path, b"\xef\xbb\xbfann\tx\t30\t1\nann\ty\t31\t1"))
    assert (len(log), log.people.tolist()) == (2, [0, 0])


@pytest.mark.parametrize(
    ("limit", "why"), [("EVENTS_MAX", "more than 3 lines"), ("ITEMS_MAX", "more than 3 different")]
)
def test_a_log_that_is_too_large_is_refused(
    limit: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_module, limit, 3)
    with pytest.raises(LogDamaged, match=why):
        read_log(written(tmp_path, "".join(f"ann\t{n}\t{n}\t1\n" for n in range(4))))


def test_a_missing_log_and_absurd_options_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CADEAU_DATA_DIR", str(tmp_path / "data"))
    assert cli.main(["recommend", "evaluate", str(tmp_path / "none.tsv")]) == 1
    assert "none.tsv" in capsys.readouterr().err
    assert cli.main(["recommend", "evaluate", str(tmp_path)]) == 1
    assert str(tmp_path) in capsys.readouterr().err
    for options in (["--last", "0"], ["--last", "many"], ["--shuffle", "-1"]):
        with pytest.raises(SystemExit) as end:
            cli.main(["recommend", "evaluate", str(tmp_path / "none.tsv"), *options])
        assert end.value.code == 2


def test_the_command_prints_a_line_of_json_for_each_method(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CADEAU_DATA_DIR", str(tmp_path / "data"))
    lines = (f"{person}\t{item}\t{at}\t{signal}\n" for person, item, at, signal in synthetic(40, 80, 30))
    file = written(tmp_path, "".join(lines))
    assert cli.main(["recommend", "evaluate", str(file), "--last", "60", "--shuffle", "1"]) == 0
    results = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [result["method"] for result in results] == ["ours", "popular", "item_knn", "als"]
    keys = ["method", "hit_rate_10", "ndcg_10", "coverage", "update_ms_p99", "page_ms_p99", "events"]
    for result in results:
        assert list(result)[: len(keys)] == keys
        assert result["events"] == 30 * SESSION
        assert all(isinstance(result[key], int | float) for key in keys[1:])


def test_without_the_optional_package_the_command_says_so_and_prints_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CADEAU_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(Als, "installed", staticmethod(lambda: False))
    assert cli.main(["recommend", "evaluate", str(written(tmp_path, "ann\tx\t30\t1\nann\ty\t31\t1\n"))]) == 0
    said = capsys.readouterr()
    assert [json.loads(line)["method"] for line in said.out.splitlines()] == ["ours", "popular", "item_knn"]
    assert "without als" in said.err
    assert "cadeau[evaluate]" in said.err


def test_only_likes_of_what_is_new_to_a_person_are_predicted() -> None:
    events = [("ann", "x", 1.0, 1.0), ("ann", "x", 2.0, 1.0), ("ann", "y", 3.0, -1.0), ("bob", "x", 4.0, 1.0)]
    result = evaluate(log_of(events), Popular(2), last=4)
    assert result["predicted"] == 2  # ann's first x, bob's x
    assert result["hit_rate_10"] == 0.5  # nobody had met x when ann did
    assert result["events"] == 4


@pytest.mark.parametrize("make", [Ours, Popular, ItemKnn, Als])
def test_every_method_prefers_what_others_like_and_keeps_to_what_is_asked(make: type) -> None:
    method = make(40)
    for person in range(30):
        for item in (0, 1, 2, 10 + person % 10):
            method.learn(Event(person, item, person * 10.0 + item, True))
    method.refit()
    method.learn(Event(99, 0, 1_000.0, True))
    method.learn(Event(99, 1, 1_001.0, True))
    barred = np.zeros(40, np.bool_)
    barred[[0, 1]] = True
    barred[20:] = barred[3:10] = True
    top = method.top(Question(99, 1_002.0, barred, 3)).tolist()
    assert top[0] == 2
    assert len(top) == 3
    assert not barred[top].any()


def test_ours_finds_more_than_popularity_where_people_go_on_from_what_they_liked() -> None:
    log = log_of(synthetic(people=300, items=400, sessions=400))
    rates = {make.name: evaluate(log, make(log.item_count), last=800)["hit_rate_10"] for make in (Ours, Popular)}
    assert float(str(rates["ours"])) > 1.5 * float(str(rates["popular"]))
