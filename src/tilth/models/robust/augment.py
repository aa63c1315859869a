"""Random changes to batches of images, made where the batch lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Generator, Tensor

_PAD = 4  # pixels, the usual shift for images of 32 x 32 (He et al. 2016, section 4.2)


def crop_and_flip(images: Tensor, generator: Generator) -> Tensor:
    """Shift each image by up to 4 pixels either way and mirror every other one.

    Parameters
    ----------
    images : tensor of shape (n, channels, height, width)
        Of any type; edges are continued by reflection.
    generator : torch.Generator
        On the device of `images`.

    Returns
    -------
    tensor of the same shape and type
    """
    n, _, height, width = images.shape
    device = images.device

    def drawn(high: int) -> Tensor:
        return torch.randint(0, high, (n, 1), device=device, generator=generator)

    rows = _reflected(torch.arange(height, device=device) + drawn(2 * _PAD + 1), height)
    columns = _reflected(torch.arange(width, device=device) + drawn(2 * _PAD + 1), width)
    columns = torch.where(drawn(2) == 1, columns.flip(1), columns)
    which = torch.arange(n, device=device)[:, None, None]
    # The channel axis comes last out of this indexing, as channels_last wants it.
    picked = images.permute(0, 2, 3, 1)[which, rows[:, :, None], columns[:, None, :]]
    return picked.permute(0, 3, 1, 2)


def _reflected(places: Tensor, size: int) -> Tensor:
    """Return positions in 0 .. size - 1 for those of a picture padded on both sides."""
    places = (places - _PAD).abs()
    return (size - 1) - ((size - 1) - places).abs()
