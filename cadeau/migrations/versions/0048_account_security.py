"""Account security: step-up, budgets for passwords, e-mail, second factors, passkeys."""

import time

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"


def upgrade() -> None:
    op.add_column("people", sa.Column("role_at", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_index("ix_people_role", "people", ["role"])
    op.add_column("sessions", sa.Column("stepped_up_at", sa.BigInteger(), nullable=False, server_default="0"))
    # Whoever is staff already has time from now on to set up a second factor.
    people = sa.table("people", sa.column("role", sa.Text()), sa.column("role_at", sa.BigInteger()))
    op.execute(people.update().where(people.c.role != "member").values(role_at=int(time.time() * 1000)))
    _budgets()
    _mail()
    _factors()


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _number(name: str, default: str | None = None) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False, server_default=default)


def _bytes(name: str, *, nullable: bool = False) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=nullable)


def _of_person(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["person"], ["people.id"], name=op.f(f"fk_{table}_person_people"), ondelete="CASCADE"
    )


def _budgets() -> None:
    op.create_table(
        "password_budgets",
        _bytes("key"),
        _number("spent_until"),
        sa.PrimaryKeyConstraint("key", name="pk_password_budgets"),
    )
    op.create_index("ix_password_budgets_spent_until", "password_budgets", ["spent_until"])


def _mail() -> None:
    op.create_table(
        "mail_addresses",
        *map(_text, ("person", "address")),
        _bytes("digest"),
        _number("verified_at"),
        _of_person("mail_addresses"),
        sa.PrimaryKeyConstraint("person", name="pk_mail_addresses"),
    )
    op.create_index("ix_mail_addresses_digest", "mail_addresses", ["digest"], unique=True)
    op.create_table(
        "mail_links",
        *map(_text, ("person", "purpose", "address")),
        _bytes("digest", nullable=True),
        _number("expires_at"),
        _of_person("mail_links"),
        sa.PrimaryKeyConstraint("person", "purpose", name="pk_mail_links"),
    )
    op.create_index("ix_mail_links_digest", "mail_links", ["digest"], unique=True)
    op.create_index("ix_mail_links_expires_at", "mail_links", ["expires_at"])
    op.create_table(
        "mail_outbox",
        *map(_text, ("id", "person", "kind", "address", "language")),
        sa.Column("detail", sa.Text(), nullable=False, server_default=""),
        *map(_number, ("created_at", "due_at")),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("sent_at", sa.BigInteger()),
        _of_person("mail_outbox"),
        sa.PrimaryKeyConstraint("id", name="pk_mail_outbox"),
    )
    op.create_index("ix_mail_outbox_due_at", "mail_outbox", ["sent_at", "due_at"])
    op.create_index("ix_mail_outbox_created_at", "mail_outbox", ["created_at"])
    op.create_index("ix_mail_outbox_person", "mail_outbox", ["person", "kind", "created_at"])


def _factors() -> None:
    op.create_table(
        "totp_secrets",
        _text("person"),
        _bytes("secret"),
        _number("last_step", "0"),
        sa.Column("confirmed_at", sa.BigInteger()),
        _of_person("totp_secrets"),
        sa.PrimaryKeyConstraint("person", name="pk_totp_secrets"),
    )
    op.create_table(
        "recovery_codes",
        _text("person"),
        _bytes("digest"),
        _of_person("recovery_codes"),
        sa.PrimaryKeyConstraint("person", "digest", name="pk_recovery_codes"),
    )
    op.create_table(
        "passkeys",
        _bytes("id"),
        _text("person"),
        _bytes("public_key"),
        _number("sign_count"),
        _text("name"),
        *map(_number, ("created_at", "used_at")),
        _of_person("passkeys"),
        sa.PrimaryKeyConstraint("id", name="pk_passkeys"),
    )
    op.create_index("ix_passkeys_person", "passkeys", ["person"])
    op.create_table(
        "passkey_challenges",
        _bytes("holder"),
        _bytes("challenge"),
        _number("expires_at"),
        sa.PrimaryKeyConstraint("holder", name="pk_passkey_challenges"),
    )
    op.create_index("ix_passkey_challenges_expires_at", "passkey_challenges", ["expires_at"])
