"""Run a publication in a process of its own and kill it (SIGKILL) just before one of its durable steps.

    python die_at.py HOME ACTION STEP HOW

ACTION is ``publish:<run_id>`` or ``rollback:<release_id>``. The product has no hook for this: the functions of
``lendmart.publishing.durable``, through which every effect on disk goes, are counted from outside. HOW is empty, or
for ``append_line``: ``torn`` writes a part of the line first, ``zeros`` the rest as zeros too, as after a power cut.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from made_run import AT, make_context, make_settings

from lendmart.publishing import durable, publish, rollback

STEPS = ("write_file", "append_line", "rename_folder", "point_symlink", "remove_file", "sync_tree")


def main() -> None:
    home, action, fatal, how = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
    done: list[str] = []

    def counted(name: str, function: Any) -> Any:
        def step(*arguments: Any) -> Any:
            if len(done) == fatal:
                if how:
                    path, line = arguments
                    kept = line[: len(line) // 2]
                    with path.open("ab") as stream:
                        stream.write(kept if how == "torn" else kept.ljust(len(line), b"\0"))
                os.kill(os.getpid(), signal.SIGKILL)
            done.append(name)
            return function(*arguments)

        return step

    for name in STEPS:
        setattr(durable, name, counted(name, getattr(durable, name)))
    verb, _, subject = action.partition(":")
    if verb == "publish":
        publish(make_settings(home), make_context(subject, "2022-06-30"), at=AT, actor="tester")
    else:
        rollback(make_settings(home), subject, at=AT, actor="tester")
    sys.stdout.write(" ".join(done))


if __name__ == "__main__":
    main()
