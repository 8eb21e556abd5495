"""The page as people use it, in a real browser over the embedded server; the trials' results are made up."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from browser_visit import Visit, require_axe
from form_builders import EVERY_TYPE, every_type
from playwright.sync_api import Browser, Page, expect
from web_stage import Stage, connect

from clearml_hpo_app.clearml_api import Client
from clearml_hpo_app.clearml_api.connecting import connect_to
from clearml_hpo_app.web.form.showing import places
from clearml_hpo_app.web.form.wire import form_json
from clearml_hpo_app.web.server import PageServer

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(120)]

RUN_TIMEOUT = 40_000


def field(page: Page, path: str) -> Any:
    return page.locator(f"[data-path='{path}']")


def choose_base_task(page: Page) -> None:
    box = field(page, "base_task_id").get_by_role("combobox")
    box.click()
    box.press_sequentially("di")
    option = page.get_by_role("option", name=re.compile("digits"))
    expect(option).to_have_count(1)
    box.press("ArrowDown")
    with page.expect_response(re.compile("/api/choices")):
        box.press_sequentially("gi")
    expect(option).to_have_attribute("aria-selected", "true")
    box.press("Enter")
    expect(page.get_by_role("region", name="From the base task")).to_be_visible()


def is_gone(stage: Stage, task: str) -> bool:
    return not stage.api("tasks.get_all", id=[task])["tasks"]


@pytest.mark.usefixtures("begun")
def test_an_optimization_is_launched_from_the_form_and_watched_to_its_end(stage: Stage, visit: Visit) -> None:
    page = visit.go("/new").page
    choose_base_task(page)
    page.get_by_role("button", name="val/accuracy").click()
    expect(field(page, "objectives.0.title").locator("input")).to_have_value("val")
    page.get_by_role("button", name="Add the chosen ones").click()
    expect(field(page, "parameters.0.name").locator("input")).to_have_value("Args/lr")
    offered = page.locator(".offered-row", has_text="Args/lr")
    expect(offered).to_contain_text("in the search space")
    expect(offered.get_by_role("checkbox")).to_be_disabled()
    field(page, "execution_queue").get_by_role("combobox").fill("trials")
    field(page, "job_title").locator("input").fill("Launched in a browser")
    page.get_by_text("Advanced Configuration").click()
    field(page, "total_tasks").locator("input").fill("3")
    expect(page.get_by_role("complementary")).to_contain_text("Search space")
    visit.keep_picture("form-filled")

    page.get_by_role("button", name="Launch", exact=True).click()
    expect(page.locator(".instance-head h2")).to_have_text("Launched in a browser")
    expect(page.locator(".chip")).to_have_text("Completed", timeout=RUN_TIMEOUT)

    summary = page.get_by_role("region", name="Summary", exact=True).last
    expect(summary.locator("tbody tr")).to_have_count(3)
    link = summary.locator("tbody a").first
    assert stage.address.web_host in (link.get_attribute("href") or "")
    expect(page.get_by_role("link", name=re.compile("Launched in a browser.*best", re.DOTALL))).to_be_visible()


def test_a_form_that_is_not_filled_in_shows_all_that_is_missing_and_leads_there(
    stage: Stage, visit: Visit
) -> None:
    before = stage.api.count_tasks()
    page = visit.go("/new").page
    page.get_by_role("button", name="Launch", exact=True).click()
    expect(field(page, "base_task_id").locator(".error")).to_be_visible()
    expect(field(page, "objectives.0.title").locator(".error")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("to correct")
    expect(field(page, "base_task_id").get_by_role("combobox")).to_be_focused()
    assert stage.api.count_tasks() == before


def test_the_check_shows_what_would_not_work_before_anything_is_launched(stage: Stage, visit: Visit) -> None:
    page = visit.go("/new").page
    expect(field(page, "base_task_id")).to_be_visible()
    objective = {"title": "val", "series": "acc"}
    drop_file(page, {**stage.data(), "execution_queue": "nobody", "objectives": [objective]})
    expect(page.locator(".finding.error")).to_contain_text("accuracy")
    expect(page.locator(".findings")).to_contain_text("nobody")
    page.get_by_role("checkbox", name="Allow a New Metric").check()
    expect(page.locator(".finding.error")).to_have_count(0)


def test_what_is_wrong_in_a_row_is_told_as_one_types_and_the_check_comes_back_when_it_is_right(
    stage: Stage, visit: Visit
) -> None:
    page = visit.go("/new").page
    expect(field(page, "base_task_id")).to_be_visible()
    drop_file(page, stage.data())
    findings = page.locator(".findings")
    expect(findings).to_contain_text("Search space")
    lowest = field(page, "parameters.0.min").locator("input")
    right = lowest.input_value()
    lowest.fill("5000")
    expect(page.locator(".row-body .error", has_text="min below max")).to_be_visible()
    expect(findings).to_contain_text("1 field is to be filled in or corrected")
    lowest.fill(right)
    expect(findings).to_contain_text("Search space")


def test_an_import_that_fails_keeps_its_question_with_what_is_wrong(stage: Stage, visit: Visit) -> None:
    page = visit.go("/new").page
    page.get_by_role("button", name="Import configuration").click()
    dialog = page.get_by_role("dialog")
    typed = dialog.get_by_role("textbox")
    typed.fill("0" * 32)
    dialog.get_by_role("button", name="Import", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("0" * 32)
    expect(typed).to_have_value("0" * 32)
    typed.fill(stage.draft(title="To be imported"))
    dialog.get_by_role("button", name="Import", exact=True).click()
    expect(dialog).to_have_count(0)
    expect(field(page, "job_title").locator("input")).to_have_value("To be imported")


def test_the_focus_goes_to_the_row_that_is_left_when_one_is_removed(visit: Visit) -> None:
    page = visit.go("/new").page
    add = field(page, "parameters").get_by_role("button", name="Add item").last
    add.click()
    add.click()
    rows = field(page, "parameters").locator("details.row")
    count = rows.count()
    field(page, "parameters").get_by_role("button", name=f"Remove item {count}").click()
    expect(rows).to_have_count(count - 1)
    expect(rows.last.locator("summary").first).to_be_focused()


@pytest.mark.long
def test_no_more_than_four_notes_lie_over_the_page(stage: Stage, visit: Visit) -> None:
    page = visit.open(stage.draft(title="Noted")).page
    for name in ("First", "Second", "Third", "Fourth", "Fifth"):
        visit.act("Rename")
        page.get_by_role("dialog").get_by_role("textbox").fill(f"{name} name")
        page.get_by_role("dialog").get_by_role("button", name="Rename").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("#said .note")).to_have_count(4)
    expect(page.locator("#said")).not_to_contain_text("First name")


@pytest.mark.long
def test_many_parameters_of_a_base_task_are_searched_and_chosen_together(stage: Stage, visit: Visit) -> None:
    names = [f"layer{number}/dropout" for number in range(12)] + ["optimizer/lr"]
    values = {"Args": {name: {"section": "Args", "name": name, "value": "0.5"} for name in names}}
    task = stage.api("tasks.create", name="many parameters", type="training", hyperparams=values)["id"]
    page = visit.go("/new").page
    box = field(page, "base_task_id").get_by_role("combobox")
    box.fill(task)
    box.press("Tab")
    offer = page.get_by_role("region", name="From the base task")
    offer.get_by_role("button", name="None").click()
    offer.get_by_role("searchbox").fill("lr")
    offer.get_by_role("button", name="All", exact=True).click()
    offer.get_by_role("button", name="Add the chosen ones").click()
    expect(field(page, "parameters.0.name").locator("input")).to_have_value("Args/optimizer/lr")
    expect(field(page, "parameters").locator("details.row")).to_have_count(1)


def test_a_form_that_was_left_is_there_again_and_can_be_begun_anew(visit: Visit) -> None:
    page = visit.go("/new").page
    title = field(page, "job_title").locator("input")
    expect(field(page, "execution_queue").get_by_role("combobox")).to_have_value("trials")
    visit.go("/new")
    expect(title).to_be_visible()
    expect(page.get_by_text("as you left it")).to_have_count(0)
    title.fill("Half done")
    visit.go("/")
    visit.go("/new")
    expect(title).to_have_value("Half done")
    page.get_by_role("button", name="Start over").click()
    expect(title).to_have_value("")


def test_a_menu_stays_open_when_its_instance_changes(stage: Stage, visit: Visit) -> None:
    task = stage.draft(title="Changing")
    page = visit.open(task).page
    page.get_by_role("button", name="More about this instance").click()
    stage.api("tasks.edit", task=task, name="Changed", force=True)
    expect(page.locator(".instance-head h2")).to_have_text("Changed")
    expect(page.get_by_role("menuitem", name="Configuration", exact=True)).to_be_focused()


@pytest.mark.long
def test_a_file_that_is_dropped_anywhere_fills_in_the_form(stage: Stage, visit: Visit) -> None:
    page = visit.go("/").page
    expect(page.get_by_role("link", name="Launch a new instance")).to_be_visible()
    drop_file(page, {**stage.data(), "title": "From a file"})
    expect(field(page, "job_title").locator("input")).to_have_value("From a file")
    expect(field(page, "parameters.1.values").locator("input")).to_have_value("plain, <b>bold</b>")
    expect(field(page, "parameters.1.min")).to_be_hidden()


def test_an_instance_is_exported_cloned_renamed_and_deleted(
    stage: Stage, visit: Visit, finished: str, tmp_path: Path
) -> None:
    page = visit.open(finished).page
    with page.expect_download() as download:
        page.get_by_role("button", name="More about this instance").click()
        page.get_by_role("menuitem", name="Export configuration").click()
    download.value.save_as(tmp_path / "export.json")
    assert json.loads((tmp_path / "export.json").read_text())["configuration"]["title"] == "A finished run"

    visit.act("Clone")
    expect(field(page, "job_title").locator("input")).to_have_value("A finished run")

    task = stage.draft(title="To be deleted")
    visit.open(task).act("Rename")
    page.get_by_label("Name", exact=True).fill("Renamed in a browser")
    page.get_by_role("button", name="Rename", exact=True).last.click()
    expect(page.locator(".instance-head h2")).to_have_text("Renamed in a browser")
    visit.act("Delete")
    expect(page.get_by_role("dialog")).to_contain_text("cannot be undone")
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="Choose an instance, or launch one")).to_be_visible()
    assert is_gone(stage, task)


def test_what_is_still_at_work_is_not_offered_for_deletion(stage: Stage, visit: Visit) -> None:
    task = stage.running(title="At work")
    visit.open(task).act("Delete")
    dialog = visit.page.get_by_role("dialog")
    expect(dialog).to_contain_text("It is still at work: stop it first.")
    expect(dialog.get_by_role("button", name="Delete")).to_have_count(0)
    stage.api("tasks.stopped", task=task, force=True)


@pytest.mark.long
@pytest.mark.usefixtures("worker")
def test_a_run_is_paused_resumed_and_stopped(stage: Stage, visit: Visit) -> None:
    values = stage.form_values(job_title="Steered", total_tasks=200)
    answer = visit.context.request.post(
        f"{stage.page.address}/api/launch",
        data={"values": values, "queue": ""},
        headers={"Origin": stage.page.address},
    )
    chip = visit.open(answer.json()["id"]).page.locator(".chip")
    expect(chip).to_have_text("Running", timeout=RUN_TIMEOUT)
    visit.act("Pause")
    expect(chip).to_have_text("Paused", timeout=RUN_TIMEOUT)
    visit.act("Resume")
    expect(chip).to_have_text("Running", timeout=RUN_TIMEOUT)
    visit.act("Stop")
    visit.page.get_by_label("Now").check()
    visit.page.get_by_role("dialog").get_by_role("button", name="Stop").click()
    expect(chip).to_have_text("Stopped", timeout=RUN_TIMEOUT)
    visit.act("Carry on")
    visit.page.get_by_label("The controller runs on").select_option("")
    visit.page.get_by_role("dialog").get_by_role("button", name="Carry on").click()
    expect(chip).to_have_text("Running", timeout=RUN_TIMEOUT)
    visit.act("Stop")
    visit.page.get_by_label("Now").check()
    visit.page.get_by_role("dialog").get_by_role("button", name="Stop").click()
    expect(chip).to_have_text("Stopped", timeout=RUN_TIMEOUT)


@pytest.mark.long
def test_the_summary_sorts_and_filters(visit: Visit, finished: str) -> None:
    panel = visit.open(finished).page.locator(".panel", has=visit.page.get_by_role("heading", name="Summary"))
    expect(panel.locator("tbody tr")).to_have_count(8)
    header = panel.get_by_role("button", name="val/accuracy")
    header.click()
    values = [float(text) for text in panel.locator("tbody td:nth-child(3)").all_inner_texts()]
    assert values == sorted(values)
    header.click()
    values = [float(text) for text in panel.locator("tbody td:nth-child(3)").all_inner_texts()]
    assert values == sorted(values, reverse=True)
    expect(panel.locator("th[aria-sort=descending]")).to_have_count(1)


def test_the_list_follows_what_happens_elsewhere(stage: Stage, visit: Visit) -> None:
    page = visit.go("/").page
    expect(page.get_by_label("Search instances by name, owner or id")).to_be_visible()
    stage.draft(title="Made elsewhere")
    expect(page.get_by_role("link", name=re.compile("Made elsewhere"))).to_be_visible()


def test_the_list_is_searched(stage: Stage, visit: Visit) -> None:
    task = stage.draft(title="Sought and found")
    page = visit.go("/").page
    search = page.get_by_label("Search instances by name, owner or id")
    search.fill("sought AND")
    expect(page.locator(".instances li")).to_have_count(1)
    search.fill("nothing like it")
    expect(page.get_by_text("No instance fits.")).to_be_visible()
    search.fill(task[:8])
    expect(page.get_by_role("link", name=re.compile("Sought and found"))).to_be_visible()


def test_whose_instances_are_listed_and_in_which_order_stays_when_the_page_is_opened_again(visit: Visit) -> None:
    page = visit.go("/").page
    page.get_by_label("Whose instances").select_option("mine")
    page.get_by_label("Order of the instances").select_option("best")
    page.reload()
    expect(page.get_by_label("Whose instances")).to_have_value("mine")
    expect(page.get_by_label("Order of the instances")).to_have_value("best")


@pytest.mark.long
def test_an_instance_that_is_deleted_meanwhile_is_told_of(stage: Stage, visit: Visit) -> None:
    task = stage.draft(title="Short-lived")
    visit.open(task)
    stage.api("tasks.delete", task=task, force=True)
    expect(visit.page.get_by_role("heading", name="This instance is not there any more")).to_be_visible()


def test_nothing_that_a_task_says_becomes_markup(stage: Stage, visit: Visit) -> None:
    hostile = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'
    task = stage.running(title=hostile)
    stage.report_table(task, f'<a href="javascript:window.hacked=1">{hostile}</a>')
    page = visit.open(task).page
    expect(page.locator(".reported td").last).to_contain_text("<img src=x")
    assert page.locator(".reported td a").count() == 0
    visit.act("Configuration")
    expect(page.get_by_role("dialog")).to_contain_text("<img src=x")
    assert page.evaluate("window.hacked") is None
    stage.api("tasks.stopped", task=task, force=True)


TURNED_BY_A_MARK = """() => [...document.querySelectorAll("body *")]
    .filter((each) => [...each.childNodes].some((node) => node.nodeType === 3 && node.data.includes("\u202e")))
    .map((each) => getComputedStyle(each).unicodeBidi)"""


def test_a_direction_mark_in_a_name_turns_no_text_around_it(stage: Stage, visit: Visit) -> None:
    task = stage.running(title="turned \u202e around")
    visit.open(task)
    found = visit.page.evaluate(TURNED_BY_A_MARK)
    assert len(found) >= 2
    assert set(found) == {"isolate"}
    stage.api("tasks.stopped", task=task, force=True)


@pytest.mark.long
def test_list_form_and_dashboard_have_no_serious_barrier_in_both_themes(visit: Visit, finished: str) -> None:
    require_axe()
    page = visit.page
    found = []
    for name, path, shown in (
        ("list", "/", ".instances li"),
        ("dashboard", f"/instances/{finished}", ".panel .main-svg"),
        ("form", f"/new?clone={finished}", ".findings dl"),
    ):
        visit.go(path)
        expect(page.locator(shown).first).to_be_visible()
        visit.keep_picture(f"{name}-light")
        found += visit.barriers()
        page.get_by_role("button", name="Change between light and dark").click()
        visit.keep_picture(f"{name}-dark")
        found += visit.barriers("color-contrast")
        page.get_by_role("button", name="Change between light and dark").click()
    visit.open(finished).act("Configuration")
    found += visit.barriers()
    assert found == []


@pytest.mark.long
def test_on_a_phone_nothing_is_wider_than_the_screen(browser: Browser, stage: Stage, finished: str) -> None:
    visit = Visit(browser, stage, width=390)
    wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    for name, path, shown in (
        ("list", "/", ".instances li"),
        ("dashboard", f"/instances/{finished}", ".panel .main-svg"),
        ("form", f"/new?clone={finished}", ".offered-row"),
    ):
        visit.go(path)
        expect(visit.page.locator(shown).first).to_be_visible()
        visit.keep_picture(f"phone-{name}")
        assert not visit.page.evaluate(wide), name
        if name == "dashboard":
            panel = visit.page.locator(".panel", has=visit.page.get_by_role("heading", name="Decisions"))
            panel.scroll_into_view_if_needed()
            visit.keep_picture("phone-decisions")
            assert panel.get_by_role("row").count() > 2, "its rows are rows, though they are shown as blocks"
            assert panel.locator(".table-scroll").evaluate("each => each.scrollWidth <= each.clientWidth")
    visit.close()


def test_the_key_can_be_typed_where_the_address_is_opened_without_it(browser: Browser, stage: Stage) -> None:
    visit = Visit(browser, stage)
    visit.context.clear_cookies()
    page = visit.go("/new").page
    for typed in ("guessed", stage.page.url.partition("key=")[2]):
        page.get_by_role("textbox").fill(typed)
        page.get_by_role("button", name="Log in").click()
        if typed == "guessed":
            expect(page.locator("main")).to_contain_text("That is not the key of this page")
    expect(page.get_by_role("button", name="Launch", exact=True)).to_be_visible()
    assert visit.page.url == f"{stage.page.address}/new"
    visit.close()


def test_the_page_is_used_with_the_keyboard_alone(visit: Visit, finished: str) -> None:
    page = visit.go("/").page
    row = page.get_by_role("link", name=re.compile("A finished run"))
    expect(row).to_be_visible()
    row.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".instance-head h2")).to_have_text("A finished run")
    expect(page.get_by_role("main")).to_be_focused()
    page.get_by_role("button", name="More about this instance").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Configuration", exact=True)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem", name="Export configuration")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("menu")).to_be_hidden()
    expect(page.get_by_role("button", name="More about this instance")).to_be_focused()


@pytest.mark.long
def test_a_server_that_is_away_and_credentials_that_are_refused_are_told_of(
    browser: Browser, stage: Stage
) -> None:
    def refused() -> Client:
        return connect_to(stage.address.api_host, stage.address.access_key, "wrong")

    def away() -> Client:
        return connect_to("http://127.0.0.1:9", "a", "b", timeouts=(0.2, 0.2))

    for connect_there, sentence in ((refused, "refuses the credentials"), (away, "does not answer")):
        with PageServer(port=0, connect_to_server=connect_there) as page:
            visit = Visit(browser, Stage(stage.address, stage.api, stage.base_task, page))
            expect(visit.page.locator(".server.trouble")).to_contain_text(sentence, timeout=20_000)
            if connect_there is refused:
                expect(visit.page.locator("main h1")).to_have_text("The ClearML server refuses the credentials")
            else:
                visit.go(f"/new?clone={stage.base_task}")
                expect(visit.page.locator(".unread")).to_contain_text("could not be read")
                expect(visit.page.get_by_role("button", name="Try again")).to_be_visible()
                expect(visit.page.get_by_role("button", name="Launch", exact=True)).to_be_disabled()
            visit.close()


def test_the_page_tells_when_its_own_server_has_ended(browser: Browser, stage: Stage) -> None:
    page = PageServer(port=0, connect_to_server=lambda: connect(stage.address))
    page.start()
    visit = Visit(browser, Stage(stage.address, stage.api, stage.base_task, page))
    expect(visit.page.locator(".server .dot")).to_be_visible()
    page.stop()
    expect(visit.page.locator(".server.trouble")).to_contain_text("Is clearml-hpo web still running?")
    again = PageServer(port=int(page.address.rpartition(":")[2]), connect_to_server=lambda: connect(stage.address))
    with again:
        expect(visit.page.locator(".server.trouble")).to_contain_text("The page was started anew: log in again.")
        visit.page.get_by_role("button", name="Log in").click()
        expect(visit.page.get_by_label("Or type the key")).to_be_visible()
        visit.page.goto(again.url)
        expect(visit.page.locator(".server .dot")).to_be_visible()
    visit.close()


@pytest.mark.long
@pytest.mark.parametrize(
    "values",
    [
        {"kind": "a", "rows": [{"cell": "x"}, {"cell": "y"}]},
        {"kind": "b", "rows": []},
        {"kind": "a", "share": "0.5", "rows": [{}]},
        {"share": "0.5"},
        {"kind": None, "rows": None},
    ],
)
def test_browser_and_server_show_the_same_fields(visit: Visit, values: dict[str, Any]) -> None:
    assert EVERY_TYPE["entries"]
    form = every_type()
    script = "async ([entries, values]) => (await import('/static/fields.js')).shownPaths(entries, values)"
    shown = visit.page.evaluate(script, [form_json(form), values])
    assert [path for path in shown if not path.startswith("group:")] == [
        place.path for place in places(form, values)
    ]


def drop_file(page: Page, data: dict[str, Any]) -> None:
    """Drop a configuration file onto the page."""
    script = """([text]) => {
        const carried = new DataTransfer();
        carried.items.add(new File([text], "search.json", {type: "application/json"}));
        document.dispatchEvent(new DragEvent("drop", {dataTransfer: carried, bubbles: true, cancelable: true}));
    }"""
    page.evaluate(script, [json.dumps(data)])
