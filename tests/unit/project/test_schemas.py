from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from reconciler.errors import ManifestsError, UsageError
from reconciler.manifest.load.loader import load_manifests
from reconciler.manifest.yaml.documents import compose
from reconciler.project.init_files import init_files, write_project
from reconciler.project.load import load_project
from reconciler.project.schemas import json_schemas, schema_texts
from reconciler.report.reference import reference_page

if TYPE_CHECKING:
    from reconciler.kinds.catalogue import Catalogue

ROOT = Path(__file__).parents[3]


def plain(text: bytes) -> list[Any]:
    """Read documents as JSON would hold them."""
    documents, findings = compose(text, "a.yaml")
    assert findings == []
    return [each.value for each in documents]


def test_schemas_are_valid_themselves(catalogue: Catalogue) -> None:
    """Every schema is one by its dialect."""
    for schema in json_schemas(catalogue).values():
        Draft202012Validator.check_schema(schema)


def test_schemas_say_nothing_that_no_dialect_knows(catalogue: Catalogue) -> None:
    """A misspelt keyword is ignored by every validator, and the bound it meant with it."""
    known = set(Draft202012Validator.VALIDATORS) | {
        *("$schema", "$id", "$defs", "$comment", "title", "description", "default", "examples"),
        *("then", "enumDescriptions"),
    }

    for name, schema in json_schemas(catalogue).items():
        assert _keywords(schema) - known == set(), name


def _keywords(node: object) -> set[str]:
    if isinstance(node, list):
        return set().union(*map(_keywords, node))
    if not isinstance(node, dict):
        return set()
    found = set(node)
    for key, value in node.items():
        if key in {"properties", "patternProperties", "$defs"}:
            found |= set().union(*map(_keywords, value.values()))
        elif key not in {"const", "enum", "default", "examples"}:
            found |= _keywords(value)
    return found


def test_schemas_of_the_repository_are_fresh(catalogue: Catalogue) -> None:
    """What lies under schemas/ is what the catalogue makes today."""
    written = {path.name: path.read_text("utf-8") for path in (ROOT / "schemas").glob("*.json")}

    assert written == dict(schema_texts(catalogue))


def test_reference_of_the_repository_is_fresh_and_names_every_field(catalogue: Catalogue) -> None:
    """The page beside the schemas is what the catalogue makes today."""
    page = (ROOT / "schemas" / "README.md").read_text("utf-8")

    assert page == reference_page(catalogue, json_schemas(catalogue))
    for kind in catalogue.resources:
        part = page.partition(f"\n## {kind.name}\n")[2].partition("\n## ")[0]
        assert [f.name for f in kind.facets if f"\n| `{f.name}` | " not in part] == []


def test_example_manifests_load_and_fit_their_schema(catalogue: Catalogue) -> None:
    """The example is sound for us and for editors alike."""
    loaded = load_manifests(ROOT, ["manifests"], catalogue)
    validator = Draft202012Validator(json_schemas(catalogue)["manifest.schema.json"])

    assert loaded.findings == ()
    assert len([each for each in loaded.desired if each.address.kind == "Client"]) == 12
    for path in sorted((ROOT / "manifests").glob("*.yaml")):
        for document in plain(path.read_bytes()):
            assert [error.message for error in validator.iter_errors(document)] == []


def test_example_project_loads_and_fits_its_schema(catalogue: Catalogue) -> None:
    """The project file at the root works from a fresh checkout."""
    path = ROOT / "reconciler.yaml"
    validator = Draft202012Validator(json_schemas(catalogue)["project.schema.json"])

    assert load_project(path, {}).targets["sandbox"].limits.settle == 0
    assert list(validator.iter_errors(plain(path.read_bytes())[0])) == []


@pytest.mark.parametrize(
    "spec",
    [
        "{email: a@b.example, contry: DE}",
        "{country: DE}",
        "{email: a@b.example, country: null}",
        "{email: a@b.example, password: literal}",
        "{email: a@b.example, discounts: [{percentage: 1}]}",
        "{email: a@b.example, discounts: [{name: a, client: acme}]}",
        "{email: a@b.example, taxRules: {}}",
        "{email: a@b.example, onCreate: {notfy: true}}",
        "{email: a@b.example, discounts: [{name: a, percentage: 0}]}",
        "{email: a@b.example, taxRules: [{name: a, provider: P, rate: 101}]}",
    ],
)
def test_editors_see_the_mistakes_that_loading_sees(
    catalogue: Catalogue, tmp_path: Path, spec: str
) -> None:
    """A spec that loading refuses is refused by the schema."""
    text = f"apiVersion: reconciler/v1\nkind: Client\nmetadata: {{name: acme}}\nspec: {spec}\n"
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    schema = json_schemas(catalogue)["client.schema.json"]

    assert load_manifests(tmp_path, ["a.yaml"], catalogue).findings
    assert not Draft202012Validator(schema).is_valid(plain(text.encode())[0])


@pytest.mark.parametrize(
    "spec",
    [
        "targets: {a: {url: 'https://a.example', numbers: null}}",
        "targets: {a: {url: 'https://a.example', tls: {caFile: null}}}",
        "targets: {a: {url: 'https://a.example', timeouts: {read: 0}}}",
        "targets: {a: {url: 'https://a.example', concurrency: {reads: 257}}}",
        "{targets: {a: {url: 'https://a.example'}}, guards: {maxDeleteShare: 1.5}}",
    ],
)
def test_editors_see_the_mistakes_of_a_project_file(
    catalogue: Catalogue, tmp_path: Path, spec: str
) -> None:
    """A project file that loading refuses is refused by the schema."""
    spec = spec if spec.startswith("{") else f"{{{spec}}}"
    text = f"apiVersion: reconciler/v1\nkind: Project\nmetadata: {{name: acme}}\nspec: {spec}\n"
    (tmp_path / "reconciler.yaml").write_text(text, encoding="utf-8")
    schema = json_schemas(catalogue)["project.schema.json"]

    with pytest.raises(ManifestsError):
        load_project(tmp_path / "reconciler.yaml", {})
    assert not Draft202012Validator(schema).is_valid(plain(text.encode())[0])


def test_new_project_loads_at_once(catalogue: Catalogue, tmp_path: Path) -> None:
    """What init writes is sound, and ignores its own state."""
    write_project(tmp_path / "new", catalogue)

    project = load_project(tmp_path / "new" / "reconciler.yaml", {})
    loaded = load_manifests(tmp_path / "new", project.manifests, catalogue)
    assert loaded.findings == ()
    assert list(project.targets) == ["sandbox", "prod"]
    assert "/.reconciler/" in (tmp_path / "new" / ".gitignore").read_text("utf-8")


def test_new_project_overwrites_nothing(catalogue: Catalogue, tmp_path: Path) -> None:
    """What is there is kept and named, and a link is no way out of the folder."""
    (tmp_path / "reconciler.yaml").write_text("mine", encoding="utf-8")
    (tmp_path / ".gitignore").symlink_to(tmp_path / "elsewhere")

    made = write_project(tmp_path, catalogue)

    assert {path.name for path in made.kept} == {"reconciler.yaml", ".gitignore"}
    assert (tmp_path / "reconciler.yaml").read_text("utf-8") == "mine"
    assert not (tmp_path / "elsewhere").exists()
    assert not (tmp_path / "manifests").exists()
    assert set(made.written).isdisjoint(made.kept)
    assert write_project(tmp_path, catalogue).written == ()


def test_new_project_says_where_it_cannot_be_written(catalogue: Catalogue, tmp_path: Path) -> None:
    """A file in the place of a folder is named."""
    (tmp_path / "schemas").write_text("mine", encoding="utf-8")

    with pytest.raises(UsageError, match="schemas"):
        write_project(tmp_path, catalogue)


def test_workflow_gives_no_secret_to_a_fork(catalogue: Catalogue) -> None:
    """The workflow reads only, pins its actions and keeps secrets from foreign code."""
    text = init_files(catalogue, "acme")[".github/workflows/reconciler.yml"]
    workflow = plain(text.encode())[0]

    assert workflow["permissions"] == {"contents": "read"}
    grants = {
        name: job["permissions"] for name, job in workflow["jobs"].items() if "permissions" in job
    }
    assert grants == {
        "plan": {"contents": "read", "pull-requests": "write"},
        "apply": {"contents": "write", "actions": "read", "pull-requests": "read"},
        "drift": {"contents": "read", "issues": "write"},
    }
    assert text.count("persist-credentials: false") == text.count("actions/checkout@")
    assert "pull_request_target" not in text
    for name, job in workflow["jobs"].items():
        with_secrets = any("secrets." in str(step) for step in job["steps"])
        assert with_secrets == (name in {"plan", "apply", "drift"})
        assert not with_secrets or job["environment"]
        uses = [step["uses"] for step in job["steps"] if "uses" in step]
        assert all(len(use.partition("@")[2]) == 40 for use in uses if not use.startswith("./"))
    assert "head.repo.full_name == github.repository" in workflow["jobs"]["plan"]["if"]
    assert "repository.default_branch" in workflow["jobs"]["apply"]["if"]
