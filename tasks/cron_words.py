"""Cron expressions in words, for the shapes that people write; any other stays as it is."""

from __future__ import annotations

import re

DAYS = ("Sundays", "Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
_NUMBER = re.compile(r"[0-9]{1,2}")
_EVERY = re.compile(r"\*/([0-9]{1,2})")


def in_words(cron: str) -> str:
    """`5 * * * *` is *every hour at 5 past*, `30 2 * * 1-5` *on weekdays at 02:30*; else the expression itself."""
    parts = cron.split()
    if len(parts) != 5:
        return cron
    minute, hour, day, month, weekday = parts
    if month != "*" or (day != "*" and weekday != "*"):
        return cron
    days = _days(day, weekday)
    at = _at(minute, hour)
    if days is None or at is None:
        return cron
    if ":" in at:
        return f"{days} at {at}"
    return at if days == "every day" else f"{at}, {days}"


def _days(day: str, weekday: str) -> str | None:
    if day != "*":
        return f"on day {int(day)} of the month" if _NUMBER.fullmatch(day) else None
    if weekday == "*":
        return "every day"
    if weekday == "1-5":
        return "on weekdays"
    return f"on {DAYS[int(weekday)]}" if weekday in tuple("01234567") else None


def _at(minute: str, hour: str) -> str | None:
    if _NUMBER.fullmatch(minute) and _NUMBER.fullmatch(hour):
        return f"{int(hour):02}:{int(minute):02}"
    if hour == "*":
        if _NUMBER.fullmatch(minute):
            return f"every hour at {int(minute)} past" if int(minute) else "every hour"
        if minute == "*":
            return "every minute"
        if found := _EVERY.fullmatch(minute):
            return f"every {int(found[1])} minutes"
    if (found := _EVERY.fullmatch(hour)) and _NUMBER.fullmatch(minute):
        return (
            f"every {int(found[1])} hours at {int(minute)} past"
            if int(minute)
            else f"every {int(found[1])} hours"
        )
    return None
