"""The machines' side is tried on the same portal as the pages."""

from tests.web.conftest import portal

__all__ = ["portal"]
