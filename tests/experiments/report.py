"""The table at the end of an experiment, and its verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from tests.experiments.checker import Findings

SLOW = "too slow:"


@dataclass(frozen=True)
class Limit:
    """A pass figure: a share of the samples, in seconds."""

    what: str
    samples: Sequence[float]
    share: float
    seconds: float

    @property
    def complaint(self) -> str | None:
        """What is wrong, None when it is kept. No sample at all proves nothing, so that is wrong too."""
        if not self.samples:
            return f"{self.what}: nothing was measured"
        value = quantile(self.samples, self.share)
        if value <= self.seconds:
            return None
        return f"{SLOW} {self.what} p{self.share * 100:g} is {value:.3f} s, more than {self.seconds:g} s"


def quantile(samples: Sequence[float], share: float) -> float:
    """The smallest sample that so large a share does not exceed."""
    return sorted(samples)[max(0, ceil(share * len(samples)) - 1)]


def spread(samples: Sequence[float]) -> str:
    """p50, p99 and the largest, in milliseconds."""
    if not samples:
        return "-"
    values = (quantile(samples, 0.5), quantile(samples, 0.99), max(samples))
    return " / ".join(f"{1000 * value:,.0f}" for value in values) + f" ms ({len(samples)})"


def tell(title: str, seed: int, found: Findings, extra: Mapping[str, str], complaints: Sequence[str]) -> None:
    """Print the table; the complaints that follow it are what makes the experiment fail."""
    rows = {
        "asked": f"{found.asked:,}",
        "acknowledged": f"{found.acknowledged:,}",
        "outcome unknown to the client": f"{found.unknown:,}",
        "lost": str(len(found.lost)),
        "doubled": str(len(found.doubled)),
        "zombie commits": str(len(found.zombies)),
        "other contradictions": str(len(found.broken)),
        "recovery p50 / p99 / max": spread(found.recovery),
    }
    rows |= {f"pick-up {phase} p50 / p99 / max": spread(one) for phase, one in found.pickup.items()}
    rows |= {f"request {phase} p50 / p99 / max": spread(one) for phase, one in found.requests.items()}
    rows |= extra
    print(f"\n{title} (seed {seed})")
    for name, value in rows.items():
        print(f"  {name:<38} {value}")
    for words in complaints[:20]:
        print(f"  ✗ {words}")
    if len(complaints) > 20:
        print(f"  ✗ and {len(complaints) - 20} more")
    print(f"  {'FAILED' if complaints else 'passed'}", flush=True)
