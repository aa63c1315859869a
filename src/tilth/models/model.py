"""A model: a name and a recipe for fresh, untrained estimators."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol

from tilth.errors import ModelError
from tilth.models.defaults import NAMES, BuiltIn
from tilth.models.recipes import FromFile, FromModule, FromObject

if TYPE_CHECKING:
    from tilth.data.dataset import Dataset

TextAs = Literal["frame", "array"]


class Recipe(Protocol):
    """How an untrained estimator is made; picklable, and equal recipes have equal `str`."""

    def fresh(self, seed: int) -> Any:
        """Return an untrained estimator whose every random choice follows `seed`."""


@dataclass(frozen=True, eq=False)
class Model:
    """A recipe for fresh estimators.

    Attributes
    ----------
    name : str
        What people call it.
    recipe : Recipe
        How an untrained estimator is made. It travels to worker processes.
    text_as : {"frame", "array"}, optional
        How the inputs are handed over; None: as `tilth.models.train.model_inputs` says.
    """

    name: str
    recipe: Recipe
    text_as: TextAs | None = None

    def __str__(self) -> str:
        """Return the identity: equal for models that train alike, across processes."""
        return str(self.recipe) + (f" as {self.text_as}" if self.text_as else "")

    @property
    def is_built_in(self) -> bool:
        """Whether it is ours, and so encodes any column by itself."""
        return isinstance(self.recipe, BuiltIn)

    def fresh(self, seed: int) -> Any:
        """Return an untrained estimator whose every random choice follows `seed`.

        Raises
        ------
        ModelError
            If the user's factory fails, or makes something without `fit` and `predict`.
        """
        return self.recipe.fresh(seed)


def load_model(spec: object, dataset: Dataset, *, text_as: TextAs | None = None) -> Model:
    """Return the model that `spec` means for `dataset`.

    Parameters
    ----------
    spec : str, estimator, factory, Model or None
        None or ``"auto"`` is the default for the modality. Also a built-in name,
        ``"package.module:attribute"`` or ``"path/to/file.py:attribute"``. An estimator is
        any object with `fit` and `predict`, a factory a callable that returns one; a
        factory with a parameter `seed` or `random_state` is called with it.
    dataset : Dataset
        Read for its task and its text columns only.
    text_as : {"frame", "array"}, optional
        How a model that is not built in gets its inputs; None: as
        `tilth.models.train.model_inputs` says.

    Raises
    ------
    ModelError
        If `spec` names nothing that can be loaded, or is no model.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from tilth.data.dataset import Dataset
    >>> from tilth.data.schema import Schema
    >>> frame = pd.DataFrame({"x": [1.0, 2.0], "y": ["a", "b"]})
    >>> load_model("auto", Dataset(frame, Schema("classification", label="y"), np.arange(2))).name
    'boosted-trees'
    """
    if text_as not in {None, "frame", "array"}:
        raise ModelError(f"`text_as` must be frame or array, got {text_as!r}. Choose one.")
    if isinstance(spec, Model):
        return spec if text_as is None else replace(spec, text_as=text_as)
    if spec is None or isinstance(spec, str):
        return replace(
            _by_name("auto" if spec is None else spec.strip(), dataset), text_as=text_as
        )
    recipe = FromObject(spec)
    recipe.fresh(0)  # a wrong object is refused here, not in the middle of a run
    return Model(recipe.name, recipe, text_as)


def built_in_model(name: str, dataset: Dataset) -> Model:
    """Return the built-in model `name`; "auto" is the default for the modality."""
    schema = dataset.schema
    is_number = schema.task == "regression"
    recipe = BuiltIn(
        name, "regression" if is_number else "classification", schema.text, schema.image
    )
    return Model(recipe.method, recipe)


def _by_name(spec: str, dataset: Dataset) -> Model:
    if spec in NAMES:
        return built_in_model(spec, dataset)
    source, colon, attribute = spec.rpartition(":")
    if not colon or not source or not attribute:
        raise ModelError(
            f"`model` must be a built-in name ({', '.join(NAMES)}), package.module:attribute "
            f"or path/to/file.py:attribute, got {spec!r}. Put the attribute behind a colon."
        )
    recipe: FromFile | FromModule
    if source.endswith(".py") or "/" in source or "\\" in source:
        recipe = FromFile.at(source, attribute)
    else:
        recipe = FromModule.named(source, attribute)
    recipe.fresh(0)
    return Model(spec, recipe)
