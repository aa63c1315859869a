"""Every error tilth raises on purpose; anything else that escapes is a bug of ours."""

from __future__ import annotations


class TilthError(Exception):
    """Base of all deliberate errors; `exit_code` is what the command line returns."""

    exit_code = 2


class InvalidInputError(TilthError, ValueError):
    """An argument does not hold what it must."""


class UnreadableDataError(TilthError, ValueError):
    """A source exists but cannot be understood, or does not exist at all."""

    exit_code = 3


class ModelError(TilthError, RuntimeError):
    """The user's model could not be loaded, trained or asked for predictions."""


class ConflictError(TilthError, ValueError):
    """A patch does not fit the data it is applied to; lists every place."""


class StoreError(TilthError, RuntimeError):
    """The project folder cannot be read or written, or lacks what was asked for."""


class OutputError(TilthError, OSError):
    """A result cannot be written; what was there before is unchanged."""


class MissingExtraError(TilthError, ImportError):
    """An optional dependency is needed for what was asked."""

    exit_code = 4


class UnavailableError(TilthError, LookupError):
    """A signal cannot be had for this dataset; its checks are not applicable."""
