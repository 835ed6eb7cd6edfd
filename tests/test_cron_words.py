"""Cron expressions in words."""

from __future__ import annotations

import pytest

from tasks.cron_words import in_words


@pytest.mark.parametrize(
    ("cron", "words"),
    [
        ("* * * * *", "every minute"),
        ("*/5 * * * *", "every 5 minutes"),
        ("0 * * * *", "every hour"),
        ("7 * * * *", "every hour at 7 past"),
        ("15 */6 * * *", "every 6 hours at 15 past"),
        ("30 2 * * *", "every day at 02:30"),
        ("0 9 * * 1-5", "on weekdays at 09:00"),
        ("0 4 * * 0", "on Sundays at 04:00"),
        ("0 4 * * 7", "on Sundays at 04:00"),
        ("0 * * * 6", "every hour, on Saturdays"),
        ("0 0 1 * *", "on day 1 of the month at 00:00"),
        ("0 0 1 1 *", "0 0 1 1 *"),
        ("0 0 1 * 1", "0 0 1 * 1"),
        ("0,30 9-17 * * *", "0,30 9-17 * * *"),
        ("0 9 L * *", "0 9 L * *"),
        ("nonsense", "nonsense"),
    ],
)
def test_words(cron: str, words: str) -> None:
    assert in_words(cron) == words
