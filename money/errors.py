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


class InvalidAgreement(Refusal):
    code, status, title = "invalid_agreement", 400, "This is not a valid agreement."


class NoticeTooShort(Refusal):
    code, status, title = "notice_too_short", 409, "A rate that leaves a creator less begins 30 days later."


class ProposalNotOpen(Refusal):
    code, status, title = "proposal_not_open", 409, "This proposal is no longer open."


class NoAgency(Refusal):
    code, status, title = "no_agency", 409, "There is no agency to leave."


class InvalidVatNumber(Refusal):
    code, status, title = "invalid_vat_number", 400, "This is not a VAT number of the EU."


class BadTaxNumber(Refusal):
    code, status, title = "bad_tax_number", 400, "This is not a tax number of that country."


class AdBalanceTooLow(Refusal):
    code, status, title = "ad_balance_too_low", 409, "The advertiser's balance is too low."


class BudgetSpent(Refusal):
    code, status, title = "budget_spent", 409, "The campaign's budget is spent or set aside."


class TopUpAmount(Refusal):
    code, status, title = "top_up_amount", 409, "This amount cannot be paid in."


class TopUpTotalChanged(Refusal):
    code, status, title = "top_up_total_changed", 409, "The VAT on this has changed: look at the total again."


class FundPeriodOver(Refusal):
    code, status, title = "fund_period_over", 409, "This month of the creator fund is closed."


class FundPeriodRuns(Refusal):
    code, status, title = "fund_period_runs", 409, "A month of the creator fund is closed an hour after its end."


class OriginalityNotFound(Refusal):
    code, status, title = "originality_not_found", 404, "This video is not among those that look like an earlier one."


class NotDisputable(Refusal):
    code, status, title = "not_disputable", 409, "This was disputed or decided before."


class FundNotReady(Refusal):
    code, status, title = "fund_not_ready", 409, "This month of the creator fund is not that far yet."
