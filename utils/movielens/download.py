"""Fetch a file from the network, soon or not at all, never leaving half a file behind."""

import contextlib
import datetime
import http.client
import os
import queue
import ssl
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

CHUNK_BYTES = 1 << 16
# A server that trickles must not hold up a class for longer than one that is down.
PATIENCE_SECONDS = 15
SLOWEST_BYTES_PER_SECOND = 10_000
WRONG_BY_THE_CLOCK = (9, 10)  # what OpenSSL calls a certificate not yet, or no longer, valid


class DownloadError(Exception):
    """A file could not be fetched or unpacked; the message says why in plain words."""


def fetch(url, path, max_bytes, timeout=5.0):
    """Download `url` into the file `path`, which appears only once it is complete.

    Args:
        url: address of the file.
        path: where to put it; an existing file is replaced.
        max_bytes: refuse anything larger.
        timeout: seconds to wait for a connection, and for each next piece of data; the whole
            answer, from the first look-up of the name on, has `PATIENCE_SECONDS`, and more only
            as long as `SLOWEST_BYTES_PER_SECOND` come in.

    Raises:
        DownloadError: if the server cannot be reached, refuses, redirects to another server,
            stalls, stops early or sends more than `max_bytes`.
        OSError: if the file cannot be written.
    """
    path = Path(path)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with (
            partial.open("wb") as file,
            contextlib.closing(_chunks(url, max_bytes, timeout)) as chunks,
        ):
            for chunk in chunks:
                file.write(chunk)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _chunks(url, max_bytes, timeout):
    """Yield the body of `url` piece by piece, with a progress bar on a terminal.

    A thread receives, so that nothing the server does, or leaves undone, can hold this one up.
    """
    start, received, expected = time.monotonic(), 0, 0
    answer, given_up = queue.Queue(maxsize=16), threading.Event()
    arguments = (url, timeout, answer, given_up)
    threading.Thread(target=_receive, args=arguments, daemon=True).start()
    try:
        expected = _next_part(answer, start, received, timeout)
        if expected > max_bytes:
            raise DownloadError(f"it has {expected:,} bytes, over {max_bytes:,}")
        while chunk := _next_part(answer, start, received, timeout):
            received += len(chunk)
            if received > max_bytes:
                raise DownloadError(f"it has more than {max_bytes:,} bytes")
            _show_progress(received, expected)
            yield chunk
        if received < expected:
            raise DownloadError(f"it stopped after {received:,} of {expected:,} bytes")
    finally:
        given_up.set()
        while not answer.empty():  # the thread may be waiting for room
            answer.get()
        if 0 < received != expected and sys.stderr.isatty():
            print(file=sys.stderr)  # what is said next goes below the bar


def _next_part(answer, start, received, timeout):
    """Wait for what `_receive` puts next, as long as the answer so far deserves."""
    seconds = time.monotonic() - start
    patience = max(PATIENCE_SECONDS, received / SLOWEST_BYTES_PER_SECOND)
    try:
        part = answer.get(timeout=max(0, patience - seconds))
    except queue.Empty:
        seconds = time.monotonic() - start
        raise DownloadError(f"too slow, {received:,} bytes in {seconds:.0f} s") from None
    if isinstance(part, Exception):
        raise DownloadError(_in_plain_words(part, timeout)) from part
    return part


def _receive(url, timeout, answer, given_up):
    """Put the length (0 if it is not said), the chunks and b"" into a queue, or what went wrong."""
    try:
        with urllib.request.build_opener(_SameServer).open(url, timeout=timeout) as response:
            length = response.headers.get("Content-Length", "")
            answer.put(int(length) if length.isdecimal() else 0)
            chunk = True
            while chunk and not given_up.is_set():
                # read1 hands over what has arrived; read would wait for a full chunk.
                chunk = response.read1(CHUNK_BYTES)
                answer.put(chunk)
    except Exception as error:  # whatever it is, the other thread names it
        answer.put(error)


class _SameServer(urllib.request.HTTPRedirectHandler):
    """Follow a redirect only if it stays with the server, and with https."""

    def redirect_request(self, request, response, code, message, headers, address):
        before, after = urlsplit(request.full_url), urlsplit(address)
        if before.scheme == "https" != after.scheme:
            raise DownloadError(f"refused, it redirects to plain {after.scheme}: {address:.80}")
        if before.netloc != after.netloc:
            raise DownloadError(f"refused, it redirects to another host: {address:.80}")
        return super().redirect_request(request, response, code, message, headers, address)


def _show_progress(received, expected):
    if not sys.stderr.isatty():
        return
    megabytes = f"{received / 1e6:.1f} of {expected / 1e6:.1f} MB" if expected else ""
    filled = 30 * received // expected if expected else 0
    end = "\n" if received == expected else ""
    sys.stderr.write(f"\r[{'#' * filled:<30}] {megabytes or f'{received / 1e6:.1f} MB'}{end}")
    sys.stderr.flush()


def _in_plain_words(error, timeout):
    """Say what went wrong with an answer to someone who wants a file."""
    if isinstance(error, DownloadError):
        return str(error)
    if isinstance(error, urllib.error.HTTPError):
        return f"the server answered {error.code} {http.client.responses.get(error.code, '')}"
    if isinstance(error, urllib.error.URLError) and isinstance(error.reason, Exception):
        error = error.reason
    if isinstance(error, ssl.SSLCertVerificationError):
        words = f"the server's certificate is not valid ({error.verify_message})"
        if error.verify_code in WRONG_BY_THE_CLOCK:
            words += f"; is the clock of this machine right? It says {datetime.date.today()}"
        return words
    if isinstance(error, TimeoutError):
        return f"no answer within {timeout:g} s"
    if isinstance(error, OSError):
        return f"no connection; is there a network? ({error})"
    return f"its answer broke off or makes no sense ({error!r:.80})"
