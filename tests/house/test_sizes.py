"""Sizes at which something usually holds two things."""

from tests.house.sources import functions, python_files, shown, template_files


def test_a_file_of_the_portal_has_at_most_300_lines() -> None:
    long = [
        f"{shown(path)} is {lines} lines; does it hold two nouns?"
        for path in python_files("portal")
        if (lines := len(path.read_text("utf-8").splitlines())) > 300
    ]
    assert not long, "\n".join(long)


def test_a_function_has_at_most_50_lines() -> None:
    long = [
        f"{shown(path)}:{function.lineno} {function.name} is {lines} lines; name its steps"
        for path in python_files("portal", "tests")
        for function in functions(path)
        if (lines := (function.end_lineno or 0) - function.lineno + 1) > 50
    ]
    assert not long, "\n".join(long)


def test_a_template_has_at_most_120_lines() -> None:
    long = [
        f"{shown(path)} is {lines} lines; take a fragment or a component out of it"
        for path in template_files()
        if (lines := len(path.read_text("utf-8").splitlines())) > 120
    ]
    assert not long, "\n".join(long)
