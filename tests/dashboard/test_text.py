import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearml_hpo_app.dashboard.figures import text
from clearml_hpo_app.wording import digits_for


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


def test_long_words_of_a_cell_are_broken_and_harmless():
    assert text.escape_broken("a <b> " + 5 * "x&", 60, 4) == "a &lt;b&gt; x&amp;x&amp;<br>x&amp;x&amp;<br>x&amp;"
    assert text.escape_broken("short words only", 60, 8) == "short words only"


@given(st.text(max_size=600), st.integers(3, 80))
def test_no_text_holds_markup(raw, limit):
    assert not set("<>\"'%") & set(text.escape(raw, limit))
    assert not set("<>") & set(text.unmarked(raw, limit))


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
    assert digits_for([0.5, 0.9]) == 4
    assert digits_for([0.99812, 0.99814]) > 5
