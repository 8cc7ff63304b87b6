"""Look into an environment: is every pinned package there, whole and in its version?

    python utils/tools/installed.py requirements.txt quick    the folders of each package
    python utils/tools/installed.py requirements.txt all      every file

The Python of the environment runs it. It prints "name==version" for each package that is not.
pip itself believes in a package once a folder with its name and version is there.
"""

import importlib.metadata
import sys
from pathlib import Path

from pip._vendor.packaging.requirements import Requirement  # pip is there before all others


def main():
    """Print the damaged packages of the requirements on the command line."""
    requirements, how = sys.argv[1:]
    for requirement in read_pins(Path(requirements)):
        if not is_whole(requirement, every_file=how == "all"):
            print(f"{requirement.name}{requirement.specifier}")


def read_pins(path):
    """Return the pinned requirements of a file that apply to this machine.

    Args:
        path: Path of a requirements.txt.

    Returns:
        list of Requirement.
    """
    lines = [
        line.split(" --hash=")[0].rstrip("\\ ") for line in path.read_text("utf-8").splitlines()
    ]
    pins = [Requirement(line) for line in lines if "==" in line and line[:1].isalnum()]
    return [pin for pin in pins if pin.marker is None or pin.marker.evaluate()]


def is_whole(requirement, every_file):
    """Tell whether a package is installed in a version that fits, and its files are there.

    Args:
        requirement: Requirement.
        every_file: bool; otherwise only the files and folders at the top of the package.

    Returns:
        bool. What Python compiles itself does not count.
    """
    try:
        package = importlib.metadata.distribution(requirement.name)
    except importlib.metadata.PackageNotFoundError:
        # Whoever wants TensorFlow on a graphics card replaces the package for processors.
        is_replaced = requirement.name == "tensorflow-cpu"
        return is_replaced and is_whole(
            Requirement(f"tensorflow{requirement.specifier}"), every_file
        )
    record = package.read_text("RECORD")  # pip writes it last
    if not record or not requirement.specifier.contains(package.version):
        return False
    places = {line.rsplit(",", 2)[0].strip('"') for line in record.splitlines()}
    places = {place for place in places if not place.endswith(".pyc")}
    if not every_file:
        places = {place.split("/")[0] for place in places if not place.startswith("..")}
    return all(Path(package.locate_file(place)).exists() for place in places)


if __name__ == "__main__":
    main()
