"""Everything the placement office can do: services decide, jobs do."""
