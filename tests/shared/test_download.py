"""Downloads against a server on this machine that misbehaves, and archives that are not right."""

import contextlib
import http.server
import ssl
import stat
import threading
import time
import zipfile

import pytest

from utils.movielens import download

BODY = bytes(range(256)) * 400  # 102,400 bytes
# A certificate for localhost that ended on 2020-02-01, made for this test, and its key.
EXPIRED = {
    "PRIVATE KEY": """\
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg5WuxJn+g+cca9/Q6
iTK6I/JMHt83wJrVNYP3APT4OTehRANCAAQ48BPkZeZEGOA4qa0xajMpZFKBCZd7
a5vXG1lzEJ0WvwWffJ5xVZ0MmWv8ueJVmqpUZGlvVoomOzrGvnyhcXLA""",
    "CERTIFICATE": """\
MIIBXjCCAQWgAwIBAgIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlsb2NhbGhv
c3QwHhcNMjAwMTAxMDAwMDAwWhcNMjAwMjAxMDAwMDAwWjAUMRIwEAYDVQQDDAls
b2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQ48BPkZeZEGOA4qa0x
ajMpZFKBCZd7a5vXG1lzEJ0WvwWffJ5xVZ0MmWv8ueJVmqpUZGlvVoomOzrGvnyh
cXLAo0gwRjAUBgNVHREEDTALgglsb2NhbGhvc3QwDwYDVR0TAQH/BAUwAwEB/zAd
BgNVHQ4EFgQUXIxuPENnRAWeUDcOEY+6m52CfxMwCgYIKoZIzj0EAwIDRwAwRAIg
eWn3p5Tr+BjWeSwuu7eSmXfzZGFjx55BRe6/h4+LUqECIDnNHXZhLLjt2o2cvTWD
6AiYKE6943WBAxVEGe9JOlkL""",
}


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers /good with BODY; the other paths misbehave as their name says."""

    def do_GET(self):
        if self.path == "/missing":
            return self.send_error(404)
        if self.path == "/silent":
            return time.sleep(5)
        self.send_response(200)
        if self.path != "/without_length":
            self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        if self.path == "/trickle":
            for i in range(100):
                self.wfile.write(BODY[i : i + 1])
                time.sleep(0.05)
        else:
            self.wfile.write(BODY[:50_000] if self.path == "/stops_early" else BODY)

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


@pytest.mark.parametrize("path", ["/good", "/without_length"])
def test_a_fetched_file_is_complete_and_alone(address, path, tmp_path):
    (tmp_path / "file").write_bytes(b"an older version")
    download.fetch(address + path, tmp_path / "file", max_bytes=len(BODY))
    assert folder_contents(tmp_path) == {"file": BODY}


@pytest.mark.parametrize(
    ("path", "max_bytes", "words"),
    [
        ("/missing", 10**6, "the server answered 404"),
        ("/silent", 10**6, "no answer within 0.2 s"),
        ("/stops_early", 10**6, "it stopped after 50,000 of 102,400 bytes"),
        ("/trickle", 10**6, "too slow"),
        ("/good", len(BODY) - 1, "it sent more than 102,399 bytes"),
        ("/without_length", len(BODY) - 1, "it sent more than 102,399 bytes"),
    ],
)
def test_a_server_at_fault_is_named_soon_and_leaves_no_file(
    address, path, max_bytes, words, tmp_path, monkeypatch
):
    monkeypatch.setattr(download, "PATIENCE_SECONDS", 0.3)
    start = time.monotonic()
    with pytest.raises(download.DownloadError, match=words):
        download.fetch(address + path, tmp_path / "file", max_bytes, timeout=0.2)
    assert time.monotonic() - start < 3
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


def test_an_expired_certificate_is_refused_at_once_and_by_name(server, tmp_path, monkeypatch):
    pem = tmp_path / "expired.pem"
    blocks = [f"-----BEGIN {x}-----\n{EXPIRED[x]}\n-----END {x}-----\n" for x in EXPIRED]
    pem.write_text("".join(blocks), encoding="ascii")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))  # trusted, so that only its date is wrong
    start = time.monotonic()
    with pytest.raises(download.DownloadError, match="certificate is not valid.*expired"):
        download.fetch(f"https://localhost:{server.server_port}/good", tmp_path / "file", 10**6)
    assert time.monotonic() - start < 3
    assert not (tmp_path / "file").exists()


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


def zip_of(folder, members):
    archive = folder / "archive.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zip_file:
        for name, content in members.items():
            zip_file.writestr(name, content)
    return archive


@pytest.fixture
def target(tmp_path):
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    return folder


def test_only_the_named_members_are_unpacked(tmp_path, target):
    archive = zip_of(tmp_path, {"set/u.data": b"1", "set/u.item": b"2", "set/README": b"3"})
    download.unzip(archive, ["set/u.data", "set/u.item"], target, max_bytes=2)
    assert folder_contents(target) == {"u.data": b"1", "u.item": b"2"}


@pytest.mark.parametrize(
    "name",
    ["/out", "../out", "set/../../out", "..\\out", "C:\\out", "C:out", "\\\\server\\out"],
)
def test_a_path_that_leads_out_is_refused_though_nobody_asked_for_it(tmp_path, target, name):
    info = zipfile.ZipInfo("link")
    info.filename = name
    archive = zip_of(tmp_path, {"set/u.data": b"1", info: b"2"})
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(download.DownloadError, match="unsafe path"):
        download.unzip(archive, ["set/u.data"], target, max_bytes=10)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_link_is_refused(tmp_path, target):
    info = zipfile.ZipInfo("set/u.data")
    info.create_system = 3  # Unix
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    archive = zip_of(tmp_path, {info: "/etc/hostname"})
    with pytest.raises(download.DownloadError, match="unsafe path"):
        download.unzip(archive, ["set/u.data"], target, max_bytes=100)
    assert folder_contents(target) == {}


def test_a_missing_member_is_named(tmp_path, target):
    archive = zip_of(tmp_path, {"set/u.data": b"1"})
    with pytest.raises(download.DownloadError, match="archive.zip does not hold set/u.item"):
        download.unzip(archive, ["set/u.data", "set/u.item"], target, max_bytes=10)


def test_an_archive_that_would_fill_the_disk_is_refused(tmp_path, target):
    archive = zip_of(tmp_path, {"set/u.data": bytes(10**6)})
    assert archive.stat().st_size < 2_000
    with pytest.raises(download.DownloadError, match="unpacks to 1,000,000 bytes, over 999,999"):
        download.unzip(archive, ["set/u.data"], target, max_bytes=999_999)
    assert folder_contents(target) == {}


@pytest.mark.parametrize("share", [0, 0.01, 0.5, 0.99])
def test_a_truncated_archive_is_damaged(tmp_path, target, share):
    archive = zip_of(tmp_path, {"set/u.data": BODY})
    whole = archive.read_bytes()
    archive.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(download.DownloadError, match="archive.zip is damaged or incomplete"):
        download.unzip(archive, ["set/u.data"], target, max_bytes=10**6)


def test_a_changed_byte_is_damage_wherever_it_is(tmp_path, target):
    archive = zip_of(tmp_path, {"set/u.data": BODY})
    whole = archive.read_bytes()
    for place in range(40, len(whole) - 120, 50):  # in the compressed data
        archive.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        with pytest.raises(download.DownloadError, match="damaged or incomplete"):
            download.unzip(archive, ["set/u.data"], target, max_bytes=10**6)
