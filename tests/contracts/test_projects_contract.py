"""Projects and reports are moved."""

from collections.abc import Iterator

import pytest
from api_calls import Api


@pytest.fixture
def project(api: Api) -> Iterator[str]:
    key = api("projects.create", name=api.name("Contract project"))["id"]
    yield key
    api("projects.delete", project=key, force=True)


def test_a_project_moves_with_its_name(api: Api, project: str) -> None:
    name, place = api("projects.get_by_id", project=project)["project"]["name"], api.name("Contract place")
    assert api("projects.move", project=project, new_location=place) == {"moved": 1}
    assert api("projects.get_by_id", project=project)["project"]["name"] == f"{place}/{name}"
    assert api("projects.update", project=project, description="moved")["updated"] == 1
    assert api("projects.move", project=project, new_location="") == {"moved": 1}
    (seen,) = api("projects.get_all", id=[project], only_fields=["name", "description"])["projects"]
    assert (seen["name"], seen["description"]) == (name, "moved")


def test_a_report_is_archived_moved_and_published(api: Api) -> None:
    report = api("reports.create", name="a report", report="# One")["id"]
    assert api("reports.archive", task=report) == {"archived": 1}
    assert api("reports.unarchive", task=report) == {"unarchived": 1}
    shelf = api("reports.move", task=report, project_name=api.name("Contract shelf"))["project_id"]
    assert api("reports.publish", task=report)["fields"]["status"] == "published"
    api("reports.delete", task=report, force=True)
    api("projects.delete", project=shelf, force=True)
