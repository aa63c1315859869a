"""Boxes around objects in the JSON files of COCO: annotations as one row per image, and results."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import pandas as pd

from tilth.data.elements.cells import list_cell
from tilth.data.encodings import utf8
from tilth.errors import UnreadableDataError

if TYPE_CHECKING:
    from collections.abc import Mapping

LABEL, ID = "boxes", "image_id"
# Columns of an image that are kept; licences, addresses and dates of pictures say nothing of them.
_KEPT = ("file_name", "width", "height")
_LOOKS = re.compile(rb'"annotations"\s*:\s*\[')
_SHOWN = 60  # characters of a value quoted in an error


def looks_like_coco(raw: bytes) -> bool:
    """Say whether the bytes of a JSON file may be annotations of COCO."""
    return (
        raw[:16].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"
        and b'"images"' in raw
        and _LOOKS.search(raw) is not None
    )


def read_json_document(raw: bytes, name: str) -> Any:
    """Return what a JSON file holds.

    Raises
    ------
    UnreadableDataError
        If it is damaged; says where.
    """
    text, _ = utf8(raw, name)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise UnreadableDataError(
            f"Cannot read `{name}`: it is no complete JSON: {error.msg} in line {error.lineno:,}, column "
            f"{error.colno:,}. Write the file again."
        ) from error
    except RecursionError as error:
        raise UnreadableDataError(
            f"Cannot read `{name}`: its lists are nested too deeply. Give a file in the format of COCO."
        ) from error


def is_coco(document: object) -> bool:
    """Say whether a document holds images and annotations as COCO has them."""
    return isinstance(document, dict) and all(
        isinstance(document.get(name), list) for name in ("images", "annotations")
    )


def coco_table(
    document: Mapping[str, Any], name: str
) -> tuple[pd.DataFrame, dict[str, int], list[str]]:
    """Make one row per image, its boxes as the text of a list.

    Parameters
    ----------
    document : mapping
        ``images``, ``annotations`` with ``bbox`` (left, top, width, height in pixels), and
        ``categories``.
    name : str
        For messages.

    Returns
    -------
    (DataFrame, dict, list of str)
        Columns ``image_id``, ``file_name``, ``width``, ``height`` and ``boxes``; the number of each
        category by its name, in order of number; one sentence per decision. Boxes without size or
        outside of their image are kept: they are errors to be found.

    Raises
    ------
    UnreadableDataError
        If an annotation has no box of four numbers, or names an image or category that is not there.
    """
    numbers = _categories(document, name)
    names = {number: category for category, number in numbers.items()}
    rows = {
        _id(image, "image", i, name): image for i, image in enumerate(document["images"])
    }
    if len(rows) < len(document["images"]) or not rows:
        twice = Counter(
            _id(image, "image", i, name) for i, image in enumerate(document["images"])
        )
        said = f"id {max(twice, key=lambda k: twice[k])} twice" if rows else "none"
        raise UnreadableDataError(
            f"Cannot read `{name}`: images must have ids of their own, got {said}. Give each image once."
        )
    boxes: dict[Any, list[dict[str, Any]]] = {image: [] for image in rows}
    given = [a.get("id") if isinstance(a, dict) else None for a in document["annotations"]]
    has_ids = len(set(map(str, given))) == len(given) and None not in given
    for i, annotation in enumerate(document["annotations"]):
        where = f"annotation {given[i] if has_ids else f'number {i}'}"
        box = checked_box(annotation, where, name)
        for key, known in (("image_id", rows), ("category_id", names)):
            if not _is_known(annotation.get(key), known):
                raise UnreadableDataError(
                    f"Cannot read `{name}`: {where} has {key} {str(annotation.get(key))[:_SHOWN]}, which is not "
                    f"among its {'images' if known is rows else 'categories'}. Add it, or leave the "
                    "annotation out."
                )
        cell: dict[str, Any] = {"category": names[annotation["category_id"]], "bbox": box}
        cell["id"] = given[i] if has_ids else i
        if annotation.get("iscrowd"):
            cell["crowd"] = True
        boxes[annotation["image_id"]].append(cell)
    columns: dict[str, Any] = {ID: list(rows)}
    columns |= {
        column: [image.get(column) for image in rows.values()]
        for column in _KEPT
        if any(image.get(column) is not None for image in rows.values())
    }
    columns[LABEL] = pd.Series([list_cell(found) for found in boxes.values()], dtype=object)
    n_boxes, n_empty = (
        len(document["annotations"]),
        sum(not found for found in boxes.values()),
    )
    empty = f", {n_empty:,} of them without a box" if n_empty else ""
    notes = [f"{n_boxes:,} boxes in {len(rows):,} images{empty}."]
    return pd.DataFrame(columns), numbers, notes


def results_of(document: object, name: str) -> list[dict[str, Any]]:
    """Return predictions: the list that COCO calls results, or the annotations of such a file.

    Raises
    ------
    UnreadableDataError
        If it holds no list of boxes with scores; says which is none.
    """
    found = document.get("annotations") if isinstance(document, dict) else document
    if not isinstance(found, list):
        raise UnreadableDataError(
            f"Cannot read `{name}`: predicted boxes must be a list of objects with image_id, category_id, bbox "
            f"and score, got {type(found).__name__}. Save them as COCO's results are."
        )
    for i, one in enumerate(found):
        checked_box(one, f"entry {i}", name)
        score = one.get("score")
        if (
            isinstance(score, bool)
            or not isinstance(score, int | float)
            or not 0 <= score <= 1
        ):
            raise UnreadableDataError(
                f"Cannot read `{name}`: scores must be in [0, 1], got {str(score)[:_SHOWN]} in entry {i}. Give how sure "
                "the model is of each box."
            )
    return found


def checked_box(annotation: object, where: str, name: str) -> list[float]:
    """Return left, top, width and height, or say what is no box."""
    box = annotation.get("bbox") if isinstance(annotation, dict) else None
    if (
        isinstance(box, list | tuple)
        and len(box) == 4
        and all(isinstance(v, int | float) and math.isfinite(v) for v in box)
    ):
        return [float(v) for v in box]
    raise UnreadableDataError(
        f"Cannot read `{name}`: {where} must have a bbox of left, top, width and height, got "
        f"{str(box)[:_SHOWN]}. Correct it, or leave it out."
    )


def _categories(document: Mapping[str, Any], name: str) -> dict[str, int]:
    """Return the number of each category by its name; names that repeat have the number behind them."""
    found = document.get("categories") or []
    if not isinstance(found, list) or not found:
        raise UnreadableDataError(
            f"Cannot read `{name}`: it names no categories. Add them as COCO has them: "
            '"categories": [{"id": 1, "name": "cat"}].'
        )
    numbers = [_id(category, "category", i, name) for i, category in enumerate(found)]
    names = [str(c.get("name", number)) for c, number in zip(found, numbers, strict=True)]
    if len(set(numbers)) < len(numbers):
        raise UnreadableDataError(
            f"Cannot read `{name}`: categories must have ids of their own. Give each category once."
        )
    often = Counter(names)
    named = {
        number: f"{one} ({number})" if often[one] > 1 else one
        for number, one in zip(numbers, names, strict=True)
    }
    return {
        named[number]: number for number in sorted(named, key=lambda n: (str(type(n)), n))
    }


def _id(record: object, kind: str, i: int, name: str) -> Any:
    number = record.get("id") if isinstance(record, dict) else None
    if isinstance(number, int | str) and not isinstance(number, bool):
        return number
    raise UnreadableDataError(
        f"Cannot read `{name}`: {kind} number {i} has no id. Give each an id, as COCO has it."
    )


def _is_known(value: object, known: Mapping[Any, Any]) -> bool:
    return isinstance(value, int | str) and value in known
