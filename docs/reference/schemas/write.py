"""Write the JSON Schema of every document beside this file; a test holds them to the code."""

import json
from pathlib import Path

from tilth.report.schemas import SCHEMAS, schema_document


def file_name(name: str) -> str:
    """Return the file of a document: ``tilth.audit/1`` is in ``audit-1.json``."""
    return name.removeprefix("tilth.").replace("/", "-") + ".json"


if __name__ == "__main__":
    for name in SCHEMAS:
        text = json.dumps(schema_document(name), indent=1) + "\n"
        Path(__file__).with_name(file_name(name)).write_text(text)
