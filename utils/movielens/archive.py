"""Unpack a zip archive that may be damaged, or made to do harm."""

import contextlib
import stat
import zipfile
from pathlib import Path, PurePosixPath

from utils.movielens.download import CHUNK_BYTES, DownloadError


def unzip(archive, members, folder):
    """Unpack named members of a zip archive into a folder, each under its plain file name.

    Args:
        archive: path of the zip file.
        members: dict from a name inside the archive, such as "ml-100k/u.data", to the size in
            bytes above which it is refused; nothing is unpacked if one is.
        folder: existing folder for the files; on an error it may hold some of them.

    Raises:
        DownloadError: if the archive cannot be read, is damaged, lacks a member, holds one that is
            too large, or a name that leads out of the folder it is unpacked into.
        OSError: if a file cannot be written.
    """
    _check_zip(archive, members)
    for member in members:
        with (Path(folder) / PurePosixPath(member).name).open("wb") as file:
            for piece in _unzipped(archive, member):
                file.write(piece)


def _check_zip(archive, members):
    """Refuse an archive for what its table of contents says."""
    name = Path(archive).name
    with _damage_named(name), zipfile.ZipFile(archive) as zip_file:
        for info in zip_file.infolist():
            if _leads_out(info):
                unsafe = f"{info.orig_filename!r:.80}"
                raise DownloadError(f"{name} is damaged or holds the unsafe path {unsafe}")
        for member, max_bytes in members.items():
            if member not in zip_file.namelist():
                raise DownloadError(f"{name} is damaged or another archive: no {member} in it")
            size = zip_file.getinfo(member).file_size
            if size > max_bytes:
                raise DownloadError(
                    f"{name} is damaged or another archive: {member} unpacks to {size:,} bytes, "
                    f"over {max_bytes:,}"
                )


def _unzipped(archive, member):
    """Yield the content of a member piece by piece."""
    with (
        _damage_named(Path(archive).name),
        zipfile.ZipFile(archive) as zip_file,
        zip_file.open(member) as source,
    ):
        while piece := source.read(CHUNK_BYTES):
            yield piece


@contextlib.contextmanager
def _damage_named(name):
    """Turn what reading an archive raises into a DownloadError."""
    try:
        yield
    except DownloadError:
        raise
    except PermissionError as error:
        raise DownloadError(f"{name} cannot be read ({error.strerror})") from error
    except Exception as error:  # for a damaged archive zipfile has a dozen, an OSError among them
        words = str(error) or type(error).__name__
        raise DownloadError(f"{name} is damaged or incomplete ({words:.80})") from error


def _leads_out(info):
    """Whether a member of an archive could land outside the folder it is unpacked into."""
    path = PurePosixPath(info.orig_filename)
    return (
        path.is_absolute()
        or ".." in path.parts
        or any(character in info.orig_filename for character in "\\:")
        or stat.S_ISLNK(info.external_attr >> 16)
    )
