"""One experiment in a process of its own: `python -m tests.experiments.one e1 SEED [--minutes M] [--bug NAME]`."""

from __future__ import annotations

import argparse
import importlib
import sys

from tests.experiments import report
from tests.experiments.world import world

MODULES = {
    "e1": "e1_kill_storm",
    "e2": "e2_redis_amnesia",
    "e3": "e3_postgres_broken",
    "e4": "e4_clock",
    "e5": "e5_model",
    "load": "load",
}

TOO_SLOW = 3
"""Exit status when everything is right but the speed."""


def main() -> int:
    """Run it, print its table; exit status 1 when something is wrong, 3 when it only took too long."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("experiment", choices=MODULES)
    parser.add_argument("seed", type=int)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--bug")
    parser.add_argument("--part")
    words = parser.parse_args()
    module = importlib.import_module(f"tests.experiments.{MODULES[words.experiment]}")
    with world(
        words.seed, words.minutes, own_redis=module.OWN_REDIS, own_postgres=module.OWN_POSTGRES
    ) as place:
        place.timed = getattr(module, "TIMED_SECONDS", place.timed)
        if words.bug:
            from tests.experiments.bugs_of_time import BUGS

            BUGS[words.bug].plant()
            place.patience = 25  # enough for a lease to end and a take-over
        found, extra, complaints = module.run(place, words.bug, words.part)
        title = (module.__doc__ or "").partition(":")[0]
        report.tell(title, words.seed, found, extra, complaints)
        if complaints and not words.bug:
            print(place.log[-4000:], file=sys.stderr)
    if complaints and all(words.startswith(report.SLOW) for words in complaints):
        return TOO_SLOW
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
