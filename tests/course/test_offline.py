"""The network is really cut off: in pytest, in the processes it starts, and in notebook kernels."""

import socket
import subprocess
import sys
import threading
import urllib.request

import pytest
from jupyter_client.manager import start_new_kernel

MESSAGE = "The tests run without network"

REMOTE = [
    ("name", lambda: socket.create_connection(("example.org", 80), timeout=1)),
    ("lookup", lambda: socket.getaddrinfo("example.org", 80)),
    ("lookup_bytes", lambda: socket.getaddrinfo(b"example.org", 80)),
    ("lookup_keyword", lambda: socket.getaddrinfo(host="example.org", port=80)),
    ("old_lookup", lambda: socket.gethostbyname("example.org")),
    ("address", lambda: socket.create_connection(("192.0.2.1", 80), timeout=1)),
    ("address_v6", lambda: socket.socket(socket.AF_INET6).connect(("2001:db8::1", 80))),
    ("looks_like_loopback", lambda: socket.gethostbyname("127.0.0.1.example.org")),
    ("connect_ex", lambda: socket.socket().connect_ex(("192.0.2.1", 80))),
    ("datagram", lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 53))),
    ("url", lambda: urllib.request.urlopen("http://example.org/", timeout=1)),
]

TRY_BOTH_HOSTS = """
import socket
for host in ("example.org", "192.0.2.1"):
    try:
        socket.create_connection((host, 80), timeout=1)
        print("reached", host)
    except OSError as error:
        print(error)
"""


@pytest.mark.parametrize("attempt", [row[1] for row in REMOTE], ids=[row[0] for row in REMOTE])
def test_other_machines_are_out_of_reach(attempt):
    with pytest.raises(OSError, match=MESSAGE):
        attempt()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_can_be_reached(host):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        threading.Thread(target=lambda: server.accept()[0].sendall(b"hello")).start()
        with socket.create_connection((host, port), timeout=5) as connection:
            assert connection.recv(5) == b"hello"


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no unix sockets here")
def test_unix_sockets_work(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # a short name: the system allows about 100 characters
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind("here")
        server.listen()
        client.connect("here")
        client.sendall(b"hello")
        assert server.accept()[0].recv(5) == b"hello"


def test_a_python_started_by_a_test_is_cut_off():
    done = subprocess.run([sys.executable, "-c", TRY_BOTH_HOSTS], capture_output=True, text=True)
    assert done.stdout.count(MESSAGE) == 2, done


def test_a_notebook_kernel_is_cut_off():
    manager, client = start_new_kernel(kernel_name="python3")
    printed = []
    try:
        client.execute_interactive(
            TRY_BOTH_HOSTS,
            timeout=60,
            output_hook=lambda message: printed.append(message["content"].get("text", "")),
        )
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert "".join(printed).count(MESSAGE) == 2, printed
