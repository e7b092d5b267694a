from __future__ import annotations

from pathlib import Path

import pytest

from export.corpora.table import number, read_table
from export.notes import CorpusError
from tests.export.corpora.layouts import write_table


def test_headers_may_differ_in_case_and_spaces_and_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = write_table(tmp_path / "t.csv", "\ufeffNumber, Valence ,extra", "001,4.83,x", "", "002, 5,")
    rows = read_table(path, ("number", "valence"), "somewhere")
    assert [r["number"] for r in rows] == ["001", "002"]
    assert number(rows[1], "valence", path) == 5.0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("number\n1\n", "no column valence"),
        ("number,valence\n", "holds no rows"),
        ("", "no column number, valence"),
        ("number,valence\n1\n", "row 2: ends before column valence"),
    ],
)
def test_a_table_that_is_not_the_published_one_says_what_is_wrong_and_where_to_get_it(
    tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text)
    with pytest.raises(CorpusError, match=said) as error:
        read_table(path, ("number", "valence"), "osf.io/abc")
    assert "osf.io/abc" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_table_says_where_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"t\.csv: no such file; get the corpus from osf\.io/abc"):
        read_table(tmp_path / "t.csv", ("number",), "osf.io/abc")


def test_a_cell_that_is_no_number_is_quoted(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="valence is 'n/a', not a number"):
        number({"valence": "n/a"}, "valence", tmp_path)
