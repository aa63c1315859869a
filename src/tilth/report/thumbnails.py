"""Images as a report carries them: small, drawn again from their pixels, inside the page."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

import numpy as np

from tilth.errors import UnreadableDataError

if TYPE_CHECKING:
    from tilth.data.images import Images

SIDE = 160  # pixels of the longer side at most: ux.md, section 5.2
_SMALL = 48  # up to here PNG keeps every pixel and is hardly larger; our own
_QUALITY = 80  # of JPEG; our own


def thumbnail(images: Images, cell: str | bytes) -> str | None:
    """Return an image as the address of a picture; None if it cannot be shown.

    Nothing of the file is passed on but what it shows: neither where and by whom it was taken,
    nor anything that hides behind the pixels.

    Parameters
    ----------
    images : Images
    cell : str or bytes
        Path of the image, or its encoded bytes.

    Returns
    -------
    str or None
        ``data:image/png`` or ``data:image/jpeg`` of at most 160 x 160 pixels. None if the
        file is gone, changed or broken.
    """
    try:
        image = images.thumbnail(cell, SIDE)
    except UnreadableDataError:  # a report of an earlier run outlives its images
        return None
    if image is None:
        return None
    from PIL import Image

    pixels = Image.fromarray(np.asarray(image))  # without comments, profiles and the like
    is_small = max(pixels.size) <= _SMALL
    file = io.BytesIO()
    if is_small:
        pixels.save(file, "PNG", optimize=True)
    else:
        pixels.save(file, "JPEG", quality=_QUALITY)
    kind = "png" if is_small else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(file.getvalue()).decode()}"
