"""The doctor reports one line per check and changes nothing."""

from __future__ import annotations

import os
import resource
import socket
from pathlib import Path

import boto3
import pytest

import live.media.kernel.build
from cadeau.cli import main
from cadeau.doctor import Finding, Verdict, examine
from core.ids import new_id
from core.sandbox import Protection
from core.settings import Settings
from tests.people.oidc.provider import CLIENT, listening
from tests.served import Served
from tests.services import free_port

SUBJECTS = [
    "python", "settings", "database", "search", "bus", "storage", "encryption", "sandbox", "disk", "client",
    "http port", "media udp", "media tcp", "gso", "fan-out", "buffers", "descriptors", "clock", "coin value", "vat",
    "payouts", "anchors", "erasures", "passkeys", "mail", "provider", "moderation", "legal",
]  # fmt: skip


def settings_for(folder: Path, **given: object) -> Settings:
    ports = {"port": free_port(), "media_port": free_port(socket.SOCK_DGRAM)}
    return Settings(data_dir=folder / "data", **(ports | given))  # type: ignore[arg-type]


def findings(settings: Settings) -> dict[str, Finding]:
    found = list(examine(settings))
    assert [finding.subject for finding in found] == SUBJECTS
    assert all("\n" not in str(finding) for finding in found)
    return {finding.subject: finding for finding in found}


def test_vat_that_is_not_set_up_wholly_is_named(tmp_path: Path) -> None:
    seller = {"seller_name": "Cadeau SAS", "seller_address": "Paris"}
    assert findings(settings_for(tmp_path))["vat"].verdict is Verdict.OK
    told = findings(settings_for(tmp_path, vat_home="FR", **seller))["vat"]
    assert (told.verdict, "EUR" in told.text) == (Verdict.NOTE, True)
    told = findings(settings_for(tmp_path, vat_home="FR", exchange_rates="EUR=0.9", **seller))["vat"]
    assert (told.verdict, "at most 27 % (HU)" in told.text) == (Verdict.OK, True)
    assert findings(settings_for(tmp_path, vat_home="FR"))["vat"].verdict is Verdict.PROBLEM


def test_terms_of_payouts_that_make_no_sense_are_named(tmp_path: Path) -> None:
    assert findings(settings_for(tmp_path))["payouts"].text == "in EUR, USD"
    for terms in ("USD=5", "USD=100:200", "usd"):
        told = findings(settings_for(tmp_path, payout_terms=terms))["payouts"]
        assert (told.verdict, "CADEAU_PAYOUT_TERMS" in told.text) == (Verdict.PROBLEM, True)


def test_an_anchor_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    for name, verdict in (("anchors", Verdict.OK), ("none/anchors", Verdict.PROBLEM), ("", Verdict.PROBLEM)):
        told = findings(settings_for(tmp_path, ledger_anchor_file=str(tmp_path / name)))["anchors"]
        assert told.verdict is verdict, told


def problems(settings: Settings) -> set[str]:
    return {subject for subject, finding in findings(settings).items() if finding.verdict is Verdict.PROBLEM}


def test_before_the_first_start_there_are_no_problems_and_nothing_is_created(tmp_path: Path) -> None:
    found = findings(settings_for(tmp_path))
    assert not [finding for finding in found.values() if finding.verdict is Verdict.PROBLEM]
    assert found["database"].verdict is found["storage"].verdict is Verdict.NOTE
    assert found["media udp"].verdict is found["media tcp"].verdict is Verdict.OK
    assert list(tmp_path.iterdir()) == []


def test_a_migrated_database_is_up_to_date(database_url: str, tmp_path: Path) -> None:
    found = findings(settings_for(tmp_path, database_url=database_url))
    assert found["database"].verdict is Verdict.OK
    assert "up to date" in found["database"].text


def test_full_text_search_is_there(database_url: str, tmp_path: Path) -> None:
    found = findings(settings_for(tmp_path, database_url=database_url))["search"]
    assert found.verdict is Verdict.OK
    assert "FTS5" in found.text or "UTF-8" in found.text


def test_a_sqlite_without_fts5_is_a_problem_with_a_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cadeau.doctor.services.PROBE_FTS5", "CREATE VIRTUAL TABLE probe USING fts99(words)")
    found = findings(settings_for(tmp_path))["search"]
    assert found.verdict is Verdict.PROBLEM
    assert "SQLITE_ENABLE_FTS5" in found.text
    assert "PostgreSQL" in found.text


def test_a_database_without_tables_is_noted(tmp_path: Path) -> None:
    file = tmp_path / "empty.db"
    file.touch()
    found = findings(settings_for(tmp_path, database_url=f"sqlite:///{file}"))
    assert found["database"].verdict is Verdict.NOTE


def test_redis_and_s3_are_checked(tmp_path: Path, redis_url: str, s3_endpoint: str) -> None:
    bucket = f"test-{new_id()}"
    client = boto3.client("s3", endpoint_url=s3_endpoint, region_name="us-east-1")
    client.create_bucket(Bucket=bucket)
    found = findings(settings_for(tmp_path, redis_url=redis_url, storage_url=f"s3://{bucket}?endpoint={s3_endpoint}"))
    assert (found["bus"].verdict, found["storage"].verdict) == (Verdict.OK, Verdict.OK)
    assert client.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_unreachable_services_are_problems_and_passwords_are_not_shown(
    tmp_path: Path, s3_endpoint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = f"127.0.0.1:{free_port()}"
    settings = settings_for(
        tmp_path,
        database_url=f"postgresql://somebody:hunter2@{nowhere}/cadeau",
        redis_url=f"redis://:hunter2@{nowhere}/0",
        storage_url=f"s3://no-such-{new_id()}?endpoint={s3_endpoint}",
        media_host="192.0.2.1",
    )
    found = findings(settings)
    wrong = {subject for subject, finding in found.items() if finding.verdict is Verdict.PROBLEM}
    assert wrong == {"database", "bus", "storage", "media udp", "media tcp"}
    assert "hunter2" not in "".join(map(str, found.values()))
    assert "hunter2" not in "".join(capsys.readouterr())


def test_a_folder_that_cannot_be_created_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file stands where the folder should be")
    assert problems(settings_for(tmp_path)) == {"database", "storage"}


def test_a_low_descriptor_limit_is_a_problem_only_in_production(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, 4096))
    stripe = {"payments": "stripe", "stripe_secret_key": "x", "stripe_webhook_secret": "x"}
    assert findings(settings_for(tmp_path))["descriptors"].verdict is Verdict.NOTE
    assert problems(settings_for(tmp_path, env="production", demo=False, **stripe)) == {"descriptors"}
    assert findings(settings_for(tmp_path, sockets_max=300, viewers_max=20))["descriptors"].verdict is Verdict.OK


def test_the_fan_out_is_named_with_the_reason_when_it_is_not_c(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert findings(settings_for(tmp_path, fanout="python"))["fan-out"].text.startswith("Python ")
    monkeypatch.setattr(live.media.kernel, "unavailable", lambda: "it is broken")
    monkeypatch.setattr(live.media.kernel.build, "BUILT", tmp_path / "none")
    monkeypatch.setenv("CC", "no-compiler-of-that-name")
    assert problems(settings_for(tmp_path, fanout="c")) == {"fan-out"}
    found = findings(settings_for(tmp_path))["fan-out"]
    assert found.verdict is Verdict.NOTE
    assert "no-compiler-of-that-name" in found.text


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({}, ""),
        ({"database_url": "postgresql://db.example.org/cadeau"}, "PostgreSQL"),
        ({"database_url": "postgresql://db.example.org/cadeau?sslmode=require"}, "PostgreSQL"),
        ({"database_url": "postgresql://127.0.0.1,10.0.0.7/cadeau"}, "PostgreSQL"),
        ({"database_url": "postgresql:///cadeau?host=10.0.0.7"}, "PostgreSQL"),
        ({"database_url": "postgresql://db.example.org/cadeau?sslmode=verify-full"}, ""),
        ({"database_url": "postgresql://127.0.0.9/cadeau"}, ""),
        ({"database_url": "postgresql:///cadeau?host=/run/postgresql"}, ""),
        ({"redis_url": "redis://10.0.0.7/0"}, "Redis"),
        ({"redis_url": "rediss://redis.example.org/0?ssl_cert_reqs=none"}, "Redis"),
        ({"redis_url": "rediss://redis.example.org/0?ssl_check_hostname=false"}, "Redis"),
        ({"redis_url": "rediss://redis.example.org/0"}, ""),
        ({"redis_url": "redis://[::1]/0"}, ""),
        ({"redis_url": "unix:///run/redis.sock"}, ""),
        ({"storage_url": "s3://media?endpoint=http://minio:9000"}, "S3"),
        ({"storage_url": "s3://media?endpoint=https://s3.example.org"}, ""),
        ({"storage_url": "s3://media"}, ""),
    ],
    ids=str,
)
def test_what_leaves_this_machine_without_verified_tls_is_named(
    given: dict[str, str], named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PGSSLMODE", raising=False)
    [found] = examine(settings_for(tmp_path, **given), only="encryption")
    assert found.verdict is (Verdict.NOTE if named else Verdict.OK)
    assert named in found.text


def test_a_provider_that_does_not_answer_or_is_called_otherwise_is_named(tmp_path: Path) -> None:
    with listening() as provider:
        settings = settings_for(tmp_path, oidc_issuer=provider.issuer, oidc_client_id=CLIENT)

        def said() -> tuple[Verdict, str]:
            [found] = examine(settings, only="provider")
            return found.verdict, found.text

        assert said()[0] is Verdict.OK
        provider.document = {"issuer": f"{provider.issuer}/"}
        verdict, text = said()
        assert (verdict, "something else than CADEAU_OIDC_ISSUER" in text) == (Verdict.PROBLEM, True)
        provider.document = {"token_endpoint": "http://elsewhere.example.org/token"}
        verdict, text = said()
        assert (verdict, "without https" in text) == (Verdict.PROBLEM, True)
    verdict, text = said()
    assert (verdict, text.startswith(provider.issuer)) == (Verdict.PROBLEM, True)
    assert next(examine(settings_for(tmp_path), only="provider")).verdict is Verdict.OK


def test_it_works_while_the_server_runs(
    served: Served, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in os.environ if name.startswith("CADEAU_")]:
        monkeypatch.delenv(name)
    for name, value in served.environment.items():
        monkeypatch.setenv(name, value)
    assert main(["doctor"]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert len(lines) == len(SUBJECTS)
    assert not [line for line in lines if line.split()[0] not in ("ok", "note")]
    assert [line for line in lines if line.startswith("ok") and "tables up to date" in line]
    assert len([line for line in lines if "in use" in line]) == 3
    assert served.http.get("/readyz").status_code == 200


def test_an_invalid_setting_is_reported_as_a_problem(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CADEAU_PORT", "http")
    assert main(["doctor"]) == 1
    output = capsys.readouterr().out
    assert output.startswith("problem  settings")
    assert "CADEAU_PORT" in output


def test_a_problem_sets_the_exit_status(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CADEAU_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("CADEAU_MEDIA_HOST", "192.0.2.1")
    assert main(["doctor"]) == 1
    assert "problem  media udp" in capsys.readouterr().out


def test_what_the_system_lacks_to_confine_hostile_videos_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cadeau.doctor.host.missing_here", lambda: [Protection.NETWORK])
    found = findings(settings_for(tmp_path))["sandbox"]
    assert found.verdict is Verdict.NOTE
    assert Protection.NETWORK.value in found.text
