"""The networks trained: the user's own, or one that fits the inputs."""

from __future__ import annotations

import copy
import inspect
import itertools
from typing import TYPE_CHECKING, Any

from torch import nn

from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch.nn import Module

_HIDDEN = 256  # units of the network for features; our own
_WIDTH = 32  # channels of the first layer of the network for images; our own


def new_network(module: Any, input_shape: Sequence[int], n_classes: int) -> Module:
    """Return a network with new weights, drawn from torch's global generator.

    Parameters
    ----------
    module : Module, callable or None
        A module is an architecture: the network is a copy of it whose layers draw new
        weights. A callable is called, with those of `input_shape` and `n_classes` that it
        takes, and the weights of what it returns are kept. None: a network for features
        or images.
    input_shape : sequence of int
        Of one example.
    n_classes : int

    Raises
    ------
    InvalidInputError
        If a callable returns no module, or no network is known for the shape.
    """
    if module is None:
        return default_network(input_shape, n_classes)
    if isinstance(module, nn.Module):
        network = copy.deepcopy(module)
        for part in network.modules():
            draw = getattr(part, "reset_parameters", None)
            if callable(draw):
                draw()
        return network
    if not callable(module):
        raise InvalidInputError(
            "`module` must be a torch module or a function that returns one, got "
            f"{type(module).__name__}."
        )
    offered = {"input_shape": tuple(input_shape), "n_classes": n_classes}
    try:
        taken = inspect.signature(module).parameters
    except (TypeError, ValueError):  # built in, without a signature
        taken = {}  # type: ignore[assignment]
    network = module(**{name: value for name, value in offered.items() if name in taken})
    if not isinstance(network, nn.Module):
        raise InvalidInputError(
            f"`module` must return a torch module, got {type(network).__name__}."
        )
    return network


def default_network(input_shape: Sequence[int], n_classes: int) -> Module:
    """Return two hidden layers for features, a small convolutional network for images."""
    match tuple(input_shape):
        case (n_features,):
            return nn.Sequential(
                nn.Linear(n_features, _HIDDEN),
                nn.ReLU(),
                nn.Dropout(0.2),
                nn.Linear(_HIDDEN, _HIDDEN),
                nn.ReLU(),
                nn.Dropout(0.2),
                nn.Linear(_HIDDEN, n_classes),
            )
        case (channels, _, _):
            widths = (channels, _WIDTH, 2 * _WIDTH, 4 * _WIDTH)
            layers: list[Any] = []
            for before, after in itertools.pairwise(widths):
                layers += [nn.Conv2d(before, after, 3, padding=1, bias=False)]
                layers += [
                    nn.BatchNorm2d(after),
                    nn.ReLU(),
                    nn.MaxPool2d(2, ceil_mode=True),
                ]
            layers += [nn.AdaptiveMaxPool2d(1), nn.Flatten()]
            return nn.Sequential(*layers, nn.Linear(widths[-1], n_classes))
        case shape:
            raise InvalidInputError(
                "`module` must be given for inputs that are neither features nor images "
                f"(channels, height, width), got examples of shape {shape}."
            )
