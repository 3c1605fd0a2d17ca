"""What the tables of ads hold about people. An advertiser is a business; who made its account is a person."""

from __future__ import annotations

from core.privacy import declare, impersonal
from vod.ads.campaigns.tables import (
    ad_categories,
    ad_floors,
    ad_landings,
    ad_offers,
    advertiser_invitations,
    advertiser_members,
    advertisers,
    campaigns,
    creatives,
)
from vod.ads.challenges.tables import ad_challenge_entries, ad_challenge_fees, ad_challenges
from vod.ads.effects.tables import effect_bookings, effect_days, effect_pictures, effect_uses, video_effects
from vod.ads.goals.tables import ad_goals
from vod.ads.promoted.tables import ad_consents
from vod.ads.tables import (
    ad_conversion_secrets,
    ad_conversions,
    ad_days,
    ad_events,
    ad_keys,
    ad_library,
    ad_nodes,
    ad_places,
    ad_progress,
    ad_receipts,
    ad_roots,
    ad_serves,
    ad_slices,
    ad_traffic,
)
from vod.ads.takeover.tables import ad_takeover_days

BUSINESS = "advertiser > advertisers.created_by"

declare(
    advertisers, "Advertisers' accounts that you made: the business's name, payer and country.",
    "Les comptes d’annonceur que vous avez créés : nom, payeur et pays de l’entreprise.", owner="created_by",
    secret="reviewed_by", erase="keep", law="name payer reason", basis="law",
)  # fmt: skip
declare(advertiser_members, "Advertisers that you act for.", "Les annonceurs pour lesquels vous agissez.",
        owner="person")  # fmt: skip
declare(advertiser_invitations, "Advertisers that asked you to act for them.",
        "Les annonceurs qui vous ont demandé d’agir pour eux.", owner="person", others="by")  # fmt: skip
declare(campaigns, "Campaigns that you made.",
        "Les campagnes que vous avez créées.", owner="created_by", others="creator",
        erase="keep", law="name", basis="law")  # fmt: skip
declare(
    creatives, "Ads that you made: texts and links.", "Les annonces que vous avez créées : textes et liens.",
    owner="campaign > campaigns.created_by", secret="reviewed_by note", erase="keep",
    law="caption text url note", basis="law", level="public",
)  # fmt: skip
impersonal(ad_landings, "What advertisers' pages said when they were looked at.", apart="host")
impersonal(ad_floors, "The lowest prices of ads.", others="by")
impersonal(ad_categories, "Which kinds of products may be advertised.", others="by")
impersonal(ad_offers, "What takeovers cost, and creators' share.", others="by")
impersonal(ad_nodes, "Processes that choose ads.")
impersonal(ad_slices, "What of a campaign's budget each process may spend.")
declare(
    ad_serves, "Which ads you were shown, and why; ads with videos of yours.",
    "Quelles publicités vous ont été montrées, et pourquoi ; celles avec vos vidéos.", owner="viewer",
    others="creator", days=90, swept=True, basis="interest", level="grave",
)  # fmt: skip
declare(
    ad_events, "What you did with ads you were shown.", "Ce que vous avez fait des publicités montrées.",
    owner="serve > ad_serves.viewer", days=90, swept=True, basis="interest", level="grave",
)  # fmt: skip
declare(ad_receipts, "What views of ads with your videos earned.", "Ce qu’ont rapporté les publicités avec vos vidéos.",
        owner="creator", erase="keep", basis="law")  # fmt: skip
impersonal(ad_days, "Figures of campaigns, by day.")
impersonal(ad_conversion_secrets, "Keys of advertisers, as digests.", others="by")
declare(
    ad_conversions, "What you did at an advertiser's after a click.",
    "Ce que vous avez fait chez un annonceur après un clic.", owner="serve > ad_serves.viewer", secret="order_id",
    days=90, swept=True, basis="interest", level="grave",
)  # fmt: skip
impersonal(ad_roots, "Digests over each day's receipts.")
impersonal(ad_progress, "Up to which minute ads are billed.")
impersonal(ad_keys, "The keys that sign what ads report.")
impersonal(ad_traffic, "How many views came from where, by hour; networks are digests.")
declare(
    ad_library, "Your ads in the public library of ads. A law asks for it.",
    "Vos annonces dans la bibliothèque publique des publicités. La loi l’exige.",
    owner="campaign > campaigns.created_by", erase="keep",
    law="sponsor paid_by names text landing", days=3_650, clock="last_at", basis="law", level="public",
)  # fmt: skip
impersonal(ad_takeover_days, "Which campaign has booked which day.")
declare(
    ad_challenges, "Challenges that you made.", "Les défis que vous avez créés.",
    owner="created_by", others="winner chosen_by", secret="reviewed_by note", erase="keep",
    law="title rules sponsor payer note chosen_because stopped_because", basis="law", level="public",
)  # fmt: skip
declare(ad_challenge_entries, "Challenges that your videos took part in.", "Les défis auxquels vos vidéos participent.",
        owner="person")  # fmt: skip
impersonal(ad_challenge_fees, "What running a challenge costs.", others="by")
declare(
    effect_bookings, "Sponsored effects that you booked.", "Les effets sponsorisés que vous avez réservés.",
    owner="created_by", secret="reviewed_by note", erase="keep", law="name sponsor paid_by note look", basis="law",
)  # fmt: skip
impersonal(effect_days, "Days of effects that were paid.")
declare(effect_pictures, "Pictures of sponsored effects.", "Les images d’effets sponsorisés.", owner=BUSINESS,
        erase="keep", secret="body", law="body", basis="law", level="public")  # fmt: skip
declare(effect_uses, "On which days you used a sponsored effect.", "Quels jours vous avez utilisé un effet sponsorisé.",
        owner="person")  # fmt: skip
declare(video_effects, "Sponsored effects in your videos.", "Les effets sponsorisés de vos vidéos.",
        owner="video > videos.person", level="public")  # fmt: skip
declare(
    ad_consents, "Your consent that a video may be an ad, and its withdrawal.",
    "Votre accord pour qu’une vidéo soit une publicité, et son retrait.", owner="person", erase="keep",
    secret="code", law="sponsor", basis="law",
)  # fmt: skip
declare(
    ad_goals, "Goals in rooms that you sponsored.", "Les objectifs de salons que vous avez sponsorisés.",
    owner="created_by", others="creator", secret="consent reviewed_by note", erase="keep",
    law="text sponsor paid_by note",
    basis="law",
)  # fmt: skip
impersonal(ad_places, "How many places for ads there were, by hour and country.")
