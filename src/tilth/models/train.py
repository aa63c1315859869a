"""Train a model on a dataset, and ask it about another one."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilth.data.schema import ORIGIN_ROLES
from tilth.errors import ModelError
from tilth.models.calm import calm

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from PIL.Image import Image

    from tilth.data.dataset import Dataset
    from tilth.models.model import Model, TextAs


@dataclass(frozen=True, eq=False)
class Trained:
    """A trained model.

    Attributes
    ----------
    model : Model
        The recipe.
    estimator : object
        What was trained.
    classes : array or None
        The classes of the training dataset, sorted; None for regression.
    text_as : {"frame", "array"}
        How inputs are handed over, fixed by the training dataset.
    """

    model: Model
    estimator: Any
    classes: NDArray[Any] | None
    text_as: TextAs

    def predict(self, dataset: Dataset) -> NDArray[Any]:
        """Return one label per example, as given (objects); floats for regression.

        Raises
        ------
        ModelError
            If the model fails, or does not return one value per example.
        """
        with calm():
            found = _asked(self.model, self.estimator.predict, self._inputs(dataset))
        found = found.ravel() if found.ndim == 2 and found.shape[1] == 1 else found
        if found.shape != (len(dataset),):
            raise ModelError(
                f"The model {self.model.name} must predict one value per example, got shape "
                f"{found.shape} for {len(dataset)} examples. Return one per row of its input."
            )
        if self.classes is None:
            return _finite(self.model, found)
        if self.model.is_built_in:
            return np.asarray(self.classes[found.astype(np.intp)])
        return found.astype(object)

    def predict_proba(self, dataset: Dataset) -> NDArray[np.float64] | None:
        """Return class probabilities in the order of `classes`; None if the model has none.

        Raises
        ------
        ModelError
            If the model fails, or what it returns are no probabilities.
        """
        if self.classes is None or not hasattr(self.estimator, "predict_proba"):
            return None
        with calm():
            found = _asked(self.model, self.estimator.predict_proba, self._inputs(dataset))
        found = _checked_probabilities(self.model, found, len(dataset))
        result = np.zeros((len(dataset), len(self.classes)))
        result[:, self._columns(self.classes, found.shape[1])] = found
        return result

    def _inputs(self, dataset: Dataset) -> Any:
        return model_inputs(self.model, dataset, self.text_as)

    def _columns(self, classes: NDArray[Any], n_columns: int) -> NDArray[np.intp]:
        """Return the class of each column the model's predict_proba returns."""
        in_order = np.arange(len(classes))
        named = (
            None if self.model.is_built_in else getattr(self.estimator, "classes_", None)
        )
        if named is None or np.array_equal(named, in_order):  # unnamed, or codes of its own
            named = in_order
            classes = in_order
        for write in (
            lambda value: value,
            str,
        ):  # the model may have made strings of numbers
            columns = pd.Index([write(name) for name in np.asarray(named).tolist()])
            place = pd.Index([write(name) for name in classes.tolist()]).get_indexer(
                columns
            )
            if (place >= 0).all() and len(set(place)) == n_columns:
                return np.asarray(place, dtype=np.intp)
        raise ModelError(
            f"predict_proba of the model {self.model.name} must return one column per class of "
            f"its classes_, got {n_columns} columns for {len(in_order)} classes. Give the model "
            "a classes_ with the labels in the order of its columns."
        )


def train(
    model: Model, dataset: Dataset, seed: int, *, text_as: TextAs | None = None
) -> Trained:
    """Train a fresh copy of `model` on the labelled examples of `dataset`.

    Parameters
    ----------
    model : Model
        What to train.
    dataset : Dataset
        Examples without a label are left out.
    seed : int
        Decides every random choice of the model.
    text_as : {"frame", "array"}, optional
        How the inputs are handed over; None: as `model_inputs` says.

    Raises
    ------
    ModelError
        If the model fails, or cannot take the weights the dataset carries.
    """
    text_as = text_as or model.text_as or handed_over(dataset)
    labelled = dataset.labelled
    if len(labelled) == 0:
        raise ModelError(
            f"The model {model.name} cannot be trained: no example has a label. Name the "
            "label column with --label."
        )
    rows = dataset if len(labelled) == len(dataset) else dataset.rows(labelled)
    regression = dataset.schema.task == "regression"
    estimator = model.fresh(seed)
    keywords = {}
    if rows.weights is not None:
        keywords = {_weight_argument(model, estimator): rows.weights}
    targets = _targets(model, rows)
    with calm():
        inputs = model_inputs(model, rows, text_as)
        _ask(model, lambda: estimator.fit(inputs, targets, **keywords), "fit")
    return Trained(model, estimator, None if regression else dataset.classes, text_as)


def model_inputs(model: Model, dataset: Dataset, text_as: TextAs | None = None) -> Any:
    """Return what `model` is given.

    A built-in model gets every column but the label and the id, group, time, annotator and
    split columns. Any other model gets every column but the label, in file order, as a
    DataFrame, "" where a free text is missing; only where there is exactly one other column
    and it is free text does it get one object array of strings, and a list of Pillow images
    where it is images. `text_as` overrides.
    """
    if model.is_built_in:
        return feature_columns(dataset)
    if (text_as or model.text_as or handed_over(dataset)) == "frame":
        return _frame(dataset)
    if dataset.schema.image is not None and not dataset.schema.text:
        return opened_images(dataset)
    column = dataset.inputs.columns
    texts = [c for c in dataset.schema.text if c in column] or list(column)
    if len(texts) != 1:
        raise ModelError(
            f"`text_as` array needs exactly one text column, got {len(texts)}: "
            f"{', '.join(map(str, texts))}. Name one with --text, or use --text-as frame."
        )
    values = dataset.table[texts[0]]
    strings = values.astype(object).map(str).astype(object).where(values.notna(), "")
    return strings.to_numpy(dtype=object)


def _frame(dataset: Dataset) -> pd.DataFrame:
    """Return the inputs as somebody's model can take them: no text is NaN, images are open."""
    frame = dataset.inputs
    for name in dataset.schema.text:
        if name in frame.columns and frame[name].isna().any():
            filled = frame[name].astype(object).where(frame[name].notna(), "")
            frame = frame.assign(**{name: filled})
    if dataset.schema.image in frame.columns:
        column = pd.Series(dtype=object, index=range(len(frame)))
        column[:] = opened_images(dataset)
        frame = frame.assign(**{str(dataset.schema.image): column})
    return frame


def opened_images(dataset: Dataset) -> list[Image]:
    """Return the images of a dataset, in red, green and blue."""
    images = dataset.images
    return [] if images is None else [images.open(cell) for cell in dataset.image_cells]


def feature_names(dataset: Dataset) -> list[Any]:
    """Return the columns built-in models learn from."""
    hidden = {getattr(dataset.schema, role) for role in ORIGIN_ROLES}
    return [c for c in dataset.inputs.columns if c not in hidden]


def feature_columns(dataset: Dataset) -> pd.DataFrame:
    """Return what built-in models learn from: images as their descriptions."""
    columns = dataset.table[feature_names(dataset)]
    image, images = dataset.schema.image, dataset.images
    if image is None or images is None or image not in columns.columns:
        return columns
    described = pd.Series(list(images.descriptions(dataset.image_cells)), dtype=object)
    return columns.assign(**{image: described})


def handed_over(dataset: Dataset) -> TextAs:
    """Return how a user's model gets the inputs of `dataset`, if nothing else is said."""
    columns, schema = list(dataset.inputs.columns), dataset.schema
    alone = len(columns) == 1 and columns[0] in {*schema.text, schema.image}
    return "array" if alone else "frame"


def _targets(model: Model, dataset: Dataset) -> NDArray[Any]:
    if dataset.schema.task == "regression":
        return dataset.given.astype(np.float64)
    if model.is_built_in:
        return dataset.labels
    return plain_labels(dataset.given)


def plain_labels(given: NDArray[Any]) -> NDArray[Any]:
    """Return labels as scikit-learn wants them: whole numbers as ints, strings as objects."""
    kinds = {type(value) for value in given.tolist()}
    if kinds <= {bool} or kinds <= {int, float}:
        return np.array(given.tolist())
    return given.astype(object)


def _weight_argument(model: Model, estimator: Any) -> str:
    name = _takes_weights(estimator)
    if name is None:
        raise ModelError(
            f"The model {model.name} cannot train on example weights: its fit takes no "
            "sample_weight. Use a model that does, or leave out edits that weight examples."
        )
    return name


def _takes_weights(estimator: Any) -> str | None:
    """Return the keyword under which `fit` takes example weights, None if it does not."""
    steps = getattr(estimator, "steps", None)
    if steps:  # a scikit-learn Pipeline
        inner = _takes_weights(steps[-1][1])
        return None if inner is None else f"{steps[-1][0]}__{inner}"
    try:
        parameters = inspect.signature(estimator.fit).parameters
    except (TypeError, ValueError):
        return None
    if "sample_weight" in parameters:
        return "sample_weight"
    passes_on = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters.values())
    inner = getattr(estimator, "estimator", None)  # a search around another estimator
    return _takes_weights(inner) if passes_on and inner is not None else None


def _asked(model: Model, method: Callable[..., Any], inputs: Any) -> NDArray[Any]:
    return np.asarray(_ask(model, lambda: np.asarray(method(inputs)), method.__name__))


def _ask(model: Model, question: Callable[[], Any], verb: str) -> Any:
    """Turn whatever goes wrong inside somebody's model into a sentence."""
    try:
        return question()
    except ModelError:
        raise
    except Exception as error:
        verb = {"fit": "be trained", "predict": "predict"}.get(verb, "give probabilities")
        raise ModelError(
            f"The model {model.name} could not {verb}: {type(error).__name__}: {error}"
        ) from error


def _checked_probabilities(
    model: Model, found: NDArray[Any], n_rows: int
) -> NDArray[np.float64]:
    problem = None
    if found.ndim != 2 or len(found) != n_rows:
        problem = f"got shape {found.shape} for {n_rows} examples"
    elif not np.issubdtype(found.dtype, np.number) or not np.isfinite(found).all():
        problem = "got values that are no finite numbers"
    elif (found < -1e-6).any() or (np.abs(found.sum(axis=1) - 1) > 0.01).any():
        worst = int(np.abs(found.sum(axis=1) - 1).argmax())
        problem = f"got {found[worst][:5].tolist()} in row {worst}"
    if problem:
        raise ModelError(
            f"predict_proba of the model {model.name} must return rows of probabilities that "
            f"sum to 1, {problem}. Leave predict_proba out if it has none."
        )
    found = np.clip(found.astype(np.float64), 0, None)
    return np.asarray(found / found.sum(axis=1, keepdims=True))


def _finite(model: Model, found: NDArray[Any]) -> NDArray[np.float64]:
    numbers = pd.to_numeric(pd.Series(found.astype(object)), errors="coerce")
    wrong = np.flatnonzero(~np.isfinite(numbers.to_numpy(dtype=np.float64)))
    if len(wrong):
        raise ModelError(
            f"The model {model.name} must predict finite numbers, got {found[wrong[0]]} in row "
            f"{wrong[0]}. Check its scaling."
        )
    return numbers.to_numpy(dtype=np.float64)
