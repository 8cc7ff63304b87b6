"""MovieLens tables by hand-made files of each format, with faults, from each source."""

import os
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from utils import movielens
from utils.movielens import sources
from utils.movielens.formats import GENRES_100K, DataError, read_items
from utils.movielens.validation import hash_items

# Three users, four films; film 2 is rated by nobody, ids have gaps, lines are not sorted by id.
RATINGS = "7\t5\t4\t880000004\n2\t5\t1\t880000002\n7\t1\t5\t880000003\n9\t4\t3\t880000001\n"
USERS = "9|33|F|writer|00501\n2|53|F|other|94043\n7|7|M|student|V0R2M\n"
TITLES = {
    1: ("Misérables, Les (1995)", "01-Jan-1995", ["Drama", "Musical"]),
    5: ("Toy Story (1995)", "01-Jan-1995", ["Animation", "Children's", "Comedy"]),
    4: ("unknown", "", ["unknown"]),
    2: ("Heat (1995) ", "01-Jan-1995", []),
}
FILES = ("u.data", "u.item", "u.user")
CSV_RATINGS = "userId,movieId,rating,timestamp\n7,5,0.5,880000004\n2,5,4.5,880000002\n"
CSV_ITEMS = (
    'movieId,title,genres\n5,"American President, The (1995)",Comedy|Drama\n'
    '9,"A ""Quoted"" Film (2001)",(no genres listed)\n'
)


def items_100k(encoding="latin-1"):
    """u.item as published: dates, links and a flag for each of 19 genres."""
    lines = []
    for item_id, (title, date, genres) in TITLES.items():
        flags = [str(int(genre in genres)) for genre in GENRES_100K]
        link = f"http://us.imdb.com/M/title-exact?{item_id}"
        lines.append("|".join([str(item_id), title, date, "", link, *flags]) + "\n")
    return "".join(lines).encode(encoding)


def contents():
    return dict(zip(FILES, [RATINGS.encode(), items_100k(), USERS.encode()], strict=True))


def write(folder, files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        content = content if isinstance(content, bytes) else content.encode()
        (folder / name).write_bytes(content)


def zip_100k(data_folder, files=None):
    data_folder.mkdir(parents=True, exist_ok=True)
    archive = data_folder / "ml-100k.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zip_file:
        zip_file.writestr("ml-100k/README", "not needed")
        for name, content in (files or contents()).items():
            zip_file.writestr(f"ml-100k/{name}", content)
    return archive


def accept_small_sets(monkeypatch=None):
    """Let the loader accept the few rows above, in place of the published counts and hashes."""
    few = {"ratings": (1, 9), "users": (1, 9), "items": (1, 9)}
    for name, data_set in movielens.DATA_SETS.items():
        small = replace(data_set, counts=few, hashes={})
        if monkeypatch is None:
            movielens.DATA_SETS[name] = small
        else:
            monkeypatch.setitem(movielens.DATA_SETS, name, small)


@pytest.fixture
def small(monkeypatch, tmp_path):
    """Small sets, no package index, and an official address that has nothing yet."""
    accept_small_sets(monkeypatch)
    official = tmp_path / "official"
    official.mkdir()
    monkeypatch.setattr(sources, "OFFICIAL_ADDRESS", official.as_uri() + "/")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    return official


def assert_same_tables(a, b):
    for table in ("ratings", "users", "items"):
        assert_frame_equal(getattr(a, table), getattr(b, table))


def files_below(folder):
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )


# Tables


def test_100k_tables(small, tmp_path):
    write(tmp_path / "ml-100k", contents())
    data = movielens.load("100k", tmp_path)
    assert data.ratings.to_dict("list") == {
        "user_id": [7, 2, 7, 9],
        "item_id": [5, 5, 1, 4],
        "rating": [4, 1, 5, 3],
        "timestamp": [880000004, 880000002, 880000003, 880000001],
        "user_index": [1, 0, 1, 2],
        "item_index": [3, 3, 0, 2],
    }
    assert set(data.ratings.dtypes.astype(str)) == {"int64"}
    assert data.ratings.index.tolist() == [0, 1, 2, 3]
    assert data.users.to_dict("list") == {
        "user_id": [2, 7, 9],
        "user_index": [0, 1, 2],
        "age": [53, 7, 33],
        "sex": ["F", "M", "F"],
        "occupation": ["other", "student", "writer"],
        "zip_code": ["94043", "V0R2M", "00501"],
    }
    assert data.items.drop(columns="year").to_dict("list") == {
        "item_id": [1, 2, 4, 5],
        "item_index": [0, 1, 2, 3],
        "title": ["Misérables, Les", "Heat", "unknown", "Toy Story"],
        "genres": [
            ("Drama", "Musical"),
            (),
            ("unknown",),
            ("Animation", "Children's", "Comedy"),
        ],
    }
    years = pd.Series([1995, 1995, None, 1995], dtype="Int64", name="year")
    pd.testing.assert_series_equal(data.items["year"], years)
    assert list(data.items) == ["item_id", "item_index", "title", "year", "genres"]
    assert type(data.num_users) is int and data.num_users == 3
    assert type(data.num_items) is int and data.num_items == 4


def test_1m_tables(small, tmp_path):
    files = {
        "ratings.dat": "7::5::4::880000004\n2::5::1::880000002\n",
        "users.dat": "2::F::56::16::70072\n7::M::1::10::48067\n",
        "movies.dat": "5::Café: au Lait (1993)::Comedy|Film-Noir\n3::Tom::Drama\n".encode(
            "latin-1"
        ),
    }
    write(tmp_path / "ml-1m", files)
    data = movielens.load("1m", tmp_path)
    assert data.ratings["user_index"].tolist() == [1, 0]
    assert data.ratings["item_index"].tolist() == [1, 1]
    assert data.ratings["rating"].tolist() == [4, 1]
    assert data.users.iloc[0].tolist() == [2, 0, 56, "F", "16", "70072"]
    assert data.items["title"].tolist() == ["Tom", "Café: au Lait"]
    assert data.items["genres"].tolist() == [("Drama",), ("Comedy", "Film-Noir")]


@pytest.mark.parametrize("name", ["25m", "32m", "latest-small"])
def test_csv_tables(small, tmp_path, name):
    write(tmp_path / f"ml-{name}", {"ratings.csv": CSV_RATINGS, "movies.csv": CSV_ITEMS})
    data = movielens.load(name, tmp_path)
    assert data.ratings["rating"].tolist() == [0.5, 4.5]
    assert data.ratings["user_index"].tolist() == [1, 0]
    assert data.users.to_dict("list") == {"user_id": [2, 7], "user_index": [0, 1]}
    assert data.items["title"].tolist() == ["American President, The", 'A "Quoted" Film']
    assert data.items["genres"].tolist() == [("Comedy", "Drama"), ()]
    assert data.num_items == 2  # the film that nobody rated counts


@pytest.mark.parametrize(
    ("published", "title", "year"),
    [
        ("Toy Story (1995)", "Toy Story", 1995),
        ("Marlene Dietrich: Shadow and Light (1996) ", "Marlene Dietrich: Shadow and Light", 1996),
        ("The Great Giving (1995) (V)", "The Great Giving", 1995),
        ("Contempt (Mépris, Le) (1963)", "Contempt (Mépris, Le)", 1963),
        ("2001: A Space Odyssey (1968)", "2001: A Space Odyssey", 1968),
        ('"Wild" Bill (1995)', '"Wild" Bill', 1995),
        ("1984", "1984", None),
        ("unknown", "unknown", None),
        ("Fawlty Towers (1975-1979)", "Fawlty Towers", 1975),
        ("Café (2006–2007)", "Café", 2006),
        ("Running Series (2007- )", "Running Series", 2007),
        ("No Year (Pas d'année)", "No Year (Pas d'année)", None),
    ],
)
def test_title_and_year(tmp_path, published, title, year):
    write(tmp_path, {"movies.dat": f"1::{published}::Drama\n"})
    item = read_items(tmp_path / "movies.dat", "::").iloc[0]
    assert item["title"] == title
    assert (None if pd.isna(item["year"]) else item["year"]) == year


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8"])
def test_accents_survive_in_both_encodings(small, tmp_path, encoding):
    write(tmp_path / "ml-100k", contents() | {"u.item": items_100k(encoding)})
    assert movielens.load("100k", tmp_path).items["title"][0] == "Misérables, Les"


def test_users_and_titles_may_look_like_missing_values(small, tmp_path):
    item = items_100k().replace(b"Toy Story (1995)", b"NA")
    write(tmp_path / "ml-100k", contents() | {"u.item": item, "u.user": USERS.replace("V0R2M", "")})
    data = movielens.load("100k", tmp_path)
    assert data.items["title"].tolist()[3] == "NA"
    assert data.users["zip_code"].tolist()[1] == ""


# Faults in the files


def changed(name, old, new):
    def change(files):
        assert old in files[name]
        return files | {name: files[name].replace(old, new, 1)}

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (changed("u.data", b"2\t5\t1\t", b"2\t5\t7\t"), "u.data, line 2, rating: 7 .* 1, 2, 3"),
        (changed("u.data", b"2\t5\t1\t", b"2\t5\t0\t"), "u.data, line 2, rating: 0 "),
        (changed("u.data", b"2\t5\t1\t", b"2\t5\t3.5\t"), "line 2, rating: '3.5' .* whole number"),
        (changed("u.data", b"2\t5\t1\t", b"2\t5\t\t"), "u.data, line 2, rating: '' "),
        (changed("u.data", b"2\t5\t1\t", b"2\t5\t"), "u.data, line 2: 3 fields .* 4 .user_id"),
        (changed("u.data", b"7\t5\t4\t", b"7\t5\t"), "u.data, line 1: 3 fields"),
        (changed("u.data", b"2\t5\t1\t", b"2\t5\t1\t1\t"), "u.data, line 2: 5 fields"),
        (changed("u.data", b"7\t5\t4\t", b"7\t5\t4\t1\t"), "u.data, line 1: 5 fields"),
        (changed("u.data", b"\n2\t", b"\n\n2\t"), "u.data, line 2: 0 fields"),
        (changed("u.data", b"\t", b","), "u.data, line 1: 3 fields"),
        (changed("u.data", b"7\t5\t", b"8\t5\t"), "line 1, user_id: 8 .* table of users"),
        (changed("u.data", b"7\t5\t", b"7\t6\t"), "line 1, item_id: 6 .* table of items"),
        (changed("u.data", b"880000002", b"-1"), "line 2, timestamp: -1 .* positive"),
        (changed("u.data", b"880000002", b"9" * 30), "line 2, timestamp: '9{30}' "),
        (changed("u.data", b"2\t5\t1\t", b"2\t5\t1_0\t"), "line 2, rating: '1_0' "),
        (changed("u.user", b"9|33", b"1_0|33"), "u.user, line 1, user_id: '1_0' "),
        (changed("u.data", b"7\t1\t5", b"7\t5\t5"), "line 3: user 7 rates item 5 again"),
        (changed("u.data", RATINGS.encode(), b""), "u.data: no rows"),
        (changed("u.data", b"7\t5\t", b"7" * 200_000), "u.data, line 1: field larger than"),
        (changed("u.item", items_100k(), b""), "u.item: no rows"),
        (changed("u.user", USERS.encode(), b""), "u.user: no rows"),
        (changed("u.user", b"|33|", b"|thirty|"), "u.user, line 1, age: 'thirty' .* whole number"),
        (changed("u.user", b"|33|", b"|330|"), "u.user, line 1, age: 330 .* 1 to 120"),
        (changed("u.user", b"|F|", b"|X|"), "u.user, line 1, sex: 'X' .* F or M"),
        (changed("u.user", b"|writer", b""), "u.user, line 1: 4 fields .* 5 "),
        (changed("u.user", b"9|33", b"2|33"), "u.user, line 2, user_id: '2' .* no other line"),
        (changed("u.item", b"|01-Jan-1995||", b"||"), "u.item, line 1: 23 fields .* 24 "),
        (changed("u.item", b"|0\n", b"|2\n"), "u.item, line 1, Western: '2' .* 0 or 1"),
        (changed("u.item", b"5|Toy", b"1|Toy"), "u.item, line 2, item_id: '1' .* no other line"),
        (changed("u.item", b"5|Toy", b"0|Toy"), "u.item, line 2, item_id: '0' .* positive"),
        (changed("u.item", b"Toy Story (1995)", b" "), "u.item, line 2, title: '' .* not empty"),
    ],
)
def test_a_fault_is_named_with_its_place_and_the_way_out(small, tmp_path, change, words):
    write(tmp_path / "ml-100k", change(contents()))
    with pytest.raises(DataError, match=words) as caught:
        movielens.load("100k", tmp_path)
    assert str(caught.value).endswith(f"Delete the folder {tmp_path / 'ml-100k'} and load again.")


@pytest.mark.parametrize(
    ("ratings", "words"),
    [
        (CSV_RATINGS.replace("0.5", "0.7"), "ratings.csv, line 2, rating: 0.7 .* 0.5, 1, 1.5"),
        (CSV_RATINGS.replace("4.5", "nan"), "ratings.csv, line 3, rating: nan "),
        (CSV_RATINGS.replace("4.5", "good"), "line 3, rating: 'good' .* a number"),
        (CSV_RATINGS.replace(",rating", ""), "line 1, header: 'userId,movieId,timestamp' "),
        (CSV_RATINGS + "2,5,1,880000009\n", "line 4: user 2 rates item 5 again"),
        ("", "ratings.csv, line 1, header: '' "),
        (CSV_RATINGS.splitlines()[0], "ratings.csv: no rows"),
    ],
)
def test_a_fault_in_csv(small, tmp_path, ratings, words):
    write(tmp_path / "ml-25m", {"ratings.csv": ratings, "movies.csv": CSV_ITEMS})
    with pytest.raises(DataError, match=words):
        movielens.load("25m", tmp_path)


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ({"counts": {"ratings": (5, 5)}}, "4 ratings are not accepted; it should be 5"),
        ({"counts": {"ratings": (5, 9)}}, "4 ratings are not accepted; it should be 5 to 9"),
        ({"counts": {"ratings": (1, 3)}}, "4 ratings are not accepted; it should be 1 to 3"),
        ({"counts": {"ratings": (4, 4), "users": (4, 4)}}, "3 users are not"),
        ({"hashes": {"u.data": "0" * 64}}, "u.data: not as published .SHA-256"),
        ({"hashes": {"items": "0" * 64}}, "items: not as published .SHA-256"),
    ],
)
def test_what_was_published_is_known(small, tmp_path, monkeypatch, known, words):
    data_set = replace(movielens.DATA_SETS["100k"], **known)
    monkeypatch.setitem(movielens.DATA_SETS, "100k", data_set)
    write(tmp_path / "ml-100k", contents())
    with pytest.raises(DataError, match=words):
        movielens.load("100k", tmp_path)


def test_an_unknown_name():
    with pytest.raises(ValueError, match="name is '10m'; accepted: '100k', '1m', '25m', '32m'"):
        movielens.load("10m")


# Sources


def fake_wheel(folder):
    """The small set as the wheel has it: typed headers, UTF-8, its own slips in two films."""
    items = "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n"
    for item_id, title, year, genres in (
        ("1", "Misérables, Les", "1995", "Drama Musical"),
        ("267", "unkonwn", "unkonwn", "unknown"),
        ("1412", "The Great Giving (1995)", "V", "Animation Children's"),
    ):
        items += f"{item_id}\t{title}\t{year}\t{genres}\n"
    tables = {
        "inter": "user_id:token\titem_id:token\trating:float\ttimestamp:float\n"
        "7\t1\t5\t880000003\n",
        "user": "user_id:token\tage:token\tgender:token\toccupation:token\tzip_code:token\n"
        "7\t7\tM\tstudent\tV0R2M\n",
        "item": items,
    }
    wheel = folder / "recbole-1.2.1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as zip_file:
        for ending, text in tables.items():
            zip_file.writestr(f"recbole/dataset_example/ml-100k/ml-100k.{ending}", text.encode())
        about = "Metadata-Version: 2.1\nName: recbole\nVersion: 1.2.1\n"
        zip_file.writestr("recbole-1.2.1.dist-info/METADATA", about)
        zip_file.writestr("recbole-1.2.1.dist-info/WHEEL", "Wheel-Version: 1.0\n")
    return wheel


def test_an_archive_placed_by_hand(small, tmp_path):
    zip_100k(tmp_path / "data")
    data = movielens.load("100k", tmp_path / "data")
    assert len(data.ratings) == 4
    expected = ["ml-100k.zip", *(f"ml-100k/{name}" for name in FILES)]
    assert files_below(tmp_path / "data") == sorted(expected)


def test_the_official_archive(small, tmp_path):
    zip_100k(small)
    data = movielens.load("100k", tmp_path / "new" / "data")
    assert len(data.ratings) == 4
    assert files_below(tmp_path / "new/data") == sorted(f"ml-100k/{name}" for name in FILES)


def test_the_wheel(small, tmp_path, monkeypatch):
    wheel = fake_wheel(tmp_path)
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setattr(sources, "WHEEL_SHA256", sha256(wheel.read_bytes()).hexdigest())
    data = movielens.load("100k", tmp_path / "data")
    assert data.items["title"].tolist() == ["Misérables, Les", "unknown", "The Great Giving"]
    assert data.items["year"].tolist() == [1995, pd.NA, 1995]
    assert data.items["genres"].tolist()[2] == ("Animation", "Children's")
    assert (tmp_path / "data/ml-100k/u.data").read_bytes() == b"7\t1\t5\t880000003\n"
    assert (tmp_path / "data/ml-100k/u.user").read_bytes() == b"7|7|M|student|V0R2M\n"
    assert files_below(tmp_path / "data") == sorted(f"ml-100k/{name}" for name in FILES)


def test_each_source_that_fails_is_named_with_its_reason(small, tmp_path, monkeypatch):
    fake_wheel(tmp_path)  # not the published one
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    archive = zip_100k(tmp_path / "data")
    archive.write_bytes(archive.read_bytes()[:-30])
    zip_100k(small, contents() | {"u.data": b"7\t5\t9\t880000004\n"})
    with pytest.raises(DataError) as caught:
        movielens.load("100k", tmp_path / "data")
    lines = str(caught.value).splitlines()
    assert "ml-100k.zip is damaged or incomplete" in lines[1]
    assert lines[2].startswith(f"  - {small.as_uri()}/ml-100k.zip: u.data, line 1, rating: 9 ")
    assert "recbole==1.2.1" in lines[3] and "wrong SHA-256" in lines[3]
    assert lines[4].startswith("By hand: download") and str(tmp_path / "data") in lines[4]
    assert files_below(tmp_path / "data") == ["ml-100k.zip"]


def test_no_source_at_all(small, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    start = time.monotonic()
    with pytest.raises(DataError) as caught:
        movielens.load("100k", "data")
    assert time.monotonic() - start < 30
    lines = str(caught.value).splitlines()
    assert len(lines) == 5
    assert lines[1] == f"  - the file {tmp_path / 'data' / 'ml-100k.zip'}: not there."
    assert "no connection" in lines[2]
    assert "pip could not download it; is there a network" in lines[3]
    assert files_below(tmp_path / "data") == []


def test_the_wheel_has_no_other_set(small, tmp_path):
    with pytest.raises(DataError) as caught:
        movielens.load("25m", tmp_path / "data")
    assert "ml-25m.zip" in str(caught.value) and "recbole" not in str(caught.value)


@pytest.mark.parametrize("present", [(), ("u.data",), ("u.data", "u.item")])
def test_files_left_by_an_interrupted_load_are_completed(small, tmp_path, present):
    files = contents()
    write(tmp_path / "data/ml-100k", {name: files[name] for name in present})
    write(tmp_path / "data/.ml-100k-killed", {"u.data": RATINGS[:30], "ml-100k.zip": "PK"})
    zip_100k(tmp_path / "data")
    assert len(movielens.load("100k", tmp_path / "data").ratings) == 4


def test_a_folder_that_cannot_be_written(small, tmp_path):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(DataError, match="Cannot write to .*file.*give another data_folder"):
        movielens.load("100k", tmp_path / "file" / "data")


def test_a_full_disk_is_named_and_leaves_nothing(small, tmp_path):
    resource = pytest.importorskip("resource")
    zip_100k(tmp_path / "data")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50, limits[1]))
    try:
        with pytest.raises(DataError, match="Cannot write to .*free some space"):
            movielens.load("100k", tmp_path / "data")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert files_below(tmp_path / "data") == ["ml-100k.zip"]


def test_data_that_is_there_needs_no_writing(small, tmp_path, monkeypatch):
    write(tmp_path / "ml-100k", contents())

    def refuse(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.replace", refuse)
    monkeypatch.setattr("tempfile.mkdtemp", refuse)
    monkeypatch.setattr("pathlib.Path.mkdir", refuse)
    assert len(movielens.load("100k", tmp_path).ratings) == 4


def test_two_processes_at_once(small, tmp_path):
    zip_100k(tmp_path / "data")
    program = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "import test_movielens as t\n"
        "t.accept_small_sets()\n"
        f"print(len(t.movielens.load('100k', {str(tmp_path / 'data')!r}).ratings))"
    )
    loads = [
        subprocess.Popen(
            [sys.executable, "-c", program],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        for _ in range(2)
    ]
    assert [load.communicate(timeout=60) for load in loads] == [("4\n", "")] * 2
    assert files_below(tmp_path / "data/ml-100k") == sorted(FILES)
    assert [path.name for path in (tmp_path / "data").glob(".*")] == []


# The real data


REAL = movielens.DATA_FOLDER / "ml-100k"
needs_real_data = pytest.mark.skipif(
    not (REAL / "u.item").is_file(), reason="run `python -m utils.movielens` first"
)


@needs_real_data
def test_real_data():
    data = movielens.load("100k")
    assert len(data.ratings) == 100_000
    assert (data.num_users, data.num_items) == (943, 1_682)
    assert data.ratings["rating"].mean() == 3.52986
    assert data.ratings.iloc[0].tolist() == [196, 242, 3, 881250949, 195, 241]
    assert (data.ratings["user_index"] == data.ratings["user_id"] - 1).all()
    assert data.items["title"][266] == "unknown" and data.items["year"].isna().sum() == 1
    assert data.items["title"][542] == "Misérables, Les"
    assert data.items["title"][1411] == "Land Before Time III: The Time of the Great Giving"
    assert data.items["year"][1411] == 1995
    assert data.items["genres"][0] == ("Animation", "Children's", "Comedy")


@needs_real_data
def test_both_sources_give_the_same_tables(tmp_path):
    """The stored files, from either source, as the archive and as the wheel would bring them."""
    data = movielens.load("100k")
    ratings, users = ((REAL / name).read_bytes() for name in ("u.data", "u.user"))
    archive_lines, wheel_lines = [], ["item_id:token\tmovie_title:token_seq\trelease_year\tclass"]
    for item in data.items.itertuples():
        suffix = " (V)" if item.item_id == 1412 else " " if item.item_id == 1201 else ""
        title = item.title if pd.isna(item.year) else f"{item.title} ({item.year}){suffix}"
        flags = [str(int(genre in item.genres)) for genre in GENRES_100K]
        archive_lines.append("|".join([str(item.item_id), title, "date", "", "link", *flags]))
        title, year = item.title, item.year
        if item.item_id == 267:
            title = year = "unkonwn"
        elif item.item_id == 1412:
            title, year = f"{title} ({year})", "V"
        wheel_lines.append(f"{item.item_id}\t{title}\t{year}\t{' '.join(item.genres)}")
    archive_files = {
        "u.data": ratings,
        "u.user": users,
        "u.item": "".join(f"{line}\n" for line in archive_lines).encode("latin-1"),
    }
    zip_100k(tmp_path / "archive", archive_files)
    wheel_files = {
        "ml-100k.inter": b"header\n" + ratings,
        "ml-100k.user": b"header\n" + users.replace(b"|", b"\t"),
        "ml-100k.item": "".join(f"{line}\n" for line in wheel_lines),
    }
    write(tmp_path / "wheel/ml-100k", wheel_files)
    sources._convert(tmp_path / "wheel/ml-100k")
    assert_same_tables(movielens.load("100k", tmp_path / "archive"), data)
    assert_same_tables(movielens.load("100k", tmp_path / "wheel"), data)


@needs_real_data
@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("u.data", b"196\t242\t3\t", b"196\t242\t4\t", "u.data: not as published"),
        ("u.user", b"1|24|M", b"1|25|M", "u.user: not as published"),
        ("u.item", b"GoldenEye (1995)", b"GoldenEye (1996)", "items: not as published"),
        ("u.data", b"196\t242\t3\t881250949\n", b"", "99,999 ratings are not accepted"),
        ("u.data", b"196\t242\t3\t", b"196\t242\t7\t", "u.data, line 1, rating: 7"),
    ],
)
def test_a_change_of_the_real_data_is_noticed(tmp_path, name, old, new, words):
    files = {file.name: file.read_bytes() for file in REAL.iterdir()}
    assert old in files[name]
    write(tmp_path / "ml-100k", files | {name: files[name].replace(old, new, 1)})
    with pytest.raises(DataError, match=words):
        movielens.load("100k", tmp_path)


def test_the_hash_of_items_sees_ids_years_and_genres_but_not_titles():
    items = pd.DataFrame({"item_id": [1], "title": ["A"], "year": [1995], "genres": [("Drama",)]})
    same = hash_items(items.assign(title="B"))
    others = [
        hash_items(items.assign(item_id=2)),
        hash_items(items.assign(year=pd.NA)),
        hash_items(items.assign(genres=[("Drama", "War")])),
    ]
    assert hash_items(items) == same and len({same, *others}) == 4


# The command


def test_the_command_says_what_it_has_and_where(small, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(movielens, "DATA_FOLDER", tmp_path)
    write(tmp_path / "ml-100k", contents())
    movielens.main([])
    assert capsys.readouterr().out == (
        f"MovieLens 100k: 4 ratings, 3 users, 4 films in {tmp_path / 'ml-100k'}\n"
    )


@pytest.mark.parametrize(
    ("name", "words"), [("1b", "name is '1b'; accepted"), ("25m", "no source has them")]
)
def test_the_command_fails_in_words(small, tmp_path, monkeypatch, name, words):
    monkeypatch.setattr(movielens, "DATA_FOLDER", tmp_path)
    with pytest.raises(SystemExit, match=words):
        movielens.main([name])
