"""Whatever the user has, as one tensor: features, images, tables, texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import torch

from tilth.errors import InvalidInputError
from tilth.models.directions import main_directions
from tilth.models.encoders import Encoder, dense

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

_WIDE = 600  # columns from which the main directions stand for them; our own
_DIRECTIONS = 300
_MEASURED = 10_000  # examples, spread evenly, that say how inputs are scaled; our own


@dataclass(frozen=True, eq=False)
class InputScale:
    """How raw inputs become numbers, as the training examples said.

    Attributes
    ----------
    encoder : Encoder or None
        For tables and texts.
    directions : float array or None
        Where the columns were too many.
    mean, spread : tensor or None
        One per column or channel; None: numbers are taken as they are.
    """

    encoder: Encoder | None
    directions: NDArray[np.float32] | None
    mean: Tensor | None
    spread: Tensor | None

    @classmethod
    def fitted(cls, inputs: Any, *, as_given: bool) -> tuple[InputScale, Tensor]:
        """Return the scale of training inputs and their tensor, not yet scaled.

        `as_given` leaves arrays of floats alone: the user's network knows them.
        """
        encoder, directions = None, None
        frame = _as_frame(inputs)
        if frame is not None:
            encoder, encoded = Encoder.fitted(frame, _text_columns(frame))
            inputs = encoded.linear()
        if not isinstance(inputs, torch.Tensor) and _is_wide(inputs):
            directions = main_directions(inputs, _DIRECTIONS)
        bare = cls(encoder, directions, None, None)
        tensor = bare._numbers(inputs)
        is_raw = tensor.dtype == torch.uint8
        if encoder is None and as_given and not is_raw:
            return bare, tensor
        mean, spread = _moments(tensor)
        if directions is not None:  # the strong ones stay strong
            mean, spread = torch.zeros_like(mean), (1 / spread).square().mean().rsqrt()
        return cls(encoder, directions, mean, spread), tensor

    def tensor(self, inputs: Any) -> Tensor:
        """Return inputs of the same kind as one tensor, not yet scaled."""
        if self.encoder is not None:
            frame = _as_frame(inputs)
            if frame is None:
                raise InvalidInputError(
                    f"`X` must be a table or texts as in training, got {_kind(inputs)}."
                )
            inputs = self.encoder.encode(frame).linear()
        return self._numbers(inputs)

    def scaled(self, batch: Tensor) -> Tensor:
        """Return a batch as floats the network takes; whole numbers stay whole unscaled."""
        if self.mean is None or self.spread is None:
            return batch
        return (batch.float() - self.mean) * self.spread

    def to(self, device: Any) -> InputScale:
        """Return the same scale on a device."""
        if self.mean is None or self.spread is None:
            return self
        mean, spread = self.mean.to(device), self.spread.to(device)
        return InputScale(self.encoder, self.directions, mean, spread)

    def _numbers(self, inputs: Any) -> Tensor:
        if isinstance(inputs, torch.Tensor):
            return inputs.detach()
        if _are_pictures(inputs):
            inputs = _stacked(inputs)
        if self.directions is not None:
            inputs = np.asarray(inputs @ self.directions)
        array = dense(inputs)
        if array.dtype.kind == "f":
            array = array.astype(np.float32)
            if not np.isfinite(array).all():
                row = int(np.argwhere(~np.isfinite(array))[0][0])
                raise InvalidInputError(
                    f"`X` must be finite, row {row} is not. Fill gaps first, or give a "
                    "DataFrame: its gaps are encoded."
                )
        elif array.dtype.kind not in "iub":
            raise InvalidInputError(
                f"`X` must hold numbers, images, a table or texts, got {array.dtype}."
            )
        return torch.from_numpy(np.ascontiguousarray(array))


def _as_frame(inputs: Any) -> pd.DataFrame | None:
    """Return tables and texts as a table, None for numbers."""
    if isinstance(inputs, pd.DataFrame):
        return inputs
    if _are_pictures(inputs):
        return None
    if isinstance(inputs, pd.Series | list):
        inputs = np.asarray(inputs)
    if isinstance(inputs, np.ndarray) and inputs.dtype.kind in "OUST":
        texts = inputs.reshape(len(inputs), -1).astype(object)
        return pd.DataFrame({str(i): texts[:, i] for i in range(texts.shape[1])})
    return None


def _text_columns(frame: pd.DataFrame) -> tuple[Any, ...]:
    """Take a lone column of strings for text, however short; of several the encoder decides."""
    if frame.shape[1] == 1 and not pd.api.types.is_numeric_dtype(frame.dtypes.iloc[0]):
        return (frame.columns[0],)
    return ()


def _is_wide(inputs: Any) -> bool:
    shape = np.shape(inputs)
    return (
        len(shape) == 2
        and shape[1] > _WIDE
        and (hasattr(inputs, "toarray") or shape[1] > 10 * _WIDE)
    )


def _are_pictures(inputs: Any) -> bool:
    """Whether it is a list of Pillow images, as `tilth` hands pictures to models."""
    return (
        isinstance(inputs, list | tuple)
        and len(inputs) > 0
        and hasattr(inputs[0], "convert")
    )


def _stacked(pictures: Any) -> NDArray[np.uint8]:
    sizes = {picture.size for picture in pictures}
    if len(sizes) > 1:
        raise InvalidInputError(
            f"`X` must hold images of one size, got {len(sizes)} sizes, {min(sizes)} to "
            f"{max(sizes)}. Resize them first."
        )
    stacked = np.stack([np.asarray(picture.convert("RGB")) for picture in pictures])
    return stacked.transpose(0, 3, 1, 2)


def _moments(tensor: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean, and one over the spread, of each column or channel."""
    axes = [axis for axis in range(tensor.dim()) if axis != 1]
    some = tensor[:: max(len(tensor) // _MEASURED, 1)].double()
    mean = some.mean(dim=axes, keepdim=True)
    spread = some.var(dim=axes, keepdim=True, unbiased=False).sqrt()
    scale = torch.where(
        spread > 1e-12, 1 / spread.clamp(min=1e-12), torch.ones_like(spread)
    )
    return mean.float(), scale.float()


def _kind(inputs: Any) -> str:
    shape = getattr(inputs, "shape", None)
    return (
        f"{type(inputs).__name__} of shape {tuple(shape)}"
        if shape
        else type(inputs).__name__
    )
