"""In which language a journey is made, and with or without a script: by one way always, by all in the long run."""

from __future__ import annotations

import pytest

IN_EACH_LANGUAGE = pytest.mark.parametrize("language", ["sw", pytest.param("en", marks=pytest.mark.full)])
IN_EACH_WAY = pytest.mark.parametrize(
    "language, script",
    [
        pytest.param("sw", True, id="swahili"),
        pytest.param("en", False, id="english-without-script", marks=pytest.mark.full),
        pytest.param("en", True, id="english", marks=pytest.mark.full),
        pytest.param("sw", False, id="swahili-without-script", marks=pytest.mark.full),
    ],
)
