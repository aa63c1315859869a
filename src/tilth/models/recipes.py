"""Where the user's estimators come from: a file, a module, or an object in memory."""

from __future__ import annotations

import copy
import importlib
import importlib.util
import inspect
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tilth.errors import MissingExtraError, ModelError
from tilth.models.user_code import code_digest, described, digest, forget_changed

if TYPE_CHECKING:
    from types import ModuleType

_SEED_NAMES = ("seed", "random_state")


@dataclass(frozen=True)
class FromFile:
    """The attribute of a Python file; loaded again, once, in every process that needs it."""

    path: str
    attribute: str
    source_hash: str

    @classmethod
    def at(cls, path: str, attribute: str) -> FromFile:
        """Return the recipe for ``path:attribute``."""
        file = Path(path).expanduser()
        if not file.is_file():
            raise ModelError(
                f"Cannot load the model {path}:{attribute}: there is no file {path}. "
                "Give path/to/file.py:attribute, from the current folder or in full."
            )
        return cls(str(file.resolve()), attribute, code_digest(file))

    def __str__(self) -> str:
        """Return what the result depends on: the code, helpers too, not where it lies."""
        return f"{Path(self.path).name}:{self.attribute}@{self.source_hash}"

    def fresh(self, seed: int) -> Any:
        """Return an untrained estimator."""
        spec = f"{self.path}:{self.attribute}"
        return fresh_from(_attribute(self._module(), self.attribute, spec), seed, spec)

    def _module(self) -> ModuleType:
        # The hash in the name keeps two versions of one file apart within a process.
        name = f"tilth_user_{Path(self.path).stem}_{self.source_hash}"
        _look_in(str(Path(self.path).parent))
        if name in sys.modules:
            return sys.modules[name]
        forget_changed(Path(self.path))
        spec = importlib.util.spec_from_file_location(name, self.path)
        if spec is None or spec.loader is None:
            raise ModelError(f"Cannot load the model: {self.path} must be a Python file.")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = (
            module  # as an import would: its classes must be found to be pickled
        )
        try:
            spec.loader.exec_module(module)
        except MissingExtraError:
            del sys.modules[name]
            raise
        except Exception as error:  # the user's code may raise anything
            del sys.modules[name]
            raise ModelError(_import_failed(self.path, error)) from error
        _send_by_value(module)
        return module


@dataclass(frozen=True)
class FromModule:
    """The attribute of a module that can be imported."""

    module: str
    attribute: str
    source_hash: str

    @classmethod
    def named(cls, module: str, attribute: str) -> FromModule:
        """Return the recipe for ``module:attribute``."""
        file = getattr(_imported(module), "__file__", None)
        source = code_digest(Path(file)) if file and file.endswith(".py") else ""
        return cls(module, attribute, source)

    def __str__(self) -> str:
        """Return the address and a hash of the code behind it."""
        return f"{self.module}:{self.attribute}@{self.source_hash}"

    def fresh(self, seed: int) -> Any:
        """Return an untrained estimator."""
        spec = f"{self.module}:{self.attribute}"
        return fresh_from(
            _attribute(_imported(self.module), self.attribute, spec), seed, spec
        )


@dataclass(frozen=True, eq=False)
class FromObject:
    """An estimator or factory the caller holds; never trained itself, only copies of it."""

    origin: Any

    @property
    def name(self) -> str:
        """What people call it: its class, or the function's name."""
        made = (
            self.origin
            if inspect.isroutine(self.origin) or inspect.isclass(self.origin)
            else type(self.origin)
        )
        return str(getattr(made, "__name__", type(self.origin).__name__))

    @cached_property
    def _identity(self) -> str:
        return f"{self.name}@{digest(_description(self.origin).encode())}"

    def __str__(self) -> str:
        """Return the class or function and a hash of its parameters and source."""
        return self._identity

    def fresh(self, seed: int) -> Any:
        """Return an untrained estimator."""
        return fresh_from(self.origin, seed, self.name)


def fresh_from(origin: Any, seed: int, spec: str) -> Any:
    """Return an untrained estimator from an estimator or a factory, seeded.

    Raises
    ------
    ModelError
        If a factory fails, or the result has no `fit` and `predict`.
    """
    is_estimator = _is_estimator(origin)
    if not is_estimator and not callable(origin):
        raise ModelError(
            f"The model {spec} must be an estimator with fit and predict, or a function that "
            f"returns one, got {type(origin).__name__}. Give it both methods."
        )
    estimator = _copy(origin, spec) if is_estimator else _call(origin, seed, spec)
    if not _is_estimator(estimator):
        raise ModelError(
            f"The model {spec} must return an object with fit and predict, got "
            f"{type(estimator).__name__}. Add what it lacks."
        )
    return set_seeds(estimator, seed)


def set_seeds(estimator: Any, seed: int) -> Any:
    """Set every `random_state` of `estimator`, nested ones too, and return it."""
    if hasattr(estimator, "get_params") and hasattr(estimator, "set_params"):
        seeds = {
            name: seed
            for name in _parameters(estimator)
            if name == "random_state" or name.endswith("__random_state")
        }
        return estimator.set_params(**seeds) if seeds else estimator
    for name in set(_SEED_NAMES) & set(getattr(estimator, "__dict__", ())):
        setattr(estimator, name, seed)
    return estimator


def _is_estimator(candidate: Any) -> bool:
    return (
        not inspect.isclass(candidate)
        and callable(getattr(candidate, "fit", None))
        and callable(getattr(candidate, "predict", None))
    )


def _copy(estimator: Any, spec: str) -> Any:
    try:
        from sklearn.base import clone

        return clone(estimator)
    except (TypeError, RuntimeError, ValueError):  # not built the scikit-learn way
        pass
    try:
        return copy.deepcopy(estimator)
    except Exception as error:
        raise ModelError(
            f"The model {spec} must be an object that can be copied, got "
            f"{type(error).__name__}: {error}. Give a function that returns it instead."
        ) from error


def _call(factory: Any, seed: int, spec: str) -> Any:
    try:
        known = set(inspect.signature(factory).parameters)
    except (TypeError, ValueError):  # builtins without a signature
        known = set()
    try:
        return factory(**{name: seed for name in _SEED_NAMES if name in known})
    except Exception as error:
        raise ModelError(
            f"The model {spec} could not be made: {type(error).__name__}: {error}. A factory must "
            "work without arguments, or with seed or random_state alone."
        ) from error


def _parameters(estimator: Any) -> dict[str, Any]:
    try:
        return dict(estimator.get_params(deep=True))
    except TypeError:  # get_params() of other libraries
        return dict(estimator.get_params())


def _description(origin: Any) -> str:
    """Write what training depends on: code, class and parameters, without memory addresses."""
    if _is_estimator(origin):
        return "\n".join([described(type(origin)), *_described_parameters(origin)])
    # What a function makes also tells what it took from around it.
    return f"{described(origin)}\n{_description(fresh_from(origin, 0, str(origin)))}"


def _described_parameters(estimator: Any) -> list[str]:
    if hasattr(estimator, "get_params"):
        parameters = _parameters(estimator)
    else:
        parameters = dict(getattr(estimator, "__dict__", {}))
    # A nested estimator is its class here; its parameters follow under their own names.
    return [
        f"{name}={described(type(value) if _is_estimator(value) else value)}"
        for name, value in sorted(parameters.items())
    ]


def _attribute(module: ModuleType, attribute: str, spec: str) -> Any:
    found: Any = module
    for part in attribute.split("."):
        if not hasattr(found, part):
            public = [n for n in vars(module) if not n.startswith("_")][:8]
            raise ModelError(
                f"Cannot load the model {spec}: there is no {attribute}. "
                f"Name one of {', '.join(public) or 'nothing'}."
            )
        found = getattr(found, part)
    return found


def _imported(module: str) -> ModuleType:
    _look_in(str(Path.cwd()))
    try:
        return importlib.import_module(module)
    except MissingExtraError:  # one of ours: the sentence says what to install
        raise
    except Exception as error:  # the user's code may raise anything
        raise ModelError(_import_failed(module, error)) from error


def _import_failed(source: str, error: Exception) -> str:
    why = f"{type(error).__name__}: {error}"
    return (
        f"Cannot load the model: importing {source} failed with {why.rstrip('.')}. Run it by itself "
        f"first: python {source}"
    )


def _look_in(folder: str) -> None:
    if folder not in sys.path:
        sys.path.append(folder)


def _send_by_value(module: ModuleType) -> None:
    """Let trained estimators of the user's own classes travel to and from worker processes."""
    try:  # joblib before 1.6 carries its own
        cloudpickle = importlib.import_module("joblib.externals.cloudpickle")
    except ImportError:
        cloudpickle = importlib.import_module("cloudpickle")
    cloudpickle.register_pickle_by_value(module)
