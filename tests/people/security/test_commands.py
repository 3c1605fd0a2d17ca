"""The commands for accounts whose owner lost the way in."""

from __future__ import annotations

import hashlib
from argparse import Namespace
from datetime import date
from operator import methodcaller
from pathlib import Path

import pytest
from sqlalchemy import insert

from core.database import Database
from core.errors import NotFound
from core.ids import new_id
from people.accounts import Accounts
from people.commands import drop_factors, grant, index_passwords, renew_push_key, reset_link
from people.errors import LinkSpent
from people.inbox.push.keys import ServerKeys
from people.mail.links import Links
from people.mail.outbox import Outbox
from people.mail.resets import Resets
from people.security.factors import Factors
from people.security.policy.breached import BreachedPasswords
from people.sessions import Sessions
from people.tables import passkeys
from tests.cores import core_over
from tests.served import PASSWORD
from vod.ads.serving.signing import Signatures
from vod.catalogue.withdrawal.seals import Seals
from vod.commands import renew_ad_key, renew_file_key

Output = pytest.CaptureFixture[str]


def test_a_printed_link_leads_to_this_site_and_counts_once(database: Database, tmp_path: Path, capsys: Output) -> None:
    core = core_over(database, tmp_path)
    ada = Accounts(database, core.clock).join("ada", PASSWORD, date(1990, 1, 1)).id
    for _ in range(2):
        assert reset_link(core, Namespace(handle="@Ada")) == 0
    first, second = capsys.readouterr().out.split()
    assert second.startswith("http://127.0.0.1:8080/reset#")
    links = Links(core.clock)
    resets = Resets(database, core.jobs, core.clock, links, Outbox(core.jobs, core.clock, enabled=False))
    with pytest.raises(LinkSpent):
        resets.handle(first.partition("#")[2])
    assert resets.handle(second.partition("#")[2]) == "ada"
    assert resets.spend(second.partition("#")[2], "$argon2id$new")[0] == ada
    with pytest.raises(NotFound):
        reset_link(core, Namespace(handle="nobody"))


def test_dropping_factors_signs_out_and_leaves_the_password(database: Database, tmp_path: Path, capsys: Output) -> None:
    core = core_over(database, tmp_path)
    accounts, sessions = Accounts(database, core.clock), Sessions(database, core.clock)
    factors = Factors(database, core.clock)
    ada, bob = (accounts.join(handle, PASSWORD, date(1990, 1, 1)).id for handle in ("ada", "bob"))
    for person in (ada, bob):
        key = {"id": person.encode(), "person": person, "public_key": b"", "sign_count": 0, "name": "x"}
        added = insert(passkeys).values(**key, created_at=0, used_at=0)
        database.write(methodcaller("execute", added))
        sessions.open(person)
    assert drop_factors(core, Namespace(handle="ada")) == 0
    assert "1 sessions ended" in capsys.readouterr().out
    assert (factors.of(ada).any, factors.of(bob).any) == (False, True)
    with pytest.raises(NotFound):
        drop_factors(core, Namespace(handle="nobody"))


def test_granting_a_role_says_what_it_needs(database: Database, tmp_path: Path, capsys: Output) -> None:
    core = core_over(database, tmp_path)
    Accounts(database, core.clock).join("ada", PASSWORD, date(1990, 1, 1))
    assert grant(core, Namespace(handle="ada", role="admin")) == 0
    assert "second factor" in capsys.readouterr().out


def test_a_list_of_breached_passwords_is_indexed(database: Database, tmp_path: Path, capsys: Output) -> None:
    source, file = tmp_path / "list", tmp_path / "index"
    source.write_text("".join(sorted(f"{hashlib.sha1(word.encode()).hexdigest()}:9\n" for word in ("one", "two"))))
    assert index_passwords(core_over(database, tmp_path), Namespace(source=str(source), file=str(file))) == 0
    assert "2 passwords" in capsys.readouterr().out
    assert "two" in BreachedPasswords(file)


def test_keys_that_the_database_keeps_are_renewed(database: Database, tmp_path: Path, capsys: Output) -> None:
    core, serve = core_over(database, tmp_path), new_id()

    def made() -> tuple[str, str, str]:
        """What a process that has just begun makes with each."""
        seal = Seals(database, lambda: 0).address("videos/a.mp4")
        return ServerKeys(database, core.clock).key().public, Signatures(database).impression(serve), seal

    before = made()
    assert before == made()
    for command in (renew_push_key, renew_ad_key, renew_file_key):
        assert command(core, Namespace()) == 0
    assert capsys.readouterr().out.count("restart all servers") == 3
    assert not {*before} & {*made()}
