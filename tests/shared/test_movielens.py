"""MovieLens tables by hand-made files of each format, with faults, from each source."""

import os
import shutil
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
from utils.movielens.download import DownloadError
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
FILES_1M = {
    "ratings.dat": b"7::5::4::880000004\n2::5::1::880000002\n",
    "users.dat": b"2::F::56::16::70072\n7::M::1::10::48067\n",
    "movies.dat": "5::Café: au Lait (1993)::Comedy|Film-Noir\n3::Tom::Drama\n".encode("latin-1"),
}
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
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)


def zip_100k(data_folder, files=None, method=zipfile.ZIP_DEFLATED):
    data_folder.mkdir(parents=True, exist_ok=True)
    archive = data_folder / "ml-100k.zip"
    with zipfile.ZipFile(archive, "w", method) as zip_file:
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


@pytest.fixture
def no_pip(monkeypatch):
    """The last source fails at once, where a test is about another one."""

    def fail(*args):
        raise DownloadError("pip is not asked in this test")

    monkeypatch.setattr(sources, "_use_wheel", fail)


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
    write(tmp_path / "ml-1m", FILES_1M)
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
        (changed("u.data", b"7\t5\t", b"7" * 200_000), "u.data, line 1: 2 fields"),
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
        (changed("u.item", b"Toy", b"To\0y"), r"u.item, line 2, title: 'To\\x00y Story .* of text"),
        (
            changed("u.data", b"2\t5\t1\t", b"2\t5\t" + b"x" * 999 + b"\t"),
            "line 2, rating: 'x{79} is not",
        ),
        (changed("u.data", b"880000002", b"880000002000"), "line 2, timestamp: .* before 2100"),
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
        (CSV_RATINGS.replace("0.5", "0.75"), "ratings.csv, line 2, rating: 0.75 .* 0.5, 1, 1.5"),
        (CSV_RATINGS.replace("0.5", "0"), "ratings.csv, line 2, rating: 0.0 "),
        (CSV_RATINGS.replace("0.5", "-0.5"), "ratings.csv, line 2, rating: -0.5 "),
        (CSV_RATINGS.replace("4.5", "nan"), "ratings.csv, line 3, rating: 'nan' .* a number"),
        (CSV_RATINGS.replace("4.5", "NA"), "ratings.csv, line 3, rating: 'NA' .* a number"),
        (CSV_RATINGS.replace("4.5", ""), "ratings.csv, line 3, rating: '' .* a number"),
        (CSV_RATINGS.replace("4.5", "inf"), "ratings.csv, line 3, rating: inf .* 0.5, 1, 1.5"),
        (CSV_RATINGS.replace("4.5", "1e999"), "ratings.csv, line 3, rating: inf .* 0.5, 1, 1.5"),
        (CSV_RATINGS.replace("4.5", "good"), "line 3, rating: 'good' .* a number"),
        (CSV_RATINGS.replace("4.5", "4,5"), "ratings.csv, line 3: 5 fields .* 4 .user_id"),
        (CSV_RATINGS.replace(",4.5", ""), "ratings.csv, line 3: 3 fields .* 4 .user_id"),
        (CSV_RATINGS.replace("2,5,4.5", '"2,5,4.5'), "ratings.csv, line 3: 1 fields .* 4 .user_id"),
        (CSV_RATINGS.replace("0.5", '"0.5"x'), "ratings.csv, line 2, rating: '0.5x' .* a number"),
        (CSV_RATINGS + '2,9,1,"880000009', "ratings.csv, line 4: .* EOF inside string"),
        (CSV_RATINGS.replace("880000002", "9" * 19), "ratings.csv, line 3, timestamp: '9{19}' "),
        (CSV_RATINGS.replace("880000002", "9" * 18), "line 3, timestamp: 9{18} .* before 2100"),
        (
            CSV_RATINGS.replace("880000002", "88\x0000002"),
            "ratings.csv, line 3, timestamp: '88.x00",
        ),
        (CSV_RATINGS.replace("7,5,", "0,5,"), "ratings.csv, line 2, user_id: 0 .* positive"),
        (CSV_RATINGS.replace("7,5,", "-7,5,"), "ratings.csv, line 2, user_id: -7 .* positive"),
        (CSV_RATINGS.replace("7,5,", "7,0,"), "ratings.csv, line 2, item_id: 0 .* table of items"),
        (CSV_RATINGS.replace("7,5,", "9" * 30 + ",5,"), "ratings.csv, line 2, user_id: '9{30}' "),
        (CSV_RATINGS.replace("\n2,", "\n\n2,"), "ratings.csv, line 3: 0 fields"),
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


def test_csv_in_quotes_is_read(small, tmp_path):
    quoted = "".join(
        ",".join(f'"{field}"' for field in line.split(",")) + "\r\n"
        for line in CSV_RATINGS.splitlines()
    )
    write(tmp_path / "plain/ml-25m", {"ratings.csv": CSV_RATINGS, "movies.csv": CSV_ITEMS})
    write(tmp_path / "quoted/ml-25m", {"ratings.csv": quoted, "movies.csv": CSV_ITEMS})
    assert_same_tables(*(movielens.load("25m", tmp_path / kind) for kind in ("plain", "quoted")))


@pytest.mark.parametrize(
    ("items", "words"),
    [
        (CSV_ITEMS.replace("movieId", "movieid"), "movies.csv, line 1, header: 'movieid,title"),
        (CSV_ITEMS.replace('"American President, The (1995)"', "A, The"), "line 2: 4 fields .* 3 "),
        (CSV_ITEMS.replace('The (1995)"', "The (1995)"), "movies.csv, line 2, title: .* of text"),
        (
            CSV_ITEMS.replace("President, The", "President\n"),
            "movies.csv, line 2, title: 'Amer.*text",
        ),
        (CSV_ITEMS.replace('"American President, The (1995)"', '""'), "line 2, title: '' .* text"),
        (CSV_ITEMS.replace("Comedy|", "|"), r"movies.csv, line 2, genres: '\|Drama' .* \| between"),
        (CSV_ITEMS.replace("Comedy|Drama", ""), "movies.csv, line 2, genres: '' "),
        (CSV_ITEMS.replace("9,", "5,"), "movies.csv, line 3, item_id: '5' .* no other line"),
        (CSV_ITEMS.replace("9,", "9.0,"), "movies.csv, line 3, item_id: '9.0' .* whole number"),
        (CSV_ITEMS + "10," + "x" * 200_000 + ",Drama", "movies.csv, line 4: field larger than"),
    ],
)
def test_a_fault_in_the_films_of_csv(small, tmp_path, items, words):
    write(tmp_path / "ml-25m", {"ratings.csv": CSV_RATINGS, "movies.csv": items})
    with pytest.raises(DataError, match=words):
        movielens.load("25m", tmp_path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (changed("ratings.dat", b"5::1::", b"5::good::"), "ratings.dat, line 2, rating: 'good' "),
        (changed("ratings.dat", b"5::1::", b"5::4.5::"), "ratings.dat, line 2, rating: '4.5' "),
        (changed("ratings.dat", b"5::1::", b"5::nan::"), "ratings.dat, line 2, rating: 'nan' "),
        (changed("ratings.dat", b"5::1::", b"5::6::"), "ratings.dat, line 2, rating: 6 .* 1, 2, 3"),
        (changed("ratings.dat", b"5::1::", b"5:1::"), "ratings.dat, line 2: 3 fields .* 4 "),
        (changed("ratings.dat", b"5::1::", b"5:::1::"), "ratings.dat, line 2, rating: ':1' "),
        (changed("ratings.dat", b"5::1::", b"5::1::1::"), "ratings.dat, line 2: 5 fields"),
        (changed("ratings.dat", b"5::1::", b"5\t1::"), "ratings.dat, line 2: 3 fields"),
        (changed("ratings.dat", b"880000002", b"9" * 20), "line 2, timestamp: '9{20}' "),
        (changed("ratings.dat", b"7::5::4", b"7::5::good"), "ratings.dat, line 1, rating: 'good' "),
        (changed("ratings.dat", b"7::5", b"8::5"), "ratings.dat, line 1, user_id: 8 .* of users"),
        (changed("ratings.dat", b"::", b"\t"), "ratings.dat, line 1: 3 fields"),
        (changed("movies.dat", b"Tom", b"Tom::Jerry"), "movies.dat, line 2: 4 fields .* 3 "),
        (changed("movies.dat", b"3::", b"5::"), "movies.dat, line 2, item_id: '5' "),
        (changed("movies.dat", b"::Drama", b"::"), "movies.dat, line 2, genres: '' "),
        (changed("users.dat", b"7::M", b"7::m"), "users.dat, line 2, sex: 'm' .* F or M"),
        (changed("users.dat", b"::48067", b""), "users.dat, line 2: 4 fields .* 5 "),
    ],
)
def test_a_fault_in_1m(small, tmp_path, change, words):
    write(tmp_path / "ml-1m", change(FILES_1M))
    with pytest.raises(DataError, match=words):
        movielens.load("1m", tmp_path)


def test_a_tab_in_a_title_of_1m_is_part_of_it(small, tmp_path):
    write(tmp_path / "ml-1m", changed("movies.dat", b"Tom", b"Tom\t: 2")(FILES_1M))
    assert movielens.load("1m", tmp_path).items["title"].tolist()[0] == "Tom\t: 2"


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ({"counts": {"ratings": (5, 5)}}, "4 ratings are not accepted; it should be 5"),
        ({"counts": {"ratings": (5, 9)}}, "4 ratings are not accepted; it should be 5 to 9"),
        ({"counts": {"ratings": (1, 3)}}, "4 ratings are not accepted; it should be 1 to 3"),
        ({"counts": {"ratings": (4, 4), "users": (4, 4)}}, "3 users are not"),
        ({"hashes": {"u.data": "0" * 64}}, "u.data: not as published .SHA-256"),
        ({"hashes": {"items": "0" * 64}}, "u.item: not as published .SHA-256 of its ids, titles"),
        (
            {"sizes": {"u.data": 20, "u.item": 99, "u.user": 99}},
            "u.data: 64 bytes are not .* at most 60",
        ),
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


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("part", ["content", "end"])
def test_after_a_damaged_archive_the_next_source_is_tried(small, no_pip, tmp_path, method, part):
    archive = zip_100k(tmp_path / "data", method=method)
    content = bytearray(archive.read_bytes())
    if part == "content":
        place = content.index(b"ml-100k/u.data") + 30
        content[place : place + 8] = b"zzzzzzzz"
    else:
        content[-8:-2] = b"zzzzzz"  # where the table of contents begins
    archive.write_bytes(content)
    with pytest.raises(DataError, match="ml-100k.zip is damaged or incomplete") as caught:
        movielens.load("100k", tmp_path / "data")
    assert "Cannot write" not in str(caught.value)
    zip_100k(small)
    assert len(movielens.load("100k", tmp_path / "data").ratings) == 4


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_far_too_large_is_not_unpacked(small, no_pip, tmp_path, monkeypatch, name):
    sizes = {file: len(content) for file, content in contents().items()}
    data_set = replace(movielens.DATA_SETS["100k"], sizes=sizes)
    monkeypatch.setitem(movielens.DATA_SETS, "100k", data_set)
    zip_100k(tmp_path / "data", contents() | {name: bytes(3 * sizes[name] + 1)})
    words = f"ml-100k/{name} unpacks to {3 * sizes[name] + 1:,} bytes, over {3 * sizes[name]:,}"
    with pytest.raises(DataError, match=words):
        movielens.load("100k", tmp_path / "data")
    zip_100k(tmp_path / "data")
    assert len(movielens.load("100k", tmp_path / "data").ratings) == 4


def test_an_archive_that_is_far_too_large_is_not_fetched(small, no_pip, tmp_path):
    with (small / "ml-100k.zip").open("wb") as file:
        file.truncate(10**8)
    with pytest.raises(DataError, match="it has 100,000,000 bytes, over 6,714,435"):
        movielens.load("100k", tmp_path / "data")


def test_a_pip_that_does_not_start_is_no_fault_of_the_disk(small, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no_python"))
    with pytest.raises(DataError, match="by pip: pip does not start .No such file") as caught:
        movielens.load("100k", tmp_path / "data")
    assert "Cannot write" not in str(caught.value)


def test_a_pip_that_takes_too_long_is_ended_and_leaves_nothing(small, tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "PIP_SECONDS", 0.2)
    with pytest.raises(DataError, match="by pip: pip was not done within 0.2 s"):
        movielens.load("100k", tmp_path / "data")
    assert list((tmp_path / "data").iterdir()) == []


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


DAY = 24 * 3600


@pytest.mark.parametrize(
    ("name", "files", "age", "stays"),
    [
        (".ml-100k-x1y2z3a4", {"ml-100k.zip": "PK", "u.data": "7"}, DAY + 60, False),
        (".ml-100k-x1y2z3a4", {".ml-100k.zip.77.partial": "PK"}, 9 * DAY, False),
        (".ml-100k-x1y2z3a4", {"recbole.whl": "PK", "ml-100k.inter": "7"}, 9 * DAY, False),
        (".ml-100k-x1y2z3a4", {"pip-download-x/recbole.whl": "PK"}, 9 * DAY, False),
        (".ml-100k-killed", {}, 9 * DAY, False),
        (".ml-100k-x1y2z3a4", {"ml-100k.zip": "PK"}, DAY - 60, True),  # may be in use
        (".ml-100k-x1y2z3a4", {"ml-100k.zip": "PK"}, -DAY, True),  # the clock was wrong once
        (".ml-100k-x1y2z3a4", {"u.data": "7", "thesis.txt": "mine"}, 9 * DAY, True),
        (".ml-1m-x1y2z3a4", {"ratings.dat": "7"}, 9 * DAY, True),  # of another set
        ("ml-100k-mine", {"u.data": "7"}, 9 * DAY, True),
    ],
)
@pytest.mark.parametrize("present", [True, False])
def test_what_a_killed_download_left_is_swept(small, tmp_path, name, files, age, stays, present):
    left = tmp_path / "data" / name
    write(left, files)
    os.utime(left, (time.time() - age,) * 2)
    if present:
        write(tmp_path / "data/ml-100k", contents())
    else:
        zip_100k(tmp_path / "data")
    movielens.load("100k", tmp_path / "data")
    assert left.exists() == stays
    if stays:
        assert files_below(left) == sorted(files)


@pytest.mark.parametrize("kind", ["file", "link", "folder"])
def test_sweeping_touches_nothing_else(small, tmp_path, kind):
    write(tmp_path / "data/ml-100k", contents())
    write(tmp_path / "mine", {"u.data": "mine"})
    left = tmp_path / "data/.ml-100k-x1y2z3a4"
    if kind == "file":
        left.write_text("mine", encoding="utf-8")
    elif kind == "link":
        left.symlink_to(tmp_path / "mine")
    else:
        write(left / "inside.zip", {"u.data": "mine"})
    os.utime(left, (time.time() - 9 * DAY,) * 2)
    before = files_below(tmp_path)
    movielens.load("100k", tmp_path / "data")
    assert files_below(tmp_path) == before and left.exists()


@pytest.mark.parametrize("step", ["fetch", "unzip", "_use_wheel", "_move"])
def test_ctrl_c_leaves_nothing_and_says_so(small, tmp_path, monkeypatch, capsys, step):
    def interrupt(*args):
        for folder in (tmp_path / "data").glob(".ml-100k-*"):
            (folder / "u.data").write_bytes(b"half a li")
        raise KeyboardInterrupt

    if step != "_use_wheel":
        zip_100k(small)
    monkeypatch.setattr(sources, step, interrupt)
    with pytest.raises(KeyboardInterrupt):
        movielens.load("100k", tmp_path / "data")
    assert capsys.readouterr().err == (
        f"ml-100k: stopped. Nothing half written is left in {tmp_path / 'data'}; "
        f"load again to start over.\n"
    )
    assert list((tmp_path / "data").iterdir()) == []


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


def real_archive(folder, items):
    """The archive as published: dates, links, three titles that end in a space."""
    lines = []
    for item in items.itertuples():
        suffix = (
            " (V)" if item.item_id == 1412 else " " if item.item_id in (1128, 1201, 1635) else ""
        )
        title = item.title if pd.isna(item.year) else f"{item.title} ({item.year}){suffix}"
        flags = [str(int(genre in item.genres)) for genre in GENRES_100K]
        lines.append("|".join([str(item.item_id), title, "01-Jan-1995", "", "http://", *flags]))
    files = {name: (REAL / name).read_bytes() for name in ("u.data", "u.user")}
    files["u.item"] = "".join(f"{line}\n" for line in lines).encode("latin-1")
    return zip_100k(folder, files)


def real_wheel(folder, items):
    """The tables of the wheel, with its own slips in two films."""
    lines = ["item_id:token\tmovie_title:token_seq\trelease_year\tclass"]
    for item in items.itertuples():
        title, year = item.title, item.year
        if item.item_id == 267 and title == "unknown":
            title = year = "unkonwn"
        elif item.item_id == 1412:
            title, year = f"{title} ({year})", "V"
        lines.append(f"{item.item_id}\t{title}\t{year}\t{' '.join(item.genres)}")
    ratings, users = ((REAL / name).read_bytes() for name in ("u.data", "u.user"))
    tables = {
        "inter": b"header\n" + ratings,
        "user": b"header\n" + users.replace(b"|", b"\t"),
        "item": "".join(f"{line}\n" for line in lines),
    }
    wheel = folder / "recbole-1.2.1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as zip_file:
        for ending, text in tables.items():
            zip_file.writestr(f"{sources.WHEEL_FOLDER}/ml-100k.{ending}", text)
    return wheel


@pytest.fixture
def only_source(tmp_path, monkeypatch):
    """Returns a function that lets a table of films come from one source, and loads."""

    def load(source, items):
        official = tmp_path / "official"
        official.mkdir()
        monkeypatch.setattr(sources, "OFFICIAL_ADDRESS", official.as_uri() + "/")
        wheel = real_wheel(tmp_path, items)
        monkeypatch.setattr(sources, "WHEEL_SHA256", sha256(wheel.read_bytes()).hexdigest())

        def pip(command, **settings):
            if source == "wheel":
                shutil.copy(wheel, command[command.index("--dest") + 1])
            return subprocess.CompletedProcess(command, int(source != "wheel"), "", "no index")

        monkeypatch.setattr(sources.subprocess, "run", pip)
        if source != "wheel":
            real_archive(tmp_path / "data" if source == "placed" else official, items)
        return movielens.load("100k", tmp_path / "data")

    return load


@needs_real_data
@pytest.mark.parametrize("source", ["placed", "official", "wheel"])
def test_every_source_gives_the_same_tables(only_source, source):
    data = movielens.load("100k")
    assert_same_tables(only_source(source, data.items), data)


def swapped(titles):
    titles[49], titles[99] = titles[99], titles[49]


def emptied(titles):
    titles[:] = ["."] * len(titles)


def without_accents(titles):
    titles[542] = "Mis?rables, Les"


def decoded_wrongly(titles):
    titles[542] = "MisÃ©rables, Les"


def cut(titles):
    titles[:] = [title[:20] for title in titles]


def moved_by_one(titles):
    titles[:] = titles[1:] + titles[:1]


@needs_real_data
@pytest.mark.parametrize("source", ["placed", "official", "wheel"])
@pytest.mark.parametrize(
    "spoil", [swapped, emptied, without_accents, decoded_wrongly, cut, moved_by_one]
)
def test_spoiled_titles_are_refused_from_every_source(only_source, source, spoil):
    items = movielens.load("100k").items
    titles = items["title"].tolist()
    spoil(titles)
    assert titles != items["title"].tolist()
    with pytest.raises(DataError, match="u.item: not as published .* ids, titles, years and genre"):
        only_source(source, items.assign(title=titles))


@needs_real_data
@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("u.data", b"196\t242\t3\t", b"196\t242\t4\t", "u.data: not as published"),
        ("u.user", b"1|24|M", b"1|25|M", "u.user: not as published"),
        ("u.item", b"GoldenEye (1995)", b"GoldenEye (1996)", "u.item: not as published"),
        ("u.item", b"GoldenEye (1995)", b"Goldeneye (1995)", "u.item: not as published"),
        ("u.item", b"GoldenEye (1995)", b" (1995)", "u.item: not as published"),
        ("u.item", b"GoldenEye (1995)", b"", "u.item, line 2, title: '' is not accepted"),
        ("u.data", b"196\t242\t3\t881250949\n", b"", "u.data: not as published"),
        (
            "u.data",
            b"196\t242\t3\t",
            b"\0" * 10**7,
            "u.data: 11,979,163 bytes are not .* at most 5,937,519",
        ),
    ],
)
def test_a_change_of_the_real_data_is_noticed(tmp_path, name, old, new, words):
    files = {file.name: file.read_bytes() for file in REAL.iterdir()}
    assert old in files[name]
    write(tmp_path / "ml-100k", files | {name: files[name].replace(old, new, 1)})
    with pytest.raises(DataError, match=words):
        movielens.load("100k", tmp_path)


def test_the_hash_of_items_sees_every_column_that_is_used():
    items = pd.DataFrame({"item_id": [1], "title": ["A"], "year": [1995], "genres": [("Drama",)]})
    changes = [
        {"item_id": 2},
        {"title": "B"},
        {"year": pd.NA},
        {"genres": [("Drama", "War")]},
    ]
    hashes = {hash_items(items), *(hash_items(items.assign(**change)) for change in changes)}
    assert len(hashes) == 5
    assert hash_items(items.copy()) in hashes


# The command


def test_the_command_says_what_it_has_and_where(small, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(movielens, "DATA_FOLDER", tmp_path)
    write(tmp_path / "ml-100k", contents())
    movielens.main([])
    assert capsys.readouterr().out == (
        f"MovieLens 100k: 4 ratings, 3 users, 4 films in {tmp_path / 'ml-100k'}\n"
    )


def test_the_command_ends_at_ctrl_c_as_a_shell_expects(small, monkeypatch):
    def interrupt(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(movielens, "obtain", interrupt)
    monkeypatch.setattr(movielens, "DATA_FOLDER", small)
    with pytest.raises(SystemExit, match="130"):
        movielens.main([])


@pytest.mark.parametrize(
    ("name", "words"), [("1b", "name is '1b'; accepted"), ("25m", "no source has them")]
)
def test_the_command_fails_in_words(small, tmp_path, monkeypatch, name, words):
    monkeypatch.setattr(movielens, "DATA_FOLDER", tmp_path)
    with pytest.raises(SystemExit, match=words):
        movielens.main([name])
