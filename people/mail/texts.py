"""What mails say, in both languages. Of people they name the handle alone, which can hold no link."""

from __future__ import annotations

from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from html import escape
from typing import NamedTuple

from core.text.languages import Language
from people.mail.outbox import MailKind


class Text(NamedTuple):
    """`lines` may hold {handle} and {detail}. `button`: what the link is called; empty if there is none."""

    subject: str
    lines: tuple[str, ...]
    button: str = ""


TEXTS: dict[tuple[MailKind, Language], Text] = {
    ("verify", "en"): Text(
        "Confirm your e-mail address",
        ("You gave this address for @{handle} on Cadeau. Confirm it within 24 hours:",
         "If it was not you, ignore this mail: nothing will change."),
        "Confirm this address",
    ),
    ("verify", "fr"): Text(
        "Confirmez votre adresse e-mail",
        ("Vous avez indiqué cette adresse pour @{handle} sur Cadeau. Confirmez-la sous 24 heures\u00a0:",
         "Si ce n’était pas vous, ignorez ce message\u00a0: rien ne changera."),
        "Confirmer cette adresse",
    ),
    ("address_changed", "en"): Text(
        "Your e-mail address was changed",
        ("@{handle} on Cadeau now has another e-mail address. If that was you, there is nothing to do.",
         "If it was not you, undo it within 7 days. All devices will be signed out. Then choose a new password:"),
        "Undo this change",
    ),
    ("address_changed", "fr"): Text(
        "Votre adresse e-mail a été modifiée",
        ("@{handle} sur Cadeau a maintenant une autre adresse e-mail. Si c’était vous, vous n’avez rien à faire.",
         "Sinon, annulez sous 7 jours. Tous les appareils seront déconnectés. Choisissez ensuite un nouveau mot de "
         "passe\u00a0:"),
        "Annuler ce changement",
    ),
    ("address_removed", "en"): Text(
        "Your e-mail address was removed",
        ("@{handle} on Cadeau has no e-mail address any more. If that was you, there is nothing to do.",
         "If it was not you, undo it within 7 days. All devices will be signed out. Then choose a new password:"),
        "Undo this change",
    ),
    ("address_removed", "fr"): Text(
        "Votre adresse e-mail a été retirée",
        ("@{handle} sur Cadeau n’a plus d’adresse e-mail. Si c’était vous, vous n’avez rien à faire.",
         "Sinon, annulez sous 7 jours. Tous les appareils seront déconnectés. Choisissez ensuite un nouveau mot de "
         "passe\u00a0:"),
        "Annuler ce changement",
    ),
    ("reset", "en"): Text(
        "Choose a new password",
        ("Somebody, probably you, has forgotten the password of @{handle} on Cadeau. The link counts once, for 15 "
         "minutes:",
         "If it was not you, ignore this mail: your password stays as it is."),
        "Choose a new password",
    ),
    ("reset", "fr"): Text(
        "Choisissez un nouveau mot de passe",
        ("Quelqu’un, sans doute vous, a oublié le mot de passe de @{handle} sur Cadeau. Le lien sert une seule fois, "
         "pendant 15 minutes\u00a0:",
         "Si ce n’était pas vous, ignorez ce message\u00a0: votre mot de passe ne change pas."),
        "Choisir un nouveau mot de passe",
    ),
    ("password_changed", "en"): Text(
        "Your password was changed",
        ("The password of @{handle} on Cadeau was changed, and all other devices were signed out.",
         "If it was not you, choose a new one at once:"),
        "Choose a new password",
    ),
    ("password_changed", "fr"): Text(
        "Votre mot de passe a été modifié",
        ("Le mot de passe de @{handle} sur Cadeau a été modifié, et tous les autres appareils déconnectés.",
         "Si ce n’était pas vous, choisissez-en un nouveau tout de suite\u00a0:"),
        "Choisir un nouveau mot de passe",
    ),
    ("new_sign_in", "en"): Text(
        "New sign-in",
        ("@{handle} on Cadeau was signed in on a device that it had not been signed in on before: {detail}.",
         "If it was not you, sign that device out and change your password:"),
        "Look at your devices",
    ),
    ("new_sign_in", "fr"): Text(
        "Nouvelle connexion",
        ("@{handle} sur Cadeau s’est connecté sur un appareil encore inconnu\u00a0: {detail}.",
         "Si ce n’était pas vous, déconnectez cet appareil et changez de mot de passe\u00a0:"),
        "Voir mes appareils",
    ),
    ("account_closing", "en"): Text(
        "Your account will be deleted",
        ("@{handle} on Cadeau is hidden now and will be deleted in 14 days. All other devices were signed out.",
         "Until then you can undo it. If it was not you, do so at once and change your password:"),
        "Undo the deletion",
    ),
    ("account_closing", "fr"): Text(
        "Votre compte va être supprimé",
        ("@{handle} sur Cadeau est désormais masqué et sera supprimé dans 14 jours. Tous les autres appareils ont été "
         "déconnectés.",
         "D’ici là, vous pouvez annuler. Si ce n’était pas vous, faites-le tout de suite et changez de mot de "
         "passe\u00a0:"),
        "Annuler la suppression",
    ),
    ("factors_changed", "en"): Text(
        "How you sign in has changed",
        ("A passkey, an authenticator app or the recovery codes of @{handle} on Cadeau were added, replaced or removed."
         " All other devices were signed out.",
         "If it was not you, look at your settings at once:"),
        "Look at your settings",
    ),
    ("factors_changed", "fr"): Text(
        "Votre façon de vous connecter a changé",
        ("Une clé d’accès, une application d’authentification ou les codes de secours de @{handle} sur Cadeau ont été "
         "ajoutés, remplacés ou retirés. Tous les autres appareils ont été déconnectés.",
         "Si ce n’était pas vous, regardez tout de suite vos réglages\u00a0:"),
        "Voir mes réglages",
    ),
    ("notice_received", "en"): Text(
        "We received your notice",
        ("Your notice of illegal content has the number {detail}. A person will look at it, and you will be told here"
         " what was decided.",
         "The page that you saw after sending it has a link that shows where it stands. If it was not you, ignore this"
         " mail. How to reach us:"),
        "Contact and redress",
    ),
    ("notice_received", "fr"): Text(
        "Nous avons reçu votre notification",
        ("Votre notification de contenu illicite porte le numéro {detail}. Une personne va l’examiner, et la décision"
         " vous sera communiquée ici.",
         "La page affichée après l’envoi contient un lien qui montre où elle en est. Si ce n’était pas vous, ignorez ce"
         " message. Pour nous joindre\u00a0:"),
        "Contact et recours",
    ),
    ("notice_upheld", "en"): Text(
        "Your notice was right",
        ("A person has looked at your notice {detail}, and we have acted on what it is about.",
         "If you think that this does not go far enough, you can write to us, or go to a court:"),
        "Contact and redress",
    ),
    ("notice_upheld", "fr"): Text(
        "Votre notification était fondée",
        ("Une personne a examiné votre notification {detail}, et nous avons agi sur le contenu visé.",
         "Si cela vous paraît insuffisant, vous pouvez nous écrire ou saisir un tribunal\u00a0:"),
        "Contact et recours",
    ),
    ("notice_rejected", "en"): Text(
        "What we decided about your notice",
        ("A person has looked at your notice {detail}, and found nothing illegal or against our rules. It stays as"
         " it is.",
         "If you think that this is wrong, you can write to us, or go to a court:"),
        "Contact and redress",
    ),
    ("notice_rejected", "fr"): Text(
        "Notre décision sur votre notification",
        ("Une personne a examiné votre notification {detail} et n’a rien trouvé d’illicite ni de contraire à nos"
         " règles. Le contenu reste en place.",
         "Si vous n’êtes pas d’accord, vous pouvez nous écrire ou saisir un tribunal\u00a0:"),
        "Contact et recours",
    ),
    ("notice_reversed", "en"): Text(
        "The decision about your notice was undone",
        ("Whom your notice {detail} was about has appealed. Somebody else has looked at it again and undone"
         " the decision.",
         "If you think that this is wrong, you can write to us, or go to a court:"),
        "Contact and redress",
    ),
    ("notice_reversed", "fr"): Text(
        "La décision sur votre notification a été annulée",
        ("La personne visée par votre notification {detail} a fait un recours. Quelqu’un d’autre a réexaminé le contenu"
         " et annulé la décision.",
         "Si vous n’êtes pas d’accord, vous pouvez nous écrire ou saisir un tribunal\u00a0:"),
        "Contact et recours",
    ),
    ("unused_account", "en"): Text(
        "Your account will be deleted",
        ("@{handle} on Cadeau has not been used for nearly three years. It will be closed on {detail}, and deleted with"
         " everything in it.",
         "To keep it, sign in before then:"),
        "Sign in",
    ),
    ("unused_account", "fr"): Text(
        "Votre compte va être supprimé",
        ("@{handle} sur Cadeau n’a pas servi depuis près de trois ans. Il sera fermé le {detail}, puis supprimé avec"
         " tout ce qu’il contient.",
         "Pour le garder, connectez-vous avant cette date\u00a0:"),
        "Se connecter",
    ),
    ("unused_closing", "en"): Text(
        "Your account is closed",
        ("@{handle} on Cadeau has not been used for three years. It is hidden now, and will be deleted on {detail}.",
         "Until then you can undo it:"),
        "Undo the deletion",
    ),
    ("unused_closing", "fr"): Text(
        "Votre compte est fermé",
        ("@{handle} sur Cadeau n’a pas servi depuis trois ans. Il est désormais masqué, et sera supprimé le {detail}.",
         "D’ici là, vous pouvez annuler\u00a0:"),
        "Annuler la suppression",
    ),
    ("legal_order", "en"): Text(
        "An authority wants something removed",
        ("An order of an authority waits on Cadeau. It has to be carried out until {detail}.",
         "Sign in as @{handle} and carry it out:"),
        "Open the orders",
    ),
    ("legal_order", "fr"): Text(
        "Une autorité demande un retrait",
        ("Une injonction d’une autorité attend sur Cadeau. Elle doit être exécutée avant {detail}.",
         "Connectez-vous en tant que @{handle} pour l’exécuter\u00a0:"),
        "Ouvrir les injonctions",
    ),
}  # fmt: skip


def compose(
    kind: MailKind, language: Language, *, sender: str, to: str, handle: str, detail: str, link: str, at_s: float
) -> EmailMessage:
    """Plain text and HTML that say the same."""
    text = TEXTS[kind, language]
    lines = [line.format(handle=handle, detail=detail) for line in text.lines]
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = to
    mail["Subject"] = text.subject
    mail["Date"] = format_datetime(datetime.fromtimestamp(at_s, UTC))
    mail["Message-ID"] = make_msgid(domain=_domain(sender))
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
    mail["Content-Language"] = language
    plain = "\n\n".join([lines[0], *lines[1:]])
    mail.set_content(f"{plain}\n\n{text.button}: {link}\n")
    body = "".join(f"<p>{escape(line)}</p>" for line in lines)
    button = f'<p><a href="{escape(link)}">{escape(text.button)}</a></p>'
    mail.add_alternative(f'<!doctype html><html lang="{language}"><body>{body}{button}</body></html>', subtype="html")
    return mail


def _domain(sender: str) -> str:
    address = sender.rpartition("<")[2].rstrip("> ")
    return Address(addr_spec=address).domain if address.isascii() else "localhost"
