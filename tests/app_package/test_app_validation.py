"""Checking an app.conf: what is right passes, and every mistake is told with its path and line."""

# ruff: noqa: E501  a table of mistakes reads best with one mistake a line

import copy
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from app_conf_texts import SMALL, SOURCE, ours
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhocon import ConfigFactory

from clearml_hpo_app.app_package.build import build
from clearml_hpo_app.app_package.hocon import to_hocon
from clearml_hpo_app.app_package.template_files import template_text
from clearml_hpo_app.app_package.validate import Problem, validate_file, validate_own, validate_text
from clearml_hpo_app.errors import UnreadableFile


def told(text: str, assets: set[str] | None = None) -> list[str]:
    return list(map(str, validate_text(text, "x", assets)))


def test_our_own_file_and_a_small_one_hold() -> None:
    assert validate_own() == []
    assert told(SMALL) == []


METHOD, QUICK, ROWS = "wizard.entries.0 (method)", "wizard.entries.1 (quick)", "wizard.entries.2 (rows)"
PANEL = "dashboard.lines.0.contents.0"

MISTAKES = [
    ('id: "small"\n', "", "x:1: id must be given, but got nothing. It must be a name of letters, digits and _ . -."),
    ('"1.0.0"', '"1.0"', "x:3: version must be three numbers with points between them, like 1.0.0, but got '1.0'."),
    ("default_queue", "default-queue", "x:6: default-queue must be a field that exists here, but got an unknown one. Did you mean default_queue"),
    ('provider: "us"', 'provider: "us", icon: "icon.png"', "x:4: icon must be a web address, or a file of the assets: ${ASSET:file}, but got 'icon.png'."),
    ('branch: "main", ', "", "x:8: task.script must have a branch or a tag, but got neither. Give one of them."),
    ('branch: "main"', 'branch: "main", tag: "v1"', "x:8: task.script must have a branch or a tag, but got branch and tag."),
    ('"main.py"', '""', "x:8: task.script.entry_point must be text that is not empty, but got ''."),
    ("epochs: 3", "epochs: [3]", "x:9: task.hyperparams.General.epochs must be a text, a number, true or false, but got a list of 1."),
    ("type: dropdown", "type: drop_down", f"x:16: {METHOD}.type must be one of string, integer, float, checkbox"),
    ("required: true\n      default: \"grid\"", 'default: "grid"', f"x:13: {METHOD}.required must be given, but got nothing. It must be true or false."),
    ('default: "grid"', 'default: "gird"', f"x:18: {METHOD}.default must be one of its choices (grid, random), but got 'gird'."),
    ('{ label: "Random", value: "random" }', '{ label: "Random" }', f"x:19: {METHOD}.choices.1.value must be given, but got nothing."),
    ('{ label: "Random", value: "random" }', '"grid"', f"x:19: {METHOD}.choices.1 must differ from the choices before it, but got 'grid'."),
    ('choices: ["grid", { label: "Random", value: "random" }]', "choices { source: tasks, value_field: id, display_field: name }", f"x:19: {METHOD}.choices.source must be one of project, task, model, queue, dataset_version, but got 'tasks'."),
    ("section: General, name: method", "sektion: General, name: method", f"x:20: {METHOD}.target.sektion must be a field that exists here, but got an unknown one. Did you mean section?"),
    ("field: hyperparams, section: General, name: method", "field: hyperparameters", f"x:20: {METHOD}.target.field must be one of hyperparams, configuration, but got 'hyperparameters'."),
    ("target { field: hyperparams, section: General, name: method }", "target: nome", f"x:20: {METHOD}.target must be name or project, or a group"),
    ("target { field: hyperparams, section: General, name: method }", "", f"x:13: {METHOD}.target must be given, but got nothing."),
    ("name: quick }\n    }\n    {\n      name: rows", "name: method }\n    }\n    {\n      name: method", "x:32: wizard.entries.2 (method).name must be used once in the whole form, but got 'method'."),
    ("conditional { entries: [{ name: method, value: \"grid\" }] }\n      target { field: hyperparams, section: General, name: quick }", "target { field: hyperparams, section: General, name: method }", f"x:28: {QUICK}.target must be a target of its own, but got the one of method again."),
    ('{ name: method, value: "grid" }', '{ name: rows, value: "grid" }', f"x:28: {QUICK}.conditional.entries.0 (rows).name must name an earlier field, but got 'rows'."),
    ('{ name: method, value: "grid" }', '{ name: method, value: "all" }', f"x:28: {QUICK}.conditional.entries.0 (method).value must be a value that method can have (grid, random), but got 'all'."),
    ("default: true\n", 'default: "yes"\n', f"x:27: {QUICK}.default must be true or false, but got 'yes'."),
    ("${key}", "${kye}", f"x:37: {ROWS}.collapsibleTitleTemplate must name fields of its entry, but got '${{kye}}'. Did you mean key?"),
    ("name: key, title", 'name: key, target: "name", title', f"x:38: {ROWS}.item_template.0 (key).target must stand on the list as a whole"),
    ("format: json", "format: str", f"x:39: {ROWS}.target must be a configuration object of format json for a list"),
    ("min_items: 1", "min_items: -1", f"x:36: {ROWS}.min_items must be a whole number of at least 0, but got -1."),
    ("item_template: [{ name: key, title: \"Key\", type: string, required: true }]", "item_template: []", f"x:38: {ROWS}.item_template must be a list with at least one entry, but got a list of 0."),
    ('"400px"', "400", 'x:46: dashboard.lines.0.style.height must be a length of CSS, like "440px", or "initial", but got 400.'),
    ("type: scalar-histogram", "type: histogram", f"x:47: {PANEL}.type must be one of scalar-histogram, plot, scalar"),
    ('metric: "loss", ', "", f"x:47: {PANEL}.metric must be given, but got nothing."),
    ('["a", "b"]', "[]", f"x:47: {PANEL}.variant must be the name of a series, or a list of such names, but got a list of 0."),
    ("key: iter", "key: time", f"x:47: {PANEL}.key must be one of iter, timestamp, iso_time, but got 'time'."),
    ("${hyperparams.General.name.value}", "${hyperparams.name}", "x:49: dashboard.lines.1.contents.0.text must insert hyperparameters as ${hyperparams.Section.name.value}"),
    ("lines: [", "rows: [", "x:43: dashboard.lines must be given, but got nothing."),
    ('name: "Small"\n', 'name: "Small"\nname: "Smaller"\n', "x:2: name must stand once in its group, but got it on line 2 and on line 3. Remove one."),
    ('"https://git.example/a.git"', '"@REPOSITORY@"', "x:8: task.script.repository must be filled in, but got the placeholder '@REPOSITORY@'."),
    ('"https://git.example/a.git"', '"https://git.example/<your team>/a.git"', "x:8: task.script.repository must be filled in, but got the placeholder '<your team>'."),
    ('"https://git.example/a.git"', '"https://git.example/your-org/a.git"', "x:8: task.script.repository must be filled in"),
    ('"https://git.example/a.git"', '"https://git.example/<owner>/a.git"', "x:8: task.script.repository must be filled in"),
    ('"https://git.example/a.git"', '"https://git.example/OWNER/REPO.git"', "x:8: task.script.repository must be filled in"),
    ('"https://git.example/a.git"', '"${REPO}"', "x:8: task.script.repository must be the address of a repository, without credentials"),
    ('"https://git.example/a.git"', '"https://ann:secret@git.example/a.git"', "x:8: task.script.repository must be the address of a repository, without credentials"),
    ('provider: "us"', 'provider: "TODO"', "x:4: provider must be filled in, but got the placeholder 'TODO'."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("right", "wrong", "sentence"), MISTAKES, ids=[mistake[2].split(" must")[0] for mistake in MISTAKES]
)
def test_a_mistake_is_told_with_its_path_and_line(right: str, wrong: str, sentence: str) -> None:
    assert SMALL.count(right) >= 1
    sentences = told(SMALL.replace(right, wrong, 1))
    assert any(line.startswith(sentence) for line in sentences), sentences


def test_mistakes_are_told_all_at_once_in_the_order_of_their_lines() -> None:
    text = SMALL
    for right, wrong in [
        ('"1.0.0"', '"1"'),
        ("type: checkbox", "type: check"),
        ("key: iter", "key: x"),
        ('"us"', '""'),
    ]:
        text = text.replace(right, wrong)
    lines = [problem.line for problem in validate_text(text, "x")]
    assert lines == sorted(lines)
    assert len(lines) == 4


def test_the_template_is_refused_for_its_placeholders() -> None:
    sentences = told(template_text("hpo.app.conf"))
    for mark in ("@VERSION@", "@REPOSITORY@", "@TAG@", "@HYPERPARAMETERS@"):
        assert any(f"must be filled in, but got the placeholder '{mark}'" in sentence for sentence in sentences)


@pytest.mark.parametrize("text", ["", "a {", "[1, 2]", "just words", "a: [1, }"])
def test_a_text_that_is_no_hocon_is_one_problem_or_lacks_everything(text: str) -> None:
    sentences = told(text)
    assert sentences
    assert all(
        "must be HOCON, a group of fields" in sentence or "must be given" in sentence for sentence in sentences
    )


def test_a_file_that_would_read_this_machine_is_not_even_parsed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.conf"
    secret.write_text('password: "1234"')
    sentences = told(f'{SMALL}include "{secret}"\nhome: ${{HOME}}\n')
    assert [sentence.split(" must")[0] for sentence in sentences] == [f'x:52: include "{secret}"', "x:53: ${HOME}"]
    assert "1234" not in "".join(sentences)


def test_groups_that_stand_twice_are_one_group() -> None:
    assert told(SMALL + "task { hyperparams { General { more: 1 } } }\n") == []


TREE = ConfigFactory.parse_string(SMALL).as_plain_ordered_dict()
JUNK: list[Any] = [None, 3, -1.5, True, "x", [], [{}], [[1]], {}, {"x": {"y": [1]}}]


def paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    for key, inner in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield (*path, key)
        yield from paths(inner, (*path, key))


@settings(max_examples=30, deadline=None)  # pyhocon takes its time
@given(st.sampled_from(list(paths(TREE))), st.sampled_from(JUNK))
def test_whatever_stands_in_a_place_the_checks_go_on_to_the_end(path: tuple[str | int, ...], junk: Any) -> None:
    tree = copy.deepcopy(TREE)
    *above, last = path
    place: Any = tree
    for step in above:
        place = place[step]
    place[last] = junk
    tree["featured"] = "late"

    assert any("featured must be a whole number" in sentence for sentence in told(to_hocon(tree)))


def zipped(**members: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def in_file(path: Path, content: bytes) -> list[Problem]:
    path.write_bytes(content)
    return validate_file(path)


def test_the_zip_that_is_built_holds(tmp_path: Path) -> None:
    assert in_file(tmp_path / "hpo.zip", build(SOURCE)) == []


def test_a_zip_must_hold_one_file_and_the_assets_that_it_names(tmp_path: Path) -> None:
    with_icon = SMALL + 'icon: "${ASSET:icon.png}"\n'
    content = zipped(**{"small.app.conf": with_icon, "assets/other.png": "", "main.py": ""})
    assert list(map(str, in_file(tmp_path / "small.zip", content))) == [
        "small.zip: main.py must be below assets/, or end in .app.conf, but got another place. Remove it.",
        "small.app.conf:52: icon must name a file of the assets (icon.png), but got assets with other.png. "
        "Add the file to assets/.",
    ]
    nothing = in_file(tmp_path / "e.zip", zipped(**{"assets/x": ""}))
    assert list(map(str, nothing)) == [
        "e.zip: the zip must hold one file <name>.app.conf at its top, but got none."
    ]


def test_the_assets_beside_a_file_are_looked_at(tmp_path: Path) -> None:
    text = (SMALL + 'icon: "${ASSET:icon.png}"\n').encode()
    assert in_file(tmp_path / "small.app.conf", text) == []
    (tmp_path / "assets").mkdir()
    assert len(in_file(tmp_path / "small.app.conf", text)) == 1


def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="must be a readable"):
        validate_file(tmp_path / "missing.conf")
    with pytest.raises(UnreadableFile, match=r"must be text \(UTF-8\)"):
        in_file(tmp_path / "latin.conf", "name: é".encode("latin-1"))
    assert ours().count("\n") > 500  # what the lines above are counted in is no toy


def test_a_text_that_is_nested_beyond_reason_is_told_so() -> None:
    deep = "a: " + "{ b: " * 3000 + "1" + " }" * 3000
    [sentence] = told(deep)
    assert "must be" in sentence


def test_half_a_zip_is_told_apart_from_a_text(tmp_path: Path) -> None:
    file = tmp_path / "hpo.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("hpo.app.conf", bytes(range(256)) * 100)
    file.write_bytes(file.read_bytes()[:5000])
    with pytest.raises(UnreadableFile, match=r"hpo\.zip must be a whole zip"):
        validate_file(file)
