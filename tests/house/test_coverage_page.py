"""docs/coverage.md is true: it is what `make coverage` writes now, and finished work owes nothing."""

from tests.tools.coverage_page import PAGE, page, read_finished, read_rows, read_tests


def test_every_row_of_the_page_has_one_id_and_an_owner() -> None:
    rows = read_rows()
    assert len({row.id for row in rows}) == len(rows)
    assert all(row.piece and row.title for row in rows)


def test_every_mark_names_a_known_row() -> None:
    known = {row.id for row in read_rows()}
    unknown = {row: tests for row, tests in read_tests().items() if row not in known}
    assert not unknown, f"not in tests/tools/rows.toml: {unknown}"


def test_the_page_is_as_make_coverage_writes_it() -> None:
    assert PAGE.read_text("utf-8") == page(read_rows(), read_tests()), "run `make coverage`"


def test_finished_work_owes_no_row_a_test() -> None:
    shown, finished = read_tests(), read_finished()
    owed = [f"{row.id} {row.title}" for row in read_rows() if row.piece in finished and row.id not in shown]
    assert not owed, "\n".join(owed)


def test_finished_work_is_known_by_its_name() -> None:
    assert set(read_finished()) <= {row.piece for row in read_rows()}
