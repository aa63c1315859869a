"""Options from `tilth.toml`, `pyproject.toml` and the environment: flags > environment > file > guess."""

import difflib
import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tilth.errors import InvalidInputError

FILES = ("tilth.toml", "pyproject.toml")  # the first one that says something counts
PREFIX = "TILTH_"
_NOT_SETTINGS = frozenset(
    {"help", "version", "show", "install-completion", "show-completion"}
)
_ON, _OFF = (
    frozenset({"1", "true", "yes", "on"}),
    frozenset({"0", "false", "no", "off", ""}),
)


@dataclass(frozen=True)
class Option:
    """An option of the command line: its name as a setting, and how it is written."""

    name: str
    flags: tuple[str, ...]
    is_switch: bool
    is_repeatable: bool
    default: Any


@dataclass(frozen=True)
class Setting:
    """A value that was configured, and where."""

    option: Option
    value: Any
    origin: str

    def as_arguments(self) -> list[str]:
        """Write it as a person would on the command line."""
        flag = self.option.flags[0]
        if self.option.is_switch:
            return [flag] if _switched_on(self) else []
        values = self.value if isinstance(self.value, list) else [self.value]
        if len(values) > 1 and not self.option.is_repeatable:
            raise InvalidInputError(
                f"The setting {self.option.name} must be one value, got {len(values)} in "
                f"{self.origin}. Keep one."
            )
        return [part for value in values for part in (flag, _written(value, self))]


def options_of(command: Any) -> tuple[Option, ...]:
    """Return the options a command of the command line takes."""
    return tuple(
        Option(
            _setting_name(parameter.opts),
            (_longest(parameter.opts), *parameter.opts),
            bool(getattr(parameter, "is_flag", False)),
            bool(getattr(parameter, "multiple", False)),
            parameter.default,
        )
        for parameter in command.params
        if parameter.param_type_name == "option"
        and _setting_name(parameter.opts) not in _NOT_SETTINGS
    )


def with_configured(
    arguments: Sequence[str],
    place: int,
    commands: Mapping[str, Sequence[Option]],
    folder: Path,
) -> list[str]:
    """Return a command line with the configured options put in that it does not give itself.

    Parameters
    ----------
    arguments : sequence of str
        As typed, the shared options before the command.
    place : int
        Where the command stands among them.
    commands : mapping of str to sequence of Option
        The options of each command; under "" those that all share.
    folder : Path
        Where the files are looked for.

    Raises
    ------
    InvalidInputError
        If a file sets what no command has, or cannot be read.
    """
    configured = settings(commands, folder)
    before, command, after = arguments[:place], arguments[place], arguments[place + 1 :]

    def put_in(options: Sequence[Option], given: Sequence[str], name: str) -> list[str]:
        chosen = (
            configured.get((name, option.name)) or configured.get(("", option.name))
            for option in options
            if not _is_given(option, given)
        )
        return [part for setting in chosen if setting for part in setting.as_arguments()]

    return [
        *before,
        *put_in(commands[""], before, ""),
        command,
        *put_in(commands[command], after, command),
        *after,
    ]


def settings(
    commands: Mapping[str, Sequence[Option]], folder: Path
) -> dict[tuple[str, str], Setting]:
    """Return every configured setting by command ("" for all that have it) and name.

    Raises
    ------
    InvalidInputError
        If a file sets what no command has, or cannot be read.
    """
    known = {option.name: option for options in commands.values() for option in options}
    found: dict[tuple[str, str], Setting] = {}
    origin, document = read_file(folder)
    for name, value in document.items():
        if name in commands and isinstance(value, dict):
            own = {option.name: option for option in commands[name]}
            for inner, chosen in value.items():
                option = _known(inner, own, f"[{name}] of {origin}")
                found[name, option.name] = Setting(option, chosen, f"{origin} [{name}]")
        else:
            option = _known(name, known, origin)
            found["", option.name] = Setting(option, value, origin)
    for name, option in known.items():  # the environment is stronger than any file
        variable = PREFIX + name.upper().replace("-", "_")
        if variable in os.environ:
            found = {key: setting for key, setting in found.items() if key[1] != name}
            found["", name] = Setting(option, os.environ[variable], variable)
    return found


def read_file(folder: Path) -> tuple[str, dict[str, Any]]:
    """Return the name and the content of the file that configures tilth here; ("", {}) if none."""
    for name in FILES:
        path = folder / name
        if not path.is_file():
            continue
        try:
            document = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            if name != FILES[0]:
                continue  # somebody else's file, and they will hear of it elsewhere
            raise InvalidInputError(
                f"Cannot read `{path}`: it is not TOML ({error}). Correct that line."
            ) from error
        if name == FILES[0]:
            return name, document
        if found := document.get("tool", {}).get("tilth"):
            return f"{name} [tool.tilth]", found
    return "", {}


def _known(name: str, known: Mapping[str, Option], where: str) -> Option:
    wanted = name.replace("_", "-")  # TOML keys are often written so
    if wanted in known:
        return known[wanted]
    close = difflib.get_close_matches(wanted, known, n=1)
    hint = f"Did you mean {close[0]}?" if close else "Try: tilth config --show"
    raise InvalidInputError(f'No setting "{name}"; {where} has it. {hint}')


def _is_given(option: Option, arguments: Sequence[str]) -> bool:
    return any(
        word == flag
        or word.startswith(f"{flag}=")
        or (not flag.startswith("--") and word.startswith(flag))
        for word in arguments
        for flag in option.flags
    )


def _switched_on(setting: Setting) -> bool:
    said = str(setting.value).lower()
    if said not in _ON | _OFF:
        raise InvalidInputError(
            f"The setting {setting.option.name} must be true or false, got {setting.value!r} in "
            f"{setting.origin}."
        )
    return said in _ON


def _written(value: Any, setting: Setting) -> str:
    if isinstance(value, (bool, dict)):
        raise InvalidInputError(
            f"The setting {setting.option.name} must be a text or a number, got {value!r} in "
            f"{setting.origin}."
        )
    return str(value)


def _setting_name(flags: Sequence[str]) -> str:
    return _longest(flags).removeprefix("--")


def _longest(flags: Sequence[str]) -> str:
    return max(flags, key=len)
