import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearml_hpo_app.dashboard.figures import text


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("</div>", "&lt;/div&gt;"),
        ("\"a\" & 'b'", "&#34;a&#34; &amp; &#x27;b&#x27;"),
        ("%{x}", "&#37;{x}"),
        ("user\u202etxt.exe\u2066\u200b", "usertxt.exe"),
        ("two\nlines\tand  more\x00", "two lines and more"),
    ],
)
def test_what_comes_from_others_is_made_harmless(raw, shown):
    assert text.escape(raw) == shown


def test_a_long_text_is_cut():
    assert text.plain("x" * 10_000, 20) == "x" * 19 + "…"


def test_a_long_name_is_cut_in_the_middle():
    assert text.cut_middle("a_very_long_parameter_name") == "a_very_l…er_name"


@given(st.text(max_size=600), st.integers(3, 80))
def test_no_text_holds_markup_or_exceeds_its_limit(raw, limit):
    assert len(text.plain(raw, limit)) <= limit
    assert not set("<>\"'%") & set(text.escape(raw, limit))
    assert not set("<>") & set(text.unmarked(raw, limit))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.000122345, "0.0001223"),
        (0.0000122345, "1.223e-5"),
        (0.00001, "1e-5"),
        (20000.0, "20000"),
        (1234567.8, "1234568"),
        (1e9, "1e9"),
        (-0.5, "-0.5"),
        (0.0, "0"),
        (128, "128"),
        (10**40, "100000000000000…"),
    ],
)
def test_numbers_have_few_digits(value, shown):
    assert text.number(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "None"), ("None", '"None"'), (True, "True"), ("1", '"1"'), (1, "1"), ("", '""'), ("adam", "adam")],
)
def test_values_of_different_types_look_different(value, shown):
    assert text.value_text(value) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0.4, "0 s"), (67, "1 min 07 s"), (7500, "2 h 05 min"), (273600, "3 d 04 h")]
)
def test_a_duration_has_two_units(seconds, shown):
    assert text.duration(seconds) == shown


def test_a_link_has_the_form_that_tables_make_clickable():
    assert text.link("https://h/t/1", "#1") == '<a href="https://h/t/1">#1</a>'


@pytest.mark.parametrize("address", ["", "javascript:alert(1)", "//evil.example/x", "data:text/html,x"])
def test_what_is_no_web_address_is_no_link(address):
    assert text.link(address, "#1") == "#1"


def test_a_link_cannot_be_left():
    assert text.link("https://h/\"onclick='x'<b>", "#1") == '<a href="https://h/%22onclick=%27x%27%3Cb%3E">#1</a>'


def test_close_values_keep_the_digits_that_tell_them_apart():
    assert text.rounded(0.998123456, 0.5) == 0.9981
    assert text.rounded(0.998123456, 2e-5) == 0.99812346
    assert text.digits_for([0.5, 0.9]) == 4
    assert text.digits_for([0.99812, 0.99814]) > 5
