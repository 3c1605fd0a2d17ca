"""A file needs four eyes, holds exactly what the books say was sent, and the bank's statement settles it."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from core.errors import Conflict, NotAllowed, NotFound
from money.errors import AnotherAdminNeeded, BadDestination, FileChanged, PayoutNotOpen, StatementUnreadable
from money.payouts.bank.files import Answered, Files
from money.payouts.bank.statements import ENTRIES_MAX, STATEMENT_BYTES_MAX, entries_of
from money.payouts.states import Payout
from tests.money.payouts.conftest import IBAN, OTHER_IBAN, Open, World

CAMT = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


def camt(*entries: str) -> bytes:
    return (
        f'<?xml version="1.0"?><Document xmlns="{CAMT}"><BkToCstmrStmt><Stmt>{"".join(entries)}</Stmt>'
        "</BkToCstmrStmt></Document>"
    ).encode()


def line(reference: str, amount: str, way: str = "DBIT", extra: str = "", status: str = "<Cd>BOOK</Cd>") -> str:
    return (
        f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{way}</CdtDbtInd><Sts>{status}</Sts><NtryDtls><TxDtls><Refs>'
        f"<EndToEndId>{reference}</EndToEndId></Refs>{extra}</TxDtls></NtryDtls></Ntry>"
    )


def mt940(*entries: str) -> bytes:
    return (
        ":20:STARTUMS\n:25:37040044/532013000\n:28C:1/1\n:60F:C231114EUR10000,00\n"
        + "".join(entries)
        + ":62F:C231115EUR9980,00\n-\n"
    ).encode()


def mt_line(reference: str, amount: str, sign: str = "D") -> str:
    half = len(reference) // 2
    return (
        f":61:231115{sign}{amount}NTRFNONREF\n:86:177?00SEPA?20EREF+{reference[:half]}\n?21{reference[half:]}"
        "?22SVWZ+Payout\n?32Bob Marley\n"
    )


@pytest.fixture
def bank(open_world: Open) -> World:
    return open_world(payouts="sepa,hand")


def files(world: World) -> Files:
    assert world.part.files is not None
    return world.part.files


def sent(world: World, *people: str) -> tuple[str, list[Payout]]:
    """A file that has been approved, and its payouts."""
    asked = []
    for n, person in enumerate(people):
        world.creator(person, iban=OTHER_IBAN if n else IBAN)
        asked.append(world.approved(2_000, person, currency="EUR"))
    made = world.write(lambda c: files(world).make(c, "root"))
    files(world).approve(made.id, "other", made.count, made.total_minor)
    return made.id, [world.see(one) for one in asked]


def apply(world: World, statement: bytes) -> Answered:
    entries = entries_of(statement)
    answered: Answered = world.write(lambda c: files(world).apply(c, entries))
    return answered


def test_a_file_needs_four_eyes_and_cannot_be_downloaded_before(bank: World) -> None:
    bank.creator()
    payout = bank.approved(currency="EUR")
    made = bank.write(lambda c: files(bank).make(c, "root"))
    assert (made.state, made.count, made.total_minor) == ("made", 1, 2_000)
    with pytest.raises(AnotherAdminNeeded):
        files(bank).approve(made.id, "root", 1, 2_000)
    with pytest.raises(NotFound):
        bank.database.read(lambda c: files(bank).content(c, made.id))
    for _ in range(2):
        assert files(bank).approve(made.id, "other", 1, 2_000).state == "approved"
    assert bank.see(payout).state == "sent"
    with pytest.raises(Conflict):
        bank.write(lambda c: files(bank).make(c, "root"))


def test_the_file_is_what_the_books_say(bank: World) -> None:
    name, payouts = sent(bank, "bob", "tom")
    root = ElementTree.fromstring(bank.database.read(lambda c: files(bank).content(c, name)))
    texts = {
        tag: [e.text for e in root.iter() if e.tag.endswith(f"}}{tag}")] for tag in ("MsgId", "EndToEndId", "InstdAmt")
    }
    assert texts["MsgId"] == [name]
    assert texts["EndToEndId"] == [f"{one.id}-1" for one in payouts]
    assert texts["InstdAmt"] == ["20.00", "20.00"]


def test_a_file_that_changed_since_it_was_seen_is_not_approved(bank: World) -> None:
    bank.creator("bob")
    bank.creator("tom", iban=OTHER_IBAN)
    gone, stays = (bank.approved(2_000, who, currency="EUR") for who in ("bob", "tom"))
    made = bank.write(lambda c: files(bank).make(c, "root"))
    bank.write(lambda c: bank.part.payouts.cancel(c, "bob", gone.id))
    with pytest.raises(FileChanged):
        files(bank).approve(made.id, "other", made.count, made.total_minor)
    assert bank.see(stays).state == "approved"
    [now] = bank.database.read(files(bank).all)
    assert (now.count, now.total_minor) == (1, 2_000)
    files(bank).approve(made.id, "other", 1, 2_000)
    assert (bank.see(stays).state, bank.see(gone).state) == ("sent", "cancelled")


def test_a_debt_takes_a_payout_out_of_a_file(bank: World) -> None:
    bank.creator()
    payout = bank.approved(currency="EUR")
    made = bank.write(lambda c: files(bank).make(c, "root"))
    bank.owe("bob", 10)
    with pytest.raises(FileChanged):
        files(bank).approve(made.id, "other", 1, 2_000)
    assert (bank.see(payout).state, bank.see(payout).reason) == ("cancelled", "debt")


def test_a_withdrawn_file_frees_its_payouts(bank: World) -> None:
    bank.creator()
    bank.approved(currency="EUR")
    made = bank.write(lambda c: files(bank).make(c, "root"))
    assert bank.write(lambda c: files(bank).withdraw(c, made.id)).state == "withdrawn"
    with pytest.raises(PayoutNotOpen):
        files(bank).approve(made.id, "other", 1, 2_000)
    assert bank.write(lambda c: files(bank).make(c, "root")).count == 1


@pytest.mark.parametrize("kind", ["camt", "mt940"])
def test_the_banks_statement_settles_and_returns(bank: World, kind: str) -> None:
    _, [bob, tom] = sent(bank, "bob", "tom")
    keys = [f"{one.id}-1" for one in (bob, tom)]
    back = "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>"
    if kind == "camt":
        paid = camt(*(line(key, "20.00") for key in keys), line("somebody else's", "7.00"))
        returned = camt(line(keys[0], "20.00", "CRDT", back))
    else:
        paid = mt940(*(mt_line(key, "20,00") for key in keys), mt_line("ANOTHER", "7,00"))
        returned = mt940(mt_line(keys[0], "20,00", "C"))
    first = apply(bank, paid)
    assert (first.paid, first.others, first.differences) == (2, 1, [])
    assert apply(bank, paid).known == 2, "the same statement again"
    second = apply(bank, returned)
    assert (second.returned, second.known) == (1, 0)
    assert [bank.see(one).state for one in (bob, tom)] == ["returned", "paid"]
    assert bank.payable("bob") == 1_000_000
    assert apply(bank, returned).known == apply(bank, paid).known - 1 == 1
    assert bank.see(bob).reason == ("AC04" if kind == "camt" else "returned")


def test_a_file_that_was_booked_as_a_whole_is_paid_as_a_whole(bank: World) -> None:
    name, payouts = sent(bank, "bob", "tom")
    batch = (
        f'<Ntry><Amt Ccy="EUR">40.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts><NtryDtls><Btch><MsgId>{name}'
        "</MsgId></Btch></NtryDtls></Ntry>"
    )
    assert apply(bank, camt(batch)).paid == 2
    assert {bank.see(one).state for one in payouts} == {"paid"}


def test_what_the_bank_paid_although_it_was_noted_as_failed_is_a_difference(bank: World) -> None:
    """The creator has the coins again: they would be paid twice, and nobody would know."""
    _, [bob] = sent(bank, "bob")
    bank.write(lambda c: bank.part.by_hand.note(c, bob.id, "failed", "the bank says no", "root"))
    for _ in range(2):
        answered = apply(bank, camt(line(f"{bob.id}-1", "20.00")))
        assert (answered.known, answered.differences) == (0, [f"{bob.id} is failed: 2000 EUR"])


def test_a_name_that_no_bank_can_write_keeps_nobody_else_waiting(bank: World) -> None:
    bank.creator("bob")
    details = {"name": "😀", "iban": OTHER_IBAN}
    with pytest.raises(BadDestination):
        bank.write(lambda c: bank.part.people.set_destination(c, "bob", "sepa", details))


def test_another_amount_or_a_pending_line_settles_nothing(bank: World) -> None:
    _, [bob] = sent(bank, "bob")
    assert apply(bank, camt(line(f"{bob.id}-1", "20.00", status="<Cd>PDNG</Cd>"))).paid == 0
    answered = apply(bank, camt(line(f"{bob.id}-1", "20.01")))
    assert (answered.paid, answered.differences) == (0, [f"{bob.id}: 2001 EUR"])
    assert apply(bank, camt(line(f"{bob.id}-2", "20.00"))).others == 1, "an attempt that was never made"
    assert bank.see(bob).state == "sent"


@pytest.mark.parametrize(
    "statement",
    [
        b"", b"hello", b"<", b"<a/>", b"\xff\xfe<\0a\0", camt(line("x", "1.005")), camt(line("x", "NaN")),
        camt(line("x", "1E999999999")),
        camt(line("x", "1", "BOTH")), camt("<Ntry/>"), b"<" + b" " * STATEMENT_BYTES_MAX,
        b'<!DOCTYPE a [<!ENTITY b "c">]>' + camt(line("x", "1.00")), camt(*[line("x", "1")] * (ENTRIES_MAX + 1)),
        b":20:\n:60F:nonsense\n:61:xyz\n",
    ],
)  # fmt: skip
def test_what_is_no_statement_is_refused(statement: bytes) -> None:
    with pytest.raises(StatementUnreadable):
        entries_of(statement)


def test_by_hand_an_admin_notes_how_it_went(bank: World) -> None:
    def note(payout: Payout, what: str, reference: str = "") -> Payout:
        noted: Payout = bank.write(lambda c: bank.part.by_hand.note(c, payout.id, what, reference, "root"))  # type: ignore[arg-type]
        return noted

    bank.creator("bob", rail="hand")
    payout = bank.approved(2_000, "bob")
    with pytest.raises(PayoutNotOpen):
        note(payout, "paid", "too early")
    assert note(payout, "sent").state == "sent"
    bank.round(10**9)
    for _ in range(2):
        assert note(payout, "paid", "cheque 12").ref == "cheque 12"
    assert note(payout, "returned", "not cashed").reason == "not cashed"
    assert bank.payable() == 1_000_000
    with pytest.raises(PayoutNotOpen):
        note(payout, "failed")
    bank.creator("tom", iban=OTHER_IBAN)
    with pytest.raises(NotAllowed):
        note(bank.approved(2_000, "tom", currency="EUR"), "sent")


def test_nobody_notes_that_their_own_money_came_back(bank: World) -> None:
    bank.creator("bob", rail="hand")
    payout = bank.approved(2_000, "bob")
    bank.write(lambda c: bank.part.by_hand.note(c, payout.id, "sent", "", "root"))
    for what in ("returned", "failed", "paid"):
        with pytest.raises(AnotherAdminNeeded):
            bank.write(lambda c: bank.part.by_hand.note(c, payout.id, what, "", "bob"))  # noqa: B023
    assert bank.payable() == 1_000_000 - payout.coins
