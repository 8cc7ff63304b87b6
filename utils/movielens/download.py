"""Fetch a file from the network and unpack an archive, never leaving half a file behind."""

import http.client
import os
import shutil
import ssl
import stat
import sys
import time
import urllib.error
import urllib.request
import zipfile
import zlib
from pathlib import Path, PurePosixPath

CHUNK_BYTES = 1 << 16
# A server that trickles must not hold up a class for longer than one that is down.
PATIENCE_SECONDS = 15
SLOWEST_BYTES_PER_SECOND = 10_000


class DownloadError(Exception):
    """A file could not be fetched or unpacked; the message says why in plain words."""


def fetch(url, path, max_bytes, timeout=5.0):
    """Download `url` into the file `path`, which appears only once it is complete.

    Args:
        url: address of the file.
        path: where to put it; an existing file is replaced.
        max_bytes: refuse anything larger.
        timeout: seconds to wait for a connection, and for each next piece of data.

    Raises:
        DownloadError: if the server cannot be reached, refuses, stalls, stops early or sends more
            than `max_bytes`.
        OSError: if the file cannot be written.
    """
    path = Path(path)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as file:
            for chunk in _chunks(url, max_bytes, timeout):
                file.write(chunk)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def unzip(archive, members, folder, max_bytes):
    """Unpack named members of a zip archive into a folder, each under its plain file name.

    Args:
        archive: path of the zip file.
        members: names inside the archive, such as "ml-100k/u.data".
        folder: existing folder for the files; on an error it may hold some of them.
        max_bytes: refuse members that are larger than this together.

    Raises:
        DownloadError: if the archive is damaged, lacks a member, is too large, or holds a name
            that leads out of the folder it is unpacked into.
        OSError: if a file cannot be written.
    """
    name = Path(archive).name
    try:
        with zipfile.ZipFile(archive) as zip_file:
            for info in zip_file.infolist():
                if _leads_out(info):
                    raise DownloadError(f"{name} holds the unsafe path {info.orig_filename!r}")
            if missing := sorted(set(members) - set(zip_file.namelist())):
                raise DownloadError(f"{name} does not hold {missing[0]}")
            size = sum(zip_file.getinfo(member).file_size for member in members)
            if size > max_bytes:
                raise DownloadError(f"{name} unpacks to {size:,} bytes, over {max_bytes:,}")
            for member in members:
                target = Path(folder) / PurePosixPath(member).name
                with zip_file.open(member) as source, target.open("wb") as file:
                    shutil.copyfileobj(source, file)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError) as error:
        raise DownloadError(f"{name} is damaged or incomplete ({error})") from error


def _leads_out(info):
    """Whether a member of an archive could land outside the folder it is unpacked into."""
    path = PurePosixPath(info.orig_filename)
    return (
        path.is_absolute()
        or ".." in path.parts
        or any(character in info.orig_filename for character in "\\:")
        or stat.S_ISLNK(info.external_attr >> 16)
    )


def _chunks(url, max_bytes, timeout):
    """Yield the body of `url` piece by piece, with a progress bar on a terminal."""
    start, received = time.monotonic(), 0
    try:
        with urllib.request.urlopen(url, timeout=timeout) as response:
            expected = int(response.headers.get("Content-Length") or 0)
            # read1 hands over what has arrived; read would wait for a full chunk on a slow line.
            while chunk := response.read1(CHUNK_BYTES):
                received += len(chunk)
                seconds = time.monotonic() - start
                if received > max_bytes:
                    raise DownloadError(f"it sent more than {max_bytes:,} bytes")
                if seconds > PATIENCE_SECONDS and received < SLOWEST_BYTES_PER_SECOND * seconds:
                    raise DownloadError(f"too slow, {received:,} bytes in {seconds:.0f} s")
                _show_progress(received, expected)
                yield chunk
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise DownloadError(_in_plain_words(error, timeout)) from error
    if received < expected:
        raise DownloadError(f"it stopped after {received:,} of {expected:,} bytes")


def _show_progress(received, expected):
    if not sys.stderr.isatty():
        return
    megabytes = f"{received / 1e6:.1f} of {expected / 1e6:.1f} MB" if expected else ""
    filled = 30 * received // expected if expected else 0
    end = "\n" if received == expected else ""
    sys.stderr.write(f"\r[{'#' * filled:<30}] {megabytes or f'{received / 1e6:.1f} MB'}{end}")
    sys.stderr.flush()


def _in_plain_words(error, timeout):
    """Say what a network error means to someone who wants a file."""
    if isinstance(error, urllib.error.HTTPError):
        return f"the server answered {error.code} {error.reason}"
    if isinstance(error, urllib.error.URLError) and isinstance(error.reason, Exception):
        error = error.reason
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the server's certificate is not valid ({error.verify_message})"
    if isinstance(error, TimeoutError):
        return f"no answer within {timeout:g} s"
    return f"no connection; is there a network? ({error})"
