"""How values become words and pages: the Jinja environment, formats, amounts in words, catalogues."""
