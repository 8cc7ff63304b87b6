"""Get the files of a MovieLens data set: a zip placed by hand, the official archive, or a wheel."""

import os
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

from utils.movielens.download import DownloadError, fetch, unzip
from utils.movielens.formats import GENRES_100K, DataError

OFFICIAL_ADDRESS = "https://files.grouplens.org/datasets/movielens/"
MAX_BYTES = 1_000_000_000  # the largest file, ratings.csv of 32m, has 877 MB
WHEEL = "recbole==1.2.1"
WHEEL_SHA256 = "9c9948202011f37eb0a7c6768129313f00d6403ad221ec940d5e2d5d5f33a407"
WHEEL_FOLDER = "recbole/dataset_example/ml-100k"
PIP_SECONDS = 120


def obtain(folder, file_names, check):
    """Put the files of a data set into its folder, from the first source that has them right.

    Args:
        folder: where the files go; its name is also that of the archive, such as "ml-100k".
        file_names: names of the files.
        check: function of a folder that raises DataError if the files in it are not right.

    Raises:
        DataError: if no source works or the folder cannot be written; says what was tried, why
            each source failed, and how to place the archive by hand.
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
                    use(archive, Path(name), file_names)
                    check(Path(name))
                except (DownloadError, DataError) as error:
                    failures.append(f"  - {source}: {error}.")
                else:
                    _move(Path(name), folder, file_names)
                    return
    except OSError as error:
        raise DataError(
            f"Cannot write to {error.filename or folder.parent} ({error.strerror or error}). Make "
            f"it writable, free some space, or give another data_folder; then load again."
        ) from error
    raise DataError(
        f"The files of {folder.name} are not in {folder}, and no source has them:\n"
        + "\n".join(failures)
        + f"\nBy hand: download {address} in a browser, put it into {archive.parent} as it is (not "
        f"unpacked), and load again."
    )


def _use_placed_archive(archive, scratch, file_names):
    if not archive.is_file():
        raise DownloadError("not there")
    unzip(archive, [f"{archive.stem}/{name}" for name in file_names], scratch, MAX_BYTES)


def _use_official_archive(archive, scratch, file_names):
    fetch(f"{OFFICIAL_ADDRESS}{archive.name}", scratch / archive.name, MAX_BYTES)
    _use_placed_archive(scratch / archive.name, scratch, file_names)


def _use_wheel(archive, scratch, file_names):
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
        )
    except subprocess.TimeoutExpired as error:
        raise DownloadError(f"pip was not done within {PIP_SECONDS} s") from error
    wheels = list(scratch.glob("*.whl"))
    if pip.returncode != 0 or not wheels:
        last_line = "".join(pip.stderr.strip().splitlines()[-1:])
        raise DownloadError(
            f"pip could not download it; is there a network, and a package index? ({last_line})"
        )
    if sha256(wheels[0].read_bytes()).hexdigest() != WHEEL_SHA256:
        raise DownloadError(f"{wheels[0].name} is not the published file (wrong SHA-256)")
    tables = [f"{WHEEL_FOLDER}/ml-100k.{ending}" for ending in ("inter", "user", "item")]
    unzip(wheels[0], tables, scratch, MAX_BYTES)
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
