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


class SpendingLimitReached(Refusal):
    code, status, title = "spending_limit_reached", 409, "This gift would pass your spending limit."

    @classmethod
    def of(cls, span: str) -> SpendingLimitReached:
        return cls(f"This gift would pass your limit for {'one day' if span == 'day' else '30 days'}.")


class UnknownPack(Refusal):
    code, status, title = "unknown_pack", 404, "There is no such coin pack."


class BadSignature(Refusal):
    code, status, title = "bad_signature", 400, "The webhook's signature is invalid."


class PaymentMismatch(Refusal):
    code, status, title = "payment_mismatch", 409, "The payment does not match the purchase."


class CurrencyNotPaid(Refusal):
    code, status, title = "currency_not_paid", 409, "Earnings are not paid out in this currency."


class PayoutTooSmall(Refusal):
    code, status, title = "payout_too_small", 409, "The amount is below the minimum of a payout."


class InsufficientEarnings(Refusal):
    code, status, title = "insufficient_earnings", 409, "Your payable earnings are not enough."


class DebtOutstanding(Refusal):
    code, status, title = "debt_outstanding", 409, "Coins are owed, so nothing is paid out."


class IdentityNotVerified(Refusal):
    code, status, title = "identity_not_verified", 409, "The identity must be verified first."


class NoDestination(Refusal):
    code, status, title = "no_destination", 409, "There are no bank details for this currency."


class BadDestination(Refusal):
    code, status, title = "bad_destination", 400, "These bank details are invalid."


class TooManyPayouts(Refusal):
    code, status, title = "too_many_payouts", 429, "You have too many open payouts."


class PayoutNotOpen(Refusal):
    code, status, title = "payout_not_open", 409, "The payout is beyond that point."


class PayoutWaits(Refusal):
    code, status, title = "payout_waits", 409, "The payout cannot be approved yet."


class PayoutCapReached(Refusal):
    code, status, title = "payout_cap_reached", 409, "The payouts of today have reached their limit."


class AnotherAdminNeeded(Refusal):
    code, status, title = "another_admin_needed", 403, "Another admin must do this."


class FileChanged(Refusal):
    code, status, title = "file_changed", 409, "The file is no longer as you saw it."


class StatementUnreadable(Refusal):
    code, status, title = "statement_unreadable", 400, "This is neither a CAMT.053 nor an MT940 statement."


class RateTooHigh(Refusal):
    code, status, title = "rate_too_high", 409, "An earned coin cannot be worth more than it brought in."


class InvalidRate(Refusal):
    code, status, title = "invalid_rate", 400, "This is not a valid rate."


class NotRefundable(Refusal):
    code, status, title = "not_refundable", 409, "This purchase cannot be refunded, or not with this amount."


class NotWithdrawable(Refusal):
    code, status, title = "not_withdrawable", 409, "Nothing of this purchase can be withdrawn."


class WithdrawalChanged(Refusal):
    code, status, title = "withdrawal_changed", 409, "What can be withdrawn has changed: look at it again."


class NothingLacking(Refusal):
    code, status, title = "nothing_lacking", 409, "You have enough coins for this gift."
