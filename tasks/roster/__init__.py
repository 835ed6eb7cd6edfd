"""Rosters as colleges send them: read the file, match its columns, clean its cells. No database here."""
