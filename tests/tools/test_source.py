"""The course reads its own code: what is cut out, and what makes a result stale."""

import pytest

from utils.tools import source

HELPER = """
from utils.deeper import SHARED

def used(x):
    \"\"\"Words.\"\"\"
    return x + SHARED

def unused(x):
    return x
"""
DEEPER = "SHARED = 1\nOTHER = 2\n"
GUARDED = {
    "helper": "from utils import require\n"
    + HELPER.replace("def used", '@require.sizes("x")\ndef used').replace(
        "    return x +", "    require.positive(\n        x=x,\n    )\n    return x +"
    ),
    "require": "def sizes(name):\n    return lambda f: f\n\ndef positive(x):\n    assert x > 0\n",
}
CODE = "from utils import helper\n\nprint(helper.used(3))\n"


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course of two modules; returns a function that changes one and gives the digest of CODE."""
    monkeypatch.setattr(source, "ROOT", tmp_path)
    (tmp_path / "utils").mkdir()
    files = {"helper": HELPER, "deeper": DEEPER}

    def digest(code=CODE, **changed):
        for name, text in {**files, **changed}.items():
            (tmp_path / "utils" / f"{name}.py").write_text(text, encoding="utf-8")
        source._read.cache_clear()
        return source.digest(code)

    return digest


@pytest.mark.parametrize(
    "change",
    [
        {"helper": HELPER.replace("Words.", "Other words.")},
        {"helper": HELPER.replace("    return x + SHARED", "    # why\n    return (x +  SHARED)")},
        {"helper": HELPER.replace("return x\n", "return -x\n")},
        {"helper": HELPER.replace("import SHARED", "import OTHER, SHARED")},
        {"deeper": "SHARED = 1\nOTHER = 3\n"},
        {"code": "from utils.helper import used\n\nprint(used(3))\n"},
        {"code": "from utils import helper as mine\n\nprint(mine.used(3))  # look\n"},
        {
            "code": "from utils import elsewhere\n\nprint(elsewhere.used(3))\n",
            "elsewhere": HELPER,
        },
    ],
    ids=[
        "docstring",
        "comment and layout",
        "a function nobody calls",
        "an import line",
        "a constant nobody reads",
        "the name imported",
        "another name for the module",
        "moved to another module",
    ],
)
def test_digest_stays(course, change):
    assert course(**change) == course()


@pytest.mark.parametrize(
    "change",
    [
        {"helper": HELPER.replace("x + SHARED", "x - SHARED")},
        {"deeper": DEEPER.replace("SHARED = 1", "SHARED = 2")},
        {"deeper": DEEPER + "SHARED += 1\n"},
        {"deeper": DEEPER + "print(OTHER)\n"},
        {"code": CODE.replace("3", "4")},
        {"code": CODE.replace("used", "unused")},
    ],
    ids=[
        "a function",
        "a constant two modules away",
        "the constant changed later",
        "a statement of a module that is used",
        "the code itself",
        "another function",
    ],
)
def test_digest_changes(course, change):
    assert course(**change) != course()


def test_digest_reads_methods_and_imports_inside_functions(course):
    code = "def run():\n    from utils import helper\n\n    return helper.used(1)\n"
    assert course(code) != course(code, helper=HELPER.replace("x + SHARED", "x"))


def test_digest_reads_all_of_a_module_that_is_handed_on(course):
    code = "from utils import helper\n\nshow(helper)\n"
    assert course(code) != course(code, helper=HELPER.replace("return x\n", "return -x\n"))


def test_refusing_bad_arguments_changes_no_result(course):
    assert course(**GUARDED) == course()


def test_a_page_shows_the_code_without_what_refuses_bad_arguments(course):
    course(**GUARDED)
    page = "def used(x):\n    return x + SHARED"
    assert source.cut_out("utils.helper.used") == page
    assert source.shows(page, page, "utils.helper.used")
    assert not source.shows(page, page.replace("+", "-"), "utils.helper.used")


def test_the_loader_changes_no_result(course):
    code = "from utils import movielens\n\nprint(movielens.load())\n"
    loaders = ("def load():\n    return 1\n", "def load():\n    return 2\n")
    digests = {course(code, movielens=loader) for loader in loaders}
    assert len(digests) == 1
