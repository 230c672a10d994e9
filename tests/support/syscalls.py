"""Count the system calls by which a process touches a folder, and kill it, or let a call fail, at the n-th of them.

As ``strace --inject`` does, for tests that must run with Python alone: ptrace through ctypes, on Linux x86-64.
"""

from __future__ import annotations

import ctypes
import os
import platform
import signal
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

SUPPORTED = platform.system() == "Linux" and platform.machine() == "x86_64"
CHANGES = {
    1: "write",
    18: "pwrite64",
    20: "writev",
    74: "fsync",
    75: "fdatasync",
    77: "ftruncate",
    82: "rename",
    83: "mkdir",
    84: "rmdir",
    87: "unlink",
    257: "openat",
    263: "unlinkat",
    264: "renameat",
    285: "fallocate",
    316: "renameat2",
    326: "copy_file_range",
}
READS = {0: "read", 17: "pread64", 19: "readv", 257: "openat"}

_SEIZE, _INTERRUPT, _SYSCALL, _LISTEN, _SYSCALL_INFO, _POKE_USER = 0x4206, 0x4207, 24, 0x4208, 0x420E, 6
_CONTINUE_OPTIONS = 0x1 | 0x8 | 0x100000  # TRACESYSGOOD, TRACECLONE, EXITKILL
_ORIG_RAX, _RAX = 15 * 8, 10 * 8
_WALL = 0x40000000
_EVENT_STOP = 128
_BY_DESCRIPTOR = {"read", "pread64", "readv", "write", "pwrite64", "writev", "fsync", "fdatasync", "ftruncate"} | {
    "fallocate",
    "copy_file_range",
}
_AT_FOLDER = {"openat", "unlinkat", "renameat", "renameat2"}
_O_CREATE = 0o100


class _Info(ctypes.Structure):
    """``struct ptrace_syscall_info``; ``op`` is 1 at the entry of a call and 2 at its end."""

    _fields_ = (
        ("op", ctypes.c_uint8),
        ("pad", ctypes.c_uint8 * 3),
        ("arch", ctypes.c_uint32),
        ("ip", ctypes.c_uint64),
        ("sp", ctypes.c_uint64),
        ("number", ctypes.c_uint64),
        ("arguments", ctypes.c_uint64 * 6),
    )


_LIBC = ctypes.CDLL(None, use_errno=True)
_LIBC.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)
_LIBC.ptrace.restype = ctypes.c_long


def _ptrace(request: int, task: int, address: int = 0, data: int = 0) -> bool:
    """False where the task is gone."""
    return _LIBC.ptrace(request, task, address, data) >= 0


@dataclass
class Watch:
    """Which calls count, and what happens at the ``at``-th (0: nothing; they are counted).

    ``error`` 0 kills the process before the call; any other errno is what the call returns, without being made, and
    with ``lasting`` every later one too (a disk that is full stays full).
    """

    root: str
    reads: bool = False
    at: int = 0
    error: int = 0
    lasting: bool = False
    only: str = ""
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def seen(self) -> int:
        return sum(self.counts.values())

    def counted(self, task: int, info: _Info) -> str | None:
        """The name of a call that counts."""
        name = (READS if self.reads else CHANGES).get(info.number)
        if name is None or (self.only and name not in self.only.split(",")):
            return None
        if name == "openat" and bool(info.arguments[2] & _O_CREATE) == self.reads:
            return None
        path = _path(task, name, info.arguments)
        return name if path.startswith(self.root) and not path.endswith(".lock") else None


def _path(task: int, name: str, arguments: ctypes.Array[ctypes.c_uint64]) -> str:
    try:
        if name in _BY_DESCRIPTOR:
            return str(Path(f"/proc/{task}/fd/{arguments[0] & 0xFFFFFFFF}").readlink())
        text = _text(task, arguments[1 if name in _AT_FOLDER else 0])
        folder = arguments[0] & 0xFFFFFFFF
        if name in _AT_FOLDER and not text.startswith("/") and folder != 0xFFFFFF9C:  # AT_FDCWD
            return f"{Path(f'/proc/{task}/fd/{folder}').readlink()}/{text}"
        return text
    except OSError:
        return ""


def _text(task: int, address: int) -> str:
    with Path(f"/proc/{task}/mem").open("rb", buffering=0) as memory:
        memory.seek(address)
        return os.fsdecode(memory.read(4096).partition(b"\0")[0])


def supervise(process: int, watch: Watch) -> None:
    """Trace a child process, which waits for a byte meanwhile, until it has ended; ``watch`` keeps the counts."""
    if not _ptrace(_SEIZE, process, 0, _CONTINUE_OPTIONS):
        raise OSError(ctypes.get_errno(), "ptrace is not permitted here")
    _ptrace(_INTERRUPT, process)
    failing: set[int] = set()
    while True:
        try:
            task, status = os.waitpid(-1, _WALL)
        except ChildProcessError:
            return
        if not os.WIFSTOPPED(status):
            continue
        stopped_by = os.WSTOPSIG(status)
        deliver = 0
        if stopped_by == signal.SIGTRAP | 0x80:
            _at_call(process, task, watch, failing)
        elif status >> 16 == _EVENT_STOP and stopped_by in (signal.SIGSTOP, signal.SIGTSTP):
            _ptrace(_LISTEN, task)
            continue
        elif status >> 16 == 0 and stopped_by != signal.SIGTRAP:
            deliver = stopped_by
        _ptrace(_SYSCALL, task, 0, deliver)


def _at_call(process: int, task: int, watch: Watch, failing: set[int]) -> None:
    info = _Info()
    if not _ptrace(_SYSCALL_INFO, task, ctypes.sizeof(info), ctypes.addressof(info)):
        return
    if info.op == 2:
        if task in failing:
            failing.discard(task)
            _ptrace(_POKE_USER, task, _RAX, -watch.error)
        return
    name = watch.counted(task, info)
    if name is None:
        return
    watch.counts[name] += 1
    if watch.at == 0 or watch.seen < watch.at or (watch.seen > watch.at and not watch.lasting):
        return
    if watch.error:
        failing.add(task)
        _ptrace(_POKE_USER, task, _ORIG_RAX, -1)
    else:
        os.kill(process, signal.SIGKILL)
