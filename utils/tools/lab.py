"""Start JupyterLab for the course: labs/ in view, no news, no update checks, no nbgrader panels.

`python -m utils.tools.lab` starts it, `--port 9999` and `--no-browser` are the choices. What is
switched off is switched off in this one server; the settings of the reader's other servers and
kernels stay as they are, and do not reach this one.
"""

import argparse
import importlib.util
import os
import secrets
import socket
import sys
import webbrowser
from pathlib import Path

from utils.tools.course import START_PAGE
from utils.tools.environment import leave_out_settings

ROOT = Path(__file__).resolve().parents[2]
LOOK = Path(__file__).with_name("lab_look")  # settings, style sheet and layout of the course
WORKSPACES = Path(sys.prefix) / "jupyter" / "lab" / "workspaces"  # the reader's own layouts

# News of the Jupyter project, tools for instructors (nbgrader) and for authors who edit notebooks
# as text (jupytext), and the second interface that nbgrader brings along (notebook).
HIDDEN_PANELS = [
    "@jupyterlab/apputils-extension:announcements",
    "@jupyter/nbgrader",
    "@jupyter-notebook/lab-extension",
    "jupyterlab-jupytext",
]
HIDDEN_SERVER_PARTS = [
    "jupyterlab_jupytext",
    "notebook",
    "nbgrader.server_extensions.assignment_list",
    "nbgrader.server_extensions.course_list",
    "nbgrader.server_extensions.formgrader",
    "nbgrader.server_extensions.validate_assignment",
]


def main(arguments=None, root=ROOT):
    """Start JupyterLab and serve until the reader stops it.

    Args:
        arguments: list of str; the command line if None.
        root: folder of the course.

    Returns:
        0 after the server was stopped, 1 if it cannot start.
    """
    options = parse(arguments)
    problem = start_problem(root, options.port)
    if problem:
        print(problem, file=sys.stderr)
        return 1
    leave_out_settings()
    lay_out(WORKSPACES)
    from jupyterlab.labapp import LabApp

    server = LabApp.initialize_server(argv=server_options(root, options.port, options.browser))
    server.web_app.settings["static_custom_path"].insert(0, str(LOOK))  # where custom.css is
    server.web_app.settings["page_config_hook"] = hide_panels
    # Only once the loop runs does the server listen: an address printed before could be refused.
    server.io_loop.add_callback(print_address, server)
    server.start()
    return 0


def print_address(server):
    """Print where JupyterLab is to be found.

    Args:
        server: the running Jupyter server.
    """
    address = f"http://127.0.0.1:{server.port}{server.base_url}lab/tree/{START_PAGE}"
    print("\nJupyterLab is running. Open this address in a browser:\n")
    print(f"    {address}?token={server.identity_provider.token}\n")
    print("To stop it, press Ctrl+C here, twice.\n", flush=True)


def parse(arguments=None):
    """Read the command line.

    Args:
        arguments: list of str; the command line if None.

    Returns:
        A namespace with `port` (int, 0 for any free one) and `browser` (bool).
    """
    parser = argparse.ArgumentParser(prog="python -m utils.tools.lab", description="Open the labs.")
    parser.add_argument("--port", type=port_number, default=8888, help="8888 if not given")
    parser.add_argument("--no-browser", dest="browser", action="store_false")
    return parser.parse_args(arguments)


def port_number(text):
    """Read the number of a port.

    Args:
        text: what was typed.

    Returns:
        An int from 0 to 65535; 0 stands for any free port.

    Raises:
        argparse.ArgumentTypeError: if it is none.
    """
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: use a number from 1024 to 65535")
    return int(text)


def start_problem(root, port):
    """Say why JupyterLab cannot start.

    Args:
        root: folder of the course.
        port: int from 0 to 65535.

    Returns:
        A message for the reader, or None if nothing is in the way.
    """
    if importlib.util.find_spec("jupyterlab") is None:
        return "JupyterLab is missing in this Python: use the one in .venv (see README.md)."
    if not (root / "labs").is_dir():
        return f"There is no folder labs in {root}: clone the repository again."
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        reason = os.strerror(error.errno)
        return (
            f"Port {port} cannot be used ({reason}); another JupyterLab may hold it.\n"
            "Stop that one, or choose another port: make lab PORT=9999, or in plain commands\n"
            "python -m utils.tools.lab --port 9999"
        )
    return None


def server_options(root, port, browser):
    """Collect the settings of the server.

    Args:
        root: folder of the course.
        port: int from 0 to 65535.
        browser: whether to open one.

    Returns:
        A list of command-line options: these pass over the reader's own configuration files.
    """
    off = {part: False for part in HIDDEN_SERVER_PARTS}
    options = [
        f"--ServerApp.root_dir={root}",
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.allow_remote_access=False",
        # What else the reader's files, or those of the machine, may say of the address and the key.
        "--ServerApp.base_url=/",
        "--ServerApp.sock=",
        "--ServerApp.certfile=",
        "--ServerApp.keyfile=",
        "--ServerApp.identity_provider_class=jupyter_server.auth.PasswordIdentityProvider",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        "--ServerApp.allow_root=True",  # containers
        # With a token of its own Jupyter would print its address a second time, as a log message.
        f"--IdentityProvider.token={secrets.token_hex(24)}",
        "--ServerApp.log_level=ERROR",
        "--LabApp.log_level=ERROR",
        f"--ServerApp.jpserver_extensions={off}",
        f"--LabApp.default_url=/lab/tree/{START_PAGE}",
        "--ServerApp.contents_manager_class=utils.tools.start_page.CourseContents",
        f"--LabApp.app_settings_dir={LOOK}",
        f"--LabApp.workspaces_dir={WORKSPACES}",
        "--LabApp.custom_css=True",
    ]
    return options if browser and has_browser() else [*options, "--no-browser"]


def has_browser():
    """Tell whether this machine has a browser to open.

    Returns:
        False on a server without a screen, for instance.
    """
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


def lay_out(folder):
    """Open the table of contents at the first start; later the reader's own layout counts.

    Args:
        folder: Path of the folder of JupyterLab's workspaces.
    """
    from jupyterlab_server.workspaces_handler import WorkspacesManager

    workspaces = WorkspacesManager(str(folder))
    if not workspaces.list_workspaces():
        workspaces.save("default", (LOOK / "workspace.json").read_text(encoding="utf-8"))


def hide_panels(handler, page_config):
    """Switch extensions off in the page that JupyterLab is about to send.

    Args:
        handler: the request handler, unused.
        page_config: dict with the settings of the page.

    Returns:
        The same dict, with HIDDEN_PANELS among its disabled extensions.
    """
    hidden = [*page_config.get("disabledExtensions", []), *HIDDEN_PANELS]
    return {**page_config, "disabledExtensions": hidden}


if __name__ == "__main__":
    sys.exit(main())
