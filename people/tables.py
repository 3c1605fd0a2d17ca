"""Tables of `people`."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from core.privacy import declare, impersonal
from core.tables import metadata

people = Table(
    "people",
    metadata,
    Column("id", Text, primary_key=True),
    Column("handle", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("bio", Text, nullable=False, server_default=""),
    Column("password", Text, nullable=False),  # argon2id, with its parameters and salt
    Column("birthdate", Text, nullable=False),  # YYYY-MM-DD
    Column("role", Text, nullable=False, server_default="member"),
    Column("joined_at", BigInteger, nullable=False),  # Unix ms
    Column("avatar", Text),  # the digest in the names of its files (settings/avatar_urls)
    Column("language", Text, nullable=False, server_default="auto"),  # of the interface; auto: each browser's own
    Column("country", Text, nullable=False, server_default=""),  # ISO 3166-1, as they told; empty: they did not
    Column("handle_changed_at", BigInteger, nullable=False, server_default="0"),  # Unix ms
    Column("suspended_until", BigInteger, nullable=False, server_default="0"),  # Unix ms, as the next two
    Column("posts_barred_until", BigInteger, nullable=False, server_default="0"),
    Column("live_barred_until", BigInteger, nullable=False, server_default="0"),
    Column("role_at", BigInteger, nullable=False, server_default="0"),  # Unix ms; since when they have their role
    Column("closing_at", BigInteger, nullable=False, server_default="0"),  # Unix ms; since when hidden: to be erased
    Column("restricted_at", BigInteger, nullable=False, server_default="0"),  # the same: they asked to be left alone
    Column("opted_out_at", BigInteger, nullable=False, server_default="0"),  # Unix ms; no sharing, no ad measurement
    Column("erased_at", BigInteger, nullable=False, server_default="0"),  # Unix ms; an id is all that is left
    Column("used_at", BigInteger, nullable=False, server_default="0"),  # Unix ms, the start of the day of the last use
    Index("ix_people_role", "role"),
    Index("ix_people_used_at", "used_at"),
)

former_handles = Table(  # reserved for who had them, and leading to them (settings/handles.RESERVED_MS)
    "former_handles",
    metadata,
    Column("handle", Text, primary_key=True),
    Column("person", Text, ForeignKey("people.id"), nullable=False),
    Column("until", BigInteger, nullable=False),  # Unix ms
    Index("ix_former_handles_until", "until"),
)

erased_handles = Table(  # nobody may pass for somebody who has left (privacy.erasing)
    "erased_handles",
    metadata,
    Column("digest", LargeBinary, primary_key=True),  # SHA-256
    Column("until", BigInteger, nullable=False),  # Unix ms
)

avatar_files = Table(  # every avatar whose files may be in the storage
    "avatar_files",
    metadata,
    Column("person", Text, ForeignKey("people.id"), primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),  # Unix ms
    Column("doomed", Boolean, nullable=False),  # being deleted: not to be used again before it is gone
    Index("ix_avatar_files_at", "at"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_digest", LargeBinary, primary_key=True),  # SHA-256: a stolen database opens no session
    Column("person", Text, ForeignKey("people.id"), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("browser", Text, nullable=False, server_default=""),  # in a word, so that people know their devices
    Column("system", Text, nullable=False, server_default=""),
    Column("seen_at", BigInteger, nullable=False, server_default="0"),  # Unix ms, the start of a day
    Column("stepped_up_at", BigInteger, nullable=False, server_default="0"),  # Unix ms; when they last proved who it is
    Index("ix_sessions_person", "person"),
    Index("ix_sessions_expires_at", "expires_at"),
)

follows = Table(
    "follows",
    metadata,
    Column("follower", Text, ForeignKey("people.id"), primary_key=True),
    Column("followed", Text, ForeignKey("people.id"), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Index("ix_follows_followed", "followed", "at"),
    Index("ix_follows_at", "at"),
    Index("ix_follows_followers", "followed", "follower"),  # to walk through all of them
)

notifications = Table(  # the oldest are dropped (people.inbox.retention)
    "notifications",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person", Text, ForeignKey("people.id", ondelete="CASCADE"), nullable=False),  # who is told
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False, server_default=""),  # no foreign key: the inbox knows no other domain
    Column("item", Text, nullable=False, server_default=""),
    Column("by", Text, ForeignKey("people.id", ondelete="CASCADE"), nullable=False),
    Column("day", Integer, nullable=False),  # since 1970: what happens on one day is shown as one
    Column("text", Text, nullable=False, server_default=""),
    Column("amount", BigInteger, nullable=False, server_default="0"),  # coins
    Column("at", BigInteger, nullable=False),  # Unix ms
    Column("undone", Integer, nullable=False, server_default="0"),  # 1: not shown, but kept so that a repeat is no news
    Index("ix_notifications_key", "person", "kind", "subject", "item", "by", unique=True),
    Index("ix_notifications_person", "person", "at"),
    Index("ix_notifications_subject", "subject"),
    Index("ix_notifications_by", "by"),
    Index("ix_notifications_at", "at"),
)

inboxes = Table(
    "inboxes",
    metadata,
    Column("person", Text, ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("version", BigInteger, nullable=False, server_default="0"),  # grows with each change
    Column("read_until", BigInteger, nullable=False, server_default="0"),  # Unix ms
    Column("push_due_at", BigInteger),  # Unix ms; NULL: there is nothing to push
    Column("push_leased", Integer, nullable=False, server_default="0"),  # 1: a process is at it, until push_due_at
    Index("ix_inboxes_push_due_at", "push_due_at"),
)

inbox_settings = Table(  # only of kinds that a person has changed
    "inbox_settings",
    metadata,
    Column("person", Text, ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("in_app", Integer, nullable=False),
    Column("push", Integer, nullable=False),
)

push_subscriptions = Table(
    "push_subscriptions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person", Text, ForeignKey("people.id", ondelete="CASCADE"), nullable=False),
    Column("session", LargeBinary, ForeignKey("sessions.token_digest", ondelete="CASCADE"), nullable=False),
    Column("endpoint", Text, nullable=False),
    Column("p256dh", LargeBinary, nullable=False),  # the browser's public key, an uncompressed point
    Column("auth", LargeBinary, nullable=False),
    Column("language", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),  # Unix ms, as the next two
    Column("pushed_until", BigInteger, nullable=False),  # what is newer has not been sent
    Column("retry_at", BigInteger, nullable=False, server_default="0"),
    Column("failures", Integer, nullable=False, server_default="0"),  # in a row
    Index("ix_push_subscriptions_endpoint", "endpoint", unique=True),
    Index("ix_push_subscriptions_person", "person"),
    Index("ix_push_subscriptions_session", "session"),
)

push_keys = Table(  # one row: the key by which push services know this server
    "push_keys",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("private_key", Text, nullable=False),  # base64url of 32 bytes
)

password_budgets = Table(  # what guesses have used up; rows that say nothing any more are deleted
    "password_budgets",
    metadata,
    Column("key", LargeBinary, primary_key=True),  # SHA-256 of the kind of budget, account, network or device
    Column("spent_until", BigInteger, nullable=False),  # Unix ms; when it would be full again
    Index("ix_password_budgets_spent_until", "spent_until"),
)

mail_addresses = Table(  # a person's address, proved by a link
    "mail_addresses",
    metadata,
    Column("person", Text, ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("address", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),  # SHA-256 of it in lower case, to find it
    Column("verified_at", BigInteger, nullable=False),  # Unix ms
    Index("ix_mail_addresses_digest", "digest", unique=True),
)

mail_links = Table(  # links in mails: one open link of each purpose for each person
    "mail_links",
    metadata,
    Column("person", Text, ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("purpose", Text, primary_key=True),
    Column("address", Text, nullable=False),  # verify: the new one; undo: the one to return to; reset: where it went
    Column("digest", LargeBinary),  # SHA-256 of the link's secret; NULL before it has been sent
    Column("expires_at", BigInteger, nullable=False),  # Unix ms
    Index("ix_mail_links_digest", "digest", unique=True),
    Index("ix_mail_links_expires_at", "expires_at"),
)

mail_outbox = Table(  # mails to be sent, and for a day those that were: they count against the limits
    "mail_outbox",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person", Text, ForeignKey("people.id", ondelete="CASCADE")),  # NULL: nobody with an account
    Column("kind", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("detail", Text, nullable=False, server_default=""),  # such as the device of a new sign-in; never a secret
    Column("created_at", BigInteger, nullable=False),  # Unix ms
    Column("due_at", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("sent_at", BigInteger),  # Unix ms; NULL: not yet
    Index("ix_mail_outbox_due_at", "sent_at", "due_at"),
    Index("ix_mail_outbox_created_at", "created_at"),
    Index("ix_mail_outbox_person", "person", "kind", "created_at"),
)

totp_secrets = Table(
    "totp_secrets",
    metadata,
    Column("person", Text, ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("secret", LargeBinary, nullable=False),
    Column("last_step", BigInteger, nullable=False, server_default="0"),  # of the newest code that was accepted
    Column("confirmed_at", BigInteger),  # Unix ms; NULL: being set up
)

recovery_codes = Table(  # those that are not used yet
    "recovery_codes",
    metadata,
    Column("person", Text, ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("digest", LargeBinary, primary_key=True),  # SHA-256 of 140 random bits
)

passkeys = Table(
    "passkeys",
    metadata,
    Column("id", LargeBinary, primary_key=True),  # the credential's
    Column("person", Text, ForeignKey("people.id", ondelete="CASCADE"), nullable=False),
    Column("public_key", LargeBinary, nullable=False),  # COSE
    Column("sign_count", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),  # Unix ms
    Column("used_at", BigInteger, nullable=False),
    Index("ix_passkeys_person", "person"),
)

passkey_challenges = Table(  # each is used once
    "passkey_challenges",
    metadata,
    Column("holder", LargeBinary, primary_key=True),  # SHA-256 of the purpose and of the session or cookie it is for
    Column("challenge", LargeBinary, nullable=False),
    Column("expires_at", BigInteger, nullable=False),  # Unix ms
    Index("ix_passkey_challenges_expires_at", "expires_at"),
)

oidc_identities = Table(  # who signs in with a provider; of an erased person the row stays, and says no more than that
    "oidc_identities",
    metadata,
    Column("digest", LargeBinary, primary_key=True),  # SHA-256 of issuer and subject
    Column("issuer", Text, nullable=False),
    Column("person", Text, ForeignKey("people.id"), nullable=False),
    Column("at", BigInteger, nullable=False),  # Unix ms; when it was linked
    Column("last_at", BigInteger, nullable=False),  # Unix ms; the last sign-in
    Index("ix_oidc_identities_person", "person", "issuer", unique=True),
)

oidc_tickets = Table(  # a sign-in with a provider that is under way; each is used once
    "oidc_tickets",
    metadata,
    Column("digest", LargeBinary, primary_key=True),  # SHA-256 of the kind and of the cookie
    Column("person", Text, ForeignKey("people.id", ondelete="CASCADE")),  # NULL: not known yet
    Column("data", Text, nullable=False),  # JSON
    Column("expires_at", BigInteger, nullable=False),  # Unix ms
    Index("ix_oidc_tickets_expires_at", "expires_at"),
    Index("ix_oidc_tickets_person", "person"),
)

declare(
    people, "Your account: handle, name, bio, date of birth, language, country, role, restrictions.",
    "Votre compte : identifiant, nom, bio, date de naissance, langue, pays, rôle, restrictions.",
    owner="id", secret="password", erase="keep", level="key",
)  # fmt: skip  # the last step of an erasure leaves an id and no words (people/erasing.py)
declare(
    former_handles,
    "Handles that you had.",
    "Les identifiants que vous aviez.",
    owner="person",
    days=0,
    clock="until",
    level="public",
)
impersonal(erased_handles, "Handles of erased accounts, as digests, so that nobody takes one for 90 days.")
declare(avatar_files, "Your pictures.", "Vos photos de profil.", owner="person", level="public")
declare(
    sessions, "Where you are signed in.", "Où vous êtes connecté.", owner="person", secret="token_digest", days=90,
    clock="created_at", swept=True, level="key",
)  # fmt: skip
declare(
    follows, "Whom you follow, and who follows you.", "Qui vous suivez, et qui vous suit.",
    owner="follower | followed", level="public",
)  # fmt: skip
declare(
    notifications, "What your inbox tells, and what others' inboxes tell of you.",
    "Ce que dit votre activité, et ce que celle des autres dit de vous.",
    owner="person | by", secret="text", days=90, swept=True, level="grave",
)  # fmt: skip
declare(inboxes, "How far you have read.", "Jusqu’où vous avez lu.", owner="person")
declare(inbox_settings, "What you want to be told.", "Ce dont vous voulez être informé.", owner="person")
declare(
    push_subscriptions, "Browsers that get push messages.", "Les navigateurs qui reçoivent des notifications.",
    owner="person", secret="session p256dh auth", basis="consent", level="key",
)  # fmt: skip
impersonal(push_keys, "The key by which push services know this server.")
impersonal(password_budgets, "Digests of whom passwords were guessed for lately; gone within hours.")
declare(mail_addresses, "Your e-mail address.", "Votre adresse e-mail.", owner="person", secret="digest", level="grave")
declare(
    mail_links, "Links in mails to you.", "Les liens dans les e-mails envoyés.", owner="person", secret="digest",
    days=1, clock="expires_at", swept=True, level="key",
)  # fmt: skip
declare(
    mail_outbox, "Mails to you, for a day.", "Les e-mails qui vous sont envoyés, pendant un jour.", owner="person",
    days=1, clock="created_at", swept=True, level="grave",
)  # fmt: skip
declare(totp_secrets, "Your authenticator app.", "Votre application d’authentification.", owner="person",
        secret="secret", level="key")  # fmt: skip
declare(recovery_codes, "Your recovery codes.", "Vos codes de secours.", owner="person", secret="digest", level="key")
declare(passkeys, "Your passkeys.", "Vos clés d’accès.", owner="person", secret="public_key", level="key")
impersonal(passkey_challenges, "Challenges for passkeys, for minutes; their holder is a digest of a session.",
           apart="holder")  # fmt: skip
declare(
    oidc_identities, "That you sign in with a provider.", "Que vous vous connectez avec un fournisseur.",
    owner="person", secret="digest", erase="blank", blank={"at": 0, "last_at": 0}, level="grave",
)  # fmt: skip
declare(
    oidc_tickets, "Sign-ins with a provider that are under way, for minutes.",
    "Les connexions en cours avec un fournisseur, pendant quelques minutes.", owner="person", secret="digest data",
    days=1, clock="expires_at", swept=True, level="key",
)  # fmt: skip
