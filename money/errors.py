"""What money refuses."""

from __future__ import annotations

from core.errors import Refusal


class InsufficientCoins(Refusal):
    code, status, title = "insufficient_coins", 409, "Your wallet does not have enough coins."


class BalanceTooLarge(Refusal):
    code, status, title = "balance_too_large", 409, "The balance would exceed the ledger's limit."


class InvalidTransfer(Refusal):
    code, status, title = "invalid_transfer", 400, "This is not a valid transfer."


class UnknownGift(Refusal):
    code, status, title = "unknown_gift", 404, "There is no such gift."


class BadCount(Refusal):
    code, status, title = (
        "bad_count",
        400,
        "The count must be 1 to 999, and 1 for gifts of more than 99 coins.",
    )


class CannotGiveToYourself(Refusal):
    code, status, title = "cannot_give_to_yourself", 409, "You cannot give gifts to yourself."


class UnknownPack(Refusal):
    code, status, title = "unknown_pack", 404, "There is no such coin pack."


class BadSignature(Refusal):
    code, status, title = "bad_signature", 400, "The webhook's signature is invalid."


class PaymentMismatch(Refusal):
    code, status, title = "payment_mismatch", 409, "The payment does not match the purchase."


class NotRefundable(Refusal):
    code, status, title = "not_refundable", 409, "This purchase cannot be refunded, or not with this amount."


class NotWithdrawable(Refusal):
    code, status, title = "not_withdrawable", 409, "Nothing of this purchase can be withdrawn."


class WithdrawalChanged(Refusal):
    code, status, title = "withdrawal_changed", 409, "What can be withdrawn has changed: look at it again."


class NothingLacking(Refusal):
    code, status, title = "nothing_lacking", 409, "You have enough coins for this gift."
