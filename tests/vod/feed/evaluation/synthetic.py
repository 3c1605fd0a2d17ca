"""A log as somebody could have recorded it: people come in sessions, stay with few topics, go on to what comes next."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

TOPIC_ITEMS = 40
TOPICS_OF_PERSON = 3
GOES_ON = 0.5  # to one of the next items of the topic; otherwise to a popular one of it
LIKES = 0.7
SESSION = 12  # events
BEGIN = 1_700_000_000


def synthetic(people: int, items: int, sessions: int, seed: int = 7) -> Iterator[tuple[str, str, float, float]]:
    """Events as `log_of` takes them: person, item, Unix seconds, signal. The same for the same arguments."""
    chance = np.random.default_rng(seed)
    topics = items // TOPIC_ITEMS
    popular = 1.0 / np.arange(1, TOPIC_ITEMS + 1)
    popular /= popular.sum()
    at = float(BEGIN)
    for session in range(sessions):
        person = int(people * (session / sessions) ** 0.5 * chance.random())  # most of them come late
        topic = (person * 7 + int(chance.integers(TOPICS_OF_PERSON))) % topics
        place = int(chance.choice(TOPIC_ITEMS, p=popular))
        for _ in range(SESSION):
            at += float(chance.exponential(20.0))
            yield f"p{person}", f"i{topic * TOPIC_ITEMS + place}", at, 1.0 if chance.random() < LIKES else 0.0
            on = chance.random() < GOES_ON
            step = int(chance.integers(1, 4)) if on else int(chance.choice(TOPIC_ITEMS, p=popular))
            place = (place + step) % TOPIC_ITEMS if on else step
