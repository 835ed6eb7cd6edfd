"""What errors and fixes call things on this door: inputs by their options."""

from __future__ import annotations

from tasks.errors import PlaceopsError, named_inputs

OPTIONS = {
    "selected_students": "--students",
    "add_students": "--add",
    "remove_students": "--remove",
    "reg_opens_at": "--opens",
    "reg_closes_at": "--closes",
    "branches": "--branch",
    "programmes": "--programme",
    "batch_years": "--batch-year",
    "colleges": "--college",
    "genders": "--gender",
    "not_debarred": "--allow-debarred",
    "dialect": "--for",
    "previous": "--from",
    "starts_at": "--starts",
}
"""Options that are not simply called like their input."""


def option(name: str) -> str:
    """The option that takes an input."""
    return OPTIONS.get(name) or "--" + name.replace("_", "-")


def on_the_line(error: PlaceopsError) -> PlaceopsError:
    """The error in this door's words."""
    return error.in_words(lambda text: named_inputs(text, option))
