"""A document with one card in the look of the page, for whoever is not on it: at the door, or lost."""

_DOCUMENT = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · Hyperparameter Optimization</title>
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/static/style.css">
</head>
<body class="login">
<main class="login-card">
<img src="/icon.svg" alt="" width="64" height="64">
<h1>{heading}</h1>
{content}
</main>
</body>
</html>
"""


def card(title: str, heading: str, content: str) -> str:
    """Return the document; all three are HTML."""
    return _DOCUMENT.format(title=title, heading=heading, content=content)
