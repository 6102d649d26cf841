"""A test's name is a sentence, so that a red one says what is wrong."""

from tests.house.sources import functions, python_files, shown


def test_every_test_is_named_by_a_sentence() -> None:
    short = [
        f"{shown(path)}:{function.lineno} {function.name}: say what is true, in four words or more"
        for path in python_files("tests")
        for function in functions(path)
        if function.name.startswith("test_") and len(function.name.split("_")) < 5
    ]
    assert not short, "\n".join(short)
