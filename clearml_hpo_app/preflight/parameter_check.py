"""Whether the base task's script will really receive each parameter: the names, the sections, the types.

A name that the base task does not have never reaches the script, without any error (a section other than
the one it was connected under neither), so every name is held against what the base task itself connected.
Some integrations have a switch in their section with which the script ignores all of it: it is looked at, too.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from clearml_hpo_app.clearml_api.base_task import BaseTask
from clearml_hpo_app.preflight.hydra_tree import HYDRA, HydraTree, read_hydra_tree
from clearml_hpo_app.space.parameter_set import Combinations
from clearml_hpo_app.space.parameters import AnyParameter, Discrete, Fixed, Uniform
from clearml_hpo_app.space.values import Value, from_text, show, to_text
from clearml_hpo_app.violations import closest

TRANSFORMERS = "Transformers"
SWITCHES = {
    HYDRA: (
        "_allow_omegaconf_edit_",
        "the script takes the whole configuration object OmegaConf and ignores every parameter of section Hydra",
    ),
    TRANSFORMERS: (
        "_ignore_hparams_ui_overrides_",
        "the Trainer ignores what section Transformers says and keeps the script's own arguments",
    ),
    "Args": ("_ignore_ui_overrides_", "values in the script's configuration files win over those of section Args"),
}
"""By section, the parameter that makes a script ignore the section where it is true, and what happens then.

Sources: Hydra and jsonargparse (LightningCLI) in `clearml.binding`, Transformers in its `ClearMLCallback`.
"""

_KINDS = {"int": "an integer", "float": "a number", "bool": "true or false", "str": "text"}


def parameter_findings(base: BaseTask, parameters: Sequence[AnyParameter]) -> tuple[list[str], list[str]]:
    """Return the errors and the warnings about the parameters, as sentences."""
    errors = list(_ignored_sections(base, parameters))
    warnings: list[str] = []
    hydra = read_hydra_tree(base)
    warnings += _too_late(parameters)
    for parameter in _single(parameters):
        text = base.text_of(parameter.section, parameter.key)
        if text is not None:
            kind = _kind(base, parameter, text)
            errors += [*_wrong_type(parameter, kind, text), *_tuples(parameter, kind, text)]
            warnings += _arrives_as_text(parameter, kind)
            warnings += _whole_numbers_only(parameter, text)
        elif parameter.section == HYDRA and hydra is not None:
            _look_at_hydra_name(parameter, hydra, errors, warnings)
        else:
            known = {*base.parameter_names, *(f"{HYDRA}/{name}" for name in (hydra.names if hydra else ()))}
            _look_at_new_name(parameter, known, errors, warnings)
    return list(dict.fromkeys(errors)), list(dict.fromkeys(warnings))  # a set's parameter comes with every value


def _single(parameters: Sequence[AnyParameter]) -> Iterator[Uniform | Discrete | Fixed]:
    """Yield every parameter by itself; one of a set takes the values that it has in the combinations."""
    for parameter in parameters:
        if not isinstance(parameter, Combinations):
            yield parameter
            continue
        for name, values in parameter.members.items():
            for value in dict(zip(map(show, values), values, strict=True)).values():
                yield Fixed(name=name, value=value, allow_new=parameter.allow_new)


def _ignored_sections(base: BaseTask, parameters: Sequence[AnyParameter]) -> Iterator[str]:
    single = list(_single(parameters))
    for section, (switch, consequence) in SWITCHES.items():
        name = f"{section}/{switch}"
        used = [one.name for one in single if one.section == section and one.name != name]
        tried = [value for one in single if one.name == name for value in _listed(one)]
        if used and any(value is True for value in tried or [from_text(base.text_of(section, switch) or "")]):
            yield (
                f"{name} must be false so that {', '.join(used[:3])} can reach the script, but it is true: "
                f"{consequence}. Set it to False on the base task, or for the trials: "
                f"{{type: fixed, name: {name}, value: false}}."
            )


def _too_late(parameters: Sequence[AnyParameter]) -> Iterator[str]:
    """Seen with transformers 5.24: the arguments change, and the optimizer keeps the learning rate of before."""
    names = [
        one.name for one in _single(parameters) if one.section == TRANSFORMERS and not one.key.startswith("_")
    ]
    if names:
        yield (
            f"The Trainer reads {', '.join(names[:3])} only after it has made its optimizer, which keeps what it "
            "had. Read TrainingArguments with HfArgumentParser: then vary the same names in section Args."
        )


def _look_at_hydra_name(parameter: AnyParameter, tree: HydraTree, errors: list[str], warnings: list[str]) -> None:
    """A name of Hydra's is held against OmegaConf; one that is a group there may be a choice of a config group."""
    is_leaf = tree.names.get(parameter.key)
    if is_leaf is False:
        warnings.append(
            f"The parameter {parameter.name} is a group in the base task's OmegaConf: the script gets "
            "it only if it is a config group of Hydra, of which the value names a member."
        )
    elif parameter.key in tree.out_of_reach:
        errors.append(
            f"The parameter {parameter.name} must be one that Hydra can override, but a key of its path has a "
            "dot, a blank or the like in it: rename the key in the script's configuration."
        )
    elif is_leaf is None:
        _look_at_new_name(parameter, {f"{HYDRA}/{name}" for name in tree.names}, errors, warnings)


def _look_at_new_name(parameter: AnyParameter, known: set[str], errors: list[str], warnings: list[str]) -> None:
    if parameter.allow_new:
        added = "Hydra adds it to its configuration" if parameter.section == HYDRA else "every trial gets it"
        warnings.append(
            f"The parameter {parameter.name} is new: {added}, but nothing tells whether the script looks for it."
        )
        return
    hints = _alike(parameter.name, known)[:3]
    hint = f"Did you mean {' or '.join(hints)}?" if hints else _listing(known)
    errors.append(
        f"The parameter {parameter.name} must be one that the base task connected, but it is not: "
        f"the script would never receive it. {hint} If the script looks for it all the same, set allow_new: true."
    )


def _alike(name: str, known: set[str]) -> list[str]:
    """Known names whose part after the section is the same or looks like that of `name`, the closest first."""
    by_key: defaultdict[str, list[str]] = defaultdict(list)
    for candidate in sorted(known):
        by_key[candidate.partition("/")[2]].append(candidate)
    key = name.partition("/")[2]
    keys = dict.fromkeys([key, *closest(key, by_key)])
    return [candidate for near in keys for candidate in by_key.get(near, ())]


def _listing(known: set[str]) -> str:
    return f"It has {', '.join(sorted(known)[:10])}." if known else "It has no hyperparameters at all."


def _wrong_type(parameter: AnyParameter, kind: str, text: str) -> Iterator[str]:
    """A value that cannot become the script's type stays at its default without any error, or ends the script."""
    if kind == "int" and isinstance(parameter, Uniform) and not parameter.is_integer:
        yield (
            f"The parameter {parameter.name} must be an integer like the base task's {text}, but the range "
            f"{parameter.min} to {parameter.max} is not. Write its numbers without a point, or set integer: true; "
            "if the script takes fractions, give the base task one first."
        )
    if kind == "bool" and isinstance(parameter, Uniform):
        yield f"The parameter {parameter.name} must be true or false like in the base task, but it is a range."
    values = [(value, _as_read(value, parameter)) for value in _listed(parameter)]
    unfit = [repr(value) for value, read in values if to_text(value) != text and not _fits(read, kind)]
    if unfit:
        yield (
            f"The parameter {parameter.name} must be {_KINDS[kind]} like the base task's {text or 'None'}, but "
            f"{', '.join(unfit)} is not: the script would ignore or refuse it. If it takes such values all the "
            "same, give the base task one first."
        )


def _tuples(parameter: AnyParameter, kind: str, text: str) -> Iterator[str]:
    """The SDK casts a text in round brackets to the default of an argument with `nargs`, without a word."""
    written = [value for value in _listed(parameter) if isinstance(value, str) and value.startswith("(")]
    if parameter.section == "Args" and kind != "str" and text.startswith("(") and set(written) - {text}:
        yield (
            f"The parameter {parameter.name} must be a list in square brackets to reach the script, but it is "
            f"{written[0]!r}: write {as_list(written[0])!r}."
        )


def as_list(text: str) -> str:
    """Return a tuple's text as that of a list, which reaches an argument with `nargs`."""
    return f"[{text[1:].removesuffix(')')}]"


def _arrives_as_text(parameter: AnyParameter, kind: str) -> Iterator[str]:
    others = [show(value) for value in _listed(parameter) if value is not None and not isinstance(value, str)]
    if isinstance(parameter, Uniform):
        others = [f"{parameter.min} to {parameter.max}"]
    if kind == "str" and others:
        yield (f"The parameter {parameter.name} is text in the base task: it gets {', '.join(others)} as text.")


def _whole_numbers_only(parameter: AnyParameter, text: str) -> Iterator[str]:
    """A range that is written in whole numbers, `0` to `1`, for a parameter that is a fraction."""
    value = from_text(text)
    is_fraction = isinstance(value, float) and not value.is_integer()
    if is_fraction and isinstance(parameter, Uniform) and parameter.is_integer and parameter.integer is None:
        yield (
            f"The parameter {parameter.name} is {text} in the base task, but only whole numbers from "
            f"{parameter.min} to {parameter.max} would be tried. For fractions write {float(parameter.min)}, or "
            "set integer: false."
        )


def _kind(base: BaseTask, parameter: Uniform | Discrete | Fixed, text: str) -> str:
    """The type of the base task's value, one of `_KINDS`; empty where anything may be right.

    It is as the SDK wrote it down (click's `INT` is `int`), or else as the text reads. A type of the script's own
    may take any text; of an argument with `nargs` the type of its items is written down, not that of its value.
    """
    value = from_text(text)
    written = str(base.sections.get(parameter.section, {}).get(parameter.key, {}).get("type") or "").lower()
    kind = written or (type(value).__name__ if text else "")
    return kind if kind in _KINDS and (not text or _fits(value, kind)) else ""


def _listed(parameter: AnyParameter) -> tuple[Value, ...]:
    if isinstance(parameter, Discrete):
        return parameter.values
    return (parameter.value,) if isinstance(parameter, Fixed) else ()


def _as_read(value: Value, parameter: AnyParameter) -> Value:
    """Return a fixed value as a script may read its text: a form holds all of them as text: `3`, `false`."""
    return from_text(value) if isinstance(parameter, Fixed) and isinstance(value, str) else value


def _fits(value: Value, kind: str) -> bool:
    if not kind:
        return True
    if kind == "bool" or isinstance(value, bool):
        return kind in {"bool", "str"} and (kind == "str" or isinstance(value, bool))
    if kind in {"int", "float"}:
        return isinstance(value, int) or (kind == "float" and isinstance(value, float))
    return True
