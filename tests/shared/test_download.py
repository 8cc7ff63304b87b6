"""Downloads against a server on this machine that misbehaves, and archives that are not right."""

import contextlib
import datetime
import http.server
import socket
import ssl
import stat
import threading
import time
import zipfile

import pytest

from utils.movielens import download
from utils.movielens.archive import unzip

BODY = bytes(range(256)) * 400  # 102,400 bytes
# Certificates for localhost, made for these tests with one key: 2020-01-01 to 2020-02-01, to 2120,
# and from 2120 on.
KEY = """\
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg5WuxJn+g+cca9/Q6
iTK6I/JMHt83wJrVNYP3APT4OTehRANCAAQ48BPkZeZEGOA4qa0xajMpZFKBCZd7
a5vXG1lzEJ0WvwWffJ5xVZ0MmWv8ueJVmqpUZGlvVoomOzrGvnyhcXLA"""
CERTIFICATES = {
    "expired": """\
MIIBXjCCAQWgAwIBAgIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlsb2NhbGhv
c3QwHhcNMjAwMTAxMDAwMDAwWhcNMjAwMjAxMDAwMDAwWjAUMRIwEAYDVQQDDAls
b2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQ48BPkZeZEGOA4qa0x
ajMpZFKBCZd7a5vXG1lzEJ0WvwWffJ5xVZ0MmWv8ueJVmqpUZGlvVoomOzrGvnyh
cXLAo0gwRjAUBgNVHREEDTALgglsb2NhbGhvc3QwDwYDVR0TAQH/BAUwAwEB/zAd
BgNVHQ4EFgQUXIxuPENnRAWeUDcOEY+6m52CfxMwCgYIKoZIzj0EAwIDRwAwRAIg
eWn3p5Tr+BjWeSwuu7eSmXfzZGFjx55BRe6/h4+LUqECIDnNHXZhLLjt2o2cvTWD
6AiYKE6943WBAxVEGe9JOlkL""",
    "valid": """\
MIIBYTCCAQegAwIBAgIBAjAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlsb2NhbGhv
c3QwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMBQxEjAQBgNVBAMM
CWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABDjwE+Rl5kQY4Dip
rTFqMylkUoEJl3trm9cbWXMQnRa/BZ98nnFVnQyZa/y54lWaqlRkaW9WiiY7Osa+
fKFxcsCjSDBGMBQGA1UdEQQNMAuCCWxvY2FsaG9zdDAPBgNVHRMBAf8EBTADAQH/
MB0GA1UdDgQWBBRcjG48Q2dEBZ5QNw4Rj7qbnYJ/EzAKBggqhkjOPQQDAgNIADBF
AiBfV73zDhwzPjdBQBAU2tjPzq7f95afaoNXn6bQDIulmwIhALVRJnwKPpHRblN2
2hdySHTO7GkODUMFgbeh+5HaSkeY""",
    "future": """\
MIIBYzCCAQmgAwIBAgIBAzAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlsb2NhbGhv
c3QwIhgPMjEyMDAxMDEwMDAwMDBaGA8yMTMwMDEwMTAwMDAwMFowFDESMBAGA1UE
AwwJbG9jYWxob3N0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEOPAT5GXmRBjg
OKmtMWozKWRSgQmXe2ub1xtZcxCdFr8Fn3yecVWdDJlr/LniVZqqVGRpb1aKJjs6
xr58oXFywKNIMEYwFAYDVR0RBA0wC4IJbG9jYWxob3N0MA8GA1UdEwEB/wQFMAMB
Af8wHQYDVR0OBBYEFFyMbjxDZ0QFnlA3DhGPupudgn8TMAoGCCqGSM49BAMCA0gA
MEUCIHe8JXJKElB39nFhAK7h7ECLOxKDMTk73jnEmj9Xw0u3AiEA9w056XXbGKO6
uET8ysvHt73Yjy21ifL0VYGitaz5HMk=""",
}


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers /good with BODY; the other paths misbehave as their name says."""

    def do_GET(self):
        name = self.path[1:].split("?")[0]
        if name == "missing":
            return self.send_error(404)
        if name == "silent":
            return time.sleep(5)
        if name == "no_http":
            return self.wfile.write(b"220 mail.example.org\r\n")
        if name == "trickled_headers":
            return self.trickle(b"HTTP/1.1 200 OK\r\nX: " + BODY)
        if name.startswith("redirect"):
            return self.redirect(name)
        self.send_response(200)
        if name == "trickled_sizes":
            self.send_header("Transfer-Encoding", "chunked")
        elif name == "odd_length":
            self.send_header("Content-Length", "many")
        elif name != "without_length":
            self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        if name == "trickle":
            self.trickle(BODY)
        elif name == "slow":
            self.trickle(BODY[:12])
        elif name == "trickled_sizes":
            self.trickle(b"1;" + b"x" * 100)
        else:
            self.wfile.write(BODY[:50_000] if name == "stops_early" else BODY)

    def redirect(self, name):
        """Send the client where the name says, or round and round."""
        port = self.server.server_port
        self.send_response(302)
        target = {
            "redirect_here": "/good",
            "redirect_to_http": f"http://localhost:{port}/good",
            "redirect_to_other_port": "http://127.0.0.1:1/good",
            "redirect_to_other_host": f"http://localhost:{port}/good",
            "redirect_to_file": "file:///etc/hostname",
        }.get(name)
        if target is None:
            time.sleep(0.2)
            target = f"/redirects?{time.monotonic()}"
        self.send_header("Location", target)
        self.end_headers()

    def trickle(self, content):
        for byte in content[:100]:
            self.wfile.write(bytes([byte]))
            time.sleep(0.05)

    def handle(self):
        with contextlib.suppress(OSError):  # the client gives up, as some tests want
            super().handle()

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def address(server):
    return f"http://127.0.0.1:{server.server_port}"


def folder_contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("path", ["/good", "/without_length", "/odd_length", "/redirect_here"])
def test_a_fetched_file_is_complete_and_alone(address, path, tmp_path):
    (tmp_path / "file").write_bytes(b"an older version")
    download.fetch(address + path, tmp_path / "file", max_bytes=len(BODY))
    assert folder_contents(tmp_path) == {"file": BODY}


@pytest.mark.parametrize(
    ("path", "max_bytes", "words"),
    [
        ("/missing", 10**6, "the server answered 404 Not Found"),
        ("/silent", 10**6, "no answer within 0.5 s"),
        ("/no_http", 10**6, "its answer broke off or makes no sense .BadStatusLine"),
        ("/stops_early", 10**6, "it stopped after 50,000 of 102,400 bytes"),
        ("/trickle", 10**6, "too slow, [1-9][0-9]* bytes in . s"),
        ("/trickled_headers", 10**6, "too slow, 0 bytes in . s"),
        ("/trickled_sizes", 10**6, "too slow, 0 bytes in . s"),
        ("/redirects", 10**6, "too slow, 0 bytes in . s"),
        ("/good", len(BODY) - 1, "it has 102,400 bytes, over 102,399"),
        ("/without_length", len(BODY) - 1, "it has more than 102,399 bytes"),
        ("/redirect_to_other_host", 10**6, "refused, it redirects to another host: http://local"),
        ("/redirect_to_other_port", 10**6, "refused, it redirects to another host: http://127.0"),
        ("/redirect_to_file", 10**6, "the server answered 302 Found"),
    ],
)
def test_a_server_at_fault_is_named_soon_and_leaves_no_file(
    address, path, max_bytes, words, tmp_path, monkeypatch
):
    monkeypatch.setattr(download, "PATIENCE_SECONDS", 1)
    start = time.monotonic()
    with pytest.raises(download.DownloadError, match=words):
        download.fetch(address + path, tmp_path / "file", max_bytes, timeout=0.5)
    assert time.monotonic() - start < 3
    assert folder_contents(tmp_path) == {}


@pytest.mark.parametrize(
    ("patience", "timeout", "words"),
    [(0.3, 5, "too slow, 0 bytes in . s"), (5, 0.3, "no answer within 0.3 s")],
)
def test_a_handshake_that_never_ends_is_not_waited_for(
    tmp_path, monkeypatch, patience, timeout, words
):
    monkeypatch.setattr(download, "PATIENCE_SECONDS", patience)
    start = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as mute:
        address = f"https://127.0.0.1:{mute.getsockname()[1]}/"
        with pytest.raises(download.DownloadError, match=words):
            download.fetch(address, tmp_path / "file", 10**6, timeout)
    assert time.monotonic() - start < 3


def test_a_look_up_that_never_ends_is_not_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr(download, "PATIENCE_SECONDS", 0.1)
    monkeypatch.setattr("socket.getaddrinfo", lambda *args, **kwargs: time.sleep(3))
    with pytest.raises(download.DownloadError, match="too slow, 0 bytes"):
        download.fetch("http://localhost/", tmp_path / "file", 10**6)


def test_a_slow_server_is_waited_for_as_long_as_it_sends_enough(address, tmp_path, monkeypatch):
    monkeypatch.setattr(download, "PATIENCE_SECONDS", 0.3)
    monkeypatch.setattr(download, "SLOWEST_BYTES_PER_SECOND", 1)
    with pytest.raises(download.DownloadError, match="it stopped after 12 of 102,400"):
        download.fetch(f"{address}/slow", tmp_path / "file", 10**6)


def test_nobody_receives_once_the_download_is_given_up(address, tmp_path):
    before = threading.active_count()
    with pytest.raises(download.DownloadError, match="over 1"):
        download.fetch(f"{address}/good", tmp_path / "file", max_bytes=1)
    for _ in range(100):  # the threads of the server end, too
        if threading.active_count() <= before:
            break
        time.sleep(0.02)
    assert threading.active_count() <= before


def test_ctrl_c_leaves_no_file(address, tmp_path, monkeypatch):
    def interrupt(received, expected):
        raise KeyboardInterrupt

    monkeypatch.setattr(download, "_show_progress", interrupt)
    with pytest.raises(KeyboardInterrupt):
        download.fetch(f"{address}/good", tmp_path / "file", 10**6)
    assert folder_contents(tmp_path) == {}


def test_a_failed_download_keeps_the_file_that_was_there(address, tmp_path):
    (tmp_path / "file").write_bytes(b"an older version")
    with pytest.raises(download.DownloadError):
        download.fetch(f"{address}/stops_early", tmp_path / "file", 10**6)
    assert folder_contents(tmp_path) == {"file": b"an older version"}


def test_a_server_that_is_not_there(server, address, tmp_path):
    server.server_close()
    with pytest.raises(download.DownloadError, match="no connection; is there a network"):
        download.fetch(f"{address}/good", tmp_path / "file", 10**6)
    assert folder_contents(tmp_path) == {}


@pytest.fixture
def secure(server, tmp_path, monkeypatch):
    """Returns a function that gives the server a certificate and returns its address."""

    def secure(certificate):
        blocks = {"PRIVATE KEY": KEY, "CERTIFICATE": CERTIFICATES[certificate]}
        pem = tmp_path.with_suffix(".pem")
        pem.write_text(
            "".join(f"-----BEGIN {x}-----\n{blocks[x]}\n-----END {x}-----\n" for x in blocks),
            encoding="ascii",
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))  # trusted, so that only its date is wrong
        return f"https://localhost:{server.server_port}"

    return secure


def test_a_valid_certificate_is_accepted(secure, tmp_path):
    download.fetch(f"{secure('valid')}/redirect_here", tmp_path / "file", 10**6)
    assert folder_contents(tmp_path) == {"file": BODY}


@pytest.mark.parametrize(
    ("certificate", "fault"), [("expired", "has expired"), ("future", "is not yet valid")]
)
def test_a_certificate_of_another_time_is_refused_at_once_with_a_hint_on_the_clock(
    secure, tmp_path, certificate, fault
):
    words = f"certificate is not valid .certificate {fault}.; is the clock of this machine right"
    start = time.monotonic()
    with pytest.raises(download.DownloadError, match=words) as caught:
        download.fetch(f"{secure(certificate)}/good", tmp_path / "file", 10**6)
    assert time.monotonic() - start < 3
    assert str(caught.value).endswith(f"It says {datetime.date.today()}")
    assert folder_contents(tmp_path) == {}


def test_a_certificate_of_someone_else_has_nothing_to_do_with_the_clock(
    secure, tmp_path, monkeypatch
):
    address = secure("valid")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "nothing.pem"))
    with pytest.raises(download.DownloadError, match="certificate is not valid .*self-signed") as e:
        download.fetch(f"{address}/good", tmp_path / "file", 10**6)
    assert "clock" not in str(e.value)


def test_a_redirect_to_plain_http_is_refused(secure, tmp_path):
    with pytest.raises(
        download.DownloadError, match="refused, it redirects to plain http: http://"
    ):
        download.fetch(f"{secure('valid')}/redirect_to_http", tmp_path / "file", 10**6)
    assert folder_contents(tmp_path) == {}


def test_a_disk_that_takes_no_more_leaves_no_half_file(address, tmp_path):
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (70_000, limits[1]))
    try:
        with pytest.raises(OSError):
            download.fetch(f"{address}/good", tmp_path / "file", 10**6)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert folder_contents(tmp_path) == {}


@pytest.mark.parametrize(
    ("received", "expected", "shown"),
    [
        (1_000_000, 4_000_000, "[#######                       ] 1.0 of 4.0 MB"),
        (4_000_000, 4_000_000, f"[{'#' * 30}] 4.0 of 4.0 MB\n"),
        (1_500_000, 0, f"[{' ' * 30}] 1.5 MB"),
    ],
)
def test_the_progress_bar_on_a_terminal(received, expected, shown, capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    download._show_progress(received, expected)
    assert capsys.readouterr().err == f"\r{shown}"


def test_no_progress_bar_in_a_log(address, tmp_path, capsys):
    download.fetch(f"{address}/good", tmp_path / "file", 10**6)
    assert capsys.readouterr().err == ""


# Archives


METHODS = {
    "stored": zipfile.ZIP_STORED,
    "deflated": zipfile.ZIP_DEFLATED,
    "bzip2": zipfile.ZIP_BZIP2,
    "lzma": zipfile.ZIP_LZMA,
}
DAMAGED = "archive.zip is damaged or "  # incomplete, another archive, holds the unsafe path


def zip_of(folder, members, method=zipfile.ZIP_DEFLATED):
    archive = folder / "archive.zip"
    with zipfile.ZipFile(archive, "w", method) as zip_file:
        for name, content in members.items():
            zip_file.writestr(name, content)
    return archive


@pytest.fixture
def target(tmp_path):
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    return folder


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_only_the_named_members_are_unpacked(tmp_path, target, method):
    archive = zip_of(tmp_path, {"set/u.data": b"1", "set/u.item": b"", "set/README": b"3"}, method)
    unzip(archive, {"set/u.data": 1, "set/u.item": 0}, target)
    assert folder_contents(target) == {"u.data": b"1", "u.item": b""}


@pytest.mark.parametrize(
    "name",
    ["/out", "../out", "set/../../out", "..\\out", "C:\\out", "C:out", "\\\\server\\out"],
)
def test_a_path_that_leads_out_is_refused_though_nobody_asked_for_it(tmp_path, target, name):
    info = zipfile.ZipInfo("link")
    info.filename = name
    archive = zip_of(tmp_path, {"set/u.data": b"1", info: b"2"})
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(download.DownloadError, match=f"{DAMAGED}holds the unsafe path"):
        unzip(archive, {"set/u.data": 10}, target)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_link_is_refused(tmp_path, target):
    info = zipfile.ZipInfo("set/u.data")
    info.create_system = 3  # Unix
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    archive = zip_of(tmp_path, {info: "/etc/hostname"})
    with pytest.raises(download.DownloadError, match="unsafe path 'set/u.data'"):
        unzip(archive, {"set/u.data": 100}, target)
    assert folder_contents(target) == {}


def test_a_missing_member_is_named(tmp_path, target):
    archive = zip_of(tmp_path, {"set/u.data": b"1"})
    with pytest.raises(download.DownloadError, match=f"{DAMAGED}another .*: no set/u.item in it"):
        unzip(archive, {"set/u.data": 10, "set/u.item": 10}, target)
    assert folder_contents(target) == {}


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_a_member_that_would_fill_the_disk_is_refused(tmp_path, target, method):
    archive = zip_of(tmp_path, {"set/u.item": b"1", "set/u.data": bytes(10**6)}, method)
    words = f"{DAMAGED}another archive: set/u.data unpacks to 1,000,000 bytes, over 999,999"
    with pytest.raises(download.DownloadError, match=words):
        unzip(archive, {"set/u.item": 1, "set/u.data": 999_999}, target)
    assert folder_contents(target) == {}


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_a_member_that_is_larger_than_it_says_never_gets_further(tmp_path, target, method):
    archive = zip_of(tmp_path, {"set/u.data": bytes(10**6)}, method)
    content = archive.read_bytes()
    archive.write_bytes(content.replace((10**6).to_bytes(4, "little"), (9).to_bytes(4, "little")))
    with pytest.raises(download.DownloadError, match=DAMAGED):
        unzip(archive, {"set/u.data": 9}, target)
    assert all(len(written) <= 9 for written in folder_contents(target).values())


def test_an_encrypted_member_is_named(tmp_path, target):
    archive = zip_of(tmp_path, {"set/u.data": BODY})
    content = bytearray(archive.read_bytes())
    content[6] |= 1  # the flag in the header of the member, and in the table of contents
    content[content.index(b"PK\x01\x02") + 8] |= 1
    archive.write_bytes(content)
    with pytest.raises(download.DownloadError, match=f"{DAMAGED}incomplete .*is encrypted"):
        unzip(archive, {"set/u.data": 10**6}, target)


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
@pytest.mark.parametrize("share", [0, 0.01, 0.5, 0.99])
def test_a_truncated_archive_is_damaged(tmp_path, target, share, method):
    archive = zip_of(tmp_path, {"set/u.data": BODY}, method)
    whole = archive.read_bytes()
    archive.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(download.DownloadError, match=f"{DAMAGED}incomplete"):
        unzip(archive, {"set/u.data": 10**6}, target)


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_a_changed_byte_is_damage_or_does_no_harm_wherever_it_is(tmp_path, target, method):
    archive = zip_of(tmp_path, {"set/u.data": BODY[:256]}, method)
    whole = archive.read_bytes()
    refused = 0
    for place in range(0, len(whole), 3):
        changed = bytearray(whole)
        changed[place] ^= 1 << place % 8
        archive.write_bytes(changed)
        try:
            unzip(archive, {"set/u.data": 10**6}, target)
        except download.DownloadError as error:
            refused += 1
            assert str(error).startswith(DAMAGED)
        else:
            assert folder_contents(target) == {"u.data": BODY[:256]}
    assert refused > 50


def test_an_archive_that_may_not_be_read_is_no_damage(tmp_path, target, monkeypatch):
    archive = zip_of(tmp_path, {"set/u.data": b"1"})

    def refuse(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("zipfile.ZipFile", refuse)
    with pytest.raises(
        download.DownloadError, match="archive.zip cannot be read .Permission denied"
    ):
        unzip(archive, {"set/u.data": 1}, target)


def test_a_file_that_cannot_be_written_is_no_damage(tmp_path, target):
    archive = zip_of(tmp_path, {"set/u.data": b"1"})
    (target / "u.data").mkdir()
    with pytest.raises(OSError, match="u.data"):
        unzip(archive, {"set/u.data": 1}, target)
