"""What money refuses."""

from __future__ import annotations

from core.errors import Refusal


class InsufficientCoins(Refusal):
    code, status, title = "insufficient_coins", 409, "There are not enough coins in the wallet."


class BalanceTooLarge(Refusal):
    code, status, title = "balance_too_large", 409, "The balance would be larger than the ledger allows."


class InvalidTransfer(Refusal):
    code, status, title = "invalid_transfer", 400, "The ledger does not accept this transfer."


class UnknownGift(Refusal):
    code, status, title = "unknown_gift", 404, "There is no such gift."


class BadCount(Refusal):
    code, status, title = "bad_count", 400, "A gift can be sent 1 to 999 times at once."


class CannotGiveToYourself(Refusal):
    code, status, title = "cannot_give_to_yourself", 409, "You cannot send gifts to yourself."


class UnknownPack(Refusal):
    code, status, title = "unknown_pack", 404, "There is no such pack of coins."


class BadSignature(Refusal):
    code, status, title = "bad_signature", 400, "The webhook is not signed by the payment provider."


class PaymentMismatch(Refusal):
    code, status, title = "payment_mismatch", 409, "The payment is not the one this purchase asked for."
