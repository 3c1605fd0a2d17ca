"""The refusals of uploads, videos and the feed."""

from __future__ import annotations

from core.errors import Refusal


class UnsupportedTusVersion(Refusal):
    code, status, title = "unsupported_tus_version", 412, "This server supports tus 1.0.0 only."


class InvalidUpload(Refusal):
    code, status, title = "invalid_upload", 400, "A header of the upload is missing or malformed."


class UploadTooLarge(Refusal):
    code, status, title = "upload_too_large", 413, "The upload is too large."


class WrongOffset(Refusal):
    code, status, title = "wrong_offset", 409, "The offset does not match the upload."


class ChecksumMismatch(Refusal):
    code, status, title = "checksum_mismatch", 460, "The checksum does not match the received bytes."


class UploadNotFound(Refusal):
    code, status, title = "upload_not_found", 404, "There is no such upload."


class UploadExpired(Refusal):
    code, status, title = "upload_expired", 410, "The upload has expired."


class UploadBusy(Refusal):
    code, status, title = "upload_busy", 423, "Another request is writing to this upload."


class UploadComplete(Refusal):
    code, status, title = "upload_complete", 409, "The upload is already complete."


class UploadStalled(Refusal):
    code, status, title = "upload_stalled", 408, "The upload stalled or was taken over by another request."


class TooManyUploads(Refusal):
    code, status, title = "too_many_uploads", 429, "You have too many unfinished uploads."


class TooManyProcessing(Refusal):
    code, status, title = "too_many_processing", 429, "Too many of your videos are being processed."


class StorageQuotaExceeded(Refusal):
    code, status, title = "storage_quota_exceeded", 507, "Your videos would take up more space than one person may use."


class VideoNotFound(Refusal):
    code, status, title = "video_not_found", 404, "There is no such video."


class VideoWithheld(Refusal):
    code, status, title = "video_withheld", 409, "This video is not shown to others; it cannot be changed meanwhile."


class VideoNotReady(Refusal):
    code, status, title = "video_not_ready", 409, "The video is not ready yet."


class SoundNotFound(Refusal):
    code, status, title = "sound_not_found", 404, "There is no such sound."


class SoundNotAllowed(Refusal):
    code, status, title = "sound_not_allowed", 403, "This sound cannot be used."


class CommentNotFound(Refusal):
    code, status, title = "comment_not_found", 404, "There is no such comment."


class CollectionNotFound(Refusal):
    code, status, title = "collection_not_found", 404, "You have no such collection."


class ImpressionNotFound(Refusal):
    code, status, title = "impression_not_found", 404, "There is no such impression of yours."


class InterestNotFound(Refusal):
    code, status, title = "interest_not_found", 404, "You have no such interest."


class AdvertiserNotFound(Refusal):
    code, status, title = "advertiser_not_found", 404, "You have no such advertiser."


class CampaignNotFound(Refusal):
    code, status, title = "campaign_not_found", 404, "There is no such campaign."


class CreativeNotFound(Refusal):
    code, status, title = "creative_not_found", 404, "There is no such creative."


class InvalidCampaign(Refusal):
    code, status, title = "invalid_campaign", 400, "This campaign cannot be booked."


class EffectNotFound(Refusal):
    code, status, title = "effect_not_found", 404, "There is no such effect."


class InvalidEffect(Refusal):
    code, status, title = "invalid_effect", 400, "This effect cannot be booked."


class EffectNotOpen(Refusal):
    code, status, title = "effect_not_open", 409, "The effect is in a state in which this is not possible."


class EffectChanged(Refusal):
    code, status, title = "effect_changed", 409, "The effect is no longer as you saw it."


class GoalNotFound(Refusal):
    code, status, title = "goal_not_found", 404, "There is no such goal."


class InvalidGoal(Refusal):
    code, status, title = "invalid_goal", 400, "This goal cannot be sponsored."


class GoalNotOpen(Refusal):
    code, status, title = "goal_not_open", 409, "The goal is in a state in which this is not possible."


class GoalChanged(Refusal):
    code, status, title = "goal_changed", 409, "The goal is no longer as you saw it."


class InvalidLandingPage(Refusal):
    code, status, title = "invalid_landing_page", 400, "An ad cannot lead to this address."


class BidTooLow(Refusal):
    code, status, title = "bid_too_low", 409, "The bid is below the floor price."


class BudgetTooLow(Refusal):
    code, status, title = "budget_too_low", 409, "The budget is less than what is spent and held already."


class CategoryNotAllowed(Refusal):
    code, status, title = "category_not_allowed", 409, "Ads for this product category are not allowed here."


class ConversionSecretUnknown(Refusal):
    code, status, title = "conversion_secret_unknown", 403, "This secret for reporting conversions is unknown."


class ConversionsNotReported(Refusal):
    code, status, title = "conversions_not_reported", 409, "This advertiser does not report conversions yet."


class ClickNotFound(Refusal):
    code, status, title = "click_not_found", 404, "There is no such click on an ad of yours."


class CampaignNotOpen(Refusal):
    code, status, title = "campaign_not_open", 409, "The campaign is in a state in which this is not possible."


class CreativeChanged(Refusal):
    code, status, title = "creative_changed", 409, "The creative is no longer as you saw it."


class ConsentNotFound(Refusal):
    code, status, title = "consent_not_found", 404, "There is no such consent for you."


class ConsentOver(Refusal):
    code, status, title = "consent_over", 409, "The creator's consent was revoked, or is over."


class DayTaken(Refusal):
    code, status, title = "day_taken", 409, "Another advertiser has booked a day of these."


class ChallengeNotFound(Refusal):
    code, status, title = "challenge_not_found", 404, "There is no such challenge."


class InvalidChallenge(Refusal):
    code, status, title = "invalid_challenge", 400, "This challenge cannot be booked."


class HashtagTaken(Refusal):
    code, status, title = "hashtag_taken", 409, "This hashtag cannot be claimed for a challenge."


class ChallengeNotOpen(Refusal):
    code, status, title = "challenge_not_open", 409, "The challenge is in a state in which this is not possible."


class ChallengeChanged(Refusal):
    code, status, title = "challenge_changed", 409, "The challenge is no longer as you saw it."


class EntryNotEligible(Refusal):
    code, status, title = "entry_not_eligible", 409, "This video cannot win the challenge anymore."


class AdvertiserNotReady(Refusal):
    code, status, title = "advertiser_not_ready", 409, "The advertiser's name is not verified, or it is stopped."
