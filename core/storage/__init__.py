"""Object storage: a local folder or S3."""

from core.storage.storage import (
    CHUNK_BYTES,
    FolderStorage,
    Storage,
    Stored,
    check_key,
    content_type,
    digest_of,
    open_storage,
    storage_folder,
)
from core.storage.withdrawals import Withdrawals

__all__ = [
    "CHUNK_BYTES",
    "FolderStorage",
    "Storage",
    "Stored",
    "Withdrawals",
    "check_key",
    "content_type",
    "digest_of",
    "open_storage",
    "storage_folder",
]
