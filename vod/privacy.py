"""What the tables of videos, the feed and search hold about people."""

from __future__ import annotations

from core.privacy import declare, impersonal
from vod.tables import (
    analytics_progress,
    collections,
    feed_changes,
    feed_events,
    feed_experiments,
    feed_impressions,
    feed_settings,
    feed_snapshots,
    file_keys,
    history_pauses,
    kept_files,
    saved_videos,
    search_documents,
    search_marks,
    search_variants,
    sounds,
    stored_files,
    trending,
    uploads,
    video_comment_likes,
    video_comments,
    video_days,
    video_files,
    video_likes,
    video_mentions,
    video_tags,
    videos,
    watch_history,
)

VIDEO = "video > videos.person"

declare(uploads, "Uploads that are not finished.", "Les envois inachevés.", owner="person", days=1,
        clock="expires_at", swept=True)  # fmt: skip
declare(videos, "Your videos with their captions.", "Vos vidéos et leurs légendes.", owner="person", level="public")
declare(
    sounds, "The sounds of your videos. One that others use stays with them, without your name.",
    "Les sons de vos vidéos. Celui que d’autres utilisent leur reste, sans votre nom.", owner="person",
    erase="blank", blank={"title": "", "allowed": False}, level="public",
)  # fmt: skip
declare(video_tags, "Hashtags of your videos.", "Les hashtags de vos vidéos.", owner=VIDEO, level="public")
declare(video_files, "The files of your videos.", "Les fichiers de vos vidéos.", owner=VIDEO, level="public")
impersonal(file_keys, "What withdrawn files are sealed with.")
impersonal(kept_files, "Files that stay for a while, as an authority's order wants.")
impersonal(stored_files, "How many videos and sounds use each stored file.")
declare(video_likes, "Videos that you like.", "Les vidéos que vous aimez.", owner="person")
declare(
    video_comments, "Your comments. One that others answered stays, without its text.",
    "Vos commentaires. Celui auquel d’autres ont répondu reste, sans son texte.", owner="person", others="to",
    erase="blank", blank={"text": ""}, level="public",
)  # fmt: skip
declare(video_comment_likes, "Comments that you like.", "Les commentaires que vous aimez.", owner="person")
declare(collections, "Your collections.", "Vos collections.", owner="person")
declare(saved_videos, "Videos that you saved.", "Les vidéos que vous avez enregistrées.", owner="person")
declare(
    watch_history,
    "What you watched, the latest.",
    "Ce que vous avez regardé, le plus récent.",
    owner="person",
    level="grave",
)
declare(history_pauses, "Whether your history is paused.", "Si votre historique est en pause.", owner="person")
declare(
    feed_events, "What you watched and how long; the feed learns from it.",
    "Ce que vous avez regardé et combien de temps ; le fil en apprend.", owner="viewer", secret="profile",
    days=90, swept=True, basis="interest", level="grave",
)  # fmt: skip
declare(
    feed_impressions, "What the feed showed you, and why.", "Ce que le fil vous a montré, et pourquoi.",
    owner="viewer", days=30, swept=True, basis="interest", level="grave",
)  # fmt: skip
declare(
    feed_changes, "What the feed was told to forget or to learn.", "Ce que le fil a dû oublier ou apprendre.",
    owner="subject", erase="keep", days=1, swept=True, basis="interest", level="grave",
)  # fmt: skip  # also the order to forget somebody: other nodes still have to read it
declare(feed_settings, "Whether your feed is personal.", "Si votre fil est personnalisé.", owner="person")
impersonal(feed_snapshots, "The recommender's memory by ids; a new one replaces it after an erasure.")
impersonal(feed_experiments, "Experiments with the feed's order.")
declare(video_days, "How your videos were watched, by day.", "Comment vos vidéos ont été regardées, par jour.",
        owner=VIDEO)  # fmt: skip
impersonal(analytics_progress, "Up to which day views are counted.")
declare(
    video_mentions, "Where you are mentioned, and whom you mention.",
    "Où vous êtes mentionné, et qui vous mentionnez.", owner=f"person | {VIDEO}", level="public",
)  # fmt: skip
impersonal(search_documents, "What search finds, in words; rebuilt from the other tables.")
impersonal(search_variants, "The words of what search finds, without those that nothing has any more.")
impersonal(search_marks, "What is to be indexed again.")
impersonal(trending, "Videos and hashtags that are trending.")
