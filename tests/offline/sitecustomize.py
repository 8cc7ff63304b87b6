"""Cut a Python process off from the network; connections within this machine still work.

Python imports this file by itself at its start when the folder stands in PYTHONPATH.
tests/conftest.py puts it there, so that every process a test starts inherits it.
"""

import ipaddress
import socket


class OfflineError(OSError):
    """A test tried to leave this machine."""


def refuse_remote(host):
    """Raise unless a host is this machine.

    Args:
        host: name or address as str or bytes; None and "" mean this machine.

    Raises:
        OfflineError: for every other host, before anything is sent.
    """
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if not name or name == "localhost":
        return
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        address = None
    if address is None or not (address.is_loopback or address.is_unspecified):
        raise OfflineError(f"The tests run without network: {name!r} is out of reach.")


def guard_lookup(function):
    """Wrap a function of `socket` that takes a host first, so that it refuses other machines."""

    def guarded(host, *args, **kwargs):
        refuse_remote(host)
        return function(host, *args, **kwargs)

    return guarded


def guard_send(method):
    """Wrap a method of `socket.socket` that takes an address last, in the same way."""

    def guarded(self, *args):
        if self.family in (socket.AF_INET, socket.AF_INET6) and isinstance(args[-1], tuple):
            refuse_remote(args[-1][0])
        return method(self, *args)

    return guarded


for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr"):
    setattr(socket, name, guard_lookup(getattr(socket, name)))
for name in ("connect", "connect_ex", "sendto"):
    setattr(socket.socket, name, guard_send(getattr(socket.socket, name)))
