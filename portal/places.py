"""Where the files beside the code lie: in a checkout at its top, in an installed wheel inside the package."""

from pathlib import Path

PACKAGE = Path(__file__).parent
CHECKOUT = PACKAGE.parent


def beside(name: str) -> Path:
    packed = PACKAGE / f"_{name}"
    return packed if packed.is_dir() else CHECKOUT / name


TEMPLATES = beside("templates")
MIGRATIONS = beside("migrations")
ASSETS = PACKAGE / "assets"
