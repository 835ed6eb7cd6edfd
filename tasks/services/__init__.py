"""DECIDE: check, one transaction, enqueue. One file a noun; both doors call the same functions."""
