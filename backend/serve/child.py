"""Runs a module as a child: `python -m backend.serve.child <parent's id> <module> [argument...]`.

The supervisor starts every child through it. It is a module that the package itself does not
import, since Python warns of one that is imported before it is run.
"""

import runpy
import sys

from backend.serve.processes import die_with_parent


def main(arguments: list[str]) -> None:
    """Run a module as a child of that parent."""
    parent_pid, module = int(arguments[0]), arguments[1]
    die_with_parent(parent_pid)
    sys.argv = arguments[1:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
