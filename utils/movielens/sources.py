"""Get the files of a MovieLens data set: a zip placed by hand, the official archive, or a wheel."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from utils.movielens.archive import unzip
from utils.movielens.download import DownloadError, fetch
from utils.movielens.formats import GENRES_100K
from utils.movielens.lines import DataError
from utils.movielens.validation import hash_file

OFFICIAL_ADDRESS = "https://files.grouplens.org/datasets/movielens/"
WHEEL = "recbole==1.2.1"
WHEEL_SHA256 = "9c9948202011f37eb0a7c6768129313f00d6403ad221ec940d5e2d5d5f33a407"
WHEEL_FOLDER = "recbole/dataset_example/ml-100k"
PIP_SECONDS = 120
# The largest archive, at the slowest speed that a download is allowed, takes seven hours.
LEFT_BEHIND_SECONDS = 24 * 3600
ENDINGS_OF_FILES = (".data", ".item", ".user", ".dat", ".csv", ".inter", ".zip", ".whl", ".partial")


def obtain(folder, max_bytes, check):
    """Put the files of a data set into its folder, from the first source that has them right.

    Args:
        folder: where the files go; its name is also that of the archive, such as "ml-100k".
        max_bytes: dict from the names of the files to the size above which they are refused.
        check: function of a folder that raises DataError if the files in it are not right.

    Raises:
        DataError: if no source works or the folder cannot be written; says what was tried, why
            each source failed, and how to place the archive by hand.
        KeyboardInterrupt: if it was interrupted; says that nothing half written is left.
    """
    archive = folder.parent / f"{folder.name}.zip"
    address = f"{OFFICIAL_ADDRESS}{archive.name}"
    sources = {f"the file {archive}": _use_placed_archive, address: _use_official_archive}
    if folder.name == "ml-100k":
        sources[f"the package {WHEEL}, by pip"] = _use_wheel
    failures = []
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        for source, use in sources.items():
            if sys.stderr.isatty():
                print(f"{folder.name}: trying {source}", file=sys.stderr)
            # A folder of its own keeps two processes, and what is unfinished, out of the way.
            with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as name:
                try:
                    use(archive, Path(name), max_bytes)
                    check(Path(name))
                except (DownloadError, DataError) as error:
                    failures.append(f"  - {source}: {error}.")
                else:
                    _move(Path(name), folder, max_bytes)
                    return
    except OSError as error:
        raise DataError(
            f"Cannot write to {error.filename2 or error.filename or folder.parent} "
            f"({error.strerror or error}). Make it writable, free some space, or give another "
            f"data_folder; then load again."
        ) from error
    except KeyboardInterrupt:
        print(
            f"{folder.name}: stopped. Nothing half written is left in {folder.parent}; load again "
            f"to start over.",
            file=sys.stderr,
        )
        raise
    raise DataError(
        f"The files of {folder.name} are not in {folder}, and no source has them:\n"
        + "\n".join(failures)
        + f"\nBy hand: download {address} in a browser, put it into {archive.parent} as it is (not "
        f"unpacked), and load again."
    )


def sweep(folder):
    """Remove what killed downloads of a data set left beside its folder.

    Only what `obtain` makes goes, a hidden folder with nothing but files of a download in it, and
    only after `LEFT_BEHIND_SECONDS` without a new file: no process can still be using it.

    Args:
        folder: the folder of the data set, there or not.
    """
    for scratch in folder.parent.glob(f".{folder.name}-*"):
        with contextlib.suppress(OSError):  # what cannot be removed does no harm
            is_old = time.time() - scratch.stat().st_mtime > LEFT_BEHIND_SECONDS
            if is_old and all(map(_is_of_a_download, scratch.iterdir())):
                shutil.rmtree(scratch)


def _is_of_a_download(path):
    return path.name.startswith("pip-") or path.is_file() and path.suffix in ENDINGS_OF_FILES


def _use_placed_archive(archive, scratch, max_bytes):
    if not archive.is_file():
        raise DownloadError("not there")
    members = {f"{archive.stem}/{name}": most for name, most in max_bytes.items()}
    unzip(archive, members, scratch)


def _use_official_archive(archive, scratch, max_bytes):
    # Zipped, with all else that is in it, it is smaller than what the files may have unzipped.
    fetch(f"{OFFICIAL_ADDRESS}{archive.name}", scratch / archive.name, sum(max_bytes.values()))
    _use_placed_archive(scratch / archive.name, scratch, max_bytes)


def _use_wheel(archive, scratch, max_bytes):
    """Take MovieLens-100K from a package that carries it; the package is not installed."""
    command = [sys.executable, "-m", "pip", "download", WHEEL, "--dest", str(scratch)]
    command += ["--no-deps", "--only-binary", ":all:", "--no-input", "--retries", "1"]
    command += ["--timeout", "10", "--disable-pip-version-check"]
    try:
        pip = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=PIP_SECONDS,
            env=os.environ | {"TMPDIR": str(scratch)},  # if it is killed, its files go, too
        )
    except subprocess.TimeoutExpired as error:
        raise DownloadError(f"pip was not done within {PIP_SECONDS} s") from error
    except OSError as error:
        raise DownloadError(f"pip does not start ({error.strerror or error})") from error
    wheels = list(scratch.glob("*.whl"))
    if pip.returncode != 0 or not wheels:
        last_line = "".join(pip.stderr.strip().splitlines()[-1:])
        raise DownloadError(
            f"pip could not download it; is there a network, and a package index? ({last_line})"
        )
    if hash_file(wheels[0]) != WHEEL_SHA256:
        raise DownloadError(f"{wheels[0].name} is not the published file (wrong SHA-256)")
    tables = {"u.data": "ml-100k.inter", "u.item": "ml-100k.item", "u.user": "ml-100k.user"}
    members = {f"{WHEEL_FOLDER}/{table}": max_bytes[name] for name, table in tables.items()}
    unzip(wheels[0], members, scratch)
    _convert(scratch)


def _convert(folder):
    """Write the tables of the wheel as the files u.data, u.user and u.item of the archive.

    u.data and u.user become the published files byte for byte; u.item has no dates and no links.
    """
    ratings, users, items = (
        (folder / f"ml-100k.{ending}").read_text(encoding="utf-8").splitlines()[1:]
        for ending in ("inter", "user", "item")
    )
    item_lines = []
    for item_id, title, year, genres in (line.split("\t") for line in items):
        # Film 267 is "unkonwn" in the wheel, also as its year. Film 1412, a video, has the year "V"
        # there and "(1995)" in its title, so it, too, becomes what the archive has: "(1995) (V)".
        title = "unknown" if item_id == "267" else f"{title} ({year})"
        flags = [str(int(genre in genres.split())) for genre in GENRES_100K]
        item_lines.append("|".join([item_id, title, "", "", "", *flags]))
    user_lines = [line.replace("\t", "|") for line in users]
    for name, rows in (("u.data", ratings), ("u.user", user_lines), ("u.item", item_lines)):
        (folder / name).write_bytes("".join(f"{row}\n" for row in rows).encode("latin-1"))


def _move(scratch, folder, file_names):
    """Move complete, checked files to where they belong, each in one step."""
    folder.mkdir(exist_ok=True)
    for name in file_names:
        try:
            os.replace(scratch / name, folder / name)
        except PermissionError:
            # Windows does not replace a file that is being read. If another process reads it, that
            # process, or a third one, has put it there, checked like this one.
            if not (folder / name).is_file():
                raise
