"""How long and how large a run of the benchmark is."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Times in seconds. `sizes` are the two registries of which checks are compared."""

    numbers: int
    rounds: int
    seconds: float
    steady_seconds: float
    sizes: tuple[int, int]
    rates: tuple[int, ...] = (100, 500, 1000)
    is_full: bool = False
    is_rehearsal: bool = False

    @classmethod
    def usual(cls) -> "Plan":
        """What `make bench` does, within ten minutes."""
        return cls(numbers=1_000_000, rounds=5, seconds=3.0, steady_seconds=8.0, sizes=(100_000, 1_000_000))

    @classmethod
    def full(cls) -> "Plan":
        """What `make bench-full` does."""
        more = replace(cls.usual(), rounds=7, seconds=5.0, steady_seconds=20.0, sizes=(1_000_000, 10_000_000))
        return replace(more, is_full=True)

    @classmethod
    def quick(cls) -> "Plan":
        """A rehearsal of the benchmark itself: its figures mean nothing."""
        return cls(numbers=10_000, rounds=1, seconds=1.0, steady_seconds=1.0, sizes=(1000, 10_000), is_rehearsal=True)
