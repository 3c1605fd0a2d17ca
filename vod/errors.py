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
