"""The XML that Yas' partners exchange (providers.md §3.B, §3.C): a COMMAND of plain fields, read strictly.

Entities, document types and the network are off, and whatever comes, there is no error but no fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from xml.sax.saxutils import escape

from lxml import etree


def read_command(body: str) -> dict[str, str]:
    """The plain fields of a COMMAND, each once; none of anything else."""
    if "<!DOCTYPE" in body:
        return {}
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        command = etree.fromstring(body.encode(), parser)
    except (etree.XMLSyntaxError, ValueError):
        return {}
    names = [field.tag for field in command]
    is_flat = all(not len(field) and not field.attrib for field in command)
    if command.tag != "COMMAND" or not is_flat or len(set(names)) < len(names):
        return {}
    return {field.tag: (field.text or "").strip() for field in command}


def written_command(fields: Mapping[str, str]) -> str:
    return (
        f"<COMMAND>{''.join(f'<{name}>{escape(value)}</{name}>' for name, value in fields.items())}</COMMAND>"
    )
