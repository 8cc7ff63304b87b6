"""Kernels for grading that start with Keras already imported.

Importing TensorFlow takes most of the time of a small lab. On Linux one process imports it once,
before any computation, and each submission gets a fork of that process: a kernel of its own that
shares nothing with the others. Elsewhere kernels start as usual.

Where the variable GRADING_USER names a user, as in the container of `grading.Dockerfile`, kernels
run as that user: what a submission does then has no access to the book of grades.
"""

import multiprocessing
import os
import signal
import sys
import tempfile
from pathlib import Path

from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner

PRELOADED = "utils.tools.warm_imports"
LAUNCHER = "ipykernel_launcher"


class WarmKernelManager(AsyncKernelManager):
    """Starts kernels as forks of a process that has imported Keras, where that is safe."""

    async def _async_pre_start_kernel(self, **kwargs):
        if self.provisioner is None and sys.platform == "linux":
            self.provisioner = WarmProvisioner(
                kernel_id=self.kernel_id or "graded", kernel_spec=self.kernel_spec, parent=self
            )
        return await super()._async_pre_start_kernel(**kwargs)

    pre_start_kernel = _async_pre_start_kernel


class WarmProvisioner(LocalProvisioner):
    """Runs the command of a kernel in a fork."""

    async def launch_kernel(self, cmd, **kwargs):
        """Start the kernel; see LocalProvisioner."""
        arguments = cmd[cmd.index(LAUNCHER) + 1 :]
        folder = str(kwargs.get("cwd") or Path.cwd())
        environment = {**kwargs.get("env", os.environ)}
        self.process = Fork(arguments, folder, environment)
        self.pid = self.pgid = self.process.pid
        self.cwd = folder
        return self.connection_info


class Fork:
    """A forked kernel with the methods of subprocess.Popen that a provisioner calls."""

    stdin = stdout = stderr = None

    def __init__(self, arguments, folder, environment):
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([PRELOADED])
        self._process = context.Process(target=run, args=(arguments, folder, environment))
        main = sys.modules["__main__"]
        path = main.__dict__.pop("__file__", None)  # or each fork would import nbgrader as well
        try:
            self._process.start()
        finally:
            if path:
                main.__file__ = path
        self.pid = self._process.pid

    def poll(self):
        """Return the exit code, or None while the kernel runs."""
        return self._process.exitcode

    def wait(self):
        """Wait for the end and return the exit code."""
        self._process.join()
        return self._process.exitcode

    def send_signal(self, number):
        """Send a signal to the kernel."""
        os.kill(self.pid, number)

    def kill(self):
        """End the kernel at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self):
        """Ask the kernel to end."""
        self.send_signal(signal.SIGTERM)


def run(arguments, folder, environment):
    """Become a kernel.

    Args:
        arguments: list of str, the command line after the name of the program.
        folder: str, where it works.
        environment: dict, its environment variables.
    """
    os.setsid()  # what the kernel starts ends with it
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    if "GRADING_USER" in environment:
        become(environment["GRADING_USER"], arguments[arguments.index("-f") + 1])
    sys.argv = [LAUNCHER, *arguments]
    from ipykernel.kernelapp import IPKernelApp

    # When the process that forks has ended, so does the kernel.
    IPKernelApp.launch_instance([*arguments, f"--IPKernelApp.parent_handle={os.getppid()}"])


def become(name, connection_file):
    """Give up the rights of root for those of a user.

    Args:
        name: str, the user.
        connection_file: str, path of the file that tells the kernel how to answer.
    """
    import pwd

    user = pwd.getpwnam(name)
    home = tempfile.mkdtemp(prefix="graded-")
    for path in (home, connection_file):
        os.chown(path, user.pw_uid, user.pw_gid)
    os.environ.update(HOME=home, IPYTHONDIR=os.path.join(home, "ipython"))
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
