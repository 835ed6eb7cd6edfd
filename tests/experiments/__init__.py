"""Experiments: real workers and servers, broken on purpose, and a checker that compares three records afterwards.

    python -m tests.experiments                     the short form of all five
    python -m tests.experiments e1 --minutes 15     the long form of one
    python -m tests.experiments load --minutes 10   50,000 jobs wait, 100 a second come and go
    python -m tests.experiments --bugs              each seeded bug, which an experiment must catch

The records: what clients were told (`journal`), what the ledger says, and the witness table, to which effects append
in their own transaction and which forbids nothing.
"""
