"""Walls around a worker that hold even where a decoder's fault made it somebody else's (Linux).

Chosen: Landlock for files, TCP and signals, and a seccomp filter for system calls, both by a few calls
through ctypes. Neither needs privileges or a container. The library for seccomp (libseccomp) is a package of
the system, and namespaces are switched off for users on many of them.

A process may read the interpreter, the libraries and its rights' folders, and write in the latter's
`writes`; make no link, device or socket file; open no socket; start no process or program; signal, trace
or limit no other process; write no core dump and no file above MAX_FILE_BYTES.

Not stopped: what a task may read it can put into its own results (a wrong model, a wrong label);
processor time and memory up to their limits; a flood of lines to the log; another network in the folder
of networks that workers build. A warm process serves several owners, and its rights can't be widened: it
reads all that its lane may. Where the kernel has one of the two parts alone, only that part's walls
stand, and `missing` says so.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import platform
import struct
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.context import BaseContext
from pathlib import Path

from core.backbones import BACKBONES
from core.cache_folder import cache_folder
from core.jobs.rights import Rights

if sys.platform != "win32":
    import resource

MAX_FILE_BYTES = 8 * 1024**3
"""Far above the largest archive."""


def missing() -> tuple[str, ...]:
    """What the system lacks of these walls; () where they stand."""
    lacks = {
        "Landlock (files, TCP)": _landlock_version() < 1,
        "seccomp (sockets, programs)": not _has_seccomp(),
    }
    return tuple(name for name, is_missing in lacks.items() if is_missing)


def enter(rights: Rights | None, modules: Sequence[str]) -> None:
    """Puts this process and its later threads behind the walls; there is no way back.

    rights : None leaves files as they are. modules : those that may be imported later, besides installed
    packages.
    """
    if sys.platform == "win32":
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(ValueError, OSError):  # it is lower already
        resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_FILE_BYTES, MAX_FILE_BYTES))
    if sys.platform == "linux":
        _keep_locks_inside()
        _prctl(_PR_SET_NO_NEW_PRIVS, 1)
        _restrict_files(rights, modules)
        _restrict_calls()


def _keep_locks_inside() -> None:
    """Makes the locks of `multiprocessing` those of threads: here no other process shares them, and they would
    be files in a folder of all users. joblib's thread pools have two each."""
    for name, lock in (("Lock", threading.Lock), ("RLock", threading.RLock)):
        setattr(BaseContext, name, staticmethod(lock))


# The program's own symbols; Windows, which is never asked for one, takes no None here.
_libc = ctypes.CDLL(None if os.name == "posix" else "msvcrt", use_errno=True)
_PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS, _PR_GET_SECCOMP = 22, 38, 21


def _prctl(option: int, *arguments: object) -> int:
    padded = [*arguments, 0, 0, 0, 0][:4]
    return int(_libc.prctl(option, *map(_long, padded)))


def _syscall(number: int, *arguments: object) -> int:
    return int(_libc.syscall(ctypes.c_long(number), *map(_long, arguments)))


def _long(argument: object) -> object:
    return ctypes.c_long(argument) if isinstance(argument, int) else argument


# Landlock (linux/landlock.h; its calls have the same numbers everywhere) ---------------------------

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG, _PATH_BENEATH = 1, 1

_WRITE_FILE, _READ_FILE, _READ_DIR, _REMOVE_DIR, _REMOVE_FILE = (1 << bit for bit in range(1, 6))
_MAKE_DIR, _MAKE_REG = 1 << 7, 1 << 8
_REFER, _TRUNCATE = 1 << 13, 1 << 14
_READ = _READ_FILE | _READ_DIR
_OF_FILES = _WRITE_FILE | _READ_FILE | _TRUNCATE
_WRITE = (
    _READ | _WRITE_FILE | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_REG | _REFER | _TRUNCATE
)
# All that a version of the interface knows, of files, of TCP, and of the scope of signals and sockets.
_FILE_RIGHTS_OF = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
_NET_SINCE, _SCOPE_SINCE = 4, 6

_SYSTEM_READS = (
    *("/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/localtime", "/etc/fonts"),
    *("/etc/mime.types", "/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat"),
    *("/sys/devices/system", "/dev/urandom", "/dev/random", "/dev/zero"),
)
_SYSTEM_WRITES = ("/dev/null",)


def _landlock_version() -> int:
    """The version of the interface, below 1 where there is none."""
    return _syscall(_CREATE_RULESET, None, 0, _VERSION_FLAG) if sys.platform == "linux" else 0


def _restrict_files(rights: Rights | None, modules: Sequence[str]) -> None:
    version = _landlock_version()
    if version < 1:
        return
    handled = (1 << _FILE_RIGHTS_OF.get(version, 16)) - 1 if rights else 0
    network = 3 if version >= _NET_SINCE else 0
    scope = 3 if version >= _SCOPE_SINCE else 0
    fields = [handled, network, scope][: 1 + (version >= _NET_SINCE) + (version >= _SCOPE_SINCE)]
    if not any(fields):
        return
    attributes = struct.pack(f"={len(fields)}Q", *fields)
    rules = _syscall(_CREATE_RULESET, attributes, len(attributes), 0)
    _check(rules)
    try:
        if rights:
            _allow(rules, _READ & handled, (*_readable(modules), *rights.reads))
            write = _WRITE & handled
            _allow(rules, write, (*_SYSTEM_WRITES, *_built_networks(), *rights.writes))
        _check(_syscall(_RESTRICT_SELF, rules, 0))
    finally:
        os.close(rules)


def _allow(rules: int, access: int, paths: Iterable[str]) -> None:
    """Allows the access beneath the paths that are there."""
    for path in paths:
        with suppress(FileNotFoundError, NotADirectoryError, PermissionError):
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
            try:
                meant = access if os.path.isdir(path) else access & _OF_FILES  # noqa: PTH112
                beneath = struct.pack("=Qi", meant, place)
                _check(_syscall(_ADD_RULE, rules, _PATH_BENEATH, beneath, 0))
            finally:
                os.close(place)


def _readable(modules: Sequence[str]) -> Iterator[str]:
    """The system's libraries, the interpreter, installed packages, and the packages of the modules: never the
    folder that they lie in, which may hold the data and `.env`."""
    yield from _SYSTEM_READS
    yield from (sys.prefix, sys.base_prefix)
    yield from (path for path in sys.path if Path(path).name in ("site-packages", "dist-packages"))
    for package in {name.partition(".")[0] for name in (__name__, *modules)}:
        module = importlib.import_module(package)
        yield from getattr(module, "__path__", ()) or filter(None, [module.__file__])
    for network in BACKBONES.values():
        yield from (str(network), f"{network}.json")


def _built_networks() -> Iterator[str]:
    folder = cache_folder() / "backbones"
    with suppress(OSError):  # a read-only home: then they can't be kept there anyway
        folder.mkdir(parents=True, exist_ok=True)
    yield str(folder)


def _check(result: int) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


# seccomp (linux/seccomp.h, linux/filter.h) ---------------------------------------------------------

_MODE_FILTER = 2
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000
_EPERM, _ENOSYS = 1, 38
_LOAD, _EQUAL, _ABOVE, _HAS_BITS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
# Offsets in struct seccomp_data; the argument's low half, as both machines are little-endian.
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_CLONE_THREAD = 0x10000
_X32 = 0x40000000


@dataclass(frozen=True)
class _Machine:
    """The numbers of system calls on one architecture."""

    architecture: int
    clone: int
    prlimit: int
    refused: tuple[int, ...]


_MACHINES = {
    "x86_64": _Machine(
        architecture=0xC000003E,
        clone=56,
        prlimit=302,
        refused=(
            # socket connect bind, fork vfork execve execveat, ptrace kcmp process_vm_*, personality
            *(41, 42, 49, 57, 58, 59, 322, 101, 312, 310, 311, 135),
            # pivot_root chroot mount umount2 unshare setns open_by_handle_at, *_module, keys
            *(155, 161, 165, 166, 272, 308, 304, 175, 313, 248, 249, 250),
            # perf_event_open bpf userfaultfd
            *(298, 321, 323),
        ),
    ),
    "aarch64": _Machine(
        architecture=0xC00000B7,
        clone=220,
        prlimit=261,
        refused=(
            *(198, 203, 200, 221, 281, 117, 272, 270, 271, 92),
            *(41, 51, 40, 39, 97, 268, 265, 105, 273, 217, 218, 219),
            *(241, 280, 282),
        ),
    ),
}
# io_uring_*, open_tree move_mount fsopen fsmount, pidfd_getfd process_madvise, mount_setattr.
_REFUSED_EVERYWHERE = (425, 426, 427, 428, 429, 430, 432, 438, 440, 442)
_CLONE3 = 435


def _has_seccomp() -> bool:
    return (
        sys.platform == "linux" and platform.machine() in _MACHINES and _prctl(_PR_GET_SECCOMP) >= 0
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def _restrict_calls() -> None:
    if not _has_seccomp():
        return
    steps = list(_filter(_MACHINES[platform.machine()]))
    program = _Program(len(steps), b"".join(struct.pack("=HBBI", *step) for step in steps))
    _check(_prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(program)))


def _filter(machine: _Machine) -> Iterator[tuple[int, int, int, int]]:
    """(code, steps to skip if it holds, if not, operand) of each step."""
    refuse, allow = (_RETURN, 0, 0, _REFUSE | _EPERM), (_RETURN, 0, 0, _ALLOW)
    yield _LOAD, 0, 0, _ARCHITECTURE
    yield _EQUAL, 1, 0, machine.architecture
    yield refuse
    yield _LOAD, 0, 0, _NUMBER
    yield _ABOVE, 0, 1, _X32  # the same calls under other numbers, on x86_64
    yield refuse
    yield _EQUAL, 0, 1, _CLONE3
    yield _RETURN, 0, 0, _REFUSE | _ENOSYS  # glibc then uses clone, whose flags can be seen here
    for number in (*machine.refused, *_REFUSED_EVERYWHERE):
        yield _EQUAL, 0, 1, number
        yield refuse
    yield _EQUAL, 0, 4, machine.clone  # threads, no processes
    yield from ((_LOAD, 0, 0, _FIRST_ARGUMENT), (_HAS_BITS, 0, 1, _CLONE_THREAD), allow, refuse)
    yield _EQUAL, 0, 4, machine.prlimit  # limits of this process alone
    yield from ((_LOAD, 0, 0, _FIRST_ARGUMENT), (_EQUAL, 0, 1, 0), allow, refuse)
    yield allow
