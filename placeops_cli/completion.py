"""Completion in bash, zsh and fish, from the tree of commands: nouns, verbs, options, and values where they are few.

The shell's script calls `placeops` with the words up to the cursor, and the shell's name in `_PLACEOPS_COMPLETE`. Each
line of the answer is one candidate (zsh and fish: with its help), or the one line `:files`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, get_args, get_origin

import typer
from typer.core import TyperArgument, TyperGroup, TyperOption

if TYPE_CHECKING:
    from typer._click.core import Command

    Parameter = TyperArgument | TyperOption

FILES = ":files"
OF_FILES = frozenset({"FILE", "PATH", "DIR"})
Candidates = Mapping[str, str]

SCRIPTS = {
    "bash": """\
_placeops() {
    local found word="${COMP_WORDS[COMP_CWORD]#=}" IFS=$'\\n'
    found=$(_PLACEOPS_COMPLETE=bash "$1" "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
    if [[ $found == :files ]]; then
        compopt -o filenames 2>/dev/null
        COMPREPLY=($(compgen -f -- "$word"))
    else
        COMPREPLY=($found)
    fi
}
complete -F _placeops placeops""",
    "zsh": """\
#compdef placeops
_placeops() {
    local -a found
    found=("${(@f)$(_PLACEOPS_COMPLETE=zsh "${words[1]}" "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    if [[ "${found[1]}" == :files ]]; then
        [[ "$PREFIX" == -*=* ]] && compset -P '*='
        _files
    elif [[ -n "${found[1]}" ]]; then
        _describe -V placeops found
    fi
}
if [[ "$funcstack[1]" == _placeops ]]; then
    _placeops "$@"
else
    compdef _placeops placeops
fi""",
    "fish": """\
function __placeops_complete
    set -l before (commandline -opc)
    set -l current (commandline -ct)
    set -l found (env _PLACEOPS_COMPLETE=fish $before[1] $before[2..-1] "$current" 2>/dev/null)
    if test "$found" = :files
        set -l option (string match -r '^-[^=]*=' -- "$current")
        for path in (__fish_complete_path (string replace -r '^-[^=]*=' '' -- "$current"))
            echo "$option$path"
        end
    else
        printf '%s\\n' $found
    end
end
complete -c placeops -f -a '(__placeops_complete)'""",
}


def answer(shell: str, root: Command, words: Sequence[str]) -> list[str]:
    """The lines for a shell: what the last of the words may become, which stand after `placeops`."""
    found = candidates(root, words)
    if found is None:
        return [FILES]
    if shell == "bash":
        return list(found)
    if shell == "zsh":
        return [value.replace(":", "\\:") + (f":{told}" if told else "") for value, told in found.items()]
    return [f"{value}\t{told}" for value, told in found.items()]


def candidates(root: Command, words: Sequence[str]) -> Candidates | None:
    """What the last word may become, each with its help; None where it is the name of a file."""
    *before, now = words or [""]
    before = [word for word in before if word != "="]  # bash takes `--option=value` apart
    now = "" if now == "=" else now
    command, given = _reached(root, before)
    if isinstance(command, TyperGroup):
        offered = _options(command, given) if now.startswith("-") else _words(command)
        return {} if given else _fitting(offered, now)
    if "--" in given:
        return _values_of(_next_argument(command, given), now)
    option, equals, value = now.partition("=")
    if given and (waiting := _waiting(command, given[-1])):
        return _values_of(waiting, now)
    if now.startswith("-") and equals:
        return _values_of(_waiting(command, option), value, before=option + equals)
    argument = _next_argument(command, given)
    if argument is None or now.startswith("-"):
        return _fitting(_options(command, given), now)
    return _values_of(argument, now)


def _values_of(param: Parameter | None, now: str, before: str = "") -> Candidates | None:
    found = _values(param) if param else {}
    return None if found is None else {before + one: "" for one in _fitting(found, now)}


def _fitting(found: Candidates, now: str) -> Candidates:
    return {value: told for value, told in found.items() if value.startswith(now)}


def _reached(root: Command, words: Sequence[str]) -> tuple[Command, list[str]]:
    """The command that the words lead to, and those that follow it."""
    command = root
    for place, word in enumerate(words):
        if not isinstance(command, TyperGroup):
            return command, list(words[place:])
        below = command.get_command(typer.Context(command), word)
        if below is None:
            return command, list(words[place:])
        command = below
    return command, []


def _words(group: TyperGroup) -> Candidates:
    ctx = typer.Context(group)
    found = ((name, group.get_command(ctx, name)) for name in group.list_commands(ctx))
    return {name: one.get_short_help_str(80) for name, one in found if one and not one.hidden}


def _options(command: Command, given: Sequence[str]) -> Candidates:
    """Options that may still be given: those needed first, those of every command last."""
    from placeops_cli.help import EVERYWHERE

    options = [param for param in command.params if isinstance(param, TyperOption) and not param.hidden]
    options.sort(key=lambda one: (one.name in EVERYWHERE, not one.required))
    found = {
        param.opts[0]: param.help or ""
        for param in options
        if param.multiple or not set(param.opts) & {word.partition("=")[0] for word in given}
    }
    return found | {"--help": "Show the command's page."}


def _waiting(command: Command, word: str) -> TyperOption | None:
    """The option of this name, if it takes a value."""
    for param in command.params:
        if isinstance(param, TyperOption) and word in param.opts and not param.is_flag:
            return param
    return None


def _next_argument(command: Command, given: Sequence[str]) -> TyperArgument | None:
    """The argument that the next word would be; None when all are there."""
    there = sum(1 for _ in _arguments(command, given))
    for param in command.params:
        if isinstance(param, TyperArgument):
            if param.nargs == -1 or there == 0:
                return param
            there -= 1
    return None


def _arguments(command: Command, given: Sequence[str]) -> Iterator[str]:
    """The words that are neither options nor their values."""
    value_of_option = options_ended = False
    for word in given:
        if value_of_option:
            value_of_option = False
        elif word == "--":
            options_ended = True
        elif word.startswith("-") and word != "-" and not options_ended:
            value_of_option = _waiting(command, word) is not None
        else:
            yield word


def _values(param: Parameter) -> Candidates | None:
    """The few values that there are, none where there are many; None for the name of a file."""
    if getattr(param, "metavar", None) in OF_FILES:
        return None
    return dict.fromkeys(choices(param), "")


def choices(param: Parameter) -> tuple[str, ...]:
    """The values that a parameter is limited to; empty where it is not."""
    annotation: object = param.type_descriptor.annotation
    if get_origin(annotation) is list:
        (annotation,) = get_args(annotation)
    return get_args(annotation) if get_origin(annotation) is Literal else ()
