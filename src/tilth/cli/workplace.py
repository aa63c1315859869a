"""Where a command finds its data: files, and the versions a project remembers."""

from collections.abc import Mapping, MutableMapping, Sequence
from typing import TYPE_CHECKING, Any

from tilth.cli import sources
from tilth.cli.settings import Settings
from tilth.data.read import read
from tilth.errors import InvalidInputError

if TYPE_CHECKING:
    from tilth.cli.screen import Screen
    from tilth.data.dataset import Dataset
    from tilth.edits.edit import Edit
    from tilth.edits.patch import Patch


class Workplace:
    """The project of one command (a class because the project stays open)."""

    def __init__(self, settings: Settings, screen: "Screen") -> None:
        self._settings = settings
        self._screen = screen

    def __enter__(self) -> "Workplace":
        """Open the project."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""

    @property
    def cache(self) -> MutableMapping[str, Any] | None:
        """Where costly signals are kept between runs."""
        return None

    def load(self, source: str | None, roles: Mapping[str, Any]) -> "Dataset":
        """Read SOURCE with the roles the user named."""
        if source is None:
            raise InvalidInputError("No SOURCE was given. Try: tilth audit YOUR.csv")
        return read(source, **roles)

    def load_after(self, source: str, dataset: "Dataset") -> "Dataset":
        """Read another version of `dataset`."""
        return sources.read_after(source, dataset)

    def load_for_patch(self, source: str, patch: "Patch") -> "Dataset":
        """Read what a patch is to be applied to."""
        return sources.read_for_patch(source, patch)

    def transforms_between(self, before: str, after: str) -> Sequence["Edit"]:
        """Return the column edits that lead from one version to another."""
        del before, after
        return ()

    def remember_audit(self, dataset: "Dataset", audit: Any) -> None:
        """Keep what the checks said."""

    def remember_improvement(self, dataset: "Dataset", improvement: Any) -> str | None:
        """Keep the better version and its proof; return the name of the version."""
        del dataset, improvement
        return None

    def remember_proof(self, before: "Dataset", after: "Dataset", proof: Any) -> None:
        """Keep a proof."""
