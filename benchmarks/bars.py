"""A bar and what was measured against it: one line each, which `python -m benchmarks` gathers."""

MARK = "bar |"


def tell(what: str, measured: float, bar: float, *, is_most: bool = False) -> bool:
    """Print the line; whether the bar is reached (`is_most`: by staying at or below it)."""
    is_reached = measured <= bar if is_most else measured >= bar
    wanted = f"{'at most' if is_most else 'at least'} {bar:,g}"
    print(
        f"{MARK} {what:<52} | {_short(measured):>9} | {wanted:<16} |"
        f" {'reached' if is_reached else 'MISSED'}",
        flush=True,
    )
    return is_reached


def _short(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"
