"""How well the rules judge: `python -m tests.accuracy` writes docs/accuracy.md from hits.toml."""

from collections import Counter
from pathlib import Path

from backend.tracking.classify import RULES, RULES_VERSION, Ruling, Verdict
from tests.tracking.labelled import Labelled, cases

PAGE = Path(__file__).parent.parent / "docs" / "accuracy.md"

Judged = list[tuple[Labelled, Ruling]]


def judged() -> Judged:
    """Every labelled hit with what the rules say of it."""
    return [pair for case in cases() for pair in case.judged()]


def wrongly_counted(pairs: Judged) -> Judged:
    """Where a machine counts as a person, or a person does not count."""
    return [pair for pair in pairs if pair[0].is_counted != pair[1].is_counted]


def page(pairs: Judged) -> str:
    """The whole of docs/accuracy.md."""
    parts = (_head(pairs), _matrix(pairs), _wrong(pairs), _renamed(pairs), _rules(), _limits())
    return "\n".join(parts)


def _head(pairs: Judged) -> str:
    said = [label.is_counted for label, ruling in pairs if ruling.is_counted]
    true = [ruling.is_counted for label, ruling in pairs if label.is_counted]
    wrong = len(wrongly_counted(pairs))
    return f"""# How well hits are judged

Made by `python -m tests.accuracy` from `tests/data/hits.toml`; a test fails when this page is old
or when more hits are misjudged than it admits. Rules version {RULES_VERSION}.

{len(pairs)} labelled hits. A label is what the hit's *source* says it was, hard cases included.
What these figures are not:

* no sample of real traffic: they show where the rules fail, not how often;
* not independent of the rules: many signatures were written from the same public lists, so known
  names do well by construction, and the first run on this list (25 wrong) led to three more signs
  (all links of a mail in ten seconds, opens beside a check at delivery, agents that name a URL);
* where a source gives no time or network, a plain one was assumed, and "suspected" and "unknown" as
  truth are our own words for cases in which the sources disagree.

| | |
|---|---|
| counted, and a person acted (precision) | {sum(said)} of {len(said)} ({_percent(said)}) |
| a person acted, and it counts (recall) | {sum(true)} of {len(true)} ({_percent(true)}) |
| wrongly counted or not counted | {wrong} |
"""


def _percent(values: list[bool]) -> str:
    return f"{100 * sum(values) / len(values):.1f} %"


def _matrix(pairs: Judged) -> str:
    cells = Counter((label.verdict, ruling.verdict.value) for label, ruling in pairs)
    columns = [verdict.value for verdict in Verdict]
    lines = [
        "## Truth (rows) against verdict (columns)\n",
        f"| truth | {' | '.join(columns)} |",
        "|---" * (len(columns) + 1) + "|",
    ]
    for row in columns:
        counts = [str(cells[row, column] or "") for column in columns]
        lines.append(f"| **{row}** | {' | '.join(counts)} |")
    return "\n".join([*lines, ""])


def _wrong(pairs: Judged) -> str:
    lines = ["## Wrongly counted or not counted\n", "| what | truth | verdict | by rule | source |"]
    lines.append("|---|---|---|---|---|")
    lines += [_line(label, ruling) for label, ruling in wrongly_counted(pairs)]
    return "\n".join([*lines, ""])


def _renamed(pairs: Judged) -> str:
    other = [
        (label, ruling)
        for label, ruling in pairs
        if label.verdict != ruling.verdict and label.is_counted == ruling.is_counted
    ]
    lines = ["## Another name, the same count\n", "| what | truth | verdict | by rule | source |"]
    lines.append("|---|---|---|---|---|")
    return "\n".join([*lines, *(_line(label, ruling) for label, ruling in other), ""])


def _line(label: Labelled, ruling: Ruling) -> str:
    said = f"{ruling.verdict}, {'counts' if ruling.is_counted else 'does not count'}"
    what = label.why.replace("|", "/")
    return f"| {what} | {label.verdict} | {said} | `{ruling.rule}` | {label.source} |"


def _rules() -> str:
    lines = ["## The rules, in order\n", "The first rule that speaks decides.\n"]
    lines += ["| rule | why |", "|---|---|"]
    for rule in RULES:
        words = (rule.__doc__ or "").split("\n\n")[0]
        lines.append(f"| `{rule.__name__}` | {' '.join(words.split())} |")
    return "\n".join([*lines, ""])


def _limits() -> str:
    return """## What no rule can know

* A gateway that fetches one link with a current browser, from an ordinary network, later than three
  seconds after the send, looks like a person. Network data (ASN and country databases) helps most.
* Apple Mail's preloads say nothing about whether the mail was looked at; neither do they deny it.
* Gmail's picture proxy fetches when the mail is shown, and sometimes at delivery.
* A security company's browser isolation puts a person where its scanner is: within 15 minutes of
  the send we say scanner.
* Apple's and Google's lists come with `refresh-networks`. Without them Apple's preloads are still
  told by their name, only less surely.
* Stored hits keep the lists that matched at that moment, never the address: new rules judge old
  hits again, new network lists only new ones.
"""


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(judged()), "utf-8")


if __name__ == "__main__":
    main()
