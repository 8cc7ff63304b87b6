"""JupyterLab opens at labs/ and clean, whatever the reader's own configuration says."""

import argparse
import json
import os
import re
import socket
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from utils.tools import lab

ADDRESS = re.compile(r"(http://127\.0\.0\.1:\d+)/lab/tree/\S+\?token=(\w+)")

# Files of the whole machine, which no variable keeps away.
ON_A_MACHINE_WITH_SETTINGS = """
import sys
from jupyter_core import paths
from utils.tools import lab

paths.SYSTEM_CONFIG_PATH.append(sys.argv[1])
sys.exit(lab.main(["--port", "0", "--no-browser"]))
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A running lab of a reader whose own files ask for the opposite; its (base, token)."""
    home = tmp_path_factory.mktemp("home")
    own = {
        "ServerApp": {
            "port": 1,
            "root_dir": str(home),
            "ip": "127.0.0.2",
            "certfile": str(home / "certificate.pem"),
            "base_url": "/mine/",
            "sock": str(home / "sock"),
            "identity_provider_class": "jupyter_server.auth.IdentityProvider",
            "jpserver_extensions": {"nbgrader.server_extensions.formgrader": True},
        }
    }
    (home / "jupyter_server_config.json").write_text(json.dumps(own), encoding="utf-8")
    folders = {f"JUPYTER_{kind}_DIR": str(home) for kind in ("CONFIG", "DATA", "RUNTIME")}
    with subprocess.Popen(
        [sys.executable, "-c", ON_A_MACHINE_WITH_SETTINGS, str(home)],
        cwd=lab.ROOT,
        env={**os.environ, **folders},
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ) as server:
        try:
            for line in server.stdout:
                if found := ADDRESS.search(line):
                    yield found.groups()
                    break
            else:
                pytest.fail("no address was printed")
        finally:
            server.terminate()


def fetch(address, path):
    base, token = address
    request = urllib.request.Request(base + path, headers={"Authorization": f"token {token}"})
    with urllib.request.urlopen(request, timeout=30) as response:
        return response.read().decode("utf-8")


def test_the_page_is_clean(address):
    page = fetch(address, "/lab/tree/labs")
    settings = json.loads(re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', page, re.S)[1])
    assert settings["treePath"] == "labs"
    off = settings["disabledExtensions"]
    assert {"@jupyter/nbgrader", "@jupyterlab/apputils-extension:announcements"} <= set(off)


@pytest.mark.parametrize("path", ["/formgrader", "/assignments", "/validate", "/tree"])
def test_nothing_of_nbgrader_is_served(address, path):
    with pytest.raises(urllib.error.HTTPError, match="404"):
        fetch(address, path)


@pytest.mark.parametrize("folder", ["labs", "notebooks", "data"])
def test_the_whole_repository_can_be_reached(address, folder):
    assert json.loads(fetch(address, f"/api/contents/{folder}"))["type"] == "directory"


def test_the_token_is_needed(address):
    with pytest.raises(urllib.error.HTTPError, match="403"):
        fetch((address[0], "wrong"), "/api/contents/labs")


def test_a_taken_port_is_said():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        problem = lab.start_problem(lab.ROOT, port)
    assert f"Port {port} cannot be used" in problem
    assert "make lab PORT=9999" in problem
    assert lab.start_problem(lab.ROOT, port) is None


def test_missing_labs_are_said(tmp_path, capsys):
    assert lab.main(["--no-browser"], root=tmp_path) == 1
    assert f"no folder labs in {tmp_path}" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["0", "9999", "65535"])
def test_ports(text):
    assert lab.parse(["--port", text]).port == int(text)


@pytest.mark.parametrize("text", ["65536", "-1", "http", "", "80.5"])
def test_no_ports(text):
    with pytest.raises(argparse.ArgumentTypeError, match="from 1024 to 65535"):
        lab.port_number(text)


def test_a_browser_is_opened_unless_told_not_to(monkeypatch):
    monkeypatch.setattr(lab, "has_browser", lambda: True)
    assert "--no-browser" not in lab.server_options(lab.ROOT, 8888, browser=True)
    assert "--no-browser" in lab.server_options(lab.ROOT, 8888, browser=False)


def test_no_browser_is_opened_on_a_machine_without_one(monkeypatch):
    monkeypatch.setattr(lab, "has_browser", lambda: False)
    assert "--no-browser" in lab.server_options(lab.ROOT, 8888, browser=True)
